"""The commands disclosed and node audit, prove, check: as an operator and an outsider use them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from silkport.cli.node_audit import show_audit
from silkport.law.sentences import LANGUAGES
from silkport.node.exchange.applying import apply_some
from silkport.node.exchange.inbox import receive
from silkport.node.exchange.outbox import Outgoing, queue
from silkport.node.exchange.peers import current_key
from silkport.node.exchange.sending import send_next
from silkport.node.home import open_node, passphrase_for
from silkport.node.sovereign import Node
from silkport.node.transparency.audit import audit
from tests.cli.shell import Result, run
from tests.node.lively import lively
from tests.node.worlds import EXPORT


class Direct:
    """A line that hands over within this process."""

    def __init__(self, sender: Node, receiver: Node) -> None:
        pem = sender.state.read(lambda tx: current_key(tx, sender).certificate)
        parsed = x509.load_pem_x509_certificate(pem.encode())
        self._certificate, self._receiver = parsed.public_bytes(Encoding.DER), receiver

    def post(self, url: str, path: str, body: bytes) -> bytes:
        return receive(self._receiver, self._certificate, body)


def opened(home: Path, name: str) -> Node:
    return open_node(home, name, passphrase_for(home, name, None))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two nodes; the first told the second of two exports, of which one arrived."""
    folder = tmp_path_factory.mktemp("audited")
    home = folder / "home"
    for name in ("cn", "kz"):
        assert run("node", "init", "--as", name, "--home", home).code == 0
        card = folder / f"{name}.card"
        assert run("node", "card", "--as", name, "--home", home, "--out", card).code == 0
    for name, other in (("cn", "kz"), ("kz", "cn")):
        card = folder / f"{other}.card"
        assert run("node", "peer", "add", card, "--as", name, "--home", home).code == 0
        key = home / name / "counsel.key"
        signing = ("--with", other, "--sign", key, "--home", home)
        assert run("node", "register", "--as", name, *signing).code == 0
    sender, receiver = opened(home, "cn"), opened(home, "kz")
    try:
        one = Outgoing("export_released", EXPORT | {"invoice_total": "12.5"})
        sender.state.write(lambda tx: queue(tx, sender, "kz", [one]))
        assert send_next(sender, "kz", Direct(sender, receiver)) == 1
        apply_some(receiver, "cn")
        sender.state.write(lambda tx: queue(tx, sender, "kz", [one]))
    finally:
        sender.state.close()
        receiver.state.close()
    return home


def shell(home: Path, *words: object) -> Result:
    return run(*words, "--home", home)


@pytest.mark.parametrize("name", ["cn", "kz"])
def test_audit(home: Path, name: str) -> None:
    result = shell(home, "node", "audit", "--as", name)
    assert result.code == 0, result.words
    assert "Nothing was changed." in result.words
    row = shell(home, "node", "audit", "--as", name, "--json").json
    assert (row["node"], row["sound"], row["faults"], row["unlisted"]) == (name, True, [], 0)
    assert row["size"] == sum(row["leaves"].values()) > 0
    assert row["root"] in result.words
    assert row["batches"] == row["own_heads"] == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_audit_in_four_languages(language: str, capsys: pytest.CaptureFixture[str]) -> None:
    world = lively()
    world.rows("zz", "update outbox set at = 0")
    for name, sound in (("cn", True), ("zz", False)):
        result = audit(world.node(name), lambda *_: None)
        assert result.is_sound == sound
        show_audit(result, language, as_json=False)
    assert not set("{}?") & set(capsys.readouterr().out)


def test_audit_finds_a_changed_byte(home: Path, tmp_path: Path) -> None:
    copy = tmp_path / "home"
    (copy / "cn").mkdir(parents=True)
    for path in (home / "cn").iterdir():
        (copy / "cn" / path.name).write_bytes(path.read_bytes())
    with closing(sqlite3.connect(copy / "cn" / "node.sqlite3")) as database:
        database.execute("update disclosure set record = replace(record, '\"kz\"', '\"ky\"')")
        database.commit()
    result = shell(copy, "node", "audit", "--as", "cn")
    assert result.code == 4
    assert "✗ disclosure kz 1: its content is not what was logged as leaf 1" in result.words
    assert "Nothing was changed." not in result.words
    row = shell(copy, "node", "audit", "--as", "cn", "--json").json
    assert (row["sound"], row["faults"][0]["table"], row["faults"][0]["row"]) == (
        *(False, "disclosure", "kz 1"),
    )


def test_disclosed(home: Path) -> None:
    result = shell(home, "disclosed", "--as", "cn", "--about", " bo & sons")
    assert result.code == 0, result.words
    for words in ("kz 1 goods released for export", "kz 2 goods released", "consignor_name"):
        assert words in result.words
    assert "in the batch of messages 1 to 1" in result.words
    assert "not received yet" in result.words
    assert "6 June 2019" in result.words
    assert "(unverified)" in result.words
    rows = shell(home, "disclosed", "--as", "cn", "--about", "Bo & Sons", "--json").json
    assert [(row["peer"], row["seq"], row["withheld"]) for row in rows] == [
        ("kz", 1, ["invoice_total"]),
        ("kz", 2, ["invoice_total"]),
    ]
    assert rows[0]["grounds"][0]["start"] == "2020-11-21"
    assert rows[0]["grounds"][0]["stop"] is None


def test_nothing_disclosed(home: Path) -> None:
    result = shell(home, "disclosed", "--as", "cn", "--about", "Somebody", "--to", "kz")
    assert (result.code, "Nothing was told." in result.words) == (4, True)
    assert shell(home, "disclosed", "--as", "kz", "--about", "Bo & Sons", "--json").json == []
    unknown = shell(home, "disclosed", "--as", "cn", "--about", "Bo & Sons", "--to", "zz")
    assert (unknown.code, "SP-5201" in unknown.words) == (1, True)


@pytest.mark.parametrize("language", LANGUAGES)
def test_disclosed_in_four_languages(home: Path, language: str) -> None:
    words = ("disclosed", "--as", "cn", "--about", "Bo & Sons", "--lang", language)
    assert not set("{}") & set(shell(home, *words).out)


def test_a_proof_for_an_outsider(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "proof.json"
    assert shell(home, "node", "prove", "kz", 1, "--as", "cn", "--out", file).code == 0
    keys = []
    for name in ("cn", "kz"):
        with closing(sqlite3.connect(home / name / "node.sqlite3")) as database:
            (public,) = database.execute("select public from own_key").fetchone()
        keys += ["--key", f"{name}={public.hex()}"]
    result = run("node", "check", file, *keys)
    assert result.code == 0, result.words
    assert "The message was exchanged" in result.words
    assert run("node", "check", file, *keys, "--json").json == {"proves": True, "wrong": []}
    printed = shell(home, "node", "prove", "cn", 1, "--as", "kz", "--received")
    assert printed.json["message"] == {
        "text": file.read_text("utf-8").split('"text":"')[1].split('"},"node"')[0]
        .encode().decode("unicode_escape")
    }  # fmt: skip
    alone = run("node", "check", file, *keys[:2])
    assert (alone.code, "not signed by a key of kz" in alone.words) == (4, True)
    file.write_bytes(file.read_bytes().replace(b"KHG-000015", b"KHG-000016"))
    changed = run("node", "check", file, *keys)
    assert changed.code == 4
    assert "The message is not in the batch that was signed." in changed.words
    assert run("node", "check", file, "--key", "cn=none").code == 2


def test_what_cannot_be_proven(home: Path) -> None:
    for number in (2, 99):
        result = shell(home, "node", "prove", "kz", number, "--as", "cn")
        assert (result.code, "SP-4102" in result.words) == (1, True)
