"""Documents back to the flat outside table, and that table to a file: the inverse of reading."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import polars as pl
import xlsxwriter

from silkport.formats.reading import HEADS, LINE_OF, TABLES
from silkport.formats.spelling import spell
from silkport.kernel.errors import InvalidValue
from silkport.model.columns import Table

_PARCEL, _NUMBER = "_parcel", "_number"
"""Integer identity of a parcel within one call, and the rank of a row within its parcel."""


WORKBOOK = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
"""Workbooks hold text as text."""


def to_outside(tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """The flat table of these documents, all cells text, in the order of the inventories.

    Line i of an inventory stands beside line i of its order; heads are repeated on each row.
    Several versions of a document follow one another as parcels of their own.
    """
    heads = {n: _ranked(tables[n]) for n in HEADS if n in tables and tables[n].height}
    lines: dict[str, pl.DataFrame] = {}
    for head, line in LINE_OF.items():
        if line in tables and tables[line].height:
            lines[line] = _placed(tables[line], heads.get(head), TABLES[line])
    pieces = [*heads.values(), *lines.values()]
    if not pieces:
        return pl.DataFrame()
    parcels = (
        pl.concat([piece.select("order_no", "_version") for piece in pieces])
        .unique(maintain_order=True)
        .with_row_index(_PARCEL)
    )
    keyed = {
        name: frame.join(parcels, on=["order_no", "_version"], how="left", maintain_order="left")
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
        spelt += [
            spell(beside[f"_{column.name}"], column).alias(f"{name}.{column.outside}")
            for column in table.columns
        ]
    return pl.DataFrame(spelt)


def _ranked(frame: pl.DataFrame) -> pl.DataFrame:
    """Heads with the rank of each among those of one order number."""
    return frame.with_columns(_version=pl.int_range(pl.len()).over("order_no").cast(pl.Int64))


def _placed(lines: pl.DataFrame, heads: pl.DataFrame | None, table: Table) -> pl.DataFrame:
    """Lines with the version of the document they belong to and their rank within it.

    Where several versions have the same key, their lines follow one another: a line number
    that does not rise begins the next version. Lines without a document get version -1.
    """
    key = [name for name in table.key if name != "gnum"]
    lines = lines.with_columns(
        _turn=(pl.col("gnum") <= pl.col("gnum").shift(1)).fill_null(False).cum_sum().over(key),
    )
    if heads is None:
        placed = lines.with_columns(_version=pl.lit(-1, dtype=pl.Int64))
    else:
        versions = heads.select(
            *key, "_version", _turn=pl.int_range(pl.len()).over(key).cast(pl.Int64)
        )
        last = versions.group_by(key).agg(_last=pl.col("_turn").max())
        placed = (
            lines.join(last, on=key, how="left", maintain_order="left")
            .with_columns(_turn=pl.min_horizontal(pl.col("_turn").cast(pl.Int64), "_last"))
            .join(versions, on=[*key, "_turn"], how="left", maintain_order="left")
            .with_columns(pl.col("_version").fill_null(-1))
        )
    return placed.with_columns(
        pl.int_range(pl.len()).over("order_no", "_version").cast(pl.Int64).alias(_NUMBER)
    )


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
    """All cells as text, so that no spreadsheet turns a code into a number or a date."""
    with xlsxwriter.Workbook(path, {**WORKBOOK, "constant_memory": True}) as book:
        sheet = book.add_worksheet("parcels")
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
