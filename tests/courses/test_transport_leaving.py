"""What may leave: no second declaration, no earlier moment and no warehouse is a way around."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from silkport.courses.transport_leaving import may_leave
from silkport.model.transport import Declared, Phase, Role, Transit
from silkport.model.transport_acts import Arrive, Close, Depart, Exit, Settle, Unload
from tests.courses.transports import (
    AT,
    HOUR,
    acted,
    at_post,
    done,
    house,
    master,
    part,
    refused,
    released,
    rules,
    truck,
)

ALL = released("1", "2", "3")


def test_what_is_told_late_is_flagged_when_it_was_not_to_go() -> None:
    """A moment before the last stop is no way around what may leave."""
    now = at_post()
    free = done(now, Depart(happened_at=AT - HOUR - 1), Role.CARRIER)
    assert rules(free) == [], "it left where it was loaded"
    again = done(now, Arrive(happened_at=AT - 5, place="Almaty"))
    late = done(again, Depart(happened_at=AT - 6), Role.CARRIER)
    assert (late.phase, rules(late)) == (Phase.ARRIVED, [("TRN013", "")])
    assert rules(done(again, Depart(happened_at=AT - 6), declared=ALL)) == []
    for role in (Role.OFFICER, Role.NODE):
        late = done(now, Exit(happened_at=AT - HOUR - 1), role)
        assert (late.phase, rules(late)) == (Phase.ARRIVED, [("TRN013", "")])
        refused("TRN106", late, Close())
        settled = done(late, Settle(rule="TRN013"))
        assert "KHG-1/1" in refused("TRN106", settled, Close()), "it has arrived since it left"
    gone = done(done(now, Depart(), Role.NODE), Exit(), Role.NODE)
    news = done(gone, Arrive(happened_at=AT), Role.NEIGHBOUR)
    assert done(done(news, Settle(rule="TRN013")), Close()).phase is Phase.CLOSED


@given(st.integers(1, 9), st.sampled_from([Depart, Exit]))
def test_no_moment_lets_goods_go_unseen(earlier: int, event: type[Depart | Exit]) -> None:
    now = done(at_post(), Arrive(happened_at=AT - 1, place="Almaty"))
    after = done(now, event(happened_at=AT - 1 - earlier))
    assert rules(after) == [("TRN013", "")]
    assert not may_leave(after, ALL).goes


def test_a_house_in_the_warehouse_can_be_handed_on_after_the_truck_has_left() -> None:
    now = at_post()
    stored = Unload(store="SVX-7", portions=(part("CMR-2", "KHG-1", "3"),))
    now = done(done(now, stored), Depart(), declared=released("1", "2"))
    now = done(now, Exit(), declared=released("1", "2"))
    assert "KHG-1/3" in refused("TRN106", now, Close(), declared=released("1", "2"))
    assert done(now, Close(), declared=ALL).phase is Phase.CLOSED


def declared_as(*some: str) -> Any:
    """Of house 1, each as "direction state"."""
    split = (one.split() for one in some)
    return {("KHG-1", "1"): [Declared(house_no="1", direction=d, state=s) for d, s in split]}


RUNNING, ENDED = Transit(declaration_no="KZ/7"), Transit(declaration_no="KZ/7", ended_at=AT - 9)
HELD, FREE = "import inspection_ordered", "import released"


@pytest.mark.parametrize(
    ("some", "way", "transit", "reason"),
    [
        ((FREE,), "CN KZ", None, ""),
        ((HELD, FREE), "CN KZ", None, "inspection_ordered"),
        ((FREE, HELD), "CN KZ", None, "inspection_ordered"),
        (("import refused", FREE), "CN KZ", None, "refused"),
        (("import withdrawn", FREE), "CN KZ", None, ""),
        (("import draft", "import registration_refused", FREE), "CN KZ", None, ""),
        (("import draft",), "CN KZ", None, "draft"),
        ((HELD, "export released"), "CN KZ", None, "inspection_ordered"),
        (("export released",), "CN KZ", None, "not_declared"),
        ((HELD, "export released"), "KZ CN", None, ""),
        (("export filed", FREE), "KZ CN", None, "filed"),
        ((HELD, "export released"), " ", None, "inspection_ordered"),
        (("export released",), " ", None, ""),
        (("import refused", "transit released"), "CN KZ", None, "refused"),
        (("transit released",), "CN KZ", None, "not_declared"),
        ((HELD, "transit released"), "CN KZ", RUNNING, ""),
        (("transit filed", FREE), "CN KZ", RUNNING, ""),
        ((HELD, "transit filed"), "CN KZ", RUNNING, "inspection_ordered"),
        ((HELD, "transit released"), "CN KZ", ENDED, "inspection_ordered"),
        (("transit released",), "CN DE", RUNNING, ""),
        (("transit released", "transit filed"), "CN DE", RUNNING, "filed"),
        (("transit released",), "CN DE", ENDED, "not_declared"),
        ((FREE, "transit released"), "CN DE", ENDED, ""),
        ((FREE, "import no_such_state"), "CN KZ", None, "no_such_state"),
    ],
)
def test_a_second_declaration_frees_nothing_that_the_first_holds(
    some: Any, way: str, transit: Transit | None, reason: str
) -> None:
    start, end = way.split(" ")
    ends = {"departure_country": start, "destination_country": end}
    now = at_post(truck(master("CMR-1", house("1"), transit=transit, **ends)))
    leaving = may_leave(now, declared_as(*some), country="KZ")
    assert [one.reason for one in leaving.stays] == ([reason] if reason else [])
    assert leaving.is_free is not bool(reason)


@given(st.lists(st.sampled_from([HELD, FREE, "export released", "transit released"]), max_size=4))
def test_what_is_held_stays_whatever_else_is_declared(more: list[str]) -> None:
    now = at_post(truck(master("CMR-1", house("1"))))
    assert not may_leave(now, declared_as(HELD, *more), country="KZ").is_free
    gone = acted(now, Depart(), declared=declared_as(FREE)).transport
    assert gone.phase is Phase.DEPARTED
    refused("TRN102", now, Depart(), declared=declared_as(*more, HELD))
