"""Receipts of treasuries and banks, as a table: one payment a row.

receipt,payer,amount,currency,day          the number of the receipt, the payer's national number,
                                           a decimal amount, ISO 4217, the day as 2026-07-01
balance,issuer                             may stand beside: for which balance, by which bank

A row that is wrong is named with its fix and left out; the others stand. A file of another
encoding or header is refused as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from silkport.formats.law_text import text_of
from silkport.kernel.balance_errors import ReceiptsRefused
from silkport.kernel.errors import InvalidValue
from silkport.kernel.money import Money
from silkport.kernel.periods import day_number
from silkport.law.strict import Fault, Faults, WrongCell, day_in, read_rows, said, shown
from silkport.model.balances import MOST, Receipt

COLUMNS = ("receipt", "payer", "amount", "currency", "day", "balance", "issuer")
OPTIONAL = ("balance", "issuer")

_NUMBER = re.compile(r"[^\W_][\w./-]{0,59}")
_PAYER = re.compile(r"[0-9A-Z]{1,20}")
_LONGEST = 150


def read_receipts(data: bytes, what: str) -> tuple[list[tuple[int, Receipt]], list[Fault]]:
    """The receipts of a file with their rows, and what is wrong with the others.

    Raises ReceiptsRefused for another encoding or header, LimitExceeded.
    """
    faults = Faults(what, ReceiptsRefused)
    found: list[tuple[int, Receipt]] = []
    text = text_of(data, what, ReceiptsRefused)
    for row, cells in read_rows(text, COLUMNS, faults, optional=OPTIONAL):
        try:
            found.append((row, _receipt(cells)))
        except WrongCell as cell:
            faults.add(row, cell)
    if not (found or faults.found):
        raise faults.refuse("it holds no receipt")
    return found, faults.found


def _receipt(cells: Sequence[str]) -> Receipt:
    number, payer, amount, currency, day, balance, issuer = cells
    if not _NUMBER.fullmatch(number):
        wrong = f"{shown(number)} is no number of a receipt"
        raise WrongCell("receipt", wrong, "write 1 to 60 letters, digits, '.', '/' or '-'")
    if not _PAYER.fullmatch(payer):
        raise WrongCell("payer", f"{shown(payer)} is no national number", "write its digits alone")
    for name, text in (("balance", balance), ("issuer", issuer)):
        if len(text) > _LONGEST:
            raise WrongCell(name, f"{shown(text)} is too long", f"at most {_LONGEST} characters")
    try:
        money = Money.parse(amount, currency)
    except InvalidValue as error:
        column = "currency" if "currency" in str(error.facts["what"]) else "amount"
        raise WrongCell(
            column, said(error), "write the amount as 1250.50, the currency in three capitals"
        ) from None
    if not 0 < money.minor <= MOST:
        raise WrongCell("amount", f"{shown(amount)} is no payment", f"from 0.01 to {MOST:,} minor")
    return Receipt(
        number=number,
        payer=payer,
        amount=money.minor,
        currency=currency,
        day=day_number(day_in(day, "day")),
        balance=balance,
        issuer=issuer,
    )
