"""A desk for commercial goods: declarations go to the passage; it remembers as the node does."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any, NamedTuple

import polars as pl

from silkport.kernel.periods import day_number
from silkport.law.book import Book
from silkport.model.declarations import DECLARATION, DECLARED_TABLES, GOODS
from silkport.model.outcomes import ADJUSTMENT, DECISION, DOCUMENT_STATUS, FINDING, TAX_LINE
from silkport.node.clearing.arrival import PROBLEM_SCHEMA
from silkport.node.law.books import country_code
from silkport.node.store.segments import outcome_schema
from silkport.passage import goods as passage
from silkport.passage.goods import Batch, Cleared
from silkport.stages.declare import NUMBERED, schema_of
from tests.stages import declared
from tests.stages.goods_law import DAY, E5, Row, book_with


class Declared(NamedTuple):
    """One version of a declaration with its goods lines."""

    head: Row
    lines: tuple[Row, ...]

    def version(self, clock: int, **changes: int | str) -> Declared:
        """Another version of the same declaration, made on the same day at `clock`."""
        when = int(self.head["app_time"]) // 10**6 * 10**6 + clock
        head = self.head | {"app_time": when, "guid": f"{self.head['guid']}-{clock}"} | changes
        return self._replace(head=head)

    def with_line(self, number: int = 1, **changes: int | str) -> Declared:
        """The same with changes in one line; totals of prices and masses follow."""
        lines = tuple(
            row | changes if at == number else row for at, row in enumerate(self.lines, 1)
        )
        return _added_up(self.head, lines)


def _added_up(head: Row, lines: Iterable[Row]) -> Declared:
    rows = tuple(lines)
    total = sum(max(int(row["total_e5"]), 0) for row in rows)
    gross = sum(max(int(row["gross_mass_mg"]), 0) for row in rows)
    sums: Row = {"invoice_total_e5": total, "gross_mass_mg": gross, "goods_count": len(rows)}
    return Declared(head | sums, rows)


def a_declaration(
    number: str = "AIG/1",
    *lines: Row,
    country: str = "zz",
    day: date = DAY,
    **changes: int | str,
) -> Declared:
    """A declaration of flour, lawful in the administration; `lines` say how each line differs."""
    here = country_code(country)
    abroad = "KZ" if here != "KZ" else "CN"
    ways: Row = {"departure_country": abroad, "destination_country": here}
    dated: Row = {"decl_day": day_number(day), "app_time": int(f"{day:%Y%m%d}") * 10**6 + 80_000}
    whole = declared.a_house(country, **(ways | dated | {"invoice_total_e5": 0}))
    head = {name: whole[name] for name in DECLARATION.names} | {"declaration_no": number}
    head |= {"guid": f"{number}-1", "stay_months": -1, "guarantee_no": ""} | changes
    rows = []
    for gnum, difference in enumerate(lines or ({},), 1):
        line = declared.a_line(country, gnum=gnum, total_e5=8_123 * E5)
        own: Row = {"declaration_no": number, "declarant_code": head["declarant_code"]}
        assert difference.keys() <= set(GOODS.names), difference
        rows.append({name: line[name] for name in GOODS.names} | own | difference)
    return _added_up(head, rows)


_STATUS = {
    name: kind
    for name, kind in outcome_schema(DOCUMENT_STATUS).items()
    if name not in ("source", "position")  # the node adds where a document was read
}


class GoodsDesk:
    """Clears batches of declarations one after another for one administration."""

    def __init__(self, country: str = "zz", book: Book | None = None) -> None:
        self.country = country
        self.book = book or book_with(country)
        self.kept = {table.name: pl.DataFrame(schema=schema_of(table)) for table in DECLARED_TABLES}
        self.outcomes = {
            table.name: pl.DataFrame(schema=outcome_schema(table))
            for table in (DECISION, FINDING, TAX_LINE, ADJUSTMENT)
        }
        self.statuses: list[str] = []
        self.told = pl.DataFrame(schema=_STATUS)
        self.documents = 0

    def clear(self, day: date, *documents: Declared) -> Cleared:
        """Decides `documents`, numbered in their order."""
        incoming = self._numbered(documents, day_number(day))
        numbers = incoming[DECLARATION.name]["declaration_no"].unique()
        decisions = self.outcomes[DECISION.name].filter(pl.col("order_no").is_in(numbers.implode()))
        ours = decisions.select("parcel_id")
        told = self.told.filter(pl.col("order_no").is_in(numbers.implode()))
        of_houses = pl.col("declaration_no").is_in(numbers.implode())
        batch = Batch(
            administration=self.country,
            country=country_code(self.country),
            processing_day=day_number(day),
            draw_seed=0,
            incoming=incoming,
            known={name: rows.filter(of_houses) for name, rows in self.kept.items()}
            | {DOCUMENT_STATUS.name: told},
            decisions=decisions,
            tax_lines=self.outcomes[TAX_LINE.name].join(ours, on="parcel_id", how="semi"),
            problems=pl.DataFrame(schema=PROBLEM_SCHEMA),
            from_customs=True,
        )
        cleared = passage.clear(batch, self.book)
        self._keep(incoming, cleared)
        return cleared

    def _numbered(self, documents: Iterable[Declared], today: int) -> dict[str, pl.DataFrame]:
        rows: dict[str, list[Row]] = {table.name: [] for table in DECLARED_TABLES}
        received = next(name for name in NUMBERED if name != "doc")
        for document in documents:
            self.documents += 1
            about: Row = {"doc": self.documents, received: today}
            rows[DECLARATION.name].append(document.head | about)
            rows[GOODS.name] += [line | about for line in document.lines]
        return {
            table.name: pl.DataFrame(rows[table.name], schema=schema_of(table))
            for table in DECLARED_TABLES
        }

    def _keep(self, incoming: dict[str, pl.DataFrame], cleared: Cleared) -> None:
        self.statuses += cleared.statuses.sort("doc")["status"].to_list()
        told = cleared.statuses.filter(pl.col("status") != "duplicate")
        self.told = pl.concat([self.told, told.select(self.told.columns)])
        fresh = told.select("doc")
        for name, rows in incoming.items():
            self.kept[name] = pl.concat([self.kept[name], rows.join(fresh, on="doc", how="semi")])
        anew = cleared.decisions.select("parcel_id")
        for name in (DECISION.name, FINDING.name, TAX_LINE.name):
            stood = self.outcomes[name].join(anew, on="parcel_id", how="anti")
            self.outcomes[name] = pl.concat([stood, getattr(cleared, name)])
        kept = self.outcomes[ADJUSTMENT.name]
        self.outcomes[ADJUSTMENT.name] = pl.concat([kept, cleared.adjustments])

    def decision(self, number: str = "AIG/1") -> dict[str, Any]:
        """The latest decision on a house."""
        found = self.outcomes[DECISION.name].filter(pl.col("order_no") == number)
        return dict(found.row(0, named=True))

    def _of_house(self, table: str, number: str) -> pl.DataFrame:
        parcel = self.decision(number)["parcel_id"]
        return self.outcomes[table].filter(pl.col("parcel_id") == parcel)

    def codes(self, number: str = "AIG/1") -> set[str]:
        """Codes of what refuses or holds a house."""
        found = self._of_house(FINDING.name, number)
        hard = pl.col("effect").is_in(["refuse", "hold", "wait"])
        return set(found.filter(hard)["code"])

    def payments(self, number: str = "AIG/1") -> pl.DataFrame:
        """The payment rows of the latest decision on a house."""
        return self._of_house(TAX_LINE.name, number).sort("line", "levy", "rate_kind")

    def amounts(self, number: str = "AIG/1") -> dict[str, int]:
        """What the payment rows of a house charge of each levy."""
        sums: dict[str, int] = {}
        for row in self.payments(number).iter_rows(named=True):
            sums[row["levy"]] = sums.get(row["levy"], 0) + row["amount_minor"]
        return sums

    def adjusted(self, number: str = "AIG/1") -> list[dict[str, Any]]:
        """Every difference after release, in the order in which it was decided."""
        return self._of_house(ADJUSTMENT.name, number).to_dicts()


OWED = {"duty": 94_226, "vat": 63_718, "fee": 2_300}
"""What a house of flour worth 8,123 US dollars owes."""


def released(day: date = DAY, *lines: Row, **changes: int | str) -> tuple[GoodsDesk, Declared]:
    """A desk that released one house on a day."""
    desk, house = GoodsDesk(), a_declaration("AIG/1", *lines, day=day, **changes)
    desk.clear(day, house)
    assert desk.decision()["outcome"] == "released", desk.codes()
    return desk, house


def an_act(act: str, house: Declared, day: date, clock: int = 120_000, **line: Any) -> Declared:
    """A version after release, with changes in the first line."""
    flags = "00000100" if act == "correction" else ""
    stated: Row = {"act": act, "act_day": day_number(day), "reason": "recount"}
    return house.with_line(**line).version(clock, change_flags=flags, **stated)
