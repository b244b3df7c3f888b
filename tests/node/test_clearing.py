"""The main command's use case on sample days: complete, repeatable, however the day is split."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from silkport.model.outcomes import OUTCOME_TABLES
from silkport.node.clearing import arrival
from silkport.node.store.segments import Store
from silkport.sim.comparison import read_comparison
from tests.node.days import (
    DAY,
    ORDER,
    a_home,
    aside,
    changed,
    clear,
    codes,
    first_orders,
    lawful,
    outcomes,
    sample_day,
)

TABLES = [table.name for table in OUTCOME_TABLES]
LEVIES = ("duty", "excise", "vat", "fee")
YEAR_MINOR = 26_000_00
KEYS = {
    "decisions": ["parcel_id"],
    "findings": ["parcel_id", "line", "code", "facts"],
    "tax_lines": ["parcel_id", "line", "levy"],
    "quota": ["parcel_id", "day", "kind"],
    "documents": ["doc"],
    "set_aside": ["source", "position"],
}
ALIKE = ("decisions", "findings", "tax_lines", "quota", "set_aside")
"""Tables that a second run writes again; `documents` says what became of each message now."""


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sample of 3,000 parcels."""
    return sample_day(tmp_path_factory.mktemp("sample") / "day")


@pytest.fixture(scope="module")
def cleared(day: Path) -> Path:
    """The sample cleared once by each administration: homes/<as>, out/<as>."""
    place = day.parent
    a_home(place / "home")
    for administration in ("cn", "kz", "zz"):
        clear(day, home=place / "home", out=place / administration, administration=administration)
    return place


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sample of 500 parcels."""
    return sample_day(tmp_path_factory.mktemp("small") / "day", parcels=500, seed=11)


def table(out: Path, name: str) -> pl.DataFrame:
    return pl.read_parquet(out / f"{name}.parquet", glob=False)


def same(one: Path, other: Path, *names: str) -> None:
    """Both folders say the same in these tables, in all columns and in the same order."""
    for name in names:
        left, right = table(one, name), table(other, name)
        assert left.schema == right.schema
        assert left.equals(right), f"{name} differs"


def same_rows(one: Path, other: Path, *names: str) -> None:
    """As `same`, whatever the order of the rows: batches follow one another."""
    for name in names:
        left, right = (table(place, name).sort(KEYS[name]) for place in (one, other))
        assert left.equals(right), f"{name} differs"


@pytest.mark.parametrize("administration", ["cn", "kz"])
def test_all_that_is_planted_is_found_and_nothing_else(cleared: Path, administration: str) -> None:
    rows = read_comparison([cleared / "day"], cleared / administration, administration)
    assert rows
    assert sum(int(str(row["planted"])) for row in rows) > 50
    assert [row for row in rows if row["missed"] or row["false"]] == []


def test_an_administration_that_is_not_concerned_refuses_politely(cleared: Path) -> None:
    rows = table(cleared / "zz", "decisions")
    assert rows.height == 3_000
    assert rows["total_minor"].sum() == 0
    found = table(cleared / "zz", "findings").filter(pl.col("effect") == "refuse")
    assert set(found["code"]) <= {"REG001", "REG002"}
    assert "released" not in set(rows["outcome"])
    assert table(cleared / "zz", "quota").is_empty()


@pytest.mark.parametrize("administration", ["cn", "kz", "zz"])
def test_columns_are_the_documented_ones(cleared: Path, administration: str) -> None:
    out = cleared / administration
    assert sorted(path.name for path in out.iterdir()) == sorted(f"{n}.parquet" for n in TABLES)
    for one in OUTCOME_TABLES:
        rows = table(out, one.name)
        assert tuple(rows.columns) == one.names
        assert not any(rows.null_count().row(0))
        for column in one.columns:
            kind = pl.String if column.kind == "text" else pl.Int64
            assert rows.schema[column.name] == kind


@pytest.mark.parametrize("administration", ["cn", "kz", "zz"])
def test_every_inventory_has_exactly_one_decision(cleared: Path, administration: str) -> None:
    rows = table(cleared / administration, "decisions")
    statuses = table(cleared / administration, "documents").filter(pl.col("kind") == "inventory")
    assert rows["parcel_id"].is_unique().all()
    assert rows["order_no"].is_unique().all()
    assert set(rows["order_no"]) == set(statuses["order_no"])
    current = statuses.filter(pl.col("status").is_in(["current", "deleted"]))
    assert current.height == rows.height == 3_000
    assert statuses["doc"].is_unique().all()
    assert rows["parcel_id"].to_list() == sorted(rows["parcel_id"])


@pytest.mark.parametrize("administration", ["cn", "kz"])
def test_tax_lines_add_up_to_the_decision(cleared: Path, administration: str) -> None:
    rows = table(cleared / administration, "decisions")
    lines = table(cleared / administration, "tax_lines")
    sums = lines.group_by("parcel_id", "levy").agg(pl.col("amount_minor").sum())
    added = {(parcel, levy): minor for parcel, levy, minor in sums.iter_rows()}
    for one in rows.iter_rows(named=True):
        owed = [added.pop((one["parcel_id"], levy), 0) for levy in LEVIES]
        assert owed == [one[f"{levy}_minor"] for levy in LEVIES]
        assert sum(owed) == one["total_minor"]
    assert added == {}
    assert rows["total_minor"].min() == 0
    assert rows.filter(pl.col("outcome").is_in(["withdrawn", "returned"]))["total_minor"].sum() == 0
    assert lines["currency"].unique().to_list() == rows["currency"].unique().to_list()


def test_the_ledger_bears_what_was_accepted(cleared: Path) -> None:
    rows = table(cleared / "cn", "decisions")
    ledger = table(cleared / "cn", "quota")
    assert ledger["amount_minor"].min() > 0
    accepted = rows.filter(pl.col("outcome").is_in(["released", "held"]))
    joined = ledger.join(accepted, on="parcel_id", how="inner", suffix="_decided")
    assert joined.height == ledger.height
    assert (joined["amount_minor"] == joined["customs_value_minor"]).all()
    assert (joined["person"] == joined["person_decided"]).all()
    years = ledger.group_by("person", "year").agg(pl.col("amount_minor").sum())
    assert years["amount_minor"].max() <= YEAR_MINOR


def test_running_twice_changes_nothing(cleared: Path, tmp_path: Path) -> None:
    home = cleared / "home"
    before = {path: path.read_bytes() for path in (home / "kz" / "segments").iterdir()}
    summary = clear(cleared / "day", home=home, out=tmp_path / "kz", administration="kz")
    assert summary.standing == summary.parcels == 3_000
    assert set(summary.documents) == {
        f"{kind} duplicate" for kind in ("inventory", "order", "payment", "waybill", "withdrawal")
    }
    for name in ALIKE:
        one, other = (folder / f"{name}.parquet" for folder in (cleared / "kz", tmp_path / "kz"))
        assert one.read_bytes() == other.read_bytes()
    after = {path: path.read_bytes() for path in (home / "kz" / "segments").iterdir()}
    assert after == before
    with Store(home / "kz", writing=False) as store:
        assert list(store.verify()) == []
        assert store.next_run() == 2


def test_without_out_nothing_is_written_elsewhere(small: Path, tmp_path: Path) -> None:
    summary = clear(small, home=tmp_path / "home")
    assert summary.parcels == 500
    assert [path.name for path in tmp_path.iterdir()] == ["home"]


def test_nothing_of_the_run_stays_behind(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arrival, "BATCH_PARCELS", 100)
    clear(small, home=tmp_path / "home", out=tmp_path / "out")
    assert not (tmp_path / "home" / "cn" / "staging").exists()
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(
        f"{name}.parquet" for name in TABLES
    )


def test_places_with_the_marks_of_patterns(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "a[1] *" / "[/b]"
    clear(small, home=place / "home", out=place / "out")
    clear(small, home=place / "home", out=place / "out")
    assert table(place / "out", "decisions").height == 500


def test_files_in_another_order(small: Path, tmp_path: Path) -> None:
    files = sorted(path for path in small.iterdir() if path.suffix != ".txt")
    files = [path for path in files if path.name != "planted.csv"]
    for name, inputs in (("one", files), ("other", files[::-1])):
        clear(*inputs, home=a_home(tmp_path / f"home-{name}"), out=tmp_path / name)
    one, other = (table(tmp_path / name, "decisions") for name in ("one", "other"))
    mask = "match_mask"  # it says whether an older version came after a newer one
    assert one.drop(mask).equals(other.drop(mask))
    same(tmp_path / "one", tmp_path / "other", "tax_lines", "quota")


def test_the_same_folder_named_twice(small: Path, tmp_path: Path) -> None:
    clear(small, home=a_home(tmp_path / "a"), out=tmp_path / "once")
    summary = clear(small, small, home=a_home(tmp_path / "b"), out=tmp_path / "twice")
    same(tmp_path / "once", tmp_path / "twice", "tax_lines", "quota", "set_aside")
    one, two = (table(tmp_path / name, "decisions") for name in ("once", "twice"))
    assert one.drop("match_mask").equals(two.drop("match_mask"))
    noted = table(tmp_path / "twice", "findings").filter(pl.col("code") != "MAT017")
    assert noted.equals(table(tmp_path / "once", "findings").filter(pl.col("code") != "MAT017"))
    assert summary.documents["order duplicate"] == summary.documents["order current"]


def test_payments_a_day_later(small: Path, tmp_path: Path) -> None:
    """What came apart ends as what came together; what was complete is not touched again."""
    rows = first_orders(lawful(small, direction="I"), 40)
    waited = set(rows[ORDER].unique(maintain_order=True)[:10])
    late = pl.col(ORDER).is_in(waited)
    payment = [name for name in rows.columns if name.startswith("payment.")]
    blank = [pl.when(late).then(pl.lit("")).otherwise(pl.col(name)).alias(name) for name in payment]
    rows.write_csv(tmp_path / "all.csv")
    rows.with_columns(blank).write_csv(tmp_path / "first.csv")
    rows.filter(late).select(payment).unique().write_csv(tmp_path / "then.csv")
    clear(tmp_path / "all.csv", home=a_home(tmp_path / "a"), out=tmp_path / "together")
    home = a_home(tmp_path / "b")
    clear(tmp_path / "first.csv", home=home, out=tmp_path / "first")
    summary = clear(tmp_path / "then.csv", home=home, out=tmp_path / "then", day=date(2026, 9, 17))
    together, first, then = (outcomes(tmp_path / name) for name in ("together", "first", "then"))
    assert {first[order] for order in waited} == {"pending"}
    assert then == {order: together[order] for order in waited}
    assert first | then == together
    assert summary.standing == 0
    owed = ["order_no", *(f"{levy}_minor" for levy in LEVIES), "customs_value_minor"]
    again = table(tmp_path / "together", "decisions").filter(pl.col("order_no").is_in(waited))
    assert again.select(owed).equals(table(tmp_path / "then", "decisions").select(owed))


def test_what_never_comes_is_refused_when_the_time_is_over(small: Path, tmp_path: Path) -> None:
    rows = lawful(small, direction="I")
    payment = [name for name in rows.columns if name.startswith("payment.")]
    first_orders(rows, 5).drop(payment).write_csv(tmp_path / "unpaid.csv")
    first_orders(rows, 1, after=5).write_csv(tmp_path / "other.csv")
    home = a_home(tmp_path / "home")
    clear(tmp_path / "unpaid.csv", home=home, out=tmp_path / "first")
    first = table(tmp_path / "first", "decisions")
    assert set(first["outcome"]) == {"pending"}
    last = date(1970, 1, 1) + timedelta(days=int(first["due_day"].max()))
    clear(tmp_path / "other.csv", home=home, out=tmp_path / "last", day=last)
    assert table(tmp_path / "last", "decisions").height == 1
    over = last + timedelta(days=1)
    clear(tmp_path / "other.csv", home=home, out=tmp_path / "over", day=over)
    after = outcomes(tmp_path / "over")
    assert {after[order] for order in first["order_no"]} == {"refused"}
    assert len(after) == 6
    with Store(home / "cn", writing=False) as store:
        assert store.count_pending() == 0


def test_a_parcel_that_never_arrives_is_not_decided_for_ever(small: Path, tmp_path: Path) -> None:
    direct = lawful(small, direction="I").filter(pl.col("inventory.trade_mode") == "9610")
    one = changed(first_orders(direct, 1), waybill__arrived_day="")
    one.write_csv(tmp_path / "one.csv")
    home = a_home(tmp_path / "home")
    clear(tmp_path / "one.csv", home=home, out=tmp_path / "first")
    assert codes(tmp_path / "first", one[ORDER][0]) == {"MAT015"}
    clear(tmp_path / "one.csv", home=home, out=tmp_path / "later", day=date(2027, 6, 1))
    assert set(outcomes(tmp_path / "later").values()) != {"pending"}


@pytest.mark.parametrize("administration", ["cn", "kz"])
def test_several_batches_decide_as_one(
    cleared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, administration: str
) -> None:
    monkeypatch.setattr(arrival, "BATCH_PARCELS", 500)
    home = a_home(tmp_path / "home")
    day = cleared / "day"
    clear(day, home=home, out=tmp_path / "out", administration=administration)
    same_rows(tmp_path / "out", cleared / administration, *KEYS)
    with Store(home / administration, writing=False) as store:
        batches = store._index.execute("select max(batch) from segments").fetchone()[0]
    assert batches > 3
    summary = clear(day, home=home, out=tmp_path / "again", administration=administration)
    assert summary.standing == 3_000
    same_rows(tmp_path / "out", tmp_path / "again", *ALIKE)


@pytest.mark.parametrize("size", [100_000, 40])
def test_one_buyers_year_in_the_order_of_declarations(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    """Whatever the order of arrival and the split, the later declarations exceed the year."""
    monkeypatch.setattr(arrival, "BATCH_PARCELS", size)
    rows = lawful(small, direction="I")
    names = [name for name in rows.columns if ".buyer_" in name or ".payer_" in name]
    rows = rows.with_columns(pl.lit(rows[name][0]).alias(name) for name in names)
    orders = rows[ORDER].unique(maintain_order=True)
    seconds = pl.col(ORDER).replace_strict(
        orders, [f"{n // 60:02d}{n % 60:02d}" for n in range(len(orders))]
    )
    rows = rows.with_columns(("2026091512" + seconds).alias("inventory.app_time"))
    rows.reverse().write_csv(tmp_path / "mine.csv")
    clear(tmp_path / "mine.csv", home=a_home(tmp_path / "home"), out=tmp_path / "out")
    decided = table(tmp_path / "out", "decisions").filter(
        pl.col("order_no").is_in(orders.implode())
    )
    found = table(tmp_path / "out", "findings").filter(pl.col("code") == "LIM002")["parcel_id"]
    used, beyond = 0, 0
    for one in decided.sort("app_time").iter_rows(named=True):
        exceeds = used + one["customs_value_minor"] > YEAR_MINOR
        assert (one["parcel_id"] in found) == exceeds
        assert (one["outcome"] == "refused") == exceeds
        used += 0 if exceeds else one["customs_value_minor"]
        beyond += exceeds
    assert beyond > 10
    ledger = table(tmp_path / "out", "quota").group_by("person").agg(pl.col("amount_minor").sum())
    assert ledger["amount_minor"].max() == used


def test_a_second_year_begins_where_the_first_run_ended(small: Path, tmp_path: Path) -> None:
    rows = lawful(small, direction="I")
    home = a_home(tmp_path / "home")
    for number in range(2):
        part = first_orders(rows, 3, after=3 * number)
        part.write_csv(tmp_path / f"{number}.csv")
        clear(tmp_path / f"{number}.csv", home=home, out=tmp_path / f"out{number}")
    with Store(home / "cn", writing=False) as store:
        ledger = pl.concat([table(tmp_path / f"out{n}", "quota") for n in range(2)])
        used = store.balances(ledger["person"])
    assert used["used_minor"].sum() == ledger["amount_minor"].sum()


def test_nothing_is_set_aside_from_a_sample(cleared: Path) -> None:
    assert aside(cleared / "cn") == []
    days = table(cleared / "cn", "decisions")["processing_day"].unique().to_list()
    assert days == [(DAY - date(1970, 1, 1)).days]
