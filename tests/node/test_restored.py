"""A node restored from an older backup: its peers go on with it, and no number is given twice."""

from __future__ import annotations

import json
import random
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import partial

import pytest

from silkport.kernel.errors import InvalidValue, NotFound
from silkport.kernel.exchange_errors import MarksOpen
from silkport.node.exchange.applying import apply_some
from silkport.node.exchange.inbox import receive
from silkport.node.exchange.peers import peer_of
from silkport.node.exchange.records import acts
from silkport.node.standing import standing
from silkport.node.state.migrating import migrate, migrations
from silkport.node.state.sqlite import InlineState
from silkport.node.transparency.disclosed import disclosed
from tests.node.restored import Mended, exchange
from tests.node.worlds import HOUR, forged, message, shown_by


@pytest.fixture
def world() -> Mended:
    return Mended(("cn", "kz"))


def open_at(world: Mended, name: str) -> str:
    """What a node says has to be done about its only peer."""
    node = world.node(name)
    (peer,) = node.state.read(lambda tx: standing(tx, node))["peers"]
    return str(peer["open"])


def done(world: Mended, name: str) -> list[str]:
    node = world.node(name)
    return [one["act"] for one in node.state.read(lambda tx: acts(tx, node))]


def refused(world: Mended) -> None:
    """The peer has not accepted yet: everything waits, and both sides say what to do."""
    assert world.send("cn", "kz") == 0
    assert world.send("cn", "kz") == 0, "the first proof may begin elsewhere"
    assert "SP-5218" in world.peer("cn", "kz").last_error
    command = "silkport node peer resume cn --restored --as kz"
    assert command in world.peer("cn", "kz").last_error
    assert command in open_at(world, "kz")
    assert "SP-5217" in open_at(world, "cn")
    assert world.codes("kz")[0] == "SP-5218"


def test_it_goes_on_after_what_its_peer_has_seen(world: Mended) -> None:
    exchange(world, "1", "2")
    kept = world.kept("cn")
    exchange(world, "3", "4", "5")
    before = {name: world.sent(name, to) for name, to in (("cn", "kz"), ("kz", "cn"))}
    world.restore("cn", kept)
    assert len(world.sent("cn", "kz")) < len(before["cn"])
    world.export("cn", "kz", "6")
    world.export("kz", "cn", "6")
    refused(world)
    restored = world.accept("kz", "cn")
    newest = kept.execute("select queued from peer").fetchone()[0]
    assert (restored.first, restored.last) == (newest + 1, len(before["cn"]))
    world.clock.at += HOUR
    world.settle()
    for name, to in (("cn", "kz"), ("kz", "cn")):
        assert world.sent(name, to)[: len(before[name])] == before[name], "nothing is overwritten"
    assert b'"house_no":"6"' in world.sent("cn", "kz")[len(before["cn"])][1]
    exchange(world, "7", "8")
    world.agree()
    assert (open_at(world, "cn"), open_at(world, "kz")) == ("", "")
    assert world.parked("cn") == world.parked("kz") == []
    assert (done(world, "cn"), done(world, "kz")) == (
        ["restored", "marks_agreed"],
        ["restoration_accepted"],
    )


def test_operators_see_which_messages_it_no_longer_knows(world: Mended) -> None:
    exchange(world, "1")
    kept = world.kept("cn")
    exchange(world, "2", "3")
    newest = world.peer("cn", "kz").queued
    world.restore("cn", kept)
    refused(world)
    world.accept("kz", "cn")
    world.clock.at += HOUR
    world.settle()
    first = kept.execute("select queued from peer").fetchone()[0] + 1
    for name, what in (("cn", "regained"), ("kz", "restoration")):
        node = world.node(name)
        (peer,) = node.state.read(partial(standing, node=node))["peers"]
        (found,) = peer[what] if what == "regained" else [peer[what]]
        assert (found["first"], found["last"]) == (first, newest)


def test_what_it_told_about_a_party_is_known_again(world: Mended) -> None:
    kept = world.kept("cn")
    exchange(world, "1")
    world.restore("cn", kept)
    node = world.node("cn")
    assert disclosed(node, "Aigerim Mill") == []
    refused(world)
    world.accept("kz", "cn")
    world.clock.at += HOUR
    world.settle()
    (told,) = disclosed(node, "Aigerim Mill")
    assert told.kind == "export_released"
    assert [one.id for one in told.grounds]


def test_where_nothing_was_lost_nobody_has_to_accept(world: Mended) -> None:
    exchange(world, "1", "2")
    world.restore("cn", world.kept("cn"))
    exchange(world, "3")
    world.agree()
    assert done(world, "cn") == ["restored", "marks_agreed"]
    assert done(world, "kz") == []


def test_nothing_is_taken_before_the_marks_are_agreed(world: Mended) -> None:
    exchange(world, "1")
    kept = world.kept("cn")
    exchange(world, "2")
    world.restore("cn", kept)
    with pytest.raises(MarksOpen):
        receive(
            world.node("cn"),
            shown_by(world, "kz", "cn"),
            forged(world, "kz", "cn", [message(world, "kz", "cn", "capacity_notice", {})]).body,
        )
    assert world.export("cn", "kz", "3") == 0, "no number"
    assert world.peer("cn", "kz").queued == kept.execute("select queued from peer").fetchone()[0]


def test_twice_from_the_same_backup(world: Mended) -> None:
    exchange(world, "1")
    kept = world.kept("cn")
    for house in ("2", "3"):
        exchange(world, house, f"{house}0")
        before = world.sent("cn", "kz")
        world.restore("cn", kept)
        refused(world)
        world.accept("kz", "cn")
        world.clock.at += HOUR
        world.settle()
        assert world.sent("cn", "kz")[: len(before)] == before
        exchange(world, f"{house}1")
        world.agree()
    with pytest.raises(NotFound, match="waits to be accepted"):
        world.accept("kz", "cn")


def test_both_sides_restored(world: Mended) -> None:
    exchange(world, "1")
    kept = {name: world.kept(name) for name in world.names}
    exchange(world, "2")
    kept["kz"] = world.kept("kz")
    exchange(world, "3", "4")
    for name in world.names:
        world.restore(name, kept[name])
    for _ in range(3):
        world.clock.at += HOUR
        world.settle()
        for name, other in (("cn", "kz"), ("kz", "cn")):
            if "--restored" in open_at(world, name):
                world.accept(name, other)
    world.clock.at += HOUR
    exchange(world, "5", "6")
    world.agree()


def test_a_log_that_outgrows_the_lost_one_is_held_again(world: Mended) -> None:
    kept = world.kept("cn")
    exchange(world, *map(str, range(12)))
    lost = world.peer("kz", "cn").head_size
    world.restore("cn", kept)
    refused(world)
    world.accept("kz", "cn")
    assert world.peer("kz", "cn").head_size == 0
    heads = world.rows("kz", "select max(size) from lost_head")[0][0]
    assert heads == lost
    for round_ in range(12):
        world.clock.at += HOUR
        exchange(world, f"more {round_}", f"again {round_}")
        world.agree()
    assert world.peer("kz", "cn").head_size > lost


def test_another_history_is_no_restoration(world: Mended) -> None:
    """What was signed before the backup must still be so."""
    exchange(world, "1", "2")
    kept = world.kept("cn")
    other = Mended(("cn", "kz"))
    exchange(other, "x", "y", "z")
    changed = other.rows("cn", "select size, peaks from log_frontier")[0]
    for table in ("log_run", "log_block"):
        kept.execute(f"delete from {table}")
        rows = other.rows("cn", f"select * from {table}")
        if rows:
            marks = ", ".join("?" * len(rows[0]))
            kept.executemany(f"insert into {table} values ({marks})", rows)
    kept.execute("update log_frontier set size = ?, peaks = ?", changed)
    world.restore("cn", kept)
    for _ in range(3):
        world.send("cn", "kz")
    assert world.codes("kz")[0] == "SP-5206"
    with pytest.raises(NotFound):
        world.accept("kz", "cn")


def test_what_is_past_its_term_cannot_be_sent_again(world: Mended) -> None:
    exchange(world, "1")
    kept = world.kept("cn")
    exchange(world, "2")
    world.rows("kz", "insert into removed values ('sent', 'cn', 1, ?, 'law', 1)", 2**20)
    world.restore("cn", kept)
    refused(world)
    with pytest.raises(InvalidValue, match="a younger backup has to be restored"):
        world.accept("kz", "cn")


def test_what_was_removed_at_the_peer_keeps_its_number(world: Mended) -> None:
    """A person was erased there, say: the leaf comes back without the content."""
    exchange(world, "1")
    kept = world.kept("cn")
    exchange(world, "2", "3")
    seq = world.peer("kz", "cn").received - 1
    world.rows("kz", "delete from said where seq = ?", seq)
    world.rows("kz", "update inbox set bytes = x'' where seq = ?", seq)
    world.rows("kz", "insert into removed values ('received', 'cn', ?, ?, 'erased', 1)", seq, seq)
    world.restore("cn", kept)
    refused(world)
    world.accept("kz", "cn")
    world.clock.at += HOUR
    exchange(world, "4")
    world.clock.at += HOUR
    exchange(world, "5")
    world.agree()
    assert dict(world.sent("cn", "kz"))[seq] == b""


@pytest.mark.parametrize(
    "change", ["received", "messages", "first", "signature", "question", "from"]
)
def test_an_answer_that_was_changed_gives_nothing_back(world: Mended, change: str) -> None:
    exchange(world, "1")
    kept = world.kept("cn")
    exchange(world, "2")
    world.restore("cn", kept)
    refused(world)
    world.accept("kz", "cn")
    before = world.sent("cn", "kz")

    def changed(answer: bytes) -> bytes:
        fields = json.loads(answer)
        if change == "messages":
            fields["messages"] = fields["messages"][:-1]
        else:
            value = fields["marks"][change]
            fields["marks"][change] = value + 1 if isinstance(value, int) else value[::-1]
        return json.dumps(fields, sort_keys=True, separators=(",", ":")).encode()

    world.changing = changed
    assert world.send("cn", "kz") == 0
    assert (world.sent("cn", "kz"), world.codes("cn")[0]) == (before, "SP-5208")
    world.changing = None
    world.clock.at += HOUR
    world.settle()
    world.agree()


@pytest.mark.parametrize(
    ("settings", "unsettled"),
    [
        ({}, 0),
        ({"restored_at": "5"}, 0),
        ({"restored_at": "5", "restored_log": "2"}, 5),
    ],
)
def test_a_backup_of_an_earlier_edition(settings: dict[str, str], unsettled: int) -> None:
    """A restore of that edition was settled by its operators; one of this edition is not."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    migrate(connection, migrations()[:2])
    connection.execute(
        "insert into peer (peer, administration, name, competence, url, state)"
        " values ('kz', 'kz', 'KZ', 'customs', 'https://kz', 'active')"
    )
    connection.executemany("insert into meta values (?, ?)", settings.items())
    state = InlineState(connection)
    assert state.read(lambda tx: peer_of(tx, "kz")).unsettled_since == unsettled


def some_steps(
    world: Mended, chance: random.Random, names: Sequence[str], houses: Iterator[int]
) -> None:
    """Whatever may happen on a day."""
    for _ in range(chance.randrange(60)):
        name, to = chance.sample(names, 2)
        step = chance.choice("export send apply pass rest".split())
        if step == "export":
            world.export(name, to, str(next(houses)))
        elif step == "send":
            world.send(name, to)
        elif step == "apply":
            apply_some(world.node(name), to)
        elif step == "pass":
            world.pass_on(name, to)
        else:
            world.clock.at += chance.randrange(HOUR)


@pytest.mark.parametrize("seed", range(24))
def test_whenever_the_backup_was_made(seed: int) -> None:
    """Messages under way in both directions, at the backup and at the loss; three nodes."""
    chance = random.Random(seed)
    names = ("cn", "kz", "zz")
    world = Mended(names, seed=seed)
    houses = iter(range(10_000))

    some_steps(world, chance, names, houses)
    for _ in range(chance.choice((1, 1, 2))):
        lost = chance.choice(names)
        kept = world.kept(lost)
        some_steps(world, chance, names, houses)
        before = {
            (name, to): world.received(to, name) for name in names for to in names if name != to
        }
        world.restore(lost, kept)
        some_steps(world, chance, names, houses)
        for _ in range(3):
            world.clock.at += HOUR
            world.settle(60)
            for name, to in before:
                with suppress(NotFound):
                    world.accept(name, to)
        world.clock.at += HOUR
        world.settle(60)
        for (name, to), messages in before.items():
            assert world.received(to, name)[: len(messages)] == messages, "what was seen stays"
    some_steps(world, chance, names, houses)
    for _ in range(2):  # a pause may have begun in between
        world.clock.at += HOUR
        world.settle(60)
    world.agree()
    assert [world.parked(name) for name in names] == [[], [], []]
