"""Tables survive every format they can be converted to: tabular files, and messages."""

from __future__ import annotations

import tempfile
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from silkport.formats.ceb.catalogue import SHAPES, tag_of
from silkport.formats.ceb.losses import Losses
from silkport.formats.ceb.writing import Sender, Written, write_messages
from silkport.formats.writing import WRITERS, record_to_outside, to_outside, write
from silkport.model.documents import DOCUMENT_TABLES
from tests.formats.messages import SIGNATURE, tables_of
from tests.formats.samples import read_all

SENDER = Sender("1105919159", "Port", "DXPENT0000000001")
PARCELS = {table.name for table in DOCUMENT_TABLES}
ABOUT_RECEIVING = ("signature", "signer", "signature_xml", "source", "position")
"""What a reader finds out or was told, and no document says."""


def content(tables: dict[str, pl.DataFrame]) -> dict[str, list[tuple[object, ...]]]:
    """The rows of each table, in an order that does not depend on how they were written."""
    return {
        name: sorted(frame.drop(ABOUT_RECEIVING, strict=False).rows())
        for name, frame in tables.items()
    }


def save(one: Written, folder: Path) -> None:
    """Writes a message; where its definition demands a signature, one that nobody can check."""
    data = one.data
    if one.unsigned:
        root = etree.fromstring(data)
        extension = root.find(tag_of("ExtendMessage"))
        last = SHAPES[one.message].after[-1] == "ExtendMessage" and extension is not None
        root.insert(len(root) - (1 if last else 0), etree.fromstring(SIGNATURE))
        data = etree.tostring(root)
    (folder / one.source).write_bytes(data)


@pytest.mark.parametrize("known", [True, False], ids=["known", "new"])
@pytest.mark.parametrize("message", SHAPES)
@settings(max_examples=4)
@given(seed=st.integers(0, 2**32))
def test_messages(message: str, known: bool, seed: int) -> None:
    tables = tables_of(seed, message, known=known)
    losses = Losses()
    with tempfile.TemporaryDirectory() as folder:
        for one in write_messages(tables, sender=SENDER, losses=losses):
            save(one, Path(folder))
        read = read_all(Path(folder))
    assert (losses, read.problems, read.set_aside) == (Losses(), [], [])
    if not known:
        del read.tables["transmission"]
    assert content(read.tables) == content(tables)


MANY = ("CEB621", "CEB303", "CEB505", "CEB213", "CEB622", "CEB607", "CEB816", "CEB792")


@pytest.mark.parametrize("suffix", WRITERS)
@settings(max_examples=4)
@given(seed=st.integers(0, 2**32))
def test_tabular_files(suffix: str, seed: int) -> None:
    tables = tables_of(seed, *MANY)
    with tempfile.TemporaryDirectory() as folder:
        write(to_outside(tables), Path(folder) / f"parcels{suffix}")
        for name in sorted(tables.keys() - PARCELS):
            write(record_to_outside(name, tables[name]), Path(folder) / f"{name}{suffix}")
        read = read_all(Path(folder))
        assert (read.problems, read.set_aside) == ([], [])
        assert content(read.tables) == content(tables)
        messages = Path(folder) / "messages"
        messages.mkdir()
        del read.tables["transmission"]  # a table does not say which documents it sent
        for one in write_messages(read.tables, sender=SENDER):
            save(one, messages)
        again = read_all(messages)
    assert (again.problems, again.set_aside) == ([], [])
    del again.tables["transmission"], tables["transmission"]
    assert content(again.tables) == content(tables)
