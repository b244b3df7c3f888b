"""What comes back of a parcel, line by line: counts and value against a plain loop."""

from __future__ import annotations

from typing import NamedTuple

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from silkport.model.columns import MISSING
from silkport.stages.release import part_back, with_return_counts


class Sold(NamedTuple):
    """A line of an inventory."""

    gnum: int
    hs_code: str
    unit: str
    qty_e5: int
    customs_value_minor: int


class Back(NamedTuple):
    """A line of an application to return."""

    gnum: int
    hs_code: str
    unit: str
    qty_e5: int


CODES, UNITS = st.sampled_from(["0101", "0202"]), st.sampled_from(["KGM", "H87"])
QUANTITIES = st.integers(1, 6).map(lambda pieces: pieces * 50_000)
SOLD = st.lists(
    st.builds(Sold, st.integers(1, 4), CODES, UNITS, QUANTITIES, st.integers(0, 10_000)),
    min_size=1,
    max_size=4,
    unique_by=lambda line: line.gnum,
)
BACK = st.lists(
    st.builds(Back, st.integers(1, 5), CODES, UNITS, QUANTITIES | st.just(0) | st.just(MISSING)),
    max_size=4,
    unique_by=lambda line: line.gnum,
)


def plainly(sold: list[Sold], back: list[Back]) -> tuple[int, int, int, int]:
    """Lines unknown, lines exceeding, lines of which something stays, value that came back."""
    if not back:
        return 0, 0, 0, 0
    by_number = {line.gnum: line for line in sold}
    unknown = exceeding = value = 0
    stays = set(by_number)
    for line in back:
        own = by_number.get(line.gnum)
        if own is None or (own.hs_code, own.unit) != (line.hs_code, line.unit):
            unknown += 1
            if own is not None:
                stays.discard(line.gnum)
            continue
        exceeding += not 0 < line.qty_e5 <= own.qty_e5
        value += own.customs_value_minor * line.qty_e5 // own.qty_e5
        if line.qty_e5 >= own.qty_e5:
            stays.discard(line.gnum)
    return unknown, exceeding, len(stays), value


def counted(sold: list[Sold], back: list[Back]) -> pl.DataFrame:
    """The same by the stage, with a second parcel that nothing comes back of."""
    parcels = pl.DataFrame(
        {
            "parcel_id": ["one", "other"],
            "withdrawal_doc": [7, MISSING],
            "withdrawal_kind": ["return", ""],
        }
    )
    lines = pl.DataFrame(
        [(name, *line) for name in ("one", "other") for line in sold],
        schema={
            "parcel_id": pl.String,
            "gnum": pl.Int64,
            "hs_code": pl.String,
            "unit": pl.String,
            "qty_e5": pl.Int64,
            "customs_value_minor": pl.Int64,
        },
        orient="row",
    )
    returned = pl.DataFrame(
        [(7, *line) for line in back],
        schema={
            "doc": pl.Int64,
            "gnum": pl.Int64,
            "hs_code": pl.String,
            "unit": pl.String,
            "qty_e5": pl.Int64,
        },
        orient="row",
    )
    return with_return_counts(parcels, lines, returned)


@given(SOLD, BACK)
def test_counts_and_value_are_those_of_a_plain_loop(sold: list[Sold], back: list[Back]) -> None:
    rows = counted(sold, back).select(
        "return_lines_unknown", "return_lines_exceeding", "return_lines_kept", "returned_minor"
    )
    assert rows.row(0) == plainly(sold, back)
    assert rows.row(1) == (0, 0, 0, 0)


def test_half_of_one_line_gives_back_half_of_its_value() -> None:
    sold = [Sold(1, "0101", "H87", 400_000, 1_001), Sold(2, "0202", "H87", 100_000, 500)]
    rows = counted(sold, [Back(1, "0101", "H87", 200_000)])
    assert rows.select(part_back(pl.Series([], dtype=pl.String))).to_series().to_list() == [500, 0]
    assert rows.select(part_back(pl.Series(["one"]))).to_series().to_list() == [0, 0]


def test_all_of_it_is_no_part() -> None:
    sold = [Sold(1, "0101", "H87", 400_000, 1_001)]
    rows = counted(sold, [Back(1, "0101", "H87", 400_000)])
    assert rows["return_lines_kept"].to_list() == [0, 0]
    assert rows.select(part_back(pl.Series([], dtype=pl.String))).to_series().to_list() == [0, 0]
