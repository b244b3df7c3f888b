"""What can be refused of a transport; its place in the tree: `errors.py`."""

from __future__ import annotations

from silkport.kernel.errors import SilkportError


class TransportRefused(SilkportError):
    """An act on a transport that is not possible; its actor acts."""

    status = 409


class ActNotAllowed(TransportRefused):
    """An act on a transport that a rule refuses.

    The facts: what, event, rule, field, reason, source, and fix, the smallest that helps.
    """

    code = "SP-6201"
    sentence = "{what}: {event} is refused by {rule} ({source}): {field}: {reason}."
    hint = "The rule says what helps: 'silkport transport show' lists what is possible now."

    def __str__(self) -> str:
        return f"{self.code} {self.sentence.format(**self.facts)} {self.facts['fix']}"
