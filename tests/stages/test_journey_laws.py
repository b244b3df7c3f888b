"""What holds of every day whatever its parcels: order, conservation, the limit of the year.

Days are drawn from a seed; a seed that ever fails becomes a test with a name.
"""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import date, timedelta

import polars as pl
import pytest

from silkport.kernel.periods import day_number
from silkport.stages.release import DEBITING
from tests.stages.cast import RESIDENT_ID, Row, app_time
from tests.stages.desk import Desk, Document, Papers, a_withdrawal, buyer, some_papers
from tests.stages.places import CN_DIRECT, DAY, ZZ_IMPORT, Place

BUYERS = (RESIDENT_ID, "110101198501011239", "11010119900307459X")
VERSION_NOTES = ("MAT016", "MAT017")
LIMITS = {"cn": 2_600_000, "zz": 500_000}

FLAWS: tuple[Row, ...] = (
    {"net_mass_mg": 900_000},
    {"pack_count": 2},
    {"order_paid_e5": 1},
    {"waybill_consignee": "Somebody"},
    {"currency": "USD"},
    {"trade_mode": "0110"},
    {"departure_country": ""},
)


def drawn_papers(source: random.Random, place: Place, number: int) -> Papers:
    """One parcel: mostly lawful, often dear, now and then flawed."""
    changes: Row = buyer(source.choice(BUYERS))
    changes |= {"app_time": app_time(place.day, source.randrange(80_000, 80_003))}
    if source.random() < 0.25:
        changes |= source.choice(FLAWS)
    yuan = source.choice((40, 300, 900, 4_000, 9_000, 14_000))
    price_e5 = yuan * 100_000 // (1 if place.country == "cn" else 10) + 1_000
    oil: Row = {"hs_code": "1512190000"} if place.country == "cn" else {}
    return some_papers(place, f"AIG-{number}", price_e5=price_e5, pieces=1, line=oil, **changes)


def drawn_documents(source: random.Random, place: Place, first: int, count: int) -> list[Document]:
    """Documents of `count` parcels; some lack one, some come twice or in two versions."""
    found: list[Document] = []
    for number in range(first, first + count):
        papers = drawn_papers(source, place, number)
        keep = [one for one in papers if one is papers.inventory or source.random() > 0.05]
        if source.random() < 0.15:
            keep.append(papers.inventory.version(90_000, note="again"))
        if source.random() < 0.1:
            keep.append(source.choice(keep))
        found += keep
    return found


def told(desk: Desk) -> dict[str, list[dict[str, object]]]:
    """Every outcome but the notes on versions, which depend on what came first."""
    findings = desk.outcomes["findings"].filter(~pl.col("code").is_in(VERSION_NOTES))
    tables = desk.outcomes | {"findings": findings}
    orders = {"findings": ["parcel_id", "line", "code"], "tax_lines": ["parcel_id", "line", "levy"]}
    return {
        name: rows.drop("match_mask", strict=False).sort(orders.get(name, "parcel_id")).to_dicts()
        for name, rows in tables.items()
    }


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("place", [CN_DIRECT, ZZ_IMPORT], ids=str)
def test_the_order_of_documents_decides_nothing(place: Place, seed: int) -> None:
    source = random.Random(seed)
    documents = drawn_documents(source, place, 0, 24)
    first = Desk(place.country)
    first.clear(place.day, documents)
    assert len(set(first.outcomes["decisions"]["outcome"])) > 1
    for _ in range(3):
        source.shuffle(documents)
        again = Desk(place.country)
        again.clear(place.day, documents)
        assert told(again) == told(first)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("place", [CN_DIRECT, ZZ_IMPORT], ids=str)
def test_one_batch_decides_as_many_small_ones(place: Place, seed: int) -> None:
    source = random.Random(seed)
    parcels = [drawn_papers(source, place, number) for number in range(12)]
    together = Desk(place.country)
    together.clear(place.day, [one for papers in parcels for one in papers])
    ids = dict(together.outcomes["decisions"].select("order_no", "parcel_id").iter_rows())

    def turn(papers: Papers) -> tuple[int, str]:
        head = papers.inventory.head
        return int(head["app_time"]), ids[str(head["order_no"])]

    apart = Desk(place.country)
    for papers in sorted(parcels, key=turn):
        apart.clear(place.day, papers)
    assert told(apart) == told(together)


@pytest.mark.parametrize("seed", range(3))
def test_batches_cut_anywhere_owe_the_same_taxes(seed: int) -> None:
    """Where no year is exceeded, what a parcel owes does not depend on its neighbours."""
    source = random.Random(seed)
    parcels = [some_papers(CN_DIRECT, f"AIG-{n}", pieces=source.randrange(1, 5)) for n in range(12)]
    documents = [one for papers in parcels for one in papers]
    whole = Desk("cn")
    whole.clear(DAY, documents)
    source.shuffle(documents)
    cut = Desk("cn")
    for start in range(0, len(documents), 7):
        cut.clear(DAY, documents[start : start + 7])
    for name in ("tax_lines",):
        assert told(cut)[name] == told(whole)[name]
    amounts = ["parcel_id", "customs_value_minor", "total_minor"]
    assert (
        cut.outcomes["decisions"]
        .select(amounts)
        .sort("parcel_id")
        .equals(whole.outcomes["decisions"].select(amounts).sort("parcel_id"))
    )


def accepted_values(desk: Desk) -> dict[tuple[str, int], int]:
    """Customs values of accepted parcels whose regime has a yearly limit, by person and year."""
    sums: defaultdict[tuple[str, int], int] = defaultdict(int)
    for row in desk.outcomes["decisions"].iter_rows(named=True):
        if row["outcome"] in DEBITING and row["direction"] == "import":
            sums[row["person"], row["year"]] += row["customs_value_minor"]
    return {key: value for key, value in sums.items() if value}


def drawn_return(source: random.Random, desk: Desk, today: date) -> list[Document]:
    """Now and then an application to return a released parcel, or to cancel another."""
    rows = desk.outcomes["decisions"].sort("order_no").to_dicts()
    if not rows or source.random() < 0.5:
        return []
    row = source.choice(rows)
    kind = "return" if row["outcome"] == "released" else "cancel"
    back = today + timedelta(days=source.choice((0, 40, 60)))
    return [a_withdrawal(kind, row["order_no"], today, back, guid=f"{today}-{row['order_no']}")]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("place", [CN_DIRECT, ZZ_IMPORT], ids=str)
def test_the_ledger_is_the_value_of_accepted_parcels(place: Place, seed: int) -> None:
    source = random.Random(seed)
    desk = Desk(place.country)
    waiting: list[Document] = []
    for turn in range(8):
        today = place.day + timedelta(days=turn)
        fresh = drawn_documents(source, place._replace(day=today), turn * 10, 5)
        held_back = [one for one in fresh if source.random() < 0.1]
        fresh = [one for one in fresh if one not in held_back]
        desk.clear(today, [*fresh, *waiting, *drawn_return(source, desk, today)])
        desk.clear(today)
        waiting = held_back
        assert desk.ledger() == accepted_values(desk)
        assert all(used <= LIMITS[place.country] for used in desk.ledger().values())
        assert (desk.outcomes["quota"]["amount_minor"] > 0).all()
    assert {"released", "refused"} <= set(desk.outcomes["decisions"]["outcome"])


def test_a_return_filed_before_release_does_not_hide_the_parcel_from_the_year() -> None:
    desk = Desk("cn")
    oil: Row = {"hs_code": "1512190000"}
    day: list[Document] = []
    for order_no in ("AIG-1", "AIG-2"):
        day += some_papers(CN_DIRECT, order_no, price_e5=1_500_000_000, pieces=1, line=oil)
        day.append(a_withdrawal("return", order_no, DAY, DAY))
    desk.clear(DAY, day)
    assert desk.ledger() == {(RESIDENT_ID, DAY.year): 1_501_000}


def test_a_late_return_of_a_parcel_that_used_most_of_the_year_leaves_it_released() -> None:
    desk = Desk("cn")
    oil: Row = {"hs_code": "1512190000"}
    desk.clear(DAY, some_papers(CN_DIRECT, price_e5=1_500_000_000, pieces=1, line=oil))
    assert desk.outcome() == "released"
    late = DAY + timedelta(days=60)
    desk.clear(late, [a_withdrawal("return", "AIG-1", late, late)])
    assert desk.outcome() == "released"
    assert desk.ledger() == {(RESIDENT_ID, DAY.year): 1_501_000}


def test_a_held_parcel_with_another_buyer_debits_the_other_buyer() -> None:
    """The first buyer's entry is taken back, the second buyer's year bears the parcel."""
    desk = Desk("cn")
    unknown_rate: Row = {"hs_code": "2402200000"}
    papers = some_papers(CN_DIRECT, line=unknown_rate)
    desk.clear(DAY, papers)
    assert (desk.outcome(), desk.ledger()) == ("held", {(RESIDENT_ID, DAY.year): 12_980})
    other = BUYERS[1]
    desk.clear(
        DAY,
        [
            papers.inventory.version(90_000, buyer_id=other),
            papers.order.version(90_000, buyer_id=other),
        ],
    )
    assert (desk.outcome(), desk.ledger()) == ("held", {(other, DAY.year): 12_980})


def test_a_version_that_came_too_late_never_counts() -> None:
    papers = some_papers(CN_DIRECT)
    desk = Desk("cn")
    desk.clear(DAY, papers)
    late = papers.inventory.version(90_000, freight_e5=99_000_000)
    assert desk.clear(DAY, [late]).statuses["status"].to_list() == ["too_late"]
    after = DAY + timedelta(days=60)
    desk.clear(after, [a_withdrawal("return", "AIG-1", after, after)])
    assert desk.decision()["customs_value_minor"] == 12_980
    assert desk.decision()["released_day"] == day_number(DAY)


@pytest.mark.parametrize("kind", ["cancel", "return"])
def test_a_failed_withdrawal_of_a_released_parcel_makes_no_room_in_the_year(kind: str) -> None:
    """The released parcel bears on the year first, whichever was declared earlier."""
    oil: Row = {"hs_code": "1512190000"}
    one, two = (
        some_papers(
            CN_DIRECT,
            order_no,
            price_e5=1_500_000_000,
            pieces=1,
            line=oil,
            app_time=app_time(DAY, clock),
        )
        for order_no, clock in (("AIG-1", 90_000), ("AIG-2", 80_000))
    )
    desk = Desk("cn")
    desk.clear(DAY, one)
    late = DAY + timedelta(days=60)
    desk.clear(late, [*two, a_withdrawal(kind, "AIG-1", late, late)])
    assert (desk.outcome("AIG-1"), desk.outcome("AIG-2")) == ("released", "refused")
    assert "LIM002" in desk.codes("AIG-2") - desk.codes("AIG-1")
    assert desk.ledger() == {(RESIDENT_ID, DAY.year): 1_501_000}
