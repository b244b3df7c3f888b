"""The dated rates of a tariff as they are written, and the table `tariff.csv` that holds them.

One row is one rate of one code, kind, origin, producer and season in one period. Codes are written
at the length at which the tariff states the rate; that a longer code wins is decided when the
tariff is compiled, so only rows of the same code may contradict each other.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from silkport.kernel.errors import InvalidValue, TariffRefused, UnreadableRate
from silkport.law.strict import (
    CONFIDENCES,
    Faults,
    Remembered,
    WrongCell,
    confidence_in,
    day_in,
    read_rows,
    said,
    shown,
)
from silkport.law.tariff.rates import TariffRate
from silkport.law.tariff.seasons import Season, parse_season, periods, print_season
from silkport.law.tariff.sentences import parse_rate, print_rate
from silkport.law.tariff.units import OWN, UNIT_TABLE, supplementary_unit

KINDS = (
    "duty",
    "national",
    "special",
    "antidumping",
    "countervailing",
    "preference",
    "excise",
    "export",
)
"""What a rate is charged as.

`duty` is that of the common tariff and `national` a lower one of this administration alone, after
which the goods may not leave its territory; special, antidumping and countervailing are remedies,
a preference is the duty of goods of one origin.
"""

REMEDIES = ("special", "antidumping", "countervailing")
_OF_AN_ORIGIN = ("antidumping", "countervailing", "preference")

COLUMNS = (
    "hs",
    "kind",
    "origin",
    "producer",
    "rate",
    "season",
    "unit",
    "footnote",
    "name",
    "start",
    "stop",
    "source",
    "confidence",
)
"""Columns of `tariff.csv`."""

CODE_LENGTHS = (2, 4, 6, 8, 9, 10)
"""Digits of chapters, headings, subheadings and the levels below, as the EAEU tariff has them."""

_MANY_CUT = 20
_ALL_YEAR = ((0, 0), (0, 0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One rate of a tariff in one period.

    Args:
        hs: digits of the code; "" is every code, which only a preference may name.
        kind: one of KINDS.
        origin: ISO 3166-1 alpha-2 code of the origin of goods, for remedies and preferences.
        producer: the producer that a remedy names; "" is every other one.
        rate: what is charged.
        season: the days of the year on which it is; None is the whole year.
        unit: the supplementary unit, as `supplementary_unit` gives it.
        footnote: marks of footnotes beside the rate.
        name: of the goods, as the tariff prints it, without the dashes of its level.
        start, stop: the half-open period.
        source: the act.
        confidence: "cited", or "unverified" when nobody read the rate in the act.
    """

    hs: str
    kind: str = KINDS[0]
    origin: str = ""
    producer: str = ""
    rate: TariffRate
    season: Season | None = None
    unit: str = ""
    footnote: str = ""
    name: str = ""
    start: date
    stop: date = date.max
    source: str
    confidence: str = CONFIDENCES[0]

    @property
    def key(self) -> tuple[str, str, str, str, Season | None]:
        """What has one rate a day."""
        return self.hs, self.kind, self.origin, self.producer, self.season

    def about(self) -> str:
        """Which rate it is, in words: "0702000001 antidumping XX Bo & Co"."""
        return " ".join(filter(None, (self.hs or "every code", *self.key[1:4])))


def order(entry: Entry) -> tuple[object, ...]:
    """Where an entry stands in a tariff: by code, kind, origin, producer, season and first day."""
    season = (entry.season.first, entry.season.last) if entry.season else _ALL_YEAR
    kind = KINDS.index(entry.kind)
    return entry.hs, kind, entry.origin, entry.producer, season, entry.start


def read_entries(
    text: str, what: str, *, source: str = "", start: date | None = None
) -> list[Entry]:
    """The entries of a tariff in the documented layout, in order.

    Args:
        text: the whole file.
        what: how messages name it.
        source, start: of rows that leave these cells empty.
    Raises TariffRefused with every wrong row, LimitExceeded.
    """
    faults = Faults(what, TariffRefused)
    reader = EntryReader(source=source, start=start)
    numbered: list[tuple[int, Entry]] = []
    for row, cells in read_rows(text, COLUMNS, faults):
        try:
            numbered.append((row, reader.entry(cells)))
        except WrongCell as cell:
            faults.add(row, cell)
    return checked(numbered, faults)


def checked(numbered: Sequence[tuple[int, Entry]], faults: Faults) -> list[Entry]:
    """The entries of a file in order, or its refusal with every wrong row."""
    if not (numbered or faults.found):
        raise faults.refuse("it holds no rate")
    entries = [entry for _, entry in numbered]
    for earlier, later in clashes(entries):
        row, other = numbered[earlier][0], entries[later]
        wrong = f"{other.about()} has a rate on days from {other.start} in row {row} already"
        fix = f"give row {row} the stop {other.start}, or leave one of them out"
        faults.add(numbered[later][0], WrongCell("start", wrong, fix))
    nine = sum(len(entry.hs) == 9 for entry in entries)
    if nine >= _MANY_CUT and not any(entry.hs.startswith("0") for entry in entries):
        reason = f"{nine:,} codes have nine digits and none begins with 0"
        raise faults.refuse(f"{reason}; a spreadsheet cut the zeros, so make the codes text")
    faults.raise_any()
    return sorted(entries, key=order)


class EntryReader:
    """Makes entries of rows of text; keeps what it has read, because rates repeat.

    Args:
        source, start: of rows that do not state them.
    """

    def __init__(self, *, source: str = "", start: date | None = None) -> None:
        self._source = source
        self._start = start
        self._rate = Remembered(_rate_in)
        self._season = Remembered(_season_in)
        self._unit = Remembered(_unit_in)
        self._day = Remembered(lambda text: day_in(text, "start"))
        self._stop = Remembered(lambda text: day_in(text, "stop"))

    def entry(self, cells: Sequence[str]) -> Entry:
        """The entry of a row with the cells of COLUMNS. Raises WrongCell."""
        hs, kind, origin, producer, rate, season, unit, footnote, name, *rest = cells
        first, last, source, confidence = rest
        kind = kind or KINDS[0]
        _demand_subject(hs, kind, origin, producer)
        start = self._day(first) if first else self._start
        if start is None:
            raise WrongCell("start", "it has no first day", "write it, or give --start")
        stop = self._stop(last) if last else date.max
        if stop <= start:
            wrong = f"{stop} is not after the start {start}"
            raise WrongCell("stop", wrong, "write the first day on which it no longer applies")
        source = source or self._source
        if not source:
            raise WrongCell("source", "it has no source", "name the act, or give --source")
        return Entry(
            hs=hs,
            kind=kind,
            origin=origin,
            producer=producer,
            rate=self._rate(rate),
            season=self._season(season) if season else None,
            unit=self._unit(unit) if unit else "",
            footnote=footnote,
            name=name,
            start=start,
            stop=stop,
            source=source,
            confidence=confidence_in(confidence),
        )


def _demand_subject(hs: str, kind: str, origin: str, producer: str) -> None:
    """Refuses what a rate cannot be about."""
    if kind not in KINDS:
        raise WrongCell("kind", f"{shown(kind)} is no kind", f"write one of {', '.join(KINDS)}")
    if hs:
        if not (len(hs) in CODE_LENGTHS and hs.isascii() and hs.isdigit()):
            fix = f"write {', '.join(map(str, CODE_LENGTHS[:-1]))} or 10 digits without spaces"
            raise WrongCell("hs", f"{shown(hs)} is no commodity code", fix)
    elif kind != "preference":
        raise WrongCell("hs", f"{kind} without a code", "write the code; only a preference is wide")
    if origin:
        if not (len(origin) == 2 and origin.isascii() and origin.isalpha() and origin.isupper()):
            fix = "write two capital letters of ISO 3166-1"
            raise WrongCell("origin", f"{shown(origin)} is no country", fix)
        if kind not in (*REMEDIES, "preference"):
            raise WrongCell("origin", f"{kind} does not depend on it", "leave it empty")
    elif kind in _OF_AN_ORIGIN:
        raise WrongCell("origin", f"{kind} without an origin", "write whose goods bear it")
    if producer and kind not in REMEDIES:
        raise WrongCell("producer", f"{kind} does not depend on it", "leave it empty")
    if producer and not origin:
        raise WrongCell("origin", f"{kind} of one maker without one", "write whose goods bear it")


def _rate_in(text: str) -> TariffRate:
    try:
        return parse_rate(text)
    except (UnreadableRate, InvalidValue) as error:
        fix = 'write it as the tariff does: "15" or "15, but not less than 0.2 EUR per 1 kg"'
        raise WrongCell("rate", said(error), fix) from None


def _season_in(text: str) -> Season:
    try:
        return parse_season(text)
    except (UnreadableRate, InvalidValue) as error:
        raise WrongCell("season", said(error), 'write it as "09-16..12-15"') from None


def _unit_in(text: str) -> str:
    """A unit by its code, its name in a tariff, or its own text behind a mark."""
    count, _, code = text.rpartition(" ")
    if code in UNIT_TABLE and (not count or (count.isascii() and count.isdigit())):
        return text
    try:
        unit = supplementary_unit(text.removeprefix(OWN))
    except InvalidValue as error:
        raise WrongCell("unit", said(error), "write its Recommendation 20 code") from None
    if unit.startswith(OWN) and not text.startswith(OWN):
        wrong = f"{shown(text)} is no known unit"
        fix = f'write its Recommendation 20 code, or "{OWN}{text}" when it has none'
        raise WrongCell("unit", wrong, fix)
    return unit


def write_entries(entries: Iterable[Entry]) -> str:
    """A tariff in the documented layout: in order, rates in English, no stop where none is known.

    `read_entries` gives the same entries again.
    """
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(COLUMNS)
    rates: dict[TariffRate, str] = {}
    for entry in sorted(entries, key=order):
        rate = rates.get(entry.rate)
        if rate is None:
            rate = rates[entry.rate] = print_rate(entry.rate, "en")
        season = print_season(entry.season, "en") if entry.season else ""
        stop = "" if entry.stop == date.max else entry.stop.isoformat()
        subject = (entry.hs, entry.kind, entry.origin, entry.producer)
        goods = (entry.unit, entry.footnote, entry.name)
        dated = (entry.start.isoformat(), stop, entry.source, entry.confidence)
        lines.writerow((*subject, rate, season, *goods, *dated))
    return text.getvalue()


def clashes(entries: Sequence[Entry]) -> Iterator[tuple[int, int]]:
    """Places of pairs that give one code, kind, origin and producer two rates on some day.

    Each entry is named once at most, with an earlier one that it contradicts. Seasons of one code
    may follow one another but not share a day.
    """
    groups: dict[tuple[str, ...], list[int]] = {}
    for place, entry in enumerate(entries):
        subject = (entry.hs, entry.kind, entry.origin, entry.producer)
        groups.setdefault(subject, []).append(place)
    for places in groups.values():
        if len(places) > 1:
            yield from _clashes_among(places, entries)


def _clashes_among(places: list[int], entries: Sequence[Entry]) -> Iterator[tuple[int, int]]:
    open_places: list[int] = []
    for place in sorted(places, key=lambda place: entries[place].start):
        start = entries[place].start
        open_places = [one for one in open_places if entries[one].stop > start]
        clash = next((one for one in open_places if _meet(entries[one], entries[place])), None)
        if clash is None:
            open_places.append(place)
        else:
            yield clash, place


def _meet(one: Entry, other: Entry) -> bool:
    """Whether two entries whose periods have days in common share a day of their seasons."""
    ours, theirs = one.season, other.season
    if ours is None or theirs is None or ours == theirs:
        return True
    within_years = not (ours.over_new_year or theirs.over_new_year)
    if within_years and (ours.last < theirs.first or theirs.last < ours.first):
        return False
    start, stop = max(one.start, other.start), min(one.stop, other.stop)
    others = periods(theirs, start, stop)
    return any(a < d and c < b for a, b in periods(ours, start, stop) for c, d in others)
