"""What one house owes: its payment rows, their totals, and the difference an act makes.

Plain code beside the frame code of the stages; every function names its twin, and a property test
holds the two equal.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from silkport.engine.house_counts import Row, bounded
from silkport.model.columns import MISSING
from silkport.model.outcomes import ADJUSTMENT, TAX_LINE
from silkport.stages import assess
from silkport.stages.assess.payments import NOT_PAID
from silkport.stages.assess.rates import BY_BOTH, BY_QUANTITY, CAPPED_BY_QUANTITY

_LEVIES = tuple(
    (levy, f"{levy}_way", f"{levy}_minor", f"{levy}_rate_ppm") for levy in assess.LINE_LEVIES
)
_EMPTY: Row = {column.name: "" if column.absent == "" else 0 for column in TAX_LINE.columns}
_ADJUSTMENT = ADJUSTMENT.names
_QUANTITY = (
    ("quantity_e6", "quantity_e6"),
    ("quantity_unit", "unit"),
    ("specific_e6", "specific_e6"),
    ("specific_currency", "currency"),
    ("specific_per", "per"),
)
"""Columns of a payment by quantity, and what is worked out of them for each levy."""


def payment_rows(house: Row, lines: Sequence[Row], currency: str) -> list[Row]:
    """Every payment of one house: `assess.payment_rows`.

    Args:
        house: with feature, fee_feature, fee_minor and the code of each payment.
        lines: with what the rules worked out; a levy of which they have nothing is not owed.
    """
    rows: list[Row] = []
    for levy, way_of, whole_of, rate_of in _LEVIES:
        by_value, by_quantity = [], []
        for line in lines:
            way = line.get(way_of, 0)
            if not way:
                continue
            about = {
                **_EMPTY,
                "parcel_id": house["parcel_id"],
                "line": line["gnum"],
                "hs_code": line["hs_code"],
                "levy": levy,
                "currency": currency,
                "payment_code": house[f"code_{levy}"],
                "feature": house["feature"],
            }
            whole = line[whole_of]
            part = _part_by_value(line, levy) if way == BY_BOTH else whole
            measured = way in (BY_QUANTITY, CAPPED_BY_QUANTITY)
            if not measured and (line[rate_of] > 0 or (whole > 0 and way != BY_BOTH)):
                by_value.append(about | _by_value(line, levy, part))
            if (measured or way == BY_BOTH) and line.get(f"{levy}_specific_e6", 0) > 0:
                left = whole - part if way == BY_BOTH else whole
                by_quantity.append(about | _by_quantity(line, levy, left))
        rows += by_value + by_quantity
    if house["fee_minor"] > 0:
        rows.append(_fee(house, currency))
    rows.sort(key=_line)
    return rows


def _line(row: Row) -> int:
    return int(row["line"])


def _part_by_value(line: Row, levy: str) -> int:
    """Of a sum of two parts the one by value; where a share is charged, that share of it."""
    by_value = int(line.get(f"{levy}_by_value_minor", 0))
    full = by_value + int(line.get(f"{levy}_by_quantity_minor", 0))
    return by_value * int(line[f"{levy}_minor"]) // full if full > 0 else 0


def _by_value(line: Row, levy: str, amount_minor: int) -> Row:
    return {
        "base_minor": line[f"{levy}_base_minor"],
        "rate_ppm": line[f"{levy}_rate_ppm"],
        "amount_minor": amount_minor,
        "rate_kind": "%",
    }


def _by_quantity(line: Row, levy: str, amount_minor: int) -> Row:
    measured: Row = {name: line[f"{levy}_{of}"] for name, of in _QUANTITY}
    return measured | {"amount_minor": amount_minor, "rate_kind": "*"}


def _fee(house: Row, currency: str) -> Row:
    """The fee, which stands once for the whole house, as line 0."""
    return _EMPTY | {
        "parcel_id": house["parcel_id"],
        "levy": "fee",
        "amount_minor": house["fee_minor"],
        "currency": currency,
        "payment_code": house["code_fee"],
        "feature": house["fee_feature"],
    }


def total_up(house: Row, rows: Iterable[Row]) -> None:
    """Adds what a house owes of every levy and in all, and what of it is not paid.

    Twin of `assess.house_totals`.
    """
    sums = dict.fromkeys(assess.HOUSE_LEVIES, 0)
    secured = 0
    for row in rows:
        sums[row["levy"]] += row["amount_minor"]
        secured += row["amount_minor"] if row["feature"] in NOT_PAID else 0
    for levy, total in sums.items():
        house[f"{levy}_minor"] = bounded(total)
    house["total_minor"] = bounded(sum(sums.values()))
    house["secured_minor"] = bounded(secured)


def adjustments(
    house: Row, rows: Iterable[Row], before: Iterable[Mapping[str, int | str]], currency: str
) -> list[Row]:
    """What an act after release changes, levy by levy: `release.adjustments`.

    Args:
        house: decided, with act_outcome: accepted, held or refused; "" is no act after release.
        rows: its payments; before: those of the decision before.
    """
    if not house["act_outcome"]:
        return []
    now, then = _by_levy(rows), _by_levy(before)
    changed: list[tuple[str, int, int]] = []
    if house["act_outcome"] != "refused":
        both = {levy: (then.get(levy, 0), now.get(levy, 0)) for levy in now | then}
        changed = [(levy, old, new) for levy, (old, new) in both.items() if old != new]
    return [_adjustment(house, *one, currency) for one in sorted(changed) or [("", 0, 0)]]


def _by_levy(rows: Iterable[Mapping[str, int | str]]) -> dict[str, int]:
    sums: dict[str, int] = {}
    for row in rows:
        levy = str(row["levy"])
        sums[levy] = sums.get(levy, 0) + int(row["amount_minor"])
    return {levy: bounded(total) for levy, total in sums.items()}


def _adjustment(house: Row, levy: str, before: int, after: int, currency: str) -> Row:
    difference = after - before
    found = {
        **house,
        "outcome": house["act_outcome"],
        "levy": levy,
        "before_minor": before,
        "after_minor": after,
        "difference_minor": difference,
        "kind": "debt" if difference > 0 else "refund" if difference < 0 else "nothing",
        "due_day": house["processing_day"] + house["payment_days"] if difference > 0 else MISSING,
        "currency": currency,
    }
    return {name: found[name] for name in _ADJUSTMENT}
