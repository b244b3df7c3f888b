"""From the entries of a tariff to compiled tables of law, one for each kind of rate.

Entries are written at the highest code they hold for; a longer code wins. A seasonal rate becomes
one record for each window of each year, with its season named in every one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from silkport.law.tables import TABLE_SHAPES, DatedTable, Record, compile_table
from silkport.law.tariff.entries import Entry
from silkport.law.tariff.rates import Shape, Specific, TariffRate
from silkport.law.tariff.seasons import periods, print_season
from silkport.law.tariff.sentences import print_rate

TABLE_OF_KIND = {"duty": "tariff"}
"""The table a kind of entry is compiled into, where it is not called like the kind."""

KILOGRAMS = 1_000
"""Kilograms of a tonne."""

REMEDIES = ("special", "antidumping", "countervailing")
"""Kinds of duty by origin and maker that stand beside the ordinary duty."""


def variant_of(origin: str, producer: str) -> str:
    """How a record by origin and maker is found, in capitals; one of every maker has none."""
    return f"{origin}/{producer.strip().upper()}"


def rate_tables(country: str, entries: Sequence[Entry]) -> dict[str, DatedTable]:
    """Every table of rates. Raises OverlappingDates."""
    remedied = _codes(entries, REMEDIES)
    lower = _codes(entries, ("national",))
    kinds = ("duty", "national", "excise", "export", *REMEDIES, "preference")
    tables = {}
    for kind in kinds:
        name = TABLE_OF_KIND.get(kind, kind)
        records: list[Record] = []
        for entry in entries:
            if entry.kind != kind:
                continue
            values = rate_values(entry.rate)
            if kind == "duty":
                values |= {
                    "unit": entry.unit,
                    "footnote": entry.footnote,
                    "season": print_season(entry.season, "en") if entry.season else "",
                    "remedy_flag": int(_touches(entry.hs, remedied)),
                    "national_flag": int(_touches(entry.hs, lower)),
                }
            variant = _variant(entry) if TABLE_SHAPES[name].varied else ""
            records += [
                Record(
                    key=entry.hs,
                    start=start,
                    stop=stop,
                    values=values,
                    source=entry.source,
                    confidence=entry.confidence,
                    variant=variant,
                )
                for start, stop in _days(entry)
            ]
        tables[name] = compile_table(f"{country} {name}", records, TABLE_SHAPES[name])
    return tables


def _variant(entry: Entry) -> str:
    if entry.kind == "preference":
        return entry.origin
    return variant_of(entry.origin, entry.producer)


def _days(entry: Entry) -> Sequence[tuple[date, date]]:
    if entry.season is None:
        return [(entry.start, entry.stop)]
    return periods(entry.season, entry.start, entry.stop)


def rate_values(rate: TariffRate) -> dict[str, int | str]:
    """The fields of a record for a rate of any shape."""
    specific, cap = _by_kilogram(rate.specific), _by_kilogram(rate.cap)
    unit = specific or cap
    return {
        "duty_ppm": rate.duty_ppm,
        "specific_e6": specific.amount_e6 if specific else 0,
        "specific_per_count": specific.per if specific else 1,
        "specific_currency": unit.currency if unit else "",
        "specific_unit": unit.unit if unit else "",
        "sum_flag": int(rate.shape is Shape.SUM),
        "cap_flag": int(rate.shape is Shape.LESSER),
        "cap_ppm": rate.cap_ppm,
        "cap_e6": cap.amount_e6 if cap else 0,
        "cap_per_count": cap.per if cap else 1,
        "sentence_en": print_rate(rate, "en"),
        "sentence_ru": print_rate(rate, "ru"),
    }


def _by_kilogram(amount: Specific | None) -> Specific | None:
    """An amount per tonne as one per thousand kilograms, in which masses are declared."""
    if amount is None or amount.unit != "TNE":
        return amount
    return replace(amount, per=amount.per * KILOGRAMS, unit="KGM")


def _codes(entries: Sequence[Entry], kinds: Sequence[str]) -> Mapping[str, set[str]]:
    """Codes of these kinds, and every shorter code that some of them begin with."""
    whole = {entry.hs for entry in entries if entry.kind in kinds}
    parts = {code[:length] for code in whole for length in range(len(code))}
    return {"whole": whole, "parts": parts}


def _touches(code: str, codes: Mapping[str, set[str]]) -> bool:
    """Whether a code lies within one of `codes`, or one of them within it."""
    within = any(code[:length] in codes["whole"] for length in range(len(code) + 1))
    return within or code in codes["parts"]
