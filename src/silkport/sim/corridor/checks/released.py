"""Nothing is released unpresented, unpaid or unsecured, uninspected, or declared without a power.

What is demanded is read from the data of the administration, what was done from the log: the events
of the declaration, the entries of its drawing, the passports on its house.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from silkport.kernel.periods import day_of
from silkport.model.inspections import Inspection, Passport, statement_of
from silkport.model.parties import Deed
from silkport.model.states import RELEASED_STATES
from silkport.node.corridor.balances import DRAWING
from silkport.node.corridor.inspections import INSPECTION, SIGNED_AS
from silkport.node.corridor.parties import POWER
from silkport.node.corridor.securing import secured_matter
from silkport.node.corridor.transports import TRANSPORT
from silkport.node.dossiers import find_dossier
from silkport.node.exchange.keys import verify
from silkport.node.law.books import administrations
from silkport.node.workflow.cases import Case
from silkport.sim.corridor.bodies import PUBLIC
from silkport.sim.corridor.checks.tables import (
    act_place,
    declarations,
    event_place,
    kept,
    own_records,
    told,
)
from silkport.sim.corridor.mixes import DAY
from silkport.sim.corridor.sites import Site
from silkport.sim.corridor.world import World

_RELEASED = {state.value for state in RELEASED_STATES}
_PHYSICAL = frozenset("x_ray weighing opening sampling health plant veterinary conformity".split())
_OWNER = {"import": "consignee_code", "export": "consignor_code"}
_NOT_ASKED = frozenset({"withdraw", "close", "load"})
_RELIED_ON, _REPLACES = frozenset({"recognise", "draw"}), frozenset({"replace", "withdraw"})
Record = Mapping[str, Any]


def released(world: World) -> Iterator[str]:
    """Each declaration that was released, at the moment at which it was."""
    for site in world.sites.values():
        for identity in declarations(site) if site.office.demands is not None else ():
            case, records = site.case(identity), own_records(site, identity)
            for place, record in enumerate(records):
                if record["to"] in _RELEASED and record["from"] not in _RELEASED:
                    yield from _at(site, case, records[:place], record)
            yield from _paid(site, case, records)
            filed = [one["at"] for one in records if one["event"] == "file"]
            if case.decl_day >= 0 and filed and case.decl_day != site.office.day(filed[-1]):
                yield f"{site.id}: {case.number} is not of the day on which it was filed"
            yield from _secured(site, case, records)
        yield from _recognised(site)
        yield from _spent_twice(site)
        yield from _empowered(site)


def _at(site: Site, case: Case, before: Sequence[Record], record: Record) -> Iterator[str]:
    """What lacked at a release; `before` are the events that came before it."""
    what = f"{site.id}: {case.number} was {record['to']}"
    place = event_place(site, case.id, record)
    demanded = _demanded(site, case, conditional=record["to"] == "conditionally_released")
    if "presentation" in demanded and not _presented(before):
        yield f"{what} and not presented"
    if "presentation" in demanded and (away := _never_arrived(site, case, place)):
        yield f"{what}, and {away} never arrived"
    if "inspection" in demanded:
        yield from _examined(site, case, before, record)
    if "power" in demanded and not _entitled(site, case, place):
        yield f"{what}, and who declared it had no power"


@cache
def _data(folder: str, name: str) -> Mapping[str, Any]:
    path = files("silkport") / "countries" / folder / name
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _in_force(rows: Sequence[Record], day: int) -> list[Record]:
    on = day_of(max(day, 0))
    return [one for one in rows if one["start"] <= on < one.get("stop", date.max)]


def _demanded(site: Site, case: Case, *, conditional: bool) -> set[str]:
    """Kinds of what the law demands of a declaration, less what a conditional release waives."""
    procedure = str(case.document["declaration"].get("procedure", ""))
    return {
        one["kind"]
        for one in _in_force(_data(site.role.administration, "release.toml")["demand"],
                             case.decl_day)
        if case.direction in one["directions"]
        and procedure in one.get("procedures", [procedure])
        and not (conditional and one.get("waived"))
    }  # fmt: skip


def _presented(before: Sequence[Record]) -> bool:
    """Whether its goods were there: registered with them, or presented since."""
    there = [one["event"] for one in before if one["event"] in ("register", "register_early",
                                                                "present")]  # fmt: skip
    return there[-1:] != ["register_early"]


def _never_arrived(site: Site, case: Case, place: int) -> str:
    """A transport that carried a house here and of which nobody had said that it arrived."""
    key = (case.consignment_no, case.house_no)
    for one in kept(site, TRANSPORT) if case.direction != "export" else ():
        houses = [house for house in one.state.houses if house.key == key and not house.legs]
        events = [
            act["event"]
            for act in (told(site, TRANSPORT, one.id) if houses else ())
            if act_place(site, TRANSPORT, one.id, act) < place
        ]
        known = bool(events) and not _NOT_ASKED.intersection(events)
        if houses and known and not {"arrive", "present"}.intersection(events):
            return str(one.id)
    return ""


# Paid.


def _paid(site: Site, case: Case, records: Sequence[Record]) -> Iterator[str]:
    """What is used of money is what is owed; after a correction what lacks is named."""
    if case.state not in RELEASED_STATES:
        return
    conditional = case.state == "conditionally_released"
    if "payment" not in _demanded(site, case, conditional=conditional):
        return
    row = case.decision["decision"]
    later = sum(
        one["amount_minor"] for one in case.decision["tax_lines"] if one["feature"] == "deferred"
    )
    owed = row["total_minor"] - row["secured_minor"] - later
    paid = _used_money(site, case.id)
    if paid == owed:
        return
    corrected = any(one["event"] in ("correct", "accept_act") for one in records)
    named = told(site, DRAWING, case.id)
    what = f"{site.id}: {case.number} is {case.state}, owes {owed} and {paid} was paid"
    kept = paid > owed and _guaranteed(site, case.id) >= _under_guarantee(case)
    if kept or not corrected or not named:
        yield what


def _under_guarantee(case: Case) -> int:
    """What is secured or deferred instead of being paid, in minor units."""
    lines = case.decision["tax_lines"]
    return sum(one["amount_minor"] for one in lines if one["feature"] in ("secured", "deferred"))


def _secured(site: Site, case: Case, records: Sequence[Record]) -> Iterator[str]:
    """What is not paid of an import is reserved from a guarantee, or was let go by an officer."""
    if case.state not in RELEASED_STATES or case.direction == "transit":
        return
    conditional = case.state == "conditionally_released"
    if "guarantee" not in _demanded(site, case, conditional=conditional):
        return
    owed, has = _under_guarantee(case), _guaranteed(site, case.id)
    corrected = any(one["event"] in ("correct", "accept_act") for one in records)
    if has < owed and not corrected:
        yield f"{site.id}: {case.number} is {case.state}, secures {owed} and {has} is reserved"


def _guaranteed(site: Site, identity: str) -> int:
    """What is reserved of guarantees or an officer ended, by the entries alone."""
    found = site.read(lambda tx: find_dossier(tx, DRAWING, secured_matter(identity)))
    sum_ = 0
    for one in found.state.entries if found else ():
        if one.event == "reserve":
            sum_ += one.amount
        elif not one.cause.startswith(("discharge", "claim")):
            sum_ -= one.amount
    return sum_


def _used_money(site: Site, identity: str) -> int:
    """What a declaration uses of money, by its entries alone."""
    found = site.read(lambda tx: find_dossier(tx, DRAWING, identity))
    used: dict[str, int] = {}
    for one in found.state.entries if found else ():
        if one.balance.startswith("money "):
            if one.event == "use":
                used[one.balance] = used.get(one.balance, 0) + one.amount
            elif one.event == "correct" and one.balance in used:
                used[one.balance] = one.amount
    return sum(used.values())


# Inspected.


def _examined(site: Site, case: Case, before: Sequence[Record], record: Record) -> Iterator[str]:
    """Each examination owed was done here, or somebody's good result takes its place."""
    if _looked_into(before):
        return
    place = event_place(site, case.id, record)
    passports, gone = _passports(site, case, place), _replaced_since(site, case, place)
    for kind, methods in _owed(site, case).items():
        if kind not in gone and not any(one.passport.method in methods for one in passports):
            yield f"{site.id}: {case.number} was {record['to']} and {kind} was not done"


def _looked_into(records: Sequence[Record]) -> bool:
    """Whether the goods of the newest version were examined here."""
    events = [one["event"] for one in records]
    versions = [n for n, event in enumerate(events) if event in ("file", "amend")]
    since = events[versions[-1] :] if versions else events
    return any(event in ("inspect", "receive_result") for event in since)


def _owed(site: Site, case: Case) -> dict[str, set[str]]:
    """Kinds of physical examinations that the data ask for, with the methods that replace them."""
    own = site.role.administration
    other = _administration(case)
    pair = "_".join(sorted((own, other)))
    if not other or not (files("silkport") / "countries" / pair).is_dir():
        return {}
    law, lane = _data(pair, "recognition.toml"), case.decision["decision"]["lane"]
    codes = [str(one["hs_code"]) for one in case.document["goods"]]
    owed = {}
    for one in _in_force(law.get("examination", []), case.decl_day):
        mine = one["side"] == own and case.direction in one["directions"]
        fits = lane in one.get("lanes", [lane])
        fits &= "hs" not in one or any(code.startswith(tuple(one["hs"])) for code in codes)
        if mine and fits and one["kind"] in _PHYSICAL:
            owed[one["kind"]] = _methods(law, own, one["kind"], case.decl_day)
    return owed


def _administration(case: Case) -> str:
    """The administration on the other side; "" for one that is not of this world."""
    name = "destination_country" if case.direction == "export" else "departure_country"
    country = str(case.document["declaration"].get(name, "")).lower()
    return country if country in administrations() else ""


def _methods(law: Mapping[str, Any], own: str, kind: str, day: int) -> set[str]:
    return {
        method
        for one in _in_force(law.get("recognition", []), day)
        if own in one["receivers"] and kind in one["replaces"]
        for method in one["replaces"][kind]["methods"]
    }


def _passports(site: Site, case: Case, place: int) -> list[Inspection]:
    """Good results on the house that had come before, signed by who may inspect."""
    about = (case.consignment_no, case.house_no)
    found = []
    for one in kept(site, INSPECTION):
        held, passport = one.state, one.state.passport
        if (
            held.standing != "issued"
            and (passport.consignment_no, passport.house_no) == about
            and passport.finding != "differs"
            and act_place(site, INSPECTION, one.id, told(site, INSPECTION, one.id)[0]) < place
            and _signed(site, passport)
        ):
            found.append(held)
    return found


def _replaced_since(site: Site, case: Case, place: int) -> set[str]:
    """Examinations that were spared by results which their body has replaced by others since."""
    spared = set()
    for one in kept(site, INSPECTION):
        acts = told(site, INSPECTION, one.id)
        relied = [act["facts"] for act in acts if act["event"] == "recognise"
                  and act["facts"]["case"] == case.id
                  and act_place(site, INSPECTION, one.id, act) < place]  # fmt: skip
        if relied and any(
            act["event"] in _REPLACES and act_place(site, INSPECTION, one.id, act) > place
            for act in acts
        ):
            found = relied[-1]["examinations"].items()
            spared |= {kind for kind, verdict in found if verdict == "recognised"}
    return spared


def _recognised(site: Site) -> Iterator[str]:
    """What takes the place of an inspection is signed by who may inspect, good, and in its time."""
    for one in kept(site, INSPECTION):
        passport = one.state.passport
        acts = told(site, INSPECTION, one.id)
        anew = max((n for n, act in enumerate(acts) if act["event"] in _REPLACES), default=0)
        for act in acts[anew:]:
            if act["event"] not in _RELIED_ON:
                continue
            day = act["at"] // DAY - 1  # a day of the law may begin before that of the clock
            late = bool(passport.valid_until) and passport.valid_until < f"{day_of(day)}"
            if late or not _signed(site, passport) or passport.finding != "conforms":
                yield f"{site.id}: {one.id} was {act['event']} and is worth nothing"


def _spent_twice(site: Site) -> Iterator[str]:
    """One result lets one declaration of a house go in a direction, and no other."""
    for one in kept(site, INSPECTION):
        relying: dict[str, set[str]] = {}
        for act in told(site, INSPECTION, one.id):
            case = act["facts"].get("case")
            if case and act["event"] in _RELIED_ON:
                relying.setdefault(act["facts"]["direction"], set()).add(case)
            elif case and act["event"] == "refuse":
                relying.get(act["facts"]["direction"], set()).discard(case)
        for cases in relying.values():
            gone = [
                identity
                for identity in sorted(cases)
                if site.case(identity).state in RELEASED_STATES
                and not _looked_into(own_records(site, identity))
            ]
            if len(gone) > 1:
                yield f"{site.id}: {one.id} let {len(gone)} declarations go: {', '.join(gone)}"


def _signed(site: Site, passport: Passport) -> bool:
    if not passport.signature:
        return False
    statement = statement_of(passport, site.role.administration)
    return verify(PUBLIC, SIGNED_AS, statement, bytes.fromhex(passport.signature))


# Entitled.


def _empowered(site: Site) -> Iterator[str]:
    """A power was given, and ended, by its principal or through an officer."""
    for one in kept(site, POWER):
        for act in told(site, POWER, one.id):
            if act["by"] != "officer" and act["who"] != one.state.principal:
                yield f"{site.id}: {one.id} is of {one.state.principal}, {act['event']} by another"


def _entitled(site: Site, case: Case, place: int) -> bool:
    """Whether who declared was the owner, or held his power on the legal day."""
    declared = case.document["declaration"]
    owner = str(declared.get(_OWNER.get(case.direction, ""), ""))
    declarant = str(declared.get("declarant_code", ""))
    if not owner or not declarant or owner == declarant:
        return True
    for one in kept(site, POWER):
        power = one.state
        if (power.principal, power.representative) != (_bare(owner), _bare(declarant)):
            continue
        acts = told(site, POWER, one.id)
        before = [act for act in acts if act_place(site, POWER, one.id, act) < place]
        ends = [act["facts"]["day"] for act in before if act["event"] == "revoke"]
        given = bool(before) and power.start <= case.decl_day < min([power.stop, *ends])
        if given and Deed.DECLARE in power.deeds:
            return True
    return False


def _bare(name: str) -> str:
    """A pseudonym without what an erasure put behind it."""
    return name.partition(".")[0] if name.startswith("person-") else name.upper()
