"""Mistakes that are planted in declarations of commercial goods, and the finding each is owed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from silkport.sim.trade import House, Row

_IMPORTS = ("domestic_release", "free_zone", "inward_processing", "temporary_import")
_EXPORTS = ("export", "fictional_export")
_UNION = (*_IMPORTS, *_EXPORTS, "fictional_import")
"""Regimes that demand masses, a method of valuation and the number of lines."""

_GRAM_MG = 1_000


@dataclass(frozen=True, slots=True)
class Fault:
    """One kind of mistake: where it may be planted, how, and what must be found."""

    name: str
    code: str
    wrong: str
    regimes: tuple[str, ...]
    edit: Callable[[House], None]
    needs: Callable[[House], bool] = bool
    """What else the house must have."""

    def fits(self, house: House) -> bool:
        """Whether the mistake can be planted in this house."""
        return house.regime.name in self.regimes and self.needs(house)


def _heads(**cells: str | int) -> Callable[[House], None]:
    """Replaces cells of the head."""
    return lambda house: house.head.update(cells)


def _last(**cells: str | int) -> Callable[[House], None]:
    """Replaces cells of the last goods line."""
    return lambda house: house.lines[-1].update(cells)


def _another_total(house: House) -> None:
    house.head["invoice_total_e5"] = int(house.head["invoice_total_e5"]) + 100_000


def _another_count(house: House) -> None:
    house.head["goods_count"] = len(house.lines) + 1


def _number_again(house: House) -> None:
    house.lines[-1]["gnum"] = 1


def _net_above_gross(house: House) -> None:
    line = house.lines[-1]
    line["net_mass_mg"] = int(line["gross_mass_mg"]) + _GRAM_MG


def _lighter_house(house: House) -> None:
    lines = sum(int(line["gross_mass_mg"]) for line in house.lines)
    house.head["gross_mass_mg"] = lines - _GRAM_MG


def _short_code(house: House) -> None:
    line = house.lines[-1]
    line["hs_code"] = str(line["hs_code"])[:9]


def _wrong_check(house: House) -> None:
    """Another last character, one that such numbers may end in."""
    code = str(house.head["declarant_code"])
    last = "1" if code[-1] == "0" else "0"
    house.head["declarant_code"] = code[:-1] + last


def _more_to_border(house: House) -> None:
    house.head["freight_to_border_e5"] = int(house.head["freight_e5"]) + 100_000


def _without(name: str) -> Callable[[House], None]:
    """Leaves a cell of the head out."""
    return lambda house: drop(house.head, name)


def drop(row: Row, *names: str) -> None:
    """Leaves cells out of a row."""
    for name in names:
        row.pop(name, None)


def _freight_unstated(house: House) -> None:
    drop(house.head, "freight_e5", "freight_to_border_e5")


def _given_away(house: House) -> None:
    line = house.lines[-1]
    house.head["invoice_total_e5"] = int(house.head["invoice_total_e5"]) - int(line["total_e5"])
    line["total_e5"] = 0


def _no_unit(house: House) -> None:
    drop(house.lines[0], "unit")


def _several_lines(house: House) -> bool:
    return len(house.lines) > 1


def _unit_stated(house: House) -> bool:
    return "unit" in house.lines[0]


def _freight_apart(house: House) -> bool:
    return house.head["incoterms"] in ("EXW", "FCA")


FAULTS = (
    Fault(
        "guarantee_missing",
        "CHK239",
        "goods whose payments are secured name no guarantee",
        ("inward_processing", "temporary_import"),
        _without("guarantee_no"),
    ),
    Fault(
        "stay_too_long",
        "CHK238",
        "temporary import for 25 months",
        ("temporary_import",),
        _heads(stay_months=25),
    ),
    Fault(
        "purchaser_missing",
        "CHK242",
        "goods bought on a market do not name their purchaser",
        ("market_procurement",),
        _without("purchaser"),
    ),
    Fault(
        "credit_code_check",
        "CHK209",
        "the last character of the declarant's credit code is another",
        ("general_trade_export", "general_trade_import"),
        _wrong_check,
    ),
    Fault(
        "business_number_check",
        "CHK207",
        "the last digit of the declarant's business number is another",
        (*_IMPORTS, "export"),
        _wrong_check,
    ),
    Fault(
        "freight_above_whole",
        "VAL204",
        "freight to the border is 1 more than for the whole way",
        ("domestic_release", "free_zone", "fictional_import"),
        _more_to_border,
    ),
    Fault(
        "freight_missing",
        "VAL203",
        "the price holds no freight, and none is stated",
        ("domestic_release", "free_zone", "fictional_import"),
        _freight_unstated,
        _freight_apart,
    ),
    Fault(
        "total_differs",
        "CHK228",
        "the total of the invoice is 1 more than its lines",
        _UNION,
        _another_total,
    ),
    Fault(
        "line_lost",
        "CHK225",
        "one line more is stated than came",
        _UNION,
        _another_count,
    ),
    Fault(
        "line_number_again",
        "CHK226",
        "the last line has the number of the first",
        _UNION,
        _number_again,
        _several_lines,
    ),
    Fault(
        "net_above_gross",
        "CHK257",
        "a line has a gram more net than gross",
        _UNION,
        _net_above_gross,
    ),
    Fault(
        "house_too_light",
        "CHK230",
        "the house weighs a gram less than its lines",
        _UNION,
        _lighter_house,
    ),
    Fault(
        "code_too_short",
        "CHK251",
        "a commodity code lacks its last digit",
        _UNION,
        _short_code,
    ),
    Fault(
        "quantity_without_unit",
        "CHK260",
        "a quantity stands without its unit",
        _UNION,
        _no_unit,
        _unit_stated,
    ),
    Fault(
        "term_unknown",
        "CHK217",
        "the term of delivery FOT is none of Incoterms 2020",
        _UNION,
        _heads(incoterms="FOT"),
    ),
    Fault(
        "preference_unproven",
        "CHK264",
        "a preference is claimed without a certificate of origin",
        ("domestic_release", "fictional_import"),
        _last(preference="GP"),
    ),
    Fault(
        "method_unknown",
        "CHK263",
        "the method of valuation is 7",
        _UNION,
        _last(valuation_method=7),
    ),
    Fault(
        "given_away",
        "CHK259",
        "a line costs nothing",
        _UNION,
        _given_away,
    ),
    Fault(
        "description_empty",
        "CHK253",
        "the description of a line is a stroke",
        _UNION,
        _last(goods_name="/"),
    ),
    Fault(
        "day_missing",
        "CHK220",
        "the day of registration is not stated",
        _UNION,
        _without("decl_day"),
    ),
)
"""Every kind of mistake, those first that fit the fewest regimes."""
