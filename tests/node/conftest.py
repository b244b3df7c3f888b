"""Post of one sample, and an office that takes it, for the tests of messages."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.node.days import outcomes
from tests.node.post import ARRIVED, Office, Post, a_post, mail


@pytest.fixture(scope="session")
def post(tmp_path_factory: pytest.TempPathFactory) -> Post:
    return a_post(tmp_path_factory.mktemp("post"))


@pytest.fixture(scope="session")
def drawn(post: Post, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """How imports of which everything has come are decided: some are drawn for the yellow lane."""
    office = Office(post, tmp_path_factory.mktemp("drawn"))
    office.take(*mail(ARRIVED, post.orders("import")))
    return outcomes(office.out)


@pytest.fixture
def office(post: Post, tmp_path: Path) -> Office:
    return Office(post, tmp_path)


@pytest.fixture
def held(drawn: dict[str, str]) -> list[str]:
    return sorted(order for order, how in drawn.items() if how == "held")[:1]


@pytest.fixture
def free(drawn: dict[str, str]) -> list[str]:
    return sorted(order for order, how in drawn.items() if how == "released")
