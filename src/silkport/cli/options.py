"""Options that several commands share, and the words of their screens."""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from silkport.kernel.errors import InvalidValue
from silkport.kernel.periods import day_number, day_of
from silkport.model.columns import MAX_DAY
from silkport.node.law.books import administrations

DEFAULT_HOME = "silkport-data"
HOME_VARIABLE = "SILKPORT_HOME"
LANGUAGES = ("en", "zh", "ru", "kk")
SOME_UNREADABLE = 4
"""The exit code of a command that took what it could read, and told what it could not."""

console = Console(highlight=False)
"""Where commands print."""

errors = Console(stderr=True, highlight=False)
"""Where commands say what went wrong and how far they are."""


def parse_day(text: str | date) -> date:
    """A day written 2026-07-01; a default that is a day already stays one."""
    if isinstance(text, date):
        return text
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is no day; write it as 2026-07-01") from error


def parse_processing_day(text: str | date) -> date:
    """A day on which a node may decide: one that the tables can hold."""
    day = parse_day(text)
    if not 0 <= day_number(day) <= MAX_DAY:
        raise typer.BadParameter(f"{text!r} is not from {day_of(0)} to {day_of(MAX_DAY)}")
    return day


def parse_administration(text: str) -> str:
    """The code of an administration whose law is here."""
    known = administrations()
    if text not in known:
        raise typer.BadParameter(f"{text!r} is no administration here; known: {', '.join(known)}")
    return text


def parse_language(text: str) -> str:
    """One of the four languages."""
    if text not in LANGUAGES:
        raise typer.BadParameter(f"{text!r} is none of {', '.join(LANGUAGES)}")
    return text


def default_home() -> Path:
    """The state directory: SILKPORT_HOME, else silkport-data here."""
    return Path(os.environ.get(HOME_VARIABLE) or DEFAULT_HOME)


Home = Annotated[
    Path | None,
    typer.Option("--home", help="State directory; else SILKPORT_HOME, else silkport-data."),
]
Administration = Annotated[
    str,
    typer.Option("--as", parser=parse_administration, help="Administration: cn, kz or zz."),
]
SomeAdministration = Annotated[
    str | None,
    typer.Option("--as", parser=parse_administration, help="Administration: cn, kz or zz."),
]
Day = Annotated[
    date | None,
    typer.Option("--day", parser=parse_processing_day, help="Processing day; else today."),
]
At = Annotated[date, typer.Option("--at", parser=parse_day, help="Read the law as of this day.")]
Language = Annotated[
    str, typer.Option("--lang", parser=parse_language, help="Language: en, zh, ru or kk.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of words.")]


@cache
def _words() -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for file in sorted((files("silkport") / "cli").iterdir(), key=lambda one: one.name):
        if file.name.startswith("words") and file.name.endswith(".toml"):
            entries = tomllib.loads(file.read_text(encoding="utf-8"))
            twice = found.keys() & entries.keys()
            assert not twice, f"{file.name} says again {twice}"
            found |= entries
    return found


def word(name: str, language: str, **facts: str) -> str:
    """A word or phrase of the screens."""
    entry = _words().get(name)
    if entry is None:
        raise InvalidValue(what="a word of the screens", value=name, reason="there is none")
    return entry[language].format(**facts)


def print_json(value: object) -> None:
    """One JSON document on standard output."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def today() -> date:
    """The day on this machine's clock."""
    return date.today()  # noqa: DTZ011 - the operator's own day is meant


@contextmanager
def counting(what: str) -> Iterator[Callable[[str, int], None]]:
    """Shows what long work is at and how far it is; gives the function that tells it."""
    with Progress(
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        TextColumn("{task.fields[done]:,}"),
        TimeElapsedColumn(),
        console=errors,
        transient=True,
    ) as bar:
        task = bar.add_task(what, done=0)
        yield lambda at, done: bar.update(task, description=at[-60:], done=done)
