"""Risk criteria on houses of commercial goods, at both sides of their limits, and their lanes."""

from __future__ import annotations

from collections import Counter

import pytest

from silkport.model.columns import MISSING
from silkport.model.rows import HOUSE
from silkport.stages import screen
from tests.stages.goods_law import E5, KG, Case, Row, Under, a_row, cases, fires, said

KZ = Under("kz")
NET: Row = {"lines_net_mg": 20_000 * KG}
QUIET: Row = NET | {"customs_value_minor": 1_000_000, "lines_total_e5": 8_123 * E5}

ROWS: list[Case] = [
    ("RSK201", NET | {"customs_value_minor": 1_000_000}, False),  # half a unit a kilogram
    ("RSK201", NET | {"customs_value_minor": 999_999}, True),
    ("RSK201", NET | {"customs_value_minor": MISSING}, True),
    *(("RSK201", {"lines_net_mg": one, "customs_value_minor": 0}, False) for one in (0, MISSING)),
    ("RSK201", {"lines_net_mg": 1, "customs_value_minor": 0}, True),
    ("RSK201", NET | {"customs_value_minor": 400_000_000}, False, KZ),
    ("RSK201", NET | {"customs_value_minor": 399_999_999}, True, KZ),
    ("RSK202", {"lines_total_e5": 8_000 * E5}, True),
    *(("RSK202", {"lines_total_e5": 8_000 * E5 + one}, False) for one in (-1, 1)),
    *(("RSK202", {"lines_total_e5": one}, False) for one in (0, MISSING)),
    ("RSK203", {"lines_net_mg": 100, "lines_gross_mg": 500}, False),
    ("RSK203", {"lines_net_mg": 100, "lines_gross_mg": 501}, True),
    *(("RSK203", {"lines_net_mg": one}, False) for one in (0, MISSING)),
    ("RSK203", {"lines_net_mg": 1, "lines_gross_mg": MISSING}, False),
    ("RSK204", {"draw_ppm": 9_999}, True),
    ("RSK204", {"draw_ppm": 10_000}, False),
    ("RSK204", {"draw_ppm": 0}, True),
]


@pytest.mark.parametrize(("code", "changes", "broken", "under"), cases(ROWS))
def test_rule(code: str, changes: Row, broken: bool, under: Under) -> None:
    assert fires(code, changes, under) is broken


@pytest.mark.parametrize("code", sorted(screen.houses.rules))
def test_rule_has_a_row_that_fires_and_one_that_does_not(code: str) -> None:
    assert Counter(broken for c, _, broken, *_ in ROWS if c == code).keys() == {True, False}


CHEAP: Row = {"customs_value_minor": 1}
ROUND: Row = {"lines_total_e5": 8_000 * E5}
PACKED: Row = {"lines_gross_mg": 100_001 * KG}


@pytest.mark.parametrize(
    ("changes", "score", "lane"),
    [
        ({}, 0, "green"),
        (ROUND | PACKED, 20, "green"),
        (CHEAP, 40, "yellow"),
        (CHEAP | PACKED, 55, "yellow"),
        (CHEAP | PACKED | ROUND, 60, "red"),
        ({"draw_ppm": 0}, 100, "red"),
    ],
)
def test_weights_of_what_fired_add_up_to_a_lane(changes: Row, score: int, lane: str) -> None:
    got = said("weighted_score_of_house", a_row(HOUSE, **(QUIET | changes)))
    assert (got["risk_score"], screen.LANES[int(got["lane_number"])]) == (score, lane)
