"""Writing the transit declaration R.048 and pre-arrival information by road and rail (5.23.0)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from silkport.formats.eaeu import documents
from silkport.formats.eaeu.building import Part, build
from silkport.formats.eaeu.catalogue import FORMS, UNSTATED
from silkport.formats.eaeu.declared import Cell, Row
from silkport.formats.eaeu.writing import (
    House,
    containers_of,
    in_containers,
    registration_of,
    vehicles_of,
)
from silkport.kernel.errors import InvalidValue, LimitExceeded
from silkport.kernel.limits import MAX_GOODS_LINES
from silkport.kernel.periods import day_number
from silkport.model.columns import MISSING

Stated = Mapping[str, Cell]

_RAIL = "20"
"""Mode of transport by rail. Source: EEC classifier 2004."""

_REPEATS = "country/YYYY-MM-DD/nine characters"
_UCR = "UCR"
"""The name under which a transit declaration states the consignment among its documents."""


def write_transit_declaration(houses: Sequence[House], journey: Stated) -> bytes:
    """A transit declaration R.048 of the houses that travel together.

    Declarant, vehicle and mode are those of the first house. The consignment is named among the
    documents of each line, as the document has no place of its own for it.

    Args:
        houses: at least one, each with lines and parties.
        journey: columns of JOURNEY; doc_id, doc_time, transit_direction, destination_office,
            carrier_name and guarantee_code must be stated.
    Raises InvalidValue and LimitExceeded as `write_goods_declaration` does.
    """
    _checked(houses, journey)
    first = houses[0].declaration
    whole = Part(
        {
            "declaration": first,
            "journey": journey,
            "sums": _sums(houses),
            "derived": {
                "in_containers": max(*(in_containers(one) for one in houses), 0),
                "seals": len(_seals(journey)) or MISSING,
            },
        },
        {
            "vehicle": vehicles_of(first),
            "seal": _seals(journey),
            "house": [_house(one, journey, n, ucr=True) for n, one in enumerate(houses, 1)],
        },
    )
    return build(FORMS["R.048"], whole)


def write_prearrival(houses: Sequence[House], journey: Stated) -> bytes:
    """Pre-arrival information: by rail where the first house goes by rail, by road otherwise.

    The number of the consignment stands in UCRId of every line, the preliminary declaration of a
    house, where it has a registration number, in CustomsDocIdDetails.

    Args:
        houses: at least one; filer, vehicles, border office and mode are those of the first.
        journey: columns of JOURNEY; doc_id, doc_time and purposes must be stated.
    Raises InvalidValue and LimitExceeded as `write_goods_declaration` does.
    """
    _checked(houses, journey)
    first = houses[0].declaration
    rail = str(first.get("transport_mode", "")) == _RAIL
    vehicles = vehicles_of(first)
    if not rail and len(vehicles) > 3:
        reason = "by road at most three vehicles are named"
        raise InvalidValue(what="declaration.vehicle", value=len(vehicles), reason=reason)
    whole = Part(
        {
            "declaration": first,
            "journey": journey,
            "repeated": _repeated(str(journey.get("repeats", ""))),
            "sums": _sums(houses),
            "derived": {
                "by_tir": int(journey.get("tir_number", "") not in UNSTATED),
                "seals": len(_seals(journey)) or MISSING,
                "in_containers": max(*(in_containers(one) for one in houses), 0),
            },
        },
        {
            "vehicle": vehicles,
            "seal": _seals(journey),
            "house": [_house(one, journey, n, ucr=False) for n, one in enumerate(houses, 1)],
        },
    )
    return build(FORMS["RWPreliminary" if rail else "AutoPreliminary"], whole)


_TOGETHER = (("seals", "seal_method"), ("tir_number", "tir_series"), ("tir_series", "tir_number"))
"""What of a journey cannot be written without the other."""


def _checked(houses: Sequence[House], journey: Stated) -> None:
    for one, other in _TOGETHER:
        if journey.get(one, "") not in UNSTATED and journey.get(other, "") in UNSTATED:
            reason = f"{one} is stated, which is not written without it"
            raise InvalidValue(what=f"journey.{other}", value="", reason=reason)
    if not houses:
        raise InvalidValue(what="houses", value=0, reason="there is none to write")
    for house in houses:
        if not house.goods:
            raise InvalidValue(what="goods", value=0, reason="a house has at least one line")
    lines = sum(len(one.goods) for one in houses)
    if max(lines, len(houses)) > MAX_GOODS_LINES:
        reason = f"it has {lines} goods lines"
        raise LimitExceeded(source="houses", limit=MAX_GOODS_LINES, reason=reason)


def _house(house: House, journey: Stated, ordinal: int, *, ucr: bool) -> Part:
    row = house.declaration
    waybill = row.get("transport_document", "") not in UNSTATED
    kind = documents.transport_kind(str(row.get("transport_mode", ""))) if waybill else ""
    said: Row = {"ordinal": ordinal, "transport_kind": kind}
    return Part(
        {
            "declaration": row,
            "house": said,
            "registration": registration_of(house.registration_no),
        },
        {
            "container": containers_of(house),
            "seal": _seals(journey),
            "line": [_line(house, line, n, ucr=ucr) for n, line in enumerate(house.goods)],
        },
    )


def _line(house: House, line: Stated, n: int, *, ucr: bool) -> Part:
    row = house.declaration
    listed = documents.listed(row, line, first=n == 0)
    if ucr:
        number = str(row.get("consignment_no", ""))
        listed.append({"kind": "", "name": _UCR, "number": number, "mark": "ucr"})
    return Part(
        {"goods": line},
        {
            "document": [Part({"document": one}) for one in listed],
            "container": containers_of(house) if n == 0 else [],
        },
    )


def _seals(journey: Stated) -> list[Part]:
    parts = (one.strip() for one in str(journey.get("seals", "")).split(";"))
    return [Part({"seal": {"number": one}}) for one in parts if one]


def _sums(houses: Sequence[House]) -> Row:
    """Totals over the houses; a sum is stated only where every house states its part."""
    rows = [one.declaration for one in houses]
    currencies = {str(row.get("currency", "")) for row in rows}
    found: Row = {
        "goods": sum(len(one.goods) for one in houses),
        "packs": _sum(rows, "pack_count"),
        "gross_mass_mg": _sum(rows, "gross_mass_mg"),
    }
    if len(currencies) == 1:
        found["total_e5"] = _sum(rows, "invoice_total_e5")
        found["currency"] = currencies.pop()
    return found


def _sum(rows: Sequence[Stated], name: str) -> int:
    parts = [int(row.get(name, MISSING)) for row in rows]
    return sum(parts) if min(parts) >= 0 else MISSING


def _repeated(number: str) -> Row:
    """The parts of the number under which the same was filed before."""
    if not number:
        return {}
    country, _, rest = number.partition("/")
    day, _, serial = rest.partition("/")
    try:
        filed = day_number(date.fromisoformat(day))
    except ValueError:
        what = "journey.repeats"
        raise InvalidValue(what=what, value=number[:60], reason=f"it is {_REPEATS}") from None
    return {"country": country, "day": filed, "number": serial}
