"""Commercial declarations as JSON and as flat tables: what is read, and that it is written back."""

from __future__ import annotations

import json
import tempfile
from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from silkport.formats import flat
from silkport.formats.consignments import SUMS, to_json, write_consignments
from silkport.formats.headers import DECLARED_FIELDS
from silkport.formats.intake import read
from silkport.formats.json_values import documents_of
from silkport.formats.sniffing import sniff
from silkport.formats.tabular import read_table
from silkport.formats.template import column_guide, tables, write_template
from silkport.formats.writing import WRITERS, declared_to_outside, write
from silkport.kernel.errors import InvalidValue
from silkport.kernel.limits import MAX_GOODS_LINES
from silkport.model.columns import MAX_CARGO_MG, MISSING
from silkport.model.declarations import DECLARATION, GOODS
from tests.formats.declarations import (
    HEADER,
    Tables,
    column,
    consignment,
    declared_tables,
    house,
    read_csv,
    read_json,
    rows,
)
from tests.formats.samples import gather, read_all, without_origin

# JSON.


def test_houses_take_what_is_said_for_all_of_them(tmp_path: Path) -> None:
    read = read_json(
        tmp_path,
        consignment(
            house("1", "10.5", currency="EUR", declaration_no="D1"),
            house("2", "1", "2", vehicle=None),
            currency="USD",
            vehicle="123",
        ),
    )
    assert (read.problems, read.set_aside, read.rows) == ([], [], 2)
    assert rows(
        read, "declaration", "declaration_no", "currency", "vehicle", "act", "position"
    ) == [
        ("D1", "EUR", "123", "declaration", 1),
        ("C1/2", "USD", "123", "declaration", 2),
    ]
    assert rows(read, "goods", "declaration_no", "gnum", "total_e5", "position") == [
        ("D1", 1, 1_050_000, 1),
        ("C1/2", 1, 100_000, 2),
        ("C1/2", 2, 200_000, 2),
    ]


@pytest.mark.parametrize(
    ("written", "inside"),
    [
        ("12.5", 1_250_000),
        ('"12.5"', 1_250_000),
        ("9999999999999.99999", 999_999_999_999_999_999),
        ("0.1", 10_000),
        ("1.25e3", 125_000_000),
        ("1E-5", 1),
        ("null", MISSING),
        ('""', MISSING),
    ],
)
def test_numbers_are_exact(tmp_path: Path, written: str, inside: int) -> None:
    text = json.dumps(consignment(house("1", freight="?"))).replace('"?"', written)
    read = read_json(tmp_path, text)
    assert (read.problems, column(read, "declaration", "freight_e5")) == ([], [inside])


def test_documents_are_a_list_or_a_text(tmp_path: Path) -> None:
    papers = [{"kind": "04021", "number": "INV 7"}, {"kind": "02015", "number": "C-1"}]
    read = read_json(tmp_path, consignment(house("1", documents=papers), house("2", documents="x")))
    assert column(read, "declaration", "documents") == ["04021 INV 7; 02015 C-1", "x"]
    assert documents_of("04021 INV 7; 02015 C-1") == papers
    for text in ("x", "", "a b;", "a b; ", "a  b", " a b"):
        assert documents_of(text) == text


def test_sums_of_a_consignment_with_one_house_are_those_of_the_house(tmp_path: Path) -> None:
    read = read_json(tmp_path, consignment(house("1", "5"), gross_mass_kg=20_000.5, pack_count=3))
    assert rows(read, "declaration", "gross_mass_mg", "pack_count") == [(20_000_500_000, 3)]


ONE = consignment(house("1", "1"))
TWO = consignment(house("1", "2"), house("2", "3"), consignment_no="C2")


@pytest.mark.parametrize(
    "text",
    [
        json.dumps([ONE, TWO]),
        json.dumps([ONE, TWO], indent=2),
        f"{json.dumps(ONE)}\n{json.dumps(TWO)}\n",
        f"{json.dumps(ONE)}\r\n\r\n{json.dumps(TWO)}",
        f"{json.dumps(ONE, indent=1)}\n{json.dumps(TWO, indent=1)}",
        "\ufeff" + json.dumps([ONE, TWO]),
    ],
)
@pytest.mark.parametrize("name", ["c.json", "c.ndjson", "c.txt"])
def test_a_file_holds_one_consignment_or_many(tmp_path: Path, text: str, name: str) -> None:
    read = read_json(tmp_path, text, name)
    assert (read.problems, read.set_aside) == ([], [])
    assert column(read, "declaration", "declaration_no") == ["C1/1", "C2/1", "C2/2"]
    assert column(read, "declaration", "position") == [1, 2, 3]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "gb18030"])
def test_other_encodings(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "c.json"
    text = json.dumps(consignment(house("1", consignee_name="丝路 Қазақ")), ensure_ascii=False)
    path.write_bytes(text.encode(encoding))
    found = read_all(path)
    assert column(found, "declaration", "consignee_name") == ["丝路 Қазақ"]
    assert [one.code for one in found.problems] == ["RDG006"] * (encoding == "gb18030")


@pytest.mark.parametrize(
    ("name", "text", "kind"),
    [
        ("a.json", json.dumps(ONE), "consignments"),
        ("a.json", '{"houses": []}', "consignments"),
        ("a.json", "[]", "consignments"),
        ("a", json.dumps([ONE]), "consignments"),
        ("a.json", '{"inventory.order_no": "1"}', "ndjson"),
        ("a.ndjson", '{"declaration.declaration_no": "1"}', "ndjson"),
        ("a.ndjson", "{}", "ndjson"),
        ("a.csv", "declaration.declaration_no\n1\n", "csv"),
        ("a", "declaration.declaration_no\n1\n", "csv"),
    ],
)
def test_files_are_told_apart(tmp_path: Path, name: str, text: str, kind: str) -> None:
    path = tmp_path / name
    path.write_text(text)
    assert sniff(path) == kind


def test_json_in_folders_is_read_but_not_the_list_of_what_is_planted(tmp_path: Path) -> None:
    read_json(tmp_path, ONE)
    (tmp_path / "planted_goods.csv").write_text("declaration_no\nC1/1\n")
    found = read_all(tmp_path)
    assert (found.set_aside, found.rows) == ([], 1)


# Flat tables.


def test_the_head_is_repeated_or_left_empty(tmp_path: Path) -> None:
    read = read_csv(
        tmp_path,
        "D1,C1,1,g1,USD,12000.5,1,10\n,,,,,,2,20\nD1,C1,1,g1,USD,12000.5,3,30\n"
        "D2,,,,EUR,,1,1\n,,,,,,,\n,,,,,,2,2\n",
    )
    assert (read.problems, read.set_aside, read.rows) == ([], [], 5)
    assert rows(read, "declaration", "declaration_no", "gross_mass_mg", "position") == [
        ("D1", 12_000_500_000, 2),
        ("D2", MISSING, 5),
    ]
    assert rows(read, "goods", "declaration_no", "gnum", "position") == [
        ("D1", 1, 2),
        ("D1", 2, 2),
        ("D1", 3, 2),
        ("D2", 1, 5),
        ("D2", 2, 5),
    ]


def test_houses_without_a_number_are_called_by_consignment_and_house(tmp_path: Path) -> None:
    read = read_csv(
        tmp_path, ",C1,1,,USD,,1,1\n,C1,1,,,,2,1\n,C1,2,,USD,,1,1\nD3,C1,2,,,,1,1\n,C2,2,,,,1,1\n"
    )
    assert column(read, "declaration", "declaration_no") == ["C1/1", "C1/2", "D3", "C2/2"]
    assert column(read, "declaration", "position") == [2, 4, 5, 6]
    assert (read.problems, read.set_aside) == ([], [])


@pytest.mark.parametrize(
    ("again", "declarations", "lines"),
    [
        ("D1,C1,1,g1,USD,1,1,10\n,,,,,,2,20\n", 2, [1, 2, 1, 2]),  # the same twice
        ("D1,C1,1,g2,USD,1,1,10\n,,,,,,2,20\n", 2, [1, 2, 1, 2]),  # a new version
        ("D1,,,g2,,,,\n", 2, [1, 2]),
        ("D1,C1,1,g1,USD,1,3,10\n", 1, [1, 2, 3]),
        (",,,,,,2,20\n", 1, [1, 2, 2]),  # a line twice is a mistake, not a message
    ],
)
def test_versions_of_one_declaration(
    tmp_path: Path, again: str, declarations: int, lines: list[int]
) -> None:
    read = read_csv(tmp_path, f"D1,C1,1,g1,USD,1,1,10\n,,,,,,2,20\n{again}")
    assert read.tables["declaration"].height == declarations
    assert column(read, "goods", "gnum") == lines
    assert set(column(read, "goods", "position")) <= set(column(read, "declaration", "position"))
    assert (read.problems, read.set_aside) == ([], [])


@pytest.mark.parametrize("chunk_rows", [1, 2, 3, 7])
def test_chunks_never_split_a_declaration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chunk_rows: int
) -> None:
    monkeypatch.setattr(flat, "CHUNK_ROWS", chunk_rows)
    text = "".join(
        f"D{n},C,{n},g{v},USD,1,1,1\n" + ",,,,,,2,1\n" * (n % 4) for n in range(9) for v in (1, 2)
    )
    path = tmp_path / "declarations.csv"
    path.write_text(f"{HEADER}\n{text}")
    chunks = [chunk for chunk in read_table(path, "csv") if chunk.tables]
    assert sum(chunk.rows for chunk in chunks) == text.count("\n")
    for one, other in pairwise(chunks):
        heads = [chunk.tables["declaration"]["position"].to_list() for chunk in (one, other)]
        assert not set(heads[0]) & set(heads[1])
    whole = gather(iter(chunks))
    counts = whole.tables["goods"].group_by("position", maintain_order=True).len()["len"]
    assert counts.to_list() == [n % 4 + 1 for n in range(9) for _ in (1, 2)]


def test_typed_columns(tmp_path: Path) -> None:
    path = tmp_path / "declarations.parquet"
    frame = pl.DataFrame(
        {
            "declaration.declaration_no": ["D1", None, "D2"],
            "declaration.decl_day": pl.Series(["2026-03-08", None, "2026-03-09"]).str.to_date(),
            "declaration.gross_mass_kg": [18_500.5, None, 1.0],
            "goods.gnum": [1, 2, 1],
            "goods.net_mass_kg": pl.Series(["1.5", "2.5", "3"]).cast(pl.Decimal(12, 3)),
        }
    )
    frame.write_parquet(path)
    found = read_all(path)
    assert (found.problems, found.set_aside) == ([], [])
    assert rows(found, "declaration", "decl_day", "gross_mass_mg") == [
        (20_520, 18_500_500_000),
        (20_521, 1_000_000),
    ]
    assert column(found, "goods", "net_mass_mg") == [1_500_000, 2_500_000, 3_000_000]


# Round trips.


@settings(max_examples=40)
@given(declared_tables(), st.sampled_from(["json", "lines"]))
def test_round_trip_of_json(declared: Tables, form: str) -> None:
    consignments = write_consignments(declared)
    text = to_json(consignments)
    if form == "lines":
        text = "\n".join(json.dumps(one) for one in consignments)
    with tempfile.TemporaryDirectory() as folder:
        found = read_json(Path(folder), text)
    assert (found.problems, found.set_aside) == ([], [])
    assert without_origin(found.tables) == without_origin(declared)


@settings(max_examples=40)
@given(declared_tables(), st.sampled_from(sorted(WRITERS)))
def test_round_trip_of_flat_tables(declared: Tables, suffix: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"declarations{suffix}"
        write(declared_to_outside(declared), path)
        found = read_all(path)
    assert (found.problems, found.set_aside) == ([], [])
    assert without_origin(found.tables) == without_origin(declared)


def test_what_all_houses_say_is_said_once(tmp_path: Path) -> None:
    read = read_json(
        tmp_path, consignment(*(house(n, "1", gross_mass_kg="7") for n in "12"), currency="USD")
    )
    (written,) = write_consignments(read.tables)
    assert written["currency"] == "USD"
    assert [one["gross_mass_kg"] for one in written["houses"]] == ["7", "7"]
    assert SUMS.isdisjoint(written)
    assert json.loads(to_json([written])) == written
    assert json.loads(to_json([written, written])) == [written, written]


def test_the_largest_values_come_back(tmp_path: Path) -> None:
    largest = str(MAX_CARGO_MG // 10**6)
    read = read_json(
        tmp_path, consignment(house("1", *["1"] * MAX_GOODS_LINES), gross_mass_kg=largest)
    )
    assert read.tables["goods"].height == MAX_GOODS_LINES
    path = tmp_path / "declarations.csv"
    write(declared_to_outside(read.tables), path)
    assert without_origin(read_all(path).tables) == without_origin(read.tables)


# The template.


def test_the_template_names_every_column() -> None:
    assert "declaration" in tables()
    guide = column_guide("declaration")
    assert [row[0] for row in guide] == list(DECLARED_FIELDS)
    of_goods = [f"goods.{c.outside}" for c in GOODS.columns if c.name not in DECLARATION.key]
    heads = [f"declaration.{column.outside}" for column in DECLARATION.columns]
    assert list(DECLARED_FIELDS) == heads + of_goods
    (mass,) = (row for row in guide if row[0] == "declaration.gross_mass_kg")
    assert mass[3].endswith("in kilograms")


@pytest.mark.parametrize("suffix", sorted(WRITERS))
def test_the_empty_template_is_read(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"template{suffix}"
    write_template(path, "declaration")
    found = read_all(path)
    assert (found.problems, found.set_aside, found.rows) == ([], [], 0)


def test_the_example_is_read(tmp_path: Path) -> None:
    path = tmp_path / "consignment.json"
    write_template(path, "declaration")
    found = read_all(path)
    assert (found.problems, found.set_aside, found.rows) == ([], [], 1)
    guide = {row[0]: row[4] for row in column_guide("declaration")}
    texts = declared_to_outside(found.tables).row(0, named=True)
    assert texts == guide
    with pytest.raises(InvalidValue, match="--table declaration"):
        write_template(tmp_path / "parcels.json")


def test_progress_is_told(tmp_path: Path) -> None:
    read_json(tmp_path, [ONE, TWO])
    told: list[int] = []
    list(read([tmp_path / "consignment.json"], on_progress=lambda _, count: told.append(count)))
    assert told == [3]
