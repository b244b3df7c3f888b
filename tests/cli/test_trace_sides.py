"""silkport trace of a consignment: each side with what it knows, what waits and who must act."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from silkport.cli.options import word
from silkport.journey import JOURNEYS
from silkport.model.transport import Role
from silkport.model.transport_acts import Arrive, Depart, Exit, Load
from silkport.sim.day import border, traders
from silkport.sim.day.cargo import Freight
from tests.cli.pairs import Pair
from tests.cli.shell import run

SECRET = ("lane", "risk_score", "standing", "because", "replaces")

HOUSE_STAGES = JOURNEYS["import", "road"]


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    made = Pair(tmp_path_factory.mktemp("sides"))
    yield made
    for one in made.sites.values():
        one.line.close()
        one.node.state.close()


@pytest.fixture(scope="module")
def machines(pair: Pair) -> Freight:
    """One house, exported and granted, its truck announced to both; the line is not there yet."""
    freight = pair.cargo.later()
    assert traders.send(pair.east, freight, to=pair.west.name, who="Bo") == 1
    for site in pair.sites.values():
        border.announce(site, freight.transport)
    return freight


@pytest.fixture(scope="module")
def before(pair: Pair, machines: Freight) -> dict[str, Any]:
    """What both know before anything was exchanged."""
    return pair.sides(machines.houses[0].consignment_no)


@pytest.fixture(scope="module")
def after(pair: Pair, machines: Freight, before: dict[str, Any]) -> dict[str, Any]:
    """What both know when the truck stands at the border and the import is declared."""
    assert before
    (own,) = machines.houses
    pair.exchange()
    opened = pair.sides(own.consignment_no)
    traders.declare(pair.west, pair.east.name, own, who="Aigerim")
    truck = machines.transport.id
    way = (Load(masters=()), Depart(place="Hangzhou"))
    border.moves(pair.east, truck, *way, role=Role.CARRIER)
    border.moves(pair.east, truck, Exit(place="khorgos"))
    border.moves(pair.west, truck, Arrive(place="nur_zholy"))
    pair.exchange()
    return opened | {"later": pair.sides(own.consignment_no)}


def house(side: dict[str, Any]) -> dict[str, Any]:
    (found,) = side["houses"]
    return found


def waits(side: dict[str, Any]) -> set[tuple[str, str]]:
    return {(one["what"], one["who"]) for one in house(side)["waits"]}


def test_what_was_not_received_there_waits(before: dict[str, Any]) -> None:
    sent = house(before["cn"])["sent"]
    assert [one["kind"] for one in sent] == ["export_released", "exporter_grant"]
    assert not any(one["received_there"] for one in sent)
    assert waits(before["cn"]) == {("line", "node")}
    assert house(before["kz"])["heard"] == []
    assert before["kz"]["transports"][0]["phase"] == "announced"


def test_the_importer_has_to_fill_what_is_open(after: dict[str, Any]) -> None:
    heard = {one["kind"]: one["said"] for one in house(after["kz"])["heard"]}
    assert heard.keys() == {"export_released", "exporter_grant"}
    assert heard["exporter_grant"].keys() == {"act", "grant_no", "version"}
    assert all(one["considered_there"] for one in house(after["cn"])["sent"])
    assert waits(after["cn"]) == set()
    (file,) = after["kz"]["files"]
    assert (file["side"], file["peer"], file["version"]) == ("importer", "cn", 1)


def test_both_sides_of_a_declared_consignment(after: dict[str, Any]) -> None:
    cn, kz = (after["later"][name] for name in ("cn", "kz"))
    (exported,), (imported,) = house(cn)["declarations"], house(kz)["declarations"]
    assert (exported["direction"], exported["state"]) == ("export", "released")
    assert (imported["direction"], imported["state"]) == ("import", "registered")
    assert [one["event"] for one in exported["events"]][:3] == ["file", "register", "release"]
    told = {one["kind"]: one for one in house(kz)["sent"]}
    assert {"import_registered", "arrival_notice"} <= told.keys()
    assert {one["kind"] for one in house(cn)["heard"]} >= told.keys()
    filing = next(f for f in kz["files"][0]["filings"] if f["filing"] == "import_declaration")
    assert 0 < filing["typed_fields"] * 10 < filing["all_fields"]
    assert filing["filed"] == imported["id"]
    assert ("goods", "carrier") in waits(kz)
    stages = [one["stage"] for one in imported["stages"]]
    assert stages == ["declare", "check", "value", "assess", "screen", "release"]
    assert [one["phase"] for one in (*cn["transports"], *kz["transports"])] == ["arrived"] * 2


@pytest.mark.usefixtures("after")
def test_a_consignment_is_found_by_every_number(pair: Pair, machines: Freight) -> None:
    (own,), (master,) = machines.houses, machines.transport.masters
    later = pair.sides(own.consignment_no)
    cases = [house(later[name])["declarations"][0] for name in ("cn", "kz")]
    names = (
        own.consignment_no,
        f"{own.consignment_no}/{own.house_no}",
        *(one["id"] for one in cases),
        cases[0]["number"],
        machines.transport.id,
        machines.transport.tractor,
        master.waybill,
    )
    for name in names:
        found = pair.sides(name)
        assert found.keys() == {"cn", "kz"}, name
        assert {house(one)["consignment_no"] for one in found.values()} == {own.consignment_no}
    pair("NOTHING-1", code=1)


@pytest.mark.usefixtures("after")
def test_what_is_for_officers_is_shown_to_them_alone(pair: Pair, machines: Freight) -> None:
    number = machines.houses[0].consignment_no
    shown = json.dumps(pair.sides(number))
    assert not [name for name in SECRET if f'"{name}"' in shown]
    assert '"lane"' in json.dumps(pair.sides(number, "--officer"))
    assert "lane" not in pair(number).words
    assert "green lane" in pair(number, "--officer").words


@pytest.mark.usefixtures("after")
@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", ("the exporter's file", "took effect there", "waits for its goods")),
        ("zh", ("出口商档案", "对方已处理", "等待货物到达")),
        ("ru", ("дело экспортёра", "там рассмотрено", "ждёт прибытия товаров")),
        ("kk", ("экспорттаушының ісі", "онда қаралды", "тауардың келуін күтуде")),
    ],
)
def test_it_speaks_four_languages(
    pair: Pair, machines: Freight, language: str, said: tuple[str, ...]
) -> None:
    words = pair(machines.houses[0].consignment_no, "--lang", language).words
    assert all(word(f"trace_stage_{name}", language) in words for name in HOUSE_STAGES)
    assert f"{word('released', language)} 20" in words
    assert [one for one in said if one not in words] == []


@pytest.mark.usefixtures("after")
def test_one_side_says_what_it_knows_of_the_other(pair: Pair, machines: Freight) -> None:
    words = pair(machines.houses[0].consignment_no, "--as", "cn").words
    assert "What is known here of the other side is what it said in messages" in words
    assert "import declaration registered" in words
    assert "the importer's copy" not in words


def test_several_homes_are_read_together(
    pair: Pair, machines: Freight, tmp_path: Path, after: dict[str, Any]
) -> None:
    assert after
    number = machines.houses[0].consignment_no
    for name in pair.sites:
        (tmp_path / name).mkdir()
        (tmp_path / name / name).symlink_to(pair.home / name)
    homes = [word for name in pair.sites for word in ("--home", tmp_path / name)]
    done = run("trace", number, *homes, "--json")
    assert [one["node"] for one in done.json] == ["cn", "kz"]


def test_an_empty_truck_is_traced(pair: Pair) -> None:
    empty = pair.cargo.empty()
    border.announce(pair.west, empty)
    border.moves(pair.west, empty.id, Depart(place="nur_zholy"), role=Role.CARRIER)
    (transport,) = pair.sides(empty.tractor)["kz"]["transports"]
    assert (transport["empty_run"], transport["phase"]) == (True, "departed")
    assert "empty run" in pair(empty.id).words


def test_a_locked_node_says_so(pair: Pair, machines: Freight, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong"
    wrong.write_text("not the passphrase", "utf-8")
    number = machines.houses[0].consignment_no
    assert "SP-" in pair(number, "--passphrase-file", wrong, code=1).words
