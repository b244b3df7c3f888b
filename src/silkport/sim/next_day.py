"""What comes a day later, when everything is decided: changes that nobody can accept any more.

A parcel under examination cannot be changed, nor one that was released; what was decided stands.
"""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from silkport.model.documents import INVENTORY, INVENTORY_LINE
from silkport.sim.papers import PLANT
from silkport.sim.parcels import Tables
from silkport.sim.planting import PLANTED_COLUMNS, Garden

FOLDER = ".next-day"
"""A hidden folder, which is read only when it is named."""

_EXAMINED, _RELEASED = "cheap_by_mass", "price_within_tolerance"
"""Kinds whose parcels are certainly under examination, or as a rule released, after the day."""

_KINDS = {
    _EXAMINED: ("changed_in_process", "held", "a change of a parcel that is under examination"),
    _RELEASED: ("changed_too_late", "released", "a change of a parcel that was released"),
}


def changes(tables: Tables, garden: Garden, day: date) -> tuple[Tables, pl.DataFrame]:
    """Changed inventories of the next morning, and what is planted with them.

    Args:
        tables: documents of one part of the sample.
    """
    morning = int(f"{day + timedelta(days=1):%Y%m%d}") * 1_000_000 + 80_000
    inventories = tables[INVENTORY.name]
    marks = {
        name: [garden.number(name, way) for way in garden.by_name[name].seen_by]
        for name in _KINDS
        if name in garden.by_name
    }
    mine = pl.col(PLANT).is_in([mark for numbers in marks.values() for mark in numbers])
    guid = pl.col("guid")
    changed = inventories.filter(mine).with_columns(
        guid=guid.str.head(14) + "6" + guid.str.slice(15),
        app_type=pl.lit(2, dtype=pl.Int64),
        app_time=pl.lit(morning, dtype=pl.Int64),
        note=pl.lit("changed the morning after"),
    )
    planted = []
    for name, numbers in marks.items():
        kind, effect, note = _KINDS[name]
        own = changed.filter(pl.col(PLANT).is_in(numbers))
        planted.append(
            own.select(
                pl.lit(kind).alias("kind"),
                pl.lit("").alias("rule"),
                pl.lit(next(iter(garden.by_name[name].seen_by.values()))).alias("seen_by"),
                pl.lit(effect).alias("effect"),
                "order_no",
                "ebc_code",
                pl.col("logistics_no").alias("waybill"),
                pl.lit(note).alias("note"),
                pl.lit("").alias("file"),
            ).select(PLANTED_COLUMNS)
        )
    lines = tables[INVENTORY_LINE.name].filter(mine)
    return {INVENTORY.name: changed, INVENTORY_LINE.name: lines}, pl.concat(planted)
