"""Values of a type, made of what was stored or received, whatever other threads do.

msgspec resolves the fields of a struct when the first value of it is made. A second thread that
comes to the same type in that moment finds it half resolved, and its process dies of a segmentation
fault (msgspec 0.22.0: two requests to a node that was just started). Here one thread at a time
resolves a type, before anything is made of it; nothing else in the package may (test_tidy.py).
"""

from __future__ import annotations

from threading import Lock
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")

_RESOLVING = Lock()
_DECODERS: dict[Any, msgspec.json.Decoder[Any]] = {}


def _decoder(shape: Any) -> msgspec.json.Decoder[Any]:
    found = _DECODERS.get(shape)
    if found is None:
        with _RESOLVING:
            found = _DECODERS[shape] = msgspec.json.Decoder(shape)
    return found


def decoded(content: bytes, shape: type[T]) -> T:
    """A value of a type from its JSON.

    Raises msgspec.DecodeError, msgspec.ValidationError.
    """
    value: T = _decoder(shape).decode(content)
    return value


def converted(value: Any, shape: Any) -> Any:
    """A value of a type, or of one of several, from dicts, lists and plain values.

    Raises msgspec.ValidationError.
    """
    _decoder(shape)
    return msgspec.convert(value, shape)
