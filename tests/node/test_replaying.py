"""Replay: what was decided comes out again, whatever the law has become; what was altered shows."""

from __future__ import annotations

import shutil
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from silkport.kernel.periods import day_number
from silkport.law.book import NO_CELL
from silkport.model.outcomes import ASSESSED_AMOUNTS
from silkport.node.law.books import law_book
from silkport.node.law.loading import load_tariff
from silkport.node.proof import written as tables
from silkport.stages import assess
from tests.node.days import sample_day
from tests.node.houses import (
    ACTED,
    BAGS,
    DAY,
    SCREWS,
    VARIED,
    House,
    Office,
    a_house,
    a_line,
    a_tariff,
    corrected,
    quiet,
    table,
    tampered,
    told,
    written_to,
)


@pytest.fixture(scope="session")
def decided(tmp_path_factory: pytest.TempPathFactory) -> tuple[Office, Path]:
    """An office that decided VARIED, and what it wrote; both stay as they are."""
    office = Office(tmp_path_factory.mktemp("decided"))
    return office, office.decide(*VARIED)


@pytest.fixture
def copied(decided: tuple[Office, Path], tmp_path: Path) -> tuple[Office, Path]:
    """The same to be altered."""
    shutil.copytree(decided[0].folder, tmp_path / "copied")
    return Office(tmp_path / "copied"), tmp_path / "copied" / decided[1].name


def in_house(number: str) -> pl.Expr:
    """Rows of one house of VARIED, by a value that only its lines or decision have."""
    ids = {"1": "zz-3MNK82FBA2QNY82C", "2": "zz-XNJBGDPJ9PR5S7DD", "3": "zz-313ETX0J8FRXXTCK"}
    return pl.col("parcel_id") == ids[number]


def test_nothing_differs_after_clearing(decided: tuple[Office, Path]) -> None:
    office, out = decided
    assert set(table(out, "decisions")["outcome"]) == {"released"}
    charged = table(out, "assessed").select(ASSESSED_AMOUNTS).sum().row(0, named=True)
    assert [name for name, amount in charged.items() if amount == 0] == ["special_minor"]
    for path in (out, out / "decisions.parquet", out / "tax_lines.parquet"):
        found = office.replay(path)
        assert (found.decisions, found.lines, told(found), found.same) == (3, 7, [], True)
    home = office.replay(office.home)
    assert (home.decisions, home.lines, told(home), home.same) == (3, 0, [], True)
    assert office.replay(out, administration="kz").decisions == 0


@pytest.mark.parametrize("name", ["assessed", "decisions"])
def test_one_table_alone(name: str, decided: tuple[Office, Path], tmp_path: Path) -> None:
    """Goods lines bring all that is needed; decisions are worked out from their documents."""
    office, out = decided
    alone = tmp_path / "anything.parquet"
    shutil.copy(out / f"{name}.parquet", alone)
    found = office.replay(alone)
    assert (found.decisions, found.same) == (3, True)
    assert found.lines == (7 if name == "assessed" else 0)


@pytest.mark.parametrize(("rows", "summed"), [(1, 1), (2, 3), (3, 2), (5, 7), (7, 100)])
def test_however_many_rows_at_once(
    rows: int, summed: int, copied: tuple[Office, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "ROWS_AT_ONCE", rows)
    monkeypatch.setattr(tables, "SUMMED_AT_ONCE", summed)
    office, out = copied
    found = office.replay(out)
    assert (found.decisions, found.lines, told(found)) == (3, 7, [])
    tampered(out, "tax_lines", in_house("2") & (pl.col("levy") == "excise"), amount_minor=1)
    assert told(office.replay(out)) == [(4, "2203000100", "excise", 1, 12000, "tax_lines")]


def test_an_altered_amount_is_found_with_its_line(copied: tuple[Office, Path]) -> None:
    office, out = copied
    where = in_house("2") & (pl.col("gnum") == 2)
    tampered(out, "assessed", where, antidumping_minor=100)
    found = office.replay(out)
    assert told(found) == [(2, "7320208500", "antidumping", 100, 17959, "assessed")]
    assert found.differences["parcel_id"][0] == "zz-XNJBGDPJ9PR5S7DD"
    assert not found.same
    assert found.decisions == 3


def test_altered_tables_beside_it_are_found(copied: tuple[Office, Path]) -> None:
    office, out = copied
    tampered(out, "tax_lines", in_house("1") & (pl.col("levy") == "fee"), amount_minor=1)
    where = in_house("2") & (pl.col("levy") == "vat") & (pl.col("line") == 1)
    tampered(out, "tax_lines", where, line=3)
    tampered(out, "decisions", in_house("3"), total_minor=1, remedy_minor=9)
    assert told(office.replay(out)) == [
        (0, "", "remedy", 9, 0, "decisions"),
        (0, "", "total", 1, 2730, "decisions"),
        (0, "", "fee", 1, 2700, "tax_lines"),
        (1, "", "vat", 0, 38916, "tax_lines"),
        (3, "6109100000", "vat", 38916 + 2478, 2478, "tax_lines"),
    ]


def test_altered_and_missing_decisions_are_found_by_documents(copied: tuple[Office, Path]) -> None:
    office, out = copied
    (out / "assessed.parquet").unlink()
    tampered(out, "tax_lines", in_house("2") & (pl.col("levy") == "excise"), amount_minor=1)
    tampered(out, "decisions", in_house("3"), duty_minor=1)
    found = office.replay(out)
    assert (found.decisions, found.lines) == (3, 0)
    assert told(found) == [
        (0, "", "duty", 1, 202, "decisions"),
        (4, "2203000100", "excise", 1, 12000, "tax_lines"),
    ]
    rows = table(out, "decisions").filter(~in_house("1"))
    rows.with_columns(pl.lit("x").alias("law_digest")).write_parquet(out / "decisions.parquet")
    (lacking,) = office.replay(out).lacking
    assert (lacking["decisions"], lacking["reason"]) == (2, "The home has not decided it so.")


def test_an_altered_fact_changes_what_comes_out(copied: tuple[Office, Path]) -> None:
    """The value by price is 333.33; by quantity more, and the duty by value no longer wins."""
    office, out = copied
    where = in_house("1") & (pl.col("gnum") == 2)
    tampered(out, "assessed", where, net_mass_mg=100 * 10**6)
    found = told(office.replay(out))
    assert [row[:5] for row in found if row[5] == "assessed"] == [
        (2, BAGS, "duty", 3750, 8000),
        (2, BAGS, "vat", 3515, 4025),
    ]


def test_a_later_tariff_changes_nothing_about_old_decisions(copied: tuple[Office, Path]) -> None:
    office, out = copied
    path = a_tariff(office.folder / "new.csv", f"{SCREWS};40;2026-10-01", f"{BAGS};40;2026-10-01")
    load_tariff(office.home, "zz", path, source="a test", start=DAY, whole=False, progress=quiet)
    again = office.decide(a_house("9", a_line(SCREWS, "1000")), number="9")
    assert table(again, "assessed")["duty_minor"].to_list() == [40000]
    assert table(again, "assessed")["law_digest"][0] != table(out, "assessed")["law_digest"][0]
    for folder in (out, again, office.home):
        assert office.replay(folder).same
    assert office.replay(office.home).decisions == 4


def test_an_edition_that_is_not_kept_is_named(copied: tuple[Office, Path]) -> None:
    office, out = copied
    digest = table(out, "decisions")["law_digest"][0]
    tampered(out, "assessed", in_house("3"), law_digest=digest[:12])
    (lacking,) = office.replay(out).lacking
    assert (lacking["decisions"], lacking["example"]) == (1, "zz-313ETX0J8FRXXTCK")
    assert f"Edition '{digest[:12]}' of the law of zz is not kept" in str(lacking["reason"])
    shutil.rmtree(office.home / "zz" / "law" / "editions")
    for path in (out, office.home):
        found = office.replay(path)
        assert not found.same
        assert told(found) == []
        assert sum(int(row["decisions"]) for row in found.lacking) == 3


def test_a_home_that_keeps_nothing(decided: tuple[Office, Path], tmp_path: Path) -> None:
    _, out = decided
    found = Office(tmp_path).replay(out / "decisions.parquet")
    assert sum(int(row["decisions"]) for row in found.lacking) == 3
    (tmp_path / "alone").mkdir()
    shutil.copy(out / "decisions.parquet", tmp_path / "alone")
    (lacking,) = Office(tmp_path).replay(tmp_path / "alone").lacking
    assert "keeps nothing of zz" in str(lacking["reason"])
    assert not (tmp_path / "home").exists()


BAGS_FIRST = a_house("1", a_line(BAGS, "1000"))
CHEAPER = corrected(a_house("1", a_line(BAGS, "900")))


def test_a_correction_and_what_it_corrects(tmp_path: Path) -> None:
    office = Office(tmp_path)
    first = office.decide(BAGS_FIRST)
    second = office.decide(CHEAPER, day=ACTED)
    adjusted = table(second, "adjustments").select("outcome", "levy", "difference_minor").rows()
    assert ("accepted", "duty", -1500) in adjusted
    for path in (first, second, office.home):
        assert office.replay(path).same
    for out in (first, second):
        (out / "assessed.parquet").unlink()
        assert office.replay(out).same


def test_a_house_decided_twice_in_one_run(tmp_path: Path) -> None:
    office = Office(tmp_path)
    both = [written_to(tmp_path / "in", house) for house in (BAGS_FIRST, CHEAPER)]
    out = office.clear(*both, day=ACTED)
    assert table(out, "decisions")["duty_minor"].to_list() == [13500]
    found = office.replay(out)
    assert (found.decisions, found.lines, told(found), found.same) == (1, 1, [], True)
    tampered(out, "decisions", pl.col("duty_minor") == 13500, duty_minor=1)
    assert told(office.replay(out)) == [(0, "", "duty", 1, 13500, "decisions")]


@pytest.mark.parametrize("country", ["cn", "kz"])
def test_parcels_of_a_sample(country: str, tmp_path: Path) -> None:
    """Refused, pending, withdrawn and released ones, on two days of arrival."""
    office = Office(tmp_path)
    day = sample_day(tmp_path / "day", parcels=600)
    out = office.clear(day, administration=country)
    again = office.clear(day, administration=country)
    for path in (out, again, office.home):
        found = office.replay(path)
        assert (found.decisions, found.same) == (table(out, "decisions").height, True)
    paid = table(out, "tax_lines").filter(pl.col("amount_minor") > 0)
    parcel, line, levy = paid.select("parcel_id", "line", "levy").row(0)
    of_parcel = pl.col("parcel_id") == parcel
    of_line = of_parcel & (pl.col("line") == line) & (pl.col("levy") == levy)
    tampered(out, "tax_lines", of_line, amount_minor=7)
    tampered(out, "decisions", of_parcel, customs_value_minor=7)
    found = office.replay(out)
    assert [row[:1] + row[2:4] for row in told(found)] == [
        (0, "customs_value", 7),
        (line, levy, 7),
    ]
    assert set(found.differences["parcel_id"]) == {parcel}


CODES = ("7318150000", "7320208500", "6109100000", "2203000100", "4202920000", "8703231940")


@st.composite
def some_lines(draw: st.DrawFn) -> list[House]:
    """Houses of one to six lines, lawful or not, under every procedure that pays."""
    cents = st.integers(0, 10**9).map(lambda minor: f"{minor // 100}.{minor % 100:02d}")
    kilograms = st.integers(0, 10**7).map(str)
    line = st.builds(
        a_line,
        st.sampled_from([*CODES, "0000000000", "990000"]),
        cents,
        origin=st.sampled_from(["CN", "DE", "UZ", ""]),
        producer=st.sampled_from(["", "Altyn Spring Works"]),
        preference=st.sampled_from(["", "", "UZ"]),
        net_mass_kg=kilograms,
        gross_mass_kg=kilograms,
        qty=cents,
        unit=st.sampled_from(["H87", "KGM", "LTR", "PR", ""]),
        vat_relief=st.sampled_from(["", "", "X"]),
    )
    many = st.lists(line, min_size=1, max_size=6)
    return [
        a_house(
            str(number),
            *lines,
            procedure=draw(st.sampled_from(["40", "53", "10", "80", "99"])),
            currency=draw(st.sampled_from(["XTS", "USD", "EUR", "JPY"])),
            incoterms=draw(st.sampled_from(["FCA", "CIF", "DAP"])),
            freight=draw(cents),
            freight_to_border=draw(cents),
            insurance=draw(cents),
            additions=draw(cents),
            deductions=draw(cents),
            stay_months=draw(st.integers(0, 40)),
        )
        for number, lines in enumerate(draw(st.lists(many, min_size=1, max_size=6)), 1)
    ]


@settings(max_examples=8)
@given(houses=some_lines())
def test_replay_equals_the_passage(
    houses: list[House], tmp_path_factory: pytest.TempPathFactory
) -> None:
    office = Office(tmp_path_factory.mktemp("random"))
    out = office.decide(*houses)
    assert table(out, "assessed").height == sum(len(house["goods"]) for house in houses)
    for path in (out, office.home):
        found = office.replay(path)
        assert told(found) == []
        assert (found.decisions, found.lacking) == (len(houses), [])


def test_only_some_outputs_are_worked_out(decided: tuple[Office, Path]) -> None:
    """Computed columns and rules, also what is the same for every row; 0 where a cell has none."""
    book, rows = law_book("zz"), table(decided[1], "assessed")
    assert book.cell_in("goods_import", day_number(DAY)) >= 0
    assert book.cell_in("goods_import", 0) == book.cell_in("no_regime", 20_000) == NO_CELL
    here, export = (book.cell_in(f"goods_{x}", day_number(DAY)) for x in ("import", "export"))
    names = ("vat_way", "ASS209", "vat_rate_ppm", "no output")
    for cells, ways in (([here] * 7, [1] * 7), ([here, export, NO_CELL] * 2 + [here], None)):
        some = rows.with_columns(pl.Series("cell", cells))
        found = book.work_out(assess.goods, some, names)
        assert set(found.columns) == {"vat_way", "ASS209", "vat_rate_ppm"}
        assert found["vat_way"].to_list() == (ways or [1, 0, 0, 1, 0, 0, 1])
        whole = book.run(assess.goods, some.with_columns(pl.lit(1).alias("line_count"))).outputs
        assert found["vat_rate_ppm"].to_list() == whole["vat_rate_ppm"].to_list()
    constant = book.work_out(assess.goods, rows.with_columns(pl.lit(here).alias("cell")), names[:1])
    assert constant["vat_way"].to_list() == [1] * 7
    nowhere = rows.with_columns(pl.lit(NO_CELL).alias("cell"))
    assert book.work_out(assess.goods, nowhere, names).columns == []
