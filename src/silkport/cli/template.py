"""silkport template: an empty table with the documented header, or an example in JSON."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from silkport.cli.options import Json, console, print_json
from silkport.formats.template import column_guide, tables, write_template

Out = Annotated[
    Path | None,
    typer.Option(
        "--out",
        help="File to write: .csv, .xlsx, .ndjson or .parquet, declarations also .json; "
        "else a guide.",
    ),
]


def parse_table(text: str) -> str:
    """A table that stands in files of its own."""
    if text not in tables():
        raise typer.BadParameter(f"{text!r} is none of {', '.join(tables())}")
    return text


TableName = Annotated[
    str | None,
    typer.Option(
        "--table", parser=parse_table, help="Table that is no parcel, e.g. declaration or receipt."
    ),
]


def template(out: Out = None, name: TableName = None, as_json: Json = False) -> None:
    """Write an empty table with the documented header, or explain every column."""
    if out is not None:
        out.parent.mkdir(parents=True, exist_ok=True)
        write_template(out, name or "")
        console.print(escape(f"{out}"))
        return
    guide = column_guide(name or "")
    if as_json:
        names = ("column", "kind", "longest", "meaning", "example")
        print_json([dict(zip(names, row, strict=True)) for row in guide])
        return
    table = Table(box=None, pad_edge=False)
    for title in ("column", "kind", "meaning", "example"):
        table.add_column(title, overflow="fold")
    for column, kind, longest, meaning, shown in guide:
        size = f" ≤ {longest}" if longest else ""
        table.add_row(column, f"{kind}{size}", meaning, str(shown))
    console.print(table)
