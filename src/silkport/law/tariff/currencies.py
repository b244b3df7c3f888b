"""Currencies as a tariff names them, and their ISO 4217 codes.

`currencies.csv` holds those that Russian sentences name in words, in the forms after 1, after
2 to 4 or a fraction, and after 5 and more; and what is read as well. A sign that several
currencies share, such as the dollar's alone, is not read. Others are written by their code.
"""

from __future__ import annotations

import csv
from importlib.resources import files

from silkport.law.tariff.units import folded

CURRENCIES = frozenset(
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD "
    "CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS "
    "GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW "
    "KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR "
    "MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR "
    "SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX "
    "USD UYU UZS VED VES VND VUV WST XAF XCD XCG XOF XPF XTS YER ZAR ZMW ZWG".split()
)
"""Currencies in which money is paid, and XTS, which is kept for tests.

Source: ISO 4217 list one, without funds and metals, 2026.
"""


def _rows() -> list[dict[str, str]]:
    text = (files("silkport.law.tariff") / "currencies.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


RUSSIAN = {row["code"]: (row["one_ru"], row["few_ru"], row["many_ru"]) for row in _rows()}
"""The Russian words of a currency, by code: after 1, after 2 or a fraction, after 5."""

NAMES = {
    name: row["code"]
    for row in _rows()
    for name in (*RUSSIAN[row["code"]], *filter(None, row["also"].split("|")))
}
"""Every word or sign that is read, with the code it stands for."""

_FOLDED = {folded(name): code for name, code in NAMES.items()}


def currency_code(name: str) -> str:
    """The code of a currency named by code, word or sign; empty when it is none of these."""
    return name if name in CURRENCIES else _FOLDED.get(folded(name), "")
