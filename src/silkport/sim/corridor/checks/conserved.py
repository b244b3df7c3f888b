"""Balances: what was opened is free, reserved and used; nothing is drawn without its case.

Every entry of every drawing is added up here by itself, and compared with what balances say.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from silkport.model.balances import Balance, Drawing, Entry
from silkport.model.states import RELEASED_STATES, State
from silkport.node.corridor.balances import BALANCE, DRAWING
from silkport.node.corridor.guarantees import matter_of
from silkport.node.corridor.securing import secured_matter
from silkport.node.workflow.cases import find_case
from silkport.sim.corridor.checks.tables import Message, inbox, kept, own_records, parked, told
from silkport.sim.corridor.sites import Site
from silkport.sim.corridor.world import World

_ENDED = frozenset((State.REFUSED, State.REGISTRATION_REFUSED, State.WITHDRAWN))
_TRANSIT, _SECURED = matter_of(""), secured_matter("")
_RECEIPT, _PERMIT = "receipt ", "permit "

Sums = dict[str, Counter[str]]
"""By balance: opened, reserved and used."""

Receipts = set[tuple[str, str, int]]
"""Node, number and amount of every receipt that was handed in."""


def conserved(world: World) -> Iterator[str]:
    """Every balance and every drawing of each node."""
    for site in world.sites.values():
        drawings = [one.state for one in kept(site, DRAWING)]
        sums: Sums = {}
        for drawing in drawings:
            held = _added(drawing.entries, sums)
            yield from _one(site, drawing, held, world.ledger.receipts)
        yield from _balances(site, sums)


def _added(entries: tuple[Entry, ...], sums: Sums) -> dict[tuple[str, int], Counter[str]]:
    """What each line of a matter holds by its entries; adds it to what balances should say."""
    held: dict[tuple[str, int], Counter[str]] = {}
    for one in entries:
        now = held.setdefault((one.balance, one.line), Counter())
        balance = sums.setdefault(one.balance, Counter())
        moved: Counter[str] = Counter()
        if one.event == "top_up":
            moved["opened"] = one.amount
        elif one.event == "reserve":
            moved["reserved"] = one.amount
        elif one.event == "free":
            moved["reserved"] = -one.amount
        elif one.event == "use":
            from_reserve = min(one.amount, now["reserved"])
            moved.update(reserved=-from_reserve, used=one.amount)
            now["settled"] = 1
        else:
            part = "used" if now["settled"] else "reserved"
            moved[part] = one.amount - now[part]
        now.update(moved)
        balance.update(moved)
    return held


def _one(
    site: Site, drawing: Drawing, held: dict[tuple[str, int], Counter[str]], receipts: Receipts
) -> Iterator[str]:
    """One matter: known, entered once, settled or freed when its case is."""
    what = f"{site.id}: the drawing of {drawing.matter}"
    keys = Counter((one.cause, one.line, one.balance) for one in drawing.entries)
    if doubled := [key for key, times in keys.items() if times > 1]:
        yield f"{what} has an entry twice: {doubled[0]}"
    if any(min(now["reserved"], now["used"]) < 0 for now in held.values()):
        yield f"{what} holds less than nothing"
    reserved = sum(now["reserved"] for now in held.values())
    used = sum(now["used"] for now in held.values())
    if drawing.matter.startswith(_RECEIPT):
        number = drawing.matter.removeprefix(_RECEIPT)
        paid = [(site.id, number, one.amount) for one in drawing.entries if one.event == "top_up"]
        if len(drawing.entries) != 1 or not receipts.issuperset(paid) or not paid:
            yield f"{what} is not one payment that was handed in"
        return
    identity = drawing.matter.removeprefix(_TRANSIT).removeprefix(_SECURED)
    case = site.read(lambda tx: find_case(tx, identity))
    if case is None:
        yield f"{what} is of no declaration"
        return
    if drawing.matter.startswith(_TRANSIT):
        yield from _freed(site, drawing)
        if case.state in _ENDED and reserved:
            yield f"{what} has {reserved} in reserve, and {case.number} is {case.state}"
    elif case.state in _ENDED and (reserved or used):
        yield f"{what} holds {reserved} and {used}, and {case.number} is {case.state}"
    elif drawing.matter.startswith(_SECURED):
        yield from _claimed(site, drawing, used)
    elif case.state in RELEASED_STATES and reserved:
        yield f"{what} has {reserved} in reserve, and {case.number} is {case.state}"
    else:
        yield from _given_back(site, drawing)


def _claimed(site: Site, drawing: Drawing, used: int) -> Iterator[str]:
    """What only answers is used by an officer's claims alone, and those wait for the day."""
    what = f"{site.id}: the drawing of {drawing.matter}"
    moved = [one for one in drawing.entries if one.event == "use"]
    given_back = any(one.event == "correct" for one in drawing.entries)
    if used != (0 if given_back else sum(one.amount for one in moved)):
        yield f"{what} uses {used}, which is not what was claimed"
    acts = told(site, DRAWING, drawing.matter)
    claims = [n for n, one in enumerate(acts) if one["event"] == "claim" and one["by"] == "officer"]
    if len(claims) != len(moved):
        yield f"{what} was used {len(moved)} times and claimed {len(claims)} times"
    for n in claims:
        over = [one["event"] for one in acts[:n]].count("overdue")
        if drawing.deferral is not None and not over:
            yield f"{what} was claimed while it was in time"


def _given_back(site: Site, drawing: Drawing) -> Iterator[str]:
    """Of what was used of permits only an officer gives something back, whoever asks for it."""
    deciding = ("accept_act", "cancel")
    decided = {
        one["at"]
        for one in own_records(site, drawing.matter)
        if one["event"] in deciding and one["by"] == "officer"
    }
    used: Counter[tuple[str, int]] = Counter()
    for at in sorted({one.at for one in drawing.entries}):
        before: Counter[str] = Counter()
        for (balance, _), amount in used.items():
            before[balance] += amount
        for one in drawing.entries:
            if one.at == at and one.balance.startswith(_PERMIT) and one.event in ("use", "correct"):
                kept = used[one.balance, one.line] if one.event == "use" else 0
                used[one.balance, one.line] = kept + one.amount
        for balance in before:
            now = sum(amount for (name, _), amount in used.items() if name == balance)
            if now < before[balance] and at not in decided:
                yield f"{site.id}: {drawing.matter} gives {balance} back, and no officer said so"


def _balances(site: Site, sums: Sums) -> Iterator[str]:
    """What each balance says is what it was opened with and what was entered."""
    for one in kept(site, BALANCE):
        state: Balance = one.state
        if state.carried:
            continue
        begun = told(site, BALANCE, state.id)[0]["facts"]["opened"]  # its first page
        sum_ = sums.pop(state.id, Counter())
        opened = None if begun is None else begun + sum_["opened"]
        free = None if opened is None else opened - sum_["reserved"] - sum_["used"]
        said = (state.opened, state.free, state.reserved, state.used)
        follows = (opened, free, sum_["reserved"], sum_["used"])
        if said != follows:
            yield f"{site.id}: {state.id} says {said}, by its entries it is {follows}"
        if min(x for x in said if x is not None) < 0:
            yield f"{site.id}: {state.id} is below zero: {said}"
    for identity in sums:
        yield f"{site.id}: {identity} is drawn upon and not there"


def _freed(site: Site, drawing: Drawing) -> Iterator[str]:
    """A guarantee is freed once for each time: by an arrival that was told, or by an officer."""
    transit = drawing.transit
    what = f"{site.id}: the guarantee of {drawing.matter}"
    if transit is None:
        yield f"{what} is of no transit"
        return
    acts = told(site, DRAWING, drawing.matter)
    freeing = [one for one in acts if one["event"] == "arrive"]
    moves = [one["event"] for one in acts if one["event"] in ("reserve", "arrive")]
    if "arrive arrive" in " ".join(["arrive", *moves]):
        yield f"{what} was freed twice"
    for one in freeing:
        if one["by"] == "officer":
            continue
        told_of = [] if one["who"] == site.id else _arrivals(site, one["who"])
        houses = [
            (str(m.fields["body"]["consignment_no"]), str(m.fields["body"].get("house_no", "")))
            for m in told_of
        ]
        ended = one["who"] == site.id and _ended_at(site, transit.case, one["at"])
        if not ended and (transit.consignment_no, transit.house_no) not in houses:
            yield f"{what} was freed by {one['who']}, who told of no arrival"


def _ended_at(site: Site, identity: str, at: int) -> bool:
    """Whether a declaration was refused or withdrawn at a moment: nothing sets out then."""
    return any(one["to"] in _ENDED and one["at"] == at for one in own_records(site, identity))


def _arrivals(site: Site, peer: str) -> list[Message]:
    waiting = parked(site, peer)
    return [m for m in inbox(site, peer) if m.name == "arrival_notice" and m.seq not in waiting]
