"""The edge towards the engines that decode foreign bytes: their failures become UnreadableFile."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from silkport.formats.reading import SPLINTERS
from silkport.kernel.errors import UnreadableFile


@contextmanager
def sound_engine(
    source: str,
    expected: str,
    *,
    position: int = 0,
    faults: tuple[type[BaseException], ...] = SPLINTERS,
) -> Iterator[None]:
    """Turns what an engine throws at damaged bytes into UnreadableFile at `position`.

    Engines written in Rust report some damage as a panic, which is no ordinary Exception.
    """
    try:
        yield
    except faults as fault:
        raise _unreadable(source, expected, position, fault) from fault
    except BaseException as fault:
        if type(fault).__name__ != "PanicException":
            raise
        raise _unreadable(source, expected, position, fault) from fault


def _unreadable(source: str, expected: str, position: int, fault: BaseException) -> UnreadableFile:
    reason = " ".join(str(fault).split())[:200] or type(fault).__name__
    if position:
        reason = f"from row {position} on, {reason}"
    return UnreadableFile(source=source, expected=expected, reason=reason, position=position)
