"""Grammars: how the elements of a message follow one another, compiled for lxml from the tables."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

from lxml import etree

from silkport.formats.ceb import catalogue
from silkport.formats.ceb.catalogue import Form

if TYPE_CHECKING:
    from silkport.formats.ceb.catalogue import Part, Shape

ATTRIBUTES = {"guid": catalogue.form_of("C36"), "version": catalogue.form_of("C1..10")}
"""Attributes of every root element."""

AFTER = {"BaseTransfer": (1, 1), "BaseSubscribe": (0, 5), "ExtendMessage": (0, 1)}
"""How often the common parts stand behind the documents."""

Names = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a sequence: which element stands there, how often, and what is inside it.

    `sort` is field, group, envelope (one element of any kind at most) or open (not looked into); a
    `most` of 0 is no limit; a `form` is given where the text is judged with the structure.
    """

    tag: str
    name: str
    least: int
    most: int
    sort: str = "field"
    inside: tuple[Place, ...] = ()
    form: Form | None = None

    @property
    def signed(self) -> bool:
        """Whether it belongs to the signature."""
        return self.tag.startswith(f"{{{catalogue.DSIG}}}")


def _signed(name: str, *inside: Place, least: int = 1, most: int = 1, sort: str = "") -> Place:
    form = Form("base64") if name.endswith("Value") else None
    sort = sort or ("group" if inside else "field")
    return Place(f"{{{catalogue.DSIG}}}{name}", name, least, most, sort, inside, form)


def _signature(least: int) -> Place:
    transforms = _signed("Transforms", _signed("Transform", most=0, sort="open"), least=0)
    digest = (_signed("DigestMethod"), _signed("DigestValue"))
    reference = _signed("Reference", transforms, *digest, most=0)
    methods = (_signed("CanonicalizationMethod"), _signed("SignatureMethod"))
    keys = _signed("KeyInfo", least=0, sort="open")
    signed = _signed("SignedInfo", *methods, reference)
    return _signed("Signature", signed, _signed("SignatureValue"), keys, least=least)


def _part(part: Part, least: int, most: int, *, common: bool = False) -> Place:
    inside = (
        Place(e.tag, e.name, int(e.mandatory), 1, "envelope")
        if e.path == "ExtendMessage/Message"
        else Place(e.tag, e.name, int(e.mandatory), 1, form=e.form if common else None)
        for e in part.elements
    )
    return Place(part.tag, part.name, least, most, "group", tuple(inside))


def _root(shape: Shape, *, lenient_transfer: bool) -> Place:
    document = _part(shape.head, 1, shape.max_documents)
    if shape.nested:
        inside = [_part(shape.head, 1, 1)]
        if shape.line is not None:
            inside.append(_part(shape.line, shape.min_lines, shape.max_lines))
        document = replace(document, tag=shape.document, name=shape.name, inside=tuple(inside))
    places = [document]
    for name in shape.after:
        if name == "Signature":
            places.append(_signature(int(shape.signature == "required")))
        else:
            least, most = AFTER[name]
            most = 0 if lenient_transfer and name == "BaseTransfer" else most
            places.append(_part(catalogue.COMMON[shape.flow][name], least, most, common=True))
    return Place(catalogue.tag_of(shape.root), shape.root, 1, 1, "group", tuple(places))


@cache
def plan_of(message: str, *, lenient_transfer: bool) -> tuple[Place, etree.XMLSchema]:
    """The places of a kind of message, and the grammar that says in one run if all is well."""
    root = _root(catalogue.SHAPES[message], lenient_transfer=lenient_transfer)
    return root, _compiled(root)


@dataclass(frozen=True, slots=True)
class Fields:
    """Qualified names of the fields that all rows of a part state, and that any states."""

    always: Names
    ever: Names


def grammar(message: str, *, head: Fields, line: Fields) -> etree.XMLSchema:
    """The grammar of messages whose heads and lines state these fields."""
    shape = catalogue.SHAPES[message]
    root = _root(shape, lenient_transfer=True)
    document = root.inside[0]
    if shape.nested:
        first, *lines = document.inside
        inside = (_only(first, head), *(_only(one, line) for one in lines))
        document = replace(document, inside=inside)
    else:
        document = _only(document, head)
    return _compiled(replace(root, inside=(document, *root.inside[1:])))


def _only(part: Place, fields: Fields) -> Place:
    inside = (
        replace(one, least=int(one.tag in fields.always))
        for one in part.inside
        if one.tag in fields.ever
    )
    return replace(part, inside=tuple(inside))


def _compiled(root: Place) -> etree.XMLSchema:
    attributes = "".join(f'<xs:attribute name="{name}" use="required"/>' for name in ATTRIBUTES)
    text = (
        '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" elementFormDefault="qualified" '
        f'targetNamespace="{catalogue.NAMESPACE}"><xs:element name="{root.name}"><xs:complexType>'
        f"<xs:sequence>{''.join(map(_grammar, root.inside))}</xs:sequence>{attributes}"
        "</xs:complexType></xs:element></xs:schema>"
    )
    return etree.XMLSchema(etree.fromstring(text))


def _grammar(place: Place) -> str:
    occurs = f'minOccurs="{place.least}" maxOccurs="{place.most or "unbounded"}"'
    if place.signed:
        return f'<xs:any namespace="{catalogue.DSIG}" processContents="skip" {occurs}/>'
    if place.sort == "field":
        # A type without a name: no xsi:type can then stand in for it.
        inside = '<xs:simpleType><xs:restriction base="xs:string"/></xs:simpleType>'
    else:
        parts = "".join(map(_grammar, place.inside))
        if place.sort == "envelope":
            parts = '<xs:any namespace="##any" processContents="skip" minOccurs="0"/>'
        inside = f"<xs:complexType><xs:sequence>{parts}</xs:sequence></xs:complexType>"
    return f'<xs:element name="{place.name}" {occurs}>{inside}</xs:element>'
