"""Every checker of the simulated worlds is shown a world that breaks its invariant."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from silkport.kernel.errors import StoreDamaged
from silkport.model.messages import BY_NAME
from silkport.node.exchange import applying, inbox
from silkport.node.exchange.peers import Peer, current_key
from silkport.node.sovereign import Node
from silkport.node.state.contract import Transaction, Value
from silkport.node.state.sqlite import InlineState, SqliteTransaction
from silkport.sim.corridor import network as network_module
from silkport.sim.corridor import world as world_module
from silkport.sim.corridor.checks import CHECKERS
from silkport.sim.corridor.mixes import EXCESSES, MINUTE, draw_mix
from silkport.sim.corridor.running import Outcome, concluded, live, new_world, run_seed
from silkport.sim.corridor.sites import Site
from silkport.sim.corridor.world import World

RICH = (24, 32, 38, 45, 56)
"""Seeds in whose worlds much is filed and said."""
SEARCHED = 200
"""Seeds among which one must show a fault of the product that is put in for a test."""
DUE_AT = 13
"""Place of the due time in a row of a declaration."""

# A state that is changed behind the back of its node is seen by the checker whose matter it is.

BREAKINGS = [
    ("both sides agree", "update outbox set bytes = cast(bytes || ' ' as blob) where seq = 1"),
    ("both sides agree", "delete from inbox where seq = 2"),
    ("both sides agree", "update said set seq = seq - 1"),
    ("both sides agree", "update peer set taken = taken - 1 where taken > 0"),
    ("both sides agree", "update peer set considered_there = 0"),
    ("both sides agree", "insert into parked select peer, 1, '', 'SP-5212', '', 0 from peer"),
    ("nothing lost", "delete from event where n = 1"),
    ("nothing lost", "update declaration set state = 'inspected'"),
    ("nothing lost", "update declaration set version = version + 1"),
    ("nothing lost", "update declaration set due_at = due_at + 1"),
    ("nothing lost", "update declaration set registered_at = registered_at + 1"),
    ("nothing lost", "delete from outbox where kind = 'capacity_notice'"),
    ("nothing lost", "delete from outbox where kind = 'export_released'"),
    (
        "nothing applied twice",
        "delete from event where cast(record as text) like '%\"neighbour\"%'",
    ),
    (
        "nothing applied twice",
        (
            "insert into event select id, n + 1000, record from event "
            "where cast(record as text) like '%\"neighbour\"%'"
        ),
    ),
    ("nothing applied twice", "delete from peer_key where since > 0"),
    ("nothing applied twice", "delete from outbox where kind = 'receipt'"),
    ("nothing applied twice", "delete from outbox where kind = 'mirror_answer'"),
    ("the log proves all", "delete from event where n = 1"),
    ("the log proves all", "update disclosure set record = cast(record || ' ' as blob)"),
    ("the log proves all", "update log_run set hashes = zeroblob(length(hashes)) where first = 3"),
    ("the log proves all", "update log_frontier set peaks = zeroblob(length(peaks))"),
    ("the log proves all", "update log_head set root = zeroblob(32)"),
    ("the log proves all", "delete from evidence where first = 1"),
    (
        "the log proves all",
        (
            "update evidence set header = cast(replace(cast(header as text), '\"count\":1,', "
            "'\"count\":2,') as blob)"
        ),
    ),
    ("no wait without a term", "update declaration set due_at = 1"),
    ("no wait without a term", "update declaration set state = 'filed', due_at = -1"),
    ("no wait without a term", "update declaration set state = 'draft'"),
    ("nobody is held up", "update inbox set at = at + 900000"),
]


@pytest.mark.parametrize(("invariant", "sql"), BREAKINGS)
def test_checker_sees_a_changed_state(invariant: str, sql: str) -> None:
    calm = invariant == "nobody is held up"
    for seed in (one for one in range(1, 100) if one in RICH or (calm and draw_mix(one).is_calm)):
        world = new_world(seed)
        live(world)
        assert list(CHECKERS[invariant](world)) == []
        for site in world.sites.values():
            site.simulated.connection.execute("pragma foreign_keys = off")
            site.simulated.connection.execute(sql)
        try:
            if list(CHECKERS[invariant](world)):
                return
        except StoreDamaged:
            return
    pytest.fail(f"nobody saw {sql}")


# A node that does wrong is found out by the worlds it lives in.

Patch = Callable[[pytest.MonkeyPatch], None]


def found_among(seeds: Iterable[int]) -> Outcome:
    """The first seed whose world breaks an invariant."""
    for seed in seeds:
        outcome = run_seed(seed)
        if not outcome.holds:
            return outcome
    pytest.fail("every seed holds")


def now_and_then(every: int) -> Callable[[], bool]:
    """True at each so-manieth call."""
    calls = 0

    def due() -> bool:
        nonlocal calls
        calls += 1
        return calls % every == 0

    return due


def swallow_a_message(patch: pytest.MonkeyPatch) -> None:
    """A batch is receipted whole, and its last message is not kept."""
    due, many = now_and_then(20), SqliteTransaction.many

    def without_the_last(tx: SqliteTransaction, name: str, rows: Iterable[Sequence[Value]]) -> None:
        kept = list(rows)
        many(tx, name, kept[:-1] if name == "add_in" and due() else kept)

    patch.setattr(SqliteTransaction, "many", without_the_last)


def apply_twice(patch: pytest.MonkeyPatch) -> None:
    """The mark of what took effect is not always kept with the effect."""
    due, run = now_and_then(10), SqliteTransaction.run

    def without_the_mark(tx: SqliteTransaction, name: str, *values: Value) -> int:
        return 0 if name == "set_considered" and due() else run(tx, name, *values)

    patch.setattr(SqliteTransaction, "run", without_the_mark)


def drop_an_event(patch: pytest.MonkeyPatch) -> None:
    """A declaration is advanced, and the event is not kept."""
    due, many = now_and_then(7), SqliteTransaction.many

    def without_events(tx: SqliteTransaction, name: str, rows: Iterable[Sequence[Value]]) -> None:
        if name != "add_event" or not due():
            many(tx, name, rows)

    patch.setattr(SqliteTransaction, "many", without_events)


def lose_a_commit(patch: pytest.MonkeyPatch) -> None:
    """What was answered as durable is not."""
    due, write = now_and_then(40), InlineState.write

    def forgetful(state: InlineState, work: Callable[[Transaction], Any]) -> Any:
        if not due():
            return write(state, work)
        before = b"".join(map(bytes, (state.connection.serialize(),)))
        done = write(state, work)
        state.connection.deserialize(before)
        return done

    patch.setattr(InlineState, "write", forgetful)


def take_what_was_not_signed(patch: pytest.MonkeyPatch) -> None:
    """The messages of a batch are not compared with what was signed."""
    patch.setattr(inbox, "demand_root", lambda *_: None)


def believe_any_head(patch: pytest.MonkeyPatch) -> None:
    """Heads of logs are not compared with those held."""
    patch.setattr(inbox, "take_head", lambda *_, **__: None)


def believe_any_clock(patch: pytest.MonkeyPatch) -> None:
    """Batches of any time are taken."""
    patch.setattr(inbox, "MAX_CLOCKS_APART_SECONDS", 10**15)


def ask_no_register(patch: pytest.MonkeyPatch) -> None:
    """What the register does not let pass has its effect."""
    patch.setattr("silkport.law.register.Register.refuse", lambda *_, **__: "")


def forget_terms(patch: pytest.MonkeyPatch) -> None:
    """A declaration is kept without the term that runs."""
    run = SqliteTransaction.run

    def without_terms(tx: SqliteTransaction, name: str, *values: Value) -> int:
        if name == "put_declaration":
            values = tuple(-1 if place == DUE_AT else one for place, one in enumerate(values))
        return run(tx, name, *values)

    patch.setattr(SqliteTransaction, "run", without_terms)


def wait_for_the_liar(patch: pytest.MonkeyPatch) -> None:
    """A node sends nothing to anybody for minutes after it refused a batch of somebody."""
    soon = World.soon

    def later(world: World, site: Site, job: str, wait: int = 0) -> None:
        soon(world, site, job, wait + 10 * MINUTE * (job in world.sites))

    patch.setattr(World, "soon", later)


FAULTY: list[tuple[Patch, set[str]]] = [
    (swallow_a_message, {"both sides agree", "comes to rest", "no error"}),
    (apply_twice, {"nothing applied twice", "comes to rest"}),
    (drop_an_event, {"nothing lost", "no error"}),
    (
        lose_a_commit,
        {"acts are kept", "both sides agree", "nothing lost", "comes to rest", "no error"},
    ),
    (take_what_was_not_signed, {"no trace"}),
    (believe_any_head, {"no trace"}),
    (believe_any_clock, {"no trace"}),
    (ask_no_register, {"both sides agree"}),
    (forget_terms, {"nothing lost", "no wait without a term"}),
    (wait_for_the_liar, {"nobody is held up"}),
]


BY_LIES = {take_what_was_not_signed, believe_any_head, believe_any_clock, ask_no_register}


@pytest.mark.parametrize(("fault", "invariants"), FAULTY, ids=[one.__name__ for one, _ in FAULTY])
def test_a_faulty_node_is_found_out(
    monkeypatch: pytest.MonkeyPatch, fault: Patch, invariants: set[str]
) -> None:
    fault(monkeypatch)
    seeds = list(range(1, SEARCHED + 1))
    if fault in BY_LIES:
        seeds = [one for one in seeds if draw_mix(one).hostile]
    if fault is wait_for_the_liar:
        seeds = [one for one in seeds if draw_mix(one).is_calm]
    outcome = found_among(seeds)
    assert outcome.invariant in invariants, outcome.detail


# Seeds that once failed, with what they showed: put in again, the fault is seen again.


def wait_for_a_clock_set_back(patch: pytest.MonkeyPatch) -> None:
    """A clock was ahead when a try failed; set right, the node waited hours for the next try."""

    def is_due(node: Node, peer: Peer) -> bool:
        waits = peer.queued > peer.taken and not peer.is_suspended
        return waits and peer.next_try <= node.now()

    patch.setattr(world_module, "is_due", is_due)


def acknowledge_only_what_is_read(patch: pytest.MonkeyPatch) -> None:
    """Who sent a message of an unknown kind alone was never told that it was parked."""
    patch.setattr(applying, "RECEIPT_CODE", b"")


def acknowledge_no_change_of_keys(patch: pytest.MonkeyPatch) -> None:
    """A change of keys alone was not acknowledged, so the new key never came into use."""
    consider = applying._Round.consider

    def silent(round_: Any, seq: int, content: bytes) -> bool:
        before = round_._acknowledge
        done = consider(round_, seq, content)
        if BY_NAME["key_change"].code.encode() in content:
            round_._acknowledge = before
        return done

    patch.setattr(applying._Round, "consider", silent)


def show_the_current_certificate_alone(patch: pytest.MonkeyPatch) -> None:
    """Both sides changed keys while their line was down for days: neither knew the other again."""
    patch.setattr(network_module, "shown_key", current_key)


PUT_IN_AGAIN: list[tuple[str, Patch]] = [
    ("clocks", wait_for_a_clock_set_back),
    ("", acknowledge_only_what_is_read),
    ("", acknowledge_no_change_of_keys),
    ("keys", show_the_current_certificate_alone),
]


@pytest.mark.parametrize(
    ("more", "fault"), PUT_IN_AGAIN, ids=[one.__name__ for _, one in PUT_IN_AGAIN]
)
def test_a_fault_put_in_again_is_seen(
    monkeypatch: pytest.MonkeyPatch, more: str, fault: Patch
) -> None:
    fault(monkeypatch)
    seed = next(one for one in range(1, 61) if not harsh(one, more).holds)
    monkeypatch.undo()
    assert harsh(seed, more).holds


def harsh(seed: int, more: str) -> Outcome:
    """What becomes of the world of a seed that has far more of something."""
    return concluded(World(seed, replace(draw_mix(seed), **EXCESSES.get(more, {}))))
