"""Quotations day by day, to periods by the law's rule for days without one."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from silkport.kernel.errors import InvalidValue, RatesRefused
from silkport.law.quotes import NOMINALS, Quote, joined, quotes_of, table_of

FRIDAY = date(2026, 10, 16)


def a_quote(day: date = FRIDAY, currency: str = "USD", rate_e6: int = 449_739_794) -> Quote:
    return Quote(day=day, currency=currency, nominal=1, rate_e6=rate_e6, source="bank")


def rows(*quotes: Quote, missing_day: str = "previous", most_days: int = 10) -> list[str]:
    return table_of(quotes, missing_day=missing_day, most_days=most_days).splitlines()[1:]


def test_a_quotation_holds_until_the_next_one() -> None:
    monday = a_quote(FRIDAY + timedelta(3), rate_e6=450_000_000)
    assert rows(monday, a_quote()) == [
        "USD,1,449.739794,2026-10-16,2026-10-19,bank,cited",
        "USD,1,450,2026-10-19,2026-10-29,bank,cited",
    ]


def test_then_there_is_a_gap() -> None:
    later = a_quote(FRIDAY + timedelta(30))
    assert ",2026-10-16,2026-10-26," in rows(a_quote(), later)[0]
    assert ",2026-10-16,2026-10-17," in rows(a_quote(), later, missing_day="refuse")[0]
    assert ",2026-10-16,2026-10-17," in rows(a_quote(), later, most_days=1)[0]


def test_currencies_do_not_end_one_another() -> None:
    euro = a_quote(FRIDAY + timedelta(1), "EUR")
    assert [row.split(",")[3:5] for row in rows(a_quote(), euro)] == [
        ["2026-10-17", "2026-10-27"],
        ["2026-10-16", "2026-10-26"],
    ]


@pytest.mark.parametrize(("rule", "days"), [("next", 3), ("", 3), ("previous", 0), ("refuse", -1)])
def test_no_other_rule(rule: str, days: int) -> None:
    with pytest.raises(InvalidValue):
        table_of([a_quote()], missing_day=rule, most_days=days)


def test_new_quotations_count() -> None:
    old = [a_quote(), a_quote(currency="EUR")]
    corrected = replace(a_quote(), rate_e6=450_000_000)
    found = joined(old, [corrected, a_quote(currency="EUR"), a_quote(FRIDAY + timedelta(1))])
    assert (len(found.added), found.changed, found.same) == (1, ((old[0], corrected),), 1)
    assert corrected in found.quotes
    assert old[0] not in found.quotes
    assert len(found.quotes) == 3


def test_a_table_that_was_damaged_is_refused() -> None:
    text = table_of([a_quote()], missing_day="refuse", most_days=1)
    assert quotes_of("", "fx") == []
    for wrong in (text.replace("449", "-449"), text.replace("USD", "usd"), text[:-30]):
        with pytest.raises(RatesRefused, match="row 2"):
            quotes_of(wrong, "fx")


QUOTES = st.lists(
    st.builds(
        Quote,
        day=st.dates(date(1990, 1, 1), date(9999, 12, 31)),
        currency=st.sampled_from(("USD", "EUR", "CNY")),
        nominal=st.sampled_from(NOMINALS),
        rate_e6=st.integers(1, 10**12),
        source=st.sampled_from(("bank", 'a "bank", b')),
        confidence=st.sampled_from(("cited", "unverified")),
    ),
    unique_by=lambda quote: (quote.currency, quote.day),
    min_size=1,
)


@given(QUOTES, st.sampled_from(("previous", "refuse")), st.integers(1, 10**7))
def test_quotations_come_back(quotes: list[Quote], rule: str, days: int) -> None:
    table = table_of(quotes, missing_day=rule, most_days=days)
    assert quotes_of(table, "fx") == sorted(quotes, key=lambda one: (one.currency, one.day))
    for some in _by_currency(table).values():
        assert all(stop <= start for (_, stop), (start, _) in pairwise(some))
        assert all(start < stop for start, stop in some if start != "9999-12-31")


def _by_currency(table: str) -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = {}
    for row in table.splitlines()[1:]:
        currency, _, _, start, stop, *_ = row.split(",")
        found.setdefault(currency, []).append((start, stop))
    return found
