"""The disk as the store needs it: whole files or none, durable, with failures named."""

from __future__ import annotations

import hashlib
import os
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import polars as pl

from silkport.kernel.errors import StoreDamaged, StoreFull


@contextmanager
def disk_space(what: object) -> Iterator[None]:
    """A full or failing disk becomes StoreFull."""
    try:
        yield
    except OSError as error:
        raise StoreFull(what=str(what), reason=error.strerror or str(error)) from error
    except (sqlite3.OperationalError, pl.exceptions.ComputeError) as error:
        raise StoreFull(what=str(what), reason=str(error)) from error
    except sqlite3.DatabaseError as error:
        raise StoreDamaged(what=str(what), reason=str(error)) from error


def write_whole(path: Path, content: bytes) -> None:
    """Makes a private file that is there with all of its content, or not at all."""
    new = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):  # another process was first
            os.link(new, path)
    finally:
        new.unlink(missing_ok=True)


def replace_whole(path: Path, content: bytes) -> None:
    """Puts new content in the place of a file: after a crash it is wholly old or wholly new."""
    new = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Makes the names in a folder durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_and_digest(path: Path) -> str:
    """Makes a file durable; gives its SHA-256."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
    return digest(path)


def digest(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
