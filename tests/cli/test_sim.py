"""silkport sim: what it prints, and that it says when an invariant is broken."""

from __future__ import annotations

import json
import re

import pytest
from typer.testing import CliRunner

from silkport.cli.main import app
from silkport.node.exchange import applying
from silkport.sim.corridor.running import run_seed


def invoked(*arguments: str) -> tuple[int, str]:
    """Exit code and output of `silkport sim`."""
    result = CliRunner().invoke(app, ["sim", *arguments])
    return result.exit_code, result.output


def test_command_says_what_happened() -> None:
    code, said = invoked("--seeds", "3", "--jobs", "1", "--nodes", "2")
    assert code == 0
    assert "worlds of 2 nodes" in said
    assert "3 of 3 seeds hold" in said


def test_command_as_json_gives_the_same_again() -> None:
    answers = [json.loads(invoked("--seeds", "2", "--jobs", "1", "--json")[1]) for _ in range(2)]
    for answer in answers:
        assert answer.pop("seconds") >= 0
    assert answers[0] == answers[1]
    assert answers[0]["broken"] == []


def test_command_traces_one_seed() -> None:
    code, said = invoked("--seed", "3", "--trace")
    assert code == 0
    assert "all is whole" in said
    assert run_seed(3).digest in said


def test_command_shows_a_broken_seed_and_how_to_repeat_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(applying, "RECEIPT_CODE", b"")  # acknowledges only what it can read
    code, said = invoked("--seeds", "1", "--first", "3", "--jobs", "1")
    assert code == 4
    found = re.search(r"seed 3 breaks: ([a-z ]+)", said)
    assert found is not None
    assert "silkport sim --seed 3 --trace" in said
    code, said = invoked("--seed", "3", "--json")
    assert code == 4
    assert json.loads(said)["invariant"] == found[1].strip()
