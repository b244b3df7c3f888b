"""Field tables are read strictly: what is misspelt, unknown or without source is refused."""

from __future__ import annotations

from importlib.resources import files

import pytest

from silkport.filings.preparing import made_ready
from silkport.filings.tables import read_filings, shipped_groups
from silkport.kernel.errors import MalformedLaw, RecordWithoutSource

PAIR = 'pair = ["aa", "bb"]\n'
FILING = (
    '[[filing]]\nname = "note"\nadministration = "aa"\ndirection = "import"\nsource = "an act"\n'
)
HEAD = "[filing.head]\n"
GROUPS = '[group.small]\nsource = "an act"\n[group.small.head]\nx = { copy = "house.house_no" }\n'


def test_a_filing_takes_over_its_group_and_goes_before_it() -> None:
    text = PAIR + FILING + 'like = "small"\n' + HEAD + 'y = { default = 3, source = "another" }\n'
    rules = read_filings(text, "it", GROUPS)["note", "aa"]
    assert [(one.name, one.source) for one in rules.head] == [("x", "an act"), ("y", "another")]
    text = text.replace("y = {", "x = {")
    (rule,) = read_filings(text, "it", GROUPS)["note", "aa"].head
    assert (rule.default, rule.copy) == (3, "")


WRONG = [
    ("pair = [", "Invalid"),
    ('pair = ["bb", "aa"]', "pair names two administrations in order"),
    (PAIR + "other = 1", "nothing is called 'other'"),
    (PAIR + FILING.replace("note", "a note"), "it has a name"),
    (PAIR + FILING.replace('"aa"', '"cc"'), "an administration of the pair"),
    (PAIR + FILING.replace("import", "transit"), "direction is export or import"),
    (PAIR + FILING + 'like = "large"', "there is no group 'large'"),
    (PAIR + FILING + "ahead_minutes = true", "ahead_minutes is a whole number"),
    (PAIR + FILING + 'confidence = "sure"', "confidence is cited or unverified"),
    (PAIR + FILING + FILING, "two filings are note of aa"),
    (PAIR + FILING + "head = 1", "head is a table of fields"),
    (PAIR + FILING + HEAD + "x = 1", "it does not say how"),
    (PAIR + FILING + HEAD + 'x = { source = "an act" }', "it does not say how"),
    (PAIR + FILING + HEAD + 'x = { cpoy = "house.house_no" }', "nothing is called 'cpoy'"),
    (PAIR + FILING + HEAD + "x = { copy = 1 }", "copy, compute and ask are texts"),
    (PAIR + FILING + HEAD + "x = { default = 1.5 }", "default is a text or a whole number"),
    (PAIR + FILING + HEAD + 'x = { optional = "yes" }', "optional and never are true or false"),
    (PAIR + FILING + HEAD + "x = { never = true, default = 1 }", "obtained in no way"),
]


@pytest.mark.parametrize(("text", "said"), WRONG, ids=range(len(WRONG)))
def test_a_wrong_table_is_refused_with_its_place(text: str, said: str) -> None:
    with pytest.raises(MalformedLaw, match=said.replace("[", r"\[")):
        read_filings(text, "it", GROUPS)


@pytest.mark.parametrize("text", [FILING.replace("an act", ""), FILING.replace("source", "#")])
def test_a_filing_without_source_is_refused(text: str) -> None:
    with pytest.raises(RecordWithoutSource):
        read_filings(PAIR + text, "it", GROUPS)


def test_a_declaration_speaks_of_every_column() -> None:
    shipped = shipped_groups()
    text = PAIR + FILING + 'like = "goods_declaration"\n'
    assert read_filings(text, "it", shipped)
    with pytest.raises(MalformedLaw, match="does not say how vehicle is obtained"):
        read_filings(text, "it", shipped.replace("\nvehicle =", "\n# vehicle =", 1))
    with pytest.raises(MalformedLaw, match="no such field"):
        read_filings(text + HEAD + "plate = { optional = true }", "it", shipped)


@pytest.mark.parametrize("how", ['compute = "magic"', 'ask = "perhaps"', 'copy = "said.vehicle"'])
def test_what_nothing_computes_is_refused(how: str) -> None:
    text = PAIR + FILING + HEAD + f"x = {{ {how} }}\n"
    with pytest.raises(MalformedLaw):
        made_ready(read_filings(text, "it", GROUPS)["note", "aa"])


@pytest.mark.parametrize("pair", ["cn_kz", "cn_zz", "kz_zz"])
def test_the_shipped_tables_are_ready_for_both_sides(pair: str) -> None:
    text = (files("silkport") / "countries" / pair / "filings.toml").read_text("utf-8")
    found = read_filings(text, pair, shipped_groups())
    names = {"export_declaration", "manifest", "pre_arrival", "transit", "import_declaration"}
    assert set(found) == {(name, side) for name in names for side in pair.split("_")}
    assert all(made_ready(rules).head for rules in found.values())
