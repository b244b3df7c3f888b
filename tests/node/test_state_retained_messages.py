"""Retention of messages and of what was signed for them; the log proves as before."""

from __future__ import annotations

from pathlib import Path

import pytest

from silkport.node.exchange.applying import apply_some, retry_parked
from silkport.node.exchange.sending import send_next
from silkport.sim.nodes import DirectLine
from tests.node.retained import (
    Corridor,
    a_law,
    export,
    peer_of_one,
    rows_of,
    say,
)


@pytest.fixture
def corridor(tmp_path: Path) -> Corridor:
    return Corridor(tmp_path)


def there(corridor: Corridor, name: str, last: int) -> list[int]:
    """Which of the first messages are still there with their content."""
    read = corridor.one.node.state.read
    return read(lambda tx: [n for n in range(1, last + 1) if tx.one(name, "two", n) is not None])


def test_messages_go_when_they_are_past_and_considered(corridor: Corridor) -> None:
    corridor.file(*(export(f"{n}") for n in range(1, 4)))
    corridor.exchange()
    sent = peer_of_one(corridor).queued
    law = a_law(declarations=4000, persons=4000, incidents=4000)
    one, read = corridor.one, corridor.one.node.state.read
    corridor.later(20)
    assert corridor.retain(law) == {}
    corridor.later(1)
    received = peer_of_one(corridor).received
    assert corridor.retain(law) == {"messages": sent + received}
    for name, last in (("out_at", sent), ("in_at", received)):
        assert there(corridor, name, last) == []
    assert rows_of(one, "outbox") == sent  # with their leaves: the same is known when it comes
    assert one.connection.execute("select max(length(about)) from outbox").fetchone() == (0,)
    assert read(lambda tx: tx.rows("all_said")) == []
    assert rows_of(one, "disclosed_party") == 6
    corridor.sound()

    corridor.later(10)
    assert set(corridor.retain(law)) == {"evidence"}
    for table in ("disclosure where peer <> 'one'", "disclosed_party", "evidence"):
        assert rows_of(one, table) == 0, table
    corridor.sound()
    say(corridor.one, corridor.two)
    corridor.exchange(4)  # the peer proves its log from the head that is held here
    assert peer_of_one(corridor).considered_there == sent + 1
    corridor.sound()


def test_what_the_peer_has_not_considered_stays(corridor: Corridor) -> None:
    corridor.file(export("1"))
    law = a_law(declarations=9000, persons=9000, incidents=9000)
    corridor.later(4000)
    assert corridor.retain(law) == {}  # not even sent
    nodes = [corridor.one, corridor.two]
    assert send_next(corridor.one.node, "two", DirectLine(corridor.one, nodes)) == 1
    corridor.later(4000)
    assert corridor.retain(law) == {}  # signed for, and not considered
    corridor.exchange()
    corridor.later(21)
    assert corridor.retain(law)["messages"] == 2
    corridor.sound()


def test_what_is_not_considered_here_stays(corridor: Corridor) -> None:
    corridor.file(export("1"))
    corridor.exchange()
    nodes = [corridor.one, corridor.two]
    say(corridor.two, corridor.one)
    send_next(corridor.two.node, "one", DirectLine(corridor.two, nodes))
    peer = peer_of_one(corridor)
    assert peer.received == peer.considered + 1
    corridor.later(4000)
    corridor.retain()
    assert corridor.one.node.state.read(lambda tx: tx.one("in_at", "two", peer.received))
    corridor.sound()


def test_parked_messages_stay_until_somebody_saw_to_them(corridor: Corridor) -> None:
    """With such a limit that the parked ones fill a transaction."""
    one, two = corridor.one, corridor.two
    with one.connection as connection:
        kept = connection.execute("select * from register").fetchall()
        connection.execute("delete from register")  # then everything is parked

    def arrive(count: int) -> None:
        say(two, one, count)
        send_next(two.node, "one", DirectLine(two, [one, two]))
        apply_some(one.node, "two")

    arrive(3)
    with one.connection as connection:
        connection.executemany("insert into register values (?, ?, ?, ?)", kept)
        connection.execute("update parked set about = ''")  # later ones do not wait for them
    arrive(4)
    assert rows_of(one, "parked") == 3
    corridor.later(21)
    law = a_law(incidents=4000)
    assert corridor.retain(law, limit=2)["messages"] == 4
    held = [row[0] for row in one.connection.execute("select seq from inbox where bytes <> x''")]
    assert held == [1, 2, 3]
    corridor.sound(one)
    assert retry_parked(one.node, "two").applied == 3
    assert corridor.retain(law, limit=2)["messages"] == 3
    assert one.connection.execute("select count(*) from inbox where bytes <> x''").fetchone() == (
        0,
    )
    corridor.sound(one)


def test_a_removed_message_is_known_when_it_comes_again(corridor: Corridor) -> None:
    """The peer lost our receipt and sends again what went here long ago."""
    two = corridor.two
    say(two, corridor.one)
    corridor.exchange()
    received = peer_of_one(corridor).received
    corridor.later(21)
    assert len(corridor.one.node.state.read(lambda tx: tx.rows("all_said"))) == 1
    assert corridor.retain()["messages"]
    assert corridor.one.node.state.read(lambda tx: tx.rows("all_said")) == []
    two.node.state.write(lambda tx: tx.run("rewind", 0, "one"))
    assert send_next(two.node, "one", DirectLine(two, [corridor.one, two])) == received
    assert peer_of_one(corridor).received == received
    corridor.sound()
