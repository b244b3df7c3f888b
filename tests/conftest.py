"""What every test may use: the root of the project, data beside it, an empty home."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from silkport.node import home as home_of_nodes
from silkport.node.exchange.keys import new_vault

ROOT = Path(__file__).resolve().parent.parent
SHARED_DATA = ROOT.parent / "shared" / "data"

# A slow shared machine is not a failing test; the same examples are drawn everywhere. The whole
# suite has minutes; `./test --hypothesis-profile deep` has an hour, and draws others every time.
settings.register_profile(
    "silkport",
    deadline=None,
    derandomize=True,
    database=None,
    max_examples=25,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile(
    "deep", settings.get_profile("silkport"), derandomize=False, max_examples=2_000
)
settings.load_profile("silkport")


@pytest.fixture(scope="session")
def root() -> Path:
    """The folder of the project."""
    return ROOT


@pytest.fixture(scope="session")
def shared_data() -> Callable[[str], Path]:
    """Path of a data set beside the project; the test is skipped, and says so, without it."""

    def find(name: str) -> Path:
        path = SHARED_DATA / name
        if not path.exists():
            pytest.skip(f"the data set ../shared/data/{name} is not here; see docs/licences.md")
        return path

    return find


@pytest.fixture(scope="session", autouse=True)
def _quick_vaults() -> Iterator[None]:
    """Nodes that tests make stretch their passphrase in 3 ms instead of 100.

    Every command opens the vault; that new ones cost more than that is tested with the keys.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(home_of_nodes, "new_vault", partial(new_vault, n=2**10))
        yield


@pytest.fixture(scope="session", autouse=True)
def _same_draws() -> Iterator[None]:
    """Nodes that tests make draw the same houses for inspection in every run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(home_of_nodes, "new_secret", lambda _chance: bytes([1]) * 32)
        yield


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home directory, which is also SILKPORT_HOME for this test."""
    path = tmp_path / "home"
    monkeypatch.setenv("SILKPORT_HOME", str(path))
    return path
