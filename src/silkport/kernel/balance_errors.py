"""What can be wrong with an entry on a balance: money, a guarantee, a permit."""

from __future__ import annotations

from silkport.kernel.errors import SilkportError


class BalanceRefused(SilkportError):
    """An entry on a balance that cannot be made; nothing changed."""

    status = 409


class BalanceShort(BalanceRefused):
    """A balance has less than an entry takes from it."""

    code = "SP-6401"
    sentence = "{balance} has {has} left of what an entry of {wanted} takes; {missing} is missing."
    hint = "Have it topped up, name another one, or lower what is declared against it."


class BalanceEnded(BalanceRefused):
    """A balance that is closed, or not in force on the legal day."""

    code = "SP-6402"
    sentence = "{balance} cannot be drawn upon on {day}: {reason}."
    hint = "Name one that is in force on the day of registration, or have this one renewed."


class UnitDiffers(BalanceRefused):
    """An entry in another unit than its balance."""

    code = "SP-6403"
    sentence = "{balance} is kept in {unit}; the entry is in {stated}."
    hint = "State the amount in the unit of the balance; nothing is converted in silence."


class EntryDiffers(BalanceRefused):
    """The same thing said again with other content."""

    code = "SP-6404"
    sentence = "{what} is known with other content: {known}; now {stated}."
    hint = "Compare both with the paper; a difference is put right by a correction of its own."


class Unpaid(BalanceRefused):
    """A declaration whose payments are not covered, so nothing is released."""

    code = "SP-6405"
    sentence = "{what} is not paid: {missing} {currency} is missing, in minor units."
    hint = "'silkport balance pay' takes the receipts; what was paid then counts at once."


class StillReserved(BalanceRefused):
    """A balance of which something is reserved is not closed."""

    code = "SP-6406"
    sentence = "{balance} is not closed: {reserved} of it is reserved."
    hint = "Release, refuse or discharge first what 'silkport balance show' names."


class ReceiptsRefused(BalanceRefused):
    """A file of receipts cannot be read, and nothing changed."""

    code = "SP-6407"
    sentence = "{what} is refused as a whole: {reason}."
    hint = "Correct what is named and hand the whole file in again; what counts counts once."
    status = 422
