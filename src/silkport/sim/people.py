"""Invented buyers: names, identity numbers that check, telephones and addresses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from silkport.kernel.check_digits import cn_resident_check, kz_check
from silkport.sim.world import Direction, World

_BORN_FROM, _BORN_DAYS = date(1960, 1, 1), 17_000
_BORN = [_BORN_FROM + timedelta(days=days) for days in range(_BORN_DAYS)]
_BORN_LONG = [f"{day:%Y%m%d}" for day in _BORN]


@dataclass(frozen=True, slots=True)
class Buyer:
    """A person who buys; the address is one of theirs, the account is on a platform."""

    name: str
    identity: str
    phone: str
    address: str
    district: str
    account: str


def invent_buyer(direction: Direction, world: World, rng: Random) -> Buyer:
    """A buyer in the country of destination. Nobody is meant: see `world.toml`."""
    city = rng.choices(direction.cities, direction.city_weights)[0]
    address = direction.address_form.format(
        city=city.name,
        street=direction.streets[int(rng.random() * len(direction.streets))],
        house=1 + int(rng.random() * 280),
        flat=1 + int(rng.random() * 400),
    )
    serial = int(rng.random() * 10**9)
    born = int(rng.random() * _BORN_DAYS)
    if direction.id_type == "1":
        name = _chinese_name(world, rng)
        identity = _resident_id(city.district, born, serial)
        phone = f"199{serial % 10**8:08d}"
    else:
        woman = rng.random() < 0.6
        name = _kazakh_name(world, rng, woman=woman)
        identity = _iin(born, serial, woman=woman)
        phone = f"+7700{serial % 10**7:07d}"
    return Buyer(name, identity, phone, address, city.district, f"u{serial:09d}")


def _pick(words: tuple[str, ...], rng: Random) -> str:
    return words[int(rng.random() * len(words))]


def _chinese_name(world: World, rng: Random) -> str:
    given = world.names["cn_given"]
    second = _pick(given, rng) if rng.random() < 0.8 else ""
    return _pick(world.names["cn_surnames"], rng) + _pick(given, rng) + second


def _kazakh_name(world: World, rng: Random, *, woman: bool) -> str:
    surname = _pick(world.names["kz_surnames"], rng)
    if woman:
        return f"{surname}а {_pick(world.names['kz_women'], rng)}"
    return f"{surname} {_pick(world.names['kz_men'], rng)}"


def _resident_id(district: str, born: int, serial: int) -> str:
    first = f"{district}{_BORN_LONG[born]}{serial % 1000:03d}"
    return first + cn_resident_check(first)


def _iin(born: int, serial: int, *, woman: bool) -> str:
    """The seventh digit names century and sex; a serial without check digit is never issued."""
    day = _BORN_LONG[born]
    century = (5 if day >= "2000" else 3) + woman
    while True:
        first = f"{day[2:]}{century}{serial % 10_000:04d}"
        check = kz_check(first)
        if check is not None:
            return first + check
        serial += 1
