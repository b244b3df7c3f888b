"""What was decided, as `clear` wrote it: the tables of a run, read a part at a time.

A file is taken when it has the columns that clear writes and nothing in it is beyond the bounds
within which no amount can overflow; anything else is refused with its place.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from silkport.formats.engines import sound_engine
from silkport.kernel.errors import UnreadableFile
from silkport.model.columns import BOUNDS, Column, Kind, Table
from silkport.model.outcomes import ASSESSED, DECISION, FINDING, TAX_LINE
from silkport.node.law.books import administrations
from silkport.node.store.segments import outcome_schema

ROWS_AT_ONCE = 250_000
"""Goods lines that are recomputed at a time."""

SUMMED_AT_ONCE = 4_000_000
"""Rows of a table that are added up at a time."""

_REPLAYED = (DECISION, TAX_LINE, ASSESSED)


@dataclass(frozen=True)
class Written:
    """The tables of one run of `clear`, as far as they are here, by name."""

    files: Mapping[str, Path]
    administration: str = ""
    """Only what this administration decided; empty for all."""

    def has(self, table: Table) -> bool:
        """Whether the table is here."""
        return table.name in self.files

    def scan(self, table: Table) -> pl.LazyFrame:
        """All rows of a table; none where it is not here."""
        if not self.has(table):
            return pl.DataFrame(schema=outcome_schema(table)).lazy()
        rows = pl.scan_parquet(self.files[table.name], glob=False, hive_partitioning=False)
        if self.administration:
            rows = rows.filter(pl.col("parcel_id").str.starts_with(f"{self.administration}-"))
        return rows.select(table.names)

    def collect(self, rows: pl.LazyFrame) -> pl.DataFrame:
        """The result of a query over these tables. Raises UnreadableFile."""
        with sound_engine(self._names(), "Parquet"):
            return rows.collect(engine="streaming")

    def slices(self, table: Table, count: int) -> Iterator[pl.DataFrame]:
        """The rows of a table in their order, `count` at a time. Raises UnreadableFile."""
        if not self.has(table):
            return
        path = self.files[table.name]
        rows = pl.scan_parquet(path, glob=False, hive_partitioning=False).select(table.names)
        at = 0
        while True:
            with sound_engine(str(path), "Parquet", position=at + 1):
                some = rows.slice(at, count).collect()
            if table is ASSESSED:
                _demand_bounds(path, some, at)
            if self.administration:
                named = pl.col("parcel_id").str.starts_with(f"{self.administration}-")
                yield some.filter(named)
            else:
                yield some
            at += count
            if some.height < count:
                return

    def ids(self, table: Table) -> pl.Series:
        """The parcel or house of every row, in the order of `slices`. Raises UnreadableFile."""
        with sound_engine(self._names(), "Parquet"):
            return self.scan(table).select("parcel_id").collect().to_series()

    def houses(self) -> Iterator[pl.DataFrame]:
        """The goods lines that were assessed, many houses at a time, each of them whole.

        Adds `house`, which numbers them.
        """
        left = pl.DataFrame(schema=outcome_schema(ASSESSED))
        for some in self.slices(ASSESSED, ROWS_AT_ONCE):
            rows = pl.concat([left, some])
            if rows.is_empty():
                continue
            before_last = (rows["parcel_id"] != rows["parcel_id"][-1]).arg_true()
            whole = int(before_last[-1]) + 1 if len(before_last) else 0
            left = rows.slice(whole)
            if whole:
                yield _numbered(rows.head(whole))
        if left.height:
            yield _numbered(left)

    def parts(self, tables: tuple[Table, ...]) -> Iterator[dict[str, pl.LazyFrame]]:
        """The rows of several tables, all of a parcel in the same part, few enough to add up."""
        scans = {table.name: self.scan(table) for table in tables}
        rows = max(self.collect(one.select(pl.len())).item() for one in scans.values())
        count = rows // SUMMED_AT_ONCE + 1
        for part in range(count):
            mine = pl.col("parcel_id").hash() % count == part
            yield scans if count == 1 else {name: one.filter(mine) for name, one in scans.items()}

    def _names(self) -> str:
        return ", ".join(str(path) for path in self.files.values())


def is_home(path: Path) -> bool:
    """Whether a folder is the state directory of a node."""
    return any((path / country / "index.sqlite3").is_file() for country in administrations())


def written(path: Path, administration: str = "") -> Written:
    """The tables in a folder that `clear` wrote, or beside one of them.

    Raises UnreadableFile for what is none of them, or is damaged.
    """
    if not path.exists():
        raise _no_decisions(path, "there is no such file or folder")
    if path.is_dir():
        found = _beside(path)
        if not found.keys() & {DECISION.name, ASSESSED.name}:
            reason = "decisions.parquet is not in it, nor the state of a node"
            raise _no_decisions(path, reason)
    else:
        table = _table_of(path)
        found = _beside(path.parent) | {table.name: path}
    for name, one in found.items():
        _demand_columns(one, next(table for table in _READ if table.name == name))
    return Written(found, administration)


_READ = (*_REPLAYED, FINDING)


def _beside(folder: Path) -> dict[str, Path]:
    paths = {table.name: folder / f"{table.name}.parquet" for table in _READ}
    return {name: path for name, path in paths.items() if path.is_file()}


def _table_of(path: Path) -> Table:
    """Which table a file holds, by its columns."""
    columns = set(_schema(path))
    for table in _READ:
        if set(table.names) <= columns:
            if table not in _REPLAYED:
                reason = f"it holds {table.name}; name the folder or decisions.parquet"
                raise _no_decisions(path, reason)
            return table
    raise _no_decisions(path, "it has not the columns of decisions, tax_lines or assessed")


def _schema(path: Path) -> Mapping[str, pl.DataType]:
    with sound_engine(str(path), "Parquet"), path.open("rb") as file:
        return pl.read_parquet_schema(file)


def _demand_columns(path: Path, table: Table) -> None:
    found = _schema(path)
    for name, kind in outcome_schema(table).items():
        if name not in found:
            raise _no_decisions(path, f"column {name} is missing")
        if found[name] != kind:
            raise _no_decisions(path, f"column {name} is of type {found[name]}, not {kind}")


def _no_decisions(path: Path, reason: str) -> UnreadableFile:
    return UnreadableFile(source=str(path), expected="decisions of 'silkport clear'", reason=reason)


def _demand_bounds(path: Path, rows: pl.DataFrame, before: int) -> None:
    """Raises UnreadableFile with the first row and column of what no goods line can have."""
    wrong = {column.name: _wrong(column) for column in ASSESSED.columns}
    any_wrong = rows.select(one.any().alias(name) for name, one in wrong.items())
    for name, found in zip(any_wrong.columns, any_wrong.row(0), strict=True):
        if found:
            row = rows.with_row_index("row").filter(wrong[name]).select("row", name).row(0)
            reason = f"row {before + row[0] + 1}, column {name}: {row[1]!r} cannot be"
            raise _no_decisions(path, reason)


def _wrong(column: Column) -> pl.Expr:
    empty = pl.col(column.name).is_null()
    if column.kind is Kind.TEXT:
        return empty
    lowest, highest = BOUNDS[column.kind]
    return empty | ~pl.col(column.name).is_between(lowest, highest)


def _numbered(rows: pl.DataFrame) -> pl.DataFrame:
    """Numbers houses; the lines of each stand together."""
    begins = pl.col("parcel_id").ne_missing(pl.col("parcel_id").shift())
    return rows.with_columns(begins.cum_sum().cast(pl.Int64).alias("house"))
