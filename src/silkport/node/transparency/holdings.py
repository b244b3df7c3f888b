"""What is stored beside the log, against what was logged: declarations, what was said, marks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from silkport.kernel.canonical import digest_bytes
from silkport.kernel.errors import SilkportError
from silkport.kernel.limits import AUDIT_ROWS, MAX_AUDIT_FAULTS
from silkport.model.states import State
from silkport.node.exchange.peers import peers
from silkport.node.exchange.registers import demand_signed
from silkport.node.sovereign import Node
from silkport.node.state.contract import Transaction
from silkport.node.transparency.contents import decoded, kind_and_body
from silkport.node.transparency.faults import Faults, Progress
from silkport.node.transparency.leaves import Walked
from silkport.node.transparency.log import EVENT, RECEIVED, SENT
from silkport.node.transparency.removed import is_removed
from silkport.node.workflow.cases import NEVER, encoded, side_of
from silkport.node.workflow.people import PREFIX, name_of

NEIGHBOUR = "neighbour"
REGISTERED = frozenset(("register", "register_early"))
_DECLARED = ("consignment_no", "house_no", "gross_mass_mg")
_DECIDED = ("direction", "decl_day")


class _Case(NamedTuple):
    id: str
    number: str
    consignment_no: str
    house_no: str
    direction: str
    state: str
    version: int
    decl_day: int
    gross_mass_mg: int
    registered_at: int
    changed_at: int
    document: bytes
    decision: bytes
    other_side: str


class Holdings:
    """The check of all that is stored and follows from what was logged."""

    def __init__(self, tx: Transaction, node: Node, walked: Walked, faults: Faults) -> None:
        self._tx, self._node, self._walked, self._faults = tx, node, walked, faults
        self.declarations = self.registers = self._events = 0

    def go(self, progress: Progress) -> None:
        """Checks everything."""
        self._declarations(progress)
        self._dossiers()
        self._said()
        self._parked()
        self._parties()
        self._persons()
        self._marks()
        self._registers()

    def _declarations(self, progress: Progress) -> None:
        after = ""
        while rows := self._tx.rows("audit_declarations", after, AUDIT_ROWS):
            for row in rows:
                self._declaration(_Case(*row))
            after = rows[-1][0]
            self.declarations += len(rows)
            progress("declarations", self.declarations)
        counted: dict[str, int] = {row[0]: row[1] for row in self._tx.rows("counted_rows")}
        if counted[EVENT] != self._events:
            for identity, n in self._tx.rows("audit_events_astray", MAX_AUDIT_FAULTS):
                text = "it is not there; event {n} is about it"
                self._faults.add("declaration", identity, text, n=n)

    def _declaration(self, case: _Case) -> None:
        """The events of a declaration follow one another and end in what is stored of it."""
        records = self._records(case.id)
        before, own, registered = "", 0, NEVER
        last: Mapping[str, Any] = {}
        for n, record in records:
            begins = State.DRAFT if n == 1 else before
            again = before == State.REGISTRATION_REFUSED and record.get("from") == State.DRAFT
            if begins and record.get("from") != begins and not again:
                text = "it begins in {begins}, the one before ended in {before}"
                facts = {"begins": record.get("from"), "before": begins}
                self._faults.add("event", f"{case.id} {n}", text, **facts)
            before = str(record.get("to"))
            if record.get("event") == NEIGHBOUR:
                continue
            own, last = own + 1, record
            if record.get("event") in REGISTERED:
                registered = int(record.get("at", NEVER))
        if not records or records[0][0] != 1 or not last:
            return  # the first events were removed, or are missing, which the log has told
        stated = {
            "state": (case.state, before),
            "version": (case.version, own),
            "registered_at": (case.registered_at, registered),
            "changed_at": (case.changed_at, last.get("at")),
            "document": (digest_bytes(case.document), last.get("document")),
            "decision": (digest_bytes(case.decision), last.get("decision")),
        }
        self._columns(case, stated)
        self._named(case)

    def _named(self, case: _Case) -> None:
        """Who is named by a pseudonym is kept, if only as erased."""
        for value in decoded(case.document).get("declaration", {}).values():
            if isinstance(value, str) and value.startswith(PREFIX):
                token = value.removeprefix(PREFIX)
                if self._tx.one("person", token) is None:
                    text = "it is not there; declaration {id} names this person"
                    self._faults.add("person", token, text, id=case.id)

    def _records(self, identity: str) -> list[tuple[int, Mapping[str, Any]]]:
        records: list[tuple[int, Mapping[str, Any]]] = []
        while rows := self._tx.rows("events_from", identity, len(records) + 1, AUDIT_ROWS):
            expected = records[-1][0] + 1 if records else 1
            for n, content in rows:
                if n != expected and not is_removed(self._tx, EVENT, identity, expected):
                    text = "the one before it is not there"
                    self._faults.add("event", f"{identity} {n}", text)
                records.append((n, decoded(content)))
                expected = n + 1
            if rows[-1][0] > len(records):
                break  # some are missing, and the next page would begin anew
        self._events += len(records)
        return records

    def _columns(self, case: _Case, stated: Mapping[str, tuple[object, object]]) -> None:
        """What stands in columns of its own is what the last event says, or the document."""
        wrong = [name for name, (found, logged) in stated.items() if found != logged]
        if not {"document", "decision"} & set(wrong):
            declared = decoded(case.document).get("declaration", {})
            decided = decoded(case.decision).get("decision", {})
            same = {name: declared.get(name) for name in _DECLARED if name in declared}
            same |= {name: decided.get(name) for name in _DECIDED}
            same["number"] = declared.get("declaration_no", "")
            same["other_side"] = side_of(case.direction, declared)
            wrong += [name for name, value in same.items() if value != getattr(case, name)]
        for name in wrong:
            text = f"its {name} is not what its events say"
            self._faults.add("declaration", case.id, text)

    def _dossiers(self) -> None:
        """The state of a dossier is what its newest act led to."""
        key = ("", "")
        while rows := self._tx.rows("audit_dossiers", *key, AUDIT_ROWS):
            for kind, identity, version, state in rows:
                about = f"{kind} {identity}"
                row = self._tx.one("newest_act", about)
                record = decoded(row[0]) if row else {}
                if (record.get("n"), record.get("state")) != (version, digest_bytes(state)):
                    self._faults.add("dossier", about, "it is not what its newest act led to")
            key = (rows[-1][0], rows[-1][1])

    def _said(self) -> None:
        """What a neighbour said stands in a message of its own."""
        key: tuple[str, str, str] = ("", "", "")
        while rows := self._tx.rows("audit_said", *key, AUDIT_ROWS):
            for peer, about, kind, seq, body in rows:
                row = self._tx.one("in_at", peer, seq)
                if not (row and row[0]) and is_removed(self._tx, RECEIVED, peer, seq):
                    continue
                meant, stated = kind_and_body(decoded(row[0])) if row else (None, {})
                said = (meant.name, meant.matter_of(stated)) if meant else ("", "")
                if said != (kind, about) or encoded(stated) != body:
                    text = "message {seq} says something else"
                    self._faults.add("said", f"{peer} {about} {kind}", text, seq=seq)
            key = (rows[-1][0], rows[-1][1], rows[-1][2])

    def _parked(self) -> None:
        key: tuple[str, int] = ("", -1)
        marks = {one.id: one.considered for one in peers(self._tx)}
        while rows := self._tx.rows("audit_parked", *key, AUDIT_ROWS):
            for peer, seq, _ in rows:
                if not 0 < seq <= marks.get(peer, 0):
                    self._faults.add("parked", f"{peer} {seq}", "no such message was considered")
            key = (rows[-1][0], rows[-1][1])

    def _parties(self) -> None:
        """Nobody is named as disclosed who was not: the reverse is seen with each disclosure."""
        key: tuple[str, str, int] = ("", "", -1)
        while rows := self._tx.rows("audit_parties", *key, AUDIT_ROWS):
            for party, peer, seq in rows:
                record = self._tx.one("disclosure_of", peer, seq)
                if record is None or party not in decoded(record[0]).get("parties", {}).values():
                    text = "no disclosure names this party"
                    self._faults.add("disclosed_party", f"{party} {peer} {seq}", text)
            key = (rows[-1][0], rows[-1][1], rows[-1][2])

    def _persons(self) -> None:
        """What is sealed about persons can be opened, unless it was erased."""
        after = ""
        while rows := self._tx.rows("audit_persons", after, AUDIT_ROWS):
            for (token,) in rows:
                try:
                    name_of(self._tx, self._node, token)
                except SilkportError:
                    self._faults.add("person", token, "its seal is broken")
            after = rows[-1][0]

    def _marks(self) -> None:
        """How far the exchange has come is how far the log goes."""
        newest = self._walked.newest
        for one in peers(self._tx):
            for name, mark, logged in (
                ("received", one.received, newest.get((RECEIVED, one.id), 0)),
                ("queued", one.queued, newest.get((SENT, one.id), 0)),
            ):
                if mark != logged:
                    text = f"its {name} is {{mark}}; the log goes to {{logged}}"
                    self._faults.add("peer", one.id, text, mark=mark, logged=logged)
            for name, mark, bound in (
                ("considered", one.considered, one.received),
                ("taken", one.taken, one.queued),
                ("considered_there", one.considered_there, one.queued),
                ("told_size", one.told_size, self._walked.size),
            ):
                if not 0 <= mark <= bound:
                    text = f"its {name} is {{mark}}, which is beyond {{bound}}"
                    self._faults.add("peer", one.id, text, mark=mark, bound=bound)

    def _registers(self) -> None:
        for row in self._tx.rows("registers"):
            self.registers += 1
            try:
                demand_signed(self._tx, row)
            except SilkportError:
                text = "it is not what counsel signed"
                self._faults.add("register", row[0], text)
