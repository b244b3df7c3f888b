"""The inspection passport: a signed result, the body that signed it, and what became of it here.

A passport is the body of a message `inspection_result`; what the inspecting body signs is exactly
what of it may reach the receiver, so a field that stays home is not among what was signed.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Any

import msgspec

from silkport.kernel.canonical import canonical_bytes
from silkport.kernel.ids import as_key
from silkport.kernel.periods import day_number, day_of
from silkport.model.decoding import converted

ABSENT = -1
"""A number that is not known: a mass, a day."""

DAY_MS = 86_400_000


class Method(StrEnum):
    """How goods are inspected; what an administration owes a house is said in the same words."""

    DOCUMENTS = "documents"
    X_RAY = "x_ray"
    WEIGHING = "weighing"
    OPENING = "opening"
    SAMPLING = "sampling"
    HEALTH = "health"
    PLANT = "plant"
    VETERINARY = "veterinary"
    CONFORMITY = "conformity"


class Subject(StrEnum):
    """In what a body is competent to inspect."""

    QUALITY = "quality"
    HEALTH = "health"
    PLANT = "plant"
    VETERINARY = "veterinary"
    CUSTOMS = "customs"


class Finding(StrEnum):
    """What an inspection found."""

    CONFORMS = "conforms"
    DIFFERS = "differs"
    PROHIBITED = "prohibited"
    WITHDRAWN = "withdrawn"


class Standing(StrEnum):
    """Where a passport is."""

    ISSUED = "issued"
    RECEIVED = "received"
    RECOGNISED = "recognised"
    NOT_RECOGNISED = "not_recognised"
    DRAWN = "drawn"
    OVERRIDDEN = "overridden"
    CONFIRMED = "confirmed"
    MISSED = "missed"
    WITHDRAWN = "withdrawn"


class TrustState(StrEnum):
    """How far the results of one body by one method are relied on."""

    LEARNING = "learning"
    TRUSTED = "trusted"
    SUSPENDED = "suspended"


class InspectedLine(msgspec.Struct, frozen=True, omit_defaults=True):
    """A goods line that was inspected, or that is to be."""

    gnum: int
    hs_code: str
    gross_mass_mg: int = ABSENT
    net_mass_mg: int = ABSENT


class Measure(msgspec.Struct, frozen=True):
    """What was measured; `value` is an exact decimal, `unit` of UN/ECE Recommendation 20."""

    name: str
    value: str
    unit: str


class Passport(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A result of an inspection, as its message has it.

    Attributes:
        inspected_at: milliseconds since 1970-01-01T00:00Z.
        valid_until: last day on which it may be relied on, YYYY-MM-DD; "" is not known.
        goods: the lines inspected; none is not known.
        key_id, signature: of the inspecting body, see `statement_of`; "" is unsigned.
    """

    inspection_no: str
    consignment_no: str
    body: str
    inspected_at: int
    finding: str
    house_no: str = ""
    body_code: str = ""
    competence: str = ""
    method: str = ""
    weighed_mass_mg: int = ABSENT
    image_digest: str = ""
    valid_until: str = ""
    goods: list[InspectedLine] = []
    measures: list[Measure] = []
    key_id: str = ""
    signature: str = ""

    @property
    def about(self) -> str:
        """The house it is about, as one text."""
        return as_key(self.consignment_no, self.house_no)

    @property
    def inspected_day(self) -> int:
        """The day of the inspection in UTC, days since 1970-01-01."""
        return self.inspected_at // DAY_MS

    @property
    def valid_until_day(self) -> int:
        """The last day on which it may be relied on; ABSENT when it is not known."""
        try:
            return day_number(date.fromisoformat(self.valid_until))
        except ValueError:
            return ABSENT


class BodyKey(msgspec.Struct, frozen=True):
    """A key of a body, which counts on days with `start_day <= day < stop_day`.

    Attributes:
        public: Ed25519, hexadecimal.
        stop_day: ABSENT where no end is known.
    """

    key_id: str
    public: str
    start_day: int
    stop_day: int = ABSENT

    def counts_on(self, day: int) -> bool:
        """Whether what was inspected on a day may be signed by it."""
        return self.start_day <= day and (self.stop_day == ABSENT or day < self.stop_day)


class Body(msgspec.Struct, frozen=True, kw_only=True):
    """An inspection body of another administration, as this node has registered it."""

    code: str
    name: str
    administration: str
    subjects: list[Subject]
    keys: list[BodyKey]

    def key(self, key_id: str, day: int) -> BodyKey | None:
        """The key of that name, when it counts on a day."""
        return next((k for k in self.keys if k.key_id == key_id and k.counts_on(day)), None)


class Trust(msgspec.Struct, frozen=True, kw_only=True):
    """What re-checks of one body by one method have shown.

    Attributes:
        clean, missed: re-checks of the test that runs, without and with a miss.
        rechecked, misses: all re-checks that were drawn, and those of them with a miss.
        misses_beside: misses found although nothing was drawn; they are no part of the test.
        tests: how many tests have ended.
    """

    body_code: str
    method: str
    state: TrustState = TrustState.LEARNING
    clean: int = 0
    missed: int = 0
    rechecked: int = 0
    misses: int = 0
    misses_beside: int = 0
    tests: int = 0


class Inspection(msgspec.Struct, frozen=True, kw_only=True):
    """A passport at this node and what became of it.

    Attributes:
        peer: the node it came from, or was issued to.
        administration: the administration of that node.
        code: of the reason why it is where it is, e.g. INS09; "" for none.
        because: that reason in words.
        replaces: the examinations that it took the place of, or would have, had it not been drawn.
        relied_on_by: by direction, the declaration that relies on it: it is spent on that one.
        found: what the re-check found.
    """

    passport: Passport
    peer: str
    administration: str
    standing: Standing
    code: str = ""
    because: str = ""
    replaces: list[Method] = []
    found: str = ""
    relied_on_by: dict[str, str] = {}


class HouseFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What the law on inspections asks of a house that is declared here.

    Attributes:
        case: the declaration that asks; "" where none does.
        side: the administration that examines.
        day: the legal day, days since 1970-01-01.
        other_country: ISO alpha-2 of the country on the other side.
        direction: import, export or transit.
        lane: green, yellow or red; anything else is not known, and then red counts.
    """

    consignment_no: str
    house_no: str
    side: str
    other_country: str
    direction: str
    lane: str
    day: int
    gross_mass_mg: int = ABSENT
    goods: list[InspectedLine] = []
    case: str = ""

    @property
    def about(self) -> str:
        """The house, as one text."""
        return as_key(self.consignment_no, self.house_no)


def passport_of(body: Mapping[str, Any]) -> Passport:
    """The passport in the body of a message whose form was checked."""
    passport: Passport = converted(body, Passport)
    return passport


def body_of(passport: Passport) -> dict[str, Any]:
    """The body of the message; what is not known is left out."""
    content: dict[str, Any] = msgspec.to_builtins(passport)
    return content


def statement_of(passport: Passport, receiver: str) -> bytes:
    """What an inspecting body signs: all that the receiver gets but the signature itself.

    Canonical JSON of the fields as a message has them; those that are empty are left out.

    Args:
        receiver: the administration that it is for; signed for one, it says nothing to another.
    """
    signed = {name: value for name, value in body_of(passport).items() if name != "signature"}
    return canonical_bytes({"for": receiver, "passport": signed})


def day_text(day: int) -> str:
    """A day as people write it; "-" for none."""
    return "-" if day == ABSENT else f"{day_of(day)}"
