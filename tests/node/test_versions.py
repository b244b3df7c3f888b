"""Messages that come twice, in another order or too late: versions decide, not arrival."""

from __future__ import annotations

import random
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from silkport.node.proof.unfolding import find, unfold
from silkport.node.store.segments import Store
from tests.node.days import (
    ORDER,
    a_home,
    changed,
    clear,
    codes,
    first_orders,
    lawful,
    outcomes,
    sample_day,
)

OWED = ["customs_value_minor", "duty_minor", "excise_minor", "vat_minor", "total_minor"]


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> pl.DataFrame:
    """Lawful imports of cn."""
    day = sample_day(tmp_path_factory.mktemp("day") / "day", parcels=200, seed=3)
    return lawful(day, direction="I")


def decisions(out: Path) -> pl.DataFrame:
    return pl.read_parquet(out / "decisions.parquet")


def later(rows: pl.DataFrame, time: str, **cells: str) -> pl.DataFrame:
    """Another version of these inventories, of another moment."""
    fresh = f"{time}-1111-4111-8111-111111111111"
    return changed(rows, inventory__app_time=time, inventory__guid=fresh, **cells)


def test_rows_in_any_order_of_parcels(rows: pl.DataFrame, tmp_path: Path) -> None:
    """Documents and parcels come as they come: the decisions are the same."""
    blocks = [first_orders(rows, 1, after=n) for n in range(rows[ORDER].n_unique())]
    for name, seed in (("one", 1), ("two", 2)):
        random.Random(seed).shuffle(blocks)
        pl.concat(blocks).write_csv(tmp_path / f"{name}.csv")
        clear(tmp_path / f"{name}.csv", home=a_home(tmp_path / f"h{name}"), out=tmp_path / name)
    assert decisions(tmp_path / "one").equals(decisions(tmp_path / "two"))


def test_documents_in_files_of_their_own_in_any_order(rows: pl.DataFrame, tmp_path: Path) -> None:
    rows = first_orders(rows, 20)
    rows.write_csv(tmp_path / "all.csv")
    clear(tmp_path / "all.csv", home=a_home(tmp_path / "h"), out=tmp_path / "all")
    files = []
    for kind in (("waybill",), ("payment",), ("order", "order_line"), ("inventory", "line")):
        names = [name for name in rows.columns if name.split(".")[0] in kind]
        files.append(tmp_path / f"{kind[0]}.csv")
        rows.select(names).unique(maintain_order=True).write_csv(files[-1])
    clear(*files, home=a_home(tmp_path / "h1"), out=tmp_path / "apart")
    assert decisions(tmp_path / "apart").equals(decisions(tmp_path / "all"))
    home = a_home(tmp_path / "h2")
    for number, file in enumerate(files):
        clear(file, home=home, out=tmp_path / f"{number}")
    assert decisions(tmp_path / "3").equals(decisions(tmp_path / "all"))


@pytest.mark.parametrize("turn", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_the_newest_version_counts(
    rows: pl.DataFrame, tmp_path: Path, turn: tuple[int, ...]
) -> None:
    one = first_orders(rows, 1)
    versions = [
        later(one, "20260915100000", inventory__gross_mass_kg="0"),
        later(one, "20260915110000", inventory__buyer_name=""),
        later(one, "20260915120000"),
    ]
    for number in turn:
        versions[number].write_csv(tmp_path / f"v{number}.csv")
    paths = [tmp_path / f"v{number}.csv" for number in turn]
    clear(*paths, home=a_home(tmp_path / "h"), out=tmp_path / "out")
    row = decisions(tmp_path / "out")
    assert row.select("outcome", "app_time").rows() == [("released", 20260915120000)]


def test_a_refused_parcel_may_be_corrected(rows: pl.DataFrame, tmp_path: Path) -> None:
    one = first_orders(rows, 1)
    home = a_home(tmp_path / "h")
    later(one, "20260915120000", inventory__buyer_name="").write_csv(tmp_path / "bad.csv")
    later(one, "20260916090000").write_csv(tmp_path / "good.csv")
    clear(tmp_path / "bad.csv", home=home, out=tmp_path / "bad")
    assert set(outcomes(tmp_path / "bad").values()) == {"refused"}
    clear(tmp_path / "good.csv", home=home, out=tmp_path / "good")
    assert set(outcomes(tmp_path / "good").values()) == {"released"}
    summary = clear(tmp_path / "bad.csv", home=home, out=tmp_path / "again")
    assert (summary.standing, summary.outcomes) == (1, {"released": 1})


def test_a_version_after_release_comes_too_late(rows: pl.DataFrame, tmp_path: Path) -> None:
    """It changes neither the decision, nor its unfolding, nor what a failed return leaves."""
    one = first_orders(rows, 1)
    home = a_home(tmp_path / "h")
    one.write_csv(tmp_path / "one.csv")
    clear(tmp_path / "one.csv", home=home, out=tmp_path / "first")
    first = decisions(tmp_path / "first")
    assert first["outcome"].to_list() == ["released"]
    change = {"inventory__freight": "33.00", "line__total": "1"}
    later(one, "20260916120000", **change).write_csv(tmp_path / "late.csv")
    for out in ("late", "later"):
        summary = clear(tmp_path / "late.csv", home=home, out=tmp_path / out)
        assert summary.standing == 1
        assert decisions(tmp_path / out).equals(first)
    assert summary.documents["inventory duplicate"] == 1
    ((country, link, parcel_id),) = find(home, one[ORDER][0])
    unfolded = unfold(home, country, link, parcel_id, language="en", officer=True)
    added = dict.fromkeys(("duty", "excise", "vat"), 0)
    for amount in unfolded.amounts:
        if amount.name in added:
            added[amount.name] += amount.minor
    assert [added["duty"], added["excise"], added["vat"]] == list(first.select(OWED[1:4]).row(0))
    withdrawal(one, kind="return", applied="2026-12-30").write_csv(tmp_path / "w.csv")
    clear(tmp_path / "w.csv", home=home, out=tmp_path / "w", day=date(2026, 12, 31))
    last = decisions(tmp_path / "w").filter(pl.col("order_no") == one[ORDER][0])
    assert "RET001" in codes(tmp_path / "w", one[ORDER][0])
    assert last.select("outcome", *OWED).equals(first.select("outcome", *OWED))
    assert pl.read_parquet(tmp_path / "w" / "quota.parquet").height == 1


def withdrawal(rows: pl.DataFrame, *, kind: str, applied: str) -> pl.DataFrame:
    """A cancellation or return of these parcels, the goods back on the same day."""
    cells = {
        "guid": f"{kind}-{applied}",
        "app_type": "1",
        "app_time": applied.replace("-", "") + "120000",
        "app_status": "2",
        "kind": kind,
        "applied_day": applied,
        "returned_day": applied if kind == "return" else "",
        "reason": "changed mind",
    }
    return rows.select(
        pl.col(ORDER).alias("withdrawal.order_no"),
        pl.col("inventory.ebc_code").alias("withdrawal.ebc_code"),
        *(pl.lit(text).alias(f"withdrawal.{name}") for name, text in cells.items()),
    ).unique(maintain_order=True)


def test_a_return_in_time_gives_the_year_back(rows: pl.DataFrame, tmp_path: Path) -> None:
    parcels = first_orders(rows, 3)
    home = a_home(tmp_path / "h")
    parcels.write_csv(tmp_path / "in.csv")
    clear(tmp_path / "in.csv", home=home, out=tmp_path / "first")
    withdrawal(parcels, kind="return", applied="2026-09-20").write_csv(tmp_path / "w.csv")
    for out in ("back", "again"):
        clear(tmp_path / "w.csv", home=home, out=tmp_path / out, day=date(2026, 9, 21))
        assert set(outcomes(tmp_path / out).values()) == {"returned"}
        assert decisions(tmp_path / out)["total_minor"].sum() == 0
    with Store(home / "cn", writing=False) as store:
        persons = decisions(tmp_path / "first")["person"]
        assert store.balances(persons)["used_minor"].sum() == 0
        fullest = store.fullest_years()
        assert fullest is not None
        assert fullest["used_minor"].max() == 0


def test_a_cancellation_before_its_inventory(rows: pl.DataFrame, tmp_path: Path) -> None:
    """Documents of one order may come in any order, the cancellation too."""
    one = first_orders(rows, 1)
    home = a_home(tmp_path / "h")
    withdrawal(one, kind="cancel", applied="2026-09-15").write_csv(tmp_path / "w.csv")
    one.write_csv(tmp_path / "one.csv")
    summary = clear(tmp_path / "w.csv", home=home, out=tmp_path / "first")
    assert summary.parcels == 0
    clear(tmp_path / "one.csv", home=home, out=tmp_path / "then")
    assert set(outcomes(tmp_path / "then").values()) == {"withdrawn"}
