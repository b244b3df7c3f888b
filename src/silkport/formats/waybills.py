"""Waybills as files: a transport with its CMR, CIM/SMGS or SMGS waybills, wagons and containers.

    {"format": "silkport-transport-1", "transport_no": "T-1", "mode": "rail", "train": "X8027",
     "units": [{"number": "CSQU3054383", "kind": "container", "on": "94567898"}],
     "seals": [{"number": "S-1", "unit": "CSQU3054383"}],
     "masters": [{"waybill": "SM-1", "form": "cim_smgs", "units": ["CSQU3054383"],
       "transit": {"declaration_no": "...", "office": "...", "due": "2026-12-01T00:00Z"},
       "houses": [{"consignment_no": "...", "house_no": "1", "packages": 10,
                   "gross_mass_kg": "120.5"}]}]}

As CSV a row is a house, with its waybill and transport before it (`CSV_COLUMNS`); an empty cell of
transport or waybill repeats the row above. The list of wagons and containers is a file of its own
(`UNIT_COLUMNS`). Masses are kilograms outside, moments ISO 8601 with a zone. What cannot be read
is a problem with its place, never lost: a transport that lacks a figure then is refused as a whole.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from silkport.formats.encodings import sniff_encoding, utf8_blocks
from silkport.formats.json_values import Unusable, values_of
from silkport.formats.nested import NestedCells
from silkport.formats.reading import Notes, Problem, SetAside
from silkport.kernel.errors import LimitExceeded, WrongHeader
from silkport.kernel.limits import MAX_HOUSES, MAX_UNITS, MAX_WAYBILL_BYTES
from silkport.model.transport import (
    House,
    Master,
    Mode,
    Seal,
    Transit,
    Transport,
    Unit,
    UnitKind,
    WaybillForm,
)

FORMAT = "silkport-transport-1"

_HEAD = "transport_no mode procedure carrier tractor trailer driver train".split()
_MASTER = (
    "waybill form carrier departure_country destination_country packages gross_mass_kg".split()
)
_HOUSE = (
    "consignment_no house_no owner declarant procedure packages gross_mass_kg "
    "whole_packages whole_mass_kg"
).split()
_UNIT = "number kind on tare_kg".split()

CSV_COLUMNS: Mapping[str, tuple[str, str]] = {
    **{name: ("head", name) for name in _HEAD if name != "procedure"},
    "transport_procedure": ("head", "procedure"),
    "waybill": ("master", "waybill"),
    "waybill_form": ("master", "form"),
    "waybill_carrier": ("master", "carrier"),
    "departure_country": ("master", "departure_country"),
    "destination_country": ("master", "destination_country"),
    "waybill_packages": ("master", "packages"),
    "waybill_mass_kg": ("master", "gross_mass_kg"),
    "units": ("master", "units"),
    "transit_no": ("transit", "declaration_no"),
    "transit_office": ("transit", "office"),
    "transit_due": ("transit", "due"),
    **{name: ("house", name) for name in _HOUSE},
    "documents": ("house", "documents"),
}
"""Columns of waybills as CSV: where in the nested form each belongs, and its key there."""

UNIT_COLUMNS = (*_UNIT, "seals")
"""Columns of the list of wagons and containers; several seals are separated by spaces."""


@dataclass(frozen=True, slots=True)
class Waybills:
    """What a file holds: transports, and everything that was not read as it was written."""

    transports: tuple[Transport, ...]
    problems: tuple[Problem, ...]
    set_aside: tuple[SetAside, ...]


@dataclass(frozen=True, slots=True)
class UnitList:
    """Wagons and containers of a train or truck with their seals."""

    units: tuple[Unit, ...]
    seals: tuple[Seal, ...]
    problems: tuple[Problem, ...]


def read_waybills(path: Path) -> Waybills:
    """Reads transports with their waybills from JSON or CSV.

    Raises InputError when the file cannot be opened, is too large or is of neither form.
    """
    notes = Notes(path.name)
    text = _text_of(path, notes)
    if text.lstrip()[:1] in ("{", "["):
        objects = list(_json_objects(text, notes))
    else:
        objects = list(_csv_objects(text, notes))
    read = _Reading(notes)
    transports = [one for at, value in objects if (one := read.transport(value, at))]
    problems, aside = notes.close()
    return Waybills(tuple(transports), tuple(problems), tuple(aside))


def read_unit_list(path: Path) -> UnitList:
    """Reads a list of wagons and containers from JSON (a list of objects) or CSV.

    Raises InputError as `read_waybills`.
    """
    notes = Notes(path.name)
    text = _text_of(path, notes)
    if text.lstrip()[:1] in ("{", "["):
        rows = [
            (at, value)
            for at, value in enumerate(values_of(text, "number"), 1)
            if _is_object(value, at, notes)
        ]
    else:
        rows = list(_rows(text, frozenset(UNIT_COLUMNS), notes))
    read = _Reading(notes)
    units, seals = read.units(rows)
    return UnitList(units, seals, tuple(notes.close()[0]))


def _text_of(path: Path, notes: Notes) -> str:
    size = path.stat().st_size
    if size > MAX_WAYBILL_BYTES:
        raise LimitExceeded(
            source=notes.source, limit=MAX_WAYBILL_BYTES, reason=f"it has {size} bytes"
        )
    encoding = sniff_encoding(path, notes)
    return b"".join(utf8_blocks(path, encoding)).decode().removeprefix("\ufeff")


def _is_object(value: object, at: int, notes: Notes) -> bool:
    if isinstance(value, Unusable):
        notes.aside(value.code, value.reason, position=at)
    elif not isinstance(value, dict):
        notes.aside("RDG011", "an object is expected", position=at)
    else:
        return True
    return False


def _json_objects(text: str, notes: Notes) -> Iterator[tuple[int, dict[str, Any]]]:
    for at, value in enumerate(values_of(text, FORMAT[:-1]), 1):
        if not _is_object(value, at, notes):
            continue
        assert isinstance(value, dict), "it was looked at"
        if value.get("format") != FORMAT:
            reason = f"its format is {str(value.get('format'))[:40]!r}, not {FORMAT!r}"
            notes.aside(WrongHeader.code, reason, position=at)
            continue
        yield at, value


def _rows(text: str, known: frozenset[str], notes: Notes) -> Iterator[tuple[int, dict[str, Any]]]:
    """Rows of a table with its header, as objects of what they state."""
    first = text.partition("\n")[0]
    mark = max(",;\t", key=first.count)
    try:
        table = list(csv.reader(io.StringIO(text), delimiter=mark, strict=True))
    except csv.Error as error:
        raise WrongHeader(source=notes.source, reason=f"a row cannot be read: {error}") from None
    header = [one.strip() for one in table[0]] if table else []
    if not known & set(header):
        raise WrongHeader(source=notes.source, reason="it has none of the documented columns")
    for name in header:
        if name not in known:
            notes.problem(
                "RDG002", position=1, column=name, read=name, expected="a documented column"
            )
    for at, cells in enumerate(table[1:], 2):
        if not any(map(str.strip, cells)):
            continue
        if len(cells) > len(header):
            notes.aside("RDG011", "the row has more cells than the header", position=at)
            continue
        yield (
            at,
            {
                name: cell.strip()
                for name, cell in zip(header, cells, strict=False)
                if cell.strip() and name in known
            },
        )


def _csv_objects(text: str, notes: Notes) -> Iterator[tuple[int, dict[str, Any]]]:
    """Rows of houses, gathered under their waybills and transports."""
    found: dict[str, tuple[int, dict[str, Any]]] = {}
    number = waybill = ""
    for at, row in _rows(text, frozenset(CSV_COLUMNS), notes):
        said: dict[str, dict[str, Any]] = {"head": {}, "master": {}, "transit": {}, "house": {}}
        for name, cell in row.items():
            place, key = CSV_COLUMNS[name]
            said[place][key] = cell.split() if key == "units" else cell
        if "transport_no" in said["head"] and said["head"]["transport_no"] != number:
            number, waybill = said["head"]["transport_no"], ""
        waybill = said["master"].get("waybill", waybill)
        _, whole = found.setdefault(number, (at, {"masters": []}))
        _join(whole, said["head"], at, notes)
        master = next((one for one in whole["masters"] if one["waybill"] == waybill), None)
        if waybill and master is None:
            master = {"waybill": waybill, "houses": []}
            whole["masters"].append(master)
        if master is None:
            if said["house"]:
                notes.aside("RDG010", "a house without a waybill", position=at)
            continue
        _join(master, said["master"], at, notes)
        if said["transit"]:
            _join(master.setdefault("transit", {}), said["transit"], at, notes)
        if said["house"]:
            master["houses"].append(said["house"])
    yield from found.values()


def _join(into: dict[str, Any], said: Mapping[str, Any], at: int, notes: Notes) -> None:
    """What a row repeats must be what was said; the first counts."""
    for key, value in said.items():
        if into.setdefault(key, value) != value:
            expected = f"as above: {into[key]}"
            notes.problem("RDG005", position=at, column=key, read=str(value), expected=expected)


class _Reading(NestedCells):
    """Reads nested objects of text into shapes; what does not fit is noted."""

    def transport(self, value: Mapping[str, Any], at: int) -> Transport | None:
        """One transport, or None when nothing names it."""
        self.at, self._number = at, ""
        head = self.keyed(value, (*_HEAD, "format", "units", "seals", "masters"), "")
        self.about = number = self.text(head, "transport_no", "")
        mode = self.one_of(head, "mode", "", Mode)
        if not number or mode is None:
            self.notes.aside("RDG010", "no transport_no, or no mode road or rail", position=at)
            return None
        units = self.listed(head, "units", "")
        units_read, seals = self.units([(at, one) for one in units])
        masters = [self._master(one, f"masters[{n}]", mode) for n, one in self._each(head)]
        houses = sum(len(one.houses) for one in masters)
        if houses > MAX_HOUSES:
            self.refuse_many(MAX_HOUSES, f"{houses} houses")
            return None
        return Transport(
            id=number,
            mode=mode,
            procedure=self.text(head, "procedure", ""),
            carrier=self.text(head, "carrier", ""),
            tractor=self.text(head, "tractor", ""),
            trailer=self.text(head, "trailer", ""),
            driver=self.text(head, "driver", ""),
            train=self.text(head, "train", ""),
            units=units_read,
            seals=(*seals, *self._seals(head)),
            masters=tuple(masters),
        )

    def units(self, rows: Sequence[tuple[int, Any]]) -> tuple[tuple[Unit, ...], tuple[Seal, ...]]:
        """Wagons and containers with the seals on them."""
        units: list[Unit] = []
        seals: list[Seal] = []
        if len(rows) > MAX_UNITS:
            self.refuse_many(MAX_UNITS, f"{len(rows)} wagons and containers")
            return (), ()
        for n, (at, row) in enumerate(rows, 1):
            self.at, place = at, f"units[{n}]."
            stated = self.keyed(row, UNIT_COLUMNS, place)
            number = self.text(stated, "number", place)
            kind = self.one_of(stated, "kind", place, UnitKind)
            if not number or kind is None:
                self.notes.aside("RDG010", f"{place}number or kind is lacking", position=at)
                continue
            on, tare = self.text(stated, "on", place), self.mass(stated, "tare_kg", place)
            units.append(Unit(number=number, kind=kind, on=on, tare_mg=tare))
            marks = stated.get("seals", "")
            names = marks if isinstance(marks, list) else str(marks).split()
            seals += [Seal(number=str(one), unit=number) for one in names]
        return tuple(units), tuple(seals)

    def _each(self, head: Mapping[str, Any]) -> Iterator[tuple[int, Any]]:
        return enumerate(self.listed(head, "masters", ""), 1)

    def _seals(self, head: Mapping[str, Any]) -> Iterator[Seal]:
        for n, one in enumerate(self.listed(head, "seals", ""), 1):
            place = f"seals[{n}]."
            stated = self.keyed(one, ("number", "unit"), place)
            if number := self.text(stated, "number", place):
                yield Seal(number=number, unit=self.text(stated, "unit", place))

    def _master(self, value: Any, place: str, mode: Mode) -> Master:
        place = f"{place}."
        stated = self.keyed(value, (*_MASTER, "units", "houses", "transit"), place)
        form = self.one_of(stated, "form", place, WaybillForm)
        if form is None:
            form = WaybillForm.CMR if mode is Mode.ROAD else WaybillForm.SMGS
        houses = self.listed(stated, "houses", place)
        return Master(
            waybill=self.text(stated, "waybill", place),
            form=form,
            carrier=self.text(stated, "carrier", place),
            departure_country=self.text(stated, "departure_country", place),
            destination_country=self.text(stated, "destination_country", place),
            packages=self.count(stated, "packages", place),
            gross_mass_mg=self.mass(stated, "gross_mass_kg", place),
            units=tuple(str(one) for one in self.listed(stated, "units", place)),
            houses=tuple(
                self._house(one, f"{place}houses[{n}].") for n, one in enumerate(houses, 1)
            ),
            transit=self._transit(stated.get("transit"), f"{place}transit."),
        )

    def _transit(self, value: Any, place: str) -> Transit | None:
        if not value:
            return None
        stated = self.keyed(value, ("declaration_no", "office", "due"), place)
        number = self.text(stated, "declaration_no", place)
        if not number:
            self.problem("RDG007", f"{place}declaration_no", "", "the number of the declaration")
            return None
        due_at = self.moment(stated, "due", place)
        return Transit(
            declaration_no=number, office=self.text(stated, "office", place), due_at=due_at
        )

    def _house(self, value: Any, place: str) -> House:
        stated = self.keyed(value, (*_HOUSE, "documents"), place)
        papers = stated.get("documents", "")
        documents = papers if isinstance(papers, list) else str(papers).split(";")
        return House(
            consignment_no=self.text(stated, "consignment_no", place),
            house_no=self.text(stated, "house_no", place),
            owner=self.text(stated, "owner", place),
            declarant=self.text(stated, "declarant", place),
            procedure=self.text(stated, "procedure", place),
            packages=self.count(stated, "packages", place),
            gross_mass_mg=self.mass(stated, "gross_mass_kg", place),
            whole_packages=self.count(stated, "whole_packages", place),
            whole_mass_mg=self.mass(stated, "whole_mass_kg", place),
            documents=tuple(text for one in documents if (text := str(one).strip())),
        )
