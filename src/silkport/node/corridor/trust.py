"""Inspection bodies that a node has registered, and the trust that re-checks give them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from silkport.courses import trust as course
from silkport.kernel.errors import InvalidValue
from silkport.kernel.limits import MAX_ACTS
from silkport.kernel.periods import day_of
from silkport.law.recognition import TrustRule
from silkport.model.inspections import (
    ABSENT,
    DAY_MS,
    Body,
    BodyKey,
    Inspection,
    Standing,
    Subject,
    Trust,
)
from silkport.model.messages import Competence
from silkport.node.dossiers import (
    Act,
    Dossier,
    DossierKind,
    every_dossier,
    find_dossier,
    keep,
    linked,
)
from silkport.node.exchange.keys import KEY_BYTES, key_id_of
from silkport.node.law.recognition import recognition_law
from silkport.node.sovereign import Node
from silkport.node.state.contract import Transaction

BODY = DossierKind("inspection_body", Body)
TRUST = DossierKind("trust", Trust)
DECIDING = frozenset({Competence.CUSTOMS})
OFFICER = "officer"
ACTS_PER_VOLUME = MAX_ACTS - 1
"""Acts on the trust in a body after which it goes on in another dossier."""


def register_body(
    node: Node,
    *,
    code: str,
    name: str,
    administration: str,
    subjects: Sequence[Subject],
    public: bytes,
    start_day: int,
    stop_day: int = ABSENT,
    who: str,
) -> Dossier[Body]:
    """Registers a body with a key and its period, or a further key of it.

    Registering a key again sets its period: that is how a key is ended. The name and the subjects
    are those given last.

    Args:
        public: Ed25519, 32 bytes.
        start_day, stop_day: half-open, days since 1970-01-01; ABSENT where no end is known.
    Raises NotCompetent, InvalidValue.
    """
    node.demand(DECIDING, "register an inspection body")
    key = BodyKey(key_id_of(public), public.hex(), start_day, stop_day)
    alone = Body(
        code=code,
        name=name,
        administration=administration,
        subjects=sorted(set(subjects)),
        keys=[key],
    )
    _demand_body(node, alone)

    def work(tx: Transaction) -> Dossier[Body]:
        for one in linked(tx, BODY, "key", key.key_id):
            if one.id != code:
                raise InvalidValue(what="a key", value=key.key_id, reason=f"{one.id} has it")
        found = find_dossier(tx, BODY, code)
        if found is not None and found.state.administration != administration:
            reason = f"{code} is a body of {found.state.administration}"
            raise InvalidValue(what="an administration", value=administration, reason=reason)
        others = [k for k in found.state.keys if k.key_id != key.key_id] if found else []
        body = msgspec.structs.replace(alone, keys=[*others, key])
        if found is not None and found.state == body:
            return found
        facts = {"key": key.key_id, "start": start_day, "stop": stop_day}
        links = {"key": [one.key_id for one in body.keys]}
        return keep(
            tx, node, BODY, code, body, Act("register", OFFICER, who, "", facts), links=links
        )

    return node.state.write(work)


def _demand_body(node: Node, body: Body) -> None:
    """Raises InvalidValue for what cannot be a body of another administration."""

    def demand(holds: bool, what: str, value: object, reason: str) -> None:
        if not holds:
            raise InvalidValue(what=what, value=f"{value}", reason=reason)

    code, key = body.code, body.keys[-1]
    plain = 0 < len(code) <= 40 and code.isascii() and code.isprintable() and "/" not in code
    demand(plain, "the code of a body", code, "it has 1 to 40 printable ASCII characters without /")
    foreign = body.administration != node.administration
    reason = "its own bodies need no recognition"
    demand(foreign, "an administration", body.administration, reason)
    demand(bool(body.subjects), "the subjects of a body", "", "it is competent in something")
    size = len(key.public) // 2
    demand(size == KEY_BYTES, "a public key", f"{size} bytes", f"it has {KEY_BYTES}")
    begins = key.start_day >= 0
    demand(begins, "a first day", key.start_day, "days are counted from 1970-01-01")
    ends = key.stop_day == ABSENT or key.stop_day > key.start_day
    demand(ends, "a stop", key.stop_day, "it comes after the start")


def body_for(tx: Transaction, code: str) -> Body | None:
    """A registered body, or None."""
    found = find_dossier(tx, BODY, code) if code else None
    return found.state if found else None


def bodies(tx: Transaction) -> list[Body]:
    """Every registered body by code."""
    return [one.state for one in every_dossier(tx, BODY)]


def trust_for(tx: Transaction, body_code: str, method: str) -> Trust:
    """The trust in a body by a method; nothing known yet is a body that is learnt."""
    found = _volume(tx, body_code, method)
    return found.state if found else Trust(body_code=body_code, method=method)


def count_recheck(
    tx: Transaction,
    node: Node,
    held: Inspection,
    rule: TrustRule | None,
    *,
    missed: bool,
    who: str,
) -> Trust:
    """Counts a re-check that was drawn, and turns the trust where the test says so."""
    before = trust_for(tx, held.passport.body_code, held.passport.method)
    after = course.rechecked(before, rule, missed=missed)
    event = "miss" if missed else "confirm"
    return _kept(tx, node, after, Act(event, OFFICER, who, facts=_about(held)))


def count_miss_beside(tx: Transaction, node: Node, held: Inspection, *, who: str) -> Trust:
    """Counts a miss that was found although nothing was drawn."""
    before = trust_for(tx, held.passport.body_code, held.passport.method)
    after = course.missed_beside(before)
    return _kept(tx, node, after, Act("miss_beside", OFFICER, who, facts=_about(held)))


def reinstate(node: Node, body_code: str, method: str, *, who: str, reason: str) -> Trust:
    """An officer lifts a suspension. Raises NotCompetent, InvalidValue, InspectionStepRefused."""
    node.demand(DECIDING, "reinstate")
    if not reason.strip():
        raise InvalidValue(what="a reason", value=reason, reason="it is kept")

    def work(tx: Transaction) -> Trust:
        after = course.reinstated(trust_for(tx, body_code, method))
        return _kept(tx, node, after, Act("reinstate", OFFICER, who, reason))

    return node.state.write(work)


def trust_rows(
    tx: Transaction, node: Node, inspection: DossierKind[Inspection], home: Path | None = None
) -> list[dict[str, Any]]:
    """Per body and method: state, share re-checked, inspections saved, misses found.

    `saved` counts examinations that were not done because of a passport; `drawn` the passports
    whose re-check is still to be done.
    """
    saved: Counter[tuple[str, str]] = Counter()
    waiting: Counter[tuple[str, str]] = Counter()
    origin: dict[tuple[str, str], str] = {}
    for one in every_dossier(tx, inspection):
        held = one.state
        if held.standing is Standing.ISSUED or not held.passport.body_code:
            continue
        key = (held.passport.body_code, held.passport.method)
        origin.setdefault(key, held.administration)
        saved[key] += len(held.replaces) if held.standing is Standing.RECOGNISED else 0
        waiting[key] += held.standing is Standing.DRAWN
    day, rows = day_of(node.now() // DAY_MS), []
    for key, administration in sorted(origin.items()):
        rule = recognition_law(node.administration, administration, home).trust_rule(day)
        found = trust_for(tx, *key)
        share = course.share_ppm(found.state, rule)
        counts = {"saved": saved[key], "drawn": waiting[key], "share_ppm": share}
        confidence = rule.confidence if rule else ""
        rows.append({**msgspec.to_builtins(found), **counts, "confidence": confidence})
    return rows


def _volume(tx: Transaction, body_code: str, method: str) -> Dossier[Trust] | None:
    """The dossier in which the trust goes on: the newest one is linked."""
    found = linked(tx, TRUST, "of", f"{body_code}/{method}")
    return found[-1] if found else None


def _kept(tx: Transaction, node: Node, trust: Trust, act: Act) -> Trust:
    """Keeps the trust; a dossier that is full is closed, and another goes on from its numbers."""
    of = f"{trust.body_code}/{trust.method}"
    found = _volume(tx, trust.body_code, trust.method)
    name = found.id if found else f"{of}/1"
    if found is not None and found.version >= ACTS_PER_VOLUME:
        keep(tx, node, TRUST, name, found.state, Act("close", act.by, act.who), links={"of": []})
        head, _, number = name.rpartition("/")
        name = f"{head}/{int(number) + 1}"
    keep(tx, node, TRUST, name, trust, act, links={"of": [of]})
    return trust


def _about(held: Inspection) -> dict[str, str]:
    return {"inspection": held.passport.inspection_no}
