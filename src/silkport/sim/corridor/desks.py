"""What traders of a world describe, and the desks at which their filings are made.

A world has no home: the excerpts of tariffs that the invented shipments need are read from memory.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from random import Random
from typing import Any

import msgspec

from silkport.filings.codes import TariffCodes
from silkport.law.tariff.entries import read_entries
from silkport.model.description import Description, Party
from silkport.model.prepared import Prepared
from silkport.node.corridor.desk import FilingDesk, filing_desk
from silkport.node.law.loading import tariff_entries
from silkport.sim.descriptions import drawn_description, sample_tariffs, shipments, way_of
from silkport.sim.nodes import office_of

SEEDS = 12
"""Different consignments of one shipment: so few that a certificate is used twice now and then."""

WAYS = {way_of(name): name for name in shipments()}
"""By the way it goes, an invented shipment; the laws of others know no such way."""


@cache
def desk_of(administration: str) -> FilingDesk:
    """The desk of an administration, with the excerpt of its tariff beside what it has."""
    desk = filing_desk(administration, office_of(administration, demanding=True))
    excerpt = sample_tariffs().get(administration)
    if excerpt is None:
        return desk
    rows = [*tariff_entries(administration), *read_entries(excerpt, administration)]
    tariff = TariffCodes(rows, {}, desk.ground.languages)
    return replace(desk, ground=replace(desk.ground, tariff=tariff))


def described(start: str, end: str, number: str, at: int, rng: Random) -> Description:
    """What an exporter of one administration sends to another."""
    fitting = [way for way in WAYS if start == way[0]] + [way for way in WAYS if end == way[1]]
    name = WAYS[fitting[0]]
    drawn = drawn_description(name, seed=rng.randrange(SEEDS), at=at)
    ends = {
        drawn.transport.departure_country: desk_of(start).ground.country,
        drawn.transport.destination_country: desk_of(end).ground.country,
    }
    way = drawn.transport
    transport = msgspec.structs.replace(
        way,
        departure_country=ends[way.departure_country],
        destination_country=ends[way.destination_country],
        offices=_by(way.offices, ends),
        border_offices=_by(way.border_offices, ends),
        posts=_by(way.posts, ends),
    )
    return msgspec.structs.replace(
        drawn,
        consignment_no=number,
        exporter=_moved(drawn.exporter, ends),
        importer=_moved(drawn.importer, ends),
        transport=transport,
    )


def _by(named: dict[str, str], ends: dict[str, str]) -> dict[str, str]:
    return {ends.get(country, country): one for country, one in named.items()}


def _moved(party: Party, ends: dict[str, str]) -> Party:
    country = ends.get(party.country, party.country)
    return msgspec.structs.replace(party, country=country, codes=_by(party.codes, ends))


def answers(filing: Prepared, description: Description, rng: Random) -> dict[str, Any]:
    """What a declarant types into what is open: one of the choices, or what the exporter knows."""
    (_, house), *_ = description.houses()
    typed: dict[str, Any] = {}
    for one in filing.open:
        if one.choices:
            typed[one.field] = rng.choice(one.choices).hs_code
        elif one.field.endswith("total_e5"):
            line = int(one.field[len("goods[") : one.field.index("]")])
            typed[one.field] = house.goods[line - 1].total_e5
    return typed
