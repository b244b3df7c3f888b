"""What does not survive being written as a message: documents that do not fit, cells without place.

An inventory has no element for the page of a shop; a name of two hundred characters does not fit
into sixty. Neither is cut or dropped in silence: a document that does not fit is not written at
all, and a cell for which a message has no element is counted.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from silkport.formats.ceb.catalogue import Part, Shape
from silkport.formats.ceb.composing import source_of
from silkport.formats.ceb.deriving import derived
from silkport.formats.code_lists import without_counterpart
from silkport.formats.reading import LINE_OF, TABLES, SetAside, schema_of
from silkport.kernel.errors import InvalidValue
from silkport.model.columns import is_personal

DOCUMENT = "_document"
"""The number of a document within its kind of message, on heads and on lines."""

_LONGEST_SHOWN = 60
_OF_THE_MESSAGE = ("message", "signature", "signer")
"""Columns that say something of the message as it was received, not of the document."""


@dataclass(slots=True)
class Losses:
    """Collects what was not written; `strict` raises InvalidValue at the first document instead.

    `only_valid` also keeps back documents that a receiver would refuse, because the receiver
    would refuse all others of their message with them. `left_out` counts, per kind of message and
    column, stated cells that it has no element for.
    """

    strict: bool = False
    only_valid: bool = False
    set_aside: list[SetAside] = field(default_factory=list)
    left_out: dict[str, int] = field(default_factory=dict)

    def refuse(
        self, what: str, read: str, reason: str, *, source: str = "", position: int = 0
    ) -> None:
        """Notes a document that cannot be written; never shows what names a person."""
        shown = "(personal)" if is_personal(what.rpartition(".")[2]) else read[:_LONGEST_SHOWN]
        place = f"{source}:{position} " if source else ""
        error = InvalidValue(what=f"{place}{what}", value=shown, reason=reason)
        if self.strict:
            raise error
        self.set_aside.append(SetAside(source, position, str(error), error.code))

    def leave_out(self, message: str, column: str, count: int) -> None:
        """Counts stated cells that a kind of message has no element for."""
        if count:
            name = f"{message} {column}"
            self.left_out[name] = self.left_out.get(name, 0) + count


def note_left_out(
    shape: Shape, heads: pl.DataFrame, lines: pl.DataFrame | None, losses: Losses
) -> None:
    """Compares the documents of one kind with what a reader will make of them once written.

    `heads` and `lines` have all columns of their tables, and DOCUMENT.
    """
    if shape.line is not None and lines is None:
        schema = schema_of(TABLES[shape.line.table]) | {DOCUMENT: pl.Int64()}
        lines = pl.DataFrame(schema=schema)
    head = _as_read(shape.head, heads)
    line = None if shape.line is None or lines is None else _as_read(shape.line, lines)
    read, line = derived(shape, head, line)
    table = shape.head.table
    in_lines: frozenset[str] = frozenset()
    if shape.line is not None and shape.line.table == table:
        in_lines = frozenset(e.column.name for e in shape.line.elements if e.column is not None)
    _compare(shape, table, heads, read, losses, skipped=in_lines)
    if shape.line is not None and lines is not None and line is not None:
        if shape.line.table == LINE_OF.get(table):
            _compare(shape, shape.line.table, lines, line, losses, skipped=_keys(shape.line.table))
        _note_codes(shape.line, lines, losses)
    _note_codes(shape.head, heads, losses)


def _keys(table: str) -> frozenset[str]:
    """Columns of a line that say again what its head says."""
    return frozenset(name for name in TABLES[table].key if name != "gnum")


def _as_read(part: Part, rows: pl.DataFrame) -> pl.DataFrame:
    """The columns that the elements of a part carry, and DOCUMENT."""
    return rows.select(
        DOCUMENT,
        *(source_of(e).alias(e.column.name) for e in part.elements if e.column is not None),
    )


def _compare(
    shape: Shape,
    table: str,
    rows: pl.DataFrame,
    read: pl.DataFrame,
    losses: Losses,
    *,
    skipped: frozenset[str],
) -> None:
    """Counts the stated cells of every column that would come back as something else."""
    for column in TABLES[table].columns:
        if column.name in skipped or column.name in _OF_THE_MESSAGE:
            continue
        stated = rows[column.name] != column.absent
        if column.name in read.columns:
            stated = stated & (rows[column.name] != read[column.name]).fill_null(True)
        losses.leave_out(shape.message, f"{table}.{column.outside}", int(stated.sum()))


def _note_codes(part: Part, rows: pl.DataFrame, losses: Losses) -> None:
    """Counts neutral codes for which China's list has none that means the same."""
    for element in part.elements:
        if element.code and element.column is not None:
            codes = rows.select(source_of(element).alias("code"))["code"]
            count = int(without_counterpart(codes, element.code).sum())
            name = f"{part.table}.{element.column.outside}: a code without counterpart"
            losses.leave_out(part.message, name, count)
