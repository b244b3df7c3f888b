"""What follows a parcel on its way: movements, receipts of customs, tax bills, summaries.

Each is one flat table: where a message lists many parcels, its head is repeated on each row.
None of them states an order number; `REFERENCES` says what a row refers to instead.
"""

from __future__ import annotations

from silkport.model.columns import Column, Kind, Table
from silkport.model.documents import NOTE, VERSION

T, A, M = Kind.TEXT, Kind.AMOUNT, Kind.MASS
C, S = Kind.COUNT, Kind.TIME

_VERSION = tuple(column for column in VERSION if column.name != "order_no")

_PARTS = (
    Column("message_count", C, "messages this one is split into", ceb="msgCount"),
    Column("message_seq", C, "number of this one among them", ceb="msgSeqNo"),
)

MOVEMENT = Table(
    "movement",
    ("message", "logistics_code", "logistics_no", "cop_no"),
    (
        *_VERSION,
        Column("kind", T, "signed_for, at_site, departed, on_bill, listed or tallied", 10),
        Column("customs_code", T, "customs office", 8, "customsCode"),
        Column("cop_no", T, "sender's own number", 30, "copNo"),
        Column("pre_no", T, "pre-entry number of the electronic port", 18, "preNo"),
        Column("store_no", T, "number in the store of the site", 18, "rkdNo"),
        Column("operator_code", T, "operator of the site: customs code", 18, "operatorCode"),
        Column("operator_name", T, "operator of the site: name", 100, "operatorName"),
        Column("agent_code", T, "declarant: customs code", 18, "agentCode"),
        Column("agent_name", T, "declarant: name", 100, "agentName"),
        Column("loct_no", T, "supervised place", 10, "loctNo"),
        Column("unload_location", T, "where it is unloaded", 250, "unloadLocation"),
        Column("flow", T, "I import or E export", 1, "ieFlag"),
        Column("traf_mode", T, "mode of transport", 2, "trafMode"),
        Column("traf_no", T, "conveyance", 100, "trafNo"),
        Column("voyage_no", T, "voyage or run", 32, "voyageNo"),
        Column("bill_no", T, "master bill or truck manifest", 37, "billNo"),
        Column("domestic_traf_no", T, "truck that brought it to the site", 100, "domesticTrafNo"),
        Column("gross_mass_mg", M, "gross mass of the bill", ceb="grossWeight"),
        Column("leave_time", S, "when it left the country", ceb="leaveTime"),
        Column("logistics_code", T, "carrier: customs code", 18, "logisticsCode"),
        Column("logistics_name", T, "carrier: name", 100, "logisticsName"),
        Column("event", T, "S: signed for", 1, "logisticsStatus"),
        Column("event_time", S, "when it was signed for", ceb="logisticsTime"),
        Column("return_no", T, "number of the return at the site", 30, "coElNo"),
        *_PARTS,
        *NOTE,
        Column("gnum", C, "number in the list", ceb="gnum"),
        Column("logistics_no", T, "waybill number", 80, "logisticsNo"),
        Column("total_package_no", T, "number of the collective package", 60, "totalPackageNo"),
        Column("invt_no", T, "inventory number given by customs", 20, "invtNo"),
        Column("line_note", T, "free text of the list", 1000),
    ),
)

RECEIPT = Table(
    "receipt",
    ("message", "guid", "return_time", "return_status"),
    (
        Column("message", T, "kind of message, e.g. CEB622", 10),
        Column("guid", T, "identifier of the receipt", 60, "guid"),
        Column("customs_code", T, "customs office", 8, "customsCode"),
        Column("ebp_code", T, "platform: customs code", 18, "ebpCode"),
        Column("ebc_code", T, "merchant: customs code", 18, "ebcCode"),
        Column("agent_code", T, "declarant: customs code", 18, "agentCode"),
        Column("order_no", T, "order number", 60, "orderNo"),
        Column("pay_code", T, "payment firm: customs code", 18, "payCode"),
        Column("pay_transaction_id", T, "payment number", 60, "payTransactionId"),
        Column("logistics_code", T, "carrier: customs code", 18, "logisticsCode"),
        Column("logistics_no", T, "waybill number", 80, "logisticsNo"),
        Column("event", T, "S: signed for", 1, "logisticsStatus"),
        Column("operator_code", T, "operator of the site: customs code", 18, "operatorCode"),
        Column("cop_no", T, "declarant's own number", 30, "copNo"),
        Column("return_no", T, "number of the return at the site", 30, "coElNo"),
        Column("pre_no", T, "pre-entry number of the electronic port", 18, "preNo"),
        Column("invt_no", T, "inventory number given by customs", 20, "invtNo"),
        Column("sum_no", T, "number of the summary", 18, "sumNo"),
        Column("store_no", T, "number in the store of the site", 18, "rkdNo"),
        Column("bill_no", T, "master bill", 37, "billNo"),
        Column("message_seq", C, "number of the message answered", ceb="msgSeqNo"),
        Column("statistics_flag", T, "A simplified, B with summary", 1, "statisticsFlag"),
        Column("return_status", T, "status: see the status table", 10, "returnStatus"),
        Column("return_time", T, "when, to the millisecond: YYYYMMDDhhmmssfff", 17, "returnTime"),
        Column("return_info", T, "grounds in words", 5000, "returnInfo"),
        Column("answered_id", T, "envelope number of the message answered", 255, "oriCopMsgId"),
        Column("answered_kind", T, "kind of the message answered", 15, "oriMessageType"),
        Column("answered_text", T, "the message answered", 60_000, "oriBizMessage"),
    ),
)

TAX_BILL = Table(
    "tax_bill",
    ("invt_no", "tax_no", "message", "return_time", "gnum"),
    (
        Column("message", T, "kind of message: CEB816 bill, CEB818 its status", 10),
        Column("guid", T, "identifier of the message", 60, "guid"),
        Column("return_time", T, "when, to the millisecond: YYYYMMDDhhmmssfff", 17, "returnTime"),
        Column("invt_no", T, "inventory number given by customs", 20, "invtNo"),
        Column("tax_no", T, "number of the bill", 50, "taxNo"),
        Column("duty_e5", A, "customs duty", ceb="customsTax"),
        Column("vat_e5", A, "value added tax", ceb="valueAddedTax"),
        Column("excise_e5", A, "consumption tax", ceb="consumptionTax"),
        Column("status", T, "1 made, 2 summarised, 3 void", 1, "status"),
        Column("duty_bill_no", T, "number of the collective bill", 50, "entDutyNo"),
        *NOTE,
        Column("assure_code", T, "guarantor", 64, "assureCode"),
        Column("ebc_code", T, "merchant: customs code", 64, "ebcCode"),
        Column("logistics_code", T, "carrier: customs code", 64, "logisticsCode"),
        Column("agent_code", T, "declarant: customs code", 18, "agentCode"),
        Column("customs_code", T, "customs office", 8, "customsCode"),
        Column("gnum", C, "line of the inventory", ceb="gnum"),
        Column("hs_code", T, "commodity code", 10, "gcode"),
        Column("line_value_e5", A, "dutiable value of the line", ceb="taxPrice"),
        Column("line_duty_e5", A, "customs duty of the line"),
        Column("line_vat_e5", A, "value added tax of the line"),
        Column("line_excise_e5", A, "consumption tax of the line"),
    ),
)

SUMMARY = Table(
    "summary",
    ("message", "agent_code", "cop_no", "sum_no", "message_seq", "invt_no"),
    (
        *_VERSION,
        Column("customs_code", T, "customs office", 8, "customsCode"),
        Column("cop_no", T, "declarant's own number", 30, "copNo"),
        Column("pre_no", T, "pre-entry number of the electronic port", 18, "preNo"),
        Column("sum_no", T, "number of the summary", 18, "sumNo"),
        Column("op_time", T, "when, to the millisecond: YYYYMMDDhhmmssfff", 17, "opDate"),
        Column("decl_seq_no", T, "sequence number of the declaration", 18, "declSeqNo"),
        Column("decl_draft_no", T, "number of the draft declaration", 18, "decTmpNo"),
        Column("decl_pre_no", T, "pre-entry number of the declaration", 18, "decPreNo"),
        Column("entry_id", T, "declaration number, eighteen digits", 18, "entryId"),
        Column("decl_state", T, "state of the declaration", 3, "decState"),
        Column("agent_code", T, "declarant: customs code", 18, "agentCode"),
        Column("agent_name", T, "declarant: name", 100, "agentName"),
        Column("ebc_code", T, "merchant: customs code", 18, "ebcCode"),
        Column("ebc_name", T, "merchant: name", 100, "ebcName"),
        Column("decl_agent_code", T, "declarant of the summary: code", 18, "declAgentCode"),
        Column("decl_agent_name", T, "declarant of the summary: name", 100, "declAgentName"),
        Column("start_time", S, "first moment of the period, before any list", 0, "startTime"),
        Column("end_time", S, "last moment of the period", ceb="endTime"),
        Column("loct_no", T, "supervised place", 10, "loctNo"),
        Column("summary_flag", T, "1 or 2: how lists are put together", 1, "summaryFlag"),
        Column("item_name_flag", T, "whether names of articles are shown", 1, "itemNameFlag"),
        Column("gross_mass_mg", M, "gross mass", ceb="grossWeight"),
        Column("net_mass_mg", M, "net mass", ceb="netWeight"),
        *_PARTS,
        *NOTE,
        Column("invt_no", T, "inventory number given by customs", 20, "invtNo"),
        Column("logistics_no", T, "waybill number", 32, "logisticsNo"),
        Column("decl_line", C, "line of the declaration", ceb="gseqno"),
        Column("gnum", C, "line of the inventory", ceb="gnum"),
        Column("hs_code", T, "commodity code", 10, "gcode"),
    ),
)

TRANSMISSION = Table(
    "transmission",
    ("guid",),
    (
        Column("message", T, "kind of message, e.g. CEB621", 10),
        Column("guid", T, "identifier of the message as a whole", 60),
        Column("version", T, "version of the message definition", 10),
        Column("documents", C, "documents in it"),
        Column("cop_code", T, "sender: customs code", 18, "copCode"),
        Column("cop_name", T, "sender: name", 100, "copName"),
        Column("dxp_mode", T, "way of transmission, DXP", 3, "dxpMode"),
        Column("dxp_id", T, "sender's number in the exchange", 30, "dxpId"),
        Column("transfer_note", T, "free text of the sender", 1000, "note"),
        Column("subscriptions", T, "who else gets the receipts, as JSON", 8000),
        Column("extension", T, "what the sender added, XML as it came", 60_000),
        Column("signature", T, "as in the inventory", 20),
        Column("signer", T, "who signed, by the certificate", 200),
        Column("signature_xml", T, "the signature, XML as it came", 60_000),
        Column("envelope_id", T, "envelope: number given by the sender", 255),
        Column("envelope_sender", T, "envelope: sender", 16),
        Column("envelope_receivers", T, "envelope: receivers, separated by a space", 100),
        Column("envelope_time", T, "envelope: when it was made", 40),
        Column("envelope_kind", T, "envelope: kind of message", 30),
    ),
)

RECORD_TABLES = (MOVEMENT, RECEIPT, TAX_BILL, SUMMARY, TRANSMISSION)
"""Every table that follows a parcel's way; a reader yields one frame for each it found rows of."""
