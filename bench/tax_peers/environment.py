"""Peers of the tax engine, each in a Python environment of its own outside the repository.

They are run as separate programs and handed files; nothing of them is imported by the project.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
INSTALL_SECONDS = 300
RUN_SECONDS = 300
REASON_CHARS = 200


@dataclass(frozen=True, slots=True)
class Peer:
    """A peer: its name, the package that is installed, its script, its licence."""

    name: str
    requirement: str
    script: str
    licence: str


PEERS = (
    Peer("zen-engine", "zen-engine==2.1.3", "run_zen.py", "MIT"),
    Peer("OpenFisca-Core", "openfisca-core==46.0.1", "run_openfisca.py", "AGPL-3.0"),
)


class PeerMissing(Exception):
    """The peer cannot be installed or run here, with the reason."""


def home_of_peers() -> Path:
    """Where environments are kept between runs: the user's cache."""
    cache = os.environ.get("XDG_CACHE_HOME")
    return (Path(cache) if cache else Path.home() / ".cache") / "silkport-tax-peers"


def figures(peer: Peer, home: Path, lines: Path) -> list[dict[str, Any]]:
    """What the script of a peer measured on `lines`. Raises PeerMissing."""
    python = _python_with(peer, home)
    command = [str(python), "-B", str(HERE / peer.script), str(lines)]
    said = _said(command, RUN_SECONDS, f"{peer.name} did not run")
    found: list[dict[str, Any]] = json.loads(said)
    return found


def _python_with(peer: Peer, home: Path) -> Path:
    """The Python that has the peer; made once, and anew for another version."""
    folder = home / peer.name
    python, ready = folder / "bin" / "python", folder / "ready"
    made_for = f"{peer.requirement} {sys.version.split()[0]}"
    if ready.is_file() and ready.read_text("utf-8") == made_for and python.exists():
        return python
    failed = f"{peer.name} was not installed"
    make = [sys.executable, "-m", "venv", "--clear", str(folder)]
    pip = [str(python), "-m", "pip", "install", "--no-input", "--disable-pip-version-check"]
    _said(make, INSTALL_SECONDS, failed)
    _said([*pip, "--quiet", peer.requirement], INSTALL_SECONDS, failed)
    ready.write_text(made_for, "utf-8")
    return python


def _said(command: list[str], seconds: int, failed: str) -> str:
    """The output of a command. Raises PeerMissing with the line of its complaint that says most."""
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=True,
            env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
        )
    except subprocess.TimeoutExpired as late:
        raise PeerMissing(f"{failed} in {seconds} s") from late
    except subprocess.CalledProcessError as refused:
        lines = [line for line in refused.stderr.splitlines() if line.strip()]
        telling = [line for line in lines if "Error" in line or "ERROR" in line] or lines[-1:]
        reason = telling[-1][:REASON_CHARS] if telling else "no reason given"
        raise PeerMissing(f"{failed}: {reason}") from refused
    return done.stdout
