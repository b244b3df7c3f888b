"""One consignment as people speak of it: who sends what to whom, line by line.

Built from the parcel documents for display and for other message families; no rule computes
with it. Natural persons are not among the parties: their data stays with the documents.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

Cells = Mapping[str, int | str]

ROLES = ("platform", "merchant", "carrier", "declarant", "zone")
"""Parties of a parcel, in the order they are shown."""

_PREFIX = {
    "platform": "ebp",
    "merchant": "ebc",
    "carrier": "logistics",
    "declarant": "agent",
    "zone": "area",
}


@dataclass(frozen=True, slots=True)
class Party:
    """A firm and what it is in this consignment; `code` is its customs or credit code."""

    role: str
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class GoodsLine:
    """One line of goods; quantity, price and total in hundred-thousandths, as declared."""

    gnum: int
    hs_code: str
    name: str
    origin: str
    qty_e5: int
    unit: str
    total_e5: int
    currency: str


@dataclass(frozen=True, slots=True)
class Consignment:
    """A parcel with its parties, way, masses and lines."""

    order_no: str
    waybill_no: str
    departure_country: str
    destination_country: str
    gross_mass_mg: int
    net_mass_mg: int
    parties: tuple[Party, ...]
    lines: tuple[GoodsLine, ...]


def consignment_of(inventory: Cells, lines: Iterable[Cells]) -> Consignment:
    """The consignment an inventory and its lines describe."""
    parties = (
        Party(role, str(inventory[f"{prefix}_code"]), str(inventory[f"{prefix}_name"]))
        for role, prefix in _PREFIX.items()
    )
    return Consignment(
        order_no=str(inventory["order_no"]),
        waybill_no=str(inventory["logistics_no"]),
        departure_country=str(inventory["departure_country"]),
        destination_country=str(inventory["destination_country"]),
        gross_mass_mg=int(inventory["gross_mass_mg"]),
        net_mass_mg=int(inventory["net_mass_mg"]),
        parties=tuple(party for party in parties if party.code or party.name),
        lines=tuple(
            GoodsLine(
                gnum=int(line["gnum"]),
                hs_code=str(line["hs_code"]),
                name=str(line["goods_name"]),
                origin=str(line["origin"]),
                qty_e5=int(line["qty_e5"]),
                unit=str(line["unit"]),
                total_e5=int(line["total_e5"]),
                currency=str(line["currency"]),
            )
            for line in sorted(lines, key=lambda one: int(one["gnum"]))
        ),
    )
