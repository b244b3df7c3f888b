"""Reading the texts of messages that state much the same fields; most do, and are read faster.

What the rows of a kind of message state is remembered as a pattern: fields that all have, and
fields that some have. A grammar made from it tells in one run whether a message is so; if it is,
texts are taken by their places. If it is not, the pattern is widened by what the message states;
and should even that not fit, the message is wrong, and is explained field by field elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import accumulate
from typing import TYPE_CHECKING, cast

from lxml import etree

from silkport.formats.ceb.catalogue import NAMESPACE, SHAPES, Part, Shape
from silkport.formats.ceb.grammar import Fields, grammar

if TYPE_CHECKING:
    from lxml.etree import _Element as Node

Names = tuple[str, ...]
Find = Callable[["Node"], list["Node"]]


@dataclass(frozen=True, slots=True)
class Texts:
    """The texts of rows that state the same fields: paths, columns, and which rows they are."""

    paths: Names
    columns: list[list[str]]
    rows: Sequence[int]


@dataclass(frozen=True, slots=True)
class Patterned:
    """The texts of a message, and how many lines each of its documents has."""

    heads: list[Texts]
    lines: list[Texts]
    lines_each: list[int]


@dataclass(frozen=True, slots=True)
class _Pattern:
    """Fields of head and line, with the grammar made from them."""

    head: Fields
    line: Fields
    grammar: etree.XMLSchema


_KNOWN: dict[str, _Pattern] = {}
"""The pattern of each kind of message, as wide as messages of this process made it."""


def patterned(root: Node, shape: Shape) -> Patterned | None:
    """The texts of a message that fits the pattern of its kind; None where it is built wrong."""
    known = _KNOWN.get(shape.message)
    if known is None or not known.grammar.validate(root):
        widened = _widened(root, shape, known)
        if widened is None or not widened.grammar.validate(root):
            return None
        known = _KNOWN[shape.message] = widened
    find = _finders(shape.message)
    heads = list(_texts(shape.head, known.head, find.head, root))
    if shape.line is None or find.line is None:
        return Patterned(heads, [], [])
    lines = list(_texts(shape.line, known.line, find.line, root))
    return Patterned(heads, lines, [len(document) - 1 for document in find.documents(root)])


def _widened(root: Node, shape: Shape, known: _Pattern | None) -> _Pattern | None:
    """The known pattern and what this message states; None where it states what it may not."""
    find = _finders(shape.message)
    before = (known.head, known.line) if known else (None, None)
    head = _fields(shape.head, find.head.rows(root), before[0])
    line: Fields | None = Fields((), ())
    if shape.line is not None and find.line is not None:
        line = _fields(shape.line, find.line.rows(root), before[1])
    if head is None or line is None:
        return None
    return _Pattern(head, line, grammar(shape.message, head=head, line=line))


def _fields(part: Part, rows: list[Node], known: Fields | None) -> Fields | None:
    stated = {frozenset(str(child.tag) for child in row) for row in rows}
    order = [element.tag for element in part.elements]
    always, ever = set(order), set[str]()
    if known is not None:
        stated |= {frozenset(known.always), frozenset(known.ever)}
    for tags in stated:
        always &= tags
        ever |= tags
    mandatory = {element.tag for element in part.elements if element.mandatory}
    if not ever <= set(order) or (stated and not mandatory <= always):
        return None
    kept = (tuple(tag for tag in order if tag in some) for some in (always & ever, ever))
    return Fields(*kept)


def _texts(part: Part, fields: Fields, find: _Rows, root: Node) -> Iterator[Texts]:
    """The texts of all rows of a part, by the fields that they state."""
    rows = find.rows(root)
    if not rows:
        return
    texts = [element.text or "" for element in find.inside(root)]
    paths = {element.tag: element.path for element in part.elements}
    width = len(fields.ever)
    if width == len(fields.always):
        columns = [texts[place::width] for place in range(width)]
        yield Texts(tuple(paths[tag] for tag in fields.ever), columns, range(len(rows)))
        return
    groups: dict[int, list[int]] = {}
    stated = _stated(fields, find, root, rows)
    for number, mask in enumerate(stated):
        groups.setdefault(mask, []).append(number)
    tags = {mask: _tags(fields, mask) for mask in groups}
    starts = [0, *accumulate(len(tags[mask]) for mask in stated)]
    for mask, numbers in groups.items():
        cells = [texts[starts[number] : starts[number + 1]] for number in numbers]
        columns = [list(column) for column in zip(*cells, strict=True)]
        yield Texts(tuple(paths[tag] for tag in tags[mask]), columns, numbers)


def _stated(fields: Fields, find: _Rows, root: Node, rows: list[Node]) -> list[int]:
    """Of each row, which of the fields that not all have it states: one bit each, in order."""
    numbers = {row: number for number, row in enumerate(rows)}
    stated = [0] * len(rows)
    for bit, tag in enumerate(_varying(fields)):
        for element in find.each(tag)(root):
            parent = element.getparent()
            assert parent is not None
            stated[numbers[parent]] |= 1 << bit
    return stated


def _varying(fields: Fields) -> Names:
    return tuple(tag for tag in fields.ever if tag not in fields.always)


def _tags(fields: Fields, mask: int) -> Names:
    """The fields of a row in order, from its bits."""
    some = {tag for bit, tag in enumerate(_varying(fields)) if mask >> bit & 1}
    return tuple(tag for tag in fields.ever if tag in fields.always or tag in some)


@dataclass(frozen=True)
class _Rows:
    """Where the rows of a part stand in a message, what is in them, and one field of them."""

    place: str

    @cached_property
    def rows(self) -> Find:
        """The heads, or the lines."""
        return _finder(self.place)

    @cached_property
    def inside(self) -> Find:
        """Every field of all rows, one after the other."""
        return _finder(f"{self.place}/*")

    def each(self, tag: str) -> Find:
        """One field, of the rows that have it."""
        return _finder(f"{self.place}/c:{tag.rpartition('}')[2]}")


@dataclass(frozen=True, slots=True)
class _Finders:
    """Where documents, heads and lines stand in a kind of message."""

    documents: Find
    head: _Rows
    line: _Rows | None


@cache
def _finders(message: str) -> _Finders:
    shape = SHAPES[message]
    document = f"c:{shape.name}"
    head = f"{document}/c:{shape.head.name}" if shape.nested else document
    line = None if shape.line is None else _Rows(f"{document}/c:{shape.line.name}")
    return _Finders(_finder(document), _Rows(head), line)


@cache
def _finder(place: str) -> Find:
    # An expression that names elements gives elements.
    return cast("Find", etree.XPath(place, namespaces={"c": NAMESPACE}))
