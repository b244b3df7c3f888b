"""The rules of a transport: what is flagged, who must act then, and why an act is refused.

A flag that holds keeps what it is about where it is until an officer has settled it. Sources that
were not read are marked as from memory. Words in four languages: `cli/words_transport.toml`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from silkport.model.transport import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class TransportRule:
    """A rule with a permanent code.

    Attributes:
        acts: who must act.
        holds: what it is about may not leave until it is settled; of a refusal always true.
        field: where the fault stands.
        fix: the smallest thing that helps.
    """

    code: str
    meaning: str
    acts: Role
    field: str
    source: str
    fix: str
    holds: bool = True


_CMR = "CMR, Geneva 1956 (articles from memory, unverified)"
_SMGS = "CMR, Geneva 1956, art. 8 and 9; SMGS, consignment note (from memory, unverified)"
_CUSTODY = "chain of custody: practice of this project, no source (unverified)"
_CONTROL = "WCO Revised Kyoto Convention, General Annex 6 (from memory, unverified)"
_TRANSIT = "WCO Revised Kyoto Convention, Specific Annex E (from memory, unverified)"
_SEALS = "WCO Revised Kyoto Convention, Specific Annex E, customs seals (from memory, unverified)"
_EXPORT = "agreement of the pair on exchange of export data, register of legal bases (unverified)"

BAD_UNIT, TWO_MASTERS, TWO_TRANSPORTS = "TRN001", "TRN002", "TRN003"
PARTS_EXCEED, WAYBILL_DIFFERS, SEAL_DIFFERS = "TRN004", "TRN005", "TRN006"
MASS_DIFFERS, SHORTAGE, EXCESS = "TRN007", "TRN008", "TRN009"
AMENDED_LATE, CANCELLED_GONE, CANCELLED_HERE = "TRN010", "TRN011", "TRN012"
LEFT_HELD, TRANSIT_OVERDUE, INCIDENT = "TRN013", "TRN014", "TRN015"
TRANSIT_LACKING = "TRN016"

EMPTY_CARRIES, NOT_FREE, NOT_SO_MUCH = "TRN101", "TRN102", "TRN103"
NOT_THERE, NOTHING_TO_SPLIT, NOT_OVER = "TRN104", "TRN105", "TRN106"
NOT_YOURS, UNIT_SHARED, NO_MOMENT = "TRN107", "TRN108", "TRN109"
NO_FIGURE, WRONG_PHASE, OTHER_NEEDED = "TRN110", "TRN111", "TRN112"
NOTHING_LOADED = "TRN113"

_FLAGGED = (
    TransportRule(
        code=BAD_UNIT,
        meaning="the number of a wagon or container cannot be right",
        acts=Role.CARRIER,
        field="units.number",
        source="ISO 6346:2022; eight-digit wagon numbers of the gauge of 1520 mm",
        fix="Compare it with the unit itself and announce the transport again.",
    ),
    TransportRule(
        code=TWO_MASTERS,
        meaning="one house is declared under two masters",
        acts=Role.DECLARANT,
        field="masters.houses",
        source=_CMR,
        fix="Say on which waybill it travels, or state both as parts with the whole.",
    ),
    TransportRule(
        code=TWO_TRANSPORTS,
        meaning="one waybill is on two transports at once",
        acts=Role.CARRIER,
        field="masters.waybill",
        source=_SMGS,
        fix="Withdraw the transport that does not carry it, or tell of its transloading.",
    ),
    TransportRule(
        code=PARTS_EXCEED,
        meaning="the parts of a house are more than the whole, or state another whole",
        acts=Role.DECLARANT,
        field="masters.houses.packages",
        source=_CMR,
        fix="Correct the parts or the whole on the waybills.",
    ),
    TransportRule(
        code=WAYBILL_DIFFERS,
        meaning="a waybill states other sums than its houses",
        acts=Role.CARRIER,
        field="masters.packages",
        source=_SMGS,
        fix="Correct the waybill or the list of its houses.",
        holds=False,
    ),
    TransportRule(
        code=SEAL_DIFFERS,
        meaning="seals were found other than those set",
        acts=Role.OFFICER,
        field="seals",
        source=_SEALS,
        fix="Inspect the goods, or note who changed the seal and why.",
    ),
    TransportRule(
        code=MASS_DIFFERS,
        meaning="the mass on the weighbridge differs from what is carried",
        acts=Role.OFFICER,
        field="weighed_mass_mg",
        source=_CONTROL,
        fix="Weigh again, or have the goods counted.",
    ),
    TransportRule(
        code=SHORTAGE,
        meaning="less was found than declared",
        acts=Role.CARRIER,
        field="counted",
        source=_SMGS,
        fix="Account for what is missing.",
        holds=False,
    ),
    TransportRule(
        code=EXCESS,
        meaning="more was found than declared",
        acts=Role.DECLARANT,
        field="counted",
        source=_CONTROL,
        fix="Declare what is in excess, or have it put apart.",
    ),
    TransportRule(
        code=AMENDED_LATE,
        meaning="the export was amended after the import was released",
        acts=Role.OFFICER,
        field="export_amended",
        source=_EXPORT,
        fix="Compare both and ask the declarant for a correction, or settle it.",
        holds=False,
    ),
    TransportRule(
        code=CANCELLED_GONE,
        meaning="the export was cancelled though the goods are under way",
        acts=Role.OFFICER,
        field="export_amended",
        source=_EXPORT,
        fix="Ask the neighbour what holds; the goods stay until it is settled.",
    ),
    TransportRule(
        code=CANCELLED_HERE,
        meaning="the export was cancelled and the goods have not departed",
        acts=Role.CARRIER,
        field="export_amended",
        source=_EXPORT,
        fix="Do not depart with it; take it off the transport.",
    ),
    TransportRule(
        code=LEFT_HELD,
        meaning="goods left that were not released",
        acts=Role.OFFICER,
        field="track",
        source=_CONTROL,
        fix="Have them brought back, or note why they left.",
    ),
    TransportRule(
        code=TRANSIT_OVERDUE,
        meaning="the term of the transit is over",
        acts=Role.CARRIER,
        field="masters.transit.due_at",
        source=_TRANSIT,
        fix="Present the goods, or ask the office for a longer term.",
        holds=False,
    ),
    TransportRule(
        code=INCIDENT,
        meaning="something happened on the way",
        acts=Role.OFFICER,
        field="incident",
        source=_TRANSIT,
        fix="Look at goods and seals when it arrives.",
    ),
    TransportRule(
        code=TRANSIT_LACKING,
        meaning="a master passes through and has no transit declaration",
        acts=Role.CARRIER,
        field="masters.transit",
        source=_TRANSIT,
        fix="State the number of the transit declaration and announce again.",
    ),
)

_REFUSING = (
    TransportRule(
        code=EMPTY_CARRIES,
        meaning="an empty run carries no goods",
        acts=Role.CARRIER,
        field="procedure",
        source="its own procedure, without goods declaration: practice (unverified)",
        fix="Announce a transport that is no empty run.",
    ),
    TransportRule(
        code=NOT_FREE,
        meaning="not everything aboard may leave",
        acts=Role.DECLARANT,
        field="masters.houses",
        source=_CONTROL,
        fix="Split the transport, or unload what is held.",
    ),
    TransportRule(
        code=NOT_SO_MUCH,
        meaning="there is not so much of it",
        acts=Role.CARRIER,
        field="portions",
        source=_CUSTODY,
        fix="State what is there, or have it counted first.",
    ),
    TransportRule(
        code=NOT_THERE,
        meaning="it is not on this transport",
        acts=Role.CARRIER,
        field="portions",
        source=_CUSTODY,
        fix="Name it as the transport does.",
    ),
    TransportRule(
        code=NOTHING_TO_SPLIT,
        meaning="nothing may go, or nothing stays",
        acts=Role.OFFICER,
        field="houses",
        source=_CONTROL,
        fix="Let it depart whole, or wait for a release.",
    ),
    TransportRule(
        code=NOT_OVER,
        meaning="it still has goods or open flags",
        acts=Role.OFFICER,
        field="phase",
        source=_CONTROL,
        fix="Unload what is aboard, transload what is stored unreleased, and settle the flags.",
    ),
    TransportRule(
        code=NOT_YOURS,
        meaning="the act is not for this role",
        acts=Role.OFFICER,
        field="role",
        source=_CONTROL,
        fix="Let the right one act.",
    ),
    TransportRule(
        code=UNIT_SHARED,
        meaning="what goes and what stays are in one unit or on the vehicle",
        acts=Role.CARRIER,
        field="store",
        source=_CUSTODY,
        fix="Name the warehouse into which the rest is unloaded.",
    ),
    TransportRule(
        code=NO_MOMENT,
        meaning="it cannot happen in the future",
        acts=Role.CARRIER,
        field="happened_at",
        source=_CUSTODY,
        fix="Correct the moment.",
    ),
    TransportRule(
        code=NO_FIGURE,
        meaning="a number, name or figure cannot be so",
        acts=Role.CARRIER,
        field="facts",
        source=_SMGS,
        fix="Correct what is named.",
    ),
    TransportRule(
        code=WRONG_PHASE,
        meaning="its phase does not allow it",
        acts=Role.CARRIER,
        field="phase",
        source=_CUSTODY,
        fix="Tell first what comes before it.",
    ),
    TransportRule(
        code=OTHER_NEEDED,
        meaning="the other transport cannot take it",
        acts=Role.CARRIER,
        field="to",
        source=_CUSTODY,
        fix="Announce a transport that carries goods and has not left.",
    ),
    TransportRule(
        code=NOTHING_LOADED,
        meaning="nothing was loaded",
        acts=Role.CARRIER,
        field="masters",
        source=_SMGS,
        fix="Tell what was loaded, or announce an empty run.",
    ),
)

RULES: Mapping[str, TransportRule] = {one.code: one for one in (*_FLAGGED, *_REFUSING)}
"""Every rule by its code."""

FLAGS = tuple(one.code for one in _FLAGGED)
"""Codes of what is flagged; the others refuse."""
