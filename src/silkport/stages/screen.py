"""Screen: risk score and lane (green, yellow, red), with reasons for officers.

Takes assessed parcels; adds `risk_score` and `lane`. Criteria and weights are seen by
authorised officers only and never leave the node.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from silkport.kernel.findings import Effect
from silkport.law.expression import Expr, const, greater_of, lesser_of, param, where
from silkport.law.sheet import Columns, Sheet
from silkport.model.rows import HOUSE, PARCEL

parcels = Sheet("screen", PARCEL)
houses = Sheet("screen", HOUSE)
SHEETS = (parcels, houses)

LANES = ("green", "yellow", "red")
PPM = 1_000_000
RISK = Effect.RISK


def _weighed(sheet: Sheet) -> dict[str, Expr]:
    score: Expr = const(0)
    for code, rule in sheet.rules.items():
        score = score + where(rule.fires, param(f"weight_{code}"), 0)
    red = score >= param("red_from")
    lane = where(red, 2, where(score >= param("yellow_from"), 1, 0))
    return {"risk_score": score, "lane_number": lane}


@parcels.rule("RSK001", RISK)
def many_parcels_of_one_buyer(p: Columns) -> Expr:
    """One buyer has many parcels on one day."""
    return p.buyer_parcels >= param("risk_buyer_parcels")


@parcels.rule("RSK002", RISK)
def many_buyers_at_one_address(p: Columns) -> Expr:
    """Many buyers have their parcels sent to one address."""
    return p.address_buyers >= param("risk_address_buyers")


@parcels.rule("RSK003", RISK)
def cheap_by_mass(p: Columns) -> Expr:
    """The value per kilogram is far below what retail parcels are worth."""
    floor = param("risk_value_per_kg")
    return (p.net_mass_mg > 0) & (p.customs_value_minor * PPM < p.net_mass_mg * floor)


@parcels.rule("RSK004", RISK)
def just_below_the_limit(p: Columns) -> Expr:
    """The value lies just below a limit from which more is owed."""
    limit = param("risk_limit_minor")
    near = limit * param("risk_limit_share")
    return (p.customs_value_minor <= limit) & (p.customs_value_minor * PPM >= near)


@parcels.rule("RSK005", RISK)
def packing_too_heavy(p: Columns) -> Expr:
    """The gross mass is many times the net mass."""
    return (p.net_mass_mg > 0) & (p.gross_mass_mg > p.net_mass_mg * param("risk_packing_factor"))


@parcels.rule("RSK006", RISK)
def year_nearly_used(p: Columns) -> Expr:
    """With this parcel the buyer's yearly limit is nearly used up."""
    used = greater_of(p.year_used_minor, 0) + greater_of(p.customs_value_minor, 0)
    return used * PPM >= param("risk_year_minor") * param("risk_limit_share")


@parcels.rule("RSK007", RISK)
def mass_differs_from_waybill(p: Columns) -> Expr:
    """The carrier weighed the parcel otherwise than it was declared."""
    heavier = greater_of(p.gross_mass_mg, p.waybill_gross_mass_mg)
    lighter = lesser_of(p.gross_mass_mg, p.waybill_gross_mass_mg)
    known = (p.has_waybill == 1) & (lighter > 0)
    return known & ((heavier - lighter) * PPM > lighter * param("risk_mass_share"))


@parcels.rule("RSK008", RISK)
def round_price(p: Columns) -> Expr:
    """The price of the goods is a round sum."""
    unit = param("risk_round_minor") * 1_000
    return (p.lines_total_e5 > 0) & (p.lines_total_e5 % unit == 0)


@parcels.rule("RSK009", RISK)
def heavy_parcel(p: Columns) -> Expr:
    """The parcel is heavier than retail parcels are."""
    return p.gross_mass_mg > param("risk_heavy")


@parcels.rule("RSK010", RISK)
def drawn(p: Columns) -> Expr:
    """The parcel was drawn at random, so that the other criteria are kept honest."""
    return p.draw_ppm < param("risk_draw_share")


@parcels.computation("weighted_score")
def weighted_score(_: Columns) -> dict[str, Expr]:
    """The weights of the criteria that fired, added; the lane by two thresholds."""
    return _weighed(parcels)


@houses.rule("RSK201", RISK)
def goods_cheap_by_mass(h: Columns) -> Expr:
    """The value per kilogram of a house is far below what such trade is worth."""
    floor = param("risk_goods_value_per_kg")
    return (h.lines_net_mg > 0) & (h.customs_value_minor * PPM < h.lines_net_mg * floor)


@houses.rule("RSK202", RISK)
def goods_price_round(h: Columns) -> Expr:
    """The invoice is a round sum."""
    unit = param("risk_goods_round_minor") * 1_000
    return (h.lines_total_e5 > 0) & (h.lines_total_e5 % unit == 0)


@houses.rule("RSK203", RISK)
def goods_packing_too_heavy(h: Columns) -> Expr:
    """The gross mass of a house is many times its net mass."""
    heavy = h.lines_gross_mg > h.lines_net_mg * param("risk_packing_factor")
    return (h.lines_net_mg > 0) & heavy


@houses.rule("RSK204", RISK)
def house_drawn(h: Columns) -> Expr:
    """The house was drawn at random, so that the other criteria are kept honest."""
    return h.draw_ppm < param("risk_draw_share")


@houses.computation("weighted_score_of_house")
def weighted_score_of_house(_: Columns) -> dict[str, Expr]:
    """The weights of the criteria that fired on a house, added; the lane by two thresholds."""
    return _weighed(houses)


@dataclass(frozen=True, slots=True)
class Neighbours:
    """What is around the parcels of a run, however it is split: only what is more than one.

    `buyers` has buyer (a hash of the identity number) and buyer_parcels; `addresses` has address
    (a hash) and address_buyers.
    """

    buyers: pl.DataFrame
    addresses: pl.DataFrame


def buyer_key() -> pl.Expr:
    """A number for the buyer, good within one process."""
    return pl.col("buyer_id").str.strip_chars().str.to_uppercase().hash(_SEED)


def address_key() -> pl.Expr:
    """A number for the address, good within one process."""
    return pl.col("consignee_address").hash(_SEED)


_SEED = 1


def buyers_of(inventories: pl.LazyFrame) -> pl.DataFrame:
    """Counts orders of one buyer, from columns order and buyer; 0 stands for no buyer."""
    return _counts(inventories, "buyer", "order", "buyer_parcels")


def addresses_of(inventories: pl.LazyFrame) -> pl.DataFrame:
    """Counts buyers at one address, from columns buyer and address; 0 stands for no address."""
    return _counts(inventories, "address", "buyer", "address_buyers")


def _counts(inventories: pl.LazyFrame, key: str, what: str, name: str) -> pl.DataFrame:
    return (
        inventories.filter(pl.col(key) != 0)
        .select(key, what)
        .unique()
        .group_by(key)
        .agg(pl.len().cast(pl.Int64).alias(name))
        .filter(pl.col(name) > 1)
        .collect(engine="streaming")
    )


def keyed(inventories: pl.LazyFrame) -> pl.LazyFrame:
    """What the counts take, from inventories with their order, buyer and address."""
    zero = pl.lit(0, dtype=pl.UInt64)
    return inventories.select(
        pl.col("order_no").hash(_SEED).alias("order"),
        pl.when(pl.col("buyer_id") == "").then(zero).otherwise(buyer_key()).alias("buyer"),
        pl.when(pl.col("consignee_address") == "")
        .then(zero)
        .otherwise(address_key())
        .alias("address"),
    )


def with_neighbours(parcels: pl.DataFrame, neighbours: Neighbours | None = None) -> pl.DataFrame:
    """Adds how many parcels the same buyer has, and how many buyers the same address has.

    Args:
        parcels: columns order_no, buyer_id, consignee_address; absent ones have no neighbours.
        neighbours: counts over the whole run; None counts among `parcels` alone.
    """
    keys = keyed(parcels.lazy()).collect()
    around = neighbours or Neighbours(buyers_of(keys.lazy()), addresses_of(keys.lazy()))
    joined = (
        keys.join(around.buyers, on="buyer", how="left", maintain_order="left")
        .join(around.addresses, on="address", how="left", maintain_order="left")
        .select(
            _counted("buyer", "buyer_parcels"),
            _counted("address", "address_buyers"),
        )
    )
    return parcels.with_columns(joined)


def _counted(key: str, count: str) -> pl.Expr:
    known = pl.when(pl.col(key) == 0).then(0).otherwise(pl.col(count).fill_null(1))
    return known.cast(pl.Int64).alias(count)
