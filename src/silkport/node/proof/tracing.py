"""Tracing: the rows of the journey with what happened to one parcel or house in each stage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from silkport.journey import JOURNEYS, STAGES
from silkport.kernel.ids import link_of
from silkport.model.declarations import DECLARATION
from silkport.node.clearing.following import standings
from silkport.node.clearing.lookups import known_of, records
from silkport.node.clearing.references import (
    REFERENCES,
    inventory_reference,
    loose_links,
    reference_of,
)
from silkport.node.proof.speaking import day, money
from silkport.node.proof.unfolding_houses import is_house
from silkport.node.store.segments import KEPT_OF_HOUSES, Store
from silkport.stages.assess import HOUSE_LEVIES

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
        links = pl.Series("link", [link])
        if is_house(store, link, parcel_id):
            return _house_rows(store.known(links, KEPT_OF_HOUSES), parcel_id, officer=officer)
        known = known_of(store, links)
        received = _received(store, known, parcel_id)
    decision = known["decisions"].filter(pl.col("parcel_id") == parcel_id).to_dicts()[0]
    documents = known["documents"].filter(_own_documents(known, decision)).sort("doc")
    quota = known["quota"].filter(pl.col("parcel_id") == parcel_id)
    happened = {
        **_decided(decision, documents, officer=officer),
        "assess": money(decision["total_minor"], decision["currency"]),
        "settle": "; ".join(
            f"{row['kind']} {money(row['amount_minor'], decision['currency'])} {row['year']}"
            for row in quota.sort("day").to_dicts()
        ),
    }
    happened["release"] = "; ".join([happened["release"], *received])
    stages = [stage.name for stage in STAGES]
    return _rows(stages, happened, known["findings"].filter(pl.col("parcel_id") == parcel_id))


def _house_rows(
    known: dict[str, pl.DataFrame], parcel_id: str, *, officer: bool
) -> list[dict[str, str]]:
    """The stages of a house, with every payment, and what acts after release changed."""
    own = pl.col("parcel_id") == parcel_id
    decision = known["decisions"].filter(own).to_dicts()[0]
    currency = decision["currency"]
    declared = (pl.col("order_no") == decision["order_no"]) & (pl.col("kind") == DECLARATION.name)
    sums = known["tax_lines"].filter(own).group_by("levy").agg(pl.col("amount_minor").sum())
    owed = dict(sums.iter_rows())
    changes = known["adjustments"].filter(own).sort("app_time", "levy").to_dicts()
    happened = _decided(decision, known["documents"].filter(declared).sort("doc"), officer=officer)
    happened["assess"] = "; ".join(
        [
            *(f"{levy} {money(owed[levy], currency)}" for levy in HOUSE_LEVIES if levy in owed),
            f"total {money(decision['total_minor'], currency)}",
        ]
    )
    told = [
        f"{one['act']} of {day(one['act_day'])} {one['outcome']}: {one['kind']}"
        + (f" {one['levy']} {money(one['difference_minor'], currency)}" if one["levy"] else "")
        for one in changes
    ]
    happened["release"] = "; ".join([happened["release"], *told])
    return _rows(JOURNEYS["import", "road"], happened, known["findings"].filter(own))


def _decided(
    decision: Mapping[str, Any], documents: pl.DataFrame, *, officer: bool
) -> dict[str, str]:
    """What happened in the stages that parcels and houses share."""
    return {
        "declare": "; ".join(
            f"{row['kind']} {row['status']}, {day(row['received_day'])}, "
            f"{row['source']}:{row['position']}"
            for row in documents.to_dicts()
        ),
        "value": money(decision["customs_value_minor"], decision["currency"]),
        "screen": f"lane {decision['lane']}" if officer else "",
        "release": f"{decision['outcome']} on {day(decision['processing_day'])}",
    }


def _rows(
    stages: Sequence[str], happened: Mapping[str, str], findings: pl.DataFrame
) -> list[dict[str, str]]:
    """One row for each of these stages; risk criteria are not among the findings."""
    found = findings.filter(pl.col("effect") != "risk")
    rows = []
    for stage in STAGES:
        if stage.name in stages:
            codes = found.filter(pl.col("stage") == stage.name)["code"].unique().sort().to_list()
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
