"""A seeded sample of commercial consignments: houses with goods, in JSON and as a flat table.

Each consignment stands in one of the two files, so that both can be cleared together. What is
planted in them is listed beside, with the code of the finding that is owed and what is wrong.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from random import Random

import polars as pl

from silkport.formats.consignments import to_json, write_consignments
from silkport.formats.reading import schema_of
from silkport.formats.writing import WRITERS, declared_to_outside, write
from silkport.kernel.errors import InvalidValue
from silkport.model.declarations import ACTS, DECLARATION, GOODS
from silkport.sim.trade import Good, House, Regime, Row, Trade, load_trade
from silkport.sim.trade_faults import FAULTS, Fault

PLANTED_GOODS = "planted_goods.csv"
"""The list of what is planted in the declarations, beside the input."""

PLANTED_GOODS_COLUMNS = ("declaration_no", "administration", "kind", "code", "wrong")

STEM = "consignments"
GOODS_DAY = date(2026, 9, 15)
MIN_GOODS, MAX_GOODS = 60, 50_000

_EPOCH = date(1970, 1, 1)
_CENT_E5 = 1_000
_GRAM_MG = 1_000
_PIECE_E5 = 100_000
_GRAM_KG_E5 = 100

_ROAD, _RAIL = "30", "20"
_PAPERS = {_ROAD: ("CMR", "02015"), _RAIL: ("SMGS", "02013")}
"""The waybill of each mode and the kind of document it is (EEC classifier 2009)."""

_LACKS_FREIGHT = ("EXW", "FCA")
_MOST_MARKET_CENTS = 100_000_00
"""US cents of one declaration of a mode of trade with a purchaser; the law admits half more."""


@dataclass(slots=True)
class GoodsReport:
    """What was written: goods lines, houses, consignments, the files, planted per kind."""

    goods: int
    houses: int = 0
    consignments: int = 0
    files: list[Path] = field(default_factory=list)
    planted: dict[str, str] = field(default_factory=dict)
    """Kind of what is planted by the number of its declaration."""
    planted_file: Path = Path()


def write_goods_sample(
    out: Path, *, goods: int, seed: int, day: date = GOODS_DAY, suffix: str = "xlsx"
) -> GoodsReport:
    """Writes commercial consignments to a folder; the same arguments give the same files.

    Args:
        out: the folder; files of an earlier sample of goods in it are replaced.
        goods: goods lines in all.
        seed: any integer from 0.
        day: the last day of registration.
        suffix: format of the flat table: xlsx, csv, ndjson, parquet or arrow.
    Raises InvalidValue for counts, seeds and suffixes that cannot be.
    """
    _demand(goods=goods, seed=seed, suffix=suffix)
    trade = load_trade()
    rng = Random(f"goods {seed}")
    houses = list(_Drawer(trade, rng, day).houses(goods))
    planted = _plant(houses, Random(f"faults {seed}"))
    out.mkdir(parents=True, exist_ok=True)
    for path in out.glob(f"{STEM}.*"):
        path.unlink()
    report = GoodsReport(goods, houses=len(houses), planted_file=out / PLANTED_GOODS)
    report.consignments = len({house.head["consignment_no"] for house in houses})
    report.planted = {house.number: fault.name for house, fault in planted}
    as_json, as_table = out / f"{STEM}.json", out / f"{STEM}.{suffix}"
    nested = _tables([house for house in houses if house.nested])
    as_json.write_text(to_json(write_consignments(nested)), "utf-8")
    write(declared_to_outside(_tables([one for one in houses if not one.nested])), as_table)
    report.files = sorted([as_json, as_table])
    _list_planted(planted, report.planted_file)
    return report


def draw_houses(goods: int, seed: int, day: date = GOODS_DAY) -> list[House]:
    """Houses without fault, with so many goods lines in all; few lines each when these are few."""
    return list(_Drawer(load_trade(), Random(f"goods {seed}"), day).houses(goods))


def _demand(*, goods: int, seed: int, suffix: str) -> None:
    if seed < 0:
        raise InvalidValue(what="a seed", value=seed, reason="it is a number from 0")
    if not MIN_GOODS <= goods <= MAX_GOODS:
        reason = f"a sample has {MIN_GOODS} to {MAX_GOODS} goods lines"
        raise InvalidValue(what="the number of goods lines", value=goods, reason=reason)
    if f".{suffix}" not in WRITERS:
        known = ", ".join(known.removeprefix(".") for known in WRITERS)
        raise InvalidValue(what="a format", value=suffix, reason=f"known: {known}")


class _Drawer:
    """Draws consignment after consignment, procedure after procedure."""

    def __init__(self, trade: Trade, rng: Random, day: date) -> None:
        self._trade = trade
        self._rng = rng
        self._day = day

    def houses(self, goods: int) -> Iterator[House]:
        """Houses with so many goods lines in all."""
        most = max(2, min(20, goods // 25))
        number = 0
        while goods:
            turn, at = divmod(number, len(self._trade.regimes))
            regime = self._trade.regimes[at]
            number += 1
            head = self._way(regime, number)
            for house_no in range(1, self._rng.randint(1, 3) + 1):
                lines = min(goods, self._rng.randint(1, most))
                if lines:
                    goods -= lines
                    yield self._house(regime, head, house_no, lines, nested=turn % 2 == 0)

    def _way(self, regime: Regime, number: int) -> Row:
        """What the houses of one consignment share: countries, offices, transport."""
        rail = self._rng.random() < 0.4
        mode = _RAIL if rail else _ROAD
        serial = self._rng.randrange(10**7)
        return {
            "consignment_no": f"SILK-{self._day.year}-{number:06d}",
            "procedure": regime.procedure,
            "office": regime.office,
            "border_office": regime.border_office,
            "departure_country": regime.departure,
            "destination_country": regime.destination,
            "trade_country": regime.trade_country,
            "transport_mode": mode,
            "transport_document": f"{_PAPERS[mode][0]}-{serial:07d}",
            "vehicle": f"{serial % 10**8:08d}" if rail else f"{serial % 1000:03d}AAA00/00AAA00",
            "container_count": 1 if rail else 0,
        }

    def _house(
        self,
        regime: Regime,
        way: Row,
        house_no: int,
        count: int,
        *,
        nested: bool,
    ) -> House:
        """One house declaration without fault."""
        rng, trade = self._rng, self._trade
        registered = self._day - timedelta(days=rng.randrange(6))
        clock = rng.randrange(8, 18) * 10_000 + rng.randrange(60) * 100 + rng.randrange(60)
        declarant = rng.choice(trade.declarants[regime.administration])
        consignor, consignee = (
            rng.choice(trade.parties[country]) for country in (regime.departure, regime.destination)
        )
        consignment, waybill = str(way["consignment_no"]), str(way["transport_document"])
        waybill_kind = _PAPERS[str(way["transport_mode"])][1]
        head: Row = {
            **way,
            "guid": f"{rng.getrandbits(128):032x}",
            "act": ACTS[0],
            "app_time": int(f"{registered:%Y%m%d}") * 10**6 + clock,
            "declaration_no": f"{consignment}/{house_no}",
            "house_no": str(house_no),
            "decl_day": (registered - _EPOCH).days,
            "previous_procedure": "00",
            "declarant_code": declarant.code,
            "declarant_name": declarant.name,
            "consignor_code": consignor.code,
            "consignor_name": consignor.name,
            "consignor_country": consignor.country,
            "consignee_code": consignee.code,
            "consignee_name": consignee.name,
            "consignee_country": consignee.country,
            "purchaser": regime.purchaser,
            "contract_no": f"K-{rng.randrange(10**5):05d}",
            "documents": f"04021 INV-{rng.randrange(10**6):06d}; {waybill_kind} {waybill}",
        }
        if regime.secured:
            head["guarantee_no"] = f"G-{rng.randrange(10**6):06d}"
        if regime.temporary:
            head["stay_months"] = rng.randint(1, 24)
        lines = self._lines(regime, count)
        house = House(regime=regime, head=head, lines=lines, nested=nested)
        self._sum_up(house)
        return house

    def _lines(self, regime: Regime, count: int) -> list[Row]:
        """Goods lines with prices in US cents."""
        goods = self._trade.goods_of(regime)
        room = _MOST_MARKET_CENTS // count if regime.purchaser else 0
        return [
            self._line(regime, self._rng.choice(goods), number, room)
            for number in range(1, count + 1)
        ]

    def _line(self, regime: Regime, good: Good, number: int, room: int) -> Row:
        """One goods line; `room` is the most it may cost in US cents, 0 for any."""
        rng = self._rng
        price, mass = rng.randint(*good.price_cents), rng.randint(*good.mass_g)
        pieces = rng.randint(*good.pieces)
        if room:
            pieces = max(1, min(pieces, room // price))
        net = mass * pieces
        line: Row = {
            "gnum": number,
            "hs_code": good.code_for(regime),
            "goods_name": good.name,
            "trade_mark": good.trade_mark,
            "producer": good.producer,
            "origin": regime.departure,
            "net_mass_mg": net * _GRAM_MG,
            "gross_mass_mg": (net + net * good.packing_percent // 100) * _GRAM_MG,
            "total_e5": price * pieces * _CENT_E5,
        }
        if good.unit:
            line |= {"qty_e5": pieces * _PIECE_E5, "unit": good.unit}
        elif regime.quantities:
            line |= {"qty_e5": net * _GRAM_KG_E5, "unit": "KGM"}
        if regime.terms:
            line["valuation_method"] = 1
        return line

    def _sum_up(self, house: House) -> None:
        """Totals, packages, terms of delivery and freight, in a currency of the regime."""
        rng, regime, head = self._rng, house.regime, house.head
        currency = rng.choice(regime.currencies)
        rate = self._trade.per_dollar[currency]
        for line in house.lines:
            cents = int(line["total_e5"]) // _CENT_E5
            line["total_e5"] = cents * rate // 100 * _CENT_E5
        gross_g = sum(int(line["gross_mass_mg"]) for line in house.lines) // _GRAM_MG
        pallets = gross_g // 20_000 + 1
        head |= {
            "currency": currency,
            "invoice_total_e5": sum(int(line["total_e5"]) for line in house.lines),
            "goods_count": len(house.lines),
            "pack_count": pallets,
            "gross_mass_mg": (gross_g + pallets * 250) * _GRAM_MG,
        }
        if not regime.terms:
            return
        term = rng.choice(regime.terms)
        at = regime.departure if term in _LACKS_FREIGHT else regime.destination
        head |= {"incoterms": term, "incoterms_place": self._trade.places[at]}
        cents = (gross_g * rng.randint(12, 30) // 1000 + 5_000) * rate // 100
        to_border = cents * rng.randint(40, 75) // 100
        head |= {"freight_e5": cents * _CENT_E5, "freight_to_border_e5": to_border * _CENT_E5}
        if term == "CIP":
            insured = int(head["invoice_total_e5"]) // _CENT_E5 * 3 // 1000
            head["insurance_e5"] = insured * _CENT_E5
            head["insurance_to_border_e5"] = insured * to_border // cents * _CENT_E5


def _plant(houses: Sequence[House], rng: Random) -> list[tuple[House, Fault]]:
    """Plants each kind of fault once, in at most a quarter of the houses."""
    free = list(houses)
    rng.shuffle(free)
    planted: list[tuple[House, Fault]] = []
    for fault in FAULTS:
        house = next((one for one in free if fault.fits(one)), None)
        if house is not None and len(planted) < len(houses) // 4:
            fault.edit(house)
            free.remove(house)
            planted.append((house, fault))
    return sorted(planted, key=lambda found: found[0].number)


def _tables(houses: Sequence[House]) -> dict[str, pl.DataFrame]:
    """Houses as the tables a reader gives."""
    rows: dict[str, list[Row]] = {DECLARATION.name: [], GOODS.name: []}
    for position, house in enumerate(houses, 1):
        origin: Row = {"source": STEM, "position": position}
        rows[DECLARATION.name].append({**house.head, **origin})
        keys = {name: house.head[name] for name in DECLARATION.key}
        rows[GOODS.name] += [{**line, **keys, **origin} for line in house.lines]
    tables = {}
    for table in (DECLARATION, GOODS):
        absent = {column.name: column.absent for column in table.columns}
        whole = [absent | row for row in rows[table.name]]
        tables[table.name] = pl.DataFrame(whole, schema=schema_of(table), orient="row")
    return tables


def _list_planted(planted: Sequence[tuple[House, Fault]], path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(PLANTED_GOODS_COLUMNS)
        for house, fault in planted:
            who = house.regime.administration
            writer.writerow((house.number, who, fault.name, fault.code, fault.wrong))
