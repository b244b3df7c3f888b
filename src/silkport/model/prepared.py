"""A filing made from a description: every field with where it came from and what is still open.

The **consignment file** is what a node keeps for a trader: on the exporter's side the description,
on the importer's side the copy that the exporter granted. What the authority received from its
neighbour is no part of it.
"""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct, field

from silkport.model.columns import MISSING
from silkport.model.description import Description


class Provenance(StrEnum):
    """Where the value of a field came from.

    RECEIVED is what the authority had from its neighbour: it serves control and fills no field.
    """

    DECLARED = "declared"
    GRANTED = "granted"
    RECEIVED = "received"
    COMPUTED = "computed"
    DEFAULTED = "defaulted"
    CONFIRMED = "confirmed"


class Cell(Struct, frozen=True, array_like=True):
    """The value of one field, how it came and from where; a confirmed one says both."""

    value: int | str
    how: Provenance
    came: str = ""


class Choice(Struct, frozen=True, array_like=True):
    """One code of the importer's tariff that shares the six digits, as its tariff has it."""

    hs_code: str
    name: str = ""
    duty: str = ""
    unit: str = ""
    source: str = ""
    confidence: str = ""


class Open(Struct, frozen=True, array_like=True):
    """A field that the declarant has to fill, why, under what source, and between what."""

    field: str
    why: str
    source: str = ""
    choices: tuple[Choice, ...] = ()


class Hold(Struct, frozen=True, array_like=True):
    """What keeps a filing back: a code, the field, the reason, who must act, and how."""

    code: str
    field: str
    reason: str
    who: str
    fix: str
    source: str = ""


class Prepared(Struct, frozen=True, kw_only=True):
    """One filing of one house.

    Attributes:
        filing, administration: which filing, under whose law.
        version: of the description it was made from.
        head, goods: cells by field name; `goods` in the order of the lines.
        typed: what the declarant typed, by field, `goods[1].hs_code` for one of a line.
        file_by: the last lawful moment, in milliseconds since 1970-01-01T00:00Z, or MISSING.
        confirmed_by: who confirmed every field; empty while nobody did.
    """

    filing: str
    administration: str
    house_no: str
    version: int
    head: dict[str, Cell]
    goods: tuple[dict[str, Cell], ...]
    open: tuple[Open, ...] = ()
    holds: tuple[Hold, ...] = ()
    typed: dict[str, int | str] = {}
    file_by: int = MISSING
    confirmed_by: str = ""
    confirmed_at: int = MISSING
    filed_id: str = ""
    """Id of the declaration that was filed; empty before."""


class Grant(Struct, frozen=True, kw_only=True):
    """An exporter's consent that an importer may read fields of one house.

    Attributes:
        peer: the node that it was sent to, or came from.
        fields: names of the fields of `exporter_grant`, `goods.total` for one of rows.
        granted_at, valid_until: milliseconds since 1970-01-01T00:00Z.
        revoked_at: MISSING while it stands.
    """

    grant_no: str
    house_no: str
    peer: str
    importer_code: str
    fields: tuple[str, ...]
    granted_at: int
    valid_until: int
    revoked_at: int = MISSING

    def holds(self, at: int) -> bool:
        """Whether it may be relied on at a moment."""
        return self.revoked_at == MISSING and at < self.valid_until


class Side(StrEnum):
    """Whose file it is."""

    EXPORTER = "exporter"
    IMPORTER = "importer"


class ConsignmentFile(Struct, frozen=True, kw_only=True):
    """What a node keeps of a consignment for one of its traders.

    Attributes:
        peer: the exporter's node, on the importer's side.
        version: of the description; counts from 1 on the exporter's side.
        grants: by number; on the importer's side there is one.
        filings: by name of filing and house, as `key_of` writes it.
    """

    side: Side
    consignment_no: str
    version: int
    description: Description
    peer: str = ""
    grants: dict[str, Grant] = field(default_factory=dict)
    filings: dict[str, Prepared] = field(default_factory=dict)


def key_of(filing: str, house_no: str) -> str:
    """Under what a filing of a house stands in the file."""
    return f"{filing} {house_no}"
