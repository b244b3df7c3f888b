"""Whether a message has the shape and the texts that its definition demands, in words for people.

The table that drives reading judges here, so that a node without the official schemas refuses what
they refuse. The structure of a kind of message is compiled once into a grammar that lxml runs over
the whole message; only what it refuses is walked, to say what is wrong. Texts are judged by
columns, over many messages at once. A message is taken as the reader parses it, without comments.

Judged otherwise than by the official schemas, on purpose: `xsi:type` is refused everywhere (they
allow it where it names the type that holds anyway, or a narrower one); of a signature, what is
inside KeyInfo and Transform and the text of attributes is left to whoever verifies it.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING

import polars as pl
from lxml import etree

from silkport.formats.ceb import catalogue
from silkport.formats.ceb.catalogue import Form, Part, Shape
from silkport.formats.ceb.grammar import AFTER, ATTRIBUTES, Place, plan_of
from silkport.model.columns import is_personal

if TYPE_CHECKING:
    from lxml.etree import _Element as Node

MAX_FAULTS = 20
"""Faults told of one message; whoever corrects these sends it again."""

_CROWD = 1_000
"""Neighbours among which lxml names the place of a fault slowly: it counts them for each fault."""

_PERSONAL = frozenset(
    element.name
    for shape in catalogue.SHAPES.values()
    for part in shape.parts
    for element in part.elements
    if element.column is not None and is_personal(element.column.name)
)
_BLANKS = re.compile(r"[ \t\r\n]+")
_NUMBER = re.compile(r"([+-]?)([0-9]*)(\.?)([0-9]*)")
_INT = range(-(2**31), 2**31)
_BASE64 = re.compile(r"([\w+/]{4})*([\w+/]{2}[AEIMQUYcgkosw048]=|[\w+/][AQgw]==)?")
_XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
_HINTS = (f"{_XSI}schemaLocation", f"{_XSI}noNamespaceSchemaLocation")
_OPTIONAL = {"Signature": ("Id",), "Reference": ("Id", "URI", "Type")}


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing in a message that its definition does not allow.

    `path` is how a person finds it, e.g. `Inventory[2]/InventoryList[1]/qty` or `@guid`; `read`
    quotes what stands there; `rule` is a short word that stays; `expected` is what is allowed.
    """

    path: str
    read: str
    rule: str
    expected: str


def structural_faults(root: Node, shape: Shape, *, lenient_transfer: bool = True) -> list[Fault]:
    """What is wrong with elements, their order and number, attributes, and the common parts.

    `lenient_transfer` accepts a BaseTransfer that is repeated, as real export messages do. The
    texts of documents are the business of `cell_faults`.
    """
    place, grammar = plan_of(shape.message, lenient_transfer=lenient_transfer)
    crowded = is_crowded(root)
    if not crowded and grammar.validate(root):
        return list(islice(_beside(root, place), MAX_FAULTS))
    faults = list(islice(_walk(root, place, ""), MAX_FAULTS))
    if not faults and not crowded:
        # Should the walk find nothing to say, what the grammar refused is refused all the same.
        faults = [fault("", _local(root), "unknown", f"the structure of {shape.root}")]
    return faults


def is_crowded(root: Node) -> bool:
    """Whether a message has so many documents or lines that its faults would take lxml minutes."""
    return len(root) > _CROWD or any(len(child) > _CROWD for child in root)


def beside_grammar(root: Node, shape: Shape) -> list[Fault]:
    """What a grammar leaves open, in a message that it has found right."""
    place, _ = plan_of(shape.message, lenient_transfer=True)
    return list(islice(_beside(root, place), MAX_FAULTS))


def cell_faults(part: Part, cells: pl.DataFrame) -> list[tuple[int, Fault]]:
    """Which texts of heads or lines are outside their form, with the row of each.

    One text column an element, named by its path; null is an absent element and no fault here. A
    column that is not there is an element that no row has.
    """
    columns = part.by_path.keys() & set(cells.columns)
    tests = {path: _odd(part.by_path[path].form, path) for path in columns}
    odd = {path: test for path, test in tests.items() if test is not None}
    if not odd or cells.is_empty():
        return []
    seen = cells.select(test.any().alias(path) for path, test in odd.items()).row(0, named=True)
    found: list[tuple[int, Fault]] = []
    for path in filter(seen.get, part.by_path):
        form = part.by_path[path].form
        texts = cells.select(pl.col(path).alias("text"), odd[path].alias("odd"))
        for row, text in texts.with_row_index().filter("odd").select("index", "text").iter_rows():
            if verdict := judged(form, text):
                found.append((row, fault(path, text, *verdict)))
    return sorted(found, key=lambda one: one[0])


@cache
def _odd(form: Form, path: str) -> pl.Expr | None:
    """Which cells deserve a closer look: all that are outside their form, and few others."""
    text = pl.col(path)
    if form.sort == "decimal":
        whole = form.digits - form.fraction
        return ~text.str.contains(rf"^[0-9]{{1,{whole}}}(\.[0-9]{{1,{form.fraction}}})?$")
    if form.sort == "integer":
        return ~text.str.contains(rf"^[0-9]{{1,{min(form.digits or 9, 9)}}}$")
    if form.fixed:
        return text != form.fixed
    if not form.most:
        return None
    if form.collapse:
        text = text.str.replace_all(_BLANKS.pattern, " ").str.strip_chars(" ")
    return ~text.str.len_chars().is_between(form.least, form.most)


def judged(form: Form, text: str) -> tuple[str, str] | None:
    """The rule that a text breaks and what is allowed instead; None when the form allows it.

    An element that is empty takes its fixed or default value, as XML Schema has it.
    """
    if not text and (form.fixed or form.default):
        return None
    if form.sort == "base64":
        # Signs that base64 does not have are passed over, as libxml2 does.
        whole = _BASE64.fullmatch(re.sub("[^A-Za-z0-9+/=]", "", text))
        return None if whole else ("signature", "base64")
    if form.sort != "text":
        return _judged_number(form, text.strip(" \t\r\n"))
    size = len(_BLANKS.sub(" ", text).strip(" ") if form.collapse else text)
    if size < form.least or (form.most and size > form.most):
        return "length", f"{_length(form)}, not {size}"
    if form.fixed and text != form.fixed:
        return "fixed", f"{form.fixed}, or an empty element"
    return None


def _judged_number(form: Form, text: str) -> tuple[str, str] | None:
    """Zeros that do not change the value count neither as digits nor as decimals."""
    found = _NUMBER.fullmatch(text)
    if found is None or not (found[2] or found[4]) or (form.sort == "integer" and found[3]):
        words = "a whole number" if form.sort == "integer" else "a number such as 12.5"
        return form.sort, f"{words}, in digits 0 to 9 only"
    whole, decimals = found[2].lstrip("0"), len(found[4].rstrip("0"))
    digits = len(whole) + decimals
    if decimals > form.fraction:
        return form.sort, f"at most {form.fraction} decimals, not {decimals}"
    if form.digits and digits > form.digits:
        return form.sort, f"at most {form.digits} digits, not {digits}"
    # Only a text that can be such a number is turned into one; Python refuses very long ones.
    if form.sort == "integer" and (digits > 10 or int(f"{found[1]}0{whole}") not in _INT):
        return form.sort, f"a whole number from {_INT[0]} to {_INT[-1]}"
    return None


def _length(form: Form) -> str:
    if form.least == form.most:
        return f"exactly {form.most} character{'s' * (form.most > 1)}"
    return f"{f'{form.least} to' if form.least else 'at most'} {form.most} characters"


def _beside(root: Node, place: Place) -> Iterator[Fault]:
    """What the grammar leaves open: texts of the root and of the common parts, the signature."""
    yield from _attributes(root, place, "")
    for common in place.inside[1:]:
        # The grammar takes any element of the signature's namespace for the signature.
        tag = f"{{{catalogue.DSIG}}}*" if common.signed else common.tag
        yield from _inside(root.findall(tag), common, "")


def _inside(same: Sequence[Node], place: Place, path: str) -> Iterator[Fault]:
    for number, child in enumerate(same, start=1):
        single = place.signed or place.name in AFTER or (path and place.most == 1)
        turn = "" if single and len(same) == 1 else f"[{number}]"
        yield from _walk(child, place, _at(path, f"{place.name}{turn}"))


def _walk(element: Node, place: Place, path: str) -> Iterator[Fault]:
    """Everything that is wrong with an element and with what is inside it."""
    if element.tag != place.tag:
        yield _stranger(element, [place], path)
        return
    yield from _attributes(element, place, path)
    if place.sort == "open":
        return
    children = list(element.iterchildren("*"))
    if place.sort == "field":
        if children:
            yield fault(path, _local(children[0]), "nested", "text without elements")
        elif place.form and (verdict := judged(place.form, element.text or "")):
            yield fault(path, element.text, *verdict)
        return
    texts = ((text or "").strip(" \t\r\n") for text in (element.text, *(c.tail for c in children)))
    if stray := " ".join(filter(None, texts)):
        yield fault(path, stray, "text_between", f"only elements inside {place.name}")
    if place.sort == "envelope":
        if len(children) > 1:
            yield fault(path, _local(children[1]), "nested", "at most one element")
        return
    yield from _sequence(children, place, path)
    same: dict[str, list[Node]] = {}
    for child in children:
        same.setdefault(str(child.tag), []).append(child)
    for inner in place.inside:
        yield from _inside(same.get(inner.tag, ()), inner, path)


def _sequence(children: Sequence[Node], place: Place, path: str) -> Iterator[Fault]:
    """Elements that are unknown, too many, misplaced or missing; as few as explain the rest."""
    numbers = {inner.tag: number for number, inner in enumerate(place.inside)}
    count: Counter[int] = Counter()
    known: list[int] = []
    meant: set[str] = set()
    for child in children:
        number = numbers.get(str(child.tag))
        if number is None:
            stranger = _stranger(child, place.inside, _at(path, _local(child)))
            meant.add(stranger.expected.removeprefix("perhaps "))
            yield stranger
            continue
        inner = place.inside[number]
        count[number] += 1
        if not inner.most or count[number] <= inner.most:
            known.append(number)
        elif count[number] == inner.most + 1:
            rule = "repeated" if inner.most == 1 else "too_many"
            at = _at(path, f"{inner.name}[{count[number]}]")
            yield fault(at, inner.name, rule, f"at most {inner.most} {inner.name}")
    stay = _longest_run(known)
    standing = sorted({known[position] for position in stay})
    for position, number in enumerate(known):
        if position not in stay:
            name = place.inside[number].name
            yield fault(_at(path, name), name, "order", _where(place, number, standing))
    for number, inner in enumerate(place.inside):
        if count[number] < inner.least and meant.isdisjoint((inner.name, inner.tag)):
            rule = "missing" if inner.most == 1 or inner.name in AFTER else "too_few"
            rule = "signature" if inner.name == "Signature" else rule
            yield fault(_at(path, inner.name), "", rule, _where(place, number, standing))


def _longest_run(numbers: Sequence[int]) -> set[int]:
    """Positions that may stay where they are, so that as few elements as possible must move."""
    ends: list[int] = []
    last: list[int] = []
    before: list[int] = []
    for position, number in enumerate(numbers):
        at = bisect_right(ends, number)
        ends[at : at + 1] = [number]
        last[at : at + 1] = [position]
        before.append(last[at - 1] if at else -1)
    stay: set[int] = set()
    position = last[-1] if last else -1
    while position >= 0:
        stay.add(position)
        position = before[position]
    return stay


def _where(place: Place, number: int, standing: Sequence[int]) -> str:
    """An element and its nearest neighbour among those that stand where they belong."""
    here = f"{place.name}/{place.inside[number].name}"
    after = bisect_right(standing, number)
    if after < len(standing):
        return f"{here} before {place.inside[standing[after]].name}"
    return f"{here} after {place.inside[standing[-1]].name}" if standing else here


def _stranger(child: Node, foreseen: Sequence[Place], path: str) -> Fault:
    name = _local(child)
    for place in foreseen:
        if place.name == name:
            return fault(path, str(child.tag), "namespace", place.tag)
    near = get_close_matches(name[:80], [place.name for place in foreseen], n=1)
    return fault(path, name, "unknown", f"perhaps {near[0]}" if near else "no such element")


def _attributes(element: Node, place: Place, path: str) -> Iterator[Fault]:
    required: Mapping[str, Form] = {} if path else ATTRIBUTES
    if place.signed and place.name.endswith(("Method", "Transform")):
        required = {"Algorithm": Form("text")}
    for name, form in required.items():
        value = element.get(name)
        if value is None:
            words = f"{name}, {_length(form)}" if form.most else name
            yield fault(_at(path, f"@{name}"), "", "attribute", words)
        elif verdict := judged(form, value):
            yield fault(_at(path, f"@{name}"), value, *verdict)
    foreseen = (*required, *(_OPTIONAL.get(place.name, ()) if place.signed else ()))
    for name in map(str, element.attrib):
        if name not in foreseen and name not in _HINTS:
            at = _at(path, f"@{etree.QName(name).localname}")
            allowed = f"only {' and '.join(foreseen)}" if foreseen else "no attribute"
            yield fault(at, element.get(name), "attribute", allowed)


def _local(element: Node) -> str:
    return etree.QName(element).localname


def _at(path: str, name: str) -> str:
    return f"{path}/{name}" if path else name


def fault(path: str, read: str | None, rule: str, expected: str) -> Fault:
    """A fault that quotes no more than is read at a glance, and nothing that names a person."""
    quoted = read or ""
    if path.rpartition("/")[2] in _PERSONAL and quoted:
        quoted = f"({len(quoted)} characters)"
    return Fault(path, quoted[:80], rule, expected)
