"""Shadow: what this law would have decided beside what an existing system did; nothing kept."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from silkport.formats.decided import NOT_CARRIED
from silkport.formats.eaeu import DeclaredPayment, House, write_goods_declaration
from silkport.formats.eaeu.catalogue import READABLE
from silkport.formats.intake import read
from silkport.formats.writing import declared_to_outside
from silkport.model.columns import Table
from silkport.model.outcomes import DECISION, FINDING, TAX_LINE
from silkport.node.law.books import law_book
from silkport.node.shadow.comparing import Ours, compare
from silkport.node.shadow.existing import levies_of_codes
from silkport.node.shadow.grouping import Asked, days_of
from silkport.node.shadow.report import APART, CHARGED, DECIDED, FOUND, Group, Report
from silkport.node.shadow.shadow import Wanted, shadow
from silkport.node.store.segments import outcome_schema
from tests.formats.eaeu_samples import DECLARATION, GOODS
from tests.node.houses import BAGS, SCREWS, a_house, a_line, quiet, written_to

SOUND = a_house("1", a_line(SCREWS, "1000"), a_line(BAGS, "250.05", net_mass_kg="11"))
HEAVY = a_house("2", a_line(SCREWS, "1000", net_mass_kg="13"))
RIGHT = {"duty": "117.50", "vat": "184.80", "fee": "12.00"}


def a_report(*inputs: Path, officer: bool = False, administration: str = "zz") -> Report:
    asked = Asked("en", officer, 3)
    home = inputs[0].parent / "no-home"
    wanted = Wanted(administration=administration, home=home, asked=asked)
    report = shadow(inputs, wanted, quiet)
    assert not home.exists()
    return report


def decisions(path: Path, *rows: Mapping[str, object]) -> Path:
    """What an existing system decided, in a file of its own."""
    path.parent.mkdir(parents=True, exist_ok=True)
    names = list(dict.fromkeys(name for row in rows for name in row))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [f"decided.{name}" for name in names])
        writer.writeheader()
        writer.writerows({f"decided.{name}": row[name] for name in row} for row in rows)
    return path


def one(groups: list[Group]) -> Group:
    (group,) = groups
    return group


@pytest.fixture
def goods(tmp_path: Path) -> Path:
    return written_to(tmp_path / "in", SOUND, HEAVY)


def charged_here(goods: Path) -> dict[str, str]:
    """The amounts of the sound house, as this law works them out."""
    report = a_report(
        goods,
        decisions(
            goods.parent / "asked.csv",
            {"number": "ZZ-2026-1/1", "duty": "0", "vat": "0", "fee": "0", "customs_value": "0"},
        ),
    )
    found = {group.levy: group.off_minor for group in report.of(CHARGED)}
    return {levy: f"{minor / 100:.2f}" for levy, minor in found.items()}


def test_what_agrees_and_what_is_decided_differently(goods: Path, tmp_path: Path) -> None:
    old = decisions(
        tmp_path / "old.csv",
        {"number": "ZZ-2026-1/1", "outcome": "Released", "declarant": "D1"},
        {"number": "ZZ-2026-1/2", "outcome": "released", "reason": "looked well"},
    )
    report = a_report(goods, old)
    whole = report.whole
    assert (whole.declarations, whole.compared, whole.agree, whole.decided) == (2, 2, 1, 1)
    assert [day.day for day in report.days] == [20_727]
    group = one(report.of(DECIDED))
    assert (group.old, group.ours, group.code, group.count) == ("released", "refused", "CHK257", 1)
    assert group.field == "goods.net_mass_kg"
    assert group.fix
    assert group.source
    example = group.examples[0]
    assert (example.number, example.reason) == ("ZZ-2026-1/2", "looked well")
    assert "13" in example.sentence


def test_amounts_differ_by_levy_with_their_proof(goods: Path, tmp_path: Path) -> None:
    right = charged_here(goods)
    assert set(right) == {"customs_value", "duty", "vat", "fee"}
    same = decisions(tmp_path / "same.csv", {"number": "ZZ-2026-1/1", **right})
    assert a_report(goods, same).whole.agree == 1
    wrong = f"{float(right['vat']) + 5:.2f}"
    cents = f"{float(right['duty']) + 0.4:.2f}"
    old = {"number": "ZZ-2026-1/1", **right, "vat": wrong, "duty": cents, "fee": "0"}
    report = a_report(goods, decisions(tmp_path / "old.csv", old))
    found = {group.levy: (group.cause, group.off_minor) for group in report.of(CHARGED)}
    assert found["vat"] == ("amount", -500)
    assert found["duty"] == ("rounding", -40)
    assert found["fee"][0] == "not_charged_there"
    vat = next(group for group in report.of(CHARGED) if group.levy == "vat").examples[0]
    assert vat.ours_minor - vat.old_minor == -500
    assert vat.proven is not None
    assert vat.payments[0].rate_ppm == 120_000
    assert any("Tax Act" in source for source in vat.sources)
    assert report.whole.off_minor == sum(off for _, off in found.values())


def test_a_difference_of_a_line_names_it(goods: Path, tmp_path: Path) -> None:
    old = decisions(
        tmp_path / "old.csv",
        {"number": "ZZ-2026-1/1", "line": 1, "customs_value": "1000"},
        {"number": "ZZ-2026-1/1", "line": 2, "customs_value": "200"},
    )
    group = one(a_report(goods, old).of(CHARGED))
    example = group.examples[0]
    assert (group.levy, example.line, group.off_minor) == ("customs_value", 2, 5_005)
    assert (example.old_minor, example.ours_minor) == (20_000, 25_005)


def test_only_the_total_is_known(goods: Path, tmp_path: Path) -> None:
    right = charged_here(goods)
    total = sum(float(right[levy]) for levy in ("duty", "vat", "fee"))
    for more, differs in ((0, 0), (10, 1)):
        old = {"number": "ZZ-2026-1/1", "total": f"{total + more:.2f}"}
        report = a_report(goods, decisions(tmp_path / "old.csv", old))
        assert (report.whole.compared, report.whole.charged) == (1, differs)


def test_what_cannot_be_compared_says_why(tmp_path: Path) -> None:
    goods = written_to(tmp_path / "in", SOUND, HEAVY)
    early = written_to(tmp_path / "in", SOUND, number="2", decl_day="1999-01-01")
    other = written_to(tmp_path / "in", SOUND, number="3", destination_country="UZ")
    old = decisions(
        tmp_path / "old.csv",
        {"number": "ZZ-2026-1/2", "outcome": "perhaps"},
        {"number": "ZZ-2026-2/1", "outcome": "released"},
        {"number": "ZZ-2026-3/1", "outcome": "released"},
        {"number": "NOT-HERE", "outcome": "released"},
        {"number": "ZZ-2026-1/1", "duty": "1", "currency": "USD"},
    )
    report = a_report(goods, early, other, old)
    assert {group.cause: group.count for group in report.of(APART)} == {
        "no_outcome": 1,
        "no_law": 1,
        "elsewhere": 1,
        "no_declaration": 1,
        "other_currency": 1,
    }
    assert (report.whole.compared, report.whole.apart) == (0, 4)


def test_what_is_found_where_nothing_is_known(goods: Path) -> None:
    report = a_report(goods)
    assert one(report.of(APART)).cause == "no_decision"
    assert "CHK257" in {group.code for group in report.of(FOUND)}
    assert not report.differs


def test_decisions_beside_the_rows_of_a_table(tmp_path: Path) -> None:
    goods = written_to(tmp_path / "in", SOUND, HEAVY)
    path = tmp_path / "table.csv"
    chunk = next(iter(read([goods])))
    rows = declared_to_outside(chunk.tables)
    number = rows["declaration.declaration_no"]
    outcome = pl.Series("decided.outcome", ["released"] * len(number))
    rows.with_columns(outcome).write_csv(path)
    report = a_report(path)
    assert (report.whole.compared, report.whole.decided) == (2, 1)
    (read_back,) = (c.problems for c in read([path]))
    assert not [problem for problem in read_back if problem.code == "RDG002"]


def test_contradictory_and_repeated_decisions(goods: Path, tmp_path: Path) -> None:
    row = {"number": "ZZ-2026-1/1", "outcome": "released", "duty": "5"}
    twice = a_report(goods, decisions(tmp_path / "old.csv", row, row))
    assert twice.contradictory == 0
    assert one([g for g in twice.of(CHARGED) if g.levy == "duty"]).examples[0].old_minor == 500
    other = a_report(goods, decisions(tmp_path / "o.csv", row, row | {"outcome": "refused"}))
    assert (other.contradictory, other.whole.agree + other.whole.charged) == (1, 1)


def test_hostile_and_cut_inputs_are_named_and_the_rest_goes_on(goods: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad"
    bad.mkdir()
    (bad / "cut.xml").write_bytes(_declaration()[:900])
    (bad / "doctype.xml").write_bytes(
        b"<!DOCTYPE a><a xmlns='urn:EEC:R:055:GoodsDeclaration:v1.0.0'/>"
    )
    (bad / "noise.csv").write_bytes(bytes(range(256)))
    (bad / "empty.json").write_bytes(b"")
    old = decisions(tmp_path / "old.csv", {"number": "ZZ-2026-1/1", "outcome": "released"})
    report = a_report(goods, bad, old)
    assert report.unread == 4
    assert any("document type" in reason for reason in report.unread_why)
    assert report.whole.agree == 1


def _declaration(**changes: Any) -> bytes:
    paid = DeclaredPayment(
        line=1,
        payment_code="5010",
        base_e6=6_000_000 * 10**6,
        base_currency="KZT",
        rate_kind="%",
        rate_e6=12 * 10**6,
        amount_minor=72_000_000,
        currency="KZT",
    )
    house = House(
        declaration=DECLARATION | changes,
        goods=(GOODS,),
        registration_no="39804000/010726/0000001",
    )
    return write_goods_declaration(house, payments=[paid])


def test_an_xml_declaration_of_the_union_is_compared_by_box_47(tmp_path: Path) -> None:
    path = tmp_path / "declaration.xml"
    path.write_bytes(_declaration())
    (chunk,) = read([path])
    assert chunk.form == "R.055"
    assert chunk.tables["charged"]["payment_code"].to_list() == ["5010"]
    report = a_report(path, administration="kz")
    # Official tariffs are the operator's to load: without one nothing is compared.
    assert {group.cause for group in report.of(APART)} <= {"no_rate", "not_carried"}
    assert report.whole.compared == 0


def test_what_no_form_carries_is_not_in_its_field_table() -> None:
    for form in READABLE.values():
        carried = {f"{one.table}.{one.column}" for part in form.parts.values() for one in part}
        outside = {name.removesuffix("_e5") for name in carried}
        assert not outside & NOT_CARRIED


def test_kinds_of_payment_are_levies_by_the_law() -> None:
    codes = levies_of_codes(law_book("kz"))
    assert (codes["2010"], codes["5010"], codes["1010"]) == ("duty", "vat", "fee")


OUTCOME = st.sampled_from(["", "released", "refused", "held"])
CENTS = st.one_of(st.none(), st.integers(0, 3))


@settings(max_examples=40)
@given(st.lists(st.tuples(OUTCOME, OUTCOME, CENTS, st.integers(0, 3)), max_size=6))
def test_counts_are_those_of_a_plain_count(
    cases: list[tuple[str, str, int | None, int]],
) -> None:
    """Old and our outcome, old duty if known, our duty; against counting one by one."""
    here = [
        {"parcel_id": f"p{at}", "ebc_code": "D", "order_no": f"n{at}", "outcome": ours or "pending"}
        | {"decl_day": 20_000, "regime": "r"}
        for at, (_, ours, _, _) in enumerate(cases)
    ]
    paid = [
        {"parcel_id": f"p{at}", "line": 1, "levy": "duty", "amount_minor": duty * 1_000}
        for at, (*_, duty) in enumerate(cases)
    ]
    old = [
        {"ebc_code": "", "order_no": f"n{at}", "old": outcome, "said": outcome}
        for at, (outcome, *_) in enumerate(cases)
        if outcome
    ]
    charges = [
        {"ebc_code": "D", "order_no": f"n{at}", "levy": "duty", "old_minor": then * 1_000}
        for at, (_, _, then, _) in enumerate(cases)
        if then is not None
    ]
    compared = compare(
        Ours(
            _frame(DECISION, here),
            _frame(FINDING, []),
            _frame(TAX_LINE, paid),
            pl.DataFrame(schema={"parcel_id": pl.String, "line": pl.Int64, "ours_minor": pl.Int64}),
        ),
        pl.DataFrame([_OLD | one for one in old], schema=_OLD_SCHEMA, orient="row"),
        pl.DataFrame([_CHARGE | one for one in charges], schema=_CHARGE_SCHEMA, orient="row"),
        pl.DataFrame(schema={"ebc_code": pl.String, "order_no": pl.String}),
        [],
    )
    whole, _ = days_of(compared)
    decided = sum(bool(old) and old != (ours or "pending") for old, ours, *_ in cases)
    charged = sum(then is not None and then != duty for *_, then, duty in cases)
    known = sum(bool(old) or then is not None for old, _, then, _ in cases)
    either = sum(
        (bool(old) and old != (ours or "pending")) or (then is not None and then != duty)
        for old, ours, then, duty in cases
    )
    off = sum((duty - then) * 1_000 for *_, then, duty in cases if then is not None)
    assert (whole.compared, whole.agree) == (known, known - either)
    assert (whole.decided, whole.charged, whole.off_minor) == (decided, charged, off)
    assert whole.apart == len(cases) - known


def _frame(table: Table, rows: list[dict[str, Any]]) -> pl.DataFrame:
    absent = {column.name: column.absent for column in table.columns}
    schema = outcome_schema(table)
    return pl.DataFrame([absent | row for row in rows], schema=schema, orient="row")


_OLD = {"reason": "", "old_day": -1, "others": 0}
_OLD_SCHEMA = {
    **dict.fromkeys(("ebc_code", "order_no", "old", "said", "reason"), pl.String),
    **dict.fromkeys(("old_day", "others"), pl.Int64),
}
_CHARGE = {"line": 0, "code": "", "currency": "", "whole": False}
_CHARGE_SCHEMA = {
    **dict.fromkeys(("ebc_code", "order_no", "levy", "code", "currency"), pl.String),
    **dict.fromkeys(("line", "old_minor", "old_base_minor", "old_rate_ppm"), pl.Int64),
    "whole": pl.Boolean,
}
