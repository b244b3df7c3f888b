"""Permits and certificates written off by what a declaration takes of them, not by yes or no.

On registration what the lines need is reserved, on release it is used; both sides of an amendment
and of a correction are set anew. A permit that cannot answer becomes a finding with who must act:
the declaration is held, and the next one that can use it is not kept waiting by it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from silkport.courses.write_off import (
    NOT_IN_FORCE,
    UNKNOWN,
    UNMEASURED,
    Goods,
    Missing,
    Need,
    Want,
    dated,
    finding,
    in_order,
    objection,
    plan,
    short,
    take,
)
from silkport.kernel.findings import Finding
from silkport.kernel.periods import day_of
from silkport.kernel.quantities import Quantity
from silkport.law.permits import Permit, permits_for
from silkport.model.balances import Balance, BalanceKind, balance_id
from silkport.model.columns import MISSING
from silkport.node.corridor.balances import Ledger, drawings_of, holder_name, is_kept
from silkport.node.sovereign import Node
from silkport.node.state.contract import Transaction

_PARTIES = ("declarant_code", "consignor_code", "consignee_code")
_SAYS_SOMETHING = re.compile(r"[^\W_]")
_NAMED = 5
_TARGET = {"export": "destination_country"}

Cells = Mapping[str, Any]


def needs_of(
    node: Node,
    declaration: Cells,
    goods: Iterable[Cells],
    *,
    direction: str,
    permits: Sequence[Permit],
) -> list[Need]:
    """What the lines of a declaration name in box 44 that could be written off.

    Args:
        declaration, goods: columns of DECLARATION and GOODS, as declared or as kept.
        direction: import, export or transit.
        permits: those that the law demands, of all days (`law.permits`).
    """
    day = int(declaration.get("decl_day", MISSING))
    procedure = str(declaration.get("procedure", ""))
    of_house = papers_in(str(declaration.get("documents", "")))
    parties = frozenset(
        holder_name(node, str(declaration[name])) for name in _PARTIES if declaration.get(name)
    )
    needs = []
    for row in goods:
        of_line = papers_in(str(row.get("documents", "")))
        hs, origin = str(row.get("hs_code", "")), str(row.get("origin", ""))
        one = Goods(
            line=int(row["gnum"]),
            hs=hs,
            country=str(declaration.get(_TARGET.get(direction, ""), origin)),
            procedure=procedure,
            direction=direction,
            parties=parties,
            day=day,
            mass_mg=int(row.get("net_mass_mg", MISSING)),
            quantities=_quantities(row),
        )
        wanted = permits_for(
            permits,
            hs=hs,
            direction=direction,
            day=day_of(day),
            procedure=procedure,
            origin=origin,
        )
        demanded = {permit.kind for permit in wanted}
        for paper in dict.fromkeys((*of_line, *of_house)):
            numbers = of_line.get(paper) or of_house[paper]
            needs.append(Need(paper=paper, numbers=numbers, goods=one, demanded=paper in demanded))
    return needs


def papers_in(box: str) -> dict[str, tuple[str, ...]]:
    """The numbers in a box 44, each once, by kind of document: "V01 KZ 1; V01 KZ 2"."""
    found: dict[str, tuple[str, ...]] = {}
    for paper in box.split(";"):
        kind, _, number = paper.strip().partition(" ")
        if kind and _SAYS_SOMETHING.search(number):
            found[kind] = tuple(dict.fromkeys((*found.get(kind, ()), number.strip())))
    return found


def _quantities(row: Cells) -> tuple[Quantity, ...]:
    stated = [(row.get(f"qty{n}_e5", MISSING), row.get(f"unit{n}", "")) for n in ("", "2")]
    return tuple(Quantity(int(value), str(unit)) for value, unit in stated if unit and value >= 0)


def write_off(tx: Transaction, node: Node, case_id: str, lines: Sequence[Need]) -> list[Finding]:
    """Sets what a declaration has of permits to what its lines need; again it changes nothing.

    Reserved before release, used after it (`balances.settle`), so that the same call serves
    registration, amendment, reopening and correction. A line whose permit does not answer takes
    nothing of it; after release, when the goods are gone, it takes what there is.

    Args:
        lines: `needs_of` the version that holds.
    Returns findings by line: who must act is among the facts of each.
    """
    ledger = Ledger.of(tx, node, case_id)
    own = ledger.has(BalanceKind.PERMIT)
    findings: list[Finding] = []
    wants: list[tuple[Want, Need]] = []
    for need in lines:
        want, found = _want(ledger, need, {identity for identity, _ in own})
        findings += found
        if want is not None:
            wants.append((want, need))
    places = {one.balance for want, _ in wants for one in want.takes}
    day = lines[0].goods.day if lines else 0
    targets, missing = plan(
        {identity: ledger.free(identity, own, day) for identity in places},
        [want for want, _ in wants],
        partial=ledger.drawing.settled,
    )
    named = dict(wants)
    findings += [_short(ledger, one, named[one.want]) for one in missing]
    ledger.set_to(own, targets, "write off", day)
    ledger.finish("write_off")
    return sorted(findings, key=lambda one: (one.line, one.code))


def _want(ledger: Ledger, need: Need, own: set[str]) -> tuple[Want | None, list[Finding]]:
    """What a line wants of the permits that it names; or why none of them answers for it."""
    goods, case = need.goods, ledger.drawing.matter
    known: list[Balance] = []
    for number in need.numbers:
        found = ledger.find(balance_id(BalanceKind.PERMIT, number, need.paper))
        if found is not None:
            known.append(found)
    why = {one.id: _objection(one, goods, own) for one in known}
    fit = [one for one in in_order(known) if not why[one.id]]
    if fit:
        return Want(goods.line, tuple(take(one, goods) for one in fit)), []
    if not need.demanded:
        return None, []
    if known:
        nearest = max(known, key=lambda one: why[one.id])  # the objection that comes last
        return None, [_objected(case, need, nearest, why[nearest.id])]
    if is_kept(ledger.tx, need.paper):
        permit = f"{need.paper} {need.numbers[0]}"
        return None, [finding(UNKNOWN, case, goods.line, {"permit": permit})]
    return None, []  # nobody registers permits of this kind here: box 44 is all there is


def _objection(balance: Balance, goods: Goods, own: set[str]) -> str:
    """As `objection`; what was taken of a balance stays when it is closed or renewed."""
    found = objection(balance, goods)
    return "" if found == NOT_IN_FORCE and balance.id in own else found


def _objected(case: str, need: Need, balance: Balance, code: str) -> Finding:
    facts: dict[str, str] = {"permit": f"{need.paper} {balance.number}", "source": balance.source}
    if code == NOT_IN_FORCE:
        facts |= {"day": str(day_of(need.goods.day)), **dated(balance)}
    elif code == UNMEASURED:
        facts["unit"] = balance.unit
    else:
        facts |= {"hs_code": need.goods.hs, "country": need.goods.country}
    return finding(code, case, need.goods.line, facts)


def _short(ledger: Ledger, missing: Missing, need: Need) -> Finding:
    """Too little is left, with the matters that have the rest: a certificate used twice."""
    case, balance = ledger.drawing.matter, ledger.balance(missing.first.balance)
    some = drawings_of(ledger.tx, balance.id, _NAMED + 1)
    others = [one.matter for one in some if one.matter != case]
    permit = f"{need.paper} {balance.number}"
    return short(missing, case, permit, balance.source, others[:_NAMED])
