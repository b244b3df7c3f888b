"""The terms of a rate of duty as they are written: percentages, and amounts per quantity."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple, NoReturn

from silkport.kernel.errors import InvalidValue, MalformedLaw
from silkport.kernel.rates import RATE_PLACES
from silkport.law.tariff import currencies, units
from silkport.law.tariff.rates import AMOUNT_PLACES, MAX_DUTY_PPM, Specific
from silkport.law.tariff.reading import WORDS, Reader

LEAST_BARE_PPM = 1_000
"""A tenth of a per cent: what is less is read only with its sign, as it may be meant as a share."""

ANY, AMOUNT, CAP = "any", "amount", "cap"
"""What may stand at a place: a percentage or an amount; an amount; either, but with its sign."""

_PERCENT_PLACES = RATE_PLACES - 2


def _one_of(names: Iterable[str]) -> str:
    """A pattern for any of the names, the longest first, with any white space."""
    ordered = sorted(names, key=len, reverse=True)
    spaced = (r"\s+".join(map(re.escape, name.split())) for name in ordered)
    return "|".join(spaced).replace("%", r"\s*%")


_CYRILLIC = re.compile("[Ѐ-ӿ]")
_LATIN = re.compile("[A-Za-z€$]")
_NEGATIVE = re.compile(r"\s*[-−–—]\s*[0-9.,]+")
_NUMBER = re.compile(r"\s*([0-9]+)(?:([.,])([0-9]+))?")
_EXPONENT = re.compile(r"[eEеЕ][-+]?[0-9]+")
_SECOND_MARK = re.compile(r"[.,][0-9]+")
_PERCENT_SIGN = re.compile(r"(?i)\s*(?:%|процент(?:а|ов)?\b|per\s?cent\b)")
_CURRENCY = re.compile(rf"\s*((?i:{_one_of(currencies.NAMES)})|[A-Z]{{3}})(?![^\W\d_])")
_OTHER_MONEY = re.compile(r"(?i)\s*([^\W\d_][^\d,/%]*?|[^\w\s.,/%+])?\s*(?:/|(?:за|per)\b)")
_PER = re.compile(r"(?i)\s*(?:/|(?:за|per)(?![^\W\d_]))")
_COUNT = re.compile(r"\s*([0-9]+(?:\s[0-9]{3}(?![0-9]))*)")  # "1 000 кг" is usual
_UNIT = re.compile(rf"\s*((?i:{_one_of(units.NAMES)}))(?![\w%])")
_FOOTNOTE = re.compile(r"\s*(?:[<(*¹²³⁰-⁹][^,]*|[0-9]+\s*[СCсc](?:\s*\)|(?!\w)))")


class _Number(NamedTuple):
    """A number as it is written, and where."""

    whole: str
    fraction: str
    start: int
    stop: int

    def scaled(self, places: int) -> int:
        return int(self.whole + self.fraction.ljust(places, "0"))


class RateReader(Reader):
    """A rate of duty that is read term by term."""

    def amount(self) -> Specific:
        """Read an amount per quantity. Raises UnreadableRate, also for a percentage."""
        found = self.term(AMOUNT)
        assert isinstance(found, Specific)
        return found

    def term(self, wanted: str = ANY) -> int | Specific:
        """Read a percentage, in millionths, or an amount per quantity.

        Raises UnreadableRate, also for what is not `wanted`: ANY, AMOUNT or CAP.
        """
        found, currency = self.take(_NUMBER), ""
        if found is None:
            negative = _NEGATIVE.match(self.text, self.at)
            if negative:
                self.refuse("no duty is negative", negative.span())
            currency = self._currency()
            found = self.take(_NUMBER) or self._refuse_missing_number()
        number = self._number(found)
        if self.at < len(self.text):
            currency = currency or self._currency()
        if currency:
            return self._specific(number, currency)
        signed = self.take(_PERCENT_SIGN) is not None
        if not signed:
            self._refuse_other_money(number)
        if wanted == AMOUNT or (wanted == CAP and not signed):
            instead = "" if wanted == AMOUNT else "; a cap in per cent carries its sign, as 15 %"
            reason = f"an amount has its currency and unit, as 0.2 EUR per 1 kg{instead}"
            self.refuse(reason, (number.start, self.at))
        return self._percentage(number, signed=signed)

    def finish(self) -> None:
        """Raise UnreadableRate when anything but white space is left."""
        rest = self.text[self.at :]
        if not rest.strip():
            return
        footnote = _FOOTNOTE.match(self.text, self.at)
        if footnote:
            reason = "this looks like a mark of a footnote, which has a column of its own"
            self.refuse(reason, footnote.span())
        number = _NUMBER.match(self.text, self.at)
        if number:
            reason = "a second number follows and nothing says how the two belong together"
            self.refuse(reason, number.span())
        start = self.at + len(rest) - len(rest.lstrip(" ,"))
        words = WORDS.match(self.text, start)
        stop = words.end() if words and words[0] else len(self.text)
        joined = "only 'but not less than', 'plus', 'but not more than' join two parts, once each"
        self.refuse(joined, (min(start, len(self.text) - 1), stop))

    def _currency(self) -> str:
        found = _CURRENCY.match(self.text, self.at)
        code = currencies.currency_code(found[1]) if found else ""
        if found and code:
            self.at = found.end()
        return code

    def _refuse_other_money(self, number: _Number) -> None:
        other = _OTHER_MONEY.match(self.text, self.at)
        if other is None:
            return
        if other[1] is None:
            self.refuse("the currency of the amount is missing", (number.start, other.end()))
        self.refuse(f"no currency is called {other[1]!r} here", other.span(1))

    def _refuse_missing_number(self) -> NoReturn:
        words = WORDS.match(self.text, self.at)
        stop = words.end() if words and words[0].strip() else len(self.text)
        self.refuse("a number is expected here", (self.at, stop))

    def _number(self, found: re.Match[str]) -> _Number:
        whole, mark, decimals = found[1], found[2], found[3] or ""
        span = found.span(1)[0], found.end()
        if len(whole) > 1 and whole[0] == "0":
            self.refuse("a number does not begin with 0 and another digit", span)
        if mark == "," and len(decimals) == 3 and whole != "0":
            self._refuse_thousands(decimals, span)
        exponent = _EXPONENT.match(self.text, self.at)
        if exponent:
            self.refuse("a number is written out, without exponent", (span[0], exponent.end()))
        second = _SECOND_MARK.match(self.text, self.at)
        if second:
            self.refuse("a number has one decimal mark", (span[0], second.end()))
        return _Number(whole, decimals.rstrip("0"), *span)

    def _refuse_thousands(self, decimals: str, span: tuple[int, int]) -> None:
        """In English a comma before three digits may part thousands; in Russian it never does."""
        if not _CYRILLIC.search(self.text) and (decimals[-1] == "0" or _LATIN.search(self.text)):
            reason = "the comma may part decimals or thousands; write a point or nothing"
            self.refuse(reason, span)

    def _percentage(self, number: _Number, *, signed: bool) -> int:
        span = (number.start, self.at)
        if len(number.fraction) > _PERCENT_PLACES:
            self.refuse(f"a percentage has at most {_PERCENT_PLACES} decimals", span)
        ppm = number.scaled(_PERCENT_PLACES)
        if ppm > MAX_DUTY_PPM:
            self.refuse("a percentage above 1000 is no duty", span)
        if 0 < ppm < LEAST_BARE_PPM and not signed:
            reason = "it looks like a share, and rates are in per cent: 5 % is written 5"
            self.refuse(f"{reason}; a rate so low carries the sign %", span)
        return ppm

    def _specific(self, number: _Number, currency: str) -> Specific:
        if len(number.fraction) > AMOUNT_PLACES:
            reason = f"an amount has at most {AMOUNT_PLACES} decimals"
            self.refuse(reason, (number.start, number.stop))
        if not self.take(_PER):
            reason = "the quantity that the amount is charged on is missing, as per 1 kg"
            self.refuse(reason, (number.start, self.at))
        count = self.take(_COUNT)
        fraction = _SECOND_MARK.match(self.text, self.at) if count else None
        if count and (fraction or count[1][0] == "0"):
            stop = fraction.end() if fraction else count.end()
            self.refuse("units are counted in whole numbers from 1", (count.start(), stop))
        per = int("".join(count[1].split())) if count else 1
        unit = self._unit()
        try:
            found = Specific(number.scaled(AMOUNT_PLACES), currency, per, unit)
            _ = found.per_unit_e9
        except (InvalidValue, MalformedLaw) as refused:
            self.refuse(str(refused.facts["reason"]), (number.start, self.at))
        return found

    def _unit(self) -> str:
        found = _UNIT.match(self.text, self.at)
        code = units.known_unit(found[1]) if found else ""
        if found and code:
            self.at = found.end()
            return code
        words = WORDS.match(self.text, self.at)
        stop = words.end() if words else self.at
        name = self.text[self.at : stop].strip()
        reason = f"no unit of a tariff is called {name!r}"
        if not name:
            reason = "the unit that the amount is charged on is missing"
        return self.refuse(reason, (self.at, stop))
