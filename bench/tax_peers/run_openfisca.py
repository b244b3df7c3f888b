"""The levies in OpenFisca-Core: whole columns, one simulation for each tariff period.

Run by a Python of its own that has OpenFisca-Core. Columns of numbers are what that library
makes of a variable of type float: 32 bits. Twice: with all rates given as inputs, so that nothing
is looked up, and with the tariff as its parameters, a node for every code, found by its indexing
of parameters by a column.
"""

from __future__ import annotations

import time
from datetime import date, timedelta
from typing import Any

import numpy as np
from exchange import AMOUNTS, answer, compared, given, timed
from openfisca_core.entities import build_entity
from openfisca_core.parameters import ParameterNode
from openfisca_core.periods import DateUnit
from openfisca_core.simulations import SimulationBuilder
from openfisca_core.taxbenefitsystems import TaxBenefitSystem
from openfisca_core.variables import Variable

EPOCH = date(1970, 1, 1)
SHAPES = {"percent": 0, "specific": 1, "greater": 2, "sum": 3, "lesser": 4}
RATES = ("shape", "rate", "amount", "cap_rate", "cap_amount")
Line = build_entity(key="line", plural="lines", label="Goods line", is_person=True)


def half_up(amount: Any) -> Any:
    return np.floor(amount * 100 + 0.5) / 100


def variable(name: str, formula: Any = None, value_type: type = float) -> type[Variable]:
    """A variable of a goods line, on a day."""
    about: dict[str, Any] = {
        "value_type": value_type,
        "entity": Line,
        "definition_period": DateUnit.DAY,
    }
    if formula is not None:
        about["formula"] = formula
    return type(name, (Variable,), about)


def duty_of(line: Any, period: Any, rates: dict[str, Any]) -> Any:
    value = line("customs_value", period)
    by_value = value * rates["rate"]
    each = line("quantity", period) * line("fx", period)
    by_quantity = each * rates["amount"]
    cap = value * rates["cap_rate"] + each * rates["cap_amount"]
    greater = np.maximum(by_value, by_quantity)
    shape = rates["shape"]
    return half_up(
        np.select(
            [shape == 0, shape == 1, shape == 2, shape == 3],
            [by_value, by_quantity, greater, half_up(by_value) + half_up(by_quantity)],
            np.minimum(greater, cap),
        )
    )


def duty_rates_given(line: Any, period: Any) -> Any:
    return duty_of(line, period, {name: line(name, period) for name in RATES})


def duty_by_tariff(line: Any, period: Any, parameters: Any) -> Any:
    node = parameters(period).tariff[line("hs_code", period)]
    return duty_of(line, period, {name: node[name] for name in RATES})


def special(line: Any, period: Any) -> Any:
    return half_up(line("customs_value", period) * line("special_rate", period))


def excise(line: Any, period: Any) -> Any:
    return half_up(line("excise_quantity", period) * line("excise_each", period))


def vat(line: Any, period: Any, parameters: Any) -> Any:
    levies = (line(name, period) for name in AMOUNTS[:3])
    return half_up(sum(levies, line("customs_value", period)) * parameters(period).vat)


NUMBERS = (
    *("customs_value", "quantity", "fx", "special_rate", "excise_quantity", "excise_each"),
    *RATES,
)


def system(duty: Any, parameters: dict[str, Any]) -> TaxBenefitSystem:
    """The levies as one tax system."""
    made = TaxBenefitSystem([Line])
    for name in NUMBERS:
        made.add_variable(variable(name))
    made.add_variable(variable("hs_code", value_type=str))
    for name, formula in zip(AMOUNTS, (duty, special, excise, vat), strict=True):
        made.add_variable(variable(name, formula))
    made.parameters = ParameterNode("", data=parameters)
    return made


def named(code: str) -> str:
    return f"c{code}"


def tariff(duties: list[dict[str, Any]]) -> dict[str, Any]:
    """Every code with its dated rates, as OpenFisca reads them from files."""
    nodes: dict[str, Any] = {}
    for duty in duties:
        node = nodes.setdefault(named(duty["hs_code"]), {name: {"values": {}} for name in RATES})
        rates = (
            SHAPES[duty["shape"]],
            duty["rate_ppm"] / 1e6,
            duty["amount_e4"] / 1e4 / duty["per"],
            duty["cap_ppm"] / 1e6,
            duty["cap_e4"] / 1e4 / duty["per"],
        )
        for name, value in zip(RATES, rates, strict=True):
            node[name]["values"][duty["start"]] = {"value": value}
    return nodes


def columns(lines: dict[str, list[Any]]) -> dict[str, Any]:
    """The lines in units of account and of quantity."""
    numbers = {name: np.array(column) for name, column in lines.items()}
    per = numbers["per"]
    return {
        "customs_value": numbers["customs_value_minor"] / 100,
        "quantity": numbers["quantity_e6"] / 1e6,
        "fx": numbers["fx_ppm"] / 1e6,
        "special_rate": numbers["special_ppm"] / 1e6,
        "excise_quantity": numbers["supp_qty_e5"] / 1e5,
        "excise_each": numbers["excise_minor_each"] / 100,
        "shape": np.array([SHAPES[shape] for shape in lines["shape"]]),
        "rate": numbers["rate_ppm"] / 1e6,
        "amount": numbers["amount_e4"] / 1e4 / per,
        "cap_rate": numbers["cap_ppm"] / 1e6,
        "cap_amount": numbers["cap_e4"] / 1e4 / per,
        "hs_code": np.array([named(code) for code in lines["hs_code"]], dtype=object),
    }


def simulated(
    made: TaxBenefitSystem, inputs: dict[str, Any], days: Any, starts: list[int]
) -> list[Any]:
    """The four amounts of every line."""
    found = [np.zeros(len(days)) for _ in AMOUNTS]
    period_of = np.searchsorted(np.array(starts), days, side="right") - 1
    for turn, start in enumerate(starts):
        mine = np.flatnonzero(period_of == turn)
        if not len(mine):
            continue
        day = f"{EPOCH + timedelta(start)}"
        simulation = SimulationBuilder().build_default_simulation(made, len(mine))
        for name, column in inputs.items():
            simulation.set_input(name, day, column[mine])
        for amounts, name in zip(found, AMOUNTS, strict=True):
            amounts[mine] = simulation.calculate(name, day)
    return found


def main() -> None:
    """Both ways, one after another."""
    data = given()
    lines, inputs = data["lines"], columns(data["lines"])
    days = np.array(lines["decl_day"])
    changes = {duty["start"] for duty in data["duties"]} | {start for start, _ in data["vat"]}
    starts = sorted((date.fromisoformat(day) - EPOCH).days for day in changes)
    shares = {"values": {start: {"value": ppm / 1e6} for start, ppm in data["vat"]}}
    given_names = [name for name in inputs if name != "hs_code"]
    tariff_names = [name for name in inputs if name not in RATES]
    rows = []
    for way, duty, nodes, names in (
        ("all rates given", duty_rates_given, {}, given_names),
        ("tariff as parameters", duty_by_tariff, tariff(data["duties"]), tariff_names),
    ):
        started = time.process_time()
        parameters = {"vat": shares} | ({"tariff": nodes} if nodes else {})
        made = system(duty, parameters)
        loaded = time.process_time() - started
        chosen = {name: inputs[name] for name in names}
        simulated(made, chosen, days, starts)
        found, seconds = timed(lambda m=made, c=chosen: simulated(m, c, days, starts))
        amounts = np.column_stack(found).tolist()
        about = {"way": way, "lines": len(days), "load_seconds": loaded}
        rows.append(about | seconds | compared(amounts, data["right"]))
    answer(rows)


if __name__ == "__main__":
    main()
