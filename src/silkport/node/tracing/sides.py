"""One side of a consignment: all that a node keeps of some houses, and what it was told of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from silkport.courses.balance import all_held
from silkport.kernel.errors import UnknownRule
from silkport.kernel.findings import Audience
from silkport.model.balances import Drawing, shown
from silkport.model.inspections import Inspection
from silkport.model.release import Awaiting
from silkport.model.transport import OVER, Phase
from silkport.model.transport_rules import RULES
from silkport.node.corridor.balances import DRAWING
from silkport.node.corridor.guarantees import matter_of
from silkport.node.corridor.inspections import INSPECTION
from silkport.node.corridor.securing import secured_matter
from silkport.node.corridor.transports import TRANSPORT, leaving_of, transports_of_house
from silkport.node.dossiers import Dossier, acts, find_dossier, linked
from silkport.node.exchange.peers import peers
from silkport.node.law.books import sentences
from silkport.node.sovereign import Node
from silkport.node.state.contract import Transaction
from silkport.node.tracing.files import file_rows
from silkport.node.tracing.finding import Meant, houses_meant, lone_transports
from silkport.node.tracing.stages import stage_rows
from silkport.node.tracing.waiting import waits_of
from silkport.node.workflow.awaiting import find_awaiting
from silkport.node.workflow.cases import Case, find_case, history
from silkport.node.workflow.telling import country_of

_SAID: Mapping[str, tuple[str, ...]] = {
    "export_released": ("declaration_no", "released_at"),
    "export_amended": ("declaration_no", "act", "amended_at"),
    "exporter_grant": ("grant_no", "act", "version"),
    "arrival_notice": ("post", "arrived_at"),
    "import_registered": ("declaration_no", "registered_at"),
    "import_decision": ("declaration_no", "decision", "decided_at"),
    "inspection_result": ("inspection_no", "finding"),
}
"""By kind, what is repeated here of what a neighbour said: what happened, nothing of the goods."""

_RISK = "risk"
_GONE = OVER | {Phase.EXITED}
"""Phases in which nobody asks any more what may leave."""


def side_of(
    tx: Transaction,
    node: Node,
    name: str,
    *,
    also: Sequence[Meant] = (),
    officer: bool = False,
) -> dict[str, Any]:
    """What a node knows under a number, as plain values; moments in milliseconds.

    Args:
        name: as `finding.houses_meant` takes it.
        also: houses that another node has under that name; here they may have another.
        officer: whether what never leaves an authority may be seen: lane and reasons of the risk,
            and what became of inspection passports.
    Without anything under the number both lists are empty.
    """
    houses = sorted({*houses_meant(tx, name), *also})
    known = {one.id: one for one in lone_transports(tx, name)}
    for house in houses:
        known |= {one.id: one for one in transports_of_house(tx, *house)}
    files = file_rows(tx, houses)
    transports = [_transport_row(tx, node, one) for _, one in sorted(known.items())]
    lines = {one.id: one for one in peers(tx)}
    rows = [_house_row(tx, one, lines, officer=officer) for one in houses]
    carried = {key_of(one) for transport in transports for one in transport["houses"]}
    described = {(one["consignment_no"], h["house_no"]) for one in files for h in one["houses"]}
    rows = [one for one in rows if key_of(one) in carried | described or _is_known(one)]
    for row in rows:
        row["waits"] = waits_of(row, files, transports)
    return {
        "node": node.id,
        "administration": node.administration,
        "at": node.now(),
        "files": files,
        "houses": rows,
        "transports": transports,
    }


def key_of(house: Mapping[str, Any]) -> tuple[str, str]:
    """The house that a row is about."""
    return house["consignment_no"], house["house_no"]


def _is_known(house: Mapping[str, Any]) -> bool:
    return any(house[name] for name in ("declarations", "sent", "heard", "parked", "inspections"))


def _house_row(
    tx: Transaction, house: Meant, lines: Mapping[str, Any], *, officer: bool
) -> dict[str, Any]:
    cases = [
        case
        for identity, _ in tx.rows("declarations_of_house", *house)
        if (case := find_case(tx, identity)) is not None
    ]
    return {
        "consignment_no": house.consignment_no,
        "house_no": house.house_no,
        "declarations": [_case_row(tx, one, officer=officer) for one in cases],
        "sent": [
            {
                "peer": peer,
                "seq": seq,
                "kind": kind,
                "at": at,
                "received_there": seq <= lines[peer].taken,
                "considered_there": seq <= lines[peer].considered_there,
            }
            for peer, seq, kind, at in tx.rows("sent_about", house.about)
        ],
        "heard": [
            {"peer": peer, "seq": seq, "kind": kind, "at": at, "said": _repeated(kind, body)}
            for peer, kind, seq, at, body in tx.rows("said_about", house.about)
        ],
        "parked": [
            {"peer": peer, "seq": seq, "code": code, "reason": reason, "at": at}
            for peer, seq, code, reason, at in tx.rows("parked_on", house.about)
        ],
        "inspections": [
            _inspection_row(one, officer=officer)
            for one in linked(tx, INSPECTION, "house", house.about)
        ],
        "balances": _drawn(tx, house, cases),
    }


def _repeated(kind: str, body: bytes) -> dict[str, Any]:
    said = msgspec.json.decode(body)
    return {name: said[name] for name in _SAID.get(kind, ()) if name in said}


def _case_row(tx: Transaction, case: Case, *, officer: bool) -> dict[str, Any]:
    decision = case.decision["decision"]
    row = {
        "id": case.id,
        "number": case.number,
        "direction": case.direction,
        "state": case.state.value,
        "filed_at": case.filed_at,
        "due_at": case.due_at,
        "due_then": case.due_then,
        "act_held": bool(case.held),
        "findings": _codes(case.decision["findings"], officer=officer),
        "stages": stage_rows(case.decision, officer=officer),
        "awaits": _awaits(find_awaiting(tx, case.id), officer=officer),
        "events": [_event_row(one) for one in history(tx, case.id)],
    }
    if officer:
        row |= {"lane": decision["lane"], "risk_score": decision["risk_score"]}
    return row


def _event_row(event: Mapping[str, Any]) -> dict[str, Any]:
    names = ("at", "event", "from", "to", "by", "who", "reason")
    told = {"tells": event.get("tells", ""), "told": event.get("told", [])}
    return {name: event[name] for name in names} | told


def _codes(findings: Iterable[Mapping[str, Any]], *, officer: bool) -> list[dict[str, str]]:
    """Rules that spoke, each once; those of the risk are for officers alone."""
    found = {
        str(one["code"]): str(one["effect"])
        for one in findings
        if officer or (one["effect"] != _RISK and is_for_declarants(str(one["code"])))
    }
    return [{"code": code, "effect": effect} for code, effect in sorted(found.items())]


def is_for_declarants(code: str) -> bool:
    """Whether everybody may read of a rule; one without a sentence is for officers."""
    try:
        return sentences().audience(code) is Audience.DECLARANT
    except UnknownRule:
        return False


def _awaits(found: Awaiting | None, *, officer: bool) -> list[dict[str, str]]:
    """What stands against the release, and who must act."""
    if found is None:
        return []
    rows = [(one.code, one.who) for one in found.holds] + [(f.code, f.who) for f in found.flags]
    return [
        {"code": code, "who": who}
        for code, who in dict.fromkeys(rows)
        if officer or is_for_declarants(code)
    ]


def _inspection_row(one: Dossier[Inspection], *, officer: bool) -> dict[str, Any]:
    held, passport = one.state, one.state.passport
    row = {
        "id": one.id,
        "number": passport.inspection_no,
        "body": passport.body,
        "method": passport.method,
        "finding": passport.finding,
        "inspected_at": passport.inspected_at,
        "peer": held.peer,
        "issued": one.id.startswith("to "),
    }
    if officer:
        row |= {
            "standing": held.standing.value,
            "code": held.code,
            "because": held.because,
            "replaces": [method.value for method in held.replaces],
        }
    return row


def _drawn(tx: Transaction, house: Meant, cases: Sequence[Case]) -> list[dict[str, Any]]:
    """What the declarations and transits of a house have of balances."""
    found: dict[str, Drawing] = {}
    for case in cases:
        for matter in (case.id, matter_of(case.id), secured_matter(case.id)):
            known = find_dossier(tx, DRAWING, matter)
            if known is not None:
                found[matter] = known.state
    for one in linked(tx, DRAWING, "consignment", house.consignment_no):
        if one.state.transit is not None and one.state.transit.house_no == house.house_no:
            found[one.id] = one.state
    return [row for matter, drawing in sorted(found.items()) for row in _drawing_rows(drawing)]


def _drawing_rows(drawing: Drawing) -> list[dict[str, Any]]:
    """What a matter has of each balance: reserved, used, or free again; and what it owes."""
    rows: dict[str, dict[str, Any]] = {}
    for (balance, _), now in all_held(drawing).items():
        row = rows.setdefault(balance, {"balance": balance, "reserved": 0, "used": 0})
        row["reserved"] += now.reserved
        row["used"] += now.used
    last = {one.balance: one for one in drawing.entries}
    for balance, row in rows.items():
        unit = last[balance].unit
        row |= {
            "matter": drawing.matter,
            "unit": unit,
            "reserved_shown": shown(row["reserved"], unit) if row["reserved"] else "",
            "used_shown": shown(row["used"], unit) if row["used"] else "",
            "last": last[balance].event,
            "at": last[balance].at,
        }
    done = list(rows.values())
    if drawing.transit is not None:
        transit = drawing.transit
        about = {"until": transit.until, "overdue": transit.overdue, "differs": transit.differs}
        done = [row | about for row in done]
    owes = drawing.charge
    if owes is not None:
        for row in done:
            row["owed_shown"] = shown(owes.owed, owes.currency)
    return done


def _transport_row(tx: Transaction, node: Node, one: Dossier[Any]) -> dict[str, Any]:
    now = one.state
    leaving = leaving_of(tx, one.id, country_of(node.administration))
    return {
        "id": one.id,
        "mode": now.mode.value,
        "phase": now.phase.value,
        "vehicle": now.vehicle,
        "empty_run": now.is_empty_run,
        "waybills": [master.waybill for master in now.masters],
        "houses": [
            {"consignment_no": house.consignment_no, "house_no": house.house_no}
            for house in now.houses
        ],
        "stays": [
            {
                "consignment_no": stay.lot.key[0],
                "house_no": stay.lot.key[1],
                "reason": stay.reason,
                "who": stay.acts.value,
            }
            for stay in (() if now.phase in _GONE else leaving.stays)
        ],
        "flags": [
            {"rule": flag.rule, "about": flag.about, "who": RULES[flag.rule].acts.value}
            for flag in now.open_flags
        ],
        "track": [
            {"event": stop.event, "at": stop.at, "place": stop.place, "who": stop.who}
            for stop in now.track
        ],
        "acts": [
            {name: act[name] for name in ("at", "event", "by", "who", "reason")}
            for act in acts(tx, TRANSPORT, one.id)
        ],
    }
