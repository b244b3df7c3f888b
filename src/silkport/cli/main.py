"""The command `silkport`: thin commands over the use cases of the node."""

from __future__ import annotations

import gc
import sys

import typer
from rich.markup import escape

from silkport.cli import (
    balance,
    clear,
    consignment,
    convert,
    day,
    disclosed,
    explain,
    inspection,
    law,
    node,
    paper,
    party,
    quote,
    replay,
    rules,
    sample,
    shadow,
    sim,
    template,
    trace,
    transport,
)
from silkport.cli.options import errors
from silkport.kernel.errors import InputError, SilkportError

app = typer.Typer(
    name="silkport",
    help="An open electronic port: declare once, clear on both sides, prove every amount.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("clear")(clear.clear)
app.command("explain")(explain.explain)
app.command("trace")(trace.trace)
app.command("quote")(quote.quote)
app.command("replay")(replay.replay_decisions)
app.command("shadow")(shadow.shadow)
app.command("rules")(rules.rules)
app.add_typer(law.app, name="law")
app.add_typer(node.app, name="node")
app.add_typer(consignment.app, name="consignment")
app.add_typer(transport.app, name="transport")
app.add_typer(inspection.app, name="inspection")
app.add_typer(balance.app, name="balance")
app.add_typer(paper.app, name="paper")
app.add_typer(party.app, name="party")
app.command("disclosed")(disclosed.disclosed)
app.command("sample")(sample.sample)
app.command("sim")(sim.sim)
app.command("day")(day.day)
app.command("convert")(convert.convert)
app.command("template")(template.template)

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
        sys.exit(clear.SOME_UNREADABLE if isinstance(error, InputError) else FAILED)
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
