"""The message and field tables of the parcel messages, as reader, checker and writer use them."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from importlib.resources import files

from silkport.formats.code_lists import LIST_OF_KIND
from silkport.formats.reading import TABLES
from silkport.model.columns import Column, Kind

NAMESPACE = "http://www.chinaport.gov.cn/ceb"
DSIG = "http://www.w3.org/2000/09/xmldsig#"
SIGNATURE = f"{{{DSIG}}}Signature"
IMPORT, EXPORT = "I", "E"

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

_TYPE = re.compile(
    r"(?:C(?P<least>\d+)(?:\.\.(?P<most>\d+))?|N(?P<total>\d+),(?P<fraction>\d+)|"
    r"int(?P<digits>\d*)|(?P<any>C))(?P<collapse> collapse)?"
)


def tag_of(name: str) -> str:
    """The qualified name of an element of the family."""
    return f"{{{NAMESPACE}}}{name}"


@dataclass(frozen=True, slots=True)
class Form:
    """What the definition allows as the text of an element.

    `sort` is text, decimal or integer. For text `least` and `most` count characters (`most` is 0
    where there is no limit); for numbers `digits` are all digits and `fraction` those after the
    point (0 digits: no limit). `collapse`: white space around and within counts as one blank.
    """

    sort: str
    least: int = 0
    most: int = 0
    digits: int = 0
    fraction: int = 0
    collapse: bool = False
    fixed: str = ""
    default: str = ""


@dataclass(frozen=True, slots=True)
class Element:
    """One field of a message; `column` is None where the field has no column inside.

    `code` is the kind of code list its text comes from, or empty.
    """

    name: str
    path: str
    column: Column | None
    code: str
    mandatory: bool
    form: Form
    written: str

    @property
    def tag(self) -> str:
        """The qualified name in a parsed message."""
        return tag_of(self.name)


@dataclass(frozen=True)
class Part:
    """The head or a line of a document, and the table it becomes."""

    message: str
    name: str
    table: str
    elements: tuple[Element, ...]

    @property
    def tag(self) -> str:
        """The qualified name in a parsed message."""
        return tag_of(self.name)

    @cached_property
    def by_path(self) -> dict[str, Element]:
        """Elements by their path."""
        return {element.path: element for element in self.elements}


@dataclass(frozen=True)
class Shape:
    """One kind of message: how its documents are called and what they are made of.

    Where `nested` is false the document element itself is the head. `after` are the elements that
    may follow the documents, in order; `signature` is required, optional or empty (none
    foreseen); `answer` is the kind of message that answers it; 0 as a maximum means no limit.
    """

    message: str
    flow: str
    role: str
    name: str
    head: Part
    line: Part | None
    max_documents: int
    min_lines: int
    max_lines: int
    signature: str
    answer: str
    after: tuple[str, ...]
    meaning: str

    @property
    def root(self) -> str:
        """The name of the root element."""
        return f"{self.message}Message"

    @property
    def nested(self) -> bool:
        """Whether the document element holds a head and lines, instead of the fields."""
        return self.head.name != self.name

    @property
    def document(self) -> str:
        """The qualified name of one document."""
        return tag_of(self.name)

    @property
    def parts(self) -> tuple[Part, ...]:
        """Head, and line where there is one."""
        return (self.head,) if self.line is None else (self.head, self.line)


def form_of(written: str, fixed: str = "", default: str = "") -> Form:
    """A form from how the field table writes it: `C3`, `C1..60`, `N19,5`, `int9`, `C`."""
    found = _TYPE.fullmatch(written)
    assert found is not None, written
    collapse = found["collapse"] is not None
    if found["total"]:
        form = Form("decimal", digits=int(found["total"]), fraction=int(found["fraction"]))
    elif found["digits"] is not None:
        form = Form("integer", digits=int(found["digits"] or 0))
    elif found["any"]:
        form = Form("text")
    else:
        least = int(found["least"])
        form = Form("text", least=least, most=int(found["most"] or least))
    return replace(form, collapse=collapse, fixed=fixed, default=default)


def _rows(name: str) -> Iterator[dict[str, str]]:
    text = (files("silkport.formats.ceb") / name).read_text(encoding="utf-8")
    yield from csv.DictReader(text.splitlines())


def _element(row: Mapping[str, str], part: str, name: str) -> Element:
    column = None
    form = form_of(row["type"], row["fixed"], row["default"])
    code = row["kind"] if row["kind"] in LIST_OF_KIND else ""
    if row["column"]:
        inside = TABLES[row["table"]].column(row["column"])
        kind = inside.kind if row["kind"] == "decimal" else KINDS[row["kind"]]
        longest = form.most if code else inside.longest  # a code outside may be longer than inside
        column = replace(inside, kind=kind, longest=longest)
    mandatory = row["mandatory"] == "yes"
    return Element(name, f"{part}/{name}", column, code, mandatory, form, row["type"])


def _parts() -> dict[str, dict[str, Part]]:
    """Parts by name, in the order of the table, by message (or flow, for the common ones)."""
    found: dict[str, dict[str, Part]] = {}
    for row in _rows("fields.csv"):
        *_, part, name = row["element"].split("/")
        parts = found.setdefault(row["message"], {})
        known = parts.get(part) or Part(row["message"], part, row["table"], ())
        element = _element(row, part, name)
        parts[part] = replace(known, elements=(*known.elements, element))
    return found


_PARTS = _parts()

COMMON: Mapping[str, Mapping[str, Part]] = {flow: _PARTS[flow] for flow in (IMPORT, EXPORT)}
"""BaseTransfer, BaseSubscribe and ExtendMessage, by flow."""


def _shapes() -> Iterator[Shape]:
    for row in _rows("messages.csv"):
        head, *lines = _PARTS[row["message"]].values()
        yield Shape(
            message=row["message"],
            flow=row["flow"],
            role=row["role"],
            name=row["document"],
            head=head,
            line=lines[0] if lines else None,
            max_documents=int(row["max_documents"] or 0),
            min_lines=int(row["min_lines"] or 0),
            max_lines=int(row["max_lines"] or 0),
            signature=row["signature"],
            answer=row["answer"],
            after=tuple(row["after"].split()),
            meaning=row["meaning"],
        )


SHAPES: Mapping[str, Shape] = {shape.message: shape for shape in _shapes()}
"""Every kind of message by its name, e.g. CEB621."""

ROOTS: Mapping[str, Shape] = {shape.root: shape for shape in SHAPES.values()}
"""Every kind of message by the name of its root element."""
