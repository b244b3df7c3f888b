"""Release at a real node: what stands is shown, money lets goods go, an officer is told why not."""

from __future__ import annotations

from hashlib import blake2b
from pathlib import Path
from typing import Any

import pytest

from silkport.law.sentences import LANGUAGES
from silkport.node import offices
from tests.cli.shell import Result, run
from tests.node.dating import today
from tests.node.houses import SCREWS, a_house, a_line, written_to

LAW = """
[[demand]]
kind = "payment"
directions = ["import"]
payers = ["consignee_code", "declarant_code"]
start = 2024-01-01
source = "an order for tests, art. 1 (invented)"

[[demand]]
kind = "presentation"
directions = ["import"]
start = 2024-01-01
source = "an order for tests, art. 2 (invented)"
"""
RECEIPTS = "receipt,payer,amount,currency,day\nT-1,C1,10000.00,XTS,2026-01-01\n"


class Post:
    """A node in a home whose operator loaded a law on release of his own."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.home = folder, folder / "home"
        law = self.home / "zz" / "law"
        law.mkdir(parents=True)
        (law / "release.toml").write_text(LAW, "utf-8")
        self.run("node", "init", "--url", "https://127.0.0.1:9")

    def run(self, *words: object, code: int = 0) -> Result:
        done = run(*words, "--as", "zz", "--home", self.home)
        assert done.code == code, done.words
        return done

    def file(self, number: str, *words: object) -> dict[str, Any]:
        written = written_to(
            self.folder / number,
            a_house("1", a_line(SCREWS, "1000")),
            number=number,
            decl_day=today("zz"),
        )
        found: dict[str, Any] = self.run("node", "file", written, "--json", *words).json
        return dict(found["filed"][0])


@pytest.fixture
def post(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Post:
    """Its key draws none of these declarations for an inspection; a new node's own might."""
    monkeypatch.setattr(offices, "blake2b", lambda *_, **__: blake2b(b"", digest_size=8))
    return Post(tmp_path)


def test_unpaid_it_waits_and_its_receipt_lets_it_go(post: Post) -> None:
    filed = post.file("1")
    assert filed["state"] == "registered"
    shown = post.run("node", "case", filed["id"], "--json").json
    assert shown["prepared"] == "released"
    (stands,) = shown["stands"]
    assert (stands["code"], stands["demand"], stands["who"]) == ("BAL001", "payment", "declarant")
    assert "an order for tests" in stands["source"]
    refused = post.run("node", "act", filed["id"], "release", "--who", "Chen", code=1)
    assert "SP-6901" in refused.words
    receipts = post.folder / "receipts.csv"
    receipts.write_text(RECEIPTS, "utf-8")
    paid = post.run("balance", "pay", receipts, "--who", "Chen")
    assert filed["number"] in paid.words
    assert post.run("node", "case", filed["id"], "--json").json["state"] == "released"
    again = post.run("balance", "pay", receipts, "--who", "Chen", "--json").json
    assert (again["known"], again["released"]) == (1, [])


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_stands_is_said_in_four_languages(post: Post, language: str) -> None:
    filed = post.file("1", "--early")
    shown = post.run("node", "case", filed["id"], "--lang", language).words
    assert "BAL001" in shown
    assert "HLD001" in shown
    assert "?" not in shown
    flagged = post.run("node", "cases", "--flagged", "--json").json
    assert flagged == {"cases": [], "after": ""}
