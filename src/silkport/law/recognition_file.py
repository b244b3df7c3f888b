"""The file of the law on recognition, read strictly; its layout is in `law/recognition.py`.

Nothing is guessed: what is misspelt, unknown or missing is refused with its place.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Collection, Mapping
from datetime import date
from typing import Any, TypeVar

from silkport.kernel.errors import MalformedLaw, RecordWithoutSource
from silkport.kernel.periods import Period, refuse_overlaps
from silkport.law.recognition import (
    IMAGES,
    KINDS,
    PPM,
    RESULTS,
    Examination,
    Pending,
    Recognition,
    RecognitionLaw,
    Replacement,
    TrustRule,
    digest_of,
    kind_of,
)
from silkport.law.strict import CONFIDENCES, shown
from silkport.model.inspections import Finding, Method, Subject

RECOGNITION = "recognition.toml"
"""Name of the file in the folder of a pair."""

MOST_DAYS = 3_660
"""Days that a result may be old."""

_DIRECTIONS = ("import", "export", "transit")
_LANES = ("green", "yellow", "red")
_RELIED_ON = (Finding.CONFORMS.value,)
"""Findings that a basis may name: a difference asks for an examination, not for less of it."""

_DATED = frozenset({"start", "stop", "source", "confidence"})
_TRUST = ("p0_ppm", "p1_ppm", "alpha_ppm", "beta_ppm", "learning_ppm", "trusted_ppm")
_KEYS = {
    "recognition": _DATED
    | frozenset("id kind act article receivers findings mass_tolerance_ppm replaces".split()),
    "pending": _DATED | {"kind", "says"},
    "examination": _DATED | frozenset("kind side directions lanes hs".split()),
    "trust": _DATED | frozenset(_TRUST),
}
_ADMINISTRATION = re.compile(r"[a-z]{2,8}")
_HS = re.compile(r"[0-9]{2,10}")

T = TypeVar("T")
Record = Mapping[str, Any]


def read_recognition(text: str) -> RecognitionLaw:
    """The law of a file. Raises MalformedLaw, RecordWithoutSource, OverlappingDates."""
    try:
        book = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise MalformedLaw(what=RECOGNITION, reason=str(error)) from None
    pair = tuple(_chosen(book, "pair", None, RECOGNITION))
    if len(pair) != 2 or not all(map(_ADMINISTRATION.fullmatch, pair)) or pair[0] >= pair[1]:
        reason = "pair names the two administrations in alphabetical order"
        raise MalformedLaw(what=RECOGNITION, reason=reason)
    what = f"{'_'.join(pair)}/{RECOGNITION}"
    _refuse_unknown(book, {"pair", *_KEYS}, what)
    found = RecognitionLaw(
        pair=pair,
        recognitions=tuple(_records(book, "recognition", what, pair, _recognition)),
        pendings=tuple(_records(book, "pending", what, pair, _pending)),
        examinations=tuple(_records(book, "examination", what, pair, _examination)),
        trusts=tuple(_records(book, "trust", what, pair, _trust)),
        digest=digest_of(text),
    )
    _refuse_two_at_once(found, what)
    return found


def _recognition(record: Record, pair: tuple[str, ...], what: str) -> Recognition:
    name = _text(record, "id", what)
    if not re.fullmatch(rf"{'_'.join(pair)}-RE-[0-9]{{2}}", name):
        raise MalformedLaw(what=what, reason=f"its id has the form {'_'.join(pair)}-RE-01")
    kind = _one_of(record, "kind", KINDS, what)
    replaces = record.get("replaces")
    if not isinstance(replaces, dict) or not replaces:
        raise MalformedLaw(what=what, reason="it replaces no examination")
    return Recognition(
        id=name,
        kind=kind,
        act=_text(record, "act", what),
        article=_text(record, "article", what),
        receivers=frozenset(_chosen(record, "receivers", pair, what)),
        findings=frozenset(_chosen(record, "findings", _RELIED_ON, what)),
        mass_tolerance_ppm=_number(record, "mass_tolerance_ppm", 0, PPM, what),
        replaces={
            Method(_known(one, list(Method), what)): _replacement(said, kind, one, f"{what} {one}")
            for one, said in replaces.items()
        },
        **_dated(record, what),
    )


def _replacement(record: object, kind: str, examination: str, what: str) -> Replacement:
    """Refuses an X-ray under an agreement on results, and the other way round."""
    if not isinstance(record, dict):
        raise MalformedLaw(what=what, reason="it is no table with methods, bodies and age_days")
    _refuse_unknown(record, {"methods", "bodies", "age_days"}, what)
    methods = [Method(one) for one in _chosen(record, "methods", list(Method), what)]
    if any(kind_of(one) != kind for one in (*methods, Method(examination))):
        only = {RESULTS: f"no {Method.X_RAY}", IMAGES: f"nothing but {Method.X_RAY}"}[kind]
        raise MalformedLaw(what=what, reason=f"under {kind} there is {only}")
    bodies = [Subject(one) for one in _chosen(record, "bodies", list(Subject), what)]
    age = _number(record, "age_days", 0, MOST_DAYS, what)
    return Replacement(frozenset(methods), frozenset(bodies), age)


def _pending(record: Record, _pair: tuple[str, ...], what: str) -> Pending:
    kind, says = _one_of(record, "kind", KINDS, what), _text(record, "says", what)
    return Pending(kind=kind, says=says, **_dated(record, what))


def _examination(record: Record, pair: tuple[str, ...], what: str) -> Examination:
    hs = _chosen(record, "hs", None, what) if "hs" in record else []
    for one in hs:
        if not _HS.fullmatch(one):
            raise MalformedLaw(what=what, reason=f"{shown(one)} is no beginning of a code")
    lanes = _chosen(record, "lanes", _LANES, what) if "lanes" in record else []
    return Examination(
        kind=Method(_one_of(record, "kind", list(Method), what)),
        side=_one_of(record, "side", pair, what),
        directions=frozenset(_chosen(record, "directions", _DIRECTIONS, what)),
        lanes=frozenset(lanes),
        hs=tuple(hs),
        **_dated(record, what),
    )


def _trust(record: Record, _pair: tuple[str, ...], what: str) -> TrustRule:
    shares: dict[str, Any] = {name: _number(record, name, 0, PPM, what) for name in _TRUST}
    return TrustRule(**shares, **_dated(record, what))


def _refuse_two_at_once(law: RecognitionLaw, what: str) -> None:
    """On one day an examination has one basis, a test one rule."""
    for side in law.pair:
        for kind in Method:
            periods = [
                one.period
                for one in law.recognitions
                if side in one.receivers and kind in one.replaces
            ]
            refuse_overlaps(periods, f"{what}: recognition of {kind} by {side}")
    for name in KINDS:
        pending = [one.period for one in law.pendings if one.kind == name]
        refuse_overlaps(pending, f"{what}: pending {name}")
    refuse_overlaps((one.period for one in law.trusts), f"{what}: trust")


def _records(
    book: Mapping[str, Any],
    name: str,
    what: str,
    pair: tuple[str, ...],
    read: Callable[[Record, tuple[str, ...], str], T],
) -> list[T]:
    records = book.get(name, [])
    if not isinstance(records, list) or not all(isinstance(one, dict) for one in records):
        raise MalformedLaw(what=what, reason=f"each {name} begins with [[{name}]]")
    found = []
    for number, record in enumerate(records, 1):
        place = f"{what}, {name} {number}"
        _refuse_unknown(record, _KEYS[name], place)
        found.append(read(record, pair, place))
    return found


def _dated(record: Record, what: str) -> dict[str, Any]:
    """Period, source and confidence."""
    source = record.get("source")
    if not isinstance(source, str) or not source.strip():
        raise RecordWithoutSource(what=what)
    start, stop = record.get("start"), record.get("stop", date.max)
    if type(start) is not date or type(stop) is not date:  # a moment is a date to isinstance
        reason = "start and stop are days, written 2026-07-01 and unquoted"
        raise MalformedLaw(what=what, reason=reason)
    if start >= stop:
        raise MalformedLaw(what=what, reason=f"its stop {stop} is not after its start {start}")
    confidence = record.get("confidence", CONFIDENCES[0])
    if confidence not in CONFIDENCES:
        raise MalformedLaw(what=what, reason=f"confidence is {' or '.join(CONFIDENCES)}")
    said = " ".join(source.split())
    return {"period": Period(start, stop), "source": said, "confidence": confidence}


def _text(record: Record, key: str, what: str) -> str:
    value = record.get(key)
    if not isinstance(value, str) or not value.strip():
        raise MalformedLaw(what=what, reason=f"it has no {key}")
    return " ".join(value.split())


def _number(record: Record, key: str, least: int, most: int, what: str) -> int:
    value = record.get(key)
    if type(value) is not int or not least <= value <= most:
        raise MalformedLaw(what=what, reason=f"{key} is a whole number from {least} to {most}")
    return value


def _known(value: object, known: Collection[str], what: str) -> str:
    if not isinstance(value, str) or value not in list(known):
        listed = ", ".join(known)
        raise MalformedLaw(what=what, reason=f"{shown(str(value))} is none of {listed}")
    return value


def _one_of(record: Record, key: str, known: Collection[str], what: str) -> str:
    return _known(record.get(key), known, f"{what}, {key}")


def _chosen(record: Record, key: str, known: Collection[str] | None, what: str) -> list[str]:
    """A list of words, each once and not empty; None knows every word."""
    value = record.get(key)
    if not isinstance(value, list) or not value or not all(isinstance(one, str) for one in value):
        raise MalformedLaw(what=what, reason=f"{key} is a list of words")
    if known is not None:
        for one in value:
            _known(one, known, f"{what}, {key}")
    if len(set(value)) < len(value):
        raise MalformedLaw(what=what, reason=f"{key} names something twice")
    return value


def _refuse_unknown(record: Record, known: Collection[str], what: str) -> None:
    unknown = sorted(set(record) - set(known))
    if unknown:
        raise MalformedLaw(what=what, reason=f"nothing is called {shown(unknown[0])} there")
