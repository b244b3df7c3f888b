"""What follows the parcels of a sample: lists of arrival, of the master bill, of departure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from uuid import UUID, uuid5

import polars as pl

from silkport.formats.reading import dtype_of
from silkport.model.columns import Table
from silkport.model.records import MOVEMENT, SUMMARY
from silkport.sim.expressing import FLOWS
from silkport.sim.papers import PLANT, WAY
from silkport.sim.world import World

COMPLETE_TRUCKS = 2
"""Trucks whose parcels are followed over the border; the others are only seen at the site."""

_GUIDS = UUID("0d3c6a52-6a0e-5d7e-9c55-2f1b7a4de1c3")
_KEYS = ["customs_code", "conveyance", "truck", "traf_mode", "logistics_code", "logistics_name"]
_ARRIVED, _ON_BILL, _LEFT = 200_000, 210_000, 233_000
"""When the lists are made, as hhmmss of the day."""

Parts = Mapping[str, pl.Expr]


def movements(
    moves: pl.DataFrame, world: World, day: date, *, unseen: Sequence[int], complete: bool
) -> Iterator[tuple[str, pl.DataFrame]]:
    """The lists of a part of the sample, by kind of message; one list a conveyance and carrier.

    Args:
        moves: one row a parcel, as the clerk gives them.
        unseen: marks of parcels that have not arrived.
        complete: the first trucks leave the country as well.
    """
    here = moves.filter(~pl.col(PLANT).is_in(list(unseen)))
    bought_abroad = here.filter(pl.col(WAY) == "import", ~pl.col("bonded"))
    leaving = here.filter(pl.col(WAY) == "export")
    yield "CEB711", _listed("CEB711", bought_abroad, _site(world, day))
    yield "CEB507", _listed("CEB507", leaving, _site(world, day))
    trucks = leaving["truck"].unique().sort().head(COMPLETE_TRUCKS)
    gone = leaving.filter(pl.col("truck").is_in(trucks.implode()))
    if complete and gone.height:
        yield "CEB607", _listed("CEB607", gone, _bill(day))
        yield "CEB509", _listed("CEB509", gone, _departure(day))


def _site(world: World, day: date) -> Parts:
    return {
        "app_time": _at(day, _ARRIVED),
        "operator_code": pl.lit(world.site["operator_code"]),
        "operator_name": pl.lit(world.site["operator_name"]),
        "loct_no": pl.col("customs_code") + "01",
        "domestic_traf_no": pl.col("conveyance"),
    }


def _bill(day: date) -> Parts:
    """An agent lists what goes with one master bill."""
    gross = pl.col("gross_mass_mg").sum().over(_KEYS)
    return {
        "app_time": _at(day, _ON_BILL),
        "gross_mass_mg": gross,
        "agent_code": pl.col("agent_code").first().over(_KEYS),
        "agent_name": pl.col("agent_name").first().over(_KEYS),
    }


def _departure(day: date) -> Parts:
    return {"app_time": _at(day, _LEFT), "leave_time": _at(day, _LEFT)}


def _at(day: date, clock: int) -> pl.Expr:
    return pl.lit(int(f"{day:%Y%m%d}") * 1_000_000 + clock, dtype=pl.Int64)


def _listed(message: str, parcels: pl.DataFrame, parts: Parts) -> pl.DataFrame:
    """Rows of MOVEMENT: the head of a list repeated beside each waybill on it."""
    rows = parcels.sort(_KEYS, maintain_order=True)
    heads = rows.select(_KEYS).unique(maintain_order=True)
    # The truck and the first waybill make a list unlike those of another part of the sample.
    first = rows.group_by(_KEYS, maintain_order=True).agg(pl.col("logistics_no").first())
    guids = [
        str(uuid5(_GUIDS, f"{message} {truck} {carrier} {number}")).upper()
        for truck, carrier, number in zip(
            first["conveyance"], first["logistics_code"], first["logistics_no"], strict=True
        )
    ]
    numbered = heads.with_columns(guid=pl.Series(guids, dtype=pl.String))
    rows = rows.join(numbered, on=_KEYS, how="left", maintain_order="left")
    flow = pl.col(WAY).replace_strict(FLOWS, return_dtype=pl.String)
    own: Parts = {
        "message": pl.lit(message),
        "app_type": pl.lit(1),
        "app_status": pl.lit(2),
        "cop_no": f"L{message[-3:]}" + pl.col("guid").str.tail(12),
        "flow": flow,
        "traf_no": pl.col("conveyance"),
        "voyage_no": pl.col("truck"),
        "bill_no": "M" + pl.col("conveyance"),
        "message_count": pl.lit(1),
        "message_seq": pl.lit(1),
        "gnum": pl.int_range(1, pl.len() + 1).over("guid"),
        **parts,
    }
    return filled(rows, MOVEMENT, own)


def summaries(moves: pl.DataFrame, day: date) -> pl.DataFrame:
    """Applications to summarise the day's exports of each merchant, by period."""
    leaving = moves.filter(pl.col(WAY) == "export", pl.col(PLANT) == 0)
    rows = leaving.unique(["ebc_code", "agent_code"], keep="first", maintain_order=True)
    guids = [
        str(uuid5(_GUIDS, f"CEB701 {day} {merchant} {agent}")).upper()
        for merchant, agent in rows.select("ebc_code", "agent_code").iter_rows()
    ]
    rows = rows.with_columns(guid=pl.Series(guids, dtype=pl.String))
    own: Parts = {
        "message": pl.lit("CEB701"),
        "app_type": pl.lit(1),
        "app_status": pl.lit(2),
        "app_time": _at(day, 235_900),
        "cop_no": "S" + pl.col("guid").str.tail(12),
        "decl_agent_code": pl.col("agent_code"),
        "decl_agent_name": pl.col("agent_name"),
        "start_time": _at(day, 0),
        "end_time": _at(day, 235_959),
        "summary_flag": pl.lit("1"),
        "item_name_flag": pl.lit("0"),
        "message_count": pl.lit(1),
        "message_seq": pl.lit(1),
        "gross_mass_mg": pl.lit(-1),
    }
    return filled(rows, SUMMARY, own)


def filled(rows: pl.DataFrame, table: Table, own: Parts, *beside: str) -> pl.DataFrame:
    """All columns of a table: from `own`, else the column of that name, else absent."""
    columns = []
    for column in table.columns:
        cell = own.get(column.name)
        if cell is None:
            known = column.name in rows.columns
            cell = pl.col(column.name) if known else pl.lit(column.absent)
        columns.append(cell.cast(dtype_of(column)).alias(column.name))
    return rows.select(*columns, *beside)
