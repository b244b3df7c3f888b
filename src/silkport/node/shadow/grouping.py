"""Grouping: differences by their cause, each with a count and some examples in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl

from silkport.kernel.errors import NotFound, StoreError
from silkport.kernel.findings import Audience
from silkport.law.book import Book
from silkport.node.law.books import sentences
from silkport.node.proof.proving import Payment, Proven, TaxProof
from silkport.node.proof.unfolded import Reason, reasons_of
from silkport.node.proof.unfolding import unfold
from silkport.node.shadow.comparing import VALUE_PARTS, Compared
from silkport.node.shadow.existing import OTHER, TOTAL
from silkport.node.shadow.report import APART, CHARGED, DECIDED, FOUND, Day, Example, Group

Row = dict[str, Any]

_SHOWN_STEPS = 2


@dataclass(frozen=True, slots=True)
class Asked:
    """How a report is wanted: its language, who reads it, examples of each cause."""

    language: str
    officer: bool
    examples: int


class Grouper:
    """Puts the differences of one comparison into groups.

    Args:
        home: the temporary home that holds what was decided here, for its proofs.
    """

    def __init__(
        self,
        compared: Compared,
        decisions: pl.DataFrame,
        findings: pl.DataFrame,
        book: Book,
        home: Path,
        asked: Asked,
    ) -> None:
        self._compared = compared
        self._decisions, self._findings = decisions, findings
        self._book, self._home, self._asked = book, home, asked
        self._order = compared.declarations.select("parcel_id").with_row_index("turn")
        self._by_id = cache(self._row)
        self._proofs: dict[str, TaxProof | None] = {}
        self.hidden = 0

    def groups(self) -> list[Group]:
        """All groups, sort by sort, the largest first."""
        found = [*self._decided(), *self._charged(), *self._found(), *self._apart()]
        turn = {DECIDED: 0, CHARGED: 1, FOUND: 2, APART: 3}

        def place(one: Group) -> tuple[int, bool, int, str, str, str, str, str]:
            same = one.cause == VALUE_PARTS  # what counts as no difference comes last
            named = (one.code, one.old, one.ours, one.levy, one.cause)
            return turn[one.sort], same, -one.count, *named

        return sorted(found, key=place)

    def _row(self, parcel_id: str) -> Row:
        own = pl.col("parcel_id") == parcel_id
        about = self._compared.declarations.filter(own).to_dicts()[0]
        return about | {"decision": self._decisions.filter(own).to_dicts()[0]}

    def _grouped(self, rows: pl.DataFrame, by: list[str]) -> Iterator[tuple[Row, pl.DataFrame]]:
        """Groups with the rows of their first examples, in the order of declarations."""
        ordered = rows.join(self._order, on="parcel_id").sort("turn")
        for key, part in ordered.group_by(by, maintain_order=True):
            yield dict(zip(by, key, strict=True)), part

    def _is_hidden(self, code: str) -> bool:
        if self._asked.officer or not code:
            return False
        return sentences().audience(code) is not Audience.DECLARANT

    def _decided(self) -> Iterator[Group]:
        about = self._compared.declarations.select("parcel_id", "old", "outcome")
        rows = self._compared.causes.join(about, on="parcel_id")
        secret = [code for code in rows["code"].unique() if self._is_hidden(code)]
        told = pl.when(pl.col("code").is_in(secret)).then(pl.lit("")).otherwise("code")
        rows = rows.with_columns(told.alias("code")).unique(
            ["parcel_id", "code"], keep="first", maintain_order=True
        )
        self.hidden = (
            rows.filter((pl.col("code") == "") & (pl.col("outcome") == "held")).height
            if not self._asked.officer
            else 0
        )
        for key, part in self._grouped(rows, ["old", "outcome", "code"]):
            yield self._of_rule(DECIDED, part, key["code"], old=key["old"], ours=key["outcome"])

    def _found(self) -> Iterator[Group]:
        for key, part in self._grouped(self._compared.found, ["code"]):
            if not self._is_hidden(key["code"]):
                yield self._of_rule(FOUND, part, key["code"])

    def _apart(self) -> Iterator[Group]:
        for key, part in self._grouped(self._compared.apart, ["apart", "code"]):
            yield self._of_rule(APART, part, key["code"], cause=key["apart"])
        rows = self._compared.unmatched
        if rows.height:
            some = rows.head(self._asked.examples).to_dicts()
            shown = [
                Example(number=one["order_no"], declarant=one["ebc_code"], day=-1) for one in some
            ]
            yield Group(
                sort=APART, count=rows.height, examples=tuple(shown), cause="no_declaration"
            )

    def _of_rule(
        self,
        sort: str,
        part: pl.DataFrame,
        code: str,
        *,
        old: str = "",
        ours: str = "",
        cause: str = "",
    ) -> Group:
        """A group of what one rule says; without a rule, of declarations alone."""
        reasons = [
            (self._by_id(row["parcel_id"]), self._reason(row["parcel_id"], code, row["line"]))
            for row in part.head(self._asked.examples).to_dicts()
        ]
        examples = tuple(
            Example(
                number=row["order_no"],
                declarant=row["ebc_code"],
                day=row["day"],
                line=reason.line if reason else 0,
                sentence=reason.sentence if reason else "",
                reason=row["reason"],
            )
            for row, reason in reasons
        )
        first = next((reason for _, reason in reasons if reason), None)
        return Group(
            sort=sort,
            count=part.height,
            examples=examples,
            code=code,
            title=sentences().title(code, self._asked.language) if code else "",
            effect=first.effect if first else "",
            field=first.field if first else "",
            fix=first.fix if first else "",
            source=first.source if first else "",
            confidence=first.confidence if first else "",
            old=old,
            ours=ours,
            cause=cause,
        )

    def _reason(self, parcel_id: str, code: str, line: int) -> Reason | None:
        """What a rule says of one declaration, in words."""
        if not code:
            return None
        own = self._findings.filter(
            pl.col("parcel_id") == parcel_id, pl.col("code") == code, pl.col("line") == line
        )
        decision = self._by_id(parcel_id)["decision"]
        cell = self._book.cell_in(decision["regime"], decision["decl_day"])
        return reasons_of(own, self._book, cell, decision, self._asked.language)[0]

    def _charged(self) -> Iterator[Group]:
        by = ["levy", "code", "cause", "old_rate_ppm", "rate_ppm"]
        is_rate = pl.col("cause") == "rate"
        rows = self._compared.amounts.with_columns(
            pl.col("old_rate_ppm", "rate_ppm").name.prefix("at_"),
            pl.when(is_rate).then(pl.col("old_rate_ppm", "rate_ppm")),
        )
        for key, part in self._grouped(rows, by):
            some = part.head(self._asked.examples).to_dicts()
            off = part.select((pl.col("ours_minor") - pl.col("old_minor")).cast(pl.Int128).sum())
            yield Group(
                sort=CHARGED,
                count=part.height,
                examples=tuple(self._amount(one) for one in some),
                levy=key["levy"],
                payment_code=key["code"],
                cause=key["cause"],
                off_minor=int(off.item()),
            )

    def _amount(self, row: Row) -> Example:
        """One amount that differs, with how ours came about."""
        about = self._by_id(row["parcel_id"])
        number, payments, proven = self._proven(row["parcel_id"], row["levy"], row["line"])
        return Example(
            number=about["order_no"],
            declarant=about["ebc_code"],
            day=about["day"],
            line=row["line"],
            reason=about["reason"],
            old_minor=row["line_old_minor"],
            ours_minor=row["line_ours_minor"],
            old_base_minor=row["old_base_minor"],
            old_rate_ppm=row["at_old_rate_ppm"],
            payments=payments,
            proven=proven,
            proven_line=number,
            sources=_sources(proven),
        )

    def _proven(
        self, parcel_id: str, levy: str, line: int
    ) -> tuple[int, tuple[Payment, ...], Proven | None]:
        """Line, payments and proof of a levy: of the line that differs, else of the largest."""
        proof = self._proof(parcel_id)
        if proof is None or levy in (TOTAL, OTHER):
            return line, (), None
        whole = (0, proof.payments, proof.amounts)
        found: list[tuple[int, tuple[Payment, ...], Proven]] = []
        for number, payments, amounts in (
            whole,
            *((one.gnum, one.payments, one.amounts) for one in proof.lines),
        ):
            proven = next((one for one in amounts if one.name == levy), None)
            if proven is not None and line in (0, number):
                own = tuple(one for one in payments if one.levy == levy)
                found.append((number, own, proven))
        return max(found, key=lambda one: one[2].formula.result, default=(line, (), None))

    def _proof(self, parcel_id: str) -> TaxProof | None:
        if parcel_id not in self._proofs:
            country = self._book.law.country
            link = parcel_id.rsplit("-", maxsplit=1)[-1][:8]
            try:
                found = unfold(
                    *(self._home, country, link, parcel_id),
                    language=self._asked.language,
                    officer=False,
                    tax=True,
                ).tax
            except (NotFound, StoreError):
                found = None  # the difference stands without its proof
            self._proofs[parcel_id] = found
        return self._proofs[parcel_id]


def _sources(proven: Proven | None) -> tuple[str, ...]:
    """The acts that the last steps of an amount rest on, each once."""
    steps = proven.formula.steps[-_SHOWN_STEPS:] if proven else ()
    found = (ground for step in steps for ground in step.grounds if ground.source)
    return tuple(dict.fromkeys(f"{one.source} ({one.start})" for one in found))


def days_of(compared: Compared) -> tuple[Day, list[Day]]:
    """What came of all declarations, and of those of each legal day in order."""
    whole, days = Day(-1), dict[int, Day]()
    for row in compared.declarations.iter_rows(named=True):
        number = max(row["day"], -1)
        for one in (whole, days.setdefault(number, Day(number))):
            is_compared = row["apart"] == ""
            decided, charged = row["decided"] == "differs", row["charged"] == "differs"
            one.declarations += 1
            one.compared += is_compared
            one.apart += not is_compared
            one.decided += decided
            one.charged += charged
            one.agree += is_compared and not decided and not charged
            one.found += row["found"] > 0
            one.off_minor += row["off_minor"]
    return whole, [days[number] for number in sorted(days)]
