"""What is written outside is read back the same, in every format."""

from __future__ import annotations

import tempfile
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from silkport.formats.writing import WRITERS, record_to_outside, to_outside, write
from silkport.kernel.errors import InvalidValue
from silkport.model.columns import Table
from silkport.model.records import RECORD_TABLES
from tests.formats.messages import frame
from tests.formats.samples import (
    day_of_parcels,
    document_tables,
    nameless_tables,
    read_all,
    record_table,
    without_origin,
)


def by_order(tables: dict[str, pl.DataFrame]) -> dict[str, list[tuple[object, ...]]]:
    ordered = {name: frame.sort("order_no", maintain_order=True) for name, frame in tables.items()}
    return without_origin(ordered)


@settings(max_examples=40)
@given(document_tables(), st.sampled_from(sorted(WRITERS)))
def test_round_trip(tables: dict[str, pl.DataFrame], suffix: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"parcels{suffix}"
        write(to_outside(tables), path)
        read = read_all(path)
    assert (read.problems, read.set_aside) == ([], [])
    assert by_order(read.tables) == by_order(tables)


@settings(max_examples=30)
@given(document_tables(), nameless_tables(), st.sampled_from(sorted(WRITERS)))
def test_round_trip_of_documents_without_an_order_number(
    tables: dict[str, pl.DataFrame], nameless: dict[str, pl.DataFrame], suffix: str
) -> None:
    both = {
        name: pl.concat([part[name] for part in (tables, nameless) if name in part])
        for name in {**tables, **nameless}
    }
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"parcels{suffix}"
        write(to_outside(both), path)
        read = read_all(path)
    assert (read.problems, read.set_aside) == ([], [])
    for name, found in by_order(read.tables).items():
        assert sorted(found) == sorted(by_order(both)[name])


@pytest.mark.parametrize("table", RECORD_TABLES, ids=lambda table: table.name)
@settings(max_examples=10)
@given(data=st.data(), suffix=st.sampled_from(sorted(WRITERS)))
def test_round_trip_of_records(table: Table, data: st.DataObject, suffix: str) -> None:
    rows = data.draw(record_table(table))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{table.name}{suffix}"
        write(record_to_outside(table.name, rows), path)
        read = read_all(path)
    assert (read.problems, read.set_aside, read.rows) == ([], [], rows.height)
    assert without_origin(read.tables) == without_origin({table.name: rows})
    assert set(read.tables[table.name]["source"].to_list()) == {path.as_posix()}


def test_a_workbook_cannot_hold_every_text(tmp_path: Path) -> None:
    rows = frame("receipt", [{"guid": "g", "answered_text": "x" * 32_768}])
    with pytest.raises(InvalidValue, match=r"receipt\.answered_text"):
        write(record_to_outside("receipt", rows), tmp_path / "receipt.xlsx")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("suffix", sorted(WRITERS))
def test_a_day_of_parcels(tmp_path: Path, suffix: str) -> None:
    tables = day_of_parcels(50, 3)
    path = tmp_path / f"parcels{suffix}"
    write(to_outside(tables), path)
    read = read_all(path)
    assert (read.problems, read.set_aside, read.rows) == ([], [], 150)
    assert without_origin(read.tables) == without_origin(tables)


def test_versions_of_one_parcel_follow_one_another(tmp_path: Path) -> None:
    tables = day_of_parcels(2, 2)
    newer = tables["inventory"].with_columns(pl.col("guid") + "b")
    twice = {
        "inventory": pl.concat([tables["inventory"], newer]),
        "line": pl.concat([tables["line"], tables["line"]]),
    }
    write(to_outside(twice), tmp_path / "parcels.csv")
    read = read_all(tmp_path / "parcels.csv")
    assert by_order(read.tables) == by_order(twice)


def test_lines_without_a_document_stand_alone() -> None:
    lines = day_of_parcels(2, 2)["line"]
    flat = to_outside({"line": lines})
    assert flat.height == 4
    assert flat["line.order_no"].to_list() == lines["order_no"].to_list()
    assert to_outside({}).is_empty()


def test_unknown_suffix(tmp_path: Path) -> None:
    with pytest.raises(InvalidValue, match="SP-1105"):
        write(pl.DataFrame(), tmp_path / "parcels.doc")


def test_ipc_stream(tmp_path: Path) -> None:
    tables = day_of_parcels(20)
    path = tmp_path / "parcels.arrows"
    frames = [to_outside(tables).slice(n, 10) for n in range(0, 40, 10)]
    pl.concat(frames, rechunk=False).write_ipc_stream(path)
    assert without_origin(read_all(path).tables) == without_origin(tables)
