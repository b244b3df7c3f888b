"""The field table of the documents of the Union, as reader and writer use it."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files

from silkport.model.columns import MISSING, Column, Kind, Table
from silkport.model.declarations import DECLARATION, GOODS

T, A, M = Kind.TEXT, Kind.AMOUNT, Kind.CARGO
C, D, S, F = Kind.COUNT, Kind.DAY, Kind.TIME, Kind.FLAG

JOURNEY = Table(
    "journey",
    (),
    (
        Column("doc_id", T, "EDocId of the document: a UUID", 36),
        Column("doc_code", T, "EDocCode, where another than the usual one is asked for", 14),
        Column("doc_time", S, "EDocDateTime: when the document was made"),
        Column("ref_id", T, "EDocRefId: the document that is answered or corrected", 36),
        Column("transit_direction", T, "transit: IM, EK, TR, VT or TS, in Cyrillic letters", 2),
        Column("transit_feature", T, "transit: what the goods are meant for", 3),
        Column("tir_series", T, "TIR carnet: two letters", 2),
        Column("tir_number", T, "TIR carnet: eight digits", 8),
        Column("destination_office", T, "transit: customs office of destination", 8),
        Column("destination_zone", T, "transit: customs control zone of destination", 50),
        Column("destination_station", T, "transit: code of the railway station", 6),
        Column("carrier_code", T, "carrier: national number", 18),
        Column("carrier_name", T, "carrier: name", 150),
        Column("carrier_country", T, "carrier: country, ISO alpha-2", 8),
        Column("seals", T, "numbers of the seals; ...", 1000),
        Column("seal_method", T, "how the goods are identified: code of two characters", 2),
        Column("guarantee_code", T, "transit: whether a guarantee is given, one character", 1),
        Column("no_guarantee_cause", T, "transit: why none is needed", 10),
        Column("guarantee_no", T, "transit: number of the guarantee", 50),
        Column("guarantee_e5", A, "transit: amount of the guarantee"),
        Column("guarantee_currency", T, "its currency, ISO alpha-3", 8),
        Column("purposes", T, "pre-arrival: codes of purpose; ...", 30),
        Column("checkpoint", T, "pre-arrival: code of the checkpoint", 18),
        Column("checkpoint_name", T, "pre-arrival: name of the checkpoint", 250),
        Column("entry_station", T, "pre-arrival by rail: station of entry", 6),
        Column("entry_purpose", T, "pre-arrival: why the vehicle enters, 1 to 4", 1),
        Column("road_permit", T, "pre-arrival: number of the road permit", 50),
        Column("vehicle_gross_mg", M, "pre-arrival: mass of the vehicle with its cargo"),
        Column("repeats", T, "pre-arrival: number filed before, country/YYYY-MM-DD/9 digits", 24),
    ),
)
"""What transit and pre-arrival say beside the declarations of the houses."""

_VALUES = Table(
    "value",
    (),
    (
        Column("customs_value_minor", A, "customs value, boxes 12 and 45"),
        Column("currency", T, "its currency", 8),
        Column("statistical_minor", A, "statistical value, box 46"),
        Column("statistical_currency", T, "its currency", 8),
    ),
)
_PAYMENTS = Table(
    "payment",
    (),
    (
        Column("payment_code", T, "kind of payment", 8),
        Column("base_e6", A, "base, millionths"),
        Column("base_currency", T, "currency of the base", 8),
        Column("base_unit", T, "unit of the base", 12),
        Column("rate_kind", T, "% by value, * by quantity", 1),
        Column("rate_e6", A, "rate, millionths"),
        Column("rate_unit", T, "unit of the rate", 12),
        Column("rate_currency", T, "currency of the rate", 8),
        Column("months", C, "months, of a payment by periods"),
        Column("weight_ratio_e3", C, "units of mass the rate is for, thousandths"),
        Column("rate_day", D, "day whose rate applies"),
        Column("feature", T, "paid, deferred, relieved: code of the form", 2),
        Column("amount_minor", A, "amount"),
        Column("currency", T, "its currency", 8),
    ),
)


def _texts(name: str, *columns: str) -> Table:
    return Table(name, (), tuple(Column(one, T, one, 300) for one in columns))


TABLES: Mapping[str, Table] = {
    table.name: table
    for table in (
        DECLARATION,
        GOODS,
        JOURNEY,
        _VALUES,
        _PAYMENTS,
        _texts("registration", "office", "number"),
        _texts("repeated", "country", "number"),
        _texts("document", "kind", "name", "number", "mark", "presented"),
        _texts("container", "number"),
        _texts("seal", "number"),
        _texts("vehicle", "plate"),
        _texts("house", "transport_kind"),
        _texts("derived", "kind", "own_number", "line_procedure", "move_feature"),
    )
}

OWN = "p"
"""Prefix of a document's own elements in the field table."""

_EEC = {
    "csdo": "urn:EEC:M:SimpleDataObjects:v0.4.14",
    "ccdo": "urn:EEC:M:ComplexDataObjects:v0.4.14",
    "casdo": "urn:EEC:M:CA:SimpleDataObjects:v1.8.1",
    "cacdo": "urn:EEC:M:CA:ComplexDataObjects:v1.8.1",
}
_ALBUM = {
    "cat": "urn:customs.ru:CommonAggregateTypes:5.22.0",
    "rus": "urn:customs.ru:RUSCommonAggregateTypes:5.22.0",
    "ces": "urn:customs.ru:CUESADCommonAggregateTypesCust:5.22.0",
    "rud": "urn:customs.ru:RUDeclCommonAggregateTypesCust:5.23.0",
    "prior": "urn:customs.ru:Information:PriorInformation:PriorCommonAggregateTypes:5.23.0",
}
_ROOTS = {
    "R.055": ("GoodsDeclaration", "urn:EEC:R:055:GoodsDeclaration:v1.0.0"),
    "R.048": ("TransitDeclaration", "urn:EEC:R:048:TransitDeclaration:v1.0.0"),
    "ESADout_CU": (
        "ESADout_CU",
        "urn:customs.ru:Information:CustomsDocuments:ESADout_CU:5.23.0",
    ),
    "AutoPreliminary": (
        "AutoPreliminary",
        "urn:customs.ru:Information:CustomsDocuments:AutoPreliminary:5.23.0",
    ),
    "RWPreliminary": (
        "RWPreliminary",
        "urn:customs.ru:Information:CustomsDocuments:RWPreliminary:5.23.0",
    ),
}

READ, WRITTEN = ("both", "need", "read"), ("both", "need", "write", "with")
"""Ways a field is used: to read, to write; one that is needed, both."""

FALLBACK, WITH = "else", "with"
"""To read where nothing else said it; to be written wherever the element around it stands."""


@dataclass(frozen=True, slots=True)
class Field:
    """One element or attribute: where it stands in its part, and which column it becomes.

    `steps` are qualified names from the element of the part; `attribute` is empty for an element.
    `most` limits characters and `pattern` the text; `digits` and `fraction` limit a number.
    """

    path: str
    steps: tuple[str, ...]
    attribute: str
    kind: str
    table: str
    column: str
    use: str
    value: str
    most: int
    pattern: re.Pattern[str] | None
    digits: int
    fraction: int

    @property
    def place(self) -> str:
        """Table and column, as a problem names it."""
        return f"{self.table}.{self.column}"

    @property
    def needed(self) -> bool:
        """Whether a document without it is not whole."""
        return self.use == "need"


@dataclass(frozen=True, slots=True)
class Form:
    """One kind of document: its root, its namespaces by prefix, its parts by name."""

    name: str
    root: str
    namespace: str
    prefixes: Mapping[str, str]
    parts: Mapping[str, tuple[Field, ...]]

    @property
    def tag(self) -> str:
        """The qualified name of the root."""
        return f"{{{self.namespace}}}{self.root}"


def column_of(field: Field) -> Column:
    """The column of a field; one that is only reckoned with is a text without a limit."""
    table = TABLES.get(field.table)
    if table is not None and field.column in table.names:
        return table.column(field.column)
    return Column(field.column, Kind.TEXT, "", 0)


def absent_row(table: str) -> dict[str, str | int]:
    """A row of a table in which nothing is stated."""
    return {column.name: column.absent for column in TABLES[table].columns}


def _limits(written: str) -> dict[str, object]:
    found: dict[str, object] = {"most": 0, "pattern": None, "digits": 0, "fraction": 0}
    if written.startswith("/"):
        found["pattern"] = re.compile(written.strip("/"))
    elif written.startswith("N"):
        digits, _, fraction = written[1:].partition(",")
        found |= {"digits": int(digits), "fraction": int(fraction)}
    elif written:
        found["most"] = int(written.removeprefix(".."))
    return found


def _field(row: Mapping[str, str], prefixes: Mapping[str, str]) -> Field:
    *steps, last = row["path"].split("/")
    attribute = last.removeprefix("@") if last.startswith("@") else ""
    if not attribute:
        steps.append(last)
    named = tuple(f"{{{prefixes[p]}}}{n}" for p, _, n in (step.partition(":") for step in steps))
    limits = _limits(row["limit"])
    cells = {name: row[name] for name in ("path", "kind", "table", "column", "use", "value")}
    return Field(steps=named, attribute=attribute, **cells, **limits)  # type: ignore[arg-type]


def rows_of(name: str) -> list[dict[str, str]]:
    """The rows of a table beside this code."""
    text = (files("silkport.formats.eaeu") / name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def _forms() -> dict[str, Form]:
    found: dict[str, dict[str, list[Field]]] = {name: {} for name in _ROOTS}
    prefixes = {
        name: {OWN: uri, **(_EEC if name.startswith("R.") else _ALBUM)}
        for name, (_, uri) in _ROOTS.items()
    }
    for row in rows_of("fields.csv"):
        field = _field(row, prefixes[row["form"]])
        found[row["form"]].setdefault(row["part"], []).append(field)
    return {
        name: Form(
            name,
            root,
            uri,
            prefixes[name],
            {part: tuple(fields) for part, fields in found[name].items()},
        )
        for name, (root, uri) in _ROOTS.items()
    }


FORMS: Mapping[str, Form] = _forms()

READABLE: Mapping[str, Form] = {FORMS[name].tag: FORMS[name] for name in ("R.055", "ESADout_CU")}
"""Goods declarations that are read, by the qualified name of their root."""

UNSTATED = ("", MISSING)
"""What a cell holds that says nothing."""
