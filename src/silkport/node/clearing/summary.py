"""What one run did, in numbers: what the command shows at its end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import polars as pl

from silkport.model.outcomes import ADJUSTMENT

LEVIES = ("customs_value", "duty", "remedy", "excise", "vat", "fee", "total")
ACCEPTED = ("released", "held")

SHOWN_ASIDE = 20
"""Reasons for setting aside that the summary quotes; the table has them all."""


@dataclass
class Summary:
    """What one run did, in numbers; `money` is in minor units of `currency`.

    `houses` are decisions on commercial goods, the others are on parcels. `adjustments` counts
    what acts after release changed by kind (debt, refund), `adjusted` sums it in minor units.
    """

    administration: str
    currency: str
    processing_day: date
    law_digest: str
    documents: dict[str, int] = field(default_factory=dict)
    outcomes: dict[str, int] = field(default_factory=dict)
    lanes: dict[str, int] = field(default_factory=dict)
    regimes: dict[str, int] = field(default_factory=dict)
    money: dict[str, int] = field(default_factory=dict)
    refusals: dict[str, int] = field(default_factory=dict)
    waiting: dict[str, int] = field(default_factory=dict)
    holds: dict[str, int] = field(default_factory=dict)
    houses: int = 0
    adjustments: dict[str, int] = field(default_factory=dict)
    adjusted: dict[str, int] = field(default_factory=dict)
    quota_entries: int = 0
    standing: int = 0
    set_aside: int = 0
    set_aside_why: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    examples: dict[str, str] = field(default_factory=dict)
    receipts_read: dict[str, int] = field(default_factory=dict)
    receipts_written: dict[str, int] = field(default_factory=dict)

    @property
    def decided(self) -> int:
        """Parcels and houses with a decision."""
        return sum(self.outcomes.values())

    @property
    def parcels(self) -> int:
        """Parcels with a decision."""
        return self.decided - self.houses

    def take_back(self, decisions: pl.DataFrame) -> None:
        """Counts no more what the same run decided once again."""
        self.houses -= decisions.height
        for name, target in (
            ("outcome", self.outcomes),
            ("lane", self.lanes),
            ("regime", self.regimes),
        ):
            for value in decisions[name]:
                target[value] -= 1
                if not target[value]:
                    del target[value]
        accepted = decisions.filter(pl.col("outcome").is_in(ACCEPTED))
        for levy in LEVIES:
            if levy in self.money:
                self.money[levy] -= int(accepted[f"{levy}_minor"].sum())

    def add(self, tables: Mapping[str, pl.DataFrame], standing: int) -> None:
        """Counts one batch."""
        decisions, findings = tables["decisions"], tables["findings"]
        for name, target in (
            ("outcome", self.outcomes),
            ("lane", self.lanes),
            ("regime", self.regimes),
        ):
            _count(target, decisions[name])
        _count(
            self.documents,
            tables["documents"].select(pl.concat_str("kind", "status", separator=" ")).to_series(),
        )
        if ADJUSTMENT.name in tables:
            self.houses += decisions.height
            self._add_adjustments(tables[ADJUSTMENT.name])
        accepted = decisions.filter(pl.col("outcome").is_in(ACCEPTED))
        for levy in LEVIES:
            amount = int(accepted[f"{levy}_minor"].sum())
            self.money[levy] = self.money.get(levy, 0) + amount
        for effect, target in (
            ("refuse", self.refusals),
            ("wait", self.waiting),
            ("hold", self.holds),
        ):
            each = findings.filter(pl.col("effect") == effect).unique(["parcel_id", "code"])
            _count(target, each["code"])
        self.quota_entries += tables["quota"].height
        self.standing += standing
        for outcome in self.outcomes:
            if outcome not in self.examples:
                self._note_example(outcome, decisions)

    def _add_adjustments(self, changes: pl.DataFrame) -> None:
        accepted = changes.filter(pl.col("outcome") == "accepted")
        for kind, minor in accepted.select("kind", "difference_minor").iter_rows():
            if minor:
                self.adjustments[kind] = self.adjustments.get(kind, 0) + 1
                self.adjusted[kind] = self.adjusted.get(kind, 0) + minor

    def _note_example(self, outcome: str, decisions: pl.DataFrame) -> None:
        rows = decisions.filter(pl.col("outcome") == outcome)
        if rows.height:
            self.examples[outcome] = str(rows["parcel_id"][0])


def _count(target: dict[str, int], values: pl.Series) -> None:
    for value, count in values.value_counts().iter_rows():
        target[value] = target.get(value, 0) + count
