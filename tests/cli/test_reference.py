"""Commands that look things up or write: rules, law, template, sample; and real messages."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from lxml import etree

from silkport.formats.ceb.catalogue import SHAPES
from silkport.formats.ceb.validity import structural_faults
from silkport.formats.headers import FIELDS
from silkport.formats.writing import WRITERS
from silkport.law.sentences import LANGUAGES
from tests.cli.shell import run
from tests.formats.samples import read_all


@pytest.mark.parametrize("administration", ["cn", "kz", "zz"])
def test_rules_in_force(administration: str) -> None:
    result = run("rules", "--at", "2026-07-01", "--as", administration, "--json")
    assert result.code == 0
    assert len(result.json) >= 25
    for rule in result.json:
        assert rule["source"]
        assert rule["sentence"]
    shown = run("rules", "--at", "2026-07-01", "--as", administration)
    assert shown.code == 0
    assert all(rule["code"] in shown.out for rule in result.json)


@pytest.mark.parametrize("language", LANGUAGES)
def test_rules_in_four_languages(language: str) -> None:
    rules = run("rules", "--at", "2026-07-01", "--as", "cn", "--lang", language, "--json").json
    assert not any(set("{}?") & set(rule["sentence"] + rule["fix"]) for rule in rules)


@pytest.mark.parametrize("day", ["1900-01-01", "1970-01-01", "0001-01-01"])
def test_no_rules_in_force(day: str) -> None:
    result = run("rules", "--at", day, "--as", "kz", "--json")
    assert (result.code, result.json) == (4, [])
    assert run("rules", "--at", day, "--as", "kz").code == 4


def test_law_list() -> None:
    rows = run("law", "list", "--json").json
    assert [row["administration"] for row in rows] == ["cn", "kz", "zz"]
    assert all(row["regimes"] and row["rules"] and row["values"] for row in rows)
    shown = run("law", "list")
    assert shown.code == 0
    assert all(row["administration"] in shown.out for row in rows)
    values = run("law", "list", "--as", "kz", "--at", "2026-07-01", "--json").json
    assert all(value["in_force"] and value["source"] for value in values)
    assert run("law", "list", "--as", "kz", "--at", "2026-07-01").code == 0


def test_law_check() -> None:
    result = run("law", "check", "--json")
    assert result.code == 0
    assert {row["kind"] for row in result.json} <= {"told"}
    assert run("law", "check").code == 0


def test_law_show() -> None:
    listed = run("law", "list", "--as", "cn", "--at", "2026-07-01", "--json").json
    for value in listed[:8]:
        name = value["param"]
        rows = run("law", "show", name, "--at", "2026-07-01", "--as", "cn", "--json").json
        assert [row["value"] for row in rows if row["param"] == name and row["in_force"]] == [
            value["value"]
        ]
    shown = run("law", "show", listed[0]["param"], "--at", "2026-07-01", "--as", "cn")
    assert shown.code == 0
    assert listed[0]["value"] in shown.out


@pytest.mark.parametrize(
    ("param", "day", "code"), [("nothing", "2026-01-01", 1), ("annual_limit", "1900-01-01", 1)]
)
def test_law_show_of_what_is_not_in_force(param: str, day: str, code: int) -> None:
    result = run("law", "show", param, "--at", day, "--as", "cn")
    assert result.code == code
    assert "SP-2104" in result.words
    assert day in result.words


@pytest.mark.parametrize("suffix", WRITERS)
def test_template(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"empty{suffix}"
    assert run("template", "--out", path).code == 0
    read = read_all(path)
    assert [found.code for found in read.problems] == []
    assert all(table.is_empty() for table in read.tables.values())
    result = run("clear", path, "--as", "cn", "--home", tmp_path / "home", "--day", "2026-09-16")
    assert result.code in {0, 4}
    assert "Traceback" not in result.err


def test_template_as_a_guide() -> None:
    guide = run("template", "--json").json
    assert [row["column"] for row in guide] == list(FIELDS)
    assert all(row["meaning"] for row in guide)
    shown = run("template")
    assert shown.code == 0
    assert "inventory.order_no" in shown.out


@pytest.mark.parametrize("name", ["new/folder/empty.csv", "new/empty.xlsx"])
def test_a_template_in_a_new_folder(tmp_path: Path, name: str) -> None:
    assert run("template", "--out", tmp_path / name).code == 0
    assert (tmp_path / name).is_file()


@pytest.mark.parametrize(
    "path", ["empty.pdf", "empty", "/dev/full/a.csv", "/dev/full/a.xlsx", "/proc/a.ndjson"]
)
def test_a_template_that_cannot_be_written(tmp_path: Path, path: str) -> None:
    result = run("template", "--out", tmp_path / path)
    assert result.code in {1, 2, 4}
    assert path.rsplit("/", 1)[0] in result.words
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("suffix", ["parquet", "csv", "ndjson", "arrow", "xlsx"])
def test_sample_and_clear(tmp_path: Path, suffix: str) -> None:
    day = tmp_path / "day"
    arguments = ("--parcels", 40, "--seed", 3, "--suffix", suffix)
    result = run("sample", *arguments, "--out", day)
    assert result.code == 0
    assert "silkport clear" in result.words
    cleared = run(
        "clear", day, "--as", "cn", "--home", tmp_path / "home", "--day", "2026-09-16", "--json"
    )
    assert cleared.code == 0
    assert sum(cleared.json["outcomes"].values()) == 40


def test_the_same_seed_gives_the_same_day(tmp_path: Path) -> None:
    for name in ("one", "two"):
        assert run("sample", "--parcels", 60, "--seed", 9, "--out", tmp_path / name).code == 0
    one, two = (
        {path.name: path.read_bytes() for path in (tmp_path / name).iterdir()}
        for name in ("one", "two")
    )
    assert one == two


@pytest.mark.parametrize("arguments", [("--seed", "-1"), ("--suffix", "pdf")])
def test_a_sample_that_cannot_be(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    result = run("sample", *arguments, "--out", tmp_path / "day")
    assert result.code in {2, 4}
    assert result.err.strip()
    assert not (tmp_path / "day").exists()


def test_the_official_messages(shared_data: Callable[[str], Path], tmp_path: Path) -> None:
    """Every message of the published samples is read, decided where it is one, and answered."""
    folder = shared_data("ceb-messages") / "202205" / "import"
    arguments = ("clear", folder, "--as", "cn", "--home", tmp_path / "home", "--day", "2026-09-16")
    result = run(*arguments, "--out", tmp_path / "out", "--json")
    assert result.code == 0, result.err
    summary = result.json
    kinds = {path.name.removesuffix("Message.xml") for path in folder.glob("CEB*.xml")}
    sent = {kind for kind in kinds if SHAPES[kind].answer}
    assert set(summary["receipts_read"]) == kinds - sent
    assert set(summary["receipts_written"]) == {SHAPES[kind].answer for kind in sent}
    assert summary["receipts_written"]["CEB514"] == 10  # one guid in all ten, as published
    received = {name.split()[0] for name in summary["documents"]}
    assert received == {"inventory", "order", "payment", "waybill", "withdrawal", "movement"}
    documents = pl.read_parquet(tmp_path / "out" / "documents.parquet")
    assert {Path(source).name[:6] for source in documents["source"]} == sent
    answers = [*(tmp_path / "out" / "receipts").rglob("*.xml")]
    assert {path.name[:6] for path in answers} == set(summary["receipts_written"])
    for path in answers:
        root = etree.parse(path).getroot()
        assert structural_faults(root, SHAPES[path.name[:6]]) == []
    decisions = pl.read_parquet(tmp_path / "out" / "decisions.parquet")
    inventories = documents.filter(pl.col("kind") == "inventory")
    assert set(decisions["order_no"]) == set(inventories["order_no"])
    again = run(*arguments, "--out", tmp_path / "again", "--json")
    assert (again.code, again.json["standing"]) == (0, decisions.height)
    for order in decisions["order_no"]:
        found = run("explain", order, "--home", tmp_path / "home", "--json")
        assert found.code == 0
        assert json.loads(found.out)[0]["reasons"]
