"""A declaration and what became of it: kept, advanced by events, told to the neighbour.

The step comes from `journey.advance`; here it is only kept: the new state, the record of the
event, its leaf in the log, and the message to the neighbour commit together. The record says what
the neighbour was to be told (`tells`) and which peers were (`told`): `telling_late.py` goes by it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec

from silkport.journey import Terms, advance
from silkport.kernel.canonical import digest_bytes
from silkport.kernel.errors import NotFound, StoreDamaged
from silkport.kernel.exchange_errors import TermMissed
from silkport.kernel.merkle import leaf_hash
from silkport.model.messages import Competence
from silkport.model.states import Actor, State
from silkport.node.sovereign import Node, note
from silkport.node.state.contract import Transaction
from silkport.node.transparency import log
from silkport.node.workflow.telling import announcement, tell

NEVER = -1
DECIDING = frozenset({Competence.CUSTOMS})
_OUTCOMES = {
    State.RELEASED: "released",
    State.CONDITIONALLY_RELEASED: "released",
    State.CORRECTED: "released",
    State.REFUSED: "refused",
    State.WITHDRAWN: "withdrawn",
}
"""By state: the outcome as the tables of decisions have it."""
FILING = frozenset({Competence.CUSTOMS, Competence.RELAY})


@dataclass(frozen=True, slots=True)
class Case:
    """One house declaration.

    Attributes:
        version: counts its changes.
        document: the declaration and its goods lines, persons by pseudonym.
        decision: rows of the tables of outcomes as `engine.house` gave them last.
        held: an act after release with its decision, until an officer has decided it.
    """

    id: str
    number: str
    consignment_no: str
    house_no: str
    direction: str
    state: State
    version: int
    guid: str
    decl_day: int
    gross_mass_mg: int
    filed_at: int
    registered_at: int
    changed_at: int
    due_at: int
    due_then: str
    due_known: bool
    document: Mapping[str, Any]
    decision: Mapping[str, Any]
    held: Mapping[str, Any] = field(default_factory=dict)

    def row(self) -> tuple[Any, ...]:
        """As it is stored."""
        return (
            self.id,
            self.number,
            self.consignment_no,
            self.house_no,
            self.direction,
            self.state.value,
            self.version,
            self.guid,
            self.decl_day,
            self.gross_mass_mg,
            self.filed_at,
            self.registered_at,
            self.changed_at,
            self.due_at,
            self.due_then,
            int(self.due_known),
            encoded(self.document),
            encoded(self.decision),
            encoded(self.held) if self.held else b"",
            other_side(self),
        )


@dataclass(frozen=True, slots=True)
class Happening:
    """An event with who brought it about and why."""

    event: str
    actor: Actor
    who: str
    reason: str = ""


@dataclass(slots=True)
class Work:
    """A case being advanced within one transaction; `finish` keeps it."""

    tx: Transaction
    node: Node
    terms: Terms
    case: Case
    records: list[dict[str, Any]] = field(default_factory=list)

    def happen(self, what: Happening) -> None:
        """Takes the step of an event. Raises NotCompetent, StepNotAllowed."""
        needed = FILING if what.event in {"file", "amend", "neighbour"} else DECIDING
        self.node.demand(needed, what.event)
        now, case = self.node.now(), self.case
        step = advance(
            case.state,
            what.event,
            now,
            self.terms,
            direction=case.direction,
            registered_at=case.registered_at,
        )
        decision = self._decision(step.state, now)
        record: dict[str, Any] = {
            "at": now,
            "by": what.actor.value,
            "decision": digest_bytes(encoded(decision)),
            "document": digest_bytes(encoded(case.document)),
            "event": what.event,
            "from": case.state.value,
            "id": case.id,
            "reason": what.reason,
            "to": step.state.value,
            "who": what.who,
        }
        registered = what.event in {"register", "register_early"}
        due = (case.due_at, case.due_then, case.due_known)
        if not step.keeps_due:
            term = step.due
            due = (term.at, term.then, term.known) if term else (NEVER, "", True)
        self.case = replace(
            case,
            decision=decision,
            state=step.state,
            version=case.version + 1,
            registered_at=now if registered else case.registered_at,
            changed_at=now,
            due_at=due[0],
            due_then=due[1],
            due_known=due[2],
        )
        if step.tells:
            record["tells"] = step.tells
        self.records.append(record)
        if step.escalates:
            missed = f"{what.event}, {what.reason}" if what.reason else what.event
            note(self.tx, self.node, "", TermMissed(what=case.number, term=missed))

    def _decision(self, state: State, now: int) -> Mapping[str, Any]:
        """What was decided, with the outcome that an officer or time brought it to."""
        outcome, decided = _OUTCOMES.get(state), self.case.decision
        row = decided["decision"]
        if outcome is None or row["outcome"] == outcome:
            return decided
        day = self.terms.calendar.time.day_at(now)
        anew: dict[str, int | str] = {"outcome": outcome}
        if row["appeal_day"] >= 0:  # as long as the law gives, from this decision on
            anew["appeal_day"] = day + row["appeal_day"] - row["processing_day"]
        if outcome == "released":
            anew["released_day"] = day
            anew["refund_day"] = day + decided.get("refund_days", 0)
        elif outcome == "refused":
            anew["due_day"] = anew.get("appeal_day", row["due_day"])
        return {**decided, "decision": row | {"processing_day": day} | anew}

    def finish(self) -> Case:
        """Keeps the case, the records of its events and their leaves, and tells the neighbour."""
        tx, case = self.tx, self.case
        tx.run("put_declaration", *case.row())
        for record in self.records:
            if kind := record.get("tells"):
                body = announcement(kind, case, at=record["at"], state=record["to"])
                record["told"] = tell(tx, self.node, other_side(case), kind, body)
        append_events(tx, case.id, self.records)
        return case


def append_events(tx: Transaction, identity: str, records: Sequence[Mapping[str, Any]]) -> None:
    """Keeps records of events of a declaration, behind those it has, with their leaves."""
    row = tx.one("event_count", identity)
    first = int(row[0]) + 1 if row else 1
    contents = [encoded(one) for one in records]
    tx.many("add_event", [(identity, first + place, one) for place, one in enumerate(contents)])
    log.append(tx, log.EVENT, identity, first, [leaf_hash(one) for one in contents])


def other_side(case: Case) -> str:
    """The country on the other side: where it goes, or where it comes from."""
    return side_of(case.direction, case.document["declaration"])


def side_of(direction: str, declared: Mapping[str, Any]) -> str:
    """As `other_side`, of the fields of a declaration."""
    name = "destination_country" if direction == "export" else "departure_country"
    return str(declared.get(name, ""))


def find_case(tx: Transaction, identity: str) -> Case | None:
    """One case by its id, or None. Raises StoreDamaged."""
    row = tx.one("declaration", identity)
    if row is None:
        return None
    document, decision, held = row[16:19]
    try:
        state, due_known = State(row[5]), bool(row[15])
        blobs = [decoded(document), decoded(decision), decoded(held) if held else {}]
    except (msgspec.DecodeError, ValueError) as error:
        raise StoreDamaged(what=identity, reason=str(error)) from error
    values = [*row[:5], state, *row[6:15], due_known, *blobs]
    return Case(*values)


def case_of(tx: Transaction, identity: str) -> Case:
    """One case by its id. Raises NotFound."""
    case = find_case(tx, identity)
    if case is None:
        raise NotFound(what=identity)
    return case


def history(tx: Transaction, identity: str) -> list[dict[str, Any]]:
    """The records of all its events, in order."""
    return [decoded(record) for _, record in tx.rows("events", identity)]


def encoded(value: Mapping[str, Any] | Sequence[Any]) -> bytes:
    """The one sequence of bytes of a stored value."""
    return msgspec.json.encode(value, order="sorted")


def decoded(content: bytes) -> dict[str, Any]:
    """A stored value."""
    value: dict[str, Any] = msgspec.json.decode(content)
    return value
