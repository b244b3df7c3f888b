"""What holds of all rules together: none untested, none against lawful rows, none blind."""

from __future__ import annotations

from collections import Counter

import pytest

from silkport.journey import SHEETS
from silkport.kernel.findings import Effect
from silkport.law.sheet import CompiledSheet
from silkport.model.columns import MISSING
from silkport.model.rows import LINE, PARCEL, RowShape
from silkport.node.law.books import law_book
from tests.stages import (
    test_acts_bound,
    test_after_release,
    test_assess_goods,
    test_check_goods,
    test_check_rules,
    test_form_rules,
    test_match_rules,
    test_other_rules,
    test_paper_rules,
    test_screen_goods,
    test_value_goods,
)
from tests.stages.cast import Row, a_line, a_parcel, a_row, cell_at, fires, place_of
from tests.stages.places import (
    CN_BONDED,
    CN_DIRECT,
    CN_MARKET,
    CN_ZONE,
    CN_ZONE_2024,
    CN_ZONE_FORM,
    PLACES,
    ZZ_IMPORT,
    Place,
)

TABLES = (test_check_rules, test_form_rules, test_match_rules, test_paper_rules, test_other_rules)
GOODS_TABLES = (
    *(test_check_goods, test_value_goods, test_assess_goods, test_screen_goods),
    *(test_after_release, test_acts_bound),
)
PARCEL_ROWS = [row[:3] for table in TABLES for row in table.ROWS]
PARCEL_ROWS += [row[:3] for row in test_assess_goods.PARCEL_ROWS]
ROWS = PARCEL_ROWS + [row[:3] for table in GOODS_TABLES for row in table.ROWS]
CODES = sorted(code for sheet in SHEETS for code in sheet.rules)
PARCEL_CODES = sorted(
    code for sheet in SHEETS if sheet.shape in (PARCEL, LINE) for code in sheet.rules
)
"""What is below the first two tests is of parcels; `test_check_goods_together` is of goods."""
HARD = (Effect.REFUSE, Effect.WAIT, Effect.HOLD)

COMPUTED = {
    *("customs_value_minor", "parcel_value_minor", "year_used_minor", "pieces_e5", "waited_days"),
    *("lines_differing", "lines_mispriced", "unreadable_cells"),
}
"""Columns that frame code adds: never unknown."""

OPTIONAL = {
    "decl_day": "without it no regime covers the parcel: REG001",
    "order_discount_e5": "not stated is none",
    "order_tax_total_e5": "not stated is none",
    "order_pay_code": "the order may name its payment",
    "order_pay_transaction_id": "the order may name its payment",
    "order_buyer_authenticated": "the buyer paid",
    "payment_payer_id": "the seller authenticated the buyer",
    "payment_payer_name": "the seller authenticated the buyer",
    "waybill_freight_e5": "compared where it is stated",
    "waybill_insurance_e5": "compared where it is stated",
    "bar_code": "goods may have none",
    "item_no": "goods may have none",
    "ordered_origin": "compared where it is stated",
    "unit2": "the tariff may ask for one quantity only",
    "pre_no": "the electronic port gives it",
    "invt_no": "customs gives it",
    "licence_no": "few goods need one",
    "loct_no": "an office may have one supervised place",
    "total_package_no": "of exports it may follow",
    "trade_country": "stated where it is known",
    "order_consignee_district": "stated where it is known",
    "message": "empty for a table",
    "waybill_message": "empty for a table",
    "waybill_goods_info": "asked for on the export form: test_paper_rules.py",
}
"""Columns that may be absent, and why."""

ON_THE_FORM = {
    *("cop_no", "destination", "guid", "ie_day", "owner_code", "owner_name", "port_abroad"),
    *("freight_currency", "freight_mark", "insurance_currency", "insurance_mark"),
    *("statistics_flag", "wrap_type"),
}
"""Columns that a message must have and a table need not."""

DEMANDED_IN = {
    **dict.fromkeys(("traf_no", "voyage_no", "bill_no"), (CN_DIRECT,)),
    "ems_no": (CN_BONDED, CN_ZONE_2024, CN_ZONE, CN_ZONE_FORM),
}
"""Columns that few regimes demand: elsewhere they may follow, or must be empty."""

OF_IMPORTS = {"origin"}
"""Columns that the export form does not have."""

HELD = {CN_MARKET: ["VAL001"]}
"""What speaks of a lawful row: no exchange rate of this administration is shipped."""

CODED = {
    *("departure_country", "destination_country", "origin", "currency", "parcel_currency"),
    *("unit", "unit1", "unit2", "hs_code", "customs_code", "ebc_code", "ebp_code"),
    *("logistics_code", "buyer_id_type", "signature", "area_code", "port_code"),
    *("traf_mode", "wrap_type", "flow", "statistics_flag", "owner_code", "port_abroad"),
    *("freight_currency", "freight_mark", "insurance_currency", "insurance_mark", "destination"),
    *("zone_code", "trade_country", "order_order_type", "payment_pay_code"),
    *("payment_payer_id_type", "order_consignee_district", "pre_no", "invt_no"),
}
"""Texts that must stand on a list or have a form."""


@pytest.mark.parametrize("code", CODES)
def test_rule_has_a_row_that_fires_and_one_that_does_not(code: str) -> None:
    assert Counter(broken for c, _, broken in ROWS if c == code).keys() == {True, False}


def test_every_tested_rule_exists() -> None:
    assert {code for code, *_ in ROWS} == set(CODES)
    assert {code for code, *_ in PARCEL_ROWS} == set(PARCEL_CODES)


@pytest.mark.parametrize("code", PARCEL_CODES)
def test_lawful_row_is_lawful(code: str) -> None:
    place = place_of(code)
    assert not fires(code, a_row(code, place), place)


def sheets_at(shape: RowShape, place: Place) -> list[CompiledSheet]:
    book = law_book(place.country)
    return [book.compiled(s, cell_at(book, place)) for s in SHEETS if s.shape is shape]


def fired(shape: RowShape, place: Place, row: Row) -> set[str]:
    """Codes of refusing, waiting and holding rules that fire for `row`."""
    return {
        rule.code
        for sheet in sheets_at(shape, place)
        for rule in sheet.rules
        if rule.effect in HARD and sheet.single(row)[rule.code]
    }


@pytest.mark.parametrize("place", PLACES, ids=str)
def test_cast_is_lawful_under_every_rule_of_the_regime(place: Place) -> None:
    said = [
        rule.code
        for shape, row in ((PARCEL, a_parcel(place)), (LINE, a_line(place)))
        for sheet in sheets_at(shape, place)
        for rule in sheet.rules
        if sheet.single(row)[rule.code]
    ]
    assert said == HELD.get(place, [])


def unknowns(shape: RowShape, place: Place) -> list[Row]:
    """Every column some hard rule reads, absent or off its list."""
    rules = [r for sheet in sheets_at(shape, place) for r in sheet.rules if r.effect in HARD]
    columns = sorted({name for rule in rules for name in rule.facts} - COMPUTED)
    optional = OPTIONAL.keys() | (OF_IMPORTS if place.message else ON_THE_FORM)
    optional |= {name for name, places in DEMANDED_IN.items() if place not in places}
    absent: list[Row] = [
        {name: shape.by_name[name].absent} for name in columns if name not in optional
    ]
    if place.regime not in law_of_payment(place):
        absent = [row for row in absent if "has_payment" not in row]
    coded = CODED - (OF_IMPORTS if place.message else set())
    return absent + [{name: "?"} for name in columns if name in coded]


def law_of_payment(place: Place) -> set[str]:
    """Regimes of that day which demand a payment."""
    regimes = law_book(place.country).law.regimes_at(place.day)
    return {regime.code for regime in regimes if "payment" in regime.documents}


@pytest.mark.parametrize("place", PLACES, ids=str)
def test_unknown_is_never_lawful(place: Place) -> None:
    passed = [
        changes
        for shape, row in ((PARCEL, a_parcel(place)), (LINE, a_line(place)))
        for changes in unknowns(shape, place)
        if not fired(shape, place, row | changes) - set(HELD.get(place, ()))
    ]
    assert passed == []


@pytest.mark.parametrize(
    ("code", "changes", "named"),
    [
        ("CHK012", {"net_mass_mg": MISSING}, "CHK014"),
        ("CHK012", {"gross_mass_mg": MISSING}, "CHK013"),
        ("CHK019", {"buyer_id": ""}, "CHK018"),
        ("CHK019", {"buyer_id": "1" * 17}, "CHK018"),
        ("CHK028", {"line_count": 0}, "CHK027"),
        ("CHK032", {"buyer_id": ""}, "CHK031"),
        ("CHK054", {"unit1": ""}, "CHK050"),
        ("CHK063", {"flow": ""}, "CHK082"),
        ("CHK067", {"agent_name": ""}, "CHK034"),
        ("CHK068", {"agent_code": ""}, "CHK034"),
        ("CHK069", {"area_code": ""}, "CHK025"),
        ("CHK071", {"assure_code": ""}, "CHK024"),
        ("CHK072", {"logistics_no": ""}, "CHK005"),
        ("CHK077", {"buyer_id": ""}, "CHK018"),
        ("CHK083", {"traf_mode": ""}, "CHK080"),
        ("CHK086", {"departure_country": ""}, "CHK011"),
        ("CHK112", {"hs_code": ""}, "CHK041"),
        ("MAT024", {"payment_payer_id_type": ""}, "MAT023"),
        ("MAT035", {"has_payment": 0}, "MAT001"),
        ("VAL003", {"currency": ""}, "VAL004"),
        ("CHK054", {"hs_code": ""}, "CHK041"),
        ("CHK054", {"decl_day": MISSING}, "ASS001"),
        ("CHK057", {"item_no": "", "goods_name": ""}, "CHK043"),
        ("MAT002", {"has_order": 0}, "MAT001"),
        ("MAT003", {"has_payment": MISSING}, "MAT001"),
        ("MAT011", {"freight_e5": MISSING, "waybill_freight_e5": MISSING}, "CHK022"),
        ("MAT110", {"price_e5": MISSING}, "CHK047"),
        ("MAT111", {"logistics_no": "", "waybill_logistics_no": ""}, "CHK005"),
        ("MAT111", {"logistics_code": "", "waybill_logistics_code": ""}, "CHK004"),
        ("VAL002", {"currency": "?"}, "VAL001"),
        ("ASS003", {"hs_code": "?"}, "CHK041"),
        ("LIM002", {"lines_total_e5": MISSING}, "MAT010"),
    ],
)
def test_another_rule_names_the_unknown(code: str, changes: Row, named: str) -> None:
    place = place_of(code)
    assert named in fired(
        LINE if code in LINE_CODES else PARCEL, place, a_row(code, place) | changes
    )


LINE_CODES = {code for sheet in SHEETS if sheet.shape is LINE for code in sheet.rules}


@pytest.mark.parametrize("place", [ZZ_IMPORT, CN_DIRECT, CN_BONDED], ids=str)
@pytest.mark.parametrize("kind", ["", "?"])
def test_buyer_without_identity_is_not_lawful(place: Place, kind: str) -> None:
    """No number, and a kind of number that is on no list: nobody's year would be debited."""
    nobody: Row = {"buyer_id_type": kind, "order_buyer_id_type": kind, "buyer_id": ""}
    nobody |= {"order_buyer_id": "", "payment_payer_id": ""}
    assert fired(PARCEL, place, a_parcel(place) | nobody)


@pytest.mark.parametrize("value", ["", "?"])
def test_unknown_signature_is_not_lawful(value: str) -> None:
    assert fired(PARCEL, CN_DIRECT, a_parcel(CN_DIRECT, signature=value))


def test_second_unit_off_the_list_is_not_lawful() -> None:
    assert fired(LINE, CN_DIRECT, a_line(CN_DIRECT, unit2="?"))


def test_return_without_a_day_of_application_does_not_undo_the_release() -> None:
    row = a_row("RET001", ZZ_IMPORT, withdrawal_kind="return", released_day=20_000)
    assert fires("RET001", row)
