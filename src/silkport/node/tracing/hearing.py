"""What neighbours said that people act on: posts, slots, openings, and answers on counts.

An answer stands beside what was counted here of the same goods: one side's exports are the other
side's imports.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from silkport.kernel.periods import day_number
from silkport.node.exchange.peers import peer_of
from silkport.node.state.contract import Transaction
from silkport.node.workflow.cases import decoded
from silkport.node.workflow.telling import country_of

ANSWER, QUESTION = "mirror_answer", "mirror_query"
FOR_PEOPLE = ("capacity_notice", "slot_state", "checkpoint_calendar", ANSWER)
_MIRRORED = {"import": "export", "export": "import"}


@dataclass(frozen=True, slots=True)
class Counted:
    """What was counted on this side of the goods that a question was about.

    Attributes:
        first_day, last_day: days of registration, ISO 8601.
        direction: as this side counts: its exports where the neighbour counted imports.
        gross_mass_mg: of those released, in milligrams.
    """

    first_day: str
    last_day: str
    direction: str
    declarations: int
    released: int
    gross_mass_mg: int


@dataclass(frozen=True, slots=True)
class Heard:
    """The newest word of a neighbour of one kind about one matter.

    Attributes:
        at: when it took effect here, in milliseconds since 1970-01-01T00:00Z.
        here: beside an answer what was counted here; None where the question is no longer kept.
    """

    peer: str
    kind: str
    about: str
    seq: int
    at: int
    body: Mapping[str, Any]
    here: Counted | None = None


def heard(
    tx: Transaction, most: int, *, peer: str = "", kinds: Sequence[str] = FOR_PEOPLE
) -> list[Heard]:
    """The newest of these kinds first, at most so many; of one peer or of all."""
    rows = [
        Heard(who, kind, about, seq, at, decoded(body))
        for kind in kinds
        for who, about, seq, at, body in tx.rows("said_to_people", kind, peer, most)
    ]
    newest = sorted(rows, key=lambda one: one.at, reverse=True)[:most]
    return [_beside(tx, one) if one.kind == ANSWER else one for one in newest]


def _beside(tx: Transaction, answer: Heard) -> Heard:
    """An answer with what was counted here, when the question is still kept."""
    asked = [
        seq
        for peer, seq, kind, _ in tx.rows("sent_about", answer.about)
        if (peer, kind) == (answer.peer, QUESTION)
    ]
    row = tx.one("out_at", answer.peer, asked[-1]) if asked else None
    if row is None:
        return answer
    question = decoded(row[0])["body"]
    direction = _MIRRORED.get(question["direction"], "")
    days = [day_number(date.fromisoformat(question[one])) for one in ("first_day", "last_day")]
    country = country_of(peer_of(tx, answer.peer).administration)
    counts = tx.one("counted_days", country, direction, *days)
    assert counts is not None, "a count always gives a row"
    return replace(
        answer, here=Counted(question["first_day"], question["last_day"], direction, *counts)
    )
