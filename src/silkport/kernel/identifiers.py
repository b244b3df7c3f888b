"""Identifiers of goods, persons, boxes and papers: whether one can be right, and why not.

Identifiers are ASCII. Full-width characters, lower case and spaces are named as the fault,
never silently put right. That an identifier is well formed does not mean that it was issued.
Sentences do not repeat the identifier, because some are personal data.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from stdnum import ean, iso6346, luhn
from stdnum.cn import uscc

from silkport.kernel.check_digits import (
    CN_RESIDENT_CHECKS,
    CN_RESIDENT_WEIGHTS,
    GTIN_WEIGHTS,
    KZ_RETRY_WEIGHTS,
    KZ_WEIGHTS,
    S10_WEIGHTS,
    cn_resident_check,
    complete_cn_resident_id,
    complete_gtin13,
    complete_kz_iin,
    complete_s10,
    kz_check,
    s10_check,
    vin_check,
)
from silkport.kernel.errors import InvalidValue

__all__ = [
    "CN_RESIDENT_CHECKS",
    "CN_RESIDENT_WEIGHTS",
    "GTIN_WEIGHTS",
    "KZ_RETRY_WEIGHTS",
    "KZ_WEIGHTS",
    "S10_WEIGHTS",
    "IdKind",
    "complete_cn_resident_id",
    "complete_gtin13",
    "complete_kz_iin",
    "complete_s10",
    "is_aeo",
    "is_cn_declaration_no",
    "is_cn_inventory_no",
    "is_cn_pre_no",
    "is_cn_resident_id",
    "is_customs10",
    "is_eaeu_declaration_no",
    "is_gtin",
    "is_hs_code",
    "is_iso6346",
    "is_kz_bin",
    "is_kz_iin",
    "is_s10",
    "is_uscc",
    "is_valid",
    "is_vin",
    "is_wagon",
    "vin_check_digit",
    "why_not",
]


class IdKind(StrEnum):
    """The kinds of identifier that can be checked."""

    HS_CODE = "hs_code"
    HS_CODE_NATIONAL = "hs_code_national"
    USCC = "uscc"
    CUSTOMS10 = "customs10"
    CN_RESIDENT_ID = "cn_resident_id"
    KZ_IIN = "kz_iin"
    KZ_BIN = "kz_bin"
    ISO6346 = "iso6346"
    WAGON = "wagon"
    GTIN = "gtin"
    S10 = "s10"
    VIN = "vin"
    CN_DECLARATION_NO = "cn_declaration_no"
    CN_INVENTORY_NO = "cn_inventory_no"
    CN_PRE_NO = "cn_pre_no"
    EAEU_DECLARATION_NO = "eaeu_declaration_no"
    AEO = "aeo"


_CHECK_DIGIT = "The check digit does not fit the other characters."
_NO_DATE = "The date inside is not a day of the calendar."
_CENTURY_OF_IIN = {"1": 1800, "2": 1800, "3": 1900, "4": 1900, "5": 2000, "6": 2000}


@dataclass(frozen=True, slots=True)
class _Rule:
    """A shape, the sentence when it is missed, and what else must hold."""

    shape: re.Pattern[str]
    sentence: str
    further: Callable[[str], str | None]


def why_not(kind: IdKind | str, text: str) -> str | None:
    """Why a text cannot be an identifier of a kind, in one sentence, or None when it can.

    Raises InvalidValue when the kind itself is unknown.
    """
    try:
        rule = _RULES[IdKind(kind)]
    except ValueError:
        reason = "no such identifier is checked"
        raise InvalidValue(what="a kind of identifier", value=kind, reason=reason) from None
    if rule.shape.fullmatch(text) is None:
        return _unlawful_character(text) or rule.sentence
    return rule.further(text)


def is_valid(kind: IdKind | str, text: str) -> bool:
    """Whether a text can be an identifier of a kind. Raises InvalidValue for unknown kinds."""
    return why_not(kind, text) is None


def _unlawful_character(text: str) -> str | None:
    if not text:
        return "It is empty."
    if not text.isascii():
        return "It has a full-width or other character outside ASCII."
    if any(char.isspace() or not char.isprintable() for char in text):
        return "It has a space or an invisible character."
    if any(char.islower() for char in text):
        return "It has a lower-case letter."
    return None


def _day_exists(year: str | int, month: str, day: str) -> bool:
    try:
        date(int(year), int(month), int(day))
    except ValueError:
        return False
    return True


def _nothing_more(_text: str) -> str | None:
    return None


def _when(holds: Callable[[str], bool], sentence: str) -> Callable[[str], str | None]:
    return lambda text: None if holds(text) else sentence


def _cn_resident(text: str) -> str | None:
    if not _day_exists(text[6:10], text[10:12], text[12:14]):
        return _NO_DATE
    return None if text[17] == cn_resident_check(text[:17]) else _CHECK_DIGIT


def _kz_iin(text: str) -> str | None:
    century = _CENTURY_OF_IIN.get(text[6])
    if century is None:
        return "The seventh digit names no century and sex (1 to 6)."
    if not _day_exists(century + int(text[:2]), text[2:4], text[4:6]):
        return _NO_DATE
    return None if text[11] == kz_check(text[:11]) else _CHECK_DIGIT


def _kz_bin(text: str) -> str | None:
    if not 1 <= int(text[2:4]) <= 12:
        return "The third and fourth digits are not a month."
    if text[4] not in "456":
        return "The fifth digit names no kind of business (4, 5 or 6)."
    if text[5] not in "0123":
        return "The sixth digit names no kind of office (0 to 3)."
    return None if text[11] == kz_check(text[:11]) else _CHECK_DIGIT


def _cn_pre_no(text: str) -> str | None:
    return None if _day_exists(text[1:5], text[5:7], text[7:9]) else _NO_DATE


def _eaeu_declaration(text: str) -> str | None:
    _, day, _ = text.split("/")
    return None if _day_exists(f"20{day[4:]}", day[2:4], day[:2]) else _NO_DATE


def _aeo(text: str) -> str | None:
    if text.startswith("AEOCN") and not is_customs10(text[5:]):
        return "After AEOCN a Chinese authorised operator has its 10-character customs code."
    return None


def _uscc_checks(text: str) -> bool:
    return uscc.calc_check_digit(text[:-1]) == text[-1]


def _iso6346_checks(text: str) -> bool:
    return iso6346.calc_check_digit(text[:-1]) == text[-1]


def _wagon_checks(text: str) -> bool:
    """Numbers of seven digits carry no check digit."""
    return len(text) == 7 or bool(luhn.is_valid(text))


def _gtin_checks(text: str) -> bool:
    return ean.calc_check_digit(text[:-1]) == text[-1]


def _rule(shape: str, sentence: str, further: Callable[[str], str | None] = _nothing_more) -> _Rule:
    return _Rule(re.compile(shape), sentence, further)


_CHAPTER = "(?!00|77)[0-9]{2}"
_HS_TAIL = "(?:[0-9]{2}){1,4}"
_HS_SENTENCE = "A tariff code has 4, 6, 8 or 10 digits and begins with a chapter"

_RULES: dict[IdKind, _Rule] = {
    # Source: Harmonized System Convention: chapters 01 to 97, 77 reserved; 98, 99 national.
    IdKind.HS_CODE: _rule(
        f"(?!98|99){_CHAPTER}{_HS_TAIL}", f"{_HS_SENTENCE}, 01 to 97 but not 77."
    ),
    IdKind.HS_CODE_NATIONAL: _rule(
        f"{_CHAPTER}{_HS_TAIL}", f"{_HS_SENTENCE}, 01 to 99 but not 77."
    ),
    # Source: GB 32100-2015: authority, kind, region, organisation, check; no I, O, S, V, Z.
    IdKind.USCC: _rule(
        "[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}",
        "A unified social credit code has 18 characters, the third to eighth digits,"
        " without I, O, S, V and Z.",
        _when(_uscc_checks, _CHECK_DIGIT),
    ),
    # Region of four digits, kind of zone and of business, serial number.
    IdKind.CUSTOMS10: _rule(
        "[0-9]{4}[0-9A-Z]{6}",
        "A Chinese customs company code has 10 characters, the first four digits.",
    ),
    # Source: GB 11643-1999. The region is not looked up: regions are renamed and merged.
    IdKind.CN_RESIDENT_ID: _rule(
        "[0-9]{6}(?:18|19|20)[0-9]{9}[0-9X]",
        "A resident number has 17 digits with the date of birth, and a digit or X.",
        _cn_resident,
    ),
    # Source: Government Decree 565 (2003) of Kazakhstan.
    IdKind.KZ_IIN: _rule("[0-9]{12}", "An IIN has 12 digits.", _kz_iin),
    IdKind.KZ_BIN: _rule("[0-9]{12}", "A BIN has 12 digits.", _kz_bin),
    # Source: ISO 6346:2022; R is carried by some refrigerated units.
    IdKind.ISO6346: _rule(
        "[A-Z]{3}[UJZR][0-9]{7}",
        "A container number has three letters of the owner, U, J, Z or R, and seven digits.",
        _when(_iso6346_checks, _CHECK_DIGIT),
    ),
    # 8 digits on the gauge of 1520 mm (weights 2, 1, ... of the eight-digit numbering of 2005) and
    # 12 by UIC 438-2, both Luhn; China's own wagons: 7 without a check digit, from memory.
    IdKind.WAGON: _rule(
        "[0-9]{7,8}|[0-9]{12}",
        "A wagon number has 7, 8 or 12 digits.",
        _when(_wagon_checks, _CHECK_DIGIT),
    ),
    # Source: GS1 General Specifications.
    IdKind.GTIN: _rule(
        "[0-9]{8}|[0-9]{12,14}",
        "A trade item number has 8, 12, 13 or 14 digits.",
        _when(_gtin_checks, _CHECK_DIGIT),
    ),
    # Source: UPU standard S10.
    IdKind.S10: _rule(
        "[A-Z]{2}[0-9]{9}[A-Z]{2}",
        "A postal item number has two letters, nine digits and two letters of the country.",
        _when(lambda text: text[10] == s10_check(text[2:10]), _CHECK_DIGIT),
    ),
    # Source: ISO 3779; the check digit binds in North America only, see vin_check_digit.
    IdKind.VIN: _rule(
        "[0-9A-HJ-NPR-Z]{17}", "A vehicle number has 17 characters without I, O and Q."
    ),
    # Office, year, 1 import 0 export (I, E for centralised lists), serial number.
    IdKind.CN_DECLARATION_NO: _rule(
        "[0-9]{4}20[0-9]{2}[01IE][0-9]{9}",
        "A Chinese declaration number has 18 characters: office, year, 0, 1, I or E, 9 digits.",
    ),
    IdKind.CN_INVENTORY_NO: _rule(
        "[0-9]{4}20[0-9]{2}[IE][0-9]{9,11}",
        "A Chinese inventory number has office, year, I or E, and 9 to 11 digits.",
    ),
    IdKind.CN_PRE_NO: _rule(
        "B[0-9]{17}", "A pre-entry number has B, the day and 9 digits.", _cn_pre_no
    ),
    # Source: EEC Collegium Decision 257 (2010): office, DDMMYY, number in the journal.
    IdKind.EAEU_DECLARATION_NO: _rule(
        "(?:[0-9]{5}|[0-9]{8})/[0-9]{6}/[0-9]{7}",
        "A declaration number is office (5 or 8 digits), day (DDMMYY) and 7 digits, with slashes.",
        _eaeu_declaration,
    ),
    IdKind.AEO: _rule(
        "AEO[A-Z]{2}[0-9A-Z]{1,17}",
        "An authorised operator's code has AEO, two letters of the country and its number.",
        _aeo,
    ),
}


def is_hs_code(text: str, *, national_use: bool = False) -> bool:
    """Whether a text can be a tariff code of 4, 6, 8 or 10 digits.

    `national_use` admits chapters 98 and 99, which each country fills as it likes.
    """
    return is_valid(IdKind.HS_CODE_NATIONAL if national_use else IdKind.HS_CODE, text)


def is_uscc(text: str) -> bool:
    """Whether a text can be a Chinese unified social credit code."""
    return is_valid(IdKind.USCC, text)


def is_customs10(text: str) -> bool:
    """Whether a text can be the code of a company at China's customs."""
    return is_valid(IdKind.CUSTOMS10, text)


def is_cn_resident_id(text: str) -> bool:
    """Whether a text can be a Chinese resident number."""
    return is_valid(IdKind.CN_RESIDENT_ID, text)


def is_kz_iin(text: str) -> bool:
    """Whether a text can be the number of a person in Kazakhstan."""
    return is_valid(IdKind.KZ_IIN, text)


def is_kz_bin(text: str) -> bool:
    """Whether a text can be the number of a business in Kazakhstan."""
    return is_valid(IdKind.KZ_BIN, text)


def is_iso6346(text: str) -> bool:
    """Whether a text can be a container number."""
    return is_valid(IdKind.ISO6346, text)


def is_wagon(text: str) -> bool:
    """Whether a text can be the number of a railway wagon, of whatever gauge."""
    return is_valid(IdKind.WAGON, text)


def is_gtin(text: str) -> bool:
    """Whether a text can be a trade item number (the bar code of a product)."""
    return is_valid(IdKind.GTIN, text)


def is_s10(text: str) -> bool:
    """Whether a text can be an international postal item number."""
    return is_valid(IdKind.S10, text)


def is_vin(text: str) -> bool:
    """Whether a text can be a vehicle identification number, wherever it was built."""
    return is_valid(IdKind.VIN, text)


def vin_check_digit(text: str) -> bool:
    """Whether a vehicle number also has the check digit that North America demands."""
    return is_vin(text) and text[8] == vin_check(text)


def is_cn_declaration_no(text: str) -> bool:
    """Whether a text can be a Chinese declaration number (entryId)."""
    return is_valid(IdKind.CN_DECLARATION_NO, text)


def is_cn_inventory_no(text: str) -> bool:
    """Whether a text can be a Chinese parcel inventory number (invtNo)."""
    return is_valid(IdKind.CN_INVENTORY_NO, text)


def is_cn_pre_no(text: str) -> bool:
    """Whether a text can be a pre-entry number of China's electronic port (preNo)."""
    return is_valid(IdKind.CN_PRE_NO, text)


def is_eaeu_declaration_no(text: str) -> bool:
    """Whether a text can be a declaration number of the Eurasian Economic Union."""
    return is_valid(IdKind.EAEU_DECLARATION_NO, text)


def is_aeo(text: str) -> bool:
    """Whether a text can be the code of an authorised economic operator."""
    return is_valid(IdKind.AEO, text)
