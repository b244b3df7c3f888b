"""One house of commercial goods at a time: the sheets of the passage, read as generated Python.

A declarant who sends one declaration gets the decision in well under a millisecond, where tables
need tens of them. What a sheet says comes from the sheet; counts, sums, shares, missing permits
and payments are plain code (`house_counts`, `house_payments`, `house_release`), each beside its
frame twin; a property test asserts that every column is that of `passage.goods.clear`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import Protocol

import polars as pl

from silkport.engine import house_counts as counts
from silkport.engine import house_payments as payments
from silkport.engine.house_counts import Row
from silkport.engine.house_release import decide, decision
from silkport.engine.house_sheets import Cell, Fires, Work, sheets_of
from silkport.kernel.ids import parcel_id
from silkport.kernel.periods import day_of
from silkport.law.book import NO_CELL, Book
from silkport.law.compiled import Law
from silkport.model.columns import MISSING
from silkport.model.outcomes import ASSESSED, DECISION
from silkport.model.rows import HOUSE
from silkport.passage.cells import house_facts
from silkport.stages import assess, check, release, screen, value
from silkport.stages.check.counts import REFUSING_PROBLEMS

Cells = Mapping[str, int | str]

PPM = 1_000_000
PLACES_AT_HAND = 4_096
"""Ways, procedures and legal days whose cell is remembered."""

_EMPTY: Row = {column.name: column.absent for column in HOUSE.columns}
_ASSESSED, _DECISION = ASSESSED.names, DECISION.names
_NOTHING: Row = dict.fromkeys(assess.GOODS_COLUMNS, 0)


class Unread(Protocol):
    """A value a reader could not use, as `formats.reading.Problem` has it."""

    @property
    def order_no(self) -> str:
        """The number of the declaration it belongs to."""

    @property
    def position(self) -> int:
        """Row or ordinal in its file."""

    @property
    def column(self) -> str:
        """The column it stands in."""

    @property
    def read(self) -> str:
        """The cell as it was read."""

    @property
    def expected(self) -> str:
        """What was expected."""

    @property
    def code(self) -> str:
        """The permanent code of the reading problem."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """What was decided last on a house: the decision, its payments and its assessed lines."""

    decision: Cells
    tax_lines: Sequence[Cells] = ()
    assessed: Sequence[Cells] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ClearedHouse:
    """The decision on one house and all that belongs to it, as rows of the tables of outcomes.

    `kept` says that the earlier decision is given again with its payments and assessed lines,
    because an act after release was not accepted; the findings are those of the act. Where an
    officer has to decide the act, `proposed` is what holds if he accepts it. `refund_days` is how
    long the law gives to claim a refund.
    """

    decision: Row
    findings: list[Row]
    tax_lines: list[Row]
    adjustments: list[Row]
    assessed: list[Row]
    kept: bool
    refund_days: int = 0
    proposed: ClearedHouse | None = None


class SingleHouse:
    """Decides single houses of commercial goods by one administration's law."""

    def __init__(self, book: Book, country: str) -> None:
        """Begins with one edition of the law.

        Args:
            country: ISO alpha-2 of the administration.
        """
        self._book = book
        self._country = country
        self._permits = counts.Permits(book.law)
        self._facts = {int(row["cell"]): row for row in house_facts(book).to_dicts()}
        self._cells = {NO_CELL: Cell(_no_facts(house_facts(book)) | {"cell": NO_CELL}, {})}
        self._number_of = lru_cache(PLACES_AT_HAND)(partial(book.cell_of, declares="house"))

    @property
    def law(self) -> Law:
        """The law by which it decides."""
        return self._book.law

    def prepare(self, day: int) -> None:
        """Compiles what is in force on a day, so that no declarant waits for it."""
        for number in self._facts:
            start, stop = self._book.cells[number][1]
            if start <= day_of(day) < stop:
                self._cell(number)

    def clear(
        self,
        declaration: Cells,
        goods: Sequence[Cells],
        *,
        processing_day: int,
        draw_seed: int | None = None,
        draw_ppm: int | None = None,
        before: Earlier | None = None,
        problems: Sequence[Unread] = (),
        from_customs: bool = False,
    ) -> ClearedHouse:
        """The decision on one house, as `passage.goods.clear` takes it for a house alone.

        The version must be the one that counts: `house_release.told` says which does. What rules
        read must be within the bounds of its columns, as every reader leaves it.

        Args:
            declaration: columns of DECLARATION, absent ones left out; and `received_day`, the day
                this node received the version, without which it is the day of processing.
            goods: columns of GOODS in the order in which the lines came.
            draw_seed: the node's key of the random draw, unless `draw_ppm` says what it gave.
            before: what was decided last on this house, whatever it was.
            problems: of the reader; those of other declarations do not count.
            from_customs: customs itself hands it in, which alone may assess anew.
        """
        row: Row = {**_EMPTY, "received_day": processing_day, **declaration}
        row["parcel_id"] = parcel_id(
            self._book.law.country, row["declarant_code"], row["declaration_no"]
        )
        row["processing_day"] = processing_day
        row["from_customs"] = int(from_customs)
        assert (draw_seed is None) is not (draw_ppm is None), "either a key or what it gave"
        row["draw_ppm"] = draw_ppm if draw_seed is None else drawn(row["parcel_id"], draw_seed)
        work = self._opened(row, before)
        _declare(work, problems)
        _check(work, goods, self._permits)
        _value(work)
        rows = _assess(work, self._book.law.currency)
        work.house |= {"risk_score": 0, "lane_number": 0}
        work.run(screen.houses, (row,))
        work.run(release.houses, (row,))
        return self._concluded(work, rows, before)

    def _opened(self, row: Row, before: Earlier | None) -> Work:
        """The row with what was decided before and what its cell says.

        Twin of `declare.to_houses` and of how the passage opens a batch.
        """
        earlier = before.decision if before else _NEVER
        row["released_day"], row["registered_day"] = earlier["released_day"], earlier["decl_day"]
        row["registered_procedure"] = earlier["trade_mode"]
        row["registered_direction"] = earlier["direction"]
        row["paid_before_minor"] = earlier["total_minor"]
        row["trade_mode"] = row["procedure"]
        row["direction"] = "transit"
        if row["destination_country"] == self._country:
            row["direction"] = "import"
        elif row["departure_country"] == self._country:
            row["direction"] = "export"
        if row["act"] in release.AFTER_RELEASE and row["registered_day"] >= 0:
            row["decl_day"] = row["registered_day"]
        number = self._number_of(row["direction"], row["procedure"], row["decl_day"])
        if number == NO_CELL and row["direction"] == "transit":
            row["direction"] = ""
        cell = self._cell(number)
        row |= cell.facts
        if row["feature"] == "paid" and row["deferred_until_day"] >= 0:
            row["feature"] = "deferred"
        return Work(cell, row)

    def _cell(self, number: int) -> Cell:
        if number not in self._cells:
            self._cells[number] = Cell(self._facts[number], sheets_of(self._book, number))
        return self._cells[number]

    def _concluded(self, work: Work, rows: list[Row], before: Earlier | None) -> ClearedHouse:
        """Decides; where an act after release is not accepted, what was decided before stands."""
        house, law = work.house, self._book.law
        decide(house, work.effects)
        work.findings.sort(key=_place)
        then = before.tax_lines if before else ()
        changes = payments.adjustments(house, rows, then, law.currency)
        about = {"regime": house["regime"], "law_digest": law.digest}
        seen = [line | about for line in work.lines]
        anew = ClearedHouse(
            decision=decision(house, law),
            findings=work.findings,
            tax_lines=[] if house["outcome"] == "withdrawn" else rows,
            adjustments=changes,
            assessed=[{name: line[name] for name in _ASSESSED} for line in seen],
            kept=False,
            refund_days=house["refund_days"],
        )
        if not before or house["act_outcome"] not in {"held", "refused"}:
            return anew
        accepted = {"outcome": "released", "released_day": before.decision["released_day"]}
        proposed = replace(anew, decision=anew.decision | accepted)
        return ClearedHouse(
            decision={name: before.decision[name] for name in _DECISION},
            findings=work.findings,
            tax_lines=[dict(row) for row in before.tax_lines],
            adjustments=changes,
            assessed=[dict(row) for row in before.assessed],
            kept=True,
            refund_days=house["refund_days"],
            proposed=proposed if house["act_outcome"] == "held" else None,
        )


def drawn(parcel: str, draw_seed: int) -> int:
    """The place of a house in the node's keyed random draw, in millionths.

    Asked of the tables' own hash, which this is to equal, whatever release of it is installed.
    """
    return int(pl.Series((parcel,)).hash(draw_seed).item()) % PPM


_UNCOVERED = {
    "REG001": ("trade_mode", "direction", "decl_day"),
    "REG002": ("departure_country", "destination_country"),
}
"""What findings on a house of no regime, and on one of another administration, quote."""

_NEVER: Cells = {
    "released_day": MISSING,
    "decl_day": MISSING,
    "trade_mode": "",
    "direction": "",
    "total_minor": 0,
}


def _no_facts(facts: pl.DataFrame) -> Row:
    """What a house of no cell quotes: nothing."""
    return {name: "" if kind == pl.String else 0 for name, kind in facts.schema.items()}


def _place(finding: Row) -> tuple[int, str]:
    return finding["line"], finding["code"]


def _declare(work: Work, problems: Iterable[Unread]) -> None:
    """Notes that no regime covers the house, and what could not be read of it.

    Twin of `declare.no_regime`, `declare.unreadable` and `check.with_unreadable_counts`.
    """
    house = work.house
    if house["cell"] == NO_CELL:
        code = "REG001" if house["direction"] else "REG002"
        facts = {name: house[name] for name in _UNCOVERED[code]}
        work.found(0, Fires(code, "declare", "refuse"), facts)
    own = [one for one in problems if one.order_no == house["declaration_no"]]
    for one in own:
        facts = {"column": one.column, "read": one.read, "expected": one.expected}
        work.found(0, Fires(one.code, "declare", "note"), facts | {"position": one.position})
    house["unreadable_cells"] = sum(one.code in REFUSING_PROBLEMS for one in own)


def _check(work: Work, goods: Iterable[Cells], permits: counts.Permits) -> None:
    work.lines = counts.goods_rows(work.house, goods)
    counts.count_goods(work.house, work.lines)
    for line in work.lines:
        permits.add_missing(line, work.house)
    work.run(check.goods, work.lines)
    work.run(check.houses, (work.house,))


def _value(work: Work) -> None:
    """Customs values; twin of `value.with_house_amounts` besides."""
    house = work.house
    house |= dict.fromkeys(value.ADJUSTMENTS, 0)
    work.run(value.houses, (house,))
    added = {name: house[name] for name in value.ADJUSTMENTS} | {"customs_value_minor": 0}
    for line in work.lines:
        line |= added
    work.run(value.goods, work.lines)
    house["customs_value_minor"] = counts.customs_value(work.lines)


def _assess(work: Work, currency: str) -> list[Row]:
    house = work.house
    house["fee_minor"] = 0
    work.run(assess.houses, (house,))
    counts.share_fee(work.lines, house["fee_minor"])
    for line in work.lines:
        line |= _NOTHING
    work.run(assess.goods, work.lines)
    rows = payments.payment_rows(house, work.lines, currency)
    payments.total_up(house, rows)
    return rows
