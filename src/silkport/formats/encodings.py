"""Which encoding a text file is in, and its content as UTF-8, block by block.

UTF-8 and UTF-16 are recognised with or by their mark; what is not UTF-8 but wholly GB18030 is read
as that, with a note. A UTF-8 file with a few damaged bytes is read, its damaged rows set aside.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from silkport.formats.reading import Notes
from silkport.kernel.errors import UnreadableFile
from silkport.kernel.limits import MIB

BLOCK_BYTES = 4 * MIB

DAMAGE_MARK = "\ufffd"
"""Stands where bytes could not be decoded."""

_MARKS = (
    (codecs.BOM_UTF32_LE, ""),
    (codecs.BOM_UTF32_BE, ""),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_MAX_DAMAGE_SHARE = 1_000
"""At most one damaged character in so many bytes (and always three) leaves a file readable."""


@dataclass(frozen=True, slots=True)
class Encoding:
    """How the bytes of a file become text; `damaged` when some of them do not."""

    name: str
    damaged: bool = False


def sniff_encoding(path: Path, notes: Notes) -> Encoding:
    """The encoding of a file; raises UnreadableFile when it is none of the known ones."""
    with path.open("rb") as file:
        head = file.read(4)
    for mark, name in _MARKS:
        if head.startswith(mark):
            if not name:
                raise _unreadable(notes, "it is UTF-32")
            return Encoding(name, damaged=not _decodes(path, name))
    if _decodes(path, "utf-8"):
        return Encoding("utf-8")
    damage, beyond_ascii = _damage(path)
    if damage * 4 > beyond_ascii and _decodes(path, "gb18030"):
        notes.problem(
            "RDG006",
            position=0,
            column="",
            read="bytes that are not UTF-8",
            expected="UTF-8; read as GB18030",
        )
        return Encoding("gb18030")
    if damage <= max(3, path.stat().st_size // _MAX_DAMAGE_SHARE):
        return Encoding("utf-8", damaged=True)
    raise _unreadable(notes, "it is neither UTF-8, UTF-16 with a mark, nor GB18030")


def utf8_blocks(path: Path, encoding: Encoding) -> Iterator[bytes]:
    """The content of a file as UTF-8, in blocks that may end anywhere between two characters."""
    if encoding.name == "utf-8" and not encoding.damaged:
        yield from _blocks(path)
        return
    decoder = codecs.getincrementaldecoder(encoding.name)(
        "replace" if encoding.damaged else "strict"
    )
    for block in _blocks(path):
        if text := decoder.decode(block):
            yield text.encode("utf-8", "replace")
    if text := decoder.decode(b"", final=True):
        yield text.encode("utf-8", "replace")


def _unreadable(notes: Notes, reason: str) -> UnreadableFile:
    return UnreadableFile(source=notes.source, expected="text", reason=reason)


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(BLOCK_BYTES):
            yield block


def _decodes(path: Path, name: str) -> bool:
    """Whether every byte of a file belongs to an encoding."""
    decoder = codecs.getincrementaldecoder(name)("strict")
    try:
        for block in _blocks(path):
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeError:
        return False
    return True


def _damage(path: Path) -> tuple[int, int]:
    """Characters that are no UTF-8, and those beyond ASCII that are."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    damage = beyond = 0
    for block in _blocks(path):
        text = decoder.decode(block)
        broken = text.count(DAMAGE_MARK)
        damage += broken
        beyond += len(text) - len(text.encode("ascii", "ignore")) - broken
    damage += decoder.decode(b"", final=True).count(DAMAGE_MARK)
    return damage, beyond
