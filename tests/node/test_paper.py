"""Paper: a printed code is verified without a node; a blank form is keyed later, once."""

from __future__ import annotations

import base64
import random
import zlib
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest
import segno
import zxingcpp

from silkport.cli.paper_page import blank_pages, declaration_page
from silkport.kernel.exchange_errors import NotCompetent
from silkport.kernel.limits import MAX_CODE_BYTES
from silkport.kernel.paper_errors import (
    AlreadyKeyed,
    CodeForged,
    CodeUnreadable,
    NumberDiffers,
    NumberNotIssued,
)
from silkport.kernel.periods import day_number
from silkport.model.messages import Competence
from silkport.model.paper import Stated
from silkport.node.corridor.paper import HEAD, code_of, issue_blanks, key_paper, read_code
from silkport.node.workflow.filing import file_declaration
from silkport.node.workflow.reading import Declared, declared_in
from silkport.sim.nodes import Simulated
from tests.node.audits import audit
from tests.node.houses import a_house, a_line, written_to

DAY = day_number(date(2026, 10, 1))
NOON = DAY * 86_400_000 + 12 * 3_600_000
HOUR = 3_600_000


class Post:
    """A node, its clock, and a declaration."""

    def __init__(self, folder: Path) -> None:
        self.at = NOON
        self.made = Simulated("zz", "zz", lambda: self.at, random.Random(1).randbytes)
        self.node, self.office = self.made.node, self.made.office
        house = a_house("1", a_line("8482100000", "100.00"), a_line("8482100000", "20.00"))
        path = written_to(folder, house | {"declaration_no": "ZZ/1"})
        found = [one for one in declared_in([path]) if isinstance(one, Declared)]
        self.declared = found[0]

    @property
    def publics(self) -> dict[str, list[bytes]]:
        return {"zz": self.node.state.read(lambda tx: [row[1] for row in tx.rows("own_keys")])}

    def printed(self) -> str:
        case = file_declaration(
            self.node, self.office, self.declared.declaration, self.declared.goods
        ).case
        return self.node.state.read(lambda tx: code_of(tx, self.node, case))

    def key(self, number: str, at: int, **changed: Any) -> Any:
        return key_paper(
            self.node,
            self.office,
            self.declared.declaration | {"declaration_no": number} | changed,
            self.declared.goods,
            number=number,
            registered_at=at,
            who="Chen",
        )


@pytest.fixture
def post(tmp_path: Path) -> Post:
    return Post(tmp_path)


def scanned(code: str) -> str:
    """What a scanner reads from the printed code, four dots a module."""
    made, scale, border = segno.make(code, error="m", boost_error=False), 4, 4
    side = (len(made.matrix) + 2 * border) * scale
    dots = bytearray(b"\xff" * side * side)
    for y, row in enumerate(made.matrix):
        for x, dark in enumerate(row):
            if dark:
                for down in range(scale):
                    at = ((y + border) * scale + down) * side + (x + border) * scale
                    dots[at : at + scale] = bytes(scale)
    (read,) = zxingcpp.read_barcodes(memoryview(dots).cast("B", (side, side)))
    return read.text


def test_a_printed_code_is_scanned_and_verified(post: Post) -> None:
    found = read_code(scanned(post.printed()), post.publics).stated
    assert (found.node, found.number, found.lines, found.packs) == ("zz", "ZZ/1", 2, 10)
    assert found.gross_mass_mg == 24_000_000
    assert found.due.endswith(" XTS")
    assert found.printed_at == NOON


def test_what_a_scanner_breaks_in_lines_is_read(post: Post) -> None:
    code = post.printed()
    assert read_code(f" {code[:40]}\n{code[40:]}\r\n", post.publics).stated.number == "ZZ/1"


def test_a_key_of_somebody_else_proves_nothing(post: Post) -> None:
    other = Simulated("kz", "kz", lambda: NOON, random.Random(2).randbytes).node
    keys = other.state.read(lambda tx: [row[1] for row in tx.rows("own_keys")])
    for publics in ({"zz": keys}, {"kz": keys}, {}):
        with pytest.raises(CodeForged, match="ZZ/1"):
            read_code(post.printed(), publics)


def test_no_changed_letter_is_believed(post: Post) -> None:
    code = post.printed()
    for place in range(len(HEAD), len(code) - 1):
        wrong = code[:place] + ("A" if code[place] != "A" else "B") + code[place + 1 :]
        with pytest.raises((CodeForged, CodeUnreadable)):
            read_code(wrong, post.publics)


def _packed(content: bytes) -> str:
    packed = bytes(72) + zlib.compress(content)
    return HEAD + base64.b32encode(packed).decode().rstrip("=")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "SILKPORT1",
        HEAD,
        f"{HEAD}!!!!",
        f"{HEAD}AAAA",
        HEAD + "A" * 10_000,
        _packed(b"{}"),
        _packed(b"\xff\xfe"),
        _packed(b"[" * 2_000),
        _packed(b" " * (MAX_CODE_BYTES + 1)),
        _packed(msgspec.json.encode({"node": "zz", "number": "1", "state": "x", "more": 1})),
    ],
)
def test_what_is_no_code_is_said_to_be_none(post: Post, text: str) -> None:
    with pytest.raises(CodeUnreadable):
        read_code(text, post.publics)


def test_a_truncated_code_is_none(post: Post) -> None:
    code = post.printed()
    for length in range(0, len(code), 7):
        with pytest.raises((CodeUnreadable, CodeForged)):
            read_code(code[:length], post.publics)


def blank(post: Post) -> str:
    (code,) = issue_blanks(post.node, "post 1001", 1)
    stated = read_code(code, post.publics).stated
    assert (stated.state, stated.case) == ("blank", "")
    return stated.number


def test_a_form_is_keyed_under_its_number_once(post: Post) -> None:
    number = blank(post)
    post.at += 30 * HOUR
    filed = post.key(number, NOON + HOUR)
    assert (filed.case.number, filed.case.decl_day, filed.is_duplicate) == (number, DAY, False)
    again = post.key(number, NOON + HOUR)
    assert (again.case.id, again.is_duplicate) == (filed.case.id, True)
    with pytest.raises(AlreadyKeyed, match=filed.case.id):
        post.key(number, NOON + HOUR, pack_count=11)
    assert audit(post.node, lambda *_: None).is_sound


def test_a_number_of_no_form_is_refused(post: Post) -> None:
    with pytest.raises(NumberNotIssued):
        post.key("P0000", NOON)


def test_the_form_says_number_day_and_moment(post: Post) -> None:
    number = blank(post)
    post.at += 30 * HOUR
    for at, changed in (
        (NOON + HOUR, {"declaration_no": "ZZ/1"}),
        (NOON + HOUR, {"decl_day": DAY + 1}),
        (NOON - HOUR, {}),
        (NOON + 31 * HOUR, {"decl_day": DAY + 1}),
    ):
        with pytest.raises(NumberDiffers):
            post.key(number, at, **changed)
    assert post.key(number, NOON).case.number == number


def test_who_may_not_register_gives_out_no_forms() -> None:
    relay = frozenset({Competence.RELAY})
    made = Simulated("zz", "zz", lambda: NOON, random.Random(1).randbytes, relay)
    with pytest.raises(NotCompetent):
        issue_blanks(made.node, "post 1001", 1)


HOSTILE = '<script>alert("x")</script>'


@pytest.mark.parametrize("language", ["en", "zh", "ru", "kk"])
def test_pages_escape_what_comes_from_outside(post: Post, language: str) -> None:
    stated = Stated(node="zz", number=HOSTILE, state="released", printed_at=NOON, vehicle=HOSTILE)
    goods = [{"gnum": 1, "goods_name": HOSTILE, "total_e5": 12_50000, "net_mass_mg": 1_500_000}]
    shown = declaration_page(post.printed(), stated, {"declarant_name": HOSTILE}, goods, language)
    forms = blank_pages([(post.printed(), stated)], language)
    for page in (shown, forms):
        assert "<script" not in page
        assert "<svg" in page
    assert "12.50" in shown
    assert ">1.5<" in shown
