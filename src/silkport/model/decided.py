"""What an existing system decided and charged, read beside what was declared.

Nobody decides by these tables: they are compared with what the law says. `decided.*` are columns
of tabular files, beside a declaration or parcel or in files of their own; payments of messages
and of XML declarations come as rows of CHARGED.
"""

from __future__ import annotations

from silkport.model.columns import Column, Kind, Table

T, A, C, D = Kind.TEXT, Kind.AMOUNT, Kind.COUNT, Kind.DAY

DECIDED = Table(
    "decided",
    ("declarant", "number", "line"),
    (
        Column("number", T, "declaration or order; beside one, may be left empty", 71),
        Column("declarant", T, "declarant or merchant: code; empty where the number tells", 18),
        Column("outcome", T, "released, held, pending, refused, withdrawn or returned", 40),
        Column("day", D, "day of the decision"),
        Column("reason", T, "grounds in the words of the existing system", 1000),
        Column("line", C, "goods line the amounts are of; empty or 0: the whole declaration"),
        Column("currency", T, "currency of the amounts; empty: that of account", 3),
        Column("customs_value_e5", A, "customs value"),
        Column("duty_e5", A, "duty charged; 0 where none was, empty where not known"),
        Column("special_e5", A, "special duty charged"),
        Column("antidumping_e5", A, "anti-dumping duty charged"),
        Column("countervailing_e5", A, "countervailing duty charged"),
        Column("excise_e5", A, "excise or consumption tax charged"),
        Column("vat_e5", A, "VAT charged"),
        Column("fee_e5", A, "customs fee charged"),
        Column("total_e5", A, "all that was charged, where it is not known by levy"),
    ),
)
"""What was decided, in columns: one row a declaration, or one a goods line."""

CHARGED = Table(
    "charged",
    ("declarant", "number", "line", "payment_code"),
    (
        Column("number", T, "declaration or order", 71),
        Column("declarant", T, "declarant or merchant: code", 18),
        Column("line", C, "goods line; 0 is the whole declaration"),
        Column("levy", T, "levy or customs_value, where the document names it", 14),
        Column("payment_code", T, "box 47: kind of payment", 8),
        Column("base_e5", A, "what the rate was applied to"),
        Column("rate_ppm", C, "rate in millionths; -1 where it is none by value"),
        Column("amount_e5", A, "amount charged"),
        Column("currency", T, "currency of the amount; empty: that of account", 8),
    ),
)
"""What was charged, payment by payment."""

OUTCOMES = ("released", "held", "pending", "refused", "withdrawn", "returned")
"""Outcomes a row of DECIDED may state, whatever the case of its letters."""

VALUE = "customs_value"
"""What stands in the place of a levy where the amount is the customs value."""
