"""Release at a real node: what stands is shown, money lets goods go, an officer is told why not."""

from __future__ import annotations

from datetime import date, timedelta
from hashlib import blake2b
from pathlib import Path
from typing import Any

import pytest

from silkport.cli.node_options import opened
from silkport.kernel.periods import day_number
from silkport.law.sentences import LANGUAGES
from silkport.model.balances import Transit
from silkport.node import offices
from silkport.node.corridor.guarantees import reserve_for_transit
from silkport.node.corridor.reserving import Security
from silkport.node.offices import office_of
from silkport.node.workflow.acting import pass_time
from tests.cli.shell import Result, run
from tests.node.dating import today
from tests.node.houses import SCREWS, a_house, a_line, written_to

LAW = """
[[demand]]
kind = "payment"
directions = ["import"]
payers = ["consignee_code", "declarant_code"]
start = 2024-01-01
source = "an order for tests, art. 1 (invented)"

[[demand]]
kind = "presentation"
directions = ["import"]
start = 2024-01-01
source = "an order for tests, art. 2 (invented)"

[[demand]]
kind = "guarantee"
directions = ["import"]
start = 2024-01-01
source = "an order for tests, art. 3 (invented)"
"""
RECEIPTS = "receipt,payer,amount,currency,day\nT-1,C1,10000.00,XTS,2026-01-01\n"


class Post:
    """A node in a home whose operator loaded a law on release of his own."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.home = folder, folder / "home"
        law = self.home / "zz" / "law"
        law.mkdir(parents=True)
        (law / "release.toml").write_text(LAW, "utf-8")
        self.run("node", "init", "--url", "https://127.0.0.1:9")

    def run(self, *words: object, code: int = 0) -> Result:
        done = run(*words, "--as", "zz", "--home", self.home)
        assert done.code == code, done.words
        return done

    def guarantee(self, amount: str) -> None:
        """One that anybody may name."""
        about = ("--kind", "guarantee", "--unit", "XTS", "--amount", amount, "--who", "Chen")
        terms = ("--issuer", "Bank", "--source", "G 1", "--from", "2026-01-01")
        self.run("balance", "open", "G-1", *about, *terms)

    def secure(self, case: str, amount: int) -> None:
        """Goods set out in transit; nothing is declared of them here."""
        transit = Transit(case=case, consignment_no="KHG 7", until=0)
        security = Security("G-1", amount, "XTS", holders=(), day=day_number(date(2026, 9, 1)))
        with opened(self.home, "zz", None) as node:
            node.state.write(lambda tx: reserve_for_transit(tx, node, case, security, transit))

    def paid(self) -> Result:
        """Who imports pays in advance."""
        receipts = self.folder / "receipts.csv"
        receipts.write_text(RECEIPTS, "utf-8")
        return self.run("balance", "pay", receipts, "--who", "Chen")

    def matter(self, number: str) -> dict[str, Any]:
        """What has something of a balance."""
        (one,) = self.run("balance", "show", number, "--json").json["matters"]
        return dict(one)

    def file(self, number: str, *words: object, **more: object) -> dict[str, Any]:
        written = written_to(
            self.folder / number,
            a_house("1", a_line(SCREWS, "1000"), **more),
            number=number,
            decl_day=today("zz"),
        )
        found: dict[str, Any] = self.run("node", "file", written, "--json", *words).json
        return dict(found["filed"][0])


@pytest.fixture
def post(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Post:
    """Its key draws none of these declarations for an inspection; a new node's own might."""
    monkeypatch.setattr(offices, "blake2b", lambda *_, **__: blake2b(b"", digest_size=8))
    return Post(tmp_path)


def test_unpaid_it_waits_and_its_receipt_lets_it_go(post: Post) -> None:
    filed = post.file("1")
    assert filed["state"] == "registered"
    shown = post.run("node", "case", filed["id"], "--json").json
    assert shown["prepared"] == "released"
    (stands,) = shown["stands"]
    assert (stands["code"], stands["demand"], stands["who"]) == ("BAL001", "payment", "declarant")
    assert "an order for tests" in stands["source"]
    refused = post.run("node", "act", filed["id"], "release", "--who", "Chen", code=1)
    assert "SP-6901" in refused.words
    paid = post.paid()
    assert filed["number"] in paid.words
    assert post.run("node", "case", filed["id"], "--json").json["state"] == "released"
    receipts = post.folder / "receipts.csv"
    again = post.run("balance", "pay", receipts, "--who", "Chen", "--json").json
    assert (again["known"], again["released"]) == (1, [])


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_stands_is_said_in_four_languages(post: Post, language: str) -> None:
    filed = post.file("1", "--early")
    shown = post.run("node", "case", filed["id"], "--lang", language).words
    assert "BAL001" in shown
    assert "HLD001" in shown
    assert "?" not in shown
    flagged = post.run("node", "cases", "--flagged", "--json").json
    assert flagged == {"cases": [], "after": ""}


def test_an_officer_ends_what_a_deferral_secures(post: Post) -> None:
    post.guarantee("100000.00")
    last = date.fromisoformat(today("zz")) + timedelta(days=20)
    filed = post.file("1", deferred_until_day=f"{last}", guarantee_no="G-1")
    matter = post.matter("G-1")
    assert (matter["matter"], matter["overdue"]) == (f"secured {filed['id']}", False)
    assert matter["reserved"] > 0
    assert f"{last}" in post.run("balance", "show", "G-1").words
    end = ("balance", "discharge", filed["number"], "--who", "Chen", "--reason", "paid")
    claim = ("balance", "claim", filed["number"], "--who", "Chen", "--reason", "not paid")
    for deed in (end, claim):  # its fee is not paid: nothing is owed yet
        assert "is registered" in post.run(*deed, code=1).words
    assert filed["number"] in post.paid().words
    assert "deferred and in time" in post.run(*claim, code=1).words
    for language in LANGUAGES:  # only the first changes anything
        said = post.run(*end, "--lang", language).words
        assert f"secured {filed['id']}" in said
        assert " 0.00 XTS" in said
        assert "?" not in said
    assert post.run("balance", "show", "G-1", "--json").json["free"] == 10_000_000
    over = post.run("balance", "claim", "1", "--who", "C", "--reason", "so", code=1)
    assert "SP-4102" in over.words


def test_an_officer_claims_the_guarantee_of_a_transit(post: Post) -> None:
    """One that is secured here before anything is declared goes by its own name."""
    post.guarantee("100.00")
    post.secure("KHG 7 on its way", 6_000)
    claim = ("balance", "claim", "KHG 7 on its way", "--who", "Chen", "--reason", "never came")
    assert "under way and in time" in post.run(*claim, code=1).words
    with opened(post.home, "zz", None) as node:
        pass_time(node, office_of(node, post.home))
    assert post.matter("G-1")["overdue"] is True
    assert "overdue" in post.run("balance", "show", "G-1").words
    assert "of that amount" in post.run(*claim, "--amount", "60.01", code=1).words
    assert "SP-1105" in post.run(*claim, "--amount", "1.001", code=4).words
    part = post.run(*claim, "--amount", "15.00", "--json").json
    assert part["balances"]["guarantee G-1"] == {"reserved": 4_500, "used": 1_500}
    rest = post.run(*claim, "--json").json
    assert rest["balances"]["guarantee G-1"] == {"reserved": 0, "used": 6_000}


def test_a_transit_that_owes_nothing_ends_as_well(post: Post) -> None:
    post.guarantee("100.00")
    post.secure("T0", 0)
    claim = ("balance", "claim", "T0", "--who", "Chen", "--reason", "so", "--amount", "1.00")
    assert "SP-4102" in post.run(*claim, code=1).words
    assert "transit T0" in post.run("balance", "discharge", "T0", "--who", "Chen").words
    said = post.run("balance", "discharge", "T0", "--who", "Chen", "--json").json
    assert (said["balances"], said["released"]) == ({}, [])
