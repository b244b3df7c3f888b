"""Inspection passports at a node: issued, received, judged for a house, overridden, re-checked.

Kept as dossiers: a body with its keys, a passport with what became of it, the trust in a body by
method. Hooks for others: `passport_received` is the effect of a message `inspection_result`,
`inspections_owed` is asked before a house is decided. What is owed and what is drawn is for
officers: it never leaves the node.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from hashlib import blake2b
from pathlib import Path
from typing import Any

import msgspec

from silkport.courses.conditions import Offered
from silkport.courses.inspection import Owed, owed
from silkport.courses.passport import is_spent, judged, looked_into, received_again, set_aside
from silkport.engine.house import drawn
from silkport.kernel.errors import NotFound
from silkport.kernel.exchange_errors import MessageMalformed, OutsideRegister
from silkport.kernel.ids import as_key, two_meant
from silkport.kernel.periods import day_of
from silkport.law.message_form import fault
from silkport.law.recognition import RecognitionLaw
from silkport.model.inspections import (
    DAY_MS,
    Finding,
    HouseFacts,
    InspectedLine,
    Inspection,
    Passport,
    Standing,
    body_of,
    passport_of,
    statement_of,
)
from silkport.model.messages import BY_NAME, Competence
from silkport.model.states import State
from silkport.node.corridor.relying import changed, contradicted
from silkport.node.corridor.trust import (
    body_for,
    count_miss_beside,
    count_recheck,
    trust_for,
)
from silkport.node.dossiers import Act, Dossier, DossierKind, dossier_of, find_dossier, keep, linked
from silkport.node.exchange.keys import signing_key_from, verify
from silkport.node.exchange.outbox import Outgoing, queue
from silkport.node.exchange.peers import Peer, peer_of
from silkport.node.exchange.registers import acting_as, register_with
from silkport.node.law.recognition import administration_of, recognition_law
from silkport.node.sovereign import Node, demand_competence
from silkport.node.state.contract import Transaction
from silkport.node.workflow.awaiting import of_house, wake
from silkport.node.workflow.cases import Case, find_case, other_side

INSPECTION = DossierKind("inspection", Inspection)
SIGNED_AS = "inspection"
RESULT = BY_NAME["inspection_result"]
DECIDING = frozenset({Competence.CUSTOMS})
OFFICER, NODE, NEIGHBOUR = "officer", "node", "neighbour"
_NOTHING = frozenset({State.DRAFT, State.REGISTRATION_REFUSED, State.REFUSED, State.WITHDRAWN})
"""States of a declaration that spends no passport."""


def issue(
    node: Node, passport: Passport, seed: bytes, peer: str, *, who: str
) -> Dossier[Inspection]:
    """Signs a result with the key of its body and queues it for a peer.

    What the register of the pair keeps at home is left out before it is signed.

    Args:
        seed: of the body's signing key, 32 bytes; it is not kept.
        who: the inspector.
    Raises UnknownPeer, NotCompetent, RegisterUnsigned, OutsideRegister, MessageMalformed,
    InvalidValue.
    """

    def work(tx: Transaction) -> Dossier[Inspection]:
        to = peer_of(tx, peer)
        signed = _signed(tx, node, passport, seed, to)
        queue(tx, node, peer, [Outgoing(RESULT.name, body_of(signed))])
        held = Inspection(
            passport=signed, peer=peer, administration=to.administration, standing=Standing.ISSUED
        )
        act = Act("issue", "inspector", who, facts={"peer": peer})
        return keep(
            tx, node, INSPECTION, f"to {_name(peer, signed)}", held, act, links=_links(held)
        )

    return node.state.write(work)


def _signed(tx: Transaction, node: Node, passport: Passport, seed: bytes, to: Peer) -> Passport:
    """What may reach a peer of a passport, signed by its body."""
    key, ours = signing_key_from(seed), node.administration
    blank = msgspec.structs.replace(passport, key_id=key.key_id, signature="0" * 128)
    body = body_of(blank)
    if wrong := fault(RESULT, body):
        raise MessageMalformed(peer=node.id, reason=wrong)
    register, day = register_with(tx, node, to.administration), day_of(node.now() // DAY_MS)
    acting = acting_as(register, RESULT, node.competence, ours, to.administration, day)
    kept = register.keep_allowed(RESULT, body, ours, to.administration, day, competence=acting)
    if not {"key_id", "signature"} <= kept.body.keys():
        reason = f"the signature of a body may not pass from {ours} to {to.administration}"
        raise OutsideRegister(reason=reason)
    leaving = passport_of(kept.body)
    signature = key.sign(SIGNED_AS, statement_of(leaving, to.administration))
    return msgspec.structs.replace(leaving, signature=signature.hex())


def is_signed(passport: Passport, receiver: str, public: bytes) -> bool:
    """Whether a passport is signed, for a receiving administration, by the holder of a key."""
    try:
        signature = bytes.fromhex(passport.signature)
    except ValueError:
        return False
    return verify(public, SIGNED_AS, statement_of(passport, receiver), signature)


def passport_received(
    tx: Transaction, node: Node, peer: str, body: Mapping[str, Any], *, who: str = ""
) -> Dossier[Inspection]:
    """Keeps what a peer's message `inspection_result` says; the same again changes nothing.

    The effect of the message: form, sender and legal basis were checked before. Whether it is
    recognised is judged when it is asked for, under the law of that day.

    Args:
        who: an officer who took it by hand; "" for the message itself.
    Raises UnknownPeer, MessageMalformed.
    """
    if wrong := fault(RESULT, body):
        raise MessageMalformed(peer=peer, reason=wrong)
    passport = passport_of(body)
    wake(tx, of_house(passport.about))
    name = f"from {_name(peer, passport)}"
    found = find_dossier(tx, INSPECTION, name)
    by = (OFFICER, who) if who else (NEIGHBOUR, peer)
    if found is None:
        held = Inspection(
            passport=passport,
            peer=peer,
            administration=peer_of(tx, peer).administration,
            standing=Standing.RECEIVED,
        )
        if passport.finding == Finding.WITHDRAWN:
            held = msgspec.structs.replace(held, standing=Standing.WITHDRAWN)
        if passport.finding != Finding.CONFORMS:
            contradicted(tx, node, peer, passport, linked(tx, INSPECTION, "house", passport.about))
        return keep(tx, node, INSPECTION, name, held, Act("receive", *by), links=_links(held))
    event, after = received_again(found.state, passport)
    if not event:
        return found
    changed(tx, node, found, passport)
    return keep(tx, node, INSPECTION, name, after, Act(event, *by), links=_links(after))


def receive(node: Node, peer: str, body: Mapping[str, Any], *, who: str) -> Dossier[Inspection]:
    """Takes a passport that came by hand from a peer, under the same checks as its message.

    Raises UnknownPeer, NotCompetent, RegisterUnsigned, OutsideRegister, MessageMalformed.
    """

    def work(tx: Transaction) -> Dossier[Inspection]:
        sender = peer_of(tx, peer)
        demand_competence(sender.id, sender.competence, RESULT.senders, RESULT.name)
        if wrong := fault(RESULT, body):
            raise MessageMalformed(peer=peer, reason=wrong)
        register, day = register_with(tx, node, sender.administration), day_of(node.now() // DAY_MS)
        sides = (sender.administration, node.administration)
        acting = acting_as(register, RESULT, sender.competence, *sides, day)
        if outside := register.refuse(RESULT, body, *sides, day, competence=acting):
            raise OutsideRegister(reason=f"nothing lets {outside} of {RESULT.name} pass")
        return passport_received(tx, node, peer, body, who=who)

    return node.state.write(work)


def inspections_owed(
    tx: Transaction, node: Node, facts: HouseFacts, *, home: Path | None = None
) -> list[Owed]:
    """What is to be examined of a house, and keeps what became of each passport on it.

    Asked again it gives the same and keeps nothing, unless facts, law, passports or trust changed.
    Raises NotCompetent, LawError.
    """
    node.demand(DECIDING, "examine")
    law = recognition_law(node.administration, administration_of(facts.other_country), home)
    held = [
        one
        for one in linked(tx, INSPECTION, "house", facts.about)
        if one.state.standing is not Standing.ISSUED
    ]
    held = [_let_go(tx, one, facts.direction) for one in held]
    offered = [_offered(tx, node, one, facts) for one in held]
    place = draw_for(node, facts.about) if held else 0  # without a passport nothing is drawn
    found = owed(facts, facts.lane, offered, law, place)
    for one in held:
        event, after = judged(one.state, one.id, found, facts)
        if event:
            grounds = _grounds(one.id, found, law)
            grounds |= {"case": facts.case, "direction": facts.direction}
            act = Act(event, NODE, node.id, after.because, grounds)
            keep(tx, node, INSPECTION, one.id, after, act)
    return found


def facts_of(case: Case, side: str, lane: str, day: int) -> HouseFacts:
    """What a declaration filed here says to the law on inspections.

    Args:
        lane: that of the decision.
        day: the legal day, days since 1970-01-01.
    """
    return HouseFacts(
        consignment_no=case.consignment_no,
        house_no=case.house_no,
        case=case.id,
        side=side,
        other_country=other_side(case),
        direction=case.direction,
        lane=lane,
        day=day,
        gross_mass_mg=case.gross_mass_mg,
        goods=[
            InspectedLine(
                int(line.get("gnum", 0)),
                str(line.get("hs_code", "")),
                int(line.get("gross_mass_mg", -1)),
                int(line.get("net_mass_mg", -1)),
            )
            for line in case.document["goods"]
        ],
    )


def draw_for(node: Node, about: str) -> int:
    """The place of a house in this node's draw of re-checks, in millionths.

    Keyed by a secret of the node, and apart from the draw of lanes: nobody outside can tell it.
    """
    key = blake2b(node.pseudonym_key, digest_size=8, person=b"silkport recheck")
    return drawn(about, int.from_bytes(key.digest(), "big"))


def override(node: Node, identity: str, *, who: str, reason: str) -> Dossier[Inspection]:
    """An officer sets a passport aside: what it replaced is owed, now and later.

    Raises NotCompetent, NotFound, InvalidValue without a reason, InspectionStepRefused.
    """
    node.demand(DECIDING, "override")

    def work(tx: Transaction) -> Dossier[Inspection]:
        found = find_inspection(tx, identity)
        after = set_aside(found.state, reason)
        act = Act("override", OFFICER, who, reason)
        kept = keep(tx, node, INSPECTION, found.id, after, act)
        wake(tx, of_house(after.passport.about))
        return kept

    return node.state.write(work)


def record_recheck(
    node: Node,
    identity: str,
    finding: Finding,
    *,
    who: str,
    reason: str = "",
    home: Path | None = None,
) -> Dossier[Inspection]:
    """An officer examined goods although there was a passport; the trust in its body follows.

    A miss may be found beside the draw as well: it is counted apart and is no part of the test.
    Raises NotCompetent, NotFound, InspectionStepRefused.
    """
    return node.state.write(
        lambda tx: recheck_in(tx, node, identity, finding, who=who, reason=reason, home=home)
    )


def recheck_in(
    tx: Transaction,
    node: Node,
    identity: str,
    finding: Finding,
    *,
    who: str,
    reason: str = "",
    home: Path | None = None,
) -> Dossier[Inspection]:
    """As `record_recheck`, within a transaction."""
    node.demand(DECIDING, "re-check")
    found = find_inspection(tx, identity)
    held = found.state
    event, after = looked_into(held, finding)
    if held.standing is Standing.DRAWN:
        law = recognition_law(node.administration, held.administration, home)
        rule = law.trust_rule(day_of(node.now() // DAY_MS))
        count_recheck(tx, node, held, rule, missed=event == "miss", who=who)
    else:
        count_miss_beside(tx, node, held, who=who)
    act = Act(event, OFFICER, who, reason, {"found": finding.value})
    kept = keep(tx, node, INSPECTION, found.id, after, act)
    wake(tx, of_house(held.passport.about))
    return kept


def find_inspection(tx: Transaction, identity: str) -> Dossier[Inspection]:
    """A passport by its id, or by its number where that is the only one. Raises NotFound."""
    exact = find_dossier(tx, INSPECTION, identity)
    if exact is not None:
        return exact
    several = linked(tx, INSPECTION, "number", identity)
    if len(several) != 1:
        names = ", ".join(one.id for one in several[:5]) or "nothing"
        raise NotFound(what=f"the inspection {identity} alone ({names})")
    return dossier_of(tx, INSPECTION, several[0].id)


def inspections_of(tx: Transaction, written: str) -> list[Dossier[Inspection]]:
    """Passports on a house: as they have it, or as people write it, `CONSIGNMENT/HOUSE`."""
    names = (written, *(as_key(*one) for one in two_meant(written)))
    found = {one.id: one for name in names for one in linked(tx, INSPECTION, "house", name)}
    return [found[identity] for identity in sorted(found)]


def _let_go(tx: Transaction, one: Dossier[Inspection], direction: str) -> Dossier[Inspection]:
    """A passport as it is offered: who relied on it and came to nothing has not spent it."""
    case = find_case(tx, one.state.relied_on_by.get(direction, ""))
    if case is not None and case.state not in _NOTHING:
        return one
    left = {way: by for way, by in one.state.relied_on_by.items() if way != direction}
    return replace(one, state=msgspec.structs.replace(one.state, relied_on_by=left))


def _offered(tx: Transaction, node: Node, one: Dossier[Inspection], house: HouseFacts) -> Offered:
    """A passport as the law asks of it, with its body, signature and trust."""
    held = one.state
    passport = held.passport
    body = body_for(tx, passport.body_code)
    key = body.key(passport.key_id, passport.inspected_day) if body else None
    signed = key is not None and is_signed(passport, node.administration, bytes.fromhex(key.public))
    return Offered(
        id=one.id,
        passport=passport,
        administration=held.administration,
        standing=held.standing,
        body=body,
        signed=signed,
        trust=trust_for(tx, passport.body_code, passport.method).state,
        because=held.because,
        spent_on=_number(tx, held.relied_on_by[house.direction]) if is_spent(held, house) else "",
    )


def _number(tx: Transaction, case_id: str) -> str:
    """As people call a declaration."""
    case = find_case(tx, case_id)
    return case.number if case else case_id


def _grounds(identity: str, found: Sequence[Owed], law: RecognitionLaw) -> dict[str, Any]:
    """What is kept of a judgement: the edition of the law, and each examination's outcome."""
    said = {
        examination.kind.value: f"{one.verdict} {one.code}".strip()
        for examination in found
        for one in examination.judgements
        if one.id == identity
    }
    return {"examinations": said, "law": law.digest}


def _name(peer: str, passport: Passport) -> str:
    """How a passport is called here: numbers are given by bodies, so two may give the same."""
    return f"{peer} {as_key(passport.body_code or passport.body, passport.inspection_no)}"


def _links(held: Inspection) -> dict[str, list[str]]:
    passport = held.passport
    return {
        "house": [passport.about],
        "number": [passport.inspection_no],
    }
