"""The states of a declaration and every step between them: one pure table.

A step is taken by an event. Whoever waits in a state waits until the deadline that the step names;
what happens then is an event again, named by the law (`deadlines.toml`). `journey.advance` reads
this table; the node only keeps what comes of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


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
        since: the moment the term runs from: that of the event, or of the registration.
        tells: the neighbour is told of it.
        escalates: the head of the post is told that a term was missed.
        keeps_due: the term that runs goes on.
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

EVENTS: tuple[Event, ...] = (
    _event("file", "the declarant files it", Actor.DECLARANT),
    _event("amend", "the declarant files another version before release", Actor.DECLARANT),
    _event("register", "it is registered", *_OFFICE),
    _event("register_early", "it is registered before its goods arrive", *_OFFICE),
    _event("refuse_registration", "its form does not allow registration", *_OFFICE),
    _event("present", "its goods are presented", Actor.DECLARANT, *_OFFICE),
    _event("request_documents", "documents are wanted", *_OFFICE),
    _event("receive_documents", "the documents came", Actor.DECLARANT, Actor.OFFICER),
    _event("order_inspection", "the goods are to be inspected", *_OFFICE),
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
    _event("neighbour", "the neighbour said something about the house", Actor.NODE),
    _event("registration_overdue", "registration took too long", Actor.TIME),
    _event("release_overdue", "release took too long", Actor.TIME),
    _event("presentation_overdue", "the goods were not presented", Actor.TIME),
    _event("documents_overdue", "the documents did not come", Actor.TIME),
    _event("examination_overdue", "the inspection took too long", Actor.TIME),
    _event("expertise_overdue", "the result of the expertise did not come", Actor.TIME),
    _event("conditional_overdue", "what was owed was not brought", Actor.TIME),
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
    Transition(_S.FILED, "withdraw", _S.WITHDRAWN),
    Transition(_S.REGISTRATION_REFUSED, "file", _S.FILED, "registration"),
    *(
        Transition(one, "amend", _S.FILED, "registration")
        for one in (_S.REGISTERED, _S.DOCUMENTS_REQUESTED)
    ),
    _overdue(_S.FILED, "registration_overdue"),
    Transition(_S.REGISTERED, "present", _S.REGISTERED, "release"),
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
    Transition(_S.INSPECTION_ORDERED, "inspect", _S.INSPECTED, "examination", "registration"),
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
    *(Transition(one, "neighbour", one, keeps_due=True) for one in State if one is not _S.DRAFT),
)
"""Every step. What is not here is not possible."""

RELEASED_STATES = frozenset((*_RELEASED, _S.CONDITIONALLY_RELEASED))
"""States in which the goods have been released."""

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
        )
    },
}
"""By direction and state reached: the kind of message in which the neighbour is told."""
