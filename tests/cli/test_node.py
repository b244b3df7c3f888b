"""The commands on nodes: two are made, meet, serve, and are looked at, as an operator would."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from silkport.sim.consignments import write_goods_sample
from tests.cli.shell import run
from tests.node.dating import date_anew

NODES = ("cn", "kz")
WAIT_SECONDS = 30


class Operator:
    """Somebody at a shell with a home of his own."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.home = folder, folder / "home"

    def run(self, *words: str, code: int = 0) -> str:
        done = run(*self.words(words))
        assert done.code == code or words[:2] == ("node", "status"), done.words
        return done.words

    def json(self, *words: str, code: int = 0) -> Any:
        done = run(*self.words(words), "--json")
        assert done.code == code or words[:2] == ("node", "status"), done.words
        return done.json

    def words(self, words: tuple[str, ...]) -> list[str]:
        """With the home; files are named as they stand in the operator's folder."""
        inside = [str(self.folder / one) if (self.folder / one).exists() else one for one in words]
        return [*inside, "--home", str(self.home)]

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "silkport.cli.main", *words, "--home", str(self.home)]


def free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        some = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [int(one.getsockname()[1]) for one in some]


@pytest.fixture(scope="module")
def operator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operator]:
    """Two nodes that know each other and serve."""
    here = Operator(tmp_path_factory.mktemp("operator"))
    for name, port in zip(NODES, free_ports(2), strict=True):
        said = here.run("node", "init", "--as", name, "--url", f"https://127.0.0.1:{port}")
        assert "is made" in said
        here.run("node", "card", "--as", name, "--out", str(here.folder / f"{name}.card"))
    for name, other in (NODES, NODES[::-1]):
        here.run("node", "peer", "add", f"{other}.card", "--as", name)
        unsigned = here.run("node", "register", "--as", name, "--with", other, code=4)
        assert "NOT signed" in unsigned
        key = str(here.home / name / "counsel.key")
        here.run("node", "register", "--as", name, "--with", other, "--sign", key)
        assert "in force" in here.run("node", "register", "--as", name, "--with", other)
    with ExitStack() as stack:
        for name in NODES:
            process = stack.enter_context(
                subprocess.Popen(
                    here.command("node", "serve", "--as", name),
                    cwd=here.folder,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    text=True,
                )
            )
            assert process.stdout is not None
            assert "serves at port" in process.stdout.readline()
            stack.callback(process.send_signal, signal.SIGTERM)
        yield here


def settled(operator: Operator) -> list[dict[str, Any]]:
    """How the nodes stand when nothing waits any more."""
    end = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < end:
        stand: list[dict[str, Any]] = operator.json("node", "status")
        waits = [p["waiting"] + p["to_apply"] for one in stand for p in one["peers"]]
        if not any(waits):  # receipts are not acknowledged in turn, so no more can be asked
            return stand
        time.sleep(0.3)
    raise AssertionError(f"the nodes do not come to rest: {stand}")


def test_a_day_of_two_nodes(operator: Operator) -> None:
    for name in NODES:
        goods = operator.folder / f"goods-{name}"
        write_goods_sample(goods, goods=300, seed=7, suffix="ndjson")
        date_anew(goods, name)
    filed = {name: operator.json("node", "file", f"goods-{name}", "--as", name) for name in NODES}
    assert all(one["problems"] == [] for one in filed.values())
    again = operator.json("node", "file", "goods-cn", "--as", "cn")
    assert set(again["states"]) == {"duplicate"}
    stand = {one["node"]: one for one in settled(operator)}
    sent, received = stand["cn"]["peers"][0]["sent"], stand["kz"]["peers"][0]["received"]
    assert sent == received > 0
    released = next(one for one in filed["cn"]["filed"] if one["state"] == "released")
    shown = operator.json("node", "case", released["number"], "--as", "cn")
    assert [one["event"] for one in shown["events"]][:3] == ["file", "register", "release"]
    assert shown["decision"]["lane"] == ""
    assert "已放行" in operator.run("node", "case", released["id"], "--as", "cn", "--lang", "zh")


def test_an_officer_acts_or_is_told_why_not(operator: Operator) -> None:
    stand = operator.json("node", "file", "goods-kz", "--as", "kz")
    waiting = next(one for one in stand["filed"] if one["state"] == "documents_requested")
    said = operator.run(
        "node", "act", waiting["id"], "receive_documents", "--as", "kz", "--who", "Chen"
    )
    assert "registered" in said
    refused = operator.run(
        "node", "act", waiting["id"], "fulfil", "--as", "kz", "--who", "Chen", code=1
    )
    assert "SP-6101" in refused


def test_keys_change_while_both_serve(operator: Operator) -> None:
    before = operator.json("node", "keys", "--as", "cn")
    operator.run("node", "keys", "--as", "cn", "--rotate")
    end = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < end:
        keys = operator.json("node", "keys", "--as", "cn")
        if [one["state"] for one in keys] == ["former", "current"]:
            break
        time.sleep(0.5)
    assert [one["state"] for one in keys] == ["former", "current"]
    assert keys[0]["key"] == before[0]["key"]
    time.sleep(1.5)  # the server shows the new certificate
    operator.run("node", "keys", "--as", "kz", "--rotate")
    settled(operator)


def test_a_suspended_peer_waits_and_goes_on(operator: Operator) -> None:
    operator.run("node", "peer", "suspend", "kz", "--as", "cn", "--reason", "test")
    (stand,) = operator.json("node", "status", "--as", "cn")
    assert (stand["peers"][0]["state"], stand["peers"][0]["reason"]) == ("suspended", "test")
    operator.run("node", "peer", "resume", "kz", "--as", "cn")
    settled(operator)


def test_nothing_is_parked_and_statuses_speak_four_languages(operator: Operator) -> None:
    assert operator.json("node", "parked", "--as", "kz") == []
    for language in ("en", "zh", "ru", "kk"):
        assert "kz" in operator.run("node", "status", "--lang", language)


def test_mistakes_are_explained(operator: Operator) -> None:
    assert "already" in operator.run("node", "init", "--as", "cn", code=4)
    assert "Nothing is known" in operator.run("node", "case", "no such", "--as", "cn", code=1)
    (operator.folder / "bad.card").write_text("{}")
    assert "card" in operator.run("node", "peer", "add", "bad.card", "--as", "cn", code=4)
    (operator.folder / "wrong").write_text("wrong")
    wrong = operator.run("node", "status", "--as", "cn", "--passphrase-file", "wrong", code=1)
    assert "SP-4106" in wrong
