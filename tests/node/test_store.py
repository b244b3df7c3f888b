"""The contract of a store: whole batches, the latest decision, one writer, nothing unnoticed."""

from __future__ import annotations

import sqlite3
import stat
from pathlib import Path

import polars as pl
import pytest

from silkport.kernel.errors import StoreBusy, StoreDamaged, StoreFull, StoreTooNew
from silkport.kernel.ids import link_of, parcel_ids
from silkport.model.columns import Table
from silkport.model.documents import PAYMENT
from silkport.model.outcomes import DECISION, FINDING, QUOTA_ENTRY, TAX_LINE
from silkport.node.store.segments import Run, Store, outcome_schema
from silkport.stages.declare import schema_of

ORDERS = [f"A{number}" for number in range(8)]


def parcel(order: str) -> str:
    return parcel_ids("zz", ["EBC"], [order])[0]


def rows(table: Table, *cells: dict[str, object]) -> pl.DataFrame:
    """Rows of a table of outcomes or documents; what is not given is empty or zero."""
    schema = outcome_schema(table) if table is not PAYMENT else schema_of(PAYMENT)
    empty = {name: "" if kind == pl.String else 0 for name, kind in schema.items()}
    return pl.DataFrame([empty | one for one in cells], schema=schema)


def decided(order: str, outcome: str, *, due: int = -1) -> dict[str, object]:
    return {"parcel_id": parcel(order), "order_no": order, "outcome": outcome, "due_day": due}


def batch(*orders: str, outcome: str = "released", code: str = "CHK001", due: int = -1) -> dict:
    """A payment, a decision, a finding and a tax line for each of these orders."""
    return {
        "payment": rows(PAYMENT, *({"order_no": one, "doc": 1} for one in orders)),
        "decisions": rows(DECISION, *(decided(one, outcome, due=due) for one in orders)),
        "findings": rows(FINDING, *({"parcel_id": parcel(one), "code": code} for one in orders)),
        "tax_lines": rows(
            TAX_LINE, *({"parcel_id": parcel(one), "amount_minor": len(code)} for one in orders)
        ),
    }


def wanted(*orders: str) -> pl.Series:
    return pl.Series("link", sorted({link_of(one) for one in orders}), dtype=pl.String)


def run(number: int = 1) -> Run:
    return Run(number, 20_000, "[]")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "home" / "zz"


@pytest.fixture
def store(folder: Path):
    with Store(folder) as opened:
        yield opened


def test_known_is_what_was_committed(store: Store) -> None:
    kept = batch(*ORDERS)
    store.commit(run(), kept)
    known = store.known(wanted(*ORDERS))
    for name, table in kept.items():
        by = "order_no" if "order_no" in table.columns else "parcel_id"
        assert known[name].sort(by).equals(table.sort(by))
    assert known["inventory"].is_empty()
    assert known["quota"].is_empty()


def test_known_gives_other_orders_nothing(store: Store) -> None:
    store.commit(run(), batch("A1", "A2"))
    known = store.known(wanted("A1"))
    assert known["decisions"]["order_no"].to_list() == ["A1"]
    assert known["findings"]["parcel_id"].to_list() == [parcel("A1")]
    assert all(table.is_empty() for table in store.known(wanted("B1")).values())
    assert all(table.is_empty() for table in store.known(wanted()).values())


def test_the_latest_decision_with_its_own_findings_and_tax_lines(store: Store) -> None:
    store.commit(run(), batch("A1", "A2", outcome="pending", code="MAT001"))
    store.commit(run(2), batch("A1", outcome="refused", code="CHK9999"))
    bare = {"decisions": rows(DECISION, decided("A2", "released"))}
    store.commit(run(3), bare)
    known = store.known(wanted("A1", "A2"))
    found = dict(known["decisions"].select("order_no", "outcome").iter_rows())
    assert found == {"A1": "refused", "A2": "released"}
    assert known["findings"]["code"].to_list() == ["CHK9999"]
    assert known["tax_lines"]["amount_minor"].to_list() == [7]
    assert known["payment"].height == 3


def test_a_parcel_is_found_by_any_column_once(store: Store) -> None:
    store.commit(run(), batch("A1", outcome="pending"))
    store.commit(run(2), batch("A1", outcome="refused"))
    found = store.find_decisions("order_no", "A1")
    assert found["outcome"].to_list() == ["refused"]


def test_an_example_is_of_the_latest_decision(store: Store) -> None:
    store.commit(run(), batch("A1", "A2", outcome="pending"))
    store.commit(run(2), batch("A1", outcome="released"))
    pending = store.some_decision(pl.col("outcome") == "pending")
    assert pending["order_no"].to_list() == ["A2"]
    store.commit(run(3), batch("A2", outcome="released"))
    assert store.some_decision(pl.col("outcome") == "pending").is_empty()


def entry(person: str, kind: str, minor: int, year: int = 2026) -> dict[str, object]:
    return {
        "person": person,
        "year": year,
        "kind": kind,
        "amount_minor": minor,
        "parcel_id": parcel("A1"),
    }


def test_balances_are_debits_less_credits_by_person_and_year(store: Store) -> None:
    first = [entry("p", "debit", 500), entry("q", "debit", 70), entry("p", "debit", 9, 2025)]
    store.commit(run(), {"quota": rows(QUOTA_ENTRY, *first)})
    store.commit(run(2), {"quota": rows(QUOTA_ENTRY, entry("p", "credit", 200))})
    used = store.balances(pl.Series(["p", "p", "r"])).sort("year")
    assert used.rows() == [("p", 2025, 9), ("p", 2026, 300)]
    fullest = store.fullest_years()
    assert fullest is not None
    assert fullest.rows_by_key("person")["p"] == [(300,)]


def test_overdue_and_pending(store: Store) -> None:
    store.commit(run(), batch("A1", "A2", outcome="pending", due=100))
    store.commit(run(), batch("A3", outcome="pending", due=101))
    assert store.count_pending() == 3
    assert store.overdue(100) == []  # the last day still counts
    assert store.overdue(101) == sorted([link_of("A1"), link_of("A2")])
    store.commit(run(2), batch("A1", outcome="released"))
    store.commit(run(2), batch("A2", outcome="pending", due=200))
    assert store.overdue(102) == [link_of("A3")]
    assert store.count_pending() == 2


def test_an_empty_commit_leaves_nothing(store: Store, folder: Path) -> None:
    store.commit(run(), {"decisions": rows(DECISION)})
    assert store.next_run() == 1
    assert not list((folder / "segments").iterdir())


def test_a_commit_that_fails_late_leaves_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Store(folder) as store:
        store.commit(run(), batch("A1", outcome="pending", due=9))
        monkeypatch.setattr(store, "_note_pending", lambda decisions: 1 // 0)
        with pytest.raises(ZeroDivisionError):
            store.commit(run(2), batch("A1", "A2"))
        monkeypatch.undo()
        assert store.known(wanted("A1", "A2"))["decisions"]["outcome"].to_list() == ["pending"]
        assert store.next_run() == 2
    with Store(folder) as store:  # its files go when the store is next opened
        named = {row[0] for row in store._index.execute("select file from segments")}
        assert {path.name for path in store.segments.iterdir()} == named
        assert list(store.verify()) == []


def test_a_second_writer_is_refused_a_reader_is_not(store: Store, folder: Path) -> None:
    store.commit(run(), batch("A1"))
    with pytest.raises(StoreBusy, match="SP-4104"):
        Store(folder)
    with Store(folder, writing=False) as reader:
        assert reader.known(wanted("A1"))["decisions"].height == 1
    store.commit(run(), batch("A2"))  # the refused writer took nothing away


def test_the_lock_goes_with_its_holder(folder: Path) -> None:
    Store(folder).close()
    Store(folder).close()


def test_a_newer_schema_is_refused_and_left_alone(folder: Path) -> None:
    Store(folder).close()
    with sqlite3.connect(folder / "index.sqlite3") as index:
        index.execute("update meta set value = '99' where key = 'schema'")
    index.close()
    for writing in (True, False):
        with pytest.raises(StoreTooNew, match="schema 99"):
            Store(folder, writing=writing)
    with sqlite3.connect(folder / "index.sqlite3") as index:
        assert index.execute("select value from meta").fetchall() == [("99",)]
    index.close()


def test_an_index_that_is_no_index_is_damaged(folder: Path) -> None:
    Store(folder).close()
    (folder / "index.sqlite3").write_bytes(b"something else entirely" * 400)
    with pytest.raises(StoreDamaged, match="SP-4101"):
        Store(folder)


def segment_of(store: Store, kind: str) -> Path:
    (path,) = store.segments.glob(f"*-{kind}.parquet")
    return path


def test_a_missing_segment_is_named(store: Store) -> None:
    store.commit(run(), batch("A1"))
    path = segment_of(store, "decisions")
    path.unlink()
    assert list(store.verify()) == [path.name]
    with pytest.raises(StoreDamaged, match=path.name):
        store.known(wanted("A1"))


@pytest.mark.parametrize("left", [0, 3, 200])
def test_a_segment_cut_short_is_named(store: Store, left: int) -> None:
    store.commit(run(), {"quota": rows(QUOTA_ENTRY, entry("p", "debit", 1))} | batch("A1"))
    for kind, read in (
        ("decisions", lambda: store.known(wanted("A1"))),
        ("quota", lambda: store.balances(pl.Series(["p"]))),
        ("quota", store.fullest_years),
        ("decisions", lambda: store.find_decisions("order_no", "A1")),
        ("decisions", lambda: store.some_decision(pl.col("outcome") == "released")),
    ):
        path = segment_of(store, kind)
        path.write_bytes(path.read_bytes()[:left])
        with pytest.raises(StoreDamaged, match="SP-4101"):
            read()


def test_verify_finds_one_changed_byte(store: Store) -> None:
    store.commit(run(), batch(*ORDERS))
    assert list(store.verify()) == []
    path = segment_of(store, "findings")
    whole = path.read_bytes()
    for place in (0, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        assert list(store.verify()) == [path.name]
    path.write_bytes(whole)
    assert list(store.verify()) == []


def test_the_key_is_the_owners_alone_and_stays(folder: Path) -> None:
    with Store(folder) as store:
        key = store.person_key
        seed = store.draw_seed
    path = folder / "person.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_bytes() == key
    assert len(key) == 32
    with Store(folder) as store:
        assert (store.person_key, store.draw_seed) == (key, seed)


@pytest.mark.parametrize("size", [0, 31, 33])
def test_a_key_of_another_size_is_refused(folder: Path, size: int) -> None:
    Store(folder).close()
    (folder / "person.key").write_bytes(bytes(size))
    with pytest.raises(StoreDamaged, match=f"{size} bytes"):
        Store(folder)


def test_a_home_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreFull, match="SP-4103"):
        Store(tmp_path / "file" / "zz")
