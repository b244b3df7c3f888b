"""Unfolding houses: the decision as it was stored, under the law that it was made with."""

from __future__ import annotations

import shutil
from datetime import date
from fractions import Fraction
from pathlib import Path

import polars as pl
import pytest

from silkport.kernel.errors import NotFound
from silkport.law.formula import SCALES, worth
from silkport.node.clearing.summary import Summary
from silkport.node.law.books import country_files, law_book, law_folder
from silkport.node.proof.tracing import trace_rows
from silkport.node.proof.unfolded import Unfolded
from silkport.node.proof.unfolding import example, find, unfold
from tests.node import houses
from tests.node.days import DAY, a_home, clear, sample_day
from tests.node.houses import (
    ACTED,
    BAGS,
    VARIED,
    Office,
    a_house,
    a_line,
    a_tariff,
    corrected,
    table,
    written_to,
)


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


def unfolded(home: Path, identifier: str) -> Unfolded:
    ((country, link, parcel_id),) = find(home, identifier)
    return unfold(home, country, link, parcel_id, language="en", officer=False, tax=True)


def other_tariff(office: Office) -> None:
    """The operator loads a tariff in which bags cost another duty."""
    folder = law_folder(houses.ADMINISTRATION, office.home)
    folder.mkdir(parents=True, exist_ok=True)
    tariff = a_tariff(folder / "tariff.csv", f"{BAGS};33;2024-01-01")
    tariff.write_text(tariff.read_text("utf-8").replace(",cited", "this test,cited"), "utf-8")


def proven(found: Unfolded) -> dict[tuple[int, str], int]:
    """What the proofs of each line's levies end in."""
    assert found.tax is not None
    return {
        (amount.line, amount.name): amount.minor
        for amount in found.amounts
        if amount.name in found.tax.totals
    }


def stored(out: Path, number: str) -> dict[tuple[int, str], int]:
    """What was written of each line's levies."""
    decision = table(out, "decisions").filter(pl.col("order_no") == number)
    rows = table(out, "tax_lines").join(decision, on="parcel_id", how="semi")
    sums = rows.group_by("line", "levy").agg(pl.col("amount_minor").sum())
    return {(line, levy): minor for line, levy, minor in sums.iter_rows()}


@pytest.mark.parametrize("number", [1, 2, 3])
def test_every_proof_ends_in_the_stored_amount(office: Office, number: int) -> None:
    out = office.decide(*VARIED)
    found = unfolded(office.home, f"ZZ-2026-1/{number}")
    assert found.tax is not None
    assert {key: one for key, one in proven(found).items() if one} == {
        key: one for key, one in stored(out, f"ZZ-2026-1/{number}").items() if one
    }
    assert found.tax.unequal == ()
    assert found.tax.total_minor == found.decision["total_minor"]
    assert found.tax.customs_value_minor == sum(
        line.customs_value_minor for line in found.tax.lines
    )
    assert found.same_law
    for amount in found.amounts:
        assert amount.proof.result == amount.minor == amount.proof.steps[-1].result
    for proof in (*found.tax.amounts, *(one for line in found.tax.lines for one in line.amounts)):
        for step in proof.formula.steps:
            assert worth(step.body) == Fraction(int(step.value), 10 ** SCALES.get(step.unit, 0))


def test_a_house_is_found_by_every_number(office: Office) -> None:
    out = office.decide(VARIED[0])
    decision = table(out, "decisions").to_dicts()[0]
    for identifier in (decision["parcel_id"], "ZZ-2026-1/1", "CMR 77"):
        assert unfolded(office.home, identifier).decision["parcel_id"] == decision["parcel_id"]
    assert example(office.home, "taxed") == decision["parcel_id"]
    with pytest.raises(NotFound):
        find(office.home, "ZZ-2026-1")


def test_the_proof_follows_the_law_of_the_decision(office: Office) -> None:
    out = office.decide(VARIED[0])
    before = unfolded(office.home, "ZZ-2026-1/1")
    other_tariff(office)
    assert law_book("zz", office.home).law.digest != before.decision["law_digest"]
    after = unfolded(office.home, "ZZ-2026-1/1")
    assert (after.same_law, after.law_digest) == (True, before.law_digest)
    assert proven(after) == proven(before)
    assert after.tax == before.tax
    assert stored(out, "ZZ-2026-1/1") == {k: v for k, v in proven(after).items() if v}


def test_without_the_edition_the_law_at_hand_is_said_to_be_another(office: Office) -> None:
    office.decide(VARIED[0])
    other_tariff(office)
    shutil.rmtree(law_folder("zz", office.home) / "editions")
    found = unfolded(office.home, "ZZ-2026-1/1")
    assert not found.same_law
    assert found.tax is not None
    assert (2, "duty") in found.tax.unequal
    # Payments stay as they were decided, whatever the law at hand says.
    assert found.tax.total_minor == found.decision["total_minor"]


def test_a_parcel_follows_the_law_of_its_decision(tmp_path: Path) -> None:
    day, home = sample_day(tmp_path / "day", parcels=60), a_home(tmp_path / "home")
    clear(day, home=home)
    parcel_id = example(home, "taxed")
    before = unfolded(home, parcel_id)
    header, *rows = country_files("cn")["taxes.csv"].splitlines()
    other = [row.replace(",0.13,", ",0.17,") for row in rows]
    law_folder("cn", home).joinpath("taxes.csv").write_text("\n".join([header, *other]), "utf-8")
    assert law_book("cn", home).law.digest != before.law_digest
    after = unfolded(home, parcel_id)
    assert after.same_law
    assert [one.minor for one in after.amounts] == [one.minor for one in before.amounts]
    assert before.tax is not None
    assert before.tax.unequal == ()
    assert before.tax.total_minor == before.decision["total_minor"] > 0


def test_a_correction_and_what_it_changed(office: Office) -> None:
    house = a_house("1", a_line(BAGS, "1000"))
    office.decide(house)
    first = unfolded(office.home, "ZZ-2026-1/1")
    more = corrected(a_house("1", a_line(BAGS, "1200")))
    out = office.decide(more, day=ACTED)
    found = unfolded(office.home, "ZZ-2026-1/1")
    assert found.tax is not None
    assert first.tax is not None
    assert found.tax.unequal == ()
    assert found.tax.head["act"] == "correction"
    assert found.tax.total_minor == found.decision["total_minor"] > first.tax.total_minor
    debts = {one["levy"]: one["difference_minor"] for one in found.adjustments}
    assert debts == {
        levy: found.tax.totals[levy] - first.tax.totals[levy] for levy in ("duty", "vat")
    }
    assert {one["kind"] for one in found.adjustments} == {"debt"}
    assert table(out, "adjustments").height == 2
    assert [one["status"] for one in found.documents] == ["current", "current"]


def test_a_refused_correction_leaves_the_proof_of_the_release(office: Office) -> None:
    house = a_house("1", a_line(BAGS, "1000"))
    office.decide(house)
    first = unfolded(office.home, "ZZ-2026-1/1")
    office.decide(corrected(a_house("1", a_line("0", "1200"))), day=ACTED)
    found = unfolded(office.home, "ZZ-2026-1/1")
    assert found.decision == first.decision
    assert found.tax == first.tax
    assert [one["outcome"] for one in found.adjustments] == ["refused"]
    assert found.reasons != first.reasons


def test_a_second_declaration_after_release_changes_nothing(office: Office) -> None:
    office.decide(a_house("1", a_line(BAGS, "1000")))
    first = unfolded(office.home, "ZZ-2026-1/1")
    late = a_house("1", a_line(BAGS, "9"), guid="another")
    office.decide(late, day=ACTED, app_time="20261005110000")
    found = unfolded(office.home, "ZZ-2026-1/1")
    assert found.tax == first.tax
    assert [one["status"] for one in found.documents] == ["current", "too_late"]


def test_deadlines_are_those_of_the_decision(office: Office) -> None:
    office.decide(VARIED[0])
    found = unfolded(office.home, "ZZ-2026-1/1")
    assert found.tax is not None
    days = {one.kind: one.day for one in found.tax.deadlines}
    assert days == {
        "appeal": found.decision["appeal_day"],
        "refund": found.decision["refund_day"],
    }
    assert all(one.source for one in found.tax.deadlines)


def test_trace_of_a_house(office: Office) -> None:
    office.decide(a_house("1", a_line(BAGS, "1000")))
    office.decide(corrected(a_house("1", a_line(BAGS, "900"))), day=ACTED)
    ((country, link, parcel_id),) = find(office.home, "ZZ-2026-1/1")
    rows = trace_rows(office.home, country, link, parcel_id, officer=False)
    happened = {row["stage"]: row["happened"] for row in rows}
    assert list(happened) == ["declare", "check", "value", "assess", "screen", "release"]
    assert happened["declare"].count("declaration current") == 2
    assert "duty" in happened["assess"]
    assert "refund duty" in happened["release"]
    assert "lane" not in happened["screen"]


def test_the_summary_tells_houses_from_parcels(office: Office, tmp_path: Path) -> None:
    day = sample_day(tmp_path / "day", parcels=30)
    declared = written_to(tmp_path / "in", *VARIED)
    home = a_home(tmp_path / "other")
    summary: Summary = clear(
        day, declared, home=home, administration="zz", day=max(DAY, houses.DAY)
    )
    assert (summary.houses, summary.parcels, summary.decided) == (3, 30, 33)
    assert summary.money["remedy"] > 0
    again = clear(
        written_to(tmp_path / "in", corrected(a_house("1", a_line(BAGS, "2000"))), number="1"),
        home=home,
        administration="zz",
        day=date(2026, 10, 6),
    )
    assert (again.houses, again.parcels) == (1, 0)
    assert again.adjustments.keys() == again.adjusted.keys() == {"debt", "refund"}
    assert again.adjusted["debt"] > 0 > again.adjusted["refund"]
