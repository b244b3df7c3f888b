"""Identifiers that Silkport gives: parcels, events, persons under a pseudonym, several as one."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence

from silkport.kernel.errors import InvalidValue

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O or U, so that it can be read aloud and copied by hand."""

LINK_CHARS = 8
RANDOM_BITS = 74
RANDOM_BYTES = 10
MIN_KEY_BYTES = 16

_PAIRS = [high + low for high in CROCKFORD for low in CROCKFORD]
_HASH = hashlib.blake2b(digest_size=10, person=b"silkport")
_LOW = (1 << 40) - 1
_MAX_MILLISECONDS = 2**48 - 1
_MAX_RANDOM = (1 << RANDOM_BITS) - 1


def as_key(*parts: str) -> str:
    """Several numbers as one text, such that no others give the same: `consignment/house`.

    A slash within a number is written "~1" and a tilde "~0", so numbers without them stand as they
    are. Source: RFC 6901 (JSON Pointer), section 3.
    """
    return "/".join(part.replace("~", "~0").replace("/", "~1") for part in parts)


def parts_of(text: str) -> tuple[str, ...]:
    """The numbers that `as_key` made one text of."""
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in text.split("/"))


def two_meant(text: str) -> list[tuple[str, str]]:
    """The two numbers that `CONSIGNMENT/HOUSE` may mean: as `as_key` writes them, or as they are.

    People write numbers as they are, slashes and all, so one text may have several meanings.
    """
    plain = [(text[:at], text[at + 1 :]) for at, sign in enumerate(text) if sign == "/"]
    escaped = parts_of(text)
    both = [(escaped[0], escaped[1])] if len(escaped) == 2 else []
    return list(dict.fromkeys(both + plain))


def _spell(bits: int) -> str:
    """40 bits as 8 characters."""
    high, low = bits >> 20, bits & 0xFFFFF
    return _PAIRS[high >> 10] + _PAIRS[high & 1023] + _PAIRS[low >> 10] + _PAIRS[low & 1023]


def _bits_of(text: str) -> int:
    """80 bits of a digest of `text`."""
    hasher = _HASH.copy()
    hasher.update(text.encode())
    return int.from_bytes(hasher.digest(), "big")


def link_of(order_no: str) -> str:
    """The shard key of an order: 8 characters (40 bits) that every document of it shares."""
    return _spell(_bits_of(order_no) >> 40)


def links(order_nos: Iterable[str]) -> list[str]:
    """`link_of` each order number, in order."""
    return [link_of(order_no) for order_no in order_nos]


def parcel_id(administration: str, ebc_code: str, order_no: str) -> str:
    """The id of a parcel, the same wherever its order and merchant are known.

    `administration`, a hyphen, 8 characters from the order number (`link_of`) and 8 from the
    order number and the merchant's code: "cn-0A1B2C3DEFGHJKMN". 80 bits tell a thousand million
    parcels apart; it says nothing about the buyer.
    """
    return parcel_ids(administration, [ebc_code], [order_no])[0]


def parcel_ids(
    administration: str, ebc_codes: Sequence[str], order_nos: Sequence[str]
) -> list[str]:
    """`parcel_id` for each merchant's code and order number, taken in parallel.

    Raises InvalidValue when there are more of one than of the other.
    """
    if len(ebc_codes) != len(order_nos):
        reason = f"there are {len(order_nos)} order numbers"
        raise InvalidValue(what="the count of merchants", value=len(ebc_codes), reason=reason)
    merchants = {ebc_code: _bits_of(ebc_code) & _LOW for ebc_code in set(ebc_codes)}
    ids = []
    for ebc_code, order_no in zip(ebc_codes, order_nos, strict=True):
        bits = _bits_of(order_no)
        own = (bits & _LOW) ^ merchants[ebc_code]
        ids.append(f"{administration}-{_spell(bits >> 40)}{_spell(own)}")
    return ids


def pseudonym(key: bytes, person: str) -> str:
    """The name under which a person's purchases are added up: 32 hexadecimal digits.

    Without the key the identity number cannot be found again by trying them all.

    Args:
        key: the node's secret, 16 to 64 bytes.
        person: identity number; case and surrounding spaces do not matter. Absent ("") gives "".
    Raises InvalidValue when the key is too short or too long.
    """
    return pseudonyms(key, (person,))[0]


def pseudonyms(key: bytes, persons: Iterable[str]) -> list[str]:
    """`pseudonym` of each person, in order."""
    if not MIN_KEY_BYTES <= len(key) <= hashlib.blake2b.MAX_KEY_SIZE:
        reason = f"it must have {MIN_KEY_BYTES} to {hashlib.blake2b.MAX_KEY_SIZE} bytes"
        raise InvalidValue(what="the length of a key", value=len(key), reason=reason)
    keyed = hashlib.blake2b(digest_size=16, key=key, person=b"silkport")
    names = []
    for person in persons:
        number = person.strip().upper()
        hasher = keyed.copy()
        hasher.update(number.encode())
        names.append(hasher.hexdigest() if number else "")
    return names


def time_ordered_id(milliseconds: int, randomness: bytes) -> str:
    """An id that sorts by time: 26 characters for the 128 bits of a version 7 UUID.

    Args:
        milliseconds: since 1970-01-01T00:00Z.
        randomness: 10 bytes, of which 74 bits are used.
    Raises InvalidValue when the time or the randomness does not fit.
    Source: RFC 9562, section 5.7.
    """
    return _id_of(milliseconds, _random_bits(randomness))


def milliseconds_of(identifier: str) -> int:
    """The time inside a time-ordered id, in milliseconds since 1970-01-01T00:00Z.

    Raises InvalidValue when the text is not such an id.
    """
    value = 0
    for char in identifier:
        digit = CROCKFORD.find(char)
        if digit < 0:
            break
        value = value << 5 | digit
    else:
        if len(identifier) == 26 and value >> 76 & 15 == 7 and value >> 62 & 3 == 2:
            milliseconds = value >> 80
            if milliseconds <= _MAX_MILLISECONDS:
                return milliseconds
    raise InvalidValue(what="a time-ordered id", value=identifier, reason="it has another form")


def uuid_text(identifier: str) -> str:
    """A time-ordered id as the 36 characters of its UUID. Raises InvalidValue for other text."""
    milliseconds_of(identifier)
    value = 0
    for char in identifier:
        value = value << 5 | CROCKFORD.index(char)
    digits = f"{value:032x}"
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


class TimeOrderedIds:
    """Gives ids, each greater than the one before, even when the clock stands or steps back.

    Args:
        clock: milliseconds since 1970-01-01T00:00Z.
        randomness: ten fresh bytes.
    Within one millisecond the random part is counted up, and when it is full the next
    millisecond is used ahead of the clock. Not to be shared between threads.
    """

    def __init__(self, clock: Callable[[], int], randomness: Callable[[], bytes]) -> None:
        self._clock = clock
        self._randomness = randomness
        self._milliseconds = -1
        self._random = 0

    def next(self) -> str:
        """The next id. Raises InvalidValue when clock or randomness give what does not fit."""
        now = self._clock()
        if now > self._milliseconds:
            fresh = _random_bits(self._randomness())
        elif self._random < _MAX_RANDOM:
            now, fresh = self._milliseconds, self._random + 1
        else:
            now, fresh = self._milliseconds + 1, _random_bits(self._randomness())
        identifier = _id_of(now, fresh)
        self._milliseconds, self._random = now, fresh
        return identifier


def _random_bits(randomness: bytes) -> int:
    if len(randomness) != RANDOM_BYTES:
        reason = f"it must have {RANDOM_BYTES} bytes"
        raise InvalidValue(what="the length of randomness", value=len(randomness), reason=reason)
    return int.from_bytes(randomness, "big") & _MAX_RANDOM


def _id_of(milliseconds: int, random: int) -> str:
    if not 0 <= milliseconds <= _MAX_MILLISECONDS:
        reason = "48 bits do not hold it"
        raise InvalidValue(what="a time in milliseconds", value=milliseconds, reason=reason)
    high, low = random >> 62, random & (2**62 - 1)
    value = milliseconds << 80 | 7 << 76 | high << 64 | 2 << 62 | low
    return "".join(_PAIRS[value >> shift & 1023] for shift in range(120, -1, -10))
