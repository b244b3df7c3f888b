"""What an audit finds: in which table and row, and what is wrong there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from silkport.kernel.limits import MAX_AUDIT_FAULTS, MAX_AUDIT_FAULTS_ALIKE

Progress = Callable[[str, int], None]
"""Told what an audit is at, and how many of them it has seen."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is not as it was written; `row` is its key, the parts divided by a space."""

    table: str
    row: str
    wrong: str

    def __str__(self) -> str:
        return f"{self.table} {self.row}: {self.wrong}"


class Faults:
    """Collects faults. Of those that are alike the first are listed; the rest is counted."""

    def __init__(self) -> None:
        self.listed: list[Fault] = []
        self.unlisted = 0
        self._alike: Counter[tuple[str, str]] = Counter()

    def add(self, table: str, row: object, wrong: str, /, **facts: object) -> None:
        """Notes one; `wrong` has the names of facts in braces."""
        alike = (table, wrong)
        self._alike[alike] += 1
        if self._alike[alike] > MAX_AUDIT_FAULTS_ALIKE or len(self.listed) >= MAX_AUDIT_FAULTS:
            self.unlisted += 1
            return
        text = wrong.format(**facts) if facts else wrong
        self.listed.append(Fault(table, str(row), text))

    def __len__(self) -> int:
        return len(self.listed) + self.unlisted
