"""The register of a pair: what may cross, on which day, in which direction, and what stays home."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from silkport.law.message_form import fault
from silkport.law.register import Register, names_of, read_register
from silkport.model.messages import BY_NAME, KINDS, Competence, Form, MessageKind
from tests.law.registers import (
    AMENDED,
    ARRIVAL,
    BODY,
    CALENDAR,
    DAY,
    EXPORT,
    FIELDS,
    FIRST,
    INSPECTION,
    STOP,
    basis,
    book,
    register,
)
from tests.law.test_message_form import JSON, bodies

# What is allowed.


@pytest.mark.parametrize(
    ("field", "sender", "receiver", "day", "allowed"),
    [
        ("consignment_no", "aa", "bb", DAY, True),
        ("consignment_no", "aa", "bb", FIRST, True),
        ("consignment_no", "aa", "bb", FIRST - timedelta(1), False),
        ("consignment_no", "aa", "bb", STOP - timedelta(1), True),
        ("consignment_no", "aa", "bb", STOP, False),
        ("consignment_no", "aa", "bb", date.min, False),
        ("consignment_no", "aa", "bb", date.max, False),
        ("consignment_no", "bb", "aa", DAY, False),
        ("consignment_no", "aa", "aa", DAY, False),
        ("consignment_no", "aa", "cc", DAY, False),
        ("consignment_no", "", "", DAY, False),
        ("vehicle", "aa", "bb", DAY, False),
        ("nothing", "aa", "bb", DAY, False),
        ("", "aa", "bb", DAY, False),
        ("goods.hs_code", "aa", "bb", DAY, True),
        ("goods.total", "aa", "bb", DAY, False),
        ("hs_code", "aa", "bb", DAY, False),
        ("goods", "aa", "bb", DAY, True),
    ],
)
def test_allowed(field: str, sender: str, receiver: str, day: date, allowed: bool) -> None:
    found = register().allowed(EXPORT, field, sender, receiver, day)
    assert (found is not None) is allowed
    assert found is None or found.id == "aa_bb-EX-01"


def test_another_kind_is_not_meant() -> None:
    assert register().allowed(AMENDED, "consignment_no", "aa", "bb", DAY) is None


def test_a_basis_follows_another_without_a_gap() -> None:
    later = basis(id='"aa_bb-EX-02"', start="2026-07-01", stop=None)
    found = register(basis(), later)
    ids = [
        getattr(found.allowed(EXPORT, "consignment_no", "aa", "bb", day), "id", "")
        for day in (FIRST - timedelta(1), FIRST, STOP - timedelta(1), STOP, date(2999, 1, 1))
    ]
    assert ids == ["", "aa_bb-EX-01", "aa_bb-EX-01", "aa_bb-EX-02", "aa_bb-EX-02"]


def test_a_list_passes_when_what_its_rows_demand_may_pass() -> None:
    found = register(basis({"export_released": ["goods.gnum", "goods.description"]}))
    assert found.allowed(EXPORT, "goods.gnum", "aa", "bb", DAY) is None
    assert found.allowed(EXPORT, "goods", "aa", "bb", DAY) is None
    body = {"goods": [{"gnum": 1, "hs_code": "1", "description": "x"}]}
    assert found.keep_allowed(EXPORT, body, "aa", "bb", DAY) == ({}, ("goods",), ())
    assert found.refuse(EXPORT, body, "aa", "bb", DAY) == "goods"


def test_a_basis_for_one_competence_is_for_no_other() -> None:
    names = ["consignment_no", "inspection_no", "body", "inspected_at", "finding"]
    found = register(basis({"inspection_result": names}, only='["inspection"]'))
    way = (INSPECTION, "body", "aa", "bb", DAY)
    assert found.allowed(*way, competence=Competence.INSPECTION)
    assert found.allowed(*way, competence=Competence.CUSTOMS) is None
    assert found.allowed(*way) is None
    assert found.sendable(INSPECTION, "aa", "bb", DAY, competence=Competence.INSPECTION) == ""
    assert "no basis" in found.sendable(INSPECTION, "aa", "bb", DAY)


def test_two_competences_may_each_have_their_basis_for_one_field() -> None:
    found = register(
        basis({"inspection_result": ["body"]}, only='["inspection"]'),
        basis({"inspection_result": ["body"]}, only='["customs"]', id='"aa_bb-EX-02"'),
    )
    way = (INSPECTION, "body", "aa", "bb", DAY)
    for competence, name in (("inspection", "aa_bb-EX-01"), ("customs", "aa_bb-EX-02")):
        allowed = found.allowed(*way, competence=Competence(competence))
        assert allowed is not None
        assert allowed.id == name


# What leaves.


def test_keep_allowed() -> None:
    extra = basis({"export_released": ["goods.description"]}, id='"aa_bb-EX-02"')
    kept = register(basis(), extra).keep_allowed(EXPORT, BODY, "aa", "bb", DAY)
    assert kept.body == {
        "consignment_no": "C-1",
        "declaration_no": "D-1",
        "goods": [
            {"gnum": 1, "hs_code": "0201"},
            {"gnum": 2, "hs_code": "0202", "description": "beef"},
        ],
    }
    assert kept.withheld == ("currency", "goods.total", "vehicle")
    assert kept.bases == ("aa_bb-EX-01", "aa_bb-EX-02")
    assert BODY["goods"][0]["total"] == "10.00"


def test_only_bases_of_what_leaves_are_named() -> None:
    extra = basis({"export_released": ["vehicle"]}, id='"aa_bb-EX-02"')
    found = register(basis(), extra)
    kept = found.keep_allowed(EXPORT, {"consignment_no": "C-1"}, "aa", "bb", DAY)
    assert kept.bases == ("aa_bb-EX-01",)
    assert found.keep_allowed(EXPORT, {"goods": []}, "aa", "bb", DAY) == (
        {"goods": []},
        (),
        ("aa_bb-EX-01",),
    )


def test_on_a_day_without_a_basis_everything_stays_home() -> None:
    kept = register().keep_allowed(EXPORT, BODY, "aa", "bb", STOP)
    assert kept == ({}, tuple(sorted(BODY)), ())


@pytest.mark.parametrize(
    ("more", "name"),
    [
        ({}, ""),
        ({"vehicle": "A 1"}, "vehicle"),
        ({"nothing": 1}, "nothing"),
        ({"": 1}, "(no name)"),
        ({"x" * 500: 1}, "x" * 60),
        ({"goods.hs_code": "0201"}, "goods.hs_code"),
        ({"consignment_no": {"currency": "USD"}}, "consignment_no"),
        ({"consignment_no": ["USD"]}, "consignment_no"),
        ({"consignment_no": 1.5}, "consignment_no"),
        ({"goods": [{"gnum": 1, "total": "1"}]}, "goods.total"),
        ({"goods": [{"gnum": {"total": "1"}}]}, "goods.gnum"),
        ({"goods": [{"": 1}]}, "goods.(no name)"),
        ({"goods": "10.00 USD"}, "goods"),
        ({"goods": {"total": "1"}}, "goods"),
        ({"goods": [["total"]]}, "goods"),
        ({"goods": [{"gnum": 1}, "10.00 USD"]}, "goods"),
    ],
    ids=lambda one: str(one)[:40],
)
def test_refuse(more: dict[str, Any], name: str) -> None:
    body = {"consignment_no": "C-1", "declaration_no": "D-1", **more}
    found = register()
    assert found.refuse(EXPORT, body, "aa", "bb", DAY) == name
    assert found.keep_allowed(EXPORT, body, "aa", "bb", DAY).withheld == ((name,) if name else ())


@pytest.mark.parametrize(
    ("kind", "sender", "day", "reason"),
    [
        (EXPORT, "aa", DAY, ""),
        (
            EXPORT,
            "aa",
            STOP,
            "no basis lets consignment_no, declaration_no of export_released pass from aa to bb",
        ),
        (EXPORT, "bb", DAY, "from bb to aa on 2026-03-15"),
        (ARRIVAL, "aa", DAY, "consignment_no, post, arrived_at of arrival_notice"),
    ],
)
def test_sendable(kind: MessageKind, sender: str, day: date, reason: str) -> None:
    receiver = "bb" if sender == "aa" else "aa"
    found = register().sendable(kind, sender, receiver, day)
    assert reason in found
    assert bool(found) is bool(reason)


def test_a_demanded_list_needs_what_its_rows_demand() -> None:
    names = ["post", "openings.day", "openings.opens_at", "openings.closes_at"]
    whole = register(basis({"checkpoint_calendar": names}))
    assert whole.sendable(CALENDAR, "aa", "bb", DAY) == ""
    part = register(basis({"checkpoint_calendar": names[:3]}))
    assert "no basis lets openings of checkpoint_calendar" in part.sendable(
        CALENDAR, "aa", "bb", DAY
    )


def test_lines_list_each_passage_in_the_order_of_the_table() -> None:
    found = register(basis(senders='["aa", "bb"]'))
    assert [tuple(passage) for passage, _ in found.lines()] == [
        ("export_released", name, *way)
        for name in FIELDS["export_released"]
        for way in (("aa", "bb"), ("bb", "aa"))
    ]


# Properties, against a reading of the file that was written for the tests only.

NAMED = [(kind, name) for kind in BY_NAME.values() for name in names_of(kind)]
PERIODS = [("2026-01-01", "2026-04-01"), ("2026-04-01", "2026-07-01"), ("2026-07-01", None)]

Stated = dict[tuple[str, str, str], list[tuple[date, date]]]


@st.composite
def drawn(draw: st.DrawFn) -> tuple[Register, Stated]:
    """A register, and the periods of each (kind, field, sender) in it."""
    bases: list[str] = []
    truth: Stated = {}
    for number, (start, stop) in enumerate(PERIODS, 1):
        chosen = draw(st.lists(st.sampled_from(NAMED), unique=True, max_size=40))
        senders = draw(st.sampled_from([["aa"], ["bb"], ["aa", "bb"]]))
        fields: dict[str, list[str]] = {}
        for kind, name in chosen:
            fields.setdefault(kind.name, []).append(name)
            for sender in senders:
                period = (date.fromisoformat(start), date.fromisoformat(stop or "9999-12-31"))
                truth.setdefault((kind.name, name, sender), []).append(period)
        if fields:
            keys = {"id": f'"aa_bb-EX-0{number}"', "senders": f"{senders}", "start": start}
            bases.append(basis(fields, **keys, stop=stop))
    return read_register(book(*bases)), truth


DAYS = st.dates(date(2025, 12, 1), date(2026, 8, 1))
WAYS = st.sampled_from([("aa", "bb"), ("bb", "aa")])


@given(drawn(), DAYS, WAYS)
def test_allowed_is_what_the_file_says(
    made: tuple[Register, Stated], day: date, way: tuple[str, str]
) -> None:
    found, truth = made

    def stated(kind: MessageKind, name: str) -> bool:
        periods = truth.get((kind.name, name, way[0]), [])
        return any(start <= day < stop for start, stop in periods)

    for kind in KINDS:
        for one in kind.fields:
            if one.form is not Form.ROWS:
                allowed = found.allowed(kind, one.name, *way, day)
                assert bool(allowed) is stated(kind, one.name)
                continue
            whole = all(stated(kind, f"{one.name}.{p.name}") for p in one.rows if p.demanded)
            assert bool(found.allowed(kind, one.name, *way, day)) is whole
            for part in one.rows:
                name = f"{one.name}.{part.name}"
                assert bool(found.allowed(kind, name, *way, day)) is (whole and stated(kind, name))
        missing = [
            one.name
            for one in kind.fields
            if one.demanded and not found.allowed(kind, one.name, *way, day)
        ]
        assert bool(found.sendable(kind, *way, day)) is bool(missing)


def names_in(body: dict[str, Any]) -> set[str]:
    """Every name in a body, `goods.total` for those in rows."""
    found = set(body)
    for name, value in body.items():
        for row in value if isinstance(value, list) else ():
            found |= {f"{name}.{part}" for part in row}
    return found


def hostile(kind: MessageKind) -> st.SearchStrategy[dict[str, Any]]:
    """Bodies that nobody should send: any value under any name, beside lawful ones."""
    names = st.sampled_from([one.name for one in kind.fields] + names_of(kind)) | st.text()
    rows = st.lists(st.dictionaries(names | st.sampled_from(["total", "gnum"]), JSON, max_size=3))
    wild = st.dictionaries(names, JSON | rows, max_size=8)
    return st.tuples(bodies(kind), wild).map(lambda two: two[0] | two[1])


@given(drawn(), DAYS, WAYS, st.data())
def test_nothing_leaves_that_is_not_allowed(
    made: tuple[Register, object], day: date, way: tuple[str, str], data: st.DataObject
) -> None:
    found = made[0]
    kind = data.draw(st.sampled_from(KINDS))
    body = data.draw(bodies(kind) | hostile(kind))
    kept = found.keep_allowed(kind, body, *way, day)
    rested = {name: found.allowed(kind, name, *way, day) for name in names_in(kept.body)}
    assert [name for name, allowed in rested.items() if allowed is None] == []
    assert set(kept.bases) == {allowed.id for allowed in rested.values() if allowed}
    assert found.refuse(kind, kept.body, *way, day) == ""
    assert found.keep_allowed(kind, kept.body, *way, day) == (kept.body, (), kept.bases)
    refused = found.refuse(kind, body, *way, day)
    assert bool(refused) is bool(kept.withheld)
    assert refused == "" or refused in kept.withheld
    assert list(kept.withheld) == sorted(set(kept.withheld))
    assert list(kept.bases) == sorted(set(kept.bases))


@given(drawn(), DAYS, WAYS, st.data())
def test_a_lawful_body_that_may_be_sent_arrives_lawful(
    made: tuple[Register, object], day: date, way: tuple[str, str], data: st.DataObject
) -> None:
    found = made[0]
    kind = data.draw(st.sampled_from(KINDS))
    if found.sendable(kind, *way, day) == "":
        body = data.draw(bodies(kind))
        assert fault(kind, found.keep_allowed(kind, body, *way, day).body) == ""
