"""The life of a document as China's receipts tell it: which status follows which, and who says it.

Receipts arrive out of order and more than once, so they are put in order by the time customs
wrote on them, never by arrival. Customs is the authority: a status that its message may not
carry, or that may not follow, is taken over all the same and is only told apart.
The table is `statuses.csv`; what follows what is not published and follows from the meanings.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files

import polars as pl

ERROR = "-"
"""The family of all negative numbers: errors of processing."""

ANY = "*"
"""In the table: every status of the table may follow. An error answers one message that was sent
and leaves the document where it stood."""

_NEGATIVE = r"^-[0-9]+$"


@dataclass(frozen=True, slots=True)
class Status:
    """One status, or one kind of error.

    `final`: nothing more is said of this version of the document; a new version begins anew.
    `rank` is its place in the life of a document, for receipts of one millisecond. `carried_by`
    are the messages that may say it, `after` the statuses that may follow it.
    """

    code: str
    name: str
    zh: str
    meaning: str
    final: bool
    rank: int
    carried_by: frozenset[str]
    after: frozenset[str]
    confidence: str
    after_confidence: str
    source: str


def _statuses() -> Iterator[Status]:
    text = (files("silkport.formats.ceb") / "statuses.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    whole = frozenset(row["code"] for row in rows if row["rank"])
    family = next(row for row in rows if row["code"] == ERROR)
    for row in rows:
        own = row if row["rank"] else family  # a kind of error behaves as all errors do
        after = frozenset(own["after"].split())
        yield Status(
            code=row["code"],
            name=row["name"],
            zh=row["zh"] or own["zh"],
            meaning=row["meaning"],
            final=own["final"] == "yes",
            rank=int(own["rank"]),
            carried_by=frozenset(f"CEB{number}" for number in own["carried_by"].split()),
            after=whole if ANY in after else after,
            confidence=row["confidence"],
            after_confidence=row["after_confidence"],
            source=row["source"],
        )


STATUSES: Mapping[str, Status] = {status.code: status for status in _statuses()}
"""Statuses and kinds of error by code; `-3010xx` stands for every number of this form."""

_KINDS = [
    (re.compile(code.replace("x", "[0-9]")), status)
    for code, status in STATUSES.items()
    if code.endswith("x")
]


def status_of(code: str) -> Status | None:
    """What a return status means; None where no table knows it. Every negative one is an error."""
    if re.fullmatch("-?[0-9]+", code) is None:
        return None
    if code in STATUSES or not code.startswith(ERROR):
        return STATUSES.get(code)
    return next((status for form, status in _KINDS if form.fullmatch(code)), STATUSES[ERROR])


def _key(status: Status) -> str:
    return ERROR if status.code.startswith(ERROR) else status.code


TIME = (
    r"^20[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"
    r"(?:[01][0-9]|2[0-3])[0-5][0-9][0-5][0-9][0-9]{3}$"
)
"""A return time that can be one: YYYYMMDDhhmmssfff of this century."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What one receipt says of a document: its status, since when, and in which words.

    `time` has seventeen digits, YYYYMMDDhhmmssfff, and is compared as text; `message` is the
    kind of receipt that said it, empty where it is not known. What is no time at all comes before
    every time, so that no receipt can freeze a document by a date that never comes.
    """

    status: str
    time: str
    info: str
    message: str = ""


def _order(one: Standing) -> tuple[bool, str, int, str, str, str]:
    status = status_of(one.status)
    rank = status.rank if status else 0
    sure = re.fullmatch(TIME, one.time) is not None
    return (sure, one.time, rank, one.status, one.info, one.message)


def _verdict(before: str | None, receipt: Standing) -> str:
    """Whether a receipt that is taken over is in place after status `before`."""
    status = status_of(receipt.status)
    if status is None:
        return "unknown_status"
    earlier = status_of(before) if before is not None else None
    carried = not receipt.message or receipt.message in status.carried_by
    follows = earlier is None or _key(status) in {*earlier.after, _key(earlier)}
    return "advanced" if carried and follows else "out_of_place"


def advance(standing: Standing | None, receipt: Standing) -> tuple[Standing, str]:
    """Takes one receipt over.

    Returns: how the document stands now, and what the receipt did to it: `advanced`;
    `repeated`, when status and time are those it has (of two wordings one is kept, whichever
    came first); `older`, which changes nothing; `out_of_place` and `unknown_status`, which are
    taken over all the same.
    """
    if standing is None:
        return receipt, _verdict(None, receipt)
    if (receipt.status, receipt.time) == (standing.status, standing.time):
        return max(standing, receipt, key=_order), "repeated"
    if _order(receipt) < _order(standing):
        return standing, "older"
    return receipt, _verdict(standing.status, receipt)


_RANKS = {code: status.rank for code, status in STATUSES.items() if not code.startswith(ERROR)}
_SIMPLE = [*_RANKS, ERROR]
_FOLLOWS = [
    f"{code} {later}" for code in _SIMPLE for later in {*STATUSES[code].after, code} & {*_SIMPLE}
]
_CARRIED = [f"{code} {message}" for code in _SIMPLE for message in STATUSES[code].carried_by]


def standing_of(receipts: pl.DataFrame, key: list[str]) -> pl.DataFrame:
    """How each document stands, whatever came when and however often.

    Args:
        receipts: columns message, return_status, return_time, return_info and those of `key`.
        key: columns that name a document, e.g. message and cop_no.
    Returns: one row for each key in its order: return_status, return_time, return_info, the
        count `receipts` of different ones, and `verdict`, what `advance` says of the last.
    """
    said = ["sure", "return_time", "rank", "return_status", "return_info", "message"]
    negative = pl.col("return_status").str.contains(_NEGATIVE)
    simple = pl.when(negative).then(pl.lit(ERROR)).otherwise("return_status")
    ranked = receipts.select(*dict.fromkeys([*key, *said[3:], "return_time"])).with_columns(
        pl.col("return_time").str.contains(TIME).alias("sure"),
        simple.alias("simple"),
        pl.when(negative)
        .then(pl.lit(STATUSES[ERROR].rank))
        .otherwise(pl.col("return_status").replace_strict(_RANKS, default=0))
        .cast(pl.Int64)
        .alias("rank"),
    )
    different = ranked.sort(*key, *(name for name in said if name not in key)).unique(
        list(dict.fromkeys([*key, "return_time", "return_status"])),
        keep="last",
        maintain_order=True,
    )
    latest = different.group_by(key, maintain_order=True).agg(
        *(pl.col(name).last() for name in (*said, "simple") if name not in key),
        pl.col("simple").get(-2, null_on_oob=True).alias("before"),
        pl.len().cast(pl.Int64).alias("receipts"),
    )
    return latest.select(
        *key,
        *(name for name in ("return_status", "return_time", "return_info") if name not in key),
        "receipts",
        _verdicts().alias("verdict"),
    )


def _verdicts() -> pl.Expr:
    """`_verdict` of the columns before, simple and message."""
    after = pl.concat_str("before", "simple", separator=" ").is_in(_FOLLOWS)
    first = pl.col("before").is_null() | ~pl.col("before").is_in(_SIMPLE)
    by = pl.concat_str("simple", "message", separator=" ").is_in(_CARRIED)
    carried = (pl.col("message") == "") | by
    return (
        pl.when(~pl.col("simple").is_in(_SIMPLE))
        .then(pl.lit("unknown_status"))
        .when(carried & (first | after))
        .then(pl.lit("advanced"))
        .otherwise(pl.lit("out_of_place"))
    )
