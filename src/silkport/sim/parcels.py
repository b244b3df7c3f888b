"""The documents of a part of the sample, divided into the files in which they are sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import cycle

import polars as pl

from silkport.formats.writing import to_outside
from silkport.model.columns import MISSING
from silkport.model.documents import INVENTORY, INVENTORY_LINE, ORDER, ORDER_LINE, WITHDRAWAL
from silkport.sim.papers import PLANT
from silkport.sim.planting import Garden, Kind

Tables = dict[str, pl.DataFrame]

_EPOCH = date(1970, 1, 1)
_TWO_HOURS = 20_000
_CHANGE, _DELETE = pl.lit(2, dtype=pl.Int64), pl.lit(3, dtype=pl.Int64)

_BAD_CELLS = (
    ("inventory.freight", "12,50"),
    ("line.price", "99.9O"),
    ("inventory.gross_mass_kg", "1.2 kg"),
    ("order.paid", "¥88.00"),
    ("line.qty", "two"),
    ("waybill.gross_mass_kg", "0。5"),
)
"""Column and text of what cannot be read, one a parcel in turn."""


@dataclass(frozen=True, slots=True)
class Part:
    """What is written of one part: tables of numbered files, bytes of small ones, the list."""

    numbered: Mapping[str, Tables]
    small_files: Mapping[str, bytes]
    planted: pl.DataFrame


def divide(tables: Tables, garden: Garden, day: date) -> Part:
    """Sorts edited documents into files by what is planted in them."""
    planted = garden.record(tables[INVENTORY.name])
    small = {}
    for kind in garden.kinds:
        own = _of(tables, garden, kind) if kind.file else {}
        if any(frame.height for frame in own.values()):
            small[kind.file] = _small_file(own, kind)
    alone = garden.numbers(lambda kind: kind.file)
    tables = {name: frame.filter(~pl.col(PLANT).is_in(alone)) for name, frame in tables.items()}
    main, late = {}, {}
    for name, frame in tables.items():
        apart = pl.col(PLANT).is_in(garden.numbers(_sends_apart(name)))
        main[name], late[name] = frame.filter(~apart), frame.filter(apart)
    return Part(
        numbered={
            "parcels": main,
            "payments-late": {name: frame for name, frame in late.items() if frame.height},
            "resent": _again(tables, garden),
            "withdrawals": {WITHDRAWAL.name: _withdrawals(tables[INVENTORY.name], garden, day)},
        },
        small_files=small,
        planted=planted,
    )


def _of(tables: Tables, garden: Garden, kind: Kind) -> Tables:
    """The documents of the parcels of one kind."""
    mine = pl.col(PLANT).is_in(garden.numbers(lambda other: other.name == kind.name))
    return {name: frame.filter(mine) for name, frame in tables.items()}


def _sends_apart(table: str) -> Callable[[Kind], bool]:
    return lambda kind: table in kind.apart


def _again(tables: Tables, garden: Garden) -> Tables:
    """Documents that come again: the same, as they were two hours before, changed, or deleted."""
    older, changed, deleted = (
        pl.col(PLANT).is_in(garden.numbers(_comes_again(word)))
        for word in ("older", "changed", "deleted")
    )
    gone = pl.col(PLANT).is_in(garden.numbers(_comes_again("order_deleted")))
    again = pl.col(PLANT).is_in(garden.numbers(lambda kind: kind.again)) & ~gone
    return {
        INVENTORY.name: tables[INVENTORY.name]
        .filter(again)
        .with_columns(
            guid=pl.when(older | changed | deleted).then(_next_guid()).otherwise("guid"),
            app_type=pl.when(deleted)
            .then(_DELETE)
            .when(changed)
            .then(_CHANGE)
            .otherwise("app_type"),
            app_time=pl.when(older)
            .then(pl.col("app_time") - _TWO_HOURS)
            .when(changed | deleted)
            .then(_end_of_day())
            .otherwise("app_time"),
            note=pl.when(older).then(pl.lit("earlier version")).otherwise("note"),
        ),
        INVENTORY_LINE.name: tables[INVENTORY_LINE.name].filter(again),
        ORDER.name: tables[ORDER.name]
        .filter(gone)
        .with_columns(guid=_next_guid(), app_type=_DELETE, app_time=_end_of_day()),
        ORDER_LINE.name: tables[ORDER_LINE.name].filter(gone),
    }


def _comes_again(word: str) -> Callable[[Kind], bool]:
    return lambda kind: kind.again == word


def _end_of_day() -> pl.Expr:
    """The last second of the day a document was made."""
    return pl.col("app_time") // 1_000_000 * 1_000_000 + 235_959


def _withdrawals(inventories: pl.DataFrame, garden: Garden, day: date) -> pl.DataFrame:
    """Cancellations and returns, applied for at the end of the day."""
    frames = []
    for kind in garden.kinds:
        if kind.withdraw:
            mine = _of({INVENTORY.name: inventories}, garden, kind)[INVENTORY.name]
            frames.append(mine.with_columns(kind=pl.lit(kind.withdraw)))
    applied = (day - _EPOCH).days
    return (
        pl.concat(frames)
        .with_columns(
            guid=_next_guid(),
            app_time=pl.lit(int(f"{day:%Y%m%d}235959"), dtype=pl.Int64),
            applied_day=pl.lit(applied, dtype=pl.Int64),
            returned_day=pl.when(pl.col("kind") == "return")
            .then(pl.lit(applied, dtype=pl.Int64))
            .otherwise(pl.lit(MISSING, dtype=pl.Int64)),
            reason=pl.lit("the buyer changed their mind"),
        )
        .with_columns(
            pl.lit(column.absent).alias(column.name)
            for column in WITHDRAWAL.columns
            if column.name not in {*inventories.columns, *_APPLIED}
        )
        .select(WITHDRAWAL.names)
    )


_APPLIED = ("kind", "applied_day", "returned_day", "reason")
"""What an application says beyond the inventory it is for."""


def _next_guid() -> pl.Expr:
    """Another identifier than the inventory's: of version 5, where all drawn ones are of 4."""
    guid = pl.col("guid")
    return guid.str.head(14) + "5" + guid.str.slice(15)


def _small_file(tables: Tables, kind: Kind) -> bytes:
    """A CSV file as an office would send it: in its own encoding, or with its own cells."""
    frame = to_outside(tables)
    if kind.file.startswith("gb18030"):
        return frame.write_csv().encode("gb18030")
    orders = frame["inventory.order_no"].unique(maintain_order=True).to_list()
    for order, (column, text) in zip(orders, cycle(_BAD_CELLS)):
        here = pl.col("inventory.order_no") == order
        cell = pl.when(here).then(pl.lit(text)).otherwise(pl.col(column))
        frame = frame.with_columns(cell.alias(column))
    return frame.write_csv().encode()
