"""Files, folders and archives, honest and hostile."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from silkport.formats import archives
from silkport.formats.template import column_guide, formats, header, write_template
from silkport.formats.writing import to_outside, write
from silkport.model.documents import DOCUMENT_TABLES
from tests.formats.samples import (
    day_of_parcels,
    payment_document,
    payment_message,
    read_all,
    without_origin,
)

CSV = "payment.order_no,payment.guid\nA,g\n"
XML = payment_message(payment_document(1))


def archive(path: Path, entries: dict[str, bytes | str]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in entries.items():
            file.writestr(name, content)
    return path


def reasons(*paths: Path) -> list[tuple[str, str]]:
    return [(Path(found.source).name, found.code) for found in read_all(*paths).set_aside]


def test_a_folder_is_read_in_order_and_noise_passed_over(tmp_path: Path) -> None:
    (tmp_path / "inner" / ".hidden").mkdir(parents=True)
    (tmp_path / "b.csv").write_text(CSV.replace("A", "B"))
    (tmp_path / "a.csv").write_text(CSV)
    (tmp_path / "inner" / "c.xml").write_text(XML)
    noise = ["README.md", "planted.csv", "SOURCE.txt", "x.xsd", ".x.csv", "inner/.hidden/x.csv"]
    for name in [*noise, "photo.jpg"]:
        (tmp_path / name).write_text("inventory.order_no\nX\n")
    (tmp_path / "link.csv").symlink_to(tmp_path / "a.csv")
    read = read_all(tmp_path)
    assert read.tables["payment"]["order_no"].to_list() == ["A", "B", "A1"]
    assert (read.set_aside, read.rows) == ([], 3)


def test_what_was_named_is_never_passed_over(tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes(b"\xff\xd8\xff\xe0" + b"\0" * 64)
    (tmp_path / "empty.csv").touch()
    (tmp_path / "no_suffix").write_text(CSV)
    (tmp_path / "nothing").mkdir()
    names = ["photo.jpg", "empty.csv", "no_suffix", "nothing", "missing.csv"]
    found = reasons(*(tmp_path / name for name in names))
    assert found == [
        ("photo.jpg", "SP-1101"),
        ("empty.csv", "SP-1101"),
        ("nothing", "SP-1106"),
        ("missing.csv", "SP-1101"),
    ]


@pytest.mark.parametrize("suffix", [".csv", ".ndjson", ".xlsx", ".parquet", ".arrow"])
def test_content_counts_and_not_the_suffix(tmp_path: Path, suffix: str) -> None:
    tables = day_of_parcels(5)
    write(to_outside(tables), tmp_path / f"right{suffix}")
    wrong = tmp_path / ("wrong.xlsx" if suffix == ".xlsx" else "wrong.csv")
    (tmp_path / f"right{suffix}").rename(wrong)
    assert without_origin(read_all(wrong).tables) == without_origin(tables)


def test_an_archive_is_read_like_a_folder(tmp_path: Path) -> None:
    book = io.BytesIO()
    to_outside(day_of_parcels(3)).write_parquet(book)
    path = archive(
        tmp_path / "day.zip",
        {
            "day/b.csv": CSV,
            "day/a.xml": XML,
            "day/c.parquet": book.getvalue(),
            "README.md": "x",
            "__MACOSX/b.csv": "x",
        },
    )
    read = read_all(path)
    assert read.set_aside == []
    assert sorted(set(read.tables["payment"]["source"])) == [
        f"{path}/day/{name}" for name in ("a.xml", "b.csv", "c.parquet")
    ]


def test_hostile_entries_are_set_aside_and_the_others_read(tmp_path: Path) -> None:
    nested = io.BytesIO()
    with zipfile.ZipFile(nested, "w") as inner:
        inner.writestr("x.csv", CSV)
    path = archive(
        tmp_path / "day.zip",
        {
            "good.csv": CSV,
            "../up.csv": CSV,
            "/root.csv": CSV,
            "C:\\x.csv": CSV,
            "inner.zip": nested.getvalue(),
            "inner.csv": nested.getvalue(),
            "bomb.csv": b"0" * 30_000_000,
        },
    )
    read = read_all(path)
    assert read.tables["payment"]["order_no"].to_list() == ["A"]
    codes = {Path(found.source).name: found.code for found in read.set_aside}
    assert codes.pop("bomb.csv") == "SP-1103"
    assert codes.pop("inner.csv") == "SP-1104"
    assert [found.code for found in read.set_aside].count("SP-1104") == 5


def test_encrypted_entries(tmp_path: Path) -> None:
    path = archive(tmp_path / "day.zip", {"a.csv": CSV, "b.csv": CSV})
    data = bytearray(path.read_bytes())
    at = data.index(b"PK\1\2")
    data[at + 8] |= 1
    path.write_bytes(data)
    read = read_all(path)
    assert [found.code for found in read.set_aside] == ["SP-1104"]
    assert "encrypted" in read.set_aside[0].reason
    assert read.rows == 1


@pytest.mark.parametrize("limit", ["MAX_ZIP_ENTRIES", "MAX_ZIP_TOTAL_BYTES", "MAX_DIRECTORY_BYTES"])
def test_limits_of_archives(tmp_path: Path, limit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path = archive(tmp_path / "day.zip", {f"{n}.csv": CSV for n in range(5)})
    monkeypatch.setattr(archives, limit, 2)
    read = read_all(path)
    assert {found.code for found in read.set_aside} == {"SP-1103"}
    assert read.rows == 0


def test_what_the_directory_of_an_archive_says_is_not_believed(tmp_path: Path) -> None:
    path = archive(tmp_path / "day.zip", {"bomb.csv": b"0" * 30_000_000})
    data = path.read_bytes().replace((30_000_000).to_bytes(4, "little"), (99).to_bytes(4, "little"))
    path.write_bytes(data)
    read = read_all(path)
    assert len(read.set_aside) == 1
    assert read.rows == 0


def test_a_workbook_that_spans_too_many_cells(tmp_path: Path) -> None:
    write(to_outside(day_of_parcels(3)), tmp_path / "book.xlsx")
    with zipfile.ZipFile(tmp_path / "book.xlsx") as book:
        entries = {name: book.read(name) for name in book.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    far = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    entries[sheet] = entries[sheet].replace(b"</sheetData>", far)
    path = archive(tmp_path / "far.xlsx", dict(entries))
    assert reasons(path) == [("far.xlsx", "SP-1103")]
    entries[sheet] = b"<x>" + b" " * 300_000_000
    assert reasons(archive(tmp_path / "bomb.xlsx", dict(entries))) == [("bomb.xlsx", "SP-1103")]


def test_days_and_numbers_of_a_workbook(tmp_path: Path) -> None:
    import datetime

    import xlsxwriter

    with xlsxwriter.Workbook(tmp_path / "book.xlsx") as book:
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet = book.add_worksheet()
        sheet.write_row(2, 1, ["inventory.order_no", "inventory.decl_day", "inventory.freight"])
        sheet.write_row(4, 1, [17, None, 0.1 + 0.2])
        sheet.write_datetime(4, 2, datetime.datetime(2026, 7, 1), day)  # noqa: DTZ001
    read = read_all(tmp_path / "book.xlsx")
    row = read.tables["inventory"].row(0, named=True)
    assert (row["order_no"], row["decl_day"], row["freight_e5"]) == ("17", 20635, 30_000)
    assert row["position"] == 5
    assert read.problems == []


def test_progress_is_told(tmp_path: Path) -> None:
    from silkport.formats.intake import read

    (tmp_path / "a.csv").write_text(CSV)
    (tmp_path / "b.xml").write_text(XML)
    told: list[tuple[str, int]] = []
    list(read([tmp_path], on_progress=lambda source, rows: told.append((source, rows))))
    assert [(Path(source).name, rows) for source, rows in told] == [("a.csv", 1), ("b.xml", 1)]


@pytest.mark.parametrize("suffix", formats())
def test_an_empty_template_is_no_problem(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"template{suffix}"
    write_template(path)
    read = read_all(path)
    assert (read.problems, read.set_aside, read.tables) == ([], [], {})


def test_the_guide_explains_every_column(tmp_path: Path) -> None:
    guide = column_guide()
    assert [row[0] for row in guide] == header()
    assert all(row[3] for row in guide)
    examples = {row[0]: row[4] for row in guide}
    line = ",".join(examples[name] for name in header())
    (tmp_path / "x.csv").write_text(f"{','.join(header())}\n{line}\n")
    read = read_all(tmp_path / "x.csv")
    assert (read.problems, read.set_aside, len(read.tables)) == ([], [], len(DOCUMENT_TABLES))
