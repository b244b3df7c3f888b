"""The command line: exit codes, JSON, four languages, and what officers alone may see."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from silkport.cli.main import every_command
from silkport.cli.options import word
from tests.cli.shell import run
from tests.node.days import ORDER, changed, first_orders, lawful, sample_day

LANGUAGES = ("en", "zh", "ru", "kk")
DAY = "2026-09-16"
COMMANDS = ("clear", "explain", "trace", "rules", "law list", "law check", "law show", "sample")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sample day, cleared by both sides into one home."""
    folder = tmp_path_factory.mktemp("cli")
    sample_day(folder / "day", parcels=1_000)
    for administration in ("cn", "kz"):
        out = folder / administration
        arguments = ("--as", administration, "--day", DAY, "--home", folder / "home", "--out", out)
        assert run("clear", folder / "day", *arguments, "--json").code == 0
    return folder


@pytest.fixture(scope="module")
def decisions(place: Path) -> pl.DataFrame:
    return pl.read_parquet(place / "cn" / "decisions.parquet")


def one_of(decisions: pl.DataFrame, outcome: str) -> dict[str, Any]:
    rows = decisions.filter((pl.col("outcome") == outcome) & (pl.col("direction") == "import"))
    return rows.filter(pl.col("logistics_no") != "").sort("total_minor").to_dicts()[-1]


def test_clear_says_what_it_did(place: Path, tmp_path: Path) -> None:
    arguments = ("--as", "cn", "--day", DAY, "--home", tmp_path / "home")
    for language in LANGUAGES:
        result = run(
            "clear", place / "day", *arguments, "--lang", language, "--out", tmp_path / "o"
        )
        assert result.code == 0
        assert "1,000" in result.out
        assert "silkport explain cn-" in result.out
        assert "✗" not in result.out
        assert "{" not in result.out
        assert result.err.strip() == ""


def test_clear_as_json(place: Path, tmp_path: Path) -> None:
    result = run("clear", place / "day", "--as", "kz", "--day", DAY, "--home", tmp_path, "--json")
    assert result.code == 0
    summary = result.json
    assert sum(summary["outcomes"].values()) == 1_000
    assert summary["administration"] == "kz"
    assert summary["processing_day"] == DAY
    assert summary["set_aside"] == 0


def test_clear_decides_the_rest_and_exits_4(place: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.csv").write_text("a,b\n1,2\n")
    arguments = ("--as", "cn", "--day", DAY, "--home", tmp_path / "home")
    result = run("clear", tmp_path / "bad.csv", place / "day", *arguments)
    assert result.code == 4
    assert "SP-1102" in result.words
    assert "bad.csv" in result.words
    assert "1,000" in result.out
    assert run("clear", tmp_path / "bad.csv", *arguments).code == 4


def test_an_empty_folder_holds_nothing_to_read(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    result = run("clear", tmp_path / "empty", "--as", "cn", "--home", tmp_path / "home")
    assert result.code == 4
    assert "SP-1106" in result.words


WRONG = {
    "no administration": ("clear", "DAY"),
    "unknown administration": ("clear", "DAY", "--as", "xx"),
    "missing file": ("clear", "/nowhere/at/all", "--as", "cn"),
    "no input": ("clear", "--as", "cn"),
    "bad day": ("clear", "DAY", "--as", "cn", "--day", "16.09.2026"),
    "no such day": ("clear", "DAY", "--as", "cn", "--day", "2026-02-30"),
    "a day no table holds": ("clear", "DAY", "--as", "cn", "--day", "9999-12-31"),
    "a day before all days": ("clear", "DAY", "--as", "cn", "--day", "0001-01-01"),
    "bad language": ("clear", "DAY", "--as", "cn", "--lang", "de"),
    "unknown option": ("clear", "DAY", "--as", "cn", "--fast"),
    "nothing to explain": ("explain",),
    "two things to explain": ("explain", "A1", "--example", "refused"),
    "nothing to trace": ("trace",),
    "rules without a day": ("rules",),
    "rules on no day": ("rules", "--at", "today"),
    "no parcels": ("sample", "--parcels", "0", "--out", "OUT"),
    "unknown command": ("clean",),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_usage_exits_2(place: Path, tmp_path: Path, name: str) -> None:
    places = {"DAY": place / "day", "OUT": tmp_path / "out"}
    arguments = [places.get(argument, argument) for argument in WRONG[name]]
    home = ("--home", tmp_path / "home") if arguments[0] in {"clear", "explain", "trace"} else ()
    result = run(*arguments, *home)
    assert result.code == 2
    assert result.err.strip()
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("outcome", ["refused", "released", "pending", "held"])
def test_explain_by_every_number(
    place: Path, decisions: pl.DataFrame, language: str, outcome: str
) -> None:
    one = one_of(decisions, outcome)
    for column in ("parcel_id", "order_no", "logistics_no"):
        home = ("--home", place / "home", "--lang", language)
        result = run("explain", one[column], *home)
        assert result.code == 0
        assert one["parcel_id"] in result.out
        assert not set("{}") & set(result.out)
        assert "None" not in result.out
        if column == "parcel_id":
            unfolded = run("explain", one[column], *home, "--json").json[0]
            assert unfolded["decision"]["outcome"] == outcome
            for reason in unfolded["reasons"]:
                assert len(reason["sentence"]) > 5
                assert not set("{}?") & set(reason["sentence"]), reason["sentence"]
            if outcome in {"refused", "pending"}:
                assert unfolded["reasons"]
                assert all(reason["source"] for reason in unfolded["reasons"])


def test_every_refused_parcel_can_be_explained(place: Path, decisions: pl.DataFrame) -> None:
    """In every language each reason has a sentence with its facts filled in."""
    rows = decisions.filter(pl.col("outcome") != "released")["parcel_id"].to_list()[::4]
    for number, parcel_id in enumerate(rows):
        language = LANGUAGES[number % 4]
        arguments = ("--home", place / "home", "--json", "--lang", language, "--officer")
        unfolded = run("explain", parcel_id, *arguments).json[0]
        for reason in unfolded["reasons"]:
            assert len(reason["sentence"]) > 5, reason
            assert not set("{}") & set(reason["sentence"]), reason
            assert "?" not in reason["sentence"], reason


def test_amounts_unfold_to_what_was_decided(place: Path, decisions: pl.DataFrame) -> None:
    taxed = run("explain", "--example", "taxed", "--home", place / "home", "--json").json[0]
    decision = taxed["decision"]
    assert decision["total_minor"] > 0
    assert decision["outcome"] in {"released", "held"}
    for levy in ("duty", "excise", "vat", "fee"):
        amounts = [one["minor"] for one in taxed["amounts"] if one["name"] == levy]
        assert sum(amounts) == decision[f"{levy}_minor"]
    assert taxed["same_law"]
    assert all(one["proof"]["steps"] for one in taxed["amounts"])


@pytest.mark.parametrize("kind", ["refused", "taxed", "held", "pending", "released"])
def test_examples(place: Path, kind: str) -> None:
    assert run("explain", "--example", kind, "--home", place / "home").code == 0


@pytest.mark.parametrize("command", ["explain", "trace"])
@pytest.mark.parametrize("unknown", ["nothing", "cn-0000000000000000", "cn-", "[/x]", "%", "кк"])
def test_what_is_not_known(place: Path, command: str, unknown: str) -> None:
    result = run(command, unknown, "--home", place / "home")
    assert result.code == 1
    assert "SP-4102" in result.words
    assert unknown in result.words


def test_no_example_and_no_home(place: Path, tmp_path: Path) -> None:
    for arguments in (
        ("--example", "nonsense", "--home", place / "home"),
        ("--example", "refused", "--home", tmp_path / "none"),
    ):
        result = run("explain", *arguments)
        assert (result.code, "SP-4102" in result.words) == (1, True)
    assert not (tmp_path / "none").exists()


def test_risk_is_for_officers(place: Path) -> None:
    findings = pl.read_parquet(place / "cn" / "findings.parquet")
    parcel_id = findings.filter(pl.col("effect") == "risk")["parcel_id"].sort()[0]
    explain = ("explain", parcel_id, "--home", place / "home")
    trace = ("trace", parcel_id, "--home", place / "home", "--json")
    plain, officer = (run(*explain, "--json", *o).json[0] for o in ((), ("--officer",)))
    assert not {"lane", "risk_score"} & set(plain["decision"])
    assert "RSK" not in json.dumps(plain)
    assert {"lane", "risk_score"} <= set(officer["decision"])
    assert any(reason["code"].startswith("RSK") for reason in officer["reasons"])
    assert "RSK" not in run(*explain).out
    assert word("lane", "en") not in run(*explain).out.split()
    shown = run(*explain, "--officer").out
    assert "RSK" in shown
    assert officer["decision"]["lane"] in shown
    screens = [
        {row["stage"]: row["happened"] for row in run(*trace, *o).json[0]["stages"]}["screen"]
        for o in ((), ("--officer",))
    ]
    assert not {"green", "yellow", "red", "lane"} & set(screens[0].split())
    assert "RSK" not in screens[0]
    assert officer["decision"]["lane"] in screens[1]


def test_trace_shows_every_stage(place: Path, decisions: pl.DataFrame) -> None:
    one = one_of(decisions, "released")
    home = ("--home", place / "home")
    traced = run("trace", one["parcel_id"], *home, "--json").json[0]
    stages = [row["stage"] for row in traced["stages"]]
    assert stages == "declare check match value assess screen settle release".split()
    happened = {row["stage"]: row["happened"] for row in traced["stages"]}
    assert "parcels-0001.parquet" in happened["declare"]
    assert happened["release"] == f"released on {DAY}"
    for column in ("order_no", "logistics_no", "parcel_id"):
        result = run("trace", one[column], *home)
        assert result.code == 0
        assert one["parcel_id"] in result.out


def test_marks_in_names_and_cells_are_shown_as_they_are(place: Path, tmp_path: Path) -> None:
    """What looks like markup in a file's name, header or cell is text, not a crash."""
    folder = tmp_path / "in["
    folder.mkdir()
    rows = lawful(place / "day", direction="I")
    one = changed(first_orders(rows, 1), inventory__goods_note="[/x]", line__price="[/red]")
    one.rename({"inventory.goods_note": "[/bold]new"}).write_csv(folder / "[b].csv")
    home = ("--home", tmp_path / "home")
    result = run("clear", folder / "[b].csv", "--as", "cn", "--day", DAY, *home, "--out", folder)
    assert result.code == 0
    assert "[/bold]new" in result.words
    order = one[ORDER][0]
    assert "[b].csv" in run("trace", order, *home).words
    assert run("explain", order, *home).code == 0
    missing = run("clear", folder / "[/x].csv", "--as", "cn", *home)
    assert missing.code == 2


@pytest.mark.parametrize("given", ["option", "variable", "default"])
def test_where_the_state_lives(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SILKPORT_HOME", "" if given == "default" else str(tmp_path / "variable"))
    option = ("--home", tmp_path / "option") if given == "option" else ()
    lawful(place / "day").head(3).write_csv(tmp_path / "in.csv")
    assert run("clear", tmp_path / "in.csv", "--as", "cn", "--day", DAY, *option).code == 0
    wanted = {"option": "option", "variable": "variable", "default": "silkport-data"}[given]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(["in.csv", wanted])
    assert run("explain", "--example", "released", *option).code == 0


def test_a_home_in_use(place: Path, tmp_path: Path) -> None:
    from silkport.node.store.segments import Store

    with Store(tmp_path / "home" / "cn"):
        result = run("clear", place / "day", "--as", "cn", "--home", tmp_path / "home")
    assert result.code == 1
    assert "SP-4104" in result.words


def test_in_a_process_of_its_own(place: Path, tmp_path: Path, root: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(root / "src"), "SILKPORT_HOME": str(tmp_path)}

    def call(*arguments: object) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "silkport.cli.main", *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)

    cleared = call("clear", place / "day", "--as", "cn", "--day", DAY, "--json")
    assert (cleared.returncode, cleared.stderr.strip()) == (0, "")
    assert json.loads(cleared.stdout)["outcomes"]
    unknown = call("explain", "nothing")
    assert unknown.returncode == 1
    assert "SP-4102" in unknown.stderr
    assert unknown.stdout == ""


def test_a_similar_command_is_suggested() -> None:
    result = run("claer")
    assert result.code == 2
    assert "Did you mean 'clear'" in result.words


@cache
def all_commands() -> dict[str, Any]:
    group = every_command()
    found = {}
    for name, command in group.commands.items():
        found[name] = command
        for inner, sub in getattr(command, "commands", {}).items():
            found[f"{name} {inner}"] = sub
    return found


@pytest.mark.parametrize("name", sorted(all_commands()))
def test_every_command_has_help_with_a_first_sentence(name: str) -> None:
    result = run(*name.split(), "--help")
    assert result.code == 0
    assert re.search(r"[A-Z][^\n]{15,}\.", result.out)
    first = (all_commands()[name].help or "").strip().split("\n\n")[0]
    assert first.endswith((".", ":"))


def test_all_commands_are_there(shared_data: Callable[[str], Path]) -> None:
    assert {*COMMANDS, "template"} <= set(all_commands())
    told = run("--help")
    assert told.code == 0
    assert [name for name in all_commands() if name.split()[0] not in told.out] == []
