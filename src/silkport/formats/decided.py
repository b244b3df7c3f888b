"""What an existing system decided and charged, as it stands beside declarations."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from silkport.formats.eaeu import DeclaredPayment, ReadDeclaration
from silkport.formats.frames import frame_of, placed
from silkport.formats.reading import Documents, Notes, schema_of
from silkport.model.columns import AMOUNT_SCALE, MAX_AMOUNT_E5, MISSING, Table
from silkport.model.decided import CHARGED, DECIDED, VALUE
from silkport.model.declarations import DECLARATION, GOODS

_MINOR_E5 = AMOUNT_SCALE // 100
"""A minor unit as the documents of the Union state amounts: with two decimals."""

NOT_CARRIED = frozenset(
    f"{DECLARATION.name}.{name}"
    for name in (
        *("freight_currency", "freight", "freight_to_border"),
        *("insurance", "insurance_to_border", "additions", "deductions"),
        *("stay_months", "purchaser"),
    )
) | {f"{GOODS.name}.rate_choice"}
"""Fields that no goods declaration of the Union carries: the parts of the customs value stand in
the declaration of customs value, which is another document. That one is silent on them tells
nothing of the goods."""

Row = dict[str, str | int]


def decided_rows(
    columns: Mapping[str, pl.Series],
    filled: pl.Series,
    *,
    numbers: pl.Series,
    declarants: pl.Series | None,
    positions: pl.Series,
    notes: Notes,
) -> pl.DataFrame:
    """The rows of DECIDED that stand beside others; what names them is taken from their row."""
    own = dict(columns)
    own["number"] = _or(own.get("number"), numbers)
    if declarants is not None:
        own["declarant"] = _or(own.get("declarant"), declarants)
    return placed(frame_of(DECIDED.name, own), positions, notes).filter(filled)


def _or(stated: pl.Series | None, other: pl.Series) -> pl.Series:
    return other if stated is None else stated.zip_with(stated != "", other)


def documents_of_declaration(read: ReadDeclaration, source: str) -> Documents:
    """A goods declaration of the Union as documents, with what its declarant reckoned.

    Of a payment that the lines do not have, the total of box B is taken.
    """
    place: Row = {"source": source, "position": 1}
    tables = {DECLARATION.name: _frame(DECLARATION, [read.declaration | place])}
    if read.goods:
        tables[GOODS.name] = _frame(GOODS, [line | place for line in read.goods])
    of_lines = {one.payment_code for one in read.payments}
    totals = (one for one in read.totals if one.payment_code not in of_lines)
    about = {
        "number": read.declaration["declaration_no"],
        "declarant": read.declaration["declarant_code"],
        "levy": "",
        **place,
    }
    charged = [about | _paid(one) for one in (*read.payments, *totals) if one.amount_minor >= 0]
    values = [
        about
        | {"line": one.line, "levy": VALUE, "amount_e5": one.customs_value_minor * _MINOR_E5}
        | {"payment_code": "", "base_e5": MISSING, "rate_ppm": MISSING, "currency": one.currency}
        for one in read.values
        if one.line and one.customs_value_minor >= 0
    ]
    if charged:
        tables[CHARGED.name] = _frame(CHARGED, [*charged, *values])
    rows, problems = 1 + len(read.goods), list(read.problems)
    return Documents(tables=tables, problems=problems, rows=rows, form=read.form)


def _paid(one: DeclaredPayment) -> Row:
    of_value = one.base_minor > 0
    return {
        "line": one.line,
        "payment_code": one.payment_code,
        "base_e5": min(one.base_minor * _MINOR_E5, MAX_AMOUNT_E5) if of_value else MISSING,
        "rate_ppm": one.rate_ppm or MISSING,
        "amount_e5": min(one.amount_minor * _MINOR_E5, MAX_AMOUNT_E5),
        "currency": one.currency,
    }


def _frame(table: Table, rows: list[Row]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=schema_of(table), orient="row")
