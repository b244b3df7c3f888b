"""Tracing: the rows of the journey with what happened to one parcel in each stage."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from silkport.journey import STAGES
from silkport.kernel.ids import link_of
from silkport.node.following import standings
from silkport.node.lookups import known_of, records
from silkport.node.references import (
    REFERENCES,
    inventory_reference,
    loose_links,
    reference_of,
)
from silkport.node.speaking import day, money
from silkport.node.store import Store

LOOSE_HEADS = ("waybill", "movement", "withdrawal")
"""Documents that may name a parcel by another number than that of its order."""


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
    documents = known["documents"].filter(_own_documents(known, decision)).sort("doc")
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


def _named(known: dict[str, pl.DataFrame], order_no: str, decision: pl.DataFrame) -> set[str]:
    """Everything that documents without its order number may name a parcel by."""
    own = pl.col("order_no") == order_no
    named = {f"O {order_no}"}
    for rows, references in (
        (known["inventory"].filter(own), ("waybill", "inventory", "declarant", "unnamed")),
        (known["payment"].filter(own), ("payment",)),
        (decision, ("inventory",)),
    ):
        for which in references:
            named |= set(rows.select(REFERENCES[which]).to_series().to_list())
    return named - {""}


def _own_documents(known: dict[str, pl.DataFrame], decision: Mapping[str, object]) -> pl.Expr:
    """Which documents are of a parcel: by its order number, else by what they name."""
    order_no = str(decision["order_no"])
    given = pl.DataFrame({"invt_no": [str(decision["invt_no"])]})
    named = sorted(_named(known, order_no, given))
    loose = [
        rows.filter(rows.select(reference_of(name)).to_series().is_in(named))["doc"]
        for name, rows in ((name, known[name]) for name in LOOSE_HEADS)
    ]
    unlinked = (pl.col("order_no") == "") & pl.col("doc").is_in(pl.concat(loose).implode())
    return (pl.col("order_no") == order_no) | unlinked


def _received(store: Store, known: dict[str, pl.DataFrame], parcel_id: str) -> list[str]:
    """How the documents of a parcel stand by receipts and tax bills that came in."""
    decision = known["decisions"].filter(pl.col("parcel_id") == parcel_id)
    named = _named(known, str(decision["order_no"][0]), decision)
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
