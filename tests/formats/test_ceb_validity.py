"""Our own check refuses exactly what the official schemas refuse, and says better why."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import polars as pl
import pytest
from lxml import etree

from silkport.formats.ceb import grammar, validity
from silkport.formats.ceb.catalogue import (
    DSIG,
    NAMESPACE,
    ROOTS,
    SHAPES,
    Form,
    Part,
    Shape,
    form_of,
    tag_of,
)
from silkport.formats.ceb.schemas import FILES, Schemas
from silkport.formats.ceb.validity import Fault, cell_faults, judged, structural_faults
from silkport.kernel.errors import HostileContent, UnreadableFile
from tests.formats.ceb_mutations import Case, Node, cases, parsed, signature, valid_message

CEB = "ceb-messages/202205"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
Data = Callable[[str], Path]


@pytest.fixture(scope="module")
def folder(shared_data: Data) -> Path:
    return shared_data(CEB)


@pytest.fixture(scope="module")
def schemas(folder: Path) -> Schemas:
    return Schemas.load(folder / "xsd")


@pytest.fixture(scope="module")
def samples(folder: Path) -> list[Node]:
    paths = sorted((folder / "import").glob("*.xml")) + sorted((folder / "export").glob("*.xml"))
    return [parsed(path.read_bytes()) for path in paths]


# The small plain oracle of this test: a tree as cells, one message after the other.


def rows_of(root: Node, shape: Shape, part: Part) -> list[dict[str, str | None]]:
    """The texts of all heads or lines of a message; None where an element is absent."""
    whole = shape.document if part.tag == shape.document else f"{shape.document}/{part.tag}"
    return [
        {element.path: row.findtext(element.tag) for element in part.elements}
        for row in root.findall(whole)
    ]


def frame(part: Part, rows: list[dict[str, str | None]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema={element.path: pl.String for element in part.elements})


def own_faults(root: Node, shape: Shape) -> list[Fault]:
    """Everything our own check says of one message."""
    faults = structural_faults(root, shape, lenient_transfer=False)
    for part in shape.parts:
        cells = frame(part, rows_of(root, shape, part))
        faults += [fault for _, fault in cell_faults(part, cells)]
    return faults


@dataclass
class Comparison:
    """What two judges said of many messages."""

    refused: int = 0
    accepted: int = 0
    unexplained: list[str] = field(default_factory=list)
    disagreements: list[str] = field(default_factory=list)


def compare(schemas: Schemas, samples: list[Node], *, seed: int, count: int) -> Comparison:
    """Both judges on so many mutants; texts are judged by columns over all of them at once.

    For a long run: `compare(Schemas.load(folder), samples, seed=7, count=100_000)`.
    """
    result = Comparison()
    waiting: dict[tuple[str, str], list[dict[str, str | None]]] = {}
    owners: dict[tuple[str, str], list[int]] = {}
    verdicts: list[tuple[str, bool, bool]] = []
    for number, case in enumerate(cases(seed, count, samples)):
        told = f"{case.shape.message} {case.done}"
        official = schemas.faults(case.root, case.shape)
        own = structural_faults(case.root, case.shape, lenient_transfer=False)
        verdicts.append((f"{number}: {told}: {own[:2]} {official[:2]}", bool(own), bool(official)))
        if any(fault.expected.startswith("the structure of") for fault in own):
            result.unexplained.append(told)
        for part in () if own else case.shape.parts:
            rows = rows_of(case.root, case.shape, part)
            waiting.setdefault((case.shape.message, part.name), []).extend(rows)
            owners.setdefault((case.shape.message, part.name), []).extend([number] * len(rows))
    faulty: set[int] = set()
    for (message, name), rows in waiting.items():
        part = next(part for part in SHAPES[message].parts if part.name == name)
        own_rows = owners[message, name]
        faulty |= {own_rows[row] for row, _ in cell_faults(part, frame(part, rows))}
    for number, (told, structural, official) in enumerate(verdicts):
        own_verdict = structural or number in faulty
        result.refused += own_verdict
        result.accepted += not own_verdict
        if own_verdict != official:
            result.disagreements.append(told)
    return result


# Against the official schemas


def test_the_official_samples_are_valid(schemas: Schemas, samples: list[Node]) -> None:
    assert len(samples) == 29
    for root in samples:
        shape = ROOTS[etree.QName(root).localname]
        assert (own_faults(root, shape), schemas.faults(root, shape)) == ([], []), shape.message


@pytest.mark.parametrize("message", SHAPES)
def test_a_message_from_the_tables_is_valid(message: str, schemas: Schemas) -> None:
    shape = SHAPES[message]
    for seed in range(20):
        root = parsed(etree.tostring(valid_message(Random(seed), shape)))
        assert (own_faults(root, shape), schemas.faults(root, shape)) == ([], []), seed


def test_both_refuse_the_same(schemas: Schemas, samples: list[Node]) -> None:
    found = compare(schemas, samples, seed=202205, count=2_000)
    assert found.disagreements == []
    assert found.unexplained == []
    assert min(found.refused, found.accepted) > 500


def test_what_is_judged_otherwise_on_purpose(schemas: Schemas) -> None:
    """The three exceptions that `validity` names."""
    shape = SHAPES["CEB621"]

    def judge(change: Callable[[Node], None]) -> tuple[bool, bool]:
        root = valid_message(Random(1), shape)
        root.replace(root.find(f"{{{DSIG}}}Signature"), signed())
        change(root)
        root = parsed(etree.tostring(root))
        return bool(own_faults(root, shape)), bool(schemas.faults(root, shape))

    def type_itself(root: Node) -> None:
        line = next(root.iter(tag_of("gnum")))
        new = etree.Element(line.tag, nsmap={"xs": "http://www.w3.org/2001/XMLSchema"})
        new.text = "1"
        new.set(f"{{{XSI}}}type", "xs:int")
        line.getparent().replace(line, new)  # type: ignore[union-attr]

    def no_key_inside(root: Node) -> None:
        next(root.iter(f"{{{DSIG}}}KeyInfo")).clear()

    def no_address(root: Node) -> None:
        next(root.iter(f"{{{DSIG}}}SignatureMethod")).set("Algorithm", "%")

    assert judge(lambda root: None) == (False, False)
    assert judge(type_itself) == (True, False)
    assert judge(no_key_inside) == (False, True)
    assert judge(no_address) == (False, True)


def signed() -> Node:
    """A signature with everything that may be left out."""
    whole = (signature(Random(seed)) for seed in range(100))
    return next(one for one in whole if one.find(f"{{{DSIG}}}KeyInfo") is not None)


# What is said


def an_inventory() -> Node:
    """Two inventories of two lines each, with nothing left out by chance."""
    root = valid_message(Random(4), SHAPES["CEB621"], documents=2, lines=2)
    for name in ("BaseSubscribe", "ExtendMessage"):
        for node in root.findall(tag_of(name)):
            root.remove(node)
    return parsed(etree.tostring(root))


def head(root: Node) -> Node:
    return root[1][0]


def at(root: Node, name: str) -> Node:
    return next(root[1].iter(tag_of(name)))


def drop(root: Node, name: str) -> None:
    node = at(root, name)
    node.getparent().remove(node)  # type: ignore[union-attr]


def rename(root: Node, name: str, tag: str) -> None:
    at(root, name).tag = tag


def lines(root: Node, number: int) -> None:
    for line in root[1][2:]:
        root[1].remove(line)
    for _ in range(number - 1):
        root[1].append(parsed(etree.tostring(root[1][1])))
    if not number:
        root[1].remove(root[1][1])


@pytest.mark.parametrize(
    ("change", "path", "rule", "expected"),
    [
        (
            lambda root: drop(root, "orderNo"),
            "Inventory[2]/InventoryHead/orderNo",
            "missing",
            "InventoryHead/orderNo before ebpCode",
        ),
        (
            lambda root: head(root).insert(9, at(root, "orderNo")),
            "Inventory[2]/InventoryHead/orderNo",
            "order",
            "InventoryHead/orderNo before ebpCode",
        ),
        (
            lambda root: rename(root, "orderNo", tag_of("orderno")),
            "Inventory[2]/InventoryHead/orderno",
            "unknown",
            "perhaps orderNo",
        ),
        (
            lambda root: rename(root, "orderNo", "orderNo"),
            "Inventory[2]/InventoryHead/orderNo",
            "namespace",
            tag_of("orderNo"),
        ),
        (
            lambda root: at(root, "orderNo").addnext(parsed(etree.tostring(at(root, "orderNo")))),
            "Inventory[2]/InventoryHead/orderNo[2]",
            "repeated",
            "at most 1 orderNo",
        ),
        (
            lambda root: lines(root, 100),
            "Inventory[2]/InventoryList[100]",
            "too_many",
            "at most 99 InventoryList",
        ),
        (
            lambda root: lines(root, 0),
            "Inventory[2]/InventoryList",
            "too_few",
            "Inventory/InventoryList after InventoryHead",
        ),
        (
            lambda root: at(root, "qty").set("unit", "kg"),
            "Inventory[2]/InventoryList[1]/qty/@unit",
            "attribute",
            "no attribute",
        ),
        (
            lambda root: etree.SubElement(at(root, "qty"), "b"),
            "Inventory[2]/InventoryList[1]/qty",
            "nested",
            "text without elements",
        ),
        (
            lambda root: setattr(root[1], "text", "kg"),
            "Inventory[2]",
            "text_between",
            "only elements inside Inventory",
        ),
        (lambda root: root.set("guid", "7"), "@guid", "length", "exactly 36 characters, not 1"),
        (lambda root: root.attrib.pop("version"), "@version", "attribute", "version, 1 to 10"),
        (lambda root: root.set("{urn:x}y", ""), "@y", "attribute", "only guid and version"),
        (
            lambda root: root.remove(root[-1]),
            "Signature",
            "signature",
            "CEB621Message/Signature after BaseTransfer",
        ),
        (
            lambda root: root[-1].remove(root[-1][0]),
            "Signature/SignedInfo",
            "missing",
            "Signature/SignedInfo before SignatureValue",
        ),
        (
            lambda root: setattr(root[-1][1], "text", "QUI"),
            "Signature/SignatureValue",
            "signature",
            "base64",
        ),
        (
            lambda root: setattr(root[-2][0], "text", "x" * 19),
            "BaseTransfer/copCode",
            "length",
            "1 to 18 characters, not 19",
        ),
    ],
)
def test_a_fault_names_place_and_remedy(
    change: Callable[[Node], object], path: str, rule: str, expected: str
) -> None:
    root = an_inventory()
    assert structural_faults(root, SHAPES["CEB621"]) == []
    change(root)
    found = structural_faults(root, SHAPES["CEB621"])
    assert [(one.path, one.rule) for one in found] == [(path, rule)]
    assert found[0].expected.startswith(expected)


def test_a_transfer_that_is_repeated_is_accepted_where_asked() -> None:
    root = an_inventory()
    root[-2].addnext(parsed(etree.tostring(root[-2])))
    assert structural_faults(root, SHAPES["CEB621"]) == []
    strict = structural_faults(root, SHAPES["CEB621"], lenient_transfer=False)
    assert [(one.path, one.rule) for one in strict] == [("BaseTransfer[2]", "repeated")]


def test_another_root_is_refused() -> None:
    for tag in (tag_of("CEB623Message"), "CEB621Message", "{urn:x}CEB621Message"):
        root = an_inventory()
        root.tag = tag
        assert len(structural_faults(root, SHAPES["CEB621"])) == 1


def test_few_faults_are_told_and_short_texts_quoted() -> None:
    root = an_inventory()
    for node in root[0][0]:
        node.set("x", "y" * 1_000)
    found = structural_faults(root, SHAPES["CEB621"])
    assert len(found) == validity.MAX_FAULTS
    assert max(len(one.read) for one in found) == 80


@pytest.mark.parametrize("message", SHAPES)
def test_the_walk_finds_nothing_in_what_the_grammar_takes(message: str) -> None:
    place, compiled = grammar.plan_of(message, lenient_transfer=False)
    for seed in range(5):
        root = valid_message(Random(seed), SHAPES[message])
        assert compiled.validate(root)
        assert [*validity._walk(root, place, "")] == []


def test_a_crowd_is_judged_without_the_grammar_and_soon() -> None:
    """lxml looks for the place of each fault among all neighbours: minutes for a megabyte."""
    shape = SHAPES["CEB818"]
    root = valid_message(Random(1), shape, documents=5_000)
    assert structural_faults(root, shape) == []
    for node in root.iter(tag_of("taxNo")):
        node.set("x", "y")
    assert len(structural_faults(root, shape)) == validity.MAX_FAULTS


# Forms, without any schema

DECIMAL, INT, INT9, INT4 = map(form_of, ("N19,5", "int", "int9", "int4"))
FIXED, DEFAULT = form_of("C3", fixed="142"), form_of("N19,5", default="0")
GUID, NAME, NOTE, ANY = map(form_of, ("C36", "C1..60", "C0..10", "C"))
PORT, BLANK = form_of("C3..4 collapse"), form_of("C0..3 collapse")


@pytest.mark.parametrize(
    ("form", "allowed", "refused"),
    [
        (GUID, ["x" * 36, " " * 36, "𠀋" * 36], ["", "x" * 35, "x" * 37, "𠀋" * 18]),
        (NAME, ["x", "x" * 60, " ", "李" * 60], ["", "x" * 61, "x" * 60 + " "]),
        (NOTE, ["", "x" * 10, "😀" * 10], ["x" * 11]),
        (ANY, ["", "x" * 10_000], []),
        (PORT, ["abc", " abc ", "a b", "a \n b", "abcd"], ["", "ab", " a ", "ab cd", "   "]),
        (BLANK, ["", "    ", "\ta\r\n", "a  b"], ["a  b c", "\u00a0\u00a0 \u00a0"]),
        (FIXED, ["142", ""], ["143", " ", "142 ", " 142", "14", "１４２"]),
        (DEFAULT, ["0", "", "7.5"], [" ", "x", "."]),
        (DECIMAL, ["0", "1", "12345678901234.12345", "9" * 19, "-1", "+1", ".5", "5.", "-0"], []),
        (DECIMAL, ["00.5", "1.1234500000", "0" * 5_000 + "1", "1." + "0" * 5_000], []),
        (DECIMAL, [" 1", "1\n", "\t1.5\r\n", "9" * 19 + ".0", "99999999999999.99999"], []),
        (DECIMAL, [], ["", " ", ".", "+", "-", "-.", "+-1", "--1", "- 1", "1 2", "1..2", "1.2.3"]),
        (DECIMAL, [], ["1e5", "1E5", "0x1", "1,5", "1_0", "NaN", "INF", "１", "१", "1\u00a0"]),
        (DECIMAL, [], ["0.000001", "1.123456", "9" * 20, "999999999999999.99999"]),
        (INT, ["0", "-0", "+1", "2147483647", "-2147483648", " 1 ", "0" * 5_000 + "1"], []),
        (INT, [], ["", " ", "+", "1.0", "1.", ".1", "2147483648", "-2147483649", "9" * 5_000]),
        (INT, [], ["１", "1 1", "1e1", "٥"]),
        (INT9, ["999999999", "-999999999", "0999999999"], ["1000000000", "2147483647"]),
        (INT4, ["9999", "-9999", "+0009999"], ["10000", "-10000", "1.0"]),
    ],
)
def test_forms(form: Form, allowed: list[str], refused: list[str]) -> None:
    assert [text for text in allowed if judged(form, text) is not None] == []
    assert [text for text in refused if judged(form, text) is None] == []


@pytest.mark.parametrize("written", ["C36", "C0..10", "C3..4 collapse", "N19,5", "int", "int9"])
def test_columns_and_single_texts_agree(written: str) -> None:
    """A cell that the columns pass over is one that its form allows, absent ones apart."""
    form = form_of(written)
    texts = [None, *(text for odd in odd_texts(form) for text in (odd, f" {odd}", f"{odd}\n"))]
    shape = SHAPES["CEB621"]
    element = next(
        element for each in SHAPES.values() for part in each.parts for element in part.elements
        if element.form == form
    )  # fmt: skip
    part = Part(shape.message, "Part", "", (element,))
    found = cell_faults(part, pl.DataFrame({element.path: texts}, schema={element.path: pl.String}))
    wrong = [row for row, text in enumerate(texts) if text is not None and judged(form, text)]
    assert [row for row, _ in found] == wrong
    assert wrong


def odd_texts(form: Form) -> Iterator[str]:
    from tests.formats.ceb_mutations import odd_text, text_of

    rng = Random(9)
    for _ in range(500):
        yield text_of(rng, form)
        yield odd_text(rng, form)


def test_cells_name_row_element_and_remedy() -> None:
    part = SHAPES["CEB621"].parts[1]
    rows = rows_of(an_inventory(), SHAPES["CEB621"], part)
    rows[2]["InventoryList/qty"] = "1.123456"
    rows[2]["InventoryList/currency"] = "143"
    rows[0]["InventoryList/gnum"] = "1.0"
    found = cell_faults(part, frame(part, rows))
    assert [(row, fault.path, fault.rule, fault.expected) for row, fault in found] == [
        (0, "InventoryList/gnum", "integer", "a whole number, in digits 0 to 9 only"),
        (2, "InventoryList/currency", "fixed", "142, or an empty element"),
        (2, "InventoryList/qty", "decimal", "at most 5 decimals, not 6"),
    ]


# Schemas of the operator


def test_official_faults_are_told_in_our_words(schemas: Schemas) -> None:
    root = an_inventory()
    at(root, "qty").text = "1.123456"
    at(root, "orderNo").text = None
    root.set("guid", "7")
    found = {one.path: (one.rule, one.expected) for one in schemas.faults(root, SHAPES["CEB621"])}
    assert found == {
        "@guid": ("length", "exactly 36 characters, not 1"),
        "Inventory[2]/InventoryHead/orderNo": ("length", "1 to 60 characters, not 0"),
        "Inventory[2]/InventoryList[1]/qty": ("decimal", "at most 5 decimals, not 6"),
    }


def test_official_schemas_judge_the_kind_that_was_announced(schemas: Schemas) -> None:
    root = an_inventory()
    assert schemas.faults(root, SHAPES["CEB621"]) == []
    assert [one.rule for one in schemas.faults(root, SHAPES["CEB623"])] == ["unknown"]


def a_schema(flow: str) -> str:
    """A schema that declares every message of a flow, of any content."""
    names = [shape.root for shape in SHAPES.values() if shape.flow == flow]
    elements = "".join(f'<xs:element name="{name}"/>' for name in names)
    return (
        '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" '
        f'targetNamespace="{NAMESPACE}">{elements}</xs:schema>'
    )


def write(folder: Path, **texts: str) -> Path:
    for flow, name in FILES.items():
        (folder / name).write_text(texts.get(flow, a_schema(flow)), encoding="utf-8")
    return folder


def test_schemas_load(tmp_path: Path) -> None:
    assert Schemas.load(write(tmp_path)).faults(an_inventory(), SHAPES["CEB621"]) == []


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (lambda text: "", UnreadableFile),
        (lambda text: text[:-1], UnreadableFile),
        (lambda text: text.replace("CEB621Message", "CEB999Message"), UnreadableFile),
        (lambda text: text.replace(NAMESPACE, "urn:other"), UnreadableFile),
        (lambda text: text.replace("<xs:element ", "<xs:elemental ", 1), UnreadableFile),
        (lambda text: f"<!DOCTYPE x [<!ENTITY e 'f'>]>{text}", HostileContent),
        (lambda text: including(text, "http://example.org/x.xsd"), HostileContent),
        (lambda text: including(text, "../x.xsd"), HostileContent),
        (lambda text: including(text, "/etc/passwd"), HostileContent),
        (lambda text: including(text, "absent.xsd"), UnreadableFile),
    ],
)
def test_schemas_that_are_not_opened(
    tmp_path: Path, change: Callable[[str], str], error: type[Exception]
) -> None:
    with pytest.raises(error):
        Schemas.load(write(tmp_path, I=change(a_schema("I"))))


def including(text: str, location: str) -> str:
    return text.replace("><", f'><xs:include schemaLocation="{location}"/><', 1)


def test_a_schema_that_is_absent(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile):
        Schemas.load(tmp_path)
