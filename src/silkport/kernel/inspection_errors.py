"""What can be wrong with an inspection passport; the place in the tree: `errors.py`."""

from __future__ import annotations

from silkport.kernel.exchange_errors import StepRefused


class InspectionStepRefused(StepRefused):
    """A step of a passport, or of the trust in a body, that is not possible."""

    code = "SP-6601"
    sentence = "{what} is {standing}; {event} is not possible then."
    hint = "'silkport inspection list' and 'silkport inspection trust' show how things stand."
