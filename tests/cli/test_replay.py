"""silkport replay: what it says, what it writes, how it ends."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from tests.cli.shell import run
from tests.node.houses import BAGS, SCREWS, VARIED, Office, a_tariff, table, tampered


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    """An office whose home is SILKPORT_HOME."""
    office = Office(tmp_path)
    monkeypatch.setenv("SILKPORT_HOME", str(office.home))
    return office


@pytest.fixture
def out(office: Office) -> Path:
    return office.decide(*VARIED)


def test_nothing_differs(office: Office, out: Path) -> None:
    result = run("replay", out)
    assert result.code == 0
    assert "3 decisions, 7 goods lines replayed" in result.out
    assert "No amount differs." in result.out
    found = run("replay", office.home, "--as", "zz", "--json").json
    assert (found["decisions"], found["lines"], found["differences"]) == (3, 0, [])
    assert run("replay", out, "--as", "kz", "--json").json["decisions"] == 0


def test_a_difference_exits_4_and_is_written(out: Path, tmp_path: Path) -> None:
    tampered(out, "assessed", pl.col("excise_minor") > 0, excise_minor=34)
    result = run("replay", out)
    assert result.code == 4
    line = "zz-XNJBGDPJ9PR5S7DD line 4 2203000100 excise: 0.34 XTS then, 120.00 XTS now (assessed)"
    assert line in result.out
    assert "1 amounts differ" in result.out
    (row,) = run("replay", out, "--json").json["differences"]
    assert (row["levy"], row["then_minor"], row["now_minor"]) == ("excise", 34, 12000)
    for suffix, read in ((".csv", pl.read_csv), (".parquet", pl.read_parquet)):
        target = tmp_path / f"differences{suffix}"
        assert run("replay", out, "--out", target).code == 4
        assert read(target)["line"].to_list() == [4]
        assert not list(tmp_path.glob(".differences*"))


def test_many_differences_are_counted(out: Path) -> None:
    tampered(out, "assessed", pl.col("gnum") > 0, **{f"{x}_minor": 1 for x in ("duty", "vat")})
    tampered(out, "tax_lines", pl.col("line") > 0, amount_minor=1)
    result = run("replay", out)
    assert "more; --out writes them all" in result.out
    assert len(run("replay", out, "--json").json["differences"]) > 20


def test_a_missing_edition_exits_4(office: Office, out: Path, tmp_path: Path) -> None:
    result = run("replay", out, "--home", tmp_path / "elsewhere")
    assert result.code == 4
    assert "Not replayed: 3 decisions, zz-" in result.out
    assert "of the law of zz is not kept in" in result.words


def test_another_law(out: Path, tmp_path: Path) -> None:
    new = a_tariff(tmp_path / "new.csv", f"{SCREWS};10;", f"{BAGS};15;")
    result = run("replay", out, "--law", new, "--by-chapter")
    assert result.code == 0
    assert "7 goods lines under new.csv instead of their own law" in result.out
    for words in ("chapter", "Codes that change most", "ASS201 held up under the new law"):
        assert words in result.out
    assert "chapter" not in run("replay", out, "--law", new).out
    found = run("replay", out, "--law", new, "--json").json
    duty = next(row for row in found["levies"] if row["levy"] == "duty")
    assert duty["difference_minor"] == 50_00 + 9_67  # 5 % more of 1000.00 and of 193.33
    assert [row["chapter"] for row in found["chapters"]] == ["", "42", "73"]
    assert found["movers"][0]["hs_code"] == SCREWS
    for suffix, read in ((".csv", pl.read_csv), (".parquet", pl.read_parquet)):
        target = tmp_path / f"chapters{suffix}"
        assert run("replay", out, "--law", new, "--out", target).code == 0
        assert read(target)["difference_minor"].sum() == found["levies"][-1]["difference_minor"]
    digest = table(out, "decisions")["law_digest"][0]
    assert run("replay", out, "--law", digest[:10], "--json").json["movers"] == []


def test_a_law_that_is_refused_exits_1(out: Path, tmp_path: Path) -> None:
    wrong = a_tariff(tmp_path / "new.csv", f"{SCREWS};ten;")
    result = run("replay", out, "--law", wrong)
    assert (result.code, "row 2, rate" in result.words) == (1, True)
    result = run("replay", out, "--law", "0123")
    assert (result.code, "SP-2114" in result.words) == (1, True)


def test_damaged_files_exit_4_and_say_nothing_else(out: Path) -> None:
    path = out / "assessed.parquet"
    path.write_bytes(path.read_bytes()[:-100])
    for more in ((), ("--json",), ("--law", "0123")):
        result = run("replay", out, *more)
        assert (result.code, result.out) == (4, "")
        assert "SP-1101" in result.words
        assert "assessed.parquet" in result.words.replace(" ", "")


def test_wrong_usage(out: Path, tmp_path: Path) -> None:
    assert run("replay").code == 2
    assert run("replay", out, "--as", "xx").code == 2
    assert run("replay", out, "--by-chapter").code == 2
    assert run("replay", out, "--out", tmp_path / "differences.txt").code == 2
    assert run("replay", out, "--out", tmp_path / "none" / "x.csv").code == 1
    assert run("replay", tmp_path / "none").code == 4
