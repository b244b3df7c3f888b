"""Houses drawn to be difficult: what rules have something to say of, and what comes after."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from random import Random

from silkport.formats.reading import Problem
from silkport.kernel.periods import day_number
from silkport.law.book import Book
from silkport.model.columns import BOUNDS, MISSING, Column, Kind
from silkport.model.declarations import ACTS, DECLARATION, GOODS
from silkport.sim.consignments import write_goods_sample
from silkport.sim.trade import load_trade
from tests.engine.houses import Row, Rows, Version
from tests.formats.samples import read_all
from tests.stages.drawn_tariff import MAKERS, ORIGINS, UNITS

TEXTS = (
    *("", "-", "/", "0", "1", "none", "40", "80", "XX", "US", "CN", "KZ", "ZZ", "EU", "00000100"),
    *("  Altyn Works ", "bedel & sons", "Жетісу-7", "合同 12", "\u2003ﬀ ß\u3000", "ɤ ƛ", "\x1c7"),
    *('say "so"\\', "a\tb\n", "union", "GP", "OUTP", "HUM", "KGM", "H87", "USD", "JPY", "EXW"),
)
"""Cells that mean nothing, something elsewhere, or need care when they are compared or written."""

PAPERS = ("", "{} 17", "{}", "{} -", " {}\u3000№ 5 ; 99999 1", "{} ;{} 合同", "{} \x1c", "x;;{}/1")
"""How documents are stated; the braces are the kind."""

_UNITS = sorted(UNITS.values())
_FIXED = ("declaration_no", "declarant_code", "declarant_name", "guid", "app_time")
_HEAD = [column for column in DECLARATION.columns if column.name not in _FIXED]
"""Columns but those that tell versions and houses apart."""

_LINE = GOODS.columns[len(("declarant_code", "declaration_no")) :]


def sample_houses(folder: Path, goods: int) -> dict[str, list[Version]]:
    """The houses of a seeded sample day by the administration they are for."""
    write_goods_sample(folder, goods=goods, seed=7, suffix="csv")
    tables = read_all(folder).tables
    lines: dict[str, Rows] = {}
    for line in tables[GOODS.name].to_dicts():
        lines.setdefault(line["declaration_no"], []).append(line)
    whose = {
        (one.office, one.procedure, one.departure): one.administration
        for one in load_trade().regimes
    }
    found: dict[str, list[Version]] = {}
    for head in tables[DECLARATION.name].to_dicts():
        administration = whose[head["office"], head["procedure"], head["departure_country"]]
        version = Version(head, lines.get(head["declaration_no"], []))
        found.setdefault(administration, []).append(version)
    found["zz"] += [_for_a_time(one) for one in found["zz"] if one.head["procedure"] == "40"]
    return found


def _for_a_time(version: Version) -> Version:
    """The same goods in a house of its own, imported for a time, of which the sample has none."""
    head = version.head | {"procedure": "53", "stay_months": 7, "guarantee_no": "G-7"}
    return Version(head | {"declaration_no": f"{version.number}-T"}, version.lines)


class Drawing:
    """Draws versions under one law."""

    def __init__(self, book: Book, seed: int) -> None:
        self.rng = Random(f"houses {seed}")
        self.kinds = sorted({permit.kind for permit in book.law.permits}) or ["01011"]
        self.permitted = sorted({f"{permit.hs:0<10}" for permit in book.law.permits})
        rated = {f"{record.key:0<10}" for record in book.law.tables["tariff"].records}
        self.codes = sorted(rated.union(self.permitted)) or ["1101001500"]

    def cell(self, column: Column) -> int | str:
        """A value for a column, from what is absent to its bound."""
        rng = self.rng
        if column.kind is not Kind.TEXT:
            low, high = BOUNDS[column.kind]
            near = (low, 0, 1, 2, high, rng.randint(low, high), 10 ** rng.randrange(10))
            return min(high, rng.choice(near))
        if column.name == "documents":
            return self.papers()
        if column.name == "hs_code" and rng.random() < 0.8:
            return rng.choice(self.codes)
        return rng.choice(TEXTS)

    def papers(self) -> str:
        """The documents of a house or a line."""
        return self.rng.choice(PAPERS).replace("{}", self.rng.choice(self.kinds))

    def changed(self, version: Version, cells: int) -> Version:
        """The version with some cells drawn anew, and seldom a line more, or none at all."""
        rng = self.rng
        head, lines = dict(version.head), [dict(line) for line in version.lines]
        for _ in range(cells):
            row, columns = (head, _HEAD) if rng.random() < 0.5 else (rng.choice(lines), _LINE)
            column = rng.choice(columns)
            row[column.name] = self.cell(column)
        if rng.random() < 0.05:
            lines.append(lines[0] | {"gnum": rng.choice((1, len(lines) + 1, MISSING))})
        if rng.random() < 0.1:
            rng.shuffle(lines)
        if rng.random() < 0.02:
            lines = []
        problems = [
            Problem("file", rng.randrange(9), "gross_mass_mg", rng.choice(TEXTS), "kg", code)
            for code in ("RDG001", "RDG002", "RDG001")
            if rng.random() < 0.03
        ]
        return Version(head, lines, [replace(one, order_no=version.number) for one in problems])

    def rated(self, version: Version) -> Version:
        """The version with goods that have rates of every shape, measured in their units."""
        choose = self.rng.choice
        lines = [
            line
            | {"hs_code": choose(self.codes), "origin": choose(ORIGINS), "producer": choose(MAKERS)}
            | {"unit": choose(_UNITS), "qty_e5": self.rng.randrange(1, 10**9)}
            | {"unit2": choose(_UNITS), "qty2_e5": self.rng.randrange(1, 10**9)}
            for line in version.lines
        ]
        return replace(version, lines=lines)

    def next_version(self, version: Version, day: date) -> Version:
        """What is sent next of the same house: an act, the same again, or something older."""
        rng = self.rng
        if rng.random() < 0.1 or not version.lines:
            return version
        made = version.head["app_time"] + rng.choice((-1, 0, *[100] * 9, 10**11))
        share = rng.choice((100, 98, 90, 101, 130))
        lines = [
            line | {"total_e5": min(10**17, line["total_e5"]) * share // 100}
            for line in version.lines
        ]
        head: Row = {
            "act": rng.choice((*ACTS, *ACTS[1:4], *ACTS[1:3], "gift")),
            "app_time": made,
            "guid": f"{version.head['guid']}+",
            "decl_day": rng.choice((version.head["decl_day"], day_number(day))),
            "act_day": day_number(day) - rng.choice((*[0] * 9, 1, 500, -1)),
            "reason": rng.choice((*["recount"] * 9, "")),
            "change_flags": rng.choice((*["00000100"] * 9, "")),
            "invoice_total_e5": sum(max(0, line["total_e5"]) for line in lines),
        }
        again = Version(version.head | head, lines)
        return self.changed(again, rng.choice((0, 0, 0, 0, 1, 2)))
