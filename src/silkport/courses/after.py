"""Acts after release that an officer decides, although the rules on them would accept them.

Pure: the node says what was declared, what was used of permits before the act and after it, and
where the goods are. Source: none names these cases; they are our reading of what an act after
release may not do by itself (unverified): a permit that was consumed is given back by nobody but
an officer, goods do not become others, and what has left is not undone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from silkport.courses.balance import all_held
from silkport.kernel.findings import Effect, Finding
from silkport.kernel.periods import day_of
from silkport.model.balances import BalanceKind, Drawing, shown
from silkport.model.transport import House, HouseKey, Phase, Transport

OTHER_GOODS, LESS_USED, LESS_SECURED = "ACT001", "ACT002", "ACT003"

FINDINGS: Mapping[str, Effect] = dict.fromkeys((OTHER_GOODS, LESS_USED, LESS_SECURED), Effect.HOLD)
"""By code: what it does. Sentence, field and fix: `law/sentences/act.toml`."""

NO_DAY = 2**62
Lines = Iterable[Mapping[str, Any]]


def other_goods(case: str, before: Lines, after: Lines) -> list[Finding]:
    """A finding for each line whose code an act changes, and for each line added or left out."""
    was, now = (
        {int(one.get("gnum", 0)): str(one.get("hs_code", "")) for one in some}
        for some in (before, after)
    )
    return [
        Finding(
            OTHER_GOODS,
            case,
            line,
            FINDINGS[OTHER_GOODS],
            {"before": was.get(line) or "-", "after": now.get(line) or "-"},
        )
        for line in sorted(was.keys() | now.keys())
        if was.get(line) != now.get(line)
    ]


def less_used(case: str, before: Drawing | None, after: Drawing | None) -> list[Finding]:
    """A finding for each permit of which an act would leave less used than was used before."""
    was, now = _used(before), _used(after)
    return [
        Finding(
            LESS_USED,
            case,
            0,
            FINDINGS[LESS_USED],
            {
                "permit": identity.removeprefix(_PERMIT),
                "before": shown(used, unit),
                "after": shown(now.get((identity, unit), 0), unit),
            },
        )
        for (identity, unit), used in sorted(was.items())
        if now.get((identity, unit), 0) < used
    ]


def less_secured(case: str, before: Drawing | None, after: Drawing | None) -> list[Finding]:
    """A finding where an act would leave less secured, or defer it longer, than before."""
    was, now = _secured(before), _secured(after)
    if now[0] >= was[0] and now[1] <= was[1]:
        return []
    facts = {"before": _secured_shown(before, was), "after": _secured_shown(before, now)}
    return [Finding(LESS_SECURED, case, 0, FINDINGS[LESS_SECURED], facts)]


def _secured(drawing: Drawing | None) -> tuple[int, int]:
    """What is reserved, and the last day to pay it: the latest there is where none is set."""
    if drawing is None:
        return 0, NO_DAY
    reserved = sum(now.reserved for now in all_held(drawing).values())
    return reserved, drawing.deferral.day if drawing.deferral and reserved else NO_DAY


def _secured_shown(drawing: Drawing | None, secured: tuple[int, int]) -> str:
    unit = drawing.entries[-1].unit if drawing and drawing.entries else ""
    day = "" if secured[1] == NO_DAY else f", {day_of(secured[1])}"
    return f"{shown(secured[0], unit)}{day}"


_PERMIT = f"{BalanceKind.PERMIT.value} "


def _is(one: House, house: HouseKey) -> bool:
    """Whether a house of a transport is meant, or may be: its number need not be named."""
    return one.consignment_no == house[0] and (one.house_no == house[1] or not one.house_no)


def _used(drawing: Drawing | None) -> dict[tuple[str, str], int]:
    """What a declaration has used of permits, by permit and unit."""
    found: dict[tuple[str, str], int] = {}
    if drawing is None:
        return found
    units = {one.balance: one.unit for one in drawing.entries}
    for (identity, _), now in all_held(drawing).items():
        if identity.startswith(_PERMIT) and now.used:
            place = (identity, units[identity])
            found[place] = found.get(place, 0) + now.used
    return found


def has_gone(transport: Transport, house: HouseKey, direction: str) -> bool:
    """Whether a transport has taken a house where its release cannot be undone.

    An export or a transit is gone by the exit; an import by what the transport does after it came
    last, or once it is closed. What it left in a warehouse here has not gone.
    """
    aboard = [one for one in transport.houses if not one.stored_at and _is(one, house)]
    if transport.phase is Phase.WITHDRAWN or not aboard:
        return False
    if direction != "import":
        return any(one.event == "exit" for one in transport.track)
    events = [one.event for one in transport.track]
    came = max((place for place, one in enumerate(events) if one == "arrive"), default=-1)
    moved = came >= 0 and any(one in ("depart", "exit") for one in events[came:])
    return moved or transport.phase is Phase.CLOSED
