"""The two nodes of the day: made in a fresh folder, introduced to each other, serving for real.

Each is a process of its own, `silkport node serve`; peers call it through a line that can be cut.
"""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from silkport.kernel.errors import InvalidValue, NotFound
from silkport.model.messages import Competence
from silkport.node.corridor.desk import FilingDesk, filing_desk
from silkport.node.exchange.keys import SEED_BYTES, SigningKey, signing_key_from
from silkport.node.exchange.peers import Peer, add_peer, card, peers
from silkport.node.exchange.registers import pair_of, sign_register
from silkport.node.home import (
    Identity,
    folder_of,
    make_node,
    make_passphrase,
    nodes_in,
    open_node,
)
from silkport.node.law.loading import load_tariff
from silkport.node.law.registers import shipped_register
from silkport.node.offices import office_of
from silkport.node.sovereign import Node
from silkport.sim.day.line import HERE, CutLine, free_port
from silkport.sim.descriptions import sample_tariffs

COMPETENCE = frozenset({Competence.CUSTOMS, Competence.INSPECTION})
"""Customs, and the bodies that inspect beside it: the registers let those alone tell results."""

ENDING_SECONDS = 10
_LOOK_SECONDS = 0.1


@dataclass(slots=True)
class Site:
    """One side of the day.

    Attributes:
        port: where its process listens; `line` is what its peer calls.
        counsel: the key of its counsel, made for this day and kept nowhere.
        told: its posts, officer and deposits (`day.toml`).
        refused: what its node told people that they may not do, and why.
    """

    name: str
    home: Path
    port: int
    line: CutLine
    node: Node
    counsel: SigningKey
    told: Mapping[str, Any]
    refused: list[str] = field(default_factory=list)
    server: subprocess.Popen[bytes] | None = None
    _desks: list[FilingDesk] = field(default_factory=list)

    @property
    def desk(self) -> FilingDesk:
        """Its filings with its tariff, made once."""
        if not self._desks:
            office = office_of(self.node, self.home)
            self._desks.append(filing_desk(self.node.administration, office, self.home))
        return self._desks[0]

    @property
    def today(self) -> int:
        """Its legal day, days since 1970-01-01."""
        return self.desk.office.day(self.node.now())

    @property
    def officer(self) -> str:
        """Who decides here."""
        return str(self.told["officer"])

    @property
    def log(self) -> Path:
        """What its process said."""
        return self.home / f"{self.name}.log"

    def peer(self) -> Peer:
        """The other side as this one knows it."""
        (found,) = self.node.state.read(peers)
        return found


def make_sites(home: Path, told: Mapping[str, Mapping[str, Any]]) -> dict[str, Site]:
    """Makes two nodes that know each other, with the tariffs that the sample goods need.

    Args:
        told: by administration its posts, officer and deposits; the nodes are called so.
    Raises InvalidValue when there are nodes in the folder.
    """
    if nodes_in(home):
        reason = "there are nodes in it; the day needs a fresh one"
        raise InvalidValue(what="the folder", value=str(home), reason=reason)
    for name, text in sample_tariffs().items():
        path = home / f"tariff-{name}.csv"
        home.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        load_tariff(home, name, path, source="", start=None, shorter=True, progress=silent)
    sites = {name: _make(home, name, own) for name, own in told.items()}
    for one in sites.values():
        for other in sites.values():
            if other is not one:
                _introduce(one, other)
    return sites


def silent(_what: str, _done: int) -> None:
    """Nobody is told how far long work is."""


def _make(home: Path, name: str, told: Mapping[str, Any]) -> Site:
    port = free_port()
    line = CutLine(port)
    counsel = signing_key_from(secrets.token_bytes(SEED_BYTES))
    passphrase = make_passphrase(folder_of(home, name))
    identity = Identity(
        id=name,
        administration=name,
        competence=COMPETENCE,
        name=name.upper(),
        url=f"https://{HERE}:{line.port}",
        hosts=[HERE],
        counsel=counsel.public.hex(),
    )
    make_node(home, identity, passphrase)
    node = open_node(home, name, passphrase)
    return Site(name, home, port, line, node, counsel, told)


def _introduce(own: Site, other: Site) -> None:
    """Adds the other as a peer by its card, and lets counsel sign what may pass between them."""
    url, there = f"https://{HERE}:{other.line.port}", other.node
    content = there.state.read(lambda tx: card(tx, there, there.id, url))
    own.node.state.write(lambda tx: add_peer(tx, own.node, content))
    pair = pair_of(own.name, other.name)
    text = shipped_register(own.name, other.name)
    own.node.state.write(lambda tx: sign_register(tx, own.node, pair, text, own.counsel))


@contextmanager
def serving(sites: dict[str, Site], *, seconds: float) -> Iterator[None]:
    """Lets both serve as processes of their own, and ends them.

    Raises NotFound when one does not listen within some seconds.
    """
    try:
        for one in sites.values():
            one.server = _started(one)
        for one in sites.values():
            _await(one, time.monotonic() + seconds)
        yield
    finally:
        for one in sites.values():
            one.line.close()
            _end(one)


def _started(site: Site) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "silkport.cli.main", "node", "serve", "--as", site.name]
    command += ["--home", str(site.home), "--host", HERE, "--port", str(site.port)]
    own = {name: value for name, value in os.environ.items() if name != "SILKPORT_PASSPHRASE"}
    with site.log.open("ab") as log:
        return subprocess.Popen(  # noqa: S603 - this very command, with arguments made here
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=own | {"POLARS_MAX_THREADS": "1"},
        )


def _await(site: Site, last: float) -> None:
    said = b""
    while time.monotonic() < last:
        said = site.log.read_bytes()
        if b" serves at port " in said:
            return
        if site.server is not None and site.server.poll() is not None:
            break
        time.sleep(_LOOK_SECONDS)
    tail = said.decode("utf-8", "replace")[-300:]
    raise NotFound(what=f"the serving node {site.name} (it said: {tail or 'nothing'})")


def _end(site: Site) -> None:
    if site.server is None:
        return
    site.server.send_signal(signal.SIGTERM)
    try:
        site.server.wait(ENDING_SECONDS)
    except subprocess.TimeoutExpired:
        site.server.kill()
        site.server.wait()
    site.server = None
