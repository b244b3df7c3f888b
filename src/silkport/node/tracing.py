"""Tracing: the rows of the journey with what happened to one parcel in each stage."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from silkport.journey import STAGES
from silkport.node.speaking import day, money
from silkport.node.store import Store


def trace_rows(
    home: Path, country: str, link: str, parcel_id: str, *, officer: bool
) -> list[dict[str, str]]:
    """One row for each stage: stage, question, happened.

    Args:
        officer: whether the lane may be seen.
    """
    with Store(home / country, writing=False) as store:
        known = store.known(pl.Series("link", [link]))
    decision = known["decisions"].filter(pl.col("parcel_id") == parcel_id).to_dicts()[0]
    findings = known["findings"].filter(
        (pl.col("parcel_id") == parcel_id) & (pl.col("effect") != "risk")
    )
    documents = known["documents"].filter(pl.col("order_no") == decision["order_no"]).sort("doc")
    quota = known["quota"].filter(pl.col("parcel_id") == parcel_id)
    happened = {
        "declare": "; ".join(
            f"{row['kind']} {row['status']}, {day(row['received_day'])}, "
            f"{row['source']}:{row['position']}"
            for row in documents.to_dicts()
        ),
        "value": money(decision["customs_value_minor"], decision["currency"]),
        "assess": money(decision["total_minor"], decision["currency"]),
        "screen": f"lane {decision['lane']}" if officer else "",
        "settle": "; ".join(
            f"{row['kind']} {money(row['amount_minor'], decision['currency'])} {row['year']}"
            for row in quota.sort("day").to_dicts()
        ),
        "release": f"{decision['outcome']} on {day(decision['processing_day'])}",
    }
    rows = []
    for stage in STAGES:
        codes = findings.filter(pl.col("stage") == stage.name)["code"].unique().sort().to_list()
        parts = [happened.get(stage.name, ""), ", ".join(codes)]
        text = "; ".join(part for part in parts if part)
        rows.append({"stage": stage.name, "question": stage.question, "happened": text or "–"})
    return rows
