"""The single path takes the decision of the journey, on every column, for real sample parcels."""

from __future__ import annotations

from collections import defaultdict

import pytest

from silkport.engine.single import SingleClearing
from silkport.kernel.periods import day_number
from silkport.node.clearing.arrival import Arrived
from silkport.node.law.books import country_code, law_book
from tests.engine.parcels import DAY, arrived_sample, clear_tables, nested

OF_THE_BATCH = {"RSK001", "RSK002"}
"""Criteria on what is around a parcel; a single parcel comes alone."""

AMOUNTS = ("customs_value_minor", "duty_minor", "excise_minor", "vat_minor", "fee_minor")


@pytest.fixture(scope="module")
def arrived(tmp_path_factory: pytest.TempPathFactory) -> Arrived:
    return arrived_sample(tmp_path_factory.mktemp("day"), parcels=3_000, seed=11)


@pytest.mark.parametrize("country", ["cn", "kz", "zz"])
def test_single_takes_the_decision_of_the_journey(arrived: Arrived, country: str) -> None:
    cleared = clear_tables(arrived, country)
    single = SingleClearing(law_book(country), country_code(country))
    findings: dict[str, set[tuple[str, int]]] = defaultdict(set)
    for parcel_id, line, code in cleared.findings.select("parcel_id", "line", "code").iter_rows():
        findings[parcel_id].add((code, line))
    taxes: dict[str, set[tuple[int, str, int, int, int]]] = defaultdict(set)
    columns = ("parcel_id", "line", "levy", "base_minor", "rate_ppm", "amount_minor")
    for parcel_id, *rest in cleared.tax_lines.select(columns).iter_rows():
        taxes[parcel_id].add(tuple(rest))
    rows = {row["parcel_id"]: row for row in cleared.parcels.to_dicts()}
    decisions = {row["parcel_id"]: row for row in cleared.decisions.to_dicts()}
    around = {(row["ebc_code"], row["order_no"]): row for row in rows.values()}
    compared = 0
    for (ebc_code, order_no), parcel in nested(arrived).items():
        known = around[ebc_code, order_no]
        decided = single.clear(
            parcel,
            processing_day=day_number(DAY),
            year_used_minor=known["year_used_minor"],
            draw_ppm=known["draw_ppm"],
        )
        wide, want = rows[decided.parcel_id], decisions[decided.parcel_id]
        if findings[decided.parcel_id] & {(code, 0) for code in OF_THE_BATCH}:
            continue
        compared += 1
        assert set(decided.findings) == findings[decided.parcel_id]
        assert decided.outcome == want["outcome"]
        assert decided.regime == want["regime"]
        if decided.regime:
            assert decided.match_mask == want["match_mask"]
            assert decided.lane == want["lane"]
            assert decided.risk_score == want["risk_score"]
            for name in AMOUNTS:
                assert decided.amounts[name] == wide[name], name
            assert set(decided.tax_lines) == taxes[decided.parcel_id]
    assert compared > 2_500
