"""What can be wrong with a description, the filings made from it, and the grants of an exporter."""

from __future__ import annotations

from silkport.kernel.errors import SilkportError


class FilingRefused(SilkportError):
    """A description, a filing or a grant is not taken."""

    status = 422


class DescriptionRefused(FilingRefused):
    """A description that cannot be read whole; nothing of it was kept."""

    code = "SP-6301"
    sentence = "The description {source} was refused: {reason}"
    hint = "Correct what is named; 'silkport consignment template' shows every field."


class FilingOpen(FilingRefused):
    """A filing with fields that its declarant has not filled or not confirmed."""

    code = "SP-6302"
    sentence = "{filing} of {what} is not filed: {reason}."
    hint = "The declarant fills the open fields and confirms all of them; only then it is filed."
    status = 409


class FilingHeld(FilingRefused):
    """A filing that is kept back until somebody acts."""

    code = "SP-6303"
    sentence = "{filing} of {what} is held at {field}: {reason}. {who} must act: {fix}. {source}"
    status = 409


class FieldNotTyped(FilingRefused):
    """A value for a field that nobody types, or that the field cannot hold."""

    code = "SP-6304"
    sentence = "{field} of {filing} cannot be {value}: {reason}."
    hint = "'silkport consignment show' names the fields and what is open."


class GrantInvalid(FilingRefused):
    """A grant that does not allow what is asked."""

    code = "SP-6305"
    sentence = "Grant {grant} does not serve for this: {reason}."
    hint = "The exporter grants anew with 'silkport consignment grant'; nobody else can."
    status = 403


class ConsignmentTaken(FilingRefused):
    """A number under which another exporter's consignment is kept."""

    code = "SP-6306"
    sentence = "{what} is the number of a consignment that another exporter described."
    hint = "Use a number of your own; every exporter's numbers begin with something of its own."
    status = 409


class FilingUnknown(FilingRefused):
    """A filing for which no field table is here."""

    code = "SP-6307"
    sentence = "No field table for {filing} of {administration} with {other} is here."
    hint = "Such tables are data: countries/PAIR/filings.toml."


class DayNotOfFiling(FilingRefused):
    """A declaration that states another legal day than the one on which it is filed.

    Powers, permits, rates and demands are read by that day, so nobody chooses it. Source: Customs
    Code of the Eurasian Economic Union, art. 53 and 111: what holds on the day of registration;
    China, Regulations on Import and Export Duties, art. 15: the day on which customs accepts the
    declaration (both from memory, unverified).
    """

    code = "SP-6308"
    sentence = "{what} states {stated} as its day and is filed on {today}."
    hint = "State the day of filing; what was registered on paper is keyed by 'silkport paper key'."
