"""silkport law load, diff and search: what they say, what they write, how they end."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.shell import Result, run

HEADER = "hs,kind,origin,producer,rate,season,unit,footnote,name,start,stop,source,confidence\n"
AS = ("--as", "kz")


def a_file(folder: Path, *rows: str) -> Path:
    path = folder / "published.csv"
    path.write_text(HEADER + "".join(f"{row},,,,cited\n" for row in rows))
    return path


def load(path: Path, *more: object) -> Result:
    return run("law", "load", "tariff", path, *AS, "--source", "CCT", *more)


@pytest.fixture
def loaded(home: Path, tmp_path: Path) -> Path:
    """A home with a small tariff of two days."""
    shirts = "6105100000,duty,,,{},,H87,1),cotton shirts"
    apples = "0808108001,duty,,,0.03 EUR per 1 kg,01-01..03-31,,,apples"
    remedy = "6105,antidumping,XA,Bo & Co,20,,,,"
    path = a_file(tmp_path, shirts.format(15), apples, remedy, "0101,duty,,,5,,,,horses")
    assert load(path, "--start", "2026-03-08").code == 0
    path = a_file(tmp_path, shirts.format(20), apples, remedy)
    assert load(path, "--start", "2026-09-01").code == 0
    return home


def test_load_says_what_changes(home: Path, tmp_path: Path) -> None:
    path = a_file(tmp_path, "6105100000,duty,,,15,,H87,,cotton [b] shirts")
    arguments = ("law", "load", "tariff", path, *AS, "--source", "CCT", "--start", "2026-03-08")
    tried = run(*arguments, "--dry-run")
    assert tried.code == 0
    assert "added 1" in tried.out
    assert "cotton [b] shirts: 15" in tried.out
    assert "Nothing was written" in tried.out
    assert not home.exists()
    first = run(*arguments, "--json").json
    assert first["counts"]["added"] == first["rows"] == 1
    assert first["written"]
    assert first["examples"][0]["new"] == "15"
    assert "Nothing changes" in run(*arguments).out
    again = run(*arguments, "--json").json
    assert (again["written"], again["law"]) == (False, first["law"])


def test_a_refused_file_exits_4_and_names_the_row(home: Path, tmp_path: Path) -> None:
    path = a_file(tmp_path, "61,duty,,,0.05,,,,", "62,duty,,,5 of 10,,,,")
    for more in ((), ("--json",)):
        result = run(
            "law", "load", "tariff", path, *AS, "--source", "x", "--start", "2026-01-01", *more
        )
        assert result.code == 4
        assert "SP-2111" in result.words
        assert "row 2, rate" in result.words
        assert "row 3, rate" in result.words
        assert result.out == ""
    assert not home.exists()
    for kind in ("rates", "names"):
        result = run("law", "load", kind, path, *AS, "--source", "x")
        assert result.code == 4
        assert "SP-211" in result.words


def test_wrong_usage(home: Path, tmp_path: Path) -> None:
    path = a_file(tmp_path, "61,duty,,,5,,,,")
    assert run("law", "load", "tariff", path, "--as", "xx", "--source", "x").code == 2
    assert run("law", "load", "tariff", path, *AS, "--start", "8 March").code == 2
    assert "--start" in run("law", "load", "tariff", path, *AS, "--source", "x").words
    assert run("law", "load", "tariff", tmp_path / "none.csv", *AS).code == 4


def test_search(loaded: Path) -> None:
    at = ("--at", "2026-09-01")
    result = run("law", "search", "SHIRTS cotton", *AS, *at)
    assert result.code == 0
    assert "6105100000  20  pieces  1)" in result.out
    rows = run("law", "search", "shirt", *AS, *at, "--json").json
    assert [(row["hs"], row["rate"], row["source"]) for row in rows] == [
        ("6105100000", "20", "CCT")
    ]
    remedy = run("law", "search", "6105", *AS, *at)
    assert "antidumping  XA  Bo & Co  20" in remedy.out
    season = run("law", "search", "apples", *AS, *at, "--lang", "ru")
    assert "0,03 евро за 1 кг  с 1 января по 31 марта" in season.out
    assert run("law", "search", "horses", *AS, "--at", "2026-08-31").code == 0
    for query, day in (("horses", "2026-09-01"), ("shirts", "2020-01-01"), ("", "2026-09-01")):
        nothing = run("law", "search", query, *AS, "--at", day)
        assert nothing.code == 4
        assert "law load names" in nothing.out


def test_search_without_a_tariff(home: Path) -> None:
    result = run("law", "search", "shirts", *AS)
    assert result.code == 1
    assert "SP-2113" in result.words


def test_names_help_to_find(loaded: Path, tmp_path: Path) -> None:
    names = tmp_path / "names.csv"
    names.write_text("hs,name\n6105,мужские рубашки\n")
    arguments = ("law", "load", "names", names, *AS, "--source", "x", "--lang", "ru")
    assert run(*arguments, "--json").json["rows"] == 1
    assert "Nothing changes" in run(*arguments).out
    found = run("law", "search", "рубашки", *AS, "--at", "2026-09-01", "--lang", "ru")
    assert "мужские рубашки > cotton shirts" in found.out


def test_diff(loaded: Path) -> None:
    arguments = ("law", "diff", *AS, "--from", "2025-12-31", "--to", "2026-09-01")
    found = run(*arguments, "--json").json
    assert found["counts"]["added"] == 3
    assert found["parameters"], "the values of law differ between these days too"
    assert run(*arguments).code == 0
    result = run("law", "diff", *AS, "--from", "2026-08-31", "--to", "2026-09-01")
    assert "removed 1  up 1" in result.out
    assert "0101  horses: 5 (to before 2026-09-01) -> –" in result.out
    assert "6105100000  cotton shirts: 15 (to before 2026-09-01) -> 20" in result.out
    same = run("law", "diff", *AS, "--from", "2026-09-01", "--to", "2026-09-01", "--json").json
    assert (same["rates"], same["parameters"], same["counts"]["same"]) == ([], [], 3)


def test_diff_without_a_tariff(home: Path) -> None:
    found = run("law", "diff", *AS, "--from", "2025-01-01", "--to", "2026-07-01", "--json").json
    assert found["rates"] == []


def test_rates(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "rates.csv"
    path.write_text("date,currency,nominal,rate\n2026-10-19,USD,1,450\n2026-10-19,UZS,100,3.7\n")
    arguments = ("law", "load", "rates", path, *AS, "--source", "bank")
    tried = run(*arguments, "--dry-run")
    assert "Nothing was written" in tried.out
    assert not home.exists()
    shown = run(*arguments)
    assert (shown.code, "added 2" in shown.out, "USD UZS" in shown.out) == (0, True, True)
    again = run(*arguments, "--json").json
    assert (again["counts"]["same"], again["written"]) == (2, False)
    assert run(*arguments, "--through", "PLN").code == 4


def test_a_decision_is_made_and_kept_by_the_loaded_law(loaded: Path) -> None:
    rows = {row["administration"]: row for row in run("law", "list", "--json").json}
    other = {row["administration"]: row for row in _rows_of(loaded / "none")}
    assert rows["kz"]["digest"] != other["kz"]["digest"]
    assert rows["cn"]["digest"] == other["cn"]["digest"]


def _rows_of(home: Path) -> list[dict[str, str]]:
    rows: list[dict[str, str]] = run("law", "list", "--home", home, "--json").json
    return rows


def test_the_show_of_the_issue(
    shared_data: Callable[[str], Path], home: Path, tmp_path: Path
) -> None:
    path = shared_data("eaeu-ett/eaeu_ett_10digit.csv")
    show = ("law", "load", "tariff", path, *AS, "--source", "EEC CCT", "--start", "2026-03-08")
    assert run(*show, "--json").json["counts"]["added"] == 12_600
    english = shared_data("hs-text/hs2022_en.csv")
    run("law", "load", "names", english, *AS, "--source", "HS 2022")
    found = run("law", "search", "cotton shirts", *AS, "--at", "2026-07-01")
    assert "6105100000  1.75 EUR per 1 kg  pieces" in found.out
    assert "EEC CCT" in found.out
