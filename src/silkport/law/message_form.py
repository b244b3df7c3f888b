"""Whether the body of a message has the form that its kind demands.

Asked by the sender before it signs and by the receiver before anything else: a body comes from a
peer, may hold any value that JSON can express, and never raises. Whether a field may cross the
border at all is asked of the register (`law/register.py`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from silkport.kernel.canonical import MAX_INTEGER
from silkport.model.messages import KINDS, Field, Form, MessageKind

LAST_MOMENT = 253_402_300_799_999
"""The last millisecond of the year 9999: a later moment is no date in any calendar in use."""

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_SHOWN = 40


@dataclass(frozen=True, slots=True)
class _Shape:
    """The fields of a kind, or of the rows of a field, as the check reads them."""

    fields: Mapping[str, Field]
    rows: Mapping[str, _Shape]
    demanded: frozenset[str]


def _shape(fields: tuple[Field, ...]) -> _Shape:
    return _Shape(
        {field.name: field for field in fields},
        {field.name: _shape(field.rows) for field in fields if field.form is Form.ROWS},
        frozenset(field.name for field in fields if field.demanded),
    )


_SHAPES = {(kind.code, kind.version): (kind, _shape(kind.fields)) for kind in KINDS}


def fault(kind: MessageKind, body: object) -> str:
    """The first thing wrong with a body, in words; "" when its form is as demanded.

    A text has at most the characters that its field allows and neither a NUL nor half a surrogate
    pair; what is demanded is not empty. Numbers are whole, not negative and at most 2**53 - 1.
    """
    known, shape = _SHAPES.get((kind.code, kind.version), (None, None))
    if shape is None or known is not kind:
        shape = _shape(kind.fields)
    return _fault(shape, body)


def _fault(shape: _Shape, body: object) -> str:
    if not isinstance(body, dict):
        return "it is no object"
    fields = shape.fields
    for name, value in body.items():
        field = fields.get(name)
        if field is None:
            return f"{_quoted(name)} is no field of it"
        form = field.form
        if form is Form.TEXT:
            wrong = _text_fault(value, field.longest)
        elif form is Form.NUMBER:
            wrong = _number_fault(value, MAX_INTEGER)
        elif form is Form.ROWS:
            wrong = _rows_fault(shape.rows[name], value, field.longest)
        elif form is Form.DAY:
            wrong = _day_fault(value)
        else:
            wrong = _number_fault(value, LAST_MOMENT)
        if wrong:
            return f"{name} {wrong}"
        if field.demanded and not value and value != 0:
            return f"{name} is empty"
    if not shape.demanded <= body.keys():
        return f"{min(shape.demanded - body.keys())} is missing"
    return ""


def _text_fault(value: object, longest: int) -> str:
    if not isinstance(value, str):
        return "is no text"
    if len(value) > longest:
        return f"is longer than {longest} characters"
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            return "has half a surrogate pair"
    return "has the character NUL" if "\0" in value else ""


def _number_fault(value: object, largest: int) -> str:
    if not isinstance(value, int) or isinstance(value, bool):
        return "is no whole number"
    if value < 0:
        return "is negative"
    if value > largest:
        return "is too large" if largest == MAX_INTEGER else "is beyond the year 9999"
    return ""


def _day_fault(value: object) -> str:
    if isinstance(value, str) and _DAY.fullmatch(value):
        try:
            date.fromisoformat(value)
        except ValueError:
            return "is a day that no calendar has"
        return ""
    return "is no day written as YYYY-MM-DD"


def _rows_fault(shape: _Shape, value: object, longest: int) -> str:
    if not isinstance(value, list | tuple):
        return "is no list"
    if len(value) > longest:
        return f"has more than {longest} rows"
    for number, row in enumerate(value, 1):
        if wrong := _fault(shape, row):
            return f"row {number}: {wrong}"
    return ""


def _quoted(name: object) -> str:
    """A name that came from outside: short, and harmless where it is shown."""
    text = name if isinstance(name, str) else type(name).__name__
    return ascii(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}...")
