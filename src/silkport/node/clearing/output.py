"""What a run writes: the tables of outcomes, and receipts for the messages it answered."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType

import polars as pl

from silkport.model.outcomes import (
    ASSESSED,
    DECISION,
    FINDING,
    OUTCOME_TABLES,
    SET_ASIDE,
    STANDING,
    TAX_LINE,
)
from silkport.node.clearing.arrival import Arrival
from silkport.node.store.disk import disk_space
from silkport.node.store.segments import outcome_schema


class Writer:
    """Writes the tables of outcomes as they come, and puts each together at the end.

    Whatever happens, its parts are taken away; tables of an earlier run stay until the end.
    """

    def __init__(self, out: Path | None) -> None:
        self._out = out
        self._parts = 0
        if out is not None:
            with disk_space(out):
                out.mkdir(parents=True, exist_ok=True)
                self._folder = Path(tempfile.mkdtemp(prefix=".parts-", dir=out))

    def __enter__(self) -> Writer:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        if self._out is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def receipts(self, run: int) -> Path | None:
        """The folder that receipts of a run go to."""
        return None if self._out is None else self._out / "receipts" / f"run-{run:06d}"

    def write_statuses(self, standing: Iterable[pl.DataFrame]) -> None:
        """Lays down how documents stand by the receipts that were read."""
        for rows in standing:
            self.write({STANDING.name: rows})

    def write(self, tables: Mapping[str, pl.DataFrame], again: pl.Series | None = None) -> None:
        """Lays down one batch.

        Args:
            again: ids decided once more in this run; only their last decision is written.
        """
        if self._out is None:
            return
        if again is not None and len(again):
            self._take_back(again)
        self._parts += 1
        for name, rows in tables.items():
            with disk_space(self._out):
                rows.write_parquet(self._folder / f"{name}-{self._parts:06d}.parquet")

    def _take_back(self, ids: pl.Series) -> None:
        """Takes what was decided of `ids` out of the batches laid down before."""
        for table in (DECISION, FINDING, TAX_LINE, ASSESSED):
            for path in self._folder.glob(f"{table.name}-*.parquet"):
                rows = pl.read_parquet(path)
                left = rows.filter(~pl.col("parcel_id").is_in(ids.implode()))
                if left.height < rows.height:
                    with disk_space(self._folder):
                        left.write_parquet(path)

    def finish(self, arrival: Arrival) -> None:
        """Puts every table into one file, and those in place when all are whole."""
        if self._out is None:
            return
        rows = [(one.source, one.position, one.code, one.reason) for one in arrival.set_aside]
        aside = pl.DataFrame(rows, schema=outcome_schema(SET_ASIDE), orient="row")
        for table in OUTCOME_TABLES:
            parts = sorted(self._folder.glob(f"{table.name}-*.parquet"))
            scans = [pl.scan_parquet(path, glob=False) for path in parts]
            if table is SET_ASIDE:
                scans = [aside.lazy()]
            empty = pl.DataFrame(schema=outcome_schema(table)).lazy()
            target = self._folder / f"{table.name}.parquet"
            with disk_space(self._out):
                pl.concat([empty, *scans]).sink_parquet(target, compression="zstd")
        for table in OUTCOME_TABLES:
            with disk_space(self._out):
                (self._folder / f"{table.name}.parquet").replace(
                    self._out / f"{table.name}.parquet"
                )
