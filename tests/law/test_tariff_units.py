"""Units as a tariff names them, and the codes they stand for."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from silkport.kernel.errors import InvalidValue
from silkport.kernel.quantities import UNITS
from silkport.law.tariff.units import (
    UNIT_TABLE,
    counted_unit,
    known_unit,
    supplementary_unit,
    unit_code,
    unit_name,
)

SUPPLEMENTARY = [
    ("", ""),
    ("–", ""),
    ("шт", "H87"),
    ("1000 шт", "1000 H87"),
    ("100 шт", "100 H87"),
    ("пар", "PR"),
    ("кар", "CTM"),
    ("г", "GRM"),
    ("л", "LTR"),
    ("1000 л", "1000 LTR"),
    ("л 100% спирта", "LPA"),
    ("м", "MTR"),
    ("м²", "MTK"),
    ("м³", "MTQ"),
    ("1000 м³", "1000 MTQ"),
    ("1000 кВт·ч", "1000 KWH"),
    ("Ки", "CUR"),
    ("г Д/И", "GFI"),
    ("кг 90% с/в", "KSD"),
    ("кг N", "KNI"),
    ("кг U", "KUR"),
    ("кг KOH", "KPH"),
    ("кг NaOH", "KSH"),
    ("кг K² O", "KPO"),
    ("кг P² O", "KPP"),
    ("кг H² O²", "KHY"),
    ("шт, м", "EEU:шт, м"),
    ("шт (колод)", "EEU:шт (колод)"),
]


@pytest.mark.parametrize(("text", "code"), SUPPLEMENTARY)
def test_supplementary_unit(text: str, code: str) -> None:
    assert supplementary_unit(text) == code
    if code and not code.startswith("EEU:"):
        assert supplementary_unit(unit_name(code, "ru")) == code
        assert supplementary_unit(unit_name(code, "en")) == code


def test_every_supplementary_unit_of_the_union_tariff(
    shared_data: Callable[[str], Path],
) -> None:
    known = {text for text, _ in SUPPLEMENTARY}
    path = shared_data("eaeu-ett") / "eaeu_ett_tree.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        found = {row["unit"] for row in csv.DictReader(file)}
    assert found <= known


@pytest.mark.parametrize("text", ["x" * 41, "шт\x00", "кг\u200b"])
def test_what_is_no_name_is_no_unit(text: str) -> None:
    with pytest.raises(InvalidValue, match="short printable name"):
        supplementary_unit(text)


def test_unit_code() -> None:
    assert [unit_code(name) for name in ("кг", "KG", "Пару", "см3", "m2")] == [
        "KGM",
        "KGM",
        "PR",
        "CMQ",
        "MTK",
    ]
    with pytest.raises(InvalidValue, match="a unit of duty cannot be 'фунт'"):
        unit_code("фунт", "a unit of duty")


def test_unit_name() -> None:
    assert unit_name("PR", "ru") == "пар"
    assert unit_name("PR", "en") == "pairs"
    assert unit_name("1000 H87", "en") == "1000 pieces"
    assert unit_name("EEU:шт (колод)", "en") == "шт (колод)"
    with pytest.raises(InvalidValue, match="no tariff here uses it"):
        unit_name("LBR", "en")
    with pytest.raises(InvalidValue, match="en and ru"):
        unit_name("KGM", "kk")


def test_every_name_means_one_unit() -> None:
    names = [
        (name, unit.code)
        for unit in UNIT_TABLE.values()
        for name in {*unit.forms["ru"], *unit.forms["en"], *unit.also}
    ]
    assert [(name, known_unit(name)) for name, _ in names] == names


def test_what_can_be_converted_is_named() -> None:
    """Every ordinary measure of the tariff has its size in the kernel; substances have none."""
    without = {code for code in UNIT_TABLE if code not in UNITS}
    assert without == set("LPA CUR GFI KHY KNI KPH KPO KPP KSD KSH KUR".split())


@pytest.mark.parametrize(
    ("count", "russian", "english"),
    [
        (1, "1 пару", "1 pair"),
        (2, "2 пары", "2 pairs"),
        (5, "5 пар", "5 pairs"),
        (11, "11 пар", "11 pairs"),
        (21, "21 пару", "21 pairs"),
        (1000, "1000 пар", "1000 pairs"),
    ],
)
def test_counted_unit(count: int, russian: str, english: str) -> None:
    assert counted_unit(count, "PR", "ru") == russian
    assert counted_unit(count, "PR", "en") == english
