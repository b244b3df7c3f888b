"""Parties and powers of attorney as the node keeps them.

A firm is kept by its national number with its names in each script, side by side, each with who
wrote it so. A person is never kept here by name: powers have the node's pseudonym of the number.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from silkport.courses.attorney import Acting, Entitled, entitled, may
from silkport.kernel.errors import InvalidValue
from silkport.kernel.ids import pseudonyms
from silkport.kernel.limits import MAX_NAME_CHARACTERS, MAX_PARTY_CODE
from silkport.kernel.party_errors import NoPower, NoRole, NotPrincipal, PowerDiffers
from silkport.kernel.periods import day_of
from silkport.model.messages import Competence
from silkport.model.parties import NO_END, Deed, Entering, Name, Party, Power, Role, Script
from silkport.model.states import Actor
from silkport.node.dossiers import Act, DossierKind, dossier_of, every_linked, find_dossier, keep
from silkport.node.law.calendars import timetable
from silkport.node.sovereign import Node
from silkport.node.state.contract import Transaction
from silkport.node.workflow.awaiting import of_power, wake
from silkport.node.workflow.people import PREFIX, is_of_a_person

PARTY = DossierKind("party", Party)
POWER = DossierKind("power", Power)
_BETWEEN = "between"
_CUSTOMS = frozenset({Competence.CUSTOMS})
_ORDER = {script: place for place, script in enumerate(Script)}


def called(node: Node, code: str) -> str:
    """How a party stands in what is kept: its number, of a person the node's pseudonym.

    A person may also be named as in a declaration that is kept.
    """
    if code.startswith(PREFIX):  # after an erasure a pseudonym has a number behind it
        return f"person-{code.removeprefix(PREFIX).partition('.')[0]}"
    stated = code.strip().upper()
    if not stated or len(stated) > MAX_PARTY_CODE or not stated.isprintable():
        reason = f"it has 1 to {MAX_PARTY_CODE} printable characters"
        raise InvalidValue(
            what="the number of a party", value=stated[:MAX_PARTY_CODE], reason=reason
        )
    if is_of_a_person(stated):
        return f"person-{pseudonyms(node.pseudonym_key, [stated])[0]}"
    return stated


def register_party(
    node: Node, code: str, country: str, roles: Mapping[Role, tuple[int, int]], *, who: str
) -> Party:
    """Registers a firm or office in roles, or in other roles than before; durable when it returns.

    Args:
        roles: by role the days from and until (exclusive) which it holds.
    Raises InvalidValue for a person, who is named in powers and declarations alone.
    """
    name = called(node, code)
    if is_of_a_person(code):
        reason = "persons are not kept as parties; a power of attorney names them by pseudonym"
        raise InvalidValue(what="a party", value="a person's number", reason=reason)
    if any(start >= stop for start, stop in roles.values()):
        raise InvalidValue(what="a role", value=name, reason="it ends before it begins")

    def register(tx: Transaction) -> Party:
        known = find_dossier(tx, PARTY, name)
        before = known.state if known else Party(code=name, country=country)
        party = msgspec.structs.replace(before, country=country, roles={**before.roles, **roles})
        facts = {role.value: list(days) for role, days in roles.items()}
        keep(tx, node, PARTY, name, party, Act("register", "officer", who, facts=facts))
        return party

    return node.state.write(register)


def write_name(node: Node, code: str, name: Name) -> Party:
    """Keeps how a party is written in one script, beside the others.

    A party's own spelling is not replaced by somebody else's. Raises NotFound, InvalidValue.
    """
    text = name.text.strip()
    if not 0 < len(text) <= MAX_NAME_CHARACTERS or not text.isprintable() or not name.by.strip():
        reason = f"it has up to {MAX_NAME_CHARACTERS} printable characters, and who wrote it so"
        raise InvalidValue(what="a name", value=text[:MAX_NAME_CHARACTERS], reason=reason)

    def write(tx: Transaction) -> Party:
        party = dossier_of(tx, PARTY, called(node, code)).state
        known = next((one for one in party.names if one.script is name.script), None)
        if known is not None and known.is_own and not name.is_own:
            reason = f"the party itself writes {known.text}"
            raise InvalidValue(what="a name", value=text, reason=reason)
        others = tuple(one for one in party.names if one.script is not name.script)
        names = tuple(sorted((*others, name), key=lambda one: _ORDER[one.script]))
        changed = msgspec.structs.replace(party, names=names)
        facts = {"script": name.script.value, "own": name.is_own}
        keep(tx, node, PARTY, party.code, changed, Act("name", "officer", name.by, facts=facts))
        return changed

    return node.state.write(write)


def give_power(
    node: Node, power: Power, *, who: str, entering: Entering = Entering.PRINCIPAL
) -> Power:
    """Keeps a power of attorney; the same again changes nothing.

    Args:
        who: the principal by his number, or the officer who enters it for him.
    Raises PowerDiffers; NotPrincipal, NotCompetent and NoRole as `_demand_entering` does.
    """
    principal, representative = (
        called(node, one) for one in (power.principal, power.representative)
    )
    kept = msgspec.structs.replace(power, principal=principal, representative=representative)

    def give(tx: Transaction) -> Power:
        by = _demand_entering(tx, node, kept, who, entering)
        known = find_dossier(tx, POWER, kept.number)
        if known is not None:
            if msgspec.structs.replace(known.state, revoked=NO_END) != kept:
                raise PowerDiffers(number=kept.number)
            return known.state
        links = {_BETWEEN: [f"{principal} {representative}"]}
        keep(tx, node, POWER, kept.number, kept, Act("give", *by), links=links)
        wake(tx, of_power(principal, representative))
        return kept

    return node.state.write(give)


def revoke_power(
    node: Node,
    number: str,
    day: int,
    *,
    who: str,
    reason: str,
    entering: Entering = Entering.PRINCIPAL,
) -> Power:
    """Ends a power as of a day; what was done under it before stands.

    Raises NotFound; NotPrincipal, NotCompetent and NoRole as `_demand_entering` does.
    """

    def revoke(tx: Transaction) -> Power:
        known = dossier_of(tx, POWER, number).state
        by = _demand_entering(tx, node, known, who, entering)
        revoked = msgspec.structs.replace(known, revoked=min(day, known.revoked))
        if revoked != known:
            act = Act("revoke", *by, reason, {"day": day})
            keep(tx, node, POWER, number, revoked, act)
        return revoked

    return node.state.write(revoke)


def _demand_entering(
    tx: Transaction, node: Node, power: Power, who: str, entering: Entering
) -> tuple[str, str]:
    """By whom a power is given or ended, as it is kept: nobody gives himself power over another.

    Args:
        power: with its parties as they are called here.
    Raises NotPrincipal; NotCompetent where this node has no officers; NoRole for an officer who is
    registered here as something else.
    """
    if entering is Entering.OFFICER:
        node.demand(_CUSTOMS, "enter a power of attorney")
        demand_named(tx, node, who, Deed.DECIDE)
        return Actor.OFFICER.value, who
    name = _called_if_named(node, who)
    if name != power.principal:
        raise NotPrincipal(who=name or who[:MAX_PARTY_CODE], number=power.number)
    return Actor.DECLARANT.value, name  # of a person the pseudonym, as in the power


def _called_if_named(node: Node, who: str) -> str:
    """How somebody stands in what is kept; "" where what is stated can be no number."""
    try:
        return called(node, who)
    except InvalidValue:
        return ""


def power_to(tx: Transaction, node: Node, what: Acting) -> Entitled:
    """Whether somebody may act for another, by the powers kept here."""
    principal, representative = called(node, what.principal), called(node, what.representative)
    asked = Acting(principal, representative, what.deed, what.procedure, what.direction, what.day)
    known = every_linked(tx, POWER, _BETWEEN, f"{principal} {representative}")
    return entitled(asked, [one.state for one in known])


def demand_power(tx: Transaction, node: Node, what: Acting) -> Power | None:
    """The power under which somebody acts; None where he acts for himself. Raises NoPower."""
    found = power_to(tx, node, what)
    if not found.is_so:
        raise NoPower(
            representative=what.representative,
            principal=what.principal,
            deed=what.deed.value,
            reason=found.reason,
        )
    return found.power


def between(declared: Mapping[str, int | str], direction: str) -> tuple[str, str]:
    """Whose goods a declaration is about, and who declares them; "" where nobody is named."""
    role = {"import": "consignee_code", "export": "consignor_code"}.get(direction, "")
    return str(declared.get(role, "")), str(declared.get("declarant_code", ""))


def power_of_declarant(
    tx: Transaction, node: Node, declared: Mapping[str, int | str], direction: str
) -> Entitled:
    """Whether the declarant may declare for whose goods they are.

    Of an import these are the consignee's, of an export the consignor's. In transit the declarant
    answers for them himself, and no power is asked.

    Args:
        declared: columns of DECLARATION, as declared or as kept.
    """
    principal, representative = between(declared, direction)
    if not principal or not representative:
        return Entitled()  # the form is for other rules
    day, procedure = int(declared.get("decl_day", -1)), str(declared.get("procedure", ""))
    return power_to(
        tx, node, Acting(principal, representative, Deed.DECLARE, procedure, direction, day)
    )


def demand_named(tx: Transaction, node: Node, who: str, *deeds: Deed) -> Party | None:
    """Who acts, if he is registered here: then in a role that may do one of these deeds today.

    A name that is no registered number is whoever the operator let in: None. Raises NoRole.
    """
    name = _called_if_named(node, who)
    found = find_dossier(tx, PARTY, name) if name else None
    if found is None:
        return None
    day = timetable(node.administration).calendar.time.day_at(node.now())
    if any(may(found.state, one, day) for one in deeds):
        return found.state
    return demand_role(tx, node, who, deeds[0], day)


def demand_role(tx: Transaction, node: Node, code: str, deed: Deed, day: int) -> Party:
    """The party, if it may do a deed on a day. Raises NoRole."""
    found = find_dossier(tx, PARTY, called(node, code))
    party = found.state if found else None
    if party is None or not may(party, deed, day):
        raise NoRole(party=code[:MAX_PARTY_CODE], day=f"{day_of(day)}", deed=deed.value)
    return party
