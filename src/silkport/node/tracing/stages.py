"""The stages of the journey with what happened to a declaration of this node in each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from silkport.journey import JOURNEYS, STAGES
from silkport.node.proof.speaking import day, money
from silkport.stages.assess import HOUSE_LEVIES

_RISK = "risk"


def stage_rows(decided: Mapping[str, Any], *, officer: bool) -> list[dict[str, Any]]:
    """One row for each stage, as parcels have them: stage, question, happened.

    Beside it `parts`, of which each is a term, "" for none, and what is said with it.

    Args:
        decided: what was decided on a case (`Case.decision`).
        officer: whether the lane may be seen.
    """
    decision = decided["decision"]
    currency = decision["currency"]
    owed: dict[str, int] = {}
    for line in decided["tax_lines"]:
        owed[line["levy"]] = owed.get(line["levy"], 0) + line["amount_minor"]
    amounts = [(levy, money(owed[levy], currency)) for levy in HOUSE_LEVIES if levy in owed]
    happened: dict[str, list[tuple[str, str]]] = {
        "declare": [("", day(decision["decl_day"]))],
        "value": [("", money(decision["customs_value_minor"], currency))],
        "assess": [*amounts, ("total", money(decision["total_minor"], currency))],
        "screen": [(decision["lane"], "")] if officer else [],
        "release": [(decision["outcome"], day(decision["processing_day"]))],
    }
    rows = []
    for stage in STAGES:
        if stage.name in JOURNEYS["import", "road"]:
            codes = {
                one["code"]
                for one in decided["findings"]
                if one["stage"] == stage.name and one["effect"] != _RISK
            }
            parts = [
                *happened.get(stage.name, ()),
                *([("", ", ".join(sorted(codes)))] if codes else []),
            ]
            text = "; ".join(" ".join(filter(None, part)) for part in parts) or "–"
            about = {"stage": stage.name, "question": stage.question, "happened": text}
            rows.append({**about, "parts": parts})
    return rows
