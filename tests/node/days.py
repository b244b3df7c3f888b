"""Days for the tests of the node: sample days, lawful parcels out of them, and clearing."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl

from silkport.node.clearing.clear import clear_inputs
from silkport.node.clearing.summary import Summary
from silkport.sim.sample import write_sample

DAY = date(2026, 9, 16)
"""Processing day: the day after the legal day of every sample."""

KEY = bytes(range(32))
"""Key of homes whose decisions are compared, so that the same parcels are drawn."""

ORDER = "inventory.order_no"


def sample_day(folder: Path, parcels: int = 3_000, seed: int = 7, suffix: str = "parquet") -> Path:
    """A sample day with planted errors."""
    write_sample(folder, parcels=parcels, seed=seed, suffix=suffix)
    return folder


def a_home(folder: Path, *administrations: str) -> Path:
    """A home that nothing was decided in, with KEY as the key of each administration."""
    for administration in administrations or ("cn", "kz", "zz"):
        place = folder / administration
        place.mkdir(parents=True)
        path = place / "person.key"
        path.write_bytes(KEY)
        path.chmod(0o600)
    return folder


def clear(
    *inputs: Path,
    home: Path,
    out: Path | None = None,
    administration: str = "cn",
    day: date = DAY,
) -> Summary:
    """What the main command does, without its screen."""
    return clear_inputs(
        inputs,
        home=home,
        administration=administration,
        day=day,
        out=out,
        progress=lambda what, done: None,
    )


def lawful(day: Path, *, direction: str = "E") -> pl.DataFrame:
    """Rows, all cells text, of parcels of a sample in which nothing is planted.

    Args:
        direction: flow of the planted list; "E" is an export of cn and an import of kz, "I" an
            import of cn.
    """
    rows = pl.concat([pl.read_parquet(path) for path in sorted(day.glob("parcels-*.parquet"))])
    planted = pl.read_csv(day / "planted.csv", infer_schema=False)["order_no"]
    clean = rows.filter(~pl.col(ORDER).is_in(planted.implode()))
    towards = pl.col("inventory.destination_country") == ("CN" if direction == "I" else "KZ")
    return clean.filter(towards)


def first_orders(rows: pl.DataFrame, count: int, *, after: int = 0) -> pl.DataFrame:
    """The rows of some orders of `rows`, in their order."""
    orders = rows[ORDER].unique(maintain_order=True)[after : after + count]
    return rows.filter(pl.col(ORDER).is_in(orders.implode()))


def changed(rows: pl.DataFrame, **cells: str) -> pl.DataFrame:
    """`rows` with the same text in some cells; `a__b` stands for the column a.b."""
    return rows.with_columns(
        pl.lit(text).alias(name.replace("__", ".")) for name, text in cells.items()
    )


def outcomes(out: Path) -> dict[str, str]:
    """Outcome of every parcel, by order number."""
    rows = pl.read_parquet(out / "decisions.parquet")
    return dict(rows.select("order_no", "outcome").iter_rows())


def codes(out: Path, order_no: str) -> set[str]:
    """Codes found on the parcels of one order."""
    rows = pl.read_parquet(out / "decisions.parquet").filter(pl.col("order_no") == order_no)
    found = pl.read_parquet(out / "findings.parquet")
    return set(found.filter(pl.col("parcel_id").is_in(rows["parcel_id"].implode()))["code"])


def aside(out: Path) -> list[tuple[str, int, str]]:
    """Name of the file, position and code of everything set aside."""
    rows = pl.read_parquet(out / "set_aside.parquet")
    return [(Path(row[0]).name, row[1], row[2]) for row in rows.iter_rows()]
