"""silkport paper: declarations on paper that can be verified offline and keyed later."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from silkport.cli.node_options import Identity, PassphraseFile, Which, moment, opened
from silkport.cli.options import Home, Json, Language, console, default_home, print_json, word
from silkport.cli.paper_page import blank_pages, declaration_page
from silkport.cli.tax_page import write_page
from silkport.kernel.errors import NothingToRead
from silkport.kernel.limits import MAX_BLANKS, MAX_CODE_CHARACTERS
from silkport.model.paper import Stated
from silkport.node.corridor.paper import Verified, code_of, issue_blanks, key_paper, read_code
from silkport.node.exchange.peers import keys_on_card
from silkport.node.offices import office_of
from silkport.node.sovereign import Node
from silkport.node.workflow.filing import declared_again
from silkport.node.workflow.finding import case_named
from silkport.node.workflow.reading import Declared, declared_in

app = typer.Typer(help="Declarations on paper: printed, verified offline, keyed later.")

Out = Annotated[Path, typer.Option("--out", help="The page to write, ending in .html.")]
Cards = Annotated[
    list[Path],
    typer.Option("--card", help="Card of a node that may have signed.", exists=True),
]


@app.command("print")
def print_(
    identity: Identity,
    node: Which,
    out: Out,
    home: Home = None,
    passphrase_file: PassphraseFile = None,
    language: Language = "en",
) -> None:
    """Print a declaration as it is now, with a code that can be scanned and verified offline."""
    with opened(home, node, passphrase_file) as found:
        case = case_named(found, identity)
        code = found.state.read(lambda tx: code_of(tx, found, case))
        declared = found.state.read(lambda tx: declared_again(tx, found, case.document))
        stated = _own(found, code).stated
    write_page(out, declaration_page(code, stated, declared, case.document["goods"], language))
    console.print(escape(f"{out}\n{code}"), soft_wrap=True)


@app.command()
def blank(  # noqa: PLR0917 - a command's options are named on the command line
    node: Which,
    out: Out,
    holder: Annotated[str, typer.Option("--holder", help="To whom: a post or a declarant.")],
    home: Home = None,
    count: Annotated[int, typer.Option("--count", min=1, max=MAX_BLANKS, help="How many.")] = 20,
    passphrase_file: PassphraseFile = None,
    language: Language = "en",
) -> None:
    """Give out numbered blank forms, for the hours when nothing else works."""
    with opened(home, node, passphrase_file) as found:
        codes = issue_blanks(found, holder, count)
        forms = [(one, _own(found, one).stated) for one in codes]
    write_page(out, blank_pages(forms, language))
    console.print(escape(f"{out}: {forms[0][1].number} - {forms[-1][1].number}"))


@app.command()
def verify(
    card: Cards,
    code: Annotated[str, typer.Argument(help="What was scanned; - reads it from the input.")] = "-",
    language: Language = "en",
    as_json: Json = False,
) -> None:
    """Verify a scanned code without any line or node; exits 0 when it is genuine.

    What the paper says must be what the code states.
    """
    text = code
    if code == "-":
        text = typer.get_text_stream("stdin").read(MAX_CODE_CHARACTERS + 1)
    publics: dict[str, set[bytes]] = {}
    for one in card:
        signer, public = keys_on_card(one.read_bytes())
        publics.setdefault(signer, set()).add(public)
    found = read_code(text, publics)
    if as_json:
        print_json(_rows(found.stated) | {"key": found.key_id})
        return
    said = word("paper_good", language, node=found.stated.node, key=found.key_id)
    console.print(escape(said), style="green")
    for name, value in _rows(found.stated).items():
        console.print(escape(f"{name:14}{value}"), soft_wrap=True)


@app.command()
def key(  # noqa: PLR0917 - a command's options are named on the command line
    file: Annotated[Path, typer.Argument(help="The declaration as it was keyed.", exists=True)],
    node: Which,
    number: Annotated[str, typer.Option("--number", help="Number of the blank form.")],
    at: Annotated[
        datetime,
        typer.Option(
            "--at", formats=["%Y-%m-%dT%H:%M"], help="Moment of registration on the form, in UTC."
        ),
    ],
    who: Annotated[str, typer.Option("--who", help="Who keyed it; it is kept.")],
    home: Home = None,
    passphrase_file: PassphraseFile = None,
    language: Language = "en",
) -> None:
    """File a declaration that was made on a blank form, under its number and as of its day."""
    registered_at = int(at.replace(tzinfo=UTC).timestamp()) * 1000
    with opened(home, node, passphrase_file) as found:
        office = office_of(found, home or default_home())
        read = [one for one in declared_in([file]) if isinstance(one, Declared)]
        if len(read) != 1:
            raise NothingToRead(source=str(file))
        one = read[0]
        filed = key_paper(
            found,
            office,
            one.declaration,
            one.goods,
            number=number,
            registered_at=registered_at,
            who=who,
        )
    state = word(f"state_{filed.case.state}", language)
    console.print(escape(f"{filed.case.number} {filed.case.id} {state}"))


def _own(node: Node, code: str) -> Verified:
    """A code that this node has just signed."""
    publics = node.state.read(lambda tx: [row[1] for row in tx.rows("own_keys")])
    return read_code(code, {node.id: publics})


def _rows(stated: Stated) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in stated.__struct_fields__:
        value = getattr(stated, name)
        if value not in {"", -1}:
            found[name] = moment(value) if name == "printed_at" else value
    return found
