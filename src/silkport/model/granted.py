"""The fields of a grant: what an exporter may let an importer read of a house.

Sums are decimals in text, since they can be larger than a whole number of JSON. `filings.granting`
makes them of a description and a trader's copy of them.
"""

from __future__ import annotations

from silkport.model.message_shape import Field, Form, day, moment, number, text

GRANTED = (
    text("exporter_code", 18, "exporter: number in its own country", party=True),
    text("exporter_name", 150, "exporter: name", party=True),
    text("exporter_country", 8, "exporter: country, ISO alpha-2"),
    text("importer_name", 150, "importer: name", party=True),
    text("importer_country", 8, "importer: country, ISO alpha-2"),
    text("carrier_code", 18, "carrier: number in its own country", party=True),
    text("carrier_name", 150, "carrier: name", party=True),
    text("carrier_country", 8, "carrier: country, ISO alpha-2"),
    Field(
        "names",
        Form.ROWS,
        "further names of the parties",
        60,
        rows=(
            text("role", 8, "exporter, importer or carrier", demanded=True),
            text("language", 8, "en, zh, zh-Latn, ru, kk or kk-Latn", demanded=True),
            text("name", 150, "name in it", demanded=True),
            text("named_by", 150, "who transliterated the names of this party"),
        ),
    ),
    Field(
        "codes",
        Form.ROWS,
        "numbers of the parties in other countries",
        60,
        rows=(
            text("role", 8, "exporter, importer or carrier", demanded=True),
            text("country", 8, "country that gave it, ISO alpha-2", demanded=True),
            text("code", 18, "number", demanded=True),
        ),
    ),
    text("departure_country", 8, "country of departure, ISO alpha-2"),
    text("destination_country", 8, "country of destination, ISO alpha-2"),
    text("contract_no", 50, "contract"),
    day("contract_day", "day of the contract"),
    text("incoterms", 3, "term of delivery"),
    text("incoterms_place", 120, "named place of the term"),
    text("currency", 8, "currency of the invoice"),
    text("freight_currency", 8, "currency of freight and insurance"),
    text("freight", 24, "freight for the whole way, decimal"),
    text("freight_to_border", 24, "freight to the border, decimal"),
    text("insurance", 24, "insurance for the whole way, decimal"),
    text("insurance_to_border", 24, "insurance to the border, decimal"),
    text("transport_mode", 2, "mode at the border: 20 rail, 30 road"),
    text("vehicle", 120, "plates or wagon at the border"),
    text("containers", 1900, "containers, separated by a space"),
    moment("arrives_at", "moment at which it is expected at the receiver's post"),
    text("office", 18, "office of declaration on the receiver's side"),
    text("border_office", 18, "office at the border on the receiver's side"),
    text("post", 18, "checkpoint on the receiver's side"),
    text("document_kind", 10, "kind of the waybill"),
    text("transport_document", 50, "waybill: CMR, SMGS"),
    number("pack_count", "packages of the house"),
    Field(
        "goods",
        Form.ROWS,
        "goods lines of the house",
        999,
        rows=(
            number("gnum", "line number", demanded=True),
            text("hs6", 6, "commodity code, the six digits that all tariffs share"),
            text("hs_own", 10, "commodity code as the exporter declared it"),
            text("origin", 8, "country of origin, ISO alpha-2"),
            text("origin_proof", 50, "certificate of origin"),
            text("maker", 150, "maker"),
            text("trade_mark", 150, "trade mark"),
            number("gross_mass_mg", "gross mass in milligrams"),
            number("net_mass_mg", "net mass in milligrams"),
            number("pack_count", "packages of the line"),
            text("total", 24, "price of the line, decimal, in the currency of the invoice"),
        ),
    ),
    Field(
        "descriptions",
        Form.ROWS,
        "names of the goods",
        5994,
        rows=(
            number("gnum", "line number", demanded=True),
            text("language", 8, "en, zh, zh-Latn, ru, kk or kk-Latn", demanded=True),
            text("name", 1000, "name in it", demanded=True),
        ),
    ),
    Field(
        "quantities",
        Form.ROWS,
        "quantities of the goods",
        3996,
        rows=(
            number("gnum", "line number", demanded=True),
            number("qty_e5", "quantity in hundred-thousandths of its unit", demanded=True),
            text("unit", 12, "unit, UN/ECE Recommendation 20", demanded=True),
        ),
    ),
    Field(
        "documents",
        Form.ROWS,
        "invoices, certificates and permits",
        9999,
        rows=(
            number("gnum", "line number; 0 for the whole house", demanded=True),
            text("kind", 10, "kind in the classifier of the exporter", demanded=True),
            text("number", 50, "number"),
            day("issued_day", "its day"),
        ),
    ),
)
