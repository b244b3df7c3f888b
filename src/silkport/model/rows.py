"""The rows rule sheets see: a whole parcel and a line of its inventory; a house and its goods.

Columns of other documents carry their document's name in front. The derived columns at the end
are built by stages before a sheet runs; ARCHITECTURE.md says which stage adds which.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from silkport.model.columns import Column, Kind, Table
from silkport.model.declarations import DECLARATION, GOODS
from silkport.model.documents import INVENTORY, INVENTORY_LINE, ORDER, ORDER_LINE, PAYMENT, WAYBILL

T, A, Q, M = Kind.TEXT, Kind.AMOUNT, Kind.QUANTITY, Kind.MASS
C, D, F, M2 = Kind.COUNT, Kind.DAY, Kind.FLAG, Kind.CARGO


@dataclass(frozen=True)
class RowShape:
    """The columns of one kind of row; rows of lines carry their number `gnum`."""

    name: str
    columns: tuple[Column, ...]
    of_lines: bool = False

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
    of_lines=True,
)

_DETERMINED = (
    Column("customs_value_minor", A, "customs value in minor units of account"),
    Column("duty_minor", A, "duty"),
    Column("special_minor", A, "special safeguard duty"),
    Column("antidumping_minor", A, "anti-dumping duty"),
    Column("countervailing_minor", A, "countervailing duty"),
    Column("excise_minor", A, "excise or consumption tax"),
    Column("vat_minor", A, "VAT"),
)

HOUSE = RowShape(
    "house",
    (
        Column("parcel_id", T, "identity of the house in this node", 32),
        *DECLARATION.columns,
        Column("processing_day", D, "day of processing"),
        Column("received_day", D, "day this node received this version"),
        Column("unreadable_cells", C, "values the reader could not use"),
        Column("line_count", C, "goods lines that came"),
        Column("first_gnum", C, "smallest line number"),
        Column("last_gnum", C, "largest line number"),
        Column("distinct_gnums", C, "different line numbers"),
        Column("lines_total_e5", A, "sum of the prices of the lines"),
        Column("lines_gross_mg", M2, "sum of the gross masses of the lines"),
        Column("lines_net_mg", M2, "sum of the net masses of the lines"),
        Column("released_day", D, "day this node released the house earlier; -1 before"),
        Column("registered_day", D, "legal day of the release that an act concerns; -1 without"),
        Column("registered_procedure", T, "procedure of that release", 4),
        Column("registered_direction", T, "direction of that release", 7),
        Column("direction", T, "import, export or transit", 7),
        Column("from_customs", F, "customs itself handed this version in"),
        Column("paid_before_minor", A, "what the decision before this one charged in all"),
        *_DETERMINED,
        Column("fee_minor", A, "customs fee"),
        Column("total_minor", A, "all that is owed or secured"),
        Column("draw_ppm", C, "place in the node's keyed random draw, in millionths"),
    ),
)

GOODS_LINE = RowShape(
    "goods",
    (
        Column("parcel_id", T, "identity of the house in this node", 32),
        *GOODS.columns,
        Column("decl_day", D, "legal day of the house"),
        Column("act", T, "what this version of the declaration does", 11),
        Column("currency", T, "currency of the invoice", 8),
        Column("stay_months", C, "temporary import: months of stay"),
        Column("house_documents", T, "documents and permits of the whole house", 1000),
        Column("permits_needed", C, "permits that the code of the goods needs"),
        Column("permits_missing", T, "those that no document is stated for with a number", 1000),
        Column("permits_unnumbered", T, "those that are stated without a number", 1000),
        Column("line_count", C, "goods lines of the house"),
        Column("before_e5", A, "sum of the prices of the lines before this one"),
        Column("lines_total_e5", A, "sum of the prices of all lines"),
        Column("before_gross_mg", M2, "sum of the gross masses of the lines before this one"),
        Column("lines_gross_mg", M2, "sum of the gross masses of all lines"),
        Column("freight_added_minor", A, "freight to the border that the prices lack"),
        Column("freight_deducted_minor", A, "freight after the border that the prices hold"),
        Column("others_added_minor", A, "insurance and additions that the prices lack"),
        Column("others_deducted_minor", A, "insurance after the border and deductions"),
        Column("fee_share_minor", A, "the line's part of the customs fee of the house"),
        *_DETERMINED,
    ),
    of_lines=True,
)
