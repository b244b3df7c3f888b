"""The documented header as an empty table to fill in, with an explanation of each column."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import polars as pl
import xlsxwriter

from silkport.formats.consignments import to_json
from silkport.formats.example import EXAMPLES, example_consignment
from silkport.formats.headers import DECLARED_FIELDS, FIELDS, RECORD_FIELDS, Field
from silkport.formats.writing import WORKBOOK, WRITERS, write
from silkport.kernel.errors import InvalidValue
from silkport.model.columns import Kind
from silkport.model.declarations import DECLARATION

_EXAMPLE_OF_KIND = {
    Kind.TEXT: "",
    Kind.AMOUNT: "1234.5",
    Kind.QUANTITY: "2",
    Kind.MASS: "0.25",
    Kind.CARGO: "18500.5",
    Kind.COUNT: "1",
    Kind.DAY: "2026-07-01",
    Kind.TIME: "20260701103000",
    Kind.FLAG: "yes",
}

_EXAMPLES = {
    "guid": "4CDE1CFD-EDED-46B1-946C-B8022E42FC94",
    "app_status": "2",
    "order_no": "A-2026-000001",
    "flow": "I",
    "order_type": "I",
    "currency": "CNY",
    "origin": "JP",
    "departure_country": "JP",
    "destination_country": "CN",
    "trade_mode": "9610",
    "customs_code": "2928",
    "port_code": "2928",
    "hs_code": "3304990039",
    "goods_name": "face cream",
    "goods_model": "4|3|50 ml a jar",
    "unit": "GACC:142",
    "unit1": "KGM",
    "unit2": "H87",
    "buyer_id_type": "1",
    "payer_id_type": "1",
    "signature": "not_applicable",
    "kind": "return",
    "bar_code": "4901872449682",
    "logistics_no": "LP00000001",
    "pay_transaction_id": "P00000001",
}

_GUIDE_HEADER = ("column", "kind", "longest", "meaning", "example")

Guide = tuple[str, str, int, str, str]

_OWN_FILES: Mapping[str, Mapping[str, Field]] = {**RECORD_FIELDS, DECLARATION.name: DECLARED_FIELDS}


def tables() -> list[str]:
    """Tables that stand in files of their own, beside the parcels."""
    return list(_OWN_FILES)


def fields_of(table: str) -> Mapping[str, Field]:
    """The documented columns of a file of its own by their names, or those of parcels for ""."""
    return _OWN_FILES[table] if table else FIELDS


def header(table: str = "") -> list[str]:
    """All documented columns of a tabular file, in order."""
    return list(fields_of(table))


def column_guide(table: str = "") -> list[Guide]:
    """Name, kind, longest text (0: not text), meaning and an example of each column."""
    return [
        (name, field.column.kind.value, field.column.longest, _meaning(field), _example(field))
        for name, field in fields_of(table).items()
    ]


def _meaning(field: Field) -> str:
    """What the column means, with the unit it is written in."""
    unit = ", in kilograms" if field.column.kind in (Kind.MASS, Kind.CARGO) else ""
    return f"{field.column.meaning}{unit}"


def _example(field: Field) -> str:
    if field.name in DECLARED_FIELDS:
        return EXAMPLES.get(field.name, "")
    return _EXAMPLES.get(field.column.name, _EXAMPLE_OF_KIND[field.column.kind])


def write_template(path: Path, table: str = "") -> None:
    """Writes the empty table in the format its suffix names; a workbook explains its columns.

    JSON, which only declarations have, is an example to be changed. Raises InvalidValue for an
    unknown suffix.
    """
    if path.suffix.lower() == ".json":
        if table != DECLARATION.name:
            reason = f"only --table {DECLARATION.name} is written as JSON"
            raise InvalidValue(what="the file name", value=path.name, reason=reason)
        path.write_text(to_json([example_consignment()]), "utf-8")
        return
    if path.suffix.lower() == ".xlsx":
        _write_workbook(path, table)
        return
    rows = 1 if path.suffix.lower() == ".ndjson" else 0
    names = header(table)
    texts = dict.fromkeys(names, pl.String)
    write(pl.DataFrame({name: [""] * rows for name in names}, schema_overrides=texts), path)


def _write_workbook(path: Path, table: str) -> None:
    names = header(table)
    with xlsxwriter.Workbook(path, WORKBOOK) as book:
        text = book.add_format({"num_format": "@"})
        bold = book.add_format({"bold": True})
        sheet = book.add_worksheet(table or "parcels")
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(names) - 1, 18, text)
        sheet.write_row(0, 0, names, bold)
        guide = book.add_worksheet("columns")
        guide.freeze_panes(1, 0)
        guide.set_column(0, 0, 34)
        guide.set_column(3, 4, 60)
        for number, row in enumerate((_GUIDE_HEADER, *column_guide(table))):
            guide.write_row(number, 0, row, bold if number == 0 else None)


def formats() -> list[str]:
    """Suffixes a template can be written with."""
    return list(WRITERS)
