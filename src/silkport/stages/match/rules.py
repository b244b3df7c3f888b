"""Rules of the match stage: what two documents say of each other, and the mask they set."""

from __future__ import annotations

from silkport.kernel.findings import Effect
from silkport.law.expression import Expr, any_of, greater_of, lesser_of, param, where
from silkport.law.sheet import Columns, Sheet
from silkport.model.rows import LINE, PARCEL

parcels = Sheet("match", PARCEL)
lines = Sheet("match", LINE)

MASK_RULES = tuple(f"MAT{number:03d}" for number in range(1, 19))
"""The rules of the mask, in the order of their bits."""

ARRIVAL = "MAT015"
"""The rule whose presence in a regime means that parcels are waited for until they arrive."""

MASK_ALIASES = {
    "MAT101": "MAT001",
    "MAT111": "MAT001",
    "MAT112": "MAT003",
    "MAT115": "MAT015",
    "MAT118": "MAT018",
    "LIM001": "MAT012",
    "LIM002": "MAT012",
}
"""Rules of other codes that set a bit of the mask."""

REFUSE, WAIT, NOTE = Effect.REFUSE, Effect.WAIT, Effect.NOTE

SIGNED = ("verified",)
DIFFERING = ("digest_differs", "value_differs")
UNVERIFIED = ("unsupported", "unreadable")
"""States of a signature, apart from absent and, for tables, not_applicable."""

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


def absent(p: Columns) -> Expr:
    """The waybill is here, and the parcel was not seen in the supervised place."""
    unseen = (p.waybill_arrived_day < 0) | (p.waybill_arrived_day > p.processing_day)
    return (p.has_waybill == 1) & unseen


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


@parcels.rule("MAT112", REFUSE)
def currencies_differ(p: Columns) -> Expr:
    """Order, payment or waybill state their amounts in another currency than the inventory."""
    of_waybill = (p.waybill_freight_e5 >= 0) | (p.waybill_insurance_e5 >= 0)
    return any_of(
        (p.has_order == 1) & (p.order_currency != p.currency),
        (p.has_payment == 1) & (p.payment_currency != p.currency),
        (p.has_waybill == 1) & of_waybill & (p.waybill_currency != p.currency),
    )


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
    return absent(p) & (p.waited_days <= param("arrival_days"))


@parcels.rule("MAT115", REFUSE)
def not_arrived_in_time(p: Columns) -> Expr:
    """The parcel was not seen in the supervised place in time."""
    return absent(p) & (p.waited_days > param("arrival_days"))


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
    """The message demands a signature and has none.

    A signature of a state that is not known is none.
    """
    return ~p.signature.is_any(*SIGNED, *DIFFERING, *UNVERIFIED, "not_applicable")


@parcels.rule("MAT118", REFUSE)
def content_differs_from_what_was_signed(p: Columns) -> Expr:
    """The content of the message is not what was signed, or the signature is of another key."""
    return p.signature.is_any(*DIFFERING)


@parcels.rule("MAT119", NOTE)
def signature_not_verified(p: Columns) -> Expr:
    """The message is signed and the signature could not be verified here."""
    return p.signature.is_any(*UNVERIFIED)


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
