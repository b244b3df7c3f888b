"""Filing: a declarant's declaration is decided by its rules, registered or refused, and kept.

The decision is worked out before the transaction, on what the node knew then; when the case has
changed meanwhile, it is worked out again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from silkport.courses.grounds import named
from silkport.engine.house import ClearedHouse, Earlier, SingleHouse, Unread
from silkport.engine.house_release import told
from silkport.journey import Terms, registration
from silkport.kernel.errors import LimitExceeded
from silkport.kernel.exchange_errors import StepNotAllowed
from silkport.kernel.filing_errors import DayNotOfFiling
from silkport.kernel.ids import parcel_id
from silkport.kernel.limits import MAX_GOODS_LINES, MAX_TRIES_TO_KEEP
from silkport.kernel.periods import day_of
from silkport.law.release import ReleaseLaw
from silkport.model.columns import MISSING
from silkport.model.parties import Deed
from silkport.model.states import Actor, State
from silkport.node.sovereign import Node
from silkport.node.state.contract import Transaction
from silkport.node.workflow.afterwards import (
    ForAnOfficer,
    demand_deed,
    demand_nothing_given_back,
    drawn,
    put_to_an_officer,
)
from silkport.node.workflow.cases import (
    NEVER,
    Case,
    Happening,
    Work,
    encoded,
    find_case,
    history,
)
from silkport.node.workflow.coursing import Course, awaits_goods, course_of
from silkport.node.workflow.people import hide, reveal, without_quotes
from silkport.node.workflow.releasing import Seen, conclude, look, step_of, waits
from silkport.stages.release import AFTER_RELEASE

Cells = Mapping[str, int | str]


@dataclass(frozen=True, slots=True)
class Office:
    """The law by which a node decides.

    Attributes:
        country: ISO alpha-2 of the administration.
        draw_seed: key of the random draw of inspections.
        demands: what must be there before goods are released; None where nothing is demanded, and
            then nobody lets an early declaration go of itself either.
        home: where an operator keeps law of his own, on the recognition of inspections too.
    """

    engine: SingleHouse
    terms: Terms
    country: str
    draw_seed: int
    demands: ReleaseLaw | None = None
    home: Path | None = None

    def day(self, at: int) -> int:
        """The local day of a moment, in days since 1970-01-01."""
        return self.terms.calendar.time.day_at(at)


@dataclass(frozen=True, slots=True)
class Filed:
    """What became of a filing: the case, and whether it was known already."""

    case: Case
    is_duplicate: bool


class _Changed(Exception):
    """The case changed while it was decided."""


def file_declaration(
    node: Node,
    office: Office,
    declaration: Cells,
    goods: Sequence[Cells],
    *,
    who: str = "",
    problems: Sequence[Unread] = (),
    early: bool = False,
    from_customs: bool = False,
    keyed_day: int | None = None,
    also: Callable[[Transaction, Case], object] | None = None,
) -> Filed:
    """Files one house declaration, or an act on one; durable when it returns.

    Args:
        declaration, goods: columns of DECLARATION and GOODS.
        early: its goods have not arrived yet.
        from_customs: customs itself hands it in, which alone may assess anew.
        keyed_day: it was registered on paper on this day, and is keyed now.
        also: what is kept with it, in the same transaction; not for one that was known already.
    Raises StepNotAllowed, DayNotOfFiling, NoPower, LimitExceeded, NotCompetent, StoreError.
    """
    number = str(declaration.get("declaration_no", ""))
    if len(goods) > MAX_GOODS_LINES:
        raise LimitExceeded(source=number, limit=MAX_GOODS_LINES, reason="it has more goods lines")
    by = str(declaration.get("declarant_code", ""))
    identity = parcel_id(node.administration, by, number)
    for _ in range(MAX_TRIES_TO_KEEP):
        known, versions = node.state.read(lambda tx: _known(tx, identity))
        day = office.day(node.now())
        version = _version(declaration)
        is_it = told(version, versions, _outcome(known), processing_day=day)
        if is_it.status == "duplicate" and known is not None:
            return Filed(known, is_duplicate=True)
        if not is_it.decides:
            state = _STATUS[is_it.status]
            raise StepNotAllowed(what=number, state=state, event=str(version["act"]))
        declaration = _dated(declaration, known, day if keyed_day is None else keyed_day)
        before = _earlier(known) if known is not None else None
        cleared = office.engine.clear(
            declaration,
            goods,
            processing_day=day,
            draw_seed=office.draw_seed,
            before=before,
            problems=problems,
            from_customs=from_customs,
        )
        filing = _Filing(
            node, office, declaration, goods, cleared, known, who, early, from_customs, also
        )
        try:
            return _keep(filing, before)
        except _Changed:
            continue
    reason = "it is being changed again and again"
    raise StepNotAllowed(what=identity, state=reason, event="file")


def _keep(filing: _Filing, before: Earlier | None) -> Filed:
    """Keeps a filing; what an officer has to decide is kept as such. Raises _Changed."""
    try:
        return filing.node.state.write(filing.keep)
    except ForAnOfficer as act:
        assert before is not None, "an act is one on a declaration that is known"
        held = put_to_an_officer(filing.cleared, before, act.findings)
    return filing.node.state.write(replace(filing, cleared=held).keep)


def _known(tx: Transaction, identity: str) -> tuple[Case | None, list[Cells]]:
    """A case and every version of it that came."""
    rows = tx.rows("versions", identity)
    return find_case(tx, identity), [dict(zip(VERSION, row, strict=True)) for row in rows]


def _version(declaration: Cells) -> Cells:
    return {
        "guid": declaration.get("guid", ""),
        "act": declaration.get("act", "declaration"),
        "app_time": declaration.get("app_time", 0),
    }


def _dated(declaration: Cells, known: Case | None, today: int) -> Cells:
    """A version with the legal day that counts: of a first one its own, the day of its filing.

    A case that is registered keeps its day, whatever a later version states, as the engine has it
    of acts after release. A day that is not stated is for the rules. Raises DayNotOfFiling.
    """
    stated = declaration.get("decl_day", MISSING)
    if not isinstance(stated, int) or stated < 0:
        return declaration
    is_registered = known is not None and known.registered_at != NEVER
    if known is not None and is_registered and known.state is not State.REGISTRATION_REFUSED:
        return {**declaration, "decl_day": known.decl_day}
    if _act(declaration) not in {*AFTER_RELEASE, "withdrawal"} and stated != today:
        raise DayNotOfFiling(
            what=str(declaration.get("declaration_no", "")),
            stated=f"{day_of(stated)}",
            today=f"{day_of(today)}",
        )
    return declaration


def _outcome(known: Case | None) -> str:
    return "" if known is None else str(known.decision["decision"]["outcome"])


def _act(declaration: Cells) -> str:
    return str(declaration.get("act", "declaration"))


VERSION = ("guid", "act", "app_time")
_STATUS = {
    "stale": "known in a newer version",
    "too_late": "decided already",
    "too_early": "not released yet",
}
"""Why a version that came is not taken, by the status that the stage declare gives it."""


def _earlier(known: Case) -> Earlier:
    decision = known.decision
    return Earlier(
        decision=decision["decision"],
        tax_lines=decision["tax_lines"],
        assessed=decision["assessed"],
    )


@dataclass(frozen=True, slots=True)
class _Filing:
    """A filing that was decided and is to be kept."""

    node: Node
    office: Office
    declaration: Cells
    goods: Sequence[Cells]
    cleared: ClearedHouse
    known: Case | None
    who: str
    early: bool
    from_customs: bool
    also: Callable[[Transaction, Case], object] | None

    def keep(self, tx: Transaction) -> Filed:
        """Keeps it, unless the case is no longer what it was decided upon."""
        identity = str(self.cleared.decision["parcel_id"])
        found = find_case(tx, identity)
        if (found.version if found else 0) != (self.known.version if self.known else 0):
            raise _Changed
        filed = self._kept(tx, found)
        document, decision = encoded(self._document(tx)), encoded(self._decided())
        tx.run("add_version", identity, *_version(self.declaration).values(), document, decision)
        if self.also is not None:
            self.also(tx, filed)
        return Filed(filed, is_duplicate=False)

    def _kept(self, tx: Transaction, found: Case | None) -> Case:
        if self.declaration.get("act", "declaration") in AFTER_RELEASE and found is not None:
            return self._act(tx, found)
        return self._file(tx, found)

    def _case(self, tx: Transaction, found: Case | None) -> Case:
        """The case with this version of the declaration, not yet advanced."""
        now, declared = self.node.now(), self.declaration
        return Case(
            id=str(self.cleared.decision["parcel_id"]),
            number=str(declared.get("declaration_no", "")),
            consignment_no=str(declared.get("consignment_no", "")),
            house_no=str(declared.get("house_no", "")),
            direction=str(self.cleared.decision["direction"]),
            state=found.state if found else State.DRAFT,
            version=found.version if found else 0,
            guid=str(declared.get("guid", "")),
            decl_day=int(self.cleared.decision["decl_day"]),
            gross_mass_mg=int(declared.get("gross_mass_mg", MISSING)),
            filed_at=found.filed_at if found else now,
            registered_at=found.registered_at if found else NEVER,
            changed_at=now,
            due_at=NEVER,
            due_then="",
            due_known=True,
            document=self._document(tx),
            decision=self._decided(),
        )

    def _document(self, tx: Transaction) -> dict[str, Any]:
        """This version as it is kept: persons by pseudonym."""
        hidden = hide(tx, self.node, self.declaration)
        return {"declaration": hidden, "goods": [dict(one) for one in self.goods]}

    def _decided(self) -> dict[str, Any]:
        return _decided(self.cleared, self.declaration)

    def _grounds(self) -> str:
        """The rules that spoke, for everybody: those of risk are for officers alone."""
        told = {str(one["code"]) for one in self.cleared.findings if one["effect"] != "risk"}
        return ", ".join(sorted(told))[:1000]

    def _file(self, tx: Transaction, found: Case | None) -> Case:
        """A declaration is filed and the node takes the first steps with it."""
        decision, case = self.cleared.decision, self._case(tx, found)
        amended = found if found and found.state is not State.REGISTRATION_REFUSED else None
        course = Course(presented=not self.early, early=self.early)
        early = self.early
        if amended is not None:
            records = history(tx, amended.id)
            early, course = awaits_goods(records), replace(course_of(records), documents=False)
            case = _with_term_of(case, amended)
        outcome, seen = str(decision["outcome"]), None
        if outcome not in {"refused", "withdrawn"}:
            seen = look(tx, self.node, self.office, case, course, anew=amended is not None)
            case = waits(case) if early or (seen and seen.holds) else case
        before, work = case, Work(tx, self.node, self.office.terms, case)
        if outcome == "withdrawn":
            if found is not None and not self.from_customs:
                demand_deed(tx, self.node, self.office, found, Deed.WITHDRAW)
            work.happen(Happening("withdraw", Actor.DECLARANT, self.who, _reason(self.declaration)))
        else:
            work.happen(Happening("amend" if amended else "file", Actor.DECLARANT, self.who))
            self._first_steps(work, seen, course, amended, early=early)
        filed = work.finish()
        conclude(work, self.office, before, seen)
        return filed

    def _first_steps(
        self, work: Work, seen: Seen | None, course: Course, amended: Case | None, *, early: bool
    ) -> None:
        """It is registered or not; with its goods there, its lane and what stands say the rest."""
        outcome = str(self.cleared.decision["outcome"])
        has_term = amended is not None and amended.due_at >= 0
        was = amended.state if amended else None
        events = [registration(outcome, early=early, before=was, has_term=has_term)]
        if not early and outcome != "refused":
            events.append(step_of(work.case, seen, course))
        if events[-1] == "request_documents" and was is State.DOCUMENTS_REQUESTED and has_term:
            events[-1] = "await_documents"
        why = self._grounds()
        if seen is not None:
            why = ", ".join(filter(None, (why, named(seen.holds))))[:1000]
        for event in filter(None, events):
            work.happen(Happening(event, Actor.NODE, self.node.id, why))

    def _act(self, tx: Transaction, found: Case) -> Case:
        """A correction, claim or assessment: taken, refused, or held for an officer."""
        reason = _reason(self.declaration)
        if found.held:
            state = "waiting for an officer to decide an earlier act"
            raise StepNotAllowed(what=found.number, state=state, event=_act(self.declaration))
        if not self.from_customs:
            declared = self._document(tx)["declaration"]
            demand_deed(tx, self.node, self.office, found, Deed.CORRECT, declared)
        if not self.cleared.kept:
            had = drawn(tx, found.id)
            case = _with_term_of(self._case(tx, found), found)  # what is owed stays owed
            work = Work(tx, self.node, self.office.terms, case)
            event = "cancel" if self.cleared.decision["outcome"] == "withdrawn" else "correct"
            work.happen(Happening(event, Actor.NODE, self.who or self.node.id, reason))
            after = work.finish()
            conclude(work, self.office, found, None)
            if not self.from_customs:
                demand_nothing_given_back(tx, found, after, had)
            return after
        held: dict[str, Any] = {}
        if self.cleared.proposed is not None:
            proposed = _decided(self.cleared.proposed, self.declaration)
            held = {"document": self._document(tx), "decision": proposed}
        case = replace(found, guid=str(self.declaration.get("guid", "")), held=held)
        work = Work(tx, self.node, self.office.terms, case)
        event = "hold_act" if held else "refuse_act"
        why = f"{self._grounds()} {reason}".strip()
        work.happen(Happening(event, Actor.NODE, self.node.id, why))
        return work.finish()


def _with_term_of(case: Case, before: Case) -> Case:
    """A new version with the term that runs."""
    return replace(case, due_at=before.due_at, due_then=before.due_then, due_known=before.due_known)


def _decided(cleared: ClearedHouse, declared: Cells) -> dict[str, Any]:
    return {
        "decision": cleared.decision,
        "findings": without_quotes(cleared.findings, declared),
        "tax_lines": cleared.tax_lines,
        "adjustments": cleared.adjustments,
        "assessed": cleared.assessed,
        "refund_days": cleared.refund_days,
    }


def _reason(declaration: Cells) -> str:
    return str(declaration.get("reason", ""))[:1000]


def declared_again(tx: Transaction, node: Node, document: Mapping[str, Any]) -> dict[str, Any]:
    """A kept declaration with its persons named, as the engine takes it."""
    return reveal(tx, node, document["declaration"])
