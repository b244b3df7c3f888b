"""Rates of duty as the sentences of a tariff, in Russian and English.

Printing what was read gives the official sentence again. Russian is as in the Common Customs
Tariff of the EAEU; English says the same in codes. A bare number is per cent:

    percent   15
    specific  60 долларов США за 1000 кг          60 USD per 1000 kg
    greater   15, но не менее 0,2 евро за 1 кг    15, but not less than 0.2 EUR per 1 kg
    sum       10 плюс 0,08 евро за 1 кг           10 plus 0.08 EUR per 1 kg
    lesser    10, но не менее 0,2 евро за 1 кг, но не более 0,5 евро за 1 кг
              10, но не более 2 евро за 1 кг      10, but not more than 2 EUR per 1 kg
              0,2 евро за 1 кг, но не более 15 %  0.2 EUR per 1 kg, but not more than 15 %

A cap in per cent carries its sign, since a bare number at the end of an amount could be either;
so does a percentage below 0.1, since a bare 0.05 is more likely a share than five hundredths of
one per cent. Also read, in either language: "15%", "0.2евро/кг", "€0.2 per 1 kg", "Free".
"""

from __future__ import annotations

import re

from silkport.kernel.errors import InvalidValue
from silkport.kernel.rates import RATE_PLACES
from silkport.kernel.scaled import format_scaled
from silkport.law.tariff.currencies import RUSSIAN
from silkport.law.tariff.rates import AMOUNT_PLACES, Shape, Specific, TariffRate
from silkport.law.tariff.terms import CAP, LEAST_BARE_PPM, RateReader
from silkport.law.tariff.units import counted_unit, plural_form

_NOT_LESS = re.compile(r"(?i)\s*,?\s*(?:(?:но\s+)?не\s+менее|(?:but\s+)?not\s+less\s+than)\b")
_NOT_MORE = re.compile(r"(?i)\s*,?\s*(?:(?:но\s+)?не\s+более|(?:but\s+)?not\s+more\s+than)\b")
_PLUS = re.compile(r"(?i)\s*(?:плюс\b|plus\b|\+)")
_FREE = re.compile(r"(?i)\s*(?:беспошлинно|(?:duty[ -])?free)\s*")

_FREE_OF_DUTY = TariffRate(shape=Shape.PERCENT)

_WORDS = {
    "en": {"least": ", but not less than ", "most": ", but not more than ", "plus": " plus "},
    "ru": {"least": ", но не менее ", "most": ", но не более ", "plus": " плюс "},
}


def parse_rate(text: str) -> TariffRate:
    """Read a rate of duty, in Russian or English, exactly.

    Raises UnreadableRate, which names the characters at fault and says why, for whatever is not
    one rate of one of the five shapes: words that are not known, a footnote mark, a negative
    rate, one that looks like a share or is above 1000 %, decimals that cannot be held.
    """
    reader = RateReader(text)
    if _FREE.fullmatch(text):
        return _FREE_OF_DUTY
    first = reader.term()
    duty_ppm, specific = (0, first) if isinstance(first, Specific) else (first, None)
    shape = Shape.PERCENT if specific is None else Shape.SPECIFIC
    joined = reader.take(_NOT_LESS) or reader.take(_PLUS)
    if joined:
        if specific:
            reader.refuse("the percentage stands first, the amount second", joined.span())
        shape = Shape.SUM if joined.re is _PLUS else Shape.GREATER
        reader.demand_more(joined)
        specific = reader.amount()
    capped = reader.take(_NOT_MORE)
    if not capped:
        reader.finish()
        return TariffRate(shape=shape, duty_ppm=duty_ppm, specific=specific)
    if shape is Shape.SUM:
        reader.refuse("a percentage plus an amount has no cap", capped.span())
    reader.demand_more(capped)
    most = reader.term(CAP)
    reader.finish()
    cap_ppm, cap = (0, most) if isinstance(most, Specific) else (most, None)
    try:
        return TariffRate(
            shape=Shape.LESSER, duty_ppm=duty_ppm, specific=specific, cap_ppm=cap_ppm, cap=cap
        )
    except InvalidValue as refused:
        reader.refuse(str(refused.facts["reason"]), (capped.start(), len(text)))


def print_rate(rate: TariffRate, language: str) -> str:
    """The canonical sentence of a rate in "en" or "ru"; `parse_rate` reads the same rate again.

    Raises InvalidValue for another language, or a unit that no tariff names.
    """
    words = _WORDS.get(language)
    if words is None:
        reason = "rates are printed in en and ru"
        raise InvalidValue(what="a language", value=language, reason=reason)
    percent = _percentage(rate.duty_ppm, language)
    amount = _amount(rate.specific, language) if rate.specific else ""
    if rate.shape is Shape.PERCENT:
        return percent
    if rate.shape is Shape.SPECIFIC:
        return amount
    if rate.shape is Shape.SUM:
        return f"{percent}{words['plus']}{amount}"
    if rate.shape is Shape.GREATER:
        return f"{percent}{words['least']}{amount}"
    of = words["least"].join(filter(None, (percent if rate.duty_ppm else "", amount)))
    signed = _percentage(rate.cap_ppm, language, signed=True)
    return f"{of}{words['most']}{_amount(rate.cap, language) if rate.cap else signed}"


def _decimal(value: int, places: int, language: str) -> str:
    text = format_scaled(value, places=places, shortest=True)
    return text.replace(".", ",") if language == "ru" else text


def _percentage(ppm: int, language: str, *, signed: bool = False) -> str:
    text = _decimal(ppm, RATE_PLACES - 2, language)
    return f"{text} %" if signed or 0 < ppm < LEAST_BARE_PPM else text


def _amount(specific: Specific, language: str) -> str:
    amount = _decimal(specific.amount_e6, AMOUNT_PLACES, language)
    currency = specific.currency
    if language == "ru" and currency in RUSSIAN:
        whole, fraction = divmod(specific.amount_e6, 10**AMOUNT_PLACES)
        currency = RUSSIAN[currency][1 if fraction else plural_form(whole)]
    per = "за" if language == "ru" else "per"
    return f"{amount} {currency} {per} {counted_unit(specific.per, specific.unit, language)}"
