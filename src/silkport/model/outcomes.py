"""What clearing writes: one table each, with fixed columns, as Parquet.

Money is in minor units of `currency`; days are days since 1970-01-01; rates are millionths.
"""

from __future__ import annotations

from silkport.model.columns import Column, Kind, Table
from silkport.model.rows import GOODS_LINE

T, A, C, D, S, F = Kind.TEXT, Kind.AMOUNT, Kind.COUNT, Kind.DAY, Kind.TIME, Kind.FLAG

DECISION = Table(
    "decisions",
    ("parcel_id",),
    (
        Column("parcel_id", T, "identity of the parcel in this node", 32),
        Column("administration", T, "whose law decided", 8),
        Column("regime", T, "regime that applied; empty when none did", 60),
        Column("direction", T, "import or export", 6),
        Column("order_no", T, "order number; of a house its declaration number", 71),
        Column("ebc_code", T, "merchant; of a house its declarant", 18),
        Column("logistics_no", T, "waybill number; of a house the transport document", 60),
        Column("trade_mode", T, "supervision mode; of a house its procedure", 4),
        Column("decl_day", D, "legal day: the day whose rules and rates applied"),
        Column("processing_day", D, "day of the decision"),
        Column("app_time", S, "version of the inventory that was decided"),
        Column("outcome", T, "released, held, pending, refused, withdrawn or returned", 10),
        Column("lane", T, "green, yellow or red; for officers", 6),
        Column("risk_score", C, "weights of the risk criteria that fired; for officers"),
        Column("match_mask", C, "bit n - 1 set: rule MAT0n fired"),
        Column("currency", T, "currency of account", 3),
        Column("customs_value_minor", A, "customs value"),
        Column("duty_minor", A, "duty"),
        Column("excise_minor", A, "excise or consumption tax"),
        Column("vat_minor", A, "VAT"),
        Column("fee_minor", A, "customs fee"),
        Column("total_minor", A, "all that is owed"),
        Column("released_day", D, "day of release; -1 before"),
        Column("due_day", D, "pending: last day to send what is missing; refused: to appeal"),
        Column("law_digest", T, "edition of the law that decided", 64),
        Column("person", T, "pseudonym of the buyer, keyed by this node", 32),
        Column("year", C, "year of the quota"),
        Column("pre_no", T, "pre-entry number, the declarant's or given here", 18),
        Column(
            "invt_no",
            T,
            "inventory number, the declarant's or given here; none for a parcel refused at once",
            20,
        ),
        Column("remedy_minor", A, "special, anti-dumping and countervailing duty"),
        Column("secured_minor", A, "secured by guarantee or relieved, not paid; within total"),
        Column("appeal_day", D, "last day to appeal against this decision"),
        Column("refund_day", D, "released: last day to claim a refund"),
    ),
)

FINDING = Table(
    "findings",
    ("parcel_id", "line", "code"),
    (
        Column("parcel_id", T, "identity of the parcel", 32),
        Column("line", C, "line of the inventory; 0 is the whole parcel"),
        Column("code", T, "permanent code of the rule", 8),
        Column("stage", T, "stage that found it", 10),
        Column("effect", T, "refuse, wait, hold, note or risk", 6),
        Column("facts", T, "the values the rule looked at, as JSON", 4000),
    ),
)

TAX_LINE = Table(
    "tax_lines",
    ("parcel_id", "line", "levy"),
    (
        Column("parcel_id", T, "identity of the parcel", 32),
        Column("line", C, "line of the inventory; 0 when assessed on the whole parcel"),
        Column("hs_code", T, "commodity code; empty for the whole parcel", 10),
        Column("levy", T, "duty, special, antidumping, countervailing, excise, vat or fee", 14),
        Column("base_minor", A, "what the rate was applied to"),
        Column("rate_ppm", C, "rate in millionths; 0 for a fixed amount or one by quantity"),
        Column("amount_minor", A, "amount owed"),
        Column("currency", T, "currency of account", 3),
        Column("payment_code", T, "box 47: kind of payment in the administration's list", 8),
        Column("rate_kind", T, "box 47: % by value, * by quantity, empty for a fixed amount", 1),
        Column("quantity_e6", Kind.CARGO, "box 47: quantity the rate was applied to, millionths"),
        Column("quantity_unit", T, "its unit", 12),
        Column("specific_e6", A, "rate by quantity in millionths of its currency"),
        Column("specific_currency", T, "currency of the rate by quantity", 3),
        Column("specific_per", C, "for how many units the rate by quantity is"),
        Column("feature", T, "box 47: paid, deferred, secured or relieved", 8),
    ),
)

ADJUSTMENT = Table(
    "adjustments",
    ("parcel_id", "app_time", "levy"),
    (
        Column("parcel_id", T, "identity of the house", 32),
        Column("declaration_no", T, "declaration number", 71),
        Column("act", T, "correction, refund or assessment", 11),
        Column("act_day", D, "day of the correction, claim or assessment"),
        Column("app_time", S, "version of the declaration that asked for it"),
        Column("outcome", T, "accepted, held or refused", 8),
        Column("change_flags", T, "what was corrected", 8),
        Column("levy", T, "levy that changes; empty where none does", 14),
        Column("before_minor", A, "owed before"),
        Column("after_minor", A, "owed now"),
        Column("difference_minor", A, "now less before; below zero to be refunded"),
        Column("kind", T, "debt, refund or nothing", 7),
        Column("due_day", D, "debt: last day to pay"),
        Column("currency", T, "currency of account", 3),
    ),
)

_SEEN = (
    "hs_code",
    "producer",
    "origin",
    "preference",
    "gross_mass_mg",
    "net_mass_mg",
    "qty_e5",
    "unit",
    "qty2_e5",
    "unit2",
    "total_e5",
    "rate_choice",
    "vat_relief",
    "decl_day",
    "currency",
    "stay_months",
    "before_e5",
    "lines_total_e5",
    "before_gross_mg",
    "lines_gross_mg",
    "freight_added_minor",
    "freight_deducted_minor",
    "others_added_minor",
    "others_deducted_minor",
    "fee_share_minor",
)

ASSESSED_AMOUNTS = (
    "customs_value_minor",
    "duty_minor",
    "special_minor",
    "antidumping_minor",
    "countervailing_minor",
    "excise_minor",
    "vat_minor",
)

ASSESSED = Table(
    "assessed",
    ("parcel_id", "gnum"),
    (
        Column("parcel_id", T, "identity of the house", 32),
        Column("gnum", C, "line number"),
        Column("regime", T, "regime that applied", 60),
        Column("law_digest", T, "edition of the law that decided", 64),
        *(GOODS_LINE.by_name[name] for name in (*_SEEN, *ASSESSED_AMOUNTS)),
    ),
)
"""Every goods line with all that its amounts were worked out from, so that they can be again."""

QUOTA_ENTRY = Table(
    "quota",
    ("person", "year", "parcel_id", "kind"),
    (
        Column("person", T, "pseudonym of the buyer, keyed by this node", 32),
        Column("year", C, "year of the quota"),
        Column("day", D, "day of the entry"),
        Column("parcel_id", T, "identity of the parcel", 32),
        Column("kind", T, "debit or credit", 6),
        Column("amount_minor", A, "amount of the entry, above zero"),
    ),
)

DOCUMENT_STATUS = Table(
    "documents",
    ("doc",),
    (
        Column("doc", C, "number of the document in this node, in order of arrival"),
        Column("kind", T, "inventory, order, payment, waybill, movement or withdrawal", 10),
        Column("order_no", T, "order number", 60),
        Column("guid", T, "identifier of the message", 60),
        Column("app_time", S, "version"),
        Column(
            "status",
            T,
            "current, superseded, stale, duplicate, deleted, too_late, too_early, in_process, "
            "draft, altered",
            10,
        ),
        Column("received_day", D, "day this node received it"),
        Column("source", T, "file it was read from", 400),
        Column("position", C, "row or ordinal in that file"),
    ),
)

SET_ASIDE = Table(
    "set_aside",
    ("source", "position"),
    (
        Column("source", T, "file", 400),
        Column("position", C, "row or ordinal; 0 is the whole file"),
        Column("code", T, "error or reading code", 8),
        Column("reason", T, "why it could not be used", 400),
    ),
)

STANDING = Table(
    "statuses",
    ("message", "reference"),
    (
        Column("message", T, "kind of receipt, e.g. CEB622", 10),
        Column("reference", T, "what it answers: O order, P payment, W waybill, C own number", 120),
        Column("return_status", T, "status by the latest receipt", 10),
        Column("return_time", T, "since when: YYYYMMDDhhmmssfff", 17),
        Column("return_info", T, "grounds in words", 5000),
        Column("receipts", C, "different receipts received"),
        Column("verdict", T, "advanced, out_of_place or unknown_status", 14),
    ),
)

OUTCOME_TABLES = (
    DECISION,
    FINDING,
    TAX_LINE,
    ADJUSTMENT,
    ASSESSED,
    QUOTA_ENTRY,
    DOCUMENT_STATUS,
    STANDING,
    SET_ASIDE,
)
"""Every table clearing writes."""
