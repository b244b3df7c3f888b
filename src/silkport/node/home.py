"""The folder of a node: made once, opened with the operator's passphrase.

<home>/<node>/node.sqlite3   the state (`state/`)
<home>/<node>/vault.json     how the passphrase opens the keys; no secret
<home>/<node>/passphrase     only where the operator asked for one to be made
"""

from __future__ import annotations

import json
import os
import secrets
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from silkport.kernel.errors import InvalidValue, KeysLocked, NotFound
from silkport.model.messages import Competence
from silkport.node.exchange.keys import (
    SEED_BYTES,
    Lock,
    Vault,
    new_certificate,
    new_vault,
    open_vault,
)
from silkport.node.exchange.peers import add_own_key, meta
from silkport.node.exchange.registers import COUNSEL
from silkport.node.sovereign import NODE_ID, Node
from silkport.node.state.contract import State, Transaction
from silkport.node.state.sqlite import SqliteState
from silkport.node.store.disk import disk_space, replace_whole, sync_folder, write_whole

STATE, VAULT, PASSPHRASE = "node.sqlite3", "vault.json", "passphrase"
CERTIFICATE_DAYS = 825


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What a node is made with."""

    id: str
    administration: str
    competence: frozenset[Competence]
    name: str
    url: str
    hosts: Sequence[str]
    counsel: str


def system_clock() -> int:
    """Milliseconds since 1970-01-01T00:00Z."""
    return time.time_ns() // 1_000_000


def folder_of(home: Path, node: str) -> Path:
    """The folder of a node in a home."""
    return home / node


def nodes_in(home: Path) -> list[str]:
    """The ids of all nodes in a home."""
    return sorted(path.parent.name for path in home.glob(f"*/{STATE}"))


def new_secret(chance: Callable[[int], bytes]) -> bytes:
    """The secret of a new node: by it parties are named in its log, and houses are drawn."""
    return chance(SEED_BYTES)


def make_node(
    home: Path,
    identity: Identity,
    passphrase: str,
    *,
    now: Callable[[], int] = system_clock,
    chance: Callable[[int], bytes] = secrets.token_bytes,
) -> None:
    """Makes a node with fresh keys. Raises InvalidValue when there is one, or its id is none."""
    if not NODE_ID.fullmatch(identity.id):
        reason = "a node is called by small letters, digits and hyphens"
        raise InvalidValue(what="a node", value=identity.id, reason=reason)
    folder = folder_of(home, identity.id)
    if (folder / STATE).exists():
        raise InvalidValue(what="a node", value=identity.id, reason="it is there already")
    with disk_space(folder):
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
    vault = new_vault(passphrase, chance(16))
    # A making that was cut short left a lock without a state: both are made anew.
    unfinished = folder / f"{STATE}.unfinished"
    for path in folder.glob(f"{STATE}.unfinished*"):
        path.unlink()
    replace_whole(folder / VAULT, _lock_text(vault.lock))
    state = SqliteState(unfinished)
    try:
        key = new_secret(chance)
        node = Node(
            id=identity.id,
            administration=identity.administration,
            competence=identity.competence,
            state=state,
            vault=vault,
            pseudonym_key=key,
            now=now,
            chance=chance,
        )
        state.write(lambda tx: found_node(tx, node, identity))
    finally:
        state.close()
    unfinished.chmod(0o600)
    unfinished.rename(folder / STATE)
    sync_folder(folder)


def found_node(tx: Transaction, node: Node, identity: Identity) -> None:
    """Writes what a new node is, with its first keys."""
    for name, value in (
        ("node", identity.id),
        ("administration", identity.administration),
        ("competence", " ".join(sorted(identity.competence))),
        ("name", identity.name),
        ("url", identity.url),
        ("hosts", " ".join(identity.hosts)),
        (COUNSEL, identity.counsel),
        ("pseudonym", node.vault.seal(node.pseudonym_key, "pseudonym", node.chance(12)).hex()),
    ):
        tx.run("set_meta", name, value)
    seed, tls_seed = node.chance(SEED_BYTES), node.chance(SEED_BYTES)
    certificate = certificate_for(node, identity.hosts, tls_seed)
    add_own_key(tx, node, seed, tls_seed, certificate, "current")


def certificate_for(node: Node, hosts: Sequence[str], tls_seed: bytes) -> str:
    """A certificate of this node for a TLS key, valid from yesterday: clocks differ."""
    begin = datetime.fromtimestamp(node.now() // 1000, UTC) - timedelta(days=1)
    serial = int.from_bytes(node.chance(16), "big") | 1
    return new_certificate(
        node.id, hosts, seed=tls_seed, not_before=begin, days=CERTIFICATE_DAYS, serial=serial
    ).decode()


def open_node(
    home: Path,
    node: str,
    passphrase: str,
    *,
    now: Callable[[], int] = system_clock,
    chance: Callable[[int], bytes] = secrets.token_bytes,
) -> Node:
    """Opens a node. Raises NotFound, KeysLocked, StoreError; close its state when done."""
    folder = folder_of(home, node)
    if not (folder / STATE).exists():
        raise NotFound(what=f"the node {node} in {home}")
    try:
        fields = json.loads((folder / VAULT).read_text("utf-8"))
        fields |= {name: bytes.fromhex(fields[name]) for name in ("salt", "check")}
        lock = Lock(**fields)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise KeysLocked(what=VAULT, reason=f"it cannot be read: {error}") from error
    vault = open_vault(passphrase, lock)
    state = SqliteState(folder / STATE)
    with ExitStack() as undo:
        undo.callback(state.close)
        opened = state.read(lambda tx: node_of(tx, state, vault, now, chance))
        undo.pop_all()
    return opened


def node_of(
    tx: Transaction,
    state: State,
    vault: Vault,
    now: Callable[[], int],
    chance: Callable[[int], bytes],
) -> Node:
    """The node that a state belongs to."""
    return Node(
        id=meta(tx, "node"),
        administration=meta(tx, "administration"),
        competence=frozenset(Competence(one) for one in meta(tx, "competence").split()),
        state=state,
        vault=vault,
        pseudonym_key=vault.open(bytes.fromhex(meta(tx, "pseudonym")), "pseudonym"),
        now=now,
        chance=chance,
    )


def make_passphrase(folder: Path) -> str:
    """Makes a passphrase in a private file of the folder, once; gives it."""
    path = folder / PASSPHRASE
    if not path.exists():
        with disk_space(path):
            folder.mkdir(parents=True, exist_ok=True)
            write_whole(path, secrets.token_urlsafe(24).encode())
    return path.read_text("ascii").strip()


def passphrase_for(home: Path, node: str, file: Path | None) -> str:
    """The passphrase: of the file named, of the environment, or of the node's own folder.

    Raises KeysLocked when there is none, or a file that cannot be read as UTF-8.
    """
    if file is not None:
        return _typed(file)
    if given := os.environ.get("SILKPORT_PASSPHRASE", ""):
        return given
    own = folder_of(home, node) / PASSPHRASE
    if own.exists():
        return _typed(own)
    reason = "name a --passphrase-file or set SILKPORT_PASSPHRASE"
    raise KeysLocked(what=f"The node {node}", reason=reason)


def _typed(file: Path) -> str:
    """The passphrase in a file, without the line break at its end."""
    try:
        return file.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = f"the passphrase file cannot be read as UTF-8 text: {error}"
        raise KeysLocked(what=str(file), reason=reason) from error


def _lock_text(lock: Lock) -> bytes:
    fields = asdict(lock)
    fields |= {name: fields[name].hex() for name in ("salt", "check")}
    return json.dumps(fields, indent=2, sort_keys=True).encode()
