"""What a reader hands on: documents in bounded chunks, and everything it could not read.

Nothing is dropped in silence. A cell that cannot be read becomes MISSING and a `Problem`; a file,
message or row that cannot be used at all becomes a `SetAside`. The codes are permanent:

RDG001  a cell cannot be read as its kind
RDG002  a column or element that is not documented
RDG003  a number or day outside its bounds
RDG004  a text longer than its column; it is cut
RDG005  a repeated head says something else than the first row of its document
RDG006  a note: the file was read as GB18030
RDG007  a mandatory element is missing
RDG008  a code that its list does not know
RDG009  more problems than are listed
RDG010  a row without an order or declaration number or what may stand for it (set aside)
RDG011  a row or record that is damaged (set aside)

A file set aside as a whole carries the code of the error it amounts to (SP-11xx).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from silkport.kernel.errors import InputError
from silkport.kernel.limits import MAX_PROBLEMS_PER_FILE
from silkport.model.columns import Column, Kind, Table
from silkport.model.decided import CHARGED, DECIDED
from silkport.model.declarations import DECLARED_TABLES
from silkport.model.documents import DOCUMENT_TABLES, ORIGIN_COLUMNS
from silkport.model.records import RECORD_TABLES

LONGEST_READ = 80
"""Characters of a faulty cell that are shown back."""

LONGEST_SOURCE = ORIGIN_COLUMNS[0].longest

TABLES: Mapping[str, Table] = {
    t.name: t for t in (*DOCUMENT_TABLES, *RECORD_TABLES, *DECLARED_TABLES, DECIDED, CHARGED)
}
LINE_OF: Mapping[str, str] = {
    "inventory": "line",
    "order": "order_line",
    "withdrawal": "withdrawal_line",
}
"""The table of lines that belongs to a head table."""

NUMBER_WITHOUT_ORDER: Mapping[str, str] = {"waybill": "logistics_no", "withdrawal": "invt_no"}
"""Documents that some messages send without an order number, and what names them instead."""

HEADS = tuple(table.name for table in DOCUMENT_TABLES if table.name not in LINE_OF.values())

SPLINTERS: tuple[type[BaseException], ...] = (
    pl.exceptions.PolarsError,
    pl.exceptions.PanicException,
    OSError,
    ValueError,
    OverflowError,
    MemoryError,
    RuntimeError,
)
"""What the engines below a reader may raise on damaged bytes; nothing else is caught there."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that was read differently from how it was written, with its place.

    `order_no` is the number of the order or declaration it belongs to.
    """

    source: str
    position: int
    column: str
    read: str
    expected: str
    code: str
    order_no: str = ""


@dataclass(frozen=True, slots=True)
class SetAside:
    """A file (position 0), message or row that could not be used at all, and why.

    `message`, `guid` and `envelope_id` name what was refused, where it is a message of China's
    family, so that its sender can be answered; `faults` are its elements with what is allowed.
    """

    source: str
    position: int
    reason: str
    code: str
    message: str = ""
    guid: str = ""
    envelope_id: str = ""
    faults: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)
class Documents:
    """One bounded chunk of input.

    `tables` maps a table's name to a frame of exactly its columns, source and position (a line
    has those of its document); `rows` counts the rows or documents that were read, without
    those set aside. `form` names the document of the Union that a chunk is, if it is one.
    """

    tables: dict[str, pl.DataFrame] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    set_aside: list[SetAside] = field(default_factory=list)
    rows: int = 0
    form: str = ""


class Notes:
    """Collects the problems of one source, up to MAX_PROBLEMS_PER_FILE of each sort."""

    def __init__(self, source: str) -> None:
        self.source = source[:LONGEST_SOURCE]
        self._problems: list[Problem] = []
        self._aside: list[SetAside] = []
        self._room = {"problem": MAX_PROBLEMS_PER_FILE, "aside": MAX_PROBLEMS_PER_FILE}
        self._beyond = {"problem": 0, "aside": 0}

    @property
    def room(self) -> int:
        """How many more problems will be listed one by one."""
        return self._room["problem"]

    def _has_room(self, sort: str) -> bool:
        if self._room[sort] <= 0:
            self._beyond[sort] += 1
            return False
        self._room[sort] -= 1
        return True

    def problem(
        self,
        code: str,
        *,
        position: int,
        column: str,
        read: str,
        expected: str,
        order_no: str = "",
    ) -> None:
        """Notes one thing that could not be read as it was written."""
        if self._has_room("problem"):
            shown = read[:LONGEST_READ]
            self._problems.append(
                Problem(self.source, position, column, shown, expected, code, order_no)
            )

    def unlisted(self, count: int) -> None:
        """Counts problems for which there was no room in the list."""
        self._beyond["problem"] += count

    def aside(
        self, code: str, reason: str, *, position: int, facts: Mapping[str, Any] | None = None
    ) -> None:
        """Notes a row, record or message that cannot be used; `facts` name the message."""
        if self._has_room("aside"):
            self._aside.append(SetAside(self.source, position, reason, code, **(facts or {})))

    def refuse(self, error: InputError, *, facts: Mapping[str, Any] | None = None) -> None:
        """Notes that the rest of this source is set aside because of `error`."""
        position = error.facts.get("position", 0)
        self.aside(error.code, str(error), position=int(position), facts=facts)

    def drain(self) -> tuple[list[Problem], list[SetAside]]:
        """What was collected since the last call."""
        problems, aside = self._problems, self._aside
        self._problems, self._aside = [], []
        return problems, aside

    def close(self) -> tuple[list[Problem], list[SetAside]]:
        """As `drain`, at the end of the source: also says how much is not listed."""
        problems, aside = self.drain()
        if self._beyond["problem"]:
            text = f"{self._beyond['problem']} further problems"
            limit = f"at most {MAX_PROBLEMS_PER_FILE} in one file"
            problems.append(Problem(self.source, 0, "", text, limit, "RDG009"))
        if self._beyond["aside"]:
            text = f"{self._beyond['aside']} further rows were set aside and are not listed"
            aside.append(SetAside(self.source, 0, text, "RDG009"))
        self._beyond = {"problem": 0, "aside": 0}
        return problems, aside


def dtype_of(column: Column) -> type[pl.String] | type[pl.Int64]:
    """The type of a column inside: text, or a 64-bit integer."""
    return pl.String if column.kind is Kind.TEXT else pl.Int64


def schema_of(table: Table) -> dict[str, type[pl.String] | type[pl.Int64]]:
    """Names and types of a table as readers yield it.

    `source` and `position` say where a document stood; a line carries those of its document,
    so that two versions of one inventory keep their own lines.
    """
    columns = table.columns + ORIGIN_COLUMNS
    return {column.name: dtype_of(column) for column in columns}
