"""Texts of these documents to values inside and back; decimals exactly, codes by their lists.

Kinds: text, code, pieces (a text cut in pieces of 250 characters), count, amount (e5), quantity
(e5), mass (kilograms to milligrams), minor (hundredths), e6, e3, day, latest (of several days),
time, flag, uuid, unit and currency (numbers of the classifiers of the Union), relief (nothing
claimed is written as hyphens), bin and iin (numbers of Kazakhstan), foreign (any other number),
letter (one of the eight flags of a correction), words (each in an element of its own).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache

from silkport.formats.eaeu.catalogue import Field, column_of, rows_of
from silkport.formats.reading import LONGEST_READ
from silkport.kernel.errors import InvalidValue
from silkport.kernel.identifiers import is_kz_bin, is_kz_iin
from silkport.kernel.periods import day_number, day_of
from silkport.kernel.scaled import format_scaled
from silkport.model.columns import BOUNDS, MAX_AMOUNT_E5, MAX_DAY, MISSING, Kind

PIECE = 250
"""Characters of one piece of a description. Source: EEC_GoodsDeclaration.xsd."""

PLACES: Mapping[str, int] = {
    "count": 0,
    "amount": 5,
    "quantity": 5,
    "mass": 6,
    "minor": 2,
    "e6": 6,
    "e3": 3,
}
"""Decimal places of the integer inside, by kind."""

KEPT = "EEC:"
"""What stands before a number of a classifier that no list here knows."""

_NOTHING = {"", "ОО", "OO"}
_NUMBER = re.compile(r"[0-9]{1,24}(?:\.[0-9]{1,12})?")
_UUID = re.compile(r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}")
_ZONE = re.compile(r"(?:\.[0-9]{1,9})?(?:Z|[+-][0-9]{2}:[0-9]{2})?$")
_FLAGS = {"true": 1, "1": 1, "false": 0, "0": 0}
_LISTS = {"unit": "units.csv", "currency": "currencies.csv"}


class Refused(Exception):
    """A text that is not taken as written: the reading code, and what was expected.

    `instead` is what is kept all the same, where anything is.
    """

    def __init__(self, code: str, expected: str, instead: str | int | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.expected = expected
        self.instead = instead


@cache
def inward(kind: str) -> Mapping[str, str]:
    """Neutral codes by the number of the classifier."""
    return {row["code"]: row["neutral"] for row in rows_of(_LISTS[kind])}


@cache
def outward(kind: str) -> Mapping[str, str]:
    """Numbers of the classifier by neutral code."""
    return {neutral: code for code, neutral in inward(kind).items()}


def collapsed(text: str) -> str:
    """Text with every run of white space as one blank, none around it."""
    return " ".join(text.split())


def read(field: Field, text: str) -> str | int:
    """The value of a text that is not empty. Raises Refused."""
    kind = field.kind
    if kind in PLACES:
        return _number(field, text)
    if kind in ("day", "latest"):
        return _day(text)
    if kind == "time":
        return _time(text)
    if kind == "flag":
        if text not in _FLAGS:
            raise Refused("RDG001", "true or false")
        return _FLAGS[text]
    if kind in _LISTS:
        return _listed(kind, text)
    if kind == "uuid":
        if not _UUID.fullmatch(text.lower()):
            raise Refused("RDG001", "a UUID")
        return _hyphenated(text.lower())
    if kind == "relief":
        return "" if text.strip("-") in _NOTHING else _short(field, text)
    return _short(field, text)


def _short(field: Field, text: str) -> str:
    longest = column_of(field).longest
    if longest and len(text) > longest:
        raise Refused("RDG004", f"at most {longest} characters", text[:longest])
    return text


def _number(field: Field, text: str) -> int:
    places = PLACES[field.kind]
    if not _NUMBER.fullmatch(text):
        raise Refused("RDG001", f"a decimal with at most {places} places, such as 1250")
    whole, _, fraction = text.partition(".")
    fraction = fraction.rstrip("0")
    if len(fraction) > places:
        raise Refused("RDG003", f"at most {places} decimal places")
    value = int(whole + fraction.ljust(places, "0"))
    column = column_of(field)
    high = MAX_AMOUNT_E5 if column.kind is Kind.TEXT else BOUNDS[column.kind][1]
    if value > high:
        raise Refused("RDG003", f"from 0 to {format_scaled(high, places=places, shortest=True)}")
    return value


def _day(text: str) -> int:
    try:
        number = day_number(date.fromisoformat(text[:10]))
    except ValueError:
        raise Refused("RDG001", "a day such as 2026-07-01") from None
    if not (0 <= number <= MAX_DAY and _ZONE.fullmatch(text[10:])):
        raise Refused("RDG003", "a day from 1970-01-01 to 2099-12-31")
    return number


def _time(text: str) -> int:
    """Fourteen digits of the sender's own clock; its zone is not kept."""
    bare = text[:19]
    try:
        moment = datetime.strptime(bare, "%Y-%m-%dT%H:%M:%S")  # noqa: DTZ007 - see above
    except ValueError:
        moment = None
    if moment is None or len(bare) < 19 or not _ZONE.fullmatch(text[19:]):
        raise Refused("RDG001", "a time such as 2026-07-01T10:30:00")
    return int(re.sub("[^0-9]", "", bare))


def _listed(kind: str, text: str) -> str:
    known = inward(kind)
    if text in known:
        return known[text]
    if text in outward(kind):
        return text
    raise Refused("RDG008", f"a {kind} of the classifier", f"{KEPT}{text}"[:8])


def _hyphenated(text: str) -> str:
    bare = text.replace("-", "")
    return "-".join((bare[:8], bare[8:12], bare[12:16], bare[16:20], bare[20:]))


def written(field: Field, value: str | int | None) -> list[str]:
    """A value as the texts of its elements; none where it is not stated.

    Raises InvalidValue where the document has no form for it.
    """
    if value is None or value in ("", MISSING):
        return [field.value] if field.value and field.kind not in ("letter", "same") else []
    texts = _texts(field, value)
    for text in texts:
        _within(field, text)
    return texts


def _texts(field: Field, value: str | int) -> list[str]:
    kind = field.kind
    if isinstance(value, int):
        return [_integer(kind, value)]
    text = collapsed(value)
    if kind == "pieces":
        return [text[i : i + PIECE] for i in range(0, len(text), PIECE)]
    if kind == "words":
        return text.replace(";", " ").split()
    if kind == "letter":
        return [text[int(field.value) - 1 :][:1]]
    if kind in _LISTS:
        return [_number_of(field, text)]
    if kind == "uuid":
        return [_uuid(field, text)]
    if kind in ("bin", "iin", "foreign"):
        whose = "bin" if is_kz_bin(text) else "iin" if is_kz_iin(text) else "foreign"
        return [text] if whose == kind else []
    return [text]


def _integer(kind: str, value: int) -> str:
    if kind == "day":
        return day_of(value).isoformat()
    if kind == "time":
        d = f"{value:014d}"
        return f"{d[:4]}-{d[4:6]}-{d[6:8]}T{d[8:10]}:{d[10:12]}:{d[12:]}"
    if kind == "flag":
        return "true" if value else "false"
    return format_scaled(value, places=PLACES[kind], shortest=True)


def _number_of(field: Field, text: str) -> str:
    if text.startswith(KEPT):
        return text.removeprefix(KEPT)
    found = outward(field.kind).get(text)
    if found is None:
        raise _invalid(field, text, f"the classifier's number of this {field.kind} is not known")
    return found


def _uuid(field: Field, text: str) -> str:
    if not _UUID.fullmatch(text.lower()):
        raise _invalid(field, text, "the document demands a UUID of 32 hexadecimal digits")
    return _hyphenated(text.lower())


def _within(field: Field, text: str) -> None:
    """Raises InvalidValue where a text is not as the document's definition demands."""
    if field.pattern is not None and not field.pattern.fullmatch(text):
        raise _invalid(field, text, f"{field.path} has the form {field.pattern.pattern}")
    if field.most and len(text) > field.most:
        raise _invalid(field, text, f"{field.path} has at most {field.most} characters")
    if field.digits:
        whole, _, fraction = text.partition(".")
        if len(fraction) > field.fraction or len(whole.lstrip("0") + fraction) > field.digits:
            limit = f"{field.digits} digits, {field.fraction} of them after the point"
            raise _invalid(field, text, f"{field.path} has at most {limit}")
    if not all(_lawful(char) for char in text):
        raise _invalid(field, text, "XML cannot carry one of its characters")


def _lawful(char: str) -> bool:
    code = ord(char)
    return code >= 0x20 and not 0xD800 <= code <= 0xDFFF and code not in (0xFFFE, 0xFFFF)


def _invalid(field: Field, text: str, reason: str) -> InvalidValue:
    stated = field.table in ("declaration", "goods", "journey", "payment", "value")
    what = field.place if stated else field.path
    return InvalidValue(what=what, value=text[:LONGEST_READ], reason=reason)
