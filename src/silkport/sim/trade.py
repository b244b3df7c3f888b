"""The invented trade in commercial goods, read from `trade.toml` and `trade.csv`."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from silkport.sim.world import read_toml


@dataclass(frozen=True, slots=True)
class Party:
    """A declarant, consignor or consignee."""

    code: str
    name: str
    country: str


@dataclass(frozen=True, slots=True)
class Regime:
    """A procedure of one administration, and what its declarations have in common."""

    name: str
    administration: str
    procedure: str
    departure: str
    destination: str
    trade_country: str
    """Country of the other party of the contract."""
    goods: tuple[str, ...]
    """Kinds of goods that are declared under it."""
    currencies: tuple[str, ...]
    terms: tuple[str, ...]
    """Terms of delivery; none where goods are not valued."""
    office: str
    border_office: str
    codes: str
    """Whose commodity codes are declared, where they are not those of the trade itself."""
    quantities: bool
    """Whether every line states a quantity."""
    secured: bool
    temporary: bool
    purchaser: str


@dataclass(frozen=True, slots=True)
class Good:
    """Goods of a wholesaler: prices in US cents and grams of a piece lie in ranges."""

    kind: str
    name: str
    unit: str
    """Supplementary unit; empty where the tariff asks for none."""
    codes: dict[str, str]
    in_fiction: bool
    """Whether the tariff of the invented administration has its chapter."""
    price_cents: tuple[int, int]
    mass_g: tuple[int, int]
    packing_percent: int
    pieces: tuple[int, int]
    producer: str
    trade_mark: str

    def code_for(self, regime: Regime) -> str:
        """The commodity code declared under a regime."""
        return self.codes[regime.codes]


Row = dict[str, str | int]
"""Columns in internal form; what is not stated is left out."""


@dataclass(slots=True)
class House:
    """One house declaration: its head, its goods lines, and which of the two files it stands in."""

    regime: Regime
    head: Row
    lines: list[Row]
    nested: bool
    """Whether it stands in the JSON file."""

    @property
    def number(self) -> str:
        """The declarant's number of the declaration."""
        return str(self.head["declaration_no"])


@dataclass(frozen=True, slots=True)
class Trade:
    """Everything invented: who trades what under which procedure."""

    regimes: tuple[Regime, ...]
    goods: tuple[Good, ...]
    parties: dict[str, list[Party]]
    """Senders and receivers by country."""
    declarants: dict[str, list[Party]]
    """By administration."""
    per_dollar: dict[str, int]
    """Hundredths of a currency for a hundred US cents."""
    places: dict[str, str]
    fiction: str
    """The administration that does not exist."""

    def goods_of(self, regime: Regime) -> list[Good]:
        """What may be declared under a regime."""
        fiction = regime.administration == self.fiction
        return [
            good
            for good in self.goods
            if good.kind in regime.goods and (good.in_fiction or not fiction)
        ]


def load_trade() -> Trade:
    """Reads the invented trade that lies beside this module."""
    raw = read_toml("trade.toml")
    text = files(__package__).joinpath("trade.csv").read_text("utf-8")
    parties: dict[str, list[Party]] = {}
    for one in raw["party"]:
        parties.setdefault(one["country"], []).append(Party(**one))
    declarants: dict[str, list[Party]] = {}
    for one in raw["declarant"]:
        party = Party(one["code"], one["name"], "")
        declarants.setdefault(one["administration"], []).append(party)
    return Trade(
        regimes=tuple(_regime(one) for one in raw["regime"]),
        goods=tuple(_good(row) for row in csv.DictReader(text.splitlines())),
        parties=parties,
        declarants=declarants,
        per_dollar=raw["per_dollar"],
        places=raw["place"],
        fiction=raw["fiction"],
    )


def _regime(raw: dict[str, Any]) -> Regime:
    return Regime(
        name=raw["name"],
        administration=raw["administration"],
        procedure=raw["procedure"],
        departure=raw["departure"],
        destination=raw["destination"],
        trade_country=raw["trade_country"],
        goods=tuple(raw["goods"]),
        currencies=tuple(raw["currencies"]),
        terms=tuple(raw["terms"]),
        office=raw["office"],
        border_office=raw["border_office"],
        codes=raw.get("codes", ""),
        quantities=raw.get("quantities", False),
        secured=raw.get("secured", False),
        temporary=raw.get("temporary", False),
        purchaser=raw.get("purchaser", ""),
    )


def _good(row: dict[str, str]) -> Good:
    others = {name.removeprefix("code_"): row[name] for name in row if name.startswith("code_")}
    return Good(
        kind=row["kind"],
        name=row["name"],
        unit=row["unit"],
        codes={"": row["code"], **others},
        in_fiction=row["in_zz"] == "yes",
        price_cents=(int(row["price_low"]), int(row["price_high"])),
        mass_g=(int(row["mass_low_g"]), int(row["mass_high_g"])),
        packing_percent=int(row["packing_percent"]),
        pieces=(int(row["pieces_low"]), int(row["pieces_high"])),
        producer=row["producer"],
        trade_mark=row["trade_mark"],
    )
