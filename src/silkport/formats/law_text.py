"""The bytes of an official's table as text: UTF-8, with or without a mark, and nothing else."""

from __future__ import annotations

import codecs

from silkport.kernel.errors import LimitExceeded, SilkportError
from silkport.kernel.limits import MAX_TARIFF_BYTES
from silkport.law.strict import Faults

_OTHER_MARKS = (
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)
_OTHER_FILES = (
    (b"PK\x03\x04", "a workbook or another zip archive"),
    (b"\xd0\xcf\x11\xe0", "an old workbook"),
    (b"%PDF", "a PDF"),
    (b"\x1f\x8b", "a gzip archive"),
)


def text_of(data: bytes, what: str, error: type[SilkportError]) -> str:
    """The text of a table.

    An encoding is never guessed here: the letters of a wrong one would become names and units of
    law. Raises LimitExceeded, or `error` with the row and the byte that is not UTF-8.
    """
    faults = Faults(what, error)
    if len(data) > MAX_TARIFF_BYTES:
        reason = f"it has {len(data):,} bytes"
        raise LimitExceeded(source=what, limit="MAX_TARIFF_BYTES", reason=reason)
    for mark, name in _OTHER_MARKS:
        if data.startswith(mark):
            raise faults.refuse(f"it is {name}; save it as UTF-8")
    for mark, name in _OTHER_FILES:
        if data.startswith(mark):
            raise faults.refuse(f"it is {name}; save the table as CSV in UTF-8")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as at:
        if at.end == len(data) and at.reason == "unexpected end of data":
            raise faults.refuse("it ends within a character; is the file cut?") from None
        row = data.count(b"\n", 0, at.start) + 1
        byte = at.start - data.rfind(b"\n", 0, at.start)
        wrong = f"byte {byte} of row {row} is 0x{data[at.start]:02X}, which is not UTF-8 there"
        raise faults.refuse(f"{wrong}; save it as UTF-8") from None
    if not text.strip():
        raise faults.refuse("it is empty; its first row names the columns")
    return text
