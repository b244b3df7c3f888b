"""Paper when all else fails: a code that is verified offline, and forms that are keyed later.

The code on a printed declaration is a compact statement signed by the node. Whoever holds the card
of that node can check it without any line: the signature says who printed it, the statement says
what the paper must say. Blank forms carry a number of this node; what was declared on one is keyed
later under that number and as of the day on the form.
"""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from silkport.kernel.canonical import digest_bytes
from silkport.kernel.limits import MAX_BLANKS, MAX_CODE_BYTES, MAX_CODE_CHARACTERS
from silkport.kernel.money import Money
from silkport.kernel.paper_errors import (
    AlreadyKeyed,
    CodeForged,
    CodeUnreadable,
    NumberDiffers,
    NumberNotIssued,
)
from silkport.kernel.periods import day_of
from silkport.model.decoding import decoded
from silkport.model.paper import BLANK, ISSUED, KEYED, Form, Stated
from silkport.node.dossiers import Act, DossierKind, encoded, find_dossier, keep
from silkport.node.exchange.keys import key_id_of, verify
from silkport.node.exchange.peers import current_key
from silkport.node.sovereign import Node
from silkport.node.state.contract import Transaction
from silkport.node.workflow.cases import DECIDING, FILING, Case
from silkport.node.workflow.filing import Filed, Office, file_declaration

PAPER = "paper"
HEAD = "SILKPORT1:"
KEY_ID_BYTES, SIGNATURE_BYTES = 8, 64
FORM = DossierKind("form", Form)
_MINUTE_MS = 60_000


@dataclass(frozen=True, slots=True)
class Verified:
    """What a code states, by whom and with which key it was signed."""

    stated: Stated
    key_id: str


def code_of(tx: Transaction, node: Node, case: Case) -> str:
    """The code to print on a declaration as it is now."""
    declared, decided = case.document["declaration"], case.decision["decision"]
    due = int(decided["total_minor"])
    stated = Stated(
        node=node.id,
        number=case.number,
        case=case.id,
        state=case.state.value,
        printed_at=node.now(),
        digest=digest_bytes(encoded(case.document)),
        consignment=case.consignment_no,
        house=case.house_no,
        procedure=str(declared.get("procedure", "")),
        vehicle=str(declared.get("vehicle", "")),
        document=str(declared.get("transport_document", "")),
        gross_mass_mg=int(declared.get("gross_mass_mg", -1)),
        packs=int(declared.get("pack_count", -1)),
        lines=len(case.document["goods"]),
        due=str(Money(due, str(decided["currency"]))) if decided["currency"] else "",
    )
    return _signed(tx, node, stated)


def _signed(tx: Transaction, node: Node, stated: Stated) -> str:
    """A code: key, signature and packed statement in the letters that a QR code packs best."""
    key = current_key(tx, node).key
    content = encoded(stated)
    signature = key.sign(PAPER, content)
    packed = bytes.fromhex(key.key_id) + signature + zlib.compress(content, 9)
    return HEAD + base64.b32encode(packed).decode().rstrip("=")


def read_code(text: str, publics: Mapping[str, Collection[bytes]]) -> Verified:
    """What a code states, after its signature was found good; needs no line and no node.

    Args:
        publics: public keys of every node that is known, by its id; former keys as well.
    Raises CodeUnreadable, CodeForged.
    """
    key_id, signature, content = _unpacked("".join(text.split()))
    try:
        stated = decoded(content, Stated)
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeError) as error:
        raise CodeUnreadable(reason=f"it states nothing of a declaration ({error})") from None
    for public in publics.get(stated.node, ()):
        if key_id_of(public) == key_id and verify(public, PAPER, content, signature):
            return Verified(stated, key_id)
    raise CodeForged(number=stated.number, node=stated.node)


def _unpacked(text: str) -> tuple[str, bytes, bytes]:
    if not text.startswith(HEAD) or len(text) > MAX_CODE_CHARACTERS:
        raise CodeUnreadable(reason="it is none of ours, or only a part of one")
    letters = text.removeprefix(HEAD)
    try:
        packed = base64.b32decode(letters + "=" * (-len(letters) % 8))
    except (binascii.Error, ValueError):
        raise CodeUnreadable(reason="it was scanned wrongly or is incomplete") from None
    head = KEY_ID_BYTES + SIGNATURE_BYTES
    unpacking = zlib.decompressobj()
    try:
        content = unpacking.decompress(packed[head:], MAX_CODE_BYTES)
    except zlib.error:
        raise CodeUnreadable(reason="it was scanned wrongly or is incomplete") from None
    if not unpacking.eof or unpacking.unused_data:
        raise CodeUnreadable(reason="it is incomplete, or longer than a code may be")
    return packed[:KEY_ID_BYTES].hex(), packed[KEY_ID_BYTES:head], content


def issue_blanks(node: Node, holder: str, count: int) -> list[str]:
    """Gives out numbered blank forms; the codes to print on them, in order of their numbers.

    Raises NotCompetent.
    """
    assert 0 < count <= MAX_BLANKS, "a bounded number of forms"
    node.demand(DECIDING, "to give out blank forms")

    def issue(tx: Transaction) -> list[str]:
        now, codes = node.now(), []
        for _ in range(count):
            number = f"P{node.ids.next()}"
            form = Form(number=number, state=ISSUED, holder=holder, issued_at=now)
            keep(tx, node, FORM, number, form, Act("issue", "officer", holder))
            stated = Stated(node=node.id, number=number, state=BLANK, printed_at=now)
            codes.append(_signed(tx, node, stated))
        return codes

    return node.state.write(issue)


def key_paper(
    node: Node,
    office: Office,
    declaration: Mapping[str, int | str],
    goods: Sequence[Mapping[str, int | str]],
    *,
    number: str,
    registered_at: int,
    who: str,
) -> Filed:
    """Files what was declared on a blank form, under its number and as of its day.

    The same declaration again changes nothing. It is decided now, by the law of the day on the
    form, which stays its legal day.

    Args:
        registered_at: moment at which an officer registered it on paper, ms since 1970 UTC.
    Raises NumberNotIssued, NumberDiffers, AlreadyKeyed, NotCompetent and what filing raises.
    """
    node.demand(FILING, "to key a paper declaration")
    form = _form(node, number)
    day = office.day(registered_at)
    _demand_same(declaration, number, day)
    content = digest_bytes(encoded([dict(declaration), [dict(one) for one in goods]]))
    if form.state == KEYED and form.digest != content:
        raise AlreadyKeyed(number=number, at=form.keyed_at, case=form.case)
    if not form.issued_at - _MINUTE_MS < registered_at <= node.now():  # forms state minutes
        found = "a moment of registration before the form was given out or still to come"
        raise NumberDiffers(found=found, expected="another")
    filed = file_declaration(node, office, declaration, goods, who=who, keyed_day=day)
    if form.state == KEYED:
        return filed
    keyed = msgspec.structs.replace(
        form,
        state=KEYED,
        registered_at=registered_at,
        case=filed.case.id,
        keyed_at=node.now(),
        digest=content,
    )
    node.state.write(lambda tx: keep(tx, node, FORM, number, keyed, Act("key", "officer", who)))
    return filed


def _form(node: Node, number: str) -> Form:
    found = node.state.read(lambda tx: find_dossier(tx, FORM, number))
    if found is None:
        raise NumberNotIssued(number=number[:100])
    return found.state


def _demand_same(declaration: Mapping[str, int | str], number: str, day: int) -> None:
    stated = str(declaration.get("declaration_no", ""))
    if stated != number:
        raise NumberDiffers(found=f"number {stated[:100]}", expected=number)
    if declaration.get("decl_day") != day:
        found = declaration.get("decl_day")
        shown = f"{day_of(found):%Y-%m-%d}" if isinstance(found, int) and found >= 0 else "no day"
        raise NumberDiffers(found=shown, expected=f"{day_of(day):%Y-%m-%d}")
