"""Rules of the match stage on the papers beside the inventory: what each of them must say.

A paper is judged once it is here; that it is missing is MAT001's to say.
"""

from __future__ import annotations

from silkport.kernel.findings import Effect
from silkport.law.expression import Expr, any_of, text_param
from silkport.law.sheet import Columns
from silkport.stages.match.rules import parcels

REFUSE, NOTE = Effect.REFUSE, Effect.NOTE

_PRINTABLE = "[!-~]+"
_COMPANY = "[0-9A-Z]{10}|[0-9A-Z]{18}"
_RESIDENT = "[0-9]{17}[0-9X]"


def nameless(name: Expr) -> Expr:
    """A name is empty, or a word stands in its place that means none."""
    return (name == "") | name.in_list("empty_names")


@parcels.rule("MAT020", REFUSE)
def payment_number_malformed(p: Columns) -> Expr:
    """The payment number is empty or has characters other than printable ASCII."""
    return (p.has_payment == 1) & ~p.payment_pay_transaction_id.matches(_PRINTABLE)


@parcels.rule("MAT021", REFUSE)
def payment_firm_code_malformed(p: Columns) -> Expr:
    """The payment firm's code is neither a ten-character customs code nor a unified credit code."""
    return (p.has_payment == 1) & ~p.payment_pay_code.matches(_COMPANY)


@parcels.rule("MAT022", REFUSE)
def payment_firm_name_empty(p: Columns) -> Expr:
    """The payment firm's name is empty or stands for nothing."""
    return (p.has_payment == 1) & nameless(p.payment_pay_name)


@parcels.rule("MAT023", REFUSE)
def payer_document_not_admitted(p: Columns) -> Expr:
    """The payer's identity document is not of a kind this regime admits."""
    return (p.has_payment == 1) & ~p.payment_payer_id_type.in_list("buyer_id_types")


@parcels.rule("MAT024", REFUSE)
def payer_number_malformed(p: Columns) -> Expr:
    """The payer's resident identity number does not have seventeen digits and a check character."""
    resident = p.payment_payer_id_type == "1"
    return (p.has_payment == 1) & resident & ~p.payment_payer_id.matches(_RESIDENT)


@parcels.rule("MAT025", NOTE)
def paid_after_declaration(p: Columns) -> Expr:
    """The payment was made after the inventory."""
    return (p.has_payment == 1) & (p.app_time >= 0) & (p.payment_pay_time > p.app_time)


@parcels.rule("MAT035", REFUSE)
def payer_name_empty(p: Columns) -> Expr:
    """The payer's name is empty or stands for nothing."""
    return (p.has_payment == 1) & nameless(p.payment_payer_name)


@parcels.rule("MAT026", REFUSE)
def order_of_another_kind(p: Columns) -> Expr:
    """The order is of another kind than the regime the parcel is declared under."""
    return (p.has_order == 1) & (p.order_order_type != text_param("order_type"))


@parcels.rule("MAT027", REFUSE)
def merchant_differs(p: Columns) -> Expr:
    """The merchant of the order is not the merchant of the inventory."""
    return (p.has_order == 1) & (p.order_ebc_code != p.ebc_code)


@parcels.rule("MAT028", REFUSE)
def consignee_missing(p: Columns) -> Expr:
    """The order does not name the consignee with telephone and address."""
    return (p.has_order == 1) & any_of(
        nameless(p.order_consignee),
        p.order_consignee_phone == "",
        nameless(p.order_consignee_address),
    )


@parcels.rule("MAT029", REFUSE)
def buyer_account_missing(p: Columns) -> Expr:
    """The order does not state the buyer's account on the platform."""
    return (p.has_order == 1) & (p.order_buyer_reg_no == "")


@parcels.rule("MAT030", REFUSE)
def district_malformed(p: Columns) -> Expr:
    """The region code of the delivery address is stated and does not have six digits."""
    district = p.order_consignee_district
    return (p.has_order == 1) & (district != "") & ~district.matches("[0-9]{6}")


@parcels.rule("MAT031", REFUSE)
def waybill_of_several_packages(p: Columns) -> Expr:
    """The waybill of a retail parcel is for one package."""
    return (p.has_waybill == 1) & (p.waybill_pack_count != 1)


@parcels.rule("MAT032", NOTE)
def waybill_of_another_merchant(p: Columns) -> Expr:
    """The waybill names another merchant than the inventory."""
    stated = p.waybill_ebc_code != ""
    return (p.has_waybill == 1) & stated & (p.waybill_ebc_code != p.ebc_code)


@parcels.rule("MAT033", NOTE)
def master_bill_differs(p: Columns) -> Expr:
    """The waybill names another master bill than the inventory."""
    stated = p.waybill_bill_no != ""
    return (p.has_waybill == 1) & stated & (p.waybill_bill_no != p.bill_no)


@parcels.rule("MAT034", REFUSE)
def goods_of_the_waybill_missing(p: Columns) -> Expr:
    """The export waybill does not say what goods it carries.

    A table need not say it.
    """
    on_form = p.waybill_message.in_list("export_waybill_forms")
    return (p.has_waybill == 1) & on_form & (p.waybill_goods_info == "")


@parcels.rule("MAT036", REFUSE)
def mass_of_the_waybill_missing(p: Columns) -> Expr:
    """The waybill does not state the gross mass, or states zero."""
    return (p.has_waybill == 1) & (p.waybill_gross_mass_mg <= 0)
