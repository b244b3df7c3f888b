"""What of all that is planted a message of China's family can say, found by trying it.

One parcel a kind and direction is drawn, edited and put into the words of its messages. A kind
whose messages the field table refuses, or in which nothing of it is left to be seen, is left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import polars as pl

from silkport.formats.ceb.catalogue import EXPORT, IMPORT, SHAPES, Part
from silkport.formats.ceb.composing import misfits, texts
from silkport.formats.ceb.validity import cell_faults
from silkport.formats.reading import LINE_OF
from silkport.sim.drafting import Draft, Drafter
from silkport.sim.papers import PLANT, WAY, Clerk
from silkport.sim.planting import Garden, Kind, kind_of
from silkport.sim.world import DIRECTIONS, read_toml

FLOWS = dict(zip(DIRECTIONS, (EXPORT, IMPORT), strict=True))
"""The flow of each direction, as China's messages name it."""

DOCUMENTS = {
    "export": {
        "inventory": "CEB603",
        "order": "CEB303",
        "payment": "CEB403",
        "waybill": "CEB505",
    },
    "import": {
        "inventory": "CEB621",
        "order": "CEB311",
        "payment": "CEB411",
        "waybill": "CEB511",
    },
}
"""The message of each document, by direction."""

ENOUGH_PARCELS = 2_000
"""From so many parcels on, every kind is planted in each of its directions."""

SIGNATURES = ("digest_differs", "unsupported")
"""States of a signature that can be brought about; an absent one is refused with its message."""

_ALTERED = "inventory.signature"
_NOT_SAID = ("", 0, -1)
"""Values that say nothing beyond what is not stated at all."""

Tables = Mapping[str, pl.DataFrame]


def garden_of_messages(drafter: Drafter, clerk: Clerk) -> Garden:
    """What is planted in messages, as far as they can say it.

    Args:
        drafter: draws the parcels it is tried on; not the one of the sample.
    """
    kinds = _kinds()
    every = Garden(kinds)
    reader = clerk.world.reads_messages
    tables = clerk.write(_trials(drafter, every))
    edited = every.edit(tables)
    lawful, told = _lawful(edited), _told(tables, edited)
    fitting = []
    for kind in kinds:
        marks = {way: every.number(kind.name, way) for way in DIRECTIONS}
        seen_by = {
            way: reader
            for way, seen in kind.seen_by.items()
            if seen in (reader, "both")
            and marks[way] in lawful
            and _carried(kind, way)
            and (marks[way] in told or _shows(kind))
        }
        if seen_by and not kind.file:
            fitting.append(replace(kind, seen_by=seen_by))
    return Garden(fitting, enough=ENOUGH_PARCELS, ways=len(DIRECTIONS))


def _kinds() -> list[Kind]:
    """All kinds: those of tables, as far as need be with other cells, and those of messages."""
    kinds = {table["name"]: table for table in read_toml("planting.toml")["kind"]}
    for table in read_toml("planting_messages.toml")["kind"]:
        kinds[table["name"]] = kinds.get(table["name"], {}) | table
    return [kind_of(table) for table in kinds.values()]


def _trials(drafter: Drafter, garden: Garden) -> list[Draft]:
    """One parcel for each kind and direction, marked."""
    found = []
    for way in DIRECTIONS:
        direction = drafter.world.directions[way]
        drawn = {
            bonded: drafter.draft(direction, planted=True, bonded=bonded)
            for bonded in (False, True)
        }
        found += [
            replace(drawn[kind.bonded], plant=garden.number(kind.name, way))
            for kind in garden.kinds
        ]
    return found


def _shows(kind: Kind) -> bool:
    """Whether a kind shows otherwise than by the cells of a document."""
    otherwise = (kind.drop, kind.apart, kind.again, kind.withdraw, kind.shape, kind.wire)
    return any(otherwise) or kind.weight == 0 or _unseen(kind) or _altered(kind)


def _unseen(kind: Kind) -> bool:
    """Whether the parcel is left out of the list of what has arrived."""
    return (kind.set or {}).get("waybill.arrived_day") == -1


def _altered(kind: Kind) -> bool:
    return (kind.set or {}).get(_ALTERED) in SIGNATURES


def unseen_marks(garden: Garden) -> list[int]:
    """Marks of the parcels that have not arrived."""
    return garden.numbers(_unseen)


def _carried(kind: Kind, way: str) -> bool:
    """Whether messages have an element for every cell that affirms something."""
    for place, value in (kind.set or {}).items():
        if place == _ALTERED:
            if value not in SIGNATURES:
                return False
            continue
        table, column = place.split(".")
        if value not in _NOT_SAID and column not in _columns(table, way):
            return False
    return True


def _columns(table: str, way: str) -> set[str]:
    """Columns of a table that the messages of a direction carry; * stands for all tables."""
    return {
        element.column.name
        for message in DOCUMENTS[way].values()
        for part in SHAPES[message].parts
        if table in ("*", part.table)
        for element in part.elements
        if element.column is not None
    }


def _parts(way: str) -> list[tuple[str, Part]]:
    """Table and part of every message of a direction."""
    return [
        (part.table, part) for message in DOCUMENTS[way].values() for part in SHAPES[message].parts
    ]


def _of_way(rows: pl.DataFrame, way: str) -> pl.DataFrame:
    return rows.filter(pl.col(WAY) == way)


def _lawful(tables: Tables) -> set[int]:
    """Marks of parcels whose documents the field table accepts."""
    bad: set[int] = set()
    for way in DIRECTIONS:
        for table, part in _parts(way):
            rows = _of_way(tables[table], way)
            written = texts(part, rows)
            optional = [element.name for element in part.elements if not element.mandatory]
            cells = written.with_columns(
                pl.when(pl.col(name) != "").then(name)
                for name in optional
                if name in written.columns
            ).rename({name: f"{part.name}/{name}" for name in written.columns})
            faulty = {row for row, _ in cell_faults(part, cells)}
            faulty |= {one.row for one in misfits(part, written)}
            bad |= {rows[PLANT][row] for row in faulty}
        for head, line in LINE_OF.items():
            if head in tables and line in tables:  # a document without a line is none
                heads, lines = (_of_way(tables[name], way)[PLANT] for name in (head, line))
                bad |= set(heads.to_list()) - set(lines.to_list())
    return set(tables["inventory"][PLANT].to_list()) - bad


def _told(before: Tables, after: Tables) -> set[int]:
    """Marks of parcels of which a message says something else than before they were edited."""
    found: set[int] = set()
    for way in DIRECTIONS:
        for table, part in _parts(way):
            was, now = (
                _of_way(tables[table], way)
                .select(PLANT)
                .hstack(texts(part, _of_way(tables[table], way)))
                for tables in (before, after)
            )
            names = [name for name in was.columns if name != PLANT]
            new = now.join(was, on=[PLANT, *names], how="anti")
            found |= set(new[PLANT].to_list())
    return found
