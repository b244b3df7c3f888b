"""Receipts and tax bills of customs for some parcels of a sample, out of order and repeated.

They are of an earlier system and bear on no decision; they say how their documents stand there.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from random import Random
from uuid import UUID, uuid5

import polars as pl

from silkport.formats.ceb.writing import Sender, Written, write_messages
from silkport.model.documents import INVENTORY, INVENTORY_LINE, ORDER
from silkport.model.records import RECEIPT, TAX_BILL
from silkport.sim.moving import filled
from silkport.sim.papers import PLANT, WAY
from silkport.sim.parcels import Tables

FOLDER = "answers"

MOST_ANSWERED = 40
"""Parcels with receipts in a sample."""

_PER_MESSAGE = 15
_GUIDS = UUID("53bb2f6e-2b1f-5d3a-8a4e-9a1d5f0c7e26")
_NOBODY = Sender("", "", "")  # receipts do not say who sends them

_STEPS = {
    "CEB312": (
        ("2", 0, "[Code:2;Desc:申报中]"),
        ("3", 1, "[Code:3;Desc:发送海关成功]"),
        ("120", 4, "[Code:1800;Desc:逻辑校验通过]"),
    ),
    "CEB622": (
        ("2", 6, "[Code:2;Desc:申报中]"),
        ("3", 7, "[Code:3;Desc:发送海关成功]"),
        ("120", 9, "[Code:1800;Desc:逻辑校验通过]"),
        ("800", 50, "[Code:2600;Desc:放行]"),
    ),
}
"""Status, minutes after ten in the evening, and words of what answers each kind of document."""

_TAX_PPM = 91_000
_PPM = 1_000_000


def replies(tables: Tables, day: date, rng: Random) -> Iterator[Written]:
    """The messages of a folder of answers.

    Args:
        tables: documents of one part of the sample.
    """
    plain = pl.col(WAY) == "import", pl.col(PLANT) == 0
    inventories = tables[INVENTORY.name].filter(*plain).head(MOST_ANSWERED)
    answered = inventories.select("order_no")
    orders = tables[ORDER.name].join(answered, on="order_no", how="semi")
    lines = tables[INVENTORY_LINE.name].join(answered, on="order_no", how="semi")
    number = 1
    for message, rows in (("CEB312", orders), ("CEB622", _numbered(inventories))):
        receipts = _mixed(_receipts(message, rows, day), rng)
        for written in _written({"receipt": receipts}, number):
            number += 1
            yield written
    bills = _bills(_numbered(inventories), lines, day)
    for message in ("CEB818", "CEB816"):  # that a bill is settled comes before the bill
        own = {"tax_bill": bills.filter(pl.col("message") == message)}
        for written in _written(own, number):
            number += 1
            yield written


def _written(tables: Tables, number: int) -> Iterator[Written]:
    if any(rows.height for rows in tables.values()):
        yield from write_messages(
            tables, sender=_NOBODY, per_message=_PER_MESSAGE, numbered_from=number
        )


def _numbered(inventories: pl.DataFrame) -> pl.DataFrame:
    """Inventories with the number that the other system gave them."""
    year = (pl.col("app_time") // 10**10).cast(pl.String)
    number = pl.concat_str(
        "customs_code", year, "flow", pl.lit("8"), pl.col("order_no").str.tail(8)
    )
    return inventories.with_columns(invt_no=number)


def _receipts(message: str, rows: pl.DataFrame, day: date) -> pl.DataFrame:
    found = []
    for status, minute, words in _STEPS[message]:
        seeds = [f"{message} {status} {guid}" for guid in rows["guid"]]
        found.append(
            filled(
                rows.with_columns(guid=pl.Series([_guid(seed) for seed in seeds], dtype=pl.String)),
                RECEIPT,
                {
                    "message": pl.lit(message),
                    "return_status": pl.lit(status),
                    "return_time": pl.lit(f"{day:%Y%m%d}22{minute:02d}00{minute:03d}"),
                    "return_info": pl.lit(words),
                },
            )
        )
    return pl.concat(found)


def _mixed(receipts: pl.DataFrame, rng: Random) -> pl.DataFrame:
    """As the line brings them: in no order, and every fourth once more."""
    turns = list(range(receipts.height))
    turns += turns[::4]
    rng.shuffle(turns)
    return receipts[turns]


def _bills(inventories: pl.DataFrame, lines: pl.DataFrame, day: date) -> pl.DataFrame:
    """A bill for each inventory, then the news that every second is part of a collective one."""
    tax = pl.col("total_e5") * _TAX_PPM // _PPM // 1_000 * 1_000
    per_line = lines.select("order_no", "gnum", "hs_code", "total_e5", line_tax=tax)
    heads = inventories.drop("note").with_columns(
        guid=pl.Series([_guid(f"CEB816 {guid}") for guid in inventories["guid"]], dtype=pl.String)
    )
    rows = heads.join(per_line, on="order_no", how="inner", maintain_order="left_right")
    nothing = pl.lit(0)
    bills = filled(
        rows,
        TAX_BILL,
        {
            "message": pl.lit("CEB816"),
            "return_time": pl.lit(f"{day:%Y%m%d}225500000"),
            "tax_no": pl.col("invt_no") + "_0",
            "status": pl.lit("1"),
            "vat_e5": pl.col("line_tax").sum().over("order_no"),
            "line_value_e5": pl.col("total_e5"),
            "line_vat_e5": pl.col("line_tax"),
            **dict.fromkeys(("duty_e5", "excise_e5", "line_duty_e5", "line_excise_e5"), nothing),
        },
    )
    second = inventories.gather_every(2)
    states = filled(
        second.drop("note").with_columns(
            guid=pl.Series([_guid(f"CEB818 {guid}") for guid in second["guid"]], dtype=pl.String)
        ),
        TAX_BILL,
        {
            "message": pl.lit("CEB818"),
            "return_time": pl.lit(f"{day:%Y%m%d}225900000"),
            "tax_no": pl.col("invt_no") + "_0",
            "status": pl.lit("2"),
            "duty_bill_no": pl.lit(f"D{day:%Y%m%d}0001"),
            **dict.fromkeys(
                ("agent_code", "ebc_code", "logistics_code", "customs_code"), pl.lit("")
            ),
        },
    )
    return pl.concat([bills, states])


def _guid(seed: str) -> str:
    return str(uuid5(_GUIDS, seed)).upper()
