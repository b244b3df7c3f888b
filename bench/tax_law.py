"""The law that the tax benchmark computes under: a whole tariff in two editions, and beside it
excise, anti-dumping duty, VAT and daily exchange rates.

Codes, units and duty rates are those of the published tariff where its file is at hand, else
invented. Invented in either case, by seed: what the second edition changes, the rates of the
two shapes that the file lacks or hardly has, excise, anti-dumping duty, exchange rates. VAT is
12 % before 2026 and 16 % from then.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

TARIFF_FILE = Path(__file__).resolve().parents[2] / "shared/data/eaeu-ett/eaeu_ett_10digit.csv"

CODES = 12_600
EDITIONS = (date(2025, 1, 1), date(2026, 3, 8), date(2028, 1, 1))
FIRST_DAY, LAST_DAY = date(2025, 9, 1), date(2026, 10, 31)
NEW_YEAR = date(2026, 1, 1)
PPM = 1_000_000
MIDDLE_RATES = {"EUR": 600_000_000, "USD": 515_000_000}
"""Millionths of the currency of account for one unit; each day drifts around them."""

SHAPES = {"advalorem": "percent", "specific": "specific", "max": "greater", "plus": "sum"}
UNITS = {
    "кг": "KGM",
    "л": "LTR",
    "шт": "H87",
    "пару": "PR",
    "пар": "PR",
    "м²": "MTK",
    "м³": "MTQ",
    "м": "MTR",
    "г": "GRM",
    "1000 шт": "H87",
    "л 100% спирта": "LTR",
    "см³ объема двигателя": "CMQ",
}
"""Units of the tariff's file by code of Recommendation 20; supplementary units that are not
here are left out of the lines."""

EXCISED = {"2203": 9_000, "2204": 2_500, "2206": 9_000, "2208": 280_000, "8703": 10_000}
"""Minor units of account for a litre, or for a cubic centimetre of engine, until the new year."""

ANTI_DUMPED = ("6911", "7210", "7304", "7312", "8429", "8482", "8544", "8708")
ANTI_DUMPED_ORIGIN = "CN"


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """What one edition says of one code, in force on every day with `start <= day < stop`.

    `rate_ppm` is a share of the customs value; `amount_e4` are ten-thousandths of `currency`
    for `per` of `unit`. The shape says how they come together: `percent`, `specific`, `greater`
    and `sum` of both, or `lesser`: the greater of both, but not more than `cap_ppm` of
    the value or `cap_e4` for `per` of the unit; the other of the two is 0.
    """

    code: str
    start: date
    stop: date
    shape: str
    rate_ppm: int = 0
    amount_e4: int = 0
    currency: str = ""
    per: int = 1
    unit: str = ""
    cap_ppm: int = 0
    cap_e4: int = 0


@dataclass(frozen=True, slots=True)
class Special:
    """Anti-dumping duty on goods of one origin under a prefix: a share of the customs value."""

    prefix: str
    origin: str
    start: date
    stop: date
    rate_ppm: int


@dataclass(frozen=True, slots=True)
class Excise:
    """Excise of one code: minor units of account for one of `unit`."""

    code: str
    start: date
    stop: date
    amount_minor: int
    unit: str


@dataclass(frozen=True, slots=True)
class TaxLaw:
    """Everything the lines are taxed by; `goods_unit` is the unit a line of a code is counted in,
    beside its mass; `published` says whether codes and first rates are those of the file."""

    duties: list[Duty]
    specials: list[Special]
    excises: list[Excise]
    vat: list[tuple[date, date, int]]
    fx: dict[str, list[int]]
    goods_unit: dict[str, str]
    published: bool

    @property
    def codes(self) -> list[str]:
        """Every code, once."""
        return list(self.goods_unit)


def tax_law(seed: int, tariff_file: Path = TARIFF_FILE) -> TaxLaw:
    """The law of one seed."""
    rng = Random(seed)
    published = tariff_file.is_file()
    first, goods_unit = _published(tariff_file) if published else _invented(rng)
    first = [_rarer(duty, rng) for duty in first]
    second = [replace(_changed(duty, rng), start=EDITIONS[1], stop=EDITIONS[2]) for duty in first]
    return TaxLaw(
        duties=first + second,
        specials=_specials(rng),
        excises=_excises(goods_unit),
        vat=[(EDITIONS[0], NEW_YEAR, 120_000), (NEW_YEAR, EDITIONS[2], 160_000)],
        fx={currency: _daily(middle, rng) for currency, middle in MIDDLE_RATES.items()},
        goods_unit=goods_unit,
        published=published,
    )


def days() -> list[date]:
    """The legal days of the lines, one after another."""
    return [FIRST_DAY + timedelta(n) for n in range((LAST_DAY - FIRST_DAY).days + 1)]


def _published(path: Path) -> tuple[list[Duty], dict[str, str]]:
    duties, goods_unit = [], {}
    with path.open(encoding="utf-8", newline="") as text:
        for row in csv.DictReader(text):
            unit = UNITS[row["specific_unit"]] if row["specific_unit"] else ""
            duties.append(
                Duty(
                    code=row["code"],
                    start=EDITIONS[0],
                    stop=EDITIONS[1],
                    shape=SHAPES[row["rate_kind"]],
                    rate_ppm=int(Decimal(row["ad_valorem_pct"] or 0) * 10_000),
                    amount_e4=int(Decimal(row["specific_amount"] or 0) * 10_000),
                    currency=row["specific_currency"],
                    per=int(row["specific_per_qty"] or 1),
                    unit=unit,
                )
            )
            # the tariff names litres of pure alcohol or pieces where the duty is by the litre
            # or by the engine: the line is counted in what the duty asks for
            supplementary = UNITS.get(row["supp_unit"], "")
            goods_unit[row["code"]] = supplementary if unit in {"", "KGM"} else unit
            if row["code"].startswith("8703"):
                goods_unit[row["code"]] = "CMQ"
    return duties, goods_unit


def _invented(rng: Random) -> tuple[list[Duty], dict[str, str]]:
    """As many codes in 96 chapters, with shapes as often as the published tariff has them."""
    prefixes = [*EXCISED, *ANTI_DUMPED, *(f"{chapter:02d}01" for chapter in range(1, 97))]
    codes: set[str] = set()
    while len(codes) < CODES:
        codes.add(f"{rng.choice(prefixes)}{rng.randrange(1_000_000):06d}")
    duties, goods_unit = [], {}
    for code in sorted(codes):
        shape = rng.choices(("percent", "specific", "greater", "sum"), (870, 45, 82, 3))[0]
        unit = "" if shape == "percent" else rng.choice(("KGM", "KGM", "LTR", "PR", "H87"))
        counted = "CMQ" if code.startswith("8703") else "LTR" if code[:4] in EXCISED else ""
        unit = unit if not counted or unit in {"", "KGM"} else counted
        goods_unit[code] = counted or (rng.choice(("", "H87")) if unit in {"", "KGM"} else unit)
        duties.append(
            Duty(
                code=code,
                start=EDITIONS[0],
                stop=EDITIONS[1],
                shape=shape,
                rate_ppm=0 if shape == "specific" else rng.choice((0, 50_000, 65_000, 150_000)),
                amount_e4=rng.choice((300, 2_000, 18_800)) if unit else 0,
                currency=rng.choice(("EUR", "EUR", "USD")) if unit else "",
                per=rng.choice((1, 1, 1, 1000)) if unit else 1,
                unit=unit,
            )
        )
    return duties, goods_unit


def _rarer(duty: Duty, rng: Random) -> Duty:
    """Some rates of the shape `greater` as the two that are rare: `sum` and `lesser`."""
    turn = rng.randrange(10)
    if duty.shape != "greater" or not duty.rate_ppm or turn > 2:
        return duty
    if turn == 0:
        return replace(duty, shape="sum")
    if turn == 1:
        return replace(duty, shape="lesser", cap_ppm=duty.rate_ppm + 50_000)
    return replace(duty, shape="lesser", cap_e4=2 * duty.amount_e4)


def _changed(duty: Duty, rng: Random) -> Duty:
    """About one code in six is dearer or cheaper in the second edition."""
    if rng.randrange(6):
        return duty
    if duty.rate_ppm or not duty.amount_e4:
        return replace(duty, rate_ppm=max(duty.rate_ppm + rng.choice((-25_000, 15_000)), 5_000))
    return replace(duty, amount_e4=duty.amount_e4 + rng.choice((100, 250)))


def _specials(rng: Random) -> list[Special]:
    """One measure a prefix, raised or lowered in the middle of the time."""
    found = []
    for prefix in ANTI_DUMPED:
        review = FIRST_DAY + timedelta(rng.randrange(60, 300))
        for start, stop in ((EDITIONS[0], review), (review, EDITIONS[2])):
            rate = rng.randrange(40_000, 350_000, 100)
            found.append(Special(prefix, ANTI_DUMPED_ORIGIN, start, stop, rate))
    return found


def _excises(goods_unit: dict[str, str]) -> list[Excise]:
    """A tenth dearer from the new year."""
    periods = ((EDITIONS[0], NEW_YEAR, 10), (NEW_YEAR, EDITIONS[2], 11))
    return [
        Excise(code, start, stop, EXCISED[code[:4]] * tenths // 10, unit)
        for code, unit in goods_unit.items()
        if code[:4] in EXCISED
        for start, stop, tenths in periods
    ]


def _daily(middle: int, rng: Random) -> list[int]:
    """A rate for every day, in hundredths of the currency of account as banks publish them."""
    return [middle + rng.randrange(-1_500, 1_501) * 10_000 for _ in days()]
