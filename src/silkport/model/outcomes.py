"""What clearing writes: one table each, with fixed columns, as Parquet.

Money is in minor units of `currency`; days are days since 1970-01-01; rates are millionths.
"""

from __future__ import annotations

from silkport.model.columns import Column, Kind, Table

T, A, C, D, S, F = Kind.TEXT, Kind.AMOUNT, Kind.COUNT, Kind.DAY, Kind.TIME, Kind.FLAG

DECISION = Table(
    "decisions",
    ("parcel_id",),
    (
        Column("parcel_id", T, "identity of the parcel in this node", 32),
        Column("administration", T, "whose law decided", 8),
        Column("regime", T, "regime that applied; empty when none did", 60),
        Column("direction", T, "import or export", 6),
        Column("order_no", T, "order number", 60),
        Column("ebc_code", T, "merchant", 18),
        Column("logistics_no", T, "waybill number", 60),
        Column("trade_mode", T, "supervision mode", 4),
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
        Column("levy", T, "duty, excise, vat or fee", 6),
        Column("base_minor", A, "what the rate was applied to"),
        Column("rate_ppm", C, "rate in millionths; 0 for a fixed amount"),
        Column("amount_minor", A, "amount owed"),
        Column("currency", T, "currency of account", 3),
    ),
)

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
            "current, superseded, stale, duplicate, deleted, too_late, in_process, draft, altered",
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
    QUOTA_ENTRY,
    DOCUMENT_STATUS,
    STANDING,
    SET_ASIDE,
)
"""Every table clearing writes."""
