"""What stands against the release of a declaration, and what follows of itself.

Pure: the node gathers what it knows, the law says what of it is demanded. Without a hold goods are
released; a hold says who must act. A person who decides passes over what only waits for him; over
what the law demands nobody does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from silkport.courses.inspection import Owed
from silkport.kernel.findings import Effect, Finding
from silkport.law.release import Demanded, Demands
from silkport.model.inspections import Method
from silkport.model.release import OFFICER, Demand, Flag, Hold
from silkport.model.states import State

NOT_PRESENTED, TO_EXAMINE, RE_CHECK, NO_POWER = "HLD001", "HLD002", "HLD003", "HLD004"
DECIDED, NOT_EARLY, TWICE = "HLD005", "HLD006", "HLD007"
AMENDED, CANCELLED, DOCUMENTS = "HLD008", "HLD009", "HLD010"
TOO_MUCH, UNLIKE, AWAY, CHANGED = "HLD011", "HLD012", "HLD013", "HLD014"

HOLDS: Mapping[str, tuple[Effect, str]] = {
    NOT_PRESENTED: (Effect.WAIT, "carrier"),
    TO_EXAMINE: (Effect.HOLD, "officer"),
    RE_CHECK: (Effect.HOLD, "officer"),
    NO_POWER: (Effect.HOLD, "declarant"),
    DECIDED: (Effect.HOLD, "officer"),
    NOT_EARLY: (Effect.HOLD, "officer"),
    TWICE: (Effect.HOLD, "officer"),
    AMENDED: (Effect.HOLD, "declarant"),
    CANCELLED: (Effect.HOLD, "officer"),
    DOCUMENTS: (Effect.HOLD, "officer"),
    TOO_MUCH: (Effect.HOLD, "officer"),
    UNLIKE: (Effect.HOLD, "officer"),
    AWAY: (Effect.WAIT, "carrier"),
    CHANGED: (Effect.HOLD, "officer"),
}
"""By code: what it does, and who must act. Sentence, field and fix: `law/sentences/hold.toml`."""

FOR_OFFICERS = frozenset({TO_EXAMINE, RE_CHECK, UNLIKE, CHANGED})
"""For officers alone: what is to be examined, until they order it, and what an authority told
another for control."""

CONFORMS = "conforms"
"""What an officer finds when the goods are what was declared."""

PHYSICAL = frozenset(one.value for one in Method) - {Method.DOCUMENTS.value}
OPENED = (Method.X_RAY.value, Method.OPENING.value)
"""What an officer has done as well who examined goods in whatever way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of a declaration that asks for release.

    Attributes:
        presented: its goods were presented, or had arrived when it was filed.
        away: transports by whose word they are not at a post, or are held there; none where that
            word is not asked for.
        payments, permits, guarantee: findings of the balances, with who must act.
        owed: examinations of goods and documents with what replaces them.
        inspected: what was examined here, by method.
        no_power: why the declarant may not declare for the owner; "" when he may.
        decides: why an officer decides; "" where nobody need.
        not_early: what the law says that keeps it from being decided early, with its source.
        twice: other declarations of the same house under another waybill.
        too_much: those with which this one takes more of the house than there is.
        unlike: how it differs from the export that the neighbour let go; "" where it does not.
    """

    presented: bool = True
    away: Sequence[str] = ()
    payments: Sequence[Finding] = ()
    permits: Sequence[Finding] = ()
    guarantee: Sequence[Finding] = ()
    owed: Sequence[Owed] = ()
    inspected: Iterable[str] = ()
    no_power: str = ""
    decides: str = ""
    not_early: tuple[str, str, str] = ("", "", "")
    twice: Sequence[str] = ()
    too_much: Sequence[str] = ()
    unlike: str = ""
    flags: Sequence[Flag] = ()


def standing(known: Known, demands: Demands) -> tuple[Hold, ...]:
    """Everything that stands against release, in the order in which it is best put right."""
    found = [
        *_power(known, demands.get(Demand.POWER)),
        *_of(known.permits, demands.get(Demand.PERMITS)),
        *_of(known.guarantee, demands.get(Demand.GUARANTEE)),
        *_of(known.payments, demands.get(Demand.PAYMENT)),
        *_examinations(known, demands.get(Demand.INSPECTION)),
        *_presentation(known, demands.get(Demand.PRESENTATION)),
        *(_decided(TWICE, {"others": ", ".join(known.twice)}) for _ in known.twice[:1]),
        *(_decided(TOO_MUCH, {"others": ", ".join(known.too_much)}) for _ in known.too_much[:1]),
        *(_decided(UNLIKE, {"differs": one}) for one in filter(None, [known.unlike])),
        *(_decided(one.code, {"cause": one.cause}) for one in known.flags),
    ]
    says, source, confidence = known.not_early
    if says:
        found.append(_decided(NOT_EARLY, {"says": says}, source, confidence))
    if known.decides:
        found.append(_decided(DECIDED, {"because": known.decides}))
    return tuple(found)


def flag_of(peer: str, seq: int, body: Mapping[str, Any], at: int) -> Flag:
    """What a neighbour's `export_amended` means for a declaration of the house here.

    Args:
        at: when it took effect here, milliseconds since 1970-01-01T00:00Z.
    """
    code = CANCELLED if body.get("act") == "cancelled" else AMENDED
    return Flag(code=code, who=HOLDS[code][1], cause=f"{peer} export_amended {seq}", since=at)


def bars(holds: Iterable[Hold], event: str) -> list[Hold]:
    """Those that an officer who lets goods go cannot pass over."""
    demanded = [one for one in holds if one.demand != OFFICER]
    if event == "release_conditionally":
        return [one for one in demanded if not one.waived]
    return demanded


def follows(holds: Sequence[Hold], lane: str) -> str:
    """The event that follows of itself on a decision, the goods being there; "" for none."""
    asked = {one.demand for one in holds}
    if not holds:
        return "release"
    if Demand.PRESENTATION in asked:
        return ""
    if Demand.INSPECTION in asked or lane == "red":
        return "order_inspection"
    wants = asked & {Demand.PERMITS, OFFICER}
    return "request_documents" if wants else ""


def goes_on(holds: Sequence[Hold], state: State, owed: Sequence[Owed], *, ordered: bool) -> str:
    """The event that follows of itself when something changed while a declaration waited.

    Args:
        ordered: it was the node that ordered the inspection which is under way.
    """
    asked = {one.demand for one in holds}
    physical = [one for one in owed if one.kind.value in PHYSICAL]
    if state is State.INSPECTION_ORDERED:
        replaced = any(one.replaced_by for one in physical)
        done = replaced and Demand.INSPECTION not in asked
        return "recognise" if ordered and done else ""
    if state not in {State.REGISTERED, State.DOCUMENTS_REQUESTED, State.INSPECTED}:
        return ""
    if not holds:
        return "release"
    here = Demand.INSPECTION in asked and Demand.PRESENTATION not in asked
    return "order_inspection" if here and state is not State.INSPECTED else ""


def named(holds: Iterable[Hold]) -> str:
    """The codes of what stands against release, as everybody may read them."""
    return ", ".join(sorted({one.code for one in holds} - FOR_OFFICERS))


def examined(owed: Iterable[Owed]) -> tuple[str, ...]:
    """What an officer has examined who reports that goods were inspected."""
    kinds = {one.kind.value for one in owed if one.kind.value in PHYSICAL}
    return tuple(sorted(kinds.union(OPENED)))


def _of(findings: Iterable[Finding], demanded: Demanded | None) -> list[Hold]:
    if demanded is None:
        return []
    return [
        Hold(
            code=one.code,
            demand=demanded.kind.value,
            who=str(one.facts.get("who", "declarant")),
            effect=one.effect.value,
            line=one.line,
            facts={name: str(value) for name, value in one.facts.items() if name != "who"},
            source=demanded.source,
            confidence=demanded.confidence,
            waived=demanded.waived,
        )
        for one in findings
    ]


def _hold(code: str, demanded: Demanded, facts: Mapping[str, str]) -> Hold:
    effect, who = HOLDS[code]
    return Hold(
        code=code,
        demand=demanded.kind.value,
        who=who,
        effect=effect.value,
        facts=dict(facts),
        source=demanded.source,
        confidence=demanded.confidence,
        waived=demanded.waived,
    )


def _decided(code: str, facts: Mapping[str, str], source: str = "", confidence: str = "") -> Hold:
    effect, who = HOLDS[code]
    return Hold(
        code=code,
        demand=OFFICER,
        who=who,
        effect=effect.value,
        facts=dict(facts),
        source=source,
        confidence=confidence,
    )


def _power(known: Known, demanded: Demanded | None) -> list[Hold]:
    if demanded is None or not known.no_power:
        return []
    return [_hold(NO_POWER, demanded, {"reason": known.no_power})]


def _examinations(known: Known, demanded: Demanded | None) -> list[Hold]:
    """What is to be examined here; documents wait for the officer who decides on them."""
    if demanded is None:
        return []
    done, holds = set(known.inspected), []
    for one in known.owed:
        if not one.is_done_here:
            continue
        facts = {"examination": one.kind.value, "because": one.because}
        if one.kind is Method.DOCUMENTS:
            holds.append(_decided(DOCUMENTS, facts, one.source, one.confidence))
        elif one.re_check:
            holds.append(_hold(RE_CHECK, demanded, facts | {"passport": one.replaced_by}))
        elif one.kind.value not in done:
            holds.append(_hold(TO_EXAMINE, demanded, facts))
    return holds


def _presentation(known: Known, demanded: Demanded | None) -> list[Hold]:
    """The declarant's word is not enough where a transport says otherwise."""
    if demanded is None:
        return []
    holds = [] if known.presented else [_hold(NOT_PRESENTED, demanded, {})]
    if known.away:
        holds.append(_hold(AWAY, demanded, {"transports": ", ".join(known.away)}))
    return holds
