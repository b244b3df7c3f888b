"""The command `silkport`: thin commands over the use cases of the node."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterable
from importlib import import_module
from typing import TYPE_CHECKING

import typer
from rich.markup import escape
from typer.core import TyperGroup

from silkport.cli.options import SOME_UNREADABLE, errors
from silkport.kernel.errors import InputError, SilkportError

if TYPE_CHECKING:
    from typer._click import Command, Context

COMMANDS = {
    "clear": "clear.clear",
    "explain": "explain.explain",
    "trace": "trace.trace",
    "quote": "quote.quote",
    "replay": "replay.replay_decisions",
    "shadow": "shadow.shadow",
    "rules": "rules.rules",
    "disclosed": "disclosed.disclosed",
    "sample": "sample.sample",
    "sim": "sim.sim",
    "day": "day.day",
    "convert": "convert.convert",
    "template": "template.template",
    "law": "law.app",
    "node": "node.app",
    "consignment": "consignment.app",
    "transport": "transport.app",
    "inspection": "inspection.app",
    "balance": "balance.app",
    "paper": "paper.app",
    "party": "party.app",
}
"""Each command in the order of the help, and where it is: module of this room, name in it."""


class Commands(TyperGroup):
    """The commands, each imported when it is called: all of them take a second."""

    def list_commands(self, ctx: Context) -> list[str]:  # noqa: ARG002 - as groups do
        """All names."""
        return list(COMMANDS)

    def get_command(self, ctx: Context, cmd_name: str) -> Command | None:
        """One command; an unknown name imports all, so that a similar one can be suggested."""
        self.load((cmd_name,) if cmd_name in COMMANDS else COMMANDS)
        return super().get_command(ctx, cmd_name)

    def load(self, names: Iterable[str]) -> None:
        """Imports commands."""
        for name in names:
            if name not in self.commands:
                self.commands[name] = _imported(name)


def _imported(name: str) -> Command:
    module, _, place = COMMANDS[name].partition(".")
    found = getattr(import_module(f"silkport.cli.{module}"), place)
    alone = typer.Typer(add_completion=False)
    if isinstance(found, typer.Typer):
        alone.add_typer(found, name=name)
        return typer.main.get_group(alone).commands[name]
    alone.command(name)(found)
    return typer.main.get_command(alone)


app = typer.Typer(
    name="silkport",
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.callback()
def silkport() -> None:
    """An open electronic port: declare once, clear on both sides, prove every amount."""


def every_command() -> TyperGroup:
    """The whole tree of commands, for its documentation."""
    group = typer.main.get_group(app)
    assert isinstance(group, Commands)
    group.load(COMMANDS)
    return group


FAILED = 1
INTERRUPTED = 130


def main() -> None:
    """Runs the command; an error that was foreseen is one sentence, and exit code 1 or 4."""
    if not __debug__:
        sys.exit("Silkport does not run under -O: its invariants are assertions.")
    # Messages become millions of short-lived objects without cycles; looking for cycles after
    # every seven hundred of them takes a tenth of the time of reading.
    gc.set_threshold(100_000, 50, 50)
    try:
        app()
    except SilkportError as error:
        errors.print(f"[bold red]{type(error).__doc__}[/]")
        errors.print(escape(str(error)))
        sys.exit(SOME_UNREADABLE if isinstance(error, InputError) else FAILED)
    except KeyboardInterrupt:
        errors.print("Stopped. What was committed stands; run the same command again.")
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        sys.exit(0)
    except OSError as error:  # a file or folder that was named and cannot be used
        errors.print(escape(str(error)))
        sys.exit(FAILED)


if __name__ == "__main__":
    main()
