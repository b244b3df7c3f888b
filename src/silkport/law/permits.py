"""Permits: the documents without which goods of a commodity code may not cross.

`permits.csv` states them. Unlike rates, where the longest code wins, every permit whose code the
goods begin with is needed: meat under licence needs its veterinary certificate as well.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from silkport.kernel.errors import PermitsRefused
from silkport.law.strict import (
    CONFIDENCES,
    Faults,
    WrongCell,
    confidence_in,
    day_in,
    read_rows,
    shown,
)
from silkport.law.tariff.entries import CODE_LENGTHS

COLUMNS = (
    "hs",
    "kind",
    "name",
    "direction",
    "procedure",
    "origin",
    "start",
    "stop",
    "source",
    "confidence",
)
"""Columns of `permits.csv`."""

DIRECTIONS = ("import", "export")

_KIND = re.compile(r"[A-Za-z0-9]{1,5}")
_PROCEDURE = re.compile(r"[0-9]{2,4}")
_ORIGIN = re.compile(r"[A-Z]{2}")
_LONGEST_NAME = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Permit:
    """One permit that goods of a code need in one period.

    Args:
        hs: digits that the commodity code begins with.
        kind: kind of document as box 44 states it, in the administration's own list.
        name: what it is, in English.
        direction: import or export; "" is both.
        procedure: customs procedure or supervision mode; "" is every one.
        origin: ISO 3166-1 alpha-2 code of the origin of the goods; "" is every one.
        start, stop: the half-open period.
        source: the act.
        confidence: "cited", or "unverified" when nobody read it in the act.
    """

    hs: str
    kind: str
    name: str
    direction: str = ""
    procedure: str = ""
    origin: str = ""
    start: date
    stop: date = date.max
    source: str
    confidence: str = CONFIDENCES[0]

    @property
    def subject(self) -> tuple[str, ...]:
        """What stands once on a day."""
        return self.hs, self.kind, self.name, self.direction, self.procedure, self.origin

    @property
    def label(self) -> str:
        """The permit as people read it: its kind and its name."""
        return f"{self.kind} {self.name}"


def permits_for(
    permits: Iterable[Permit],
    *,
    hs: str,
    direction: str,
    day: date,
    procedure: str = "",
    origin: str = "",
) -> list[Permit]:
    """The permits that goods need on a day, by kind and name.

    Args:
        hs: the commodity code of the goods.
        direction: import, export or transit; "" is not known.
        procedure, origin: "" is not known, and then what holds for one of them is needed too.
    """
    asked = ((direction, "direction"), (procedure, "procedure"), (origin, "origin"))
    found = [
        permit
        for permit in permits
        if hs.startswith(permit.hs)
        and permit.start <= day < permit.stop
        and all(getattr(permit, name) in ("", one) for one, name in asked if one)
    ]
    return sorted(found, key=lambda permit: (permit.kind, permit.name, permit.hs))


def read_permits(text: str, what: str, *, source: str = "") -> tuple[Permit, ...]:
    """The permits of a file in the documented layout, in order.

    Args:
        text: the whole file.
        what: how messages name it.
        source: of rows that name none.
    Raises PermitsRefused with every wrong row, LimitExceeded.
    """
    faults = Faults(what, PermitsRefused)
    numbered: list[tuple[int, Permit]] = []
    for row, cells in read_rows(text, COLUMNS, faults):
        try:
            numbered.append((row, _permit(cells, source)))
        except WrongCell as cell:
            faults.add(row, cell)
    if not (numbered or faults.found):
        raise faults.refuse("it holds no permit")
    _refuse_twice(numbered, faults)
    faults.raise_any()
    return tuple(sorted((permit for _, permit in numbered), key=_order))


def _order(permit: Permit) -> tuple[object, ...]:
    return *permit.subject, permit.start


def _permit(cells: Sequence[str], source: str) -> Permit:
    """The permit of a row with the cells of COLUMNS. Raises WrongCell."""
    hs, kind, name, direction, procedure, origin, first, last, act, confidence = cells
    if not (len(hs) in CODE_LENGTHS and hs.isascii() and hs.isdigit()):
        lengths = ", ".join(map(str, CODE_LENGTHS[:-1]))
        fix = f"write {lengths} or 10 digits without spaces; a permit of every code is not read"
        raise WrongCell("hs", f"{shown(hs)} is no commodity code", fix)
    _demand("kind", kind, _KIND, "write the code of its kind, such as 01011")
    if not name or len(name) > _LONGEST_NAME or ";" in name:
        wrong = f"{shown(name)} names no permit"
        raise WrongCell("name", wrong, f"write at most {_LONGEST_NAME} characters without ';'")
    if direction and direction not in DIRECTIONS:
        fix = f"write {' or '.join(DIRECTIONS)}, or leave it empty for both"
        raise WrongCell("direction", f"{shown(direction)} is no direction", fix)
    if procedure:
        _demand("procedure", procedure, _PROCEDURE, "write its digits; empty is every one")
    if origin:
        _demand("origin", origin, _ORIGIN, "write two capital letters of ISO 3166-1")
    if not first:
        raise WrongCell("start", "it has no first day", "write it as 2026-07-01")
    start = day_in(first, "start")
    stop = day_in(last, "stop") if last else date.max
    if stop <= start:
        wrong = f"{stop} is not after the start {start}"
        raise WrongCell("stop", wrong, "write the first day on which it no longer applies")
    if not (act or source):
        raise WrongCell("source", "it has no source", "name the act, or give --source")
    return Permit(
        hs=hs,
        kind=kind,
        name=name,
        direction=direction,
        procedure=procedure,
        origin=origin,
        start=start,
        stop=stop,
        source=act or source,
        confidence=confidence_in(confidence),
    )


def _demand(column: str, text: str, form: re.Pattern[str], fix: str) -> None:
    if not form.fullmatch(text):
        raise WrongCell(column, f"{shown(text)} is no {column}", fix)


def _refuse_twice(numbered: Iterable[tuple[int, Permit]], faults: Faults) -> None:
    """Notes rows that state a permit on days on which an earlier row states it already."""
    by_subject: dict[tuple[str, ...], list[tuple[date, int, Permit]]] = {}
    for row, permit in numbered:
        by_subject.setdefault(permit.subject, []).append((permit.start, row, permit))
    for dated in by_subject.values():
        until, before = date.min, 0
        for start, row, permit in sorted(dated, key=lambda one: one[:2]):
            if start < until:
                wrong = f"{permit.hs} {permit.label} is needed on {start} by row {before} already"
                faults.add(row, WrongCell("start", wrong, "give one of them a stop, or leave it"))
            if permit.stop > until:
                until, before = permit.stop, row


def write_permits(permits: Iterable[Permit]) -> str:
    """Permits in the documented layout and order; `read_permits` gives the same again."""
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(COLUMNS)
    for permit in sorted(permits, key=_order):
        stop = "" if permit.stop == date.max else permit.stop.isoformat()
        dated = (permit.start.isoformat(), stop, permit.source, permit.confidence)
        lines.writerow((*permit.subject, *dated))
    return text.getvalue()
