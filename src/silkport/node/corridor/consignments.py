"""Consignments: described once, filed on both sides, nothing filed that nobody confirmed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec

from silkport.filings.confirming import changed_fields, confirmed, rows_of
from silkport.filings.paths import Value
from silkport.filings.preparing import Moment, checked
from silkport.kernel.errors import SilkportError
from silkport.kernel.filing_errors import ConsignmentTaken, DescriptionRefused, FilingOpen
from silkport.model.description import Description, House, Master
from silkport.model.prepared import (
    Cell,
    ConsignmentFile,
    Prepared,
    Provenance,
    Side,
    key_of,
)
from silkport.model.states import Actor
from silkport.node.corridor.consignment_files import (
    CONSIGNMENT,
    EXPORT,
    FILINGS_OF,
    IMPORT,
    IMPORTER,
    File,
    demand_grant,
    described_id,
    filed_alike,
    links_of,
    made,
    partner,
    places,
    waiting,
)
from silkport.node.corridor.desk import FilingDesk
from silkport.node.corridor.firms import demand_firms
from silkport.node.corridor.grants import tell_again
from silkport.node.dossiers import Act, dossier_of, find_dossier, keep
from silkport.node.sovereign import Node
from silkport.node.state.contract import Transaction
from silkport.node.workflow.cases import FILING, Case
from silkport.node.workflow.filing import Filed, file_declaration

_MOST_CHANGES = 100
_MOVES = frozenset(("prepare", "file"))
"""Acts after which somebody else has to go on, or nobody."""


@dataclass(frozen=True, slots=True)
class Described:
    """What describing led to.

    Attributes:
        changes: filings that were filed and would be different now, with the fields.
        is_known: the same was described before; nothing changed.
        sent: numbers of the grants under which the new version went to importers.
    """

    file: File
    changes: Mapping[str, Sequence[str]]
    is_known: bool = False
    sent: tuple[str, ...] = ()


def describe(node: Node, desk: FilingDesk, description: Description, *, who: str) -> Described:
    """Keeps an exporter's description; a later one supersedes it, and says which filings change.

    Raises DescriptionRefused, ConsignmentTaken, NotCompetent.
    """
    node.demand(FILING, "describe")
    if description.exporter.country != desk.ground.country:
        stated = description.exporter.country or "no country"
        reason = f"its exporter is of {stated}, and this node is of {desk.ground.country}"
        raise DescriptionRefused(source=description.consignment_no, reason=f"{reason}.")
    demand_firms(description)
    return node.state.write(lambda tx: _describe(tx, node, desk, description, who))


def _describe(
    tx: Transaction, node: Node, desk: FilingDesk, description: Description, who: str
) -> Described:
    identity = described_id(description.consignment_no)
    found = find_dossier(tx, CONSIGNMENT, identity)
    if found is None:
        number = description.consignment_no
        state = ConsignmentFile(
            side=Side.EXPORTER, consignment_no=number, version=1, description=description
        )
        act = Act("describe", Actor.DECLARANT.value, who, facts={"version": 1})
        links = links_of(state)
        return Described(keep(tx, node, CONSIGNMENT, identity, state, act, links=links), {})
    before = found.state
    if before.description.exporter.own_code != description.exporter.own_code:
        raise ConsignmentTaken(what=description.consignment_no)
    if before.description == description:
        return Described(found, {}, is_known=True)
    state = msgspec.structs.replace(
        before,
        version=before.version + 1,
        description=description,
        filings={key: one for key, one in before.filings.items() if one.filed_id},
    )
    changes = changes_of(desk, state, desk.moment(node.now()))
    facts = {
        "version": state.version,
        "changes": {key: fields[:_MOST_CHANGES] for key, fields in changes.items()},
    }
    act = Act("amend", Actor.DECLARANT.value, who, facts=facts)
    kept = keep(tx, node, CONSIGNMENT, identity, state, act)
    return Described(kept, changes, sent=tell_again(tx, node, state))


def changes_of(desk: FilingDesk, state: ConsignmentFile, moment: Moment) -> dict[str, list[str]]:
    """By filing, what was filed otherwise than it would be now; all of a house that is gone.

    Nothing of a file whose copy is gone.
    """
    found: dict[str, list[str]] = {}
    for key, filed in state.filings.items() if state.description.masters else ():
        if not filed.filed_id or filed.version == state.version:
            continue
        place = state.description.house(filed.house_no)
        if place is None:
            found[key] = ["house_no"]
            continue
        lines = len(place[1].goods)
        typed = {
            field: value
            for field, value in filed.typed.items()
            if not field.startswith("goods[") or int(field[6 : field.index("]")]) <= lines
        }
        now = made(desk, state, filed.filing, place, moment, typed)
        if fields := changed_fields(filed, now):
            found[key] = fields
    return found


def prepare(
    node: Node,
    desk: FilingDesk,
    identity: str,
    *,
    who: str,
    filings: Sequence[str] = (),
    house_no: str = "",
) -> File:
    """Prepares filings of a file: every field as far as it can be known, what is open, what holds.

    Args:
        identity: of the file, as `files_of` gives it.
        filings: their names; else those usual on its side.
        house_no: of an exporter's file, one house; else all of them.
    What the declarant typed before stays. Raises NotFound, GrantInvalid, FilingUnknown.
    """

    act = Act("prepare", Actor.DECLARANT.value, who)

    def work(tx: Transaction) -> File:
        found = dossier_of(tx, CONSIGNMENT, identity)
        return prepared(tx, node, desk, found, act, (filings, house_no))

    return node.state.write(work)


def prepared(
    tx: Transaction,
    node: Node,
    desk: FilingDesk,
    found: File,
    act: Act,
    which: tuple[Sequence[str], str] = ((), ""),
) -> File:
    """Prepares filings of a file within a transaction.

    Args:
        which: their names and the house, as for `prepare`.
    Raises GrantInvalid, FilingUnknown; nothing was written then.
    """
    (names, house_no), state = which, found.state
    demand_grant(state, node.now())
    moment = desk.moment(node.now())
    some: dict[str, Prepared] = dict(state.filings)
    for place in places(state, house_no):
        for name in names or FILINGS_OF[state.side]:
            key = key_of(name, place[1].house_no)
            known = some.get(key)
            if known is None or not known.filed_id:
                typed = known.typed if known else {}
                some[key] = made(desk, state, name, place, moment, typed)
    return _kept(tx, node, found, some, act)


def confirm(
    node: Node,
    desk: FilingDesk,
    identity: str,
    *,
    who: str,
    typed: Mapping[str, Value] | None = None,
    filing: str = IMPORT,
    house_no: str = "",
) -> File:
    """Takes what the declarant typed, and marks every other field of a filing as confirmed by him.

    Args:
        typed: values by field, `goods[1].total_e5`; commodity codes among them.
    What was typed is kept also when the filing is not complete and this raises FilingOpen or
    FilingHeld. Raises FieldNotTyped, NotFound, GrantInvalid.
    """

    def work(tx: Transaction) -> tuple[File, SilkportError | None]:
        found = dossier_of(tx, CONSIGNMENT, identity)
        demand_grant(found.state, node.now())
        known, place = _to_confirm(found.state, filing, house_no)
        rules = desk.filing(filing, partner(found.state, desk))
        new = checked(rules.rules, typed or {}, len(place[1].goods))
        now = node.now()
        one = made(desk, found.state, filing, place, desk.moment(now), {**known.typed, **new})
        error: SilkportError | None = None
        event = "confirm"
        try:
            one = confirmed(one, who=who, at=now, what=found.state.consignment_no)
        except SilkportError as refused:
            event, error = "fill", refused
        facts = {"filing": filing, "house_no": known.house_no, "typed": sorted(new)}
        act = Act(event, Actor.DECLARANT.value, who, facts=facts)
        key = key_of(filing, known.house_no)
        return _kept(tx, node, found, {**found.state.filings, key: one}, act), error

    file, error = node.state.write(work)
    if error is not None:
        raise error
    return file


def _to_confirm(
    state: ConsignmentFile, filing: str, house_no: str
) -> tuple[Prepared, tuple[Master, House]]:
    """What is to be confirmed and its house. Raises FilingOpen when it is not what was shown."""
    (place,) = places(state, house_no, alone=True)
    known = state.filings.get(key_of(filing, place[1].house_no))
    what, reason = state.consignment_no, ""
    if known is None:
        reason = "it has not been prepared"
    elif known.filed_id:
        reason = "it is filed"
    elif known.version != state.version:
        reason = f"version {state.version} of the description came since; prepare it again"
    if known is None or reason:
        raise FilingOpen(filing=filing, what=what, reason=reason)
    return known, place


def file_export(
    node: Node,
    desk: FilingDesk,
    consignment_no: str,
    house_no: str = "",
    *,
    who: str,
    typed: Mapping[str, Value] | None = None,
) -> Filed:
    """Confirms and files the export declaration of a house by one act of its exporter.

    Filed again it changes nothing. Raises as `confirm` and `file_declaration` do.
    """
    identity = described_id(consignment_no)
    found = node.state.read(lambda tx: dossier_of(tx, CONSIGNMENT, identity))
    (place,) = places(found.state, house_no, alone=True)
    now = node.now()
    rules = desk.filing(EXPORT, partner(found.state, desk))
    new = checked(rules.rules, typed or {}, len(place[1].goods))
    one = made(desk, found.state, EXPORT, place, desk.moment(now), new)
    sure = confirmed(one, who=who, at=now, what=consignment_no)
    return _filed(node, desk, identity, sure, who=who, early=False)


def file_import(
    node: Node,
    desk: FilingDesk,
    identity: str,
    *,
    who: str,
    early: bool = True,
    filing: str = IMPORT,
    house_no: str = "",
) -> Filed:
    """Files a confirmed declaration on the importer's side, before arrival unless told otherwise.

    Raises FilingOpen when nobody confirmed it, GrantInvalid, and as `file_declaration` does.
    """
    found = node.state.read(lambda tx: dossier_of(tx, CONSIGNMENT, identity))
    known = _prepared(found.state, filing, house_no)
    if known is None or not known.filed_id:
        demand_grant(found.state, node.now())
    if known is None:
        what = found.state.consignment_no
        raise FilingOpen(filing=filing, what=what, reason="it has not been prepared")
    return _filed(node, desk, identity, known, who=who, early=early)


def lodge(
    node: Node,
    desk: FilingDesk,
    identity: str,
    *,
    who: str,
    filing: str,
    house_no: str = "",
) -> tuple[File, int]:
    """Lodges what is no declaration and was confirmed: pre-arrival information, manifest lines.

    Gives the file and by how many milliseconds it is late; 0 in time, or where no term is known.
    Raises FilingOpen when it is not confirmed or is a declaration, GrantInvalid, NotFound.
    """

    def work(tx: Transaction) -> tuple[File, int]:
        found, now = dossier_of(tx, CONSIGNMENT, identity), node.now()
        known = _prepared(found.state, filing, house_no)
        reason = "" if known and known.confirmed_by else "nobody has confirmed its fields"
        if not reason and desk.filing(filing, partner(found.state, desk)).rules.is_declaration:
            reason = "it is a declaration, which is filed and decided"
        if known is None or reason:
            raise FilingOpen(filing=filing, what=found.state.consignment_no, reason=reason)
        if known.filed_id:
            return found, 0
        demand_grant(found.state, now)
        late = max(0, now - known.file_by) if known.file_by >= 0 else 0
        done = msgspec.structs.replace(known, filed_id=f"{found.id} {filing} {known.version}")
        facts = {"filing": filing, "house_no": known.house_no, "late_ms": late}
        act = Act("lodge", Actor.DECLARANT.value, who, facts=facts)
        key = key_of(filing, known.house_no)
        return _kept(tx, node, found, {**found.state.filings, key: done}, act), late

    return node.state.write(work)


def _prepared(state: ConsignmentFile, filing: str, house_no: str) -> Prepared | None:
    """The filing of a house, of the only one where none is named."""
    some = [one for one in state.filings.values() if one.filing == filing]
    if house_no:
        some = [one for one in some if one.house_no == house_no]
    return some[0] if len(some) == 1 else None


def _filed(
    node: Node, desk: FilingDesk, identity: str, sure: Prepared, *, who: str, early: bool
) -> Filed:
    """Files what was confirmed and notes in the file under which id."""
    moment = desk.moment(node.now())
    if sure.head.get("decl_day", Cell(moment.day, Provenance.COMPUTED)).value != moment.day:
        anew = Cell(moment.day, Provenance.CONFIRMED, "computed: day of filing")
        sure = msgspec.structs.replace(sure, head={**sure.head, "decl_day": anew})
    declaration, goods = rows_of(sure, identity)
    key = key_of(sure.filing, sure.house_no)

    def before(tx: Transaction) -> Case | None:
        noted = dossier_of(tx, CONSIGNMENT, identity).state.filings.get(key)
        return filed_alike(tx, node, declaration, goods, noted.filed_id if noted else "")

    def note(tx: Transaction, case: Case) -> None:
        found = dossier_of(tx, CONSIGNMENT, identity)
        done = msgspec.structs.replace(sure, filed_id=case.id)
        if found.state.filings.get(key) == done:
            return
        facts = {"filing": sure.filing, "house_no": sure.house_no, "filed": case.id}
        act = Act("file", Actor.DECLARANT.value, who, facts=facts)
        _kept(tx, node, found, {**found.state.filings, key: done}, act)

    same = node.state.read(before)
    if same is not None:
        filed = Filed(same, is_duplicate=True)
    else:
        filed = file_declaration(
            node, desk.office, declaration, goods, who=who, early=early, also=note
        )
    if filed.is_duplicate and not sure.filed_id:
        node.state.write(lambda tx: note(tx, filed.case))
    return filed


def _kept(
    tx: Transaction, node: Node, found: File, filings: Mapping[str, Prepared], act: Act
) -> File:
    state = msgspec.structs.replace(found.state, filings=dict(filings))
    links = _links_then(state) if act.event in _MOVES else None
    return keep(tx, node, CONSIGNMENT, found.id, state, act, links=links, due_at=found.due_at)


def _links_then(state: ConsignmentFile) -> dict[str, list[str]]:
    """An importer's file waits for him until its declaration is filed."""
    own = [one for one in state.filings.values() if one.filing == IMPORT]
    is_his = state.side is Side.IMPORTER and not all(one.filed_id for one in own)
    return waiting(state, IMPORTER) if is_his else links_of(state)
