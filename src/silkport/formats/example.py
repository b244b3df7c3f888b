"""One lawful-looking declaration of commercial goods, to be copied and filled in.

Everything in it is invented; codes have the form of real ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from silkport.formats.consignments import (
    FORMAT,
    HEAD_KEYS,
    LINE_KEYS,
    SHARED_KEYS,
    SUMS,
    value_of,
)
from silkport.model.columns import Column
from silkport.model.declarations import DECLARATION, GOODS

EXAMPLES: Mapping[str, str] = {
    "declaration.guid": "4CDE1CFD-EDED-46B1-946C-B8022E42FC94",
    "declaration.act": "declaration",
    "declaration.app_time": "20260701103000",
    "declaration.declaration_no": "D-2026-000001",
    "declaration.consignment_no": "SILK-2026-000001",
    "declaration.house_no": "1",
    "declaration.decl_day": "2026-07-01",
    "declaration.procedure": "40",
    "declaration.previous_procedure": "00",
    "declaration.office": "39801",
    "declaration.border_office": "39802",
    "declaration.declarant_code": "180140000018",
    "declaration.declarant_name": "Aigerim Customs Broker (example)",
    "declaration.consignor_code": "91330782MA28X0001Q",
    "declaration.consignor_name": "Bo Trading (example)",
    "declaration.consignor_country": "CN",
    "declaration.consignee_code": "190540000024",
    "declaration.consignee_name": "Steppe Retail (example)",
    "declaration.consignee_country": "KZ",
    "declaration.departure_country": "CN",
    "declaration.destination_country": "KZ",
    "declaration.trade_country": "CN",
    "declaration.transport_mode": "30",
    "declaration.transport_document": "CMR-0000001",
    "declaration.vehicle": "000AAA00/00AAA00",
    "declaration.container_count": "0",
    "declaration.pack_count": "100",
    "declaration.goods_count": "1",
    "declaration.gross_mass_kg": "1250.5",
    "declaration.contract_no": "K-2026-01",
    "declaration.incoterms": "FCA",
    "declaration.incoterms_place": "Yiwu",
    "declaration.currency": "USD",
    "declaration.invoice_total": "12500",
    "declaration.freight_currency": "USD",
    "declaration.freight": "900",
    "declaration.freight_to_border": "600",
    "declaration.documents": "04021 INV-1; 02015 CMR-0000001",
    "goods.gnum": "1",
    "goods.hs_code": "6203423100",
    "goods.goods_name": "men's trousers of cotton denim",
    "goods.trade_mark": "EXAMPLE",
    "goods.producer": "Yiwu Garments (example)",
    "goods.origin": "CN",
    "goods.gross_mass_kg": "1250.5",
    "goods.net_mass_kg": "1100",
    "goods.qty": "2000",
    "goods.unit": "H87",
    "goods.total": "12500",
    "goods.valuation_method": "1",
}
"""What each column of the example says, by its name in the flat table."""


def example_consignment() -> dict[str, Any]:
    """The example as a JSON consignment of one house with one goods line."""
    head = _stated(DECLARATION.name, HEAD_KEYS)
    shared = {key: value for key, value in head.items() if key in SHARED_KEYS and key not in SUMS}
    own = {key: value for key, value in head.items() if key not in shared}
    goods = [_stated(GOODS.name, LINE_KEYS)]
    return {"format": FORMAT, **shared, "houses": [{**own, "goods": goods}]}


def _stated(table: str, known: Mapping[str, Column]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, column in known.items():
        text = EXAMPLES.get(f"{table}.{key}", "")
        if text:
            found[key] = value_of(column, text)
    return found
