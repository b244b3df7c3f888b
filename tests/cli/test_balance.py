"""The commands on balances: opened, listed, shown, paid into, closed, as an officer does it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.cli.shell import Result, run

TERMS = ("--issuer", "Committee", "--source", "Order 5", "--from", "2026-01-01", "--who", "Chen")
HEAD = "receipt,payer,amount,currency,day\n"


class Post:
    """An officer with a node in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.run("node", "init", "--as", "zz", "--url", "https://127.0.0.1:9", code=0)

    def run(self, *words: str, code: int = 0) -> Result:
        done = run(*words, "--home", str(self.folder / "home"))
        assert done.code == code, done.words
        return done

    def balance(self, *words: str, code: int = 0) -> Result:
        return self.run("balance", *words, "--as", "zz", code=code)

    def json(self, *words: str, code: int = 0) -> Any:
        return self.balance(*words, "--json", code=code).json

    def pay(self, content: bytes | str, code: int = 0) -> Result:
        path = self.folder / "receipts.csv"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return self.balance("pay", str(path), "--who", "Chen", code=code)


@pytest.fixture(scope="module")
def post(tmp_path_factory: pytest.TempPathFactory) -> Post:
    post = Post(tmp_path_factory.mktemp("post"))
    permit = ("open", "KZ-1", "--kind", "permit", "--paper", "V01", "--unit", "mg")
    post.balance(*permit, "--amount", "1500.5", "--until", "2027-01-01", "--hs", "02", *TERMS)
    exporter = ("open", "CIFER 7", "--kind", "permit", "--paper", "R05", "--unit", "shipments")
    post.balance(*exporter, "--holder", "D1", *TERMS)
    post.balance("open", "G-1", "--kind", "guarantee", "--unit", "XTS", "--amount", "20", *TERMS)
    return post


def test_opened_listed_and_shown(post: Post) -> None:
    listed = {one["id"]: one for one in post.json("list")}
    assert listed["permit V01 KZ-1"]["free"] == 1_500_500_000
    assert listed["permit R05 CIFER7"]["free"] is None
    assert listed["guarantee G-1"]["opened"] == 2_000
    assert [one["id"] for one in post.json("list", "--kind", "guarantee")] == ["guarantee G-1"]
    assert [one["id"] for one in post.json("list", "--holder", "D1")] == ["permit R05 CIFER7"]
    shown = post.json("show", "kz-1")
    assert (shown["stop"] - shown["start"], shown["scope"]["hs"], shown["matters"]) == (
        365,
        ["02"],
        [],
    )
    assert "1500.5 kg" in post.balance("list").words
    for language, said in (("ru", "без ограничения"), ("zh", "不限"), ("kk", "шектеусіз")):
        assert said in post.balance("show", "CIFER 7", "--lang", language).words


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--kind", "permit", "--unit", "mg", "--amount", "1"), "SP-1105"),  # no kind of document
        (("--kind", "money", "--unit", "tenge", "--amount", "1"), "SP-1105"),
        (("--kind", "money", "--unit", "XTS", "--amount", "1.005"), "SP-1105"),
        (("--kind", "money", "--unit", "XTS"), "SP-1105"),
        (
            ("--kind", "guarantee", "--unit", "XTS", "--amount", "1", "--until", "2025-01-01"),
            "SP-1105",
        ),
    ],
)
def test_what_cannot_be_opened_is_explained(post: Post, words: tuple[str, ...], said: str) -> None:
    assert said in post.balance("open", "X-1", *words, *TERMS, code=4).words


def test_the_same_number_with_other_terms_is_refused(post: Post) -> None:
    again = ("open", "G-1", "--kind", "guarantee", "--unit", "XTS", "--amount", "30", *TERMS)
    assert "SP-6404" in post.balance(*again, code=1).words


def test_receipts_count_once_and_wrong_rows_are_named(post: Post) -> None:
    rows = (
        "R1,100100,50.00,XTS,2026-09-01\nR2,100100,50.005,XTS,2026-09-01\nR3,x,1,XTS,2026-09-01\n"
    )
    wrong = "R4,100100,1,KZT,2026-09-01\nR5,100100,99999999999999999999,XTS,2026-09-01\n"
    said = post.pay(f"{HEAD}{rows}{wrong}R6,100100,1.00,XTS,yesterday\n", code=4).words
    for row, part in ((3, "amount"), (4, "payer"), (5, "XTS here"), (6, "amount"), (7, "day")):
        assert f"row {row}" in said
        assert part in said
    assert "1 receipts taken" in said
    assert "1 known already" in post.pay(f"{HEAD}{rows[:31]}").words
    assert post.json("show", "money 100100-XTS")["free"] == 5_000


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "empty"),
        ("number,sum\n1,2\n", "lacks 'receipt'"),
        (HEAD, "no receipt"),
        ((HEAD + "R9,100100,1,XTS,2026-09-01\n").encode("utf-16"), "UTF-16"),
        ((HEAD + "R9,Иванов,1,XTS,2026-09-01\n").encode("cp1251"), "not UTF-8"),
        (b"PK\x03\x04", "workbook"),
    ],
)
def test_another_file_is_refused_whole(post: Post, content: bytes | str, said: str) -> None:
    words = post.pay(content, code=1).words
    assert "SP-6407" in words
    assert said in words


def test_closed_for_good(post: Post) -> None:
    post.balance("open", "G-9", "--kind", "guarantee", "--unit", "XTS", "--amount", "1", *TERMS)
    assert "closed" in post.balance("close", "G-9", "--who", "Chen", "--reason", "returned").words
    assert post.json("show", "G-9")["closed"] is True
    assert "SP-4102" in post.balance("show", "G-0", code=1).words
