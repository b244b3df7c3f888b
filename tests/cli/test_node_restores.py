"""Operators restore a node while its peer goes on, replace keys, and mistype a passphrase file."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from silkport.cli.node_bodies import example_of
from silkport.model.messages import BY_NAME
from silkport.sim.consignments import write_goods_sample
from tests.cli.shell import run
from tests.cli.test_node import NODES, WAIT_SECONDS, Operator, free_ports
from tests.node.dating import date_anew


class Running:
    """Two nodes of one operator, each in a process that can be stopped and started."""

    def __init__(self, operator: Operator, stack: ExitStack) -> None:
        self.operator = operator
        self._stack = stack
        self._processes: dict[str, subprocess.Popen[str]] = {}

    def start(self, name: str) -> None:
        process = self._stack.enter_context(
            subprocess.Popen(
                self.operator.command("node", "serve", "--as", name),
                cwd=self.operator.folder,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
            )
        )
        assert process.stdout is not None
        assert "serves at port" in process.stdout.readline()
        self._stack.callback(process.send_signal, signal.SIGTERM)
        self._processes[name] = process

    def stop(self, name: str) -> None:
        process = self._processes[name]
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=WAIT_SECONDS) == 0

    def file(self, name: str, folder: str) -> None:
        """Files a folder; what is of a number that is known already is not filed again."""
        words = ("node", "file", folder, "--as", name)
        assert run(*self.operator.words(words)).code in {0, 4}

    def tell(self, name: str, other: str) -> None:
        """Tells of an arrival, whatever the law demands before a release."""
        body = self.operator.folder / "arrival.json"
        body.write_text(json.dumps(example_of(BY_NAME["arrival_notice"])), "utf-8")
        self.operator.run(
            "node", "tell", "arrival_notice", "--as", name, "--to", other, "--file", body.name
        )

    def peer(self, name: str) -> dict[str, Any]:
        """How a node stands with the other."""
        (stand,) = self.operator.json("node", "status", "--as", name)
        found: dict[str, Any] = stand["peers"][0]
        return found

    def until(self, name: str, is_so: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Waits until something is so of what a node says of the other."""
        end, found = time.monotonic() + WAIT_SECONDS, self.peer(name)
        while time.monotonic() < end:
            if is_so(found := self.peer(name)):
                return found
            time.sleep(0.3)
        raise AssertionError(f"{name} does not come to it: {found}")

    def rest(self) -> None:
        """Waits until nothing is under way any more."""
        for name in (*NODES, *NODES):
            self.until(name, lambda one: not one["waiting"] + one["to_apply"] + one["unnumbered"])


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    here = Operator(tmp_path)
    for name, port in zip(NODES, free_ports(2), strict=True):
        here.run("node", "init", "--as", name, "--url", f"https://127.0.0.1:{port}")
        here.run("node", "card", "--as", name, "--out", str(tmp_path / f"{name}.card"))
    for name, other in (NODES, NODES[::-1]):
        here.run("node", "peer", "add", f"{other}.card", "--as", name)
        key = str(here.home / name / "counsel.key")
        here.run("node", "register", "--as", name, "--with", other, "--sign", key)
    for seed in (7, 8, 9):
        goods = tmp_path / f"goods{seed}"
        write_goods_sample(goods, goods=60, seed=seed, suffix="ndjson")
        date_anew(goods, NODES[0])
    with ExitStack() as stack:
        nodes = Running(here, stack)
        for name in NODES:
            nodes.start(name)
        yield nodes


def test_a_node_is_restored_while_its_peer_goes_on(running: Running, tmp_path: Path) -> None:
    one, two = NODES
    here = running.operator
    running.file(one, "goods7")
    running.rest()
    here.run("node", "backup", "--as", one, "--out", str(tmp_path / "kept"))
    running.file(one, "goods8")
    running.rest()
    seen = running.peer(two)["received"]
    running.stop(one)
    (here.home / one).rename(tmp_path / "lost")
    (here.home / one).mkdir()
    shutil.copy(tmp_path / "lost" / "passphrase", here.home / one / "passphrase")
    said = here.run("node", "restore", str(tmp_path / "kept"), "--as", one)
    assert f"peer resume {one} --restored" in said
    running.tell(one, two)
    running.start(one)

    command = f"silkport node peer resume {one} --restored --as {two}"
    assert command in running.until(two, lambda peer: bool(peer["open"]))["open"]
    assert command in running.until(one, lambda peer: "SP-5218" in peer["last_error"])["last_error"]
    assert running.peer(one)["unnumbered"] > 0
    assert "was restored" in here.run("node", "status", "--as", two)
    said = here.run("node", "peer", "resume", one, "--restored", "--as", two)
    assert "Its messages it gets back" in said

    running.until(one, lambda peer: not peer["open"])
    running.rest()
    (back,) = running.peer(one)["regained"]
    assert (back["last"], running.peer(two)["restoration"]["last"]) == (seen, seen)
    assert "no declaration here knows them" in here.run("node", "status", "--as", one)
    assert running.peer(one)["sent"] == running.peer(two)["received"] > seen
    for name in NODES:
        assert here.json("node", "audit", "--as", name)["sound"]
        assert here.json("node", "parked", "--as", name) == []
    again = here.run("node", "peer", "resume", one, "--restored", "--as", two, code=1)
    assert "waits to be accepted" in again


def test_keys_are_replaced_by_card(tmp_path: Path) -> None:
    one, two = NODES
    here, other = Operator(tmp_path), Operator(tmp_path / "other")
    other.folder.mkdir()
    for operator, name in ((here, one), (here, two), (other, two)):
        operator.run("node", "init", "--as", name)
        card = operator.folder / f"{name}.card"
        operator.run("node", "card", "--as", name, "--out", str(card))
    here.run("node", "peer", "add", str(here.folder / f"{two}.card"), "--as", one)
    new = str(other.folder / f"{two}.card")
    refused = here.run("node", "peer", "add", new, "--as", one, code=4)
    assert "--replace" in refused
    said = here.run("node", "peer", "add", new, "--replace", "--as", one)
    assert said.count("certificate SHA-256") == 1, "only that which counts is read aloud"
    (stand,) = here.json("node", "status", "--as", one)
    assert stand["log"]["size"] == 1


@pytest.mark.parametrize("content", [b"\xff\xfe\x00s", "пароль".encode("cp1251"), b"\x80"])
def test_a_passphrase_file_that_is_no_text(tmp_path: Path, content: bytes) -> None:
    here = Operator(tmp_path)
    here.run("node", "init", "--as", "cn")
    (tmp_path / "wrong").write_bytes(content)
    said = here.run("node", "status", "--as", "cn", "--passphrase-file", "wrong", code=1)
    assert "SP-4106" in said
    assert "cannot be read as UTF-8" in said
    assert "Traceback" not in said


def test_keys_say_when_their_certificates_end(tmp_path: Path) -> None:
    here = Operator(tmp_path)
    here.run("node", "init", "--as", "cn")
    before = here.json("node", "keys", "--as", "cn")
    after = here.json("node", "keys", "--as", "cn", "--rotate")
    assert [one["state"] for one in after] == ["former", "current"]
    assert after[0]["certificate_ends"] == before[0]["certificate_ends"]
