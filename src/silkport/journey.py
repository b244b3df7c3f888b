"""The journey of a consignment: read this first.

STAGES says what each stage takes and adds; JOURNEYS in which order they run, per procedure and
mode. `passage/` runs them over one batch: `passage/parcels.py` the parcels of individuals,
`passage/goods.py` the houses of commercial consignments.

Through time a declaration goes from state to state by the steps of `model/states.py`: `advance`
says what an event leads to, until when something must follow, and who is told.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from silkport.kernel.exchange_errors import StepNotAllowed
from silkport.law.calendar import WorkingTime
from silkport.law.deadlines import Deadlines, Term
from silkport.law.sheet import Sheet
from silkport.model.states import (
    AMENDED,
    ANNOUNCED,
    RELEASED_STATES,
    TRANSITIONS,
    State,
    Transition,
)
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

_STEPS: Mapping[tuple[State, str], Transition] = {
    (one.state, one.event): one for one in TRANSITIONS
}


@dataclass(frozen=True, slots=True)
class Terms:
    """The deadlines of an administration and the working time they are counted in."""

    deadlines: Deadlines
    calendar: WorkingTime


@dataclass(frozen=True, slots=True)
class Step:
    """What an event leads to.

    Attributes:
        due: until when something must follow and what happens then; None where nothing must, or
            where the term that runs goes on (`keeps_due`).
        tells: kind of the message in which the neighbour is told; "" for none.
        escalates: a term was missed and the head of the post must know.
    """

    state: State
    due: Term | None
    keeps_due: bool
    tells: str
    escalates: bool


def advance(
    state: State, event: str, at: int, law: Terms, *, direction: str, registered_at: int
) -> Step:
    """The step that an event takes a declaration from a state. Pure: the node keeps it.

    Args:
        at: moment of the event, milliseconds since 1970-01-01T00:00Z.
        direction: import, export or transit.
        registered_at: moment of registration, which an amendment does not move; -1 before.
    Raises StepNotAllowed; ParamNotInForce when the law has no such deadline on that day.
    """
    found = _STEPS.get((state, event))
    if found is None:
        raise StepNotAllowed(what="The declaration", state=state, event=event)
    due = None
    if found.deadline and not found.keeps_due:
        since = registered_at if found.since == "registration" and registered_at >= 0 else at
        due = law.deadlines.due(found.deadline, since, law.calendar)
        if due.at <= at:  # begun too late: it must not be over before anybody could act
            due = law.deadlines.due(found.deadline, at, law.calendar)
    tells = ANNOUNCED.get((direction, found.to), "") if found.tells else ""
    if tells == AMENDED and found.state not in RELEASED_STATES:
        tells = ""  # what was never told needs no amendment
    return Step(
        state=found.to,
        due=due,
        keeps_due=found.keeps_due,
        tells=tells,
        escalates=found.escalates,
    )


def possible(state: State) -> list[str]:
    """The events that a state allows, in the order of the table."""
    return [one.event for one in TRANSITIONS if one.state == state]


def registration(
    outcome: str, *, early: bool, before: State | None = None, has_term: bool = False
) -> str:
    """The event by which the node registers a declaration just filed and decided, or does not.

    What follows on it says `courses.grounds.follows`; one before arrival waits for its goods.

    Args:
        before: the state in which it was amended; None for one that is not registered yet.
        has_term: a term ran in that state; it goes on.
    """
    if outcome == "refused":
        return "refuse_amended" if before else "refuse_registration"
    if early:
        return "register_amended" if before and has_term else "register_early"
    return "register_amended" if before else "register"
