"""Checks one administration's law as a whole, beyond what loading refuses.

What it says of goods and levies, and what it says of time: calendar, days off, posts, deadlines,
how long something is kept, and the deadlines that it agreed with each neighbour.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, Protocol, TypeVar

from silkport.journey import SHEETS, possible
from silkport.kernel.errors import SilkportError
from silkport.law.book import Book
from silkport.law.compiled import Law
from silkport.law.deadlines import Deadlines
from silkport.law.retention import RETENTION, Retention
from silkport.law.strict import CONFIDENCES
from silkport.law.time_loading import DAYS, DEADLINES, POSTS
from silkport.model.states import TRANSITIONS, WITHOUT_A_STEP
from silkport.node.law.books import law_book, sentences
from silkport.node.law.calendars import Timetable, pair_timetable, pairs_of, timetable
from silkport.node.law.retention import retention
from silkport.stages.assess import REMEDIES


def check_law(country: str, home: Path | None = None) -> list[dict[str, Any]]:
    """Findings of kind `wrong` (something cannot work) or `told` (an operator should know).

    Args:
        home: a home whose loaded tables are checked with the rest.
    """
    found: list[dict[str, Any]] = []
    book = _read(found, country, lambda: law_book(country, home))
    if book is not None:
        found += [*_sheets(book), *_sentences(book), *_told(book.law)]
    times = _read(found, country, lambda: timetable(country, home))
    if times is not None:
        found += [*_steps(country, times.deadlines), *_told_of_time(times)]
    kept = _read(found, country, lambda: retention(country, home))
    if kept is not None:
        found += _told_of_retention(kept)
    for other in pairs_of(country, home):
        if country < other:  # each pair once, with the first of its two
            agreed = _read(found, country, partial(pair_timetable, country, other, home))
            terms = agreed.deadlines.deadlines if agreed else ()
            found += _told_unverified(country, f"{country}_{other}/{DEADLINES}", terms)
    return sorted(found, key=lambda row: row["kind"] != "wrong")


T = TypeVar("T")


class _Vouched(Protocol):
    """A record that says whether somebody confirmed it."""

    @property
    def confidence(self) -> str:
        """One of CONFIDENCES."""


def _read(found: list[dict[str, Any]], country: str, read: Callable[[], T]) -> T | None:
    """What is read; what cannot be is wrong, and the rest is looked at all the same."""
    try:
        return read()
    except SilkportError as error:
        row = _row(country, "wrong", error.code, str(error))
        if row not in found:  # what several read is wrong once
            found.append(row)
        return None


def _row(country: str, kind: str, what: str, text: str) -> dict[str, Any]:
    return {"administration": country, "kind": kind, "what": what, "text": text}


def _sheets(book: Book) -> list[dict[str, Any]]:
    """Compiles every sheet of every cell in the bulk and single readings."""
    country = book.law.country
    for cell, (regime, period) in enumerate(book.cells):
        for sheet in SHEETS:
            try:
                compiled = book.compiled(sheet, cell)
                assert compiled.bulk is not None
                assert compiled.single is not None
            except SilkportError as error:
                what = f"{regime.code} from {period[0]}, {sheet.stage} of {sheet.shape.name}s"
                return [_row(country, "wrong", what, str(error))]
    return []


def _sentences(book: Book) -> list[dict[str, Any]]:
    known = set(sentences().codes)
    missing = sorted(code for sheet in SHEETS for code in sheet.rules if code not in known)
    return [_row(book.law.country, "wrong", code, "has no sentence") for code in missing]


def _told(law: Law) -> list[dict[str, Any]]:
    found = []
    unverified = sorted(
        name
        for name, values in law.params.items()
        if any(value.confidence != "cited" and value.stop == date.max for value in values)
    )
    if unverified:
        text = ", ".join(unverified)
        found.append(_row(law.country, "told", f"{len(unverified)} unverified values", text))
    for name, table in law.tables.items():
        if not table.records:
            text = "parcels that need it are held for an officer; load the official table"
            found.append(_row(law.country, "told", f"no {name} table", text))
        loose = sum(record.confidence != "cited" for record in table.records)
        if loose:
            text = f"{loose} of {len(table.records)} records"
            found.append(_row(law.country, "told", f"unverified in the {name} table", text))
    loose = sum(permit.confidence != "cited" for permit in law.permits)
    if loose or not law.permits:
        text = f"{loose} of them unverified; load the official list"
        found.append(_row(law.country, "told", f"{len(law.permits)} permits", text))
    return found


def _steps(country: str, deadlines: Deadlines) -> Iterator[dict[str, Any]]:
    """Steps of a declaration whose term the law does not give, or which end in no event.

    A declaration cannot take such a step; at the end of a term whose event its state does not
    have a person must say what follows.
    """
    begun = {one.deadline for one in TRANSITIONS} | set(WITHOUT_A_STEP)
    for name in sorted(set(deadlines.names) - begun):
        text = "no step of a declaration begins it; is the name misspelt?"
        yield _row(country, "told", f"deadline.{name}", text)
    terms = sorted({(one.deadline, one.to) for one in TRANSITIONS if one.deadline})
    for name in sorted({deadline for deadline, _ in terms}):
        records = [one for one in deadlines.deadlines if one.name == name]
        if not any(one.period.stop == date.max for one in records):
            text = f"{DEADLINES} does not say how long it takes; declarations cannot go on there"
            yield _row(country, "wrong", f"deadline.{name}", text)
        for one in records:
            for state in sorted(to for deadline, to in terms if deadline == name):
                if one.then not in possible(state):
                    text = f"its event {one.then} does not exist for what is {state}"
                    yield _row(country, "wrong", f"deadline.{name}", text)


def _told_of_time(times: Timetable) -> Iterator[dict[str, Any]]:
    country, calendar = times.country, times.calendar
    text = f"from {calendar.known_from} to before {calendar.known_until}: {times.known_source}"
    yield _row(country, "told", "days off are known", text)
    posts = times.posts.values()
    records: dict[str, Sequence[_Vouched]] = {
        "working hours": [*calendar.time.offsets, *calendar.hours],
        DAYS: [*calendar.days],
        POSTS: [one for post in posts for one in post.hours]
        + [one for post in posts for one in post.closures],
        DEADLINES: [*times.deadlines.deadlines],
    }
    for what, several in records.items():
        yield from _told_unverified(country, what, several)
    if not times.posts:
        yield _row(country, "told", "no posts", f"{POSTS} names none")


def _told_of_retention(kept: Retention) -> Iterator[dict[str, Any]]:
    """Terms that nobody confirmed: nothing is removed under them without being told to."""
    yield from _told_unverified(kept.country, RETENTION, kept.terms)
    for name in sorted({one.kept for one in kept.terms}):
        if not any(one.kept is name and one.period.stop == date.max for one in kept.terms):
            yield _row(kept.country, "wrong", f"retention.{name}", "its last term has an end")


def _told_unverified(
    country: str, what: str, records: Sequence[_Vouched]
) -> Iterator[dict[str, Any]]:
    loose = sum(one.confidence != CONFIDENCES[0] for one in records)
    if loose:
        yield _row(country, "told", f"unverified in {what}", f"{loose} of {len(records)} records")


_LISTS = {"excise_duty": ("excise",), "trade_remedies": REMEDIES}
"""Computations that charge nothing where no list of theirs is on file, and their tables."""


def unlisted(book: Book) -> list[str]:
    """Levies that regimes of goods ask for and of which the law on file has no list at all.

    A code that a list does not name owes nothing; without a list nobody knows.
    """
    asked = {
        code
        for number in book.cells_for("house")
        for code in book.cells[number][0].stages.get("assess", ())
    }
    return [
        f"No {' or '.join(tables)} rates are on file, so none were charged; load the official list."
        for code, tables in _LISTS.items()
        if code in asked and not any(book.law.tables[name].records for name in tables)
    ]
