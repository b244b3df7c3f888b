"""Flat tables: what becomes a document, what becomes a line, and what is said about the rest."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from silkport.formats import delimited, encodings, flat
from silkport.formats.tabular import read_table
from silkport.formats.writing import to_outside, write
from silkport.kernel.limits import MAX_LINE_BYTES
from tests.formats.samples import day_of_parcels, gather, without_origin

HEADER = (
    "inventory.order_no,inventory.guid,inventory.ebc_code,inventory.freight,line.gnum,line.total"
)


def read_csv(folder: Path, content: str | bytes, kind: str = "csv"):
    path = folder / f"parcels.{kind}"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return gather(read_table(path, kind, source=path.name))


def column(documents, table: str, name: str) -> list[object]:
    return documents.tables[table][name].to_list()


def test_rows_of_one_parcel_give_one_head_and_its_lines(tmp_path: Path) -> None:
    read = read_csv(
        tmp_path, f"{HEADER}\nA,g1,E1,5,1,10\nA,g1,E1,5,2,20.5\nB,g2,E2,0,1,1\nC,g3,E3,1,,\n"
    )
    assert column(read, "inventory", "order_no") == ["A", "B", "C"]
    assert column(read, "inventory", "position") == [2, 4, 5]
    assert column(read, "line", "order_no") == ["A", "A", "B"]
    assert column(read, "line", "ebc_code") == ["E1", "E1", "E2"]
    assert column(read, "line", "position") == [2, 2, 4]
    assert column(read, "line", "total_e5") == [1_000_000, 2_050_000, 100_000]
    assert (read.problems, read.set_aside, read.rows) == ([], [], 4)


def test_a_head_that_disagrees_is_explained_and_the_first_row_counts(tmp_path: Path) -> None:
    read = read_csv(tmp_path, f"{HEADER}\nA,g1,E1,5,1,10\nA,g1,E1,6,2,20\n")
    assert column(read, "inventory", "freight_e5") == [500_000]
    (problem,) = read.problems
    assert (problem.code, problem.position, problem.column) == ("RDG005", 3, "inventory.freight")
    assert (problem.read, problem.expected) == ("6", "'5' as in row 2")


def test_a_message_sent_twice_stays_two_documents(tmp_path: Path) -> None:
    parcel = "A,g1,E1,5,1,10\nA,g1,E1,5,2,20\n"
    read = read_csv(tmp_path, f"{HEADER}\n{parcel}{parcel}")
    assert column(read, "inventory", "guid") == ["g1", "g1"]
    assert column(read, "line", "gnum") == [1, 2, 1, 2]
    payment = "payment.order_no,payment.guid,payment.amount_paid\n" + "A,g,1\n" * 3
    assert column(read_csv(tmp_path, payment), "payment", "guid") == ["g"] * 3


def test_a_new_guid_is_a_new_version(tmp_path: Path) -> None:
    read = read_csv(tmp_path, f"{HEADER}\nA,g1,E1,5,1,10\nA,g2,E1,5,1,10\n")
    assert column(read, "inventory", "guid") == ["g1", "g2"]


def test_documents_take_the_order_number_of_their_row(tmp_path: Path) -> None:
    read = read_csv(
        tmp_path, "inventory.order_no,payment.amount_paid,order_line.gnum\nA,5,1\nB,,\n"
    )
    assert column(read, "payment", "order_no") == ["A"]
    assert column(read, "order_line", "order_no") == ["A"]
    assert column(read, "inventory", "order_no") == ["A", "B"]


def test_a_line_does_not_take_keys_from_the_parcel_above(tmp_path: Path) -> None:
    read = read_csv(
        tmp_path,
        "inventory.order_no,inventory.ebc_code,line.order_no,line.gnum\nA,E1,,1\n,,B,1\n",
    )
    line = read.tables["line"].select("ebc_code", "order_no", "position")
    assert line.rows() == [("E1", "A", 2), ("", "B", 3)]


@pytest.mark.parametrize(
    ("content", "problems", "aside", "orders"),
    [
        ("A,g,E,1,1,1", [], [], ["A"]),
        ("A,g,E,1x,1,1\nB,g,E,1,1,1\n", [("RDG001", 2, "inventory.freight")], [], ["A", "B"]),
        ("A,g,E,-1,1,1\n", [("RDG003", 2, "inventory.freight")], [], ["A"]),
        ("A,g,123456789012345678901,1,1,1\n", [("RDG004", 2, "inventory.ebc_code")], [], ["A"]),
        (",g,E,1,1,1\nB,g,E,1,1,1\n", [], [("RDG010", 2)], ["B"]),
        (",,,,,\n\nB,g,E,1,1,1\n", [], [], ["B"]),
        ("A,g,E,1,1,1,7\nB,g,E,1,1,1\n", [], [("RDG011", 2)], ["B"]),
        ("A,g,E,1,1,1,,,\nB,g,E,1,1,1\n", [], [], ["A", "B"]),
        ("A,g,E\nB,g,E,1,1,1\n", [], [], ["A", "B"]),
        ("A,g,E,1,1,1\nB,g,E", [], [("RDG011", 3)], ["A"]),
        ('"A","g","E ""x"", y",1,1,1\nB,g,"E\nF",1,1,1\n', [], [], ["A", "B"]),
        ('A,g,5" pipe,1,1,1\nB,g,"E,1,1,1\nC,g,E,1,1,1\n', [], [("RDG011", 3)], ["A", "C"]),
        ('A,g,E,1,1,1\nB,g,"E,1', [], [("RDG011", 3)], ["A"]),
        (
            "A,g,E,1,1,1\n" + "x" * (MAX_LINE_BYTES + 9) + "\nC,g,E,1,1,1\n",
            [],
            [("SP-1103", 3)],
            "AC",
        ),
    ],
)
def test_rows_good_and_bad(
    tmp_path: Path, content: str, problems: object, aside: object, orders: object
) -> None:
    read = read_csv(tmp_path, f"{HEADER}\n{content}")
    assert [(p.code, p.position, p.column) for p in read.problems] == problems
    assert [(s.code, s.position) for s in read.set_aside] == aside
    assert column(read, "inventory", "order_no") == list(orders)


@pytest.mark.parametrize(
    "encode",
    [
        lambda text: text.encode("utf-8"),
        lambda text: text.encode("utf-8-sig"),
        lambda text: text.encode("utf-16"),
        lambda text: b"\xfe\xff" + text.encode("utf-16-be"),
        lambda text: text.encode("gb18030"),
        lambda text: text.replace("\n", "\r\n").encode(),
        lambda text: text.replace(",", ";").encode(),
        lambda text: text.replace(",", "\t").encode(),
        lambda text: ("sep=,\n" + text).encode(),
        lambda text: text.upper().replace("李", "李").encode(),
    ],
)
def test_encodings_delimiters_and_line_ends(tmp_path: Path, encode) -> None:
    content = "inventory.order_no,inventory.buyer_name\nA1,李小宝\nB1,王芳芳\n"
    read = read_csv(tmp_path, encode(content))
    assert column(read, "inventory", "buyer_name") == ["李小宝", "王芳芳"]
    assert [p.code for p in read.problems] == (
        ["RDG006"] if encode("李") == "李".encode("gb18030") else []
    )


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "SP-1101"),
        (b"\n\n", "SP-1102"),
        (b"a,b\n1,2\n", "SP-1102"),
        (b"\xff\xfe\x00\x00" + "inventory.order_no\nA".encode("utf-32-le"), "SP-1101"),
        (b"inventory.order_no\n" + bytes(range(128, 256)) * 9, "SP-1101"),
        (b"x" * (MAX_LINE_BYTES + 1), "SP-1102"),
    ],
)
def test_files_that_cannot_be_used_are_set_aside(tmp_path: Path, content: bytes, code: str) -> None:
    read = read_csv(tmp_path, content)
    assert [s.code for s in read.set_aside] == [code]
    assert (read.tables, read.rows) == ({}, 0)


def test_a_few_damaged_bytes_cost_only_their_rows(tmp_path: Path) -> None:
    content = "inventory.order_no,inventory.buyer_name\nA,李小宝\nB,王X芳\nC,张伟\n".encode()
    read = read_csv(tmp_path, content.replace(b"X", b"\xff"))
    assert column(read, "inventory", "order_no") == ["A", "C"]
    assert [(s.code, s.position) for s in read.set_aside] == [("RDG011", 3)]


def test_unknown_columns_get_the_nearest_name(tmp_path: Path) -> None:
    read = read_csv(
        tmp_path, "inventory.order_no,inventory.fright,frobnicate,inventory.order_no\nA,1,2,B\n"
    )
    assert [(p.code, p.column, p.expected) for p in read.problems] == [
        ("RDG002", "inventory.fright", "perhaps inventory.freight"),
        ("RDG002", "frobnicate", "a name of 'silkport template'"),
        ("RDG002", "inventory.order_no", "each column once; the first one counts"),
    ]


NDJSON = [
    ('{"inventory.order_no":"A","inventory.freight":1.5}', [], [], [150_000]),
    ('{"inventory.order_no":"A","inventory.freight":"1.5"}', [], [], [150_000]),
    ('{"inventory.order_no":1,"inventory.freight":null}', [], [], [-1]),
    ('{"inventory.order_no":"A","inventory.freight":true}', ["RDG001"], [], [-1]),
    ('{"inventory.order_no":"A","inventory.freight":[1]}', ["RDG001"], [], [-1]),
    ('{"inventory.order_no":"A","inventory.freight":9999999999999.99999}', [], [], [10**18 - 1]),
    ('{"inventory.order_no":"A","frobnicate":1}', ["RDG002"], [], [-1]),
    (
        '{"inventory.order_no":"A"}\n\nnot json\n[1]\n{"inventory.order_no":"B"}',
        [],
        [3, 4],
        [-1, -1],
    ),
    ('{"inventory.order_no":"A"}\n{"inventory.order_no":"B', [], [2], [-1]),
    ('{"inventory.order_no":"\\ud800"}\n', [], [], [-1]),
    ('{"inventory.order_no":"A"}\n' + '{"a":' * 5_000, [], [2], [-1]),
]


@pytest.mark.parametrize(("content", "problems", "aside", "freight"), NDJSON)
def test_json_lines(
    tmp_path: Path, content: str, problems: object, aside: object, freight: object
) -> None:
    read = read_csv(tmp_path, content, "ndjson")
    assert [p.code for p in read.problems] == problems
    assert [s.position for s in read.set_aside] == aside
    assert column(read, "inventory", "freight_e5") == freight


@pytest.mark.parametrize("kind", ["csv", "ndjson"])
def test_chunks_never_split_a_parcel(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flat, "CHUNK_ROWS", 7)
    monkeypatch.setattr(encodings, "BLOCK_BYTES", 20_000)
    tables = day_of_parcels(40, 3)
    path = tmp_path / f"parcels.{kind}"
    write(to_outside(tables), path)
    chunks = list(read_table(path, kind))
    assert len(chunks) > 2
    assert without_origin(gather(iter(chunks)).tables) == without_origin(tables)


def test_a_file_of_one_order_is_still_read_in_bounded_chunks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flat, "CHUNK_ROWS", 10)
    rows = "".join(f"A,g,E,1,{n},1\n" for n in range(1, 100))
    read = read_csv(tmp_path, f"{HEADER}\n{rows}")
    assert column(read, "line", "gnum") == list(range(1, 100))


def test_problems_beyond_the_limit_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("silkport.formats.reading.MAX_PROBLEMS_PER_FILE", 5)
    rows = "".join(f"A{n},g,E,x,1,1\n" for n in range(20))
    read = read_csv(tmp_path, f"{HEADER}\n{rows}{',g,,,,1' * 1}\n" + ",g,E,1,1,1\n" * 8)
    assert [p.code for p in read.problems] == ["RDG001"] * 5 + ["RDG009"]
    assert read.problems[-1].read == "15 further problems"
    assert [s.code for s in read.set_aside] == ["RDG010"] * 5 + ["RDG009"]


def test_header_is_looked_for_in_typed_files(tmp_path: Path) -> None:
    path = tmp_path / "typed.parquet"
    frame = pl.DataFrame(
        {
            "inventory.order_no": [1, 2],
            "inventory.freight": [1.5, None],
            "inventory.pack_count": [[1], [2]],
        }
    )
    frame.write_parquet(path)
    read = gather(read_table(path, "parquet"))
    assert column(read, "inventory", "order_no") == ["1", "2"]
    assert column(read, "inventory", "freight_e5") == [150_000, -1]
    assert [(p.code, p.column) for p in read.problems] == [("RDG002", "inventory.pack_count")]


def test_delimiters_are_the_documented_ones() -> None:
    assert delimited.DELIMITERS == (",", ";", "\t")


NAMELESS = (
    "waybill.order_no,waybill.logistics_no,withdrawal.invt_no,withdrawal_line.gnum,payment.guid"
)


@pytest.mark.parametrize("chunk_rows", [2, 100_000])
def test_documents_without_an_order_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chunk_rows: int
) -> None:
    monkeypatch.setattr(flat, "CHUNK_ROWS", chunk_rows)
    rows = [",L1,,,", ",L2,,,", ",,I1,1,", ",,I1,2,", ",,I1,3,", ",,I2,1,", "A,L3,,,", ",L4,I3,9,"]
    read = read_csv(tmp_path, f"{NAMELESS}\n" + "\n".join(rows))
    assert (read.set_aside, read.problems, read.rows) == ([], [], 8)
    assert column(read, "waybill", "logistics_no") == ["L1", "L2", "L3", "L4"]
    assert column(read, "waybill", "order_no") == ["", "", "A", ""]
    assert column(read, "withdrawal", "invt_no") == ["I1", "I2", "I3"]
    assert column(read, "withdrawal", "position") == [4, 7, 9]
    assert column(read, "withdrawal_line", "position") == [4, 4, 4, 7, 9]


def test_what_has_no_number_at_all_is_set_aside(tmp_path: Path) -> None:
    rows = [",L1,,,g", ",,,1,", ",,,,g", ",,I1,,g"]
    read = read_csv(tmp_path, f"{NAMELESS}\n" + "\n".join(rows))
    assert [(s.code, s.position) for s in read.set_aside] == [("RDG010", n) for n in (2, 3, 4, 5)]
    assert read.tables == {}


@pytest.mark.parametrize(
    ("names", "table", "misplaced"),
    [
        ("receipt.guid,receipt.return_info", "receipt", []),
        ("receipt.guid,receipt.return_info,payment.guid", "receipt", ["payment.guid"]),
        ("movement.gnum,receipt.guid,receipt.order_no", "receipt", ["movement.gnum"]),
        ("payment.order_no,payment.guid,receipt.guid", "payment", ["receipt.guid"]),
    ],
)
@pytest.mark.parametrize("kind", ["csv", "ndjson"])
def test_a_file_holds_parcels_or_rows_of_one_other_table(
    tmp_path: Path, kind: str, names: str, table: str, misplaced: list[str]
) -> None:
    cells = dict.fromkeys(names.split(","), "1")
    csv = f"{names}\n{','.join(cells.values())}\n"
    read = read_csv(tmp_path, csv if kind == "csv" else json.dumps(cells), kind)
    assert list(read.tables) == [table]
    assert [(p.code, p.column) for p in read.problems] == [("RDG002", name) for name in misplaced]
    assert all("in a file of their own" in p.expected for p in read.problems)


def test_blank_rows_of_records_are_nothing(tmp_path: Path) -> None:
    read = read_csv(tmp_path, "receipt.guid,receipt.message_seq\n,\ng,x\n,7\n")
    assert column(read, "receipt", "position") == [3, 4]
    assert column(read, "receipt", "message_seq") == [-1, 7]
    assert [(p.code, p.position) for p in read.problems] == [("RDG001", 3)]
