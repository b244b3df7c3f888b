"""The rows rule sheets see: one of a whole parcel, one of a line of its inventory.

Columns of other documents carry their document's name in front. The derived columns at the end
are built by stages before a sheet runs; ARCHITECTURE.md says which stage adds which.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from silkport.model.columns import Column, Kind, Table
from silkport.model.documents import INVENTORY, INVENTORY_LINE, ORDER, ORDER_LINE, PAYMENT, WAYBILL

T, A, Q, M = Kind.TEXT, Kind.AMOUNT, Kind.QUANTITY, Kind.MASS
C, D, F = Kind.COUNT, Kind.DAY, Kind.FLAG


@dataclass(frozen=True)
class RowShape:
    """The columns of one kind of row."""

    name: str
    columns: tuple[Column, ...]

    @cached_property
    def by_name(self) -> dict[str, Column]:
        """Columns by name."""
        return {column.name: column for column in self.columns}


def _prefixed(table: Table, prefix: str) -> tuple[Column, ...]:
    return tuple(
        Column(f"{prefix}_{c.name}", c.kind, f"{table.name}: {c.meaning}", c.longest)
        for c in table.columns
    )


PARCEL = RowShape(
    "parcel",
    (
        Column("parcel_id", T, "identity of the parcel in this node", 32),
        *INVENTORY.columns,
        *_prefixed(ORDER, "order"),
        *_prefixed(PAYMENT, "payment"),
        *_prefixed(WAYBILL, "waybill"),
        Column("processing_day", D, "day of processing"),
        Column("waited_days", C, "days since the first document of the parcel arrived"),
        Column("stale_versions", C, "older versions that came after newer ones"),
        Column("duplicates", C, "messages that had come before"),
        Column("unreadable_cells", C, "values the reader could not use"),
        Column("has_order", F, "the order is here"),
        Column("has_payment", F, "the payment is here"),
        Column("has_waybill", F, "the waybill is here"),
        Column("line_count", C, "lines of the inventory"),
        Column("first_gnum", C, "smallest line number"),
        Column("last_gnum", C, "largest line number"),
        Column("distinct_gnums", C, "different line numbers"),
        Column("lines_total_e5", A, "sum of the prices of the lines"),
        Column("pieces_e5", A, "sum of the quantities of the lines"),
        Column("order_line_count", C, "lines of the order"),
        Column("form_findings", C, "findings of the check stage on the parcel and its lines"),
        Column("goods_findings", C, "findings of the check stage on codes, units and quantities"),
        Column("lines_differing", C, "lines that differ from the order's"),
        Column("lines_mispriced", C, "lines whose total is not price times quantity"),
        Column("customs_value_minor", A, "customs value in minor units of account"),
        Column("duty_minor", A, "duty of all lines"),
        Column("excise_minor", A, "excise or consumption tax of all lines"),
        Column("vat_minor", A, "VAT of all lines"),
        Column("fee_minor", A, "customs fee"),
        Column("year_used_minor", A, "what the buyer's year had used before this parcel"),
        Column("buyer_parcels", C, "parcels of the same buyer in this batch"),
        Column("address_buyers", C, "different buyers at the same address in this batch"),
        Column("withdrawal_kind", T, "cancel, return, or nothing", 6),
        Column("withdrawal_applied_day", D, "day of the application to cancel or return"),
        Column("withdrawal_returned_day", D, "day the goods were back"),
        Column("withdrawal_message", T, "kind of message of the withdrawal; empty for tables", 10),
        Column("withdrawal_app_status", C, "1 draft, 2 declared"),
        Column("withdrawal_signature", T, "signature of the withdrawal", 20),
        Column("withdrawal_agent_code", T, "declarant of the withdrawal", 18),
        Column("withdrawal_invt_no", T, "inventory number the withdrawal names", 20),
        Column("withdrawal_buyer_id", T, "buyer the withdrawal names", 60),
        Column("given_invt_no", T, "inventory number this node gave", 20),
        Column("return_lines_unknown", C, "returned lines that the inventory does not have"),
        Column("return_lines_exceeding", C, "returned lines of more than was declared"),
        Column("return_lines_kept", C, "lines of which something stays, where the lines are named"),
        Column("released_day", D, "day this node released the parcel earlier"),
        Column("under_examination", F, "this node holds the parcel in the yellow or red lane"),
        Column("draw_ppm", C, "place in the node's keyed random draw, in millionths"),
    ),
)

LINE = RowShape(
    "line",
    (
        Column("parcel_id", T, "identity of the parcel in this node", 32),
        *INVENTORY_LINE.columns,
        *_prefixed(ORDER_LINE, "ordered"),
        Column("has_ordered", F, "the order has a line of this number"),
        Column("decl_day", D, "legal day of the parcel"),
        Column("parcel_currency", T, "currency of the inventory", 8),
        Column("goods_cost_e5", A, "freight and insurance of the parcel"),
        Column("before_e5", A, "sum of the prices of the lines before this one"),
        Column("lines_total_e5", A, "sum of the prices of all lines"),
        Column("line_count", C, "lines of the inventory"),
        Column("pieces_e5", A, "sum of the quantities of all lines"),
        Column("gross_mass_mg", M, "gross mass of the parcel"),
        Column("parcel_value_minor", A, "customs value of the parcel in minor units of account"),
        Column("customs_value_minor", A, "customs value of the line in minor units of account"),
    ),
)
