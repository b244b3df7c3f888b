"""silkport convert: the same documents in another format."""

from __future__ import annotations

import time
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from silkport.cli.clear import Inputs, OfficialSchemas
from silkport.cli.options import Json, Language, console, counting, print_json, word
from silkport.formats.ceb.schemas import Schemas
from silkport.formats.ceb.writing import Sender
from silkport.node.converting import (
    FORMS,
    LOG,
    MESSAGES,
    Conversion,
    Target,
    convert_inputs,
)
from silkport.node.sealing import Address, Seal, read_key

NOT_WHOLE = 4


def parse_form(text: str) -> str:
    """One of the formats that can be written."""
    if text not in FORMS:
        raise typer.BadParameter(f"{text!r} is none of {', '.join(FORMS)}")
    return text


def parse_sender(text: str | Sender) -> Sender:
    """CODE:NAME:DXPID; the name may hold colons."""
    if isinstance(text, Sender):
        return text
    code, _, rest = text.partition(":")
    name, _, dxp_id = rest.rpartition(":")
    if not (code and name and dxp_id):
        raise typer.BadParameter(f"{text!r} is not CODE:NAME:DXPID")
    return Sender(code, name, dxp_id)


def parse_address(text: str | Address) -> Address:
    """SENDER:RECEIVER, further receivers after further colons; made now."""
    if isinstance(text, Address):
        return text
    sender, *receivers = text.split(":")
    if not (sender and receivers and all(receivers)):
        raise typer.BadParameter(f"{text!r} is not SENDER:RECEIVER")
    now = datetime.now()  # noqa: DTZ005 - envelopes state local time
    return Address(sender, tuple(receivers), f"{now:%Y-%m-%dT%H:%M:%S}")


Form = Annotated[str, typer.Option("--to", parser=parse_form, help=f"One of {', '.join(FORMS)}.")]
Out = Annotated[Path, typer.Option("--out", help="Folder to write into.", file_okay=False)]
From = Annotated[
    Sender | None,
    typer.Option(
        "--sender", parser=parse_sender, help="CODE:NAME:DXPID, who sends the messages (--to ceb)."
    ),
]
Envelope = Annotated[
    Address | None,
    typer.Option(
        "--envelope",
        parser=parse_address,
        help="SENDER:RECEIVER, numbers in the exchange; messages go into envelopes.",
    ),
]
Key = Annotated[
    Path | None,
    typer.Option("--sign", help="RSA key in PEM to sign with.", exists=True, dir_okay=False),
]
Certificate = Annotated[
    Path | None,
    typer.Option(
        "--certificate", help="Certificate of the key in PEM.", exists=True, dir_okay=False
    ),
]
Overwrite = Annotated[
    bool, typer.Option("--overwrite", help="Replace files of the same names in the folder.")
]


def convert(  # noqa: PLR0917 - a command's options are named on the command line
    inputs: Inputs,
    form: Form,
    out: Out,
    sender: From = None,
    envelope: Envelope = None,
    key: Key = None,
    certificate: Certificate = None,
    overwrite: Overwrite = False,
    schemas: OfficialSchemas = None,
    language: Language = "en",
    as_json: Json = False,
) -> None:
    """Write the documents of the inputs in another format: messages, or tabular files.

    Parcels become parcels-000001.csv and so on, receipts and what else follows a parcel's way a
    file of each table; with --to ceb every kind of document becomes messages of its kind.

    Exits 0 when everything was carried over, 4 when some input could not be read or a cell or
    document has no place in the chosen format (the rest is converted; convert.log in the folder
    lists every case) and when a file would be overwritten (nothing is written), 2 for wrong
    usage, 1 when the node itself failed.
    """
    if form == MESSAGES and sender is None:
        raise typer.BadParameter("messages need a sender", param_hint="--sender")
    if form != MESSAGES and (envelope or key):
        raise typer.BadParameter(
            "only messages are signed or put into envelopes", param_hint="--to"
        )
    if (key is None) != (certificate is None):
        raise typer.BadParameter(
            "a key and its certificate go together", param_hint="--certificate"
        )
    seal = Seal(
        key=None if key is None else read_key(key),
        certificate=None if certificate is None else certificate.read_bytes(),
        address=envelope,
    )
    started = time.monotonic()
    with counting("reading") as progress:
        conversion = convert_inputs(
            inputs,
            Target(form, out, overwrite=overwrite, sender=sender, seal=seal),
            progress=progress,
            schemas=None if schemas is None else Schemas.load(schemas),
        )
    seconds = time.monotonic() - started
    if as_json:
        print_json(asdict(conversion) | {"seconds": round(seconds, 3)})
    else:
        show_conversion(conversion, language, seconds, out)
    raise typer.Exit(0 if conversion.whole else NOT_WHOLE)


def show_conversion(conversion: Conversion, language: str, seconds: float, out: Path) -> None:
    """What was read and written, and every sort of thing that was not."""
    files = word("files_written", language)
    heading = f"{files}: {conversion.files:,} · {out} · {seconds:.1f} s"
    console.print(escape(heading), soft_wrap=True)
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    for name, count in sorted(conversion.written.items()):
        table.add_row(name, f"{count:,}")
    console.print(table)
    if conversion.unsigned:
        console.print(f"[yellow]{word('unsigned', language)}: {conversion.unsigned:,}[/]")
    for name, count in (
        ("not_carried", conversion.set_aside),
        ("read_otherwise", conversion.problems),
        ("left_out", sum(conversion.left_out.values())),
    ):
        if count:
            console.print(f"[yellow]{word(name, language)}: {count:,}[/]")
    for line in conversion.lines:
        console.print(escape(f"  {line}"), style="dim", soft_wrap=True)
    if conversion.lines:
        console.print(escape(f"  {out / LOG}"), soft_wrap=True)
