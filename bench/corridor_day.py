"""What is sent on the day that is measured: machines and flour, houses of one to five lines."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import msgspec

from silkport.filings.confirming import Share, typed_share
from silkport.filings.granting import description_of, granted_body, usual_fields
from silkport.filings.preparing import prepare
from silkport.model.description import Description
from silkport.model.prepared import Prepared, Provenance
from silkport.node.corridor.consignment_files import IMPORT
from silkport.node.corridor.desk import FilingDesk
from silkport.sim.descriptions import drawn_description

WAYS = {"flour": ("kz", "cn"), "machines": ("cn", "kz")}
"""By shipment: the exporter's node and the importer's."""
SHIPMENT_OF = {sender: name for name, (sender, _) in WAYS.items()}
HOUSE = "1"
A_PRICE_E5 = 1_234_500_000


def sent_by(sender: str, numbers: Sequence[int], at: int) -> Iterator[Description]:
    """The consignments of one exporter, by their numbers."""
    for number in numbers:
        yield drawn(SHIPMENT_OF[sender], number, at)


def drawn(name: str, number: int, at: int) -> Description:
    """A shipment with some of its goods: each number of lines comes as often as any other."""
    whole = drawn_description(name, seed=number, at=at)
    (master, house), *_ = whole.houses()
    dice = random.Random(f"{name} {number}")
    some = dice.sample(house.goods, dice.randint(1, len(house.goods)))
    goods = tuple(msgspec.structs.replace(one, gnum=n) for n, one in enumerate(some, 1))
    packs = sum(one.pack_count for one in goods)
    house = msgspec.structs.replace(house, goods=goods, pack_count=packs)
    master = msgspec.structs.replace(master, houses=(house,))
    return msgspec.structs.replace(whole, masters=(master,))


def parties_in(country: str, at: int) -> list[str]:
    """The numbers of exporters and importers of a country, ISO alpha-2."""
    both = [drawn(name, 0, at) for name in WAYS]
    parties = [party for one in both for party in (one.exporter, one.importer)]
    return [one.own_code for one in parties if one.country == country]


def typed_for(shown: Prepared) -> dict[str, int | str]:
    """What an importer types into what is open: a code of those that are shown, a price."""
    return {one.field: one.choices[-1].hs_code if one.choices else A_PRICE_E5 for one in shown.open}


@dataclass(frozen=True, slots=True)
class Counted:
    """An import declaration prepared from what was granted: fields typed, fields, lines, holds."""

    share: Share
    lines: int
    is_held: bool


def counted(
    name: str, numbers: Sequence[int], desk: FilingDesk, at: int, *, prices: bool
) -> list[Counted]:
    """Import declarations of a shipment, prepared as the importer's node does.

    Args:
        desk: of the importer's node; prices: whether the exporter granted them.
    """
    fields, found = usual_fields(prices=prices), []
    for number in numbers:
        description = drawn(name, number, at)
        (place,) = description.houses()
        head = {
            "consignment_no": description.consignment_no,
            "house_no": HOUSE,
            "importer_code": description.importer.own_code,
        }
        copy = description_of(head | granted_body(description, place, fields))
        (copied,) = copy.houses()
        shown = prepare(
            desk.filing(IMPORT, copy.transport.departure_country),
            desk.ground,
            copy,
            copied,
            version=1,
            how=Provenance.GRANTED,
            moment=desk.moment(at),
        )
        found.append(Counted(typed_share(shown), len(shown.goods), bool(shown.holds)))
    return found
