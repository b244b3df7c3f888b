"""One shipment as its exporter describes it, once; every filing of both sides is made from it.

Absent texts are "", absent numbers MISSING. Codes are neutral: ISO 3166 and 4217, UN/ECE
Recommendation 20. A trader's copy on the other side has the same shape, with absent what was not
granted. Names stand in several languages side by side, with who transliterated them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from msgspec import Meta, Struct

from silkport.kernel.limits import MAX_GOODS_LINES, MAX_HOUSES
from silkport.model.columns import MISSING

NAME_LANGUAGES = ("en", "zh", "zh-Latn", "ru", "kk", "kk-Latn")
"""Languages, and scripts of them, in which parties and goods are named."""

SIX = 6
"""Digits of a commodity code that every tariff shares. Source: Harmonized System."""

_Code = Annotated[str, Meta(max_length=8)]
_Short = Annotated[str, Meta(max_length=18)]
_Number = Annotated[str, Meta(max_length=50)]
_Name = Annotated[str, Meta(max_length=150)]
_Place = Annotated[str, Meta(max_length=120)]
_Languages = dict[str, _Name]
_ByCountry = dict[str, _Short]


class Party(Struct, frozen=True, kw_only=True):
    """A firm or person: what it is called, and its number by the country that gave it."""

    country: _Code = ""
    codes: _ByCountry = {}
    names: _Languages = {}
    named_by: _Name = ""
    """Who transliterated its names; empty when the party itself wrote them."""

    @property
    def own_code(self) -> str:
        """Its number in its own country."""
        return self.codes.get(self.country, "")


class Document(Struct, frozen=True, kw_only=True):
    """An invoice, certificate or permit: its kind in the classifier, its number and day."""

    kind: Annotated[str, Meta(max_length=10)] = ""
    number: _Number = ""
    issued_day: int = MISSING


class Measure(Struct, frozen=True, kw_only=True):
    """So much of a unit."""

    qty_e5: int = MISSING
    unit: Annotated[str, Meta(max_length=12)] = ""


_Documents = Annotated[tuple[Document, ...], Meta(max_length=99)]


class Goods(Struct, frozen=True, kw_only=True):
    """One line of goods; `hs_own` is the exporter's own code, `hs6` what all tariffs share."""

    gnum: int = MISSING
    names: dict[str, Annotated[str, Meta(max_length=1000)]] = {}
    hs_own: Annotated[str, Meta(max_length=10)] = ""
    hs6: Annotated[str, Meta(max_length=SIX)] = ""
    origin: _Code = ""
    origin_proof: _Number = ""
    maker: _Name = ""
    trade_mark: _Name = ""
    gross_mass_mg: int = MISSING
    net_mass_mg: int = MISSING
    pack_count: int = MISSING
    quantities: Annotated[tuple[Measure, ...], Meta(max_length=4)] = ()
    total_e5: int = MISSING
    documents: _Documents = ()


class House(Struct, frozen=True, kw_only=True):
    """The part of a consignment that one declaration of each side is about.

    `importer` is who receives this house, when it is not the importer of the whole.
    """

    house_no: Annotated[str, Meta(max_length=35)] = "1"
    importer: Party = Party()
    pack_count: int = MISSING
    freight_e5: int = MISSING
    freight_to_border_e5: int = MISSING
    insurance_e5: int = MISSING
    insurance_to_border_e5: int = MISSING
    goods: Annotated[tuple[Goods, ...], Meta(max_length=MAX_GOODS_LINES)] = ()
    documents: _Documents = ()


class Master(Struct, frozen=True, kw_only=True):
    """A waybill with the houses that travel under it."""

    document_kind: Annotated[str, Meta(max_length=10)] = ""
    document_no: _Number = ""
    houses: Annotated[tuple[House, ...], Meta(max_length=MAX_HOUSES)] = ()


class Terms(Struct, frozen=True, kw_only=True):
    """Contract, term of delivery and currencies."""

    contract_no: _Number = ""
    contract_day: int = MISSING
    incoterms: Annotated[str, Meta(max_length=3)] = ""
    incoterms_place: _Place = ""
    currency: _Code = ""
    freight_currency: _Code = ""


class Transport(Struct, frozen=True, kw_only=True):
    """The way: mode at the border, vehicle, and by country the offices and the post.

    `arrives_at` is when the exporter expects it at the post of the country of destination, in
    milliseconds since 1970-01-01T00:00Z.
    """

    mode: Annotated[str, Meta(max_length=2)] = ""
    vehicle: _Place = ""
    containers: Annotated[tuple[_Short, ...], Meta(max_length=99)] = ()
    departure_country: _Code = ""
    destination_country: _Code = ""
    offices: _ByCountry = {}
    border_offices: _ByCountry = {}
    posts: _ByCountry = {}
    arrives_at: int = MISSING


class Description(Struct, frozen=True, kw_only=True):
    """The exporter's one file. What is unlike its neighbour's is not in it: both read the same."""

    consignment_no: Annotated[str, Meta(max_length=35)] = ""
    exporter: Party = Party()
    importer: Party = Party()
    carrier: Party = Party()
    terms: Terms = Terms()
    transport: Transport = Transport()
    masters: Annotated[tuple[Master, ...], Meta(max_length=MAX_HOUSES)] = ()
    documents: _Documents = ()

    def houses(self) -> Iterator[tuple[Master, House]]:
        """Every house with its master, in order."""
        for master in self.masters:
            for house in master.houses:
                yield master, house

    def house(self, house_no: str) -> tuple[Master, House] | None:
        """One house with its master; None when there is no such one."""
        found = (pair for pair in self.houses() if pair[1].house_no == house_no)
        return next(found, None)

    def importer_of(self, house: House) -> Party:
        """Who receives a house."""
        return house.importer if house.importer != Party() else self.importer
