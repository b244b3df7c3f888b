"""The oracle: the small sheet in plain Decimal arithmetic and plain string handling.

Shares no code with the sheet, the readings or the baselines, and is in no hurry.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal

from silkport.law.tables import Record
from small_law import (
    ACCOUNT,
    COUNTRIES,
    PARAMS,
    RISK_WEIGHTS,
    WATCHED_HEADINGS,
    WATCHED_ORIGINS,
    Invented,
)

EPOCH = date(1970, 1, 1)
EXACT = Context(prec=80, rounding=ROUND_HALF_UP)
CENT, MILLION = Decimal("0.01"), Decimal(1_000_000)
DIGITS, CAPITALS = frozenset("0123456789"), frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
Row = Mapping[str, int | str]


class Oracle:
    """Says what every output of the small sheet must be."""

    def __init__(self, law: Invented) -> None:
        self._tariff: dict[str, list[Record]] = {}
        self._fx: dict[str, list[Record]] = {}
        for record in law.tariff:
            self._tariff.setdefault(record.key, []).append(record)
        for record in law.fx:
            self._fx.setdefault(record.key, []).append(record)
        self._rates: dict[tuple[str, date], Decimal | None] = {}

    def outputs(self, p: Row) -> dict[str, int | bool]:
        """Every output for one row."""
        day = EPOCH + timedelta(int(p["decl_day"]))
        record = _in_force(self._tariff.get(str(p["hs_code"]), []), day)
        rate = Decimal(1) if p["currency"] == ACCOUNT else self._rate(str(p["currency"]), day)
        kilograms = Decimal(max(int(p["net_mass_mg"]), 0)) / MILLION
        value = _money(_price(p), rate or Decimal(0))
        duty, vat = self._taxes(value, kilograms, record, day)
        refusals = (*_goods(p, day), *_papers(p))
        holds = (p["currency"] != ACCOUNT and rate is None, record is None)
        risks = _risks(p, value, kilograms)
        weights = RISK_WEIGHTS.values()
        score = sum(weight for weight, fires in zip(weights, risks, strict=True) if fires)
        hold = any(holds) or score >= int(PARAMS["lane_score"])
        checks = {f"SML{n:03d}": fires for n, fires in enumerate((*refusals, *holds), 1)}
        return {
            **checks,
            **dict(zip(RISK_WEIGHTS, risks, strict=True)),
            "customs_value_minor": int(value * 100),
            "duty_minor": int(duty * 100),
            "vat_minor": int(vat * 100),
            "total_minor": int((duty + vat) * 100),
            "risk_score": score,
            "lane_number": 2 if any(refusals) else int(hold),
        }

    def _rate(self, currency: str, day: date) -> Decimal | None:
        """Units of account for one unit of `currency`."""
        key = (currency, day)
        if key not in self._rates:
            record = _in_force(self._fx.get(currency, []), day)
            self._rates[key] = record and Decimal(record.values["rate_ppm"]) / MILLION
        return self._rates[key]

    def _taxes(
        self, value: Decimal, kilograms: Decimal, record: Record | None, day: date
    ) -> tuple[Decimal, Decimal]:
        if record is None:
            return Decimal(0), Decimal(0)
        law = record.values
        by_value = EXACT.multiply(value, Decimal(law["duty_ppm"]) / MILLION)
        euro = EXACT.multiply(kilograms, Decimal(law["specific_minor"]) / 100)
        by_mass = EXACT.multiply(euro, self._rate("EUR", day) or Decimal(0))
        if law["combine"] == "sum":
            duty = EXACT.quantize(EXACT.add(by_value, by_mass), CENT)
        else:
            duty = EXACT.quantize(max(by_value, by_mass), CENT)
        return duty, _money(EXACT.add(value, duty), Decimal(law["vat_ppm"]) / MILLION)


def _in_force(records: list[Record], day: date) -> Record | None:
    return next((r for r in records if r.start <= day < r.stop), None)


def _money(amount: Decimal, factor: Decimal) -> Decimal:
    return EXACT.quantize(EXACT.multiply(amount, factor), CENT)


def _price(p: Row) -> Decimal:
    stated = (max(int(p[name]), 0) for name in ("goods_value_e5", "freight_e5", "insurance_e5"))
    return Decimal(sum(stated)) / 100_000


def _all(text: str, letters: frozenset[str]) -> bool:
    return all(letter in letters for letter in text)


def _goods(p: Row, day: date) -> tuple[bool, ...]:
    code = str(p["hs_code"])
    today = EPOCH + timedelta(int(p["processing_day"]))
    oldest = today - timedelta(int(PARAMS["window_days"]))
    return (
        len(code) != 10 or not _all(code, DIGITS),
        p["origin"] not in COUNTRIES,
        p["qty_e5"] < 1,
        p["net_mass_mg"] < 1,
        p["gross_mass_mg"] < p["net_mass_mg"],
        p["goods_value_e5"] < 1,
        day > today or day < oldest,
    )


def _papers(p: Row) -> tuple[bool, ...]:
    buyer, waybill = str(p["buyer_id"]), str(p["waybill_no"])
    lawful_buyer = len(buyer) == 12 and _all(buyer, DIGITS)
    lawful_waybill = (
        len(waybill) == 13
        and _all(waybill[:2] + waybill[11:], CAPITALS)
        and _all(waybill[2:11], DIGITS)
    )
    size = len(str(p["goods_name"]))
    return (
        not lawful_buyer,
        lawful_buyer and int(buyer[11]) != _buyer_check(buyer),
        not lawful_waybill,
        lawful_waybill and int(waybill[10]) != _waybill_check(waybill[2:10]),
        size < int(PARAMS["name_chars_min"]) or size > int(PARAMS["name_chars_max"]),
        p["order_value_e5"] != p["goods_value_e5"],
        Decimal(p["paid_e5"]) / 100_000
        != _price(p) + Decimal(min(int(p["goods_value_e5"]), 0)) / 100_000,
    )


def _buyer_check(buyer: str) -> int:
    """The last digit by the first round of weights, by the second if that gives ten."""
    for shift in (0, 2):
        rest = sum(int(buyer[n]) * ((n + shift) % 11 + 1) for n in range(11)) % 11
        if rest != 10:
            return rest
    return 10


def _waybill_check(serial: str) -> int:
    check = 11 - sum(int(d) * int(w) for d, w in zip(serial, "86423597", strict=True)) % 11
    if check == 10:
        return 0
    return 5 if check == 11 else check


def _risks(p: Row, value: Decimal, kilograms: Decimal) -> tuple[bool, ...]:
    gross = Decimal(p["gross_mass_mg"]) / MILLION
    return (
        value > Decimal(PARAMS["high_value"]) / 100,
        value < EXACT.multiply(kilograms, Decimal(PARAMS["cheap_value"]) / 100),
        str(p["hs_code"])[:4] in WATCHED_HEADINGS,
        p["origin"] in WATCHED_ORIGINS,
        p["buyer_parcels"] > int(PARAMS["buyer_parcels_max"]),
        p["address_buyers"] > int(PARAMS["address_buyers_max"]),
        gross > kilograms * int(PARAMS["packing_factor"]),
    )
