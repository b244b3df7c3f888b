"""The life of a document: what follows what, and one standing whatever came when."""

from __future__ import annotations

from functools import reduce
from random import Random

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from silkport.formats.ceb.catalogue import SHAPES
from silkport.formats.ceb.statuses import ERROR, STATUSES, Standing, advance, standing_of, status_of

TEN = "20260803100000000"
ELEVEN = "20260803110000000"
WHOLE = [code for code in STATUSES if not code.startswith(ERROR)]
RECEIPTS = {shape.answer for shape in SHAPES.values() if shape.answer}


def at(status: str, time: str = TEN, message: str = "CEB622", info: str = "") -> Standing:
    return Standing(status, time, info, message)


def test_every_row_says_what_it_rests_on() -> None:
    for status in STATUSES.values():
        assert all([status.name, status.meaning, status.zh, status.source]), status.code
        assert status.confidence in {"facts", "unverified"}
        assert status.after_confidence == "unverified"
        assert status.carried_by <= RECEIPTS | {"CEB900"}
        assert status.after <= set(STATUSES), status.code
    assert len({STATUSES[code].rank for code in WHOLE}) == len(WHOLE)


def test_inventories_may_be_told_everything_and_each_receipt_something() -> None:
    assert {code for code in WHOLE if "CEB622" in STATUSES[code].carried_by} == set(WHOLE)
    for message in RECEIPTS:
        told = {code for code in WHOLE if message in STATUSES[code].carried_by}
        assert {"2", "3", "4", "100", "120"} <= told, message


@pytest.mark.parametrize("message", ["CEB312", "CEB412", "CEB512", "CEB514"])
def test_orders_payments_and_waybills_are_told_no_more_than_that(message: str) -> None:
    told = {code for code in WHOLE if message in STATUSES[code].carried_by}
    assert told == {"2", "3", "4", "100", "120", "399"}


def test_only_errors_answer_a_message_that_is_not_well_formed() -> None:
    assert [code for code in WHOLE if "CEB900" in STATUSES[code].carried_by] == []
    assert "CEB900" in STATUSES[ERROR].carried_by


def test_nothing_follows_a_closed_document_but_an_error() -> None:
    assert STATUSES["899"].final
    assert STATUSES["899"].after == {ERROR}
    assert STATUSES["100"].final
    assert not STATUSES["800"].final


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("800", "released"),
        ("-301014", "order_stale"),
        ("-301099", "order_error"),
        ("-505016", "waybill_stale"),
        ("-800001", "bag_list_error"),
        ("-1", "error"),
        ("-3010999", "error"),
    ],
)
def test_status_of(code: str, name: str) -> None:
    status = status_of(code)
    assert status is not None
    assert status.name == name


@pytest.mark.parametrize("code", ["", "-", "7", "08", "-3010xx", "8 00", "released"])
def test_status_of_knows_no_other(code: str) -> None:
    assert status_of(code) is None


@pytest.mark.parametrize(
    ("before", "receipt", "verdict"),
    [
        (None, at("2"), "advanced"),
        (None, at("800"), "advanced"),  # what came before may never arrive
        (at("2"), at("120", ELEVEN), "advanced"),
        (at("120"), at("800", ELEVEN), "advanced"),
        (at("100"), at("2", ELEVEN), "advanced"),  # sent again
        (at("800"), at("800", ELEVEN), "advanced"),
        (at("800"), at("-621055", ELEVEN), "advanced"),
        (at("-621055"), at("800", ELEVEN), "advanced"),
        (at("800"), at("800"), "repeated"),
        (at("800", ELEVEN), at("120"), "older"),
        (at("800"), at("120"), "older"),  # the same millisecond: the later in life wins
        (at("120"), at("800"), "advanced"),
        (at("800"), at("120", ELEVEN), "out_of_place"),
        (at("899"), at("800", ELEVEN), "out_of_place"),
        (None, at("800", message="CEB312"), "out_of_place"),
        (at("2", message="CEB312"), at("500", ELEVEN, "CEB312"), "out_of_place"),
        (None, at("7"), "unknown_status"),
        (at("120"), at("7", ELEVEN), "unknown_status"),
        (at("7"), at("300", ELEVEN), "advanced"),
        (at("120"), at("800", ELEVEN, message=""), "advanced"),
    ],
)
def test_advance(before: Standing | None, receipt: Standing, verdict: str) -> None:
    now, said = advance(before, receipt)
    assert said == verdict
    assert now == (before if verdict in {"repeated", "older"} else receipt)


def test_of_two_wordings_one_is_kept_whichever_came_first() -> None:
    one, other = at("120", info="a"), at("120", info="b")
    assert advance(one, other) == advance(other, one) == (other, "repeated")


def frame(said: list[tuple[str, Standing]]) -> pl.DataFrame:
    rows = [(key, one.message, one.status, one.time, one.info) for key, one in said]
    names = ["cop_no", "message", "return_status", "return_time", "return_info"]
    return pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")


RECEIPT = st.builds(
    Standing,
    status=st.sampled_from([*WHOLE, "-621055", "-1", "7"]),
    time=st.sampled_from(["20260803100000000", "20260803100000001", "20260803235959999"]),
    info=st.sampled_from(["", "放行", "a"]),
    message=st.sampled_from(["CEB622", "CEB312"]),
)
SAID = st.lists(st.tuples(st.sampled_from(["A1", "B2"]), RECEIPT), min_size=1, max_size=12)


@settings(max_examples=150, deadline=None)
@given(said=SAID, seed=st.integers(0, 1 << 30))
def test_standing_is_the_same_whatever_came_when(
    said: list[tuple[str, Standing]], seed: int
) -> None:
    random = Random(seed)
    again = said + random.choices(said, k=random.randint(0, 5))
    random.shuffle(again)
    want = standing_of(frame(said), ["cop_no"])
    assert standing_of(frame(again), ["cop_no"]).equals(want)
    for row in want.to_dicts():
        own = [one for key, one in again if key == row["cop_no"]]
        folded = reduce(lambda now, one: advance(now, one)[0], own[1:], own[0])
        told = Standing(row["return_status"], row["return_time"], row["return_info"])
        assert (folded.status, folded.time, folded.info) == (told.status, told.time, told.info)


@settings(max_examples=100, deadline=None)
@given(said=st.lists(RECEIPT, min_size=1, max_size=8, unique_by=lambda r: (r.time, r.status)))
def test_the_last_verdict_is_that_of_receipts_in_order_of_time(said: list[Standing]) -> None:
    in_order = sorted(said, key=lambda one: (one.time, _rank(one.status), one.status))
    standing: Standing | None = None
    verdict = ""
    for one in in_order:
        standing, verdict = advance(standing, one)
    (row,) = standing_of(frame([("A1", one) for one in said]), ["cop_no"]).to_dicts()
    assert (row["verdict"], row["receipts"]) == (verdict, len(said))


def _rank(code: str) -> int:
    status = status_of(code)
    return status.rank if status else 0


def test_standing_by_message_and_of_nothing() -> None:
    said = [("A1", at("120", message="CEB312")), ("A1", at("800"))]
    by_message = standing_of(frame(said), ["message", "cop_no"])
    assert by_message["return_status"].to_list() == ["120", "800"]
    assert standing_of(frame([]), ["cop_no"]).is_empty()
