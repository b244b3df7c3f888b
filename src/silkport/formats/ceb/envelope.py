"""The envelope in which China's electronic port carries a business message.

A terminal sends DxpMsg: who sends what to whom, and the message itself as base64. A relaying server
puts it into DxpMsgSv with numbers of its own, which are not read. A signature of an envelope
vouches for the transport only; the declarant's is inside the message.
Source: GACC, schemas of the terminal's and the server's transport messages, edition 202205.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, cast

from lxml import etree

from silkport.kernel.errors import HostileContent, InvalidValue, LimitExceeded, UnreadableFile
from silkport.kernel.limits import KIB, MAX_XML_BYTES

if TYPE_CHECKING:
    from lxml.etree import _Element as Node

EXPECTED = "a transport envelope (DxpMsg, DxpMsgSv)"

MAX_RECEIVERS = 5
"""Receivers of one envelope."""

MESSAGE_ID_CHARACTERS = range(1, 255 + 1)
PARTY_CHARACTERS = range(1, 16 + 1)
MESSAGE_TYPE_CHARACTERS = range(30 + 1)

_NAMESPACE = "http://www.chinaport.gov.cn/dxp"
_DXP = f"{{{_NAMESPACE}}}"
_TERMINAL = f"{_DXP}DxpMsg"
_SERVER = f"{_DXP}DxpMsgSv"
_SIGNATURE = "{http://www.w3.org/2000/09/xmldsig#}Signature"
_VERSION = "1.0"

_BLANKS = " \t\r\n"
_WITHOUT_BLANKS = str.maketrans("", "", _BLANKS)
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?"
    r"(Z|[+-](0[0-9]|1[0-3]):[0-5][0-9]|[+-]14:00)?"
)
"""A date and time of XML; fromisoformat alone would take many more forms."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """Who sends a message of which type to whom, and when it was made."""

    message_id: str
    sender: str
    receivers: tuple[str, ...]
    created: str
    """As it is written: the definition asks for no time zone."""
    message_type: str


def is_envelope(root: Node) -> bool:
    """Whether a parsed message is an envelope and not a business message."""
    return root.tag in {_TERMINAL, _SERVER}


def open_envelope(root: Node, source: str) -> tuple[Envelope, bytes]:
    """What stands on an envelope and the message in it, byte for byte as it was put there.

    Only the message's prolog is looked at; whoever reads it checks the rest.

    Raises:
        UnreadableFile: a part is missing, is not what the definition says, or is not base64.
        LimitExceeded: there are too many receivers, or the message is too large.
        HostileContent: the message is an envelope again or declares a document type.
    """
    if _declares_type(root):
        raise HostileContent(source=source, reason="it declares a document type")
    if not is_envelope(root):
        raise _unreadable(source, f"its root is {etree.QName(root).localname[:60]}")
    if root.tag == _SERVER:
        root = _parts(root, "SvNo DxpMsg( Signature)?", source)[1]
    about, data = _parts(root, "TransInfo Data( AddInfo)?( Signature)?", source)[:2]
    if root.get("ver") != _VERSION:
        raise _unreadable(source, f"its version is {str(root.get('ver'))[:20]!r}, not {_VERSION}")
    wanted = "CopMsgId SenderId ReceiverIds CreatTime MsgType"
    message_id, sender, receivers, created, message_type = _parts(about, wanted, source)
    to = _parts(receivers, "ReceiverId( ReceiverId)*", source)
    if len(to) > MAX_RECEIVERS:
        raise LimitExceeded(source=source, limit=MAX_RECEIVERS, reason=f"{len(to)} receivers")
    envelope = Envelope(
        message_id=_text(message_id, source),
        sender=_text(sender, source),
        receivers=tuple(_text(one, source) for one in to),
        created=_text(created, source).strip(_BLANKS),
        message_type=_text(message_type, source),
    )
    faults = _faults(envelope)
    if faults:
        raise _unreadable(source, "; ".join(reason for _, _, reason in faults))
    message = _decoded(_text(data, source), source)
    _look_inside(message, source)
    return envelope, message


def wrap(envelope: Envelope, message: bytes) -> bytes:
    """Puts a message into a terminal's envelope, so that open_envelope gives both back.

    Raises:
        InvalidValue: something cannot stand on an envelope.
        UnreadableFile, LimitExceeded, HostileContent: the message cannot be carried.
    """
    for what, value, reason in _faults(envelope):
        raise InvalidValue(what=what, value=value, reason=reason)
    source = f"the message {envelope.message_id}"
    if len(message) > MAX_XML_BYTES:
        raise _too_large(source)
    _look_inside(message, source)
    root = etree.Element(_TERMINAL, nsmap={"dxp": _NAMESPACE}, ver=_VERSION)
    about = etree.SubElement(root, f"{_DXP}TransInfo")
    _add(about, "CopMsgId", envelope.message_id)
    _add(about, "SenderId", envelope.sender)
    receivers = etree.SubElement(about, f"{_DXP}ReceiverIds")
    for receiver in envelope.receivers:
        _add(receivers, "ReceiverId", receiver)
    _add(about, "CreatTime", envelope.created)
    _add(about, "MsgType", envelope.message_type)
    _add(root, "Data", base64.b64encode(message).decode())
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def _add(parent: Node, name: str, text: str) -> None:
    try:
        etree.SubElement(parent, f"{_DXP}{name}").text = text
    except ValueError as fault:
        reason = "it holds a character that XML does not know"
        raise InvalidValue(what=name, value=text, reason=reason) from fault


def _faults(envelope: Envelope) -> list[tuple[str, str, str]]:
    """What on an envelope is against its definition: the element, its value and why."""
    parties = [("SenderId", envelope.sender)]
    parties += [("ReceiverId", receiver) for receiver in envelope.receivers]
    texts = [("CopMsgId", envelope.message_id, MESSAGE_ID_CHARACTERS)]
    texts += [(name, value, PARTY_CHARACTERS) for name, value in parties]
    texts += [("MsgType", envelope.message_type, MESSAGE_TYPE_CHARACTERS)]
    faults = [
        (name, value, f"{name} has {len(value)} characters, not {allowed[0]} to {allowed[-1]}")
        for name, value, allowed in texts
        if len(value) not in allowed
    ]
    if not 1 <= len(envelope.receivers) <= MAX_RECEIVERS:
        count = len(envelope.receivers)
        reason = f"there are {count} receivers, not 1 to {MAX_RECEIVERS}"
        faults.append(("ReceiverIds", str(count), reason))
    if not _is_moment(envelope.created):
        reason = "CreatTime is not a date and time such as 2026-01-31T08:30:00"
        faults.append(("CreatTime", envelope.created[:40], reason))
    return faults


def _is_moment(text: str) -> bool:
    if not _MOMENT.fullmatch(text):
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:  # the 31st of April
        return False
    return True


def _parts(node: Node, wanted: str, source: str) -> list[Node]:
    """The children of a node, whose names must follow a pattern."""
    children = list(node.iterchildren("*"))
    names = " ".join(map(_name, children))
    if not re.fullmatch(wanted, names):
        raise _unreadable(source, f"its {_name(node)} holds {names[:120] or 'nothing'}")
    return children


def _name(node: Node) -> str:
    """The name of a known part; a question mark for what has no place on an envelope."""
    if node.tag == _SIGNATURE:
        return "Signature"
    return node.tag.removeprefix(_DXP) if node.tag.startswith(_DXP) else "?"


def _text(node: Node, source: str) -> str:
    if len(node):
        # A child, even a comment, would hide the text behind it.
        raise _unreadable(source, f"its {_name(node)} holds more than text")
    return node.text or ""


def _decoded(text: str, source: str) -> bytes:
    """The message that base64 stands for; white space may break it anywhere."""
    packed = text.translate(_WITHOUT_BLANKS)
    if not packed:
        raise _unreadable(source, "its Data is empty")
    if len(packed) // 4 * 3 > MAX_XML_BYTES + 2:
        raise _too_large(source)
    try:
        message = base64.b64decode(packed, validate=True)
    except ValueError as fault:
        raise _unreadable(source, f"its Data is not base64: {fault}") from fault
    if len(message) > MAX_XML_BYTES:
        raise _too_large(source)
    return message


def _look_inside(message: bytes, source: str) -> None:
    """Reads a message up to its first element, in whatever encoding it declares."""
    pull = etree.XMLPullParser(
        events=("start",),
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
    )
    first: Node | None = None
    try:
        for start in range(0, len(message), KIB):
            pull.feed(message[start : start + KIB])
            for _, element in pull.read_events():
                first = cast("Node", element)
                break
            if first is not None:
                break
    except etree.XMLSyntaxError as fault:
        raise _unreadable(source, f"the message in it is no XML: {str(fault)[:120]}") from fault
    if first is None:
        raise _unreadable(source, "the message in it is no XML")
    if _declares_type(first):
        raise HostileContent(source=source, reason="the message in it declares a document type")
    if is_envelope(first):
        raise HostileContent(source=source, reason="the message in it is an envelope again")


def _declares_type(root: Node) -> bool:
    return root.getroottree().docinfo.internalDTD is not None


def _unreadable(source: str, reason: str) -> UnreadableFile:
    return UnreadableFile(source=source, expected=EXPECTED, reason=reason)


def _too_large(source: str) -> LimitExceeded:
    reason = "the message in the envelope has more bytes"
    return LimitExceeded(source=source, limit=MAX_XML_BYTES, reason=reason)
