"""Answering: the outcomes of one batch as the receipts China's message family foresees.

Every incoming document is answered, also one that changes nothing. What is answered to which
outcome stands in `answers.csv`, the first row that fits; which fields a receipt has stands in the
field table. Grounds come already in words, so that risk criteria cannot get here.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache

import polars as pl

from silkport.formats.ceb.answers import LANGUAGE, REPEATED, answers
from silkport.formats.ceb.catalogue import SHAPES, Element, Part, Shape
from silkport.formats.reading import dtype_of
from silkport.model.columns import Kind
from silkport.model.records import RECEIPT

SETTLED = ("inventory", "withdrawal")
"""Kinds of document that are answered with the decision on their parcel."""

LISTS = ("movement", "summary")
"""Kinds of document that have a row for each parcel they list, and are answered once."""

_NEEDED = frozenset((*RECEIPT.names, "doc", "status", "source", "position"))
"""Columns of a document that its receipt may repeat; others could bear the names used here."""

_OWN = {kind: f"faults_of_{kind}" for kind in ("order", "payment", "waybill")}
"""Kinds of document that are answered with their own faults, and the column that has them."""

MISSING_BIT, ARRIVAL_BIT = 0, 14
"""Bits of the match mask: rule MAT001, a document is missing; MAT015, not yet arrived."""

MOST = min(
    element.form.most
    for shape in SHAPES.values()
    if shape.answer
    for element in SHAPES[shape.answer].head.elements
    if element.name == "returnInfo"
)
"""Characters of grounds that every receipt has room for."""

MOST_ANSWERED = 60_000
"""Characters of a refused message that are sent back with the refusal."""

MORE = "[Code:...;Desc:+{}]"
"""The last entry where more findings were made than there is room for."""

NOTHING = "无"
"""What stands in a receipt where its definition demands a text and the document states none."""

_MORE_ROOM = len(MORE.format(99_999))

_SAFE_PATH = re.compile(r"[A-Za-z0-9_./\[\]]+")
_CONTROL = r"[\x00-\x1f\x7f]+"

MOST_GROUNDS = MOST - max(len(REPEATED.said(language)) for language in REPEATED.words)
"""Characters of composed grounds, so that the note on a duplicate still has room."""


def receipts(
    *,
    statuses: pl.DataFrame,
    documents: Mapping[str, pl.DataFrame],
    decisions: pl.DataFrame,
    grounds: pl.DataFrame,
    return_time: str,
    language: str = LANGUAGE,
) -> pl.DataFrame:
    """The receipts of one batch, in the order of the documents they answer.

    Args:
        statuses: columns doc, kind, status: one row for each incoming document.
        documents: head tables by name, with `doc`; rows whose `message` is empty came in tables
            and get no receipt. A parcel decided anew because of another document is answered
            when its inventory is among them, as current.
        decisions: DECISION columns with pre_no and invt_no, the numbers the node gave.
        grounds: columns parcel_id, about, info, as `info` gives them; `about` is inventory, or
            withdrawal where one was not granted.
        return_time: YYYYMMDDhhmmssfff.
    Returns: rows of RECEIPT.
    """
    assert len(return_time) == len("YYYYMMDDhhmmssfff"), return_time
    decided = _decided(decisions, grounds)
    parts = [nothing().with_columns(pl.lit(0, dtype=pl.Int64).alias("doc")).clear()]
    for kind, rows in documents.items():
        own = statuses.filter(pl.col("kind") == kind).select("doc", "status")
        told = rows.filter(pl.col("message") != "").join(own, on="doc")
        for (message,), part in told.partition_by("message", as_dict=True).items():
            shape = SHAPES[str(message)]
            if shape.answer:
                needed = [name for name in part.columns if name in _NEEDED]
                settled = _settled(shape, part.select(needed).sort("doc"), decided)
                answered = _answered(settled, shape.message, language)
                parts.append(_written(shape, answered, return_time))
    return pl.concat(parts).sort("doc", maintain_order=True).drop("doc")


def nothing() -> pl.DataFrame:
    """An empty table of receipts."""
    return pl.DataFrame(schema={column.name: dtype_of(column) for column in RECEIPT.columns})


def _decided(decisions: pl.DataFrame, grounds: pl.DataFrame) -> pl.DataFrame:
    """How each parcel stands, by the merchant and order number its documents name."""
    mask, outcome = pl.col("match_mask"), pl.col("outcome")
    lacking = (mask // (1 << MISSING_BIT)) % 2 == 1
    unseen = (mask // (1 << ARRIVAL_BIT)) % 2 == 1
    standing = (
        pl.when(outcome == "pending")
        .then(pl.when(unseen & ~lacking).then(pl.lit("awaiting")).otherwise(pl.lit("missing")))
        .when(outcome == "held")
        .then(pl.when(pl.col("lane") == "red").then(pl.lit("inspection")).otherwise(outcome))
        .when(outcome.is_in(["withdrawn", "returned"]))
        .then(pl.lit("left"))
        .otherwise(outcome)
    )
    rows = decisions.select(
        "ebc_code",
        "order_no",
        "parcel_id",
        standing.alias("standing"),
        pl.col("pre_no").alias("given_pre_no"),
        pl.col("invt_no").alias("given_invt_no"),
    ).unique(["ebc_code", "order_no"], keep="last", maintain_order=True)
    for about, name in (("inventory", "info"), ("withdrawal", "denial"), *_OWN.items()):
        own = grounds.filter(pl.col("about") == about).select("parcel_id", "info")
        rows = rows.join(own.rename({"info": name}), on="parcel_id", how="left")
    return rows


def _settled(shape: Shape, rows: pl.DataFrame, decided: pl.DataFrame) -> pl.DataFrame:
    """Adds how the parcel of each document stands, with the numbers and grounds given."""
    if shape.head.table in LISTS:
        own = pl.when(pl.col("guid") == "").then(pl.col("doc").cast(pl.String)).otherwise("guid")
        place = [name for name in ("source", "position") if name in rows.columns]
        rows = rows.with_columns(own.alias("own")).unique(
            place or ["own", "status"], keep="first", maintain_order=True
        )
    if shape.head.table in _OWN:
        own = pl.col(_OWN[shape.head.table])
        at_fault = decided.filter(own.is_not_null(), pl.col("order_no") != "")
        told = at_fault.unique("order_no").select("order_no", own.alias("info"))
        joined = rows.join(told, on="order_no", how="left", maintain_order="left")
        refused = pl.when(pl.col("info").is_not_null()).then(pl.lit("refused"))
        return joined.with_columns(
            refused.otherwise(pl.lit("")).alias("standing"),
            *(pl.lit("").alias(name) for name in ("given_pre_no", "given_invt_no")),
        )
    if shape.head.table not in SETTLED:
        return rows.with_columns(
            *(pl.lit("").alias(name) for name in ("standing", "given_pre_no", "given_invt_no")),
            pl.lit(None, dtype=pl.String).alias("info"),
        )
    joined = rows.join(decided, on=["ebc_code", "order_no"], how="left", maintain_order="left")
    asks = pl.lit(shape.head.table == "withdrawal") | (pl.col("status") == "deleted")
    denied = asks & pl.col("denial").is_not_null()
    return joined.with_columns(
        pl.when(denied)
        .then(pl.lit("denied"))
        .otherwise(pl.col("standing").fill_null("unknown"))
        .alias("standing"),
        pl.when(denied).then("denial").otherwise("info").alias("info"),
        pl.col("given_pre_no", "given_invt_no").fill_null(""),
    )


def _answered(rows: pl.DataFrame, message: str, language: str) -> pl.DataFrame:
    """Adds return_status and return_info from the table of answers."""
    joined = rows.join(
        answers(message, language), on=["status", "standing"], how="left", maintain_order="left"
    )
    unknown = joined.filter(pl.col("return_status").is_null())
    assert unknown.is_empty(), unknown.select("status", "standing").unique().rows()
    told = pl.when("grounds").then(pl.coalesce("info", "said")).otherwise("said")
    return joined.with_columns(pl.concat_str(told, "note").alias("return_info"))


def _written(shape: Shape, rows: pl.DataFrame, return_time: str) -> pl.DataFrame:
    """RECEIPT rows with exactly the fields that the answering message has."""
    answer = SHAPES[shape.answer]
    has = {element.column.name: element for element in answer.head.elements if element.column}
    turn = pl.int_range(pl.len()).over("guid", "status", "return_status")
    rows = rows.with_columns(
        pl.lit(return_time).alias("return_time"),
        turn.alias("turn"),
        *_numbers(rows, has, return_time),
    )
    seeds = rows.select(
        pl.concat_str(
            pl.lit(answer.message), "guid", "status", "return_status", "return_time", "turn",
            separator=" ",
        )
    )  # fmt: skip
    rows = rows.with_columns(pl.Series("guid", [_guid(seed) for seed in seeds.to_series()]))
    columns = [pl.lit(answer.message).alias("message")]
    for column in RECEIPT.columns[1:]:
        element = has.get(column.name)
        if element is None:
            absent = pl.lit(column.absent, dtype=dtype_of(column))
            columns.append(absent.alias(column.name))
        elif column.kind is Kind.TEXT:
            columns.append(_fitted(element).alias(column.name))
        else:
            columns.append(
                pl.col(column.name).clip(0) if element.mandatory else pl.col(column.name)
            )
    return rows.select(*columns, "doc")


def _numbers(rows: pl.DataFrame, has: Mapping[str, Element], return_time: str) -> Iterator[pl.Expr]:
    """The numbers of a receipt: those given here go before those the document states."""
    if "return_no" in has and "return_no" not in rows.columns:
        yield pl.col("cop_no").alias("return_no")  # CEB213 states it as the sender's own number
    if "cop_no" in has and has["cop_no"].mandatory and "order_no" in rows.columns:
        last = pl.col("order_no").str.tail(20)
        yield pl.when(pl.col("cop_no") == "").then(last).otherwise("cop_no").alias("cop_no")
    if "pre_no" in has:
        own = pl.when(pl.col("pre_no").str.len_chars() == len(no_pre_no(return_time))).then(
            "pre_no"
        )
        none = no_pre_no(return_time) if has["pre_no"].mandatory else ""
        given = pl.when(pl.col("given_pre_no") != "").then("given_pre_no")
        yield pl.coalesce(given, own, pl.lit(none)).alias("pre_no")
    if "invt_no" in has:
        given = pl.when(pl.col("given_invt_no") != "").then("given_invt_no")
        yield given.otherwise("invt_no").alias("invt_no")


def no_pre_no(return_time: str) -> str:
    """What stands where a pre-entry number is mandatory and none was given: serial number 0."""
    return f"B{return_time[:8]}{0:09d}"


def _fitted(element: Element) -> pl.Expr:
    """A text within the form of its element; an optional one that does not fit is left away."""
    assert element.column is not None
    name, form = element.column.name, element.form
    text = pl.col(name).str.slice(0, form.most) if form.most else pl.col(name)
    if form.least == 0:
        return text
    if element.mandatory:  # a sender may state a blank, which is allowed and says nothing
        said = pl.when(text.str.len_chars() >= form.least).then(text)
        return said.otherwise(pl.lit(NOTHING if form.least == 1 else "0" * form.least))
    fits = pl.col(name).str.len_chars().is_between(form.least, form.most)
    return pl.when(fits).then(name).otherwise(pl.lit(""))


def _guid(seed: str) -> str:
    """An identifier in upper case, the same for the same `seed` (RFC 9562, version 8)."""
    text = hashlib.blake2b(seed.encode(), digest_size=16).hexdigest().upper()
    return f"{text[:8]}-{text[8:12]}-8{text[13:16]}-A{text[17:20]}-{text[20:]}"


def info(
    entries: pl.DataFrame, *, by: Sequence[str] = ("parcel_id",), most: int = MOST_GROUNDS
) -> pl.DataFrame:
    """Composes the grounds of each parcel: whole entries, and how many more there were.

    Args:
        entries: columns of `by`, code, official, field, text, in the order they are told.
        most: characters; a single entry beyond it is cut within its words.
    Returns: columns of `by`, info.
    """
    official = pl.when(pl.col("official") != "").then(";Official:" + pl.col("official"))
    path = pl.when(pl.col("field") != "").then(";Field:" + pl.col("field"))
    head = pl.concat_str(
        pl.lit("[Code:"), "code", official.fill_null(""), path.fill_null(""), pl.lit(";Desc:")
    )
    # Brackets part the entries, so words have none of their own.
    words = pl.col("text").str.replace_all(_CONTROL, " ")
    words = words.str.replace_many(["[", "]"], ["(", ")"])
    room = most - _MORE_ROOM - head.str.len_chars().cast(pl.Int64) - 1
    cut = pl.concat_str(words.str.slice(0, room - 1), pl.lit("…"))
    bounded = pl.when(words.str.len_chars() > room).then(cut).otherwise(words)
    entry = pl.concat_str(head, bounded, pl.lit("]")).alias("entry")
    length = pl.col("entry").str.len_chars().cast(pl.Int64)
    whole = (length.sum().over(by) <= most) | (length.cum_sum().over(by) <= most - _MORE_ROOM)
    told = entries.select(*by, entry).with_columns(whole.alias("told"))
    composed = told.group_by(by, maintain_order=True).agg(
        pl.col("entry").filter("told").str.join().alias("info"),
        (~pl.col("told")).sum().alias("beyond"),
    )
    more = pl.when(pl.col("beyond") > 0).then(pl.format(MORE, "beyond")).otherwise(pl.lit(""))
    return composed.select(*by, pl.concat_str("info", more).alias("info"))


@cache
def field_path(name: str, message: str, line: int = 0) -> str:
    """The element a column stands in, as the sender of `message` knows it.

    Args:
        name: table and column, inside or outside (`inventory.freight`, `line.qty_e5`); a column
            alone is looked for in `message`; an element path stands for itself.
        line: number of the line at fault; 0 is the whole document.
    Returns: `InventoryHead/freight`, `InventoryList[2]/qty`; for a column of another document
        its path there; the line alone where the column has no element; or nothing.
    """
    if "/" in name:
        return name if _SAFE_PATH.fullmatch(name) else ""
    shape = SHAPES[message]
    table, _, column = name.rpartition(".")
    others = [one for one in SHAPES.values() if one.flow == shape.flow and one.answer]
    for part in (part for one in (shape, *others) for part in one.parts):
        if table and part.table != table:
            continue
        element = _element_of(part, column)
        if element is not None:
            return f"{_numbered(part, shape, line)}/{element.name}"
    return _numbered(shape.line, shape, line) if shape.line is not None and line > 0 else ""


def _element_of(part: Part, column: str) -> Element | None:
    for element in part.elements:
        if element.column is not None and column in {element.column.name, element.column.outside}:
            return element
    return None


def _numbered(part: Part, shape: Shape, line: int) -> str:
    return f"{part.name}[{line}]" if part is shape.line and line > 0 else part.name


def refusal(
    faults: Sequence[tuple[str, str]],
    *,
    return_time: str,
    return_status: str = "-1",
    answered_id: str = "",
    answered_kind: str = "",
    answered_text: str = "",
) -> pl.DataFrame:
    """CEB900: the answer to a message that was set aside as a whole.

    Args:
        faults: what is wrong with it: element (or nothing) and words.
        return_status: a negative number; the codes of transport belong to the envelope.
        answered_id: number of the envelope it came in, if any.
        answered_kind: kind of message, e.g. CEB621; empty where it could not be told.
        answered_text: the message; left away where it is too long to be sent back.
    Returns: one row of RECEIPT.
    """
    assert return_status.startswith("-"), return_status
    shape = SHAPES["CEB900"]
    forms = {one.column.name: one.form for one in shape.head.elements if one.column is not None}
    entries = pl.DataFrame(
        {"field": [path for path, _ in faults], "text": [words for _, words in faults]},
        schema={"field": pl.String, "text": pl.String},
    ).select(
        pl.lit(0).alias("message"),
        pl.lit(return_status).alias("code"),
        pl.lit("").alias("official"),
        "field",
        "text",
    )
    told = info(entries, by=("message",), most=forms["return_info"].most)["info"].to_list()
    kind = answered_kind or "Unknown"
    row: dict[str, str | int] = {column.name: column.absent for column in RECEIPT.columns}
    row |= {
        "message": shape.message,
        "guid": _guid(" ".join((shape.message, answered_id, kind, return_time, repr(faults)))),
        "return_status": return_status,
        "return_time": return_time,
        "return_info": "".join(told),
        "answered_id": answered_id[: forms["answered_id"].most],
        "answered_kind": kind[: forms["answered_kind"].most],
        "answered_text": answered_text if len(answered_text) <= MOST_ANSWERED else "",
    }
    return pl.DataFrame([row], schema=nothing().schema)
