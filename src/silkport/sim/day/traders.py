"""What exporters, importers and their brokers do on the day."""

from __future__ import annotations

from silkport.filings.confirming import confirmed, rows_of
from silkport.filings.preparing import prepare as prepare_filing
from silkport.model.description import Description
from silkport.model.prepared import Provenance
from silkport.model.states import RELEASED_STATES
from silkport.node.corridor.consignment_files import (
    CONSIGNMENT,
    EXPORT,
    IMPORT,
    PRE_ARRIVAL,
    described_id,
    granted_id,
)
from silkport.node.corridor.consignments import (
    confirm,
    describe,
    file_export,
    file_import,
    lodge,
    prepare,
)
from silkport.node.corridor.grants import grant
from silkport.node.dossiers import find_dossier
from silkport.node.workflow.filing import Filed, file_declaration
from silkport.node.workflow.telling import country_of
from silkport.sim.day.border import decide
from silkport.sim.day.cargo import Entrusted, Freight
from silkport.sim.day.sites import Site

TRANSIT = "transit"


def send(site: Site, freight: Freight, *, to: str, who: str) -> int:
    """An exporter describes, declares and grants every house; gives how many are released."""
    released = 0
    for described in freight.descriptions:
        describe(site.node, site.desk, described, who=who)
        for _, house in described.houses():
            number = described.consignment_no
            if described.transport.destination_country == country_of(to):
                filed = file_export(site.node, site.desk, number, house.house_no, who=who)
            else:
                filed = _file_beyond(site, described, house.house_no, neighbour=to, who=who)
            released += decide(site, filed.case.id).state in RELEASED_STATES
            grant(site.node, number, house.house_no, who=who, peer=to)
    return released


def _file_beyond(
    site: Site, described: Description, house_no: str, *, neighbour: str, who: str
) -> Filed:
    """Declares goods that go beyond the neighbour, as `silkport node file` does.

    What the declaration asks for does not depend on the country of destination; the field table of
    the pair serves, for none is here of the pair with that country.
    """
    place, now = described.house(house_no), site.node.now()
    assert place is not None, "the house is one of the description"
    made = prepare_filing(
        site.desk.filing(EXPORT, country_of(neighbour)),
        site.desk.ground,
        described,
        place,
        version=1,
        how=Provenance.DECLARED,
        moment=site.desk.moment(now),
        typed={},
    )
    sure = confirmed(made, who=who, at=now, what=described.consignment_no)
    declaration, goods = rows_of(sure, described_id(described.consignment_no))
    return file_declaration(site.node, site.desk.office, declaration, goods, who=who)


def is_granted(site: Site, peer: str, freight: Freight) -> bool:
    """Whether the copies of all houses have come from a peer."""
    return site.node.state.read(
        lambda tx: all(
            find_dossier(tx, CONSIGNMENT, granted_id(peer, one.consignment_no, one.house_no))
            for one in freight.houses
        )
    )


def declare(site: Site, peer: str, own: Entrusted, *, who: str, filing: str = IMPORT) -> str:
    """An importer, or his broker, types what only he knows, confirms all and files early.

    Gives the id of the declaration.
    """
    identity = granted_id(peer, own.consignment_no, own.house_no)
    filings = [filing] if filing == TRANSIT else [PRE_ARRIVAL, filing]
    prepare(site.node, site.desk, identity, who=who, filings=filings)
    if PRE_ARRIVAL in filings:
        confirm(site.node, site.desk, identity, who=who, filing=PRE_ARRIVAL)
        lodge(site.node, site.desk, identity, who=who, filing=PRE_ARRIVAL)
    confirm(site.node, site.desk, identity, who=who, typed=own.typed, filing=filing)
    return file_import(site.node, site.desk, identity, who=who, filing=filing).case.id
