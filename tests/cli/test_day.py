"""silkport day: two real processes, a line that is cut, and what both sides know in the end."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest

from silkport.sim.day.cargo import Cargo
from silkport.sim.day.line import CutLine
from tests.cli.shell import run

AT = 1_790_000_000_000


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("day") / "nodes"


@pytest.fixture(scope="module")
def played(home: Path) -> dict[str, Any]:
    done = run("day", "--keep", home, "--parcels", 40, "--seed", 5, "--json")
    assert done.code == 0, done.words
    found: dict[str, Any] = done.json
    return found


@pytest.mark.slow
def test_both_sides_come_together(played: dict[str, Any]) -> None:
    sides = {one["node"]: one for one in played["sides"]}
    for one in sides.values():
        assert (one["waiting"], one["parked"], one["log"]["sound"]) == (0, 0, True)
    assert all(count > 0 for count in played["backlog"].values())
    rows = {name: {row["house"]: row for row in one["houses"]} for name, one in sides.items()}
    assert rows["cn"].keys() == rows["kz"].keys()
    decided = {"released", "refused"}
    for house, here in rows["cn"].items():
        there = rows["kz"][house]
        if here["export"] and there["export"]:
            assert here["export"] == there["export"], house
        if there["import"] in decided and here["import"]:
            assert here["import"] == there["import"], house


@pytest.mark.slow
def test_one_house_is_held_and_does_not_hold_the_rest(played: dict[str, Any]) -> None:
    kz = next(one for one in played["sides"] if one["node"] == "kz")
    truck, train, crossing, _, empty = played["transports"]
    phases = {one["id"]: one["phase"] for one in kz["transports"]}
    assert phases[f"{truck}/1"] == "departed"
    assert (phases[truck], phases[train]) == ("presented", "arrived")
    assert (phases[crossing], phases[empty]) == ("exited", "exited")
    groupage = [
        one for one in kz["houses"] if one["house"].startswith(tuple(played["consignments"][:2]))
    ]
    assert [one["import"] for one in groupage] == [*["released"] * 3, "inspection_ordered"]
    waits = groupage[-1]["waits"]  # by its node's own secret its goods may be drawn as well
    assert "HLD005" in {one["what"] for one in waits}
    assert {(one["who"], one["until"] > 0) for one in waits} == {("officer", True)}


@pytest.mark.slow
def test_what_was_secured_and_certified_is_drawn_upon(played: dict[str, Any]) -> None:
    cn, kz = played["sides"]
    drawn = {one["balance"].split()[0]: one for one in cn["balances"]}
    assert drawn["permit"]["used"]
    for side in (cn, kz):
        guarantee = next(one for one in side["balances"] if one["balance"].startswith("guarantee"))
        assert (guarantee["reserved"], guarantee["used"]) == ("", "")


@pytest.mark.slow
def test_what_was_played_can_be_traced(played: dict[str, Any], home: Path) -> None:
    words = run("trace", played["consignments"][2], "--home", home, "--officer").words
    for said in ("inspection passport: plant", "permit P01", "took effect there", "RELEASED"):
        assert said in words
    sides = run("trace", played["transports"][0], "--home", home, "--json").json
    assert [len(one["houses"]) for one in sides] == [4, 4]  # also what was split from the truck
    refused = run("day", "--keep", home)
    assert (refused.code, "fresh" in refused.words) == (4, True)


def test_the_same_seed_draws_the_same_cargo() -> None:
    one, other = (Cargo(4, AT) for _ in range(2))
    for name in ("groupage", "flour", "transit", "later", "empty"):
        assert getattr(one, name)() == getattr(other, name)()
    assert Cargo(5, AT).groupage() != Cargo(4, AT).groupage()


def test_a_line_that_is_cut_breaks_what_is_open_and_lets_nothing_through() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(5)
        line = CutLine(server.getsockname()[1])
        try:
            with socket.create_connection(("127.0.0.1", line.port), timeout=5) as caller:
                caller.sendall(b"one")
                inside, _ = server.accept()
                with inside:
                    assert inside.recv(3) == b"one"
                    line.cut()
                    inside.settimeout(5)
                    assert inside.recv(3) == b""
            with socket.create_connection(("127.0.0.1", line.port), timeout=5) as caller:
                assert caller.recv(3) == b""
            line.mend()
            with socket.create_connection(("127.0.0.1", line.port), timeout=5) as caller:
                caller.sendall(b"two")
                inside, _ = server.accept()
                with inside:
                    assert inside.recv(3) == b"two"
        finally:
            line.close()
