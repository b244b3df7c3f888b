"""silkport node tell: what people have a node tell a neighbour, through its outbox alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from silkport.cli.node_bodies import BY_HAND, checked, example_of
from silkport.cli.node_words import node_words
from silkport.kernel.errors import InvalidMessage
from silkport.law.message_form import fault
from silkport.law.sentences import LANGUAGES
from silkport.model.messages import BY_NAME, KINDS
from silkport.model.states import ANNOUNCED
from silkport.node.exchange.applying import apply_some
from silkport.node.home import open_node, passphrase_for
from silkport.node.transparency.audit import audit
from tests.cli.shell import Result, run
from tests.node.worlds import World

TEN = 1_795_312_800_000
"""22 November 2026, 10:00 by clocks eight hours ahead of UTC."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two nodes that know each other and whose register is signed; kz inspects as well."""
    folder = tmp_path_factory.mktemp("telling")
    home = folder / "home"
    more = {"cn": (), "kz": ("--competence", "customs", "--competence", "inspection")}
    for name, words in more.items():
        assert run("node", "init", "--as", name, "--home", home, *words).code == 0
        card = folder / f"{name}.card"
        assert run("node", "card", "--as", name, "--home", home, "--out", card).code == 0
    for name, other in (("cn", "kz"), ("kz", "cn")):
        card = folder / f"{other}.card"
        assert run("node", "peer", "add", card, "--as", name, "--home", home).code == 0
        signing = ("--with", other, "--sign", home / name / "counsel.key", "--home", home)
        assert run("node", "register", "--as", name, *signing).code == 0
    return home


def tell(home: Path, kind: str, body: object, *more: object, node: str = "kz") -> Result:
    file = home.parent / f"{kind}.json"
    file.write_text(body if isinstance(body, str) else json.dumps(body), "utf-8")
    to = "cn" if node == "kz" else "kz"
    return run(
        "node", "tell", kind, "--as", node, "--to", to, "--file", file, "--home", home, *more
    )


def sent(home: Path, node: str, peer: str, seq: int) -> dict[str, Any]:
    """The body of a message as it waits in the outbox."""
    opened = open_node(home, node, passphrase_for(home, node, None))
    try:
        ((_, _, content),) = opened.state.read(lambda tx: tx.rows("out_from", peer, seq, 1))
        assert audit(opened, lambda *_: None).is_sound
    finally:
        opened.state.close()
    body: dict[str, Any] = msgspec.json.decode(content)["body"]
    return body


def test_people_or_the_node_tell_every_kind() -> None:
    by_itself = {*ANNOUNCED.values(), "mirror_answer", "receipt", "key_change", "exporter_grant"}
    assert set(BY_HAND) & by_itself == set()
    assert set(BY_HAND) | by_itself == {one.name for one in KINDS}


@pytest.mark.parametrize("kind", BY_HAND)
def test_the_example_is_valid_whole_and_can_be_told(home: Path, kind: str) -> None:
    shown = run("node", "tell", kind, "--example")
    assert shown.code == 0
    example = shown.json
    assert example == example_of(BY_NAME[kind])
    assert fault(BY_NAME[kind], example) == ""
    assert set(example) == {one.name for one in BY_NAME[kind].fields}
    done = tell(home, kind, example, "--json")
    assert done.code == 0, done.words
    body = sent(home, "kz", "cn", done.json["seq"])
    assert set(body) == set(example) - set(done.json["withheld"])


@pytest.mark.parametrize("kind", sorted(set(BY_HAND) - {"inspection_result"}))
def test_what_customs_tells_takes_effect_there(kind: str) -> None:
    world = World(("cn", "zz"))
    world.tell("zz", "cn", kind, example_of(BY_NAME[kind]))
    world.send("zz", "cn")
    done = apply_some(world.node("cn"), "zz")
    assert (done.applied, done.parked) == (1, 0)


def test_what_has_no_basis_stays_home_and_is_named(home: Path) -> None:
    said = tell(home, "inspection_result", example_of(BY_NAME["inspection_result"]))
    assert (said.code, "stayed home, no legal basis: image_digest" in said.words) == (0, True)


def test_moments_may_be_written_out(home: Path) -> None:
    openings = [
        {"day": "2026-11-22", "opens_at": "2026-11-22T10:00+08:00", "closes_at": TEN + 1},
        {"day": "2026-11-22", "opens_at": "2026-11-22T02:00:00Z", "closes_at": TEN + 1},
    ]
    done = tell(home, "checkpoint_calendar", {"post": "khorgos", "openings": openings}, "--json")
    assert done.code == 0, done.words
    body = sent(home, "kz", "cn", done.json["seq"])
    assert [one["opens_at"] for one in body["openings"]] == [TEN, TEN]


GOOD = {"post": "khorgos", "day": "2026-11-22", "direction": "import", "vehicles": 120}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"vehicle": 3}, ["'vehicle' is no field of it: write vehicles"]),
        ({"zzz": 3}, ["'zzz' is no field of it: it may hold post, day, direction, vehicles"]),
        ({"vehicles": "many"}, ["vehicles is no whole number: write a whole number from 0"]),
        ({"vehicles": -1}, ["vehicles is negative"]),
        ({"vehicles": 1.5}, ["vehicles is no whole number"]),
        ({"day": "22.11.2026"}, ["day is no day written as YYYY-MM-DD: write a day as 2026-"]),
        ({"post": "x" * 19}, ["post is longer than 18 characters: write a text of at most 18"]),
        ({"post": ""}, ["post is empty"]),
        ({"post": None, "day": 1}, ["post is no text", "day is no day"]),
    ],
)
def test_a_wrong_field_is_named_with_its_fix(
    home: Path, change: dict[str, Any], said: list[str]
) -> None:
    done = tell(home, "capacity_notice", GOOD | change)
    assert done.code == 4
    assert "SP-1107" in done.words
    for part in said:
        assert part in done.words


def test_what_is_missing_is_named_with_its_fix(home: Path) -> None:
    done = tell(home, "slot_state", {"slot_no": "S1", "opens_at": "tomorrow"})
    assert done.code == 4
    for part in (
        "opens_at is no whole number: write a moment as 2026-11-22T09:30:00+08:00",
        "post is missing: write a text of at most 18 characters: checkpoint",
        "closes_at is missing",
        "state is missing: write a text of at most 12 characters: given, changed, used, lost",
    ):
        assert part in done.words


@pytest.mark.parametrize("written", ["2026-11-22T09:30", "2026-13-22T09:30Z", "now Z", 1.5, True])
def test_what_is_no_moment_is_refused(written: object) -> None:
    body = example_of(BY_NAME["arrival_notice"]) | {"arrived_at": written}
    with pytest.raises(InvalidMessage, match=r"arrived_at .*write a moment"):
        checked(BY_NAME["arrival_notice"], body, "a test")


def test_rows_are_checked_too() -> None:
    kind = BY_NAME["checkpoint_calendar"]
    for rows in ({"day": "x"}, "monday", [1], [{"day": "2026-11-22"}], []):
        with pytest.raises(InvalidMessage, match=r"openings .*write a list of objects with day"):
            checked(kind, {"post": "khorgos", "openings": rows}, "a test")


@pytest.mark.parametrize("text", ["", "[]", "3", "{", '"x"', "[" * 10_000, "nan"])
def test_what_is_no_object_is_refused(home: Path, text: str) -> None:
    done = tell(home, "capacity_notice", text)
    assert (done.code, "SP-1101" in done.words) == (4, True)


def test_a_body_that_is_too_long_is_refused(home: Path) -> None:
    done = tell(home, "capacity_notice", json.dumps(GOOD) + " " * 2**21)
    assert (done.code, "bytes" in done.words) == (4, True)


def test_the_register_and_the_competence_refuse_with_their_reason(home: Path) -> None:
    body = example_of(BY_NAME["inspection_result"])
    done = tell(home, "inspection_result", body, node="cn")
    assert (done.code, "SP-5210" in done.words) == (1, True)
    assert "no basis lets consignment_no, inspection_no" in done.words
    file = home.parent / "inspection_result.json"
    words = ("inspection_result", "--as", "cn", "--to", "zz", "--file", file, "--home", home)
    to_nobody = run("node", "tell", *words)
    assert (to_nobody.code, "SP-5201" in to_nobody.words) == (1, True)


def test_a_node_that_may_not_say_it_is_refused(tmp_path: Path) -> None:
    home = tmp_path / "home"
    words = ("--as", "port", "--law", "zz", "--competence", "carrier", "--home", home)
    assert run("node", "init", *words).code == 0
    assert run("node", "init", "--as", "cn", "--home", home).code == 0
    for name, other in (("port", "cn"), ("cn", "port")):
        card = tmp_path / f"{other}.card"
        assert run("node", "card", "--as", other, "--home", home, "--out", card).code == 0
        assert run("node", "peer", "add", card, "--as", name, "--home", home).code == 0
    file = tmp_path / "body.json"
    file.write_text(json.dumps(GOOD), "utf-8")
    telling = ("node", "tell", "capacity_notice", "--as", "port", "--to", "cn", "--file", file)
    unsigned = run(*telling, "--home", home)
    assert (unsigned.code, "SP-5214" in unsigned.words) == (1, True)
    key = home / "port" / "counsel.key"
    signing = ("--as", "port", "--with", "cn", "--sign", key, "--home", home)
    assert run("node", "register", *signing).code == 0
    refused = run(*telling, "--home", home)
    assert (refused.code, "SP-5209" in refused.words) == (1, True)


@pytest.mark.parametrize(
    "words",
    [
        ("receipt", "--example"),
        ("export_released", "--example"),
        ("nothing", "--example"),
        ("slot_state",),
        ("slot_state", "--as", "kz", "--to", "cn"),
        ("slot_state", "--as", "kz", "--to", "cn", "--file", "there is no such file"),
    ],
)
def test_wrong_usage(words: tuple[str, ...]) -> None:
    assert run("node", "tell", *words).code == 2


@pytest.mark.parametrize("language", LANGUAGES)
def test_tell_speaks_four_languages(home: Path, language: str) -> None:
    body = example_of(BY_NAME["inspection_result"])
    said = tell(home, "inspection_result", body, "--lang", language).words
    assert node_words()["kind_inspection_result"][language] in said
    assert node_words()["told_withheld"][language].partition("{")[0].strip() in said
