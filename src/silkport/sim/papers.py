"""Drafted parcels as documents: the same parcel told by inventory, order, payment and waybill."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from silkport.model.columns import Kind, Table
from silkport.model.documents import (
    INVENTORY,
    INVENTORY_LINE,
    ORDER,
    ORDER_LINE,
    PAYMENT,
    WAYBILL,
)
from silkport.sim.drafting import Draft
from silkport.sim.goods import Good
from silkport.sim.world import World

PLANT = "_plant"
"""Beside every row: the number of what is planted in its parcel, 0 for none."""

WAY = "_way"
"""Beside every row: the direction its parcel goes in."""

_FEN_E5 = 1_000
_GRAM_MG = 1_000
_PIECE_E5 = 100_000
_GRAM_KG_E5 = 100
_PPM = 1_000_000
_EPOCH = date(1970, 1, 1)

_DIRECT, _BONDED = "9610", "1210"
_CARTON = "2"
_TOTAL = "3"
_UNREGISTERED = "NO"
"""Codes of China's forms: kind of package, freight and insurance as totals, a producer without
a customs code."""

PAPERS = (INVENTORY, INVENTORY_LINE, ORDER, ORDER_LINE, PAYMENT, WAYBILL)
"""The documents, and their lines, that every parcel has."""

Parts = Mapping[str, pl.Expr]


@dataclass(frozen=True, slots=True)
class Clerk:
    """Writes parcels of one day down as documents."""

    world: World
    goods: Sequence[Good]
    day: date

    def write(self, drafts: Sequence[Draft]) -> dict[str, pl.DataFrame]:
        """A frame for each kind of document and of line, each with the column PLANT."""
        parcels = self._parcels(drafts)
        lines = self._lines(drafts, parcels)
        parcels = parcels.with_columns(**_sums(parcels))
        return {
            INVENTORY.name: _fill(parcels, INVENTORY, self._inventory()),
            INVENTORY_LINE.name: _fill(lines, INVENTORY_LINE, self._line()),
            ORDER.name: _fill(parcels, ORDER, _order()),
            ORDER_LINE.name: _fill(lines, ORDER_LINE, self._line()),
            PAYMENT.name: _fill(parcels, PAYMENT, _payment()),
            WAYBILL.name: _fill(parcels, WAYBILL, self._waybill()),
        }

    def moves(self, drafts: Sequence[Draft]) -> pl.DataFrame:
        """One row a parcel: by what it goes, and who carries and declares it."""
        return self._parcels(drafts).select(
            *(PLANT, WAY, "bonded", "conveyance", "truck", "customs_code", "traf_mode"),
            *("logistics_code", "logistics_name", "logistics_no", "agent_code", "agent_name"),
            *("ebc_code", "ebc_name"),
            gross_mass_mg=(pl.col("net_g") + pl.col("packing_g")) * _GRAM_MG,
        )

    def _parcels(self, drafts: Sequence[Draft]) -> pl.DataFrame:
        """One row a parcel: what was drawn, and the parties it names."""
        frame = _drawn(drafts, self.world)
        kinds = self.world.parties
        beside = [kinds[kind][[d.parties[kind] for d in drafts]] for kind in kinds]
        return pl.concat([frame, *beside], how="horizontal")

    def _lines(self, drafts: Sequence[Draft], parcels: pl.DataFrame) -> pl.DataFrame:
        """One row a line, beside it its good and what it needs of its parcel."""
        draws = [line for d in drafts for line in d.lines]
        owners = [at for at, d in enumerate(drafts) for _ in d.lines]
        columns = (
            *("order_no", "ebc_code", "ebp_code", "shop_url", "origin", "bonded"),
            *("destination_country", "port_abroad", PLANT, WAY),
        )
        frame = pl.DataFrame(
            draws, schema=["good", "pieces", "price_fen", "total_fen", "unit_g"], orient="row"
        ).with_columns(
            gnum=pl.Series([n for d in drafts for n in range(1, len(d.lines) + 1)]),
        )
        stock = pl.DataFrame(
            {
                "item_no": [g.item_no for g in self.goods],
                "item_name": [g.name for g in self.goods],
                "goods_model": [g.model for g in self.goods],
                "hs_code": [g.hs_code for g in self.goods],
                "bar_code": [g.bar_code for g in self.goods],
                "unit": [g.unit for g in self.goods],
            }
        )
        beside = [parcels.select(columns)[owners], stock[frame["good"]]]
        return pl.concat([frame, *beside], how="horizontal")

    def _inventory(self) -> Parts:
        today = pl.lit((self.day - _EPOCH).days)
        bonded = pl.col("bonded")
        direct = ~bonded
        own = self.world.bonded
        number = pl.col("number")
        unregistered = pl.when(number % 5 == 0).then(pl.lit(_UNREGISTERED))
        return {
            **_version("inventory"),
            "signature": pl.lit("not_applicable"),
            "cop_no": "C" + pl.col("order_no"),
            "pre_no": f"B{self.day:%Y%m%d}" + pl.col("number").cast(pl.String).str.zfill(9),
            "assure_code": _when(pl.col("guaranteed"), pl.col("ebp_code")),
            "ems_no": _when(bonded, pl.lit(own["ems_no"])),
            "area_code": _when(bonded, pl.lit(own["area_code"])),
            "area_name": _when(bonded, pl.lit(own["area_name"])),
            "trade_mode": pl.when(bonded).then(pl.lit(_BONDED)).otherwise(pl.lit(_DIRECT)),
            "decl_day": today,
            "ie_day": today,
            "traf_no": _when(direct, pl.col("conveyance")),
            "voyage_no": _when(direct, f"{self.day:%y}" + pl.col("truck")),
            "bill_no": _when(direct, "M" + pl.col("conveyance")),
            "loct_no": pl.col("customs_code") + "01",
            "wrap_type": pl.lit(_CARTON),
            "pack_count": pl.lit(1),
            "statistics_flag": _abroad(
                pl.when(number % 4 == 0).then(pl.lit("B")).otherwise(pl.lit("A"))
            ),
            "owner_code": _abroad(unregistered.otherwise("ebc_code")),
            "owner_name": _abroad(pl.col("ebc_name")),
            "freight_currency": _abroad(pl.col("currency")),
            "freight_mark": _abroad(pl.lit(_TOTAL)),
            "insurance_currency": _abroad(pl.col("currency")),
            "insurance_mark": _abroad(pl.lit(_TOTAL)),
        }

    def _line(self) -> Parts:
        net_g = pl.col("unit_g") * pl.col("pieces")
        uncoded = (pl.col("port_abroad") != "") & (pl.col("bar_code") == "")
        none = pl.lit(self.world.no_bar_code)
        return {
            "bar_code": pl.when(uncoded).then(none).otherwise("bar_code"),
            "destination": _abroad(pl.col("destination_country")),
            "item_record_no": _when(pl.col("bonded"), "R" + pl.col("item_no")),
            "goods_name": pl.col("item_name"),
            "item_description": pl.col("item_name"),
            "currency": pl.lit(self.world.currency),
            "qty_e5": pl.col("pieces") * _PIECE_E5,
            "qty1_e5": net_g * _GRAM_KG_E5,
            "unit1": pl.lit("KGM"),
            "price_e5": pl.col("price_fen") * _FEN_E5,
            "total_e5": pl.col("total_fen") * _FEN_E5,
            "goods_url": pl.col("shop_url") + "/" + pl.col("item_no"),
        }

    def _waybill(self) -> Parts:
        direct = ~pl.col("bonded")
        return {
            **_version("waybill"),
            "bill_no": _when(direct, "M" + pl.col("conveyance")),
            "pack_count": pl.lit(1),
            "goods_info": pl.lit("retail goods"),
            "arrived_day": pl.lit((self.day - _EPOCH).days),
        }


def _drawn(drafts: Sequence[Draft], world: World) -> pl.DataFrame:
    """What was drawn for each parcel, under the names of the documents where they agree."""
    directions = [d.direction for d in drafts]
    guids = list(zip(*(d.guids for d in drafts), strict=True))
    return pl.DataFrame(
        {
            PLANT: pl.Series([d.plant for d in drafts], dtype=pl.Int16),
            WAY: [d.name for d in directions],
            "order_no": [d.order_no for d in drafts],
            "logistics_no": [d.logistics_no for d in drafts],
            "number": [d.number for d in drafts],
            "inventory_guid": guids[0],
            "order_guid": guids[1],
            "payment_guid": guids[2],
            "waybill_guid": guids[3],
            "app_time": [d.app_time for d in drafts],
            "flow": [d.flow for d in directions],
            "origin": [d.origin for d in directions],
            "departure_country": [
                d.direction.bonded_departure if d.bonded else d.direction.departure for d in drafts
            ],
            "destination_country": [d.destination for d in directions],
            "port_abroad": [d.port_abroad for d in directions],
            "currency": [world.currency] * len(drafts),
            "guaranteed": [d.guaranteed for d in directions],
            "bonded": [d.bonded for d in drafts],
            "conveyance": [world.trucks[d.parties["office"]] + d.truck for d in drafts],
            "truck": [d.truck for d in drafts],
            "buyer_id_type": [d.id_type for d in directions],
            "buyer_id": [d.buyer.identity for d in drafts],
            "buyer_name": [d.buyer.name for d in drafts],
            "buyer_phone": [d.buyer.phone for d in drafts],
            "buyer_reg_no": [d.buyer.account for d in drafts],
            "consignee": [d.consignee for d in drafts],
            "consignee_phone": [d.consignee_phone for d in drafts],
            "consignee_address": [d.buyer.address for d in drafts],
            "consignee_district": [d.buyer.district for d in drafts],
            "authenticated": [d.authenticated for d in drafts],
            "platform_vat": [d.platform_vat for d in drafts],
            "goods_fen": [d.goods_fen for d in drafts],
            "freight_fen": [d.freight_fen for d in drafts],
            "discount_fen": [d.discount_fen for d in drafts],
            "tax_fen": [_prepaid_fen(d) for d in drafts],
            "net_g": [d.net_g for d in drafts],
            "packing_g": [d.packing_g for d in drafts],
        }
    )


def _prepaid_fen(draft: Draft) -> int:
    """Tax paid in advance on goods and freight, rounded half up to the fen."""
    base = draft.goods_fen + draft.freight_fen
    return (base * draft.direction.prepaid_ppm + _PPM // 2) // _PPM


def _sums(parcels: pl.DataFrame) -> dict[str, pl.Series]:
    """Masses and amounts of the parcel in the units of the documents."""
    fen = {name: parcels[f"{name}_fen"] for name in ("goods", "freight", "tax", "discount")}
    paid = fen["goods"] + fen["freight"] + fen["tax"] - fen["discount"]
    return {
        "net_mass_mg": parcels["net_g"] * _GRAM_MG,
        "gross_mass_mg": (parcels["net_g"] + parcels["packing_g"]) * _GRAM_MG,
        "freight_e5": fen["freight"] * _FEN_E5,
        "insurance_e5": fen["freight"] * 0,
        "paid_e5": paid * _FEN_E5,
    }


def _order() -> Parts:
    return {
        **_version("order"),
        "order_type": pl.col("flow"),
        "goods_value_e5": pl.col("goods_fen") * _FEN_E5,
        "discount_e5": pl.col("discount_fen") * _FEN_E5,
        "tax_total_e5": pl.col("tax_fen") * _FEN_E5,
        "buyer_authenticated": pl.col("authenticated").cast(pl.Int64),
        "pay_transaction_id": _transaction(),
        "platform_vat_collected": pl.col("platform_vat").cast(pl.Int64),
    }


def _payment() -> Parts:
    return {
        **_version("payment"),
        "pay_transaction_id": _transaction(),
        "payer_id_type": pl.col("buyer_id_type"),
        "payer_id": pl.col("buyer_id"),
        "payer_name": pl.col("buyer_name"),
        "payer_phone": pl.col("buyer_phone"),
        "amount_paid_e5": pl.col("paid_e5"),
        "pay_time": pl.col("app_time"),
    }


def _version(table: str) -> Parts:
    """The columns every document begins with."""
    return {
        "guid": pl.col(f"{table}_guid"),
        "app_type": pl.lit(1),
        "app_status": pl.lit(2),
    }


def _transaction() -> pl.Expr:
    return "T" + pl.col("order_no")


def _abroad(cell: pl.Expr) -> pl.Expr:
    """What only the form of exports has."""
    return _when(pl.col("port_abroad") != "", cell)


def _when(holds: pl.Expr, then: pl.Expr) -> pl.Expr:
    return pl.when(holds).then(then).otherwise(pl.lit(""))


def _fill(frame: pl.DataFrame, table: Table, parts: Parts) -> pl.DataFrame:
    """All columns of a table: from `parts`, else the drawn column of that name, else absent."""
    known = set(frame.columns)
    columns = []
    for column in table.columns:
        own = parts.get(column.name)
        if own is None:
            own = pl.col(column.name) if column.name in known else pl.lit(column.absent)
        columns.append(own.cast(_TYPES[column.kind is Kind.TEXT]).alias(column.name))
    return frame.select(*columns, PLANT, WAY)


_TYPES: Mapping[bool, type[pl.String] | type[pl.Int64]] = {True: pl.String, False: pl.Int64}
