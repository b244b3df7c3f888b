"""What an act on a transport is given besides its facts, and what it gives back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from silkport.model.transport import Declared, HouseKey, Role, Transport

Declarations = Mapping[HouseKey, Sequence[Declared]]
"""What was declared of each house, as far as the node knows."""


@dataclass(frozen=True, slots=True)
class By:
    """Who does it, and why."""

    role: Role
    who: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class TransportLaw:
    """What the law of the day says.

    Attributes:
        country: whose law it is, ISO alpha-2 as waybills name it.
        mass_tolerance_ppm: how far a weighing may differ, in millionths of what was weighed.
    """

    country: str
    mass_tolerance_ppm: int


@dataclass(frozen=True, slots=True)
class Given:
    """Everything around an act.

    Attributes:
        at: now, milliseconds since 1970-01-01T00:00Z.
        other: the transport to which goods go over.
        lot: the number of the lot that a split would make; 0 is the next.
    """

    by: By
    at: int
    law: TransportLaw
    declared: Declarations = field(default_factory=dict)
    other: Transport | None = None
    lot: int = 0


@dataclass(frozen=True, slots=True)
class Acted:
    """What an act led to.

    Attributes:
        other: the transport that received goods, or the lot that was split off.
        repeated: it was told before, and nothing changed.
    """

    transport: Transport
    other: Transport | None = None
    repeated: bool = False
