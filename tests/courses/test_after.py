"""What of an act after release an officer decides: other goods, permits, goods that have gone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from silkport.courses.after import has_gone, less_used, other_goods
from silkport.model.balances import Drawing, Entry
from silkport.model.transport import Phase, Stop, Transport
from tests.courses.transports import house, master, truck

KEY = ("C", "1")


def lines(*codes: str) -> list[dict[str, object]]:
    return [{"gnum": place, "hs_code": code} for place, code in enumerate(codes, 1)]


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        (("01", "02"), ("01", "02"), []),
        (("01", "02"), ("01", "03"), [2]),
        (("01", "02"), ("02", "01"), [1, 2]),
        (("01", "02"), ("01",), [2]),
        (("01",), ("01", "02"), [2]),
        (("",), ("",), []),
        (("01",), ("",), [1]),  # what is not stated is never the same
    ],
)
def test_act001(before: tuple[str, ...], after: tuple[str, ...], found: list[int]) -> None:
    assert [one.line for one in other_goods("c", lines(*before), lines(*after))] == found


def drawing(*used: tuple[str, int]) -> Drawing:
    entries = [
        Entry(
            cause=f"release {place}",
            event="use",
            balance=balance,
            amount=amount,
            unit="mg",
            line=place,
            day=1,
            at=1,
        )
        for place, (balance, amount) in enumerate(used, 1)
    ]
    return Drawing(matter="c", entries=tuple(entries))


P, Q, M = "permit P01 KZ-1", "permit P01 KZ-2", "money C1-XTS"


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        (None, None, []),
        (None, drawing((P, 5)), []),
        (drawing((P, 5)), drawing((P, 5)), []),
        (drawing((P, 5)), drawing((P, 6)), []),
        (drawing((P, 5)), drawing((P, 4)), ["P01 KZ-1"]),
        (drawing((P, 5)), None, ["P01 KZ-1"]),
        (drawing((P, 5)), drawing((Q, 5)), ["P01 KZ-1"]),
        (drawing((P, 2), (P, 3)), drawing((P, 5)), []),
        (drawing((M, 5)), drawing((M, 4)), []),  # money is for AFT008
    ],
)
def test_act002(before: Drawing | None, after: Drawing | None, found: list[str]) -> None:
    assert [one.facts["permit"] for one in less_used("c", before, after)] == found


@given(st.lists(st.tuples(st.sampled_from([P, Q]), st.integers(1, 9)), max_size=5))
def test_what_stays_used_needs_no_officer(used: list[tuple[str, int]]) -> None:
    now = drawing(*used)
    assert less_used("c", now, now) == []
    assert {one.facts["permit"] for one in less_used("c", now, None)} == {
        identity.removeprefix("permit ") for identity, _ in used
    }


def gone(*events: str, phase: Phase = Phase.LOADED, stored_at: str = "") -> Transport:
    track = tuple(Stop(event=one, at=n, place="P", who="x") for n, one in enumerate(events))
    aboard = house("1", consignment_no="C", stored_at=stored_at)
    return truck(master("W", aboard), phase=phase, track=track)


@pytest.mark.parametrize(
    ("transport", "direction", "has"),
    [
        (gone("depart"), "export", False),
        (gone("depart", "exit"), "export", True),
        (gone("depart", "exit"), "transit", True),
        (gone("depart", "exit", phase=Phase.WITHDRAWN), "export", False),
        (gone("depart", "exit", "arrive"), "import", False),
        (gone("depart", "exit", "arrive", "present", "depart"), "import", True),
        (gone("arrive", phase=Phase.CLOSED), "import", True),
        (gone(), "import", False),
    ],
)
def test_where_goods_have_gone(transport: Transport, direction: str, has: bool) -> None:
    assert has_gone(transport, KEY, direction) is has
    assert not has_gone(transport, ("C", "2"), direction)


def test_what_was_left_in_a_warehouse_has_not_gone() -> None:
    assert not has_gone(gone("arrive", "depart", stored_at="W1"), KEY, "import")
