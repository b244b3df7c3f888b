"""Who a consignment file may name: firms. Persons are declared, where their names can be erased.

A declaration keeps each person sealed under a key of his own (`workflow/people.py`); a file of a
consignment is read by its traders as a whole and keeps names as they are.
"""

from __future__ import annotations

from collections.abc import Iterator

from silkport.kernel.filing_errors import DescriptionRefused
from silkport.model.description import Description, Party
from silkport.node.workflow.people import is_of_a_person


def person_in(description: Description) -> str:
    """The party that a description names by the number of a person; "" when all are firms."""
    for role, party in _parties(description):
        if any(is_of_a_person(one) for one in party.codes.values()):
            return role
    return ""


def demand_firms(description: Description) -> None:
    """Raises DescriptionRefused when a party is a person."""
    if role := person_in(description):
        reason = f"its {role} is a person, who is declared by declaration ('silkport node file')."
        raise DescriptionRefused(source=description.consignment_no, reason=reason)


def _parties(description: Description) -> Iterator[tuple[str, Party]]:
    yield "exporter", description.exporter
    yield "importer", description.importer
    yield "carrier", description.carrier
    for _, house in description.houses():
        yield f"importer of house {house.house_no}", house.importer
