"""The fixed yardsticks: the small sheet written by hand, in Polars and in plain Python.

Neither is to be improved: figures of different days compare because these two stay as they are.
Both give every output of the sheet, exact for every amount that the columns can hold.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from datetime import timedelta

import polars as pl

from silkport.kernel.periods import day_number
from small_law import (
    ACCOUNT,
    COUNTRIES,
    RISK_WEIGHTS,
    WATCHED_HEADINGS,
    WATCHED_ORIGINS,
    Invented,
)

SPAN = 1 << 17
KZ_FIRST = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)
KZ_AGAIN = (3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2)
S10 = (8, 6, 4, 2, 3, 5, 9, 7)
I128 = pl.Int128


class PolarsBaseline:
    """The small sheet as a person would write it in Polars, with the tables made ready once."""

    def __init__(self, law: Invented) -> None:
        rows = sorted((int(r.key), day_number(r.start), day_number(r.stop), r) for r in law.tariff)
        self._key = pl.Series([code * SPAN + start for code, start, _, _ in rows])
        self._tariff = pl.DataFrame(
            {
                "t_stop": [code * SPAN + stop for code, _, stop, _ in rows],
                "t_code": [code for code, _, _, _ in rows],
                "t_sum": [record.values["combine"] == "sum" for _, _, _, record in rows],
                "t_duty": [record.values["duty_ppm"] for _, _, _, record in rows],
                "t_specific": [record.values["specific_minor"] for _, _, _, record in rows],
                "t_vat": [record.values["vat_ppm"] for _, _, _, record in rows],
            }
        )
        daily = [
            (r.key, day_number(r.start + timedelta(n)), r.values["rate_ppm"])
            for r in law.fx
            for n in range((r.stop - r.start).days)
        ]
        self._fx = pl.DataFrame(daily, ["currency", "decl_day", "fx"], orient="row")
        euro = self._fx.filter(pl.col("currency") == "EUR")
        self._euro = euro.select("decl_day", pl.col("fx").alias("euro"))

    def run(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Every output of the small sheet for every row."""
        code_ok = pl.col("hs_code").str.contains("^[0-9]{10}$")
        code = pl.when(code_ok).then(pl.col("hs_code").cast(pl.Int64, strict=False)).otherwise(0)
        key = frame.select(code.alias("code"), key=code * SPAN + pl.col("decl_day"))
        place = self._key.search_sorted(key["key"], side="right").cast(pl.Int64) - 1
        found = self._tariff.select(pl.all().gather(place.clip(0)))
        hit = (found["t_code"] == key["code"]) & (key["key"] < found["t_stop"])
        together = frame.hstack(found.drop("t_stop", "t_code")).with_columns(hit.alias("t_hit"))
        return (
            together.lazy()
            .join(self._fx.lazy(), on=["currency", "decl_day"], how="left", maintain_order="left")
            .join(self._euro.lazy(), on="decl_day", how="left", maintain_order="left")
            .with_columns(_prepared())
            .with_columns(**_value())
            .with_columns(**_duty())
            .with_columns(**_vat(), **_rules())
            .select(*_codes(), *_amounts(), *_decision())
            .collect()
        )


def _prepared() -> list[pl.Expr]:
    buyer, waybill = pl.col("buyer_id"), pl.col("waybill_no")
    return [
        buyer.str.contains("^[0-9]{12}$").alias("buyer_ok"),
        buyer.str.slice(0, 12).cast(pl.Int64, strict=False).fill_null(0).alias("buyer"),
        waybill.str.contains("^[A-Z]{2}[0-9]{9}[A-Z]{2}$").alias("waybill_ok"),
        waybill.str.slice(2, 9).cast(pl.Int64, strict=False).fill_null(0).alias("serial"),
        pl.when(pl.col("currency") == ACCOUNT)
        .then(pl.lit(1_000_000, dtype=pl.Int64))
        .otherwise(pl.col("fx").fill_null(0))
        .alias("rate"),
        *(pl.col(f"{c}_e5").clip(0).alias(c) for c in ("goods_value", "freight", "insurance")),
        pl.col("net_mass_mg").clip(0).alias("net"),
        pl.when("t_hit").then("t_duty").otherwise(0).alias("t_duty"),
        pl.when("t_hit").then("t_specific").otherwise(0).alias("t_specific"),
        pl.when("t_hit").then("t_vat").otherwise(0).alias("t_vat"),
        (pl.col("t_hit") & pl.col("t_sum")).alias("t_sum"),
    ]


def _value() -> dict[str, pl.Expr]:
    total = pl.col("goods_value") + pl.col("freight") + pl.col("insurance")
    in_account = total.cast(I128) * pl.col("rate")
    buyer, serial = pl.col("buyer"), pl.col("serial")
    return {
        "customs_value_minor": ((in_account + 500_000_000) // 1_000_000_000).cast(pl.Int64),
        "first": _weighted(buyer // 10, KZ_FIRST) % 11,
        "again": _weighted(buyer // 10, KZ_AGAIN) % 11,
        "rest": 11 - _weighted(serial // 10, S10) % 11,
        "dear": total,
    }


def _weighted(number: pl.Expr, weights: Sequence[int]) -> pl.Expr:
    total = pl.lit(0, dtype=pl.Int64)
    for place, weight in enumerate(reversed(weights)):
        total = total + number // 10**place % 10 * weight
    return total


def _duty() -> dict[str, pl.Expr]:
    by_value = pl.col("customs_value_minor").cast(I128) * pl.col("t_duty") * 1_000_000
    by_mass = (pl.col("net") * pl.col("t_specific")).cast(I128) * pl.col("euro").fill_null(0)
    both = (
        pl.when("t_sum")
        .then(by_value + by_mass)
        .otherwise(pl.when(by_value >= by_mass).then(by_value).otherwise(by_mass))
    )
    trillion = 1_000_000_000_000
    return {"duty_minor": ((both + trillion // 2) // trillion).cast(pl.Int64)}


def _vat() -> dict[str, pl.Expr]:
    base = pl.col("customs_value_minor").cast(I128) + pl.col("duty_minor")
    return {
        "vat_minor": ((base * pl.col("t_vat") + 500_000) // 1_000_000).cast(pl.Int64),
    }


def _rules() -> dict[str, pl.Expr]:
    c = pl.col
    iin = pl.when(c("first") == 10).then(c("again")).otherwise(c("first"))
    s10 = pl.when(c("rest") == 10).then(0).when(c("rest") == 11).then(5).otherwise(c("rest"))
    per_kilogram = c("customs_value_minor").cast(I128) * 1_000_000
    chars = c("goods_name").str.len_chars()
    late, early = c("decl_day") > c("processing_day"), c("decl_day") < c("processing_day") - 30
    return {
        "SML001": ~c("hs_code").str.contains("^[0-9]{10}$"),
        "SML002": ~c("origin").is_in(COUNTRIES),
        "SML003": c("qty_e5") <= 0,
        "SML004": c("net_mass_mg") <= 0,
        "SML005": c("net_mass_mg") > c("gross_mass_mg"),
        "SML006": c("goods_value_e5") <= 0,
        "SML007": late | early,
        "SML008": ~c("buyer_ok"),
        "SML009": c("buyer_ok") & (c("buyer") % 10 != iin),
        "SML010": ~c("waybill_ok"),
        "SML011": c("waybill_ok") & (c("serial") % 10 != s10),
        "SML012": (chars < 3) | (chars > 250),
        "SML013": c("order_value_e5") != c("goods_value_e5"),
        "SML014": c("paid_e5") != c("goods_value_e5") + c("freight") + c("insurance"),
        "SML015": (c("currency") != ACCOUNT) & c("fx").is_null(),
        "SML016": ~c("t_hit"),
        "SMR001": c("customs_value_minor") > 50_000_000,
        "SMR002": per_kilogram < c("net") * 5_000,
        "SMR003": c("hs_code").str.slice(0, 4).is_in(WATCHED_HEADINGS),
        "SMR004": c("origin").is_in(WATCHED_ORIGINS),
        "SMR005": c("buyer_parcels") > 8,
        "SMR006": c("address_buyers") > 5,
        "SMR007": c("gross_mass_mg") > c("net") * 3,
    }


def _codes() -> list[str]:
    return [*(f"SML{n:03d}" for n in range(1, 17)), *RISK_WEIGHTS]


def _amounts() -> list[pl.Expr]:
    total = (pl.col("duty_minor") + pl.col("vat_minor")).alias("total_minor")
    return [pl.col("customs_value_minor"), pl.col("duty_minor"), pl.col("vat_minor"), total]


def _decision() -> list[pl.Expr]:
    score = pl.sum_horizontal(pl.col(code) * weight for code, weight in RISK_WEIGHTS.items())
    refused = pl.any_horizontal(f"SML{n:03d}" for n in range(1, 15))
    held = pl.col("SML015") | pl.col("SML016") | (score >= 40)
    lane = pl.when(refused).then(2).when(held).then(1).otherwise(0)
    return [
        score.cast(pl.Int64).alias("risk_score"),
        lane.cast(pl.Int64).alias("lane_number"),
    ]


class PythonBaseline:
    """The small sheet as a person would write it in plain Python: one dict in, one dict out."""

    def __init__(self, law: Invented) -> None:
        rows = sorted(
            (r.key, day_number(r.start), day_number(r.stop), r.values) for r in law.tariff
        )
        self._tariff: dict[str, tuple[list[int], list[tuple[int, Mapping[str, int | str]]]]] = {}
        for key, start, stop, values in rows:
            starts, records = self._tariff.setdefault(key, ([], []))
            starts.append(start)
            records.append((stop, values))
        self._fx = {(r.key, day_number(r.start)): int(r.values["rate_ppm"]) for r in law.fx}

    def _found(self, code: str, day: int) -> Mapping[str, int | str] | None:
        starts, records = self._tariff.get(code, ((), ()))
        place = bisect_right(starts, day) - 1
        return records[place][1] if place >= 0 and day < records[place][0] else None

    def clear(self, p: Mapping[str, int | str]) -> dict[str, int | bool]:
        """Every output of the small sheet for one row."""
        found = self._found(p["hs_code"], p["decl_day"])
        fx = self._fx.get((p["currency"], p["decl_day"]))
        net = max(p["net_mass_mg"], 0)
        cif = max(p["goods_value_e5"], 0) + max(p["freight_e5"], 0) + max(p["insurance_e5"], 0)
        rate = 1_000_000 if p["currency"] == ACCOUNT else fx or 0
        value = (cif * rate + 500_000_000) // 1_000_000_000
        duty = vat = 0
        if found is not None:
            by_value = value * found["duty_ppm"] * 1_000_000
            by_mass = net * found["specific_minor"] * self._fx.get(("EUR", p["decl_day"]), 0)
            sums = found["combine"] == "sum"
            both = by_value + by_mass if sums else max(by_value, by_mass)
            duty = (both + 500_000_000_000) // 1_000_000_000_000
            vat = ((value + duty) * found["vat_ppm"] + 500_000) // 1_000_000
        checks = _checked(p, found is None, fx is None)
        risks = _risks(p, value, net)
        score = sum(w for w, r in zip(RISK_WEIGHTS.values(), risks, strict=True) if r)
        lane = 2 if any(checks[:14]) else int(checks[14] or checks[15] or score >= 40)
        return {
            **dict(zip(_CODES, (*checks, *risks), strict=True)),
            "customs_value_minor": value,
            "duty_minor": duty,
            "vat_minor": vat,
            "total_minor": duty + vat,
            "risk_score": score,
            "lane_number": lane,
        }


_CODES = tuple(_codes())
_COUNTRIES, _ORIGINS = frozenset(COUNTRIES), frozenset(WATCHED_ORIGINS)
_HEADINGS = frozenset(WATCHED_HEADINGS)
_is_code = re.compile("[0-9]{10}").fullmatch
_is_buyer = re.compile("[0-9]{12}").fullmatch
_is_waybill = re.compile("[A-Z]{2}[0-9]{9}[A-Z]{2}").fullmatch


def _checked(p: Mapping[str, int | str], no_tariff: bool, no_rate: bool) -> tuple[bool, ...]:
    freight, insurance = max(p["freight_e5"], 0), max(p["insurance_e5"], 0)
    buyer_ok = _is_buyer(p["buyer_id"]) is not None
    waybill_ok = _is_waybill(p["waybill_no"]) is not None
    return (
        _is_code(p["hs_code"]) is None,
        p["origin"] not in _COUNTRIES,
        p["qty_e5"] <= 0,
        p["net_mass_mg"] <= 0,
        p["net_mass_mg"] > p["gross_mass_mg"],
        p["goods_value_e5"] <= 0,
        not p["processing_day"] - 30 <= p["decl_day"] <= p["processing_day"],
        not buyer_ok,
        buyer_ok and not _buyer_checks(p["buyer_id"]),
        not waybill_ok,
        waybill_ok and not _waybill_checks(p["waybill_no"]),
        not 3 <= len(p["goods_name"]) <= 250,
        p["order_value_e5"] != p["goods_value_e5"],
        p["paid_e5"] != p["goods_value_e5"] + freight + insurance,
        p["currency"] != ACCOUNT and no_rate,
        no_tariff,
    )


def _risks(p: Mapping[str, int | str], value: int, net: int) -> tuple[bool, ...]:
    return (
        value > 50_000_000,
        value * 1_000_000 < net * 5_000,
        p["hs_code"][:4] in _HEADINGS,
        p["origin"] in _ORIGINS,
        p["buyer_parcels"] > 8,
        p["address_buyers"] > 5,
        p["gross_mass_mg"] > net * 3,
    )


def _buyer_checks(text: str) -> bool:
    digits = [int(digit) for digit in text]
    check = sum(map(int.__mul__, digits, KZ_FIRST)) % 11
    if check == 10:
        check = sum(map(int.__mul__, digits, KZ_AGAIN)) % 11
    return digits[11] == check


def _waybill_checks(text: str) -> bool:
    digits = [int(digit) for digit in text[2:11]]
    rest = 11 - sum(map(int.__mul__, digits, S10)) % 11
    return digits[8] == {10: 0, 11: 5}.get(rest, rest)
