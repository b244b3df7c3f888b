"""Markdown tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def cell(value: object) -> str:
    """A value as one Markdown table cell."""
    if value is None:
        return ""
    if isinstance(value, tuple | list | frozenset | set):
        items = value if isinstance(value, Sequence) else sorted(value, key=str)
        return ", ".join(cell(item) for item in items)
    return " ".join(str(value).split()).replace("|", "\\|")


def grid(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table."""
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(cell(value) for value in row) + " |" for row in rows]
    return "\n".join(lines)
