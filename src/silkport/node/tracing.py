"""Tracing: the rows of the journey with what happened to one parcel in each stage."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from silkport.journey import STAGES
from silkport.kernel.ids import link_of
from silkport.node.following import standings
from silkport.node.lookups import known_of, records
from silkport.node.references import REFERENCES, inventory_reference, loose_links
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
        known = known_of(store, pl.Series("link", [link]))
        received = _received(store, known, parcel_id)
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
        "release": "; ".join(
            [f"{decision['outcome']} on {day(decision['processing_day'])}", *received]
        ),
    }
    rows = []
    for stage in STAGES:
        codes = findings.filter(pl.col("stage") == stage.name)["code"].unique().sort().to_list()
        parts = [happened.get(stage.name, ""), ", ".join(codes)]
        text = "; ".join(part for part in parts if part)
        rows.append({"stage": stage.name, "question": stage.question, "happened": text or "–"})
    return rows


def _received(store: Store, known: dict[str, pl.DataFrame], parcel_id: str) -> list[str]:
    """How the documents of a parcel stand by receipts and tax bills that came in."""
    decision = known["decisions"].filter(pl.col("parcel_id") == parcel_id)
    own = pl.col("order_no") == str(decision["order_no"][0])
    named = {f"O {decision['order_no'][0]}"}
    for rows, references in (
        (known["inventory"].filter(own), ("waybill", "inventory", "declarant")),
        (known["payment"].filter(own), ("payment",)),
        (decision, ("inventory",)),
    ):
        for which in references:
            named |= set(rows.select(REFERENCES[which]).to_series().to_list())
    named.discard("")
    links = loose_links(pl.Series("reference", sorted(named)))
    own_link = pl.Series("link", [link_of(str(decision["order_no"][0]))], dtype=pl.String)
    kept = records(store, pl.concat([links, own_link]).unique())
    stand = standings(kept["receipt"]).filter(pl.col("reference").is_in(sorted(named)))
    said = [
        f"{row['message']} {row['return_status']} {row['return_time'][:14]}"
        for row in stand.sort("message", "reference").to_dicts()
    ]
    bills = kept["tax_bill"].filter(inventory_reference().is_in(sorted(named)))
    heads = bills.unique(["tax_no", "message", "return_time"], keep="first", maintain_order=True)
    said += [
        f"{row['message']} {row['tax_no']} status {row['status']}"
        for row in heads.sort("return_time").to_dicts()
    ]
    return said
