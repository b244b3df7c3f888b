"""What an exporter grants of a house, as the body of a message, and the trader's copy made of it.

Names of fields are those of the message kind `exporter_grant`; one in rows is `goods.total`. Sums
of money are left out unless the exporter names them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from silkport.kernel.errors import InvalidValue
from silkport.kernel.periods import day_number, day_of
from silkport.kernel.scaled import format_scaled, parse_scaled
from silkport.model.columns import BOUNDS, MAX_AMOUNT_E5, MAX_DAY, MISSING, Kind
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
from silkport.model.granted import GRANTED
from silkport.model.message_shape import Form

Body = Mapping[str, Any]
Rows = list[dict[str, Any]]

PRICES = frozenset(
    ("freight", "freight_to_border", "insurance", "insurance_to_border", "goods.total")
)
"""Fields that are off unless the exporter names them."""

GRANTABLE = tuple(
    name
    for one in GRANTED
    for name in (
        [f"{one.name}.{part.name}" for part in one.rows] if one.form is Form.ROWS else [one.name]
    )
)
"""Every field that an exporter may grant."""

_ALWAYS = frozenset(
    f"{one.name}.{part.name}" for one in GRANTED for part in one.rows if part.demanded
)
"""Fields without which a row says nothing; they go with any other of their row."""

_PLACES = 5
_ROLES = ("exporter", "importer", "carrier")
_SUMS = ("freight", "freight_to_border", "insurance", "insurance_to_border")
_TERMS = ("contract_no", "incoterms", "incoterms_place", "currency", "freight_currency")
_LINE = ("gnum", "hs6", "hs_own", "origin", "origin_proof", "maker", "trade_mark")
_MASSES = ("gross_mass_mg", "net_mass_mg", "pack_count")


def usual_fields(*, prices: bool = False) -> tuple[str, ...]:
    """The fields of a grant when the exporter names none: all but prices, or all."""
    return tuple(one for one in GRANTABLE if prices or one not in PRICES)


def granted_body(
    description: Description, place: tuple[Master, House], fields: Collection[str]
) -> dict[str, Any]:
    """What of a house a grant of `fields` carries; nothing that is not stated."""
    whole = _whole(description, *place)
    wanted = frozenset(fields)
    body: dict[str, Any] = {}
    for one in GRANTED:
        value = whole[one.name]
        if one.form is not Form.ROWS:
            if one.name in wanted and value not in ("", MISSING):
                body[one.name] = value
            continue
        names = [part.name for part in one.rows]
        own = {name for name in names if f"{one.name}.{name}" in wanted}
        if own:
            own |= {name for name in names if f"{one.name}.{name}" in _ALWAYS}
            if rows := [_part(row, own) for row in value]:
                body[one.name] = rows
    return body


def granted_names(body: Body) -> tuple[str, ...]:
    """The fields that a body carries, by their names in a grant."""
    rows = {
        f"{name}.{part}"
        for name, value in body.items()
        if isinstance(value, list)
        for row in value
        for part in row
    }
    return tuple(one for one in GRANTABLE if one in rows or one in body)


def _part(row: Body, names: Collection[str]) -> dict[str, Any]:
    return {
        name: value for name, value in row.items() if name in names and value not in ("", MISSING)
    }


def _whole(description: Description, master: Master, house: House) -> dict[str, Any]:
    """Everything that could be granted of a house, by field."""
    terms, way = description.terms, description.transport
    parties = (description.exporter, description.importer_of(house), description.carrier)
    there = way.destination_country
    found: dict[str, Any] = {name: getattr(terms, name) for name in _TERMS}
    found |= {name: _decimal(getattr(house, f"{name}_e5")) for name in _SUMS}
    for role, party in zip(_ROLES, parties, strict=True):
        found |= {
            f"{role}_code": party.own_code,
            f"{role}_name": next(iter(party.names.values()), ""),
            f"{role}_country": party.country,
        }
    return found | {
        "names": [*_names(parties)],
        "codes": [*_codes(parties)],
        "contract_day": _day_text(terms.contract_day),
        "departure_country": way.departure_country,
        "destination_country": there,
        "transport_mode": way.mode,
        "vehicle": way.vehicle,
        "containers": " ".join(way.containers),
        "arrives_at": way.arrives_at,
        "office": way.offices.get(there, ""),
        "border_office": way.border_offices.get(there, ""),
        "post": way.posts.get(there, ""),
        "document_kind": master.document_kind,
        "transport_document": master.document_no,
        "pack_count": house.pack_count,
        "goods": [_line(one) for one in house.goods],
        "descriptions": [
            {"gnum": one.gnum, "language": language, "name": name}
            for one in house.goods
            for language, name in one.names.items()
        ],
        "quantities": [
            {"gnum": one.gnum, "qty_e5": measure.qty_e5, "unit": measure.unit}
            for one in house.goods
            for measure in one.quantities
            if measure.qty_e5 != MISSING and measure.unit
        ],
        "documents": [
            *_papers(0, (*description.documents, *house.documents)),
            *(row for one in house.goods for row in _papers(one.gnum, one.documents)),
        ],
    }


def _names(parties: Sequence[Party]) -> Iterator[dict[str, Any]]:
    for role, party in zip(_ROLES, parties, strict=True):
        for language, name in party.names.items():
            yield {"role": role, "language": language, "name": name, "named_by": party.named_by}


def _codes(parties: Sequence[Party]) -> Iterator[dict[str, Any]]:
    for role, party in zip(_ROLES, parties, strict=True):
        for country, code in party.codes.items():
            yield {"role": role, "country": country, "code": code}


def _line(goods: Goods) -> dict[str, Any]:
    return {name: getattr(goods, name) for name in (*_LINE, *_MASSES)} | {
        "total": _decimal(goods.total_e5)
    }


def _papers(gnum: int, some: Sequence[Document]) -> Iterator[dict[str, Any]]:
    for one in some:
        day = _day_text(one.issued_day)
        if one.kind:
            yield {"gnum": gnum, "kind": one.kind, "number": one.number, "issued_day": day}


def description_of(body: Body) -> Description:
    """The trader's copy: a description of one house with what was granted and nothing else.

    Args:
        body: of a message whose form was found in order.
    Raises InvalidValue for a figure beyond what a declaration can hold.
    """
    there = str(body.get("destination_country", ""))
    importer = _party(body, "importer")
    code = str(body.get("importer_code", ""))
    if code and importer.country and importer.country not in importer.codes:
        importer.codes[importer.country] = code
    papers = _documents(body)
    house = House(
        house_no=str(body.get("house_no", "")),
        pack_count=_figure(body, "pack_count", Kind.COUNT),
        freight_e5=_amount(body.get("freight", "")),
        freight_to_border_e5=_amount(body.get("freight_to_border", "")),
        insurance_e5=_amount(body.get("insurance", "")),
        insurance_to_border_e5=_amount(body.get("insurance_to_border", "")),
        goods=tuple(_goods(body, papers)),
        documents=tuple(papers.get(0, ())),
    )
    master = Master(
        document_kind=body.get("document_kind", ""),
        document_no=body.get("transport_document", ""),
        houses=(house,),
    )
    return Description(
        consignment_no=str(body["consignment_no"]),
        exporter=_party(body, "exporter"),
        importer=importer,
        carrier=_party(body, "carrier"),
        terms=Terms(
            contract_day=_day(body.get("contract_day", "")),
            **{name: body.get(name, "") for name in _TERMS},
        ),
        transport=Transport(
            mode=body.get("transport_mode", ""),
            vehicle=body.get("vehicle", ""),
            containers=tuple(str(body.get("containers", "")).split()),
            departure_country=body.get("departure_country", ""),
            destination_country=there,
            offices=_at(there, body.get("office", "")),
            border_offices=_at(there, body.get("border_office", "")),
            posts=_at(there, body.get("post", "")),
            arrives_at=body.get("arrives_at", MISSING),
        ),
        masters=(master,),
    )


def _party(body: Body, role: str) -> Party:
    own = [one for one in body.get("names", ()) if one["role"] == role]
    names = {one["language"]: one["name"] for one in own}
    codes = {one["country"]: one["code"] for one in body.get("codes", ()) if one["role"] == role}
    country = str(body.get(f"{role}_country", ""))
    if country and body.get(f"{role}_code"):
        codes.setdefault(country, body[f"{role}_code"])
    by = next((one["named_by"] for one in own if one.get("named_by")), "")
    return Party(country=country, codes=codes, names=names, named_by=by)


def _goods(body: Body, papers: Mapping[int, Sequence[Document]]) -> Iterator[Goods]:
    names: dict[int, dict[str, str]] = {}
    for row in body.get("descriptions", ()):
        names.setdefault(row["gnum"], {})[row["language"]] = row["name"]
    measures: dict[int, list[Measure]] = {}
    for row in body.get("quantities", ()):
        measure = Measure(qty_e5=_figure(row, "qty_e5", Kind.QUANTITY), unit=row["unit"])
        measures.setdefault(row["gnum"], []).append(measure)
    for row in body.get("goods", ()):
        gnum = row["gnum"]
        yield Goods(
            names=names.get(gnum, {}),
            gross_mass_mg=_figure(row, "gross_mass_mg", Kind.CARGO),
            net_mass_mg=_figure(row, "net_mass_mg", Kind.CARGO),
            pack_count=_figure(row, "pack_count", Kind.COUNT),
            quantities=tuple(measures.get(gnum, ())),
            documents=tuple(papers.get(gnum, ())),
            total_e5=_amount(row.get("total", "")),
            **{name: row[name] for name in _LINE if name in row},
        )


def _documents(body: Body) -> dict[int, list[Document]]:
    """Documents by line, 0 for those of the whole house."""
    found: dict[int, list[Document]] = {}
    for row in body.get("documents", ()):
        day = _day(row.get("issued_day", ""))
        one = Document(kind=row["kind"], number=row.get("number", ""), issued_day=day)
        found.setdefault(row["gnum"], []).append(one)
    return found


def _figure(row: Body, name: str, kind: Kind) -> int:
    """A number within the bounds of its kind. Raises InvalidValue beyond them."""
    value = int(row.get(name, MISSING))
    if value > BOUNDS[kind][1]:
        raise InvalidValue(what=name, value=value, reason=f"at most {BOUNDS[kind][1]} can be")
    return value


def _at(country: str, code: str) -> dict[str, str]:
    return {country: code} if country and code else {}


def _decimal(value_e5: int) -> str:
    return "" if value_e5 == MISSING else format_scaled(value_e5, places=_PLACES, shortest=True)


def _amount(text: str) -> int:
    if not text:
        return MISSING
    value = parse_scaled(text, places=_PLACES, what="a granted sum")
    if not 0 <= value <= MAX_AMOUNT_E5:
        raise InvalidValue(what="a granted sum", value=text, reason="no sum of an invoice is so")
    return value


def _day_text(day: int) -> str:
    return "" if day == MISSING else f"{day_of(day)}"


def _day(text: str) -> int:
    """A day within the bounds of its kind; the form of the message has seen that it is one."""
    if not text:
        return MISSING
    day = day_number(date.fromisoformat(text))
    if not 0 <= day <= MAX_DAY:
        raise InvalidValue(what="a granted day", value=text, reason="no declaration can hold it")
    return day
