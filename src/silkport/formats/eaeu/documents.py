"""Box 44: which documents a row states in which column, and how they stand in the list.

Columns hold `kind number; kind number`. A list of the Union knows only the line; what we write is
marked (`head-1`, `line-2`, `transport`, `contract`, `origin`), so that it is read back to where it
stood. What others wrote belongs to its line; the first waybill, contract and certificate of origin
are also taken as those of the declaration.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache

from silkport.formats.eaeu.catalogue import rows_of
from silkport.formats.eaeu.declared import Cell, Row

TRANSPORT, CONTRACT, ORIGIN = "transport", "contract", "origin"
_MARK_OF = {
    "transport_document": TRANSPORT,
    "contract_no": CONTRACT,
    "origin_proof": ORIGIN,
}
_MARK = re.compile(r"(?:head|line)-[0-9]{1,3}|transport|contract|origin")
_ENTRY = re.compile(r"([0-9]{5})(?: (.*))?")

Entry = tuple[str, str]
"""Kind and number."""


@cache
def _kinds(column: str) -> Mapping[str, str]:
    """Modes of transport by kind of document; for others the mode is empty."""
    return {row["kind"]: row["mode"] for row in rows_of("documents.csv") if row["column"] == column}


def transport_kind(mode: str) -> str:
    """The kind of waybill that goes with a mode of transport; empty for one without."""
    rows = rows_of("documents.csv")
    return next((row["kind"] for row in rows if row["mode"] == mode and mode), "")


def entries_of(text: str) -> list[Entry]:
    """The documents that a column lists."""
    found: list[Entry] = []
    for one in text.split(";"):
        whole = " ".join(one.split())
        match = _ENTRY.fullmatch(whole)
        if match is not None:
            found.append((match[1], match[2] or ""))
        elif whole:
            found.append(("", whole))
    return found


def _text(entries: Iterable[Entry]) -> str:
    return "; ".join(" ".join(filter(None, entry)) for entry in entries)


def listed(declaration: Mapping[str, Cell], line: Mapping[str, Cell], *, first: bool) -> list[Row]:
    """The documents of a line as they are written; the first line carries those of the house."""
    marks: dict[Entry, list[str]] = {}

    def add(entry: Entry, mark: str) -> None:
        if any(entry):
            marks.setdefault(entry, []).append(mark)

    if first:
        mode = str(declaration.get("transport_mode", ""))
        waybill = str(declaration.get("transport_document", ""))
        contract = str(declaration.get("contract_no", ""))
        if waybill:
            add((transport_kind(mode), waybill), TRANSPORT)
        if contract:
            add((_first_kind("contract_no"), contract), CONTRACT)
        for n, entry in enumerate(entries_of(str(declaration.get("documents", ""))), 1):
            add(entry, f"head-{n}")
    if proof := str(line.get("origin_proof", "")):
        add((_first_kind("origin_proof"), proof), ORIGIN)
    for n, entry in enumerate(entries_of(str(line.get("documents", ""))), 1):
        add(entry, f"line-{n}")
    return [
        {"kind": kind, "number": number, "name": "", "mark": ",".join(mark)}
        for (kind, number), mark in marks.items()
    ]


def _first_kind(column: str) -> str:
    """The kind a document is written with whose own is not known: the last, most general one."""
    return list(_kinds(column))[-1]


def sorted_out(
    documents: Iterable[Mapping[str, Cell]], declaration: Row, line: Row, head: dict[int, Entry]
) -> None:
    """Puts the documents of a line where they belong; `head` gathers those of the house by place.

    Args:
        documents: as read, with kind, name, number and mark.
        declaration, line: rows that are filled.
        head: documents of the declaration by their order.
    """
    own: list[tuple[int, Entry]] = []
    for place, one in enumerate(documents, 1_000):
        number = str(one["number"]) or ("" if one["kind"] else str(one["name"]))
        entry = (str(one["kind"]), number.replace(";", ","))
        marks = str(one["mark"]).split(",")
        if not all(_MARK.fullmatch(mark) for mark in marks):
            own.append((place, entry))
            _taken(entry, declaration, line)
            continue
        for mark in marks:
            name, _, order = mark.partition("-")
            if name == "head":
                head[int(order)] = entry
            elif name == "line":
                own.append((int(order), entry))
            else:
                _fill(name, number, declaration, line)
    line["documents"] = _text(entry for _, entry in sorted(own))


def of_head(head: Mapping[int, Entry]) -> str:
    """The documents of the declaration as its column lists them."""
    return _text(entry for _, entry in sorted(head.items()))


def _taken(entry: Entry, declaration: Row, line: Row) -> None:
    for column, mark in _MARK_OF.items():
        if entry[0] in _kinds(column):
            _fill(mark, entry[1], declaration, line)


def _fill(mark: str, number: str, declaration: Row, line: Row) -> None:
    for column, known in _MARK_OF.items():
        row = line if column in line else declaration
        if known == mark and not row[column]:
            row[column] = number
