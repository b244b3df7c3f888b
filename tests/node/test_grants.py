"""Grants: the trader's own copy, field by field, apart from what authorities tell each other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from silkport.filings.confirming import fields_of
from silkport.filings.granting import PRICES
from silkport.kernel.errors import NotFound
from silkport.kernel.exchange_errors import MessageMalformed
from silkport.kernel.filing_errors import (
    DescriptionRefused,
    FieldNotTyped,
    GrantInvalid,
)
from silkport.model.description import Description
from silkport.model.prepared import Cell, Provenance
from silkport.node.corridor.consignment_files import (
    granted_id,
    received_fields,
)
from silkport.node.corridor.grants import (
    expire,
    grant,
    grant_received,
    revoke,
)
from tests.filings.shipments import DAY, a_home
from tests.node.trades import WHO, Trade


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return a_home(tmp_path_factory.mktemp("home"))


@pytest.fixture
def flour(home: Path) -> Trade:
    return Trade(home)


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


def test_taking_back_the_newer_grant_leaves_the_older(flour: Trade) -> None:
    """The copy is again what the older one lets the importer read, and no more."""
    older = flour.granted()
    newer = flour.grant(prices=True)
    assert "total_e5" in flour.import_of(flour.prepare()).goods[0]
    revoke(flour.here, flour.no, newer.grant_no, who=WHO)
    flour.corridor.hand_over("kz", "cn")
    assert [*flour.theirs().state.grants] == [older.grant_no]
    assert flour.theirs().state.filings == {}
    assert "total_e5" not in flour.import_of(flour.prepare()).goods[0]
    flour.confirm()
    revoke(flour.here, flour.no, older.grant_no, who=WHO)
    flour.corridor.hand_over("kz", "cn")
    with pytest.raises(GrantInvalid, match="took it back"):
        flour.file()


def test_taking_back_the_older_grant_leaves_the_newer(flour: Trade) -> None:
    older = flour.granted()
    newer = flour.grant(prices=True)
    revoke(flour.here, flour.no, older.grant_no, who=WHO)
    flour.corridor.hand_over("kz", "cn")
    assert [*flour.theirs().state.grants] == [newer.grant_no]
    assert "total_e5" in flour.import_of(flour.prepare()).goods[0]


def test_a_grant_that_is_over_is_not_told_again(flour: Trade) -> None:
    flour.granted(days=1)
    newer = flour.grant()
    flour.corridor.at += DAY
    revoke(flour.here, flour.no, newer.grant_no, who=WHO)
    flour.corridor.hand_over("kz", "cn")
    assert flour.theirs().state.description == Description(consignment_no=flour.no)


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


def test_an_older_version_overtakes_nothing(flour: Trade) -> None:
    flour.granted()
    first = flour.corridor.out("kz", "cn")[-1][1]
    flour.describe(flour.heavier())
    flour.corridor.hand_over("kz", "cn")
    flour.there.state.write(lambda tx: grant_received(tx, flour.there, "kz", first))
    assert flour.theirs().state.version == 2


PERSON = "880101300123"

FORGED = [
    ({"codes": [{"role": "carrier", "country": "KZ", "code": PERSON}]}, MessageMalformed),
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


def test_persons_are_not_kept_in_files(flour: Trade) -> None:
    importer = flour.description.importer
    country = importer.country
    person = msgspec.structs.replace(importer, codes={country: PERSON})
    named = msgspec.structs.replace(flour.description, importer=person)
    with pytest.raises(DescriptionRefused, match="its importer is a person"):
        flour.describe(named)
