"""Fills the generated regions of the documentation from the code they describe.

    python docs/generate.py           rewrite every region
    python docs/generate.py --check   change nothing; exit 1 when a region is out of date

A region stands between `<!-- generated: NAME -->` and `<!-- end -->` in a Markdown file.
"""

from __future__ import annotations

import ast
import csv
import inspect
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from functools import partial
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

from silkport import kernel
from silkport.cli.main import every_command
from silkport.courses.grounds import FOR_OFFICERS
from silkport.formats.ceb.catalogue import SHAPES, Element
from silkport.formats.ceb.statuses import STATUSES
from silkport.journey import JOURNEYS, STAGES
from silkport.kernel import errors, limits
from silkport.kernel.findings import Audience
from silkport.law.compiled import UNVERIFIED
from silkport.model.columns import AMOUNT_SCALE, BOUNDS, MASS_SCALE, Column, Kind, Table
from silkport.model.decided import DECIDED
from silkport.model.declarations import DECLARED_TABLES
from silkport.model.documents import DOCUMENT_TABLES, ORIGIN_COLUMNS
from silkport.model.outcomes import OUTCOME_TABLES
from silkport.model.records import RECORD_TABLES
from silkport.node.law.books import administrations, law_book, sentences
from silkport.node.law.catalogue import rule_rows

sys.path.insert(0, str(Path(__file__).resolve().parent))  # a test loads this file by its path

from exchanged import message_kind_fields, message_kinds, registers, states
from grids import grid

ERROR_MODULES = [
    import_module(f"silkport.kernel.{one.name}")
    for one in iter_modules(kernel.__path__)
    if one.name.endswith("errors")
]

ROOT = Path(__file__).resolve().parent.parent
REGION = re.compile(
    r"(?P<open><!-- generated: (?P<name>[a-z ]+) -->\n)(?P<body>.*?)(?P<close><!-- end -->)",
    re.DOTALL,
)


def journey() -> str:
    """The stages in order: the map of the project."""
    rows = (
        (f"`{stage.name}`", stage.question, stage.takes, stage.adds, stage.leaves)
        for stage in STAGES
    )
    return grid(("stage", "question it answers", "takes", "adds", "can leave"), rows)


def journeys() -> str:
    """Which stages run for which procedure and mode of transport."""
    rows = ((procedure, mode, stages) for (procedure, mode), stages in JOURNEYS.items())
    return grid(("procedure", "mode", "stages"), rows)


def error_classes() -> Iterator[tuple[type[errors.SilkportError], type[errors.SilkportError]]]:
    """Every concrete error with the group it belongs to, in order of code."""
    own = [
        value
        for module in ERROR_MODULES
        for value in vars(module).values()
        if inspect.isclass(value)
        and issubclass(value, errors.SilkportError)
        and value.__module__ == module.__name__
    ]
    concrete = [one for one in own if "code" in vars(one) and one is not errors.SilkportError]
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
    scales = dict.fromkeys((Kind.AMOUNT, Kind.QUANTITY), AMOUNT_SCALE)
    scales |= dict.fromkeys((Kind.MASS, Kind.CARGO), MASS_SCALE)
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


def message_rows() -> str:
    """Every kind of message."""
    head = ("message", "flow", "what it is", "documents", "lines", "signature", "answered by")
    rows = (
        (
            shape.message,
            {"I": "import", "E": "export"}[shape.flow],
            shape.meaning,
            f"up to {shape.max_documents}" if shape.max_documents else "any number",
            f"{shape.min_lines} to {shape.max_lines or 'any number'}" if shape.line else "",
            shape.signature,
            shape.answer,
        )
        for shape in SHAPES.values()
    )
    return grid(head, rows)


def message_fields() -> str:
    """The fields of every message, with the column each becomes."""
    head = ("element", "form", "mandatory", "column", "code list")
    return "\n\n".join(
        f"### {shape.message} {shape.meaning}\n\n"
        + grid(head, (field_row(part.table, one) for part in shape.parts for one in part.elements))
        for shape in SHAPES.values()
    )


def field_row(table: str, element: Element) -> tuple[str, ...]:
    """One field of a message."""
    form, column = element.form, element.column
    more = f", always {form.fixed}" if form.fixed else ""
    more += f", empty means {form.default}" if form.default else ""
    return (
        f"`{element.path}`",
        element.written + more,
        "yes" if element.mandatory else "",
        f"`{table}.{column.outside}`" if column else "",
        element.code,
    )


def status_rows() -> str:
    """The statuses a receipt may carry."""
    head = ("status", "name", "", "meaning", "final", "may be followed by", "source")
    rows = (
        (one.code, one.name, one.zh, one.meaning, "yes" if one.final else "", one.after, one.source)
        for one in STATUSES.values()
    )
    return grid(head, rows)


def answer_rows() -> str:
    """The table of answers as it stands beside the code."""
    text = (ROOT / "src/silkport/formats/ceb/answers.csv").read_text("utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    names = ("kind", "message", "status", "standing", "return_status", "en", "zh", "confidence")
    return grid(names, ([row[name] for name in names] for row in rows))


def outcome_columns() -> str:
    """What clearing writes: the names in the files are those inside."""
    return "\n\n".join(
        f"### {table.name}\n\nKey: {', '.join(f'`{name}`' for name in table.key)}\n\n"
        + grid(
            ("column", "kind", "meaning"),
            ((f"`{c.name}`", c.kind, c.meaning) for c in table.columns),
        )
        for table in OUTCOME_TABLES
    )


def assigned_name(node: ast.stmt) -> str:
    """The name that a statement gives a value to, or nothing."""
    match node:
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
            return name
    return ""


def limit_rows() -> str:
    """Every named limit with the text that stands below it."""
    nodes = ast.parse(inspect.getsource(limits)).body
    rows = []
    for node, below in zip(nodes, [*nodes[1:], ast.Pass()], strict=True):
        name = assigned_name(node)
        if not name.isupper():
            continue
        if not isinstance(below, ast.Expr) or not isinstance(below.value, ast.Constant):
            continue  # a unit that limits are written in
        rows.append((f"`{name}`", f"{getattr(limits, name):,}", below.value.value))
    return grid(("limit", "value", "meaning"), rows)


def days_of_change(country: str) -> list[date]:
    """Every day on which a regime or a rule of an administration begins."""
    law = law_book(country).law
    regimes = {regime.start for regime in law.regimes}
    return sorted(regimes | {one.start for several in law.rule_sources.values() for one in several})


def rules_of(country: str) -> list[dict[str, str]]:
    """Every rule that an administration applies on some day, as it stood last."""
    latest: dict[str, dict[str, str]] = {}
    regimes: dict[str, set[str]] = {}
    for day in days_of_change(country):
        for row in rule_rows(country, day, "en"):
            latest[row["code"]] = row
            regimes.setdefault(row["code"], set()).update(row["regimes"].split(", "))
    return [
        {**latest[code], "regimes": ", ".join(sorted(regimes[code]))} for code in sorted(latest)
    ]


def rules() -> str:
    """The rules of every administration."""
    head = ("code", "stage", "effect", "sentence", "source", "regimes")
    blocks = []
    for country in administrations():
        rows = []
        for rule in rules_of(country):
            source = rule["source"]
            if rule["official"]:
                source += f" [{rule['official']}]"
            if rule["confidence"] == UNVERIFIED:
                source += f" ({UNVERIFIED})"
            rows.append([source if name == "source" else rule[name] for name in head])
        blocks.append(f"## {country}\n\n" + grid(head, rows))
    return "\n\n".join(blocks)


def frame_codes() -> str:
    """Codes that no rule sheet has: they come from reading, telling versions apart, deciding."""
    of_rules = {rule["code"] for country in administrations() for rule in rules_of(country)}
    spoken = sentences()
    rows = (
        (code, spoken.title(code, "en"), spoken.fix(code, "en"))
        for code in spoken.codes
        if code not in of_rules
        and (spoken.audience(code) is Audience.DECLARANT or code in FOR_OFFICERS)
    )
    return grid(("code", "sentence", "what to do"), rows)


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
    plain = isinstance(default, str | int | Path | date) and not isinstance(default, bool)
    absent = "required" if parameter.required else (f"`{default}`" if plain and default else "")
    return names, absent, getattr(parameter, "help", None) or ""


def commands() -> str:
    """The help text of every command."""
    blocks = []
    for name, command in command_tree(every_command(), "silkport"):
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
    "record columns": partial(table_pages, RECORD_TABLES, with_ceb=True),
    "decided columns": partial(table_pages, (DECIDED,), with_ceb=False),
    "declared columns": partial(table_pages, DECLARED_TABLES, with_ceb=False),
    "messages": message_rows,
    "message fields": message_fields,
    "message kinds": message_kinds,
    "message kind fields": message_kind_fields,
    "registers": registers,
    "states": states,
    "statuses": status_rows,
    "answers": answer_rows,
    "outcome columns": outcome_columns,
    "limits": limit_rows,
    "rules": rules,
    "frame codes": frame_codes,
    "journeys": journeys,
    "commands": commands,
}


def pages() -> list[Path]:
    """Every Markdown file that may hold a region."""
    return sorted((*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")))


def filled(text: str) -> str:
    """`text` with its regions as they must be now."""

    def region(match: re.Match[str]) -> str:
        return f"{match['open']}\n{REGIONS[match['name']]()}\n\n{match['close']}"

    return REGION.sub(region, text)


def main(arguments: Sequence[str]) -> int:
    """Rewrite or check every page; the number of pages out of date decides the exit code."""
    check = "--check" in arguments
    stale = 0
    for page in pages():
        before = page.read_text("utf-8")
        after = filled(before)
        if after != before:
            stale += 1
            name = page.relative_to(ROOT)
            print(f"{name}: {'out of date; run docs/generate.py' if check else 'rewritten'}")
            if not check:
                page.write_text(after, "utf-8")
    return 1 if check and stale else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
