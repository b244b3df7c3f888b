"""The decision on one house: its outcome, what is written of it, and which version counts.

Plain code beside the frame code of the stages; every function names its twin, and a property test
holds the two equal.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass

from silkport.engine.house_counts import Row
from silkport.kernel.findings import Effect
from silkport.kernel.periods import day_of
from silkport.law.compiled import Law
from silkport.model.columns import MISSING
from silkport.model.outcomes import DECISION
from silkport.stages import assess, release, screen
from silkport.stages.declare.houses import CLOSED, FIRST_ACTS

_DECISION = DECISION.names


def decide(house: Row, effects: Container[str]) -> None:
    """Adds `outcome`, and of an act after release `act_outcome`: `release.decide_houses`.

    Args:
        effects: those of all findings on the house and its lines.
    """
    verdict = "accepted"
    if Effect.REFUSE.value in effects:
        verdict = "refused"
    elif Effect.HOLD.value in effects or house["lane_number"] > 0:
        verdict = "held"
    before = house["released_day"] >= 0
    after = before and house["act"] in release.AFTER_RELEASE
    house["act_outcome"] = verdict if after else ""
    if before or (verdict == "accepted" and house["act"] != "withdrawal"):
        house["outcome"] = "released"
    else:
        house["outcome"] = "withdrawn" if house["act"] == "withdrawal" else verdict


def decision(house: Row, law: Law) -> Row:
    """The decision as it is written and stored: `release.house_decisions`."""
    today = house["processing_day"]
    released = house["outcome"] == "released"
    first = house["released_day"] if house["released_day"] >= 0 else today
    appeal_day = today + house["appeal_days"]
    found = house | {
        "administration": law.country,
        "order_no": house["declaration_no"],
        "ebc_code": house["declarant_code"],
        "logistics_no": house["transport_document"],
        "trade_mode": house["procedure"],
        "lane": screen.LANES[house["lane_number"]],
        "match_mask": 0,
        "currency": law.currency,
        "remedy_minor": sum(house[f"{levy}_minor"] for levy in assess.REMEDIES),
        "released_day": first if released else MISSING,
        "due_day": appeal_day if house["outcome"] == "refused" else MISSING,
        "law_digest": law.digest,
        "person": "",
        "year": day_of(house["decl_day"]).year,
        "pre_no": "",
        "invt_no": "",
        "appeal_day": appeal_day,
        "refund_day": first + house["refund_days"] if released else MISSING,
    }
    return {name: found[name] for name in _DECISION}


@dataclass(frozen=True, slots=True)
class Told:
    """What becomes of one new version: its status, and whether the house is decided anew."""

    status: str
    decides: bool


def last_time_of(processing_day: int) -> int:
    """The last moment (YYYYMMDDhhmmss) a version may say it was made: the end of the next day."""
    return int(f"{day_of(processing_day + 1):%Y%m%d}235959")


def told(
    version: Mapping[str, int | str],
    known: Iterable[Mapping[str, int | str]],
    outcome: str,
    *,
    processing_day: int,
) -> Told:
    """Which version of one declaration counts: `declare.declare_houses`, of one that comes alone.

    Args:
        version: the new one with guid, act and app_time.
        known: every version of the same declarant and number that was kept, likewise, less those
            whose status is in `declare.NOT_TAKEN`.
        outcome: what was decided last on the house; "" when nothing was.
        processing_day: a version of a later day than the next is older than every other.
    """
    first = version["act"] in FIRST_ACTS
    versions = list(known)
    again = any(_same(version, one) for one in versions)
    closed = outcome in CLOSED
    if closed:
        out_of_place = "too_late" if first or outcome != "released" else ""
        rivals = [one for one in versions if one["act"] not in FIRST_ACTS]
    else:
        begun = [one for one in versions if one["act"] in FIRST_ACTS]
        out_of_place = "too_early" if begun and not first else ""
        rivals = begun if first else versions
    if again or out_of_place:
        return Told("duplicate" if again else out_of_place, decides=False)
    last = last_time_of(processing_day)
    newest = max((_time(one, last) for one in rivals), default=MISSING)
    if _time(version, last) < newest:
        return Told("stale", decides=False)
    return Told("current" if first or closed else "too_early", decides=True)


def _same(one: Mapping[str, int | str], other: Mapping[str, int | str]) -> bool:
    return all(one[name] == other[name] for name in ("guid", "act", "app_time"))


def _time(version: Mapping[str, int | str], last: int) -> int:
    made = int(version["app_time"])
    return made if made <= last else MISSING
