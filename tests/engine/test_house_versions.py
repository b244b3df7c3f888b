"""Which version of one declaration counts, told as the tables tell it."""

from __future__ import annotations

from datetime import date
from random import Random

import polars as pl
import pytest

from silkport.engine.house_release import Told, last_time_of, told
from silkport.kernel.periods import day_number
from silkport.model.declarations import ACTS, DECLARATION, GOODS
from silkport.model.outcomes import DECISION
from silkport.node.store.segments import outcome_schema
from silkport.stages.declare import NOT_TAKEN, declare_houses, schema_of
from tests.engine.houses import STATUS, Row, Rows

DAY = day_number(date(2026, 9, 16))
NOW = 20_260_916_120_000
TIMES = (-1, NOW - 1, NOW, NOW + 1, last_time_of(DAY), last_time_of(DAY) + 1, 20_991_231_235_959)
OUTCOMES = ("", "", "refused", "held", "released", "released", "withdrawn")


def test_the_last_time_is_the_end_of_the_next_day() -> None:
    assert last_time_of(DAY) == 20_260_917_235_959


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_versions_of_many_houses_are_told_as_in_tables(seed: int) -> None:
    """Three hundred houses, ten versions of each one after another, of few guids and times."""
    rng, columns, documents = Random(seed), schema_of(DECLARATION), 0
    numbers = [f"D/{turn}" for turn in range(300)]
    heads: Rows = []
    statuses: Rows = []
    seen: set[Told] = set()
    outcomes = dict.fromkeys(numbers, "")
    for _ in range(10):
        outcomes = {n: rng.choice(OUTCOMES) if rng.random() < 0.3 else outcomes[n] for n in numbers}
        incoming: Rows = []
        for number in numbers:
            documents += 1
            row: Row = {column.name: column.absent for column in DECLARATION.columns}
            row |= {"declarant_code": "D", "declaration_no": number, "doc": documents}
            row |= {"guid": rng.choice("ab"), "act": rng.choice((*ACTS, "gift", ""))}
            incoming.append(row | {"app_time": rng.choice(TIMES), "received_day": DAY})
        want = by_tables(incoming, heads, statuses, outcomes)
        late = {one["doc"] for one in statuses if one["status"] in NOT_TAKEN}
        known: dict[str, Rows] = {}
        for head in heads:
            if head["doc"] not in late:
                known.setdefault(head["declaration_no"], []).append(head)
        for row in incoming:
            number = row["declaration_no"]
            says = told(row, known.get(number, []), outcomes[number], processing_day=DAY)
            assert says == want[row["doc"]][0]
            seen.add(says)
            if says.status != "duplicate":
                heads.append({name: row[name] for name in columns})
                statuses.append(want[row["doc"]][1])
    decided = {Told("current", decides=True), Told("too_early", decides=True)}
    left = {Told(one, decides=False) for one in ("stale", "duplicate", "too_late", "too_early")}
    assert seen == decided | left


def by_tables(
    incoming: Rows, heads: Rows, statuses: Rows, outcomes: dict[str, str]
) -> dict[int, tuple[Told, Row]]:
    """What the stage says of each new document, and its status row."""
    goods = pl.DataFrame(schema=schema_of(GOODS))
    decisions = [
        {"order_no": number, "ebc_code": "D", "outcome": outcome}
        for number, outcome in outcomes.items()
        if outcome
    ]
    wanted = ("order_no", "ebc_code", "outcome")
    declared = declare_houses(
        {DECLARATION.name: pl.DataFrame(incoming, schema_of(DECLARATION)), GOODS.name: goods},
        {
            DECLARATION.name: pl.DataFrame(heads, schema_of(DECLARATION)),
            GOODS.name: goods,
            "documents": pl.DataFrame(statuses, STATUS),
        },
        pl.DataFrame(decisions, {name: outcome_schema(DECISION)[name] for name in wanted}),
        last_time_of(DAY),
    )
    current = set(declared.current[DECLARATION.name]["doc"])
    return {
        row["doc"]: (Told(row["status"], decides=row["doc"] in current), row)
        for row in declared.statuses.to_dicts()
    }
