"""Tables back to flat outside ones, and those to files: the inverse of reading."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import xlsxwriter

from silkport.formats.headers import DECLARED_FIELDS
from silkport.formats.reading import HEADS, LINE_OF, NUMBER_WITHOUT_ORDER, TABLES, schema_of
from silkport.formats.spelling import spelling
from silkport.kernel.errors import InvalidValue
from silkport.model.columns import Table
from silkport.model.declarations import DECLARATION, GOODS
from silkport.model.documents import ORIGIN_COLUMNS

_LINK, _PARCEL, _NUMBER = "_link", "_parcel", "_number"
"""What the documents of a parcel share, its integer identity within one call, and the rank of a
row within its parcel."""


_LONGEST_XLSX_CELL = 32_767

_BEGINNING = datetime(1980, 1, 1, tzinfo=UTC)
"""Day of making of every workbook, so that the same table gives the same bytes."""

WORKBOOK = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
"""Workbooks hold text as text."""


def to_outside(tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """The flat table of these documents, all cells text, in the order of the inventories.

    Line i of an inventory stands beside line i of its order; heads are repeated on each row.
    Several versions of a document follow one another as parcels of their own.
    """
    heads = {n: _ranked(n, tables[n]) for n in HEADS if n in tables and tables[n].height}
    lines: dict[str, pl.DataFrame] = {}
    for head, line in LINE_OF.items():
        if line in tables and tables[line].height:
            lines[line] = _placed(tables[line], heads.get(head), TABLES[line])
    pieces = [*heads.values(), *lines.values()]
    if not pieces:
        return pl.DataFrame()
    parcels = (
        pl.concat([piece.select(_LINK, "_version") for piece in pieces])
        .unique(maintain_order=True)
        .with_row_index(_PARCEL)
    )
    keyed = {
        name: frame.join(parcels, on=[_LINK, "_version"], how="left", maintain_order="left")
        for name, frame in {**heads, **lines}.items()
    }
    rows = (
        pl.concat(
            [
                frame.select(_PARCEL, _NUMBER if name in lines else pl.lit(0).alias(_NUMBER))
                for name, frame in keyed.items()
            ],
            how="vertical_relaxed",
        )
        .unique()
        .sort(_PARCEL, _NUMBER)
    )
    return _joined(rows, keyed, lines)


def _joined(
    rows: pl.DataFrame, keyed: Mapping[str, pl.DataFrame], lines: Mapping[str, pl.DataFrame]
) -> pl.DataFrame:
    """Every table beside the rows it belongs to, in the order of the documented header."""
    spelt = []
    for name, table in TABLES.items():
        if name not in keyed:
            continue
        keys = [_PARCEL, _NUMBER] if name in lines else [_PARCEL]
        own = keyed[name].select(
            *keys, *(pl.col(column.name).alias(f"_{column.name}") for column in table.columns)
        )
        beside = rows.with_columns(pl.col(_NUMBER).cast(pl.Int64)).join(
            own.with_columns(pl.col(_NUMBER).cast(pl.Int64)) if name in lines else own,
            on=keys,
            how="left",
            maintain_order="left",
        )
        spelt += beside.select(
            spelling(pl.col(f"_{column.name}"), column.kind).alias(f"{name}.{column.outside}")
            for column in table.columns
        ).get_columns()
    return pl.DataFrame(spelt)


def _linked(table: str, frame: pl.DataFrame) -> pl.DataFrame:
    """Rows with what they share with other documents of their parcel: the order number.

    A document without one stands alone, under the number it has instead.
    """
    number = NUMBER_WITHOUT_ORDER.get(table)
    link = pl.col("order_no")
    if number is not None:
        alone = pl.concat_str(pl.lit(f"\0{table}\0"), pl.col(number))
        link = pl.when(link == "").then(alone).otherwise(link)
    return frame.with_columns(link.alias(_LINK))


def _ranked(table: str, frame: pl.DataFrame) -> pl.DataFrame:
    """Heads with the rank of each among those of one parcel."""
    rank = pl.int_range(pl.len()).over(_LINK).cast(pl.Int64)
    return _linked(table, frame).with_columns(_version=rank)


def _placed(lines: pl.DataFrame, heads: pl.DataFrame | None, table: Table) -> pl.DataFrame:
    """Lines with the version of the document they belong to and their rank within it.

    Lines without a document get version -1.
    """
    alone = _linked(table.name, lines).with_columns(_version=pl.lit(-1, dtype=pl.Int64))
    if heads is None:
        placed = alone
    else:
        owner = owners(lines, heads, table)
        own = heads.select(_LINK, "_version")[owner.clip(0, None)]
        placed = alone.with_columns(
            own[name].zip_with(owner >= 0, alone[name]).alias(name) for name in own.columns
        )
    return placed.with_columns(
        pl.int_range(pl.len()).over(_LINK, "_version").cast(pl.Int64).alias(_NUMBER)
    )


def owners(lines: pl.DataFrame, heads: pl.DataFrame, table: Table) -> pl.Series:
    """For each line the index of the document it belongs to, -1 where there is none.

    A line has the origin of its document. Where documents share an origin, or have none, the
    business key decides; lines of several versions of a document follow one another, and a line
    number that does not rise begins the next version.

    Args:
        lines: rows of a table of lines.
        heads: rows of the table of its documents.
        table: the table of lines.
    """
    origin = [column.name for column in ORIGIN_COLUMNS]
    index = pl.int_range(pl.len(), dtype=pl.Int64).alias("_owner")
    if set(origin) <= {*lines.columns} & {*heads.columns}:
        places = heads.select(*origin, index)
        if not places.select(origin).is_duplicated().any():
            found = lines.select(origin).join(places, on=origin, how="left", maintain_order="left")
            return found["_owner"].fill_null(-1)
    key = [name for name in table.key if name != "gnum"]
    turns = heads.select(*key, index, _turn=pl.int_range(pl.len(), dtype=pl.Int64).over(key))
    last = turns.group_by(key).agg(_last=pl.col("_turn").max())
    again = (pl.col("gnum") <= pl.col("gnum").shift(1)).fill_null(False)
    found = (
        lines.select(*key, _turn=again.cum_sum().over(key).cast(pl.Int64))
        .join(last, on=key, how="left", maintain_order="left")
        .with_columns(pl.min_horizontal("_turn", "_last").alias("_turn"))
        .join(turns, on=[*key, "_turn"], how="left", maintain_order="left")
    )
    return found["_owner"].fill_null(-1)


def record_to_outside(name: str, frame: pl.DataFrame) -> pl.DataFrame:
    """A table that follows a parcel's way as it is written outside: one row a row, all text."""
    return frame.select(
        spelling(pl.col(column.name), column.kind).alias(f"{name}.{column.outside}")
        for column in TABLES[name].columns
    )


def declared_to_outside(tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Declarations as the flat table, all cells text: a row a goods line, its head on the first.

    A declaration without goods is a row of its head alone.
    """
    heads = tables[DECLARATION.name]
    goods = tables.get(GOODS.name, pl.DataFrame(schema=schema_of(GOODS)))
    owner = owners(goods, heads, GOODS)
    assert (owner >= 0).all(), "goods lines without their declaration"
    lines = pl.DataFrame({_PARCEL: owner}).with_row_index(_NUMBER)
    rows = pl.select(pl.int_range(heads.height, dtype=pl.Int64).alias(_PARCEL)).join(
        lines, on=_PARCEL, how="left", maintain_order="left_right"
    )
    again = (rows[_PARCEL] == rows[_PARCEL].shift(1)).fill_null(False)
    head, line = (
        frame.select(
            spelling(pl.col(field.column.name), field.column.kind).gather(place).alias(name)
            for name, field in DECLARED_FIELDS.items()
            if field.table is table
        )
        for table, frame, place in (
            (DECLARATION, heads, rows[_PARCEL]),
            (GOODS, goods, rows[_NUMBER]),
        )
    )
    whole = pl.concat([head.select(pl.when(~again).then(pl.all())), line], how="horizontal")
    return whole.select(pl.col(name).fill_null("") for name in DECLARED_FIELDS)


def write(frame: pl.DataFrame, path: Path) -> None:
    """Writes a flat table in the format its suffix names; InvalidValue for any other suffix."""
    writer = WRITERS.get(path.suffix.lower())
    if writer is None:
        known = ", ".join(WRITERS)
        raise InvalidValue(what="the file name", value=path.name, reason=f"known: {known}")
    writer(frame, path)


def _write_csv(frame: pl.DataFrame, path: Path) -> None:
    frame.write_csv(path)


def _write_ndjson(frame: pl.DataFrame, path: Path) -> None:
    frame.write_ndjson(path)


def _write_parquet(frame: pl.DataFrame, path: Path) -> None:
    frame.write_parquet(path)


def _write_ipc(frame: pl.DataFrame, path: Path) -> None:
    frame.write_ipc(path)


def _write_xlsx(frame: pl.DataFrame, path: Path) -> None:
    """All cells as text, so that no spreadsheet turns a code into a number or a date.

    A text that no cell of a workbook can hold raises InvalidValue before anything is written.
    """
    for cells in frame:
        if int(cells.str.len_chars().max() or 0) > _LONGEST_XLSX_CELL:  # type: ignore[arg-type]
            reason = f"a cell of a workbook holds at most {_LONGEST_XLSX_CELL} characters"
            raise InvalidValue(what=cells.name, value="as long as it is", reason=reason)
    with xlsxwriter.Workbook(path, {**WORKBOOK, "constant_memory": True}) as book:
        book.set_properties({"created": _BEGINNING})
        declared = frame.columns[:1] == [next(iter(DECLARED_FIELDS))]
        sheet = book.add_worksheet("declarations" if declared else "parcels")
        sheet.freeze_panes(1, 0)
        sheet.write_row(0, 0, frame.columns)
        for number, row in enumerate(frame.iter_rows(), start=1):
            for place, cell in enumerate(row):
                if cell:
                    sheet.write_string(number, place, cell)


WRITERS: Mapping[str, Callable[[pl.DataFrame, Path], None]] = {
    ".csv": _write_csv,
    ".ndjson": _write_ndjson,
    ".xlsx": _write_xlsx,
    ".parquet": _write_parquet,
    ".arrow": _write_ipc,
}
