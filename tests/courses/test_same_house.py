"""Whether what several say of one house goes together: tables, and sums done by hand."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from silkport.courses.same_house import (
    Size,
    carried_size,
    exceeds,
    exported_size,
    in_parts,
    part_under,
    together,
    unlike_codes,
    unlike_mass,
)
from silkport.model.columns import MISSING
from silkport.model.transport import House
from tests.courses.transports import KG, house

ONE_IN_A_HUNDRED = 10_000


def size(packages: int = MISSING, kg: int = MISSING) -> Size:
    return Size(packages, kg * KG if kg >= 0 else MISSING)


def part(packages: int, kg: int, whole: int = 10) -> House:
    one = house("1", packages, kg)
    return replace(one, whole_packages=whole, whole_mass_mg=10 * whole * KG)


@pytest.mark.parametrize(
    ("declared", "whole", "too_much"),
    [
        ([size(10, 100)], size(5, 50), False),  # one alone is compared with the export instead
        ([size(4, 40), size(5, 50)], size(10, 100), False),
        ([size(5, 50), size(5, 50)], size(10, 100), False),
        ([size(5, 50), size(5, 51)], size(10, 100), False),  # within the scales
        ([size(5, 50), size(6, 50)], size(10, 100), True),
        ([size(5, 50), size(5, 52)], size(10, 100), True),
        ([size(5, 50), size(5, 50)], size(10), False),
        ([size(5), size(6)], size(10), True),
        ([size(5, 50), size(MISSING, 50)], size(10, 100), True),
        ([size(5, 50), size(5)], size(10, 100), True),
        ([size(1, 1), size(1, 1)], size(), True),
    ],
)
def test_how_much_may_be_declared_of_a_house(
    declared: Sequence[Size], whole: Size, too_much: bool
) -> None:
    assert exceeds(declared, whole, tolerance_ppm=ONE_IN_A_HUNDRED) is too_much


@given(
    st.lists(st.tuples(st.integers(0, 50), st.integers(0, 500)), min_size=2, max_size=5),
    st.integers(0, 100),
    st.integers(0, 1_000),
)
def test_more_than_the_house_is_always_seen(
    declared: list[tuple[int, int]], packages: int, kg: int
) -> None:
    sizes = [size(*one) for one in declared]
    over = sum(n for n, _ in declared) > packages or sum(m for _, m in declared) > kg
    assert exceeds(sizes, size(packages, kg), tolerance_ppm=0) is over


@pytest.mark.parametrize(
    ("carried", "declared", "rightly"),
    [
        ({"A": [part(5, 50)], "B": [part(5, 50)]}, [size(5, 50), size(5, 50)], True),
        ({"A": [part(5, 50)], "B": [part(4, 40)]}, [size(5, 50), size(4, 40)], True),
        ({"A": [part(5, 50)], "B": [part(5, 50)]}, [size(10, 100), size(5, 50)], False),
        ({"A": [part(5, 50)], "B": [part(6, 60)]}, [size(5, 50), size(5, 50)], False),
        ({"A": [part(5, 50)], "B": [part(5, 50, 11)]}, [size(5, 50), size(5, 50)], False),
        ({"A": [part(5, 50)], "B": [house("1", 5, 50)]}, [size(5, 50), size(5, 50)], False),
        ({"A": [part(5, 50)]}, [size(5, 50), size(5, 50)], False),  # B is nobody's
        ({"A": [part(5, 50), part(5, 50)]}, [size(5, 50), size(5, 50)], False),  # put down in part
        (
            {"A": [part(5, 50), part(5, 50)], "B": [part(10, 100)]},
            [size(5, 50), size(5, 50)],
            False,
        ),
        ({}, [size(5, 50), size(5, 50)], False),
    ],
)
def test_parts_are_parts_where_every_waybill_was_announced_so(
    carried: dict[str, list[House]], declared: list[Size], rightly: bool
) -> None:
    found = in_parts(carried, ("A", "B"), declared, tolerance_ppm=ONE_IN_A_HUNDRED)
    assert found is rightly


def test_what_transports_say_of_the_whole() -> None:
    assert carried_size({"A": [house("1")]}) == size(10, 100)
    assert carried_size({"A": [part(5, 50)]}) == size(10, 100)
    assert carried_size({"A": [house("1")], "B": [house("1")]}) == Size()
    assert carried_size({}) == Size()
    assert part_under({"A": [part(5, 50)]}, "A") == size(5, 50)
    assert part_under({"A": [part(5, 50), part(5, 50)]}, "A") == Size()  # the whole is there
    assert part_under({"A": [house("1")]}, "A") == Size()


def line(code: str, mass: int = MISSING) -> dict[str, object]:
    return {"hs_code": code} if mass == MISSING else {"hs_code": code, "gross_mass_mg": mass}


@pytest.mark.parametrize(
    ("theirs", "ours", "differs"),
    [
        (["0808108000"], ["0808108000"], False),
        (["0808101000"], ["0808108000"], False),  # six digits are shared, the rest is national
        (["080810", "080820"], ["0808108000"], False),
        (["080820"], ["0808108000"], True),
        (["080810"], ["0808108000", "2710121100"], True),
        ([], ["0808108000"], False),
        (["0808"], ["2710121100"], False),  # a code of four digits says too little
    ],
)
def test_codes_are_compared_at_six_digits(
    theirs: list[str], ours: list[str], differs: bool
) -> None:
    found = unlike_codes({"goods": [line(one) for one in theirs]}, [line(one) for one in ours])
    assert bool(found) is differs
    assert not unlike_codes({}, [line(one) for one in ours])


@pytest.mark.parametrize(
    ("ours", "theirs", "differs"),
    [
        (100, 100, False),
        (101, 100, False),
        (99, 100, False),
        (102, 100, True),
        (98, 100, True),
        (100, MISSING, False),
        (MISSING, 100, True),
    ],
)
def test_masses_are_compared_as_scales_are(ours: int, theirs: int, differs: bool) -> None:
    found = unlike_mass(size(1, ours), size(1, theirs), tolerance_ppm=ONE_IN_A_HUNDRED)
    assert bool(found) is differs


def test_the_size_of_an_export() -> None:
    lines = [line("080810", 5), line("080820", 6)]
    assert exported_size({"gross_mass_mg": 12, "pack_count": 3, "goods": lines}) == Size(3, 12)
    assert exported_size({"goods": lines}) == Size(MISSING, 11)
    assert exported_size({"goods": [*lines, line("080830")]}) == Size()
    assert exported_size({}) == Size()
    assert together([]) == Size(0, 0)
