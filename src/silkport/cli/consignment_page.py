"""How the files of a consignment are shown, and how what a declarant types is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import typer
from rich.markup import escape
from rich.table import Table

from silkport.cli.node_options import moment, plain
from silkport.cli.options import console, word
from silkport.filings.confirming import fields_of, typed_share
from silkport.filings.paths import Value
from silkport.formats.description import figure_in, figure_text, outside
from silkport.kernel.errors import InvalidValue
from silkport.model.columns import Kind
from silkport.model.prepared import Cell, Choice, Prepared
from silkport.node.corridor.consignment_files import File, partner
from silkport.node.corridor.desk import FilingDesk
from silkport.node.workflow.filing import Filed

MOST_CHOICES = 12


def field_name(field: str) -> str:
    """A field as people call it: `goods[1].total` for `goods[1].total_e5`."""
    line, dot, name = field.rpartition(".")
    return f"{line}{dot}{outside(name)}"


def said_value(field: str, value: Value) -> str:
    """A value as it is written outside."""
    name = field.rpartition(".")[2]
    return figure_text(name, value) if isinstance(value, int) else value


def typed_values(
    desk: FilingDesk, file: File, filing: str, words: Sequence[str]
) -> dict[str, Value]:
    """Typed fields, `goods[1].total=120.50`, as the room takes them."""
    rules = desk.filing(filing, partner(file.state, desk)).rules
    found: dict[str, Value] = {}
    for one in words:
        field, equals, text = one.partition("=")
        if not equals:
            raise typer.BadParameter(f"{one!r} is not written FIELD=VALUE")
        line, dot, name = field.strip().rpartition(".")
        of_line = bool(dot) and line.startswith("goods[")
        rule = next(
            (
                rule
                for (own, inner), rule in rules.by_name.items()
                if own is of_line and outside(inner) == name
            ),
            None,
        )
        if rule is None or rule.column is None or rule.column.kind is Kind.TEXT:
            inner = rule.name if rule else name
            found[f"{line}{dot}{inner}"] = text.strip()
            continue
        try:
            found[f"{line}{dot}{rule.name}"] = figure_in(rule.name, text.strip())
        except InvalidValue as error:
            raise typer.BadParameter(f"{field}: {error}") from None
    return found


def shown_filed(filed: Filed) -> dict[str, str | int | bool]:
    """What became of a filing."""
    case = filed.case
    return {
        "id": case.id,
        "number": case.number,
        "state": case.state.value,
        "due_at": case.due_at,
        "due_then": case.due_then,
        "duplicate": filed.is_duplicate,
    }


def shown_file(file: File) -> dict[str, Any]:
    """A file as JSON: every field with its value, provenance and origin."""
    state = file.state
    return {
        "id": file.id,
        "side": state.side.value,
        "consignment_no": state.consignment_no,
        "version": state.version,
        "peer": state.peer,
        "grants": [
            {
                "grant_no": one.grant_no,
                "house_no": one.house_no,
                "importer_code": one.importer_code,
                "fields": list(one.fields),
                "valid_until": one.valid_until,
                "revoked_at": one.revoked_at,
            }
            for one in state.grants.values()
        ],
        "filings": [_shown(one) for one in state.filings.values()],
    }


def _shown(one: Prepared) -> dict[str, Any]:
    share = typed_share(one)
    return {
        "filing": one.filing,
        "administration": one.administration,
        "house_no": one.house_no,
        "version": one.version,
        "fields": [_shown_cell(field, cell) for field, cell in fields_of(one)],
        "open": [
            {
                "field": field_name(hole.field),
                "why": hole.why,
                "source": hole.source,
                "choices": [_shown_choice(choice) for choice in hole.choices],
            }
            for hole in one.open
        ],
        "holds": [
            {
                "code": hold.code,
                "field": field_name(hold.field),
                "reason": hold.reason,
                "who": hold.who,
                "fix": hold.fix,
                "source": hold.source,
            }
            for hold in one.holds
        ],
        "typed": {field_name(name): said_value(name, value) for name, value in one.typed.items()},
        "typed_fields": share.typed,
        "all_fields": share.fields,
        "file_by": one.file_by,
        "confirmed_by": one.confirmed_by,
        "confirmed_at": one.confirmed_at,
        "filed": one.filed_id,
    }


def _shown_cell(field: str, cell: Cell) -> dict[str, str]:
    return {
        "field": field_name(field),
        "value": said_value(field, cell.value),
        "provenance": cell.how.value,
        "came": cell.came,
    }


def _shown_choice(choice: Choice) -> dict[str, str]:
    return {
        "hs_code": choice.hs_code,
        "name": choice.name,
        "duty": choice.duty,
        "unit": choice.unit,
        "source": choice.source,
        "confidence": choice.confidence,
    }


def say_file(file: File, language: str, *, only: str = "", cells: bool = True) -> None:
    """Prints a file for people: its grants and its filings, field by field unless told not to."""
    state = file.state
    side = word(f"consignment_{state.side.value}", language)
    version = f"{word('consignment_version', language)} {state.version}"
    console.print(
        f"\n[bold]{escape(plain(state.consignment_no))}[/]  {side}, {version}  {escape(file.id)}"
    )
    for one in state.grants.values():
        facts = {"no": one.grant_no, "code": one.importer_code, "count": str(len(one.fields))}
        name, at = "consignment_grant", one.valid_until
        if one.revoked_at >= 0:
            name, at = "consignment_revoked", one.revoked_at
        console.print(escape(plain(word(name, language, at=moment(at), **facts))), style="dim")
    for filing in state.filings.values():
        if only in ("", filing.filing):
            _say_filing(filing, language, cells=cells)


def _say_filing(one: Prepared, language: str, *, cells: bool) -> None:
    house = f"{word('consignment_house', language)} {one.house_no}"
    console.print(f"\n[bold]{word(f'filing_{one.filing}', language)}[/]  {escape(plain(house))}")
    if one.file_by >= 0:
        console.print(word("consignment_due", language, at=moment(one.file_by)))
    if cells:
        _say_cells(dict(fields_of(one)), language)
    for hole in one.open:
        why = word("consignment_open", language, field=field_name(hole.field), why=hole.why)
        console.print(escape(plain(why)), style="yellow")
        for choice in hole.choices[:MOST_CHOICES]:
            console.print(escape(plain(f"  {choice.hs_code}  {choice.duty}  {choice.name}")))
    for hold in one.holds:
        facts = {"reason": hold.reason, "who": hold.who, "fix": hold.fix}
        said = word("consignment_held", language, field=field_name(hold.field), **facts)
        console.print(escape(plain(said)), style="red")
    share = typed_share(one)
    numbers = {"typed": str(share.typed), "fields": str(share.fields)}
    console.print(word("consignment_typed", language, **numbers), style="dim")
    sure = word("consignment_unconfirmed", language)
    if one.confirmed_by:
        at = moment(one.confirmed_at)
        sure = word("consignment_confirmed", language, who=one.confirmed_by, at=at)
    console.print(escape(plain(sure)), style="dim")
    if one.filed_id:
        console.print(escape(plain(word("consignment_filed", language, id=one.filed_id))))


def _say_cells(cells: Mapping[str, Cell], language: str) -> None:
    table = Table(box=None, pad_edge=False, show_header=False)
    for _ in range(4):
        table.add_column(overflow="fold")
    for field, cell in cells.items():
        how = word(f"provenance_{cell.how.value}", language)
        texts = (field_name(field), said_value(field, cell.value), how, cell.came)
        table.add_row(*(escape(plain(text)) for text in texts))
    console.print(table)


def received_json(received: Mapping[str, Mapping[str, Cell]]) -> dict[str, Any]:
    """What the authority received, by house; nothing when nobody asked."""
    if not received:
        return {}
    return {
        "received": {
            house: [_shown_cell(field, cell) for field, cell in cells.items()]
            for house, cells in received.items()
        }
    }


def say_received(received: Mapping[str, Mapping[str, Cell]], language: str) -> None:
    """Prints what the authority received, apart from every trader's field."""
    console.print(f"\n[bold]{word('consignment_control', language)}[/]")
    for cells in received.values():
        _say_cells(cells, language)
