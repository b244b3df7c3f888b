"""What of a house waits on this side, and who must act: read from its rows, nothing is kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from silkport.courses.grounds import NOT_PRESENTED
from silkport.kernel.ids import as_key
from silkport.model.prepared import Side
from silkport.model.states import State
from silkport.model.transport import OVER

Rows = Sequence[Mapping[str, Any]]

_ACTS = {
    State.REGISTRATION_REFUSED: "declarant",
    State.DOCUMENTS_REQUESTED: "declarant",
    State.CONDITIONALLY_RELEASED: "declarant",
    State.FILED: "node",
    State.REGISTERED: "officer",
    State.INSPECTION_ORDERED: "officer",
    State.SAMPLED: "officer",
    State.INSPECTED: "officer",
}
"""By state of a declaration, who goes on with it when nothing else is said."""

_FOR_GOODS = "presentation_overdue"
_EXPORTS = frozenset({"export_declaration", "manifest"})


def waits_of(house: Mapping[str, Any], files: Rows, transports: Rows) -> list[dict[str, Any]]:
    """What waits: what it is, about what, who must act, and until when (-1: no term is known).

    `what` is `open`, `held`, `confirm`, `file`, `goods`, the state of a declaration, the code of a
    rule, `act_held`, `transit`, `line` or `parked`.
    """
    key = (house["consignment_no"], house["house_no"])
    found = [
        *_of_files(key, files),
        *(wait for one in house["declarations"] for wait in _of_declaration(one)),
        *_of_transports(key, transports),
        *_of_balances(house["balances"]),
        *_of_messages(house),
    ]
    return [
        {"what": what, "about": about, "who": who, "until": until}
        for what, about, who, until in dict.fromkeys(found)
    ]


_Wait = tuple[str, str, str, int]


def _of_files(key: tuple[str, str], files: Rows) -> Iterator[_Wait]:
    for file in files:
        if file["consignment_no"] != key[0] or file["side"] != Side.IMPORTER:
            continue
        for one in file["filings"]:
            if one["house_no"] != key[1] or one["filed"] or one["filing"] in _EXPORTS:
                continue
            about, until = one["filing"], one["file_by"]
            for hold in one["holds"]:
                yield "held", f"{about} {hold['code']}", hold["who"], until
            if one["open"]:
                yield "open", about, "declarant", until
            elif not one["holds"]:
                yield "file" if one["confirmed_by"] else "confirm", about, "declarant", until


def _of_declaration(one: Mapping[str, Any]) -> Iterator[_Wait]:
    number, until = one["number"], one["due_at"]
    if one["act_held"]:
        yield "act_held", number, "officer", until
    rules = [(row["code"], row["who"]) for row in one["awaits"]]
    if one["due_then"] == _FOR_GOODS and one["state"] == State.REGISTERED:
        yield "goods", number, "carrier", until
        rules = [row for row in rules if row[0] != NOT_PRESENTED]
    elif one["state"] in _ACTS and not rules:
        yield one["state"], number, _ACTS[State(one["state"])], until
    for code, who in rules:
        yield code, number, who, until


def _of_transports(key: tuple[str, str], transports: Rows) -> Iterator[_Wait]:
    for one in transports:
        if one["phase"] in OVER:
            continue
        names = ("", as_key(*filter(None, key)), *one["waybills"])
        for flag in one["flags"]:
            if flag["about"] in names:
                yield flag["rule"], one["id"], flag["who"], -1


def _of_balances(drawn: Rows) -> Iterator[_Wait]:
    for one in drawn:
        if "until" in one and one["reserved"]:
            who = "officer" if one["overdue"] or one["differs"] else "carrier"
            yield "transit", one["balance"], who, one["until"]


def _of_messages(house: Mapping[str, Any]) -> Iterator[_Wait]:
    for one in house["sent"]:
        if not one["received_there"]:
            yield "line", f"{one['peer']} {one['seq']}", "node", -1
    for one in house["parked"]:
        yield "parked", f"{one['peer']} {one['seq']} {one['code']}", "operator", -1
