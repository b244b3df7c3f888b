"""The levies in zen-engine: decisions of expressions, evaluated a batch at a time.

Run by a Python of its own that has zen-engine. With all rates of each line given, and with the
duty rates from the whole tariff as a decision table, a row for each code and edition; each as one
batch, and with a call for every line, which is the faster of both.
"""

from __future__ import annotations

import json
import time
from datetime import date
from itertools import pairwise
from typing import Any

import zen
from exchange import AMOUNTS, answer, compared, given, timed

EPOCH = date(1970, 1, 1)
WARM_LINES = 1_000

GREATER = "max([$.by_value, $.by_quantity])"
DUTY = (
    "round((shape == 'percent' ? $.by_value : shape == 'specific' ? $.by_quantity : "
    "shape == 'sum' ? round($.by_value, 2) + round($.by_quantity, 2) : "
    f"shape == 'greater' ? {GREATER} : "
    f"min([{GREATER}, $.cap])), 2)"
)
STEPS = (
    ("value", "customs_value_minor / 100"),
    ("each", "quantity_e6 * fx_ppm / 1000000000000 / per"),
    ("by_value", "$.value * rate_ppm / 1000000"),
    ("by_quantity", "$.each * amount_e4 / 10000"),
    ("cap", "$.value * cap_ppm / 1000000 + $.each * cap_e4 / 10000"),
    ("duty", DUTY),
    ("special", "round($.value * special_ppm / 1000000, 2)"),
    ("excise", "round(supp_qty_e5 * excise_minor_each / 10000000, 2)"),
    ("vat", "round(($.value + $.duty + $.special + $.excise) * vat_ppm / 1000000, 2)"),
)
FIELDS = ("shape", "rate_ppm", "amount_e4", "per", "cap_ppm", "cap_e4")
LINE = (
    *("customs_value_minor", "quantity_e6", "fx_ppm", "special_ppm", "supp_qty_e5"),
    *("excise_minor_each", "vat_ppm"),
)


def levies() -> dict[str, Any]:
    """The steps from value to VAT as one node."""
    steps = [{"id": key, "key": key, "value": text} for key, text in STEPS]
    return {
        "id": "levies",
        "name": "levies",
        "type": "expressionNode",
        "content": {"expressions": steps},
    }


def table(duties: list[dict[str, Any]]) -> dict[str, Any]:
    """The tariff as a decision table: the first row of code and days that fits."""
    rules = []
    for number, duty in enumerate(duties):
        start, stop = ((date.fromisoformat(duty[edge]) - EPOCH).days for edge in ("start", "stop"))
        rule = {"_id": f"{number}", "code": f'"{duty["hs_code"]}"', "day": f"[{start}..{stop})"}
        rules.append(rule | {field: json.dumps(duty[field]) for field in FIELDS})
    return {
        "id": "tariff",
        "name": "tariff",
        "type": "decisionTableNode",
        "content": {
            "hitPolicy": "first",
            "passThrough": True,
            "inputs": [
                {"id": "code", "name": "code", "field": "hs_code"},
                {"id": "day", "name": "day", "field": "decl_day"},
            ],
            "outputs": [{"id": field, "name": field, "field": field} for field in FIELDS],
            "rules": rules,
        },
    }


def decision(*nodes: dict[str, Any]) -> dict[str, Any]:
    """The nodes one after another, between a request and a response."""
    first = {"id": "in", "name": "in", "type": "inputNode"}
    chain = [first, *nodes, {"id": "out", "name": "out", "type": "outputNode"}]
    edges = [
        {"id": f"{n}", "sourceId": one["id"], "targetId": other["id"], "type": "edge"}
        for n, (one, other) in enumerate(pairwise(chain))
    ]
    return {"contentType": "application/vnd.gorules.decision", "nodes": chain, "edges": edges}


def engine(content: dict[str, Any]) -> Any:
    """An engine that holds one decision under the key `tax`."""
    return zen.ZenEngine({"loader": {"type": "static", "content": {"tax": content}}})


def batch(made: Any, lines: list[dict[str, Any]]) -> list[list[float]]:
    """The four amounts of every line."""
    answers = made.evaluate_batch([{"key": "tax", "context": line} for line in lines])
    return [[one["data"]["result"][name] for name in AMOUNTS] for one in answers]


def one_by_one(made: Any, lines: list[dict[str, Any]]) -> list[list[float]]:
    """The same, a call for every line."""
    results = (made.evaluate("tax", line)["result"] for line in lines)
    return [[result[name] for name in AMOUNTS] for result in results]


def main() -> None:
    """All ways, one after another."""
    data = given()
    columns, right = data["lines"], data["right"]
    lines = [
        dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)
    ]
    rated = [{name: line[name] for name in LINE + FIELDS} for line in lines]
    coded = [{name: line[name] for name in (*LINE, "hs_code", "decl_day")} for line in lines]
    rows = []
    for way, content, mine in (
        ("all rates given", decision(levies()), rated),
        ("tariff as decision table", decision(table(data["duties"]), levies()), coded),
    ):
        started = time.process_time()
        made = engine(content)
        one_by_one(made, mine[:1])
        loaded = time.process_time() - started
        for manner, run in (("one batch", batch), ("a call a line", one_by_one)):
            run(made, mine[:WARM_LINES])
            found, seconds = timed(lambda r=run, m=made, o=mine: r(m, o))
            about = {"way": f"{way}, {manner}", "lines": len(mine), "load_seconds": loaded}
            rows.append(about | seconds | compared(found, right))
    answer(rows)


if __name__ == "__main__":
    main()
