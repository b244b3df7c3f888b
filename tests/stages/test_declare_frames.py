"""Frame code of declare against plain loops written for these tests."""

from __future__ import annotations

import random
from typing import Any

import pytest

from silkport.kernel.ids import parcel_id
from silkport.model.columns import MISSING, Table
from silkport.model.documents import (
    INVENTORY,
    INVENTORY_LINE,
    ORDER,
    ORDER_LINE,
    PAYMENT,
    WAYBILL,
    WITHDRAWAL,
)
from silkport.stages import declare
from tests.stages.frames import SEEDS, Rows, table_of


def drawn_versions(source: random.Random, table: Table, first: int, count: int) -> Rows:
    """Few keys, few guids, few times: every kind of collision."""
    return [
        {name: source.choice("AB") for name in table.key}
        | {"order_no": source.choice("12"), "guid": source.choice("xyz"), "doc": first + n}
        | {"app_type": source.choice((1, 2, 3)), "app_time": source.choice((7, 8, 9))}
        for n in range(count)
    ]


def statuses(table: Table, rows: Rows) -> dict[int, str]:
    """Status of every document by its number: one pass in order of arrival."""
    newest: dict[Any, dict[str, Any]] = {}
    seen: set[Any] = set()
    found = {}
    for row in sorted(rows, key=lambda row: row["doc"]):
        key = tuple(row[name] for name in table.key)
        version = (key, row["guid"], row["app_type"], row["app_time"])
        if version in seen:
            found[row["doc"]] = "duplicate"
            continue
        seen.add(version)
        best = newest.get(key)
        if best is None or row["app_time"] > best["app_time"]:
            if best is not None:
                found[best["doc"]] = "superseded"
            newest[key] = row
            found[row["doc"]] = "current"
        else:
            same = row["app_time"] == best["app_time"]
            found[row["doc"]] = "superseded" if same else "stale"
    return found


def closed_statuses(known: Rows, new: Rows, closed: set[str]) -> dict[int, str]:
    """Statuses of inventories where some decisions are final."""

    def final(row: dict[str, Any]) -> bool:
        return f"{row['ebc_code']} {row['order_no']}" in closed

    told = statuses(INVENTORY, known + new)
    old = statuses(INVENTORY, [row for row in known if final(row)])
    found = {}
    for row in known + new:
        doc = row["doc"]
        if not final(row):
            found[doc] = told[doc]
        elif row in new:
            found[doc] = "duplicate" if told[doc] == "duplicate" else "too_late"
        else:
            found[doc] = old[doc]
    return found


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    "table", [INVENTORY, ORDER, PAYMENT, WAYBILL, WITHDRAWAL], ids=lambda t: t.name
)
def test_declare_tells_versions_apart(table: Table, seed: int) -> None:
    source = random.Random(seed)
    known = drawn_versions(source, table, 1, source.randrange(6))
    new = drawn_versions(source, table, 100, source.randrange(1, 8))
    closed = {key for key in ("A 1", "B 2") if table is INVENTORY and source.random() < 0.4}
    source.shuffle(new)
    if table is INVENTORY:
        want = closed_statuses(known, new, closed)
    else:
        want = statuses(table, known + new)
    told = declare.declare(
        {table.name: table_of(table, new)}, {table.name: table_of(table, known)}, sorted(closed)
    )
    by_doc = {row["doc"]: row for row in known + new}
    current = {
        doc
        for doc, status in want.items()
        if status == "current" and (table is INVENTORY or by_doc[doc]["app_type"] != 3)
    }
    assert set(told.current[table.name]["doc"]) == current
    shown = {
        row["doc"]: "deleted"
        if want[row["doc"]] == "current" and row["app_type"] == 3
        else want[row["doc"]]
        for row in new
    }
    assert dict(told.statuses.select("doc", "status").iter_rows()) == shown
    assert set(told.statuses["kind"]) == {table.name}
    counts = {
        order: (
            sum(shown[r["doc"]] == "stale" for r in new if r["order_no"] == order),
            sum(shown[r["doc"]] == "duplicate" for r in new if r["order_no"] == order),
        )
        for order in {row["order_no"] for row in new}
    }
    got = {row[0]: row[1:] for row in told.per_order.iter_rows()}
    assert got == {order: pair for order, pair in counts.items() if any(pair)}


@pytest.mark.parametrize("heads", [(INVENTORY, INVENTORY_LINE), (ORDER, ORDER_LINE)])
def test_lines_follow_the_current_version(heads: tuple[Table, Table]) -> None:
    head, line = heads
    rows = [
        {"order_no": "1", "app_type": 1, "app_time": t, "doc": t, "guid": str(t)} for t in (8, 9)
    ]
    lines = [{"order_no": "1", "gnum": n, "doc": doc} for doc in (8, 9) for n in (1, 2)]
    told = declare.declare(
        {head.name: table_of(head, rows), line.name: table_of(line, lines)}, {}, []
    )
    assert told.current[line.name].select("doc", "gnum").rows() == [(9, 1), (9, 2)]


@pytest.mark.parametrize("seed", SEEDS)
def test_to_parcels(seed: int) -> None:
    source = random.Random(seed)
    pairs = [(ebc, order) for ebc in "AB" for order in "123" if source.random() < 0.7]
    inventories = [
        {"ebc_code": ebc, "order_no": order, "app_time": 8, "doc": n, "guid": f"{n}"}
        | {"app_type": source.choice((1, 2, 3))}
        | {"departure_country": source.choice(("CN", "KZ", "")), "destination_country": "KZ"}
        | {"destination_country": source.choice(("CN", "KZ", ""))}
        for n, (ebc, order) in enumerate(pairs)
    ]
    withdrawals = [
        {"ebc_code": ebc, "order_no": order, "kind": source.choice(("cancel", "return"))}
        | {"applied_day": n, "returned_day": 9, "doc": 100 + n, "guid": f"{n}", "app_type": 1}
        for n, (ebc, order) in enumerate(pairs)
        if source.random() < 0.4
    ]
    incoming = {
        "inventory": table_of(INVENTORY, inventories),
        "withdrawal": table_of(WITHDRAWAL, withdrawals),
    }
    told = declare.declare(incoming, {}, [])
    got = declare.to_parcels(told, "cn", "CN", set()).sort("doc")
    by_key = {(row["ebc_code"], row["order_no"]): row for row in withdrawals}
    for row, parcel in zip(inventories, got.to_dicts(), strict=True):
        key = (row["ebc_code"], row["order_no"])
        gone = by_key.get(key, {})
        kind = gone.get("kind", "cancel" if row["app_type"] == 3 else "")
        imports, exports = row["destination_country"] == "CN", row["departure_country"] == "CN"
        assert parcel["parcel_id"] == parcel_id("cn", *key)
        assert parcel["direction"] == ("import" if imports else "export" if exports else "")
        assert parcel["withdrawal_kind"] == kind
        assert parcel["withdrawal_applied_day"] == gone.get("applied_day", MISSING)
        assert parcel["withdrawal_returned_day"] == gone.get("returned_day", MISSING)
        assert (parcel["stale_versions"], parcel["duplicates"]) == (0, 0)
