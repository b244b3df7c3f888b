"""The exporter's one file: read whole with exact figures, or refused with every place named."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from silkport.formats.description import FORMAT, description_text, figure_in, read_description
from silkport.kernel.errors import InvalidValue
from silkport.kernel.filing_errors import DescriptionRefused
from silkport.kernel.limits import MAX_DESCRIPTION_BYTES
from silkport.model.description import Description, Measure
from silkport.sim.descriptions import drawn_description, shipments
from tests.filings.shipments import NOW

LINE = "masters[1].houses[1].goods[1]"


def a_file() -> dict[str, Any]:
    """The flour as its file has it."""
    text = description_text(drawn_description("flour", seed=1, at=NOW))
    found: dict[str, Any] = json.loads(text)
    return found


def read(value: object) -> Description:
    text = value if isinstance(value, bytes) else json.dumps(value, ensure_ascii=False).encode()
    return read_description(text, "flour.json")


def refusal(value: object) -> str:
    with pytest.raises(DescriptionRefused) as caught:
        read(value)
    return str(caught.value)


def line_of(value: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = value["masters"][0]["houses"][0]["goods"][0]
    return found


@given(st.sampled_from(shipments()), st.integers(0, 10**6 - 1))
def test_what_is_written_is_read_again(name: str, seed: int) -> None:
    description = drawn_description(name, seed=seed, at=NOW)
    assert read_description(description_text(description).encode(), name) == description


def test_figures_are_exact_and_codes_become_neutral() -> None:
    value = a_file()
    line = line_of(value) | {"gross_mass_kg": "22000.000001", "total": "0.1", "origin": "GACC:145"}
    line["quantities"] = [{"qty": "1.5", "unit": "т"}, {"qty": 3, "unit": "GACC:007"}]
    value["masters"][0]["houses"][0]["goods"] = [line]
    value["terms"]["currency"] = "GACC:142"
    (_, house), *_ = (found := read(value)).houses()
    assert (house.goods[0].gross_mass_mg, house.goods[0].total_e5) == (22_000_000_001, 10_000)
    assert (house.goods[0].origin, found.terms.currency) == ("KZ", "CNY")
    assert house.goods[0].quantities[0] == Measure(qty_e5=150_000, unit="TNE")
    assert house.goods[0].quantities[1].unit == "H87"


WRONG = [
    ({"consignment_no": ""}, "consignment_no: '' is not the number of the consignment"),
    ({"consignment_no": "N" * 36}, "at most 35 characters"),
    ({"consignment_no": ["N"]}, "consignment_no: \"['N']\" is not a text"),
    ({"exporter": "Aigerim"}, "exporter: 'Aigerim' is not an object"),
    ({"exportr": {}}, "exportr: 'exportr' is not a known field; perhaps exporter"),
    ({"exporter": {"names": {"fr": "X"}}}, "exporter.names.fr: 'fr' is not one of en, zh"),
    ({"exporter": {"codes": {"kz": "1"}}}, "exporter.codes.kz: 'kz' is not a country"),
    ({"exporter": {"names": {"en": "a\u202eb"}}}, "exporter.names.en: 'U+202E' is not"),
    ({"exporter": {"names": {"en": "a\u0000b"}}}, "'U+0000' is not a character"),
    ({"transport": {"arrives_at": "2026-10-01 10:00"}}, "a moment written as 2026-07-01T10:00:00Z"),
    ({"transport": {"containers": ["X"] * 100}}, "transport.containers: '100' is not a list of"),
    ({"terms": {"contract_day": "2026-02-30"}}, "a day written as 2026-07-01"),
    ({"terms": {"currency": "GACC:999"}}, "'GACC:999' is not a currency of that list"),
    ({"masters": []}, "masters: '' is not masters with houses and their goods"),
    ({"masters": [{"houses": [{"goods": []}]}]}, "masters[1].houses[1].goods"),
    ({"format": "silkport-consignment-1"}, f"not '{FORMAT}'"),
]


@pytest.mark.parametrize(("part", "said"), WRONG)
def test_what_is_wrong_is_named_with_its_place(part: dict[str, Any], said: str) -> None:
    assert said in refusal(a_file() | part)


LINES = [
    (
        {"net_mass_kg": "1.0000001"},
        f"{LINE}.net_mass_kg: '1.0000001' is not taken: it has more than 6",
    ),
    ({"net_mass_kg": "-1"}, "a number from 0 to"),
    ({"net_mass_kg": "1e9999999"}, "is not taken: it is not a plain decimal number"),
    ({"net_mass_kg": True}, f"{LINE}.net_mass_kg: 'True' is not a number"),
    ({"total": "99999999999999"}, "a number from 0 to 9999999999999.99999"),
    ({"hs_own": "11010"}, f"{LINE}.hs_own: '11010' is not a commodity code of at least six"),
    ({"hs6": "110200"}, f"{LINE}.hs6: '110200' is not the first six digits of 1101001509"),
    ({"gnum": 2}, f"{LINE}.gnum: '2' is not 1, its place in the list"),
    ({"price": "1"}, f"{LINE}.price: 'price' is not a known field"),
]


@pytest.mark.parametrize(("part", "said"), LINES)
def test_a_line_is_read_strictly(part: dict[str, Any], said: str) -> None:
    value = a_file()
    line_of(value).update(part)
    assert said in refusal(value)


def test_all_faults_are_named_at_once() -> None:
    value = a_file() | {"surprise": 1}
    line_of(value).update({"net_mass_kg": "x", "total": "y"})
    said = refusal(value)
    assert said.count("\n  ") == 3


def test_a_house_number_stands_for_one_house() -> None:
    value = a_file()
    value["masters"] += value["masters"]
    assert "masters[2].houses[1].house_no: '1' is not the number of one house only" in refusal(
        value
    )


WHOLE = json.dumps(a_file(), ensure_ascii=False)
HOSTILE = [
    (b"", "it is empty"),
    (b"   ", "it is empty"),
    (WHOLE.encode("utf-16"), "is not UTF-8"),
    ("杭州".encode("gb18030"), "byte 1 in line 1 is not UTF-8"),
    (WHOLE[: len(WHOLE) // 2].encode(), "the text ends within it"),
    (b"[" * 100_000, "SP-1103"),
    (b'{"a":' * 60_000 + b"1" + b"}" * 60_000, "deep"),
    (f"[{WHOLE}]".encode(), "RDG011"),
    (f"{WHOLE}{WHOLE}".encode(), "one object is expected"),
    (b"[1, 2]", "one object is expected"),
    (b" " * (MAX_DESCRIPTION_BYTES + 1), "more than 1,048,576"),
    (WHOLE.replace('"origin"', '"maker": "a", "origin"').encode(), "is not written once"),
    (WHOLE.replace("{", '{"format": "x",', 1).encode(), "its format is 'x'"),
    (WHOLE.replace('"gnum": 1', '"gnum": NaN').encode(), "'NaN' is not a number"),
    (WHOLE.replace("CMR", "\\ud800").encode(), "U+D800"),
]


@pytest.mark.parametrize(("data", "said"), HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_files_are_refused(data: bytes, said: str) -> None:
    if said == "RDG011":
        assert read(data).consignment_no  # a list of one is that one
    else:
        assert said in refusal(data)


@given(st.binary(max_size=200))
def test_noise_is_refused_and_nothing_else_happens(data: bytes) -> None:
    with pytest.raises(DescriptionRefused):
        read_description(data, "noise")


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists, max_leaves=5))
def test_any_value_in_any_place_is_read_or_refused(value: Any) -> None:
    whole = a_file()
    for spot in (whole, whole["exporter"], whole["transport"], line_of(whole)):
        for key in list(spot):
            before, spot[key] = spot[key], value
            with contextlib.suppress(DescriptionRefused):
                assert isinstance(read(json.dumps(whole).encode()), Description)
            spot[key] = before


@pytest.mark.parametrize("text", ["2026-1-01", "20260701", "1969-12-31", "2100-01-01", "x"])
def test_days_are_written_in_one_way(text: str) -> None:
    with pytest.raises(InvalidValue):
        figure_in("contract_day", text)


def test_the_copy_has_the_same_shape() -> None:
    whole = drawn_description("machines", seed=3, at=NOW)
    assert msgspec.convert(msgspec.to_builtins(whole), Description) == whole
