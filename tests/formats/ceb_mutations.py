"""Messages of every kind made from the tables alone, and what can be wrong with one; all seeded.

`valid_message` makes a message that the definition allows, in all its latitude: optional fields
come and go, texts are at and between their limits and in several scripts, numbers are written as
XML Schema lets them be. `mutate` then does one thing to a message that may or may not be allowed.
What our own check leaves open (see `validity`) is left alone: what is inside KeyInfo and Transform,
the text of a signature's attributes, and `xsi:type`.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from random import Random

from lxml import etree

from silkport.formats.ceb.catalogue import (
    COMMON,
    DSIG,
    NAMESPACE,
    ROOTS,
    SHAPES,
    SIGNATURE,
    Element,
    Form,
    Part,
    Shape,
    tag_of,
)

Node = etree._Element

XSI = "http://www.w3.org/2001/XMLSchema-instance"
ASCII = "abcXYZ019-_.,;:/'\"<>&"
WIDE = "李宝花王纸尿裤ҚМé€𠀋😀１２Ａ\u3000\u00a0"
SPACES = " \t\r\n"


@dataclass(frozen=True, slots=True)
class Case:
    """A message that something was done to."""

    shape: Shape
    done: str
    root: Node


def parsed(data: bytes) -> Node:
    """A message as the reader parses it."""
    parser = etree.XMLParser(resolve_entities=False, remove_comments=True, remove_pis=True)
    return etree.fromstring(data, parser)


def cases(seed: int, count: int, samples: Sequence[Node] = ()) -> Iterator[Case]:
    """Mutants of messages of all kinds in turn, and of the samples; one in ten is left valid."""
    rng = Random(seed)
    shapes = list(SHAPES.values())
    for turn in range(count):
        if samples and rng.random() < 0.3:
            root = copy.deepcopy(rng.choice(samples))
            shape = ROOTS[etree.QName(root).localname]
            # The documents of a sample repeat one another.
            for document in root.findall(shape.document)[rng.randint(1, 2) :]:
                root.remove(document)
        else:
            shape = shapes[turn % len(shapes)]
            root = valid_message(rng, shape)
        done = "nothing"
        if rng.random() < 0.9:
            done = "; ".join(mutate(rng, root, shape) for _ in range(rng.choice((1, 1, 1, 2))))
        yield Case(shape, done, parsed(_spelled(rng, root)))


def _spelled(rng: Random, root: Node) -> bytes:
    """The bytes of a message, with comments and instructions that a parser takes out again."""
    if rng.random() < 0.1:
        place = rng.choice([*root.iter("*")])
        extra = etree.Comment("seen") if rng.random() < 0.5 else etree.ProcessingInstruction("do")
        place.insert(0, extra)
        extra.tail, place.text = place.text, None
    data = etree.tostring(root, encoding=rng.choice(("utf-8", "utf-16", "gb18030")))
    assert isinstance(data, bytes)
    return data


def valid_message(
    rng: Random, shape: Shape, *, documents: int | None = None, lines: int | None = None
) -> Node:
    """A message that the definition allows; numbers of documents and lines may be demanded."""
    prefix = rng.choice((None, "ceb", "ns0"))
    root = etree.Element(tag_of(shape.root), nsmap={prefix: NAMESPACE})  # type: ignore[dict-item]
    root.set("guid", text_of(rng, Form("text", least=36, most=36)))
    root.set("version", text_of(rng, Form("text", least=1, most=10)))
    most = shape.max_documents or 3
    for _ in range(documents or min(most, rng.choice((1, 1, 2, 3)))):
        _add_document(rng, root, shape, lines)
    for name in shape.after:
        if name == "Signature":
            if shape.signature == "required" or rng.random() < 0.5:
                root.append(signature(rng))
            continue
        often = {"BaseTransfer": (1,), "BaseSubscribe": (0, 0, 1, 5), "ExtendMessage": (0, 1)}
        for _ in range(rng.choice(often[name])):
            _add_part(rng, root, COMMON[shape.flow][name])
    if rng.random() < 0.5:
        etree.indent(root, rng.choice(("", " ", "\t")))
    return root


def _add_document(rng: Random, root: Node, shape: Shape, lines: int | None) -> None:
    if not shape.nested:
        _add_part(rng, root, shape.head)
        return
    document = etree.SubElement(root, shape.document)
    _add_part(rng, document, shape.head)
    if shape.line is not None:
        least = shape.min_lines
        for _ in range(rng.randint(least, least + 2) if lines is None else lines):
            _add_part(rng, document, shape.line)


def _add_part(rng: Random, parent: Node, part: Part) -> None:
    node = etree.SubElement(parent, part.tag)
    for element in part.elements:
        if element.mandatory or rng.random() < 0.6:
            child = etree.SubElement(node, element.tag)
            if element.path == "ExtendMessage/Message":
                if rng.random() < 0.7:
                    child.append(etree.fromstring("<any of='kind'>text<and/>more</any>"))
            else:
                child.text = text_of(rng, element.form)


SIGNATURE_TEXT = f"""<ds:Signature xmlns:ds="{DSIG}" Id="s"><ds:SignedInfo>
<ds:CanonicalizationMethod Algorithm="http://www.w3.org/TR/2001/REC-xml-c14n-20010315"/>
<ds:SignatureMethod Algorithm="urn:sm2">words</ds:SignatureMethod>
<ds:Reference URI=""><ds:Transforms><ds:Transform Algorithm="urn:enveloped"/></ds:Transforms>
<ds:DigestMethod Algorithm="urn:sm3"/><ds:DigestValue> QUJDREVG\n</ds:DigestValue></ds:Reference>
<ds:Reference Type="urn:x"><ds:DigestMethod Algorithm="urn:sm3"/><ds:DigestValue/></ds:Reference>
</ds:SignedInfo><ds:SignatureValue>QUI=</ds:SignatureValue><ds:KeyInfo><ds:KeyName>1</ds:KeyName>
<ds:X509Data><ds:X509SKI>QQ==</ds:X509SKI></ds:X509Data></ds:KeyInfo></ds:Signature>"""


def signature(rng: Random) -> Node:
    """A signature of the right structure, with or without what may be left out; signs nothing."""
    root = etree.fromstring(SIGNATURE_TEXT)
    for name in ("Transforms", "KeyInfo"):
        for node in [*root.iter(f"{{{DSIG}}}{name}")]:
            if rng.random() < 0.4:
                node.getparent().remove(node)  # type: ignore[union-attr]
    return root


def text_of(rng: Random, form: Form) -> str:
    """A text that a form allows, as short, as long or as odd as it may be."""
    if form.fixed:
        return rng.choice((form.fixed, form.fixed, ""))
    if form.default and rng.random() < 0.3:
        return ""
    if form.sort == "integer" and not form.digits:
        return rng.choice(("1", "-1", "2147483647", "-2147483648", "+7", " 12\n", "0" * 40 + "3"))
    if form.sort != "text":
        decimals = rng.randint(0, form.fraction)
        whole = rng.randint(0 if decimals else 1, form.digits - decimals)
        integer = form.sort == "integer"
        return _dressed(rng, digits(rng, whole), None if integer else digits(rng, decimals))
    most = form.most or 60
    size = rng.choice((form.least, most, min(most, form.least + 1), rng.randint(form.least, most)))
    if not form.collapse:
        return "".join(rng.choices(rng.choice((ASCII, ASCII + WIDE + SPACES)), k=size))
    words = "".join(rng.choices(ASCII + "李", k=size))
    if size > 2 and rng.random() < 0.5:
        words = words[:1] + "  " + words[2:]
    return rng.choice(("", " ", "\n\t")) + words + rng.choice(("", "   "))


def digits(rng: Random, size: int) -> str:
    """So many digits."""
    return "".join(rng.choices("0123456789", k=size))


def _dressed(rng: Random, whole: str, decimals: str | None) -> str:
    """A number with all that does not change its value."""
    zeros = "0" * rng.choice((0, 0, 0, 1, 30, 5_000 if rng.random() < 0.05 else 2))
    text = rng.choice(("", "", "+", "-")) + zeros + whole
    if decimals or (decimals is not None and rng.random() < 0.2):
        text += "." + decimals + "0" * rng.choice((0, 0, 1, 30))
    return rng.choice(("", "", " ", "\r\n")) + text + rng.choice(("", "", "\t "))


SEALED = (f"{{{DSIG}}}KeyInfo", f"{{{DSIG}}}Transform")


def mutate(rng: Random, root: Node, shape: Shape) -> str:
    """Does one thing to a message; says what and where."""
    mutation = rng.choices([*_MUTATIONS], [*_MUTATIONS.values()])[0]
    return f"{mutation.__name__.strip('_')}: {mutation(rng, root, shape)}"


def _elements(root: Node) -> list[Node]:
    """Every element but the root and what is sealed."""
    closed = {*SEALED, tag_of("Message")}
    return [
        node
        for node in root.iterdescendants("*")
        if closed.isdisjoint(above.tag for above in node.iterancestors())
    ]


def _any(rng: Random, root: Node) -> Node:
    return rng.choice(_elements(root) or [root])


def _name(node: Node) -> str:
    return etree.QName(node).localname


def _rearrange(rng: Random, root: Node, shape: Shape) -> str:
    """An element is dropped, repeated, swapped with the next one or moved elsewhere."""
    node = _any(rng, root)
    parent, after = node.getparent(), node.getnext()
    how = rng.choice(("drop", "repeat", "repeat later", "swap", "move"))
    if parent is None:
        return "nothing"
    if how == "drop":
        parent.remove(node)
    elif how.startswith("repeat"):
        twin = copy.deepcopy(node)
        # Two elements of one Id are another matter.
        etree.strip_attributes(twin, "Id")
        (node if how == "repeat" else rng.choice([*parent])).addnext(twin)
    elif how == "swap" and after is not None:
        after.addnext(node)
    else:
        parent.remove(node)
        parent.insert(rng.randint(0, len(parent)), node)
    return f"{how} {_name(node)}"


def _call_otherwise(rng: Random, root: Node, shape: Shape) -> str:
    """An element gets another name or namespace; seldom the root that of another message."""
    node = rng.choice((root, *(_any(rng, root) for _ in range(9))))
    before, name = str(node.tag), _name(node)
    space: str | None = etree.QName(node).namespace
    if node is root:
        name = rng.choice((rng.choice([*ROOTS]), f"{name}s"))
    elif rng.random() < 0.6:
        other = _name(rng.choice([*root.iter("*")]))
        name = rng.choice((name.swapcase(), f"{name}x", other, "Signature", "note"))
    else:
        space = rng.choice((None, "urn:other", DSIG, NAMESPACE, NAMESPACE + "/"))
    node.tag = f"{{{space}}}{name}" if space else name
    return f"{before} is now {node.tag}"


def _retext(rng: Random, root: Node, shape: Shape) -> str:
    """Another text in a field: at its limits, beyond them, or strange."""
    parts = {part.name: part for part in (*shape.parts, *COMMON[shape.flow].values())}
    fields: list[tuple[Node, Element]] = []
    for node in _elements(root):
        parent = node.getparent()
        part = parts.get(_name(parent)) if parent is not None else None
        element = part.by_path.get(f"{part.name}/{_name(node)}") if part is not None else None
        if element is not None and len(node) == 0:
            fields.append((node, element))
    if not fields:
        return "nothing"
    # Whatever has more than a length is rare among the fields and has more to be wrong.
    plain = [Form("text", element.form.least, element.form.most) for _, element in fields]
    rare = [one for one, form in zip(fields, plain, strict=True) if one[1].form != form]
    node, element = rng.choice(rare if rare and rng.random() < 0.5 else fields)
    node.text = odd_text(rng, element.form)
    return f"{element.path} is now {node.text[:60]!r}"


def odd_text(rng: Random, form: Form) -> str:
    """A text that may or may not be within a form, close to where that is decided."""
    if rng.random() < 0.2:
        return rng.choice(STRANGE)
    if form.sort == "text":
        edge = rng.choice((form.least, form.most or 60))
        size = max(0, edge + rng.choice((-1, 0, 0, 1)))
        text = "".join(rng.choices(rng.choice((ASCII, WIDE, "a\u00a0" + SPACES)), k=size))
        return rng.choice(("", "", " ")) + text if form.collapse else text
    whole = form.digits - form.fraction if form.digits else 10
    size, decimals = whole + rng.choice((-1, 0, 1)), form.fraction + rng.choice((-5, -1, 0, 1))
    text = _dressed(rng, digits(rng, max(size, 0)), digits(rng, max(decimals, 0)))
    if form.sort == "integer" and rng.random() < 0.8:
        text = text.partition(".")[0]
    return text.replace("1", "１") if rng.random() < 0.05 else text


STRANGE = [
    *"0 -0 +0 . + - +. -. 1. .5 1e5 1E-3 0x10 1,5 1_0 １２ \u0665 १ NaN INF --1 +-1 1.0 3".split(),
    *"1.123456 1.1234560 1.1234500 0.000001 99999999999999.99999 999999999999999.99999".split(),
    *"9999999999999999999 99999999999999999999 9999999999999999999.0 999999999 1000000000".split(),
    *"2147483647 2147483648 -2147483648 -2147483649 00000000000000000000000000001 143".split(),
    *("", " ", "\n", "\t\t", "\u00a0", "\u3000", "1 000", "- 1", " 142", "1\u00a0", "\u20281"),
    *("1." + "0" * 30, "a" * 5_001, "9" * 5_000, "0" * 5_000, "𠀋" * 36),
]
"""Texts that are taken for numbers, lengths or blanks in one place and not in another."""

ATTRIBUTES = [
    *("id", "Id", "note", "{urn:other}guid", f"{{{NAMESPACE}}}version", f"{{{XSI}}}nil"),
    *(f"{{{XSI}}}{name}" for name in ("schemaLocation", "noNamespaceSchemaLocation", "other")),
    "{http://www.w3.org/XML/1998/namespace}lang",
]


def _attribute(rng: Random, root: Node, shape: Shape) -> str:
    """An attribute more or less, or another guid or version."""
    node = rng.choice((root, _any(rng, root)))
    how = rng.random()
    if how < 0.4:
        name = rng.choice(ATTRIBUTES)
        node.set(name, "false" if name.endswith("nil") else "a")
        return f"{name} at {_name(node)}"
    if how < 0.5:
        node = rng.choice([root, *(one for one in _elements(root) if one.attrib)])
        for name in rng.sample(sorted(map(str, node.attrib)), min(1, len(node.attrib))):
            del node.attrib[name]
        return f"none at {_name(node)}"
    word, most = rng.choice((("guid", 36), ("version", 10)))
    size = rng.choice((0, 1, most - 1, most, most + 1))
    text = "".join(rng.choices(rng.choice((ASCII, WIDE, " a")), k=size))
    (node if how > 0.95 else root).set(word, text)
    return f"{word} of {size}"


def _intrude(rng: Random, root: Node, shape: Shape) -> str:
    """Text between elements, or an element inside a field or anywhere else."""
    node = rng.choice([one for one in _elements(root) if one.tag not in SEALED] or [root])
    if rng.random() < 0.4:
        name = rng.choice(("a", tag_of("note"), "{urn:other}a", SIGNATURE))
        node.insert(rng.randint(0, len(node)), etree.Element(name))
        return f"{name} in {_name(node)}"
    text = rng.choice(("x", " ", "\n\t ", "\u00a0", "\u3000", "\r", "\u2028", "0", ""))
    if len(node) or node is root:
        node.text = text
    else:
        node.tail = text
    return f"{text!r} at {_name(node)}"


def _crowd(rng: Random, root: Node, shape: Shape) -> str:
    """Documents, lines or subscribers up to their limit or beyond, or all of them gone."""
    choices = [(shape.document, shape.max_documents), (tag_of("BaseSubscribe"), 5)]
    choices += [(tag_of("BaseTransfer"), 1), (SIGNATURE, 1), (shape.head.tag, 1)]
    if shape.line is not None:
        choices.append((shape.line.tag, shape.max_lines))
    tag, most = rng.choice(choices)
    nodes = [node for node in _elements(root) if node.tag == tag]
    if not nodes:
        return "nothing"
    number = rng.choice((0, 0, most or 120, (most or 120) + 1))
    for node in nodes[1 if number else 0 :]:
        node.getparent().remove(node)  # type: ignore[union-attr]
    for _ in range(number - 1):
        nodes[0].addnext(copy.deepcopy(nodes[0]))
    return f"{number} of {tag}"


SIGNED = ["", " ", "Q U\nJD", *"QUI QUI= QUJ= QQ== QR== Q=== = QUJD= QU=I !QUJD! 中".split()]


def _sign(rng: Random, root: Node, shape: Shape) -> str:
    """One signature more, or other texts in one: base64 or nearly."""
    names = ("SignatureValue", "DigestValue", "SignatureMethod", "SignedInfo")
    nodes = [node for name in names for node in root.iter(f"{{{DSIG}}}{name}")]
    if not nodes or rng.random() < 0.2:
        root.append(signature(rng))
        etree.strip_attributes(root[-1], "Id")
        return "once more"
    node = rng.choice(nodes)
    node.text = rng.choice(SIGNED)
    return f"{_name(node)} is now {node.text!r}"


def _extend(rng: Random, root: Node, shape: Shape) -> str:
    """Something in the envelope of an extension."""
    child = rng.choice(("<a/>", "<a x='1'>t<b/></a>", f"<Order xmlns='{NAMESPACE}'/>"))
    for node in root.iter(tag_of("Message")):
        node.append(etree.fromstring(child))
        node.text = rng.choice((None, None, " ", "text"))
    return child


_MUTATIONS: dict[Callable[[Random, Node, Shape], str], int] = {
    _retext: 40,
    _rearrange: 25,
    _call_otherwise: 10,
    _attribute: 10,
    _intrude: 10,
    _crowd: 2,
    _sign: 5,
    _extend: 2,
}
"""What can be done to a message, and how often of a hundred or so."""
