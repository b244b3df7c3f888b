"""The commands on transports, as a carrier and an officer would type them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from silkport.cli.options import LANGUAGES, word
from silkport.model.transport import Phase, Role
from silkport.model.transport_rules import FLAGS
from tests.cli.shell import Result, run

HOUSES = [
    {"consignment_no": "KHG-1", "house_no": str(n), "packages": n, "gross_mass_kg": f"{n}00"}
    for n in (1, 2)
]
TRUCK = {
    "format": "silkport-transport-1",
    "transport_no": "T-1",
    "mode": "road",
    "tractor": "777 ABC 02",
    "masters": [{"waybill": "CMR-1", "form": "cmr", "packages": 4, "houses": HOUSES}],
}
EMPTY = {
    "format": "silkport-transport-1",
    "transport_no": "E-1",
    "mode": "road",
    "procedure": "empty run",
}


class Desk:
    """A node at Nur Zholy."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = folder / "home"
        url = "https://127.0.0.1:9441"
        made = run("node", "init", "--as", "kz", "--url", url, "--home", self.home)
        assert made.code == 0, made.words

    def run(self, *words: object) -> Result:
        return run("transport", *words, "--as", "kz", "--home", self.home)

    def file(self, name: str, *content: object) -> Path:
        path = self.folder / name
        path.write_text("\n".join(map(json.dumps, content)), "utf-8")
        return path

    def announce(self, *content: object, more: tuple[object, ...] = ()) -> Result:
        path = self.file("in.json", *content)
        return self.run("announce", path, "--who", "Altyn Trans", *more)

    def act(self, name: str, event: str, *more: object) -> Result:
        return self.run("act", name, event, "--who", "Chen", *more)

    def shown(self, name: str) -> Any:
        return self.run("show", name, "--json").json


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    here = Desk(tmp_path_factory.mktemp("transport"))
    assert here.run("list").words == "Nothing is announced."
    assert here.announce(TRUCK, EMPTY).code == 0
    return here


def test_a_truck_arrives_and_is_unloaded(desk: Desk) -> None:
    shown = desk.run("show", "T-1")
    assert "777 ABC 02" in shown.words
    assert "TRN005 CMR-1" in shown.words
    arrived = desk.act("T-1", "arrive", "--place", "Nur Zholy", "--act-no", "1", "--json")
    assert (arrived.json["phase"], arrived.json["packages"]) == ("arrived", 3)
    (flag,) = arrived.json["flags"]
    assert (flag["rule"], flag["acts"], flag["holds"]) == ("TRN005", "carrier", False)
    weighing = '{"weighed_mass_mg": 20000000000, "tare_mg": 15000000000}'
    assert "TRN007" in desk.act("T-1", "weigh", "--facts", weighing).words
    stays = desk.shown("T-1")["leaving"]["stays"]
    assert [(one["reason"], one["acts"]) for one in stays] == [("TRN007", "officer")] * 2
    facts = desk.file("unload.json", {"store": "SVX-7"})
    done = desk.act("T-1", "unload", "--facts", f"@{facts}", "--role", "keeper", "--json")
    assert done.code == 0
    shown = desk.run("show", "T-1")
    assert "SVX-7" in shown.words
    assert "arrive" in shown.words
    past = [one["event"] for one in desk.shown("T-1")["acts"]]
    assert past == ["announce", "arrive", "weigh", "unload"]


def test_an_act_that_a_rule_refuses_says_what_helps(desk: Desk) -> None:
    refused = desk.act("E-1", "load", "--facts", '{"masters": []}', "--role", "carrier")
    assert refused.code == 1
    assert "SP-6201" in refused.words
    assert "TRN101" in refused.words
    assert "Announce a transport that is no empty run." in refused.words


@pytest.mark.parametrize(
    ("event", "facts", "said"),
    [
        ("fly", "", "known: load, seal"),
        ("weigh", "", "weighed_mass_mg"),
        ("weigh", "{", "truncated"),
        ("weigh", "[]", "weigh"),
        ("arrive", '{"colour": 1}', "colour"),
    ],
)
def test_facts_that_cannot_be(desk: Desk, event: str, facts: str, said: str) -> None:
    done = desk.act("T-1", event, "--facts", facts)
    assert done.code == 4
    assert said in done.words


def test_what_cannot_be_read_is_told(desk: Desk) -> None:
    odd = EMPTY | {"transport_no": "E-2", "wheels": 4}
    done = desk.announce(odd, {"format": "other"})
    assert done.code == 4
    assert "RDG002" in done.words
    assert "SP-1102" in done.words
    told = desk.announce(odd | {"transport_no": "E-3"}, more=("--json",))
    assert (told.code, told.json["problems"][0]["column"]) == (4, "wheels")


def test_a_list_of_wagons_belongs_to_one_train(desk: Desk) -> None:
    units = desk.folder / "units.csv"
    units.write_text("number,kind,on,seals\n52895060,wagon,,S-1\n", "utf-8")
    train = EMPTY | {"transport_no": "X8027", "mode": "rail", "train": "X8027"}
    done = desk.announce(train, more=("--units", units))
    assert "TRN001 52895060" in done.words
    assert "S-1" in desk.run("show", "X8027").words
    assert desk.announce(train, EMPTY, more=("--units", units)).code == 4


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_in_four_languages(desk: Desk, language: str) -> None:
    for name in (
        *(f"transport_{one}" for one in Phase),
        *(f"transport_role_{one}" for one in Role),
        *(f"transport_{one.lower()}" for one in FLAGS),
    ):
        assert word(name, language)
    assert word("transport_packages", language) in desk.run("show", "T-1", "--lang", language).out
    listed = desk.run("list", "--lang", language).words
    assert word("transport_empty_run", language) in listed


def test_unknown_transports(desk: Desk) -> None:
    assert desk.run("show", "T-9").code == 1
    assert desk.act("T-9", "arrive").code == 1
    assert {one["id"] for one in desk.run("list", "--json").json} >= {"T-1", "E-1"}
