"""What a serving node does by itself with a grant: it prepares it, once."""

from __future__ import annotations

from pathlib import Path

import pytest

from silkport.kernel.filing_errors import GrantInvalid
from silkport.model.prepared import Prepared
from silkport.node.corridor.consignment_files import CONSIGNMENT, IMPORTER, NODE, WAITS_FOR
from silkport.node.corridor.waiting import prepare_new
from silkport.node.dossiers import linked
from silkport.node.sovereign import incidents
from tests.filings.shipments import DAY, WAYS, a_home, typed_of
from tests.node.trades import Trade


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return a_home(tmp_path_factory.mktemp("home"))


@pytest.fixture(params=sorted(WAYS))
def trade(request: pytest.FixtureRequest, home: Path) -> Trade:
    return Trade(home, request.param)


def waits_for(trade: Trade, whom: str) -> list[str]:
    read = trade.there.state.read
    return [one.id for one in read(lambda tx: linked(tx, CONSIGNMENT, WAITS_FOR, whom))]


def prepare_all(trade: Trade) -> int:
    return prepare_new(trade.there, trade.desk_there)


def shown(trade: Trade) -> Prepared:
    return trade.import_of(trade.theirs())


def test_a_grant_is_prepared_once_and_then_waits_for_the_importer(trade: Trade) -> None:
    assert prepare_all(trade) == 0
    trade.granted()
    assert waits_for(trade, NODE) == [trade.copy]
    assert prepare_all(trade) == 1
    assert prepare_all(trade) == 0
    assert shown(trade).open
    assert waits_for(trade, IMPORTER) == [trade.copy]
    assert trade.events() == ["granted", "prepare"]
    trade.confirm()
    assert waits_for(trade, IMPORTER) == [trade.copy]
    trade.file()
    assert waits_for(trade, IMPORTER) == waits_for(trade, NODE) == []


def test_a_new_version_and_more_fields_are_prepared_anew(trade: Trade) -> None:
    trade.granted()
    prepare_all(trade)
    trade.confirm()
    trade.describe(trade.heavier())
    trade.corridor.hand_over(trade.sender, trade.receiver)
    assert prepare_all(trade) == 1
    assert shown(trade).version == 2
    assert shown(trade).typed == typed_of(trade.name, trade.description)
    assert not shown(trade).confirmed_by
    trade.grant(prices=True)
    assert prepare_all(trade) == 1


def test_what_cannot_be_prepared_is_noted_once_and_left_to_the_importer(trade: Trade) -> None:
    trade.granted(days=1)
    trade.corridor.at += DAY
    assert prepare_all(trade) == 1
    assert prepare_all(trade) == 0
    (noted,) = trade.there.state.read(incidents)
    assert (noted.code, noted.times) == (GrantInvalid.code, 1)
    assert waits_for(trade, IMPORTER) == [trade.copy]
    assert trade.theirs().state.filings == {}
