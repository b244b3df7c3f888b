"""silkport inspection: passports issued, received, judged and re-checked, and trust in bodies."""

from __future__ import annotations

import json
import secrets
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.markup import escape
from rich.table import Table

from silkport.cli.node_options import PassphraseFile, Reason, Which, opened
from silkport.cli.node_release import gone_on, show_gone_on
from silkport.cli.options import (
    Home,
    Json,
    Language,
    console,
    default_home,
    parse_day,
    print_json,
    word,
)
from silkport.kernel.errors import InvalidValue
from silkport.kernel.exchange_errors import WrongSignature
from silkport.kernel.limits import MAX_EXCHANGED_BYTES
from silkport.kernel.periods import day_number
from silkport.law.message_form import fault
from silkport.model.decoding import decoded
from silkport.model.inspections import (
    ABSENT,
    Finding,
    Inspection,
    Subject,
    body_of,
    day_text,
    passport_of,
)
from silkport.node.corridor import inspections as room
from silkport.node.corridor import trust as trusting
from silkport.node.dossiers import Dossier, every_dossier
from silkport.node.exchange.keys import SEED_BYTES, signing_key_from
from silkport.node.store.disk import replace_whole, write_whole

PPM_PER_PERCENT = 10_000

app = typer.Typer(help="Inspection passports: signed results, recognised or not, and re-checked.")

File = Annotated[
    Path, typer.Argument(help="A result as JSON, fields as in its message.", exists=True)
]
Identity = Annotated[str, typer.Argument(help="Id of the passport here, or its number.")]
Who = Annotated[str, typer.Option("--who", help="Who acts; it is kept.")]
Code = Annotated[str, typer.Argument(help="Code of the body.")]
Public = Annotated[str, typer.Option("--public", help="Its public key, Ed25519, hexadecimal.")]
First = Annotated[date, typer.Option("--from", parser=parse_day, help="First day of the key.")]
Stop = Annotated[
    date | None, typer.Option("--until", parser=parse_day, help="First day it counts no more.")
]


@app.command("key")
def key(file: Annotated[Path, typer.Argument(help="Where the seed is written.")]) -> None:
    """Make a signing key for an inspection body: a private file, and the public key to hand over.

    Exits 0; 1 when the file is there already.
    """
    if file.exists():
        raise InvalidValue(what="a key file", value=str(file), reason="it is there already")
    seed = secrets.token_bytes(SEED_BYTES)
    write_whole(file, seed.hex().encode())
    console.print(signing_key_from(seed).public.hex())


@app.command("body")
def body(  # noqa: PLR0917 - a command's options are named on the command line
    code: Code,
    node: Which,
    who: Who,
    public: Public,
    first: First,
    administration: Annotated[str, typer.Option("--of", help="Administration it belongs to.")],
    subject: Annotated[list[Subject], typer.Option("--subject", help="In what it is competent.")],
    name: Annotated[str, typer.Option("--name", help="Its name; else its code.")] = "",
    stop: Stop = None,
    home: Home = None,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Register an inspection body with a key and its period; the same key again sets its period.

    Exits 0; 1 when the node is not competent, 4 when a value cannot be.
    """
    with opened(home, node, passphrase_file) as found:
        kept = trusting.register_body(
            found,
            code=code,
            name=name or code,
            administration=administration,
            subjects=subject,
            public=_hex(public),
            start_day=day_number(first),
            stop_day=day_number(stop) if stop else ABSENT,
            who=who,
        )
    for one in kept.state.keys:
        period = f"{day_text(one.start_day)} … {day_text(one.stop_day)}"
        console.print(escape(f"{code}  {one.key_id}  {period}"))


@app.command("bodies")
def bodies(
    node: Which,
    home: Home = None,
    passphrase_file: PassphraseFile = None,
    as_json: Json = False,
) -> None:
    """List the inspection bodies that are registered, with their keys. Exits 0."""
    with opened(home, node, passphrase_file) as found:
        several = found.state.read(trusting.bodies)
    if as_json:
        print_json(msgspec.to_builtins(several))
        return
    for one in several:
        keys = ", ".join(k.key_id for k in one.keys)
        said = f"{one.code}  {one.administration}  {', '.join(one.subjects)}  {keys}  {one.name}"
        console.print(escape(said))


@app.command("issue")
def issue(  # noqa: PLR0917 - a command's options are named on the command line
    file: File,
    node: Which,
    to: Annotated[str, typer.Option("--to", help="The peer that gets it.")],
    key_file: Annotated[Path, typer.Option("--key", help="Key file of the body.", exists=True)],
    who: Who,
    out: Annotated[Path | None, typer.Option("--out", help="Also write it as signed.")] = None,
    home: Home = None,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Sign a result with the key of its body and send it; what may not cross is left out first.

    Exits 0; 1 when the register or the competence does not allow it.
    """
    passport, seed = passport_of(_read(file)), _hex(key_file.read_text("ascii").strip())
    with opened(home, node, passphrase_file) as found:
        kept = room.issue(found, passport, seed, to, who=who)
    sent = body_of(kept.state.passport)
    if out is not None:
        replace_whole(out, json.dumps(sent, indent=2, ensure_ascii=False).encode())
    left = sorted(body_of(passport).keys() - sent.keys())
    console.print(escape(f"{kept.id}  {kept.state.passport.signature[:16]}…"))
    if left:
        console.print(escape(f"  - {', '.join(left)}"), style="dim")


@app.command("receive")
def receive(  # noqa: PLR0917 - a command's options are named on the command line
    file: File,
    node: Which,
    sender: Annotated[str, typer.Option("--from", help="The peer it came from.")],
    who: Who,
    home: Home = None,
    passphrase_file: PassphraseFile = None,
    language: Language = "en",
) -> None:
    """Take a passport that came by hand, under the same checks as its message. Exits 0; 1."""
    with opened(home, node, passphrase_file) as found:
        kept = room.receive(found, sender, _read(file), who=who)
        released = gone_on(found, home or default_home())
    _say(kept, language)
    show_gone_on(released, language)


@app.command("list")
def list_passports(
    node: Which,
    house: Annotated[str, typer.Option("--house", help="CONSIGNMENT/HOUSE alone.")] = "",
    home: Home = None,
    passphrase_file: PassphraseFile = None,
    language: Language = "en",
    as_json: Json = False,
) -> None:
    """List passports with what became of them and why: for officers alone. Exits 0."""
    with opened(home, node, passphrase_file) as found:
        several: list[Dossier[Inspection]] = found.state.read(
            lambda tx: (
                room.inspections_of(tx, house)
                if house
                else list(every_dossier(tx, room.INSPECTION))
            )
        )
    if as_json:
        print_json([{"id": one.id, **msgspec.to_builtins(one.state)} for one in several])
        return
    for one in several:
        _say(one, language)


@app.command("override")
def override(  # noqa: PLR0917 - a command's options are named on the command line
    identity: Identity,
    node: Which,
    who: Who,
    reason: Reason,
    home: Home = None,
    passphrase_file: PassphraseFile = None,
    language: Language = "en",
) -> None:
    """Set a passport aside: what it took the place of is owed again. Exits 0; 1; 4."""
    with opened(home, node, passphrase_file) as found:
        kept = room.override(found, identity, who=who, reason=reason)
        released = gone_on(found, home or default_home())
    _say(kept, language)
    show_gone_on(released, language)


@app.command("recheck")
def recheck(  # noqa: PLR0917 - a command's options are named on the command line
    identity: Identity,
    finding: Annotated[Finding, typer.Argument(help="What was found here.")],
    node: Which,
    who: Who,
    reason: Reason = "",
    home: Home = None,
    passphrase_file: PassphraseFile = None,
    language: Language = "en",
) -> None:
    """Keep what an examination here found of goods that had a passport; trust follows.

    Exits 0; 1 when neither was it drawn nor does it show a miss.
    """
    with opened(home, node, passphrase_file) as found:
        kept = room.record_recheck(found, identity, finding, who=who, reason=reason, home=home)
        released = gone_on(found, home or default_home())
    _say(kept, language)
    show_gone_on(released, language)


@app.command("trust")
def trust(
    node: Which,
    home: Home = None,
    passphrase_file: PassphraseFile = None,
    language: Language = "en",
    as_json: Json = False,
) -> None:
    """Show inspections saved and misses found, by body and method. Exits 0."""
    with opened(home, node, passphrase_file) as found:
        rows = found.state.read(
            lambda tx: trusting.trust_rows(tx, found, room.INSPECTION, home=home)
        )
    if as_json:
        print_json(rows)
        return
    table = Table(box=None, pad_edge=False)
    names = ("body", "method", "state", "share", "saved", "drawn", "rechecked", "misses", "beside")
    for one in names:
        table.add_column(word(f"inspection_{one}", language), overflow="fold")
    for row in rows:
        table.add_row(*_cells(row, language))
    console.print(table)
    if any(row["confidence"] == "unverified" for row in rows):
        console.print(word("inspection_unverified", language), style="dim")


@app.command("reinstate")
def reinstate(  # noqa: PLR0917 - a command's options are named on the command line
    code: Code,
    method: Annotated[str, typer.Argument(help="How it inspects.")],
    node: Which,
    who: Who,
    reason: Reason,
    home: Home = None,
    passphrase_file: PassphraseFile = None,
    language: Language = "en",
) -> None:
    """Lift the suspension of a body: it is learnt anew. Exits 0; 1 when it is not suspended."""
    with opened(home, node, passphrase_file) as found:
        after = trusting.reinstate(found, code, method, who=who, reason=reason)
    console.print(escape(f"{code}  {method}  {word(f'trust_{after.state}', language)}"))


@app.command("verify")
def verify(
    file: File,
    public: Public,
    receiver: Annotated[str, typer.Option("--for", help="Administration that it is for.")],
    language: Language = "en",
) -> None:
    """Verify the signature of a passport without a node. Exits 0; 1 when it is not by that key."""
    passport = passport_of(_read(file))
    if not room.is_signed(passport, receiver, _hex(public)):
        raise WrongSignature(what="the passport", peer=passport.body)
    console.print(word("inspection_signed", language))


def _cells(row: dict[str, Any], language: str) -> list[str]:
    whole, rest = divmod(row["share_ppm"], PPM_PER_PERCENT)
    share = f"{whole}.{rest:04d}".rstrip("0").rstrip(".")
    state = word(f"trust_{row['state']}", language)
    counts = (row[one] for one in ("saved", "drawn", "rechecked", "misses", "misses_beside"))
    named = (escape(row["body_code"]), escape(row["method"]), state, f"{share} %")
    return [*named, *(f"{one:,}" for one in counts)]


def _say(one: Dossier[Inspection], language: str) -> None:
    """A passport in two lines."""
    held, passport = one.state, one.state.passport
    standing = word(f"passport_{held.standing}", language)
    console.print(
        escape(f"{one.id}  {passport.about}  {passport.method}  ") + f"[bold]{standing}[/]"
    )
    why = " ".join(filter(None, (held.code, held.because, ", ".join(held.replaces))))
    if why:
        console.print(escape(f"  {why}"), style="dim")


def _read(file: Path) -> dict[str, Any]:
    """The body of a message in a file. Raises InvalidValue for anything else."""
    if file.stat().st_size > MAX_EXCHANGED_BYTES:
        reason = f"it has more than {MAX_EXCHANGED_BYTES} bytes"
        raise InvalidValue(what="a result of an inspection", value=file.name, reason=reason)
    found: dict[str, Any] = {}
    try:
        found = decoded(file.read_bytes(), dict[str, Any])
        wrong = fault(room.RESULT, found)
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        wrong = str(error)
    if wrong:
        raise InvalidValue(what="a result of an inspection", value=file.name, reason=wrong)
    return found


def _hex(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        reason = "it is not hexadecimal"
        raise InvalidValue(what="a key", value=f"{len(text)} characters", reason=reason) from None
