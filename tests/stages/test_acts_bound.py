"""What an act after release may not do: change the procedure, refund unseen, assess as another.

Beside it lines that are worth less than what is deducted from them.
"""

from __future__ import annotations

import pytest

from silkport.model.columns import MISSING
from tests.stages.goods_desk import an_act, released
from tests.stages.goods_law import DAY, E5, KG, Case, Row, Under, cases, fires
from tests.stages.test_after_release import RELEASED, of

KZ, CN = Under("kz"), Under("cn", "general_trade_import")
SAME: Row = {
    "procedure": "40",
    "registered_procedure": "40",
    "direction": "import",
    "registered_direction": "import",
}
LINE: Row = {"gnum": 1, "total_e5": 100 * E5, "gross_mass_mg": 10 * KG, "lines_gross_mg": 10 * KG}
BESIDE: Row = {"before_gross_mg": 0, "before_e5": 0, "lines_total_e5": 100 * E5}

ROWS: list[Case] = [
    *(("AFT007", of(act, 1) | SAME, False) for act in ("correction", "refund", "assessment")),
    ("AFT007", of("correction", 1) | SAME | {"procedure": "10"}, True),
    ("AFT007", of("refund", 1) | SAME | {"direction": "export"}, True),
    ("AFT007", of("refund", 1, released_day=MISSING) | SAME | {"procedure": "10"}, False),
    ("AFT007", RELEASED | SAME | {"act": "declaration", "procedure": "10"}, False),
    ("AFT008", of("refund", 1, total_minor=11), False, KZ),
    ("AFT008", of("refund", 1, total_minor=10), True, KZ),
    ("AFT008", of("correction", 1, total_minor=10), True, CN),
    ("AFT008", of("correction", 1, total_minor=12), False, CN),
    ("AFT008", of("assessment", 1, total_minor=10), False, KZ),  # AFT010 says so
    ("AFT009", of("assessment", 1, from_customs=1), False),
    ("AFT009", of("assessment", 1, from_customs=0), True),
    ("AFT009", of("assessment", 1, from_customs=MISSING), True),
    ("AFT009", of("correction", 1, from_customs=0), False),
    ("AFT010", of("assessment", 1, total_minor=11), False),
    ("AFT010", of("assessment", 1, total_minor=10), True),
    ("AFT010", of("correction", 1, total_minor=10), False),
    ("VAL212", LINE | BESIDE | {"freight_deducted_minor": 14_500}, False),
    ("VAL212", LINE | BESIDE | {"freight_deducted_minor": 14_501}, True),
    ("VAL212", LINE | BESIDE | {"others_deducted_minor": 14_501}, True),
    ("VAL212", LINE | BESIDE | {"freight_deducted_minor": MISSING}, False),
]


@pytest.mark.parametrize(("code", "changes", "broken", "under"), cases(ROWS))
def test_rule(code: str, changes: Row, broken: bool, under: Under) -> None:
    assert fires(code, changes, under) is broken


def test_a_correction_does_not_turn_an_import_into_an_export() -> None:
    desk, house = released()
    before, paid = desk.decision(), desk.payments()
    away: Row = {"procedure": "10", "departure_country": "ZZ", "destination_country": "CN"}
    act = an_act("correction", house, DAY)
    desk.clear(DAY, act._replace(head=act.head | away))
    assert "AFT007" in desk.codes()
    assert desk.decision() == before
    assert desk.payments().equals(paid)


def test_a_clock_of_the_future_does_not_shut_a_house() -> None:
    desk, house = released()
    desk.clear(DAY, an_act("correction", house, DAY, 120_000, total_e5=9_000 * E5))
    late = an_act("correction", house, DAY, 130_000, total_e5=9_500 * E5)
    desk.clear(DAY, late._replace(head=late.head | {"app_time": 20_991_231_235_959}))
    now = desk.decision()
    desk.clear(DAY, an_act("correction", house, DAY, 140_000, total_e5=9_900 * E5))
    assert desk.decision()["total_minor"] > now["total_minor"]
