"""What is planted in a sample day: how often, in which parcels, and by which cells.

The kinds are data, in `planting.toml`. Every planted parcel has one kind.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from random import Random
from typing import Any

import polars as pl

from silkport.model.columns import Table
from silkport.sim.papers import PAPERS, PLANT
from silkport.sim.world import DIRECTIONS, read_toml

SHARE_PPM = 60_000
"""Parcels with something planted in them, in millionths of all."""

ENOUGH_PARCELS = 3_000
"""From so many parcels on, every kind is planted at least once."""

PLANTED_COLUMNS = (
    "kind",
    "rule",
    "seen_by",
    "effect",
    "order_no",
    "ebc_code",
    "waybill",
    "note",
    "file",
)
"""Header of planted.csv."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of thing to plant; `planting.toml` explains the fields."""

    name: str
    note: str
    seen_by: Mapping[str, str]
    rule: str = ""
    effect: str = ""
    shape: str = ""
    set: Mapping[str, str | int] | None = None
    change: Mapping[str, str] | None = None
    drop: tuple[str, ...] = ()
    apart: tuple[str, ...] = ()
    again: str = ""
    withdraw: str = ""
    group: int = 1
    fillers: int = 0
    filler: str = ""
    file: str = ""
    wire: str = ""
    count: int = 0
    bonded: bool = False
    weight: int = 1


@dataclass(frozen=True, slots=True)
class Plot:
    """Where something is planted: a kind, its direction, and the place within its group."""

    kind: Kind
    direction: str
    group: int
    place: int


CHANGES: Mapping[str, Callable[[pl.Expr], pl.Expr]] = {
    "non_ascii": lambda cell: cell + "号",
    "and_company": lambda cell: cell + "（集团）",
    "next_door": lambda cell: cell + "-2",
    "first_of_split": lambda cell: cell + "-1",
    "very_long": lambda cell: cell + "0" * 30,
    "one_short": lambda cell: cell.str.head(-1),
    "fifteen": lambda cell: cell.str.head(15),
    "wrong_check": lambda cell: (
        cell.str.head(-1)
        + pl.when(cell.str.ends_with("0")).then(pl.lit("1")).otherwise(pl.lit("0"))
    ),
    "one_more": lambda cell: cell + 1,
    "one_piece_more": lambda cell: cell + 100_000,
    "seven_yuan_more": lambda cell: cell + 700_000,
    "five_hundred_yuan_more": lambda cell: cell + 50_000_000,
    "year_later": lambda cell: cell + 365,
    "year_later_to_the_second": lambda cell: cell + 10**10,
    "full_width": lambda cell: cell.str.head(-1) + "０",
    "small_letters": lambda cell: cell.str.to_lowercase(),
    "own_number": lambda _cell: pl.concat_str(
        pl.col("customs_code"),
        (pl.col("app_time") // 10**10).cast(pl.String),
        pl.col("flow"),
        pl.lit("9"),
        pl.col("order_no").str.tail(8),
    ),
    "above_gross": lambda _cell: pl.col("gross_mass_mg") + 10_000,
}
"""By name: how a lawful cell becomes another. Amounts are in 1/100,000, days and masses whole;
times are YYYYMMDDhhmmss."""


class Garden:
    """The kinds, numbered: each kind and direction has a number, which marks its rows."""

    def __init__(
        self, kinds: Sequence[Kind] | None = None, *, enough: int = ENOUGH_PARCELS, ways: int = 1
    ) -> None:
        """Begins with the kinds of `planting.toml`, or others.

        Args:
            enough: from so many parcels on, every kind is planted.
            ways: directions in which each kind is planted at least, if it has as many.
        """
        self.kinds = tuple(kinds or read_kinds(read_toml("planting.toml")))
        self.enough = enough
        self.ways = ways
        self.by_name = {kind.name: kind for kind in self.kinds}

    def number(self, name: str, direction: str) -> int:
        """The mark of a kind in a direction, from 1."""
        at = next(i for i, kind in enumerate(self.kinds) if kind.name == name)
        return 1 + at * len(DIRECTIONS) + DIRECTIONS.index(direction)

    def numbers(self, wanted: Callable[[Kind], object]) -> list[int]:
        """The marks of all kinds of which something holds."""
        return [
            self.number(kind.name, direction)
            for kind in self.kinds
            if wanted(kind)
            for direction in DIRECTIONS
        ]

    def plan(self, size: int, rng: Random, *, whole: int, first: bool) -> dict[int, Plot]:
        """Which of the next `size` parcels get what.

        Args:
            whole: parcels of the whole sample; from `enough` on, all kinds are planted.
            first: these are the first parcels of the sample; small files hold some of them.
        """
        counts = self._counts(size, rng, whole=whole, first=first)
        members: list[Plot] = []
        for kind in self.kinds:
            directions = [name for name in reversed(DIRECTIONS) if name in kind.seen_by]
            for group in range(counts.get(kind.name, 0)):
                way = directions[group % len(directions)]
                members += [Plot(kind, way, group, place) for place in range(kind.group)]
        positions = rng.sample(range(size), len(members))
        return self._in_order(members, positions)

    def _counts(self, size: int, rng: Random, *, whole: int, first: bool) -> dict[str, int]:
        """Groups of each kind."""
        room = max(size * SHARE_PPM // 1_000_000, 1 if first else 0)
        usual = [kind for kind in self.kinds if kind.weight and not kind.file]
        if whole < self.enough:
            counts: dict[str, int] = {}
            for kind in rng.sample(usual, len(usual)):
                if kind.group <= room:
                    counts[kind.name] = 1
                    room -= kind.group
            return counts
        total = sum(kind.weight for kind in usual)
        counts = {kind.name: room * kind.weight // (total * kind.group) for kind in usual}
        if first:
            for kind in usual:
                least = min(self.ways, len(kind.seen_by)) if kind.group == 1 else 1
                counts[kind.name] = max(counts[kind.name], least)
            counts.update({kind.name: kind.count for kind in self.kinds if kind.file})
        return counts

    def _in_order(self, members: list[Plot], positions: list[int]) -> dict[int, Plot]:
        """Gives the members of each group their positions in rising order."""
        plots: dict[int, Plot] = {}
        at = 0
        while at < len(members):
            size = members[at].kind.group
            taken = sorted(positions[at : at + size])
            plots.update(zip(taken, members[at : at + size], strict=True))
            at += size
        return plots

    def mark(self, plot: Plot) -> int:
        """The number for a parcel of a plot; the first of a group may only prepare the others."""
        filler = plot.place < plot.kind.fillers
        return self.number(plot.kind.filler if filler else plot.kind.name, plot.direction)

    def edit(self, tables: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
        """The documents with everything planted that is a cell or a missing document."""
        edited = {}
        for name, frame in tables.items():
            present = set(frame[PLANT].unique().to_list())
            cells: dict[str, pl.Expr] = {}
            for numbers, column, value in self._edits[name]:
                here = present.intersection(numbers)
                if here:
                    before = cells.get(column, pl.col(column))
                    marked = pl.col(PLANT).is_in(sorted(here))
                    cells[column] = pl.when(marked).then(value).otherwise(before)
            dropped = self.numbers(_never_sends(name))
            edited[name] = frame.with_columns(**cells).filter(~pl.col(PLANT).is_in(dropped))
        return edited

    @cached_property
    def _edits(self) -> dict[str, list[tuple[list[int], str, pl.Expr]]]:
        """Per table: marks, column, and what its cell becomes."""
        edits: dict[str, list[tuple[list[int], str, pl.Expr]]] = {t.name: [] for t in PAPERS}
        for kind in self.kinds:
            numbers = [self.number(kind.name, direction) for direction in DIRECTIONS]
            cells = {place: pl.lit(value) for place, value in (kind.set or {}).items()}
            for place, column, table in _places(list(kind.change or {})):
                change = CHANGES[(kind.change or {})[place]]
                edits[table.name].append((numbers, column, change(pl.col(column))))
            for place, column, table in _places(list(cells)):
                edits[table.name].append((numbers, column, cells[place]))
        return edits

    def record(self, inventories: pl.DataFrame) -> pl.DataFrame:
        """The rows of planted.csv for these inventories, in their order."""
        rows = []
        for name, direction in ((k.name, way) for k in self.kinds for way in k.seen_by):
            kind = self.by_name[name]
            rows.append(
                {
                    PLANT: self.number(name, direction),
                    "kind": name,
                    "rule": kind.rule,
                    "seen_by": kind.seen_by[direction],
                    "effect": kind.effect,
                    "note": kind.note,
                    "file": "",
                }
            )
        known = pl.DataFrame(rows, schema_overrides={PLANT: pl.Int16})
        marked = inventories.filter(pl.col(PLANT) > 0).rename({"logistics_no": "waybill"})
        return (
            marked.select(PLANT, "order_no", "ebc_code", "waybill")
            .join(known, on=PLANT, how="left", maintain_order="left")
            .select(PLANTED_COLUMNS)
        )


def _never_sends(table: str) -> Callable[[Kind], bool]:
    return lambda kind: table in kind.drop


def _places(names: list[str]) -> list[tuple[str, str, Table]]:
    """Name, column and table of each "table.column"; * stands for every table that has it."""
    found = []
    for name in names:
        wanted, column = name.split(".")
        tables = [t for t in PAPERS if wanted in ("*", t.name) and column in t.names]
        assert tables, name
        found += [(name, column, table) for table in tables]
    return found


def read_kinds(raw: Mapping[str, Any]) -> list[Kind]:
    """The kinds of a file of them, in its order."""
    return [kind_of(table) for table in raw["kind"]]


def kind_of(table: Mapping[str, Any]) -> Kind:
    """One kind from how a file states it."""
    lists = {key: tuple(value) for key, value in table.items() if isinstance(value, list)}
    return Kind(**{**table, **lists})
