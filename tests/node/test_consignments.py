"""A consignment between two nodes: described once, prepared, confirmed, filed."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from silkport.filings.confirming import fields_of, typed_share
from silkport.kernel.exchange_errors import NotCompetent
from silkport.kernel.filing_errors import (
    ConsignmentTaken,
    DescriptionRefused,
    FieldNotTyped,
    FilingHeld,
    FilingOpen,
    FilingUnknown,
    GrantInvalid,
)
from silkport.model.messages import Competence
from silkport.model.prepared import Provenance, key_of
from silkport.model.states import State
from silkport.node.corridor.consignment_files import (
    CONSIGNMENT,
    EXPORT,
    IMPORT,
    MANIFEST,
    PRE_ARRIVAL,
    described_id,
    files_of,
)
from silkport.node.corridor.consignments import (
    changes_of,
    describe,
    lodge,
    prepare,
)
from silkport.node.corridor.grants import (
    grant,
)
from silkport.node.dossiers import Act, keep
from silkport.node.state.contract import Transaction
from silkport.node.transparency.audit import audit
from silkport.node.workflow.cases import case_of
from silkport.sim.nodes import Simulated
from tests.filings.shipments import DAY, HOUR, WAYS, a_home, a_shipment, desk_of, typed_of
from tests.node.trades import BO, WHO, Trade


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return a_home(tmp_path_factory.mktemp("home"))


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


def test_filed_again_later_it_is_the_same_filing(flour: Trade) -> None:
    """Who got no answer, as his node went away between filing and noting it, files again."""
    flour.describe()
    before = flour.own()
    case = flour.export().case
    node = flour.here

    def forget(tx: Transaction) -> None:
        keep(tx, node, CONSIGNMENT, before.id, before.state, Act("restore", "node", node.id))

    node.state.write(forget)
    flour.corridor.at += HOUR
    again = flour.export()
    assert (again.is_duplicate, again.case.id, again.case.version) == (True, case.id, case.version)
    assert flour.own().state.filings[key_of(EXPORT, "1")].filed_id == case.id


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


def test_an_amendment_says_what_it_changes(flour: Trade) -> None:
    flour.granted()
    flour.export()
    flour.prepare()
    flour.confirm()
    amended = flour.describe(flour.heavier())
    assert amended.changes == {key_of(EXPORT, "1"): ["gross_mass_mg", "goods[1].gross_mass_mg"]}
    assert amended.file.state.version == 2
    assert amended.sent == (f"{flour.no}/1/1",)
    flour.corridor.hand_over("kz", "cn")
    assert flour.theirs().state.version == 2
    with pytest.raises(FilingOpen, match="version 2 of the description came since"):
        flour.confirm()
    shown = flour.import_of(flour.prepare())
    assert shown.typed == typed_of("flour", flour.description)  # nothing is typed again
    flour.confirm({})
    assert flour.file().case.state is State.REGISTERED


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


def test_an_amendment_after_the_import_was_filed_is_named_there(flour: Trade) -> None:
    flour.granted()
    flour.prepare()
    flour.confirm()
    filed = flour.file().case
    flour.describe(flour.heavier())
    flour.corridor.hand_over("kz", "cn")
    state = flour.prepare().state
    desk = flour.desk_there
    assert state.filings[key_of(IMPORT, "1")].filed_id == filed.id
    assert changes_of(desk, state, desk.moment(flour.there.now())) == {
        key_of(IMPORT, "1"): ["gross_mass_mg", "goods[1].gross_mass_mg"]
    }
    assert flour.file().is_duplicate
