"""Descriptions of two invented shipments by seed, and the excerpts of tariffs they need.

Who sends what to whom stands in `descriptions.toml`; pieces, prices, plates and numbers are drawn.
"""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from silkport.formats.description import description_text
from silkport.kernel.periods import day_of
from silkport.law.tariff.entries import COLUMNS
from silkport.model.columns import AMOUNT_SCALE
from silkport.model.description import (
    Description,
    Document,
    Goods,
    House,
    Master,
    Measure,
    Party,
    Terms,
    Transport,
)
from silkport.sim.world import read_toml

HOUR_MS, DAY_MS = 3_600_000, 86_400_000
_MG, _HUNDREDTH_E5 = 1_000, AMOUNT_SCALE // 100
_LETTERS = "ABCEHKMOPTX"
_FILE = "descriptions.toml"


def shipments() -> list[str]:
    """The names of the invented shipments."""
    return sorted(read_toml(_FILE)["shipment"])


def way_of(name: str) -> tuple[str, str]:
    """The administrations between which a shipment goes: of departure and of destination."""
    way = read_toml(_FILE)["shipment"][name]["transport"]
    return way["departure_country"].lower(), way["destination_country"].lower()


def drawn_description(name: str, *, seed: int, at: int) -> Description:
    """One of the shipments, its figures drawn by seed.

    Args:
        name: one of `shipments`.
        at: when it is described, in milliseconds since 1970-01-01T00:00Z.
    """
    told = read_toml(_FILE)["shipment"][name]
    dice = random.Random(f"{name} {seed}")
    number = f"{told['number']}-{day_of(at // DAY_MS).year}-{seed:06d}"
    goods = tuple(_goods(one, place, dice) for place, one in enumerate(told["goods"], 1))
    day = at // DAY_MS
    papers = tuple(
        Document(kind=kind, number=f"{number}-{place}", issued_day=day - place)
        for place, kind in enumerate(told["paper"]["documents"], 1)
    )
    plates = f"{dice.randint(100, 999)} {''.join(dice.choices(_LETTERS, k=3))} 10"
    house = House(
        house_no="1",
        pack_count=sum(one.pack_count for one in goods),
        goods=goods,
        documents=papers,
    )
    master = Master(
        document_kind=told["paper"]["kind"],
        document_no=f"CMR {dice.randint(10**6, 10**7)}",
        houses=(house,),
    )
    return Description(
        consignment_no=number,
        exporter=Party(**told["exporter"]),
        importer=Party(**told["importer"]),
        carrier=Party(**told["carrier"]),
        terms=Terms(contract_no=f"{number}/K", contract_day=day - 30, **told["terms"]),
        transport=Transport(
            vehicle=plates,
            arrives_at=at + told["hours_on_the_way"] * HOUR_MS,
            **told["transport"],
        ),
        masters=(master,),
    )


def _goods(told: Mapping[str, Any], gnum: int, dice: random.Random) -> Goods:
    pieces, price = dice.randint(*told["pieces"]), dice.randint(*told["price"])
    net, packing = told["mass_g"] * pieces * _MG, told["packing_g"] * pieces * _MG
    counted = net // 10 if told.get("by_mass") else pieces * AMOUNT_SCALE  # a kilogram: 10**6 mg
    return Goods(
        gnum=gnum,
        names=told["names"],
        hs_own=told["hs_own"],
        hs6=told["hs_own"][:6],
        origin=told["origin"],
        maker=told["maker"],
        trade_mark=told["trade_mark"],
        gross_mass_mg=net + packing,
        net_mass_mg=net,
        pack_count=pieces,
        quantities=(Measure(qty_e5=counted, unit=told["unit"]),),
        total_e5=pieces * price * _HUNDREDTH_E5,
    )


def sample_tariffs() -> dict[str, str]:
    """By administration, the excerpt of its tariff that the shipments need, as `law load` reads."""
    found = {}
    for told in read_toml(_FILE)["tariff"]:
        text = io.StringIO()
        rows = csv.writer(text, lineterminator="\n")
        rows.writerow(COLUMNS)
        for hs, rate, unit, name in told["rows"]:
            goods = (hs, "duty", "", "", rate, "", unit, "", name)
            rows.writerow((*goods, told["start"], "", told["source"], "unverified"))
        found[told["administration"]] = text.getvalue()
    return found


def write_descriptions(folder: Path, *, seed: int, at: int) -> list[Path]:
    """Writes each shipment as a file, and each excerpt of a tariff; gives what was written."""
    folder.mkdir(parents=True, exist_ok=True)
    texts = {
        f"{name}.json": description_text(drawn_description(name, seed=seed, at=at))
        for name in shipments()
    }
    texts |= {f"tariff-{name}.csv": text for name, text in sample_tariffs().items()}
    for name, text in texts.items():
        (folder / name).write_text(text, "utf-8")
    return [folder / name for name in texts]
