"""silkport convert: nothing lost in silence, nothing overwritten unasked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import polars as pl
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
)
from lxml import etree

from silkport.formats.ceb.writing import Sender, write_messages
from silkport.model.records import RECORD_TABLES
from silkport.node.converting import SUFFIXES
from tests.cli.shell import run
from tests.formats.messages import frame, tables_of
from tests.formats.samples import read_all
from tests.formats.test_without_loss import content

SENDER = "1105919159:Port: the first:DXPENT01"
KINDS = ("CEB303", "CEB505", "CEB603", "CEB605", "CEB622", "CEB607")


@pytest.fixture
def messages(tmp_path: Path) -> Path:
    """A folder of messages that need no signature."""
    folder = tmp_path / "in"
    folder.mkdir()
    tables = tables_of(11, *KINDS)
    for one in write_messages(tables, sender=Sender("1105", "Port", "DXPENT01")):
        (folder / one.source).write_bytes(one.data)
    return folder


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


@pytest.mark.parametrize("form", SUFFIXES)
def test_messages_to_tables_and_back(messages: Path, tmp_path: Path, form: str) -> None:
    out = tmp_path / "out"
    result = run("convert", messages, "--to", form, "--out", out, "--json")
    assert result.code == 0
    tables = ("parcels", "movement", "receipt", "transmission")
    assert names(out) == {f"{name}-000001{SUFFIXES[form]}" for name in tables}
    assert result.json["files"] == 4
    want = content(read_all(messages).tables)
    assert content(read_all(out).tables) == want
    assert {name: len(rows) for name, rows in want.items()} == result.json["read"]
    again = tmp_path / "again"
    result = run("convert", out, "--to", "ceb", "--out", again, "--sender", SENDER, "--json")
    assert result.json["set_aside"] == 0
    assert all("transmission." in name for name in result.json["left_out"])
    assert result.code == 4
    del want["transmission"]
    found = content(read_all(again).tables)
    assert len(found.pop("transmission")) == result.json["files"]
    assert found == want


def test_messages_to_messages_keep_their_names(messages: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    for path in messages.iterdir():
        (other / path.name).write_bytes(path.read_bytes())
    out = tmp_path / "out"
    result = run("convert", messages, other, "--to", "ceb", "--out", out, "--sender", SENDER)
    assert result.code == 0
    stems = {path.stem for path in messages.iterdir()}
    assert {path.stem for path in out.iterdir()} == stems | {f"{stem}-2" for stem in stems}
    for path in messages.iterdir():
        assert (out / path.name).read_bytes() == path.read_bytes()


def test_what_cannot_be_carried_over_is_told(tmp_path: Path) -> None:
    good = tables_of(3, "CEB411", known=False)["payment"].with_columns(message=pl.lit(""))
    bad = good.head(1).with_columns(pay_name=pl.lit(""), order_no=pl.lit("BAD"))
    lost = good.head(1).with_columns(ebc_code=pl.lit("E"), order_no=pl.lit("LOST"))
    rows = pl.concat([good, bad, lost])
    flat = pl.DataFrame({f"payment.{name}": rows[name] for name in rows.columns[:-2]})
    flat = flat.rename({"payment.amount_paid_e5": "payment.amount_paid"})
    flat = flat.with_columns(pl.lit("19.05").alias("payment.amount_paid"), pl.lit("1").alias("x"))
    flat.write_csv(tmp_path / "payments.csv")
    (tmp_path / "bad.csv").write_text("a,b\n1,2\n")
    out = tmp_path / "out"
    inputs = (tmp_path / "payments.csv", tmp_path / "bad.csv")
    result = run("convert", *inputs, "--to", "ceb", "--out", out, "--sender", SENDER, "--json")
    assert result.code == 4
    assert result.json["set_aside"] == 2
    assert result.json["problems"] == 1
    assert result.json["left_out"] == {"CEB411 payment.ebc_code": 1}
    assert sum(result.json["written"].values()) == good.height + 1
    log = (out / "convert.log").read_text("utf-8")
    for told in ("payName must be", "bad.csv", "RDG002", "left out: CEB411 payment.ebc_code: 1"):
        assert told in log
    read = read_all(out)
    assert (read.problems, read.set_aside) == ([], [])
    assert read.rows == good.height + 1
    shown = run("convert", *inputs, "--to", "ceb", "--out", tmp_path / "o2", "--sender", SENDER)
    assert shown.code == 4
    assert "payName must be" in shown.words
    assert "convert.log" in shown.words


def test_nothing_is_overwritten_unasked(messages: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    arguments = ("convert", messages, "--to", "csv", "--out", out)
    assert run(*arguments).code == 0
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    (out / "parcels-000001.csv").write_text("mine")
    refused = run(*arguments)
    assert refused.code == 4
    assert "--overwrite" in refused.words
    assert (out / "parcels-000001.csv").read_text() == "mine"
    assert names(out) == set(before)
    assert run(*arguments, "--overwrite").code == 0
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before


def test_an_input_is_never_overwritten(messages: Path) -> None:
    before = {path.name: path.read_bytes() for path in messages.iterdir()}
    arguments = ("--to", "ceb", "--out", messages, "--sender", SENDER, "--overwrite")
    result = run("convert", messages, *arguments)
    assert result.code == 4
    assert "among the inputs" in result.words
    assert {path.name: path.read_bytes() for path in messages.iterdir()} == before


def test_small_inputs_are_put_together(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for number in range(30):
        (folder / f"{number:02}.csv").write_text(f"order.order_no,order.guid\nA{number},g\n")
    out = tmp_path / "out"
    assert run("convert", folder, "--to", "parquet", "--out", out).code == 0
    assert names(out) == {"parcels-000001.parquet"}
    assert pl.read_parquet(out / "parcels-000001.parquet").height == 30


def test_a_text_that_a_workbook_cannot_hold(tmp_path: Path) -> None:
    rows = frame("receipt", [{"guid": "g", "answered_text": "x" * 40_000}])
    flat = pl.DataFrame({f"receipt.{n}": rows[n] for n in ("guid", "answered_text")})
    flat.write_csv(tmp_path / "r.csv")
    result = run("convert", tmp_path / "r.csv", "--to", "xlsx", "--out", tmp_path / "out")
    assert result.code == 4
    assert "receipt.answered_text" in result.words
    assert names(tmp_path / "out") == set()


@cache
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def pem(
    holder: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey,
    encryption: KeySerializationEncryption | None = None,
) -> bytes:
    return holder.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption or NoEncryption())


@pytest.fixture
def papers(tmp_path: Path) -> tuple[Path, Path]:
    """A key and its certificate."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Port")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name)
    builder = builder.public_key(key().public_key()).serial_number(7)
    builder = builder.not_valid_before(now).not_valid_after(now + timedelta(days=2))
    certificate = builder.sign(key(), hashes.SHA256())
    (tmp_path / "key.pem").write_bytes(pem(key()))
    (tmp_path / "cert.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    return tmp_path / "key.pem", tmp_path / "cert.pem"


def test_signed_and_in_envelopes(tmp_path: Path, papers: tuple[Path, Path]) -> None:
    source, out = tmp_path / "in", tmp_path / "out"
    source.mkdir()
    tables = tables_of(2, "CEB621", "CEB303", "CEB622", known=False)
    for one in write_messages(tables, sender=Sender("1105", "Port", "DXPENT01")):
        if not one.unsigned:
            (source / one.source).write_bytes(one.data)
    flat = tmp_path / "flat"
    assert run("convert", source, "--to", "csv", "--out", flat).code == 0
    arguments = ["--to", "ceb", "--out", out, "--sender", SENDER, "--sign", papers[0]]
    arguments += ["--certificate", papers[1], "--envelope", "DXPENT01:DXPEDC01:DXPEDC02"]
    result = run("convert", source, *arguments, "--json")
    assert (result.code, result.json["unsigned"]) == (0, 0)
    read = read_all(out)
    assert (read.problems, read.set_aside) == ([], [])
    sent = {row["message"]: row for row in read.tables["transmission"].to_dicts()}
    assert (sent["CEB303"]["signature"], sent["CEB622"]["signature"]) == ("verified", "")
    for row in sent.values():
        assert row["envelope_id"] == row["guid"]
        assert row["envelope_receivers"] == "DXPEDC01 DXPEDC02"
        assert row["envelope_kind"] == f"{row['message']}Message"
    bare = run("convert", out, "--to", "ceb", "--out", tmp_path / "bare", "--sender", SENDER)
    assert bare.code == 4
    for told in ("CEB303 transmission.signature_xml", "CEB622 transmission.envelope_id"):
        assert f"left out: {told}" in bare.words


def test_messages_that_still_need_a_signature(tmp_path: Path) -> None:
    tables = tables_of(2, "CEB711", known=False)
    rows = tables["movement"]
    flat = pl.DataFrame({f"movement.{n}": rows[n] for n in rows.columns if n[-3:] != "_mg"})
    flat.drop("movement.source", "movement.position").write_csv(tmp_path / "m.csv")
    result = run(
        "convert", tmp_path / "m.csv", "--to", "ceb", "--out", tmp_path / "out", "--sender", SENDER
    )
    assert "still need a signature" in result.words
    root = etree.parse(next((tmp_path / "out").glob("CEB711*.xml"))).getroot()
    assert root.tag.endswith("CEB711Message")


@pytest.mark.parametrize("content_of", ["garbage", "locked", "elliptic"])
def test_keys_that_cannot_sign(
    messages: Path, tmp_path: Path, papers: tuple[Path, Path], content_of: str
) -> None:
    contents = {
        "garbage": b"no key",
        "locked": pem(key(), BestAvailableEncryption(b"secret")),
        "elliptic": pem(ec.generate_private_key(ec.SECP256R1())),
    }
    papers[0].write_bytes(contents[content_of])
    arguments = ["--to", "ceb", "--out", tmp_path / "out", "--sender", SENDER]
    signing = ["--sign", papers[0], "--certificate", papers[1]]
    result = run("convert", messages, *arguments, *signing)
    assert result.code == 4
    assert "SP-1105 the key" in result.words


@pytest.mark.parametrize(
    "arguments",
    [
        ("--to", "pdf"),
        ("--to", "ceb"),
        ("--to", "ceb", "--sender", "1105:Port"),
        ("--to", "csv", "--envelope", "A:B"),
        ("--to", "ceb", "--sender", SENDER, "--envelope", "A"),
        ("--to", "ceb", "--sender", SENDER, "--sign", "README.md"),
        (),
    ],
)
def test_wrong_usage(messages: Path, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    out = tmp_path / "out"
    assert run("convert", messages, "--out", out, *arguments).code == 2
    assert not out.exists()


def test_a_sender_that_does_not_fit(messages: Path, tmp_path: Path) -> None:
    rows = "order.order_no,order.order_type\nA,E\n"
    (tmp_path / "o.csv").write_text(rows)
    sender = f"{'1' * 19}:Port:DXP"
    out = tmp_path / "out"
    (messages / "o.csv").write_text(rows)
    tables = tables_of(4, "CEB403", known=False)["payment"]
    flat = pl.DataFrame({f"payment.{n}": tables[n] for n in tables.columns[:-2]})
    flat = flat.rename({"payment.amount_paid_e5": "payment.amount_paid"})
    flat.with_columns(pl.lit("1").alias("payment.amount_paid")).write_csv(tmp_path / "p.csv")
    result = run("convert", tmp_path / "p.csv", "--to", "ceb", "--out", out, "--sender", sender)
    assert result.code == 4
    assert "copCode" in result.words
    assert names(out) == set()


@pytest.mark.parametrize("language", ["en", "zh", "ru", "kk"])
def test_in_four_languages(messages: Path, tmp_path: Path, language: str) -> None:
    result = run("convert", messages, "--to", "csv", "--out", tmp_path / "out", "--lang", language)
    assert result.code == 0
    assert "parcels" in result.out
    assert "{" not in result.out


@pytest.mark.parametrize("table", [table.name for table in RECORD_TABLES])
def test_a_template_of_another_table(tmp_path: Path, table: str) -> None:
    path = tmp_path / "empty.csv"
    assert run("template", "--table", table, "--out", path).code == 0
    header = path.read_text().strip().split(",")
    guide = run("template", "--table", table, "--json").json
    assert [row["column"] for row in guide] == header
    assert all(name.startswith(f"{table}.") for name in header)
    assert run("template", "--table", "inventory").code == 2
