"""An invented law for the small sheet: a tariff of 12,000 codes in three periods, daily rates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from silkport.law.compiled import Dated, Law, Regime, RuleSource
from silkport.law.tables import DatedTable, Record, TableShape, compile_table

CODES = 12_000
PERIODS = (date(2025, 1, 1), date(2026, 3, 1), date(2026, 7, 1), date(2028, 1, 1))
RATES_FROM, RATES_TO = date(2025, 12, 1), date(2027, 2, 1)
START, STOP = date(2026, 1, 1), date(2027, 1, 1)
SOURCE = "invented for the benchmark"

ACCOUNT = "KZT"
RATE_OF = {
    "USD": 512_000_000,
    "EUR": 560_000_000,
    "CNY": 70_500_000,
    "RUB": 6_100_000,
    "KGS": 5_860_000,
}
"""Middle rates in millionths of the account currency per unit; each day drifts around them."""

COUNTRIES = tuple(
    "AE AM AT AU AZ BD BE BG BR BY CA CH CN CZ DE DK EE EG ES FI FR GB GE GR HK HU ID IE IL IN IR "
    "IT JP KG KR KZ LT LV MD MN MX MY NL NO NZ PH PK PL PT RO RS RU SE SG SI SK TH TJ TM TR TW UA "
    "US UZ VN ZA".split()
)
WATCHED_ORIGINS = ("BD", "EG", "IR", "PH")
WATCHED_HEADINGS = ("2402", "3004", "8517", "8542", "9303")

PARAMS: dict[str, int | str] = {
    "window_days": 30,
    "name_chars_min": 3,
    "name_chars_max": 250,
    "high_value": 50_000_000,
    "cheap_value": 5_000,
    "buyer_parcels_max": 8,
    "address_buyers_max": 5,
    "packing_factor": 3,
    "lane_score": 40,
    "rounding.value": "half_up",
    "rounding.duty": "half_up",
    "rounding.vat": "half_up",
}

RISK_WEIGHTS = {
    "SMR001": 30,
    "SMR002": 25,
    "SMR003": 20,
    "SMR004": 20,
    "SMR005": 15,
    "SMR006": 15,
    "SMR007": 10,
}

TARIFF_SHAPE = TableShape(by_code=True, fields=("combine", "duty_ppm", "specific_minor", "vat_ppm"))
FX_SHAPE = TableShape(by_code=False, fields=("rate_ppm",))


@dataclass(frozen=True, slots=True)
class Invented:
    """The tables of the law, as records to load and as the codes to draw parcels from."""

    codes: list[str]
    tariff: list[Record]
    fx: list[Record]


def invented(seed: int) -> Invented:
    """Tariff and exchange rates drawn from `seed`; every hundredth code ends early."""
    rng = Random(seed)
    codes = sorted(rng.sample(range(1_000_000_000, 9_800_000_000, 1_000), CODES))
    tariff = [
        _tariff_record(f"{code:010d}", period, rng)
        for turn, code in enumerate(codes)
        for period in range(2 if turn % 100 == 0 else 3)
    ]
    days = [RATES_FROM + timedelta(n) for n in range((RATES_TO - RATES_FROM).days)]
    fx = [
        _record(currency, day, day + timedelta(1), {"rate_ppm": _drifted(middle, rng)})
        for currency, middle in RATE_OF.items()
        for day in days
    ]
    return Invented([f"{code:010d}" for code in codes], tariff, fx)


def _tariff_record(code: str, period: int, rng: Random) -> Record:
    specific = rng.choice((0, 0, 0, 4, 20, 50, 150))
    values: dict[str, int | str] = {
        "combine": rng.choice(("max", "sum")) if specific else "max",
        "duty_ppm": rng.choice((0, 50_000, 65_000, 100_000, 123_456, 150_000)),
        "specific_minor": specific,
        "vat_ppm": rng.choice((160_000, 160_000, 160_000, 120_000, 0)),
    }
    return _record(code, PERIODS[period], PERIODS[period + 1], values)


def _record(key: str, start: date, stop: date, values: dict[str, int | str]) -> Record:
    return Record(
        key=key, start=start, stop=stop, values=values, source=SOURCE, confidence="invented"
    )


def _drifted(middle: int, rng: Random) -> int:
    return middle * rng.randrange(970_000, 1_030_000) // 1_000_000


def compiled_tables(law: Invented) -> dict[str, DatedTable]:
    """The tables as the project compiles them."""
    return {
        "tariff": compile_table("tariff", law.tariff, TARIFF_SHAPE),
        "fx": compile_table("fx", law.fx, FX_SHAPE),
    }


def small_law(tables: dict[str, DatedTable], codes: tuple[str, ...], rules: tuple[str, ...]) -> Law:
    """The law of one regime in which every code of the small sheet is in force."""
    regime = Regime(
        code="small",
        title="The small sheet",
        procedure="parcel_import",
        direction="import",
        trade_modes=("*",),
        start=START,
        stop=STOP,
        source=SOURCE,
        confidence="invented",
        documents=(),
        stages={"small": codes},
    )
    params = {
        name: [Dated(value=value, written=str(value), unit="", source=SOURCE, start=START)]
        for name, value in PARAMS.items()
    }
    lists = {
        "countries": frozenset(COUNTRIES),
        "watched_origins": frozenset(WATCHED_ORIGINS),
        "watched_headings": frozenset(WATCHED_HEADINGS),
    }
    return Law(
        country="zz",
        currency=ACCOUNT,
        params=params,
        tables=tables,
        lists=lists,
        regimes=(regime,),
        rule_sources={code: [RuleSource(source=SOURCE, start=START)] for code in rules},
        digest="benchmark",
    )
