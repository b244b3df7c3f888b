"""Regions on what nodes say to each other: kinds of messages, and the register of each pair."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from grids import grid
from silkport.law.register import Basis, Register, names_of, read_register
from silkport.model.messages import KINDS, NEWEST, Field, Form, MessageKind
from silkport.model.states import TRANSITIONS
from silkport.node.law.registers import shipped_pairs, shipped_register


def message_kinds() -> str:
    """Every kind of message, in one table."""
    rows = (
        (f"[`{kind.name}`](#{kind.name})", kind.code, kind.version, kind.meaning, kind.senders)
        for kind in KINDS
    )
    return grid(("kind", "code", "version", "what it says", "sent by"), rows)


def message_kind_fields() -> str:
    """The fields of every kind."""
    head = ("field", "form", "at most", "demanded", "meaning", "names a party")
    return "\n\n".join(
        f"### {heading(kind)}\n\n`{kind.code}` version {kind.version}. {kind.meaning}\n\n"
        + grid(head, field_rows(kind.fields))
        for kind in KINDS
    )


def heading(kind: MessageKind) -> str:
    """What a kind is headed by: its name; an earlier version states its number."""
    return kind.name if NEWEST[kind.code] == kind.version else f"{kind.name}, earlier"


def field_rows(fields: tuple[Field, ...], before: str = "") -> Iterator[tuple[str, ...]]:
    """One row per field; those inside a list follow it, named `list.field`."""
    for one in fields:
        yield (
            f"`{before}{one.name}`",
            one.form,
            most(one),
            "yes" if one.demanded else "",
            one.meaning,
            "yes" if one.names_party else "",
        )
        yield from field_rows(one.rows, f"{before}{one.name}.")


def most(field: Field) -> str:
    """The longest value of a field, where a length bounds it."""
    units = {Form.TEXT: "character", Form.ROWS: "row"}
    if field.form not in units:
        return ""
    return f"{field.longest:,} {units[field.form]}{'s' * (field.longest != 1)}"


def registers() -> str:
    """What each register that comes with the package says, and what stays home."""
    return "\n\n".join(
        register_page(read_register(shipped_register(*pair))) for pair in shipped_pairs()
    )


def register_page(register: Register) -> str:
    """One register: what may cross, what stays home, and the bases in full."""
    one, other = register.pair
    return "\n\n".join(
        (
            f"## {one} and {other}",
            f"Digest as shipped: `{register.digest}`.",
            "### What may cross",
            grid(
                ("kind", "field", "direction", "basis", "act", "purpose", "since", "confidence"),
                crossing_rows(register),
            ),
            "### What stays home",
            grid(("kind", "field"), home_rows(register)),
            "### The bases",
            grid(
                ("basis", "article", "approval besides", "condition", "sent by", "source"),
                (
                    (b.id, b.article, b.approval, b.condition, b.only or "any", b.source)
                    for b in register.bases()
                ),
            ),
        )
    )


def crossing_rows(register: Register) -> Iterator[tuple[object, ...]]:
    """One row per kind and basis, with the fields it covers and the ways they may go."""
    found: dict[tuple[str, Basis], tuple[list[str], list[str]]] = {}
    for passage, basis in register.lines():
        names, ways = found.setdefault((passage.kind, basis), ([], []))
        for known, said in (
            (names, f"`{passage.field}`"),
            (ways, f"{passage.sender} → {passage.receiver}"),
        ):
            if said not in known:
                known.append(said)
    for (kind, basis), (names, ways) in found.items():
        both = "both" if len(ways) == len(register.pair) else ways
        shown = (basis.id, basis.act, basis.purpose, since(basis), basis.confidence)
        yield f"`{kind}`", names, both, *shown


def since(basis: Basis) -> str:
    """The period of a basis."""
    return f"{basis.start}" + (f" until {basis.stop}" if basis.stop != date.max else "")


def home_rows(register: Register) -> Iterator[tuple[str, list[str]]]:
    """Per kind the fields that no basis covers in either direction, ever."""
    covered = {(passage.kind, passage.field) for passage, _ in register.lines()}
    for kind in KINDS:
        names = [f"`{name}`" for name in names_of(kind) if (kind.name, name) not in covered]
        if names and NEWEST[kind.code] == kind.version:
            yield f"`{kind.name}`", names


def states() -> str:
    """Every step of a declaration."""
    rows = (
        (
            f"`{one.state}`",
            f"`{one.event}`",
            f"`{one.to}`",
            f"{one.deadline}, from {one.since}" if one.deadline else "",
            "yes" if one.tells else "",
            "yes" if one.escalates else "",
        )
        for one in TRANSITIONS
        if one.event != "neighbour"
    )
    return grid(("state", "event", "to", "term", "told", "escalates"), rows)
