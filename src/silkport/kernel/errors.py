"""Every error Silkport raises on purpose: a permanent code, a sentence, a hint.

`SilkportError` is the one base; str() is code, sentence, hint. Its groups stand here and, for what
belongs to one room, in the modules `kernel/*_errors.py`; docs/errors.md, which is generated, has
every code. The first digits say who acts: 1 the sender of a file, 2 the maintainer of law, 3 the
author of a rule, 4 and 5 the operator, 6 who stated or did something in a matter.

Bad goods data is never an error: it becomes a Finding. A broken invariant is an `assert`.
"""

from __future__ import annotations

from typing import ClassVar


class SilkportError(Exception):
    """Something that Silkport foresaw went wrong."""

    code: ClassVar[str] = "SP-0000"
    sentence: ClassVar[str] = "{reason}"
    hint: ClassVar[str] = ""
    status: int = 500
    permanent: bool = True
    """False when the same call may succeed later."""

    def __init__(self, **facts: str | int) -> None:
        self.facts = facts
        super().__init__(str(self))

    def __str__(self) -> str:
        return " ".join(filter(None, (self.code, self.sentence.format(**self.facts), self.hint)))

    def problem(self) -> dict[str, str | int | dict[str, str | int]]:
        """This error as an RFC 9457 problem document."""
        return {
            "type": f"urn:silkport:error:{self.code}",
            "title": type(self).__doc__ or type(self).__name__,
            "status": self.status,
            "detail": self.sentence.format(**self.facts),
            "hint": self.hint,
            "facts": dict(self.facts),
        }


class InputError(SilkportError):
    """Something outside could not be read."""

    status = 422


class UnreadableFile(InputError):
    """A file is not what it says it is."""

    code = "SP-1101"
    sentence = "{source} cannot be read as {expected}: {reason}."
    hint = "Send the file again, whole and in the stated format."


class WrongHeader(InputError):
    """A table does not have the documented columns."""

    code = "SP-1102"
    sentence = "{source} has no usable header: {reason}."
    hint = "Compare with the output of 'silkport template'."


class LimitExceeded(InputError):
    """Something is larger than the documented limit."""

    code = "SP-1103"
    sentence = "{source} exceeds the limit {limit}: {reason}."
    hint = "Split the input; docs/limits.md lists every limit."
    status = 413


class HostileContent(InputError):
    """A message uses constructions that no lawful message needs."""

    code = "SP-1104"
    sentence = "{source} was not opened: {reason}."
    hint = "Send plain messages without document types, entities or nested archives."


class InvalidValue(InputError):
    """A value does not have the form its name demands."""

    code = "SP-1105"
    sentence = "{what} cannot be {value!r}: {reason}."
    hint = "Correct the value."


class NothingToRead(InputError):
    """An input names no file at all."""

    code = "SP-1106"
    sentence = "{source} holds nothing to read."
    hint = "Name a file, a folder or a zip with parcels."


class InvalidMessage(InputError):
    """A message is not as its definition demands, so nothing of it counts."""

    code = "SP-1107"
    sentence = "{source} is not a valid {message}: {reason}."
    hint = "Correct the named elements and send the whole message again."


class LawError(SilkportError):
    """The country's data is wrong or silent."""

    status = 422


class OverlappingDates(LawError):
    """Two values of one thing are in force on the same day."""

    code = "SP-2103"
    sentence = "{what} has two values in force on {day}."
    hint = "Give the earlier one a stop: the first day it no longer applies."


class ParamNotInForce(LawError):
    """No value of a parameter is in force on a day."""

    code = "SP-2104"
    sentence = "No value of {country}.{param} is in force on {day}."
    hint = "Add a dated value with its legal source to the country's data."


class RecordWithoutSource(LawError):
    """A record of law does not say where it comes from."""

    code = "SP-2105"
    sentence = "{what} has no source."
    hint = "Name the act and article; what nobody confirmed is marked unverified."


class UnknownRule(LawError):
    """A regime names a rule that does not exist."""

    code = "SP-2106"
    sentence = "{what} names {code}, which is no rule of this edition."
    hint = "Compare with 'silkport rules'."


class MalformedLaw(LawError):
    """A file of the country's data does not have the documented shape."""

    code = "SP-2107"
    sentence = "{what}: {reason}."
    hint = "Correct the file; docs/law.md shows each shape."


class UnknownAdministration(LawError):
    """There is no data of this administration."""

    code = "SP-2108"
    sentence = "No administration is called {country}."
    hint = "Known: {known}."

    def __str__(self) -> str:
        hint = self.hint.format(**self.facts)
        return f"{self.code} {self.sentence.format(**self.facts)} {hint}"


class UnreadableRate(LawError):
    """A rate of duty, or the season in which it applies, is not written in a form that is read."""

    code = "SP-2110"
    sentence = (
        "The {what} {text!r} cannot be read at characters {start}-{stop} ({part!r}): {reason}."
    )
    hint = (
        "A rate is '15', '0.06 EUR per 1 kg', '15, but not less than 0.2 EUR per 1 kg', "
        "'10 plus 0.08 EUR per 1 kg' or the lower of two: '10, but not less than 0.2 EUR per "
        "1 kg, but not more than 0.5 EUR per 1 kg'; a season is '16 September - 15 December'."
    )

    def __init__(
        self, *, text: str, start: int, stop: int, reason: str, what: str = "rate"
    ) -> None:
        """Characters are counted from one; the first and the last belong to the fault."""
        part = text[start - 1 : stop]
        super().__init__(what=what, text=text, start=start, stop=stop, part=part, reason=reason)


class TariffRefused(LawError):
    """A tariff was not loaded, and nothing changed."""

    code = "SP-2111"
    sentence = "{what} is refused as a whole: {reason}."
    hint = "Correct what is named and load the whole file again; docs/law.md shows each column."


class RatesRefused(LawError):
    """Rates of exchange were not loaded, and nothing changed."""

    code = "SP-2112"
    sentence = "{what} is refused as a whole: {reason}."
    hint = "Correct what is named and load the whole file again; docs/law.md shows each column."


class TariffNotLoaded(LawError):
    """This node has no tariff of an administration."""

    code = "SP-2113"
    sentence = "No tariff of {country} is loaded here."
    hint = "Load the official one with 'silkport law load tariff'."
    status = 404


class EditionUnknown(LawError):
    """No single edition of law that was kept is meant."""

    code = "SP-2114"
    sentence = "{found} editions of the law of {country} that begin with {prefix!r} are kept here."
    hint = "Write as many characters of the digest of a decision as name one edition."
    status = 404


class PermitsRefused(LawError):
    """A table of permits was not loaded, and nothing changed."""

    code = "SP-2115"
    sentence = "{what} is refused as a whole: {reason}."
    hint = "Correct what is named and load the whole file again; docs/law.md shows each column."


class StoreError(SilkportError):
    """The node's own state is not as it must be."""


class StoreDamaged(StoreError):
    """A stored file is not the one that was committed."""

    code = "SP-4101"
    sentence = "{what} is damaged: {reason}."
    hint = "Restore the home directory from a backup."


class NotFound(StoreError):
    """Nothing is known under an identifier."""

    code = "SP-4102"
    sentence = "Nothing is known under {what}."
    hint = "Use a parcel id, an order number or a waybill number of this home."
    status = 404


class StoreFull(StoreError):
    """The disk took no more."""

    code = "SP-4103"
    sentence = "{what} could not be written: {reason}."
    hint = "Free space and run the same command again; what was committed stands."
    status = 507
    permanent = False


class StoreBusy(StoreError):
    """Another process is writing."""

    code = "SP-4104"
    sentence = "{what} is being written by another process."
    hint = "Wait for it to finish, then run the same command again."
    status = 503
    permanent = False


class StoreTooNew(StoreError):
    """The home was written by a later edition."""

    code = "SP-4105"
    sentence = "{what} has schema {found}; this edition knows {known}."
    hint = "Use the newer edition; migrations only go forward."


class KeysLocked(StoreError):
    """A key of the node, or what is sealed under it, cannot be opened."""

    code = "SP-4106"
    sentence = "{what} cannot be opened: {reason}."
    hint = "Give the passphrase of these keys; when it is right, restore them from a backup."


class StoreClosed(StoreError):
    """The state was let go of, so nothing more is read or written."""

    code = "SP-4107"
    sentence = "{what} is closed: {reason}."
    hint = "Start the node again; what was committed stands."
    status = 503
    permanent = False


class NodeThere(StoreError):
    """A place that has a node, or a part of one, is not taken for another."""

    code = "SP-4108"
    sentence = "{what} is not written over: {found} is there."
    hint = "Move that folder away, or name another home."
    status = 409


class BackupUnusable(StoreError):
    """A folder is no backup, or not the one that was made."""

    code = "SP-4109"
    sentence = "{what} cannot be used as a backup: {reason}."
    hint = "Use another backup, and make a new one of the node while it runs."
