"""Frame code of check and match against plain loops written for these tests."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from typing import Any

import polars as pl
import pytest

from silkport.law.book import FINDING_SCHEMA
from silkport.model.columns import MAX_AMOUNT_E5, MISSING
from silkport.model.documents import (
    INVENTORY_LINE,
    ORDER,
    ORDER_LINE,
    PAYMENT,
    WAYBILL,
)
from silkport.model.records import MOVEMENT
from silkport.node.clearing.arrival import PROBLEM_SCHEMA
from silkport.stages import check, match
from silkport.stages.check.counts import REFUSING_PROBLEMS
from tests.stages.frames import SEEDS, Rows, table_of


def drawn_lines(source: random.Random, docs: range) -> Rows:
    return [
        {"doc": doc, "gnum": source.choice((MISSING, 1, 2, 3)), "hs_code": f"{doc}"}
        | {"total_e5": source.choice((MISSING, 0, 5, 10**17, MAX_AMOUNT_E5))}
        | {"qty_e5": source.choice((MISSING, 0, 100_000, MAX_AMOUNT_E5))}
        for doc in docs
        for _ in range(source.randrange(4))
    ]


@pytest.mark.parametrize("seed", SEEDS)
def test_with_line_counts(seed: int) -> None:
    source = random.Random(seed)
    lines = drawn_lines(source, range(5))
    schema = dict.fromkeys(("doc", "gnum", "total_e5", "qty_e5"), pl.Int64)
    parcels = pl.DataFrame({"doc": [4, 2, 0, 1, 3, 9]})
    frame = pl.DataFrame([{name: row[name] for name in schema} for row in lines], schema=schema)
    got = check.with_line_counts(parcels, frame).to_dicts()
    for parcel in got:
        own = [row for row in lines if row["doc"] == parcel["doc"]]
        numbers = [row["gnum"] for row in own]
        assert parcel["line_count"] == len(own)
        assert parcel["first_gnum"] == min(numbers, default=0)
        assert parcel["last_gnum"] == max(numbers, default=0)
        assert parcel["distinct_gnums"] == len(set(numbers))
        for name, column in (("lines_total_e5", "total_e5"), ("pieces_e5", "qty_e5")):
            total = sum(max(0, row[column]) for row in own)
            assert parcel[name] == min(total, MAX_AMOUNT_E5)
    assert [parcel["doc"] for parcel in got] == [4, 2, 0, 1, 3, 9]


@pytest.mark.parametrize("seed", SEEDS)
def test_lines_of(seed: int) -> None:
    source = random.Random(seed)
    lines = drawn_lines(source, range(5))
    parcels = [
        {"doc": doc, "parcel_id": f"p{doc}", "cell": doc % 2, "decl_day": doc, "currency": "CNY"}
        | {
            "freight_e5": source.choice((MISSING, 0, 7)),
            "insurance_e5": source.choice((MISSING, 9)),
        }
        | {"gross_mass_mg": doc * 10}
        for doc in (4, 1, 0, 3)
    ]
    got = check.lines_of(pl.DataFrame(parcels), table_of(INVENTORY_LINE, lines), {"origin"})
    want = []
    for parcel in sorted(parcels, key=lambda parcel: parcel["doc"]):
        before = 0
        own = [row for row in lines if row["doc"] == parcel["doc"]]
        for row in sorted(own, key=lambda row: row["gnum"]):
            cost = max(0, parcel["freight_e5"]) + max(0, parcel["insurance_e5"])
            want.append(
                (row["doc"], row["gnum"], cost, min(before, MAX_AMOUNT_E5), f"p{row['doc']}")
            )
            before += max(0, row["total_e5"])
    columns = ["doc", "gnum", "goods_cost_e5", "before_e5", "parcel_id"]
    assert got.select(columns).rows() == want
    assert {"origin", "parcel_currency", "cell", "gross_mass_mg"} <= set(got.columns)
    assert "bar_code" not in got.columns


@pytest.mark.parametrize("seed", SEEDS)
def test_counts_of_problems_and_findings(seed: int) -> None:
    source = random.Random(seed)
    codes = [f"RDG{n:03d}" for n in range(1, 10)]
    problems = [
        dict.fromkeys(PROBLEM_SCHEMA, "") | {"order_no": source.choice("123"), "position": 1}
        | {"code": source.choice(codes)}
        for _ in range(source.randrange(12))
    ]  # fmt: skip
    parcels = pl.DataFrame({"order_no": ["3", "1", "4"], "parcel_id": ["c", "a", "d"]})
    frame = pl.DataFrame(problems, schema=PROBLEM_SCHEMA)
    bad = Counter(p["order_no"] for p in problems if p["code"] in REFUSING_PROBLEMS)
    got = check.with_unreadable_counts(parcels, frame)
    assert got["unreadable_cells"].to_list() == [bad["3"], bad["1"], 0]

    rules = ("CHK001", "CHK041", "CHK054", "CHK055", "CHK006")
    found = [
        {"parcel_id": source.choice("abc"), "line": 0, "code": source.choice(rules), "facts": ""}
        | {"stage": "check", "effect": source.choice(("refuse", "note", "wait"))}
        for _ in range(source.randrange(12))
    ]
    goods: Counter[str] = Counter()
    form: Counter[str] = Counter()
    for one in found:
        if one["effect"] == "refuse":
            (goods if one["code"] in check.GOODS_RULES else form)[one["parcel_id"]] += 1
    got = check.with_finding_counts(parcels, pl.DataFrame(found, schema=FINDING_SCHEMA))
    assert got["form_findings"].to_list() == [form["c"], form["a"], 0]
    assert got["goods_findings"].to_list() == [goods["c"], goods["a"], 0]


SECOND = {
    "order": (("ebp_code",), ("ebp_code",)),
    "payment": (("order_pay_transaction_id",), ("pay_transaction_id",)),
    "waybill": (("logistics_code", "logistics_no"), ("logistics_code", "logistics_no")),
}
"""The second key of each document: in the parcel, and in the document."""


def linked(name: str, parcel: dict[str, Any], rows: Rows) -> dict[str, Any] | None:
    """The one document of `parcel`; None where none or several could be meant."""
    same = [row for row in rows if row["order_no"] == parcel["order_no"] != ""]
    if len(same) == 1:
        return same[0]
    here, there = SECOND[name]
    wanted = [parcel[column] for column in here]
    loose = [row for row in rows if row["order_no"] == ""] if name == "waybill" else []
    for group in (same, loose):
        for row in reversed(group):
            if [row[column] for column in there] == wanted:
                return row
    return None


@pytest.mark.parametrize("seed", range(60))
def test_with_documents(seed: int) -> None:
    source = random.Random(seed)
    tables = {"order": ORDER, "payment": PAYMENT, "waybill": WAYBILL}
    rows: dict[str, Rows] = {}
    for name, table in tables.items():
        keys = {(*(source.choice("AB") for _ in table.key), source.choice(("", "1", "2", "3")))
                for _ in range(source.randrange(6))}  # fmt: skip
        rows[name] = [
            dict(zip(table.key, key, strict=False))
            | {"doc": n, "guid": f"{name}{n}"}
            | ({} if name == "order" else {"order_no": key[-1]})
            | ({"order_no": source.choice("123")} if name == "order" else {})
            for n, key in enumerate(sorted(keys))
        ]
        unique = {tuple(row[k] for k in table.key): row for row in rows[name]}
        rows[name] = [row | {"pay_transaction_id": source.choice(("", "A", "B"))}
                      if name == "order" else row for row in unique.values()]  # fmt: skip
    parcels = [
        {"order_no": order, "ebp_code": source.choice("AB"), "logistics_code": source.choice("AB")}
        | {"logistics_no": source.choice("AB")}
        for order in ("1", "2", "3", "4")
    ]
    wanted = {"order_guid", "payment_guid", "payment_amount_paid_e5", "waybill_guid"}
    frames = {name: table_of(table, rows[name]) for name, table in tables.items()}
    frames[MOVEMENT.name] = table_of(MOVEMENT, [])
    got = match.with_documents(pl.DataFrame(parcels), frames, wanted).to_dicts()
    assert [row["order_no"] for row in got] == ["1", "2", "3", "4"]
    for parcel, row in zip(parcels, got, strict=True):
        for name in tables:
            found = linked(name, parcel, rows[name])
            assert row[f"has_{name}"] == (found is not None)
            assert row[f"{name}_guid"] == (found["guid"] if found else "")
            assert row[f"{name}_doc"] == (found["doc"] if found else MISSING)
            if name == "order":
                parcel["order_pay_transaction_id"] = found["pay_transaction_id"] if found else ""
        assert row["payment_amount_paid_e5"] == MISSING


@pytest.mark.parametrize("seed", SEEDS)
def test_with_ordered_lines_and_their_findings(seed: int) -> None:
    source = random.Random(seed)
    ordered = [
        {"doc": source.choice((1, 2)), "gnum": source.choice((1, 2, 3)), "unit": f"u{n}"}
        for n in range(source.randrange(8))
    ]
    lines = pl.DataFrame(
        [{"order_doc": doc, "gnum": gnum} for doc in (1, 2, MISSING) for gnum in (1, 2, 3)]
    )
    frame = table_of(ORDER_LINE, ordered)
    got = match.with_ordered_lines(lines, frame, {"ordered_unit", "ordered_qty_e5"})
    last = {(row["doc"], row["gnum"]): row["unit"] for row in ordered}
    for row in got.to_dicts():
        key = (row["order_doc"], row["gnum"])
        assert row["has_ordered"] == (key in last)
        assert row["ordered_unit"] == last.get(key, "")
        assert row["ordered_qty_e5"] == MISSING
    assert got.select(lines.columns).equals(lines)
    assert match.only_ordered(got).height == 6

    codes = [source.choice(("MAT109", "MAT110")) for _ in range(source.randrange(6))]
    found = [
        {"parcel_id": "p1", "line": n, "code": code, "stage": "match", "effect": "refuse"}
        | {"facts": ""}
        for n, code in enumerate(codes)
    ]
    parcels = pl.DataFrame({"parcel_id": ["p1", "p2", "p3"], "order_doc": [1, 2, MISSING]})
    counted = match.with_line_findings(parcels, pl.DataFrame(found, schema=FINDING_SCHEMA), frame)
    heights = Counter(row["doc"] for row in ordered)
    assert counted["order_line_count"].to_list() == [heights[1], heights[2], 0]
    assert counted["lines_differing"].to_list() == [codes.count("MAT109"), 0, 0]
    assert counted["lines_mispriced"].to_list() == [codes.count("MAT110"), 0, 0]


@pytest.mark.parametrize("seed", SEEDS)
def test_mask(seed: int) -> None:
    source = random.Random(seed)
    codes = (*match.MASK_RULES, *match.MASK_ALIASES, "CHK001", "MAT109", "RSK001")
    found = [
        {
            "parcel_id": source.choice("ab"),
            "line": source.randrange(3),
            "code": source.choice(codes),
        }
        | {"stage": "match", "effect": "refuse", "facts": ""}
        for _ in range(source.randrange(20))
    ]
    want: defaultdict[str, int] = defaultdict(int)
    for one in found:
        number = {
            "MAT101": 1,
            "MAT111": 1,
            "MAT112": 3,
            "MAT115": 15,
            "MAT118": 18,
            "LIM001": 12,
            "LIM002": 12,
        }.get(one["code"])
        if number is None and one["code"] in match.MASK_RULES:
            number = int(one["code"][3:])
        if number is not None:
            want[one["parcel_id"]] |= 1 << (number - 1)
    parcels = pl.DataFrame({"parcel_id": ["b", "a", "c"]})
    got = match.mask(parcels, pl.DataFrame(found, schema=FINDING_SCHEMA))
    assert got["match_mask"].to_list() == [want["b"], want["a"], 0]
