"""The commands on paper: printed, verified with the card alone, forms given out and keyed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.cli.shell import Result, run
from tests.node.houses import a_house, a_line, written_to

NOW = datetime.now(UTC) + timedelta(hours=5)
"""By the clock of the fictional country."""


class Post:
    """A node in a folder, with one declaration filed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.run("node", "init", "--as", "zz", "--url", "https://127.0.0.1:9")
        self.card = folder / "zz.card"
        self.run("node", "card", "--as", "zz", "--out", str(self.card))
        self.run("node", "file", str(self.written("ZZ/1")), "--as", "zz")

    def written(self, number: str) -> Path:
        house = a_house("1", a_line("8482100000", "100.00")) | {"declaration_no": number}
        today = f"{NOW:%Y-%m-%d}"
        name = number.replace("/", "-")
        return written_to(self.folder, house, number=name, decl_day=today)

    def run(self, *words: str, code: int = 0) -> Result:
        home = () if "--card" in words else ("--home", str(self.folder / "home"))
        done = run(*words, *home)
        assert done.code == code, done.words
        return done


@pytest.fixture(scope="module")
def post(tmp_path_factory: pytest.TempPathFactory) -> Post:
    return Post(tmp_path_factory.mktemp("paper"))


def code_in(text: str) -> str:
    return next(word for word in text.split() if word.startswith("SILKPORT1:"))


def test_printed_and_verified_with_the_card_alone(post: Post) -> None:
    page = post.folder / "declaration.html"
    said = post.run("paper", "print", "ZZ/1", "--as", "zz", "--out", str(page), "--lang", "ru")
    text = page.read_text("utf-8")
    assert "Декларация на товары" in text
    assert (
        '<td class="whole"><bdi>8482100000</bdi></td>' in text
    )  # no code is broken over two lines
    code = code_in(said.words)
    stated: dict[str, Any] = post.run(
        "paper", "verify", code, "--card", str(post.card), "--json"
    ).json
    assert (stated["node"], stated["number"], stated["lines"]) == ("zz", "ZZ/1", 1)
    wrong = code[:-4] + ("AAAA" if code[-4:] != "AAAA" else "BBBB")
    assert "SP-670" in post.run("paper", "verify", wrong, "--card", str(post.card), code=1).words


def test_a_form_is_keyed(post: Post) -> None:
    page = str(post.folder / "forms.html")
    said = post.run(
        "paper", "blank", "--as", "zz", "--holder", "1001", "--count", "2", "--out", page
    )
    number = said.words.split()[-1]
    file = post.written(number)
    at = f"{datetime.now(UTC):%Y-%m-%dT%H:%M}"
    asked = ("paper", "key", str(file), "--as", "zz", "--who", "Chen", "--number")
    refused = post.run(*asked, "P00", "--at", at, code=1)
    assert "SP-6703" in refused.words
    early = post.run(*asked, number, "--at", "2026-01-01T10:00", code=1)
    assert "SP-6705" in early.words
    keyed = post.run(*asked, number, "--at", at).words
    assert number in keyed
    assert number in post.run("node", "case", number, "--as", "zz", "--json").json["number"]
    again = post.run(*asked, number, "--at", at).words
    assert again == keyed
