"""Who may act for whom, by table and against a plain oracle."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from silkport.courses.attorney import Acting, entitled, may
from silkport.kernel.errors import InvalidValue
from silkport.model.parties import BY_POWER, NO_END, Deed, Party, Power, Role

BEGIN, END = 20_000, 20_100


def power(**changed: object) -> Power:
    given = {"number": "P1", "principal": "A", "representative": "B", "deeds": (Deed.DECLARE,)}
    return Power(**(given | {"start": BEGIN, "stop": END} | changed))  # type: ignore[arg-type]


def acting(**changed: object) -> Acting:
    given = {"principal": "A", "representative": "B", "deed": Deed.DECLARE}
    given |= {"procedure": "40", "direction": "import", "day": BEGIN}
    return Acting(**(given | changed))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("what", "held", "reason"),
    [
        ({}, [power()], ""),
        ({"day": END - 1}, [power()], ""),
        ({"day": END}, [power()], "lapsed; its last day was 2025-01-11"),
        ({"day": BEGIN - 1}, [power()], "begins on 2024-10-04"),
        ({"day": BEGIN + 5}, [power(revoked=BEGIN + 5)], "revoked as of 2024-10-09"),
        ({"day": BEGIN + 4}, [power(revoked=BEGIN + 5)], ""),
        ({"deed": Deed.PAY}, [power()], "P1 is only to declare"),
        ({"deed": Deed.DECIDE}, [power()], "nobody can do that for another"),
        ({"procedure": "80"}, [power(procedures=("40", "53"))], "only for procedures 40, 53"),
        ({"direction": "export"}, [power(directions=("import",))], "only for import"),
        ({}, [power(principal="C")], "none is known"),
        ({}, [power(representative="C")], "none is known"),
        ({}, [], "none is known"),
        ({"representative": "A"}, [], ""),
        ({"principal": ""}, [power()], "not stated"),
        ({"day": END}, [power(), power(number="P2", stop=END + 1)], ""),
    ],
)
def test_by_table(what: dict[str, object], held: list[Power], reason: str) -> None:
    found = entitled(acting(**what), held)
    assert found.is_so == (reason == "")
    assert reason in found.reason


def test_of_several_the_last_to_end_is_named() -> None:
    found = entitled(acting(), [power(), power(number="P2", stop=END + 9)])
    assert found.power is not None
    assert found.power.number == "P2"


def test_the_closest_reason_is_told() -> None:
    found = entitled(acting(day=END), [power(number="P0", deeds=(Deed.PAY,)), power()])
    assert "lapsed" in found.reason


@pytest.mark.parametrize(
    "changed",
    [{"deeds": ()}, {"deeds": (Deed.DECIDE,)}, {"stop": BEGIN}, {"representative": "A"}],
)
def test_no_power_over_nothing(changed: dict[str, object]) -> None:
    with pytest.raises(InvalidValue):
        power(**changed)


_DAYS = st.integers(BEGIN - 3, BEGIN + 6)


@st.composite
def powers(draw: st.DrawFn) -> Power:
    start = draw(_DAYS)
    return power(
        number=draw(st.sampled_from(("P1", "P2"))),
        principal=draw(st.sampled_from("AC")),
        deeds=tuple(draw(st.sets(st.sampled_from(sorted(BY_POWER)), min_size=1))),
        procedures=draw(st.sampled_from([(), ("40",), ("80",)])),
        directions=draw(st.sampled_from([(), ("import",), ("export",)])),
        start=start,
        stop=start + draw(st.integers(1, 5)),
        revoked=draw(st.sampled_from([NO_END, BEGIN + 2])),
    )


@given(st.lists(powers(), max_size=4), _DAYS, st.sampled_from(sorted(BY_POWER)))
def test_as_the_plain_reading(held: list[Power], day: int, deed: Deed) -> None:
    found = entitled(acting(day=day, deed=deed), held)
    lawful = []
    for one in held:
        days = set(range(one.start, one.stop)) - set(range(one.revoked, one.stop))
        within = not one.procedures or "40" in one.procedures
        within = within and (not one.directions or "import" in one.directions)
        lawful += [one] * (one.principal == "A" and deed in one.deeds and within and day in days)
    assert found.is_so == bool(lawful)
    assert (found.power in lawful) == bool(lawful)


def test_roles_by_day() -> None:
    bank = Party(code="B", country="ZZ", roles={Role.BANK: (BEGIN, END)})
    assert may(bank, Deed.CONFIRM_PAYMENT, BEGIN)
    assert not may(bank, Deed.CONFIRM_PAYMENT, END)
    assert not may(bank, Deed.DECIDE, BEGIN)
    assert not may(None, Deed.CARRY, BEGIN)
