"""Messages between nodes: the one table of kinds, with version, fields, and who may send them.

A message is canonical JSON: an envelope whose first four fields are those of the Eurasian Economic
Union's electronic documents (EEC R.055: EDocCode, EDocId, EDocRefId, EDocDateTime), and a body
of the fields listed here. Which of them may cross which border is not said here: that is the
legal basis register of the pair (`law/register.py`). A field that no register allows stays home.
"""

from __future__ import annotations

from silkport.model.granted import GRANTED
from silkport.model.message_shape import Competence, Field, Form, MessageKind
from silkport.model.message_shape import day as _day
from silkport.model.message_shape import moment as _moment
from silkport.model.message_shape import number as _number
from silkport.model.message_shape import text as _text

__all__ = ["BY_CODE", "BY_NAME", "KINDS", "NEWEST", "Competence", "Field", "Form", "MessageKind"]

_CUSTOMS = frozenset({Competence.CUSTOMS})
_AT_THE_BORDER = frozenset({Competence.CUSTOMS, Competence.CHECKPOINT})
_INSPECTING = frozenset({Competence.CUSTOMS, Competence.INSPECTION})
_ANYBODY = frozenset(Competence)
_HOUSE = ("consignment_no", "house_no")

_CONSIGNMENT = (
    _text("consignment_no", 35, "number of the consignment, the same on both sides", demanded=True),
    _text("house_no", 35, "number of the house within the consignment"),
)
_EXPORT_NO = _text("declaration_no", 71, "export declaration", demanded=True)

_GOODS = Field(
    "goods",
    Form.ROWS,
    "goods lines of the house",
    999,
    rows=(
        _number("gnum", "line number", demanded=True),
        _text("hs_code", 10, "commodity code", demanded=True),
        _text("description", 1000, "name of the goods"),
        _text("origin", 8, "country of origin, ISO alpha-2"),
        _number("gross_mass_mg", "gross mass in milligrams"),
        _number("net_mass_mg", "net mass in milligrams"),
        _number("qty_e5", "quantity in hundred-thousandths of its unit"),
        _text("unit", 3, "unit of quantity, UN/ECE Recommendation 20"),
        _text("total", 24, "price of the line, decimal, in the currency of the invoice"),
    ),
)

_DECLARED = (
    _text("transport_document", 50, "waybill of the consignment: CMR, SMGS"),
    _text("transport_mode", 2, "mode at the border: 20 rail, 30 road"),
    _text("vehicle", 120, "plates or wagon at the border"),
    _number("container_count", "containers"),
    _text("consignor_name", 150, "consignor", party=True),
    _text("consignee_name", 150, "consignee", party=True),
    _text("departure_country", 8, "country of departure, ISO alpha-2"),
    _text("destination_country", 8, "country of destination, ISO alpha-2"),
    _text("procedure", 4, "customs procedure or supervision mode"),
    _text("office", 8, "customs office of declaration"),
    _text("border_office", 8, "customs office at the border"),
    _number("gross_mass_mg", "gross mass of the house in milligrams"),
    _number("pack_count", "packages"),
    _text("currency", 3, "currency of the invoice"),
    _text("invoice_total", 24, "total of the invoice, decimal, in its currency"),
    _text("incoterms", 3, "term of delivery"),
    _GOODS,
)

_INSPECTION = (
    *_CONSIGNMENT,
    _text("inspection_no", 40, "number of the inspection", demanded=True),
    _text("body", 150, "inspection body", demanded=True),
    _text("method", 24, "how: x_ray, weighing, opening, sampling, documents"),
    _moment("inspected_at", "moment of the inspection", demanded=True),
    _text(
        "finding",
        24,
        "conforms, differs, prohibited, or withdrawn: it no longer stands",
        demanded=True,
    ),
    _number("weighed_mass_mg", "gross mass as measured in milligrams"),
    _text("image_digest", 64, "SHA-256 of the image, hexadecimal"),
    _day("valid_until", "last day on which it may be relied on"),
)

_PASSPORT = (
    _text("body_code", 40, "code of the inspection body, as the receiver has registered it"),
    _text("competence", 24, "in what it inspected: quality, health, plant, veterinary, customs"),
    Field(
        "goods",
        Form.ROWS,
        "goods lines that were inspected",
        999,
        rows=(
            _number("gnum", "line number", demanded=True),
            _text("hs_code", 10, "commodity code, six digits or more", demanded=True),
            _number("gross_mass_mg", "gross mass in milligrams"),
            _number("net_mass_mg", "net mass in milligrams"),
        ),
    ),
    Field(
        "measures",
        Form.ROWS,
        "what was measured",
        100,
        rows=(
            _text("name", 60, "what, e.g. moisture", demanded=True),
            _text("value", 24, "how much, decimal", demanded=True),
            _text("unit", 3, "unit, UN/ECE Recommendation 20", demanded=True),
        ),
    ),
    _text("key_id", 16, "short name of the key of the body"),
    _text("signature", 128, "signature of the body over all else, Ed25519, hexadecimal"),
)

_FILING = frozenset({Competence.CUSTOMS, Competence.RELAY})

KINDS: tuple[MessageKind, ...] = (
    MessageKind(
        "R.SP.EX.01.001",
        "export_released",
        1,
        "Goods were released for export towards the receiver.",
        _CUSTOMS,
        _HOUSE,
        (*_CONSIGNMENT, _EXPORT_NO, _moment("released_at", "moment of release"), *_DECLARED),
    ),
    MessageKind(
        "R.SP.EX.01.002",
        "export_amended",
        1,
        "A released export was amended or cancelled; what is stated replaces what was.",
        _CUSTOMS,
        _HOUSE,
        (
            *_CONSIGNMENT,
            _EXPORT_NO,
            _text("act", 9, "amended or cancelled", demanded=True),
            _moment("amended_at", "moment of the act", demanded=True),
            *_DECLARED,
        ),
    ),
    MessageKind(
        "R.SP.EX.01.003",
        "exporter_grant",
        1,
        "An exporter lets an importer read what he declared of a house, or takes that back.",
        _FILING,
        _HOUSE,
        (
            *_CONSIGNMENT,
            _text("grant_no", 80, "number of the grant", demanded=True),
            _text("act", 7, "granted or revoked", demanded=True),
            _number("version", "version of the description", demanded=True),
            _moment("granted_at", "moment of the grant", demanded=True),
            _moment("valid_until", "first moment at which it no longer holds", demanded=True),
            _text("importer_code", 18, "whom it names: number", demanded=True, party=True),
            *GRANTED,
        ),
    ),
    MessageKind(
        "R.SP.TR.01.001",
        "arrival_notice",
        1,
        "A consignment arrived at a post of the sender.",
        _AT_THE_BORDER,
        _HOUSE,
        (
            *_CONSIGNMENT,
            _text("post", 18, "checkpoint", demanded=True),
            _moment("arrived_at", "moment of arrival", demanded=True),
            _text("vehicle", 120, "plates or wagon"),
            _text(
                "seals",
                200,
                "seals as found, apart by spaces: empty for none, absent if unseen",
            ),
            _number("weighed_mass_mg", "gross mass by the weighbridge in milligrams"),
        ),
    ),
    MessageKind(
        "R.SP.IM.01.001",
        "import_registered",
        1,
        "An import declaration of the consignment was registered.",
        _CUSTOMS,
        _HOUSE,
        (
            *_CONSIGNMENT,
            _text("declaration_no", 71, "import declaration", demanded=True),
            _moment("registered_at", "moment of registration", demanded=True),
            _text("office", 8, "customs office of declaration"),
            _text("procedure", 4, "customs procedure"),
        ),
    ),
    MessageKind(
        "R.SP.IM.01.002",
        "import_decision",
        1,
        "The import declaration was decided.",
        _CUSTOMS,
        _HOUSE,
        (
            *_CONSIGNMENT,
            _text("declaration_no", 71, "import declaration", demanded=True),
            _text("decision", 24, "the state it came to, e.g. released or refused", demanded=True),
            _moment("decided_at", "moment of the decision", demanded=True),
        ),
    ),
    MessageKind(
        "R.SP.IN.01.001",
        "inspection_result",
        1,
        "A consignment was inspected.",
        _INSPECTING,
        _HOUSE,
        _INSPECTION,
    ),
    MessageKind(
        "R.SP.IN.01.001",
        "inspection_result",
        2,
        "A consignment was inspected; the body that did it signed the result.",
        _INSPECTING,
        _HOUSE,
        (*_INSPECTION, *_PASSPORT),
    ),
    MessageKind(
        "R.SP.BR.01.001",
        "capacity_notice",
        1,
        "What a post can take on a day.",
        _AT_THE_BORDER,
        ("post", "day", "direction"),
        (
            _text("post", 18, "checkpoint", demanded=True),
            _day("day", "day by the sender's clock", demanded=True),
            _text("direction", 6, "import or export", demanded=True),
            _number("vehicles", "vehicles that can be taken", demanded=True),
            _text("reason", 200, "why it differs from the usual"),
        ),
    ),
    MessageKind(
        "R.SP.BR.01.002",
        "slot_state",
        1,
        "A slot at a post was given, changed, used or lost.",
        _AT_THE_BORDER,
        ("slot_no",),
        (
            _text("slot_no", 40, "number of the slot", demanded=True),
            _text("post", 18, "checkpoint", demanded=True),
            _moment("opens_at", "first moment of the slot", demanded=True),
            _moment("closes_at", "first moment after it", demanded=True),
            _text("state", 12, "given, changed, used, lost or cancelled", demanded=True),
            _text("vehicle", 120, "plates"),
        ),
    ),
    MessageKind(
        "R.SP.BR.01.003",
        "checkpoint_calendar",
        1,
        "When a post is open.",
        _AT_THE_BORDER,
        ("post",),
        (
            _text("post", 18, "checkpoint", demanded=True),
            Field(
                "openings",
                Form.ROWS,
                "days and hours",
                400,
                demanded=True,
                rows=(
                    _day("day", "day by the sender's clock", demanded=True),
                    _moment("opens_at", "first moment", demanded=True),
                    _moment("closes_at", "first moment after it", demanded=True),
                ),
            ),
        ),
    ),
    MessageKind(
        "R.SP.MI.01.001",
        "mirror_query",
        1,
        "What did you count on your side?",
        _CUSTOMS,
        ("query_no",),
        (
            _text("query_no", 40, "number of the question", demanded=True),
            _day("first_day", "first day of registration", demanded=True),
            _day("last_day", "last day of registration", demanded=True),
            _text("direction", 6, "import or export, as the receiver counts", demanded=True),
        ),
    ),
    MessageKind(
        "R.SP.MI.01.002",
        "mirror_answer",
        1,
        "What was counted.",
        _CUSTOMS,
        ("query_no",),
        (
            _text("query_no", 40, "number of the question", demanded=True),
            _number("declarations", "declarations of goods registered", demanded=True),
            _number("released", "of these, released", demanded=True),
            _number("gross_mass_mg", "gross mass of those released in milligrams", demanded=True),
        ),
    ),
    MessageKind(
        "R.SP.PR.01.001",
        "receipt",
        1,
        "Messages took effect, or were parked.",
        _ANYBODY,
        (),
        (
            _number("first", "first sequence number considered", demanded=True),
            _number("last", "last sequence number considered", demanded=True),
            Field(
                "parked",
                Form.ROWS,
                "messages that did not take effect",
                10_000,
                rows=(
                    _number("seq", "sequence number", demanded=True),
                    _text("code", 7, "code of the reason", demanded=True),
                ),
            ),
        ),
    ),
    MessageKind(
        "R.SP.PR.01.002",
        "key_change",
        1,
        "The sender will sign with a new key and may show a new certificate.",
        _ANYBODY,
        (),
        (
            _text("public", 64, "new public key, Ed25519, hexadecimal", demanded=True),
            _text("certificate", 4000, "new certificate of its TLS key, PEM", demanded=True),
            _text("proof", 128, "signature of the new key over the change", demanded=True),
        ),
    ),
)
"""Every kind of message a node may exchange."""

BY_CODE = {(kind.code, kind.version): kind for kind in KINDS}
BY_NAME = {kind.name: kind for kind in KINDS}
NEWEST = {kind.code: kind.version for kind in sorted(KINDS, key=lambda one: one.version)}
