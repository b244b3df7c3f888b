"""The field tables of filings: how each field is obtained, as data of a pair, read strictly.

    pair = ["aa", "bb"]

    [[filing]]
    name = "import_declaration"
    administration = "aa"        # whose law
    direction = "import"         # whether its trader sends or receives
    like = "goods_declaration"   # a group of fields.toml whose fields it has; may be left out
    ahead_minutes = 120          # how long before arrival it is due; left out: whenever
    source = "..."
    confidence = "unverified"    # cited when left out
    [filing.head]
    office = { copy = "transport.offices.@country", ask = "always", source = "..." }
    [filing.goods]
    hs_code = { compute = "hs_code" }

A field is copied from a path, else computed, else defaulted; what is still absent is asked of the
declarant when `ask` says so. `optional`: he may state it; `never`: nobody does. What has no source
of its own has that of its filing or group.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from importlib.resources import files
from typing import Any

from silkport.kernel.errors import MalformedLaw, RecordWithoutSource
from silkport.law.strict import CONFIDENCES, shown
from silkport.model.columns import Column
from silkport.model.declarations import DECLARATION, GOODS

DECLARATION_FORM = "goods_declaration"
"""The group whose filings are rows of DECLARATION and GOODS and are decided."""

KEYS = frozenset(DECLARATION.key)
"""Columns of a goods line that are those of its head."""

DIRECTIONS = ("export", "import")
_FIELD_KEYS = frozenset("copy compute default ask optional never source confidence".split())
_FILING_KEYS = frozenset(
    "name administration direction like ahead_minutes source confidence head goods".split()
)
_GROUP_KEYS = frozenset(("source", "confidence", "head", "goods"))


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldRule:
    """How one field is obtained.

    Attributes:
        column: of DECLARATION or GOODS; None in a plain filing.
        copy: path in the description; compute: name of a computation; default: a value.
        ask: when the declarant must state what is absent: "always", or a name of `asking`.
        optional, never: whether he may state it besides, and whether nobody may.
    """

    name: str
    source: str
    confidence: str
    column: Column | None = None
    copy: str = ""
    compute: str = ""
    default: int | str | None = None
    ask: str = ""
    optional: bool = False
    never: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FilingRules:
    """One filing under one law."""

    name: str
    administration: str
    direction: str
    ahead_minutes: int
    is_declaration: bool
    source: str
    confidence: str
    head: tuple[FieldRule, ...]
    goods: tuple[FieldRule, ...]
    by_name: Mapping[tuple[bool, str], FieldRule] = field(repr=False)
    """By whether it is a field of a line, and by name."""


@dataclass(frozen=True, slots=True)
class _Group:
    head: Mapping[str, FieldRule]
    goods: Mapping[str, FieldRule]


def shipped_groups() -> str:
    """The text of the groups that came with the package."""
    return (files("silkport.filings") / "fields.toml").read_text(encoding="utf-8")


def read_filings(text: str, what: str, groups: str) -> dict[tuple[str, str], FilingRules]:
    """The filings of a pair, by name and administration.

    Args:
        text: `filings.toml` of the pair; what: how messages name it.
        groups: the groups that filings may take over.
    Raises MalformedLaw, RecordWithoutSource with the place named.
    """
    known = dict(_groups(_book(groups, "filings/fields.toml"), "filings/fields.toml"))
    book = _book(text, what)
    _refuse_unknown(book, ("pair", "filing"), what)
    pair = book.get("pair")
    if not isinstance(pair, list) or len(pair) != 2 or sorted(pair) != pair:
        raise MalformedLaw(what=what, reason="pair names two administrations in order")
    found: dict[tuple[str, str], FilingRules] = {}
    for number, record in enumerate(book.get("filing", ()), 1):
        rules = _filing(record, known, pair, f"{what}, filing {number}")
        key = (rules.name, rules.administration)
        if key in found:
            raise MalformedLaw(what=what, reason=f"two filings are {' of '.join(key)}")
        found[key] = rules
    return found


def _book(text: str, what: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise MalformedLaw(what=what, reason=str(error)) from None


def _groups(book: Mapping[str, Any], what: str) -> Iterator[tuple[str, _Group]]:
    _refuse_unknown(book, ("group",), what)
    for name, record in book.get("group", {}).items():
        spot = f"{what}, group {name}"
        _refuse_unknown(record, _GROUP_KEYS, spot)
        yield name, _fields(record, name == DECLARATION_FORM, _Group({}, {}), spot)


def _filing(
    record: Mapping[str, Any], groups: Mapping[str, _Group], pair: list[str], what: str
) -> FilingRules:
    _refuse_unknown(record, _FILING_KEYS, what)
    name, administration = record.get("name"), record.get("administration")
    what = f"{what} ({name} of {administration})"
    if not isinstance(name, str) or not name.isidentifier() or administration not in pair:
        raise MalformedLaw(what=what, reason="it has a name and an administration of the pair")
    if record.get("direction") not in DIRECTIONS:
        raise MalformedLaw(what=what, reason=f"direction is {' or '.join(DIRECTIONS)}")
    like = record.get("like", "")
    if like and like not in groups:
        raise MalformedLaw(what=what, reason=f"there is no group {shown(str(like))}")
    ahead = record.get("ahead_minutes", 0)
    if not isinstance(ahead, int) or isinstance(ahead, bool) or ahead < 0:
        raise MalformedLaw(what=what, reason="ahead_minutes is a whole number")
    is_declaration = like == DECLARATION_FORM
    group = _fields(record, is_declaration, groups.get(like, _Group({}, {})), what)
    if is_declaration:
        _demand_whole(group, what)
    head, goods = tuple(group.head.values()), tuple(group.goods.values())
    named = {(False, one.name): one for one in head} | {(True, one.name): one for one in goods}
    source, confidence = _grounds(record, what)
    return FilingRules(
        name=name,
        administration=str(administration),
        direction=str(record["direction"]),
        ahead_minutes=ahead,
        is_declaration=is_declaration,
        source=source,
        confidence=confidence,
        head=head,
        goods=goods,
        by_name=named,
    )


def _demand_whole(group: _Group, what: str) -> None:
    """Every column of a declaration is spoken of: nothing is left out in silence."""
    for table, rules in ((DECLARATION, group.head), (GOODS, group.goods)):
        columns = [one for one in table.names if table is DECLARATION or one not in KEYS]
        if missing := [one for one in columns if one not in rules]:
            raise MalformedLaw(what=what, reason=f"it does not say how {missing[0]} is obtained")


def _grounds(record: Mapping[str, Any], what: str) -> tuple[str, str]:
    source, confidence = record.get("source", ""), record.get("confidence", CONFIDENCES[0])
    if not isinstance(source, str) or not source.strip():
        raise RecordWithoutSource(what=what)
    if confidence not in CONFIDENCES:
        raise MalformedLaw(what=what, reason=f"confidence is {' or '.join(CONFIDENCES)}")
    return " ".join(source.split()), confidence


def _fields(record: Mapping[str, Any], declares: bool, base: _Group, what: str) -> _Group:
    """The fields of a record over those of its group; a field of both is the record's."""
    grounds = _grounds(record, what)
    both = []
    for part, before, table in (("head", base.head, DECLARATION), ("goods", base.goods, GOODS)):
        known = {one.name: one for one in table.columns} if declares else {}
        found = dict(before)
        said = record.get(part, {})
        if not isinstance(said, dict):
            raise MalformedLaw(what=what, reason=f"{part} is a table of fields")
        for name, value in said.items():
            spot = f"{what}, {part}.{name}"
            if declares and (name not in known or (table is GOODS and name in KEYS)):
                raise MalformedLaw(what=spot, reason="a goods declaration has no such field")
            found[name] = _field(name, value, grounds, known.get(name), spot)
        both.append(_in_order(found, table.names if declares else ()))
    return _Group(*both)


def _in_order(found: dict[str, FieldRule], names: Collection[str]) -> dict[str, FieldRule]:
    """Fields in the order of their table, so that computations find what stands before them."""
    order = {name: place for place, name in enumerate(names)}
    return dict(sorted(found.items(), key=lambda item: order.get(item[0], len(order))))


def _field(
    name: str, value: object, grounds: tuple[str, str], column: Column | None, what: str
) -> FieldRule:
    if not isinstance(value, dict) or not value.keys() - {"source", "confidence"}:
        raise MalformedLaw(what=what, reason="it does not say how the field is obtained")
    _refuse_unknown(value, _FIELD_KEYS, what)
    own = _grounds(value, what) if "source" in value else grounds
    default = value.get("default")
    if default is not None and (not isinstance(default, int | str) or isinstance(default, bool)):
        raise MalformedLaw(what=what, reason="default is a text or a whole number")
    texts = {key: value.get(key, "") for key in ("copy", "compute", "ask")}
    flags = {key: value.get(key, False) for key in ("optional", "never")}
    if not all(isinstance(one, str) for one in texts.values()):
        raise MalformedLaw(what=what, reason="copy, compute and ask are texts")
    if not all(isinstance(one, bool) for one in flags.values()):
        raise MalformedLaw(what=what, reason="optional and never are true or false")
    if flags["never"] and (any(texts.values()) or default is not None or flags["optional"]):
        raise MalformedLaw(what=what, reason="what is never stated is obtained in no way")
    rule = FieldRule(name=name, source=own[0], confidence=own[1], column=column)
    return replace(rule, default=default, **texts, **flags)


def _refuse_unknown(record: Mapping[str, Any], known: Collection[str], what: str) -> None:
    if unknown := sorted(set(record) - set(known)):
        raise MalformedLaw(what=what, reason=f"nothing is called {shown(unknown[0])} there")
