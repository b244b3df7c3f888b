"""Registers of two invented administrations, written for a test."""

from __future__ import annotations

from datetime import date
from typing import Any

from silkport.law.register import Register, read_register
from silkport.model.messages import BY_NAME

FIRST, STOP = date(2026, 1, 1), date(2026, 7, 1)
DAY = date(2026, 3, 15)
EXPORT = BY_NAME["export_released"]
AMENDED = BY_NAME["export_amended"]
ARRIVAL = BY_NAME["arrival_notice"]
CALENDAR = BY_NAME["checkpoint_calendar"]
INSPECTION = BY_NAME["inspection_result"]
RECEIPT = BY_NAME["receipt"]

BASIS = {
    "id": '"aa_bb-EX-01"',
    "act": '"Customs Compact"',
    "article": '"3"',
    "purpose": '"control"',
    "senders": '["aa"]',
    "source": '"Gazette 1"',
    "start": "2026-01-01",
    "stop": "2026-07-01",
}
FIELDS = {"export_released": ["consignment_no", "declaration_no", "goods.gnum", "goods.hs_code"]}


def basis(fields: dict[str, list[str]] | None = None, **keys: str | None) -> str:
    """One basis; a key that is None is left out."""
    stated = {key: value for key, value in (BASIS | keys).items() if value is not None}
    lines = ["[[basis]]", *(f"{key} = {value}" for key, value in stated.items()), "[basis.fields]"]
    named = FIELDS if fields is None else fields
    return "\n".join((*lines, *(f"{kind} = {names}" for kind, names in named.items()))) + "\n"


def book(*bases: str, pair: str = '["aa", "bb"]') -> str:
    return f"pair = {pair}\n" + "".join(bases)


def register(*bases: str) -> Register:
    return read_register(book(*(bases or (basis(),))))


BODY: dict[str, Any] = {
    "consignment_no": "C-1",
    "declaration_no": "D-1",
    "vehicle": "A 1",
    "currency": "USD",
    "goods": [
        {"gnum": 1, "hs_code": "0201", "total": "10.00"},
        {"gnum": 2, "hs_code": "0202", "description": "beef"},
    ],
}
