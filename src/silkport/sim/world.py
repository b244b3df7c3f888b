"""The invented world of the sample day, read from `world.toml`: parties, places and names."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from decimal import Decimal
from importlib.resources import files
from typing import Any

import polars as pl

DIRECTIONS = ("export", "import")
"""Both directions, as the side sees them whose message family the documents follow."""

_PARTIES = ("office", "merchant", "carrier", "payer", "agent")


@dataclass(frozen=True, slots=True)
class City:
    """A town where buyers live, with the region code of its addresses."""

    name: str
    district: str


@dataclass(frozen=True, slots=True)
class Direction:
    """What the parcels of one direction have in common. Shares are parts of one."""

    name: str
    share: int
    flow: str
    origin: str
    departure: str
    destination: str
    port_abroad: str
    """Port of destination, as an export names it; empty for imports."""
    id_type: str
    post: str
    prepaid_ppm: int
    dear_share: float
    bonded_share: float
    bonded_departure: str
    guaranteed: bool
    most_fen: int
    most_dear_fen: int
    person_fen: int
    cities: tuple[City, ...]
    city_weights: tuple[int, ...]
    streets: tuple[str, ...]
    address_form: str
    parties: dict[str, range]
    """Per kind of party, its rows in `World.parties`."""


@dataclass(frozen=True, slots=True)
class World:
    """Everything invented; `parties` has a frame of columns for each kind of party."""

    currency: str
    no_bar_code: str
    reads_messages: str
    """The administration whose messages a sample can be written in; the other reads tables."""
    site: dict[str, str]
    """Who runs the supervised places: code and name."""
    directions: dict[str, Direction]
    parties: dict[str, pl.DataFrame]
    services: tuple[str, ...]
    """Per carrier, the two letters its postal items begin with."""
    trucks: tuple[str, ...]
    """Per office, how the conveyances that pass it are called."""
    bonded: dict[str, str]
    names: dict[str, tuple[str, ...]]


def load_world() -> World:
    """Reads the invented world that lies beside this module."""
    raw = read_toml("world.toml")
    parties = {kind: _parties(raw, kind) for kind in _PARTIES}
    return World(
        currency=raw["currency"],
        no_bar_code=raw["no_bar_code"],
        reads_messages=raw["reads_messages"],
        site=raw["site"],
        directions={name: _direction(raw, name) for name in DIRECTIONS},
        parties={
            kind: frame.drop("service", "truck", strict=False) for kind, frame in parties.items()
        },
        services=tuple(parties["carrier"]["service"]),
        trucks=tuple(parties["office"]["truck"]),
        bonded=raw["bonded"],
        names={
            kind: tuple(words.split() if " " in words else words)
            for kind, words in raw["name"].items()
        },
    )


def read_toml(name: str) -> dict[str, Any]:
    """A data file that lies beside this module, with exact decimals."""
    text = files(__package__).joinpath(name).read_text("utf-8")
    return tomllib.loads(text, parse_float=Decimal)


def _parties(raw: dict[str, Any], kind: str) -> pl.DataFrame:
    rows = [row for name in DIRECTIONS for row in raw[f"{name}_{kind}"]]
    return pl.DataFrame(rows)


def _party_rows(raw: dict[str, Any], name: str, kind: str) -> range:
    before = DIRECTIONS[: DIRECTIONS.index(name)]
    start = sum(len(raw[f"{earlier}_{kind}"]) for earlier in before)
    return range(start, start + len(raw[f"{name}_{kind}"]))


def _direction(raw: dict[str, Any], name: str) -> Direction:
    own, cities, address = raw[name], raw[f"{name}_city"], raw["address"]
    return Direction(
        name=name,
        share=own["share"],
        flow=own["flow"],
        origin=own["origin"],
        departure=own["departure"],
        destination=own["destination"],
        port_abroad=own.get("port_abroad", ""),
        id_type=own["id_type"],
        post=own["post"],
        prepaid_ppm=int(Decimal(own["prepaid_tax"]) * 10**6),
        dear_share=float(own["dear_share"]),
        bonded_share=float(own.get("bonded_share", 0)),
        bonded_departure=own.get("bonded_departure", own["departure"]),
        guaranteed=own["guaranteed"],
        most_fen=own["most_yuan"] * 100,
        most_dear_fen=own["most_dear_yuan"] * 100,
        person_fen=own["person_yuan"] * 100,
        cities=tuple(City(city["name"], city["district"]) for city in cities),
        city_weights=tuple(city["weight"] for city in cities),
        streets=tuple(street.strip() for street in address[f"{name}_streets"].split(";")),
        address_form=address[f"{name}_form"],
        parties={kind: _party_rows(raw, name, kind) for kind in _PARTIES},
    )
