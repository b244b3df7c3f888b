"""What a kind of message between nodes consists of: its fields, and who may send it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from silkport.kernel.ids import as_key


class Competence(StrEnum):
    """What a node is entitled to do; acts outside it are refused."""

    CUSTOMS = "customs"
    RELAY = "relay"
    INSPECTION = "inspection"
    CHECKPOINT = "checkpoint"
    CARRIER = "carrier"


class Form(StrEnum):
    """How the value of a field is written."""

    TEXT = "text"
    NUMBER = "number"
    MOMENT = "moment"
    DAY = "day"
    ROWS = "rows"


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a body.

    Attributes:
        form: TEXT; NUMBER, a whole number of the unit in its name; MOMENT, milliseconds since
            1970-01-01T00:00Z; DAY, YYYY-MM-DD; ROWS, a list of objects with the fields `rows`.
        longest: characters of a text, or rows of a list.
        demanded: a message without it is parked.
        names_party: its value names a party, whose owner can see that it was disclosed.
    """

    name: str
    form: Form
    meaning: str
    longest: int = 0
    demanded: bool = False
    names_party: bool = False
    rows: tuple[Field, ...] = ()


@dataclass(frozen=True, slots=True)
class MessageKind:
    """One kind of message in one version.

    `matter` are the fields that say what it is about: of one matter, later messages of a kind
    replace earlier ones, and none overtakes another.
    """

    code: str
    name: str
    version: int
    meaning: str
    senders: frozenset[Competence]
    matter: tuple[str, ...]
    fields: tuple[Field, ...]

    def field(self, name: str) -> Field | None:
        """The field of that name, or None."""
        return next((one for one in self.fields if one.name == name), None)

    def matter_of(self, body: Mapping[str, object]) -> str:
        """What a message is about, as one text; empty for messages about the exchange itself."""
        return as_key(*(str(body.get(name, "")) for name in self.matter))


def text(
    name: str, longest: int, meaning: str, *, demanded: bool = False, party: bool = False
) -> Field:
    """A text of at most so many characters."""
    return Field(name, Form.TEXT, meaning, longest, demanded, party)


def number(name: str, meaning: str, *, demanded: bool = False) -> Field:
    """A whole number."""
    return Field(name, Form.NUMBER, meaning, demanded=demanded)


def moment(name: str, meaning: str, *, demanded: bool = False) -> Field:
    """A moment."""
    return Field(name, Form.MOMENT, meaning, demanded=demanded)


def day(name: str, meaning: str, *, demanded: bool = False) -> Field:
    """A day."""
    return Field(name, Form.DAY, meaning, 10, demanded)
