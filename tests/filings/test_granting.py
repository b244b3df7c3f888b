"""What an exporter grants, field by field, and the trader's copy that is made of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from silkport.filings.granting import (
    GRANTABLE,
    PRICES,
    description_of,
    granted_body,
    usual_fields,
)
from silkport.kernel.errors import InvalidValue
from silkport.law.message_form import fault
from silkport.model.columns import MISSING
from silkport.model.description import Description
from silkport.model.messages import BY_NAME
from tests.filings.shipments import WAYS, a_shipment

HEAD = {
    "house_no": "1",
    "grant_no": "N/1/1",
    "act": "granted",
    "version": 1,
    "granted_at": 1,
    "valid_until": 2,
    "importer_code": "C",
}


def body_of(description: Description, fields: Sequence[str]) -> dict[str, Any]:
    place = next(description.houses())
    head = {**HEAD, "consignment_no": description.consignment_no}
    return head | granted_body(description, place, fields)


@given(
    st.sampled_from(sorted(WAYS)), st.integers(0, 10**6 - 1), st.sets(st.sampled_from(GRANTABLE))
)
def test_a_body_has_the_form_of_its_kind_whatever_is_granted(
    name: str, seed: int, fields: set[str]
) -> None:
    body = body_of(a_shipment(name, seed), sorted(fields))
    assert fault(BY_NAME["exporter_grant"], body) == ""
    assert isinstance(description_of(body), Description)


@pytest.mark.parametrize("name", WAYS)
def test_all_that_is_granted_arrives_exactly(name: str) -> None:
    sent = a_shipment(name)
    copy = description_of(body_of(sent, usual_fields(prices=True)))
    (_, house), (_, there) = next(sent.houses()), next(copy.houses())
    assert there.goods == house.goods
    assert there.documents == (*sent.documents, *house.documents)
    assert (copy.exporter, copy.carrier, copy.terms) == (sent.exporter, sent.carrier, sent.terms)
    assert copy.importer.names == sent.importer.names
    own = sent.transport.destination_country
    assert copy.transport.offices == {own: sent.transport.offices[own]}


def test_prices_are_off_unless_they_are_named() -> None:
    sent = a_shipment("machines")
    copy = description_of(body_of(sent, usual_fields()))
    (_, house), *_ = copy.houses()
    assert {one.total_e5 for one in house.goods} == {MISSING}
    assert not PRICES & set(usual_fields())
    assert set(usual_fields(prices=True)) == set(GRANTABLE)


def test_what_is_not_named_does_not_leave() -> None:
    body = body_of(a_shipment("flour"), ["goods.net_mass_mg", "vehicle"])
    assert set(body) - set(HEAD) == {"consignment_no", "vehicle", "goods"}
    assert [set(row) for row in body["goods"]] == [{"gnum", "net_mass_mg"}]
    (_, house), *_ = description_of(body).houses()
    assert (house.goods[0].origin, house.goods[0].gross_mass_mg) == ("", MISSING)


BEYOND = [
    {"freight": "-1"},
    {"freight": "1e9"},
    {"insurance": "99999999999999"},
    {"pack_count": 10**10},
    {"goods": [{"gnum": 1, "gross_mass_mg": 10**15}]},
    {"goods": [{"gnum": 1, "total": "0.0000001"}]},
    {"quantities": [{"gnum": 1, "qty_e5": 10**15, "unit": "KGM"}]},
]


@pytest.mark.parametrize("part", BEYOND, ids=range(len(BEYOND)))
def test_a_peers_figures_stay_within_bounds(part: dict[str, Any]) -> None:
    with pytest.raises(InvalidValue):
        description_of(body_of(a_shipment("flour"), usual_fields()) | part)


def test_the_copy_is_one_house_alone() -> None:
    sent = a_shipment("flour")
    (master, house), *_ = sent.houses()
    second = msgspec.structs.replace(house, house_no="2")
    both = msgspec.structs.replace(master, houses=(house, second))
    sent = msgspec.structs.replace(sent, masters=(both,))
    copy = description_of(body_of(sent, usual_fields()))
    assert [one.house_no for _, one in copy.houses()] == ["1"]
