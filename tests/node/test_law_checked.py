"""silkport law check reads all of the law: goods, and when, how long and until when."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from silkport.node.law.books import law_folder
from silkport.node.law.calendars import pairs_of
from silkport.node.law.check import check_law
from tests.law.times import texts

Rows = list[tuple[str, str, str]]


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("silkport.node.law.check._sheets", lambda _book: [])  # takes seconds


def put(home: Path, folder: str, name: str, change: Callable[[str], str]) -> None:
    """A file of a home: the package's, changed."""
    there = law_folder(folder, home)
    there.mkdir(parents=True, exist_ok=True)
    (there / name).write_text(change(texts(folder)[name]), "utf-8")


def wrong(home: Path, country: str = "zz") -> Rows:
    return [
        (row["administration"], row["what"], row["text"])
        for row in check_law(country, home)
        if row["kind"] == "wrong"
    ]


@pytest.mark.parametrize("country", ["cn", "kz", "zz"])
def test_what_is_shipped_is_right(tmp_path: Path, country: str) -> None:
    assert wrong(tmp_path, country) == []
    told = {row["what"] for row in check_law(country, tmp_path)}
    assert "days off are known" in told


def test_what_is_unverified_of_time_is_told(tmp_path: Path) -> None:
    told = {row["what"] for row in check_law("cn", tmp_path)}
    assert "unverified in deadlines.toml" in told
    assert "unverified in posts.csv" in told
    assert "unverified in retention.toml" in told
    assert "unverified in cn_kz/deadlines.toml" in told


@pytest.mark.parametrize(
    ("folder", "name", "change", "said"),
    [
        (
            "zz",
            "calendar.toml",
            lambda text: text.replace("[known]", "[know]"),
            "nobody reads 'know'",
        ),
        ("zz", "days.csv", lambda text: text + "2026-02-31,rest,x,Act,cited\n", "2026-02-31"),
        ("zz", "posts.csv", lambda text: text + "gate,Gate,26:00,27:00,mon,,,Act,\n", "row"),
        (
            "zz",
            "deadlines.toml",
            lambda text: text.replace("working_minutes", "fortnights"),
            "no unit is called 'fortnights'",
        ),
    ],
)
def test_a_broken_file_is_wrong_and_the_rest_is_looked_at(
    tmp_path: Path, folder: str, name: str, change: Callable[[str], str], said: str
) -> None:
    put(tmp_path, folder, name, change)
    rows = wrong(tmp_path)
    assert any(said in text for _, _, text in rows)
    assert "12 permits" in {row["what"] for row in check_law("zz", tmp_path)}
    assert len(rows) == len(set(rows))


def test_a_broken_retention_is_wrong(tmp_path: Path) -> None:
    there = law_folder("zz", tmp_path)
    there.mkdir(parents=True)
    (there / "retention.toml").write_text("[[retention.letters]]\nvalue = 3\n", "utf-8")
    ((_, what, text),) = wrong(tmp_path)
    assert what == "SP-2107"
    assert "no class is called 'letters'" in text


def test_a_broken_pair_is_wrong_once(tmp_path: Path) -> None:
    put(tmp_path, "cn_kz", "deadlines.toml", lambda text: text.replace("value = ", "worth = "))
    assert len(wrong(tmp_path, "cn")) == 1
    assert wrong(tmp_path, "kz") == []


def test_a_term_that_a_step_needs_must_be_there(tmp_path: Path) -> None:
    put(tmp_path, "zz", "deadlines.toml", lambda text: text.replace("expertise", "expertly"))
    assert [what for _, what, _ in wrong(tmp_path)] == ["deadline.expertise"]
    told = {row["what"]: row["text"] for row in check_law("zz", tmp_path)}
    assert "no step" in told["deadline.expertly"]


def test_a_term_whose_event_nobody_takes_is_wrong(tmp_path: Path) -> None:
    def change(text: str) -> str:
        return text.replace('then = "presentation_overdue"', 'then = "goods_lost"')

    put(tmp_path, "zz", "deadlines.toml", change)
    ((_, what, text),) = wrong(tmp_path)
    assert what == "deadline.presentation"
    assert "goods_lost does not exist for what is registered" in text


def test_a_home_that_agreed_deadlines_with_another_is_read(tmp_path: Path) -> None:
    assert pairs_of("cn") == ["kz"]
    assert pairs_of("zz", tmp_path) == []
    there = law_folder("kz_zz", tmp_path)
    there.mkdir(parents=True)
    (there / "deadlines.toml").write_text("[deadline]\nx = 3\n", "utf-8")
    assert pairs_of("zz", tmp_path) == ["kz"]
    assert len(wrong(tmp_path, "kz")) == 1
