"""Frame code of assess, screen, settle and release against plain loops written for these tests."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from silkport.kernel.findings import Effect
from silkport.law.book import FINDING_SCHEMA
from silkport.model.columns import MISSING
from silkport.model.outcomes import TAX_LINE
from silkport.stages import assess, release, screen, settle, value
from tests.stages.frames import SEEDS, Rows

USE = {
    "person": pl.String,
    "year": pl.Int64,
    "app_time": pl.Int64,
    "parcel_id": pl.String,
    "customs_value_minor": pl.Int64,
    "annual_limit": pl.Int64,
    "eligible": pl.Boolean,
    "own_minor": pl.Int64,
}
BALANCE = {"person": pl.String, "year": pl.Int64, "used_minor": pl.Int64}

use_rows = st.lists(
    st.tuples(
        st.sampled_from(["", "bo", "li"]),
        st.sampled_from([2026, 2027]),
        st.integers(1, 3),
        st.integers(0, 60),
        st.sampled_from([0, 40, 50, 100]),
        st.booleans(),
        st.sampled_from([0, 0, 0, 10]),
    ),
    max_size=14,
)
opening_balances = st.dictionaries(
    st.tuples(st.sampled_from(["", "bo", "li"]), st.sampled_from([2026, 2027])),
    st.integers(20, 90),
)


def use_frame(rows: list[tuple[Any, ...]], *, one_limit: bool) -> Rows:
    """Rows with an id each; with one limit for all, as within one regime and period."""
    names = ("person", "year", "app_time", "customs_value_minor", "annual_limit", "eligible")
    found = []
    for number, row in enumerate(rows):
        parcel = dict(zip((*names, "own_minor"), row, strict=True))
        parcel["parcel_id"] = f"p{number:02d}"
        if one_limit and parcel["annual_limit"]:
            parcel["annual_limit"] = 100
        found.append(parcel)
    return found


def counts(row: dict[str, Any]) -> bool:
    """Whether the parcel bears on the year."""
    return bool(row["eligible"] and row["annual_limit"] > 0)


def used_before(rows: Rows, balances: dict[tuple[str, int], int]) -> dict[str, int]:
    """One parcel after the other; what is over the limit does not debit."""
    used = defaultdict(int, balances)
    for row in rows:
        if counts(row):
            used[row["person"], row["year"]] -= row["own_minor"]
    found = {}
    for row in sorted(rows, key=lambda row: (row["app_time"], row["parcel_id"])):
        key = row["person"], row["year"]
        found[row["parcel_id"]] = used[key]
        wanted = row["customs_value_minor"] if counts(row) else 0
        if used[key] + wanted <= row["annual_limit"]:
            used[key] += wanted
    return found


def run_use(rows: Rows, balances: dict[tuple[str, int], int]) -> dict[str, int]:
    frame = pl.DataFrame(rows, schema=USE)
    opening = [(*key, used) for key, used in balances.items()]
    known = pl.DataFrame(opening, schema=BALANCE, orient="row")
    result = settle.running_use(frame, known)
    assert result.name == "year_used_minor"
    return dict(zip(frame["parcel_id"], result, strict=True))


@settings(max_examples=120, deadline=None)
@given(use_rows, opening_balances, st.booleans(), st.randoms(use_true_random=False))
def test_running_use_is_a_plain_loop_whatever_the_order(
    drawn: list[tuple[Any, ...]],
    balances: dict[tuple[str, int], int],
    one_limit: bool,
    source: random.Random,
) -> None:
    rows = use_frame(drawn, one_limit=one_limit)
    want = used_before(rows, balances)
    assert run_use(rows, balances) == want
    source.shuffle(rows)
    assert run_use(rows, balances) == want


@settings(max_examples=80, deadline=None)
@given(use_rows, opening_balances)
def test_accepted_parcels_never_exceed_the_year(
    drawn: list[tuple[Any, ...]], balances: dict[tuple[str, int], int]
) -> None:
    rows = [row | {"own_minor": 0} for row in use_frame(drawn, one_limit=True) if counts(row)]
    used = run_use(rows, balances)
    sums = defaultdict(int, balances)
    for row in rows:
        if used[row["parcel_id"]] + row["customs_value_minor"] <= row["annual_limit"]:
            sums[row["person"], row["year"]] += row["customs_value_minor"]
    assert all(total <= 100 for total in sums.values())


def test_a_parcel_over_the_limit_leaves_room_for_a_smaller_one() -> None:
    rows = use_frame(
        [("bo", 2026, time, worth, 100, True, 0) for time, worth in ((1, 60), (2, 50), (3, 40))],
        one_limit=True,
    )
    assert list(run_use(rows, {}).values()) == [0, 60, 60]
    assert list(run_use(rows, {("bo", 2026): 1}).values()) == [1, 61, 61]


ENTRY = {
    "person": pl.String,
    "year": pl.Int64,
    "day": pl.Int64,
    "parcel_id": pl.String,
    "kind": pl.String,
    "amount_minor": pl.Int64,
}
Held = dict[tuple[str, str, int], int]


def drawn_entries(source: random.Random) -> Rows:
    """A ledger of ten parcels in which persons and years changed, with debits and credits."""
    return [
        {"person": source.choice(("bo", "li")), "year": source.choice((2026, 2027)), "day": 1}
        | {"parcel_id": f"p{source.randrange(10)}", "kind": source.choice(("debit", "credit"))}
        | {"amount_minor": source.choice((5, 7))}
        for _ in range(source.randrange(16))
    ]


def held(entries: Rows) -> Held:
    """What the ledger holds by parcel, person and year, entry after entry."""
    found: Held = defaultdict(int)
    for entry in entries:
        sign = 1 if entry["kind"] == "debit" else -1
        found[entry["parcel_id"], entry["person"], entry["year"]] += sign * entry["amount_minor"]
    return found


@pytest.mark.parametrize("seed", SEEDS)
def test_ledger_entries_bring_the_ledger_to_what_is_decided(seed: int) -> None:
    source = random.Random(seed)
    entries = drawn_entries(source)
    parcels = [
        {"person": source.choice(("", "bo", "li")), "year": source.choice((2026, 2027))}
        | {"parcel_id": f"p{n}", "processing_day": 9 + n}
        | {"customs_value_minor": source.choice((0, 5, 7))}
        | {"annual_limit": source.choice((0, 100)), "debits": source.random() < 0.7}
        for n in range(8)
    ]
    want = held(entries)
    for key in want:
        if key[0] in {row["parcel_id"] for row in parcels}:
            want[key] = 0
    for row in parcels:
        if row["debits"] and row["annual_limit"]:
            want[row["parcel_id"], row["person"], row["year"]] = row["customs_value_minor"]
    known = pl.DataFrame(entries, schema=ENTRY)
    before = {row[:3]: row[3] for row in settle.held(known).iter_rows()}
    assert before == held(entries)
    got = settle.ledger_entries(pl.DataFrame(parcels), known).to_dicts()
    assert {tuple(one) for one in got} <= {tuple(ENTRY)}
    after = held(entries + got)
    assert {key: sum_ for key, sum_ in after.items() if sum_} == {
        key: sum_ for key, sum_ in want.items() if sum_
    }
    keys = [(one["parcel_id"], one["person"], one["year"]) for one in got]
    assert keys == sorted(set(keys))
    assert all(one["amount_minor"] > 0 for one in got)
    days = {row["parcel_id"]: row["processing_day"] for row in parcels}
    assert all(one["day"] == days[one["parcel_id"]] for one in got)


def test_a_changed_buyer_is_credited_and_the_new_one_debited() -> None:
    entry = {"person": "bo", "year": 2026, "day": 1, "parcel_id": "p", "kind": "debit"}
    known = pl.DataFrame([entry | {"amount_minor": 7}], schema=ENTRY)
    parcel = {"person": "li", "year": 2026, "parcel_id": "p", "processing_day": 2}
    parcel |= {"customs_value_minor": 5, "annual_limit": 100, "debits": True}
    got = settle.ledger_entries(pl.DataFrame([parcel]), known)
    assert got.rows() == [("bo", 2026, 2, "p", "credit", 7), ("li", 2026, 2, "p", "debit", 5)]


def same(buyer: str) -> str:
    """One spelling of an identity number, as its pseudonym has."""
    return buyer.strip().upper()


@pytest.mark.parametrize("seed", SEEDS)
def test_with_neighbours(seed: int) -> None:
    source = random.Random(seed)
    rows = [
        {"buyer_id": source.choice(("", "bo", "BO ", "li")), "order_no": f"{source.randrange(6)}"}
        | {"consignee_address": source.choice(("", "a", "b"))}
        for _ in range(source.randrange(1, 9))
    ]
    known = {(same(row["buyer_id"]), row["order_no"]) for row in rows}
    orders = Counter(buyer for buyer, _ in known)
    at_address = {(row["consignee_address"], same(row["buyer_id"])) for row in rows}
    buyers = Counter(address for address, _ in at_address)
    parcels = pl.DataFrame(rows)
    whole = screen.with_neighbours(parcels)
    for row, got in zip(rows, whole.to_dicts(), strict=True):
        buyer, address = same(row["buyer_id"]), row["consignee_address"]
        assert got["buyer_parcels"] == (orders[buyer] if buyer else 0)
        assert got["address_buyers"] == (buyers[address] if address else 0)
    keys = screen.keyed(parcels.lazy())
    around = screen.Neighbours(screen.buyers_of(keys), screen.addresses_of(keys))
    split = [screen.with_neighbours(part, around) for part in (parcels[:3], parcels[3:])]
    assert pl.concat(split).equals(whole)


def outcome_of(parcel: dict[str, Any], effects: set[str], codes: set[str]) -> str:
    """The outcome of one parcel, as a person would reason."""
    kind = parcel["withdrawal_kind"]
    partly = kind == "return" and parcel["return_lines_kept"] > 0
    if kind and not partly and not codes & set(release.RETURN_RULES):
        return "withdrawn" if kind == "cancel" else "returned"
    if parcel["released_day"] >= 0:
        return "released"
    for effect, outcome in (("refuse", "refused"), ("wait", "pending"), ("hold", "held")):
        if effect in effects:
            return outcome
    return "held" if parcel["lane_number"] else "released"


@pytest.mark.parametrize("seed", range(40))
def test_decide(seed: int) -> None:
    source = random.Random(seed)
    parcels: Rows = [
        {"parcel_id": f"p{n}", "lane_number": source.choice((0, 0, 1, 2))}
        | {"withdrawal_kind": source.choice(("", "", "cancel", "return"))}
        | {"released_day": source.choice((MISSING, MISSING, 0, 9))}
        | {"return_lines_kept": source.choice((0, 0, 2))}
        for n in range(10)
    ]
    found = [
        {"parcel_id": f"p{source.randrange(12)}", "line": 0, "stage": "", "facts": ""}
        | {"code": source.choice(("CHK001", *release.RETURN_RULES))}
        | {"effect": source.choice([effect.value for effect in Effect])}
        for _ in range(source.randrange(14))
    ]
    got = release.decide(pl.DataFrame(parcels), pl.DataFrame(found, schema=FINDING_SCHEMA))
    for parcel, outcome in zip(parcels, got["outcome"], strict=True):
        own = [one for one in found if one["parcel_id"] == parcel["parcel_id"]]
        effects, codes = {one["effect"] for one in own}, {one["code"] for one in own}
        assert outcome == outcome_of(parcel, effects, codes)
    assert set(got["outcome"]) <= set(release.OUTCOMES)


def drawn_taxes(source: random.Random, parcel: str, **about: Any) -> dict[str, Any]:
    amounts = {name: source.choice((0, 0, 3, 11)) for name in assess.COLUMNS}
    return {"parcel_id": parcel} | about | amounts


@pytest.mark.parametrize("seed", SEEDS)
def test_tax_lines_and_totals(seed: int) -> None:
    source = random.Random(seed)
    lines = [
        drawn_taxes(source, f"p{n}", gnum=gnum, hs_code=f"{gnum}")
        for n in range(4)
        for gnum in range(1, source.randrange(2, 4))
    ]
    parcels = [drawn_taxes(source, f"p{n}") for n in (3, 0, 2, 1)]
    tax = assess.tax_lines(pl.DataFrame(lines), pl.DataFrame(parcels), "XTS")
    want = []
    for row in lines + parcels:
        for levy in assess.LEVIES:
            base, rate, amount = (row[f"{levy}_{w}"] for w in ("base_minor", "rate_ppm", "minor"))
            if amount > 0 or rate > 0:
                place = (row["parcel_id"], row.get("gnum", 0), row.get("hs_code", ""))
                want.append((*place, levy, base, rate, amount, "XTS"))
    known = tax.columns.index("currency") + 1
    assert sorted(tax.select(tax.columns[:known]).rows()) == sorted(want)
    assert tax.columns == list(TAX_LINE.names)
    absent = [0 if tax[name].dtype.is_integer() else "" for name in tax.columns[known:]]
    assert set(tax.select(tax.columns[known:]).rows()) <= {tuple(absent)}  # there is no box 47
    assert tax["parcel_id"].is_sorted()

    totals = assess.with_totals(pl.DataFrame(parcels), tax).to_dicts()
    assert [row["parcel_id"] for row in totals] == ["p3", "p0", "p2", "p1"]
    for row in totals:
        own = [one for one in want if one[0] == row["parcel_id"]]
        for levy in assess.LEVIES:
            assert row[f"{levy}_minor"] == sum(one[6] for one in own if one[3] == levy)
        assert row["total_minor"] == sum(one[6] for one in own)


def test_with_parcel_values_gives_each_line_its_parcel() -> None:
    parcels = pl.DataFrame(
        {"parcel_id": ["a", "b"], "customs_value_minor": [1, 2], "lines_total_e5": [3, 4]}
        | {"line_count": [1, 2], "pieces_e5": [5, 6]}
    )
    lines = pl.DataFrame({"parcel_id": ["b", "a", "b"], "gnum": [1, 1, 2]})
    got = value.with_parcel_values(lines, parcels)
    assert got["parcel_value_minor"].to_list() == [2, 1, 2]
    assert got["pieces_e5"].to_list() == [6, 5, 6]
