"""Officer Chen's desk: hands batches to the journey and remembers, as the node does.

Every document and outcome is kept in plain tables, so that a test can read what the next batch
will be told. Persons are their own pseudonyms here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

import polars as pl

from silkport.kernel.periods import day_number
from silkport.model.columns import MISSING
from silkport.model.documents import (
    DOCUMENT_TABLES,
    INVENTORY,
    INVENTORY_LINE,
    ORDER,
    ORDER_LINE,
    PAYMENT,
    WAYBILL,
    WITHDRAWAL,
)
from silkport.model.outcomes import DECISION, FINDING, QUOTA_ENTRY, TAX_LINE
from silkport.node.clearing.arrival import PROBLEM_SCHEMA
from silkport.node.law.books import country_code, law_book
from silkport.node.store.segments import outcome_schema
from silkport.passage import parcels as passage
from silkport.passage.parcels import Batch, Cleared
from silkport.stages.declare import LINES_OF, NUMBERED, schema_of
from tests.stages.cast import AIGERIM, FREIGHT_E5, PRICE_E5, Row, a_line, a_parcel, app_time
from tests.stages.places import ZZ_IMPORT, Place

RECEIVED = next(name for name in NUMBERED if name != "doc")

STATUS = {
    "doc": pl.Int64,
    "kind": pl.String,
    "order_no": pl.String,
    "guid": pl.String,
    "app_time": pl.Int64,
    "status": pl.String,
}
"""What the desk keeps of the status of each document."""


class Document(NamedTuple):
    """One document with its lines."""

    table: str
    head: Row
    lines: tuple[Row, ...] = ()

    def version(self, clock: int, **changes: int | str) -> Document:
        """A newer or older version of this document: made on the same day at `clock`."""
        when = int(self.head["app_time"]) // 10**6 * 10**6 + clock
        assert set(changes) <= set(self.head), changes
        guid = f"{self.head['guid']}-{clock}"
        head = self.head | {"app_time": when, "guid": guid, "app_type": 2} | changes
        return self._replace(head=head)


class Papers(NamedTuple):
    """The documents of one parcel."""

    inventory: Document
    order: Document
    payment: Document
    waybill: Document


def some_papers(
    place: Place = ZZ_IMPORT,
    order_no: str = "AIG-1",
    *,
    price_e5: int = PRICE_E5,
    pieces: int = 2,
    line: Row | None = None,
    **changes: int | str,
) -> Papers:
    """All documents of Aigerim's parcel to Bo, in agreement.

    Args:
        line: changes in the line, and in the order's line of the same columns.
        changes: of a parcel row: inventory columns, others with their document's name in front.
    """
    total = price_e5 * pieces
    paid = total + FREIGHT_E5
    agreed: Row = {
        "order_goods_value_e5": total,
        "order_paid_e5": paid,
        "payment_amount_paid_e5": paid,
        "order_pay_transaction_id": f"PAY-{order_no}",
        "payment_pay_transaction_id": f"PAY-{order_no}",
        "logistics_no": f"RR-{order_no}",
        "waybill_logistics_no": f"RR-{order_no}",
    }
    parcel = a_parcel(place, **(agreed | changes))
    amounts: Row = {"price_e5": price_e5, "qty_e5": pieces * 100_000, "total_e5": total}
    row = a_line(place, order_no=order_no, **amounts, **(line or {}))

    def document(table: str, prefix: str, names: Sequence[str], *lines: Row) -> Document:
        head = {name: parcel[prefix + name] for name in names}
        head |= {"order_no": order_no, "guid": f"{order_no}-{table}"}
        if place.message:
            head["guid"] = f"{order_no}-{table}".upper().ljust(36, "-")
        return Document(table, head, lines)

    goods: Row = {name: row[name] for name in INVENTORY_LINE.names}
    ordered: Row = {name: row[name] for name in ORDER_LINE.names if name in row}
    ordered |= {"ebp_code": parcel["order_ebp_code"], "goods_model": "", "item_description": ""}
    return Papers(
        document(INVENTORY.name, "", INVENTORY.names, goods),
        document(ORDER.name, "order_", ORDER.names, ordered),
        document(PAYMENT.name, "payment_", PAYMENT.names),
        document(WAYBILL.name, "waybill_", WAYBILL.names),
    )


def buyer(number: str) -> Row:
    """Changes that put another buyer into every document."""
    return {"buyer_id": number, "order_buyer_id": number, "payment_payer_id": number}


def a_withdrawal(
    kind: str, order_no: str, applied: date, returned: date | None = None, **changes: int | str
) -> Document:
    """An application to cancel a parcel or to return it."""
    head: Row = {
        "guid": f"{order_no}-withdrawal",
        "app_type": 1,
        "app_time": app_time(applied),
        "app_status": 2,
        "order_no": order_no,
        "ebc_code": AIGERIM["ebc_code"],
        "invt_no": "",
        "kind": kind,
        "applied_day": day_number(applied),
        "returned_day": day_number(returned) if returned else MISSING,
        "reason": "",
    }
    return Document(WITHDRAWAL.name, head | changes)


class Desk:
    """Clears batches one after another for one administration."""

    def __init__(self, country: str) -> None:
        self.country = country
        self.book = law_book(country)
        self.kept = {table.name: pl.DataFrame(schema=schema_of(table)) for table in DOCUMENT_TABLES}
        self.outcomes = {
            table.name: pl.DataFrame(schema=outcome_schema(table))
            for table in (DECISION, FINDING, TAX_LINE, QUOTA_ENTRY)
        }
        self.statuses = pl.DataFrame(schema=STATUS)
        self.documents = 0

    def clear(
        self, day: date, documents: Iterable[Document] = (), problems: Sequence[Row] = ()
    ) -> Cleared:
        """Decides `documents`, numbered in their order; without any, what is overdue."""
        today = day_number(day)
        incoming, orders = self._numbered(list(documents), today)
        batch = self._batch(incoming, orders or self._overdue(today), today, problems)
        opened = passage.open_batch(batch, self.book)
        persons = opened.parcels["buyer_id"].alias("person")
        balances = self.balances().filter(pl.col("person").is_in(persons.implode()))
        cleared = passage.clear(batch, self.book, opened, persons, balances)
        self._keep(incoming, cleared)
        return cleared

    def _numbered(
        self, documents: list[Document], today: int
    ) -> tuple[dict[str, pl.DataFrame], set[str]]:
        rows: dict[str, list[Row]] = {table.name: [] for table in DOCUMENT_TABLES}
        for document in documents:
            self.documents += 1
            number: Row = {"doc": self.documents, RECEIVED: today}
            rows[document.table].append(document.head | number)
            if document.table in LINES_OF:
                lines = LINES_OF[document.table].name
                rows[lines] += [line | number for line in document.lines]
        frames = {
            table.name: pl.DataFrame(rows[table.name], schema=schema_of(table))
            for table in DOCUMENT_TABLES
            if rows[table.name]
        }
        return frames, {str(document.head["order_no"]) for document in documents}

    def _overdue(self, today: int) -> set[str]:
        late = (pl.col("outcome") == "pending") & (pl.col("due_day") < today)
        return set(self.outcomes["decisions"].filter(late)["order_no"])

    def _batch(
        self,
        incoming: dict[str, pl.DataFrame],
        orders: set[str],
        today: int,
        problems: Sequence[Row],
    ) -> Batch:
        of_orders = pl.col("order_no").is_in(sorted(orders))
        decisions = self.outcomes["decisions"].filter(of_orders)
        parcels = decisions.select("parcel_id")
        earlier = {
            name: rows.join(parcels, on="parcel_id", how="semi")
            for name, rows in self.outcomes.items()
        }
        return Batch(
            administration=self.country,
            country=country_code(self.country),
            processing_day=today,
            draw_seed=0,
            incoming=incoming,
            known={
                name: rows.filter(of_orders)
                for name, rows in (self.kept | {"documents": self.statuses}).items()
            },
            decisions=decisions,
            findings=earlier["findings"],
            tax_lines=earlier["tax_lines"],
            quota=earlier["quota"],
            problems=pl.DataFrame(list(problems), schema=PROBLEM_SCHEMA),
        )

    def _keep(self, incoming: dict[str, pl.DataFrame], cleared: Cleared) -> None:
        told = cleared.statuses.filter(pl.col("status") != "duplicate")
        self.statuses = pl.concat([self.statuses, told.select(STATUS.keys())])
        fresh = told.select("doc")
        for name, rows in incoming.items():
            self.kept[name] = pl.concat([self.kept[name], rows.join(fresh, on="doc", how="semi")])
        anew = cleared.decisions.select("parcel_id")
        for name in ("decisions", "findings", "tax_lines"):
            stood = self.outcomes[name].join(anew, on="parcel_id", how="anti")
            self.outcomes[name] = pl.concat([stood, getattr(cleared, name)])
        self.outcomes["quota"] = pl.concat([self.outcomes["quota"], cleared.quota])

    def balances(self) -> pl.DataFrame:
        """What every person's year has used: person, year, used_minor."""
        debit = pl.col("kind") == "debit"
        signed = pl.when(debit).then(pl.col("amount_minor")).otherwise(-pl.col("amount_minor"))
        used = signed.sum().alias("used_minor")
        return self.outcomes["quota"].group_by("person", "year").agg(used)

    def decision(self, order_no: str = "AIG-1") -> dict[str, int | str]:
        """The latest decision on a parcel."""
        found = self.outcomes["decisions"].filter(pl.col("order_no") == order_no)
        return dict(found.row(0, named=True))

    def outcome(self, order_no: str = "AIG-1") -> str:
        """The latest outcome of a parcel."""
        return str(self.decision(order_no)["outcome"])

    def codes(self, order_no: str = "AIG-1") -> set[str]:
        """Codes found on a parcel, those of risk left out."""
        parcel = self.decision(order_no)["parcel_id"]
        found = self.outcomes["findings"].filter(
            (pl.col("parcel_id") == parcel) & (pl.col("effect") != "risk")
        )
        return set(found["code"])

    def ledger(self) -> dict[tuple[str, int], int]:
        """Nonzero balances by person and year."""
        rows = self.balances().filter(pl.col("used_minor") != 0).iter_rows()
        return {(person, year): used for person, year, used in rows}
