"""A line between two ports of this machine that can be cut, for nodes that are real processes."""

from __future__ import annotations

import select
import socket
import threading
from contextlib import suppress

HERE = "127.0.0.1"
_CONNECT_SECONDS = 5
_LOOK_SECONDS = 0.2
_PIECE_BYTES = 65_536


class CutLine:
    """Carries bytes to a port until it is cut: then what is open breaks, and nothing new passes.

    Attributes:
        to: the port that it leads to.
        port: the port to call it at.
    """

    def __init__(self, to: int) -> None:
        self.to = to
        self._is_cut = False
        self._goes = True
        self._open: set[socket.socket] = set()
        self._listener = socket.create_server((HERE, 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, name="silkport line", daemon=True).start()

    def cut(self) -> None:
        """Breaks what is open; from now on nothing passes."""
        self._is_cut = True
        for one in list(self._open):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def mend(self) -> None:
        """What is called from now on passes."""
        self._is_cut = False

    def close(self) -> None:
        """Ends it for good."""
        self._goes = False
        self.cut()
        self._listener.close()

    def _accept(self) -> None:
        while self._goes:
            try:
                inside, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._carry, args=(inside,), daemon=True).start()

    def _carry(self, inside: socket.socket) -> None:
        with inside, suppress(OSError):
            if self._is_cut:
                return
            with socket.create_connection((HERE, self.to), timeout=_CONNECT_SECONDS) as outside:
                self._pass(inside, outside)

    def _pass(self, inside: socket.socket, outside: socket.socket) -> None:
        other = {inside: outside, outside: inside}
        self._open |= set(other)
        try:
            while self._goes and not self._is_cut:
                ready, _, _ = select.select(list(other), [], [], _LOOK_SECONDS)
                for one in ready:
                    data = one.recv(_PIECE_BYTES)
                    if not data:
                        return
                    other[one].sendall(data)
        finally:
            self._open -= set(other)


def free_port() -> int:
    """A port of this machine that nobody listens at now."""
    with socket.create_server((HERE, 0)) as one:
        return int(one.getsockname()[1])
