"""Rows to an XML document, by the field table: its rows stand in the order of the elements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lxml import etree

from silkport.formats.eaeu.catalogue import UNSTATED, WITH, WRITTEN, Field, Form
from silkport.formats.eaeu.declared import Cell
from silkport.formats.eaeu.spelling import written
from silkport.kernel.errors import InvalidValue

if TYPE_CHECKING:
    from lxml.etree import _Element as Node

Said = Mapping[str, Mapping[str, Cell]]
"""Rows by table, from which the fields of a part are written."""


@dataclass(frozen=True, slots=True)
class Part:
    """What one element of a part says, and the parts inside it by name."""

    rows: Said
    parts: Mapping[str, Sequence[Part]] = field(default_factory=dict)


def build(form: Form, whole: Part) -> bytes:
    """The document as UTF-8 bytes; the same rows give the same bytes.

    Raises InvalidValue for what the document has no form for, and for what it must state.
    """
    named: dict[str | None, str] = {None: form.namespace}
    named |= {prefix: uri for prefix, uri in form.prefixes.items() if uri != form.namespace}
    root = etree.Element(form.tag, nsmap=named)  # type: ignore[arg-type]
    _fill(form, "head", root, whole, whole.rows)
    etree.cleanup_namespaces(root)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def _fill(form: Form, name: str, node: Node, part: Part, said: Said) -> None:
    for one in form.parts.get(name, ()):
        if one.use not in WRITTEN:
            continue
        if one.kind == "part":
            for inner in part.parts.get(one.column, ()):
                child = _descend(node, one.steps[:-1])
                leaf = etree.SubElement(child, one.steps[-1])
                _fill(form, one.column, leaf, inner, {**said, **inner.rows})
        else:
            _write(one, node, said)


def _write(one: Field, node: Node, said: Said) -> None:
    """Writes one field; an attribute only where its element stands."""
    if one.attribute:
        owner = _last(node, one.steps)
        if owner is not None:
            for text in _texts(one, said):
                owner.set(one.attribute, text)
        return
    if one.use == WITH and _last(node, one.steps[:-1]) is None:
        return
    for text in _texts(one, said):
        parent = _descend(node, one.steps[:-1])
        etree.SubElement(parent, one.steps[-1]).text = text


def _texts(one: Field, said: Said) -> list[str]:
    if one.kind in ("fixed", "same"):
        return [one.value]
    value = said.get(one.table, {}).get(one.column, "")
    if value in UNSTATED and (one.needed or one.use == WITH):
        raise InvalidValue(what=one.place, value="", reason=f"{one.path} must be stated")
    return written(one, value)


def _last(node: Node, steps: Sequence[str]) -> Node | None:
    """The element that was written last at a place."""
    found: Node | None = node
    for step in steps:
        children = [] if found is None else found.findall(step)
        found = children[-1] if children else None
    return found


def _descend(node: Node, steps: Sequence[str]) -> Node:
    """The innermost of nested elements, made where it is not yet there."""
    for step in steps:
        children = node.findall(step)
        node = children[-1] if children else etree.SubElement(node, step)
    return node
