"""Lawful parcels, drawn one by one from a seed: who buys what, how heavy, for how much."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from random import Random
from typing import NamedTuple

from silkport.kernel.check_digits import s10_check
from silkport.sim.goods import CLASSES, Stock
from silkport.sim.people import Buyer, invent_buyer
from silkport.sim.world import Direction, World

_CLASS_WEIGHTS = (64, 27, 9)
"""Draws for up to 1, 5 and 30 kg. Heavier draws of light goods end up below 1 kg, which makes
70 % of all parcels. Source: courier parcels of Uzbekistan in 2024."""

_LINE_COUNTS, _LINE_WEIGHTS = (1, 2, 3, 4), (78, 14, 6, 2)

_MOST_POOL = 20_000
_PARCELS_PER_POOLED = 30
_MOST_PARCELS_OF_ONE = 14
_RECURRING_SHARE = 0.15

_PARCELS_PER_TRUCK = 1_500
_FREIGHT_FEN = (0, 0, 0, 500, 600, 800, 1000, 1200, 1500, 1800, 2200, 2600, 3000)


class Draw(NamedTuple):
    """One line: a row of the stock, pieces, fen each and in total, grams each."""

    good: int
    pieces: int
    price_fen: int
    total_fen: int
    unit_g: int


def mass_g(lines: list[Draw]) -> int:
    """Net mass of lines."""
    return sum(line.pieces * line.unit_g for line in lines)


@dataclass(slots=True)
class Draft:
    """A parcel before it is written down in documents. Amounts in fen, masses in grams."""

    order_no: str
    logistics_no: str
    number: int
    direction: Direction
    buyer: Buyer
    consignee: str
    consignee_phone: str
    parties: dict[str, int]
    bonded: bool
    truck: str
    lines: list[Draw]
    freight_fen: int
    discount_fen: int
    packing_g: int
    app_time: int
    authenticated: bool
    platform_vat: bool
    guids: tuple[str, ...]
    plant: int = 0
    """Number of what is planted in it, in `planting.Garden`; 0 for a lawful parcel."""

    @property
    def net_g(self) -> int:
        """Net mass of all lines."""
        return mass_g(self.lines)

    @property
    def goods_fen(self) -> int:
        """Price of all lines."""
        return sum(line.total_fen for line in self.lines)


@dataclass(slots=True)
class _Regular:
    """A buyer who comes back, within what the law and a day allow."""

    buyer: Buyer
    parcels: int = 0
    spent_fen: int = 0


class Drafter:
    """Draws parcels. The same arguments and calls give the same parcels."""

    def __init__(
        self, *, world: World, stock: Stock, parcels: int, seed: int, day: date, rng: Random
    ) -> None:
        self.world = world
        self.stock = stock
        self.rng = rng
        self._number = 0
        self._order = f"{day:%y%m%d}{seed % 1000:03d}"
        self._midnight = int(f"{day:%Y%m%d}") * 1_000_000
        self._truck_day = f"{day:%m%d}"
        self._first_serial = seed * 104_729
        self._pool_size = min(max(parcels // _PARCELS_PER_POOLED, 1), _MOST_POOL)
        self._regulars: dict[tuple[str, int], _Regular] = {}

    def direction(self) -> Direction:
        """A direction by its share."""
        first, second = self.world.directions.values()
        return first if self.rng.random() * 100 < first.share else second

    def draft(self, direction: Direction, *, planted: bool = False, bonded: bool = False) -> Draft:
        """The next lawful parcel; when something will be planted in it, of a new buyer.

        `bonded` counts for parcels to be planted in only; for others it is left to chance.
        """
        rng = self.rng
        number = self._number = self._number + 1
        lines = self._lines(direction)
        goods_fen = sum(line.total_fen for line in lines)
        if planted:
            buyer = invent_buyer(direction, self.world, rng)
        else:
            buyer = self._buyer(direction, goods_fen)
            bonded = rng.random() < direction.bonded_share
        if rng.random() < 0.1:
            other = invent_buyer(direction, self.world, rng)
            consignee, phone = other.name, other.phone
        else:
            consignee, phone = buyer.name, buyer.phone
        parties = {
            kind: rows[int(rng.random() * len(rows))] for kind, rows in direction.parties.items()
        }
        net_g = mass_g(lines)
        return Draft(
            order_no=f"{self._order}{number:09d}",
            logistics_no=self._logistics_no(direction, parties["carrier"], number),
            number=number,
            direction=direction,
            buyer=buyer,
            consignee=consignee,
            consignee_phone=phone,
            parties=parties,
            bonded=bonded,
            truck=f"{self._truck_day}{number // _PARCELS_PER_TRUCK:04d}",
            lines=lines,
            freight_fen=_FREIGHT_FEN[int(rng.random() * len(_FREIGHT_FEN))],
            discount_fen=500 if goods_fen > 5_000 and rng.random() < 0.08 else 0,
            packing_g=15 + int(rng.random() * 30) + net_g * int(1 + rng.random() * 4) // 100,
            app_time=self.time(rng.random()),
            authenticated=rng.random() < 0.9,
            platform_vat=rng.random() < 0.5,
            guids=tuple(self.guid() for _ in range(4)),
        )

    def time(self, share: float) -> int:
        """A moment of the day, from 02:00 on, as fourteen digits."""
        minutes, second = divmod(7_200 + int(share * 79_200), 60)
        hour, minute = divmod(minutes, 60)
        return self._midnight + hour * 10_000 + minute * 100 + second

    def guid(self) -> str:
        """The next identifier of a message, a UUID of version 4 in upper case."""
        text = f"{self.rng.getrandbits(128):032X}"
        return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-A{text[17:20]}-{text[20:]}"

    def _logistics_no(self, direction: Direction, carrier: int, number: int) -> str:
        """A postal item; within a sample of 100 million parcels no number comes twice."""
        serial = f"{(self._first_serial + number * 7_919) % 10**8:08d}"
        return f"{self.world.services[carrier]}{serial}{s10_check(serial)}{direction.post}"

    def _buyer(self, direction: Direction, goods_fen: int) -> Buyer:
        """Somebody new, or one of the regulars: few of them buy often, most seldom."""
        rng = self.rng
        if rng.random() >= _RECURRING_SHARE:
            return invent_buyer(direction, self.world, rng)
        rank = int(self._pool_size * rng.random() ** 1.5)
        regular = self._regulars.get((direction.name, rank))
        if regular is None:
            regular = _Regular(invent_buyer(direction, self.world, rng))
            self._regulars[direction.name, rank] = regular
        spent = regular.spent_fen + goods_fen + max(_FREIGHT_FEN)
        if regular.parcels >= _MOST_PARCELS_OF_ONE or spent > direction.person_fen:
            return invent_buyer(direction, self.world, rng)
        regular.parcels += 1
        regular.spent_fen = spent
        return regular.buyer

    def _lines(self, direction: Direction) -> list[Draw]:
        rng = self.rng
        dear = self.stock.dear[direction.name]
        if dear and rng.random() < direction.dear_share:
            return [self.line(dear, fen=direction.most_dear_fen, grams=CLASSES[-1], most=1)]
        place = rng.choices((0, 1, 2), _CLASS_WEIGHTS)[0]
        classes = self.stock.cheap[direction.name]
        fen, grams = direction.most_fen, CLASSES[place]
        lines: list[Draw] = []
        rows = classes[place] or next((rows for rows in classes if rows), dear or [])
        for at in range(rng.choices(_LINE_COUNTS, _LINE_WEIGHTS)[0]):
            line = self.line(rows, fen=fen, grams=grams, most=3)
            if at and (line.total_fen > fen or line.pieces * line.unit_g > grams):
                break
            lines.append(line)
            fen -= line.total_fen
            grams -= line.pieces * line.unit_g
            rows = classes[0] or rows
        return lines

    def line(self, rows: list[int], *, fen: int, grams: int, most: int) -> Draw:
        """A line of a good among `rows`, of up to `most` pieces that keep within value and mass."""
        rng = self.rng
        at = rows[int(rng.random() * len(rows))]
        good = self.stock.goods[at]
        low, high = good.price_fen
        # Most sales are near the lower end; prices end in 0 or 9 fen as they do in shops.
        price = low + int((high - low) * rng.random() ** 2) // 10 * 10
        light, heavy = good.mass_g
        unit_g = light + int((heavy - light + 1) * rng.random())
        pieces = 1
        if most > 1 and rng.random() < 0.25:
            room = min(fen // max(price, 1), grams // unit_g, most)
            pieces = 1 + int(rng.random() * room) if room > 1 else 1
        return Draw(at, pieces, price, price * pieces, unit_g)
