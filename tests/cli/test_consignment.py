"""silkport consignment: from the exporter's file to both declarations, as operators type it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from silkport.cli.node_options import opened
from silkport.node.corridor.grants import grant_received
from tests.cli.shell import Result, run

SIDES = ("cn", "kz")
CODES = {
    "goods[1].hs_code": "8422300008",
    "goods[2].hs_code": "8422400008",
    "goods[3].hs_code": "8428392000",
    "goods[4].hs_code": "8458118000",
}


class Operator:
    """Two nodes in one home that know each other, with the tariffs of the samples."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.home = folder, folder / "home"

    def __call__(self, *words: object, code: int = 0) -> Result:
        done = run(*words, "--home", self.home)
        assert done.code == code, done.words
        return done

    def json(self, *words: object, code: int = 0) -> Any:
        return self(*words, "--json", code=code).json

    def hand_over(self, sender: str, to: str) -> None:
        """Lets the last message of one node take effect in the other, as its effect will."""
        with opened(self.home, sender, None) as node:
            rows = node.state.read(lambda tx: tx.rows("out_from", to, 1, 1000))
        body = msgspec.json.decode(rows[-1][-1])["body"]
        with opened(self.home, to, None) as there:
            there.state.write(lambda tx: grant_received(tx, there, sender, body))


@pytest.fixture(scope="module")
def operator(tmp_path_factory: pytest.TempPathFactory) -> Operator:
    here = Operator(tmp_path_factory.mktemp("operator"))
    done = run("consignment", "template", "--out", here.folder, "--seed", "7")
    assert done.code == 0
    for name in SIDES:
        here("node", "init", "--as", name, "--url", "https://127.0.0.1:9")
        here("node", "card", "--as", name, "--out", here.folder / f"{name}.card")
        tariff = here.folder / f"tariff-{name}.csv"
        here("law", "load", "tariff", tariff, "--as", name, "--shorter")
    for name, other in (SIDES, SIDES[::-1]):
        here("node", "peer", "add", here.folder / f"{other}.card", "--as", name)
        key = here.home / name / "counsel.key"
        here("node", "register", "--as", name, "--with", other, "--sign", key)
    return here


@pytest.fixture(scope="module")
def number(operator: Operator) -> str:
    """The machines, described and granted."""
    path = operator.folder / "machines.json"
    said = operator.json("consignment", "describe", path, "--as", "cn", "--who", "Bo")
    assert said["version"] == 1
    found = str(json.loads(path.read_text("utf-8"))["consignment_no"])
    filed = operator.json("consignment", "export", found, "--as", "cn", "--who", "Bo")
    assert filed["state"] == "released"
    made = operator.json("consignment", "grant", found, "--as", "cn", "--who", "Bo")
    assert (made["peer"], "goods.total" in made["fields"]) == ("kz", False)
    operator.hand_over("cn", "kz")
    return found


def test_the_importer_types_little_and_confirms_all(operator: Operator, number: str) -> None:
    who = ("--as", "kz", "--who", "Aigerim")
    shown = operator.json("consignment", "prepare", number, *who, code=4)
    declared = next(one for one in shown["filings"] if one["filing"] == "import_declaration")
    assert {hole["field"] for hole in declared["open"]} >= {*CODES, "goods[5].total"}
    assert declared["typed_fields"] * 1000 <= 150 * declared["all_fields"]
    assert {one["provenance"] for one in declared["fields"]} == {"granted", "computed", "defaulted"}
    still = operator("consignment", "confirm", number, *who, code=1)
    assert "SP-6302" in still.words
    sets = [f"{field}={code}" for field, code in CODES.items()]
    sets += [f"goods[{place}].total=1000.5" for place in range(1, 6)]
    typed = [word for one in sets for word in ("--set", one)]
    page = operator("consignment", "confirm", number, *who, *typed).words
    assert "confirmed by Aigerim" in page
    filed = operator.json("consignment", "import", number, *who)
    assert (filed["state"], filed["due_then"]) == ("registered", "presentation_overdue")


def test_pre_arrival_information_is_lodged(operator: Operator, number: str) -> None:
    who = ("--as", "kz", "--who", "Aigerim", "--filing", "pre_arrival")
    operator("consignment", "prepare", number, *who)
    operator("consignment", "confirm", number, *who)
    assert operator.json("consignment", "import", number, *who)["late_ms"] == 0


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "granted by the exporter"),
        ("zh", "出口商授权"),
        ("ru", "предоставлено экспортёром"),
        ("kk", "экспорттаушы берген"),
    ],
)
def test_every_field_is_shown_with_where_it_came_from(
    operator: Operator, number: str, language: str, said: str
) -> None:
    operator(
        "consignment", "prepare", number, "--as", "kz", "--who", "A", "--filing", "transit", code=4
    )
    page = operator("consignment", "show", number, "--as", "kz", "--lang", language, "--control")
    assert said in page.words


def test_an_amendment_names_what_changes(operator: Operator, number: str) -> None:
    path = operator.folder / "machines.json"
    value = json.loads(path.read_text("utf-8"))
    value["transport"]["vehicle"] = "001 TST 02"
    later = operator.folder / "later.json"
    later.write_text(json.dumps(value), "utf-8")
    said = operator.json("consignment", "describe", later, "--as", "cn", "--who", "Bo", code=4)
    assert said["changes"] == {"export_declaration 1": ["vehicle"]}
    assert said["sent"] == [f"{number}/1/1"]
    operator(
        "consignment", "grant", number, "--as", "cn", "--who", "Bo", "--revoke", f"{number}/1/1"
    )


MISTAKES = [
    (("describe", "bad.json", "--as", "cn", "--who", "Bo"), "SP-6301"),
    (("describe", "flour.json", "--as", "cn", "--who", "Bo"), "its exporter is of KZ"),
    (("show", "nothing", "--as", "cn"), "SP-4102"),
    (("prepare", "nothing", "--as", "cn", "--who", "Bo"), "SP-4102"),
]


@pytest.mark.parametrize(("words", "said"), MISTAKES, ids=range(len(MISTAKES)))
def test_mistakes_are_explained(operator: Operator, words: tuple[str, ...], said: str) -> None:
    (operator.folder / "bad.json").write_text('{"format": "silkport-description-1", "x": 1}')
    inside = [operator.folder / one if one.endswith(".json") else one for one in words]
    assert said in operator("consignment", *inside, code=1).words


def test_what_can_be_granted_is_listed(operator: Operator) -> None:
    page = operator("consignment", "grant", "any", "--as", "cn", "--who", "Bo", "--fields")
    assert "goods.total (price)" in page.words


def test_an_example_is_shown() -> None:
    assert run("consignment", "template").json["format"] == "silkport-description-1"
    assert run("consignment", "template", "--sample", "gold").code == 2
