"""Parcels drawn otherwise than by chance, because what is planted needs its own value or buyer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from silkport.sim.drafting import Draft, Drafter
from silkport.sim.goods import CLASSES

_TEN_THOUSANDTHS = 10_000


def within_tolerance(draft: Draft, _drafter: Drafter, _leader: Draft, _place: int) -> None:
    """One line whose total is 4.99 per cent above price times quantity."""
    line = draft.lines[0]
    product = line.price_fen * line.pieces
    draft.lines = [line._replace(total_fen=product * 10_499 // _TEN_THOUSANDTHS)]


def above_tolerance(draft: Draft, _drafter: Drafter, _leader: Draft, _place: int) -> None:
    """One line whose total is 5.01 per cent above price times quantity, rounded up."""
    line = draft.lines[0]
    product = line.price_fen * line.pieces
    draft.lines = [line._replace(total_fen=-(-product * 10_501 // _TEN_THOUSANDTHS))]


def two_dear(draft: Draft, drafter: Drafter, _leader: Draft, _place: int) -> None:
    """Two articles of together 5,100 to 6,800 yuan."""
    _dear_good(draft, drafter)
    _one_line(draft, pieces=2, price_fen=255_000 + int(drafter.rng.random() * 85_000))


def one_dear(draft: Draft, drafter: Drafter, _leader: Draft, _place: int) -> None:
    """One article of 5,200 to 9,000 yuan."""
    _dear_good(draft, drafter)
    _one_line(draft, pieces=1, price_fen=520_000 + int(drafter.rng.random() * 380_000))


def one_year(draft: Draft, drafter: Drafter, leader: Draft, place: int) -> None:
    """One after the other, parcels of one buyer of 4,700 to 4,800 yuan each."""
    _dear_good(draft, drafter)
    _one_line(draft, pieces=1, price_fen=470_000 + int(drafter.rng.random() * 10_000))
    draft.buyer = leader.buyer
    draft.consignee, draft.consignee_phone = leader.buyer.name, leader.buyer.phone
    draft.app_time = drafter.time((place + 1) / 10)


def cheap_by_mass(draft: Draft, drafter: Drafter, _leader: Draft, _place: int) -> None:
    """15 to 25 kilograms for one or two yuan."""
    grams = 15_000 + int(drafter.rng.random() * 10_000)
    _one_line(draft, pieces=1, price_fen=100 + int(drafter.rng.random() * 100))
    draft.lines = [draft.lines[0]._replace(unit_g=grams)]


def one_address(draft: Draft, _drafter: Drafter, leader: Draft, _place: int) -> None:
    """Different buyers who live where the first of them does."""
    home = leader.buyer
    draft.buyer = replace(draft.buyer, address=home.address, district=home.district)


def _dear_good(draft: Draft, drafter: Drafter) -> None:
    """Puts an article in the parcel that may well cost so much, where there is one."""
    rows = drafter.stock.dear[draft.direction.name]
    if rows:
        most_fen = draft.direction.most_dear_fen
        draft.lines = [drafter.line(rows, fen=most_fen, grams=CLASSES[-1], most=1)]


def _one_line(draft: Draft, *, pieces: int, price_fen: int) -> None:
    """Makes the parcel one line of its first good, free of freight and discount."""
    line = draft.lines[0]
    total = price_fen * pieces
    grams = min(line.unit_g, 9_000)
    draft.lines = [line._replace(pieces=pieces, price_fen=price_fen, total_fen=total, unit_g=grams)]
    draft.freight_fen = draft.discount_fen = 0


Shape = Callable[[Draft, Drafter, Draft, int], None]

SHAPES: Mapping[str, Shape] = {
    shape.__name__: shape
    for shape in (
        within_tolerance,
        above_tolerance,
        two_dear,
        one_dear,
        one_year,
        cheap_by_mass,
        one_address,
    )
}
"""By name: redraws a parcel, given the drafter, the first parcel of its group, its place in it."""
