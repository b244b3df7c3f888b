"""Balances in a node: permits written off, duty charged, guarantees freed once; all conserved."""

from __future__ import annotations

import random
from typing import Any

import pytest

from silkport.courses.balance import all_held, is_conserved
from silkport.kernel.balance_errors import EntryDiffers, StillReserved
from silkport.kernel.errors import NotFound
from silkport.kernel.exchange_errors import NotCompetent
from silkport.kernel.findings import Effect
from silkport.model.balances import NO_END, Scope
from silkport.model.messages import Competence
from silkport.node import dossiers
from silkport.node.corridor import balances as room
from silkport.node.corridor.permits import papers_in
from silkport.node.dossiers import every_dossier
from silkport.node.state.contract import Transaction
from tests.node.audits import look
from tests.node.balance_desk import KG, TODAY, Desk, codes, receipt
from tests.node.worlds import World


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_a_permit_is_reserved_used_and_freed(desk: Desk) -> None:
    one = desk.open("permit", "KZ-1", 100 * KG).id
    assert desk.off("case 1", 30, 10) == []
    assert desk.parts(one) == (60 * KG, 40 * KG, 0)
    assert desk.off("case 1", 30, 10) == []  # the same again
    desk.do(room.settle, "case 1")
    desk.do(room.settle, "case 1")
    assert desk.parts(one) == (60 * KG, 0, 40 * KG)
    assert desk.off("case 2", 60) == []
    desk.do(room.free, "case 2", "withdrawn")
    desk.do(room.free, "case 2", "withdrawn")
    assert desk.parts(one) == (60 * KG, 0, 40 * KG)
    desk.do(room.give_back, "case 1")
    desk.do(room.give_back, "case 1")
    assert desk.parts(one) == (100 * KG, 0, 0)
    assert look(desk.world, "kz").is_sound


def test_a_certificate_used_twice_holds_the_second(desk: Desk) -> None:
    one = desk.open("permit", "KZ-1", 100 * KG).id
    assert desk.off("house 1", 80) == []
    (second,) = desk.off("house 2", 30)
    assert (second.code, second.line, second.effect) == ("BAL007", 1, Effect.HOLD)
    assert second.facts["who"] == "declarant"
    assert second.facts["missing"] == "10 kg"
    assert (second.facts["left"], second.facts["others"]) == ("20 kg", "house 1")
    assert desk.parts(one) == (20 * KG, 80 * KG, 0)
    assert desk.off("house 3", 20) == []  # what fits is not kept waiting by what does not
    desk.do(room.free, "house 1")
    assert desk.off("house 2", 30) == []  # tried again when the first was refused


def test_an_amendment_sets_anew_and_shrinking_lines_make_room(desk: Desk) -> None:
    one = desk.open("permit", "KZ-1", 15 * KG).id
    assert desk.off("case", 10, 5) == []
    assert desk.off("case", 4, 11) == []
    assert desk.parts(one) == (0, 15 * KG, 0)
    assert desk.off("case", 4) == []
    assert desk.parts(one) == (11 * KG, 4 * KG, 0)
    desk.do(room.free, "case", "refused")
    assert desk.off("case", 4) == []  # reopened
    assert desk.parts(one) == (11 * KG, 4 * KG, 0)


def test_a_correction_adjusts_what_was_used_and_takes_what_there_is(desk: Desk) -> None:
    one = desk.open("permit", "KZ-1", 15 * KG).id
    desk.off("case", 10)
    desk.do(room.settle, "case")
    assert desk.off("case", 12) == []
    assert desk.parts(one) == (3 * KG, 0, 12 * KG)
    assert desk.off("case", 8, 2) == []  # a line that was not there is used at once
    assert desk.parts(one) == (5 * KG, 0, 10 * KG)
    assert codes(desk.off("case", 20)) == [("BAL007", 1)]  # its goods are gone already
    assert desk.parts(one) == (0, 0, 15 * KG)
    assert codes(desk.off("case", 20)) == [("BAL007", 1)]


@pytest.mark.parametrize(
    ("permit", "papers", "found"),
    [
        ({}, "V01 kz -1", []),
        ({"scope": Scope(hs=("0203",), countries=("CN",))}, "V01 KZ-1", []),
        ({}, "", []),  # that none is named is for the stage check to say
        ({}, "V01 -", []),
        ({}, "L01 LIC-9", []),  # no register of licences is kept here
        ({}, "V01 KZ-2", ["BAL003"]),
        ({"scope": Scope(hs=("04",))}, "V01 KZ-1", ["BAL004"]),
        ({"scope": Scope(countries=("UZ",))}, "V01 KZ-1", ["BAL004"]),
        ({"holder": "C1"}, "V01 KZ-1", []),
        ({"holder": "C2"}, "V01 KZ-1", ["BAL005"]),
        ({"stop": TODAY + 1}, "V01 KZ-1", []),
        ({"stop": TODAY}, "V01 KZ-1", ["BAL006"]),
        ({"unit": "e5 H87"}, "V01 KZ-1", ["BAL008"]),
        ({"unit": "shipments", "opened": 1}, "V01 KZ-1", []),
        ({"unit": "shipments", "opened": 0}, "V01 KZ-1", ["BAL007"]),
    ],
)
def test_what_a_permit_must_be(
    desk: Desk, permit: dict[str, Any], papers: str, found: list[str]
) -> None:
    desk.open("permit", "KZ-1", 100 * KG, **permit)
    assert [one.code for one in desk.off("case", 10, papers=papers)] == found


def test_a_registered_exporter_has_a_scope_and_no_limit(desk: Desk) -> None:
    one = desk.open(
        "permit", "CIFER 7", None, unit="shipments", holder="D1", scope=Scope(hs=("0203",))
    ).id
    for n in range(5):
        assert desk.off(f"case {n}", 1, 2, papers="V01 CIFER 7") == []
        desk.do(room.settle, f"case {n}")
    assert desk.parts(one) == (None, 0, 5)


def test_one_certificate_for_one_shipment_serves_one_house(desk: Desk) -> None:
    desk.open("permit", "KZ-1", 1, unit="shipments")
    assert desk.off("house 1", 5, 6, 7) == []
    assert codes(desk.off("house 2", 5, 6)) == [("BAL007", 1), ("BAL007", 2)]


def test_two_certificates_share_a_line_and_what_ends_first_goes_first(desk: Desk) -> None:
    later = desk.open("permit", "KZ-1", 10 * KG).id
    sooner = desk.open("permit", "KZ-2", 6 * KG, stop=TODAY + 5).id
    assert desk.off("case", 12, papers="V01 KZ-1; V01 KZ-2") == []
    assert (desk.parts(sooner), desk.parts(later)) == ((0, 6 * KG, 0), (4 * KG, 6 * KG, 0))


def test_an_expired_permit_keeps_what_was_taken_in_time(desk: Desk) -> None:
    one = desk.open("permit", "KZ-1", 10 * KG).id
    desk.off("case", 6)
    desk.do(room.settle, "case")
    desk.do(room.close_balance, one, who="Chen", reason="revoked")
    assert desk.off("case", 4) == []
    assert desk.parts(one) == (6 * KG, 0, 4 * KG)
    assert codes(desk.off("case", 5)) == [("BAL007", 1)]
    assert [one.code for one in desk.off("other", 5)] == ["BAL006"]


def test_papers_of_box_44() -> None:
    read = papers_in("V01 KZ 1; 02015 ;V01 KZ-2;L01 a;V01 KZ 1; 11004 -")
    assert read == {"V01": ("KZ 1", "KZ-2"), "L01": ("a",)}


def test_opened_once_and_closed_when_nothing_is_reserved(desk: Desk) -> None:
    one = desk.open("permit", "KZ-1", 100 * KG)
    assert desk.open("permit", "kz -1", 100 * KG) == one
    for other in ({"opened": 99 * KG}, {"stop": NO_END}, {"holder": "C9"}):
        with pytest.raises(EntryDiffers):
            desk.open("permit", "KZ-1", 100 * KG, **other)
    desk.off("case", 1)
    with pytest.raises(StillReserved):
        desk.do(room.close_balance, one.id, who="Chen", reason="")
    desk.do(room.free, "case")
    desk.do(room.close_balance, one.id, who="Chen", reason="")
    assert desk.do(room.close_balance, one.id, who="Chen", reason="").closed
    with pytest.raises(NotFound):
        desk.do(room.close_balance, "permit V01 X", who="Chen", reason="")


def test_who_may_keep_what() -> None:
    inspection = frozenset({Competence.INSPECTION})
    desk = Desk(World(("kz",), competence={"kz": inspection}))
    desk.open("permit", "KZ-1", 1)
    for kind in ("money", "guarantee"):
        with pytest.raises(NotCompetent):
            desk.open(kind, "A-1", 1)
    with pytest.raises(NotCompetent):
        desk.pay(receipt("R1", 1))


def test_a_balance_goes_on_where_its_dossier_is_full(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (room, dossiers):
        monkeypatch.setattr(module, "MAX_ACTS", 6)
    one = desk.open("money", "A-1", 100, holder="C1").id
    for n in range(20):
        assert desk.charge(f"case {n}", 5) == []
        desk.do(room.settle, f"case {n}")
    assert desk.parts(one) == (0, 0, 100)
    assert desk.open("money", "A-1", 100, holder="C1").page > 5
    listed = desk.node.state.read(lambda tx: list(room.every_balance(tx)))
    assert [one.used for one in listed] == [100]
    assert look(desk.world, "kz").is_sound


def totals(tx: Transaction) -> dict[str, tuple[int, int]]:
    """What drawings say is reserved and used of each balance."""
    found: dict[str, tuple[int, int]] = {}
    for one in every_dossier(tx, room.DRAWING):
        for (identity, _), now in all_held(one.state).items():
            reserved, used = found.get(identity, (0, 0))
            found[identity] = reserved + now.reserved, used + now.used
    return found


@pytest.mark.parametrize("seed", range(25))
def test_whatever_happens_balances_and_drawings_agree(seed: int) -> None:
    desk, chance = Desk(), random.Random(seed)
    desk.open("permit", "KZ-1", 60 * KG)
    desk.open("permit", "KZ-2", 3, unit="shipments")
    desk.open("permit", "KZ-3", None, unit="shipments")
    desk.open("money", "A-1", 5_000, holder="C1")
    desk.open("guarantee", "G-1", 5_000, holder="C1")
    papers = ["V01 KZ-1", "V01 KZ-1; V01 KZ-2", "V01 KZ-3", "V01 KZ-9"]
    released: set[str] = set()
    for n in range(60):
        case = f"case {chance.randrange(5)}"
        step = chance.choice("off off charge charge settle free back pay secure arrive".split())
        if step == "off":
            masses = [chance.randrange(30) for _ in range(chance.randint(1, 3))]
            desk.off(case, *masses, papers=chance.choice(papers))
        elif step == "charge":
            desk.charge(case, chance.randrange(3_000))
        elif step == "settle" and desk.paid(case):
            desk.do(room.settle, case)
            released.add(case)
        elif step == "free" and case not in released:
            desk.do(room.free, case)
        elif step == "back" and case in released:
            desk.do(room.give_back, case)
        elif step == "pay":
            desk.pay(receipt(f"R{chance.randrange(9)}", 100))
        elif step == "secure":
            desk.secure(case, chance.randrange(3_000))
        elif step == "arrive":
            desk.arrive(case, n)
        said = desk.node.state.read(totals)
        for one in desk.node.state.read(lambda tx: list(room.every_balance(tx))):
            assert is_conserved(one)
            assert (one.reserved, one.used) == said.get(one.id, (0, 0))
    assert look(desk.world, "kz").is_sound
