"""The course of a world: what happened when, counted, and digested so that it can be compared."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime

SHOWN_AT_THE_END = 25

COUNTED = (
    "worlds of 2 nodes",
    "worlds of 3 nodes",
    "worlds with a node that lies",
    "messages queued",
    "messages applied",
    "messages parked",
    "batches with a receipt",
    "failed tries",
    "crashes",
    "partitions",
    "tries on a cut line",
    "requests lost",
    "requests late",
    "late requests taken",
    "requests twice",
    "requests garbled",
    "answers lost",
    "answers garbled",
    "hangs",
    "full disks",
    "writes on a full disk",
    "wrong clocks",
    "lying batches",
    "lying messages",
    "lying answers",
    "replays",
    "forked logs",
    "filed",
    "acts",
    "notices",
    "terms over",
    "refused to people",
    "unanswered",
    "rotations",
    "keys changed",
    "suspensions",
    "late registers",
    "erased",
    "described",
    "granted",
    "grants revoked",
    "prepared",
    "confirmed",
    "lodged",
    "filed by traders",
    "released as the law demands",
    "transports announced",
    "transport acts",
    "receipts",
    "paid late",
    "balances opened",
    "transits secured",
    "guarantees freed by arrivals",
    "guarantees freed by officers",
    "bodies registered",
    "passports issued",
    "passports forged",
    "passports judged",
    "passports looked into",
    "powers given",
    "powers revoked",
    "numbers usurped",
    "declared twice",
    "flagged: TRN002",
    "flagged: TRN012",
)
"""What is counted, in the order in which it is shown."""


@dataclass(slots=True)
class Course:
    """What happened, line by line.

    Attributes:
        counts: how often each kind of thing happened.
    """

    lines: list[tuple[int, str, str]] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def tell(self, at: int, where: str, what: str) -> None:
        """Adds a line. `at` is the true time in milliseconds."""
        self.lines.append((at, where, what))

    def digest(self) -> str:
        """Names the course: 16 hexadecimal digits of its SHA-256."""
        whole = hashlib.sha256()
        for at, where, what in self.lines:
            whole.update(f"{at} {where} {what}\n".encode())
        return whole.hexdigest()[:16]

    def shown(self, last: int | None = None) -> list[str]:
        """Lines to read, all or the last ones."""
        chosen = self.lines if last is None else self.lines[-last:]
        return [f"{moment(at)}  {where:<12} {what}" for at, where, what in chosen]


def moment(at: int) -> str:
    """A moment as it is read: "2026-09-15 08:30:00.250"."""
    return f"{datetime.fromtimestamp(at // 1000, UTC):%Y-%m-%d %H:%M:%S}.{at % 1000:03d}"
