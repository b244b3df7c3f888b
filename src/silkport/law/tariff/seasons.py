"""Seasons: the part of every year in which a rate of duty applies, as a tariff writes it.

Both days belong to the season: "с 16 сентября по 15 декабря", "16 September - 15 December", or
"09-16..12-15" in a table. A season may run over New Year. One that begins or ends on 29 February
begins on 1 March or ends on 28 February in a year without that day.
"""

from __future__ import annotations

import re
from calendar import isleap
from dataclasses import dataclass
from datetime import MAXYEAR, date, timedelta

from silkport.kernel.errors import InvalidValue
from silkport.law.tariff.reading import Reader

HORIZON = date(2100, 1, 1)
"""Where seasons are no longer counted when no end of the law is known."""

_MONTHS = {
    "en": tuple(
        "January February March April May June July August September October November "
        "December".split()
    ),
    "ru": tuple(
        "января февраля марта апреля мая июня июля августа сентября октября ноября декабря".split()
    ),
}
_NUMBERS = {
    name.casefold(): number for names in _MONTHS.values() for number, name in enumerate(names, 1)
}
_LONGEST = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)

_CODED = re.compile(r"\s*([0-9]{2})-([0-9]{2})\s*\.\.\s*([0-9]{2})-([0-9]{2})\s*")
_FROM = re.compile(r"(?i)\s*(?:с|from)\s+")
_TO = re.compile(r"(?i)\s*(?:по\b|to\b|[-–—])")
_DAY = re.compile(r"\s*([0-9]+)\s+([^\W\d_]+)")
_SPOKEN = re.compile(r"\bс\s+[0-9]+\s+[а-я]+\s+по\s+[0-9]+\s+[а-я]+")

Day = tuple[int, int]
"""A month and a day of it."""


@dataclass(frozen=True, slots=True)
class Season:
    """A stretch of the year from its first to its last day, both within it; months first.

    Raises InvalidValue for a day that no year has.
    """

    first: Day
    last: Day

    def __post_init__(self) -> None:
        """Refuse 31 April."""
        for month, day in (self.first, self.last):
            if not (1 <= month <= 12 and 1 <= day <= _LONGEST[month - 1]):
                reason = "no year has such a day"
                raise InvalidValue(what="a day", value=f"{month:02}-{day:02}", reason=reason)

    @property
    def over_new_year(self) -> bool:
        """Whether it ends in the year after the one in which it begins."""
        return self.last < self.first


def parse_season(text: str) -> Season:
    """Read a season in Russian, in English or as months and days.

    Raises UnreadableRate, which names the characters at fault.
    """
    reader = Reader(text, what="season")
    coded = _CODED.fullmatch(text)
    if coded:
        first, last = (
            _checked(reader, (int(coded[at]), int(coded[at + 1])), coded.span(at + 1))
            for at in (1, 3)
        )
        return Season(first, last)
    reader.take(_FROM)
    first = _day(reader)
    joined = reader.take(_TO)
    if joined is None:
        span = (reader.at, len(text)) if text[reader.at :].strip() else (0, len(text))
        reader.refuse("'по' or '-' comes between the first and the last day", span)
    reader.demand_more(joined)
    last = _day(reader)
    if text[reader.at :].strip():
        reader.refuse("a season ends with its last day", (reader.at, len(text)))
    return Season(first, last)


def season_in(name: str) -> Season | None:
    """The season that a Russian name of goods states, if it states one.

    The Common Customs Tariff of the EAEU gives goods of each season a code and a name of their
    own: "– – для производства сидра, навалом, с 16 сентября по 15 декабря".
    Raises UnreadableRate when what stands there is no season.
    """
    found = _SPOKEN.search(name)
    return parse_season(found[0]) if found else None


def _day(reader: Reader) -> Day:
    found = reader.take(_DAY)
    if found is None:
        reader.refuse("a day and the name of its month are expected", (reader.at, len(reader.text)))
    month = _NUMBERS.get(found[2].casefold())
    if month is None:
        reader.refuse("no month has this name in full, in Russian or English", found.span(2))
    return _checked(reader, (month, int(found[1])), found.span(1))


def _checked(reader: Reader, day: Day, span: tuple[int, int]) -> Day:
    if not 1 <= day[0] <= 12:
        reader.refuse("a year has months 01 to 12", (span[0] - 3, span[1]))
    longest = _LONGEST[day[0] - 1]
    if not 1 <= day[1] <= longest:
        reader.refuse(f"the month has days 1 to {longest}", span)
    return day


def print_season(season: Season, language: str) -> str:
    """A season as the tariff writes it in "en" or "ru"; `parse_season` reads it again.

    Raises InvalidValue for another language.
    """
    months = _MONTHS.get(language)
    if months is None:
        reason = "seasons are printed in en and ru"
        raise InvalidValue(what="a language", value=language, reason=reason)
    first, last = (f"{day} {months[month - 1]}" for month, day in (season.first, season.last))
    return f"с {first} по {last}" if language == "ru" else f"{first} - {last}"


def periods(season: Season, start: date, stop: date) -> list[tuple[date, date]]:
    """When a season runs while a law is in force, as half-open periods in order.

    Args:
        season: the part of every year.
        start: the first day of the law.
        stop: the first day it no longer applies; `date.max`, no known end, counts as HORIZON.
    """
    stop = HORIZON if stop == date.max else stop
    found = []
    for year in range(max(start.year - 1, 1), stop.year + 1):
        begin = max(_first_day(season, year), start)
        last = _last_day(season, year)
        end = stop if last >= stop else last + timedelta(days=1)
        if begin < end:
            found.append((begin, end))
    return found


def _first_day(season: Season, year: int) -> date:
    month, day = season.first
    missing = (month, day) == (2, 29) and not isleap(year)
    return date(year, 3, 1) if missing else date(year, month, day)


def _last_day(season: Season, year: int) -> date:
    year += season.over_new_year
    if year > MAXYEAR:
        return date.max
    month, day = season.last
    missing = (month, day) == (2, 29) and not isleap(year)
    return date(year, month, 28 if missing else day)
