"""Documents for the tests of readers and writers: random but lawful, and small messages."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import polars as pl
from hypothesis import strategies as st

from silkport.formats.intake import read
from silkport.formats.reading import (
    HEADS,
    LINE_OF,
    NUMBER_WITHOUT_ORDER,
    TABLES,
    Documents,
    schema_of,
)
from silkport.model.columns import BOUNDS, MISSING, Column, Kind, Table

NAMESPACE = "http://www.chinaport.gov.cn/ceb"

WRITTEN = "abz019 ,;\t\"'=<&>|\n李宝ҚМ\u00e9€𠀋"
"""Letters of test texts: delimiters, quotes, line ends and four scripts among them."""


def read_all(*paths: Path) -> Documents:
    """All chunks of these inputs as one."""
    return gather(read(paths))


def gather(chunks: Iterator[Documents]) -> Documents:
    """Chunks put together."""
    whole = Documents()
    frames: dict[str, list[pl.DataFrame]] = {}
    for chunk in chunks:
        for name, frame in chunk.tables.items():
            assert dict(frame.schema) == schema_of(TABLES[name])
            assert not any(frame.null_count().row(0))
            frames.setdefault(name, []).append(frame)
        whole.problems += chunk.problems
        whole.set_aside += chunk.set_aside
        whole.rows += chunk.rows
    whole.tables = {name: pl.concat(parts) for name, parts in frames.items()}
    return whole


def without_origin(tables: dict[str, pl.DataFrame]) -> dict[str, list[tuple[object, ...]]]:
    """The rows of each table without the place they were read from."""
    return {
        name: frame.drop("source", "position", strict=False).rows()
        for name, frame in tables.items()
        if frame.height
    }


def texts(longest: int) -> st.SearchStrategy[str]:
    """Texts without white space around them, which readers take away."""
    longest = min(longest or 20, 24)
    return st.text(alphabet=WRITTEN, max_size=longest).map(str.strip)


def times() -> st.SearchStrategy[int]:
    """Moments as fourteen digits."""
    return st.datetimes(
        min_value=datetime(1970, 1, 1),  # noqa: DTZ001
        max_value=datetime(2099, 12, 31),  # noqa: DTZ001
    ).map(lambda moment: int(moment.strftime("%Y%m%d%H%M%S")))


def cells(column: Column) -> st.SearchStrategy[str | int]:
    """Lawful internal values of a column, absent ones among them."""
    if column.kind is Kind.TEXT:
        return texts(column.longest)
    if column.kind is Kind.TIME:
        return st.just(MISSING) | times()
    return st.just(MISSING) | st.integers(0, BOUNDS[column.kind][1])


@st.composite
def document_tables(draw: st.DrawFn) -> dict[str, pl.DataFrame]:
    """Parcels with some of their documents and zero to three lines each."""
    rows: dict[str, list[tuple[object, ...]]] = {name: [] for name in TABLES}
    for number in range(draw(st.integers(1, 4))):
        order = f"A{number}"
        for head in draw(st.sets(st.sampled_from(HEADS), min_size=1)):
            fixed: dict[str, object] = {"order_no": order, "guid": f"{head}-{number}"}
            fixed |= dict.fromkeys(("ebc_code", "ebp_code"), f"E{number}")
            fixed |= {"source": "x", "position": number}
            rows[head].append(_row(draw, head, fixed))
            for gnum in range(1, draw(st.integers(0, 3)) + 1 if head in LINE_OF else 1):
                line = LINE_OF[head]
                rows[line].append(_row(draw, line, {**fixed, "gnum": gnum}))
    return {
        name: pl.DataFrame(found, schema=schema_of(TABLES[name]), orient="row")
        for name, found in rows.items()
        if found
    }


@st.composite
def nameless_tables(draw: st.DrawFn) -> dict[str, pl.DataFrame]:
    """Waybills and returns of exports, which state no order number."""
    rows: dict[str, list[tuple[object, ...]]] = {}
    for number in range(100, 100 + draw(st.integers(1, 4))):
        head = draw(st.sampled_from(sorted(NUMBER_WITHOUT_ORDER)))
        own = f"{draw(st.sampled_from('NM'))}1"
        fixed: dict[str, object] = {"order_no": "", "guid": f"{head}-{number}"}
        fixed |= {NUMBER_WITHOUT_ORDER[head]: own, "ebc_code": "E"}
        fixed |= {"source": "x", "position": number}
        rows.setdefault(head, []).append(_row(draw, head, fixed))
        for gnum in range(1, draw(st.integers(0, 3)) + 1 if head in LINE_OF else 1):
            line = LINE_OF[head]
            rows.setdefault(line, []).append(_row(draw, line, {**fixed, "gnum": gnum}))
    return {
        name: pl.DataFrame(found, schema=schema_of(TABLES[name]), orient="row")
        for name, found in rows.items()
    }


@st.composite
def record_table(draw: st.DrawFn, table: Table) -> pl.DataFrame:
    """Rows of a table that follows a parcel's way."""
    fixed = {"guid": "G", "source": "x", "position": 1}
    rows = [_row(draw, table.name, fixed) for _ in range(draw(st.integers(1, 3)))]
    return pl.DataFrame(rows, schema=schema_of(table), orient="row")


def _row(draw: st.DrawFn, table: str, fixed: dict[str, object]) -> tuple[object, ...]:
    columns = {column.name: column for column in TABLES[table].columns}
    return tuple(
        fixed[name] if name in fixed else draw(cells(columns[name]))
        for name in schema_of(TABLES[table])
    )


def day_of_parcels(parcels: int = 30, lines: int = 2) -> dict[str, pl.DataFrame]:
    """Inventories, lines and payments, each column of each row filled."""
    return {
        "inventory": _filled("inventory", parcels, 1),
        "line": _filled("line", parcels * lines, lines),
        "payment": _filled("payment", parcels, 1),
    }


def _filled(table: str, rows: int, per_parcel: int) -> pl.DataFrame:
    def cell(column: Column, row: int) -> str | int:
        parcel = row // per_parcel
        if column.name == "gnum":
            return row % per_parcel + 1
        if column.name in {"order_no", "guid", "ebc_code"}:
            return f"{column.name}-{parcel}"
        if column.kind is Kind.TEXT:
            return f"{row}{column.name}李"[: column.longest]
        if column.kind is Kind.TIME:
            return 20260701103000 + row % 60
        return min(row * 7, BOUNDS[column.kind][1])

    columns = TABLES[table].columns
    frame = pl.DataFrame({c.name: [cell(c, row) for row in range(rows)] for c in columns})
    position = pl.int_range(pl.len(), dtype=pl.Int64).alias("position") // per_parcel
    return frame.with_columns(pl.lit("x").alias("source"), position)


TRANSFER = (
    "<ceb:BaseTransfer><ceb:copCode>1105</ceb:copCode><ceb:copName>Port</ceb:copName>"
    "<ceb:dxpMode>DXP</ceb:dxpMode><ceb:dxpId>DXPENT01</ceb:dxpId></ceb:BaseTransfer>"
)


def guid_of(number: int) -> str:
    """An identifier as long as the definition demands."""
    return f"4CDE1CFD-EDED-46B1-946C-{number:012d}"


def order_message(documents: str, *, root: str = "CEB311Message", xmlns: str = NAMESPACE) -> str:
    """A message around some documents."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<ceb:{root} xmlns:ceb="{xmlns}"'
        f' guid="{guid_of(0)}" version="1.0">{documents}{TRANSFER}</ceb:{root}>'
    )


def payment_document(number: int, **changes: str) -> str:
    """One payment, its elements replaced by `changes` ("" leaves one out)."""
    elements = {
        "guid": guid_of(number),
        "appType": "1",
        "appTime": "20260701103000",
        "appStatus": "2",
        "payCode": "1101",
        "payName": "Pay",
        "payTransactionId": f"P{number}",
        "orderNo": f"A{number}",
        "ebpCode": "1105",
        "ebpName": "Bo's shop",
        "payerIdType": "1",
        "payerIdNumber": "110101199003070070",
        "payerName": "Bo",
        "amountPaid": "19.05",
        "currency": "142",
        "payTime": "20260701103000",
    }
    found = {**elements, **changes}
    body = "".join(f"<ceb:{k}>{v}</ceb:{k}>" for k, v in found.items() if v)
    return f"<ceb:Payment><ceb:PaymentHead>{body}</ceb:PaymentHead></ceb:Payment>"


def payment_message(*documents: str) -> str:
    """A payment message around some payments."""
    return order_message("".join(documents), root="CEB411Message")
