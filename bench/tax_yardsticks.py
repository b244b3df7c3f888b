"""What the engine is held against in its own process: the same levies as a careful developer
would write them, in Decimal and in Polars, and the dated look-up by `join_asof`.

None is to be improved: figures of different days compare because these stay as they are. They
rely on what the invented law keeps to: every code and measure is in force on every day.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

import polars as pl

from tax_law import FIRST_DAY, Duty, TaxLaw
from tax_lines import Line, day_number
from tax_oracle import AMOUNTS

Amounts = tuple[int, int, int, int]

SPECIAL_DIGITS = 4
PPM, E4, E5 = Decimal(1_000_000), Decimal(10_000), Decimal(100_000)
CENT, NOTHING = Decimal("0.01"), Decimal(0)


@dataclass(frozen=True, slots=True)
class DutyRate:
    """A duty rate as decimals: shares, and amounts of the currency for one of the unit."""

    shape: str
    rate: Decimal
    amount: Decimal
    currency: str
    unit: str
    cap_rate: Decimal
    cap_amount: Decimal

    @classmethod
    def of(cls, duty: Duty) -> DutyRate:
        return cls(
            shape=duty.shape,
            rate=duty.rate_ppm / PPM,
            amount=duty.amount_e4 / E4 / duty.per,
            currency=duty.currency,
            unit=duty.unit,
            cap_rate=duty.cap_ppm / PPM,
            cap_amount=duty.cap_e4 / E4 / duty.per,
        )


Dated = tuple[list[int], list[Decimal]]


class DecimalLoop:
    """Line by line in Decimal: rates from dictionaries, by bisection of their first days."""

    def __init__(self, law: TaxLaw) -> None:
        self._duties: dict[str, tuple[list[int], list[DutyRate]]] = {}
        for duty in sorted(law.duties, key=lambda one: one.start):
            starts, rates = self._duties.setdefault(duty.code, ([], []))
            starts.append(day_number(duty.start))
            rates.append(DutyRate.of(duty))
        self._specials: dict[tuple[str, str], Dated] = {}
        for special in law.specials:
            found = self._specials.setdefault((special.prefix, special.origin), ([], []))
            found[0].append(day_number(special.start))
            found[1].append(special.rate_ppm / PPM)
        self._excises: dict[str, Dated] = {}
        for excise in law.excises:
            found = self._excises.setdefault(excise.code, ([], []))
            found[0].append(day_number(excise.start))
            found[1].append(Decimal(excise.amount_minor) / 100)
        self._vat: Dated = (
            [day_number(start) for start, _, _ in law.vat],
            [share / PPM for _, _, share in law.vat],
        )
        self._fx = {
            currency: [Decimal(rate) / PPM for rate in rates] for currency, rates in law.fx.items()
        }
        self._first = day_number(FIRST_DAY)

    def run(self, lines: Sequence[Line]) -> list[Amounts]:
        """The amounts of every line in minor units."""
        return [self.amounts(line) for line in lines]

    def amounts(self, line: Line) -> Amounts:
        """Duty, anti-dumping duty, excise and VAT of one line."""
        day, code = line["decl_day"], line["hs_code"]
        value = Decimal(line["customs_value_minor"]) / 100
        starts, rates = self._duties[code]
        duty = self._duty(rates[bisect_right(starts, day) - 1], line, value)
        special = excise = NOTHING
        measure = self._specials.get((code[:SPECIAL_DIGITS], line["origin"]))
        if measure is not None:
            special = _rounded(value * _at(measure, day))
        excised = self._excises.get(code)
        if excised is not None:
            excise = _rounded(line["supp_qty_e5"] / E5 * _at(excised, day))
        vat = _rounded((value + duty + special + excise) * _at(self._vat, day))
        return int(duty * 100), int(special * 100), int(excise * 100), int(vat * 100)

    def _duty(self, rate: DutyRate, line: Line, value: Decimal) -> Decimal:
        by_value = value * rate.rate
        if rate.shape == "percent":
            return _rounded(by_value)
        mass = rate.unit == "KGM"
        quantity = line["net_mass_mg"] / PPM if mass else line["supp_qty_e5"] / E5
        each = quantity * self._fx[rate.currency][line["decl_day"] - self._first]
        by_quantity = each * rate.amount
        match rate.shape:
            case "specific":
                return _rounded(by_quantity)
            case "sum":
                return _rounded(by_value) + _rounded(by_quantity)
            case "greater":
                return _rounded(max(by_value, by_quantity))
        cap = value * rate.cap_rate + each * rate.cap_amount
        return _rounded(min(max(by_value, by_quantity), cap))


def _at(dated: Dated, day: int) -> Decimal:
    return dated[1][bisect_right(dated[0], day) - 1]


def _rounded(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)


I128 = pl.Int128


class HandPolars:
    """The same columns at once, with dated joins; 128 bits only where a product needs them."""

    def __init__(self, law: TaxLaw) -> None:
        self._duties = asof_tariff(law)
        self._excises = pl.DataFrame(
            [(e.code, day_number(e.start), e.amount_minor) for e in law.excises],
            ["hs_code", "start", "excise_minor_each"],
            orient="row",
        ).sort("start")
        self._specials = pl.DataFrame(
            [(s.prefix, s.origin, day_number(s.start), s.rate_ppm) for s in law.specials],
            ["prefix", "origin", "start", "special_ppm"],
            orient="row",
        ).sort("start")
        self._vat = pl.DataFrame(
            [(day_number(start), share) for start, _, share in law.vat],
            ["start", "vat_ppm"],
            orient="row",
        )
        self._fx = pl.DataFrame(
            [
                (currency, day_number(FIRST_DAY) + turn, rate)
                for currency, rates in law.fx.items()
                for turn, rate in enumerate(rates)
            ],
            ["currency", "decl_day", "fx_ppm"],
            orient="row",
        )

    def rates(self, frame: pl.DataFrame) -> pl.LazyFrame:
        """Lines, in the order of their days, with everything that the law says of each."""
        prefix = pl.col("hs_code").str.slice(0, SPECIAL_DIGITS).alias("prefix")
        lines = frame.lazy().with_columns(prefix)
        lines = _in_force(lines, self._duties, "hs_code")
        lines = _in_force(lines, self._excises, "hs_code")
        lines = _in_force(lines, self._specials, ["prefix", "origin"])
        lines = _in_force(lines, self._vat, None)
        lines = lines.join(
            self._fx.lazy(), on=["currency", "decl_day"], how="left", maintain_order="left"
        )
        mass = pl.col("unit") == "KGM"
        return lines.with_columns(
            pl.col("fx_ppm", "excise_minor_each", "special_ppm").fill_null(0),
            pl.when(mass)
            .then("net_mass_mg")
            .otherwise(pl.col("supp_qty_e5") * 10)
            .alias("quantity_e6"),
        )

    def run(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The amounts of every line in minor units."""
        value = pl.col("customs_value_minor")
        base = value + pl.sum_horizontal(AMOUNTS[:3])
        return (
            self.rates(frame)
            .with_columns(
                _duty(value).alias("duty_minor"),
                _half_up(value * pl.col("special_ppm"), 10**6).alias("special_minor"),
                _half_up(pl.col("supp_qty_e5") * pl.col("excise_minor_each"), 10**5).alias(
                    "excise_minor"
                ),
            )
            .with_columns(_half_up(base * pl.col("vat_ppm"), 10**6).alias("vat_minor"))
            .select(AMOUNTS)
            .collect()
        )


def _in_force(lines: pl.LazyFrame, table: pl.DataFrame, by: str | list[str] | None) -> pl.LazyFrame:
    found = lines.join_asof(
        table.lazy(), left_on="decl_day", right_on="start", by=by, check_sortedness=False
    )
    return found.drop("start", strict=False)


def _duty(value: pl.Expr) -> pl.Expr:
    # both parts in 10^-14 of a minor unit times `per`, so that neither is rounded before the other
    shape, per = pl.col("shape"), pl.col("per")
    by_value = value.cast(I128) * pl.col("rate_ppm") * per * 10**8
    each = pl.col("quantity_e6").cast(I128) * pl.col("fx_ppm")
    by_quantity = each * pl.col("amount_e4")
    cap = value.cast(I128) * pl.col("cap_ppm") * per * 10**8 + each * pl.col("cap_e4")
    greater = pl.max_horizontal(by_value, by_quantity)
    exact = pl.when(shape == "lesser").then(pl.min_horizontal(greater, cap)).otherwise(greater)
    percent = _half_up(value * pl.col("rate_ppm"), 10**6)
    below = per.cast(I128) * 10**14
    combined = _half_up(exact, below).cast(pl.Int64)
    both = percent + _half_up(by_quantity, below).cast(pl.Int64)
    return (
        pl.when(shape == "percent")
        .then(percent)
        .when(shape == "sum")
        .then(both)
        .otherwise(combined)
    )


def _half_up(amount: pl.Expr, units: int | pl.Expr) -> pl.Expr:
    return (amount + units // 2) // units


def asof_tariff(law: TaxLaw) -> pl.DataFrame:
    """Both editions as `join_asof` wants them: by first day."""
    fields = ("shape", "rate_ppm", "amount_e4", "currency", "per", "unit", "cap_ppm", "cap_e4")
    rows = [
        (duty.code, day_number(duty.start), *(getattr(duty, field) for field in fields))
        for duty in law.duties
    ]
    return pl.DataFrame(rows, ["hs_code", "start", *fields], orient="row").sort("start")


def asof_rate(lines: pl.DataFrame, tariff: pl.DataFrame) -> pl.Series:
    """The dated look-up alone: the share in force for each line, lines in the order of days."""
    found = lines.join_asof(
        tariff, left_on="decl_day", right_on="start", by="hs_code", check_sortedness=False
    )
    return found["rate_ppm"]


def asof_rate_in_any_order(lines: pl.DataFrame, tariff: pl.DataFrame) -> pl.Series:
    """The same for lines in any order, which `join_asof` wants sorted, put back in that order."""
    place = lines["decl_day"].arg_sort()
    return asof_rate(lines[place], tariff)[place.arg_sort()]
