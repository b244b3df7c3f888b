"""What the parcels hold: the built-in goods, or those of a catalogue of one's own."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from importlib.resources import files
from pathlib import Path

from silkport.kernel.check_digits import complete_gtin13
from silkport.kernel.errors import UnreadableFile, WrongHeader
from silkport.kernel.identifiers import is_gtin, is_hs_code

LIGHT_G, MIDDLE_G, HEAVY_G = 900, 4_700, 28_000
"""Most net grams of a parcel of each class; with its packing it is within 1, 5 and 30 kg."""

CLASSES = (LIGHT_G, MIDDLE_G, HEAVY_G)
_DEAR_FEN = 160_000
_MOST_FEN = 470_000

_UNITS = {"双": "PR", "千克": "KGM", "公斤": "KGM"}
"""Units of a catalogue that are not counted in pieces."""

_CATALOGUE_COLUMNS = ("name", "hs_code", "net_weight", "unit", "price")


@dataclass(frozen=True, slots=True)
class Good:
    """An article of a shop: its price in fen and its mass in grams lie in ranges."""

    item_no: str
    name: str
    model: str
    hs_code: str
    bar_code: str
    unit: str
    price_fen: tuple[int, int]
    mass_g: tuple[int, int]


@dataclass(slots=True)
class Stock:
    """The goods to draw from: rows of `goods` by direction, class of mass and dearness."""

    goods: list[Good] = field(default_factory=list)
    cheap: dict[str, tuple[list[int], ...]] = field(default_factory=dict)
    dear: dict[str, list[int]] = field(default_factory=dict)
    skipped: Counter[str] = field(default_factory=Counter)
    """Rows of a catalogue that could not be used, by reason."""

    def put(self, good: Good, directions: list[str]) -> None:
        """Adds a good that parcels of these directions may hold."""
        at = len(self.goods)
        self.goods.append(good)
        for direction in directions:
            classes = self.cheap.setdefault(direction, ([], [], []))
            dear = self.dear.setdefault(direction, [])
            if good.price_fen[0] >= _DEAR_FEN:
                dear.append(at)
                continue
            for place, most in enumerate(CLASSES):
                if good.mass_g[1] <= most:
                    classes[place].append(at)
                    break


def built_in(origins: Mapping[str, str]) -> Stock:
    """The goods that ship with the product; `origins` gives the directions by country."""
    stock = Stock()
    text = files(__package__).joinpath("goods.csv").read_text("utf-8")
    for number, row in enumerate(csv.DictReader(text.splitlines()), 1):
        low, high = (_fen(row[f"price_{end}_yuan"]) for end in ("low", "high"))
        good = Good(
            item_no=f"SKU{number:05d}",
            name=f"{row['name_zh']} {row['name_en']}",
            model=row["model"],
            hs_code=row["hs_code"],
            bar_code=complete_gtin13(f"20{number:010d}") if number % 3 else "",
            unit=row["unit"],
            price_fen=(low or 0, high or 0),
            mass_g=(int(row["mass_low_g"]), int(row["mass_high_g"])),
        )
        stock.put(good, [name for name, origin in origins.items() if origin == row["origin"]])
    return stock


def read_catalogue(path: Path, directions: list[str]) -> Stock:
    """The goods of a CSV file with the columns name, hs_code, net_weight (kg), unit and price.

    Rows with a malformed commodity code, without a price, or of a size that no retail parcel
    has are left out and counted. en_name, model and bar_code_international are used if there.
    """
    stock = Stock()
    for number, row in enumerate(_rows(path), 1):
        reason, good = _article(row, number)
        if good is None:
            stock.skipped[reason] += 1
        else:
            stock.put(good, directions)
    if not stock.goods:
        raise UnreadableFile(source=str(path), expected="a catalogue", reason="no row is usable")
    return stock


def _rows(path: Path) -> Iterator[dict[str, str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, restval="")
            missing = set(_CATALOGUE_COLUMNS) - set(reader.fieldnames or ())
            if missing:
                reason = f"it lacks {', '.join(sorted(missing))}"
                raise WrongHeader(source=str(path), reason=reason)
            yield from reader
    except (OSError, UnicodeError, csv.Error) as error:
        raise UnreadableFile(source=str(path), expected="a catalogue", reason=str(error)) from error


def _article(row: Mapping[str, str], number: int) -> tuple[str, Good | None]:
    """One row of a catalogue as a good, or why not."""
    code, name = row["hs_code"].strip(), row["name"].strip()
    if len(code) != 10 or not is_hs_code(code):
        return "malformed commodity code", None
    if not name:
        return "no name", None
    price = _fen(row["price"])
    if not price:
        return "no price", None
    mass = _number(row["net_weight"])
    grams = 0 if mass is None else int(mass * 1000)
    if not 1 <= grams <= HEAVY_G or price > _MOST_FEN:
        return "not of the size of a parcel", None
    bar_code = row.get("bar_code_international", "").strip()
    english = row.get("en_name", "").strip()
    return "", Good(
        item_no=f"CAT{number:06d}",
        name=f"{name} {english}".strip()[:250],
        model=row.get("model", "").strip()[:250] or name[:250],
        hs_code=code,
        bar_code=bar_code if is_gtin(bar_code) else "",
        unit=_UNITS.get(row["unit"].strip(), "H87"),
        price_fen=(price, price),
        mass_g=(grams, grams),
    )


def _number(text: str) -> Decimal | None:
    try:
        value = Decimal(text.strip())
    except InvalidOperation:
        return None
    return value if value.is_finite() and 0 < value < 10**9 else None


def _fen(text: str) -> int | None:
    """A price in yuan as whole fen."""
    value = _number(text)
    return None if value is None else int(value * 100)
