"""Options of the commands on nodes, and the opening of a node."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from silkport.cli.options import default_home
from silkport.kernel.errors import NotFound
from silkport.node.home import nodes_in, open_node, passphrase_for
from silkport.node.sovereign import Node

Which = Annotated[
    str,
    typer.Option("--as", metavar="NODE", help="The node; by default it is called as its law: cn."),
]
PassphraseFile = Annotated[
    Path | None,
    typer.Option(
        "--passphrase-file",
        help="File with the passphrase of the keys; else SILKPORT_PASSPHRASE.",
        exists=True,
        dir_okay=False,
    ),
]
Identity = Annotated[
    str, typer.Argument(help="Id, declaration number, or consignment number with one house.")
]
Who = Annotated[str, typer.Option("--who", help="The officer; it is kept.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; it is kept.")]


@contextmanager
def opened(home: Path | None, node: str, passphrase_file: Path | None) -> Iterator[Node]:
    """A node, opened and closed again. Raises NotFound, KeysLocked, StoreError."""
    where = home or default_home()
    if node not in nodes_in(where):
        raise NotFound(what=f"the node {node} in {where}")
    found = open_node(where, node, passphrase_for(where, node, passphrase_file))
    try:
        yield found
    finally:
        found.state.close()


def plain(text: str) -> str:
    """Foreign text without what a terminal would act on; line breaks stay."""
    return "".join(one if one.isprintable() or one == "\n" else "?" for one in text)


def moment(at: int | None) -> str:
    """A moment as operators read it, in UTC: "2026-11-22 09:30:00Z"; "-" for none."""
    if at is None or at < 0:
        return "-"
    return f"{datetime.fromtimestamp(at / 1000, UTC):%Y-%m-%d %H:%M:%SZ}"
