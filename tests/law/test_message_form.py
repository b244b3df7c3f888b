"""The form of a body: every fault is named, no JSON value raises, lawful bodies pass."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from silkport.kernel.canonical import MAX_INTEGER, canonical_bytes
from silkport.law.message_form import LAST_MOMENT, fault
from silkport.model.messages import BY_NAME, KINDS, Field, Form, MessageKind

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
LETTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0")


def values(field: Field) -> st.SearchStrategy[Any]:
    """Lawful values of a field."""
    least = 1 if field.demanded else 0
    match field.form:
        case Form.TEXT:
            return st.text(LETTERS, min_size=least, max_size=min(field.longest, 12))
        case Form.NUMBER:
            return st.integers(0, MAX_INTEGER)
        case Form.MOMENT:
            return st.integers(0, LAST_MOMENT)
        case Form.DAY:
            return st.dates().map(date.isoformat)
        case Form.ROWS:
            return st.lists(objects(field.rows), min_size=least, max_size=3)


def objects(fields: tuple[Field, ...]) -> st.SearchStrategy[dict[str, Any]]:
    needed = {one.name: values(one) for one in fields if one.demanded}
    return st.fixed_dictionaries(
        needed, optional={one.name: values(one) for one in fields if not one.demanded}
    )


def bodies(kind: MessageKind) -> st.SearchStrategy[dict[str, Any]]:
    """Lawful bodies of a kind."""
    return objects(kind.fields)


@given(st.data())
def test_a_lawful_body_has_no_fault_and_can_be_signed(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(KINDS))
    body = data.draw(bodies(kind))
    assert fault(kind, body) == ""
    assert fault(kind, json.loads(canonical_bytes(body))) == ""


@given(st.data())
def test_no_value_of_json_raises(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(KINDS))
    names = st.sampled_from([one.name for one in kind.fields]) | st.text()
    body = data.draw(st.dictionaries(names, JSON, max_size=6) | JSON)
    found = fault(kind, body)
    assert isinstance(found, str)
    if found == "":
        canonical_bytes(body)


@given(st.data())
def test_what_is_demanded_must_be_there(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(KINDS))
    body = data.draw(bodies(kind))
    needed = data.draw(st.sampled_from([one.name for one in kind.fields if one.demanded]))
    del body[needed]
    assert fault(kind, body) == f"{needed} is missing"


EXPORT = BY_NAME["export_released"]
INSPECTION = BY_NAME["inspection_result"]
CALENDAR = BY_NAME["checkpoint_calendar"]
LINE = {"gnum": 1, "hs_code": "0201100000"}
LAWFUL: dict[str, Any] = {"consignment_no": "C-1", "declaration_no": "D-1"}


@pytest.mark.parametrize(
    "more",
    [
        {"vehicle": ""},  # nothing to say is better left out, and does no harm
        {"vehicle": "x" * 120},
        {"consignor_name": "上海" * 75},  # characters are counted, not bytes
        {"gross_mass_mg": 0},
        {"gross_mass_mg": MAX_INTEGER},
        {"released_at": 0},
        {"released_at": LAST_MOMENT},
        {"goods": []},
        {"goods": [LINE] * 999},
        {"goods": (LINE,)},
    ],
    ids=lambda more: str(more)[:30],
)
def test_lawful(more: dict[str, Any]) -> None:
    assert fault(EXPORT, LAWFUL | more) == ""


WRONG = [
    ({"consignment_no": ""}, "consignment_no is empty"),
    ({"consignment_no": None}, "consignment_no is no text"),
    ({"consignment_no": 7}, "consignment_no is no text"),
    ({"consignment_no": {"currency": "USD"}}, "consignment_no is no text"),
    ({"vehicle": "x" * 121}, "vehicle is longer than 120 characters"),
    ({"vehicle": "\ud800"}, "vehicle has half a surrogate pair"),
    ({"vehicle": "a\0b"}, "vehicle has the character NUL"),
    ({"gross_mass_mg": -1}, "gross_mass_mg is negative"),
    ({"gross_mass_mg": MAX_INTEGER + 1}, "gross_mass_mg is too large"),
    ({"gross_mass_mg": 10**4000}, "gross_mass_mg is too large"),
    ({"gross_mass_mg": 1.0}, "gross_mass_mg is no whole number"),
    ({"gross_mass_mg": float("nan")}, "gross_mass_mg is no whole number"),
    ({"gross_mass_mg": True}, "gross_mass_mg is no whole number"),
    ({"gross_mass_mg": "1"}, "gross_mass_mg is no whole number"),
    ({"released_at": -1}, "released_at is negative"),
    ({"released_at": LAST_MOMENT + 1}, "released_at is beyond the year 9999"),
    ({"released_at": "2026-08-03T00:00Z"}, "released_at is no whole number"),
    ({"goods": {}}, "goods is no list"),
    ({"goods": "gnum"}, "goods is no list"),
    ({"goods": [LINE] * 1000}, "goods has more than 999 rows"),
    ({"goods": [LINE, []]}, "goods row 2: it is no object"),
    ({"goods": [LINE, {"gnum": 2}]}, "goods row 2: hs_code is missing"),
    ({"goods": [{**LINE, "hs_code": "x" * 11}]}, "goods row 1: hs_code is longer than 10"),
    ({"goods": [{**LINE, "price": 1}]}, "goods row 1: 'price' is no field of it"),
    ({"goods": [{**LINE, "total": [1]}]}, "goods row 1: total is no text"),
    ({"price": 1}, "'price' is no field of it"),
    ({"": 1}, "'' is no field of it"),
    ({"\n\x1b[31m": 1}, r"'\n\x1b[31m' is no field of it"),
    ({"x" * 500: 1}, f"'{'x' * 40}...' is no field of it"),
    ({"goods.gnum": 1}, "'goods.gnum' is no field of it"),
]


@pytest.mark.parametrize(("more", "found"), WRONG, ids=lambda one: str(one)[:30])
def test_wrong(more: dict[str, Any], found: str) -> None:
    assert fault(EXPORT, LAWFUL | more).startswith(found)


@pytest.mark.parametrize(
    ("day", "found"),
    [
        ("2024-02-29", ""),
        ("2026-02-29", "valid_until is a day that no calendar has"),
        ("0000-01-01", "valid_until is a day that no calendar has"),
        ("20260803", "valid_until is no day written as YYYY-MM-DD"),
        ("2026-W31-1", "valid_until is no day written as YYYY-MM-DD"),
        ("2026-08-03\n", "valid_until is no day written as YYYY-MM-DD"),
        ("２０２６-08-03", "valid_until is no day written as YYYY-MM-DD"),
        ("", "valid_until is no day written as YYYY-MM-DD"),
        (20260803, "valid_until is no day written as YYYY-MM-DD"),
    ],
)
def test_day(day: object, found: str) -> None:
    body = {"consignment_no": "C-1", "inspection_no": "I-1", "body": "B", "finding": "conforms"}
    assert fault(INSPECTION, body | {"inspected_at": 1, "valid_until": day}) == found


def test_a_demanded_list_is_not_empty() -> None:
    assert fault(CALENDAR, {"post": "Nur Zholy", "openings": []}) == "openings is empty"


@pytest.mark.parametrize("body", [None, 1, "", "{}", [], [{}], True])
def test_no_object(body: object) -> None:
    assert fault(EXPORT, body) == "it is no object"


def test_a_kind_outside_the_table_is_judged_by_its_own_fields() -> None:
    narrowed = replace(EXPORT, fields=EXPORT.fields[:1])
    assert fault(narrowed, {"consignment_no": "C-1"}) == ""
    assert fault(narrowed, LAWFUL) == "'declaration_no' is no field of it"


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_every_text_and_list_of_the_table_is_bounded(kind: MessageKind) -> None:
    parts = [part for one in kind.fields for part in (one, *one.rows)]
    assert [part.name for part in parts if part.form is Form.TEXT and not part.longest] == []
    assert [one.name for one in kind.fields if one.rows and not one.longest] == []
    assert [one.name for one in parts if bool(one.rows) != (one.form is Form.ROWS)] == []
