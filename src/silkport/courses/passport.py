"""The course of a passport at a node: the table of its steps, and the one function that takes them.

What was drawn stays drawn, what an officer set aside stays set aside, and a miss is never undone,
also when the same number comes again with other content.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from silkport.courses.inspection import DRAWN, NOT_RECOGNISED, RECOGNISED, Judgement, Owed
from silkport.kernel.errors import InvalidValue
from silkport.kernel.inspection_errors import InspectionStepRefused
from silkport.model.inspections import (
    Finding,
    HouseFacts,
    Inspection,
    Method,
    Passport,
    Standing,
)

_S = Standing
_JUDGED = (_S.RECEIVED, _S.RECOGNISED, _S.NOT_RECOGNISED)


class Step(NamedTuple):
    """From one standing, by one event, to another."""

    standing: Standing
    event: str
    to: Standing


STEPS: tuple[Step, ...] = (
    *(Step(one, "recognise", _S.RECOGNISED) for one in _JUDGED),
    *(Step(one, "refuse", _S.NOT_RECOGNISED) for one in (*_JUDGED, _S.DRAWN, _S.CONFIRMED)),
    *(Step(one, "draw", _S.DRAWN) for one in (*_JUDGED, _S.DRAWN)),
    *(Step(one, "override", _S.OVERRIDDEN) for one in (*_JUDGED, _S.DRAWN, _S.CONFIRMED)),
    Step(_S.DRAWN, "confirm", _S.CONFIRMED),
    Step(_S.CONFIRMED, "recognise", _S.CONFIRMED),  # another declaration relies on it now
    *(Step(one, "miss", _S.MISSED) for one in (*_JUDGED, _S.DRAWN, _S.OVERRIDDEN)),
    *(Step(one, "replace", _S.RECEIVED) for one in (*_JUDGED, _S.CONFIRMED)),
    *(Step(one, "replace", one) for one in (_S.DRAWN, _S.OVERRIDDEN, _S.MISSED, _S.WITHDRAWN)),
    Step(_S.MISSED, "withdraw", _S.MISSED),
    *(
        Step(one, "withdraw", _S.WITHDRAWN)
        for one in _S
        if one not in (_S.MISSED, _S.WITHDRAWN, _S.ISSUED)
    ),
)
"""Every step. What is not here is not possible."""

_STEPS = {(one.standing, one.event): one.to for one in STEPS}


def step(held: Inspection, event: str, **changes: object) -> Inspection:
    """The passport after an event. Raises InspectionStepRefused.

    Args:
        changes: other attributes of Inspection that the event sets.
    """
    to = _STEPS.get((held.standing, event))
    if to is None:
        what = f"Passport {held.passport.inspection_no}"
        raise InspectionStepRefused(what=what, standing=held.standing, event=event)
    return msgspec.structs.replace(held, standing=to, **changes)


def received_again(held: Inspection, passport: Passport) -> tuple[str, Inspection]:
    """The event and the state when a number comes again; "" when it says the same."""
    if passport == held.passport:
        return "", held
    event = "withdraw" if passport.finding == Finding.WITHDRAWN else "replace"
    if held.standing is Standing.WITHDRAWN:
        event = "replace"
    return event, step(held, event, passport=passport)


def set_aside(held: Inspection, reason: str) -> Inspection:
    """The passport after an officer overrode it. Raises InvalidValue without a reason."""
    if not reason.strip():
        raise InvalidValue(what="a reason", value=reason, reason="it is kept with the override")
    return step(held, "override", code="INS01", because=reason, replaces=[])


def looked_into(held: Inspection, found: Finding) -> tuple[str, Inspection]:
    """The event and the state after the goods were examined here all the same.

    Raises InspectionStepRefused where that was neither drawn nor shows a miss.
    """
    event = "confirm" if found is Finding.CONFORMS else "miss"
    code = "INS03" if event == "miss" else ""
    return event, step(held, event, found=found.value, code=code, because="")


def is_spent(held: Inspection, house: HouseFacts) -> bool:
    """Whether another declaration of the house in this direction relies on it already.

    In another direction it may serve again: goods that went in transit are imported after it.
    """
    return held.relied_on_by.get(house.direction, house.case) != house.case


def judged(
    held: Inspection, identity: str, found: Sequence[Owed], house: HouseFacts
) -> tuple[str, Inspection]:
    """The event and the state after it was judged for all that is owed; "" when nothing is new.

    What another declaration relies on is not changed by one that may not.
    """
    if is_spent(held, house):
        return "", held
    own = [
        one
        for examination in found
        for one in examination.judgements
        if one.id == identity and one.verdict in (RECOGNISED, NOT_RECOGNISED, DRAWN)
    ]
    if not own or held.standing not in (*_JUDGED, Standing.DRAWN, Standing.CONFIRMED):
        return "", held
    replaces = [one.kind for one in found if one.replaced_by == identity]
    drawn = any(one.verdict == DRAWN for one in own)
    if replaces:
        event = "draw" if drawn else "recognise"
        spent = held.relied_on_by | ({house.direction: house.case} if house.case else {})
        if event == "recognise" and held.standing is Standing.CONFIRMED:
            after = step(held, event, relied_on_by=spent)
        else:
            after = step(held, event, code="", because="", replaces=replaces, relied_on_by=spent)
    elif any(one.verdict == RECOGNISED for one in own):
        return "", held  # another passport did it
    else:
        event, worst = "refuse", _telling(held.passport, own)
        free = {way: by for way, by in held.relied_on_by.items() if way != house.direction}
        after = step(
            held, event, code=worst.code, because=worst.says, replaces=[], relied_on_by=free
        )
    return ("", held) if after == held else (event, after)


def _telling(passport: Passport, own: Sequence[Judgement]) -> Judgement:
    """Of several refusals the one on its own method, else the one that came furthest."""
    for one in own:
        if one.examination == passport.method:
            return one
    return max(own, key=lambda one: (one.code, -list(Method).index(one.examination)))
