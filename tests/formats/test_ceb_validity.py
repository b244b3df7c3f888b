"""Our own check refuses exactly what the official schemas refuse, and says better why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random

import polars as pl
import pytest
from lxml import etree

from silkport.formats.ceb import grammar, validity
from silkport.formats.ceb.catalogue import DSIG, NAMESPACE, ROOTS, SHAPES, Form, Part, Shape
from silkport.formats.ceb.catalogue import form_of as form
from silkport.formats.ceb.catalogue import tag_of as tag
from silkport.formats.ceb.schemas import FILES, Schemas
from silkport.formats.ceb.validity import Fault, cell_faults, judged, structural_faults
from silkport.kernel.errors import HostileContent, UnreadableFile
from tests.formats.ceb_mutations import Node, cases, odd_text, parsed, text_of, valid_message

CEB = "ceb-messages/202205"
Data = Callable[[str], Path]
Row = dict[str, str | None]


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


def rows_of(root: Node, shape: Shape, part: Part) -> list[Row]:
    """The texts of all heads or lines of a message; None where an element is absent."""
    whole = shape.document if part.tag == shape.document else f"{shape.document}/{part.tag}"
    return [
        {element.path: row.findtext(element.tag) for element in part.elements}
        for row in root.findall(whole)
    ]


def frame(part: Part, rows: list[Row]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema={element.path: pl.String for element in part.elements})


def own_faults(root: Node, shape: Shape) -> list[Fault]:
    """Everything our own check says of one message."""
    faults = structural_faults(root, shape)
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

    A long run is many calls of a few thousand with seeds of their own: all texts are kept.
    """
    result = Comparison()
    waiting: dict[tuple[str, int], list[tuple[int, Row]]] = {}
    verdicts: list[tuple[str, bool]] = []
    faulty: set[int] = set()
    for number, case in enumerate(cases(seed, count, samples)):
        official = schemas.faults(case.root, case.shape)
        own = structural_faults(case.root, case.shape)
        told = f"{number} {case.shape.message} {case.done}: {own[:2]} {official[:2]}"
        verdicts.append((told, bool(official)))
        if own:
            faulty.add(number)
            if own[0].expected.startswith("the structure of"):
                result.unexplained.append(told)
            continue
        for place, part in enumerate(case.shape.parts):
            rows = rows_of(case.root, case.shape, part)
            owned = waiting.setdefault((case.shape.message, place), [])
            owned.extend((number, row) for row in rows)
    for (message, place), owned in waiting.items():
        part = SHAPES[message].parts[place]
        found = cell_faults(part, frame(part, [row for _, row in owned]))
        faulty |= {owned[row][0] for row, _ in found}
    result.refused, result.accepted = len(faulty), count - len(faulty)
    result.disagreements = [
        told for number, (told, refused) in enumerate(verdicts) if refused != (number in faulty)
    ]
    return result


def test_the_official_samples_are_valid(schemas: Schemas, samples: list[Node]) -> None:
    assert len(samples) == 29
    for root in samples:
        shape = ROOTS[etree.QName(root).localname]
        assert own_faults(root, shape) + schemas.faults(root, shape) == [], shape.message


@pytest.mark.parametrize("message", SHAPES)
def test_a_message_from_the_tables_is_valid(message: str, schemas: Schemas) -> None:
    shape = SHAPES[message]
    for seed in range(20):
        root = parsed(etree.tostring(valid_message(Random(seed), shape)))
        assert own_faults(root, shape) + schemas.faults(root, shape) == [], seed


def test_both_refuse_the_same(schemas: Schemas, samples: list[Node]) -> None:
    found = compare(schemas, samples, seed=202205, count=2_000)
    assert found.disagreements == []
    assert found.unexplained == []
    assert min(found.refused, found.accepted) > 500


def xsi_type(root: Node) -> None:
    number = at(root, "gnum")
    typed = etree.Element(number.tag, nsmap={"xs": "http://www.w3.org/2001/XMLSchema"})
    typed.set("{http://www.w3.org/2001/XMLSchema-instance}type", "xs:int")
    typed.text = "1"
    number.getparent().replace(number, typed)  # type: ignore[union-attr]


def bad_address(root: Node) -> None:
    next(root.iter(f"{{{DSIG}}}SignatureMethod")).set("Algorithm", "%")


def no_key_inside(root: Node) -> None:
    etree.SubElement(root[-1], f"{{{DSIG}}}KeyInfo")


@pytest.mark.parametrize(
    ("change", "own", "official"),
    [(xsi_type, True, False), (bad_address, False, True), (no_key_inside, False, True)],
)
def test_what_is_judged_otherwise_on_purpose(
    change: Callable[[Node], None], own: bool, official: bool, schemas: Schemas
) -> None:
    """What `validity` says of itself."""
    root, shape = an_inventory(), SHAPES["CEB621"]
    change(root)
    root = parsed(etree.tostring(root))
    assert (bool(own_faults(root, shape)), bool(schemas.faults(root, shape))) == (own, official)


def an_inventory() -> Node:
    """Two inventories of two lines each, with nothing between or behind that may be left out."""
    root = valid_message(Random(4), SHAPES["CEB621"], documents=2, lines=2)
    for name in (tag("BaseSubscribe"), tag("ExtendMessage"), f"{{{DSIG}}}KeyInfo"):
        for node in [*root.iter(name)]:
            node.getparent().remove(node)  # type: ignore[union-attr]
    return parsed(etree.tostring(root))


def at(root: Node, name: str) -> Node:
    """The first element of a name in the second inventory."""
    return next(root[1].iter(tag(name)))


def again(node: Node, times: int = 1) -> None:
    for _ in range(times):
        node.addnext(parsed(etree.tostring(node)))


CHANGES: dict[str, Callable[[Node], object]] = {
    "drop": lambda root: at(root, "InventoryHead").remove(at(root, "orderNo")),
    "move": lambda root: at(root, "InventoryHead").insert(9, at(root, "orderNo")),
    "rename": lambda root: setattr(at(root, "orderNo"), "tag", tag("orderno")),
    "respace": lambda root: setattr(at(root, "orderNo"), "tag", "orderNo"),
    "repeat": lambda root: again(at(root, "orderNo")),
    "crowd": lambda root: again(at(root, "InventoryList"), 98),
    "empty": lambda root: etree.strip_elements(root[1], tag("InventoryList")),
    "mark": lambda root: at(root, "qty").set("unit", "kg"),
    "nest": lambda root: etree.SubElement(at(root, "qty"), "b"),
    "spill": lambda root: setattr(root[1], "text", "kg"),
    "rewrite guid": lambda root: root.set("guid", "7"),
    "drop version": lambda root: root.attrib.pop("version"),
    "mark root": lambda root: root.set("{urn:x}y", ""),
    "unsign": lambda root: root.remove(root[-1]),
    "unsign half": lambda root: root[-1].remove(root[-1][0]),
    "sign badly": lambda root: setattr(root[-1][1], "text", "QUI"),
    "send badly": lambda root: setattr(root[-2][0], "text", "x" * 19),
}

SAID = """
drop: Inventory[2]/InventoryHead/orderNo: missing: InventoryHead/orderNo before ebpCode
move: Inventory[2]/InventoryHead/orderNo: order: InventoryHead/orderNo before ebpCode
rename: Inventory[2]/InventoryHead/orderno: unknown: perhaps orderNo
respace: Inventory[2]/InventoryHead/orderNo: namespace: {http://www.chinaport.gov.cn/ceb}orderNo
repeat: Inventory[2]/InventoryHead/orderNo[2]: repeated: at most 1 orderNo
crowd: Inventory[2]/InventoryList[100]: too_many: at most 99 InventoryList
empty: Inventory[2]/InventoryList: too_few: Inventory/InventoryList after InventoryHead
mark: Inventory[2]/InventoryList[1]/qty/@unit: attribute: no attribute
nest: Inventory[2]/InventoryList[1]/qty: nested: text without elements
spill: Inventory[2]: text_between: only elements inside Inventory
rewrite guid: @guid: length: exactly 36 characters, not 1
drop version: @version: attribute: version, 1 to 10 characters
mark root: @y: attribute: only guid and version
unsign: Signature: signature: CEB621Message/Signature after BaseTransfer
unsign half: Signature/SignedInfo: missing: Signature/SignedInfo before SignatureValue
sign badly: Signature/SignatureValue: signature: base64
send badly: BaseTransfer/copCode: length: 1 to 18 characters, not 19
"""


@pytest.mark.parametrize("said", SAID.strip().splitlines())
def test_a_fault_names_place_and_remedy(said: str) -> None:
    change, *expected = said.split(": ")
    root = an_inventory()
    assert structural_faults(root, SHAPES["CEB621"]) == []
    CHANGES[change](root)
    found = structural_faults(root, SHAPES["CEB621"])
    assert [[one.path, one.rule, one.expected] for one in found] == [expected]


def test_a_transfer_that_is_repeated_is_accepted_where_asked() -> None:
    root = an_inventory()
    again(root[-2])
    assert structural_faults(root, SHAPES["CEB621"]) == []
    strict = structural_faults(root, SHAPES["CEB621"], lenient_transfer=False)
    assert [(one.path, one.rule) for one in strict] == [("BaseTransfer[2]", "repeated")]


def test_another_root_is_refused() -> None:
    for name in (tag("CEB623Message"), "CEB621Message", "{urn:x}CEB621Message"):
        root = an_inventory()
        root.tag = name
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
    for node in root.iter(tag("taxNo")):
        node.set("x", "y")
    assert len(structural_faults(root, shape)) == validity.MAX_FAULTS


DECIMAL, INT, INT9, INT4 = map(form, ("N19,5", "int", "int9", "int4"))
FIXED, DEFAULT = form("C3", fixed="142"), form("N19,5", default="0")
GUID, NAME, NOTE, ANY = map(form, ("C36", "C1..60", "C0..10", "C"))
PORT, BLANK = form("C3..4 collapse"), form("C0..3 collapse")


@pytest.mark.parametrize(
    ("kind", "allowed", "refused"),
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
def test_forms(kind: Form, allowed: list[str], refused: list[str]) -> None:
    assert [text for text in allowed if judged(kind, text) is not None] == []
    assert [text for text in refused if judged(kind, text) is None] == []


@pytest.mark.parametrize("written", ["C36", "C0..10", "C3..4 collapse", "N19,5", "int", "int9"])
def test_columns_and_single_texts_agree(written: str) -> None:
    rng, element = Random(9), SHAPES["CEB621"].head.elements[0]
    element = replace(element, form=form(written))
    texts = [rng.choice((text_of, odd_text))(rng, element.form) for _ in range(1_000)]
    cells = pl.DataFrame({element.path: [*texts, None]})
    found = cell_faults(Part("CEB621", "InventoryHead", "", (element,)), cells)
    wrong = [row for row, text in enumerate(texts) if judged(element.form, text)]
    assert [row for row, _ in found] == wrong
    assert 10 < len(wrong) < 990


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


def test_schemas_load_or_say_why_not(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile):
        Schemas.load(tmp_path)
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
