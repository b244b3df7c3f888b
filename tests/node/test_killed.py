"""Two real node processes, killed at random, the line between them cut: then compared."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.node.killing import NODES, run


@pytest.mark.slow
def test_nothing_is_lost_or_doubled(tmp_path: Path) -> None:
    course = run(tmp_path, kills=6, seed=5)
    assert course.kills == 6
    assert all(course.answered[name] for name in NODES)
    assert course.messages > 0
