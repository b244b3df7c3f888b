"""What can be wrong with a rule or computation as it is written; see the tree in `errors.py`."""

from __future__ import annotations

from silkport.kernel.errors import SilkportError


class SheetError(SilkportError):
    """A rule or computation is written wrongly."""


class PossibleOverflow(SheetError):
    """A product may exceed what the columnar engine can hold."""

    code = "SP-3101"
    sentence = "{what} can reach {bound}, beyond 128 bits."
    hint = "Divide earlier or tighten the bounds of the columns."


class IllTyped(SheetError):
    """An expression mixes types."""

    code = "SP-3102"
    sentence = "{what}: {reason}."
    hint = "Compare like with like."
