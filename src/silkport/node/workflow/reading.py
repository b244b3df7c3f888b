"""Declarations in files, one at a time, as filing takes them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from silkport.formats import intake
from silkport.formats.reading import Problem
from silkport.model.declarations import DECLARATION, GOODS

Cells = dict[str, int | str]
PLACE = ("source", "position")


@dataclass(frozen=True, slots=True)
class Declared:
    """One house declaration as it was read: its cells, its lines, what could not be read."""

    declaration: Cells
    goods: list[Cells]
    problems: list[Problem]


def declared_in(
    inputs: Sequence[Path], progress: Callable[[str, int], None] = lambda *_: None
) -> Iterator[Declared | Problem]:
    """Every house declaration in the inputs, in order, and what belongs to none of them."""
    for chunk in intake.read(inputs, on_progress=progress):
        heads = chunk.tables.get(DECLARATION.name)
        lines: dict[tuple[object, ...], list[Cells]] = {}
        goods = chunk.tables.get(GOODS.name)
        if goods is not None:
            for row in goods.iter_rows(named=True):
                place = tuple(row[name] for name in PLACE)
                lines.setdefault(place, []).append({name: row[name] for name in GOODS.names})
        own: dict[str, list[Problem]] = {}
        for problem in chunk.problems:
            if problem.order_no:
                own.setdefault(problem.order_no, []).append(problem)
            else:
                yield problem
        for row in heads.iter_rows(named=True) if heads is not None else ():
            declaration = {name: row[name] for name in DECLARATION.names}
            place = tuple(row[name] for name in PLACE)
            number = str(declaration["declaration_no"])
            yield Declared(declaration, lines.get(place, []), own.get(number, []))
