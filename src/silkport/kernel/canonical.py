"""Canonical JSON: the one sequence of bytes that is signed, digested and exchanged.

A subset of RFC 8785 on which every implementation agrees: ASCII keys, no floats, integers
that a double holds exactly. Anything else is refused rather than converted.
"""

from __future__ import annotations

import hashlib
import json

from silkport.kernel.errors import InvalidValue
from silkport.kernel.limits import MAX_NESTING

MAX_INTEGER = 2**53 - 1
"""The largest size of an integer. Source: RFC 8785, section 3.2.2.3, and RFC 7493, section 2.2."""

_ENCODER = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")
)


def canonical_bytes(value: object) -> bytes:
    """The canonical UTF-8 bytes of a value.

    Args:
        value: None, bool, int, str, or lists, tuples and dicts of these; a tuple is a list.
    Raises InvalidValue for floats and other types, integers of 2**53 and beyond, keys that are
    not ASCII text, unpaired surrogates, and nesting deeper than MAX_NESTING.
    """
    _demand_canonical(value, MAX_NESTING)
    try:
        return _ENCODER.encode(value).encode("utf-8")
    except UnicodeEncodeError:
        reason = "it has an unpaired surrogate"
        raise InvalidValue(what="text of a message", value="?", reason=reason) from None


def digest(value: object) -> str:
    """The SHA-256 of the canonical bytes of a value, in 64 lower-case hexadecimal digits."""
    return digest_bytes(canonical_bytes(value))


def digest_bytes(data: bytes) -> str:
    """The SHA-256 of bytes as they are, in 64 lower-case hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def _demand_canonical(value: object, depth: int) -> None:
    if value is None or isinstance(value, str | bool):
        return
    if isinstance(value, int):
        if abs(value) > MAX_INTEGER:
            reason = "it is beyond 2**53 - 1; send it as text"
            size = f"about 2**{value.bit_length()}"
            raise InvalidValue(what="an integer of a message", value=size, reason=reason)
        return
    if not isinstance(value, dict | list | tuple):
        reason = "messages hold text, integers, truth values, lists and objects"
        raise InvalidValue(what="a value of a message", value=type(value).__name__, reason=reason)
    if depth == 0:
        reason = f"it is nested deeper than {MAX_NESTING}"
        raise InvalidValue(what="a message", value=type(value).__name__, reason=reason)
    if isinstance(value, dict):
        for key in value:
            if not (isinstance(key, str) and key.isascii()):
                reason = "keys are ASCII text"
                raise InvalidValue(what="a key of a message", value=repr(key)[:60], reason=reason)
    for inner in value.values() if isinstance(value, dict) else value:
        if type(inner) is not str:  # most are: they need no call
            _demand_canonical(inner, depth - 1)
