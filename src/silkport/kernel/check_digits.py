"""Check digits of identifiers: weight tables, arithmetic, and completion for invented samples.

The tables are public because rule sheets use the same numbers.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from silkport.kernel.errors import InvalidValue

CN_RESIDENT_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
"""Weights of the first 17 digits of a Chinese resident number. Source: GB 11643-1999."""

CN_RESIDENT_CHECKS = "10X98765432"
"""Check character by the remainder of the weighted sum modulo 11. Source: GB 11643-1999."""

KZ_WEIGHTS = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)
"""Weights of the first 11 digits of a Kazakh IIN or BIN. Source: Government Decree 565 (2003)."""

KZ_RETRY_WEIGHTS = (3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2)
"""Weights tried when the first remainder is 10; a second 10 means the number is never issued."""

S10_WEIGHTS = (8, 6, 4, 2, 3, 5, 9, 7)
"""Weights of the serial number of a postal item. Source: UPU standard S10."""

GTIN_WEIGHTS = (3, 1)
"""Weights of trade item digits in turn, from the right. Source: GS1 General Specifications."""

VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
"""Weights of a vehicle number; the ninth place is the check. Source: 49 CFR 565.15."""

VIN_VALUES = dict(
    zip(
        "0123456789ABCDEFGHJKLMNPRSTUVWXYZ",
        (*range(10), *range(1, 9), *range(1, 6), 7, 9, *range(2, 10)),
        strict=True,
    )
)
"""Value of each character of a vehicle number. Source: 49 CFR 565.15, table III."""


def weighted_sum(digits: str, weights: Sequence[int]) -> int:
    """The sum of ASCII digits, each times its weight; both have the same length."""
    return sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True))


def cn_resident_check(first17: str) -> str:
    """The 18th character of a Chinese resident number: a digit or X (ISO 7064, MOD 11-2)."""
    return CN_RESIDENT_CHECKS[weighted_sum(first17, CN_RESIDENT_WEIGHTS) % 11]


def kz_check(first11: str) -> str | None:
    """The 12th digit of an IIN or BIN, or None when these eleven are never issued."""
    for weights in (KZ_WEIGHTS, KZ_RETRY_WEIGHTS):
        rest = weighted_sum(first11, weights) % 11
        if rest < 10:
            return str(rest)
    return None


def s10_check(serial8: str) -> str:
    """The ninth digit of a postal item: 11 less the remainder; 10 becomes 0 and 11 becomes 5."""
    check = 11 - weighted_sum(serial8, S10_WEIGHTS) % 11
    return {10: "0", 11: "5"}.get(check, str(check))


def gtin_check(body: str) -> str:
    """The last digit of a trade item number, from all digits before it."""
    heavy, light = GTIN_WEIGHTS
    total = sum(
        int(digit) * (light if place % 2 else heavy) for place, digit in enumerate(body[::-1])
    )
    return str(-total % 10)


def vin_check(vin: str) -> str:
    """The ninth character that a North American vehicle number of 17 characters must have."""
    total = sum(VIN_VALUES[char] * weight for char, weight in zip(vin, VIN_WEIGHTS, strict=True))
    return "0123456789X"[total % 11]


def complete_cn_resident_id(first17: str) -> str:
    """A resident number from its first 17 digits. Raises InvalidValue for anything else."""
    _demand(first17, "[0-9]{17}", "the beginning of a resident number")
    return first17 + cn_resident_check(first17)


def complete_kz_iin(first11: str) -> str | None:
    """An IIN or BIN from its first 11 digits, or None when they are never issued.

    Raises InvalidValue for anything but eleven digits.
    """
    _demand(first11, "[0-9]{11}", "the beginning of an IIN or BIN")
    check = kz_check(first11)
    return None if check is None else first11 + check


def complete_s10(service: str, serial8: str, country: str) -> str:
    """A postal item number such as "RR473124829CN" from service, serial number and country.

    Raises InvalidValue unless they are two letters, eight digits and two letters.
    """
    _demand(service, "[A-Z]{2}", "a postal service")
    _demand(serial8, "[0-9]{8}", "a postal serial number")
    _demand(country, "[A-Z]{2}", "a country of posting")
    return f"{service}{serial8}{s10_check(serial8)}{country}"


def complete_gtin13(first12: str) -> str:
    """A trade item number from its first 12 digits. Raises InvalidValue for anything else."""
    _demand(first12, "[0-9]{12}", "the beginning of a trade item number")
    return first12 + gtin_check(first12)


def _demand(text: str, pattern: str, what: str) -> None:
    if re.fullmatch(pattern, text) is None:
        raise InvalidValue(what=what, value=text[:60], reason=f"it must match {pattern}")
