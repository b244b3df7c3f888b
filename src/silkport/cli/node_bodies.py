"""Bodies of messages that people write: read from a file, each mistake with its fix; examples."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import msgspec

from silkport.kernel.errors import InvalidMessage, UnreadableFile
from silkport.kernel.limits import MAX_EXCHANGED_BYTES
from silkport.law.message_form import fault
from silkport.model.messages import Field, Form, MessageKind

BY_HAND = (
    "arrival_notice",
    "inspection_result",
    "capacity_notice",
    "slot_state",
    "checkpoint_calendar",
    "mirror_query",
)
"""The kinds that people have sent; the node tells the others by itself."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}.*(Z|[+-]\d{2}:?\d{2})")
_MILLISECOND = timedelta(milliseconds=1)
_SHOWN = 12


def read_body(kind: MessageKind, file: Path) -> dict[str, Any]:
    """The body in a file, moments as numbers.

    Raises UnreadableFile when it is no JSON object, InvalidMessage with every wrong field and its
    fix.
    """
    content = file.read_bytes()
    reason = f"it has more than {MAX_EXCHANGED_BYTES:,} bytes"
    if len(content) <= MAX_EXCHANGED_BYTES:
        try:
            value = msgspec.json.decode(content)
        except (ValueError, RecursionError) as error:
            reason = str(error)
        else:
            if isinstance(value, dict):
                return checked(kind, value, str(file))
            reason = "it is no object: write { ... }"
    raise UnreadableFile(source=str(file), expected="one JSON object", reason=reason)


def checked(kind: MessageKind, written: Mapping[str, Any], source: str) -> dict[str, Any]:
    """A body as its kind demands it. Raises InvalidMessage."""
    body = _with_moments(kind.fields, written)
    mistakes = _mistakes(kind, body)
    if mistakes:
        more = len(mistakes) - _SHOWN
        told = [*mistakes[:_SHOWN], *([f"and {more} more"] if more > 0 else [])]
        raise InvalidMessage(source=source, message=kind.name, reason="; ".join(told))
    return body


def _with_moments(fields: tuple[Field, ...], written: Mapping[str, Any]) -> dict[str, Any]:
    """A body whose moments are milliseconds, also where they were written out."""
    forms = {one.name: one for one in fields}
    body = dict(written)
    for name, value in written.items():
        one = forms.get(name)
        if one is None:
            continue
        if one.form is Form.MOMENT and isinstance(value, str) and _MOMENT.fullmatch(value):
            try:
                body[name] = (datetime.fromisoformat(value) - _EPOCH) // _MILLISECOND
            except ValueError:
                continue
        elif one.form is Form.ROWS and isinstance(value, list):
            body[name] = [
                _with_moments(one.rows, row) if isinstance(row, dict) else row for row in value
            ]
    return body


def _mistakes(kind: MessageKind, body: Mapping[str, Any]) -> list[str]:
    """Every field at fault, with the fix."""
    known = {one.name: one for one in kind.fields}
    found = []
    for name, value in body.items():
        if name not in known:
            near = get_close_matches(name, known, 1)
            fix = f"write {near[0]}" if near else f"it may hold {', '.join(known)}"
            found.append(f"{ascii(name)[:60]} is no field of it: {fix}")
        elif wrong := fault(_alone(kind, known[name]), {name: value}):
            found.append(f"{wrong}: {_fix(known[name])}")
    found += [
        f"{one.name} is missing: {_fix(one)}"
        for one in kind.fields
        if one.demanded and one.name not in body
    ]
    return found


def _alone(kind: MessageKind, one: Field) -> MessageKind:
    """A kind of nothing but one field, to have that field checked by itself."""
    return MessageKind(f"{kind.code} {one.name}", kind.name, 0, "", kind.senders, (), (one,))


def _fix(one: Field) -> str:
    """How a field is written, and what it means."""
    if one.form is Form.ROWS:
        parts = ", ".join(f"{part.name} ({_form(part)})" for part in one.rows)
        return f"write a list of objects with {parts}"
    return f"write {_form(one)}: {one.meaning}"


def _form(one: Field) -> str:
    return {
        Form.TEXT: f"a text of at most {one.longest} characters",
        Form.NUMBER: "a whole number from 0",
        Form.MOMENT: "a moment as 2026-11-22T09:30:00+08:00",
        Form.DAY: "a day as 2026-11-22",
        Form.ROWS: "a list",
    }[one.form]


_BEGINS, _ENDS = 1_795_312_800_000, 1_795_316_400_000

_EXAMPLES: Mapping[str, object] = {
    "consignment_no": "KHG-000015",
    "house_no": "1",
    "post": "khorgos",
    "arrived_at": _BEGINS,
    "vehicle": "A 123 BC 02",
    "seals": "CN0012345 CN0012346",
    "weighed_mass_mg": 12_000_000_000,
    "inspection_no": "INS-2026-17",
    "body": "Almaty laboratory",
    "method": "sampling",
    "inspected_at": _BEGINS,
    "finding": "conforms",
    "image_digest": "0" * 64,
    "body_code": "KZ-LAB-1",
    "competence": "quality",
    "gnum": 1,
    "hs_code": "110100",
    "gross_mass_mg": 12_000_000_000,
    "net_mass_mg": 11_900_000_000,
    "name": "moisture",
    "value": "14.2",
    "unit": "P1",
    "key_id": "0" * 16,
    "signature": "0" * 128,
    "valid_until": "2026-12-22",
    "day": "2026-11-22",
    "direction": "import",
    "vehicles": 120,
    "reason": "works on the bridge",
    "slot_no": "S-2026-0042",
    "opens_at": _BEGINS,
    "closes_at": _ENDS,
    "state": "given",
    "query_no": "Q-2026-10",
    "first_day": "2026-10-01",
    "last_day": "2026-10-31",
}
"""One lawful value of every field of the kinds that people have sent."""


def example_of(kind: MessageKind) -> dict[str, Any]:
    """A valid body of a kind with all its fields."""
    return _example(kind.fields)


def _example(fields: tuple[Field, ...]) -> dict[str, Any]:
    return {
        one.name: [_example(one.rows)] if one.form is Form.ROWS else _EXAMPLES[one.name]
        for one in fields
    }
