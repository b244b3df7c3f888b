"""How an act on a transport is refused: with the rule, its source and the smallest fix."""

from __future__ import annotations

from silkport.kernel.transport_errors import ActNotAllowed
from silkport.model.transport_rules import RULES


def refusal(
    code: str, *, what: str = "The transport", event: str = "this", reason: str = ""
) -> ActNotAllowed:
    """The error to raise for a rule."""
    rule = RULES[code]
    return ActNotAllowed(
        what=what,
        event=event,
        rule=rule.code,
        source=rule.source,
        field=rule.field,
        reason=reason or rule.meaning,
        fix=rule.fix,
    )
