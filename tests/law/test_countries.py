"""The shipped law of every administration: it loads, compiles, has sources, and its cases hold.

Cases are TOML tables beside the law, written so that lawyers can read and add to them:

    [[case]]  name, day, regime (optional), want: parameters as they are written
    [[tax]]   name, regime, day, shape, row, want: outputs of the stage assess
    [[rule]]  the same for any stage: name, regime, day, stage, shape, row, want

`add` appends rows to tables for one case; a tariff that is not shipped begins with them. Columns
not stated are absent, days are the case's.
"""

from __future__ import annotations

import csv
import io
import tomllib
from collections import Counter
from datetime import date
from functools import cache
from itertools import pairwise, product
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from silkport.journey import SHEETS
from silkport.kernel.money import Rounding
from silkport.kernel.periods import day_number
from silkport.law.book import ANY_DIRECTION
from silkport.law.compiled import UNVERIFIED, Law, Regime
from silkport.law.expression import params_of
from silkport.law.loading import load_law
from silkport.law.sheet import CompiledSheet, refuse_unknown_rules
from silkport.law.tariff.entries import COLUMNS
from silkport.model.columns import Kind
from silkport.model.rows import RowShape
from silkport.node.clearing.numbering import INVENTORY, PRE_ENTRY
from silkport.passage.cells import HOUSE_DAYS
from silkport.stages.assess import HOUSE_LEVIES

COUNTRIES = ("zz", "cn", "kz")
FOLDER = Path(__file__).resolve().parents[2] / "src" / "silkport" / "countries"
ASKED_BY_THE_JOURNEY = {"pending_days", "appeal_days"}
ASKED_OF_HOUSES = {
    *(*HOUSE_DAYS, "payment_feature", "fee_feature"),
    *(f"payment_code.{levy}" for levy in HOUSE_LEVIES),
}
ASKED_OF_TRANSIT = {"transit_km_per_month", "transit_month_days", "transit_rail_days_min"}
ASKED_BY_THE_NODE = {
    PRE_ENTRY,
    INVENTORY,
    "fx_missing_day",
    "fx_most_days",
    "transport_mass_tolerance",
} | ASKED_OF_TRANSIT
WAYS = ("import", "export", "transit")
CONFIDENCES = {"cited", UNVERIFIED}

Case = dict[str, Any]


@cache
def texts(country: str) -> dict[str, str]:
    return {p.name: p.read_text("utf-8") for p in sorted((FOLDER / country).glob("*.*"))}


@cache
def law_of(country: str) -> Law:
    return load_law(country, texts(country))


@cache
def law_with(country: str, added: tuple[tuple[str, tuple[str, ...]], ...]) -> Law:
    files = dict(texts(country))
    for name, rows in added:
        before = files.get(name, ",".join(COLUMNS) + "\n")
        files[name] = before + "".join(f"{row}\n" for row in rows)
    return load_law(country, files)


def cases_of(country: str, kind: str) -> list[Case]:
    return [
        case
        for path in sorted((FOLDER / country / "cases").glob("*.toml"))
        for case in tomllib.loads(path.read_text("utf-8")).get(kind, [])
    ]


def all_cases(*kinds: str) -> list[Any]:
    return [
        pytest.param(country, case, id=f"{country}: {case['name']}")
        for country in COUNTRIES
        for kind in kinds
        for case in cases_of(country, kind)
    ]


def regime_on(law: Law, code: str, day: date) -> Regime:
    (found,) = [regime for regime in law.regimes_at(day) if regime.code == code]
    return found


def compiled_for(law: Law, case: Case) -> CompiledSheet:
    regime = regime_on(law, case["regime"], case["day"])
    (period,) = [p for p in law.unchanged_periods(regime) if p[0] <= case["day"] < p[1]]
    place = (case.get("stage", "assess"), case["shape"])
    (sheet,) = [s for s in SHEETS if (s.stage, s.shape.name) == place]
    return sheet.compiled(law, regime, period)


def row_of(shape: RowShape, case: Case) -> dict[str, int | str]:
    row = {column.name: column.absent for column in shape.columns}
    day = day_number(case["day"])
    row |= {name: day for name in ("decl_day", "processing_day") if name in row}
    stated: dict[str, int | str] = case["row"]
    assert set(stated) <= set(row), "the case states a column that rows do not have"
    return row | stated


def frame_of(shape: RowShape, row: dict[str, int | str]) -> pl.DataFrame:
    schema = {c.name: pl.String if c.kind is Kind.TEXT else pl.Int64 for c in shape.columns}
    return pl.DataFrame([row], schema=schema)


@pytest.mark.parametrize(("country", "case"), all_cases("tax", "rule"))
def test_worked_case(country: str, case: Case) -> None:
    added = tuple((name, tuple(rows)) for name, rows in case.get("add", {}).items())
    law = law_with(country, added) if added else law_of(country)
    compiled = compiled_for(law, case)
    row = row_of(compiled.sheet.shape, case)
    single = compiled.single(row)
    (bulk,) = compiled.bulk.run(frame_of(compiled.sheet.shape, row)).to_dicts()
    proof = {name: compiled.prove(name, row).result for name in compiled.outputs}
    assert single == bulk == proof
    assert {name: single[name] for name in case["want"]} == case["want"]


@pytest.mark.parametrize(("country", "case"), all_cases("case"))
def test_param_case(country: str, case: Case) -> None:
    law, regime = law_of(country), case.get("regime", "")
    found = {name: law.at(name, case["day"], regime).written for name in case["want"]}
    assert found == case["want"]


@pytest.mark.parametrize("country", COUNTRIES)
def test_no_unknown_rule_and_nobody_waits_for_a_later_source(country: str) -> None:
    law = law_of(country)
    refuse_unknown_rules(law, SHEETS)
    rules = {code for sheet in SHEETS for code in sheet.rules}
    dropped = [
        f"{regime.code} {code} on {start}"
        for regime in law.regimes
        for start, _ in law.unchanged_periods(regime)
        for codes in regime.stages.values()
        for code in codes
        if code in rules and law.rule_source(code, start) is None
    ]
    assert dropped == []


@pytest.mark.parametrize("country", COUNTRIES)
def test_every_sheet_compiles_in_every_reading_for_every_period(country: str) -> None:
    law = law_of(country)
    for regime in law.regimes:
        for period in law.unchanged_periods(regime):
            for sheet in SHEETS:
                compiled = sheet.compiled(law, regime, period)
                assert compiled.bounds is not None
                assert compiled.bulk is not None
                assert callable(compiled.single)
            for name in ASKED_BY_THE_JOURNEY:
                assert law.at(name, period[0], regime.code).unit == "days"


@pytest.mark.parametrize("country", COUNTRIES)
def test_no_rule_is_listed_twice(country: str) -> None:
    for regime in law_of(country).regimes:
        counted = Counter(code for codes in regime.stages.values() for code in codes)
        assert [code for code, count in counted.items() if count > 1] == []


@pytest.mark.parametrize("country", COUNTRIES)
def test_one_regime_covers_a_mode_on_a_day(country: str) -> None:
    seen: dict[tuple[str, str, str], list[tuple[date, date]]] = {}
    for regime in law_of(country).regimes:
        ways = WAYS if regime.direction == ANY_DIRECTION else (regime.direction,)
        for way, mode in product(ways, regime.trade_modes):
            key = (regime.declares, way, mode)
            seen.setdefault(key, []).append((regime.start, regime.stop))
    for periods in seen.values():
        ordered = sorted(periods)
        assert all(a[1] <= b[0] for a, b in pairwise(ordered))


AFTER_RELEASE = {
    *("CHK234", "CHK235", "CHK236", "CHK237"),
    *("AFT001", "AFT002", "AFT003", "AFT004", "AFT005"),
}


@pytest.mark.parametrize("country", COUNTRIES)
def test_acts_after_release_are_bound_in_every_regime_of_goods(country: str) -> None:
    """Else a correction of a house that nobody declared would release it."""
    for regime in law_of(country).regimes:
        listed = {code for codes in regime.stages.values() for code in codes}
        assert (listed >= AFTER_RELEASE) is (regime.declares == "house"), regime.code


def records(country: str) -> list[tuple[str, str, str]]:
    """Everything dated: what it is, its source, its confidence."""
    law = law_of(country)
    return [
        *((name, d.source, d.confidence) for name, all_ in law.params.items() for d in all_),
        *((code, s.source, s.confidence) for code, all_ in law.rule_sources.items() for s in all_),
        *((regime.code, regime.source, regime.confidence) for regime in law.regimes),
        *(
            (f"{name} {r.key}", r.source, r.confidence)
            for name, table in law.tables.items()
            for r in table.records
        ),
    ]


@pytest.mark.parametrize("country", COUNTRIES)
def test_every_record_has_a_source_and_says_how_sure_it_is(country: str) -> None:
    for what, source, confidence in records(country):
        assert source.strip(), what
        assert confidence in CONFIDENCES, what
        if country == "zz":
            assert "(invented)" in source, what


@pytest.mark.parametrize("country", COUNTRIES)
def test_what_is_from_memory_is_unverified(country: str) -> None:
    """A value whose source begins with its own weakness never passes as cited."""
    passing = [
        what
        for what, source, confidence in records(country)
        if confidence == "cited" and source.startswith(("from memory", "practice", "illustrative"))
    ]
    assert passing == []


@pytest.mark.parametrize("country", COUNTRIES)
def test_no_param_stands_in_two_files(country: str) -> None:
    """The loader would keep the second file's records and lose the first's."""
    names: Counter[str] = Counter()
    for name, text in texts(country).items():
        if name.startswith("params"):
            headers = (line for line in text.splitlines() if line.startswith("[[param."))
            names.update({line.strip("[]") for line in headers})
    assert [name for name, count in names.items() if count > 1] == []


@pytest.mark.parametrize("country", COUNTRIES)
def test_every_param_is_read_by_something(country: str) -> None:
    law = law_of(country)
    read = (
        ASKED_BY_THE_JOURNEY
        | ASKED_OF_HOUSES
        | ASKED_BY_THE_NODE
        | {
            name
            for sheet in SHEETS
            for expr in (
                *(rule.fires for rule in sheet.rules.values()),
                *(out for c in sheet.computations.values() for out in c.outputs.values()),
            )
            for name in params_of(expr)
        }
    )
    regimes = {regime.code for regime in law.regimes}
    qualified = {f"{regime}.{name}" for regime in regimes for name in read}
    assert set(law.params) - read - qualified == set()


@pytest.mark.parametrize("country", COUNTRIES)
def test_roundings_have_known_directions(country: str) -> None:
    for name, values in law_of(country).params.items():
        if name.startswith("rounding."):
            assert all(Rounding(str(dated.value)) for dated in values), name


def rows(country: str, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(texts(country)[name])))


@pytest.mark.parametrize("country", COUNTRIES)
@pytest.mark.parametrize("name", ["taxes.csv", "fx.csv"])
def test_rows_of_a_table_have_no_cell_too_many(country: str, name: str) -> None:
    assert [row for row in rows(country, name) if None in row or None in row.values()] == []


def test_codes_whose_tax_hangs_on_more_than_the_code_are_unknown() -> None:
    taxes, day = law_of("cn").tables["taxes"], day_number(date(2026, 11, 22))
    for code in ("3303000010", "3304990029", "2203000000", "2402200000", "7113191100"):
        assert taxes.find(code, day) < 0, code
    known = {int(record.key[:2]) for record in taxes.records}
    assert known == set(range(1, 98)) - {24, 77}


def test_every_rule_and_computation_is_used_somewhere() -> None:
    listed = {
        code
        for country in COUNTRIES
        for regime in law_of(country).regimes
        for codes in regime.stages.values()
        for code in codes
    }
    known = {code for s in SHEETS for code in (*s.rules, *s.computations)}
    assert known - listed == set()


@pytest.mark.parametrize("country", COUNTRIES)
def test_what_a_rule_quotes_is_worked_out_where_it_is_listed(country: str) -> None:
    rules = {code: rule for sheet in SHEETS for code, rule in sheet.rules.items()}
    computed = {code: set(c.outputs) for s in SHEETS for code, c in s.computations.items()}
    for regime in law_of(country).regimes:
        listed = [code for codes in regime.stages.values() for code in codes]
        given = {name for code in listed for name in computed.get(code, ())}
        wanted = {name for code in listed if code in rules for name in rules[code].quotes}
        assert wanted <= given, regime.code


def test_lists_hold_what_parcels_carry() -> None:
    for country in COUNTRIES:
        lists = law_of(country).lists
        assert {"CN", "KZ", "UZ", "KG", "RU"} <= lists["countries"]
        assert {"KGM", "GRM", "LTR", "H87", "PR", "SET", "NIU"} <= lists["units"]
        assert {"无", "/", "none"} <= lists["empty_names"]
        assert ("ZZ" in lists["countries"]) is (country == "zz")
    assert "GACC:142" in law_of("cn").lists["units"]


def test_a_proof_quotes_the_act_of_the_day() -> None:
    law, day = law_of("kz"), date(2026, 7, 1)
    case: Case = {"regime": "ecommerce_goods", "day": day, "shape": "parcel"}
    case["row"] = {"customs_value_minor": 15_000_000, "gross_mass_mg": 2_000_000}
    compiled = compiled_for(law, case)
    proof = compiled.prove("vat_minor", row_of(compiled.sheet.shape, case))
    grounds = {g.name: g for step in proof.steps for g in step.grounds}
    assert grounds["import_vat_rate"].value == "0.16 share"
    assert "214-VIII" in grounds["import_vat_rate"].source
    assert grounds["fx EUR rate_ppm"].confidence == UNVERIFIED
