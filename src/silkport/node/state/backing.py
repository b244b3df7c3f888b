"""Backups of a node: made while it runs, verified to the byte, restored where no node is.

    <backup>/manifest.json   what was kept: digests, sizes, the log at that moment
    <backup>/node.sqlite3    the state as it was at one moment
    <backup>/vault.json      how the passphrase opens the keys; no secret

The passphrase is never part of it: without it a backup opens no key. Tables of law that were loaded
into the home are not part of it either. A backup outlives what is erased after it was made: whoever
restores one erases again, and removes backups when their term is over.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from silkport.kernel.canonical import canonical_bytes
from silkport.kernel.canonical import digest as digest_of
from silkport.kernel.errors import (
    BackupUnusable,
    NodeThere,
    NotFound,
    SilkportError,
    StoreDamaged,
    StoreTooNew,
)
from silkport.kernel.limits import KIB
from silkport.kernel.merkle import HASH_BYTES, Frontier
from silkport.node.home import STATE, VAULT, folder_of, system_clock
from silkport.node.state.connecting import connect, copy_to, named_failures
from silkport.node.state.contract import State
from silkport.node.state.migrating import applied, migrations
from silkport.node.state.statements import STATEMENTS
from silkport.node.store.disk import digest, disk_space, sync_and_digest, sync_folder, write_whole

MANIFEST, FORMAT = "manifest.json", "silkport-backup-1"
MAX_MANIFEST_BYTES = 64 * KIB
RESTORED_AT, RESTORED_LOG = "restored_at", "restored_log"
BESIDE = ("-wal", "-shm", "-journal")
"""Files of SQLite beside a database: whoever opened it next would take them for a part of it."""


@dataclass(frozen=True, slots=True)
class BackedFile:
    """One file of a backup."""

    name: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """What a backup holds.

    Attributes:
        at: when it was made, milliseconds since 1970-01-01T00:00Z.
        migration: newest step of the state's schema.
        log_size, log_root: the transparency log at that moment.
        digest: SHA-256 over all of this; written down elsewhere it shows an exchanged backup.
    """

    folder: Path
    node: str
    administration: str
    at: int
    migration: int
    log_size: int
    log_root: str
    files: tuple[BackedFile, ...]
    digest: str

    def fields(self) -> dict[str, Any]:
        """As the manifest states it, without its digest."""
        return {
            "administration": self.administration,
            "at": self.at,
            "files": [asdict(one) for one in self.files],
            "format": FORMAT,
            "log": {"root": self.log_root, "size": self.log_size},
            "migration": self.migration,
            "node": self.node,
        }


@dataclass(frozen=True, slots=True)
class Restored:
    """A node that stands again as it was when a backup was made.

    Attributes:
        at: when it was restored; the setting `restored_at` of the node says the same, and
            `restored_log` how long its log was then.
    """

    backup: Backup
    folder: Path
    at: int


@dataclass(frozen=True, slots=True)
class _Found:
    """What a copied state says of itself."""

    node: str
    administration: str
    migration: int
    size: int
    root: str


def backup(
    folder: Path,
    target: Path,
    *,
    state: State | None = None,
    now: Callable[[], int] = system_clock,
) -> Backup:
    """Backs a node up into a new folder, while it runs; whole or not at all.

    Args:
        folder: of the node. No passphrase is needed.
        state: of a node that is open in this process; without it the file is opened for reading.
    Raises NotFound, NodeThere when the target is there, StoreFull, StoreTooNew, StoreDamaged when
    the state itself is.
    """
    for name in (STATE, VAULT):
        if not (folder / name).is_file():
            raise NotFound(what=f"{name} in {folder}")
    if target.exists():
        raise NodeThere(what=str(target), found="something")
    at = now()
    with disk_space(target), ExitStack() as undo:
        target.parent.mkdir(parents=True, exist_ok=True)
        new = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
        new.mkdir(mode=0o700)
        undo.callback(shutil.rmtree, new, ignore_errors=True)
        _copy_state(folder, new / STATE, state)
        write_whole(new / VAULT, (folder / VAULT).read_bytes())
        found = _look_into(new / STATE, lambda why: _damaged(folder / STATE, why))
        made = _manifest(new, found, at)
        write_whole(new / MANIFEST, canonical_bytes(made.fields() | {"digest": made.digest}))
        sync_folder(new)
        new.rename(target)
        sync_folder(target.parent)
        undo.pop_all()
    return replace(made, folder=target)


def verify(folder: Path) -> Backup:
    """What a backup holds, after all of it was checked.

    Every byte: digests and sizes of the files, no file too many, the database in itself, and the
    root of the log computed anew from its leaves. Raises BackupUnusable, StoreTooNew.
    """
    stated = _read_manifest(folder)
    there = sorted(path.name for path in folder.iterdir())
    expected = sorted([MANIFEST, *(one.name for one in stated.files)])
    if there != expected:
        reason = f"it has the files {', '.join(there)} instead of {', '.join(expected)}"
        raise BackupUnusable(what=str(folder), reason=reason)
    for one in stated.files:
        path = folder / one.name
        if path.is_symlink() or not path.is_file() or path.stat().st_size != one.bytes:
            reason = f"{one.name} has another size than was written down"
            raise BackupUnusable(what=str(folder), reason=reason)
        with disk_space(path):
            if digest(path) != one.sha256:
                reason = f"{one.name} is not as it was written"
                raise BackupUnusable(what=str(folder), reason=reason)
    found = _look_into(folder / STATE, lambda why: BackupUnusable(what=str(folder), reason=why))
    says = (found.node, found.administration, found.migration, found.size, found.root)
    wants = (
        *(stated.node, stated.administration, stated.migration),
        *(stated.log_size, stated.log_root),
    )
    if says != wants:
        reason = "its manifest says something else of the node or its log than the state"
        raise BackupUnusable(what=str(folder), reason=reason)
    return stated


def restore(
    folder: Path, home: Path, node: str, *, now: Callable[[], int] = system_clock
) -> Restored:
    """Restores a node from a backup into a home that has none of that name.

    The backup is verified first. The node is there whole when this returns; until its last step
    there is none. Its setting `restored_at` then says when that was.

    A restored node is behind its peers: what it sent and received since the backup is gone here
    and not there. It would give numbers that they hold other messages under, and show a log that
    does not go on from the head they hold. So before it says anything else to a peer it asks what
    that peer holds (`exchange/settling.py`), and where something was lost an operator of the peer
    accepts the restoration (`exchange/reminding.py`).

    Args:
        folder: of the backup.
        node: as the backed-up node is called; under another name its peers would not know it.
    Raises BackupUnusable, NodeThere, StoreFull, StoreTooNew.
    """
    checked = verify(folder)
    if node != checked.node:
        reason = f"it is of the node {checked.node}"
        raise BackupUnusable(what=str(folder), reason=reason)
    place, at = folder_of(home, node), now()
    with disk_space(place), ExitStack() as undo:
        vault = (folder / VAULT).read_bytes()
        _demand_free(place, vault)
        place.mkdir(parents=True, exist_ok=True)
        place.chmod(0o700)
        if not (place / VAULT).exists():
            undo.callback(_take_back_vault, place)
        new = place / f"{STATE}.restoring-{secrets.token_hex(4)}"
        for name in (new, new.with_name(f"{new.name}-journal")):
            undo.callback(name.unlink, missing_ok=True)
        shutil.copyfile(folder / STATE, new)
        new.chmod(0o600)
        if digest(new) != next(one.sha256 for one in checked.files if one.name == STATE):
            raise BackupUnusable(what=str(folder), reason="it changed while it was read")
        _note_restored(new, at, checked.log_size)
        write_whole(place / VAULT, vault)
        _demand_free(place, vault)
        try:
            os.link(new, place / STATE)
        except FileExistsError:
            raise NodeThere(what=str(place), found=STATE) from None
        undo.pop_all()
        for left in place.glob(f"{STATE}.restoring-*"):
            left.unlink(missing_ok=True)
        sync_folder(place)
    return Restored(checked, place, at)


def _copy_state(folder: Path, target: Path, state: State | None) -> None:
    if state is not None:
        state.backup(target)
        return
    with closing(connect(folder / STATE, reads=True)) as source:
        copy_to(source, target)


def _damaged(path: Path, why: str) -> SilkportError:
    return StoreDamaged(what=str(path), reason=why)


def _manifest(folder: Path, found: _Found, at: int) -> Backup:
    files = tuple(
        BackedFile(name, (folder / name).stat().st_size, sync_and_digest(folder / name))
        for name in (STATE, VAULT)
    )
    bare = Backup(
        folder=folder,
        node=found.node,
        administration=found.administration,
        at=at,
        migration=found.migration,
        log_size=found.size,
        log_root=found.root,
        files=files,
        digest="",
    )
    return replace(bare, digest=digest_of(bare.fields()))


def _read_manifest(folder: Path) -> Backup:
    """The manifest as it stands in a folder, trusting nothing. Raises BackupUnusable."""
    path = folder / MANIFEST
    if not path.is_file():
        raise BackupUnusable(what=str(folder), reason=f"it has no {MANIFEST}")
    with disk_space(path), path.open("rb") as file:
        content = file.read(MAX_MANIFEST_BYTES + 1)
    try:
        fields = json.loads(content)
        stated = Backup(
            folder=folder,
            node=fields["node"],
            administration=fields["administration"],
            at=fields["at"],
            migration=fields["migration"],
            log_size=fields["log"]["size"],
            log_root=fields["log"]["root"],
            files=tuple(BackedFile(**one) for one in fields["files"]),
            digest=digest_of({name: one for name, one in fields.items() if name != "digest"}),
        )
        whole = canonical_bytes(stated.fields() | {"digest": stated.digest})
        names = [one.name for one in stated.files]
    except (ValueError, TypeError, KeyError, RecursionError, SilkportError):
        whole, names, stated = b"", [], None
    if stated is None or whole != content or names != [STATE, VAULT]:
        raise BackupUnusable(what=str(folder), reason=f"{MANIFEST} is not as it was written")
    return stated


def _look_into(path: Path, fault: Callable[[str], SilkportError]) -> _Found:
    """Checks a copied state and says what it is of. Raises the fault, StoreTooNew."""
    address = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
    try:
        with (
            named_failures(str(path)),
            closing(sqlite3.connect(address, uri=True, isolation_level=None)) as copy,
        ):
            steps = applied(copy)
            newest, known = max(steps, default=0), len(migrations())
            if newest > known:
                raise StoreTooNew(what=str(path), found=newest, known=known)
            for check in ("integrity_check", "foreign_key_check"):
                found = copy.execute(f"pragma {check}").fetchone()
                if found not in (None, ("ok",)):
                    raise fault(f"{check} of the database says {found[0]}")
            log = _log_of(copy, fault)
            names = [
                copy.execute(STATEMENTS["meta"], (key,)).fetchone()
                for key in ("node", "administration")
            ]
    except StoreDamaged as error:
        raise fault(str(error.facts["reason"])) from error
    if None in names:
        raise fault("it is the state of no node")
    return _Found(names[0][0], names[1][0], newest, log.size, log.root().hex())


def _log_of(copy: sqlite3.Connection, fault: Callable[[str], SilkportError]) -> Frontier:
    """The log computed anew from its leaves, which must be the one that the state goes on from."""
    log = Frontier()
    for first, count, _, _, _, hashes in copy.execute(STATEMENTS["all_runs"]):
        if first != log.size or len(hashes) != count * HASH_BYTES:
            raise fault(f"leaf {log.size} of the log is missing")
        log.extend([hashes[at : at + HASH_BYTES] for at in range(0, len(hashes), HASH_BYTES)])
    if copy.execute(STATEMENTS["frontier"]).fetchone() != (log.size, b"".join(log.peaks)):
        raise fault("its log does not end as its leaves do")
    return log


def _demand_free(place: Path, vault: bytes) -> None:
    """There is no node in a place, nor a part of one that could get into the way."""
    found = [name for name in (STATE, *(STATE + one for one in BESIDE)) if (place / name).exists()]
    if (place / VAULT).exists() and (place / VAULT).read_bytes() != vault:
        found.append(f"another {VAULT}")
    if found:
        raise NodeThere(what=str(place), found=found[0])


def _take_back_vault(place: Path) -> None:
    """Unless somebody else was quicker and has a node there now."""
    if not (place / STATE).exists():
        (place / VAULT).unlink(missing_ok=True)


def _note_restored(path: Path, at: int, size: int) -> None:
    with (
        named_failures(str(path)),
        closing(sqlite3.connect(path, isolation_level=None)) as connection,
    ):
        connection.execute("begin immediate")
        for name, value in ((RESTORED_AT, at), (RESTORED_LOG, size)):
            connection.execute(STATEMENTS["set_meta"], (name, str(value)))
        connection.execute("commit")
