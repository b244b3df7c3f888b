"""What is known of a house beside one declaration of it: others of it, transports, the neighbour.

Gathered here, judged in `courses/same_house.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from silkport.courses.same_house import (
    Carried,
    Size,
    carried_size,
    exceeds,
    exported_size,
    in_parts,
    part_under,
    together,
    unlike_codes,
    unlike_mass,
)
from silkport.courses.transport_leaving import stands
from silkport.kernel.limits import MAX_BESIDE
from silkport.kernel.periods import day_of
from silkport.law.compiled import Law
from silkport.model.columns import MISSING
from silkport.model.messages import BY_NAME
from silkport.model.states import AMENDED as EXPORT_AMENDED
from silkport.model.states import RELEASED_STATES
from silkport.model.transport import OVER, House, Phase, Transport
from silkport.model.transport_rules import TWO_MASTERS
from silkport.node.corridor.transports import TOLERANCE, transports_of_house
from silkport.node.state.contract import Transaction
from silkport.node.workflow.cases import Case, decoded, find_case

EXPORT_RELEASED = "export_released"
_ACTED = BY_NAME[EXPORT_AMENDED]


@dataclass(frozen=True, slots=True)
class Beside:
    """What there is of the house of one declaration beside it.

    Attributes:
        others: live declarations of the same direction, at most MAX_BESIDE, as they were filed.
        transports: those that carry it, without the withdrawn.
        said: what the neighbour last said of its export; empty where it is cancelled.
    """

    case: Case
    others: tuple[Case, ...]
    transports: tuple[Transport, ...]
    said: Mapping[str, Any]
    tolerance_ppm: int

    @property
    def carried(self) -> Carried:
        """What travels of the house, by waybill."""
        found: dict[str, list[House]] = {}
        for transport in self.transports:
            for master in transport.masters:
                some = [one for one in master.houses if one.key == _key(self.case)]
                found.setdefault(master.waybill, []).extend(some)
        return {waybill: some for waybill, some in found.items() if some}


def beside(tx: Transaction, law: Law, case: Case) -> Beside:
    """Gathers what is known. Raises ParamNotInForce."""
    carried = (one.state for one in transports_of_house(tx, *_key(case)))
    tolerance = law.at(TOLERANCE, day_of(case.decl_day)).value
    assert isinstance(tolerance, int), "a share is a number"
    return Beside(
        case=case,
        others=tuple(_others(tx, case)),
        transports=tuple(one for one in carried if one.phase is not Phase.WITHDRAWN),
        said={} if case.direction == "export" else exported(tx, case),
        tolerance_ppm=tolerance,
    )


def _key(case: Case) -> tuple[str, str]:
    return case.consignment_no, case.house_no


def _others(tx: Transaction, case: Case) -> Iterator[Case]:
    """The first that were filed: who files a house a thousand times makes nobody slow."""
    rows = tx.rows("beside_in_house", *_key(case), case.direction, case.id, MAX_BESIDE)
    for (identity,) in rows:
        other = find_case(tx, identity)
        if other is not None:
            yield other


def _waybill(case: Case) -> str:
    return str(case.document["declaration"].get("transport_document", ""))


def _size(case: Case) -> Size:
    packages = int(case.document["declaration"].get("pack_count", MISSING))
    return Size(packages, case.gross_mass_mg)


def twice(known: Beside) -> tuple[str, ...]:
    """Who else has this house under another waybill: declarations, and transports' own word."""
    own = _waybill(known.case)
    apart = [one for one in known.others if own and _waybill(one) not in ("", own)]
    waybills = {own, *map(_waybill, apart)}
    sizes = [_size(one) for one in (known.case, *known.others)]
    rightly = in_parts(known.carried, waybills, sizes, tolerance_ppm=known.tolerance_ppm)
    flagged = [
        transport.id
        for transport in known.transports
        for flag in transport.flags
        if flag.rule == TWO_MASTERS and flag.is_open and flag.key == _key(known.case)
    ]
    return tuple(sorted({*([] if rightly else (one.number for one in apart)), *flagged}))


def away(known: Beside) -> tuple[str, ...]:
    """Transports by whose word goods that come in are not at a post, or are held there.

    What goes out is presented where it is loaded: of an export no transport is asked.
    """
    if known.case.direction == "export" or stands(known.transports, _key(known.case)) is not False:
        return ()
    live = [one.id for one in known.transports if one.phase not in OVER]
    return tuple(live or (one.id for one in known.transports))


def too_much(known: Beside) -> tuple[str, ...]:
    """With which earlier declarations this one takes more of the house than there is.

    What was filed later does not hold up what was filed before, unless it was released meanwhile.
    What stands under another waybill is for `twice`.
    """
    if not known.others:
        return ()
    case, apart = known.case, twice(known)
    before = [
        one
        for one in known.others
        if one.number not in apart
        and (one.state in RELEASED_STATES or (one.filed_at, one.id) < (case.filed_at, case.id))
    ]
    whole = exported_size(known.said)
    if not whole.is_known:
        whole = carried_size(known.carried)
    sizes = [_size(one) for one in (case, *before)]
    if len(before) < MAX_BESIDE and not exceeds(sizes, whole, tolerance_ppm=known.tolerance_ppm):
        return ()
    return tuple(sorted(one.number for one in before))


def unlike(known: Beside) -> str:
    """How what is declared here differs from what the neighbour let go; "" where it does not."""
    own = _waybill(known.case)
    part = part_under(known.carried, own)
    alike = [one for one in known.others if not part.is_known or _waybill(one) == own]
    declared = together(_size(one) for one in (known.case, *alike))
    expected = part if part.is_known and known.said else exported_size(known.said)
    said = (
        unlike_codes(known.said, known.case.document["goods"]),
        unlike_mass(declared, expected, tolerance_ppm=known.tolerance_ppm),
    )
    return "; ".join(filter(None, said))


def exported(tx: Transaction, case: Case) -> Mapping[str, Any]:
    """What was last said of the export of a house; an amendment replaces what it states."""
    about = _ACTED.matter_of({"consignment_no": case.consignment_no, "house_no": case.house_no})
    told: dict[str, Mapping[str, Any]] = {}
    for peer, kind, _, _, body in tx.rows("said_about", about):  # as they came
        if kind not in {EXPORT_RELEASED, EXPORT_AMENDED}:
            continue
        now = decoded(body)
        if kind == EXPORT_RELEASED:
            told[peer] = now
        else:
            told[peer] = {} if now.get("act") == "cancelled" else {**told.get(peer, {}), **now}
    return next((said for _, said in sorted(told.items()) if said), {})
