"""Whether what several say of one house goes together: declarations, transports, the neighbour.

Pure. Nobody's word alone makes a house larger: parts count as parts only where every waybill was
announced with the same whole, and what was declared is no more than it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from silkport.courses.transport_checks import differs
from silkport.model.balances import MASS, shown
from silkport.model.columns import MISSING
from silkport.model.transport import House

SIX = 6
MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class Size:
    """Packages and gross mass of a house or a part of it, MISSING where nobody stated them."""

    packages: int = MISSING
    gross_mass_mg: int = MISSING

    @property
    def both(self) -> tuple[int, int]:
        """Packages and mass, in that order."""
        return self.packages, self.gross_mass_mg

    @property
    def is_known(self) -> bool:
        """Whether there is a figure to compare with."""
        return self.both != (MISSING, MISSING)


def together(sizes: Iterable[Size]) -> Size:
    """All of them; a sum with something unknown in it is unknown."""
    some = list(sizes)
    return Size(*(_sum([one.both[place] for one in some]) for place in (0, 1)))


def _sum(figures: Sequence[int]) -> int:
    return MISSING if MISSING in figures else sum(figures)


def exceeds(declared: Iterable[Size], whole: Size, *, tolerance_ppm: int) -> bool:
    """Whether declarations of a house take more of it than there is; at the limit they do not.

    Args:
        whole: of the house. Where nothing of it is known, or a declaration does not state it, more
            than one declaration is too many: what is unknown is never lawful.
        tolerance_ppm: how far scales may differ, in millionths of the whole.
    """
    some = list(declared)
    if len(some) < 2:
        return False
    packages, mass = together(some).both
    over = []
    if whole.packages != MISSING:
        over.append(packages == MISSING or packages > whole.packages)
    if whole.gross_mass_mg != MISSING:
        more = mass > whole.gross_mass_mg
        over.append(mass == MISSING or (more and _far(mass, whole.gross_mass_mg, tolerance_ppm)))
    return not over or any(over)


def _far(found_mg: int, expected_mg: int, tolerance_ppm: int) -> bool:
    return differs(
        found_mg=found_mg,
        expected_mg=expected_mg,
        weighed_mg=expected_mg,
        tolerance_ppm=tolerance_ppm,
    )


Carried = Mapping[str, Sequence[House]]
"""What is or was carried of a house, by waybill; a part that was put down is a piece of its own."""


def in_parts(
    carried: Carried, waybills: Iterable[str], declared: Iterable[Size], *, tolerance_ppm: int
) -> bool:
    """Whether a house under several waybills was announced so: in parts of one whole.

    What is divided on the way states a whole as well, but fills it by itself: a second waybill is
    more than it.

    Args:
        waybills: those under which it is declared.
        declared: what each declaration states of it.
    """
    whole = _stated(carried)
    if not whole.is_known or not all(carried.get(one) for one in waybills):
        return False
    aboard = _all(one for some in carried.values() for one in some)
    fits = all(has <= most for has, most in zip(aboard.both, whole.both, strict=True))
    return fits and not exceeds(declared, whole, tolerance_ppm=tolerance_ppm)


def carried_size(carried: Carried) -> Size:
    """The whole house by the word of its transports: as they state it, or the one piece."""
    pieces = [one for some in carried.values() for one in some]
    return _all(pieces) if len(pieces) == 1 and not _is_part(pieces[0]) else _stated(carried)


def part_under(carried: Carried, waybill: str) -> Size:
    """What travels under one waybill, where that is less than the whole; else unknown."""
    whole, part = _stated(carried), _all(carried.get(waybill, ()))
    return part if whole.is_known and part.gross_mass_mg < whole.gross_mass_mg else Size()


def _all(pieces: Iterable[House]) -> Size:
    return together(Size(one.packages, one.gross_mass_mg) for one in pieces)


def _is_part(house: House) -> bool:
    return house.whole_packages != MISSING


def _stated(carried: Carried) -> Size:
    """The one whole that all pieces state; unknown where one states none, or another."""
    wholes = {
        Size(one.whole_packages, one.whole_mass_mg) for some in carried.values() for one in some
    }
    return next(iter(wholes)) if len(wholes) == 1 else Size()


def unlike_codes(said: Mapping[str, Any], goods: Sequence[Mapping[str, Any]]) -> str:
    """Commodity codes declared here that the export has not, at the six digits both sides share.

    Args:
        said: what the neighbour last said of the export; where it names no goods, nothing differs.
        goods: lines declared here.
    Returns them in words; "" where there are none.
    """
    theirs = {str(one.get("hs_code", ""))[:SIX] for one in said.get("goods", [])}
    ours = {str(one.get("hs_code", ""))[:SIX] for one in goods}
    strange = sorted(ours - theirs)
    if not strange or not theirs or any(len(one) < SIX for one in theirs):
        return ""
    return f"{_some(strange)} declared, {_some(sorted(theirs))} exported"


def unlike_mass(declared: Size, exported: Size, *, tolerance_ppm: int) -> str:
    """How the mass declared differs from what was exported, beyond the scales; "" where it fits.

    What the neighbour did not state is not compared; what is not declared differs.
    """
    mass, theirs = declared.gross_mass_mg, exported.gross_mass_mg
    if theirs <= 0 or not (mass == MISSING or _far(mass, theirs, tolerance_ppm)):
        return ""
    ours = "no mass" if mass == MISSING else shown(mass, MASS)
    return f"{ours} declared, {shown(theirs, MASS)} exported"


def _some(codes: Sequence[str]) -> str:
    return ", ".join(codes[:MOST_NAMED])


def exported_size(said: Mapping[str, Any]) -> Size:
    """Packages and gross mass as the neighbour states them, else the mass of all lines."""
    lines = [int(one.get("gross_mass_mg", MISSING)) for one in said.get("goods", [])]
    mass = int(said.get("gross_mass_mg", _sum(lines) if lines else MISSING))
    return Size(int(said.get("pack_count", MISSING)), mass)
