"""Bad input through the main command: the good part decided, the bad said with code and place."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

import polars as pl
import pytest

from silkport.model.columns import MAX_AMOUNT_E5
from silkport.node.clearing.summary import Summary
from tests.formats.samples import payment_document, payment_message
from tests.node.days import (
    ORDER,
    a_home,
    aside,
    changed,
    clear,
    codes,
    first_orders,
    lawful,
    outcomes,
    sample_day,
)

MIB = 1024 * 1024


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sample_day(tmp_path_factory.mktemp("day") / "day", parcels=200, seed=3)


@pytest.fixture(scope="module")
def rows(day: Path) -> pl.DataFrame:
    """Lawful imports of cn."""
    return lawful(day, direction="I")


def cleared(place: Path, *inputs: Path, administration: str = "cn") -> Summary:
    """Clears in a new home; outcomes in place/out."""
    shutil.rmtree(place / "home", ignore_errors=True)
    home = a_home(place / "home")
    return clear(*inputs, home=home, out=place / "out", administration=administration)


def csv(frame: pl.DataFrame) -> bytes:
    return frame.write_csv().encode()


def of(rows: pl.DataFrame, number: int) -> pl.DataFrame:
    """The rows of the n-th lawful parcel."""
    return first_orders(rows, 1, after=number)


def damaged_files(place: Path, rows: pl.DataFrame) -> dict[str, tuple[int, str]]:
    """A folder of files that cannot be read; by name the position and code that must be said."""
    whole = place / "whole.parquet"
    of(rows, 1).write_parquet(whole)
    content = whole.read_bytes()
    whole.unlink()
    (place / "cut.parquet").write_bytes(content[: len(content) // 2])
    (place / "head.parquet").write_bytes(content[:3])
    (place / "empty.csv").write_bytes(b"")
    (place / "empty.xml").write_bytes(b"")
    (place / "header.csv").write_bytes(b"a,b,c\n1,2,3\n")
    (place / "noise.xlsx").write_bytes(b"PK\3\4" + bytes(range(256)) * 8)
    (place / "noise.ndjson").write_bytes(b"\x00\x01\x02" * 999)
    (place / "bomb.xml").write_text(
        '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
        "<a>&b;</a>"
    )
    (place / "outside.xml").write_text(
        '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'
    )
    (place / "cut.xml").write_text(payment_message(payment_document(1))[:-40])
    (place / "other.xml").write_text("<invoice><total>1</total></invoice>")
    return {
        "cut.parquet": (0, "SP-1101"),
        "head.parquet": (0, "SP-1101"),
        "empty.csv": (0, "SP-1101"),
        "empty.xml": (0, "SP-1101"),
        "header.csv": (0, "SP-1102"),
        "noise.xlsx": (0, "SP-1101"),
        "noise.ndjson": (0, "SP-1102"),
        "bomb.xml": (0, "SP-1104"),
        "outside.xml": (0, "SP-1104"),
        "cut.xml": (0, "SP-1101"),
        "other.xml": (0, "SP-1101"),
    }


def test_files_that_cannot_be_read(tmp_path: Path, rows: pl.DataFrame) -> None:
    place = tmp_path / "in"
    place.mkdir()
    wanted = damaged_files(place, rows)
    (place / "good.csv").write_bytes(csv(of(rows, 0)))
    summary = cleared(tmp_path, place)
    assert summary.set_aside == len(wanted)
    found = {name: (position, code) for name, position, code in aside(tmp_path / "out")}
    assert {name: code for name, (_, code) in found.items()} == {
        name: code for name, (_, code) in wanted.items()
    }
    assert outcomes(tmp_path / "out") == {of(rows, 0)[ORDER][0]: "released"}
    reasons = pl.read_parquet(tmp_path / "out" / "set_aside.parquet")["reason"]
    assert reasons.str.contains("root:").sum() == 0
    assert reasons.str.starts_with("SP-").all()


@pytest.mark.parametrize("encoding", ["gb18030", "utf-16", "utf-16-be", "utf-8-sig"])
def test_other_encodings(tmp_path: Path, rows: pl.DataFrame, encoding: str) -> None:
    one = changed(of(rows, 0), inventory__note="李宝 Қ")
    text = one.write_csv()
    content = (
        b"\xfe\xff" + text.encode(encoding) if encoding == "utf-16-be" else text.encode(encoding)
    )
    (tmp_path / "other.csv").write_bytes(content)
    summary = cleared(tmp_path, tmp_path / "other.csv")
    assert summary.outcomes == {"released": 1}
    assert summary.set_aside == 0


def test_archives(tmp_path: Path, rows: pl.DataFrame) -> None:
    path = tmp_path / "in.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("good.csv", csv(of(rows, 0)))
        archive.writestr("../above.csv", csv(of(rows, 1)))
        archive.writestr("/root.csv", csv(of(rows, 2)))
        archive.writestr("nested.zip", b"PK\5\6" + bytes(18))
        archive.writestr("bomb.csv", b"inventory.order_no\n" + b"0" * (64 * MIB))
    summary = cleared(tmp_path, path)
    assert summary.outcomes == {"released": 1}
    assert (
        sorted(aside(tmp_path / "out"))
        == [("bomb.csv", 0, "SP-1103")] + [("in.zip", 0, "SP-1104")] * 3
    )
    reasons = " ".join(summary.set_aside_why)
    assert all(name in reasons for name in ("in.zip/../above.csv", "root.csv", "nested.zip"))
    assert not (tmp_path.parent / "above.csv").exists()


def test_a_field_of_100_megabytes(tmp_path: Path, rows: pl.DataFrame) -> None:
    path = tmp_path / "in.csv"
    good, other = of(rows, 0), of(rows, 1)
    header, _, body = csv(good).partition(b"\n")
    with path.open("wb") as file:
        file.write(header + b"\n" + body + b'"')
        for _ in range(100):
            file.write(b"x" * MIB)
        file.write(b'"\n' + csv(other).partition(b"\n")[2])
    summary = cleared(tmp_path, path)
    assert summary.outcomes == {"released": 2}
    assert aside(tmp_path / "out") == [("in.csv", good.height + 2, "SP-1103")]


BAD_ROWS = {
    b"": "",
    b"," * 9: "",
    b'"open quote,' + b"x" * 40: "RDG011",
    b"\xff\xfe\xfd" * 9: "RDG011",
    b"1" * 50: "RDG010",
    b"x\0y": "RDG010",
}
"""Rows and the code with which they are set aside; empty ones are none."""


def test_good_rows_among_bad_ones(tmp_path: Path, rows: pl.DataFrame) -> None:
    header, *lines = csv(rows).splitlines()
    bad = list(BAD_ROWS) + [b"1" * 50] * (len(lines) - len(BAD_ROWS))
    mixed = [line for pair in zip(bad, lines, strict=True) for line in pair]
    (tmp_path / "in.csv").write_bytes(b"\n".join([header, *mixed, b""]))
    summary = cleared(tmp_path, tmp_path / "in.csv")
    found = aside(tmp_path / "out")
    assert summary.set_aside == len(found)
    wanted = [(2 * n + 2, code) for n, code in enumerate(BAD_ROWS.values()) if code]
    assert [(position, code) for _, position, code in found][: len(wanted)] == wanted
    assert {code for _, _, code in found[len(wanted) :]} == {"RDG010"}
    decided = outcomes(tmp_path / "out")
    assert set(decided) == set(rows[ORDER])
    assert set(decided.values()) <= {"released", "held"}


AMOUNTS = ("9e12", "1e30", "9" * 40, "99999999999999", "-5", "nan", "inf", "1,5", "0x1F", "١٢")


def test_amounts_beyond_the_bounds(tmp_path: Path, rows: pl.DataFrame) -> None:
    parts = [
        changed(of(rows, number), line__price=text, line__total=text)
        for number, text in enumerate(AMOUNTS)
    ]
    good = of(rows, len(AMOUNTS))
    (tmp_path / "in.csv").write_bytes(csv(pl.concat([*parts, good])))
    summary = cleared(tmp_path, tmp_path / "in.csv")
    assert summary.set_aside == 0
    decided = outcomes(tmp_path / "out")
    assert decided.pop(good[ORDER][0]) == "released"
    assert set(decided.values()) == {"refused"}
    for part in parts:
        assert "CHK030" in codes(tmp_path / "out", part[ORDER][0])
    found = pl.read_parquet(tmp_path / "out" / "findings.parquet").filter(
        pl.col("code").str.starts_with("RDG")
    )
    shown = found.select(
        pl.col("facts").str.json_path_match("$.column"),
        pl.col("facts").str.json_path_match("$.position").alias("position"),
    )
    assert set(shown["facts"]) == {"line.price", "line.total"}
    assert shown["position"].cast(pl.Int64).min() > 1


def test_99_lines_of_the_largest_amount(tmp_path: Path, rows: pl.DataFrame) -> None:
    largest = f"{MAX_AMOUNT_E5 // 100_000}.{MAX_AMOUNT_E5 % 100_000:05d}"
    one = of(rows, 0).head(1)
    names = {
        name: largest
        for name in one.columns
        if name.split(".")[1] in {"price", "total", "freight", "insurance", "paid", "amount_paid"}
    }
    many = pl.concat([one.with_columns(pl.lit(v).alias(k) for k, v in names.items())] * 99)
    lines = [str(number) for number in range(1, 100)]
    many = many.with_columns(
        pl.Series(name, lines) for name in ("line.gnum", "order_line.gnum") if name in many.columns
    )
    (tmp_path / "in.csv").write_bytes(csv(pl.concat([many, of(rows, 1)])))
    for administration in ("cn", "kz", "zz"):
        summary = cleared(tmp_path, tmp_path / "in.csv", administration=administration)
        assert summary.set_aside == 0
        assert outcomes(tmp_path / "out")[one[ORDER][0]] == "refused"
    cleared(tmp_path, tmp_path / "in.csv")
    assert "VAL002" in codes(tmp_path / "out", one[ORDER][0])
    row = pl.read_parquet(tmp_path / "out" / "decisions.parquet").filter(
        pl.col("order_no") == one[ORDER][0]
    )
    assert 0 <= row["customs_value_minor"][0] <= MAX_AMOUNT_E5
    assert row["total_minor"][0] >= 0
    assert pl.read_parquet(tmp_path / "out" / "quota.parquet").height == 1


DAYS = {
    "1970-01-01": "REG001",
    "1969-12-31": "REG001",
    "2099-12-31": "CHK008",
    "9999": "REG001",
    "9999-12-31": "REG001",
    "2026-02-30": "REG001",
    "0000-00-00": "REG001",
    "yesterday": "REG001",
    "": "REG001",
}


@pytest.mark.parametrize(("administration", "direction"), [("cn", "I"), ("kz", "E"), ("zz", "E")])
def test_days_outside_any_law(
    tmp_path: Path, day: Path, administration: str, direction: str
) -> None:
    rows = lawful(day, direction=direction)
    parts = {
        text: changed(of(rows, number), inventory__decl_day=text)
        for number, text in enumerate(DAYS)
    }
    (tmp_path / "in.csv").write_bytes(csv(pl.concat(parts.values())))
    summary = cleared(tmp_path, tmp_path / "in.csv", administration=administration)
    assert summary.outcomes == {"refused": len(DAYS)}
    assert summary.money["total"] == 0
    if administration != "zz":
        for text, part in parts.items():
            assert DAYS[text] in codes(tmp_path / "out", part[ORDER][0])


UNKNOWN = {
    "inventory__currency": "XXQ",
    "inventory__trade_mode": "0000",
    "inventory__departure_country": "QQ",
    "line__unit": "???",
    "line__origin": "ZZZ",
    "line__hs_code": "0000000000",
    "line__currency": "999",
    "inventory__app_type": "7",
    "inventory__app_status": "-3",
    "inventory__customs_code": "💥",
    "payment__currency": "142142",
}


def test_unknown_codes(tmp_path: Path, rows: pl.DataFrame) -> None:
    parts = {
        name: changed(of(rows, number), **{name: text})
        for number, (name, text) in enumerate(UNKNOWN.items())
    }
    for name in parts:
        assert name.replace("__", ".") in rows.columns
    good = of(rows, len(parts))
    (tmp_path / "in.csv").write_bytes(csv(pl.concat([*parts.values(), good])))
    summary = cleared(tmp_path, tmp_path / "in.csv")
    assert summary.set_aside == 0
    decided = outcomes(tmp_path / "out")
    assert decided[good[ORDER][0]] == "released"
    for name, part in parts.items():
        assert decided[part[ORDER][0]] != "released", name
        assert codes(tmp_path / "out", part[ORDER][0]), name


@pytest.mark.parametrize("column", ["order.currency", "payment.currency", "waybill.currency"])
def test_a_document_in_another_currency(tmp_path: Path, rows: pl.DataFrame, column: str) -> None:
    """The same number in dollars is not the same price."""
    one = of(rows, 0).with_columns(pl.lit("USD").alias(column))
    (tmp_path / "in.csv").write_bytes(csv(one))
    cleared(tmp_path, tmp_path / "in.csv")
    assert outcomes(tmp_path / "out") == {one[ORDER][0]: "refused"}


def test_messages_beside_tables(tmp_path: Path, rows: pl.DataFrame) -> None:
    """The payment comes as a message, all else as a table."""
    one = of(rows, 0)
    names = [name for name in one.columns if name.startswith("payment.")]
    paid = {name.removeprefix("payment."): one[name][0] for name in names}
    place = tmp_path / "in"
    place.mkdir()
    (place / "parcels.csv").write_bytes(csv(one.drop(names)))
    message = payment_document(
        1,
        guid=paid["guid"],
        appTime=paid["app_time"],
        payCode=paid["pay_code"],
        payName=paid["pay_name"],
        payTransactionId=paid["pay_transaction_id"],
        orderNo=paid["order_no"],
        ebpCode=paid["ebp_code"],
        ebpName=paid["ebp_name"],
        payerIdType=paid["payer_id_type"],
        payerIdNumber=paid["payer_id"],
        payerName=paid["payer_name"],
        amountPaid=paid["amount_paid"],
        payTime=paid["pay_time"],
    )
    (place / "payment.xml").write_text(payment_message(message), encoding="utf-8")
    summary = cleared(tmp_path, place)
    assert summary.documents["payment current"] == 1
    assert summary.outcomes == {"released": 1}, codes(tmp_path / "out", one[ORDER][0])


def test_nothing_but_bad_input(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_bytes(b"a,b\n1,2\n")
    summary = cleared(tmp_path, tmp_path / "in.csv", tmp_path / "none.csv")
    assert summary.parcels == 0
    assert [code for _, _, code in aside(tmp_path / "out")] == ["SP-1102", "SP-1101"]
    assert pl.read_parquet(tmp_path / "out" / "decisions.parquet").is_empty()
