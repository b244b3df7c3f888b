"""The declaration of commercial goods: one for each house of a consignment, and its goods lines.

A consignment on one transport document carries houses; each house has its own holder, declarant
and procedure, and is declared, decided and corrected by itself. Box numbers are those of the
goods declaration of the Eurasian Economic Union (EEC Collegium Decision 257 of 2010); codes
inside are neutral as in `model.documents`.
"""

from __future__ import annotations

from silkport.model.columns import Column, Kind, Table

T, A, Q, M = Kind.TEXT, Kind.AMOUNT, Kind.QUANTITY, Kind.CARGO
C, D, S = Kind.COUNT, Kind.DAY, Kind.TIME

DECLARATION = Table(
    "declaration",
    ("declarant_code", "declaration_no"),
    (
        Column("guid", T, "identifier of this version; the same guid twice is a duplicate", 60),
        Column("act", T, "declaration, correction, refund, assessment or withdrawal", 11),
        Column("app_time", S, "when the sender made this version; the newest wins"),
        Column("declaration_no", T, "declarant's own number of this house declaration", 71),
        Column("consignment_no", T, "number of the consignment, the same on both sides", 35),
        Column("house_no", T, "number of the house within the consignment", 35),
        Column("decl_day", D, "day of registration: the legal day of rates and rules"),
        Column("act_day", D, "day of a correction, claim or assessment"),
        Column("procedure", T, "customs procedure or supervision mode, e.g. 40 or 0110", 4),
        Column("previous_procedure", T, "procedure the goods were under before, box 37", 4),
        Column("office", T, "customs office of declaration", 8),
        Column("border_office", T, "customs office at the border, box 29", 8),
        Column("declarant_code", T, "declarant, box 14: national number", 18),
        Column("declarant_name", T, "declarant: name", 150),
        Column("consignor_code", T, "consignor, box 2: national number", 18),
        Column("consignor_name", T, "consignor: name", 150),
        Column("consignor_country", T, "consignor: country, ISO alpha-2", 8),
        Column("consignee_code", T, "consignee, box 8: national number", 18),
        Column("consignee_name", T, "consignee: name", 150),
        Column("consignee_country", T, "consignee: country, ISO alpha-2", 8),
        Column("purchaser", T, "market procurement: purchaser, nationality and document", 200),
        Column("departure_country", T, "country of departure, box 15, ISO alpha-2", 8),
        Column("destination_country", T, "country of destination, box 17, ISO alpha-2", 8),
        Column("trade_country", T, "trading country, box 11, ISO alpha-2", 8),
        Column("transport_mode", T, "mode at the border, box 25: 20 rail, 30 road", 2),
        Column("transport_document", T, "waybill of the consignment: CMR, SMGS", 50),
        Column("vehicle", T, "plates or wagon at the border, box 21", 120),
        Column("container_count", C, "containers; 0 for none, box 19"),
        Column("pack_count", C, "packages, box 6"),
        Column("goods_count", C, "number of goods lines as stated, box 5"),
        Column("gross_mass_mg", M, "gross mass of the house"),
        Column("contract_no", T, "contract", 50),
        Column("incoterms", T, "term of delivery, Incoterms 2020, box 20", 3),
        Column("incoterms_place", T, "named place of the term", 120),
        Column("currency", T, "currency of the invoice, ISO alpha-3, box 22", 8),
        Column("invoice_total_e5", A, "total of the invoice, box 22"),
        Column("freight_currency", T, "currency of freight and insurance; empty: the invoice's", 8),
        Column("freight_e5", A, "freight for the whole way"),
        Column("freight_to_border_e5", A, "freight to the place of arrival at the border"),
        Column("insurance_e5", A, "insurance for the whole way"),
        Column("insurance_to_border_e5", A, "insurance to the place of arrival at the border"),
        Column("additions_e5", A, "royalties, commissions, assists not in the price"),
        Column("deductions_e5", A, "in the price and shown apart: costs after arrival, duties"),
        Column("stay_months", C, "temporary import: months of stay, a part counts whole"),
        Column("guarantee_no", T, "guarantee of what is secured, box 52", 50),
        Column("deferred_until_day", D, "payment deferred to this day, box 48"),
        Column("documents", T, "documents and permits, box 44: kind and number; ...", 1000),
        Column("change_flags", T, "correction: stage, reason, quantity, origin, HS, value, ...", 8),
        Column("reason", T, "reason of a correction, claim or assessment", 1000),
    ),
)

GOODS = Table(
    "goods",
    ("declarant_code", "declaration_no", "gnum"),
    (
        Column("declarant_code", T, "declarant of the house", 18),
        Column("declaration_no", T, "declarant's own number of the house declaration", 71),
        Column("gnum", C, "line number, from 1, box 32"),
        Column("hs_code", T, "commodity code, ten digits, box 33", 10),
        Column("goods_name", T, "description of the goods, box 31", 1000),
        Column("trade_mark", T, "trade mark, box 31", 150),
        Column("producer", T, "maker of the goods, box 31", 150),
        Column("origin", T, "country of origin, ISO alpha-2, box 34", 8),
        Column("preference", T, "preference claimed for duty, box 36; empty for none", 4),
        Column("origin_proof", T, "certificate of origin", 50),
        Column("gross_mass_mg", M, "gross mass, box 35"),
        Column("net_mass_mg", M, "net mass with the packaging of retail sale, box 38"),
        Column("qty_e5", Q, "supplementary quantity, box 41"),
        Column("unit", T, "supplementary unit, UN/ECE Recommendation 20", 12),
        Column("qty2_e5", Q, "another quantity the rate asks for, e.g. cylinder volume"),
        Column("unit2", T, "its unit", 12),
        Column("total_e5", A, "price of the line in the currency of the invoice, box 42"),
        Column("valuation_method", C, "method of customs valuation 1 to 6, box 43"),
        Column("rate_choice", T, "union: pay the union's rate though a national one is lower", 8),
        Column("vat_relief", T, "VAT relief claimed, box 36; empty for none", 4),
        Column("documents", T, "permits of this line, box 44: kind and number; ...", 1000),
    ),
)

DECLARED_TABLES = (DECLARATION, GOODS)
"""The documents commercial goods are declared with."""

ACTS = ("declaration", "correction", "refund", "assessment", "withdrawal")
"""What a version of a declaration does; all but the first and the last come after release."""
