"""A balance: what each entry moves, when it may, and that nothing is ever lost or made."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from silkport.courses.balance import (
    Held,
    all_held,
    close,
    enter,
    held,
    is_conserved,
    opening,
    paid_minor,
)
from silkport.kernel.balance_errors import (
    BalanceEnded,
    BalanceShort,
    EntryDiffers,
    StillReserved,
    UnitDiffers,
)
from silkport.kernel.errors import InvalidValue, SilkportError
from silkport.kernel.exchange_errors import StepNotAllowed
from silkport.model.balances import (
    MOST,
    SHIPMENTS,
    Balance,
    BalanceKind,
    Drawing,
    Entry,
    balance_id,
    shown,
)

FIRST, END = 20_000, 20_100


def a_permit(amount: int | None = 100, **more: Any) -> Balance:
    stated: dict[str, Any] = {
        "kind": BalanceKind.PERMIT,
        "paper": "V01",
        "number": "kz 1",
        "issuer": "Veterinary Committee",
        "unit": "mg" if amount is not None else SHIPMENTS,
        "opened": amount,
        "free": amount,
        "start": FIRST,
        "stop": END,
        "source": "Veterinary Rules",
    }
    return opening(Balance(**stated | more))


def an_entry(balance: Balance, event: str, amount: int, cause: str = "", **more: Any) -> Entry:
    stated: dict[str, Any] = {"unit": balance.unit, "day": FIRST, "at": 0, "line": 1}
    named = cause or f"{event} {amount}"
    return Entry(cause=named, event=event, balance=balance.id, amount=amount, **stated | more)


def run(balance: Balance, *steps: tuple[str, int]) -> tuple[Balance, Drawing]:
    drawing = Drawing(matter="case")
    for n, (event, amount) in enumerate(steps):
        balance, drawing = enter(balance, drawing, an_entry(balance, event, amount, f"step {n}"))
        assert is_conserved(balance)
    return balance, drawing


@pytest.mark.parametrize(
    ("steps", "parts"),
    [
        ([], (100, 100, 0, 0)),
        ([("reserve", 40)], (100, 60, 40, 0)),
        ([("reserve", 100)], (100, 0, 100, 0)),  # at the limit
        ([("reserve", 40), ("use", 40)], (100, 60, 0, 40)),
        ([("reserve", 40), ("use", 30)], (100, 60, 10, 30)),
        ([("reserve", 40), ("use", 50)], (100, 50, 0, 50)),  # the rest from what is free
        ([("use", 100)], (100, 0, 0, 100)),
        ([("reserve", 40), ("free", 40)], (100, 100, 0, 0)),
        ([("reserve", 40), ("correct", 10)], (100, 90, 10, 0)),
        ([("reserve", 40), ("use", 40), ("correct", 55)], (100, 45, 0, 55)),
        ([("reserve", 40), ("use", 40), ("correct", 0)], (100, 100, 0, 0)),
        ([("top_up", 50), ("reserve", 150)], (150, 0, 150, 0)),
        ([("reserve", 0)], (100, 100, 0, 0)),
    ],
)
def test_what_entries_move(steps: list[tuple[str, int]], parts: tuple[int, int, int, int]) -> None:
    after, _ = run(a_permit(), *steps)
    assert (after.opened, after.free, after.reserved, after.used) == parts


@pytest.mark.parametrize(
    ("steps", "error"),
    [
        ([("reserve", 101)], BalanceShort),
        ([("reserve", 60), ("reserve", 41)], BalanceShort),
        ([("use", 101)], BalanceShort),
        ([("reserve", 40), ("correct", 101)], BalanceShort),
        ([("free", 1)], StepNotAllowed),
        ([("reserve", 40), ("use", 40), ("free", 1)], StepNotAllowed),
        ([("reserve", -1)], InvalidValue),
        ([("reserve", MOST + 1)], InvalidValue),
        ([("top_up", MOST)], InvalidValue),
        ([("spend", 1)], InvalidValue),
    ],
)
def test_what_is_refused(steps: list[tuple[str, int]], error: type[SilkportError]) -> None:
    with pytest.raises(error):
        run(a_permit(), *steps)


def test_the_same_again_changes_nothing_and_another_content_is_refused() -> None:
    balance = a_permit()
    entry = an_entry(balance, "reserve", 40, "registered")
    once = enter(balance, Drawing(matter="case"), entry)
    assert enter(*once, msgspec.structs.replace(entry, at=77)) == once
    with pytest.raises(EntryDiffers, match=r"reserve 0\.00004 kg"):
        enter(*once, an_entry(balance, "reserve", 41, "registered"))
    with pytest.raises(EntryDiffers):
        enter(*once, an_entry(balance, "use", 40, "registered"))


@pytest.mark.parametrize(
    ("day", "allowed"), [(FIRST - 1, False), (FIRST, True), (END - 1, True), (END, False)]
)
def test_drawn_upon_only_while_in_force(day: int, allowed: bool) -> None:
    balance = a_permit()
    entry = an_entry(balance, "reserve", 1, day=day)
    if allowed:
        assert enter(balance, Drawing(matter="case"), entry)[0].reserved == 1
    else:
        with pytest.raises(BalanceEnded):
            enter(balance, Drawing(matter="case"), entry)


def test_what_was_reserved_in_time_may_be_used_later_and_no_more() -> None:
    balance, drawing = run(a_permit(), ("reserve", 40))
    used, _ = enter(balance, drawing, an_entry(balance, "use", 40, day=END + 5))
    assert used.used == 40
    with pytest.raises(BalanceEnded):
        enter(balance, drawing, an_entry(balance, "use", 41, day=END + 5))
    freed, _ = enter(balance, drawing, an_entry(balance, "free", 40, day=END + 5))
    assert freed.free == 100


def test_another_unit_is_never_converted() -> None:
    with pytest.raises(UnitDiffers):
        enter(a_permit(), Drawing(matter="case"), an_entry(a_permit(), "use", 1, unit="e5 KGM"))


def test_without_limit_shipments_are_counted_and_nothing_runs_out() -> None:
    balance, _ = run(a_permit(None), ("reserve", 1), ("use", 1), ("use", 10**9))
    assert (balance.opened, balance.free, balance.reserved, balance.used) == (
        None,
        None,
        0,
        1 + 10**9,
    )
    with pytest.raises(StepNotAllowed, match="without limit"):
        run(a_permit(None), ("top_up", 1))


def test_a_closed_one_gives_back_and_takes_nothing() -> None:
    balance, drawing = run(a_permit(), ("reserve", 40), ("use", 40))
    closed = close(balance)
    after, _ = enter(closed, drawing, an_entry(balance, "correct", 10))
    assert (after.free, after.used) == (90, 10)
    for event in ("reserve", "use", "top_up"):
        with pytest.raises((BalanceEnded, StepNotAllowed)):
            enter(closed, drawing, an_entry(balance, event, 1))
    with pytest.raises(StillReserved):
        close(run(a_permit(), ("reserve", 1))[0])


@pytest.mark.parametrize(
    "wrong",
    [
        {"number": ""},
        {"number": "x" * 61},
        {"number": "a\nb"},
        {"issuer": " "},
        {"source": ""},
        {"unit": "kg"},
        {"unit": "e5 "},
        {"paper": ""},
        {"opened": -1},
        {"opened": MOST + 1},
        {"opened": None},  # a mass without limit
        {"stop": FIRST},
        {"kind": BalanceKind.MONEY, "paper": "", "unit": "mg"},
        {"kind": BalanceKind.MONEY, "unit": "KZT"},
        {"kind": BalanceKind.GUARANTEE, "paper": "", "unit": "KZT", "opened": None},
    ],
)
def test_what_no_balance_can_be(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidValue):
        a_permit(**wrong)


def test_a_number_is_the_same_however_it_is_spaced() -> None:
    assert balance_id(BalanceKind.PERMIT, " kz 1 ", "V01") == a_permit().id == "permit V01 KZ1"
    assert balance_id(BalanceKind.MONEY, "a-1") == "money A-1"


def test_amounts_as_people_read_them() -> None:
    said = [(1_500_000, "mg"), (1_250, "KZT"), (3, SHIPMENTS), (250_000, "e5 H87")]
    assert [shown(*one) for one in said] == ["1.5 kg", "12.50 KZT", "3 shipments", "2.5 H87"]


def test_what_lines_hold() -> None:
    balance, drawing = run(a_permit(), ("reserve", 40), ("use", 10))
    assert held(drawing, balance.id, 1) == Held(30, 10, settled=True)
    assert held(drawing, balance.id, 2) == Held()
    assert all_held(drawing) == {(balance.id, 1): Held(30, 10, settled=True)}
    assert paid_minor(drawing) == 0


class Balances(RuleBasedStateMachine):
    """Two balances, three matters of two lines, against the plain sum of the entries taken."""

    @initialize(
        first=st.integers(0, 300),
        second=st.one_of(st.none(), st.integers(0, 300)),
    )
    def begin(self, first: int, second: int | None) -> None:
        self.balances = {one.id: one for one in (a_permit(first), a_permit(second, number="kz 2"))}
        self.drawings = {name: Drawing(matter=name) for name in "abc"}
        self.taken: dict[tuple[str, str, int, str], tuple[str, int]] = {}
        self.topped = dict.fromkeys(self.balances, 0)
        self.parts: dict[tuple[str, str, int], list[int]] = {}
        self.began = {one.id: one.opened for one in self.balances.values()}

    @rule(
        which=st.integers(0, 1),
        matter=st.sampled_from("abc"),
        line=st.integers(0, 1),
        event=st.sampled_from(["top_up", "reserve", "use", "free", "correct"]),
        amount=st.integers(0, 120),
        cause=st.integers(0, 30),
        day=st.sampled_from([FIRST - 1, FIRST, END - 1, END]),
    )
    def make(  # noqa: PLR0917 - hypothesis names them
        self, which: int, matter: str, line: int, event: str, amount: int, cause: int, day: int
    ) -> None:
        identity = sorted(self.balances)[which]
        balance, drawing = self.balances[identity], self.drawings[matter]
        entry = an_entry(balance, event, amount, f"{cause}", line=line, day=day)
        key = (matter, identity, line, f"{cause}")
        try:
            after, drawn = enter(balance, drawing, entry)
        except SilkportError:
            assert self.balances[identity] is balance
            assert self.taken.get(key) != (event, amount)
            assert not self.would_fit(entry, matter) or key in self.taken
            return
        if key in self.taken:
            assert (after, drawn) == (balance, drawing)
            assert self.taken[key] == (event, amount)
            return
        self.taken[key] = (event, amount)
        self.count(entry, matter)
        self.balances[identity], self.drawings[matter] = after, drawn

    def count(self, entry: Entry, matter: str) -> None:
        place = self.parts.setdefault((entry.balance, matter, entry.line), [0, 0, 0])
        if entry.event == "top_up":
            self.topped[entry.balance] += entry.amount
        elif entry.event == "reserve":
            place[0] += entry.amount
        elif entry.event == "free":
            place[0] -= entry.amount
        elif entry.event == "use":
            rest = max(0, entry.amount - place[0])
            place[:] = [place[0] - entry.amount + rest, place[1] + entry.amount, 1]
        else:
            place[place[2]] = entry.amount

    def would_fit(self, entry: Entry, matter: str) -> bool:
        """Whether plain arithmetic says that the entry could be made."""
        began, place = self.began[entry.balance], (entry.balance, matter, entry.line)
        reserved, used, settled = self.parts.get(place, [0, 0, 0])
        if entry.event == "top_up":
            return began is not None
        if entry.event == "free":
            return entry.amount <= reserved
        wanted = entry.amount
        if entry.event == "use":
            wanted -= min(wanted, reserved)
        if entry.event == "correct":
            wanted -= used if settled else reserved
        if wanted <= 0:
            return True
        has = (
            10**9
            if began is None
            else began + self.topped[entry.balance] - self.spent(entry.balance)
        )
        return FIRST <= entry.day < END and wanted <= has

    def spent(self, identity: str) -> int:
        return sum(one[0] + one[1] for place, one in self.parts.items() if place[0] == identity)

    @invariant()
    def nothing_is_lost_or_made(self) -> None:
        for identity, balance in getattr(self, "balances", {}).items():
            parts = [one for place, one in self.parts.items() if place[0] == identity]
            assert balance.reserved == sum(one[0] for one in parts)
            assert balance.used == sum(one[1] for one in parts)
            began = self.began[identity]
            if began is not None:
                assert balance.free is not None
                assert balance.opened == began + self.topped[identity]
                assert balance.opened == balance.free + balance.reserved + balance.used
                assert balance.free >= 0


TestBalances = Balances.TestCase
TestBalances.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
