"""Inspections owed for a house, and the passports of the neighbour that take their place.

A passport takes the place of an examination when the law has a basis for it and every condition
holds; what is not known never holds. Whether it is re-checked is decided by a random draw that is
handed in, one for each house: who issues a passport anew does not draw anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from silkport.courses.conditions import CONDITIONS, Ask, Offered
from silkport.courses.trust import share_ppm
from silkport.kernel.periods import day_of
from silkport.law.recognition import PPM, Examination, Recognition, RecognitionLaw, sources
from silkport.model.inspections import Finding, HouseFacts, Method, Standing

__all__ = ["Judgement", "Offered", "Owed", "judge", "owed"]

RECOGNISED, NOT_RECOGNISED = "recognised", "not recognised"
OVERRIDDEN, DRAWN = "overridden", "drawn for re-check"

LANES = ("green", "yellow", "red")
UNLISTED = {
    "green": (),
    "yellow": (Method.DOCUMENTS,),
    "red": (Method.DOCUMENTS, Method.OPENING),
}
"""By lane: what is owed where no law says what a side examines."""

_PRACTICE = "practice of this project: no law on file says what this side examines"
_ADVERSE = (Finding.DIFFERS.value, Finding.PROHIBITED.value)
_SET_ASIDE = (Standing.OVERRIDDEN, Standing.WITHDRAWN)
_FIRST = {Standing.DRAWN: 0, Standing.CONFIRMED: 1}
"""Of several passports these are relied on first, so that no later one undoes a draw."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What became of one passport for one examination.

    Attributes:
        id: of the passport at this node.
        verdict: RECOGNISED, NOT_RECOGNISED, OVERRIDDEN or DRAWN.
        code, field, says, fix: of the condition that failed, see CONDITIONS; "" where none did.
        source: the act it rests on, or that nothing rests on.
    """

    id: str
    examination: Method
    verdict: str
    code: str = ""
    field: str = ""
    says: str = ""
    source: str = ""
    fix: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """One examination that is owed for a house.

    Attributes:
        because, source, confidence: why, and what says so.
        replaced_by: id of the passport that takes its place; "" for none.
        re_check: it is done all the same, to learn how good the passport is.
        basis: id of the basis of the recognition.
        judgements: every passport that was looked at for it.
    """

    kind: Method
    because: str
    source: str
    confidence: str
    replaced_by: str = ""
    re_check: bool = False
    basis: str = ""
    judgements: tuple[Judgement, ...] = ()

    @property
    def is_done_here(self) -> bool:
        """Whether somebody here has to do it."""
        return self.re_check or not self.replaced_by


def owed(
    house: HouseFacts,
    lane: str,
    passports: Sequence[Offered],
    law: RecognitionLaw,
    draw_ppm: int,
) -> list[Owed]:
    """The examinations owed for a house, in the order of Method, with what replaces them.

    Args:
        lane: green, yellow or red; anything else counts as red.
        passports: all that is known about the house, whatever became of them.
        draw_ppm: the place of the house in the random draw, 0 to 999,999.
    """
    assert 0 <= draw_ppm < PPM, "a draw is in millionths"
    day = day_of(house.day)
    found = [
        _replaced(one, house, passports, law, draw_ppm)
        for one in _listed(house, lane if lane in LANES else LANES[-1], law, day)
    ]
    return _with_opening(found, house, passports)


def judge(ask: Ask) -> Judgement:
    """Whether one passport takes the place of one examination, and if not, why."""
    for condition in CONDITIONS:
        wrong = condition.fails(ask)
        if not wrong:
            continue
        overridden = ask.offered.standing is Standing.OVERRIDDEN
        return Judgement(
            id=ask.offered.id,
            examination=ask.examination,
            verdict=OVERRIDDEN if overridden else NOT_RECOGNISED,
            code=condition.code,
            field=condition.field,
            says=wrong,
            source=ask.source,
            fix=condition.fix,
        )
    return Judgement(
        id=ask.offered.id, examination=ask.examination, verdict=RECOGNISED, source=ask.source
    )


@dataclass(frozen=True, slots=True)
class _Due:
    """An examination with the records that ask for it; none where no law lists any."""

    kind: Method
    records: tuple[Examination, ...]
    because: str


def _listed(house: HouseFacts, lane: str, law: RecognitionLaw, day: date) -> list[_Due]:
    if not law.lists(house.side, house.direction, day):
        because = f"lane {lane}; no law on file lists what {house.side} examines"
        return [_Due(kind, (), because) for kind in UNLISTED[lane]]
    codes = [line.hs_code for line in house.goods] or [""]
    due = []
    for kind in Method:
        records = tuple(
            one
            for one in law.owed_by(house.side, house.direction, lane, day)
            if one.kind is kind and any(map(one.covers, codes))
        )
        if records:
            due.append(_Due(kind, records, _why(records, lane)))
    return due


def _why(records: Sequence[Examination], lane: str) -> str:
    by_lane = f"lane {lane}" if any(one.lanes for one in records) else "every lane"
    if any(not one.hs for one in records):
        return by_lane
    return f"{by_lane}, goods of {', '.join(sorted({hs for one in records for hs in one.hs}))}"


def _replaced(
    due: _Due,
    house: HouseFacts,
    passports: Sequence[Offered],
    law: RecognitionLaw,
    draw_ppm: int,
) -> Owed:
    day = day_of(house.day)
    basis = law.basis(due.kind, house.side, day)
    asks = [_ask(due, house, one, law, basis) for one in sorted(passports, key=_rank)]
    judged = [judge(one) for one in asks]
    bare = Owed(
        kind=due.kind,
        because=due.because,
        source=sources(due.records) or _PRACTICE,
        confidence=_confidence(due.records),
        judgements=tuple(judged),
    )
    place = next((n for n, one in enumerate(judged) if one.verdict == RECOGNISED), None)
    if place is None or basis is None:
        return bare
    chosen = asks[place].offered
    drawn = chosen.standing is Standing.DRAWN or (
        chosen.standing is not Standing.CONFIRMED
        and draw_ppm < share_ppm(chosen.trust, law.trust_rule(day))
    )
    if drawn:
        judged[place] = replace(judged[place], verdict=DRAWN)
    return replace(
        bare,
        replaced_by=chosen.id,
        re_check=drawn,
        basis=basis.id,
        judgements=tuple(judged),
    )


def _ask(
    due: _Due,
    house: HouseFacts,
    offered: Offered,
    law: RecognitionLaw,
    basis: Recognition | None,
) -> Ask:
    whole = not due.records or any(not one.hs for one in due.records)
    lines = [
        line
        for line in house.goods
        if whole or any(one.covers(line.hs_code) for one in due.records)
    ]
    pending = law.pending(due.kind, day_of(house.day))
    nothing = f"no act on file ({pending.says}; {pending.source})" if pending else "no act on file"
    return Ask(
        examination=due.kind,
        house=house,
        lines=tuple(lines),
        whole=whole,
        offered=offered,
        basis=basis,
        pair=law.pair,
        source=basis.cited if basis else nothing,
    )


def _rank(one: Offered) -> tuple[int, int, str]:
    """Newest first, behind those that were drawn or confirmed."""
    return _FIRST.get(one.standing, len(_FIRST)), -one.passport.inspected_at, one.id


def _confidence(records: Iterable[Examination]) -> str:
    found = {one.confidence for one in records}
    return "cited" if found == {"cited"} else "unverified"


def _with_opening(found: list[Owed], house: HouseFacts, passports: Sequence[Offered]) -> list[Owed]:
    """Whoever found that goods differ is heard, on whatever basis: the goods are opened."""
    adverse = [
        one
        for one in passports
        if one.passport.finding in _ADVERSE
        and one.standing not in _SET_ASIDE
        and one.passport.about == house.about
    ]
    if not adverse:
        return found
    said = ", ".join(f"{one.passport.inspection_no}: {one.passport.finding}" for one in adverse)
    opening = Owed(
        kind=Method.OPENING,
        because=f"inspections found otherwise ({said})",
        source=_PRACTICE,
        confidence="unverified",
        judgements=tuple(j for one in found if one.kind is Method.OPENING for j in one.judgements),
    )
    order = list(Method)
    rest = [one for one in found if one.kind is not Method.OPENING]
    return sorted([*rest, opening], key=lambda one: order.index(one.kind))
