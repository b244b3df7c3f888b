"""Descriptions, grants and prepared filings of a consignment, as plain values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from silkport.filings.confirming import typed_share
from silkport.model.prepared import ConsignmentFile, Grant, Prepared
from silkport.node.corridor.consignment_files import CONSIGNMENT, File, files_of
from silkport.node.dossiers import acts
from silkport.node.state.contract import Transaction
from silkport.node.tracing.finding import Meant


def file_rows(tx: Transaction, houses: Sequence[Meant]) -> list[dict[str, Any]]:
    """The files of the consignments of some houses, with what is about those houses.

    Names of parties and what a trader typed are not among it: they are in `consignment show`.
    """
    found: dict[str, File] = {}
    for number in dict.fromkeys(one.consignment_no for one in houses):
        found |= {one.id: one for one in files_of(tx, number)}
    meant = {(one.consignment_no, one.house_no) for one in houses}
    rows = [_file_row(tx, one, meant) for one in found.values()]
    return [one for one in rows if one["houses"]]


def _file_row(tx: Transaction, file: File, meant: set[tuple[str, str]]) -> dict[str, Any]:
    state = file.state
    number = state.consignment_no

    def is_meant(house_no: str) -> bool:
        return (number, house_no) in meant

    filings = [one for one in state.filings.values() if is_meant(one.house_no)]
    grants = [one for one in state.grants.values() if is_meant(one.house_no)]
    houses = _houses(state, is_meant)
    named = {one["house_no"] for one in houses}
    also = {one.house_no for one in filings} | {one.house_no for one in grants}
    gone = [
        {"house_no": one, "waybill": "", "packages": None, "lines": 0}
        for one in sorted(also - named)
    ]
    past = acts(tx, CONSIGNMENT, file.id)
    way = state.description.transport
    return {
        "id": file.id,
        "consignment_no": number,
        "side": state.side.value,
        "peer": state.peer,
        "version": state.version,
        "from": way.departure_country,
        "to": way.destination_country,
        "arrives_at": way.arrives_at,
        "houses": [*houses, *gone],
        "grants": [_grant_row(one) for one in grants],
        "filings": [_filing_row(one) for one in filings],
        "acts": [{name: one[name] for name in ("at", "event", "by", "who")} for one in past],
    }


def _houses(state: ConsignmentFile, is_meant: Callable[[str], bool]) -> list[dict[str, Any]]:
    return [
        {
            "house_no": house.house_no,
            "waybill": master.document_no,
            "packages": house.pack_count if house.pack_count >= 0 else None,
            "lines": len(house.goods),
        }
        for master, house in state.description.houses()
        if is_meant(house.house_no)
    ]


def _grant_row(one: Grant) -> dict[str, Any]:
    return {
        "grant_no": one.grant_no,
        "house_no": one.house_no,
        "peer": one.peer,
        "importer_code": one.importer_code,
        "fields": len(one.fields),
        "granted_at": one.granted_at,
        "valid_until": one.valid_until,
        "revoked_at": one.revoked_at,
    }


def _filing_row(one: Prepared) -> dict[str, Any]:
    share = typed_share(one)
    return {
        "filing": one.filing,
        "house_no": one.house_no,
        "version": one.version,
        "typed_fields": share.typed,
        "all_fields": share.fields,
        "open": [hole.field for hole in one.open],
        "holds": [
            {"code": hold.code, "field": hold.field, "who": hold.who, "fix": hold.fix}
            for hold in one.holds
        ],
        "file_by": one.file_by,
        "confirmed_by": one.confirmed_by,
        "confirmed_at": one.confirmed_at,
        "filed": one.filed_id,
    }
