"""Duty and tax of real customs answers, recomputed by rule sheets to the penny.

The answers are the example notifications of a customs service (../shared/data/hmrc-cds-xml). Each
line of an answer states type, base, rate, deduction, assessed and payable amount. The test profile
beside this file holds that service's rounding and type codes as data. A line *follows* when
base × rate, rounded as the profile says, less the deduction, is the assessed amount, and that
amount is payable. Lines that do not follow are listed in exceptions.csv, VAT bases that do not
follow from the other lines of their item in vat_bases.csv, each with a reason that is checked.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import polars as pl
import pytest

from silkport.law.compiled import UNVERIFIED
from silkport.law.expression import Expr, named, round_div, where
from silkport.law.loading import load_law
from silkport.law.sheet import Columns, CompiledSheet, Sheet
from silkport.model.columns import Column, Kind
from silkport.model.rows import RowShape
from tests.law.answers import EXAMPLES, PPM_IN_PERCENT, Line, answers

PROFILE = Path(__file__).parent / "profiles" / "customs_service"

UNREADABLE = {
    "TT_EX002a/TT_EX002a.xml",
    "TT_EX022a/TT_EX022a_Declaration1_(Step1).xml",
    "TT_IM084a/TT_IM084a.xml",
}
"""Declarations, not answers, with two hyphens inside a comment: no XML parser takes them."""

PPM = 1_000_000

LEVY_LINE = RowShape(
    "levy line",
    (
        Column("type_code", Kind.TEXT, "kind of duty or tax", 3),
        Column("base_minor", Kind.AMOUNT, "base in pence"),
        Column("rate_ppm", Kind.COUNT, "rate in millionths"),
        Column("deducted_minor", Kind.AMOUNT, "relief taken off the amount, in pence"),
    ),
)
sheet = Sheet("assess", LEVY_LINE)


@sheet.computation("ad_valorem")
def ad_valorem(line: Columns) -> dict[str, Expr]:
    """Base times rate, rounded once as duty or as VAT, less what is deducted. Pence."""
    product = line.base_minor * line.rate_ppm
    is_vat = line.type_code.in_list("vat_types")
    duty, vat = (round_div(product, PPM, levy) for levy in ("duty", "vat"))
    charged = named("charged", where(is_vat, vat, duty), "minor")
    return {"charged_minor": charged, "assessed_minor": charged - line.deducted_minor}


@cache
def compiled(**directions: str) -> CompiledSheet:
    """The sheet under the profile, or under the profile with other directions of rounding."""
    files = {path.name: path.read_text("utf-8") for path in sorted(PROFILE.glob("*.toml"))}
    for levy, direction in directions.items():
        before, after = files["params.toml"].split(f"[[param.rounding.{levy}]]")
        after = after.replace("truncate", direction, 1)
        files["params.toml"] = f"{before}[[param.rounding.{levy}]]{after}"
    law = load_law("customs_service", files)
    (regime,) = law.regimes
    (period,) = law.unchanged_periods(regime)
    return sheet.compiled(law, regime, period)


@cache
def amounts(**directions: str) -> dict[Line, dict[str, int]]:
    """What the sheet gives for every line with base and rate, in the single reading."""
    single = compiled(**directions).single
    found = [(line, single(line.row())) for line in answers().lines if line.by_value]
    return {line: {name: int(value) for name, value in given.items()} for line, given in found}


def is_any(line: Line, *names: str) -> bool:
    """Whether the profile lists the line's type under one of these names."""
    lists = compiled().law.lists
    return any(line.type_code in lists[name] for name in names)


def sum_of(lines: Sequence[Line], *names: str) -> int:
    """What the lines of these types assess, in pence."""
    return sum(line.assessed_minor or 0 for line in lines if is_any(line, *names))


def beside(line: Line) -> list[Line]:
    """All lines of the same item, this one among them."""
    return answers().items[line.file, line.item]


@cache
def listed(name: str) -> list[dict[str, str]]:
    with (PROFILE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def keys_of(name: str) -> list[tuple[str, ...]]:
    columns = ("file", "item", "line", "type_code")
    return [tuple(row[column] for column in columns) for row in listed(name)]


def by_key() -> dict[tuple[str, ...], Line]:
    return {line.key: line for line in answers().lines}


def is_assessed(line: Line) -> bool:
    """The stated base, rate and deduction give the assessed amount."""
    return line in amounts() and amounts()[line]["assessed_minor"] == line.assessed_minor


def is_payable(line: Line) -> bool:
    """What is assessed is what is to be paid."""
    return line.payable_minor == line.assessed_minor


# Why a line does not follow: what must be true of it for each reason.


def set_aside(line: Line) -> bool:
    """Nothing is payable on the line; another line of the item carries its amount as a deposit."""
    whole_amount = amounts()[line]["assessed_minor"]
    carried = [one.assessed_minor for one in beside(line) if is_any(one, "memorandum_types")]
    return line.payable_minor == 0 and whole_amount in carried


def relieved(line: Line) -> bool:
    """The procedure relieves the goods: nothing is assessed, and nothing is stated as deducted."""
    nothing = line.assessed_minor == line.payable_minor == line.deducted_minor == 0
    return nothing and amounts()[line]["charged_minor"] > 0 and not set_aside(line)


def rate_cut_short(line: Line) -> bool:
    """The stated rate has two decimals of a per cent; a rate with more of them gives the amount."""
    single, row = compiled().single, line.row()
    rates = range(int(row["rate_ppm"]) + 1, int(row["rate_ppm"]) + PPM_IN_PERCENT // 100)
    given = {single(row | {"rate_ppm": rate})["assessed_minor"] for rate in rates}
    return line.assessed_minor in given and not is_assessed(line)


def no_base(line: Line) -> bool:
    """Neither base nor rate nor quantity: an excise, or a duty by more than value."""
    return line.base_minor is None and line.rate_ppm is None and not line.by_quantity


def not_payable(line: Line) -> bool:
    """Assessed as stated and not collected with this answer; no other line carries it."""
    return is_assessed(line) and line.payable_minor == 0 and not set_aside(line)


LINE_REASONS: dict[str, Callable[[Line], bool]] = {
    "no_base": lambda line: no_base(line) and is_any(line, "duty_types", "excise_types"),
    "by_quantity": lambda line: line.by_quantity and not line.by_value,
    "memorandum": lambda line: no_base(line) and is_any(line, "memorandum_types"),
    "whole_declaration": lambda line: no_base(line) and line.item == 0,
    "rate_cut_short": rate_cut_short,
    "relieved": relieved,
    "set_aside": set_aside,
    "not_payable": not_payable,
}


# Why the base of a VAT line is not value, duty and excise of its item.


def vat_base(line: Line) -> int | None:
    """Value, duties and excise of the item, or None when no line of duty states the value.

    Where VAT on the duties is charged beside it, the other VAT leaves the duties out.
    """
    lines = beside(line)
    duties, excise = sum_of(lines, "duty_types"), sum_of(lines, "excise_types")
    if is_any(line, "vat_on_duties_types"):
        return duties
    value = value_of(line)
    split = any(is_any(one, "vat_on_duties_types") for one in lines)
    return None if value is None else value + excise + (0 if split else duties)


def value_of(line: Line) -> int | None:
    """The customs value of the item: the base of its lines of duty, all the same."""
    duties = [one for one in beside(line) if is_any(one, "duty_types")]
    values = {one.base_minor for one in duties if one.base_minor is not None}
    assert len(values) <= 1, line.key
    return next(iter(values), None)


def exceeds_by(line: Line) -> int:
    """What the stated base has more than value, duties and excise, in pence."""
    expected = vat_base(line)
    assert line.base_minor is not None
    assert expected is not None
    return line.base_minor - expected


def duty_in_value(line: Line) -> bool:
    """The bases of both VAT lines make up the value: the duty is counted inside it."""
    bases = [one.base_minor or 0 for one in beside(line) if is_any(one, "vat_types")]
    return len(bases) == 2 and sum(bases) == value_of(line)


BASE_REASONS: dict[str, Callable[[Line], bool]] = {
    "no_value": lambda line: value_of(line) is None and vat_base(line) is None,
    "duty_in_value": duty_in_value,
    "deposit_left_out": lambda line: (
        exceeds_by(line) == -sum_of(beside(line), "memorandum_types") < 0
    ),
    "memorandum_counted": lambda line: (
        exceeds_by(line) == sum_of(beside(line), "memorandum_types") > 0
    ),
    "before_deduction": lambda line: (
        exceeds_by(line)
        == sum(one.deducted_minor for one in beside(line) if is_any(one, "duty_types"))
        > 0
    ),
}


@pytest.fixture(autouse=True)
def _data_is_here(shared_data: Callable[[str], Path]) -> None:
    shared_data("hmrc-cds-xml")


def test_what_was_read() -> None:
    found = answers()
    assert (found.files, found.unreadable) == (828, UNREADABLE)
    assert not any(b"Response>" in (EXAMPLES / name).read_bytes() for name in UNREADABLE)
    lines = found.lines
    assert len(by_key()) == len(lines) == 490
    assert sum(line.by_value for line in lines) == 391
    lists = compiled().law.lists
    known = lists["duty_types"] | lists["excise_types"] | lists["vat_types"]
    unknown = {line.type_code for line in lines} - known - lists["memorandum_types"]
    assert unknown == {""}
    assert all(line.item == 0 for line in lines if not line.type_code)


def test_lines_that_follow_do_so_to_the_penny_in_all_three_readings() -> None:
    lines = list(amounts())
    rows = [line.row() for line in lines]
    bulk = compiled().bulk.run(pl.DataFrame(rows)).to_dicts()
    single = [compiled().single(row) for row in rows]
    proof = [{name: compiled().prove(name, row).result for name in bulk[0]} for row in rows]
    assert bulk == single == proof
    given = [(line, int(row["assessed_minor"])) for line, row in zip(lines, bulk, strict=True)]
    assert sum(amount == line.assessed_minor for line, amount in given) == 383
    exact = [line for line in lines if is_assessed(line)]
    assert sum(line.deducted_minor > 0 for line in exact) == 11
    assert Counter(line.type_code for line in exact) == {
        "A00": 90,
        "A20": 4,
        "A50": 46,
        "A70": 18,
        "A80": 4,
        "A90": 2,
        "B00": 169,
        "B05": 50,
    }


def test_the_list_of_exceptions_is_exact() -> None:
    broken = [line.key for line in answers().lines if not (is_assessed(line) and is_payable(line))]
    keys = keys_of("exceptions.csv")
    assert set(keys) - set(broken) == set(), "listed, but it follows"
    assert set(broken) - set(keys) == set(), "does not follow, and is not listed"
    assert keys == sorted(broken), "listed twice, or out of order"


def test_every_exception_has_a_reason_that_is_true() -> None:
    lines = by_key()
    for key, row in zip(keys_of("exceptions.csv"), listed("exceptions.csv"), strict=True):
        assert LINE_REASONS[row["reason"]](lines[key]), row
        assert bool(row["note"]) is (row["reason"] in {"relieved", "not_payable"}), row
    assert Counter(row["reason"] for row in listed("exceptions.csv")) == {
        "no_base": 55,
        "memorandum": 31,
        "by_quantity": 9,
        "whole_declaration": 4,
        "rate_cut_short": 2,
        "relieved": 4,
        "set_aside": 16,
        "not_payable": 10,
    }


def test_vat_is_charged_on_value_duty_and_excise() -> None:
    lines = [
        line
        for line in answers().lines
        if is_any(line, "vat_types") and line.base_minor is not None
    ]
    broken = [line.key for line in lines if vat_base(line) != line.base_minor]
    assert keys_of("vat_bases.csv") == sorted(broken)
    known = by_key()
    for key, row in zip(keys_of("vat_bases.csv"), listed("vat_bases.csv"), strict=True):
        assert BASE_REASONS[row["reason"]](known[key]), row
    assert Counter(row["reason"] for row in listed("vat_bases.csv")) == {
        "no_value": 23,
        "memorandum_counted": 4,
        "duty_in_value": 4,
        "before_deduction": 2,
        "deposit_left_out": 2,
    }
    items = {(line.file, line.item) for line in lines}
    holding = items - {(key[0], int(key[1])) for key in broken}
    assert (len(lines), len(items), len(holding)) == (219, 169, 136)


@pytest.mark.parametrize(
    ("direction", "vat_lines", "duty_lines"),
    [("truncate", 0, 0), ("half_up", 5, 0), ("half_even", 5, 0), ("up", 11, 0)],
)
def test_the_answers_tell_the_rounding_of_vat_and_not_that_of_duty(
    direction: str, vat_lines: int, duty_lines: int
) -> None:
    changed = [
        line
        for line, given in amounts(vat=direction, duty=direction).items()
        if given != amounts()[line]
    ]
    assert sum(is_any(line, "vat_types") for line in changed) == vat_lines
    assert sum(is_any(line, "duty_types") for line in changed) == duty_lines
    profile = compiled().law.params
    assert profile["rounding.vat"][0].confidence != UNVERIFIED
    assert profile["rounding.duty"][0].confidence == UNVERIFIED


def test_a_proof_names_the_rounding_and_where_it_was_found() -> None:
    line = next(line for line in amounts() if is_any(line, "vat_types"))
    proof = compiled().prove("assessed_minor", line.row())
    grounds = {g.name: g for step in proof.steps for g in step.grounds}
    assert grounds["rounding.vat"].value == "truncate text"
    assert "3d05836" in grounds["rounding.vat"].source
