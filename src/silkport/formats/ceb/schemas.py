"""The official schemas of the family, where the operator has them, as judges of whole messages.

They are not ours to hand out: the operator points at a folder that holds import.xsd and export.xsd
with whatever they import. They refuse what `validity` refuses from our own table; their faults are
told in the same form and, where our table knows the place, in the same words.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, cast

import polars as pl
from lxml import etree

from silkport.formats.ceb.catalogue import COMMON, EXPORT, IMPORT, NAMESPACE, SHAPES, Form, Shape
from silkport.formats.ceb.grammar import ATTRIBUTES
from silkport.formats.ceb.validity import (
    MAX_FAULTS,
    Fault,
    cell_faults,
    fault,
    is_crowded,
    judged,
    structural_faults,
)
from silkport.kernel.errors import HostileContent, LimitExceeded, UnreadableFile
from silkport.kernel.limits import MAX_XML_BYTES

if TYPE_CHECKING:
    from lxml.etree import _Element as Node
    from lxml.etree import _LogEntry as Entry


FILES = {IMPORT: "import.xsd", EXPORT: "export.xsd"}
"""The file of each flow, as the definition calls it."""

_EXPECTED = "an official schema of edition 202205"
_XSD = "{http://www.w3.org/2001/XMLSchema}"

_RULES = {
    "SCHEMAV_CVC_LENGTH_VALID": "length",
    "SCHEMAV_CVC_MINLENGTH_VALID": "length",
    "SCHEMAV_CVC_MAXLENGTH_VALID": "length",
    "SCHEMAV_CVC_ELT_5_2_2_2_1": "fixed",
    "SCHEMAV_CVC_ELT_5_2_2_2_2": "fixed",
    "SCHEMAV_CVC_ELT_3_1": "attribute",
    "SCHEMAV_CVC_COMPLEX_TYPE_3_2_1": "attribute",
    "SCHEMAV_CVC_COMPLEX_TYPE_4": "attribute",
    "SCHEMAV_CVC_TYPE_3_1_1": "attribute",
    "SCHEMAV_CVC_TYPE_3_1_2": "nested",
    "SCHEMAV_CVC_COMPLEX_TYPE_2_3": "text_between",
}
"""Our word for what libxml2 found; the rest depends on the place or is called schema."""

_NAMED = re.compile(r"Expected is (?:one of )?\( (.*?) \)")
_ATTRIBUTE = re.compile(r"[Aa]ttribute '(?:\{[^}']*\})?([^']*)'")
_SPACE = re.compile(r"(?:##other)?\{[^}]*\}")


class Schemas:
    """The two official schemas, ready to judge; to be used by one thread at a time."""

    def __init__(self, by_flow: Mapping[str, etree.XMLSchema]) -> None:
        self._by_flow = by_flow

    @classmethod
    def load(cls, folder: Path) -> Schemas:
        """Reads both schemas from a folder of the operator.

        Raises UnreadableFile when one is missing, broken or not of this family, LimitExceeded when
        one is too large, and HostileContent when one has a document type or leads elsewhere.
        """
        return cls({flow: _loaded(folder / name, flow) for flow, name in FILES.items()})

    def faults(self, root: Node, shape: Shape) -> list[Fault]:
        """What the official schema says against a message of the kind that was announced."""
        name = etree.QName(root)
        if (name.namespace, name.localname) != (NAMESPACE, shape.root):
            return [fault("", str(root.tag), "unknown", f"{shape.root} of {NAMESPACE}")]
        # Our own table is quick where libxml2 is not, and refuses the same.
        if is_crowded(root) and (faults := list(islice(_own(root, shape), MAX_FAULTS))):
            return faults
        schema = self._by_flow[shape.flow]
        if schema.validate(root) or schema.validate(_sent_once(root)):
            return []
        log = cast("Iterable[Entry]", schema.error_log)
        return [_told(entry, root, shape) for entry in islice(log, MAX_FAULTS)]


def _sent_once(root: Node) -> Node:
    """A message without the repetitions of BaseTransfer, which real export messages carry."""
    transfers = root.findall(f"{{{NAMESPACE}}}BaseTransfer")
    if len(transfers) < 2:
        return root
    once = copy.deepcopy(root)
    for again in once.findall(f"{{{NAMESPACE}}}BaseTransfer")[1:]:
        once.remove(again)
    return once


def _own(root: Node, shape: Shape) -> Iterator[Fault]:
    """Faults by our own table, of structure and texts."""
    yield from structural_faults(root, shape)
    for part in shape.parts:
        whole = shape.document if part.tag == shape.document else f"{shape.document}/{part.tag}"
        elements = root.findall(whole)
        texts = [{child.tag: child.text or "" for child in element} for element in elements]
        cells = pl.DataFrame(
            [
                pl.Series(one.path, [text.get(one.tag) for text in texts], dtype=pl.String)
                for one in part.elements
            ]
        )
        for row, one in cell_faults(part, cells):
            name = one.path.partition("/")[2]
            yield replace(one, path=f"{_path(elements[row], root, shape)}/{name}")


def _loaded(path: Path, flow: str) -> etree.XMLSchema:
    read: dict[str, etree._ElementTree] = {}
    _read(path, read)
    own = read[path.name].getroot()
    declared = {element.get("name") for element in own.iterchildren(f"{_XSD}element")}
    if own.get("targetNamespace") != NAMESPACE:
        raise _unreadable(path, f"it is not a schema of {NAMESPACE}")
    for shape in SHAPES.values():
        if shape.flow == flow and shape.root not in declared:
            raise _unreadable(path, f"it does not declare {shape.root}")
    try:
        return etree.XMLSchema(read[path.name])
    except etree.XMLSchemaParseError as error:
        raise _unreadable(path, str(error)[:200]) from error


def _read(path: Path, read: dict[str, etree._ElementTree]) -> None:
    """Reads a schema and all that it imports, so that nothing outside its folder is ever opened."""
    try:
        size = path.stat().st_size
        if size > MAX_XML_BYTES:
            reason = f"it has {size} bytes"
            raise LimitExceeded(source=str(path), limit=MAX_XML_BYTES, reason=reason)
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
        tree = etree.parse(str(path), parser)
    except OSError as error:
        raise _unreadable(path, error.strerror or str(error)[:200]) from error
    except etree.XMLSyntaxError as error:
        raise _unreadable(path, str(error)[:200]) from error
    if tree.docinfo.internalDTD is not None:
        raise HostileContent(source=str(path), reason="it declares a document type")
    read[path.name] = tree
    for name in ("import", "include", "redefine", "override"):
        for element in tree.getroot().iter(f"{_XSD}{name}"):
            location = element.get("schemaLocation")
            if location is None or location in read:
                continue
            if not re.fullmatch(r"[\w][\w.-]*", location):
                reason = f"it refers to {location[:80]}, which is not a file beside it"
                raise HostileContent(source=str(path), reason=reason)
            _read(path.with_name(location), read)


def _unreadable(path: Path, reason: str) -> UnreadableFile:
    return UnreadableFile(source=str(path), expected=_EXPECTED, reason=reason)


def _told(entry: Entry, root: Node, shape: Shape) -> Fault:
    """A line of libxml2's log as a fault; in our own words where our table has the place."""
    node = _node(root, entry.path or "")
    path = _path(node, root, shape)
    attribute = _ATTRIBUTE.search(entry.message)
    if attribute is not None:
        form, read = ATTRIBUTES.get(attribute[1]) if node is root else None, node.get(attribute[1])
        path = f"{path}/@{attribute[1]}".lstrip("/")
    else:
        form, read = _form(node, root, shape), node.text or ""
    if form is not None and read is not None and (verdict := judged(form, read)) is not None:
        return fault(path, read, *verdict)
    if entry.type_name == "SCHEMAV_ELEMENT_CONTENT":
        return _misplaced(entry, node, path)
    rule = _RULES.get(entry.type_name, "signature" if path.startswith("Signature") else "schema")
    return fault(path, read, rule, _words(entry))


def _misplaced(entry: Entry, node: Node, path: str) -> Fault:
    """An element that is not expected, or one whose content breaks off."""
    found = _NAMED.search(entry.message)
    names = _SPACE.sub("", found[1]).split(", ") if found is not None else []
    expected = " or ".join(names)
    if "Missing child" in entry.message:
        rule = "signature" if names[-1:] == ["Signature"] else "missing"
        return fault(path, "", rule, f"{expected} at the end")
    name = etree.QName(node)
    before = list(node.itersiblings(node.tag, preceding=True))
    if name.localname in names:
        rule = "namespace"
    elif before:
        rule = "repeated" if len(before) == 1 else "too_many"
    else:
        later = any(expected == etree.QName(other).localname for other in node.itersiblings("*"))
        rule = "order" if later else "unknown" if not names else "missing"
    return fault(path, str(node.tag), rule, f"{expected} here" if names else "nothing more here")


def _words(entry: Entry) -> str:
    """What libxml2 says, without the names that are told beside it."""
    said = _SPACE.sub("", entry.message).partition(": ")[2]
    return (said or entry.message)[:200]


def _form(node: Node, root: Node, shape: Shape) -> Form | None:
    """What our table demands of the text of an element."""
    parent = node.getparent()
    if parent is None or node is root:
        return None
    path = f"{etree.QName(parent).localname}/{etree.QName(node).localname}"
    for part in (*shape.parts, *COMMON[shape.flow].values()):
        if path in part.by_path and node.tag == part.by_path[path].tag:
            return part.by_path[path].form
    return None


def _node(root: Node, path: str) -> Node:
    """The element that libxml2's path leads to, as near as can be told."""
    node = root
    for step in path.split("/")[2:]:
        name, _, turn = step.partition("[")
        same = [
            child
            for child in node.iterchildren("*")
            if name in ("*", f"{child.prefix}:{etree.QName(child).localname}", child.tag)
        ]
        number = int(turn.rstrip("]")) - 1 if turn else 0
        if number >= len(same):
            break
        node = same[number]
    return node


def _path(node: Node, root: Node, shape: Shape) -> str:
    """The place of an element as a person finds it."""
    return "/".join(reversed([*_steps(node, root, shape)]))


def _steps(node: Node, root: Node, shape: Shape) -> Iterator[str]:
    many = {shape.document, shape.line.tag if shape.line is not None else ""}
    while node is not root:
        parent = node.getparent()
        assert parent is not None
        same = list(parent.iterchildren(node.tag))
        turn = f"[{same.index(node) + 1}]" if len(same) > 1 or node.tag in many else ""
        yield f"{etree.QName(node).localname}{turn}"
        node = parent
