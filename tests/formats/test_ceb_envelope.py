"""The transport envelope: what is wrapped comes out again, and what is wrong is named."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from lxml.etree import _Element as Node

from silkport.formats.ceb import envelope as module
from silkport.formats.ceb.envelope import Envelope, is_envelope, open_envelope, wrap
from silkport.kernel.errors import (
    HostileContent,
    InputError,
    InvalidValue,
    LimitExceeded,
    UnreadableFile,
)

DXP = "http://www.chinaport.gov.cn/dxp"
MESSAGE = '<?xml version="1.0" encoding="UTF-8"?>\n<a xmlns="urn:x"><b>李宝</b></a>\n'.encode()
ENVELOPE = Envelope(
    message_id="5F7A",
    sender="DXPENT0000000001",
    receivers=("DXPEDCCEB0000002",),
    created="2026-01-31T08:30:00",
    message_type="CEB621Message",
)
TEXT = wrap(ENVELOPE, MESSAGE).decode()

SERVER = f"""<d:DxpMsgSv xmlns:d="{DXP}" ver="1.0"><d:SvNo Ver="1.0">
<d:MsgId>00000001202601310830000000000001</d:MsgId><d:SendTime>2026-01-31T08:30:01</d:SendTime>
<d:EndNode>00000001</d:EndNode><d:StaNode>00000002</d:StaNode></d:SvNo>%s</d:DxpMsgSv>"""


def parsed(data: str | bytes) -> Node:
    return etree.fromstring(data.encode() if isinstance(data, str) else data)


def opened(data: str | bytes) -> tuple[Envelope, bytes]:
    return open_envelope(parsed(data), "e.xml")


def with_data(content: str | bytes) -> str:
    """The envelope with other base64 in it, or with other bytes as base64."""
    held = content if isinstance(content, str) else base64.b64encode(content).decode()
    return re.sub("(<dxp:Data>)[^<]*", lambda found: found[1] + held, TEXT)


def served(terminal: str = TEXT) -> str:
    return SERVER % terminal.partition("?>")[2]


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn", "Co"]))
PARTIES = TEXTS.map(lambda text: text[:16]).filter(bool)
MOMENTS = st.datetimes(timezones=st.none() | st.timezones()).map(lambda moment: moment.isoformat())
ENVELOPES = st.builds(
    Envelope,
    message_id=TEXTS.map(lambda text: text[:255]).filter(bool),
    sender=PARTIES,
    receivers=st.lists(PARTIES, min_size=1, max_size=5).map(tuple),
    created=MOMENTS.filter(lambda text: len(text) in {19, 25, 26, 32}),
    message_type=TEXTS.map(lambda text: text[:30]),
)


@given(ENVELOPES, st.text(st.characters(codec="gbk", exclude_categories=["Cc"])))
def test_round_trip(envelope: Envelope, text: str) -> None:
    content = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    message = f'<?xml version="1.0" encoding="GBK"?><a>{content}</a>'.encode("gbk")
    assert opened(wrap(envelope, message)) == (envelope, message)


@pytest.mark.parametrize("encoding", ["UTF-8", "GBK", "GB18030", "UTF-16", "UTF-16-LE"])
def test_the_message_keeps_its_bytes_and_its_encoding(encoding: str) -> None:
    message = f'<?xml version="1.0" encoding="{encoding}"?><a>李宝</a>'.encode(encoding)
    assert opened(wrap(ENVELOPE, message)) == (ENVELOPE, message)
    assert parsed(message).text == "李宝"


@pytest.mark.parametrize("message", [b"\xef\xbb\xbf<a/>", b"<!--" + b"x" * 5_000 + b"--><a/>"])
def test_what_stands_before_the_first_element(message: bytes) -> None:
    assert opened(wrap(ENVELOPE, message)) == (ENVELOPE, message)


def test_is_envelope() -> None:
    assert is_envelope(parsed(TEXT))
    assert is_envelope(parsed(served()))
    assert not is_envelope(parsed(MESSAGE))
    assert not is_envelope(parsed("<DxpMsg/>"))


def test_a_server_puts_its_own_around_it() -> None:
    assert opened(served()) == (ENVELOPE, MESSAGE)
    signature = '<s:Signature xmlns:s="http://www.w3.org/2000/09/xmldsig#"/>'
    assert opened(served().replace("</d:DxpMsgSv", f"{signature}</d:DxpMsgSv"))[1] == MESSAGE
    extra = f"</dxp:Data><dxp:AddInfo><dxp:FileName>a</dxp:FileName></dxp:AddInfo>{signature}"
    assert opened(TEXT.replace("</dxp:Data>", extra)) == (ENVELOPE, MESSAGE)


@given(st.text(alphabet=" \t\r\n", max_size=3), st.integers(1, 80))
def test_base64_may_be_broken_anywhere(gap: str, every: int) -> None:
    held = base64.b64encode(MESSAGE).decode()
    pieces = [held[start : start + every] for start in range(0, len(held), every)]
    assert opened(with_data(f"{gap}{gap.join(pieces)}{gap}"))[1] == MESSAGE


RECEIVER = "<dxp:ReceiverId>DXPEDCCEB0000002</dxp:ReceiverId>"
DOCTYPE = b'<!DOCTYPE a [<!ENTITY e "1">]><a>&e;</a>'


@pytest.mark.parametrize(
    ("old", "new", "error", "reason"),
    [
        (' ver="1.0"', "", UnreadableFile, "version is 'None', not 1.0"),
        (' ver="1.0"', ' ver="2.0"', UnreadableFile, "version is '2.0', not 1.0"),
        ("dxp:DxpMsg", "dxp:DxpRep", UnreadableFile, "its root is DxpRep"),
        (f'"{DXP}"', '"urn:other"', UnreadableFile, "its root is DxpMsg"),
        ("dxp:CopMsgId", "dxp:MsgId", UnreadableFile, "TransInfo holds MsgId SenderId"),
        ("<dxp:SenderId>[^>]*>", "", UnreadableFile, "holds CopMsgId ReceiverIds"),
        ("<dxp:SenderId>", '<x xmlns="urn:x"/><dxp:SenderId>', UnreadableFile, "CopMsgId [?] Sen"),
        ("(<dxp:CopMsgId>)[^<]*", r"\1", UnreadableFile, "CopMsgId has 0 characters, not 1 to 255"),
        ("5F7A", "5" * 256, UnreadableFile, "CopMsgId has 256 characters"),
        ("DXPENT0000000001", "D" * 17, UnreadableFile, "SenderId has 17 characters, not 1 to 16"),
        ("DXPEDCCEB0000002", "D" * 17, UnreadableFile, "ReceiverId has 17 characters"),
        ("CEB621Message", "C" * 31, UnreadableFile, "MsgType has 31 characters, not 0 to 30"),
        ("08:30:00", "08:30", UnreadableFile, "CreatTime is not a date and time such as"),
        ("2026-01-31", "2026-02-31", UnreadableFile, "CreatTime is not a date"),
        ("T08:30:00", "T08:30:00[+]15:00", UnreadableFile, "CreatTime is not a date"),
        ("2026-01-31T08:30:00", "20260131083000", UnreadableFile, "CreatTime is not a date"),
        ("5F7A", "5F<a/>7A", UnreadableFile, "CopMsgId holds more than text"),
        (RECEIVER, "", UnreadableFile, "ReceiverIds holds nothing"),
        (RECEIVER, RECEIVER * 6, LimitExceeded, "limit 5: 6 receivers"),
        ("<dxp:Data>.*</dxp:Data>", "", UnreadableFile, "DxpMsg holds TransInfo"),
        ("</dxp:Data>", "</dxp:Data><dxp:Data/>", UnreadableFile, "TransInfo Data Data"),
        ("</dxp:Data>", "<!-- --></dxp:Data>", UnreadableFile, "Data holds more than text"),
        ("<[?]xml.*[?]>", "<!DOCTYPE a>", HostileContent, "it declares a document type"),
    ],
)
def test_an_envelope_against_its_definition(
    old: str, new: str, error: type[InputError], reason: str
) -> None:
    text, count = re.subn(old, new, TEXT)
    assert count
    with pytest.raises(error, match=reason):
        opened(text)


@pytest.mark.parametrize(
    ("content", "error", "reason"),
    [
        ("", UnreadableFile, "Data is empty"),
        (" \n ", UnreadableFile, "Data is empty"),
        ("§§§§", UnreadableFile, "Data is not base64"),
        ("QUJ", UnreadableFile, "Data is not base64"),
        ("PGEvPg==PGEvPg==", UnreadableFile, "Data is not base64"),
        ("PGEv-g==", UnreadableFile, "Data is not base64"),
        (b"PK\x03\x04", UnreadableFile, "the message in it is no XML"),
        (b"<!-- only -->", UnreadableFile, "the message in it is no XML"),
        (b"   ", UnreadableFile, "the message in it is no XML"),
        (b"<a", UnreadableFile, "the message in it is no XML"),
        (DOCTYPE, HostileContent, "declares a document type"),
        (b"<!-- -->\n" + DOCTYPE, HostileContent, "declares a document type"),
        (DOCTYPE.decode().encode("utf-16"), HostileContent, "declares a document type"),
        (TEXT.encode(), HostileContent, "is an envelope again"),
        (served().encode(), HostileContent, "is an envelope again"),
    ],
)
def test_what_may_not_be_in_an_envelope(
    content: str | bytes, error: type[InputError], reason: str
) -> None:
    with pytest.raises(error, match=reason):
        opened(with_data(content))
    if content and isinstance(content, bytes):
        with pytest.raises(error, match=reason):
            wrap(ENVELOPE, content)


@pytest.mark.parametrize(
    "terminal", ["", TEXT.partition("?>")[2] * 2, served().replace("DxpMsgSv", "Other")]
)
def test_a_server_envelope_holds_one_envelope(terminal: str) -> None:
    with pytest.raises(UnreadableFile, match="its DxpMsgSv holds SvNo"):
        opened(SERVER % terminal)


@pytest.mark.parametrize("more", [0, 1, 2, 3, 4, 100])
def test_the_limit_of_a_message(more: int, monkeypatch: pytest.MonkeyPatch) -> None:
    text = with_data(MESSAGE + b" " * more)
    monkeypatch.setattr(module, "MAX_XML_BYTES", len(MESSAGE))
    if not more:
        assert opened(text) == (ENVELOPE, MESSAGE)
        return
    with pytest.raises(LimitExceeded, match="exceeds the limit"):
        opened(text)
    with pytest.raises(LimitExceeded, match="the message 5F7A exceeds the limit"):
        wrap(ENVELOPE, MESSAGE + b" " * more)


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("message_id", "", "CopMsgId has 0 characters"),
        ("message_id", "a\x00", "a character that XML does not know"),
        ("sender", "S" * 17, "SenderId has 17 characters"),
        ("receivers", (), "there are 0 receivers, not 1 to 5"),
        ("receivers", ("a",) * 6, "there are 6 receivers"),
        ("receivers", ("a", ""), "ReceiverId has 0 characters"),
        ("created", "2026-01-31", "CreatTime is not a date and time"),
        ("created", "2026-01-31T08:30:00\n", "CreatTime is not a date and time"),
        ("created", "0000-01-31T08:30:00", "CreatTime is not a date and time"),
        ("message_type", "M" * 31, "MsgType has 31 characters"),
        ("message_type", "\ud800", "a character that XML does not know"),
    ],
)
def test_what_cannot_stand_on_an_envelope(field: str, value: object, reason: str) -> None:
    values = {name: getattr(ENVELOPE, name) for name in Envelope.__slots__}
    with pytest.raises(InvalidValue, match=reason):
        wrap(Envelope(**{**values, field: value}), MESSAGE)


# Against the official schemas


def schema_of(folder: Path, name: str) -> etree.XMLSchema:
    """A schema of the package; transport.xsd names terminal.xsd by a name it does not have."""
    text = (folder / name).read_text("utf-8").replace("终端节点报文.xsd", "terminal.xsd")
    return etree.XMLSchema(etree.fromstring(text.encode(), base_url=str(folder / name)))


@pytest.mark.parametrize("message_type", ["CEB621Message", ""])
@pytest.mark.parametrize("created", ["2026-01-31T08:30:00", "2026-01-31T08:30:00.123456+08:00"])
def test_the_official_schemas_accept_it(
    shared_data: Callable[[str], Path], message_type: str, created: str
) -> None:
    folder = shared_data("ceb-messages") / "202205" / "xsd"
    receivers = tuple(f"DXP{number}" for number in range(5))
    envelope = Envelope("李" * 255, "S" * 16, receivers, created, message_type)
    root = parsed(wrap(envelope, MESSAGE))
    schema = schema_of(folder, "terminal.xsd")
    assert schema.validate(root), schema.error_log
    schema = schema_of(folder, "transport.xsd")
    text = served(etree.tostring(root, xml_declaration=True, encoding="UTF-8").decode())
    assert schema.validate(parsed(text)), schema.error_log
    assert opened(text) == (envelope, MESSAGE)


@given(envelope=ENVELOPES)
def test_the_official_schema_accepts_any(
    shared_data: Callable[[str], Path], envelope: Envelope
) -> None:
    folder = shared_data("ceb-messages") / "202205" / "xsd"
    schema = schema_of(folder, "terminal.xsd")
    assert schema.validate(parsed(wrap(envelope, MESSAGE))), schema.error_log


def test_every_official_sample_can_be_carried(shared_data: Callable[[str], Path]) -> None:
    paths = sorted((shared_data("ceb-messages") / "202205").glob("*port/*.xml"))
    assert paths
    for path in paths:
        assert opened(wrap(ENVELOPE, path.read_bytes())) == (ENVELOPE, path.read_bytes())
