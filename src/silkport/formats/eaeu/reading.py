"""Reading a goods declaration of the Union: R.055, and ESADout_CU of the album 5.23.0."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from silkport.formats.eaeu import documents
from silkport.formats.eaeu.catalogue import absent_row
from silkport.formats.eaeu.declared import (
    DeclaredPayment,
    DeclaredValue,
    ReadDeclaration,
    Row,
)
from silkport.formats.eaeu.gathering import Gatherer
from silkport.formats.eaeu.opening import is_eaeu, opened
from silkport.formats.reading import Notes
from silkport.kernel.errors import LimitExceeded
from silkport.kernel.ids import parts_of
from silkport.kernel.limits import MAX_DECLARED_PARTS, MAX_GOODS_LINES
from silkport.kernel.periods import day_of
from silkport.model.columns import MAX_CARGO_MG, MISSING, Table
from silkport.model.declarations import ACTS, DECLARATION, GOODS

if TYPE_CHECKING:
    from lxml.etree import _Element as Node

__all__ = ["is_eaeu", "read_goods_declaration"]

_LONGEST = {name: DECLARATION.column(name).longest for name in ("consignment_no", "house_no")}


@dataclass(slots=True)
class _Found:
    """What was gathered of one declaration."""

    declaration: Row
    goods: list[Row] = field(default_factory=list)
    payments: list[DeclaredPayment] = field(default_factory=list)
    totals: list[DeclaredPayment] = field(default_factory=list)
    values: list[DeclaredValue] = field(default_factory=list)
    containers: dict[str, None] = field(default_factory=dict)
    head_documents: dict[int, documents.Entry] = field(default_factory=dict)
    derived: Row = field(default_factory=dict)
    registration: Row = field(default_factory=dict)
    journey: Row = field(default_factory=dict)


def read_goods_declaration(content: bytes, source: str) -> ReadDeclaration:
    """One goods declaration as rows, with what its declarant reckoned.

    What cannot be read is a problem with its place; nothing is dropped in silence of what the
    field table names. Elements that it does not name are not read.

    Args:
        content: the whole file.
        source: its name, as problems and errors state it.
    Raises UnreadableFile, LimitExceeded or HostileContent for a file that cannot be used at all.
    """
    form, root = opened(content, source)
    notes = Notes(source)
    gatherer = Gatherer(form, notes)
    _bounded(gatherer, root)
    found = _head(gatherer, root)
    lines = list(gatherer.nodes("head", "line", root))
    if len(lines) > MAX_GOODS_LINES:
        reason = f"it has {len(lines)} goods lines"
        raise LimitExceeded(source=source, limit=MAX_GOODS_LINES, reason=reason)
    if not lines:
        notes.problem("RDG007", position=0, column="goods.gnum", read="", expected="a goods line")
    for place, node in enumerate(lines, 1):
        _line(gatherer, node, found, place)
    _completed(found)
    _fit(notes, DECLARATION, found.declaration, 0)
    for place, line in enumerate(found.goods, 1):
        _fit(notes, GOODS, line, place)
    problems, _ = notes.close()
    number = str(found.declaration["declaration_no"])
    return ReadDeclaration(
        form=form.name,
        declaration=found.declaration,
        goods=tuple(found.goods),
        payments=tuple(found.payments),
        totals=tuple(found.totals),
        values=tuple(found.values),
        containers=tuple(found.containers),
        registration_no=_registration_no(found.registration),
        ref_id=str(found.journey["ref_id"]),
        problems=tuple(replace(one, order_no=number) for one in problems),
    )


def _head(gatherer: Gatherer, root: Node) -> _Found:
    found = _Found(absent_row("declaration"))
    found.registration = {**absent_row("registration"), "day": MISSING}
    found.journey = absent_row("journey")
    found.derived = {"own_number": "", "in_containers": MISSING}
    value = absent_row("value")
    equal: Row = {"consignor": MISSING, "consignee": MISSING}
    gatherer.gather(
        "head",
        root,
        {
            "declaration": found.declaration,
            "registration": found.registration,
            "journey": found.journey,
            "derived": found.derived,
            "value": value,
            "equal": equal,
        },
    )
    _add_value(found, value, 0)
    found.totals = _payments(gatherer, "head", "total", root, 0)
    plates = (
        str(_small(gatherer, "vehicle", node)["plate"])
        for node in gatherer.nodes("head", "vehicle", root)
    )
    found.declaration["vehicle"] = "/".join(filter(None, plates))
    for party, same in equal.items():
        if same == 1:
            _as_declarant(found.declaration, party)
    return found


def _fit(notes: Notes, table: Table, row: Row, position: int) -> None:
    """Cuts what was put together and is longer than its column; each cut is a problem."""
    for column in table.columns:
        cell = row[column.name]
        if column.longest and isinstance(cell, str) and len(cell) > column.longest:
            row[column.name] = cell[: column.longest].rstrip()
            notes.problem(
                "RDG004",
                position=position,
                column=f"{table.name}.{column.name}",
                read=cell,
                expected=f"at most {column.longest} characters",
            )


def _as_declarant(row: Row, party: str) -> None:
    """A party that is marked as the declarant himself is named as he is."""
    for what in ("code", "name"):
        row[f"{party}_{what}"] = row[f"{party}_{what}"] or row[f"declarant_{what}"]


def _small(gatherer: Gatherer, part: str, node: Node) -> Row:
    row = absent_row(part)
    gatherer.gather(part, node, {part: row})
    return row


def _line(gatherer: Gatherer, node: Node, found: _Found, place: int) -> None:
    gatherer.line = place
    row, value = absent_row("goods"), absent_row("value")
    gatherer.gather("line", node, {"goods": row, "declaration": found.declaration, "value": value})
    line = int(row["gnum"])
    _add_value(found, value, line if line > 0 else place)
    found.goods.append(row)
    found.payments += _payments(gatherer, "line", "payment", node, line if line > 0 else place)
    for one in gatherer.nodes("line", "container", node):
        number = str(_small(gatherer, "container", one)["number"])
        if number:
            found.containers[number] = None
    listed = [_small(gatherer, "document", one) for one in gatherer.nodes("line", "document", node)]
    documents.sorted_out(listed, found.declaration, row, found.head_documents)
    gatherer.line = 0


def _add_value(found: _Found, value: Row, line: int) -> None:
    if value["customs_value_minor"] != MISSING or value["statistical_minor"] != MISSING:
        found.values.append(DeclaredValue(line=line, **value))  # type: ignore[arg-type]


def _payments(
    gatherer: Gatherer, part: str, name: str, node: Node, line: int
) -> list[DeclaredPayment]:
    found: list[DeclaredPayment] = []
    for one in gatherer.nodes(part, name, node):
        row = absent_row("payment")
        gatherer.gather(name, one, {"payment": row})
        found.append(DeclaredPayment(line=line, **row))  # type: ignore[arg-type]
    return found


def _bounded(gatherer: Gatherer, root: Node) -> None:
    """Raises LimitExceeded where a part stands more often than any declaration needs."""
    for name in ("payment", "document", "container"):
        lines = gatherer.nodes("head", "line", root)
        count = sum(1 for line in lines for _ in gatherer.nodes("line", name, line))
        if count > MAX_DECLARED_PARTS:
            raise LimitExceeded(
                source=gatherer.notes.source,
                limit=MAX_DECLARED_PARTS,
                reason=f"it has {count} elements of the part {name}",
            )


def _completed(found: _Found) -> None:
    """What no element says by itself: act, numbers, sums and the keys of the lines."""
    row = found.declaration
    row["act"] = ACTS[1] if row["change_flags"] else ACTS[0]
    row["documents"] = documents.of_head(found.head_documents)
    _numbered(found)
    if found.registration["office"]:
        row["office"] = found.registration["office"]
        row["decl_day"] = found.registration["day"]
    row["container_count"] = _containers(found)
    masses = [int(line["gross_mass_mg"]) for line in found.goods]
    if masses and min(masses) >= 0 and sum(masses) <= MAX_CARGO_MG:
        row["gross_mass_mg"] = sum(masses)
    for line in found.goods:
        line["declarant_code"] = row["declarant_code"]
        line["declaration_no"] = row["declaration_no"]


def _containers(found: _Found) -> int:
    """How many there are; none where the flag of box 19 says so, else those that are named."""
    if found.containers:
        return len(found.containers)
    return 0 if found.derived["in_containers"] == 0 else MISSING


def _numbered(found: _Found) -> None:
    """Our own number is consignment/house; another declarant's is his number of the declaration."""
    row = found.declaration
    own = str(found.derived["own_number"])
    consignment, *rest = parts_of(own)
    house = "/".join(rest)
    if len(consignment) <= _LONGEST["consignment_no"] and len(house) <= _LONGEST["house_no"]:
        row["consignment_no"], row["house_no"] = consignment, house
    number = own or _registration_no(found.registration) or str(row["guid"])
    row["declaration_no"] = number


def _registration_no(registration: Row) -> str:
    """Office/DDMMYY/number; empty where the declaration is not registered."""
    day = int(registration["day"])
    if not registration["office"] or not registration["number"] or day < 0:
        return ""
    return f"{registration['office']}/{day_of(day):%d%m%y}/{registration['number']}"
