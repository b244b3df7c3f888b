"""What is decided and answered when China's messages about a parcel come over several runs."""

from __future__ import annotations

import re

import polars as pl
import pytest

from tests.node.days import outcomes
from tests.node.post import ARRIVED, EXPORT, GIVEN_HERE, IMPORT, Office, Said, mail

NUMBER = "29282026E000000055"


@pytest.mark.parametrize(
    "runs",
    [
        [("CEB303", "CEB603"), ("CEB505",)],
        [("CEB505",), ("CEB303", "CEB603")],
        [("CEB603",), ("CEB303",), ("CEB505",)],
        [("CEB505",), ("CEB303",), ("CEB603",)],
        [("CEB505",), ("CEB603",), ("CEB303",)],
        [("CEB603",), ("CEB303", "CEB505")],
        [("CEB603",), ("CEB505",), ("CEB303",)],
    ],
)
def test_an_export_is_decided_when_its_last_document_comes(
    office: Office, runs: list[tuple[str, ...]]
) -> None:
    """Whatever comes first, and however many runs it takes, within the day that is waited."""
    order = office.post.orders("export", 1)
    came: set[str] = set()
    for turn, messages in enumerate(runs):
        office.take(*mail(messages, order), later=turn and 1)
        came |= set(messages)
        if "CEB603" in came and came != set(EXPORT):
            assert office.decision(order[0])["outcome"] == "pending"
            assert office.told("CEB604") == (["120"] if "CEB603" in messages else [])
    assert office.decision(order[0])["outcome"] == "released"
    assert office.told("CEB604") == ["800"]
    declared = office.trace(order[0])["declare"]
    assert [declared.count(f"{kind} current") for kind in ("order", "waybill", "inventory")] == [
        1, 1, 1,
    ]  # fmt: skip


def test_an_import_waits_for_its_arrival(office: Office, free: list[str]) -> None:
    one = free[:1]
    office.take(*mail(IMPORT, one))
    assert office.decision(one[0])["outcome"] == "pending"
    assert office.told("CEB622") == ["400"]
    office.take(("CEB711", one, {}), later=20)
    assert office.decision(one[0])["outcome"] == "released"
    assert (office.told("CEB622"), office.told("CEB712")) == (["800"], ["120"])
    assert "movement current" in office.trace(one[0])["declare"]


def test_an_import_that_arrived_before_it_was_declared(office: Office, free: list[str]) -> None:
    one = free[:1]
    office.take(("CEB711", one, {}))
    assert outcomes(office.out) == {}
    office.take(("CEB621", one, GIVEN_HERE))
    assert office.told("CEB622") == ["120"]
    office.take(*mail(("CEB311", "CEB411", "CEB511"), one), later=1)
    assert office.told("CEB622") == ["800"]


def test_numbers_are_given_once(office: Office, free: list[str], held: list[str]) -> None:
    orders = [*free[:4], *held]
    exports = office.post.orders("export", 4)
    office.take(*mail(ARRIVED, orders), *mail(EXPORT, exports))
    first = {said["copNo"]: said for said in office.said("CEB622") + office.said("CEB604")}
    assert len(first) == len(orders) + len(exports)
    for name, form in (("preNo", r"B20260916\d{9}"), ("invtNo", r"\d{4}2026[IE]\d{9}")):
        numbers = [str(said[name]) for said in first.values()]
        assert len(set(numbers)) == len(numbers)
        assert all(re.fullmatch(form, number) for number in numbers), numbers
    folder = office.folder
    for later in (1, 2):
        office.read(folder, later=later)
        for said in office.said("CEB622") + office.said("CEB604"):
            assert [said[name] for name in ("preNo", "invtNo")] == [
                first[said["copNo"]][name] for name in ("preNo", "invtNo")
            ]
    number = str(office.decision(held[0])["invt_no"])
    office.take(("CEB623", held, {"invt_no": number}), later=3)
    assert office.said("CEB624")[0]["invtNo"] == number


def test_numbers_that_the_declarant_states_are_kept(office: Office, free: list[str]) -> None:
    own: Said = {"pre_no": "B20260901000000777", "invt_no": "29282026I777777777"}
    office.take(*mail(ARRIVED, free[:1]), *mail(("CEB621",), free[1:2], **own))
    said = {str(one["copNo"])[-18:]: one for one in office.said("CEB622")}
    assert [said[free[1]][name] for name in ("preNo", "invtNo")] == list(own.values())
    assert said[free[0]]["invtNo"] != said[free[1]]["invtNo"]


def test_an_export_that_waits_is_cancelled_by_its_number(office: Office) -> None:
    order = office.post.orders("export", 1)
    office.take(*mail(("CEB303", "CEB603"), order))
    number = str(office.decision(order[0])["invt_no"])
    assert number == office.said("CEB604")[0]["invtNo"] != ""
    foreign: Said = {"invt_no": number, "order_no": "", "ebc_code": "9999999999"}
    office.take(("CEB605", order, foreign), later=1)
    assert office.told("CEB606") == ["100"]  # the number of another merchant's parcel
    office.take(("CEB605", order, {"invt_no": number, "order_no": ""}), later=1)
    assert office.decision(order[0])["outcome"] == "withdrawn"
    assert (office.told("CEB606"), office.told("CEB604")) == (["399"], ["899"])


def test_a_cancellation_of_an_unknown_inventory_is_refused_for_good(office: Office) -> None:
    """Its sender is told so; numbers can be foreseen, so it must not hit who gets one later.

    The same message sent again, when the inventory is known, is a new application.
    """
    order = office.post.orders("export", 1)
    cancel = ("CEB605", order, {"invt_no": NUMBER, "order_no": ""})
    office.take(cancel)
    assert (office.told("CEB606"), office.kept("withdrawal")) == (["100"], 1)
    office.take(*mail(("CEB303", "CEB603"), order))
    assert office.decision(order[0])["outcome"] == "pending"
    office.take(*mail(("CEB505",), office.post.orders("export", 2)[1:]))
    office.take(*mail(("CEB603",), order, invt_no=NUMBER, app_type=2, app_time=20260916080000))
    assert office.decision(order[0])["outcome"] == "pending"
    office.take(cancel, later=1)
    assert office.decision(order[0])["outcome"] == "withdrawn"
    assert office.told("CEB606") == ["399"]


def test_cancelled_before_release(office: Office, free: list[str], held: list[str]) -> None:
    """What waits or is free may be cancelled; what is under examination may not."""
    office.take(*mail(IMPORT, free[:1]), *mail(ARRIVED, held))
    used = office.used(held[0])
    assert used > 0
    for order, outcome, answer in ((free[0], "withdrawn", "399"), (held[0], "held", "100")):
        number = str(office.decision(order)["invt_no"])
        office.take(("CEB623", [order], {"invt_no": number}), later=1)
        assert office.decision(order)["outcome"] == outcome
        assert office.told("CEB624") == [answer]
        assert office.used(order) == (0 if outcome == "withdrawn" else used)
        office.read(office.base / "in-1", later=1)


def test_nobody_else_cancels(office: Office, free: list[str]) -> None:
    """Another declarant, another number, a draft: the parcel stays as it was."""
    office.take(*mail(IMPORT, free[:1]))
    number = str(office.decision(free[0])["invt_no"])
    for turn, wrong in enumerate(
        ({"agent_code": "330198X999"}, {"invt_no": "29282026I999999999"}, {"app_status": 1}), 1
    ):
        changes = {"invt_no": number, "app_time": 20260915090000 + turn} | wrong
        office.take(("CEB623", free[:1], changes), later=turn)
        assert office.decision(free[0])["outcome"] == "pending"
        assert office.told("CEB624") == ["100"]


@pytest.mark.parametrize(
    ("message", "time", "outcome", "ground"),
    [
        ("CEB623", 20260917080000, "released", "RET003"),
        ("CEB625", 20261016080000, "returned", ""),
        ("CEB625", 20261017080000, "released", "RET001"),
    ],
)
def test_withdrawn_after_release(
    office: Office, free: list[str], message: str, time: int, outcome: str, ground: str
) -> None:
    """A cancellation is out of place; a return is lawful up to the last of thirty days."""
    one = free[:1]
    office.take(*mail(ARRIVED, one))
    used = office.used(one[0])
    number = str(office.decision(one[0])["invt_no"])
    office.take((message, one, {"invt_no": number, "app_time": time}), later=40)
    assert office.decision(one[0])["outcome"] == outcome
    answer = "CEB624" if message == "CEB623" else "CEB626"
    status = "399" if outcome == "returned" else "100"
    assert office.told(answer) == [status]
    assert ground in str(office.said(answer)[0]["returnInfo"])
    assert office.used(one[0]) == (0 if outcome == "returned" else used) != -1
    assert office.told("CEB622") == (["899"] if outcome == "returned" else [])
    office.read(office.folder, later=41)
    assert office.statuses() == ["withdrawal duplicate"]
    assert office.told(answer) == [status]


@pytest.mark.parametrize(
    ("lines", "ground"),
    [
        ({"gnum": pl.lit(77)}, "RET004"),
        ({"hs_code": pl.lit("0101210010")}, "RET004"),
        ({"qty_e5": pl.col("qty_e5") + 100_000}, "RET005"),
    ],
)
def test_a_return_of_other_goods_is_refused(
    office: Office, free: list[str], lines: dict[str, pl.Expr], ground: str
) -> None:
    one = free[:1]
    office.take(*mail(ARRIVED, one))
    used = office.used(one[0])
    number = str(office.decision(one[0])["invt_no"])
    tables = office.post.tables_of("CEB625", one, invt_no=number, app_time=20260917080000)
    tables["withdrawal_line"] = tables["withdrawal_line"].with_columns(**lines)
    office.post.write(office.base / "in-2", tables)
    office.read(office.base / "in-2", later=1)
    assert office.decision(one[0])["outcome"] == "released"
    (said,) = office.said("CEB626")
    assert said["returnStatus"] == "100"
    assert ground in str(said["returnInfo"])
    assert office.used(one[0]) == used > 0


@pytest.mark.parametrize(
    ("time", "status", "answer"),
    [
        (20260916080000, "in_process", "100"),
        (20260916080000, "too_late", "100"),
        (20260914080000, "stale", "-621055"),
        (20260916080000, "current", "400"),
    ],
)
def test_a_change(
    office: Office, free: list[str], held: list[str], *, time: int, status: str, answer: str
) -> None:
    """Accepted only while nothing but waiting happens; sent again it is a duplicate."""
    one = held if status == "in_process" else free[:1]
    office.take(*mail(ARRIVED if answer == "100" else IMPORT, one))
    before = office.decision(one[0])
    office.take(("CEB621", one, {"app_type": 2, "app_time": time}), later=1)
    assert office.statuses() == [f"inventory {status}"]
    assert office.told("CEB622") == [answer]
    after = office.decision(one[0])
    assert after["outcome"] == before["outcome"]
    assert (after["app_time"] == time) is (status == "current")
    office.read(office.folder, later=1)
    assert office.statuses() == ["inventory duplicate"]
    assert len(office.said("CEB622")) == 1
    assert office.decision(one[0])["outcome"] == before["outcome"]


def test_a_payment_at_fault_is_refused_itself(office: Office, free: list[str]) -> None:
    papers = [paper for paper in mail(ARRIVED, free[:1]) if paper[0] != "CEB411"]
    office.take(*papers, *mail(("CEB411",), free[:1], pay_name="无"))
    (said,) = office.said("CEB412")
    assert said["returnStatus"] == "100"
    assert "Code:MAT022;" in str(said["returnInfo"])
    assert "Field:PaymentHead/payName;" in str(said["returnInfo"])
    assert (office.told("CEB312"), office.told("CEB622")) == (["120"], ["100"])
