"""silkport node heard: what neighbours said that people act on, answers beside our own counts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from silkport.cli.node_bodies import example_of
from silkport.cli.node_words import node_words
from silkport.law.sentences import LANGUAGES
from silkport.model.messages import BY_NAME
from silkport.node.tracing.hearing import FOR_PEOPLE
from silkport.sim.day import traders
from tests.cli.pairs import Pair
from tests.cli.shell import Result, run

ASKED = {
    "query_no": "Q1",
    "first_day": "2026-01-01",
    "last_day": "2030-12-31",
    "direction": "import",
}


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    made = Pair(tmp_path_factory.mktemp("hearing"))
    yield made
    for one in made.sites.values():
        one.line.close()
        one.node.state.close()


def tell(pair: Pair, node: str, to: str, kind: str, body: dict[str, Any]) -> None:
    file = pair.home / "body.json"
    file.write_text(json.dumps(body), "utf-8")
    told = ("tell", kind, "--as", node, "--to", to, "--file", file, "--home", pair.home)
    assert run("node", *told).code == 0


def heard(pair: Pair, *more: object) -> Result:
    done = run("node", "heard", "--as", pair.east.name, "--home", pair.home, *more)
    assert done.code == 0, done.words
    return done


@pytest.fixture(scope="module")
def told(pair: Pair) -> Pair:
    """The west spoke of a post, a slot and openings; the east asked for counts and has them."""
    east, west = pair.east.name, pair.west.name
    assert "No neighbour has said" in heard(pair).words
    assert traders.send(pair.east, pair.cargo.later(), to=west, who="Bo") == 1
    for kind in ("capacity_notice", "slot_state", "checkpoint_calendar"):
        tell(pair, west, east, kind, example_of(BY_NAME[kind]))
    tell(pair, east, west, "mirror_query", ASKED)
    pair.exchange()
    return pair


def test_an_answer_stands_beside_our_own_counts(told: Pair) -> None:
    (answer,) = heard(told, "--kind", "mirror_answer", "--json").json
    assert (answer["peer"], answer["about"]) == (told.west.name, "Q1")
    assert answer["body"]["declarations"] == 0  # nothing was declared there yet
    here = answer["here"]
    assert (here["direction"], here["declarations"], here["released"]) == ("export", 1, 1)
    assert here["gross_mass_mg"] > 0
    assert "there 0, here 1, apart -1" in heard(told).words


def test_all_that_people_act_on_the_newest_first(told: Pair) -> None:
    rows = heard(told, "--json").json
    assert {row["kind"] for row in rows} == set(FOR_PEOPLE)
    assert [row["at"] for row in rows] == sorted((row["at"] for row in rows), reverse=True)
    assert len(heard(told, "--limit", 2, "--json").json) == 2
    assert heard(told, "--from", "nobody", "--json").json == []
    assert run("node", "heard", "--as", told.east.name, "--kind", "receipt").code == 2


def test_every_field_that_may_be_heard_has_its_word() -> None:
    fields = {
        inner.name
        for kind in FOR_PEOPLE
        if kind != "mirror_answer"
        for one in BY_NAME[kind].fields
        for inner in (one.rows or (one,))
    }
    assert {f"heard_field_{name}" for name in fields} <= node_words().keys()


@pytest.mark.parametrize("language", LANGUAGES)
def test_in_every_language(told: Pair, language: str) -> None:
    shown = heard(told, "--lang", language).out
    assert "Q1" in shown
    assert "heard_" not in shown
    assert "{" not in shown
