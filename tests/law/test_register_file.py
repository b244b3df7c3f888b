"""How counsel writes a register: strictly read, and digested by what it says."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from silkport.kernel.errors import (
    MalformedLaw,
    OverlappingDates,
    RecordWithoutSource,
    SilkportError,
)
from silkport.law.register import read_register
from tests.law.registers import BODY, DAY, EXPORT, FIELDS, basis, book, register
from tests.law.test_message_form import JSON


def test_the_digest_is_of_what_is_said_not_how() -> None:
    one, two = basis(), basis(id='"aa_bb-EX-02"', start="2026-07-01", stop=None)
    turned = {kind: names[::-1] for kind, names in FIELDS.items()}
    spaced = basis(turned, purpose='"  control\\n "').replace("\n", "\n# a remark\n", 1)
    same = {register(one, two).digest, register(two, one).digest, register(spaced, two).digest}
    assert len(same) == 1
    assert register(one, two) == register(two, one)


@pytest.mark.parametrize(
    "other",
    [
        basis(act='"Another"'),
        basis(article='"4"'),
        basis(purpose='"statistics"'),
        basis(approval='"of the minister"'),
        basis(condition='"never on Mondays"'),
        basis(source='"Gazette 2"'),
        basis(start="2026-01-02"),
        basis(stop=None),
        basis(senders='["aa", "bb"]'),
        basis(confidence='"unverified"'),
        basis(id='"aa_bb-EX-02"'),
        basis(only='["customs"]'),
        basis({"export_released": FIELDS["export_released"][:-1]}),
        basis({"export_amended": FIELDS["export_released"]}),
    ],
)
def test_the_digest_covers_everything(other: str) -> None:
    assert register(other).digest != register().digest


def test_a_register_may_allow_nothing() -> None:
    found = read_register(book())
    assert found.keep_allowed(EXPORT, BODY, "aa", "bb", DAY).body == {}
    assert found.sendable(EXPORT, "aa", "bb", DAY) != ""
    assert found.bases() == []


def test_defaults() -> None:
    (found,) = register(basis(stop=None)).bases()
    assert (found.stop, found.confidence, found.approval, found.only) == (
        date.max,
        "cited",
        "",
        frozenset(),
    )


PLACE = "register aa_bb, aa_bb-EX-01: "
MALFORMED = [
    ("pair = ", "the register: Invalid value"),
    ("x = " + "[" * 5000, "the register: "),
    (f"x = {'9' * 5000}", "the register: "),
    ("", "the register: pair names the two administrations in alphabetical order"),
    (book(pair='"aa_bb"'), "the register: pair names"),
    (book(pair='["bb", "aa"]'), "the register: pair names"),
    (book(pair='["aa", "aa"]'), "the register: pair names"),
    (book(pair='["aa", "bb", "cc"]'), "the register: pair names"),
    (book(pair='["aa", 2]'), "the register: pair names"),
    (book(pair='["aa", "../bb"]'), "the register: pair names"),
    (book("bases = 1\n"), "register aa_bb: nothing is called 'bases' there"),
    (book("basis = 1\n"), "register aa_bb: each basis begins with [[basis]]"),
    (book("basis = [1]\n"), "register aa_bb: each basis begins with [[basis]]"),
    (book(basis(), basis(id='"EX-01"')), "register aa_bb, basis 2: its id has the form aa_bb-EX-"),
    (book(basis(id='"aa_cc-EX-01"')), "register aa_bb, basis 1: its id has the form"),
    (book(basis(id="7")), "register aa_bb, basis 1: its id has the form"),
    (book(basis(), basis()), "register aa_bb: two bases are called aa_bb-EX-01"),
    (book(basis(artcle='"3"')), PLACE + "nothing is called 'artcle' there"),
    (book(basis(act=None)), PLACE + "it has no act"),
    (book(basis(act='" "')), PLACE + "it has no act"),
    (book(basis(article=None)), PLACE + "it has no article"),
    (book(basis(purpose=None)), PLACE + "it has no purpose"),
    (book(basis(purpose='["control"]')), PLACE + "purpose is a text of at most 1000 characters"),
    (book(basis(act=f'"{"x" * 1001}"')), PLACE + "act is a text of at most 1000 characters"),
    (book(basis(source="7")), PLACE + "source is a text"),
    (book(basis(senders=None)), PLACE + "senders lists some of aa, bb"),
    (book(basis(senders="[]")), PLACE + "senders lists some of aa, bb"),
    (book(basis(senders='"aa"')), PLACE + "senders lists some of aa, bb"),
    (book(basis(senders='["cc"]')), PLACE + "senders lists some of aa, bb"),
    (book(basis(senders='["aa", "aa"]')), PLACE + "senders is named twice: aa"),
    (book(basis(only='["police"]')), PLACE + "only lists some of customs"),
    (book(basis(only="[]")), PLACE + "only lists some of customs"),
    (book(basis(only='["relay"]')), PLACE + "export_released is sent by customs alone, see only"),
    (book(basis(start=None)), PLACE + "start is a day, written 2026-07-01 and unquoted"),
    (book(basis(start='"2026-01-01"')), PLACE + "start is a day"),
    (book(basis(start="2026-01-01T00:00:00")), PLACE + "start is a day"),
    (book(basis(start="2026-02-30")), "the register: "),
    (book(basis(stop="2026-01-01")), PLACE + "its stop 2026-01-01 is not after its start"),
    (book(basis(confidence='"sure"')), PLACE + "confidence is cited or unverified"),
    (book(basis({})), PLACE + "its fields name no kind of message"),
    (book(basis({"exports": ["consignment_no"]})), PLACE + "'exports' is no kind of message"),
    (book(basis({"export_released": []})), PLACE + "it lists no field of export_released"),
    (book(basis({"receipt": ["seq"]})), PLACE + "receipt has no field 'seq'"),
    (book(basis({"receipt": ["parked"]})), "name the fields in it, such as parked.code"),
    (book(basis({"receipt": ["parked.seqs"]})), PLACE + "receipt has no field 'parked.seqs'"),
    (book(basis({"receipt": ["first", "first"]})), "a field of receipt is named twice: first"),
]


@pytest.mark.parametrize(("text", "said"), MALFORMED, ids=lambda one: str(one)[-40:])
def test_malformed(text: str, said: str) -> None:
    with pytest.raises(MalformedLaw) as refused:
        read_register(text)
    assert said in str(refused.value)


@pytest.mark.parametrize("source", [None, '""', '"  "'])
def test_without_a_source_nothing_loads(source: str | None) -> None:
    with pytest.raises(RecordWithoutSource, match="register aa_bb, aa_bb-EX-01 has no source"):
        register(basis(source=source))


@pytest.mark.parametrize(
    ("keys", "overlaps"),
    [
        ({"start": "2026-06-30", "stop": None}, True),
        ({"start": "2026-07-01", "stop": None}, False),
        ({"start": "2025-01-01", "stop": "2026-01-02"}, True),
        ({"start": "2025-01-01", "stop": "2026-01-01"}, False),
        ({"senders": '["bb"]'}, False),
        ({"senders": '["aa", "bb"]'}, True),
        ({"only": '["customs"]'}, True),
    ],
)
def test_overlaps(keys: dict[str, str | None], overlaps: bool) -> None:
    two = (basis(), basis({"export_released": ["goods.gnum"]}, **keys, id='"aa_bb-EX-02"'))
    if not overlaps:
        assert register(*two).allowed(EXPORT, "goods.gnum", "aa", "bb", DAY)
        return
    place = r"register aa_bb: goods.gnum of export_released from aa to bb \(aa_bb-EX-01 and"
    with pytest.raises(OverlappingDates, match=place):
        register(*two)


@given(st.text() | st.dictionaries(st.text(), JSON).map(str))
def test_any_text_is_read_or_refused(text: str) -> None:
    with pytest.raises(SilkportError):
        read_register(text)
