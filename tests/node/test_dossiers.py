"""Dossiers: state, act and leaf are kept together, found again, and audited."""

from __future__ import annotations

import msgspec
import pytest

from silkport.kernel.errors import LimitExceeded, NotFound
from silkport.node import dossiers as room
from silkport.node.dossiers import Act, DossierKind, keep
from tests.node.audits import change, look, one_found
from tests.node.worlds import World


class Cart(msgspec.Struct, frozen=True):
    houses: list[str]


CART = DossierKind("cart", Cart)
LOAD = Act("load", "carrier", "Altyn Trans", "as agreed", {"house": "1"})


@pytest.fixture
def world() -> World:
    world = World()
    node = world.node("kz")
    links = {"house": ["1", "2"]}
    node.state.write(lambda tx: keep(tx, node, CART, "KZ 1", Cart(["1"]), LOAD, links=links))
    node.state.write(lambda tx: keep(tx, node, CART, "KZ 1", Cart(["1", "2"]), LOAD, due_at=5))
    return world


def test_the_newest_state_stands_with_all_acts(world: World) -> None:
    node = world.node("kz")
    found = node.state.read(lambda tx: room.dossier_of(tx, CART, "KZ 1"))
    assert (found.version, found.state, found.due_at) == (2, Cart(["1", "2"]), 5)
    acts = node.state.read(lambda tx: room.acts(tx, CART, "KZ 1"))
    assert [(one["n"], one["event"], one["who"]) for one in acts] == [
        (1, "load", "Altyn Trans"),
        (2, "load", "Altyn Trans"),
    ]


def test_found_by_link_by_page_and_by_day(world: World) -> None:
    node = world.node("kz")
    for house, wanted in (("2", ["KZ 1"]), ("3", [])):
        found = node.state.read(lambda tx, house=house: room.linked(tx, CART, "house", house))
        assert [one.id for one in found] == wanted
    assert [one.id for one in node.state.read(lambda tx: room.due(tx, CART, 5))] == ["KZ 1"]
    assert node.state.read(lambda tx: room.due(tx, CART, 4)) == []
    every = node.state.read(lambda tx: list(room.every_dossier(tx, CART)))
    assert [one.id for one in every] == ["KZ 1"]


def test_links_can_be_replaced(world: World) -> None:
    node = world.node("kz")
    node.state.write(
        lambda tx: keep(tx, node, CART, "KZ 1", Cart([]), LOAD, links={"house": ["9"]})
    )
    assert node.state.read(lambda tx: room.linked(tx, CART, "house", "1")) == []


def test_what_is_not_there_is_named(world: World) -> None:
    node = world.node("kz")
    with pytest.raises(NotFound, match="cart KZ 2"):
        node.state.read(lambda tx: room.dossier_of(tx, CART, "KZ 2"))


def test_a_state_without_end_is_refused_and_nothing_is_kept(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = world.node("kz")
    monkeypatch.setattr(room, "MAX_DOSSIER_BYTES", 10)
    with pytest.raises(LimitExceeded):
        node.state.write(lambda tx: keep(tx, node, CART, "KZ 2", Cart(["x" * 20]), LOAD))
    assert node.state.read(lambda tx: room.find_dossier(tx, CART, "KZ 2")) is None


def test_an_audit_finds_them_sound(world: World) -> None:
    assert look(world, "kz").is_sound
    assert look(world, "kz").leaves["act"] == 2


def test_an_audit_finds_a_changed_state(world: World) -> None:
    change(world, "kz", "update dossier set state = ?", b'{"houses":[]}')
    one_found(world, "kz", "dossier cart KZ 1: it is not what its newest act led to")


def test_an_audit_finds_a_changed_act(world: World) -> None:
    change(world, "kz", "update act set record = replace(record, 'Altyn', 'Altin') where n = 1")
    one_found(
        world, "kz", "act cart KZ 1 1: its content is not what was logged as leaf 0, in log_run 0"
    )


def test_an_audit_finds_an_act_that_was_never_logged(world: World) -> None:
    change(world, "kz", "insert into act values ('cart KZ 7', 1, x'7b7d')")
    one_found(world, "kz", "act cart KZ 7 1: it has no leaf in the log")
