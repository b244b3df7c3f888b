"""From the texts of a country's folder to compiled law. Nothing without a source loads.

country.toml    administration: code, currency, names
params*.toml    [[param.NAME]] value, unit, start, stop, source, confidence
regimes.toml    [groups] lists of rule codes; [[regime]]
sources.toml    [[source]] rules = [...], source, start, stop, official, confidence
lists.toml      [list.NAME] values, source
tariff.csv      rates of duty of every kind, as sentences (`law.tariff.entries`)
taxes.csv       hs, vat_ppm, excise_ppm (as shares), start, stop, source, confidence
    statutory_units.csv  hs, unit1, unit2, start, stop, source, confidence
permits.csv     permits that goods need, by commodity code (`law.permits`)
fx.csv          currency, nominal, rate (units of account for so many units), start, stop, source
"""

from __future__ import annotations

import csv
import io
import tomllib
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from silkport.kernel.canonical import digest
from silkport.kernel.errors import MalformedLaw, RecordWithoutSource
from silkport.law.compiled import Dated, Law, Regime, RuleSource, refuse_overlapping
from silkport.law.permits import Permit, read_permits
from silkport.law.tables import (
    CODE_DIGITS,
    TABLE_SHAPES,
    DatedTable,
    Record,
    TableShape,
    compile_table,
)
from silkport.law.tariff.compiling import rate_tables
from silkport.law.tariff.entries import read_entries

UNIT_SCALE: dict[str, int] = {
    "share": 10**6,
    "count": 1,
    "days": 1,
    "points": 1,
    "flag": 1,
    "kg": 10**6,
    "digits": 1,
}
"""Scaled integers per unit: shares in millionths, masses in milligrams."""

MINOR = 100
"""Minor units of every currency in which a parameter may be stated."""

NOMINALS = ("1", "10", "100", "1000", "10000")
"""Units of a currency that a bank quotes a rate for."""

TARIFF = "tariff.csv"
PERMITS = "permits.csv"

_STAGES = ("check", "match", "value", "assess", "screen", "settle", "release")


def load_law(country: str, files: Mapping[str, str]) -> Law:
    """Compiles the texts of one country's folder, by file name.

    Raises LawError: missing source, overlapping dates, malformed values.
    """
    about = read_toml(country, "country.toml", files)
    return Law(
        country=country,
        currency=str(about["currency"]),
        params=_params(country, files),
        tables=_tables(country, files),
        lists=_lists(country, files),
        regimes=_regimes(country, files),
        rule_sources=_rule_sources(country, files),
        digest=digest({name: files[name] for name in sorted(files)}),
        permits=_permits(country, files),
    )


def read_toml(country: str, name: str, files: Mapping[str, str]) -> dict[str, Any]:
    """One file of a country's folder; empty when there is none. Raises MalformedLaw."""
    try:
        return tomllib.loads(files.get(name, ""), parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise MalformedLaw(what=f"{country}/{name}", reason=str(error)) from error


def scaled(written: str, unit: str, what: str) -> int | str:
    """The value rules compute with. Raises MalformedLaw when it is not exact.

    Shares become millionths, money and money per kilogram minor units, masses milligrams.
    """
    if unit == "text":
        return written
    scale = UNIT_SCALE.get(unit)
    if scale is None:
        currency = unit.removesuffix("/kg")
        if not (len(currency) == 3 and currency.isascii() and currency.isupper()):
            raise MalformedLaw(what=what, reason=f"no unit is called {unit!r}")
        scale = MINOR
    try:
        value = Decimal(written) * scale
    except InvalidOperation as error:
        raise MalformedLaw(what=what, reason=f"{written!r} is no number") from error
    if value != value.to_integral_value():
        raise MalformedLaw(what=what, reason=f"{written!r} is finer than {unit} allows")
    if unit == "share" and not 0 <= value <= 10 * scale:
        raise MalformedLaw(what=what, reason=f"a share of {written} cannot be: 0.12 is 12 %")
    if value < 0:
        raise MalformedLaw(what=what, reason=f"{written!r} is negative")
    return int(value)


def _day(value: object, default: date, what: str) -> date:
    if value is None or value == "":
        return default
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError as error:
        raise MalformedLaw(what=what, reason=f"{value!r} is no day") from error


def _source(record: Mapping[str, Any], what: str) -> str:
    source = str(record.get("source") or "").strip()
    if not source:
        raise RecordWithoutSource(what=what)
    return source


def _start(record: Mapping[str, Any], what: str) -> date:
    if not record.get("start"):
        raise MalformedLaw(what=what, reason="has no start")
    return _day(record["start"], date.min, what)


def _params(country: str, files: Mapping[str, str]) -> dict[str, tuple[Dated, ...]]:
    found: dict[str, tuple[Dated, ...]] = {}
    for file in sorted(name for name in files if name.startswith("params")):
        for name, records in _flat(read_toml(country, file, files).get("param", {})):
            what = f"{country}.{name}"
            dated = tuple(
                Dated(
                    value=scaled(str(record["value"]), str(record["unit"]), what),
                    written=str(record["value"]),
                    unit=str(record["unit"]),
                    source=_source(record, what),
                    start=_start(record, what),
                    stop=_day(record.get("stop"), date.max, what),
                    confidence=str(record.get("confidence", "cited")),
                )
                for record in records
            )
            if name in found:
                raise MalformedLaw(what=what, reason=f"stands in {file} and in an earlier file")
            refuse_overlapping(what, dated)
            found[name] = dated
    return found


def _flat(
    params: Mapping[str, Any], prefix: str = ""
) -> Iterable[tuple[str, list[dict[str, Any]]]]:
    for name, value in params.items():
        if isinstance(value, list):
            yield prefix + name, value
        else:
            yield from _flat(value, f"{prefix}{name}.")


def _regimes(country: str, files: Mapping[str, str]) -> tuple[Regime, ...]:
    book = read_toml(country, "regimes.toml", files)
    groups: dict[str, list[str]] = book.get("groups", {})
    regimes = tuple(_regime(country, record, groups) for record in book.get("regime", []))
    for code in {regime.code for regime in regimes}:
        refuse_overlapping(f"{country} regime {code}", [r for r in regimes if r.code == code])
    return regimes


def _regime(country: str, record: dict[str, Any], groups: Mapping[str, list[str]]) -> Regime:
    what = f"{country} regime {record.get('code', '?')}"

    def expand(codes: Iterable[str]) -> tuple[str, ...]:
        return tuple(
            one
            for code in codes
            for one in (expand(groups[code[1:]]) if code.startswith("@") else (code,))
        )

    try:
        return Regime(
            code=record["code"],
            title=record["title"],
            procedure=record["procedure"],
            direction=record["direction"],
            trade_modes=tuple(record["trade_modes"]),
            start=_start(record, what),
            stop=_day(record.get("stop"), date.max, what),
            source=_source(record, what),
            confidence=str(record.get("confidence", "cited")),
            documents=tuple(record["documents"]),
            stages={stage: expand(record[stage]) for stage in _STAGES if stage in record},
        )
    except KeyError as error:
        raise MalformedLaw(what=what, reason=f"lacks {error.args[0]}") from error


def _rule_sources(country: str, files: Mapping[str, str]) -> dict[str, tuple[RuleSource, ...]]:
    found: dict[str, list[RuleSource]] = {}
    for record in read_toml(country, "sources.toml", files).get("source", []):
        codes = record.get("rules", [])
        what = f"{country} source of {', '.join(codes) or 'no rule'}"
        source = RuleSource(
            source=_source(record, what),
            start=_start(record, what),
            stop=_day(record.get("stop"), date.max, what),
            official=str(record.get("official", "")),
            confidence=str(record.get("confidence", "cited")),
        )
        for code in codes:
            found.setdefault(code, []).append(source)
    for code, sources in found.items():
        refuse_overlapping(f"{country} rule {code}", sources)
    return {code: tuple(sources) for code, sources in found.items()}


def _lists(country: str, files: Mapping[str, str]) -> dict[str, frozenset[str]]:
    lists: dict[str, frozenset[str]] = {}
    for name, record in read_toml(country, "lists.toml", files).get("list", {}).items():
        _source(record, f"{country} list {name}")
        lists[name] = frozenset(map(str, record["values"]))
    return lists


def _tables(country: str, files: Mapping[str, str]) -> dict[str, DatedTable]:
    entries = read_entries(files.get(TARIFF, ""), f"{country}/{TARIFF}") if TARIFF in files else []
    tables = rate_tables(country, entries)
    for name, shape in TABLE_SHAPES.items():
        if name in tables:
            continue
        rows = list(csv.DictReader(io.StringIO(files.get(f"{name}.csv", ""))))
        key = "hs" if shape.by_code else "currency"
        records = [
            _record(f"{country}/{name}.csv row {number}", row, key, shape)
            for number, row in enumerate(rows, 2)
        ]
        tables[name] = compile_table(f"{country} {name}", records, shape)
    return tables


def _permits(country: str, files: Mapping[str, str]) -> tuple[Permit, ...]:
    return read_permits(files[PERMITS], f"{country}/{PERMITS}") if PERMITS in files else ()


def _record(what: str, row: dict[str, str], key: str, shape: TableShape) -> Record:
    values: dict[str, int | str] = {}
    for name in shape.fields:
        text = row.get(name) or ""
        if name == "rate_ppm":
            values[name] = _rate(row.get("rate") or "", what)
        elif name == "nominal_count":
            values[name] = _nominal(row.get("nominal") or "1", what)
        elif name.endswith("_ppm"):
            values[name] = scaled(text, "share", what)
        else:
            values[name] = text
    code = row.get(key) or ""
    if shape.by_code and not (code.isascii() and code.isdigit() and len(code) <= CODE_DIGITS):
        raise MalformedLaw(what=what, reason=f"{code!r} is no commodity code")
    return Record(
        key=code,
        start=_start(row, what),
        stop=_day(row.get("stop"), date.max, what),
        values=values,
        source=_source(row, what),
        confidence=row.get("confidence") or "cited",
    )


def _rate(text: str, what: str) -> int:
    try:
        value = Decimal(text) * 10**6
    except InvalidOperation as error:
        raise MalformedLaw(what=what, reason=f"{text!r} is no exchange rate") from error
    if value <= 0 or value != value.to_integral_value():
        raise MalformedLaw(what=what, reason=f"{text!r} is no exchange rate of six decimals")
    return int(value)


def _nominal(text: str, what: str) -> int:
    if text not in NOMINALS:
        raise MalformedLaw(what=what, reason=f"banks quote no rate for {text!r} units")
    return int(text)
