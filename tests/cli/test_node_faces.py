"""What a broker and an officer see of declarations at a node: file, cases, case, act."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from pathlib import Path
from string import Formatter
from typing import Any

import pytest

from silkport.cli.node_case import why
from silkport.cli.node_words import event_word, node_words, state_word
from silkport.law.sentences import LANGUAGES
from silkport.model.messages import KINDS
from silkport.model.states import EVENTS, State
from silkport.node.law.editions import editions
from silkport.stages.screen import LANES
from tests.cli.shell import Result, run
from tests.node.dating import today
from tests.node.houses import SCREWS, a_house, a_line, corrected, written_to

NO_RATE = "9706100000"
"""A commodity of which the tariff has no rate: an officer decides."""


class Office:
    """A node in a home of its own, and what is filed with it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.home = folder / "in", folder / "home"
        assert self.run("init", "--as", "zz").code == 0

    def run(self, *words: object) -> Result:
        return run("node", *words, "--home", self.home)

    def file(self, name: str, *houses: dict[str, Any]) -> Path:
        return written_to(self.folder / name, *houses, number=name, decl_day=today("zz"))


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    """One that released, refused and asked for documents."""
    office = Office(tmp_path_factory.mktemp("office"))
    office.file("released", a_house("1", a_line(SCREWS, "1000")))
    office.file("refused", a_house("2", a_line(SCREWS, "1000"), gross_mass_kg="3"))
    lines = [a_line(NO_RATE, f"{1000 + n}") for n in range(15)]
    office.file("waiting", a_house("3", *lines))
    office.file("uncovered", a_house("4", a_line(SCREWS, "1000"), procedure="99"))
    done = office.run("file", office.folder, "--as", "zz", "--json")
    assert done.code == 0, done.words
    return office


def filed(office: Office, *words: object) -> dict[str, dict[str, Any]]:
    """What was filed, by consignment."""
    rows = office.run("file", office.folder, "--as", "zz", "--json", *words).json["filed"]
    return {one["number"].removeprefix("ZZ-2026-").split("/")[0]: one for one in rows}


def test_file_tells_every_ground_with_its_fix_and_term(office: Office) -> None:
    rows = filed(office)
    assert set(rows) == {"released", "refused", "waiting", "uncovered"}
    assert rows["released"]["findings"] == []
    (grave, *_) = rows["refused"]["findings"]
    assert (grave["code"], grave["effect"]) == ("CHK230", "refuse")
    assert grave["field"] == "declaration.gross_mass_kg"
    assert grave["sentence"]
    assert grave["fix"]
    assert grave["source"]
    assert rows["refused"]["appeal_until"] > "2026"
    assert rows["uncovered"]["appeal_until"] == ""
    waiting = rows["waiting"]
    assert waiting["due_then"] == "documents_overdue"
    assert waiting["due_at"] > 0
    assert len(waiting["findings"]) >= 15
    assert not any(one["effect"] == "risk" for row in rows.values() for one in row["findings"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_file_speaks_four_languages(office: Office, language: str) -> None:
    done = office.run("file", office.folder, "--as", "zz", "--lang", language)
    assert done.code == 0, done.words
    for said in (
        *("CHK230", "declaration.gross_mass_kg"),
        node_words()["filed_duplicate"][language],
        state_word("registration_refused", language),
        state_word("documents_requested", language),
        event_word("documents_overdue", language),
        node_words()["filed_also"][language].partition("{")[0].strip(),
    ):
        assert said in done.words
    for raw in ("registration_refused", "documents_requested", "documents_overdue", "{"):
        assert raw not in done.out


def test_file_keeps_the_law_it_decided_by(office: Office) -> None:
    shown = office.run("case", filed(office)["waiting"]["id"], "--as", "zz", "--json").json
    assert shown["decision"]["law_digest"] in editions(office.home, "zz")


def test_file_says_what_it_could_not_file(office: Office, tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_text("{")
    done = office.run("file", tmp_path, "--as", "zz", "--json")
    assert (done.code, done.json["filed"], len(done.json["problems"])) == (4, [], 1)
    assert "Nothing was filed." in office.run("file", tmp_path, "--as", "zz").words


def test_file_tells_why_an_act_was_not_taken(tmp_path: Path) -> None:
    office, house = Office(tmp_path), a_house("1", a_line(SCREWS, "1000"))
    office.file("released", house)
    assert office.run("file", office.folder, "--as", "zz").code == 0
    office.folder = tmp_path / "later"
    late = corrected(house) | {"change_flags": "", "gross_mass_kg": "3"}
    office.file("released", late)
    (row,) = office.run("file", office.folder, "--as", "zz", "--json").json["filed"]
    assert (row["state"], row["act"]) == ("released", "refuse_act")
    assert "refuse" in {one["effect"] for one in row["findings"]}
    said = office.run("file", office.folder, "--as", "zz", "--lang", "ru").words
    assert event_word("refuse_act", "ru") in said
    shown = office.run("case", row["id"], "--as", "zz", "--json").json
    assert "refuse" not in {one["effect"] for one in shown["findings"]}
    assert {one["code"] for one in shown["act_findings"]} == {
        one["code"] for one in row["findings"]
    }
    assert "Findings on what was filed last" in office.run("case", row["id"], "--as", "zz").words


def test_cases_lists_terms_first(office: Office) -> None:
    page = office.run("cases", "--as", "zz", "--json").json
    assert page["cases"][0]["state"] == "documents_requested"
    assert len(page["cases"]) == 4
    assert page["after"] == ""
    assert {one["lane"] for one in page["cases"]} <= {"", *LANES}
    assert not any(one["overdue"] or one["missed"] for one in page["cases"])


def test_cases_come_in_pages(office: Office) -> None:
    seen, after = [], ""
    while True:
        words = ("--limit", 1, *(("--after", after) if after else ()))
        page = office.run("cases", "--as", "zz", "--json", *words).json
        seen += [one["id"] for one in page["cases"]]
        after = page["after"]
        if not after:
            break
        assert f"--after {after}" in office.run("cases", "--as", "zz", *words).words
    assert seen == [one["id"] for one in office.run("cases", "--as", "zz", "--json").json["cases"]]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (("--state", "released"), {"released"}),
        (("--state", "sampled"), set()),
        (("--due-before", "2025-01-01"), set()),
        (("--due-before", "2090-01-01"), {"waiting"}),
        (("--overdue",), set()),
        (("--lane", "red"), set()),
        (("--lane", "green", "--state", "registration_refused"), {"refused", "uncovered"}),
    ],
)
def test_cases_are_chosen(office: Office, words: tuple[str, ...], found: set[str]) -> None:
    done = office.run("cases", "--as", "zz", *words, "--json")
    assert done.code == 0
    assert {
        one["number"].removeprefix("ZZ-2026-").split("/")[0] for one in done.json["cases"]
    } == found
    if not found:
        assert "No declaration is like that." in office.run("cases", "--as", "zz", *words).words


@pytest.mark.parametrize(
    "words",
    [
        ("--state", "lost"),
        ("--lane", "blue"),
        ("--limit", "0"),
        ("--limit", "1001"),
        ("--after", "here"),
        ("--after", "9999999999999999999999/x"),
        ("--due-before", "soon"),
    ],
)
def test_cases_refuses_what_cannot_be_asked(office: Office, words: tuple[str, ...]) -> None:
    assert office.run("cases", "--as", "zz", *words).code == 2


@pytest.mark.parametrize("language", LANGUAGES)
def test_cases_speak_four_languages(office: Office, language: str) -> None:
    said = office.run("cases", "--as", "zz", "--lang", language).words
    assert state_word("documents_requested", language) in said
    assert event_word("documents_overdue", language) in said
    assert node_words()["lane_green"][language] in said


def test_case_for_the_declarant_hides_lane_and_risk(office: Office) -> None:
    identity = filed(office)["refused"]["id"]
    shown = office.run("case", identity, "--as", "zz", "--json").json
    assert (shown["decision"]["lane"], shown["decision"]["risk_score"]) == ("", 0)
    assert "risk" not in {one["effect"] for one in shown["findings"]}
    said = office.run("case", identity, "--as", "zz").words
    for hidden in ("lane", "RSK", "risk"):
        assert hidden not in said
    assert "You may appeal this decision" in said
    assert "What to do" in said


def test_case_for_an_officer_shows_them_with_facts_and_law(office: Office) -> None:
    identity = filed(office)["refused"]["id"]
    shown = office.run("case", identity, "--as", "zz", "--officer", "--json").json
    assert shown["decision"]["lane"] in LANES
    risks = [one for one in shown["findings"] if one["effect"] == "risk"]
    assert risks
    assert all(one["sentence"] and one["facts"] and one["source"] for one in shown["findings"])
    said = office.run("case", identity, "--as", "zz", "--officer").words
    for word in ("lane", "risk score", risks[0]["code"], "facts:", "gross mass 3 kg"):
        assert word in said.replace("gross_mass_kg 3 kg", "gross mass 3 kg")


@pytest.mark.parametrize("language", LANGUAGES)
def test_case_and_act_speak_four_languages(office: Office, language: str) -> None:
    identity = filed(office)["waiting"]["id"]
    said = office.run("case", identity, "--as", "zz", "--lang", language).words
    for event in ("file", "register", "request_documents"):
        assert event_word(event, language) in said
    assert f"{event_word('receive_documents', language)} (receive_documents)" in said
    for event, state in (
        ("receive_documents", "registered"),
        ("request_documents", "documents_requested"),
    ):
        words = (identity, event, "--as", "zz", "--who", "Chen", "--lang", language)
        said = office.run("act", *words).words
        assert state_word(state, language) in said
        assert event_word("documents_overdue", language) in said


def test_act_in_json(office: Office) -> None:
    identity = filed(office)["waiting"]["id"]
    words = (identity, "--as", "zz", "--who", "Chen", "--json")
    done = office.run("act", *words[:1], "receive_documents", *words[1:])
    assert (done.json["id"], done.json["state"]) == (identity, "registered")
    assert office.run("act", *words[:1], "request_documents", *words[1:]).code == 0


def test_every_state_event_kind_and_lane_has_words_in_four_languages() -> None:
    names = {f"lane_{one}" for one in LANES} | {f"kind_{one.name}" for one in KINDS}
    assert names <= set(node_words())
    for language in LANGUAGES:
        assert all(state_word(one.value, language) for one in State)
        assert [one.name for one in EVENTS if event_word(one.name, language) == one.name] == []
    assert event_word("something_else", "en") == "something_else"


def test_words_are_there_in_four_languages_with_the_same_facts_and_once() -> None:
    for name, entry in node_words().items():
        assert list(entry) == list(LANGUAGES), name
        facts = {
            frozenset(part for _, part, _, _ in Formatter().parse(entry[one]) if part)
            for one in LANGUAGES
        }
        assert len(facts) == 1, name
    text = (files("silkport") / "cli" / "words.toml").read_text("utf-8")
    assert set(node_words()) & set(tomllib.loads(text)) == set()


def record(event: str, reason: str, **more: object) -> dict[str, Any]:
    return {"event": event, "reason": reason, **more}


@pytest.mark.parametrize(
    ("event", "said"),
    [
        (record("release", "CHK230"), "CHK230"),
        (record("release", "", tells="export_released", told=["kz"]), "kz told: goods released"),
        (record("release", "x", tells="export_released", told=[]), "x; nobody told yet: goods"),
        (record("neighbour", "arrival_notice 7"), "notice of arrival 7"),
        (record("neighbour", "a word"), "a word"),
        (record("neighbour", "", tells="import_decision", told=["cn"]), "cn told: import"),
        (record("refuse", "arrival_notice 7"), "arrival_notice 7"),
    ],
)
def test_why_an_event_and_who_was_told(event: dict[str, Any], said: str) -> None:
    assert why(event, "en").startswith(said)
