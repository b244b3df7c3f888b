"""silkport balance discharge, claim: an officer ends what a guarantee answers for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any

import typer
from rich.markup import escape

from silkport.cli.node_options import Identity, PassphraseFile, Reason, Which, Who, opened
from silkport.cli.node_release import gone_on, show_gone_on
from silkport.cli.options import Home, Json, Language, console, default_home, print_json, word
from silkport.courses.balance import all_held
from silkport.kernel.errors import NotFound
from silkport.kernel.money import Money
from silkport.model.balances import Drawing, shown
from silkport.node.corridor import guarantees, securing
from silkport.node.corridor.balances import DRAWING
from silkport.node.corridor.reserving import reserved_of
from silkport.node.dossiers import dossier_of, find_dossier
from silkport.node.sovereign import Node
from silkport.node.workflow.finding import case_named

Why = Annotated[str, typer.Option("--reason", help="Why it is claimed; it is kept.")]
Amount = Annotated[
    str, typer.Option("--amount", help="How much, decimal; without it all that is reserved.")
]


@dataclass(frozen=True, slots=True)
class Matter:
    """What a guarantee answers for: the transit of a declaration, or what it does not pay."""

    node: Node
    case_id: str
    key: str
    is_transit: bool

    @property
    def drawing(self) -> Drawing:
        """What it has of the guarantee by now."""
        return self.node.state.read(lambda tx: dossier_of(tx, DRAWING, self.key)).state


def discharge(  # noqa: PLR0917 - a command's options are named on the command line
    identity: Identity,
    node: Which,
    who: Who,
    home: Home = None,
    reason: Reason = "",
    passphrase_file: PassphraseFile = None,
    language: Language = "en",
    as_json: Json = False,
) -> None:
    """Free what a guarantee answers for: the transit arrived, or what was deferred is paid.

    Declarations that waited for the guarantee are tried again, and those released are named.

    Exits 0, also when nothing is reserved any more; 1 when nothing ever was.
    """
    with opened(home, node, passphrase_file) as found:
        matter = _matter_of(found, identity)
        end = guarantees.discharge if matter.is_transit else securing.discharge
        found.state.write(lambda tx: end(tx, found, matter.case_id, who=who, reason=reason))
        released = gone_on(found, home or default_home())
        row = _row(matter)
    if as_json:
        print_json(row | {"released": [one.id for one in released]})
    else:
        _show(row, language)
        show_gone_on(released, language)


def claim(  # noqa: PLR0917 - a command's options are named on the command line
    identity: Identity,
    node: Which,
    who: Who,
    reason: Why,
    amount: Amount = "",
    home: Home = None,
    passphrase_file: PassphraseFile = None,
    language: Language = "en",
    as_json: Json = False,
) -> None:
    """Claim a guarantee: for a transit that is overdue or arrived otherwise, or what is not paid.

    Exits 0; 1 before its term is over, and for more than is reserved.
    """
    with opened(home, node, passphrase_file) as found:
        matter = _matter_of(found, identity)
        drawing = matter.drawing
        wanted = sum(reserved_of(drawing).values())
        if not drawing.entries:
            raise NotFound(what=f"anything reserved for {identity}")
        if amount:
            wanted = Money.parse(amount, drawing.entries[-1].unit).minor
        take = guarantees.claim if matter.is_transit else securing.claim
        about = (matter.case_id, wanted)
        found.state.write(lambda tx: take(tx, found, *about, who=who, reason=reason))
        row = _row(matter)
    if as_json:
        print_json(row)
    else:
        _show(row, language)


def _matter_of(node: Node, identity: str) -> Matter:
    """What is meant. Raises NotFound where no guarantee ever answered for it."""
    for case_id in _ids(node, identity):
        for key, is_transit in (
            (guarantees.matter_of(case_id), True),
            (securing.secured_matter(case_id), False),
        ):
            if node.state.read(partial(find_dossier, kind=DRAWING, identity=key)) is not None:
                return Matter(node, case_id, key, is_transit)
    raise NotFound(what=f"a guarantee reserved for {identity}")


def _ids(node: Node, identity: str) -> Iterator[str]:
    """As it is written, for a transit may be secured before anything is declared here; its case."""
    yield identity
    yield case_named(node, identity).id


def _row(matter: Matter) -> dict[str, Any]:
    """What the matter has by now of each guarantee."""
    drawing = matter.drawing
    has = {
        balance: {"reserved": now.reserved, "used": now.used}
        for (balance, _), now in all_held(drawing).items()
    }
    unit = drawing.entries[-1].unit if drawing.entries else ""
    return {"case": matter.case_id, "matter": matter.key, "unit": unit, "balances": has}


def _show(row: dict[str, Any], language: str) -> None:
    if not row["balances"]:
        console.print(escape(row["matter"]))
    for balance, parts in row["balances"].items():
        amounts = ", ".join(
            f"{word(f'balance_{name}', language)} {shown(amount, row['unit'])}"
            for name, amount in parts.items()
        )
        console.print(escape(f"{balance}  {row['matter']}  {amounts}"))
