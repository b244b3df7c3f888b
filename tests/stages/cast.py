"""The cast: Aigerim sells, Bo buys, Officer Chen clears. Complete lawful rows, and `fires`.

A row is lawful in its place: an administration, a regime and a day. Tests change what they test
and nothing else.
"""

from __future__ import annotations

from datetime import date
from functools import cache

import polars as pl
import pytest

from silkport.journey import SHEETS
from silkport.kernel.periods import day_number
from silkport.law.book import Book
from silkport.law.sheet import CompiledSheet, Sheet
from silkport.model.columns import Kind
from silkport.model.documents import ORDER_LINE, Table
from silkport.model.rows import LINE, PARCEL, RowShape
from silkport.node.law.books import country_code, law_book
from tests.stages.places import PLACES, ZZ_IMPORT, Place

Row = dict[str, int | str]


AIGERIM = {"ebc_code": "6501960A1M", "ebc_name": "Aigerim Trade"}
PLATFORM = {"ebp_code": "6501960P2P", "ebp_name": "Silk Road Shop"}
CARRIER = {"logistics_code": "6501960C3C", "logistics_name": "Nur Zholy Post"}
BANK = {"pay_code": "6501960B4B", "pay_name": "Bank of Altyn"}
BO = "Bo Wen"
ADDRESS = "1 Silk Road, Khorgos"
RESIDENT_ID = "110101199003074514"
IIN = "900515300127"
CURRENCIES = {"zz": "XTS", "cn": "CNY", "kz": "CNY"}
MARKET_CURRENCY = "USD"
"""Of market procurement, whose limit is in dollars: no rate is needed to compare them."""
TRADE_MODES = {
    "retail_import_bonded": "1210",
    "special_zone_export": "1210",
    "business_export": "9710",
    "warehouse_export": "9810",
    "market_procurement_export": "1039",
    "border_trade_export": "4019",
}
ORDER_TYPES = {"business_export": "B", "warehouse_export": "W"}
"""Where they are not those of a sale to a person: I or E."""

PRICE_E5 = 5_990_000
"""59.90, twice: no round sum, no limit near."""
PIECES_E5 = 200_000
TOTAL_E5 = 11_980_000
FREIGHT_E5 = 1_000_000
PAID_E5 = TOTAL_E5 + FREIGHT_E5


def is_export(regime: str) -> bool:
    return regime.endswith("export")


def currency_of(place: Place) -> str:
    return MARKET_CURRENCY if "market" in place.regime else CURRENCIES[place.country]


def app_time(day: date, clock: int = 80_000) -> int:
    """A version made on `day`: eight in the morning."""
    return int(f"{day:%Y%m%d}") * 10**6 + clock


def empty_row(shape: RowShape) -> Row:
    """Everything absent."""
    return {column.name: column.absent for column in shape.columns}


def a_parcel(place: Place = ZZ_IMPORT, **changes: int | str) -> Row:
    """Aigerim's parcel to Bo with its documents, lawful in `place`, with `changes`."""
    row = empty_row(PARCEL) | _inventory(place) | _order(place) | _payment(place)
    row |= _waybill(place) | _derived(place)
    assert set(changes) <= set(row), set(changes) - set(row)
    return row | changes


def _version(day: date, guid: str) -> Row:
    when = app_time(day)
    row: Row = {"guid": guid, "app_type": 1, "app_time": when, "app_status": 2}
    return row | {"order_no": "AIG-1"}


def _buyer(place: Place) -> Row:
    number = IIN if place.country == "kz" else RESIDENT_ID
    kind = "iin" if place.country == "kz" else "1"
    row: Row = {"buyer_id_type": kind, "buyer_id": number, "buyer_name": BO}
    return row | {"buyer_phone": "13900000000"}


def _ways(place: Place) -> tuple[str, str]:
    """Countries of departure and destination; bonded goods are in the country already."""
    here = country_code(place.country)
    abroad = "CN" if place.country == "kz" else "KZ"
    if place.regime == "retail_import_bonded":
        return here, here
    return (here, abroad) if is_export(place.regime) else (abroad, here)


def _export_form(place: Place) -> Row:
    """What the export form has and tables need not have."""
    form: Row = {
        "message": place.message,
        "guid": "0F8FAD5B-D9CB-469F-A165-70867728950E",
        "cop_no": "D-1",
        "wrap_type": "2",
        "statistics_flag": "B",
        "owner_code": "NO",
        "owner_name": "Shirts of Altyn",
        "port_abroad": "145",
        "freight_currency": "CNY",
        "freight_mark": "3",
        "insurance_currency": "CNY",
        "insurance_mark": "3",
    }
    return form if place.message else {}


def _zone(place: Place) -> Row:
    """The operator of the zone: of bonded imports, or of exports from a special zone."""
    if place.regime == "retail_import_bonded":
        return {"ems_no": "T941220001", "area_code": "6501960Z6Z", "area_name": "Khorgos zone"}
    if place.regime == "special_zone_export":
        return {"ems_no": "T941220001", "zone_code": "6501960Z6Z", "zone_name": "Khorgos zone"}
    return {}


def _inventory(place: Place) -> Row:
    day, ways = day_number(place.day), _ways(place)
    bonded = place.regime == "retail_import_bonded"
    row: Row = {
        **_version(place.day, "inventory-1"),
        **_export_form(place),
        **_zone(place),
        "signature": "verified",
        "flow": "E" if is_export(place.regime) else "I",
        **PLATFORM,
        **AIGERIM,
        **CARRIER,
        **_buyer(place),
        "logistics_no": "RR473124829CN",
        "assure_code": PLATFORM["ebp_code"],
        "decl_day": day,
        "ie_day": day,
        "customs_code": "9412",
        "port_code": "9412",
        "consignee_address": ADDRESS,
        "agent_code": "6501960D5D",
        "agent_name": "Declare Ltd",
        "trade_mode": TRADE_MODES.get(place.regime, "9610"),
        "traf_mode": "3",
        "bill_no": "" if bonded else "MB1",
        "traf_no": "" if bonded else "A123BC",
        "voyage_no": "" if bonded else "2608A",
        "departure_country": ways[0],
        "destination_country": ways[1],
        "freight_e5": FREIGHT_E5,
        "insurance_e5": 0,
        "currency": currency_of(place),
        "pack_count": 1,
        "gross_mass_mg": 500_000,
        "net_mass_mg": 400_000,
        "note": "Bo Wen, ZZ, P1234567" if "market" in place.regime else "",
    }
    return row


def _prefixed(prefix: str, row: Row) -> Row:
    return {f"{prefix}_{name}": value for name, value in row.items()}


def _consignee() -> Row:
    return {"consignee": BO, "consignee_phone": "13900000000", "consignee_address": ADDRESS}


def _order(place: Place) -> Row:
    row: Row = {
        **_version(place.day, "order-1"),
        **PLATFORM,
        **AIGERIM,
        **BANK,
        **_buyer(place),
        **_consignee(),
        "order_type": ORDER_TYPES.get(place.regime, "E" if is_export(place.regime) else "I"),
        "buyer_reg_no": "bo-wen",
        "consignee_district": "330106",
        "goods_value_e5": TOTAL_E5,
        "freight_e5": FREIGHT_E5,
        "discount_e5": 0,
        "tax_total_e5": 0,
        "paid_e5": PAID_E5,
        "currency": currency_of(place),
        "buyer_authenticated": 1,
        "pay_transaction_id": "PAY-1",
        "platform_vat_collected": 0,
    }
    return _prefixed("order", row) | {"has_order": 1}


def _payment(place: Place) -> Row:
    row: Row = {
        **_version(place.day, "payment-1"),
        **PLATFORM,
        **BANK,
        "pay_transaction_id": "PAY-1",
        "payer_id_type": _buyer(place)["buyer_id_type"],
        "payer_id": _buyer(place)["buyer_id"],
        "payer_name": BO,
        "amount_paid_e5": PAID_E5,
        "currency": currency_of(place),
        "pay_time": app_time(place.day, 70_000),
    }
    return _prefixed("payment", row) | {"has_payment": 1}


def _waybill(place: Place) -> Row:
    row: Row = {
        **_version(place.day, "waybill-1"),
        **CARRIER,
        **_consignee(),
        "logistics_no": "RR473124829CN",
        "freight_e5": FREIGHT_E5,
        "insurance_e5": 0,
        "currency": currency_of(place),
        "gross_mass_mg": 500_000,
        "pack_count": 1,
        "bill_no": _inventory(place)["bill_no"],
        "goods_info": "shirts",
        "arrived_day": day_number(place.day),
    }
    return _prefixed("waybill", row) | {"has_waybill": 1}


def _derived(place: Place) -> Row:
    counts = ("waited_days", "stale_versions", "duplicates", "unreadable_cells", "form_findings")
    counts += ("goods_findings", "lines_differing", "lines_mispriced", "year_used_minor")
    counts += ("return_lines_unknown", "return_lines_exceeding")
    value = 12_980 * (72 if place.country == "kz" else 1)
    row: Row = {
        **dict.fromkeys((*counts, "duty_minor", "excise_minor", "vat_minor", "fee_minor"), 0),
        "parcel_id": f"{place.country}-0A1B2C3DEFGHJKMN",
        "processing_day": day_number(place.day),
        "line_count": 1,
        "first_gnum": 1,
        "last_gnum": 1,
        "distinct_gnums": 1,
        "lines_total_e5": TOTAL_E5,
        "pieces_e5": PIECES_E5,
        "order_line_count": 1,
        "customs_value_minor": value,
        "buyer_parcels": 1,
        "address_buyers": 1,
        "draw_ppm": 500_000,
    }
    return row


def a_line(place: Place = ZZ_IMPORT, **changes: int | str) -> Row:
    """The only line of `a_parcel`, two cotton shirts, lawful in `place`, with `changes`."""
    value = 12_980 * (72 if place.country == "kz" else 1)
    row: Row = {
        "ebc_code": AIGERIM["ebc_code"],
        "order_no": "AIG-1",
        "gnum": 1,
        "item_no": "A-1",
        "item_record_no": "R-1",
        "item_name": "Shirt",
        "hs_code": "6109100000",
        "goods_name": "Cotton shirt",
        "goods_model": "knitted|100% cotton",
        "bar_code": "6901234567892",
        "origin": "" if place.message else "KZ",
        "destination": "KZ" if place.message else "",
        "currency": currency_of(place),
        "qty_e5": PIECES_E5,
        "unit": "H87",
        "qty1_e5": PIECES_E5,
        "unit1": "H87",
        "qty2_e5": 40_000,
        "unit2": "KGM",
        "price_e5": PRICE_E5,
        "total_e5": TOTAL_E5,
        "goods_url": "https://shop.example/A-1",
    }
    named = ORDER_LINE.names
    ordered = {f"ordered_{name}": value for name, value in row.items() if name in named}
    ordered |= {"ordered_ebp_code": PLATFORM["ebp_code"], "has_ordered": 1}
    derived: Row = {
        "parcel_id": f"{place.country}-0A1B2C3DEFGHJKMN",
        "decl_day": day_number(place.day),
        "parcel_currency": currency_of(place),
        "goods_cost_e5": FREIGHT_E5,
        "before_e5": 0,
        "lines_total_e5": TOTAL_E5,
        "line_count": 1,
        "pieces_e5": PIECES_E5,
        "gross_mass_mg": 500_000,
        "parcel_value_minor": value,
        "customs_value_minor": value,
    }
    whole = empty_row(LINE) | row | ordered | derived
    assert set(changes) <= set(whole), set(changes) - set(whole)
    return whole | changes


def a_row(code: str, place: Place, **changes: int | str) -> Row:
    """The lawful row that the rule `code` looks at, with `changes`."""
    return (a_line if sheet_of(code).shape is LINE else a_parcel)(place, **changes)


@cache
def sheet_of(code: str) -> Sheet:
    """The sheet that has the rule `code`."""
    (found,) = [sheet for sheet in SHEETS if code in sheet.rules]
    return found


def cell_at(book: Book, place: Place) -> int:
    """The cell of `book` that `place` lies in."""
    (found,) = [
        number
        for number, (regime, (start, stop)) in enumerate(book.cells)
        if regime.code == place.regime and start <= place.day < stop
    ]
    return found


@cache
def compiled_at(sheet_code: str, place: Place) -> CompiledSheet:
    """The sheet of the rule `sheet_code` as it stands in `place`."""
    book = law_book(place.country)
    return book.compiled(sheet_of(sheet_code), cell_at(book, place))


@cache
def place_of(code: str) -> Place:
    """The first place in which the rule `code` applies."""
    return next(place for place in PLACES if code in compiled_at(code, place).outputs)


def frame_of(shape: RowShape | Table, rows: list[Row]) -> pl.DataFrame:
    """Rows as a table of their columns' types."""
    schema = {c.name: pl.String if c.kind is Kind.TEXT else pl.Int64 for c in shape.columns}
    return pl.DataFrame(rows, schema=schema)


def fires(code: str, row: Row, place: Place = ZZ_IMPORT) -> bool:
    """Whether the rule `code` fires for `row` in `place`; every reading says the same."""
    compiled = compiled_at(code, place)
    single = compiled.single(row)
    (bulk,) = compiled.bulk.run(frame_of(compiled.sheet.shape, [row])).to_dicts()
    assert bulk == single
    assert compiled.prove(code, row).result is single[code]
    assert isinstance(single[code], bool)
    return bool(single[code])


Case = tuple[str, Row, bool] | tuple[str, Row, bool, Place]
"""A rule, what is changed in the lawful row, whether it fires, and where if not its first place."""


def cases(rows: list[Case]) -> list[object]:
    """Rows of a table test, each under its rule's code and what it changes."""
    found = []
    for code, changes, broken, *where in rows:
        place = where[0] if where else place_of(code)
        stated = ",".join(f"{name}={value!r:.24}" for name, value in changes.items())
        name = f"{code}[{stated or 'lawful'}]"
        found.append(pytest.param(code, changes, broken, place, id=name))
    return found
