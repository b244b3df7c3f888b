"""A consignment between two nodes: described once, granted, prepared, confirmed, filed, shown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from silkport.filings.confirming import fields_of, typed_share
from silkport.filings.granting import PRICES
from silkport.kernel.errors import NotFound
from silkport.kernel.exchange_errors import MessageMalformed, NotCompetent
from silkport.kernel.filing_errors import (
    ConsignmentTaken,
    DescriptionRefused,
    FieldNotTyped,
    FilingHeld,
    FilingOpen,
    FilingUnknown,
    GrantInvalid,
)
from silkport.model.description import Description
from silkport.model.messages import Competence
from silkport.model.prepared import Cell, Prepared, Provenance, key_of
from silkport.model.states import State
from silkport.node.corridor.consignment_files import (
    CONSIGNMENT,
    EXPORT,
    IMPORT,
    MANIFEST,
    PRE_ARRIVAL,
    File,
    described_id,
    files_of,
    granted_id,
    received_fields,
)
from silkport.node.corridor.consignments import (
    confirm,
    describe,
    file_export,
    file_import,
    lodge,
    prepare,
)
from silkport.node.corridor.grants import (
    expire,
    grant,
    grant_received,
    revoke,
    send_again,
)
from silkport.node.dossiers import acts, dossier_of
from silkport.node.transparency.audit import audit
from silkport.node.workflow.cases import case_of
from silkport.sim.nodes import Simulated
from tests.filings.shipments import DAY, HOUR, WAYS, Corridor, a_home, a_shipment, desk_of, typed_of

WHO, BO = "Aigerim", "Bo"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return a_home(tmp_path_factory.mktemp("home"))


class Trade:
    """One shipment on its way through both nodes."""

    def __init__(self, home: Path, name: str = "flour") -> None:
        self.corridor, self.name = Corridor(home), name
        self.sender, self.receiver = WAYS[name]
        self.description = a_shipment(name)
        self.no = self.description.consignment_no
        self.here, self.there = map(self.corridor.node, WAYS[name])
        self.desk, self.desk_there = map(self.corridor.desk, WAYS[name])
        self.copy = granted_id(self.sender, self.no, "1")

    def describe(self, description: Description | None = None) -> Any:
        return describe(self.here, self.desk, description or self.description, who=WHO)

    def grant(self, **more: Any) -> Any:
        made = grant(self.here, self.no, "1", who=WHO, **more)
        self.corridor.hand_over(self.sender, self.receiver)
        return made

    def granted(self, **more: Any) -> Any:
        self.describe()
        return self.grant(**more)

    def prepare(self, *filings: str) -> File:
        return prepare(self.there, self.desk_there, self.copy, who=BO, filings=filings)

    def confirm(self, typed: dict[str, Any] | None = None, filing: str = IMPORT) -> File:
        said = typed_of(self.name, self.description) if typed is None else typed
        return confirm(self.there, self.desk_there, self.copy, who=BO, typed=said, filing=filing)

    def file(self, **more: Any) -> Any:
        return file_import(self.there, self.desk_there, self.copy, who=BO, **more)

    def export(self, **more: Any) -> Any:
        return file_export(self.here, self.desk, self.no, who=WHO, **more)

    def own(self) -> File:
        return self.here.state.read(lambda tx: dossier_of(tx, CONSIGNMENT, described_id(self.no)))

    def theirs(self) -> File:
        return self.there.state.read(lambda tx: dossier_of(tx, CONSIGNMENT, self.copy))

    def events(self) -> list[str]:
        rows = self.there.state.read(lambda tx: acts(tx, CONSIGNMENT, self.copy))
        return [one["event"] for one in rows]

    def import_of(self, file: File) -> Prepared:
        return file.state.filings[key_of(IMPORT, "1")]

    def heavier(self, by: int = 1) -> Description:
        (master, house), *_ = self.description.houses()
        line = house.goods[0]
        line = msgspec.structs.replace(line, gross_mass_mg=line.gross_mass_mg + by)
        house = msgspec.structs.replace(house, goods=(line, *house.goods[1:]))
        master = msgspec.structs.replace(master, houses=(house,))
        return msgspec.structs.replace(self.description, masters=(master,))


@pytest.fixture(params=sorted(WAYS))
def trade(request: pytest.FixtureRequest, home: Path) -> Trade:
    return Trade(home, request.param)


@pytest.fixture
def flour(home: Path) -> Trade:
    return Trade(home)


def test_declared_once_cleared_on_both_sides(trade: Trade) -> None:
    trade.describe()
    exported = trade.export()
    assert exported.case.state is State.RELEASED
    trade.grant()
    shown = trade.import_of(trade.prepare())
    share = typed_share(shown)
    trade.confirm()
    filed = trade.file()
    assert filed.case.state is State.REGISTERED
    assert filed.case.due_then == "presentation_overdue"
    assert share.permille <= 150
    assert trade.events() == ["granted", "prepare", "confirm", "file"]
    for node in (trade.here, trade.there):
        assert audit(node, lambda _what, _done: None).faults == []


def test_the_numbers_are_the_same_on_both_sides(trade: Trade) -> None:
    trade.granted()
    exported = trade.export().case
    trade.prepare()
    trade.confirm()
    imported = trade.file().case
    assert exported.consignment_no == imported.consignment_no == trade.no
    assert exported.house_no == imported.house_no == "1"
    assert exported.gross_mass_mg == imported.gross_mass_mg
    found = trade.there.state.read(lambda tx: files_of(tx, trade.no))
    assert [one.id for one in found] == [trade.copy]


def test_every_act_twice_changes_nothing_more(flour: Trade) -> None:
    flour.describe()
    assert flour.describe().is_known
    assert not flour.export().is_duplicate
    assert flour.export().is_duplicate
    version = flour.own().version
    flour.grant()
    flour.prepare()
    flour.confirm()
    assert not flour.file().is_duplicate
    before = flour.theirs().version
    assert flour.file().is_duplicate
    assert flour.theirs().version == before
    assert flour.own().version == version + 1


def test_nothing_is_filed_unconfirmed(flour: Trade) -> None:
    flour.granted()
    with pytest.raises(FilingOpen, match="has not been prepared"):
        flour.confirm()
    with pytest.raises(FilingOpen, match="has not been prepared"):
        flour.file()
    flour.prepare()
    with pytest.raises(FilingOpen, match="nobody has confirmed"):
        flour.file()
    with pytest.raises(FilingOpen, match=r"open are goods\[1\].hs_code, goods\[1\].total_e5"):
        flour.confirm({})
    with pytest.raises(FilingOpen, match=r"open are goods\[1\].total_e5"):
        flour.confirm({"goods[1].hs_code": "1101000090"})
    assert flour.events()[-1] == "fill"
    done = flour.confirm({"goods[1].total_e5": 1_000_000})  # the code was kept
    cells = dict(fields_of(flour.import_of(done)))
    assert {cell.how for cell in cells.values()} == {Provenance.CONFIRMED}
    assert cells["goods[1].total_e5"].came == "declared: typed by the declarant"
    assert flour.import_of(done).confirmed_by == BO
    with pytest.raises(FieldNotTyped):
        flour.confirm({"goods[1].reason": "so"})


def test_codes_without_six_digits_in_common_wait_for_somebody(flour: Trade) -> None:
    flour.granted()
    flour.prepare()
    with pytest.raises(FilingHeld, match="The importer must act"):
        flour.confirm(typed_of("flour", flour.description) | {"goods[1].hs_code": "1102000000"})
    assert flour.import_of(flour.theirs()).holds
    flour.confirm()


def test_without_a_tariff_the_operator_must_act(home: Path) -> None:
    machines = Trade(home, "machines")
    machines.desk_there = desk_of("kz", None)
    machines.granted()
    file = machines.prepare()
    assert {one.who for one in machines.import_of(file).holds} == {"operator"}
    with pytest.raises(FilingHeld, match="no tariff of kz is loaded"):
        machines.confirm({})


def test_what_the_authority_received_fills_no_field_of_a_trader(home: Path) -> None:
    """The neighbour tells everything; the exporter grants next to nothing."""
    trade = Trade(home, "machines")
    trade.describe()
    trade.export()
    corridor = trade.corridor
    told = [body for code, body in corridor.out("cn", "kz") if code == "R.SP.EX.01.001"]
    about = f"{trade.no}/1"
    body = msgspec.json.encode(told[0] | {"currency": "CNY", "incoterms": "CPT"})
    row = ("cn", about, "export_released", 1, corridor.at, body)
    trade.there.state.write(lambda tx: tx.many("say", [row]))
    with pytest.raises(NotFound):
        trade.prepare()
    trade.grant(fields=["departure_country", "destination_country", "goods.hs6"])
    shown = trade.import_of(trade.prepare())
    opened = {one.field for one in shown.open}
    assert {"transport_mode", "consignor_name", "currency", "goods[1].gross_mass_mg"} <= opened
    assert "vehicle" not in shown.head
    everything = [
        cell.how for one in trade.theirs().state.filings.values() for _, cell in fields_of(one)
    ]
    assert Provenance.RECEIVED not in everything
    control = trade.there.state.read(lambda tx: received_fields(tx, trade.no, "1"))
    vehicle = trade.description.transport.vehicle
    assert control["vehicle"] == Cell(vehicle, Provenance.RECEIVED, "export_released 1 of cn")


def test_prices_come_only_when_the_exporter_names_them(flour: Trade) -> None:
    made = flour.granted()
    assert not PRICES & set(made.fields)
    ((_, body),) = [one for one in flour.corridor.out("kz", "cn") if one[0] == "R.SP.EX.01.003"]
    assert "freight" not in body
    assert all("total" not in row for row in body["goods"])
    flour.grant(prices=True)
    shown = flour.import_of(flour.prepare())
    assert [one.field for one in shown.open] == ["goods[1].hs_code"]
    assert shown.goods[0]["total_e5"].how is Provenance.GRANTED


def test_a_grant_names_its_importer_and_is_logged(flour: Trade) -> None:
    flour.granted()
    code = flour.description.importer.own_code
    assert flour.theirs().state.grants[f"{flour.no}/1/1"].importer_code == code
    rows = flour.here.state.read(lambda tx: tx.rows("out_from", "cn", 1, 10))
    assert rows
    with pytest.raises(FieldNotTyped):
        flour.grant(fields=["goods.price"])
    with pytest.raises(NotFound):
        grant(flour.here, flour.no, "9", who=WHO)


def test_a_grant_is_taken_back(flour: Trade) -> None:
    made = flour.granted()
    flour.prepare()
    flour.confirm()
    revoke(flour.here, flour.no, made.grant_no, who=WHO)
    flour.corridor.hand_over("kz", "cn")
    with pytest.raises(GrantInvalid, match="took it back"):
        flour.file()
    with pytest.raises(GrantInvalid, match="took it back"):
        flour.prepare()
    state = flour.theirs().state
    assert state.description == Description(consignment_no=flour.no)
    assert state.filings == {}
    with pytest.raises(GrantInvalid, match="taken back before"):
        revoke(flour.here, flour.no, made.grant_no, who=WHO)


def test_what_was_filed_stays_when_a_grant_ends(flour: Trade) -> None:
    made = flour.granted()
    flour.prepare()
    flour.confirm()
    case = flour.file().case
    revoke(flour.here, flour.no, made.grant_no, who=WHO)
    flour.corridor.hand_over("kz", "cn")
    assert flour.file().is_duplicate
    assert flour.import_of(flour.theirs()).filed_id == case.id


def test_a_grant_ends_with_its_time(flour: Trade) -> None:
    flour.granted(days=1)
    flour.prepare()
    flour.corridor.at += DAY
    with pytest.raises(GrantInvalid, match="its time is over"):
        flour.confirm()
    assert expire(flour.there) == 1
    assert expire(flour.there) == 0
    assert flour.theirs().state.description.masters == ()


def test_an_amendment_says_what_it_changes(flour: Trade) -> None:
    flour.granted()
    flour.export()
    flour.prepare()
    flour.confirm()
    amended = flour.describe(flour.heavier())
    assert amended.changes == {key_of(EXPORT, "1"): ["gross_mass_mg", "goods[1].gross_mass_mg"]}
    assert amended.file.state.version == 2
    assert send_again(flour.here, flour.no) == [f"{flour.no}/1/1"]
    flour.corridor.hand_over("kz", "cn")
    assert flour.theirs().state.version == 2
    with pytest.raises(FilingOpen, match="version 2 of the description came since"):
        flour.confirm()
    shown = flour.import_of(flour.prepare())
    assert shown.typed == typed_of("flour", flour.description)  # nothing is typed again
    flour.confirm({})
    assert flour.file().case.state is State.REGISTERED


def test_an_older_version_overtakes_nothing(flour: Trade) -> None:
    flour.granted()
    first = flour.corridor.out("kz", "cn")[-1][1]
    flour.describe(flour.heavier())
    send_again(flour.here, flour.no)
    flour.corridor.hand_over("kz", "cn")
    flour.there.state.write(lambda tx: grant_received(tx, flour.there, "kz", first))
    assert flour.theirs().state.version == 2


def test_a_house_that_is_gone_is_named(flour: Trade) -> None:
    flour.describe()
    flour.export()
    (master, house), *_ = flour.description.houses()
    other = msgspec.structs.replace(master, houses=(msgspec.structs.replace(house, house_no="2"),))
    amended = flour.describe(msgspec.structs.replace(flour.description, masters=(other,)))
    assert amended.changes == {key_of(EXPORT, "1"): ["house_no"]}


def test_a_number_belongs_to_its_exporter(flour: Trade) -> None:
    flour.describe()
    party = msgspec.structs.replace(flour.description.exporter, codes={"KZ": "201140000037"})
    other = msgspec.structs.replace(flour.description, exporter=party)
    with pytest.raises(ConsignmentTaken):
        flour.describe(other)
    with pytest.raises(DescriptionRefused, match="its exporter is of KZ"):
        describe(flour.there, flour.desk_there, flour.description, who=WHO)


FORGED = [
    ({"act": "given"}, MessageMalformed),
    ({"goods": [{"gnum": 1, "total": "-5"}]}, MessageMalformed),
    ({"contract_day": "1931-02-01"}, MessageMalformed),
    ({"exporter_code": "201140000037", "codes": []}, GrantInvalid),
    ({"importer_code": "91330100MA27X1205D"}, GrantInvalid),
]


@pytest.mark.parametrize(("part", "error"), FORGED, ids=range(len(FORGED)))
def test_a_grant_that_does_not_fit_changes_nothing(
    flour: Trade, part: dict[str, Any], error: type[Exception]
) -> None:
    flour.granted()
    body = flour.corridor.out("kz", "cn")[-1][1] | part
    before = flour.theirs()
    with pytest.raises(error):
        flour.there.state.write(lambda tx: grant_received(tx, flour.there, "kz", body))
    assert flour.theirs() == before


def test_copies_of_two_peers_never_meet() -> None:
    assert granted_id("cn", "A/1", "2") != granted_id("cn", "A", "1/2")
    assert granted_id("cn", "A", "1") != granted_id("kz", "A", "1")


def test_pre_arrival_information_is_lodged_and_late_is_said(flour: Trade) -> None:
    machines = flour
    machines.granted()
    machines.prepare()
    with pytest.raises(FilingOpen, match="nobody has confirmed"):
        lodge(machines.there, machines.desk_there, machines.copy, who=BO, filing=PRE_ARRIVAL)
    due = machines.confirm({}, PRE_ARRIVAL).state.filings[key_of(PRE_ARRIVAL, "1")].file_by
    machines.corridor.at = due + HOUR
    file, late = lodge(
        machines.there, machines.desk_there, machines.copy, who=BO, filing=PRE_ARRIVAL
    )
    assert late == HOUR
    assert file.state.filings[key_of(PRE_ARRIVAL, "1")].filed_id
    again = lodge(machines.there, machines.desk_there, machines.copy, who=BO, filing=PRE_ARRIVAL)
    assert again == (file, 0)
    machines.confirm()
    with pytest.raises(FilingOpen, match="it is a declaration"):
        lodge(machines.there, machines.desk_there, machines.copy, who=BO, filing=IMPORT)


def test_the_exporter_prepares_manifest_lines(flour: Trade) -> None:
    flour.describe()
    file = prepare(flour.here, flour.desk, described_id(flour.no), who=WHO)
    assert {one.filing for one in file.state.filings.values()} == {EXPORT, MANIFEST}
    assert file.state.filings[key_of(MANIFEST, "1")].open == ()


def test_a_node_that_may_not_file_takes_no_description(home: Path) -> None:
    only = frozenset({Competence.CARRIER})
    node = Simulated("kz", "kz", lambda: 1, bytes, only).node
    with pytest.raises(NotCompetent):
        describe(node, desk_of("kz", home), a_shipment("flour"), who=WHO)


def test_a_country_without_a_field_table_is_named(flour: Trade) -> None:
    way = msgspec.structs.replace(flour.description.transport, destination_country="DE")
    party = msgspec.structs.replace(flour.description.importer, country="DE")
    flour.describe(msgspec.structs.replace(flour.description, transport=way, importer=party))
    with pytest.raises(FilingUnknown, match="DE"):
        flour.export()
    with pytest.raises(GrantInvalid):
        grant(flour.here, flour.no, "1", who=WHO)


def test_the_declaration_of_another_day_is_of_that_day(flour: Trade) -> None:
    flour.granted()
    flour.prepare()
    before = flour.import_of(flour.confirm()).head["decl_day"].value
    flour.corridor.at += DAY
    case = flour.file().case
    assert case.decl_day == int(before) + 1
    read = flour.there.state.read
    assert read(lambda tx: case_of(tx, case.id)).state is State.REGISTERED
