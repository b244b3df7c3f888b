"""The field table of China's parcel messages, as the reader uses it."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.resources import files

from silkport.formats.code_lists import LIST_OF_KIND
from silkport.formats.reading import TABLES
from silkport.model.columns import Column, Kind

NAMESPACE = "http://www.chinaport.gov.cn/ceb"
DSIG = "http://www.w3.org/2000/09/xmldsig#"

KINDS = {
    "text": Kind.TEXT,
    "decimal": Kind.AMOUNT,
    "integer": Kind.COUNT,
    "day": Kind.DAY,
    "time": Kind.TIME,
    "kilograms": Kind.MASS,
    **dict.fromkeys(LIST_OF_KIND, Kind.TEXT),
}
"""What each kind of the field table is inside; codes are text of a typed list."""


@dataclass(frozen=True, slots=True)
class Element:
    """One field of a message; `column` is None where the field is known but not used."""

    name: str
    path: str
    column: Column | None
    code: str
    mandatory: bool

    @property
    def tag(self) -> str:
        """The qualified name in a parsed message."""
        return f"{{{NAMESPACE}}}{self.name}"


@dataclass(frozen=True, slots=True)
class Part:
    """The head or a line of a document, and the table it becomes."""

    name: str
    table: str
    elements: tuple[Element, ...]

    @property
    def tag(self) -> str:
        """The qualified name in a parsed message."""
        return f"{{{NAMESPACE}}}{self.name}"


@dataclass(frozen=True, slots=True)
class Shape:
    """One kind of message: how its documents are called and what they are made of."""

    message: str
    name: str
    head: Part
    line: Part | None

    @property
    def document(self) -> str:
        """The qualified name of one document."""
        return f"{{{NAMESPACE}}}{self.name}"


def _load() -> Mapping[str, Shape]:
    """Every message of the field table by the name of its root element."""
    text = (files("silkport.formats") / "ceb_fields.csv").read_text(encoding="utf-8")
    parts: dict[tuple[str, str, str], list[Element]] = {}
    tables: dict[str, str] = {}
    for row in csv.DictReader(text.splitlines()):
        document, part, name = row["element"].split("/")
        parts.setdefault((row["message"], document, part), []).append(_element(row, part, name))
        tables[part] = row["table"]
    shapes: dict[str, Shape] = {}
    for (message, document, part), elements in parts.items():
        whole = Part(part, tables[part], tuple(elements))
        if part.endswith("Head"):
            shapes[f"{message}Message"] = Shape(message, document, whole, None)
        else:
            known = shapes[f"{message}Message"]
            shapes[f"{message}Message"] = replace(known, line=whole)
    return shapes


def _element(row: Mapping[str, str], part: str, name: str) -> Element:
    column = None
    if row["column"]:
        inside = TABLES[row["table"]].column(row["column"])
        kind = inside.kind if row["kind"] == "decimal" else KINDS[row["kind"]]
        column = replace(inside, kind=kind, longest=int(row["length"] or 0))
    code = row["kind"] if row["kind"] in LIST_OF_KIND else ""
    return Element(name, f"{part}/{name}", column, code, row["mandatory"] == "yes")


SHAPES: Mapping[str, Shape] = _load()
