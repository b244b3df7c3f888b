"""The campaign of damaged messages, as much of it as fits a test run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.formats.campaign import run, sample_roots

CASES = 500


def test_damaged_messages_are_decided_or_set_aside(shared_data: Callable[[str], Path]) -> None:
    ends = run(202205, CASES, sample_roots(shared_data("ceb-messages") / "202205"))
    assert ends.total() == CASES
    assert ends["documents"] > CASES // 10
    assert ends["SP-1107"] > CASES // 10
