"""The documents a parcel is declared with, one table each, and their lines.

Codes inside are neutral: countries ISO 3166-1 alpha-2, currencies ISO 4217 alpha-3, units
UN/ECE Recommendation 20; a unit that has no neutral code keeps its list in front ("GACC:142").
`ceb` names the field of China's message family (edition 202205) that the column comes from.
"""

from __future__ import annotations

from silkport.model.columns import Column, Kind, Table

T, A, Q, M = Kind.TEXT, Kind.AMOUNT, Kind.QUANTITY, Kind.MASS
C, D, S, F = Kind.COUNT, Kind.DAY, Kind.TIME, Kind.FLAG

VERSION = (
    Column("message", T, "kind of message it came in, e.g. CEB621; empty for tabular input", 10),
    Column("guid", T, "identifier of this message; the same guid twice is a duplicate", 60, "guid"),
    Column("app_type", C, "1 new, 2 change, 3 delete", ceb="appType"),
    Column("app_time", S, "when the sender made this version; the newest wins", ceb="appTime"),
    Column("app_status", C, "1 draft, 2 declared", ceb="appStatus"),
    Column("order_no", T, "order number; links all documents of a parcel", 60, "orderNo"),
    Column(
        "signature",
        T,
        "verified, absent, not_applicable for tabular input, or why it was not verified",
        20,
    ),
    Column("signer", T, "who signed, by the certificate", 200),
)
NOTE = (Column("note", T, "free text", 1000, "note"),)

INVENTORY = Table(
    "inventory",
    ("ebc_code", "order_no"),
    (
        *VERSION,
        Column("ebp_code", T, "platform: customs code", 18, "ebpCode"),
        Column("ebp_name", T, "platform: name", 100, "ebpName"),
        Column("ebc_code", T, "merchant: customs code", 18, "ebcCode"),
        Column("ebc_name", T, "merchant: name", 100, "ebcName"),
        Column("logistics_no", T, "waybill number", 60, "logisticsNo"),
        Column("logistics_code", T, "carrier: customs code", 18, "logisticsCode"),
        Column("logistics_name", T, "carrier: name", 100, "logisticsName"),
        Column("cop_no", T, "declarant's own number", 30, "copNo"),
        Column("pre_no", T, "pre-entry number of the electronic port", 18, "preNo"),
        Column("assure_code", T, "guarantor", 30, "assureCode"),
        Column("ems_no", T, "bonded account book", 30, "emsNo"),
        Column("invt_no", T, "inventory number given by customs", 20, "invtNo"),
        Column("flow", T, "I import or E export, as the declarant's side sees it", 1, "ieFlag"),
        Column(
            "decl_day", D, "day of declaration: the legal day of rates and rules", ceb="declTime"
        ),
        Column("customs_code", T, "customs office of declaration", 8, "customsCode"),
        Column("port_code", T, "customs office of entry or exit", 8, "portCode"),
        Column("ie_day", D, "day of entry or exit", ceb="ieDate"),
        Column(
            "buyer_id_type",
            T,
            "1 resident identity card, 2 other; iin for Kazakhstan",
            4,
            "buyerIdType",
        ),
        Column("buyer_id", T, "buyer: identity number", 60, "buyerIdNumber"),
        Column("buyer_name", T, "buyer: name", 60, "buyerName"),
        Column("buyer_phone", T, "buyer: telephone", 30, "buyerTelephone"),
        Column("consignee_address", T, "delivery address", 200, "consigneeAddress"),
        Column("agent_code", T, "declarant: customs code", 18, "agentCode"),
        Column("agent_name", T, "declarant: name", 100, "agentName"),
        Column("area_code", T, "bonded zone operator: code", 18, "areaCode"),
        Column("area_name", T, "bonded zone operator: name", 100, "areaName"),
        Column("trade_mode", T, "supervision mode, e.g. 9610", 4, "tradeMode"),
        Column("traf_mode", T, "mode of transport at the border", 2, "trafMode"),
        Column("traf_no", T, "conveyance", 100, "trafNo"),
        Column("voyage_no", T, "voyage or run", 32, "voyageNo"),
        Column("bill_no", T, "master bill or truck manifest", 37, "billNo"),
        Column("loct_no", T, "supervised place", 10, "loctNo"),
        Column("licence_no", T, "licence", 19, "licenseNo"),
        Column("departure_country", T, "country of departure, ISO alpha-2", 8),
        Column("destination_country", T, "country of destination, ISO alpha-2", 8),
        Column("freight_e5", A, "freight", ceb="freight"),
        Column("insurance_e5", A, "insurance", ceb="insuredFee"),
        Column(
            "currency", T, "currency of all amounts of this document, ISO alpha-3", 8, "currency"
        ),
        Column("wrap_type", T, "kind of package", 4, "wrapType"),
        Column("pack_count", C, "packages", ceb="packNo"),
        Column("gross_mass_mg", M, "gross mass", ceb="grossWeight"),
        Column("net_mass_mg", M, "net mass", ceb="netWeight"),
        Column("statistics_flag", T, "export: A simplified, B with summary", 1, "statisticsFlag"),
        Column("owner_code", T, "export: producer, NO where unregistered", 18, "ownerCode"),
        Column("owner_name", T, "export: producer, name", 100, "ownerName"),
        Column("zone_code", T, "export: operator of the special zone", 18, "iacCode"),
        Column("zone_name", T, "export: operator of the special zone, name", 100, "iacName"),
        Column("port_abroad", T, "export: port of destination, customs code", 4, "POD"),
        Column("total_package_no", T, "number of the collective package", 37, "totalPackageNo"),
        Column("freight_currency", T, "export: currency of freight", 8, "fCurrency"),
        Column("freight_mark", T, "export: 3, freight is a total", 1, "fFlag"),
        Column("insurance_currency", T, "export: currency of insurance", 8, "iCurrency"),
        Column("insurance_mark", T, "export: 3, insurance is a total", 1, "iFlag"),
        *NOTE,
    ),
)

INVENTORY_LINE = Table(
    "line",
    ("ebc_code", "order_no", "gnum"),
    (
        Column("ebc_code", T, "merchant of the inventory", 18),
        Column("order_no", T, "order number of the inventory", 60),
        Column("gnum", C, "line number, from 1", ceb="gnum"),
        Column("item_record_no", T, "record number in the bonded account book", 30, "itemRecordNo"),
        Column("item_no", T, "merchant's article number", 30, "itemNo"),
        Column("item_name", T, "merchant's article name", 250, "itemName"),
        Column("hs_code", T, "commodity code, 4 to 10 digits", 10, "gcode"),
        Column("goods_name", T, "name of the goods", 250, "gname"),
        Column("goods_model", T, "specification and declaration elements", 510, "gmodel"),
        Column("bar_code", T, "GTIN, or the word for none", 50, "barCode"),
        Column("origin", T, "country of origin, ISO alpha-2", 8, "country"),
        Column("destination", T, "export: country of destination, ISO alpha-2", 8),
        Column("trade_country", T, "country of the seller, ISO alpha-2", 8, "tradeCountry"),
        Column("currency", T, "currency, ISO alpha-3", 8, "currency"),
        Column("qty_e5", Q, "quantity sold", ceb="qty"),
        Column("unit", T, "unit of the quantity sold", 12, "unit"),
        Column("qty1_e5", Q, "first statutory quantity", ceb="qty1"),
        Column("unit1", T, "first statutory unit", 12, "unit1"),
        Column("qty2_e5", Q, "second statutory quantity", ceb="qty2"),
        Column("unit2", T, "second statutory unit", 12, "unit2"),
        Column("price_e5", A, "unit price; a gift has 0", ceb="price"),
        Column("total_e5", A, "price of the line", ceb="totalPrice"),
        Column("goods_url", T, "page of the goods in the shop", 500),
        *NOTE,
    ),
)

ORDER = Table(
    "order",
    ("ebp_code", "order_no"),
    (
        *VERSION,
        Column("order_type", T, "I import, E export", 1, "orderType"),
        Column("ebp_code", T, "platform: customs code", 18, "ebpCode"),
        Column("ebp_name", T, "platform: name", 100, "ebpName"),
        Column("ebc_code", T, "merchant: customs code", 18, "ebcCode"),
        Column("ebc_name", T, "merchant: name", 100, "ebcName"),
        Column(
            "goods_value_e5",
            A,
            "value of the goods, with what points or vouchers paid",
            ceb="goodsValue",
        ),
        Column("freight_e5", A, "freight", ceb="freight"),
        Column("discount_e5", A, "paid other than in cash", ceb="discount"),
        Column("tax_total_e5", A, "tax paid in advance", ceb="taxTotal"),
        Column("paid_e5", A, "paid in the end", ceb="acturalPaid"),
        Column("currency", T, "currency, ISO alpha-3", 8, "currency"),
        Column("buyer_reg_no", T, "buyer's account on the platform", 60, "buyerRegNo"),
        Column("buyer_name", T, "buyer: name", 60, "buyerName"),
        Column("buyer_phone", T, "buyer: telephone", 30, "buyerTelephone"),
        Column("buyer_id_type", T, "as in the inventory", 4, "buyerIdType"),
        Column("buyer_id", T, "buyer: identity number", 60, "buyerIdNumber"),
        Column("buyer_authenticated", F, "the seller authenticated the buyer's identity"),
        Column("pay_code", T, "payment firm: customs code", 18, "payCode"),
        Column("pay_name", T, "payment firm: name", 100, "payName"),
        Column("pay_transaction_id", T, "payment number", 60, "payTransactionId"),
        Column("batch_numbers", T, "batches", 100, "batchNumbers"),
        Column("consignee", T, "consignee: name", 100, "consignee"),
        Column("consignee_phone", T, "consignee: telephone", 50, "consigneeTelephone"),
        Column("consignee_address", T, "consignee: address", 200, "consigneeAddress"),
        Column("consignee_district", T, "region code of the address", 6, "consigneeDistrict"),
        Column("shop_url", T, "page of the shop", 500),
        Column("platform_vat_collected", F, "the platform collected VAT at the sale"),
        *NOTE,
    ),
)

ORDER_LINE = Table(
    "order_line",
    ("ebp_code", "order_no", "gnum"),
    (
        Column("ebp_code", T, "platform of the order", 18),
        Column("order_no", T, "order number", 60),
        Column("gnum", C, "line number, from 1", ceb="gnum"),
        Column("item_no", T, "article number", 30, "itemNo"),
        Column("item_name", T, "article name", 250, "itemName"),
        Column("goods_model", T, "specification", 510, "gmodel"),
        Column("item_description", T, "description", 1000, "itemDescribe"),
        Column("bar_code", T, "GTIN", 50, "barCode"),
        Column("unit", T, "unit", 12, "unit"),
        Column("qty_e5", Q, "quantity", ceb="qty"),
        Column("price_e5", A, "unit price; a gift has 0", ceb="price"),
        Column("total_e5", A, "price of the line", ceb="totalPrice"),
        Column("currency", T, "currency, ISO alpha-3", 8, "currency"),
        Column("origin", T, "country of origin, ISO alpha-2", 8, "country"),
        *NOTE,
    ),
)

PAYMENT = Table(
    "payment",
    ("pay_code", "pay_transaction_id"),
    (
        *VERSION,
        Column("pay_code", T, "payment firm: customs code", 18, "payCode"),
        Column("pay_name", T, "payment firm: name", 100, "payName"),
        Column("pay_transaction_id", T, "payment number", 60, "payTransactionId"),
        Column("ebp_code", T, "platform: customs code", 18, "ebpCode"),
        Column("ebp_name", T, "platform: name", 100, "ebpName"),
        Column("ebc_code", T, "export receipt: merchant", 18, "ebcCode"),
        Column("ebc_name", T, "export receipt: merchant, name", 100, "ebcName"),
        Column("payer_id_type", T, "as for the buyer", 4, "payerIdType"),
        Column("payer_id", T, "payer: identity number", 60, "payerIdNumber"),
        Column("payer_name", T, "payer: name", 60, "payerName"),
        Column("payer_phone", T, "payer: telephone", 60, "telephone"),
        Column("amount_paid_e5", A, "amount paid", ceb="amountPaid"),
        Column("currency", T, "currency, ISO alpha-3", 8, "currency"),
        Column("pay_time", S, "when it was paid", ceb="payTime"),
        *NOTE,
    ),
)

WAYBILL = Table(
    "waybill",
    ("logistics_code", "logistics_no"),
    (
        *VERSION,
        Column("logistics_code", T, "carrier: customs code", 18, "logisticsCode"),
        Column("logistics_name", T, "carrier: name", 100, "logisticsName"),
        Column("logistics_no", T, "waybill number", 60, "logisticsNo"),
        Column("bill_no", T, "master bill or truck manifest", 37, "billNo"),
        Column("freight_e5", A, "freight", ceb="freight"),
        Column("insurance_e5", A, "insurance", ceb="insuredFee"),
        Column("currency", T, "currency, ISO alpha-3", 8, "currency"),
        Column("gross_mass_mg", M, "gross mass", ceb="weight"),
        Column("pack_count", C, "packages", ceb="packNo"),
        Column("goods_info", T, "goods in words", 200, "goodsInfo"),
        Column("consignee", T, "consignee: name", 100, "consignee"),
        Column("consignee_phone", T, "consignee: telephone", 50, "consigneeTelephone"),
        Column("consignee_address", T, "consignee: address", 200, "consigneeAddress"),
        Column("arrived_day", D, "day the parcel was seen in the supervised place"),
        Column("ebc_code", T, "export: merchant", 18, "ebcCode"),
        Column("ebc_name", T, "export: merchant, name", 100, "ebcName"),
        Column("ebc_phone", T, "export: merchant, telephone", 50, "ebcTelephone"),
        *NOTE,
    ),
)

WITHDRAWAL = Table(
    "withdrawal",
    ("ebc_code", "order_no"),
    (
        *VERSION,
        Column("ebc_code", T, "merchant: customs code", 18, "ebcCode"),
        Column("ebc_name", T, "merchant: name", 100, "ebcName"),
        Column("invt_no", T, "inventory number given by customs", 20, "invtNo"),
        Column("kind", T, "cancel before release, or return after it", 6),
        Column("applied_day", D, "day of the application"),
        Column("returned_day", D, "day the goods were back in the original place"),
        Column("reason", T, "reason", 1000, "reason"),
        Column("customs_code", T, "customs office", 8, "customsCode"),
        Column("ebp_code", T, "platform: customs code", 18, "ebpCode"),
        Column("ebp_name", T, "platform: name", 100, "ebpName"),
        Column("logistics_no", T, "waybill number; of the way back for exports", 80, "logisticsNo"),
        Column("logistics_code", T, "carrier: customs code", 18, "logisticsCode"),
        Column("logistics_name", T, "carrier: name", 100, "logisticsName"),
        Column("cop_no", T, "declarant's own number", 30, "copNo"),
        Column("pre_no", T, "pre-entry number of the electronic port", 18, "preNo"),
        Column("buyer_id_type", T, "as in the inventory", 4, "buyerIdType"),
        Column("buyer_id", T, "buyer: identity number", 60, "buyerIdNumber"),
        Column("buyer_name", T, "buyer: name", 60, "buyerName"),
        Column("buyer_phone", T, "buyer: telephone", 30, "buyerTelephone"),
        Column("agent_code", T, "declarant: customs code", 18, "agentCode"),
        Column("agent_name", T, "declarant: name", 100, "agentName"),
        Column("trade_mode", T, "export return: supervision mode", 4, "tradeMode"),
        Column("loct_no", T, "export return: supervised place", 10, "loctNo"),
        Column("flow", T, "export return: I or E", 1, "ieFlag"),
        Column("traf_mode", T, "export return: mode of transport", 2, "trafMode"),
        Column("traf_no", T, "export return: conveyance", 100, "trafName"),
        Column("voyage_no", T, "export return: voyage or run", 32, "voyageNo"),
        Column("bill_no", T, "export return: master bill", 37, "billNo"),
        Column("port_code", T, "export return: customs office of entry", 8, "portCode"),
        Column("country", T, "export return: country it comes from, ISO alpha-2", 8, "country"),
        *NOTE,
    ),
)

WITHDRAWAL_LINE = Table(
    "withdrawal_line",
    ("ebc_code", "order_no", "gnum"),
    (
        Column("ebc_code", T, "merchant of the inventory", 18),
        Column("order_no", T, "order number of the inventory", 60),
        Column("gnum", C, "line number of the inventory", ceb="gnum"),
        Column("hs_code", T, "commodity code", 10, "gcode"),
        Column("goods_name", T, "name of the goods", 250, "gname"),
        Column("goods_model", T, "export return: specification", 510, "gmodel"),
        Column("qty_e5", Q, "quantity returned, at most that of the line", ceb="qty"),
        Column("unit", T, "unit", 12, "unit"),
        Column("qty1_e5", Q, "export return: first statutory quantity", ceb="qty1"),
        Column("unit1", T, "export return: first statutory unit", 12, "unit1"),
        Column("qty2_e5", Q, "export return: second statutory quantity", ceb="qty2"),
        Column("unit2", T, "export return: second statutory unit", 12, "unit2"),
        *NOTE,
    ),
)

DOCUMENT_TABLES = (
    INVENTORY,
    INVENTORY_LINE,
    ORDER,
    ORDER_LINE,
    PAYMENT,
    WAYBILL,
    WITHDRAWAL,
    WITHDRAWAL_LINE,
)
"""The documents a parcel is decided by; `records.py` has those that follow its way."""

ORIGIN_COLUMNS = (
    Column("source", T, "file the document was read from", 400),
    Column("position", C, "row of a table, or ordinal of the document in its message"),
)
"""Columns a reader adds to every document and to its lines, so that a refusal can point at it."""
