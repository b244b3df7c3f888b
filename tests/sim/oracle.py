"""What every lawful parcel of the sample must satisfy, in plain Python, for tests only."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from silkport.formats.tabular import read_table
from silkport.kernel.identifiers import is_cn_resident_id, is_gtin, is_hs_code, is_kz_iin, is_s10

Row = dict[str, Any]
CODE = re.compile("[0-9]{4}[0-9A-Z]{6}")


def documents_of(folder: Path) -> dict[str, list[Row]]:
    """Every document of a sample folder, by table."""
    rows: dict[str, list[Row]] = {}
    for path in sorted(folder.iterdir()):
        if path.name in {"planted.csv", "README.txt"}:
            continue
        for documents in read_table(path, path.suffix[1:], source=path.name):
            assert not documents.set_aside, (path.name, documents.set_aside[:3])
            codes = {problem.code for problem in documents.problems}
            assert codes <= {"RDG006"} or path.name == "bad-cells.csv", documents.problems[:3]
            for name, frame in documents.tables.items():
                rows.setdefault(name, []).extend(frame.to_dicts())
    return rows


def faults(parcel: dict[str, list[Row]], day: int) -> Iterator[str]:
    """What is wrong with one parcel; nothing when it is lawful."""
    one = {name: rows[0] for name, rows in parcel.items()}
    for name in ("inventory", "order", "payment", "waybill"):
        if len(parcel.get(name, [])) != 1:
            yield f"{len(parcel.get(name, []))} of {name}"
            return
    yield from _inventory(one["inventory"], day)
    yield from _lines(parcel["line"], parcel["order_line"])
    yield from _agreement(one, parcel["line"])


def _inventory(row: Row, day: int) -> Iterator[str]:
    checks = {
        "codes": all(
            CODE.fullmatch(row[name])
            for name in ("ebp_code", "ebc_code", "logistics_code", "agent_code")
        ),
        "waybill": is_s10(row["logistics_no"]),
        "version": (row["app_type"], row["app_status"]) == (1, 2),
        "time": 20_000 <= row["app_time"] % 10**6 < 240_000,
        "day": row["decl_day"] == day,
        "offices": all(re.fullmatch("[0-9]{4}", row[n]) for n in ("customs_code", "port_code")),
        "currency": row["currency"] == "CNY",
        "mass": 0 < row["net_mass_mg"] < row["gross_mass_mg"] <= 30_000_000,
        "packages": row["pack_count"] == 1,
        "buyer": row["buyer_name"] and row["buyer_phone"] and row["consignee_address"],
        "freight": 0 <= row["freight_e5"] <= 3_000_000 and row["insurance_e5"] == 0,
    }
    if row["flow"] == "E":
        checks |= {
            "buyer number": row["buyer_id_type"] == "iin" and is_kz_iin(row["buyer_id"]),
            "mode": row["trade_mode"] == "9610",
            "way": (row["departure_country"], row["destination_country"]) == ("CN", "KZ"),
        }
    else:
        bonded = row["trade_mode"] == "1210"
        checks |= {
            "buyer number": row["buyer_id_type"] == "1" and is_cn_resident_id(row["buyer_id"]),
            "mode": row["trade_mode"] in {"9610", "1210"},
            "guarantor": bool(CODE.fullmatch(row["assure_code"])),
            "bonded": bool(row["ems_no"] and row["area_code"] and row["area_name"]) == bonded,
            "truck": bool(row["traf_no"] and row["voyage_no"] and row["bill_no"]) != bonded,
            "way": row["departure_country"] == ("CN" if bonded else "KZ"),
        }
    yield from (name for name, holds in checks.items() if not holds)


def _lines(lines: list[Row], ordered: list[Row]) -> Iterator[str]:
    if [line["gnum"] for line in lines] != list(range(1, len(lines) + 1)) or len(lines) > 4:
        yield "line numbers"
    for line, order in zip(lines, ordered, strict=True):
        same = ("gnum", "item_name", "qty_e5", "unit", "price_e5", "total_e5", "origin")
        if any(line[name] != order[name] for name in same):
            yield "line differs from order"
        if line["total_e5"] * 100_000 != line["price_e5"] * line["qty_e5"] or not line["total_e5"]:
            yield "total"
        if not (len(line["hs_code"]) == 10 and is_hs_code(line["hs_code"])):
            yield "commodity code"
        if not (line["goods_name"] and line["goods_model"] and line["goods_url"]):
            yield "goods"
        if line["bar_code"] not in {"", "无"} and not is_gtin(line["bar_code"]):
            yield "bar code"
        if (line["unit1"], line["unit2"], line["qty2_e5"]) != ("KGM", "", -1):
            yield "statutory units"
        if line["origin"] not in {"CN", "KZ"} or line["unit"] not in {"H87", "PR", "KGM"}:
            yield "origin or unit"


def _agreement(one: dict[str, Row], lines: list[Row]) -> Iterator[str]:
    inventory, order = one["inventory"], one["order"]
    payment, waybill = one["payment"], one["waybill"]
    goods = sum(line["total_e5"] for line in lines)
    due = goods + order["freight_e5"] + order["tax_total_e5"] - order["discount_e5"]
    tax = 0
    if inventory["flow"] == "I":
        fen = (goods + order["freight_e5"]) // 1_000
        tax = (fen * 91 + 500) // 1_000 * 1_000
    consignee = ("consignee", "consignee_phone", "consignee_address")
    buyer = ("buyer_name", "buyer_id", "buyer_id_type", "buyer_phone", "ebp_code", "ebp_name")
    checks = {
        "goods value": order["goods_value_e5"] == goods,
        "paid": order["paid_e5"] == due == payment["amount_paid_e5"],
        "prepaid tax": order["tax_total_e5"] == tax,
        "buyer": all(inventory[name] == order[name] for name in buyer),
        "payer": (payment["payer_id"], payment["payer_name"])
        == (inventory["buyer_id"], inventory["buyer_name"]),
        "payment": payment["pay_transaction_id"] == order["pay_transaction_id"] != "",
        "platform": (payment["ebp_code"], payment["ebp_name"], payment["pay_code"])
        == (order["ebp_code"], order["ebp_name"], order["pay_code"]),
        "waybill": waybill["logistics_no"] == inventory["logistics_no"],
        "transport": waybill["freight_e5"] == inventory["freight_e5"] == order["freight_e5"],
        "consignee": all(order[name] == waybill[name] for name in consignee),
        "mass of the waybill": waybill["gross_mass_mg"] == inventory["gross_mass_mg"],
        "arrived": waybill["arrived_day"] == inventory["decl_day"],
        "lines' mass": sum(line["qty1_e5"] * 10 for line in lines) == inventory["net_mass_mg"],
        "limit": inventory["flow"] == "E" or goods + inventory["freight_e5"] <= 500_000_000,
    }
    yield from (name for name, holds in checks.items() if not holds)
