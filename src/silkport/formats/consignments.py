"""Consignments as JSON: one object, a list of them, or one a line, with houses and their goods.

    {"format": "silkport-consignment-1", "consignment_no": "...", "departure_country": "..",
     "houses": [{"house_no": "1", "goods": [{"gnum": 1, "hs_code": "...", "total": "12.50"}]}]}

Keys are the outside names of the columns. What stands beside `houses` is said for all of them; a
house's own value goes before it, and sums (amounts, masses, packages) belong to one house. The
position of a declaration counts the houses of a file, from 1; `houses[2].goods[5].net_mass_kg`
counts from 1 within its consignment.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import polars as pl

from silkport.formats.cells import prepare, read_cells
from silkport.formats.declared import (
    HEAD,
    LINES,
    LONGEST_NUMBER,
    TOO_LONG,
    TOO_MANY_LINES,
    UNNAMED,
    with_act,
)
from silkport.formats.encodings import DAMAGE_MARK, sniff_encoding, utf8_blocks
from silkport.formats.frames import drained, frame_of, placed
from silkport.formats.headers import MAX_SUGGESTED
from silkport.formats.json_values import (
    TOO_DEEP,
    Misfit,
    Repeated,
    Unusable,
    documents_of,
    is_deep,
    text_of,
    values_of,
)
from silkport.formats.reading import Documents, Notes
from silkport.formats.spelling import spelling
from silkport.formats.writing import owners
from silkport.kernel.errors import LimitExceeded, WrongHeader
from silkport.kernel.limits import (
    CHUNK_ROWS,
    MAX_CONSIGNMENT_BYTES,
    MAX_GOODS_LINES,
    MAX_HOUSES,
)
from silkport.model.columns import Column, Kind
from silkport.model.declarations import DECLARATION, GOODS

FORMAT = "silkport-consignment-1"

HEAD_KEYS: Mapping[str, Column] = {column.outside: column for column in DECLARATION.columns}
SHARED_KEYS: Mapping[str, Column] = {
    key: column
    for key, column in HEAD_KEYS.items()
    if key not in ("guid", "declaration_no", "house_no")
}
LINE_KEYS: Mapping[str, Column] = {
    column.outside: column for column in GOODS.columns if column.name not in DECLARATION.key
}
SUMS = frozenset(
    key
    for key, column in HEAD_KEYS.items()
    if column.kind in (Kind.AMOUNT, Kind.CARGO) or key in ("pack_count", "goods_count")
)
"""What is a figure of one house, and would count twice if it were said for two."""

_ELSEWHERE = ((LINE_KEYS, "a key of each goods line"), (HEAD_KEYS, "a key of each house"))
"""Where a key belongs that stands elsewhere."""


def read_consignments(path: Path, notes: Notes) -> Iterator[Documents]:
    """Declarations of a JSON file of consignments; raises InputError when it cannot be opened."""
    size = path.stat().st_size
    if size > MAX_CONSIGNMENT_BYTES:
        reason = f"it has {size} bytes"
        raise LimitExceeded(source=notes.source, limit=MAX_CONSIGNMENT_BYTES, reason=reason)
    encoding = sniff_encoding(path, notes)
    text = b"".join(utf8_blocks(path, encoding)).decode().removeprefix("\ufeff")
    consignments = _Consignments(notes, damaged=encoding.damaged)
    for value in values_of(text, FORMAT[:-1]):
        consignments.take(value)
        if consignments.rows >= CHUNK_ROWS:
            yield from drained(consignments.documents(), notes)
    yield from drained(consignments.documents(), notes)


class _NotUsable(Exception):
    """A consignment or house that is set aside, under a code and with a reason."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


@dataclass(slots=True)
class _Shared:
    """What is said for all houses of a consignment."""

    cells: dict[str, str]
    misfits: list[tuple[str, Misfit]]


@dataclass(slots=True)
class _House:
    """One house before its cells are read."""

    position: int
    place: str
    own: frozenset[str]
    """Keys the house states itself."""
    head: dict[str, str]
    goods: list[dict[str, str]] = field(default_factory=list)

    @property
    def number(self) -> str:
        """The number of the declaration."""
        return self.head["declaration_no"]

    def name_of(self, key: str, line: int) -> str:
        """How a problem names a cell of the head (line 0) or of a goods line."""
        if line:
            return f"{self.place}.goods[{line}].{key}"
        return f"{self.place}.{key}" if key in self.own else key


class _Consignments:
    """Takes consignment after consignment; gives their declarations."""

    def __init__(self, notes: Notes, *, damaged: bool) -> None:
        self.rows = 0
        self._notes = notes
        self._damaged = damaged
        self._position = 0
        self._suggested = 0
        self._houses: list[_House] = []

    def take(self, value: object) -> None:
        """Reads one consignment; one that cannot be used counts as one house."""
        self._position += 1
        try:
            shared, houses = self._consignment(value)
        except _NotUsable as fault:
            self._notes.aside(fault.code, fault.reason, position=self._position)
            return
        for ordinal, house in enumerate(houses, 1):
            place = f"houses[{ordinal}]"
            try:
                found = self._house(house, place, shared, alone=len(houses) == 1)
            except _NotUsable as fault:
                self._notes.aside(fault.code, f"{place}: {fault.reason}", position=self._position)
            else:
                self._houses.append(found)
                self.rows += 1 + len(found.goods)
            self._position += 1
        self._position -= 1

    def _consignment(self, value: object) -> tuple[_Shared, list[Any]]:
        """What a consignment says for all its houses, and the houses."""
        if isinstance(value, Unusable):
            raise _NotUsable(value.code, value.reason)
        if not isinstance(value, dict):
            raise _NotUsable("RDG011", "an object with houses is expected")
        if value.get("format") != FORMAT:
            reason = f"its format is {str(value.get('format'))[:40]!r}, not {FORMAT!r}"
            raise _NotUsable("SP-1102", str(WrongHeader(source=self._notes.source, reason=reason)))
        houses = value.get("houses")
        if not isinstance(houses, list) or not houses:
            raise _NotUsable("RDG011", "houses: a list of houses is expected")
        if len(houses) > MAX_HOUSES:
            reason = f"{len(houses)} houses"
            limit = LimitExceeded(source=self._notes.source, limit=MAX_HOUSES, reason=reason)
            raise _NotUsable(limit.code, str(limit))
        cells, misfits = self._cells(value, SHARED_KEYS, "", beside=("format", "houses"))
        return _Shared(cells, misfits), houses

    def _house(self, value: object, place: str, shared: _Shared, *, alone: bool) -> _House:
        """One house with its goods; what does not fit its column is noted."""
        if not isinstance(value, dict):
            raise _NotUsable("RDG011", "an object with goods is expected")
        lines = value.get("goods") or []
        if not isinstance(lines, list):
            raise _NotUsable("RDG011", "goods: a list of goods lines is expected")
        if len(lines) > MAX_GOODS_LINES:
            raise _NotUsable("SP-1103", TOO_MANY_LINES)
        own, misfits = self._cells(value, HEAD_KEYS, f"{place}.", beside=("goods",))
        own = {key: text for key, text in own.items() if text}
        for key in shared.cells if not alone else ():
            if key in SUMS and key not in own:
                expected = "stated in each house: it is a sum of one house"
                misfits.append((key, Misfit(shared.cells[key], expected)))
        taken = {key: text for key, text in shared.cells.items() if alone or key not in SUMS}
        head = {**taken, **own}
        head["declaration_no"] = _number_of(head)
        house = _House(self._position, place, frozenset(own), head)
        misfits += [(key, misfit) for key, misfit in shared.misfits if key not in own]
        for ordinal, line in enumerate(lines, 1):
            spot = f"{place}.goods[{ordinal}]"
            if not isinstance(line, dict):
                raise _NotUsable("RDG011", f"goods[{ordinal}]: an object is expected")
            cells, more = self._cells(line, LINE_KEYS, f"{spot}.")
            house.goods.append(cells)
            misfits += more
        if self._damaged and any(DAMAGE_MARK in "".join(r.values()) for r in (head, *house.goods)):
            raise _NotUsable("RDG011", "it has bytes that are not UTF-8")
        for name, misfit in misfits:
            self._notes.problem(
                "RDG001",
                position=house.position,
                column=name,
                read=misfit.read,
                expected=misfit.expected,
                order_no=house.number,
            )
        return house

    def _cells(
        self,
        value: dict[str, Any],
        known: Mapping[str, Column],
        place: str,
        *,
        beside: tuple[str, ...] = (),
    ) -> tuple[dict[str, str], list[tuple[str, Misfit]]]:
        """The texts of an object's keys, and those that are of another type than their column."""
        cells: dict[str, str] = {}
        misfits: list[tuple[str, Misfit]] = []
        for key, inner in value.items():
            column = known.get(key)
            if column is not None:
                text = text_of(inner, column)
                if isinstance(text, str):
                    cells[key] = text
                    continue
                misfits.append((f"{place}{key}", text))
            elif key in beside:
                continue
            else:
                self._unknown(key, place, known)
            if is_deep(inner):
                raise _NotUsable("SP-1103", f"{place}{key[:80]}: {TOO_DEEP}")
        for key in value.again if isinstance(value, Repeated) else ():
            self._key_problem(f"{place}{key}", "each key once; the first one counts")
        return cells, misfits

    def _unknown(self, key: str, place: str, known: Mapping[str, Column]) -> None:
        """Notes a key that is not documented where it stands."""
        expected = next((words for keys, words in _ELSEWHERE if key in keys), "")
        if not expected:
            self._suggested += 1
            names = known if self._suggested <= MAX_SUGGESTED else ()
            close = get_close_matches(key[:100], names, n=1)
            expected = f"perhaps {close[0]}" if close else "a documented key"
        self._key_problem(f"{place}{key}", expected)

    def _key_problem(self, name: str, expected: str) -> None:
        read = name.rpartition(".")[2]
        self._notes.problem(
            "RDG002", position=self._position, column=name[:80], read=read, expected=expected
        )

    def documents(self) -> Documents:
        """The declarations taken since the last call."""
        houses, self._houses, self.rows = self._houses, [], 0
        if not houses:
            return Documents()
        head = self._read([one.head for one in houses], HEAD_KEYS, [(one, 0) for one in houses])
        positions = pl.Series([one.position for one in houses], dtype=pl.Int64)
        heads = with_act(placed(frame_of(HEAD, head), positions, self._notes))
        tables = {HEAD: heads}
        spots = [(one, number) for one in houses for number in range(1, len(one.goods) + 1)]
        if spots:
            lines = self._read([line for one in houses for line in one.goods], LINE_KEYS, spots)
            owner = pl.Series([at for at, one in enumerate(houses) for _ in one.goods])
            lines |= {name: heads[name].gather(owner) for name in DECLARATION.key}
            tables[LINES] = placed(frame_of(LINES, lines), positions.gather(owner), self._notes)
        return Documents(tables=tables, rows=len(houses))

    def _read(
        self,
        rows: list[dict[str, str]],
        known: Mapping[str, Column],
        spots: Sequence[tuple[_House, int]],
    ) -> dict[str, pl.Series]:
        """Columns in internal form; `spots` says of each row its house and its line (0: none)."""
        frame = pl.DataFrame(rows, schema=dict.fromkeys(known, pl.String))
        found = read_cells(prepare(frame, known), known, room=self._notes.room)
        for fault in found.faults:
            house, line = spots[fault.row]
            self._notes.problem(
                fault.code,
                position=house.position,
                column=house.name_of(fault.column, line),
                read=fault.read,
                expected=fault.expected,
                order_no=house.number,
            )
        self._notes.unlisted(found.unlisted)
        return {column.name: found.values[key] for key, column in known.items()}


def _number_of(head: Mapping[str, str]) -> str:
    """The number of a declaration: its own, or that of its consignment and house."""
    number, house = head.get("declaration_no", ""), head.get("house_no", "")
    consignment = head.get("consignment_no", "")
    if not number and not (consignment and house):
        raise _NotUsable("RDG010", UNNAMED)
    number = number or f"{consignment}/{house}"
    if len(number) > LONGEST_NUMBER:
        raise _NotUsable("RDG010", TOO_LONG)
    return number


def write_consignments(tables: Mapping[str, pl.DataFrame]) -> list[dict[str, Any]]:
    """Declarations as JSON consignments, in the order in which each first comes.

    What all houses of a consignment say alike is said once. Decimals are text, so that nobody's
    floats round them. A consignment of more than MAX_HOUSES houses becomes several.

    Args:
        tables: "declaration" and "goods", as a reader gives them.
    """
    heads = tables[HEAD]
    houses = _spelt(heads, HEAD_KEYS)
    for house in houses:
        house["goods"] = []
    if LINES in tables and tables[LINES].height:
        owner = owners(tables[LINES], heads, GOODS).to_list()
        for at, line in zip(owner, _spelt(tables[LINES], LINE_KEYS), strict=True):
            houses[at]["goods"].append(line)
    groups: dict[str, list[dict[str, Any]]] = {}
    for house in houses:
        groups.setdefault(house.get("consignment_no", ""), []).append(house)
    return [
        _consignment(group[at : at + MAX_HOUSES])
        for group in groups.values()
        for at in range(0, len(group), MAX_HOUSES)
    ]


def to_json(consignments: Sequence[Mapping[str, Any]]) -> str:
    """Consignments as the text of a file: one object, or a list of them."""
    whole = consignments[0] if len(consignments) == 1 else consignments
    return json.dumps(whole, ensure_ascii=False, indent=1) + "\n"


def _spelt(frame: pl.DataFrame, known: Mapping[str, Column]) -> list[dict[str, Any]]:
    """Rows as objects of what they state."""
    texts = frame.select(spelling(pl.col(c.name), c.kind).alias(key) for key, c in known.items())
    return [
        {key: value_of(known[key], text) for key, text in row.items() if text}
        for row in texts.iter_rows(named=True)
    ]


def value_of(column: Column, text: str) -> str | int | list[dict[str, str]]:
    """The text of a cell as JSON says it: counts are numbers, documents a list if they fit one."""
    if column.kind is Kind.COUNT:
        return int(text)
    return documents_of(text) if column.name == "documents" else text


def _consignment(houses: list[dict[str, Any]]) -> dict[str, Any]:
    """Houses of one number as an object; what is said alike in all stands beside them."""
    first = houses[0]
    shared = {
        key: first[key]
        for key in SHARED_KEYS
        if key in first and key not in SUMS and all(one.get(key) == first[key] for one in houses)
    }
    own = [{key: value for key, value in one.items() if key not in shared} for one in houses]
    return {"format": FORMAT, **shared, "houses": own}
