"""Tables as parcel messages: the inverse of reading, whole columns at a time.

A signature is never copied: a message that was written again is not the one that was signed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from uuid import UUID, uuid5

import polars as pl
from lxml import etree

from silkport.formats.ceb.arranging import Bundle, bundles
from silkport.formats.ceb.catalogue import COMMON, NAMESPACE, Part, Shape, tag_of
from silkport.formats.ceb.composing import PREFIX, elements, escape, misfits, texts, unlawful
from silkport.formats.ceb.losses import DOCUMENT, Losses, note_left_out
from silkport.kernel.errors import InvalidValue

_SLICE = 2_000
"""Documents turned into text together; more would only cost memory."""

_GUIDS = UUID("6a1f5c0e-7c1b-5d0a-9d3e-3f7f6f0b8a51")
"""Below this the identifiers of messages are derived, so that the same input gives the same."""

_MESSAGE = "_message"
_VERSION = "1.0"
_MODE = "DXP"
_UNSAFE = re.compile(r"[^\w.-]+")


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends the messages: customs code, name and number in the exchange (BaseTransfer)."""

    code: str
    name: str
    dxp_id: str


@dataclass(frozen=True, slots=True)
class Written:
    """One message as it goes out.

    `guid` names the message as a whole and `source` is a name for its file; `unsigned` says that
    the definition demands a signature, which the message does not have yet.
    """

    message: str
    guid: str
    source: str
    documents: int
    data: bytes
    unsigned: bool


def write_messages(
    tables: Mapping[str, pl.DataFrame],
    *,
    sender: Sender,
    per_message: int = 100,
    numbered_from: int = 1,
    losses: Losses | None = None,
) -> Iterator[Written]:
    """Every document of these tables, in messages of its kind.

    Documents of a message that `transmission` knows are written as that message again, with its
    identifier, sender, subscribers and extension; others are put together in their order.

    Args:
        tables: tables by name, as readers give them.
        sender: who sends the messages that are new.
        per_message: documents in one message at most, where its kind allows as many.
        numbered_from: number of the first message, for its name.
        losses: where documents that cannot be written are noted; without it the first of them
            raises InvalidValue with its row and column.
    """
    account = Losses(strict=True) if losses is None else losses
    known = _transmissions(tables)
    number = numbered_from
    for bundle in bundles(tables, account):
        if losses is not None:
            note_left_out(bundle.shape, bundle.heads, bundle.lines, losses)
        around = _Around(bundle.shape, sender, account)
        for piece in _slices(bundle, per_message):
            for inside in _composed(bundle.shape, piece, account):
                row = known.pop((inside.source, bundle.shape.message), None)
                yield around.written(inside, row, number)
                number += 1
    for _, message in known:
        account.leave_out(message, "transmission.guid", 1)


def _transmissions(tables: Mapping[str, pl.DataFrame]) -> dict[tuple[str, str], dict[str, str]]:
    """What is known of messages as a whole, by source and kind."""
    known = tables.get("transmission")
    if known is None:
        return {}
    rows = known if "source" in known.columns else known.with_columns(pl.lit("").alias("source"))
    return {(row["source"], row["message"]): row for row in rows.iter_rows(named=True)}


@dataclass(frozen=True, slots=True)
class _Piece:
    """Some whole messages of one kind: documents with the number of their message, and lines."""

    heads: pl.DataFrame
    lines: pl.DataFrame | None


def _slices(bundle: Bundle, per_message: int) -> Iterator[_Piece]:
    """The documents of a bundle, a bounded number of whole messages at a time."""
    size = max(1, min(per_message, bundle.shape.max_documents or per_message))
    heads = bundle.heads.with_columns(
        _numbers(bundle.heads["source"], bundle.kept, size).alias(_MESSAGE)
    )
    lines = bundle.lines
    if not heads[_MESSAGE].is_sorted():
        heads = heads.sort(_MESSAGE, maintain_order=True)
    begins = (heads[_MESSAGE] != heads[_MESSAGE].shift(1)).fill_null(True)
    starts = begins.arg_true().to_list()
    first = 0
    for end in [*starts[1:], heads.height]:
        if end - first >= _SLICE or end == heads.height:
            part = heads.slice(first, end - first)
            own = None
            if lines is not None:
                own = lines.filter(pl.col(DOCUMENT).is_in(part[DOCUMENT].implode()))
            yield _Piece(part, own)
            first = end


def _numbers(sources: pl.Series, kept: pl.Series, size: int) -> pl.Series:
    """For each document the index of the first one in its message."""
    turn = (~pl.col("kept")).cum_sum().cast(pl.Int64) - 1
    together = pl.when("kept").then(pl.lit(-1)).otherwise(turn // size).alias("turn")
    own = pl.when("kept").then("source").otherwise(pl.lit("")).alias("source")
    return (
        pl.DataFrame([sources.alias("source"), kept.alias("kept")])
        .with_row_index()
        .select(pl.col("index").cast(pl.Int64), together, own)
        .select(pl.col("index").first().over("turn", "source").alias(_MESSAGE))[_MESSAGE]
    )


@dataclass(frozen=True, slots=True)
class _Inside:
    """The documents of one message as text, with origin and identifier of the first."""

    documents: int
    source: str
    guid: str
    text: str


def _composed(shape: Shape, piece: _Piece, losses: Losses) -> Iterator[_Inside]:
    """The documents of each message of a piece, without those that do not fit."""
    heads, lines = piece.heads, piece.lines
    written = texts(shape.head, heads)
    below = None if shape.line is None or lines is None else texts(shape.line, lines)
    bad = _refused(shape, heads, written, lines, below, losses)
    if bad:
        whole = ~heads[DOCUMENT].is_in(bad)
        heads, written = heads.filter(whole), written.filter(whole)
        if lines is not None and below is not None:
            remain = ~lines[DOCUMENT].is_in(bad)
            lines, below = lines.filter(remain), below.filter(remain)
    if heads.is_empty():
        return
    xml = elements(shape.head, written)
    if shape.nested:
        xml = _enclosed(xml, shape.head.name)
    if shape.line is not None and lines is not None and below is not None:
        xml = xml + _lists(shape.line, lines[DOCUMENT], below, heads[DOCUMENT])
    xml = _enclosed(xml, shape.name)
    first = 0
    for count in heads[_MESSAGE].rle().struct.field("len").to_list():
        text = "\n".join(xml.slice(first, count).to_list())
        yield _Inside(count, heads["source"][first], heads["guid"][first], text)
        first += count


def _enclosed(xml: pl.Series, name: str) -> pl.Series:
    """Each text within an element."""
    opening, closing = f"<{PREFIX}:{name}>", f"</{PREFIX}:{name}>"
    whole = pl.concat_str(pl.lit(opening), pl.col("xml"), pl.lit(closing))
    return xml.to_frame("xml").select(whole.alias("xml"))["xml"]


def _lists(part: Part, owners: pl.Series, below: pl.DataFrame, documents: pl.Series) -> pl.Series:
    """The text of all lines of each document, "" where it has none."""
    each = pl.DataFrame([owners, _enclosed(elements(part, below), part.name).alias("text")])
    joined = each.group_by(DOCUMENT, maintain_order=True).agg(pl.col("text").str.join(""))
    placed = documents.to_frame().join(joined, on=DOCUMENT, how="left", maintain_order="left")
    return placed["text"].fill_null("")


def _refused(
    shape: Shape,
    heads: pl.DataFrame,
    written: pl.DataFrame,
    lines: pl.DataFrame | None,
    below: pl.DataFrame | None,
    losses: Losses,
) -> list[int]:
    """Documents with a cell that does not fit its element, or with too many or too few lines."""
    judge = unlawful if losses.only_valid else misfits
    bad: dict[int, tuple[str, str, str]] = {}
    parts = [(shape.head, heads, written)]
    if shape.line is not None:
        bad |= _miscounted(shape, heads, lines, losses)
    if shape.line is not None and lines is not None and below is not None:
        parts.append((shape.line, lines, below))
    for part, rows, cells in parts:
        for one in judge(part, cells):
            document = int(rows[DOCUMENT][one.row])
            assert one.element.column is not None
            number = "" if part is shape.head else f"line {rows['gnum'][one.row]} "
            column = f"{number}{part.table}.{one.element.column.outside}"
            bad.setdefault(document, (column, one.written, one.reason))
    for document, (what, read, reason) in bad.items():
        place = heads.row(by_predicate=pl.col(DOCUMENT) == document, named=True)
        what = f"{shape.message} row {place['_row'] + 1} {what}"
        losses.refuse(what, read, reason, source=place["source"], position=place["position"])
    return list(bad)


def _miscounted(
    shape: Shape, heads: pl.DataFrame, lines: pl.DataFrame | None, losses: Losses
) -> dict[int, tuple[str, str, str]]:
    """Documents with more lines than fit, or with fewer than a receiver takes."""
    least = shape.min_lines if losses.only_valid else 0
    counted = heads.select(DOCUMENT, pl.lit(0).alias("len"))
    if lines is not None:
        counts = lines.group_by(DOCUMENT).len("found")
        counted = counted.join(counts, on=DOCUMENT, how="left").select(
            DOCUMENT, pl.col("found").fill_null(0).alias("len")
        )
    odd = pl.col("len") < least
    if shape.max_lines:
        odd |= pl.col("len") > shape.max_lines
    bounds = f"at least {least}" + (f" and at most {shape.max_lines}" if shape.max_lines else "")
    reason = f"a document of {shape.message} has {bounds} lines"
    return {
        document: ("lines", str(count), reason)
        for document, count in counted.filter(odd).sort(DOCUMENT).iter_rows()
    }


@dataclass(frozen=True, slots=True)
class _Around:
    """What stands around the documents in messages of one kind.

    `known` is the row of a message that is written again; without it the message is new.
    """

    shape: Shape
    sender: Sender
    losses: Losses

    def written(self, inside: _Inside, known: Mapping[str, str] | None, number: int) -> Written:
        """One message around the text of its documents."""
        shape = self.shape
        if known is None:
            guid = str(uuid5(_GUIDS, f"{shape.message} {inside.guid or inside.text}")).upper()
            version, name = _VERSION, f"{shape.message}-{number:06d}"
        else:
            guid, version, name = known["guid"], known["version"], _stem(inside.source)
        opening = (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f'<{PREFIX}:{shape.root} xmlns:{PREFIX}="{NAMESPACE}" '
            f'guid="{escape(guid)}" version="{escape(version)}">\n'
        )
        after = "".join(self._after(known))
        message = f"{opening}{inside.text}\n{after}</{PREFIX}:{shape.root}>\n"
        return Written(
            message=shape.message,
            guid=guid,
            source=f"{name or shape.message}.xml",
            documents=inside.documents,
            data=message.encode(),
            unsigned=shape.signature == "required",
        )

    def _after(self, known: Mapping[str, str] | None) -> Iterator[str]:
        """What follows the documents, in the order the definition demands; never a signature."""
        for name in self.shape.after:
            if name == "BaseTransfer":
                yield self._transfer(known)
            elif name == "BaseSubscribe" and known is not None:
                yield from self._subscriptions(known)
            elif name == "ExtendMessage" and known is not None:
                yield self._extension(known)

    def _transfer(self, known: Mapping[str, str] | None) -> str:
        said = known or {
            "cop_code": self.sender.code,
            "cop_name": self.sender.name,
            "dxp_mode": _MODE,
            "dxp_id": self.sender.dxp_id,
        }
        part = COMMON[self.shape.flow]["BaseTransfer"]
        for element in part.elements:
            text = "" if element.column is None else said.get(element.column.name, "")
            if len(text) > element.form.most:
                reason = f"it holds at most {element.form.most} characters"
                raise InvalidValue(what=f"the sender's {element.name}", value=text, reason=reason)
        cells = {e.name: said.get(e.column.name, "") for e in part.elements if e.column is not None}
        return _element(part, cells)

    def _subscriptions(self, known: Mapping[str, str]) -> Iterator[str]:
        """Those who also get the receipts; the text is a list of objects or nothing."""
        stated = known["subscriptions"]
        if not stated:
            return
        try:
            found = json.loads(stated)
        except ValueError:
            found = None
        if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
            reason = "it is no JSON list of objects"
            self.losses.refuse("transmission.subscriptions", stated, reason, source=known["source"])
            return
        part = COMMON[self.shape.flow]["BaseSubscribe"]
        for one in found:
            yield _element(part, {name: str(value) for name, value in one.items()})

    def _extension(self, known: Mapping[str, str]) -> str:
        """What the sender added, as it came, if it is one whole element of the definition."""
        stated = known["extension"]
        if not stated or not (reason := _objection(stated)):
            return stated
        self.losses.refuse("transmission.extension", stated, reason, source=known["source"])
        return ""


def _stem(source: str) -> str:
    """The name of the file a message came in, without folder and suffix."""
    name = source.rsplit("/", 1)[-1]
    return _UNSAFE.sub("_", name.removesuffix(".xml")).strip(".")


def _element(part: Part, cells: Mapping[str, str]) -> str:
    """One element with the elements below it, those that may be left out only when stated."""
    inner = "".join(
        f"<{PREFIX}:{e.name}>{escape(cells.get(e.name, ''))}</{PREFIX}:{e.name}>"
        for e in part.elements
        if e.mandatory or cells.get(e.name)
    )
    return f"<{PREFIX}:{part.name}>{inner}</{PREFIX}:{part.name}>\n"


def _objection(extension: str) -> str:
    """Why a text cannot stand in a message as what its sender added."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(extension.encode(), parser)
    except (etree.XMLSyntaxError, ValueError) as fault:
        return str(fault)[:100]
    if root.tag != tag_of("ExtendMessage") or root.getroottree().docinfo.internalDTD is not None:
        return "it is no ExtendMessage"
    return ""
