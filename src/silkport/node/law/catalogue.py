"""The catalogue of rules and of dated values, for the commands and the reference pages."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from silkport.journey import SHEETS
from silkport.kernel.errors import ParamNotInForce
from silkport.law.compiled import Dated
from silkport.node.law.books import administrations, law_book, sentences


def rule_rows(
    country: str, day: date, language: str, home: Path | None = None
) -> list[dict[str, str]]:
    """Every rule that some regime of `country` applies on `day`."""
    book = law_book(country, home)
    applied: dict[str, list[str]] = {}
    for regime in book.law.regimes_at(day):
        for codes in regime.stages.values():
            for code in codes:
                applied.setdefault(code, []).append(regime.code)
    rows = []
    for sheet in SHEETS:
        for code, rule in sheet.rules.items():
            source = book.law.rule_source(code, day)
            if code not in applied or source is None:
                continue
            rows.append(
                {
                    "code": code,
                    "stage": rule.stage,
                    "effect": rule.effect.value,
                    "sentence": sentences().title(code, language),
                    "fix": sentences().fix(code, language),
                    "field": sentences().field(code),
                    "regimes": ", ".join(sorted(set(applied[code]))),
                    "source": source.source,
                    "official": source.official,
                    "confidence": source.confidence,
                    "audience": sentences().audience(code).value,
                }
            )
    return sorted(rows, key=lambda row: row["code"])


def value_rows(
    country: str | None, param: str, day: date, home: Path | None = None
) -> list[dict[str, Any]]:
    """Values of a parameter, for every regime that has its own. Raises ParamNotInForce.

    The one in force on `day` is marked; the others show the history. Without a country, of
    every administration.
    """
    countries = [country] if country else administrations()
    rows = []
    for one in countries:
        params = law_book(one, home).law.params
        names = sorted(name for name in params if name == param or name.endswith(f".{param}"))
        rows += [
            {"administration": one} | _value_row(name, dated, day)
            for name in names
            for dated in params[name]
        ]
    if not any(row["in_force"] for row in rows):
        raise ParamNotInForce(country=country or "any administration", param=param, day=f"{day}")
    return rows


def param_rows(country: str, day: date, home: Path | None = None) -> list[dict[str, Any]]:
    """Every parameter in force on `day`."""
    law = law_book(country, home).law
    return [
        _value_row(name, dated, day)
        for name in sorted(law.params)
        for dated in law.params[name]
        if dated.holds(day)
    ]


def _value_row(name: str, dated: Dated, day: date) -> dict[str, Any]:
    return {
        "param": name,
        "value": dated.written,
        "unit": dated.unit,
        "start": f"{dated.start}",
        "stop": f"{dated.stop}" if dated.stop != date.max else "",
        "source": dated.source,
        "confidence": dated.confidence,
        "in_force": dated.holds(day),
    }


def law_rows(home: Path | None = None) -> list[dict[str, Any]]:
    """What this node holds of each administration's law."""
    rows = []
    for country in administrations():
        law = law_book(country, home).law
        values = [dated for one in law.params.values() for dated in one]
        unverified = sum(dated.confidence != "cited" for dated in values)
        rows.append(
            {
                "administration": country,
                "currency": law.currency,
                "regimes": len({regime.code for regime in law.regimes}),
                "rules": len(law.rule_sources),
                "values": len(values),
                "unverified": unverified,
                **{name: len(table.records) for name, table in law.tables.items()},
                "permits": len(law.permits),
                "digest": law.digest,
            }
        )
    return rows
