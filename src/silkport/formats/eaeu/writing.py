"""Writing a goods declaration R.055 from the rows of one house, and what it cannot carry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import msgspec

from silkport.formats.eaeu import documents
from silkport.formats.eaeu.building import Part, build
from silkport.formats.eaeu.catalogue import FORMS, UNSTATED
from silkport.formats.eaeu.declared import Cell, DeclaredPayment, DeclaredValue, Row
from silkport.formats.eaeu.reading import read_goods_declaration
from silkport.formats.eaeu.spelling import collapsed
from silkport.kernel.errors import InvalidValue, LimitExceeded
from silkport.kernel.identifiers import IdKind, is_valid
from silkport.kernel.ids import as_key
from silkport.kernel.limits import MAX_GOODS_LINES
from silkport.kernel.periods import day_number
from silkport.model.columns import MISSING
from silkport.model.declarations import ACTS, DECLARATION, GOODS

_EXPORTS = ("10", "21", "23", "31")
"""Procedures of goods that leave. Source: EEC classifier 2002 (Decision 378)."""

Stated = Mapping[str, Cell]


class House(msgspec.Struct, frozen=True, kw_only=True):
    """One declaration to be written: its row, its lines, and what is known beside them.

    `declaration` and `goods` have columns of `model.declarations`, all others count as not
    stated; `containers` are numbers; `registration_no` is office/DDMMYY/number.
    """

    declaration: Mapping[str, str | int]
    goods: tuple[Mapping[str, str | int], ...]
    containers: tuple[str, ...] = ()
    registration_no: str = ""


def write_goods_declaration(
    house: House,
    *,
    payments: Sequence[DeclaredPayment] = (),
    values: Sequence[DeclaredValue] = (),
    ref_id: str = "",
) -> bytes:
    """A goods declaration R.055, or its correction where the act is one.

    `guid` becomes EDocId, `app_time` EDocDateTime, consignment and house number InternalDocId.

    Args:
        house: the declaration; only a declaration or a correction has this form.
        payments: rows of box 47 by line; those of line 0 are the totals of box B.
        values: customs and statistical values by line; line 0 is the whole.
        ref_id: EDocRefId, the document that this one corrects.
    Raises InvalidValue where a value is not as the document demands or a needed one is missing,
    LimitExceeded for more than MAX_GOODS_LINES lines.
    """
    row = house.declaration
    _checked(house)
    of_line = {int(line.get("gnum", MISSING)): line for line in house.goods}
    stray = {one.line for one in payments} | {one.line for one in values}
    stray -= {*of_line, 0}
    if stray:
        reason = "no goods line has this number"
        raise InvalidValue(what="payment or value", value=min(stray), reason=reason)
    lines = [
        Part(
            {"goods": line, "value": _value(values, number)},
            {
                "document": [_one("document", x) for x in documents.listed(row, line, first=not n)],
                "container": containers_of(house) if n == 0 else [],
                "payment": [_payment(one) for one in payments if one.line == number],
            },
        )
        for n, (number, line) in enumerate(of_line.items())
    ]
    whole = Part(
        {
            "declaration": row,
            "journey": {"ref_id": ref_id},
            "value": _value(values, 0),
            "registration": registration_of(house.registration_no),
            "derived": _derived(house),
        },
        {
            "line": lines,
            "vehicle": vehicles_of(row),
            "total": [_payment(one) for one in payments if one.line == 0],
        },
    )
    return build(FORMS["R.055"], whole)


def lost_columns(house: House, content: bytes) -> tuple[str, ...]:
    """Columns that are stated but do not come back from what was written, by table and column.

    Freight, insurance and the other parts of the value stand in the declaration of customs value
    and are always among them.
    """
    again = read_goods_declaration(content, "written")
    lost = {
        f"{DECLARATION.name}.{name}"
        for name in DECLARATION.names
        if _differs(house.declaration, again.declaration, name)
    }
    for line, back in zip(house.goods, again.goods, strict=True):
        lost |= {f"{GOODS.name}.{name}" for name in GOODS.names if _differs(line, back, name)}
    return tuple(sorted(lost))


def _differs(row: Stated, again: Stated, name: str) -> bool:
    stated = row.get(name, "")
    if isinstance(stated, str):
        stated = collapsed(stated)
    return stated not in UNSTATED and stated != again[name]


def _checked(house: House) -> None:
    row = house.declaration
    act = str(row.get("act") or ACTS[0])
    if act not in ACTS[:2]:
        reason = "the document is a declaration or its correction"
        raise InvalidValue(what="declaration.act", value=act, reason=reason)
    flags = str(row.get("change_flags", ""))
    if (act == ACTS[1]) != (len(flags) == 8) or (flags and len(flags) != 8):
        reason = "a correction has eight flags, a declaration none"
        raise InvalidValue(what="declaration.change_flags", value=flags, reason=reason)
    if "/" in str(row.get("consignment_no", "")):
        what, reason = "declaration.consignment_no", "a slash divides it from the house"
        raise InvalidValue(what=what, value=str(row["consignment_no"]), reason=reason)
    numbers = [line.get("gnum", MISSING) for line in house.goods]
    if len(set(numbers)) != len(numbers):
        reason = "each line has a number of its own"
        raise InvalidValue(what="goods.gnum", value=str(numbers[:20]), reason=reason)
    if len(numbers) > MAX_GOODS_LINES:
        reason = f"it has {len(numbers)} goods lines"
        raise LimitExceeded(source="declaration", limit=MAX_GOODS_LINES, reason=reason)


def _derived(house: House) -> Row:
    """What stands in the document and in no column by itself."""
    row = house.declaration
    procedure = str(row.get("procedure", ""))
    before = str(row.get("previous_procedure", ""))
    return {
        "kind": "ЭК" if procedure in _EXPORTS else "ИМ",
        "own_number": own_number(row),
        "line_procedure": procedure if before else "",
        "move_feature": "000" if before else "",
        "in_containers": in_containers(house),
        "vehicles": len(vehicles_of(row)) or MISSING,
    }


def own_number(row: Stated) -> str:
    """Consignment and house, or the number of the declaration where there is no consignment."""
    consignment, house = str(row.get("consignment_no", "")), str(row.get("house_no", ""))
    if consignment:
        return as_key(*filter(None, (consignment, house)))
    return str(row.get("declaration_no", ""))


def in_containers(house: House) -> int:
    """The flag of box 19: 1 or 0, MISSING where nothing says so."""
    count = int(house.declaration.get("container_count", MISSING))
    if house.containers:
        return 1
    return MISSING if count < 0 else int(count > 0)


def vehicles_of(row: Stated) -> list[Part]:
    """The plates or wagons of a declaration, which a slash divides."""
    plates = [one.strip() for one in str(row.get("vehicle", "")).split("/")]
    stated = filter(None, plates)
    return [_one("vehicle", {"ordinal": n, "plate": one}) for n, one in enumerate(stated, 1)]


def containers_of(house: House) -> list[Part]:
    """The containers of a declaration."""
    return [_one("container", {"number": one}) for one in house.containers]


def registration_of(number: str) -> Row:
    """The parts of a registration number; raises InvalidValue for another form."""
    if not number:
        return {}
    if not is_valid(IdKind.EAEU_DECLARATION_NO, number):
        reason = "it is office/DDMMYY/number"
        raise InvalidValue(what="registration number", value=number[:60], reason=reason)
    office, day, serial = number.split("/")
    return {
        "office": office,
        "day": day_number(date(2000 + int(day[4:]), int(day[2:4]), int(day[:2]))),
        "number": serial,
    }


def _one(table: str, row: Row) -> Part:
    return Part({table: row})


def _value(values: Sequence[DeclaredValue], line: int) -> Row:
    found = next((one for one in values if one.line == line), None)
    return {} if found is None else msgspec.structs.asdict(found)


def _payment(one: DeclaredPayment) -> Part:
    return Part({"payment": msgspec.structs.asdict(one)})
