"""Grounding: findings as the words a declarant is answered with.

Only what the audience of declarants may read is spoken: a parcel held for its risk has no grounds
here, and the receipt then says no more than that it is under review.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import NamedTuple

import polars as pl

from silkport.formats.ceb.answering import field_path, info
from silkport.formats.ceb.catalogue import SHAPES
from silkport.kernel.findings import Audience, Effect
from silkport.kernel.periods import day_of
from silkport.law.book import Book
from silkport.law.compiled import Regime
from silkport.law.expression import columns_of
from silkport.law.sentences import Sentences
from silkport.node.law.books import sentences
from silkport.node.proof.speaking import RULES, spoken_facts, spoken_law
from silkport.stages.release import RETURN_RULES

EXPLAINED = ("refused", "held", "pending")
"""Outcomes that are told with their grounds."""

_TURN = {Effect.REFUSE: 0, Effect.HOLD: 1, Effect.WAIT: 2, Effect.NOTE: 3}
"""What stands in the way most is told first. Effects that are not here are never told."""

_DECLARE = "declare"
"""The stage whose notes name the cell that could not be read; other notes only count findings."""

_BY = ("parcel_id", "about")

ALONE = ("order", "payment", "waybill")
"""Documents that are told their own faults, beside the inventory they belong to."""


class _Told(NamedTuple):
    """What the words of a finding depend on; findings alike in it are told alike."""

    code: str
    line: int
    facts: str
    regime: str
    decl_day: int
    direction: str
    currency: str


@dataclass
class _Speaker:
    """Puts findings into the words of one language, each wording made once."""

    book: Book
    language: str
    text: Sentences = field(default_factory=sentences)
    _law: dict[tuple[str, str, int], Mapping[str, str]] = field(default_factory=dict)
    _official: dict[tuple[str, int], str] = field(default_factory=dict)

    def entry(self, one: _Told) -> tuple[str, str, str]:
        """Official codes, element path and words of one finding."""
        quoted: dict[str, object] = json.loads(one.facts)
        named = self.text.placeholders(one.code)
        facts = {name: fact for name, fact in quoted.items() if name in named}
        words = spoken_facts(facts, one.currency, self.language)
        words |= self._of_law(one.code, one.regime, one.decl_day)
        sentence = self.text.sentence(one.code, self.language, words)
        column = self.text.field(one.code) or str(quoted.get("column", ""))
        path = field_path(column, _inventory(one.direction), one.line)
        fix = self.text.fix(one.code, self.language)
        return self._codes(one.code, one.decl_day), path, f"{sentence} {fix}"

    def _of_law(self, code: str, regime: str, day: int) -> Mapping[str, str]:
        key = (code, regime, day)
        if key not in self._law:
            applied = self._regime(regime, _day(day))
            spoken: Mapping[str, str] = {}
            if applied is not None:
                spoken = spoken_law(code, self.book.law, applied, _day(day), self.language)
            self._law[key] = spoken
        return self._law[key]

    def _regime(self, code: str, day: date) -> Regime | None:
        return next((one for one in self.book.law.regimes_at(day) if one.code == code), None)

    def _codes(self, code: str, day: int) -> str:
        if (code, day) not in self._official:
            source = self.book.law.rule_source(code, _day(day))
            self._official[code, day] = source.official.replace(", ", ",") if source else ""
        return self._official[code, day]


def _day(number: int) -> date:
    return day_of(max(0, number))


@cache
def _inventory(direction: str) -> str:
    """The kind of message a parcel of this direction is declared with."""
    flow = "E" if direction == "export" else "I"
    shapes = SHAPES.values()
    return next(s.message for s in shapes if s.flow == flow and s.head.table == "inventory")


def grounds(
    findings: pl.DataFrame, decisions: pl.DataFrame, book: Book, language: str
) -> pl.DataFrame:
    """What declarants are told of refused, held and pending parcels, and of denied withdrawals.

    Args:
        findings: FINDING columns, of every audience.
        decisions: DECISION columns of their parcels.
    Returns: columns parcel_id, about (inventory, withdrawal, or one of ALONE), info; nothing for a
        parcel of which there is nothing to tell.
    """
    speaker = _Speaker(book, language)
    told = _told(findings, decisions, speaker.text)
    alike = told.select(_Told._fields).unique(maintain_order=True)
    spoken = [speaker.entry(_Told(*row)) for row in alike.iter_rows()]
    names = dict.fromkeys(("official", "field", "text"), pl.String)
    words = pl.concat([alike, pl.DataFrame(spoken, schema=names, orient="row")], how="horizontal")
    entries = told.join(words, on=_Told._fields, how="left", maintain_order="left")
    return info(entries, by=_BY)


def _told(findings: pl.DataFrame, decisions: pl.DataFrame, text: Sentences) -> pl.DataFrame:
    """The findings that are told, in the order in which they are."""
    open_codes = [code for code in text.codes if text.audience(code) is Audience.DECLARANT]
    of_withdrawal = pl.col("code").is_in(RETURN_RULES)
    noted = (pl.col("effect") != Effect.NOTE.value) | (pl.col("stage") == _DECLARE)
    # Of a refused parcel only what refuses is told: "nothing need be sent" would mislead.
    in_the_way = pl.col("effect").is_in([Effect.REFUSE.value, Effect.NOTE.value])
    about = pl.when(of_withdrawal).then(pl.lit("withdrawal")).otherwise(pl.lit("inventory"))
    turns = {effect.value: turn for effect, turn in _TURN.items()}
    parcels = decisions.select(
        "parcel_id", "outcome", "regime", "decl_day", "direction", "currency"
    ).unique("parcel_id", keep="last")
    every = (
        findings.filter(
            pl.col("code").is_in(open_codes),
            pl.col("effect").is_in(list(turns)),
            of_withdrawal | noted,
        )
        .join(parcels, on="parcel_id")
        .filter(of_withdrawal | pl.col("outcome").is_in(EXPLAINED))
        .filter(of_withdrawal | (pl.col("outcome") != "refused") | in_the_way)
        .with_columns(about.alias("about"), pl.col("effect").replace_strict(turns).alias("turn"))
    )
    of_document = pl.col("code").replace_strict(_at_fault(), default="").alias("about")
    refusing = every.filter(pl.col("effect") == Effect.REFUSE.value)
    alone = refusing.with_columns(of_document).filter(pl.col("about") != "")
    return pl.concat([every, alone]).sort("parcel_id", "about", "turn", "line", "code", "facts")


@cache
def _at_fault() -> Mapping[str, str]:
    """Rules that judge an order, a payment or a waybill by itself, and which of them.

    Where two documents differ nobody knows here which of them is right, so neither is refused.
    """
    found: dict[str, str] = {}
    for code, rule in RULES.items():
        table = sentences().field(code).partition(".")[0]
        read = columns_of(rule.fires)
        own = all(name == f"has_{table}" or name.startswith(f"{table}_") for name in read)
        if table in ALONE and own:
            found[code] = table
    return found
