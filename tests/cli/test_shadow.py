"""silkport shadow: what it says, in four languages, as JSON and as a page; what it leaves alone."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from tests.cli.shell import run
from tests.node.houses import Office
from tests.node.test_shadow import HEAVY, SOUND, decisions, written_to


@pytest.fixture
def inputs(tmp_path: Path) -> Path:
    folder = tmp_path / "in"
    written_to(folder, SOUND, HEAVY)
    decisions(
        folder / "decisions.csv",
        {"number": "ZZ-2026-1/1", "outcome": "released", "vat": "1.00"},
        {"number": "ZZ-2026-1/2", "outcome": "released", "reason": "<b>looked</b> [red]well"},
    )
    return folder


def digests(folder: Path) -> dict[str, str]:
    """Every file of a folder with its digest."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_the_report_on_the_screen(inputs: Path, tmp_path: Path) -> None:
    result = run("shadow", inputs, "--as", "zz", "--home", tmp_path / "none")
    assert result.code == 0
    for said in (
        "Shadow report: ZZ, as of 2026-10-01",
        "released → refused: CHK257",
        "VAT: another amount",
        "VAT = base of VAT × rate of VAT",
        "Zerafshan Tax Act",
        "<b>looked</b> [red]well",
    ):
        assert said in result.out, said
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("language", ["en", "zh", "ru", "kk"])
def test_every_language_has_a_screen_and_a_page(
    inputs: Path, tmp_path: Path, language: str
) -> None:
    page = tmp_path / "report.html"
    about = ("shadow", inputs, "--as", "zz", "--home", tmp_path / "none", "--lang", language)
    assert "CHK257" in run(*about).out
    assert run(*about, "--html", page).code == 0
    text = page.read_text("utf-8")
    assert "CHK257" in text
    assert "&lt;b&gt;looked&lt;/b&gt;" in text
    assert "<b>looked" not in text
    assert "<script" not in text


def test_the_home_and_the_inputs_are_untouched(tmp_path: Path, inputs: Path) -> None:
    office = Office(tmp_path / "office")
    office.decide(SOUND)
    before = digests(office.home), digests(inputs)
    about = ("shadow", inputs, "--as", "zz", "--home", office.home, "--json")
    first, again = run(*about), run(*about)
    assert (digests(office.home), digests(inputs)) == before
    assert first.out == again.out
    assert first.json["whole"]["declarations"] == 2


def test_as_json(inputs: Path, tmp_path: Path) -> None:
    found = run("shadow", inputs, "--as", "zz", "--home", tmp_path / "none", "--json").json
    assert found["as_of"] == "2026-10-01"
    assert found["days"][0] | {"off_minor": 0} == found["whole"] | {
        "day": "2026-10-01",
        "off_minor": 0,
    }
    (group,) = found["decided"]
    assert (group["code"], group["old"], group["ours"]) == ("CHK257", "released", "refused")
    (amount,) = found["charged"]
    (example,) = amount["examples"]
    assert example["old_minor"] == 100
    assert example["difference_minor"] == found["whole"]["off_minor"]
    assert example["payments"][0]["rate_ppm"] == 120_000
    assert example["proof"]
    assert json.dumps(found)


def test_examples_are_as_many_as_asked_for(inputs: Path, tmp_path: Path) -> None:
    about = ("shadow", inputs, "--as", "zz", "--home", tmp_path / "none", "--json")
    for count in (0, 1):
        found = run(*about, "--examples", count).json
        assert [len(group["examples"]) for group in found["decided"]] == [count]


def test_what_is_unreadable_exits_4(inputs: Path, tmp_path: Path) -> None:
    (inputs / "noise.csv").write_bytes(bytes(range(256)))
    result = run("shadow", inputs, "--as", "zz", "--home", tmp_path / "none")
    assert result.code == 4
    assert "Could not be read: 1" in result.out
    assert "CHK257" in result.out


def test_risk_reasons_are_for_officers(tmp_path: Path) -> None:
    round_price = written_to(tmp_path / "in", SOUND)
    decisions(tmp_path / "in" / "old.csv", {"number": "ZZ-2026-1/1", "outcome": "held"})
    about = ("shadow", round_price.parent, "--as", "zz", "--home", tmp_path / "none")
    assert "RSK" not in run(*about).out
    assert "RSK" not in run(*about, "--json").out


def test_the_template_is_read_back(tmp_path: Path) -> None:
    for suffix in ("csv", "xlsx", "parquet"):
        path = tmp_path / f"decisions.{suffix}"
        assert run("shadow", "--template", path).code == 0
    header = (tmp_path / "decisions.csv").read_text("utf-8").split(",")
    assert header[:3] == ["decided.number", "decided.declarant", "decided.outcome"]


def test_wrong_usage() -> None:
    assert run("shadow").code == 2
    assert run("shadow", "--as", "zz").code == 2
