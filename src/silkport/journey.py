"""The journey of a consignment: read this first.

STAGES says what each stage takes and adds; JOURNEYS in which order they run, per procedure and
mode. `passage/` runs them over one batch: `passage/parcels.py` the parcels of individuals,
`passage/goods.py` the houses of commercial consignments.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from silkport.law.sheet import Sheet
from silkport.stages import assess, check, match, release, screen, settle, value
from silkport.stages.release import OUTCOMES


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage: the question it answers, what it takes and adds, how a parcel can leave it."""

    name: str
    question: str
    takes: str
    adds: str
    leaves: tuple[str, ...]


STAGES: tuple[Stage, ...] = (
    Stage(
        "declare",
        "What message became which parcel or house, and which version supersedes which?",
        "documents, and what the node knows of the same orders or declarations",
        "the current version of each document, the regime of the legal day",
        ("declared", "refused", "withdrawn"),
    ),
    Stage(
        "check",
        "Is it well-formed and consistent with itself?",
        "inventories or declarations and their lines",
        "findings on form and goods, sums of the lines",
        ("checked", "refused", "pending"),
    ),
    Stage(
        "match",
        "Parcels: do order, payment and waybill agree with the inventory?",
        "inventories with their documents",
        "the match mask, findings",
        ("matched", "refused", "pending"),
    ),
    Stage(
        "value",
        "What is the customs value in the currency of account?",
        "prices, term of delivery, freight, insurance, the exchange rate of the legal day",
        "customs value of parcel or house, and of each line",
        ("valued", "held", "refused"),
    ),
    Stage(
        "assess",
        "Which duty, trade remedy, excise, VAT and fee does the law demand?",
        "customs values, tariff and limits of the legal day",
        "base, rate and amount of every levy, with proof",
        ("assessed", "held", "refused"),
    ),
    Stage(
        "screen",
        "How risky is it, and which lane does it take?",
        "assessed parcels and houses, what is around them in the batch",
        "risk score and lane, with reasons for officers",
        ("green", "yellow", "red"),
    ),
    Stage(
        "settle",
        "Parcels: what does the buyer's year bear?",
        "balances of the yearly quota",
        "ledger entries, the finding of an exceeded year",
        ("settled", "refused"),
    ),
    Stage(
        "release",
        "What is decided, and on what grounds?",
        "all findings and the lane; of a correction or claim, what was charged before",
        "the outcome; after release the difference as debt or refund",
        OUTCOMES,
    ),
)

_PARCEL = tuple(stage.name for stage in STAGES)
_HOUSE = tuple(name for name in _PARCEL if name not in {"match", "settle"})
_MODES = ("road", "rail", "post")
JOURNEYS: Mapping[tuple[str, str], tuple[str, ...]] = {
    **{(p, mode): _PARCEL for p in ("parcel import", "parcel export") for mode in _MODES},
    **{
        (procedure, mode): _HOUSE
        for procedure in ("import", "export", "transit", "temporary", "processing", "free zone")
        for mode in _MODES[:2]
    },
}
"""Stages in order, by procedure and mode of transport."""

SHEETS: tuple[Sheet, ...] = (
    *check.SHEETS,
    *match.SHEETS,
    *value.SHEETS,
    *assess.SHEETS,
    *screen.SHEETS,
    *settle.SHEETS,
    *release.SHEETS,
)
"""Every rule sheet of the journey."""
