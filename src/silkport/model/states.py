"""The states of a declaration and every step between them: one pure table.

A step is taken by an event. Whoever waits in a state waits until the deadline that the step names;
what happens then is an event again, named by the law (`deadlines.toml`). `journey.advance` reads
this table; the node only keeps what comes of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class State(StrEnum):
    """Where a declaration is."""

    DRAFT = "draft"
    FILED = "filed"
    REGISTERED = "registered"
    REGISTRATION_REFUSED = "registration_refused"
    DOCUMENTS_REQUESTED = "documents_requested"
    INSPECTION_ORDERED = "inspection_ordered"
    SAMPLED = "sampled"
    INSPECTED = "inspected"
    RELEASED = "released"
    CONDITIONALLY_RELEASED = "conditionally_released"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    CORRECTED = "corrected"


class Actor(StrEnum):
    """Who brings an event about."""

    DECLARANT = "declarant"
    OFFICER = "officer"
    NODE = "node"
    TIME = "time"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happens to a declaration, and who may bring it about."""

    name: str
    meaning: str
    actors: frozenset[Actor]


@dataclass(frozen=True, slots=True)
class Transition:
    """From one state, by one event, to another.

    Attributes:
        deadline: name of the term within which something must follow; "" where nothing must.
        since: the moment the term runs from: that of the event, of the registration, or of
            whatever came earlier: then the term that runs goes on.
        tells: the neighbour is told of it.
        escalates: the head of the post is told that a term was missed.
        keeps_due: the term that runs goes on, whatever it is.
    """

    state: State
    event: str
    to: State
    deadline: str = ""
    since: str = "event"
    tells: bool = False
    escalates: bool = False
    keeps_due: bool = False


def _event(name: str, meaning: str, *actors: Actor) -> Event:
    return Event(name, meaning, frozenset(actors))


_OFFICE = (Actor.OFFICER, Actor.NODE)
EARLIER = "earlier"
UNDECIDED = "undecided_overdue"

EVENTS: tuple[Event, ...] = (
    _event("file", "the declarant files it", Actor.DECLARANT),
    _event("amend", "the declarant files another version before release", Actor.DECLARANT),
    _event("register", "it is registered", *_OFFICE),
    _event("register_early", "it is registered before its goods arrive", *_OFFICE),
    _event("register_amended", "it stays registered, as amended", Actor.NODE),
    _event("refuse_registration", "its form does not allow registration", *_OFFICE),
    _event("refuse_amended", "as amended its form does not allow registration", Actor.NODE),
    _event("present", "its goods are presented", Actor.DECLARANT, *_OFFICE),
    _event("request_documents", "documents are wanted", *_OFFICE),
    _event("await_documents", "documents are still wanted after it was amended", Actor.NODE),
    _event("receive_documents", "the documents came", Actor.DECLARANT, Actor.OFFICER),
    _event("order_inspection", "the goods are to be inspected", *_OFFICE),
    _event("recognise", "recognised results take the place of the inspection", Actor.NODE),
    _event("inspect", "the goods were inspected", Actor.OFFICER),
    _event("sample", "samples were taken", Actor.OFFICER),
    _event("receive_result", "the result of the expertise came", Actor.OFFICER),
    _event("release", "the goods are released", *_OFFICE),
    _event("release_conditionally", "the goods are released, something is still owed", *_OFFICE),
    _event("fulfil", "what was owed was brought", Actor.OFFICER),
    _event("refuse", "release is refused", *_OFFICE),
    _event("withdraw", "the declarant withdraws it", Actor.DECLARANT, Actor.OFFICER),
    _event("correct", "it is corrected", Actor.NODE),
    _event("reopen", "a refusal is taken back", Actor.OFFICER),
    _event("cancel", "its release is cancelled", *_OFFICE),
    _event("hold_act", "an act after release waits for an officer", Actor.NODE),
    _event("refuse_act", "an act after release is refused", *_OFFICE),
    _event("accept_act", "an officer accepts the act that waits", Actor.OFFICER),
    _event("clear_flags", "an officer has dealt with what was flagged", Actor.OFFICER),
    _event("neighbour", "something was said about the house across the border", Actor.NODE),
    _event("registration_overdue", "registration took too long", Actor.TIME),
    _event("release_overdue", "release took too long", Actor.TIME),
    _event("presentation_overdue", "the goods were not presented", Actor.TIME),
    _event("documents_overdue", "the documents did not come", Actor.TIME),
    _event("examination_overdue", "the inspection took too long", Actor.TIME),
    _event("expertise_overdue", "the result of the expertise did not come", Actor.TIME),
    _event("conditional_overdue", "what was owed was not brought", Actor.TIME),
    _event(UNDECIDED, "a term is over, and a person must say what follows", Actor.TIME),
)
"""Every event."""

_S = State
_UNDECIDED = (_S.REGISTERED, _S.DOCUMENTS_REQUESTED, _S.INSPECTED)
_WAITING = (*_UNDECIDED, _S.INSPECTION_ORDERED, _S.SAMPLED)
_RELEASED = (_S.RELEASED, _S.CORRECTED)


def _overdue(state: State, event: str) -> Transition:
    return Transition(state, event, state, escalates=True)


TRANSITIONS: tuple[Transition, ...] = (
    Transition(_S.DRAFT, "file", _S.FILED, "registration"),
    Transition(_S.DRAFT, "withdraw", _S.WITHDRAWN),
    Transition(_S.FILED, "register", _S.REGISTERED, "release", tells=True),
    Transition(_S.FILED, "register_early", _S.REGISTERED, "presentation", tells=True),
    Transition(_S.FILED, "refuse_registration", _S.REGISTRATION_REFUSED),
    Transition(_S.FILED, "refuse_amended", _S.REGISTRATION_REFUSED, tells=True),
    Transition(_S.FILED, "withdraw", _S.WITHDRAWN),
    Transition(_S.REGISTRATION_REFUSED, "file", _S.FILED, "registration"),
    # An amendment changes what was declared, not when it was registered: no term begins anew with
    # it, and those that run from the registration run from the first one. Where it is a ground
    # for extending the release (EAEU CC art. 119: to the end of one working day after the day of
    # registration; the article from memory), that is the term of documents, from registration.
    *(
        Transition(one, "amend", _S.FILED, "registration", EARLIER, keeps_due=True)
        for one in (_S.REGISTERED, _S.DOCUMENTS_REQUESTED)
    ),
    Transition(
        _S.FILED, "register_amended", _S.REGISTERED, "release", EARLIER, tells=True, keeps_due=True
    ),
    Transition(
        _S.REGISTERED,
        "await_documents",
        _S.DOCUMENTS_REQUESTED,
        "documents",
        EARLIER,
        keeps_due=True,
    ),
    _overdue(_S.FILED, "registration_overdue"),
    Transition(_S.REGISTERED, "present", _S.REGISTERED, "release"),
    # Goods may come while something else is waited for: that term goes on.
    *(
        Transition(one, "present", one, keeps_due=True)
        for one in (_S.DOCUMENTS_REQUESTED, _S.INSPECTION_ORDERED)
    ),
    Transition(_S.REGISTERED, "presentation_overdue", _S.REFUSED, tells=True),
    _overdue(_S.REGISTERED, "release_overdue"),
    *(
        Transition(one, "request_documents", _S.DOCUMENTS_REQUESTED, "documents", "registration")
        for one in (_S.REGISTERED, _S.INSPECTED)
    ),
    Transition(
        _S.DOCUMENTS_REQUESTED, "receive_documents", _S.REGISTERED, "documents", "registration"
    ),
    Transition(_S.DOCUMENTS_REQUESTED, "documents_overdue", _S.REFUSED, tells=True),
    _overdue(_S.REGISTERED, "documents_overdue"),
    *(
        Transition(one, "order_inspection", _S.INSPECTION_ORDERED, "examination", "registration")
        for one in _UNDECIDED
    ),
    *(
        Transition(_S.INSPECTION_ORDERED, one, _S.INSPECTED, "examination", "registration")
        for one in ("inspect", "recognise")
    ),
    Transition(_S.INSPECTION_ORDERED, "sample", _S.SAMPLED, "expertise"),
    Transition(_S.INSPECTED, "sample", _S.SAMPLED, "expertise"),
    Transition(_S.SAMPLED, "receive_result", _S.INSPECTED, "examination", "registration"),
    _overdue(_S.INSPECTION_ORDERED, "examination_overdue"),
    _overdue(_S.INSPECTED, "examination_overdue"),
    _overdue(_S.SAMPLED, "expertise_overdue"),
    *(Transition(one, "release", _S.RELEASED, tells=True) for one in _UNDECIDED),
    *(
        Transition(
            one, "release_conditionally", _S.CONDITIONALLY_RELEASED, "conditional", tells=True
        )
        for one in (*_UNDECIDED, _S.SAMPLED)
    ),
    Transition(_S.CONDITIONALLY_RELEASED, "fulfil", _S.RELEASED, tells=True),
    _overdue(_S.CONDITIONALLY_RELEASED, "conditional_overdue"),
    *(_overdue(one, UNDECIDED) for one in (_S.FILED, *_WAITING, _S.CONDITIONALLY_RELEASED)),
    *(Transition(one, "refuse", _S.REFUSED, tells=True) for one in _WAITING),
    *(Transition(one, "withdraw", _S.WITHDRAWN, tells=True) for one in _WAITING),
    *(
        Transition(one, event, _S.CORRECTED, tells=True)
        for event in ("correct", "accept_act")
        for one in _RELEASED
    ),
    *(
        Transition(
            _S.CONDITIONALLY_RELEASED,
            event,
            _S.CONDITIONALLY_RELEASED,
            tells=True,
            keeps_due=True,  # what is owed stays owed
        )
        for event in ("correct", "accept_act")
    ),
    Transition(_S.REFUSED, "reopen", _S.REGISTERED, "release", tells=True),
    *(
        Transition(one, "cancel", _S.WITHDRAWN, tells=True)
        for one in (*_RELEASED, _S.CONDITIONALLY_RELEASED)
    ),
    *(
        Transition(one, event, one, keeps_due=True)
        for event in ("hold_act", "refuse_act")
        for one in (*_RELEASED, _S.CONDITIONALLY_RELEASED, _S.REFUSED)
    ),
    *(
        Transition(one, "clear_flags", one, keeps_due=True)
        for one in (*_RELEASED, _S.CONDITIONALLY_RELEASED)
    ),
    *(Transition(one, "neighbour", one, keeps_due=True) for one in State if one is not _S.DRAFT),
)
"""Every step. What is not here is not possible."""

RELEASED_STATES = frozenset((*_RELEASED, _S.CONDITIONALLY_RELEASED))
"""States in which the goods have been released."""

ESCALATIONS = frozenset(one.event for one in TRANSITIONS if one.escalates)
"""Events by which a term was missed and nothing was decided."""

SETTLED_BY: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "registration_overdue": frozenset({"register", "register_early", "register_amended"}),
        "expertise_overdue": frozenset({"receive_result"}),
    }
)
"""By missed term, the events that make good for it; for the others the declaration must be
decided. All those terms are extensions of the term of release."""

WITHOUT_A_STEP: Mapping[str, str] = MappingProxyType(
    {
        "declaration": "it runs from the entry of the means of transport until something is filed: "
        "before that there is no declaration here that could wait",
        "arrival_notice": "it runs for the carrier, from the arrival at the post until the notice; "
        "a node learns of an arrival by that notice",
        "withdrawal": "it runs from a request until its answer: before release a declarant's "
        "withdrawal takes effect at once, and an act after release that is held has no state of "
        "its own yet in which it could wait",
        "mirror_answer": "a question is answered in the transaction in which it takes effect",
    }
)
"""Terms of the law that no step begins, and why not yet."""

AMENDED = "export_amended"

ANNOUNCED: dict[tuple[str, State], str] = {
    ("export", _S.RELEASED): "export_released",
    ("export", _S.CONDITIONALLY_RELEASED): "export_released",
    ("export", _S.CORRECTED): AMENDED,
    ("export", _S.WITHDRAWN): AMENDED,
    ("import", _S.REGISTERED): "import_registered",
    **{
        ("import", state): "import_decision"
        for state in (
            _S.RELEASED,
            _S.CONDITIONALLY_RELEASED,
            _S.REFUSED,
            _S.WITHDRAWN,
            _S.CORRECTED,
            _S.REGISTRATION_REFUSED,
        )
    },
}
"""By direction and state reached: the kind of message in which the neighbour is told."""
