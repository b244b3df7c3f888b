"""silkport balance: money paid in advance, guarantees and permits, as a node keeps them."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.markup import escape
from rich.table import Table

from silkport.cli import balance_ends
from silkport.cli.node_options import PassphraseFile, Reason, Which, Who, moment, opened
from silkport.cli.node_release import gone_on, show_gone_on
from silkport.cli.options import (
    Home,
    Json,
    Language,
    console,
    default_home,
    parse_day,
    print_json,
    word,
)
from silkport.courses.balance import all_held
from silkport.formats.receipts import read_receipts
from silkport.kernel.errors import LimitExceeded, NotFound
from silkport.kernel.limits import MAX_TARIFF_BYTES
from silkport.kernel.money import Money
from silkport.kernel.periods import day_number, day_of
from silkport.kernel.quantities import Quantity
from silkport.kernel.scaled import parse_scaled
from silkport.model.balances import (
    MASS,
    NO_END,
    OF_UNIT,
    SHIPMENTS,
    Balance,
    BalanceKind,
    Drawing,
    Scope,
    shown,
)
from silkport.node.corridor import balances as room
from silkport.node.corridor.paying import pay as pay_in
from silkport.node.law.books import law_book
from silkport.node.sovereign import Node

SOME_NOT_TAKEN = 4

app = typer.Typer(help="Money paid in advance, guarantees, and permits written off by mass.")
app.command("discharge")(balance_ends.discharge)
app.command("claim")(balance_ends.claim)

Number = Annotated[
    str, typer.Argument(help="Identity ('permit V01 KZ-1', see 'silkport balance list') or number.")
]
Kind = Annotated[BalanceKind, typer.Option("--kind", help="What it is.")]
Paper = Annotated[
    str, typer.Option("--paper", help="Of a permit: the kind of document as box 44 has it: V01.")
]
Holder = Annotated[
    str, typer.Option("--holder", help="Who may use it, by national number; else whoever names it.")
]
Issuer = Annotated[str, typer.Option("--issuer", help="Who issued it.")]
Unit = Annotated[
    str,
    typer.Option(
        "--unit", help="KZT; of a permit mg (--amount in kg), shipments, or H87 and such."
    ),
]
Amount = Annotated[
    str, typer.Option("--amount", help="How much, decimal; of shipments none is without limit.")
]
Some = Annotated[list[str] | None, typer.Option(help="What it may be used for; else everything.")]
Source = Annotated[str, typer.Option("--source", help="The act or paper it stands on.")]
From = Annotated[date, typer.Option("--from", parser=parse_day, help="First day in force.")]
Until = Annotated[
    date | None, typer.Option("--until", parser=parse_day, help="First day no longer in force.")
]


@app.command("open")
def open_one(  # noqa: PLR0917 - a command's options are named on the command line
    number: Annotated[str, typer.Argument(help="Number, as its issuer writes it.")],
    node: Which,
    kind: Kind,
    unit: Unit,
    issuer: Issuer,
    source: Source,
    first: From,
    who: Who,
    amount: Amount = "",
    until: Until = None,
    paper: Paper = "",
    holder: Holder = "",
    hs: Some = None,
    procedure: Some = None,
    direction: Some = None,
    country: Some = None,
    home: Home = None,
    passphrase_file: PassphraseFile = None,
    as_json: Json = False,
) -> None:
    """Open a balance: money, a guarantee, or a permit. The same again changes nothing.

    Exits 0; 1 when the number is there with other terms, 4 when what is stated cannot be.
    """
    kept_in, opened_with = _amount(kind, unit, amount)
    balance = Balance(
        kind=kind,
        number=number,
        paper=paper,
        holder=holder,
        issuer=issuer,
        unit=kept_in,
        opened=opened_with,
        free=opened_with,
        scope=Scope(
            hs=tuple(hs or ()),
            procedures=tuple(procedure or ()),
            directions=tuple(direction or ()),
            countries=tuple(country or ()),
        ),
        start=day_number(first),
        stop=NO_END if until is None else day_number(until),
        source=source,
    )
    with opened(home, node, passphrase_file) as found:
        made = found.state.write(lambda tx: room.open_balance(tx, found, balance, who=who))
        gone_on(found, home or default_home())
    if as_json:
        print_json(_as_json(made))
    else:
        console.print(escape(f"{made.id}  {_amount_shown(made.free, made.unit, 'en')}"))


def _amount(kind: BalanceKind, unit: str, amount: str) -> tuple[str, int | None]:
    """The unit a balance is kept in and its amount there. Raises InvalidValue."""
    if kind is not BalanceKind.PERMIT:
        return unit, Money.parse(amount, unit).minor
    if unit == SHIPMENTS:
        return unit, parse_scaled(
            amount, places=0, what="a number of shipments"
        ) if amount else None
    if unit == MASS:
        return unit, parse_scaled(amount, places=6, what="a mass in kg")
    return OF_UNIT + unit, Quantity.parse(amount, unit).value_e5


@app.command("list")
def list_all(  # noqa: PLR0917 - a command's options are named on the command line
    node: Which,
    home: Home = None,
    kind: Annotated[BalanceKind | None, typer.Option("--kind", help="Only these.")] = None,
    holder: Annotated[str, typer.Option("--holder", help="Only those of a holder.")] = "",
    passphrase_file: PassphraseFile = None,
    language: Language = "en",
    as_json: Json = False,
) -> None:
    """List balances with what is free, reserved and used of each.

    Exits 0.
    """
    with opened(home, node, passphrase_file) as found:
        whose = room.holder_name(found, holder)
        listed = found.state.read(
            lambda tx: [
                one
                for one in room.every_balance(tx)
                if kind in (None, one.kind) and whose in ("", one.holder)
            ]
        )
    if as_json:
        print_json([_as_json(one) for one in listed])
        return
    table = Table(box=None, pad_edge=False)
    for name in ("", "holder", "free", "reserved", "used", "days"):
        table.add_column(word(f"balance_{name}", language) if name else "", overflow="fold")
    for one in listed:
        table.add_row(
            escape(one.id),
            escape(one.holder or "-"),
            *(_amount_shown(value, one.unit, language) for value in _parts(one)),
            _days(one, language),
        )
    console.print(table)


@app.command("show")
def show(
    number: Number,
    node: Which,
    home: Home = None,
    passphrase_file: PassphraseFile = None,
    language: Language = "en",
    as_json: Json = False,
) -> None:
    """Show a balance: its terms, what is left, and who has the rest of it.

    Exits 0; 1 when no balance, or more than one, is called so.
    """
    with opened(home, node, passphrase_file) as found:
        one = _named(found, number)
        matters = found.state.read(lambda tx: room.drawings_of(tx, one.id))
    if as_json:
        print_json(_as_json(one) | {"matters": [_matter(one, drawing) for drawing in matters]})
        return

    def say(name: str) -> str:
        return word(f"balance_{name}", language)

    console.print(f"\n[bold]{escape(one.number)}[/] {say(f'kind_{one.kind}')} {escape(one.paper)}")
    for name, value in (
        ("holder", one.holder or "-"),
        ("issuer", f"{one.issuer}; {one.source}"),
        ("days", _days(one, language)),
        ("scope", _scope(one.scope)),
        ("opened", _amount_shown(one.opened, one.unit, language)),
        *zip(
            ("free", "reserved", "used"),
            (_amount_shown(value, one.unit, language) for value in _parts(one)),
            strict=True,
        ),
    ):
        console.print(escape(f"{say(name)}: {value}"))
    for drawing in matters:
        matter = _matter(one, drawing)
        amounts = ", ".join(
            f"{say(name)} {shown(matter[name], one.unit)}"
            for name in ("reserved", "used")
            if matter[name]
        )
        console.print(escape(f"  {matter['matter']}  {amounts}  {moment(matter['at'])}"))
        if matter["until"] is not None:
            late = f" ({say('overdue')})" if matter["overdue"] else ""
            console.print(escape(f"    {say('until')}: {moment(matter['until'])}{late}"))


@app.command("pay")
def pay(  # noqa: PLR0917 - a command's options are named on the command line
    receipts: Annotated[
        Path,
        typer.Argument(help="Receipts as CSV: receipt,payer,amount,currency,day.", exists=True),
    ],
    node: Which,
    who: Who,
    home: Home = None,
    passphrase_file: PassphraseFile = None,
    language: Language = "en",
    as_json: Json = False,
) -> None:
    """Take receipts of the treasury or a bank: each counts once, whatever comes again.

    Declarations that waited for the money are tried again, and those released by it are named.

    Exits 0; 4 when some were not taken, which are named with their rows; 1 when the file is none
    of receipts, and then nothing changed.
    """
    if receipts.stat().st_size > MAX_TARIFF_BYTES:
        reason = "it has more bytes"
        raise LimitExceeded(source=receipts.name, limit="MAX_TARIFF_BYTES", reason=reason)
    read, faults = read_receipts(receipts.read_bytes(), receipts.name)
    with opened(home, node, passphrase_file) as found:
        paid = pay_in(found, read, currency=law_book(found.administration).law.currency, who=who)
        released = gone_on(found, home or default_home())
    refused = sorted([*faults, *paid.refused], key=lambda one: one.row)
    counted = {"taken": paid.taken, "known": paid.known, "covered": len(paid.covered)}
    if as_json:
        rows = [{"row": one.row, "reason": str(one)} for one in refused]
        freed = [one.id for one in released]
        print_json(counted | {"covered": paid.covered, "released": freed, "refused": rows})
    else:
        for name, count in (counted | {"refused": len(refused)}).items():
            console.print(f"{count:>8,}  {word(f'balance_{name}', language)}")
        show_gone_on(released, language)
        for one in refused[:20]:
            console.print(escape(str(one)), style="yellow")
    raise typer.Exit(SOME_NOT_TAKEN if refused else 0)


@app.command("close")
def close(
    number: Number,
    node: Which,
    who: Who,
    home: Home = None,
    reason: Reason = "",
    passphrase_file: PassphraseFile = None,
) -> None:
    """Close a balance for good: nothing more is drawn upon it.

    Exits 0; 1 while something of it is reserved.
    """
    with opened(home, node, passphrase_file) as found:
        one = _named(found, number)
        found.state.write(lambda tx: room.close_balance(tx, found, one.id, who=who, reason=reason))
    console.print(escape(f"{one.id}  {word('balance_closed', 'en')}"))


def _named(node: Node, number: str) -> Balance:
    """The one balance of an identity or number. Raises NotFound for none or several."""
    exact = node.state.read(lambda tx: room.find_balance(tx, number))
    if exact is not None:
        return exact
    wanted = "".join(number.split()).upper()
    found = node.state.read(
        lambda tx: [
            one
            for one in room.every_balance(tx)
            if wanted in (one.id.rpartition(" ")[2], "".join(one.id.split()).upper())
        ]
    )
    if len(found) != 1:
        names = ", ".join(one.id for one in found[:5]) or "nothing"
        raise NotFound(what=f"{number} alone ({names})")
    return found[0]


def _parts(one: Balance) -> tuple[int | None, int, int]:
    return one.free, one.reserved, one.used


def _amount_shown(amount: int | None, unit: str, language: str) -> str:
    return word("balance_no_limit", language) if amount is None else shown(amount, unit)


def _days(one: Balance, language: str) -> str:
    last = "" if one.stop == NO_END else str(day_of(one.stop - 1))
    closed = f" ({word('balance_closed', language)})" if one.closed else ""
    return f"{day_of(one.start)} – {last}{closed}"


def _scope(scope: Scope) -> str:
    named = msgspec.structs.asdict(scope)
    return "; ".join(f"{name} {' '.join(some)}" for name, some in named.items() if some) or "-"


def _matter(one: Balance, drawing: Drawing) -> dict[str, Any]:
    """What a matter has of a balance, since when, and until when something must be done."""
    term = drawing.term
    has = [now for (identity, _), now in all_held(drawing).items() if identity == one.id]
    return {
        "matter": drawing.matter,
        "reserved": sum(now.reserved for now in has),
        "used": sum(now.used for now in has),
        "at": max(entry.at for entry in drawing.entries),
        "until": None if term is None else term.until,
        "overdue": term is not None and term.overdue,
    }


def _as_json(one: Balance) -> dict[str, Any]:
    said: dict[str, Any] = msgspec.to_builtins(one)
    return {"id": one.id, **said}
