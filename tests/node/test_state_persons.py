"""Persons: never in clear in a file or a message; erased, their documents stand without a name."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from silkport.kernel.check_digits import kz_check
from silkport.node.home import STATE
from silkport.node.state.connecting import connect
from silkport.node.transparency import log
from silkport.node.transparency.audit import audit
from silkport.node.workflow.cases import case_of
from silkport.node.workflow.filing import Filed
from silkport.node.workflow.people import ERASED, PREFIX, forget, reveal
from tests.node.retained import Corridor, export


def with_check(first11: str) -> str:
    return first11 + str(kz_check(first11))


PERSON_NUMBER, FIRM_NUMBER = with_check("90010135012"), with_check("98114000098")
NAME, NUMBER = "Aigerim Erasova", PERSON_NUMBER
PURCHASER = "Bo Wanwei, CN, passport E7654321"
DECLARED = {
    "consignee_code": NUMBER,
    "consignee_name": NAME,
    "consignor_code": "110101199003078515",
    "consignor_name": "Chen Wangji",
    "purchaser": PURCHASER,
}
SECRETS = (*DECLARED.values(), "Erasova", "Wanwei", "E7654321", "Wangji")


@pytest.fixture
def corridor(tmp_path: Path) -> Iterator[Corridor]:
    """A corridor whose first node keeps its state on the disk."""
    made = Corridor(tmp_path / "post")
    copy = sqlite3.connect(tmp_path / STATE)
    made.one.connection.backup(copy)
    copy.close()
    made.one.connection.close()
    made.one.connection = connect(tmp_path / STATE)
    made.one.wake()
    yield made
    made.one.connection.close()


def on_disk(tmp_path: Path) -> bytes:
    """All bytes of the state and of what stands beside it."""
    return b"".join(path.read_bytes() for path in tmp_path.glob(f"{STATE}*"))


def clear_text(content: bytes) -> list[str]:
    return [one for one in SECRETS if one.encode() in content or one.upper().encode() in content]


def shown(corridor: Corridor, filed: Filed) -> dict[str, object]:
    """The persons of a kept declaration, as an officer sees them."""
    node = corridor.one.node
    kept = node.state.read(lambda tx: case_of(tx, filed.case.id)).document["declaration"]
    found = node.state.read(lambda tx: reveal(tx, node, kept))
    return {name: found[name] for name in DECLARED}


def erase(corridor: Corridor, *persons: str) -> list[bool]:
    node = corridor.one.node
    known = node.state.write(lambda tx: [forget(tx, node, one) for one in persons])
    node.state.scrub()
    return known


def test_only_what_is_sealed_was_ever_written(corridor: Corridor, tmp_path: Path) -> None:
    (filed,) = corridor.file(export("1", **DECLARED))
    corridor.exchange()
    assert shown(corridor, filed) == DECLARED
    assert clear_text(on_disk(tmp_path)) == []  # the journal holds every page as it was written
    corridor.one.node.state.scrub()
    content = on_disk(tmp_path)
    assert clear_text(content) == []
    assert filed.case.number.encode() in content


def test_an_erased_person_leaves_no_key_and_nothing_sealed(
    corridor: Corridor, tmp_path: Path
) -> None:
    (filed,) = corridor.file(export("1", **DECLARED))
    corridor.one.node.state.scrub()
    blobs = [
        row[0]
        for table in ("person", "person_key")
        for row in corridor.one.connection.execute(f"select sealed from {table}")
    ]
    assert len(blobs) == 10
    assert all(one in on_disk(tmp_path) for one in blobs)
    before = corridor.one.node.state.read(log.current)

    assert erase(corridor, *DECLARED.values()) == [True] * 5
    assert not any(one in on_disk(tmp_path) for one in blobs)
    assert corridor.one.connection.execute("select count(*) from person_key").fetchone() == (0,)
    assert shown(corridor, filed) == dict.fromkeys(DECLARED, ERASED)
    kept = corridor.one.node.state.read(lambda tx: case_of(tx, filed.case.id))
    assert kept == filed.case
    assert corridor.one.node.state.read(log.current) == before
    assert list(audit(corridor.one.node, lambda *_: None).faults) == []
    assert erase(corridor, NAME, "nobody") == [False, False]


def test_one_erased_person_leaves_the_others(corridor: Corridor) -> None:
    (filed,) = corridor.file(export("1", **DECLARED))
    assert erase(corridor, f"  {NAME.upper()} ") == [True]  # as it may be typed
    assert shown(corridor, filed) == DECLARED | {"consignee_name": ERASED}


def test_the_same_person_again_is_another(corridor: Corridor) -> None:
    """What was erased stays so in the old document; erased again, in both."""
    (old,) = corridor.file(export("1", **DECLARED))
    for _ in range(3):
        assert erase(corridor, NAME) == [True]
        (new,) = corridor.file(export("2", **DECLARED))
        assert shown(corridor, new) == DECLARED
        assert shown(corridor, old) == DECLARED | {"consignee_name": ERASED}
        old = new
    tokens = [
        row[0] for row in corridor.one.connection.execute("select token from person order by since")
    ]
    assert len(tokens) == len(set(tokens)) == 5 + 3
    assert corridor.one.connection.execute("select count(*) from person_key").fetchone() == (5,)
    assert list(audit(corridor.one.node, lambda *_: None).faults) == []


def test_one_person_of_many_declarations_has_one_key(corridor: Corridor) -> None:
    corridor.file(*(export(f"{n}", **DECLARED) for n in range(1, 4)))
    assert corridor.one.connection.execute("select count(*) from person").fetchone() == (5,)
    assert corridor.one.connection.execute("select count(*) from person_case").fetchone() == (15,)


@pytest.mark.parametrize(
    ("number", "hidden"),
    [
        (PERSON_NUMBER, True),
        (PERSON_NUMBER[:-1] + str((int(PERSON_NUMBER[-1]) + 1) % 10), True),  # a digit is wrong
        ("110101199003078515", True),
        ("11010119900307851x", True),
        (FIRM_NUMBER, False),
        ("91110108551385082Q", False),
        ("CARGO LTD 17", False),
        ("", False),
    ],
)
def test_firms_are_named_and_persons_are_not(corridor: Corridor, number: str, hidden: bool) -> None:
    about = {"consignee_code": number, "consignee_name": "Altyn"}
    (filed,) = corridor.file(export("1", **about))
    kept = filed.case.document["declaration"]["consignee_name"]
    assert kept.startswith(PREFIX) if hidden else kept == "Altyn"
    corridor.exchange()
    told = corridor.two.node.state.read(lambda tx: tx.one("in_at", "one", 1))
    assert told is not None
    assert (b"Altyn" in told[0]) is not hidden


@pytest.mark.parametrize("person", [True, False])
def test_a_cell_that_cannot_be_read_is_not_quoted(corridor: Corridor, person: bool) -> None:
    """A name that is too long; of a firm it is shown as it was read."""
    about = {"consignee_code": PERSON_NUMBER if person else FIRM_NUMBER}
    (filed,) = corridor.file(export("1", **about, consignee_name="Erasova " * 20))
    findings = {one["code"]: one["facts"] for one in filed.case.decision["findings"]}
    assert ('"read":"Erasova ' in findings["RDG004"]) is not person
    assert "consignee_name" in findings["RDG004"]
    dump = "\n".join(corridor.one.connection.iterdump()).encode()
    blobs = [
        row[0]
        for column in ("document", "decision")
        for row in corridor.one.connection.execute(f"select {column} from declaration")
    ]
    assert ("Erasova" in clear_text(dump + b"".join(blobs))) is not person


def test_what_is_declared_like_a_pseudonym_comes_back_as_it_was(corridor: Corridor) -> None:
    (one,) = corridor.file(export("1", **DECLARED))
    token = one.case.document["declaration"]["consignee_name"]
    (sly,) = corridor.file(export("2", consignee_name=token, consignee_code=FIRM_NUMBER))
    node = corridor.one.node
    kept = sly.case.document["declaration"]
    assert kept["consignee_name"] not in ("", token)
    assert node.state.read(lambda tx: reveal(tx, node, kept))["consignee_name"] == token


def test_no_person_reaches_a_neighbour_or_a_record_of_disclosure(corridor: Corridor) -> None:
    corridor.file(
        export("1", **DECLARED),
        export("2", **DECLARED | {"consignee_code": FIRM_NUMBER, "consignee_name": "Altyn Works"}),
    )
    corridor.exchange()
    for here in (corridor.one, corridor.two):
        dump = "\n".join(here.connection.iterdump())
        blobs = [
            bytes(row[0])
            for table, column in (
                ("outbox", "bytes"),
                ("inbox", "bytes"),
                ("said", "body"),
                ("disclosure", "record"),
                ("event", "record"),
                ("declaration", "document"),
                ("declaration", "decision"),
                ("declaration", "held"),
            )
            for row in here.connection.execute(f"select {column} from {table}")
        ]
        assert clear_text(dump.encode() + b"\n".join(blobs)) == []
    told = [row[0] for row in corridor.two.connection.execute("select bytes from inbox")]
    assert len(told) == 2
    assert not any(PREFIX.encode() in one for one in told)
    assert [b"Altyn Works" in one for one in told] == [False, True]
    (record,) = corridor.one.connection.execute("select record from disclosure").fetchall()
    assert b"Altyn" not in record[0]
