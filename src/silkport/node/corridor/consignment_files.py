"""The files that a node keeps of consignments for its traders: found, and filings made of them.

The exporter's file holds his description, the importer's the copy he was granted (`grants.py`).
What the authority here received from its neighbour is read by `received_fields` alone: it stands
beside the trader's fields for control and fills none of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from silkport.filings.confirming import OF_THE_MOMENT
from silkport.filings.paths import Value
from silkport.filings.preparing import Moment
from silkport.filings.preparing import prepare as prepared_with
from silkport.kernel.errors import NotFound
from silkport.kernel.filing_errors import GrantInvalid
from silkport.kernel.ids import as_key, parcel_id
from silkport.model.declarations import DECLARATION
from silkport.model.description import House, Master
from silkport.model.prepared import Cell, ConsignmentFile, Prepared, Provenance, Side
from silkport.model.states import State
from silkport.node.corridor.desk import FilingDesk
from silkport.node.dossiers import Dossier, DossierKind, find_dossier, linked
from silkport.node.sovereign import Node
from silkport.node.state.contract import Transaction
from silkport.node.workflow.cases import Case, find_case
from silkport.node.workflow.filing import declared_again

CONSIGNMENT = DossierKind("consignment", ConsignmentFile)
EXPORT, IMPORT = "export_declaration", "import_declaration"
MANIFEST, PRE_ARRIVAL = "manifest", "pre_arrival"
FILINGS_OF = {
    Side.EXPORTER: (EXPORT, MANIFEST),
    Side.IMPORTER: (PRE_ARRIVAL, IMPORT),
}
"""What is prepared when no filing is named."""

BY_NUMBER = "consignment"
"""The link by which the files of a consignment are found."""

WAITS_FOR = "waits_for"
"""The link by which files are found in which somebody has to go on."""
NODE, IMPORTER = "node", "importer"
"""Whom an importer's file waits for: this node prepares it, then he confirms and files it."""

_RECEIVED = ("export_released", "export_amended")
File = Dossier[ConsignmentFile]


def described_id(consignment_no: str) -> str:
    """The id of an exporter's file."""
    return f"export:{consignment_no}"


def granted_id(peer: str, consignment_no: str, house_no: str) -> str:
    """The id of an importer's file: that of one house, from one node."""
    return f"import:{peer}:{len(consignment_no)}:{consignment_no}/{house_no}"


def links_of(state: ConsignmentFile) -> dict[str, list[str]]:
    """By what a file is found when nobody has to go on in it."""
    links = {BY_NUMBER: [state.consignment_no]}
    if state.side is Side.EXPORTER:
        return links | {"exporter": [state.description.exporter.own_code]}
    return links | {IMPORTER: sorted({one.importer_code for one in state.grants.values()})}


def waiting(state: ConsignmentFile, whom: str) -> dict[str, list[str]]:
    """By what a file is found that waits for the node or for the importer."""
    return links_of(state) | {WAITS_FOR: [whom]}


def made(
    desk: FilingDesk,
    state: ConsignmentFile,
    filing: str,
    place: tuple[Master, House],
    moment: Moment,
    typed: Mapping[str, Value],
) -> Prepared:
    """One filing of a house as the file has it now. Raises FilingUnknown."""
    own = state.side is Side.EXPORTER
    return prepared_with(
        desk.filing(filing, partner(state, desk)),
        desk.ground,
        state.description,
        place,
        version=state.version,
        how=Provenance.DECLARED if own else Provenance.GRANTED,
        moment=moment,
        typed=typed,
    )


def partner(state: ConsignmentFile, desk: FilingDesk) -> str:
    """The country on the other side of a file."""
    way, here = state.description.transport, desk.ground.country
    ends = (way.departure_country, way.destination_country)
    parties = (state.description.exporter.country, state.description.importer.country)
    return next((one for one in (*ends, *parties) if one and one != here), "")


def places(
    state: ConsignmentFile, house_no: str, *, alone: bool = False
) -> list[tuple[Master, House]]:
    """The houses meant: one by its number, or all. Raises NotFound for none, or not just one."""
    some = list(state.description.houses())
    if house_no:
        some = [place for place in some if place[1].house_no == house_no]
    if not some or (alone and len(some) != 1):
        named = house_no or "one house: name it"
        raise NotFound(what=f"{state.consignment_no}, {named}")
    return some


def demand_grant(state: ConsignmentFile, at: int) -> None:
    """Raises GrantInvalid when an importer's copy may not be used any more."""
    if state.side is Side.EXPORTER:
        return
    for grant in state.grants.values():
        if grant.revoked_at >= 0:
            raise GrantInvalid(grant=grant.grant_no, reason="the exporter took it back")
        if not grant.holds(at):
            raise GrantInvalid(grant=grant.grant_no, reason="its time is over")


def files_of(tx: Transaction, consignment_no: str) -> list[File]:
    """The files of a consignment, the exporter's first; also by the id of one."""
    exact = find_dossier(tx, CONSIGNMENT, consignment_no)
    return [exact] if exact else linked(tx, CONSIGNMENT, BY_NUMBER, consignment_no)


def received_fields(tx: Transaction, consignment_no: str, house_no: str) -> dict[str, Cell]:
    """What the neighbour told this authority of a house, for its control alone.

    By field of the goods declaration. No use case of a trader calls this.
    """
    names = frozenset(DECLARATION.names)
    found: dict[str, Cell] = {}
    for peer, kind, seq, _, body in tx.rows("said_about", as_key(consignment_no, house_no)):
        if kind in _RECEIVED:
            said = msgspec.json.decode(body)
            came = f"{kind} {seq} of {peer}"
            found |= {
                name: Cell(value, Provenance.RECEIVED, came)
                for name, value in said.items()
                if name in names
            }
    return found


def filed_alike(
    tx: Transaction,
    node: Node,
    declaration: Mapping[str, int | str],
    goods: Sequence[Mapping[str, int | str]],
    noted: str,
) -> Case | None:
    """The case under which just this was filed before, whenever that was; else None.

    Who got no answer files again, later: that is another moment and no other declaration. Whoever
    knows that its registration was refused (the file names the case) may try anew.
    """
    number, by = str(declaration["declaration_no"]), str(declaration.get("declarant_code", ""))
    case = find_case(tx, parcel_id(node.administration, by, number))
    if case is None or (case.state is State.REGISTRATION_REFUSED and noted == case.id):
        return None
    then = (declared_again(tx, node, case.document), *case.document["goods"])
    now = (declaration, *goods)
    return case if [*map(_lasting, then)] == [*map(_lasting, now)] else None


def _lasting(cells: Mapping[str, int | str]) -> dict[str, int | str]:
    return {name: value for name, value in cells.items() if name not in OF_THE_MOMENT}
