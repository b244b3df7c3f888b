"""Small declarations of commercial goods for tests: written, read back, drawn."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
from hypothesis import strategies as st

from silkport.formats.consignments import FORMAT
from silkport.formats.reading import Documents, schema_of
from silkport.model.columns import Table
from silkport.model.declarations import ACTS, DECLARATION, GOODS
from tests.formats.samples import cells, read_all

Tables = dict[str, pl.DataFrame]

HEADER = (
    "declaration.declaration_no,declaration.consignment_no,declaration.house_no,declaration.guid,"
    "declaration.currency,declaration.gross_mass_kg,goods.gnum,goods.total"
)


def house(number: str, *totals: str, **head: object) -> dict[str, Any]:
    goods = [{"gnum": gnum, "total": total} for gnum, total in enumerate(totals, 1)]
    return {"house_no": number, **head, "goods": goods}


def consignment(*houses: object, **shared: object) -> dict[str, Any]:
    return {"format": FORMAT, "consignment_no": "C1", **shared, "houses": [*houses]}


def read_json(folder: Path, value: object, name: str = "consignment.json") -> Documents:
    path = folder / name
    path.write_text(value if isinstance(value, str) else json.dumps(value), "utf-8")
    return read_all(path)


def read_csv(folder: Path, rows: str, header: str = HEADER) -> Documents:
    path = folder / "declarations.csv"
    path.write_text(f"{header}\n{rows}", "utf-8")
    return read_all(path)


def column(documents: Documents, table: str, name: str) -> list[object]:
    return documents.tables[table][name].to_list()


def rows(documents: Documents, table: str, *names: str) -> list[tuple[object, ...]]:
    return documents.tables[table].select(names).rows()


def _drawn(draw: st.DrawFn, table: Table, fixed: dict[str, object]) -> tuple[object, ...]:
    columns = {one.name: one for one in table.columns}
    return tuple(
        fixed[name] if name in fixed else draw(cells(columns[name])) for name in schema_of(table)
    )


@st.composite
def declared_tables(draw: st.DrawFn) -> Tables:
    """Consignments of one to three houses with none to three lines each, some in two versions."""
    found: dict[str, list[tuple[object, ...]]] = {"declaration": [], "goods": []}
    position = 0
    for number in range(draw(st.integers(1, 3))):
        for house_no in range(draw(st.integers(1, 3))):
            keys = {"declarant_code": f"B{number}", "declaration_no": f"D{number}-{house_no}"}
            for version in range(draw(st.integers(1, 2))):
                position += 1
                head: dict[str, object] = {"source": "x", "position": position, **keys}
                head |= {"consignment_no": f"C{number}", "guid": f"g{position}-{version}"}
                head |= {"act": draw(st.sampled_from(ACTS))}
                found["declaration"].append(_drawn(draw, DECLARATION, head))
                for gnum in range(draw(st.integers(0, 3))):
                    line: dict[str, object] = {"source": "x", "position": position, **keys}
                    line["gnum"] = gnum + 1
                    found["goods"].append(_drawn(draw, GOODS, line))
    return {
        table.name: pl.DataFrame(found[table.name], schema=schema_of(table), orient="row")
        for table in (DECLARATION, GOODS)
    }
