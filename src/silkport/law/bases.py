"""Legal bases as counsel writes them: the file of a register, read strictly.

    pair = ["aa", "bb"]          # the two administrations, in alphabetical order

    [[basis]]
    id = "aa_bb-EX-01"           # permanent: the log of what was disclosed names it
    act = "..."                  # what allows it
    article = "..."
    purpose = "..."              # what the receiver may use it for
    approval = "..."             # whose approval the sender needs besides; may be left out
    condition = "..."            # what else holds; may be left out
    only = ["inspection"]        # competences of the sender; left out: whoever may send the kind
    senders = ["aa", "bb"]       # which of the two may send it
    source = "..."
    start = 2026-01-01
    stop = 2027-01-01            # the first day it no longer applies; may be left out
    confidence = "unverified"    # cited when left out
    [basis.fields]
    export_released = ["consignment_no", "goods.gnum", "goods.hs_code"]

A field inside rows is written `goods.hs_code`; the list itself is not named. Nothing is guessed:
what is misspelt, unknown or missing is refused with its place.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from silkport.kernel.canonical import digest
from silkport.kernel.errors import MalformedLaw, RecordWithoutSource
from silkport.kernel.periods import Period, refuse_overlaps
from silkport.law.strict import CONFIDENCES, shown
from silkport.model.messages import KINDS, Competence, Form, MessageKind

LONGEST_TEXT = 1000
"""Characters of an act, a purpose or another text of a basis."""

_CODE = re.compile(r"[a-z]{2,8}")
_TEXTS = ("act", "article", "purpose")
_NOTES = ("approval", "condition")
_KEYS = frozenset(
    (*_TEXTS, *_NOTES, *"id only senders source start stop confidence fields".split())
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """One legal basis, in force on every day with `start <= day < stop`.

    Attributes:
        purpose: what the receiver may use the fields for.
        approval: whose approval the sender needs besides the act; "" where none is known.
        condition: what else holds; "" for nothing.
        only: competences of the sender; empty for whoever may send the kind.
    """

    id: str
    act: str
    article: str
    purpose: str
    source: str
    start: date
    stop: date = date.max
    confidence: str = CONFIDENCES[0]
    approval: str = ""
    condition: str = ""
    only: frozenset[Competence] = frozenset()

    def holds(self, day: date, competence: Competence | None) -> bool:
        """Whether a sender of that competence may rely on it on `day`; None: it is not known."""
        return self.start <= day < self.stop and (not self.only or competence in self.only)


class Passage(NamedTuple):
    """A field of a kind of message on its way from one administration to another."""

    kind: str
    field: str
    sender: str
    receiver: str


class Bases(NamedTuple):
    """Everything that a register says: `entries` in order of first days, `digest` of all of it."""

    pair: tuple[str, str]
    digest: str
    entries: dict[Passage, tuple[Basis, ...]]


def names_of(kind: MessageKind) -> list[str]:
    """The names under which a register lists the fields of a kind, in their order."""
    return [
        name
        for one in kind.fields
        for name in (
            [f"{one.name}.{part.name}" for part in one.rows]
            if one.form is Form.ROWS
            else [one.name]
        )
    ]


def _of_every_version() -> tuple[dict[str, set[str]], dict[str, set[Competence]]]:
    names: dict[str, set[str]] = {}
    senders: dict[str, set[Competence]] = {}
    for kind in KINDS:
        names.setdefault(kind.name, set()).update(names_of(kind))
        senders.setdefault(kind.name, set()).update(kind.senders)
    return names, senders


_NAMES, _SENDERS = _of_every_version()


def read_bases(text: str) -> Bases:
    """The bases of a register in the layout above.

    The digest is over what is said, not how: comments, order and line breaks do not change it.
    Raises MalformedLaw, RecordWithoutSource, OverlappingDates with the place named.
    """
    try:
        book = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise MalformedLaw(what="the register", reason=str(error)) from None
    pair = _pair(book.get("pair"))
    what = f"register {'_'.join(pair)}"
    _refuse_unknown(book, ("pair", "basis"), what)
    records = book.get("basis", [])
    if not isinstance(records, list) or not all(isinstance(one, dict) for one in records):
        raise MalformedLaw(what=what, reason="each basis begins with [[basis]]")
    found: dict[Passage, list[Basis]] = {}
    said: dict[str, object] = {}
    for number, record in enumerate(records, 1):
        basis, senders, fields = _read(record, pair, f"{what}, basis {number}")
        if basis.id in said:
            raise MalformedLaw(what=what, reason=f"two bases are called {basis.id}")
        said[basis.id] = _content(basis, senders, fields)
        for sender in senders:
            receiver = pair[sender == pair[0]]
            for kind, names in fields.items():
                for name in names:
                    found.setdefault(Passage(kind, name, sender, receiver), []).append(basis)
    for passage, several in found.items():
        _refuse_two_at_once(passage, several, what)
    entries = {
        passage: tuple(sorted(several, key=lambda one: (one.start, one.id)))
        for passage, several in found.items()
    }
    return Bases(pair, digest({"pair": pair, "bases": said}), entries)


def _pair(value: object) -> tuple[str, str]:
    codes = [code for code in value if isinstance(code, str)] if isinstance(value, list) else []
    two = codes == value and len(codes) == 2 and all(map(_CODE.fullmatch, codes))
    if two and codes[0] < codes[1]:
        return codes[0], codes[1]
    reason = "pair names the two administrations in alphabetical order, as their folders are called"
    raise MalformedLaw(what="the register", reason=reason)


def _read(
    record: Mapping[str, Any], pair: tuple[str, str], what: str
) -> tuple[Basis, list[str], dict[str, list[str]]]:
    """A basis, the administrations that may send under it, and the fields per kind."""
    name = record.get("id")
    form = rf"{pair[0]}_{pair[1]}-[A-Z]{{2}}-[0-9]{{2}}"
    if not isinstance(name, str) or not re.fullmatch(form, name):
        raise MalformedLaw(what=what, reason=f"its id has the form {'_'.join(pair)}-EX-01")
    what = f"register {'_'.join(pair)}, {name}"
    _refuse_unknown(record, _KEYS, what)
    source = _text(record, "source", what) if "source" in record else ""
    if not source:
        raise RecordWithoutSource(what=what)
    only = _chosen(record, "only", [one.value for one in Competence], what, needed=False)
    start, stop = _period(record, what)
    confidence = record.get("confidence", CONFIDENCES[0])
    if confidence not in CONFIDENCES:
        raise MalformedLaw(what=what, reason=f"confidence is {' or '.join(CONFIDENCES)}")
    texts = {key: _text(record, key, what) for key in _TEXTS}
    for key, value in texts.items():
        if not value:
            raise MalformedLaw(what=what, reason=f"it has no {key}")
    basis = Basis(
        id=name,
        **texts,
        **{key: _text(record, key, what) for key in _NOTES},
        source=source,
        start=start,
        stop=stop,
        confidence=confidence,
        only=frozenset(map(Competence, only)),
    )
    fields = _fields(record.get("fields"), basis.only, what)
    return basis, _chosen(record, "senders", pair, what, needed=True), fields


def _fields(value: object, only: Collection[Competence], what: str) -> dict[str, list[str]]:
    if not isinstance(value, dict) or not value:
        raise MalformedLaw(what=what, reason="its fields name no kind of message")
    for kind, names in value.items():
        if kind not in _NAMES:
            raise MalformedLaw(what=what, reason=f"{shown(kind)} is no kind of message")
        if not _SENDERS[kind].issuperset(only):
            listed = ", ".join(sorted(_SENDERS[kind]))
            raise MalformedLaw(what=what, reason=f"{kind} is sent by {listed} alone, see only")
        if not isinstance(names, list) or not names:
            raise MalformedLaw(what=what, reason=f"it lists no field of {kind}")
        for name in names:
            if not isinstance(name, str) or name not in _NAMES[kind]:
                raise MalformedLaw(what=what, reason=_not_a_field(kind, str(name)))
        _refuse_twice(names, f"a field of {kind}", what)
    return value


def _not_a_field(kind: str, name: str) -> str:
    inside = [one for one in sorted(_NAMES[kind]) if one.startswith(f"{name}.")]
    if inside:
        return f"{name} of {kind} is a list; name the fields in it, such as {inside[0]}"
    return f"{kind} has no field {shown(name)}"


def _period(record: Mapping[str, Any], what: str) -> tuple[date, date]:
    start: date = record.get("start", date.min)
    stop: date = record.get("stop", date.max)
    for key, day in (("start", record.get("start")), ("stop", stop)):
        if type(day) is not date:  # a moment is a date to isinstance, and has no place here
            raise MalformedLaw(what=what, reason=f"{key} is a day, written 2026-07-01 and unquoted")
    if not start < stop:
        raise MalformedLaw(what=what, reason=f"its stop {stop} is not after its start {start}")
    return start, stop


def _text(record: Mapping[str, Any], key: str, what: str) -> str:
    value = record.get(key, "")
    if not isinstance(value, str) or len(value) > LONGEST_TEXT:
        reason = f"{key} is a text of at most {LONGEST_TEXT} characters"
        raise MalformedLaw(what=what, reason=reason)
    return " ".join(value.split())


def _chosen(
    record: Mapping[str, Any], key: str, known: Collection[str], what: str, *, needed: bool
) -> list[str]:
    """Some of the known words, each once, in alphabetical order."""
    value = record.get(key, [])
    fits = isinstance(value, list) and all(isinstance(one, str) and one in known for one in value)
    if not fits or (not value and (needed or key in record)):
        raise MalformedLaw(what=what, reason=f"{key} lists some of {', '.join(known)}")
    _refuse_twice(value, key, what)
    return sorted(value)


def _refuse_twice(names: Collection[str], of: str, what: str) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise MalformedLaw(what=what, reason=f"{of} is named twice: {name}")
        seen.add(name)


def _refuse_unknown(record: Mapping[str, Any], known: Collection[str], what: str) -> None:
    unknown = sorted(set(record) - set(known))
    if unknown:
        raise MalformedLaw(what=what, reason=f"nothing is called {shown(unknown[0])} there")


def _refuse_two_at_once(passage: Passage, several: list[Basis], what: str) -> None:
    """Refuses two bases that one sender could rely on for one field on one day."""
    for competence in sorted(_SENDERS[passage.kind]):
        usable = [one for one in several if not one.only or competence in one.only]
        way = f"{passage.field} of {passage.kind} from {passage.sender} to {passage.receiver}"
        named = " and ".join(sorted({one.id for one in usable}))
        refuse_overlaps((Period(one.start, one.stop) for one in usable), f"{what}: {way} ({named})")


def _content(
    basis: Basis, senders: list[str], fields: Mapping[str, list[str]]
) -> dict[str, object]:
    """A basis as it is digested."""
    texts = {key: getattr(basis, key) for key in (*_TEXTS, *_NOTES, "source", "confidence")}
    return {
        **texts,
        "start": f"{basis.start}",
        "stop": f"{basis.stop}" if basis.stop != date.max else "",
        "only": sorted(basis.only),
        "senders": senders,
        "fields": {kind: sorted(names) for kind, names in fields.items()},
    }
