"""Which houses are meant by a number of a consignment, declaration, house, transport or waybill."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from silkport.kernel.ids import as_key, two_meant
from silkport.model.transport import Transport
from silkport.node.corridor.consignment_files import files_of
from silkport.node.corridor.transports import (
    TRANSPORT,
    transports_of_vehicle,
    transports_of_waybill,
)
from silkport.node.dossiers import Dossier, find_dossier, linked
from silkport.node.state.contract import Transaction
from silkport.node.workflow.cases import case_of


class Meant(NamedTuple):
    """A house that is meant: its consignment and its number in it."""

    consignment_no: str
    house_no: str

    @property
    def about(self) -> str:
        """As messages are filed."""
        return as_key(self.consignment_no, self.house_no)


def houses_meant(tx: Transaction, name: str) -> list[Meant]:
    """The houses that a name may stand for here, in order; nothing when it is not known.

    A name is a consignment, `CONSIGNMENT/HOUSE`, a declaration by id or number, a transport, a
    waybill, or a plate, wagon or container. A house of a known consignment is alone.
    """
    whole = sorted(set(_of_consignment(tx, name)) | set(_carried(tx, name)))
    if whole:
        return whole
    declared = {
        Meant(case.consignment_no, case.house_no)
        for (identity,) in tx.rows("find_declarations", name)
        for case in [case_of(tx, identity)]
    }
    if declared:
        return sorted(declared)
    return sorted(
        one
        for consignment_no, house_no in two_meant(name)
        for one in set(_of_consignment(tx, consignment_no))
        if one.house_no == house_no
    )


def _of_consignment(tx: Transaction, number: str) -> Iterator[Meant]:
    """Every house of a consignment that was described, declared, carried or told of here."""
    if not number:
        return
    yield from _of_files(tx, number)
    for (identity,) in tx.rows("find_declarations", number):
        case = case_of(tx, identity)
        if case.consignment_no == number:
            yield Meant(number, case.house_no)
    for transport in linked(tx, TRANSPORT, "consignment", number):
        for carried in transport.state.houses:
            if carried.consignment_no == number:
                yield Meant(number, carried.house_no)
    for _, body in tx.rows("heard_houses", as_key(number)):
        said = msgspec.json.decode(body)
        if said.get("consignment_no") == number:
            yield Meant(number, str(said.get("house_no", "")))


def _of_files(tx: Transaction, number: str) -> Iterator[Meant]:
    for file in files_of(tx, number):
        state = file.state
        named = {house.house_no for _, house in state.description.houses()}
        named |= {one.house_no for one in state.filings.values()}
        named |= {one.house_no for one in state.grants.values()}
        yield from (Meant(state.consignment_no, one) for one in named)


def _carried(tx: Transaction, name: str) -> Iterator[Meant]:
    """Every house on a transport, a waybill or a vehicle."""
    exact = find_dossier(tx, TRANSPORT, name)
    for transport in [exact] if exact else transports_of_vehicle(tx, name):
        for part in (transport, *_lots_of(tx, transport)):
            yield from (Meant(*one.key) for one in part.state.houses)
    for transport in transports_of_waybill(tx, name):
        for master in transport.state.masters:
            if master.waybill == name:
                yield from (Meant(*one.key) for one in master.houses)


def _lots_of(tx: Transaction, transport: Dossier[Transport]) -> Iterator[Dossier[Transport]]:
    """What was split from a transport, lots of lots as well."""
    for number in range(1, transport.state.lots + 1):
        lot = find_dossier(tx, TRANSPORT, f"{transport.id}/{number}")
        if lot is not None and lot.state.parent == transport.id:
            yield lot
            yield from _lots_of(tx, lot)


def lone_transports(tx: Transaction, name: str) -> list[Dossier[Transport]]:
    """Transports of a name that carry nothing, as empty runs do."""
    exact = find_dossier(tx, TRANSPORT, name)
    some = [exact] if exact else transports_of_vehicle(tx, name)
    return [one for one in some if not one.state.houses]
