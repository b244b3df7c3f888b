"""Match: do order, payment and waybill agree with the inventory?

Takes parcels joined with their documents; adds findings and `match_mask`, in which bit n - 1
stands for rule MAT0n. Documents may arrive in any order: what is missing is waited for, until
the time-out of the regime passes. Tolerances are dated parameters per regime.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from silkport.kernel.findings import Effect
from silkport.law.expression import Expr, any_of, greater_of, lesser_of, param, where
from silkport.law.sheet import Columns, Sheet
from silkport.model.columns import MISSING, Table
from silkport.model.documents import ORDER, ORDER_LINE, PAYMENT, WAYBILL
from silkport.model.rows import LINE, PARCEL

parcels = Sheet("match", PARCEL)
lines = Sheet("match", LINE)
SHEETS = (parcels, lines)

MASK_RULES = tuple(f"MAT{number:03d}" for number in range(1, 19))
"""The rules of the mask, in the order of their bits."""

MASK_ALIASES = {"MAT101": "MAT001", "MAT111": "MAT001", "LIM001": "MAT012", "LIM002": "MAT012"}
"""Rules of other codes that set a bit of the mask."""

REFUSE, WAIT, NOTE = Effect.REFUSE, Effect.WAIT, Effect.NOTE

PPM = 1_000_000
MINOR_E5 = 1_000  # a minor unit in hundred-thousandths of the unit


def apart(left: Expr, right: Expr) -> Expr:
    """How far two numbers are apart."""
    return greater_of(left, right) - lesser_of(left, right)


def stated(amount: Expr) -> Expr:
    """An amount, or nothing where it was not stated."""
    return greater_of(amount, 0)


def incomplete(p: Columns) -> Expr:
    """A document that the regime demands is not here."""
    return (
        ((param("needs_order") == 1) & (p.has_order != 1))
        | ((param("needs_payment") == 1) & (p.has_payment != 1))
        | ((param("needs_waybill") == 1) & (p.has_waybill != 1))
    )


@parcels.rule("MAT001", WAIT)
def document_missing(p: Columns) -> Expr:
    """A document that the regime demands has not come yet."""
    return incomplete(p) & (p.waited_days <= param("pending_days"))


@parcels.rule("MAT101", REFUSE)
def document_not_in_time(p: Columns) -> Expr:
    """A document that the regime demands did not come in time."""
    return incomplete(p) & (p.waited_days > param("pending_days"))


@parcels.rule("MAT002", REFUSE)
def paid_is_not_the_sum(p: Columns) -> Expr:
    """What was paid is not value of goods plus freight plus prepaid tax less discount."""
    added = (
        stated(p.order_goods_value_e5) + stated(p.order_freight_e5) + stated(p.order_tax_total_e5)
    )
    due = added - stated(p.order_discount_e5)
    allowed = param("paid_sum_tolerance") * MINOR_E5
    unknown = (p.order_paid_e5 < 0) | (p.order_goods_value_e5 < 0)
    return (p.has_order == 1) & (unknown | (apart(p.order_paid_e5, due) > allowed))


@parcels.rule("MAT003", REFUSE)
def payment_differs(p: Columns) -> Expr:
    """The amount of the payment is not what the order says was paid."""
    both = (p.has_order == 1) & (p.has_payment == 1)
    allowed = param("payment_tolerance") * MINOR_E5
    unknown = (p.order_paid_e5 < 0) | (p.payment_amount_paid_e5 < 0)
    return both & (unknown | (apart(p.order_paid_e5, p.payment_amount_paid_e5) > allowed))


@parcels.rule("MAT004", REFUSE)
def platform_differs(p: Columns) -> Expr:
    """Order, payment and inventory do not name the same platform, by code and name."""
    of_payment = (p.payment_ebp_code != p.order_ebp_code) | (p.payment_ebp_name != p.order_ebp_name)
    of_inventory = (p.ebp_code != p.order_ebp_code) | (p.ebp_name != p.order_ebp_name)
    return (p.has_order == 1) & (((p.has_payment == 1) & of_payment) | of_inventory)


@parcels.rule("MAT005", REFUSE)
def payment_number_differs(p: Columns) -> Expr:
    """The order names another payment number or payment firm."""
    number = (p.order_pay_transaction_id != "") & (
        p.order_pay_transaction_id != p.payment_pay_transaction_id
    )
    firm = (p.order_pay_code != "") & (p.order_pay_code != p.payment_pay_code)
    return (p.has_order == 1) & (p.has_payment == 1) & (number | firm)


@parcels.rule("MAT006", REFUSE)
def buyer_differs(p: Columns) -> Expr:
    """The buyer of the inventory is not the buyer of the order."""
    return (p.has_order == 1) & any_of(
        p.buyer_name != p.order_buyer_name,
        p.buyer_id_type != p.order_buyer_id_type,
        p.buyer_id != p.order_buyer_id,
        p.buyer_phone != p.order_buyer_phone,
    )


@parcels.rule("MAT007", REFUSE)
def payer_is_not_the_buyer(p: Columns) -> Expr:
    """Somebody else paid, and the seller did not authenticate the buyer."""
    differs = (p.payment_payer_id != p.buyer_id) | (p.payment_payer_name != p.buyer_name)
    return (p.has_payment == 1) & (p.order_buyer_authenticated != 1) & differs


@parcels.rule("MAT008", REFUSE)
def consignee_differs(p: Columns) -> Expr:
    """The consignee of the order is not the consignee of the waybill."""
    both = (p.has_order == 1) & (p.has_waybill == 1)
    return both & any_of(
        p.order_consignee != p.waybill_consignee,
        p.order_consignee_phone != p.waybill_consignee_phone,
        p.order_consignee_address != p.waybill_consignee_address,
    )


@parcels.rule("MAT009", REFUSE)
def lines_differ(p: Columns) -> Expr:
    """The lines of the inventory are not, one by one, the lines of the order."""
    return (p.has_order == 1) & ((p.lines_differing > 0) | (p.line_count != p.order_line_count))


@parcels.rule("MAT010", REFUSE)
def prices_do_not_add_up(p: Columns) -> Expr:
    """Line totals are not price times quantity, or do not add up to the value of the goods."""
    room = p.order_goods_value_e5 * param("price_tolerance")
    gap = apart(p.lines_total_e5, p.order_goods_value_e5) * PPM
    return (p.lines_mispriced > 0) | ((p.has_order == 1) & (gap > room))


@parcels.rule("MAT011", REFUSE)
def transport_differs(p: Columns) -> Expr:
    """Freight or insurance of the waybill are stated and are not those of the inventory."""
    freight = (p.waybill_freight_e5 >= 0) & (p.waybill_freight_e5 != p.freight_e5)
    insurance = (p.waybill_insurance_e5 >= 0) & (p.waybill_insurance_e5 != p.insurance_e5)
    return (p.has_waybill == 1) & (freight | insurance)


@parcels.rule("MAT111", REFUSE)
def waybill_is_another(p: Columns) -> Expr:
    """The waybill that came for the order is not the one the inventory names."""
    number = p.waybill_logistics_no != p.logistics_no
    return (p.has_waybill == 1) & (number | (p.waybill_logistics_code != p.logistics_code))


@parcels.rule("MAT013", NOTE)
def goods_codes_unlawful(p: Columns) -> Expr:
    """A line has a commodity code, unit or quantity that the check refused."""
    return p.goods_findings > 0


@parcels.rule("MAT014", NOTE)
def form_unlawful(p: Columns) -> Expr:
    """The check refused a code, a name or an identity number of the parcel."""
    return p.form_findings > 0


@parcels.rule("MAT015", WAIT)
def not_yet_arrived(p: Columns) -> Expr:
    """The parcel was not yet seen in the supervised place."""
    return (p.has_waybill == 1) & (
        (p.waybill_arrived_day < 0) | (p.waybill_arrived_day > p.processing_day)
    )


@parcels.rule("MAT016", NOTE)
def older_version_came_later(p: Columns) -> Expr:
    """An older version of a document came after a newer one and was left aside."""
    return p.stale_versions > 0


@parcels.rule("MAT017", NOTE)
def duplicate_came(p: Columns) -> Expr:
    """The same message came more than once and was counted once."""
    return p.duplicates > 0


@parcels.rule("MAT018", REFUSE)
def signature_absent(p: Columns) -> Expr:
    """The message demands a signature and has none."""
    return ~p.signature.is_any("present", "not_applicable")


@lines.rule("MAT109", REFUSE)
def line_differs_from_order(line: Columns) -> Expr:
    """The line is not the order's line of the same number in name, quantity, unit or price."""
    return (line.has_ordered != 1) | any_of(
        where(line.item_name != "", line.item_name, line.goods_name) != line.ordered_item_name,
        line.qty_e5 != line.ordered_qty_e5,
        line.unit != line.ordered_unit,
        line.price_e5 != line.ordered_price_e5,
        line.total_e5 != line.ordered_total_e5,
        (line.ordered_origin != "") & (line.origin != line.ordered_origin),
    )


@lines.rule("MAT110", REFUSE)
def total_is_not_price_times_quantity(line: Columns) -> Expr:
    """The total of the line is not price times quantity, beyond the tolerance."""
    product = line.price_e5 * line.qty_e5
    gap = apart(line.total_e5 * 100_000, product)
    return (line.price_e5 >= 0) & (gap * PPM > product * param("price_tolerance"))


def with_documents(
    parcels: pl.DataFrame, documents: Mapping[str, pl.DataFrame], wanted: set[str]
) -> pl.DataFrame:
    """Adds to each parcel its order, payment and waybill, as far as they are here.

    Documents are linked by order number; where one number stands in several documents, the
    second key decides (platform, payment number, carrier and waybill number). A waybill without
    an order number is linked by carrier and waybill number.

    Args:
        parcels: columns order_no, ebp_code, logistics_code, logistics_no.
        documents: current orders, payments and waybills by table name.
        wanted: names of the columns some rule reads; others are not carried along.
    """
    number = "pay_transaction_id"
    named = f"{ORDER.name}_{number}"
    parcels = _with(parcels, ORDER, documents, wanted | {named}, (["ebp_code"], ["ebp_code"]))
    parcels = _with(parcels, PAYMENT, documents, wanted, ([named], [number]))
    carried = ["logistics_code", "logistics_no"]
    return _with(parcels, WAYBILL, documents, wanted, (carried, carried))


def _with(
    parcels: pl.DataFrame,
    table: Table,
    documents: Mapping[str, pl.DataFrame],
    wanted: set[str],
    second: tuple[list[str], list[str]],
) -> pl.DataFrame:
    here = f"has_{table.name}"
    rows = _prefixed(table, documents[table.name], wanted).with_columns(
        pl.lit(1, dtype=pl.Int64).alias(here), documents[table.name]["order_no"].alias("__order")
    )
    rows = rows.with_columns(documents[table.name].select(_together(second[1])).to_series())
    several = rows["__order"].is_duplicated()
    unlinked = rows["__order"] == ""
    alone = rows.filter(~several & ~unlinked).drop("__second")
    joined = parcels.join(
        alone, left_on="order_no", right_on="__order", how="left", maintain_order="left"
    )
    if several.any() or unlinked.any():
        joined = _with_second_key(joined, table, rows, second[0], several)
    filled = [
        pl.col(name).fill_null("" if joined.schema[name] == pl.String else MISSING)
        for name in rows.columns
        if name not in {"__order", "__second", here}
    ]
    return joined.with_columns(*filled, pl.col(here).fill_null(0))


def _with_second_key(
    joined: pl.DataFrame, table: Table, rows: pl.DataFrame, second: list[str], several: pl.Series
) -> pl.DataFrame:
    """Fills in documents whose order number is shared by several, or not stated at all."""
    linked = rows["__order"] != ""
    joined = joined.with_columns(_together(second))
    shared = rows.filter(several & linked).unique(["__order", "__second"], keep="last")
    joined = _coalesced(joined, shared, ["order_no", "__second"], ["__order", "__second"])
    if table is WAYBILL:
        loose = rows.filter(~linked).unique("__second", keep="last")
        joined = _coalesced(joined, loose.drop("__order"), ["__second"], ["__second"])
    return joined.drop("__second")


def _together(columns: list[str]) -> pl.Expr:
    return pl.concat_str(columns, separator=" ").alias("__second")


def _coalesced(
    joined: pl.DataFrame, rows: pl.DataFrame, left: list[str], right: list[str]
) -> pl.DataFrame:
    names = [name for name in rows.columns if name not in {"__order", "__second"}]
    if rows.is_empty():
        return joined
    more = joined.join(
        rows, left_on=left, right_on=right, how="left", suffix="__more", maintain_order="left"
    )
    filled = [pl.coalesce(name, f"{name}__more").alias(name) for name in names]
    return more.with_columns(filled).select(joined.columns)


def _prefixed(table: Table, rows: pl.DataFrame, wanted: set[str]) -> pl.DataFrame:
    names = [name for name in table.names if f"{table.name}_{name}" in wanted]
    return rows.select(
        pl.col(names).name.prefix(f"{table.name}_"), pl.col("doc").alias(f"{table.name}_doc")
    )


def with_ordered_lines(
    lines: pl.DataFrame, order_lines: pl.DataFrame, wanted: set[str]
) -> pl.DataFrame:
    """Adds to each line the order's line of the same number.

    Args:
        lines: columns order_doc (the matched order; 0 for none), gnum.
        order_lines: current lines of orders with their document number `doc`.
        wanted: names of the columns some rule reads.
    """
    names = [name for name in ORDER_LINE.names if f"ordered_{name}" in wanted]
    rows = order_lines.select(
        pl.col(names).name.prefix("ordered_"),
        pl.col("doc").alias("order_doc"),
        pl.col("gnum"),
        pl.lit(1, dtype=pl.Int64).alias("has_ordered"),
    ).unique(["order_doc", "gnum"], keep="last")
    joined = lines.join(rows, on=["order_doc", "gnum"], how="left", maintain_order="left")
    filled = [
        pl.col(f"ordered_{name}").fill_null(
            "" if joined.schema[f"ordered_{name}"] == pl.String else MISSING
        )
        for name in names
    ]
    return joined.with_columns(*filled, pl.col("has_ordered").fill_null(0))


def with_line_findings(
    parcels: pl.DataFrame, findings: pl.DataFrame, order_lines: pl.DataFrame
) -> pl.DataFrame:
    """Adds the lines of the order, how many lines differ from it, how many do not add up."""
    of_orders = order_lines.group_by(pl.col("doc").alias("order_doc")).agg(
        pl.len().cast(pl.Int64).alias("order_line_count")
    )
    parcels = parcels.join(of_orders, on="order_doc", how="left", maintain_order="left")
    counts = findings.group_by("parcel_id").agg(
        (pl.col("code") == "MAT109").sum().cast(pl.Int64).alias("lines_differing"),
        (pl.col("code") == "MAT110").sum().cast(pl.Int64).alias("lines_mispriced"),
    )
    joined = parcels.join(counts, on="parcel_id", how="left", maintain_order="left")
    return joined.with_columns(
        pl.col("order_line_count", "lines_differing", "lines_mispriced").fill_null(0)
    )


def mask(parcels: pl.DataFrame, findings: pl.DataFrame) -> pl.DataFrame:
    """Adds `match_mask`: bit n - 1 is set where rule n of MASK_RULES fired."""
    bits = pl.DataFrame(
        {
            "code": [*MASK_RULES, *MASK_ALIASES],
            "bit": [1 << n for n in range(len(MASK_RULES))]
            + [1 << MASK_RULES.index(code) for code in MASK_ALIASES.values()],
        }
    )
    masks = (
        findings.join(bits, on="code")
        .unique(["parcel_id", "bit"])
        .group_by("parcel_id")
        .agg(pl.col("bit").sum().alias("match_mask"))
    )
    joined = parcels.join(masks, on="parcel_id", how="left", maintain_order="left")
    return joined.with_columns(pl.col("match_mask").fill_null(0))


def only_ordered(lines: pl.DataFrame) -> pl.DataFrame:
    """Lines of parcels whose order is here; the others have nothing to be compared with."""
    return lines.filter(pl.col("order_doc") != MISSING)
