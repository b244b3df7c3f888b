"""What a seed draws: who is in its world, how long it lives, how often what goes wrong."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import permutations
from random import Random
from typing import Any

from silkport.model.messages import Competence
from silkport.node.law.books import administrations
from silkport.sim.corridor.shipments import is_lawful

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

FIRST_MOMENT = int(datetime(2026, 9, 1, tzinfo=UTC).timestamp()) * SECOND
"""The first moment at which a world may begin."""

DAYS_TO_BEGIN = 35
SPANS_HOURS = (3, 12, 24, 48, 96, 240)

EXCESSIVE = 0.06
"""Share of worlds that have far more of something than any other."""

EXCESSES: dict[str, dict[str, Any]] = {
    "clocks": {"wrong_clocks": 8},
    "keys": {"rotations": 12, "partitions": 12, "span": 10 * DAY},
    "lines": {"partitions": 12, "span": 20 * DAY},
    "disks": {"full_disks": 8},
    "suspensions": {"suspensions": 8, "partitions": 6},
    "deeds": {"deeds": 120},
    "trades": {"trades": 120},
}
"""What it may be."""

_CUSTOMS = frozenset({Competence.CUSTOMS})
_AT_THE_BORDER = frozenset({Competence.CHECKPOINT, Competence.INSPECTION})


@dataclass(frozen=True, slots=True)
class Role:
    """A node of the cast: its id, its administration, what it is competent for."""

    id: str
    administration: str
    competence: frozenset[Competence] = _CUSTOMS


@dataclass(frozen=True, slots=True, kw_only=True)
class Mix:
    """What one world is made of. Shares are parts of one; moments and terms are milliseconds.

    Attributes:
        begins: the true time at the beginning.
        span: how long people act and things go wrong.
        deeds: what people do.
        unsigned: the first of these has no signed register with the other at first.
        apart: by how much the clock of each node is wrong all the time.
        drop_request, drop_answer, late, twice, garbled, garbage, hang: shares of requests.
        crash: share of pieces of work in which a crash is near.
        partitions, full_disks, wrong_clocks, rotations, suspensions: how many.
        hostile: the node that lies, "" for none.
        lies: how often it does.
        trades: what traders, carriers, payers and inspectors do besides. Where they do anything,
            goods go as the law demands: presented, paid, inspected; else as officers say.
    """

    cast: tuple[Role, ...]
    begins: int
    span: int
    deeds: int
    unsigned: tuple[str, str] | None
    apart: tuple[int, ...]
    drop_request: float
    drop_answer: float
    late: float
    twice: float
    garbled: float
    garbage: float
    hang: float
    crash: float
    partitions: int
    full_disks: int
    wrong_clocks: int
    rotations: int
    suspensions: int
    hostile: str
    lies: int
    trades: int = 0

    @property
    def is_calm(self) -> bool:
        """Whether nothing but a hostile node goes wrong."""
        shares = (self.drop_request, self.drop_answer, self.late, self.garbled, self.garbage)
        many = (self.partitions, self.full_disks, self.wrong_clocks, self.suspensions)
        clocks = any(self.apart)
        return not (any(shares) or any(many) or clocks or self.hang or self.crash or self.unsigned)


def draw_mix(seed: int, nodes: int | None = None) -> Mix:
    """The mix of a seed.

    Args:
        nodes: 2 or 3; None lets the seed say.
    """
    rng = Random(f"corridor {seed} mix")
    count = nodes or rng.choice((2, 3))
    cast = _draw_cast(rng, count)
    calm = rng.random() < 0.08

    def share(chance: float, most: float) -> float:
        drawn, size = rng.random() < chance, rng.random() ** 2 * most
        return size if drawn and not calm else 0.0

    def several(chance: float, most: int) -> int:
        drawn, size = rng.random() < chance, rng.randint(1, most)
        return size if drawn and not calm else 0

    span = int(rng.choice(SPANS_HOURS) * HOUR * rng.uniform(0.7, 1.3))
    hostile = rng.choice(cast).id if rng.random() < (0.5 if count > 2 else 0.15) else ""
    pairs = [(one.id, other.id) for one in cast for other in cast if may_exchange(one, other)]
    unsigned = rng.choice(pairs) if rng.random() < 0.1 and not calm else None
    trades = _draw_trades(seed)
    mix = Mix(
        cast=_inspecting(cast) if trades % 4 else cast,
        begins=FIRST_MOMENT + rng.randrange(DAYS_TO_BEGIN * DAY),
        span=span,
        deeds=rng.randint(8, 45),
        unsigned=unsigned if unsigned and hostile not in unsigned else None,
        apart=tuple(0 if calm else rng.randint(-4 * MINUTE, 4 * MINUTE) for _ in cast),
        drop_request=share(0.5, 0.5),
        drop_answer=share(0.5, 0.5),
        late=share(0.4, 0.3),
        twice=share(0.4, 0.4),
        garbled=share(0.3, 0.2),
        garbage=share(0.3, 0.2),
        hang=share(0.3, 0.15),
        crash=share(0.6, 0.6),
        partitions=several(0.5, 4),
        full_disks=several(0.3, 3),
        wrong_clocks=several(0.35, 2),
        rotations=several(0.4, 3),
        suspensions=several(0.25, 2),
        hostile=hostile,
        lies=rng.randint(4, 16) if hostile else 0,
        trades=trades,
    )
    return mix if calm else replace(mix, **_draw_excess(seed))


def _draw_excess(seed: int) -> dict[str, Any]:
    """Mostly nothing; drawn apart, so that all else stays what it was."""
    rng = Random(f"corridor {seed} excess")
    return EXCESSES[rng.choice(sorted(EXCESSES))] if rng.random() < EXCESSIVE else {}


def _draw_trades(seed: int) -> int:
    """None in a third of the worlds; drawn apart, so that all else stays what it was."""
    rng = Random(f"corridor {seed} trades")
    return rng.randint(15, 70) if rng.random() < 0.67 else 0


def _inspecting(cast: tuple[Role, ...]) -> tuple[Role, ...]:
    """The same where the bodies of inspection stand beside customs: what they sign may pass."""
    both = _CUSTOMS | {Competence.INSPECTION}
    return tuple(replace(one, competence=both) if one.competence == _CUSTOMS
                 else one for one in cast)  # fmt: skip


def may_exchange(one: Role, other: Role) -> bool:
    """Whether there is a register between two nodes."""
    return one.administration != other.administration


def _trade(one: str, other: str) -> bool:
    return is_lawful(one, "export", other) and is_lawful(other, "import", one)


def _draw_cast(rng: Random, count: int) -> tuple[Role, ...]:
    """Two administrations; a third one, or a border post of one of the two."""
    known = administrations()
    pairs = list(permutations(known, 2))
    weights = [4 if all(_trade(*way) for way in (one, one[::-1])) else 1 for one in pairs]
    pair = rng.choices(pairs, weights)[0]
    cast = [Role(one, one) for one in pair]
    if count > 2:
        third = next(one for one in known if one not in pair)
        border = Role(f"{pair[0]}-border", pair[0], _AT_THE_BORDER)
        cast.append(border if rng.random() < 0.3 else Role(third, third))
    return tuple(cast)
