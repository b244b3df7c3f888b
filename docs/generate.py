"""Fills the generated regions of the documentation from the code they describe.

    python docs/generate.py           rewrite every region
    python docs/generate.py --check   change nothing; exit 1 when a region is out of date

A region stands between `<!-- generated: NAME -->` and `<!-- end -->` in a Markdown file.
"""

from __future__ import annotations

import ast
import dataclasses
import importlib
import inspect
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from typer.main import get_command

from silkport.kernel import errors
from silkport.model.columns import AMOUNT_SCALE, BOUNDS, MASS_SCALE, Column, Kind, Table
from silkport.model.documents import DOCUMENT_TABLES, ORIGIN_COLUMNS

ROOT = Path(__file__).resolve().parent.parent
REGION = re.compile(
    r"(?P<open><!-- generated: (?P<name>[a-z ]+) -->\n)(?P<body>.*?)(?P<close><!-- end -->)",
    re.DOTALL,
)


class NotBuiltError(Exception):
    """The part of the project that a region describes is not there yet."""


def part(name: str) -> ModuleType:
    """The module called `name`; NotBuiltError when it, and not one of its imports, is absent."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as absent:
        if absent.name is not None and (name + ".").startswith(absent.name + "."):
            raise NotBuiltError(name) from None
        raise


def cell(value: object) -> str:
    """A value as one Markdown table cell."""
    if value is None:
        return ""
    if isinstance(value, tuple | list | frozenset | set):
        items = value if isinstance(value, Sequence) else sorted(value, key=str)
        return ", ".join(cell(item) for item in items)
    return " ".join(str(value).split()).replace("|", "\\|")


def grid(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table."""
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(cell(value) for value in row) + " |" for row in rows]
    return "\n".join(lines)


def journey() -> str:
    """The stages in order: the map of the project."""
    stages = part("silkport.journey").STAGES
    rows = (
        (f"`{stage.name}`", stage.question, stage.takes, stage.adds, stage.leaves)
        for stage in stages
    )
    return grid(("stage", "question it answers", "takes", "adds", "can leave"), rows)


def error_classes() -> Iterator[tuple[type[errors.SilkportError], type[errors.SilkportError]]]:
    """Every concrete error with the group it belongs to, in order of code."""
    own = [
        value
        for value in vars(errors).values()
        if inspect.isclass(value) and issubclass(value, errors.SilkportError)
    ]
    concrete = [value for value in own if "code" in vars(value) and value is not own[0]]
    for value in sorted(concrete, key=lambda value: value.code):
        yield value, value.__mro__[1]


def error_pages() -> str:
    """One heading per error code."""
    blocks = []
    for error, group in error_classes():
        facts = re.sub(r"\{(\w+)[^}]*\}", r"*\1*", error.sentence)
        again = "no" if error.permanent else "yes, the same call may succeed later"
        blocks.append(
            f"## {error.code} {error.__name__}\n\n{inspect.getdoc(error)}\n\n"
            + grid(
                ("", ""),
                (
                    ("says", facts),
                    ("what to do", re.sub(r"\{(\w+)\}", r"*\1*", error.hint)),
                    ("group", f"{group.__name__}: {inspect.getdoc(group)}"),
                    ("HTTP status", error.status),
                    ("worth a retry", again),
                ),
            )
        )
    return "\n\n".join(blocks)


def decimal_text(value: int, scale: int) -> str:
    """An integer in units of one over `scale` as an exact decimal."""
    whole, rest = divmod(value, scale)
    digits = str(rest).zfill(len(str(scale)) - 1).rstrip("0")
    return f"{whole}.{digits}" if digits else str(whole)


def bound(column: Column) -> str:
    """The largest outside value of a column, or the length of its longest text."""
    if column.kind is Kind.TEXT:
        return f"{column.longest} character{'s' * (column.longest != 1)}"
    if column.kind is Kind.FLAG:
        return "yes or no"
    if column.kind is Kind.DAY:
        return "2099-12-31"
    scales = {Kind.AMOUNT: AMOUNT_SCALE, Kind.QUANTITY: AMOUNT_SCALE, Kind.MASS: MASS_SCALE}
    return decimal_text(BOUNDS[column.kind][1], scales.get(column.kind, 1))


def column_grid(columns: Iterable[Column], *, with_ceb: bool) -> str:
    """The columns of one table."""
    head = ("outside", "inside", "kind", "at most", "meaning")
    rows = (
        (f"`{c.outside}`", f"`{c.name}`", c.kind, bound(c), c.meaning)
        + ((f"`{c.ceb}`" if c.ceb else "",) if with_ceb else ())
        for c in columns
    )
    return grid((*head, "CEB field") if with_ceb else head, rows)


def table_pages(tables: Iterable[Table], *, with_ceb: bool) -> str:
    """One heading per table."""
    return "\n\n".join(
        f"### {table.name}\n\nKey: {', '.join(f'`{name}`' for name in table.key)}\n\n"
        + column_grid(table.columns, with_ceb=with_ceb)
        for table in tables
    )


def input_columns() -> str:
    """What a declarant may send."""
    return (
        table_pages(DOCUMENT_TABLES, with_ceb=True)
        + "\n\n### added by the reader to every document\n\n"
        + column_grid(ORIGIN_COLUMNS, with_ceb=False)
    )


def outcome_columns() -> str:
    """What clearing writes."""
    return table_pages(part("silkport.model.outcomes").OUTCOME_TABLES, with_ceb=False)


def assigned_name(node: ast.stmt) -> str:
    """The name that a statement gives a value to, or nothing."""
    match node:
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
            return name
    return ""


def limits() -> str:
    """Every named limit with the text that stands below it."""
    module = part("silkport.kernel.limits")
    nodes = ast.parse(inspect.getsource(module)).body
    rows = []
    for node, below in zip(nodes, [*nodes[1:], ast.Pass()], strict=True):
        name = assigned_name(node)
        if not name.isupper():
            continue
        value = getattr(module, name)
        if not isinstance(below, ast.Expr) or not isinstance(below.value, ast.Constant):
            continue  # a unit that limits are written in
        meaning = below.value.value
        shown = f"{value:,}" if isinstance(value, int) else value
        rows.append((f"`{name}`", shown, meaning))
    return grid(("limit", "value", "meaning"), rows)


def rules() -> str:
    """Every rule of this edition, with the columns that the law room gives it."""
    rows: list[Any] = list(part("silkport.law.catalogue").rule_rows())
    records: list[Mapping[str, object]] = [
        row if isinstance(row, Mapping) else dataclasses.asdict(row) for row in rows
    ]
    return grid(tuple(records[0]), (tuple(record.values()) for record in records))


def command_tree(command: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Every command that does something, with its full name."""
    if getattr(command, "commands", None):
        for name, below in sorted(command.commands.items()):
            if not getattr(below, "hidden", False):
                yield from command_tree(below, f"{path} {name}")
    else:
        yield path, command


def option_row(parameter: Any) -> tuple[str, str, str]:
    """How a parameter is written, what it takes when left out, and its help."""
    names = ", ".join(f"`{name}`" for name in (*parameter.opts, *parameter.secondary_opts))
    if parameter.param_type_name == "argument":
        names = f"`{parameter.name.upper()}`" + (" ..." if parameter.nargs == -1 else "")
    default = parameter.default
    plain = isinstance(default, str | int | Path) and not isinstance(default, bool)
    absent = "required" if parameter.required else (f"`{default}`" if plain else "")
    return names, absent, getattr(parameter, "help", None) or ""


def commands() -> str:
    """The help text of every command."""
    blocks = []
    for name, command in command_tree(get_command(part("silkport.cli.main").app), "silkport"):
        shown = [
            parameter
            for parameter in command.params
            if parameter.name != "help" and not getattr(parameter, "hidden", False)
        ]
        text = inspect.cleandoc(command.help or "").split("\f")[0].strip()
        block = f"## {name}\n\n{text}"
        if shown:
            block += "\n\n" + grid(("option", "if left out", ""), map(option_row, shown))
        blocks.append(block)
    return "\n\n".join(blocks)


REGIONS: dict[str, Callable[[], str]] = {
    "journey": journey,
    "errors": error_pages,
    "input columns": input_columns,
    "outcome columns": outcome_columns,
    "limits": limits,
    "rules": rules,
    "commands": commands,
}


def pages() -> list[Path]:
    """Every Markdown file that may hold a region."""
    return sorted((*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")))


def filled(text: str, notes: list[str]) -> str:
    """`text` with its regions as they must be now; what is not built yet stays and is noted."""

    def region(match: re.Match[str]) -> str:
        try:
            body = REGIONS[match["name"]]()
        except NotBuiltError as absent:
            notes.append(f"{match['name']}: {absent} is not there yet")
            return match[0]
        return f"{match['open']}\n{body}\n\n{match['close']}"

    return REGION.sub(region, text)


def main(arguments: Sequence[str]) -> int:
    """Rewrite or check every page; the number of pages out of date decides the exit code."""
    check = "--check" in arguments
    stale = 0
    for page in pages():
        notes: list[str] = []
        before = page.read_text("utf-8")
        after = filled(before, notes)
        name = page.relative_to(ROOT)
        for note in notes:
            print(f"{name}: {note}")
        if after != before:
            stale += 1
            print(f"{name}: {'out of date; run docs/generate.py' if check else 'rewritten'}")
            if not check:
                page.write_text(after, "utf-8")
    return 1 if check and stale else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
