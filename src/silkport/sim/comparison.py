"""Planted errors against what clearing found, read from the folders of the main command."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from silkport.sim.scoring import planted_against_found

PLANTED = "planted.csv"
"""The list of what is planted, beside the input."""


def read_comparison(
    inputs: Sequence[Path], out: Path, administration: str
) -> list[dict[str, object]] | None:
    """Rows of planted against found, per kind; None where the inputs are no sample.

    Args:
        inputs: what was cleared; a folder with a list of planted errors is a sample.
        out: where the outcomes were written.
    """
    lists = [one / PLANTED for one in inputs if (one / PLANTED).is_file()]
    if not lists:
        return None
    planted = pl.concat([pl.read_csv(path, infer_schema=False, glob=False) for path in lists])
    findings = pl.read_parquet(out / "findings.parquet", glob=False)
    decisions = pl.read_parquet(out / "decisions.parquet", glob=False)
    aside = pl.read_parquet(out / "set_aside.parquet", glob=False)
    table = planted_against_found(planted, findings, decisions, administration, aside)
    return table.to_dicts()
