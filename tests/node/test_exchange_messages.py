"""Messages that must not take effect: parked with a reason, and in nobody's way."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import msgspec
import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from silkport.kernel.exchange_errors import MessageMalformed, NotCompetent, OutsideRegister
from silkport.kernel.limits import MAX_BATCH_BYTES_SENT
from silkport.model import messages as table
from silkport.model.messages import BY_CODE, BY_NAME, KINDS
from silkport.node.exchange import effects
from silkport.node.exchange.applying import Applied, apply_some, retry_parked
from silkport.node.exchange.outbox import Outgoing, held_at_once, queue
from tests.node.worlds import BEGIN, EXPORT, World, deliver, forged, message

SLOT = {"slot_no": "S1", "post": "KHG", "opens_at": BEGIN, "closes_at": BEGIN, "state": "given"}
CODE = BY_NAME["slot_state"].code


@pytest.fixture
def world() -> World:
    return World(("cn", "kz"))


def bring(world: World, *contents: bytes) -> Applied:
    """Lets the receiver apply messages that the sender's node never wrote."""
    deliver(world, "cn", "kz", forged(world, "cn", "kz", contents).body)
    return apply_some(world.node("kz"), "cn")


def slot(world: World, seq: int | None = None, **more: object) -> bytes:
    return message(world, "cn", "kz", "slot_state", SLOT | more, seq)


def reason(world: World, name: str = "kz") -> str:
    """Why the newest parked message is parked."""
    return str(world.rows(name, "select reason from parked order by seq desc")[0][0])


def said(world: World) -> list[tuple[str, str]]:
    return [tuple(row) for row in world.rows("kz", "select about, kind from said order by 1, 2")]


# What this edition does not know.


def test_a_newer_version_waits_for_an_update(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    newer = message(world, "cn", "kz", "slot_state", SLOT | {"lane": "3"}, envelope={"version": 2})
    assert bring(world, newer, slot(world, 2, slot_no="S2")) == Applied(1, 1)
    assert world.parked("kz") == [(1, "SP-5211")]
    assert reason(world).startswith(f"SP-5211 Kind {CODE} in version 2 is not known")
    assert retry_parked(world.node("kz"), "cn") == Applied(0, 1)
    (incident,) = world.incidents("kz")
    assert incident.times == 2
    kind = BY_NAME["slot_state"]
    lane = table.Field("lane", table.Form.TEXT, "lane", 2)
    monkeypatch.setitem(BY_CODE, (CODE, 2), replace(kind, version=2, fields=(*kind.fields, lane)))
    assert retry_parked(world.node("kz"), "cn") == Applied(0, 1)
    assert world.parked("kz") == [(1, "SP-5210")], "the register does not know the new field"


def test_an_updated_node_takes_what_it_could_not_read(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring(world, message(world, "cn", "kz", "slot_state", SLOT, envelope={"version": 2}))
    monkeypatch.setitem(BY_CODE, (CODE, 2), replace(BY_NAME["slot_state"], version=2))
    assert retry_parked(world.node("kz"), "cn") == Applied(1, 0)
    assert (world.parked("kz"), said(world)) == ([], [("S1", "slot_state")])


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ("R.SP.XX.09.999", "Kind R.SP.XX.09.999 in"),
        ("\x1b[2J\u202e", r"Kind '\x1b[2J\u202e' in"),
        (7, "Kind 7 in"),
        ([[["x" * 500]]], "Kind [[['xxx"),
        (None, "Kind None in"),
    ],
)
def test_an_unknown_kind(world: World, code: object, shown: str) -> None:
    assert bring(
        world, message(world, "cn", "kz", "slot_state", SLOT, envelope={"EDocCode": code})
    ) == Applied(0, 1)
    assert world.parked("kz") == [(1, "SP-5211")]
    assert shown in reason(world)
    assert len(reason(world)) < 300


# Its envelope and its form.


@pytest.mark.parametrize(
    ("envelope", "words"),
    [
        ({"from": "zz"}, "its envelope says"),
        ({"to": "zz"}, "its envelope says"),
        ({"seq": 2}, "its envelope says"),
        ({"seq": True}, "its envelope says"),
        ({"seq": 1.0}, "its envelope says"),
        ({"seq": "1"}, "its envelope says"),
        ({"seq": None}, "its envelope says"),
        ({"from": ["cn"]}, "its envelope says"),
        ({"from": "\x07" * 200}, r"\x07\x07"),
        ({"EDocId": 7}, "identifier"),
        ({"EDocId": "x" * 81}, "identifier"),
        ({"EDocRefId": None}, "identifier"),
        ({"EDocDateTime": "yesterday"}, "EDocDateTime"),
        ({"EDocDateTime": ""}, "EDocDateTime"),
        ({"EDocDateTime": {}}, "identifier"),
        ({"body": None}, "it is no object"),
        ({"body": []}, "it is no object"),
        ({"body": {}}, "is missing"),
        ({"body": SLOT | {"opens_at": "now"}}, "opens_at is no whole number"),
        ({"body": SLOT | {"opens_at": 1.5}}, "opens_at is no whole number"),
        ({"body": SLOT | {"opens_at": -1}}, "opens_at is negative"),
        ({"body": SLOT | {"opens_at": 2**63}}, "opens_at is beyond"),
        ({"body": SLOT | {"state": "x" * 13}}, "state is longer"),
        ({"body": SLOT | {"state": {"a": 1}}}, "state is no text"),
        ({"body": SLOT | {"state": ""}}, "state is empty"),
        ({"body": SLOT | {"\x1b": "a"}}, r"'\\x1b' is no field"),
        ({"more": 1}, "other fields"),
    ],
)
def test_an_envelope_of_another_form(world: World, envelope: dict[str, object], words: str) -> None:
    assert bring(
        world, message(world, "cn", "kz", "slot_state", SLOT, envelope=envelope)
    ) == Applied(0, 1)
    assert world.parked("kz") == [(1, "SP-5212")]
    assert words.replace("\\\\", "\\") in reason(world)
    assert reason(world).isprintable()


@pytest.mark.parametrize("version", [0, 2, -1, 10**18, True, 1.0, "1", None, [1], {"v": 1}])
def test_a_version_of_another_form(world: World, version: object) -> None:
    bring(world, message(world, "cn", "kz", "slot_state", SLOT, envelope={"version": version}))
    assert world.parked("kz") == [(1, "SP-5211")]


def good(world: World) -> bytes:
    return slot(world)


HOSTILE = {
    "nothing": lambda one: b" ",
    "garbage": lambda one: b"\x00\xff\xfe",
    "text": lambda one: b'"text"',
    "deep": lambda one: b"[" * 100_000,
    "deep and whole": lambda one: b"[" * 100_000 + b"]" * 100_000,
    "deep body": lambda one: one.replace(b'"S1"', b"[" * 50_000 + b"]" * 50_000),
    "nan": lambda one: one.replace(b'"seq":1', b'"seq":NaN'),
    "infinity": lambda one: one.replace(b'"seq":1', b'"seq":1e999'),
    "twice": lambda one: one.replace(b'"seq":1', b'"seq":1,"seq":1'),
    "twice in the body": lambda one: one.replace(b'"post"', b'"slot_no":"S9","post"'),
    "half a pair": lambda one: one.replace(b'"S1"', b'"\\ud800"'),
    "half a pair as kind": lambda one: one.replace(CODE.encode(), b"\\udfff"),
    "a pair in two": lambda one: one.replace(b'"S1"', b'"\\ud83d\\ude00"'),
    "bytes that are no text": lambda one: one.replace(b'"S1"', b'"\xed\xa0\x80"'),
    "a long number": lambda one: one.replace(b'"seq":1', b'"seq":' + b"1" * 1_000_000),
    "a long version": lambda one: one.replace(b'"version":1', b'"version":' + b"1" * 4_400),
    "a number beyond 64 bits": lambda one: one.replace(b'"seq":1', b'"seq":' + b"1" * 30),
    "minus zero": lambda one: one.replace(b'"seq":1', b'"seq":-0'),
    "spaces": lambda one: one.replace(b'"seq":1', b'"seq": 1'),
    "another order": lambda one: json.dumps(dict(reversed(json.loads(one).items()))).encode(),
    "escaped letters": lambda one: one.replace(b'"S1"', b'"\\u00531"'),
    "byte order mark": lambda one: b"\xef\xbb\xbf" + one,
    "two values": lambda one: one + one,
    "cut": lambda one: one[:-1],
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_json(world: World, name: str) -> None:
    """It is parked, and what comes after it takes effect."""
    broken = HOSTILE[name](good(world))  # type: ignore[no-untyped-call]
    assert broken != good(world)
    assert bring(world, broken, slot(world, 2)) == Applied(1, 1)
    assert world.parked("kz") == [(1, "SP-5212")]
    assert reason(world).isprintable()


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text(st.characters(exclude_categories=()), max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)
NAMES = "EDocCode EDocId EDocRefId EDocDateTime version from to seq body".split()
ENVELOPE = st.fixed_dictionaries({}, optional=dict.fromkeys(NAMES, VALUES))


@st.composite
def bodies(draw: st.DrawFn) -> tuple[str, object]:
    """A body of some kind in which some fields hold anything."""
    kind = draw(st.sampled_from(KINDS))
    names = [one.name for one in kind.fields]
    fields = {name: VALUES | st.sampled_from(["1", 1, "2026-09-21", []]) for name in names}
    return kind.name, draw(st.fixed_dictionaries({}, optional=fields))


WORLD = World(("cn", "kz"))


def takes_or_parks(*contents: bytes) -> None:
    """Whatever they are: considered, never an error, and the next good one takes effect."""
    usable = [one for one in contents if one and b"\n" not in one]
    first = WORLD.peer("kz", "cn").received + 1
    last = first + len(usable)
    batch = forged(WORLD, "cn", "kz", [*usable, slot(WORLD, last, slot_no=f"S{last}")])
    deliver(WORLD, "cn", "kz", batch.body)
    done = apply_some(WORLD.node("kz"), "cn")
    assert done.applied + done.parked == len(usable) + 1
    assert (f"S{last}", "slot_state") in said(WORLD)
    retry_parked(WORLD.node("kz"), "cn")
    WORLD.rows("kz", "delete from parked")


@settings(max_examples=60)
@given(
    st.lists(st.binary(max_size=200) | VALUES.map(lambda one: json.dumps(one).encode()), max_size=4)
)
def test_any_bytes(contents: list[bytes]) -> None:
    takes_or_parks(*contents)


@settings(max_examples=60)
@given(ENVELOPE, bodies())
def test_any_envelope(envelope: dict[str, object], body: tuple[str, object]) -> None:
    seq = WORLD.peer("kz", "cn").received + 1
    whole = json.loads(message(WORLD, "cn", "kz", body[0], {}, seq)) | {"body": body[1]} | envelope
    written = json.dumps(whole, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    loose = json.dumps(whole, sort_keys=True, ensure_ascii=False)
    takes_or_parks(written.encode(), loose.encode("utf-8", "surrogatepass"))


@settings(max_examples=60)
@given(bodies())
def test_what_is_sent_is_canonical(body: tuple[str, object]) -> None:
    """The same bytes as those of another implementation of RFC 8785."""
    node = WORLD.node("cn")
    kind, fields = body
    before = WORLD.peer("cn", "kz").queued
    try:
        seq = node.state.write(
            lambda tx: queue(tx, node, "kz", [Outgoing(kind, fields)])  # type: ignore[arg-type]
        )
    except (MessageMalformed, OutsideRegister, NotCompetent):
        assert WORLD.peer("cn", "kz").queued == before
        return
    (row,) = WORLD.rows("cn", "select bytes from outbox where seq = ?", seq)
    assert row[0] == rfc8785.dumps(json.loads(row[0]))


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=30))
def test_any_text_is_sent_in_canonical_form(text: str) -> None:
    seq = WORLD.export("cn", "kz", vehicle=text)
    (row,) = WORLD.rows("cn", "select bytes from outbox where seq = ?", seq)
    assert row[0] == rfc8785.dumps(json.loads(row[0]))
    assert json.loads(row[0])["body"]["vehicle"] == text


# What is parked holds up its own matter and no other.


def test_one_parked_message_holds_later_ones_of_its_matter(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: Any) -> Any:
        raise MessageMalformed(peer="cn", reason="a test")

    with monkeypatch.context() as patch:
        patch.setitem(effects.EFFECTS, "slot_state", fails)
        bring(world, slot(world, slot_no="A"))
    assert bring(world, slot(world, slot_no="B"), slot(world, 3, slot_no="A")) == Applied(1, 1)
    assert bring(world, slot(world, slot_no="A", state="used")) == Applied(0, 1)
    assert world.parked("kz") == [(1, "SP-5212"), (3, "SP-5213"), (4, "SP-5213")]
    assert "Message 1 about the same matter" in reason(world)
    assert world.codes("kz") == ["SP-5212"], "who waits is no incident"
    assert retry_parked(world.node("kz"), "cn") == Applied(3, 0)
    (row,) = world.rows("kz", "select seq, body from said where about = 'A'")
    assert (row[0], msgspec.json.decode(row[1])["state"]) == (4, "used")


def test_a_long_row_of_parked_messages_is_retried_in_parts(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    contents = [slot(world, seq, slot_no=f"S{seq % 3}") for seq in range(1, 11)]
    contents[0] = message(
        world, "cn", "kz", "slot_state", SLOT | {"slot_no": "S1"}, 1, envelope={"version": 2}
    )
    bring(world, *contents)
    assert [seq for seq, _ in world.parked("kz")] == [1]
    world.rows("kz", "delete from said")
    for seq in range(2, 11):
        row = ("cn", seq, f"S{seq % 3}", "SP-5213", "a test", 0)
        world.rows("kz", "insert into parked values (?, ?, ?, ?, ?, ?)", *row)
    monkeypatch.setattr("silkport.node.exchange.applying.MAX_APPLIED_AT_ONCE", 2)
    assert retry_parked(world.node("kz"), "cn") == Applied(9, 1)
    assert world.rows("kz", "select about, seq from said order by 1") == [
        *(("S0", 9), ("S1", 10), ("S2", 8))
    ]
    assert world.parked("kz") == [(1, "SP-5211")]


def test_the_sender_learns_what_was_parked(world: World) -> None:
    for seq in range(1, 31):
        world.tell("cn", "kz", "slot_state", SLOT | {"slot_no": f"S{seq}"})
    world.rows("kz", "update peer set competence = 'carrier'")
    world.settle()
    assert len(world.parked("kz")) == 30
    (incident,) = world.incidents("cn")
    assert (incident.peer, incident.code) == ("kz", "SP-5215")
    assert "kz parked message 1, 2, 3," in incident.reason
    assert "20 and 10 more of this node: SP-5209." in incident.reason
    assert world.peer("cn", "kz").considered_there == 30
    world.rows("kz", "update peer set competence = 'customs'")
    assert retry_parked(world.node("kz"), "cn") == Applied(30, 0)
    world.settle()
    assert len(world.incidents("cn")) == 1


def test_a_receipt_for_what_was_never_sent(world: World) -> None:
    body = {"first": 1, "last": 9, "parked": []}
    assert bring(world, message(world, "cn", "kz", "receipt", body)) == Applied(0, 1)
    assert "9 was never sent to it" in reason(world)


def test_a_hostile_receipt_fills_no_table(world: World) -> None:
    world.export("kz", "cn")
    rows = [{"seq": 1, "code": f"{n:07d}"} for n in range(10_000)]
    bring(world, message(world, "cn", "kz", "receipt", {"first": 1, "last": 1, "parked": rows}))
    assert len(world.incidents("kz")) == 20


def test_an_unusable_answer_keeps_back_no_receipt(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    query = {"query_no": "Q", "first_day": "2026-01-01", "last_day": "2026-01-31"}
    asked = message(world, "cn", "kz", "mirror_query", query | {"direction": "import"})
    monkeypatch.setattr(effects, "answer_query", lambda tx, body, country: {"query_no": "Q"})
    assert bring(world, asked) == Applied(1, 0)
    assert world.codes("kz") == ["SP-5212"]
    assert world.rows("kz", "select kind from outbox") == [("receipt",)]


@pytest.mark.parametrize(
    ("sizes", "count"),
    [
        ([], 0),
        ([1], 1),
        ([2 * MAX_BATCH_BYTES_SENT], 1),
        ([2 * MAX_BATCH_BYTES_SENT, 1], 1),
        ([1, MAX_BATCH_BYTES_SENT], 1),
        ([1, MAX_BATCH_BYTES_SENT - 3], 2),
        ([MAX_BATCH_BYTES_SENT // 4] * 9, 3),
    ],
)
def test_so_many_messages_are_held_at_once(sizes: list[int], count: int) -> None:
    assert held_at_once([(one,) for one in sizes]) == count


def test_export_is_lawful_as_a_whole(world: World) -> None:
    assert bring(world, message(world, "cn", "kz", "export_released", EXPORT)) == Applied(1, 0)


def test_a_message_too_large_is_not_queued(world: World) -> None:
    line = {"gnum": 1, "hs_code": "1101001500", "description": "面" * 1_000}
    with pytest.raises(MessageMalformed, match="more than 2097152 bytes"):
        world.export("cn", "kz", goods=[line] * 800)
    for house in range(20):
        world.export("cn", "kz", str(house), goods=[line] * 300)
    assert [world.send("cn", "kz") for _ in range(3)] == [18, 2, 0]
    assert apply_some(world.node("kz"), "cn") == Applied(18, 0), "no more at once than was sent"
    assert apply_some(world.node("kz"), "cn") == Applied(2, 0)
