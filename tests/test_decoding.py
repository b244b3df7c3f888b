"""Types that several threads want at the same moment, the first time anything is made of them."""

from __future__ import annotations

import subprocess
import sys

import pytest

AT_ONCE = """
import sys, threading, time
import msgspec
from silkport.model.decoding import converted, decoded

resolving, begun = threading.Event(), threading.Semaphore(0)

def slow():
    resolving.set()
    for _ in range(3):
        begun.acquire(timeout=5)
    time.sleep(0.2)  # whoever has begun goes on while the fields of Inner are resolved
    return int

class Inner(msgspec.Struct):
    amount: "slow()"

class Outer(msgspec.Struct):
    inner: Inner

TEXT = b'{"inner":{"amount":2}}'
MAKE = {
    "decoded": lambda: decoded(TEXT, Outer),
    "converted": lambda: converted(msgspec.json.decode(TEXT), Outer),
    "msgspec": lambda: msgspec.json.decode(TEXT, type=Outer),
}[sys.argv[1]]
made = []

def make():
    begun.release()
    made.append(MAKE().inner.amount)

first = threading.Thread(target=lambda: made.append(MAKE().inner.amount))
first.start()
resolving.wait(5)
others = [threading.Thread(target=make) for _ in range(3)]
for one in others:
    one.start()
for one in [first, *others]:
    one.join()
print(made)
"""


def outcome(way: str) -> tuple[int, str]:
    run = subprocess.run(
        [sys.executable, "-c", AT_ONCE, way],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    return run.returncode, run.stdout.strip()


@pytest.mark.parametrize("way", ["decoded", "converted"])
def test_threads_wait_until_a_type_is_resolved(way: str) -> None:
    assert outcome(way) == (0, "[2, 2, 2, 2]")


def test_the_reason_stands() -> None:
    """Where msgspec waits by itself, model/decoding.py is no longer needed."""
    assert outcome("msgspec")[0] < 0
