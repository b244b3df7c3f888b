"""What would have been paid under another law: sums worked by hand, and what is set apart."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from silkport.kernel.errors import (
    EditionUnknown,
    InvalidValue,
    MalformedLaw,
    NothingToRead,
    TariffRefused,
    UnreadableFile,
)
from silkport.node.law.books import country_files
from silkport.node.proof.supposing import Supposed
from tests.node.days import sample_day
from tests.node.houses import (
    ACTED,
    BAGS,
    SCREWS,
    TOYS,
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


def by_levy(found: Supposed) -> dict[str, tuple[int, int, int]]:
    return {
        str(row["levy"]): (
            int(row["then_minor"]),
            int(row["now_minor"]),
            int(row["difference_minor"]),
        )
        for row in found.levies
    }


def rows(frame: pl.DataFrame, *names: str) -> list[tuple[Any, ...]]:
    return frame.select(names).rows()


SUMS = ("then_minor", "now_minor", "difference_minor")


def test_a_dearer_tariff_by_hand(office: Office, tmp_path: Path) -> None:
    """Screws of 1000.00: duty 5 % then, 10 % now. VAT of 12 % is charged on value, duty and fee.

    The fee of 12.00 and two units of 5.50, with one further sheet of 4.00 for the second line, is
    shared by value: 20.00 of it is borne by the screws, 7.00 by the bags of 350.00.
    """
    out = office.decide(a_house("1", a_line(SCREWS, "1000"), a_line(BAGS, "350")))
    new = a_tariff(tmp_path / "new.csv", f"{SCREWS};10;", f"{BAGS};15;")
    found = office.suppose(out, new)
    vat_then = (128_40, 49_14)  # 12 % of 1070.00, and of 409.50
    vat_now = (134_40, 49_14)  # 12 % of 1120.00
    assert by_levy(found) == {
        "duty": (50_00 + 52_50, 100_00 + 52_50, 50_00),
        "vat": (sum(vat_then), sum(vat_now), 6_00),
        "fee": (27_00, 27_00, 0),
        "total": (307_04, 363_04, 56_00),
    }
    assert rows(found.chapters, "chapter", "lines", "customs_value_minor", *SUMS) == [
        ("", 0, 0, 27_00, 27_00, 0),
        ("42", 1, 350_00, 52_50 + 49_14, 52_50 + 49_14, 0),
        ("73", 1, 1000_00, 50_00 + 128_40, 100_00 + 134_40, 56_00),
    ]
    assert rows(found.movers, "hs_code", "difference_minor") == [(SCREWS, 56_00)]
    assert (found.administration, found.currency, found.law) == ("zz", "XTS", "new.csv")
    assert (found.decisions, found.lines, found.apart, found.lacking) == (1, 2, [], [])
    assert office.replay(out).same


def test_another_fee_reaches_the_vat(office: Office, tmp_path: Path) -> None:
    """Twice the fee, 24.00 and two units of 5.50, is shared by value, and VAT is charged on it."""
    out = office.decide(a_house("1", a_line(TOYS, "300"), a_line(TOYS, "100")))
    law = tmp_path / "law"
    law.mkdir()
    text = country_files("zz")["params_goods.toml"]
    dearer = text.replace(
        '[[param.declaration_fee]]\nvalue = "12"', '[[param.declaration_fee]]\nvalue = "24"'
    )
    assert dearer != text
    (law / "params_goods.toml").write_text(dearer, "utf-8")
    found = by_levy(office.suppose(out, law))
    assert found["fee"] == (27_00, 39_00, 12_00)
    assert found["vat"] == (51_24, 52_68, 1_44)


def test_a_code_without_rate_is_apart(office: Office, tmp_path: Path) -> None:
    house = a_house("1", a_line(SCREWS, "1000"), a_line(BAGS, "350"), a_line(TOYS, "10"))
    out = office.decide(house)
    new = a_tariff(tmp_path / "new.csv", f"{SCREWS};10;", f"{TOYS};1 XTS per 1 m2;")
    found = office.suppose(out, new)
    assert [(row["code"], row["when"], row["lines"]) for row in found.apart] == [
        ("ASS201", "now", 1),
        ("ASS202", "now", 1),
    ]
    paid = table(out, "tax_lines").filter(pl.col("hs_code") == BAGS)["amount_minor"].sum()
    assert found.apart[0]["then_minor"] == paid
    assert rows(found.chapters, "chapter") == [("",), ("73",)]
    assert by_levy(found)["duty"] == (50_00, 100_00, 50_00)


def test_what_had_no_rate_then_is_apart(office: Office, tmp_path: Path) -> None:
    """It was held without an amount: a rate found now is no rise."""
    out = office.decide(a_house("1", a_line("8802110003", "1000"), a_line(BAGS, "350")))
    assert table(out, "decisions")["outcome"].to_list() == ["held"]
    law = tmp_path / "law"
    law.mkdir()
    added = {
        "tariff.csv": "88,duty,,,10,,,,,2024-01-01,,a test,cited",
        "taxes.csv": "88,0.12,0,2024-01-01,,a test",
    }
    for name, row in added.items():
        (law / name).write_text(f"{country_files('zz')[name]}{row}\n", "utf-8")
    found = office.suppose(out, law)
    assert {(row["code"], row["when"], row["lines"]) for row in found.apart} == {
        ("ASS201", "then", 1)
    }
    assert by_levy(found)["total"][2] == 0


def test_refused_houses_are_not_counted(office: Office, tmp_path: Path) -> None:
    out = office.decide(
        a_house("1", a_line(SCREWS, "1000")),
        a_house("2", a_line(SCREWS, "1000"), incoterms="XXX"),
    )
    assert sorted(table(out, "decisions")["outcome"]) == ["refused", "released"]
    new = a_tariff(tmp_path / "new.csv", f"{SCREWS};10;")
    assert office.suppose(out, new).lines == 1
    (out / "decisions.parquet").unlink()
    assert office.suppose(out, new).lines == 2


def test_lines_and_documents_tell_the_same(office: Office, tmp_path: Path) -> None:
    out = office.decide(*VARIED)
    law = tmp_path / "law"
    law.mkdir()
    text = country_files("zz")["tariff.csv"].replace('4202,duty,,,"15,', '4202,duty,,,"25,')
    (law / "tariff.csv").write_text(text.replace("14.11", "20"), "utf-8")
    by_lines, by_home = office.suppose(out, law), office.suppose(office.home, law)
    assert by_levy(by_lines) == by_levy(by_home)
    assert by_levy(by_lines)["antidumping"] == (17959, 25455, 7496)
    assert by_levy(by_lines)["total"][2] > 0
    assert by_lines.chapters.equals(by_home.chapters)
    assert by_lines.movers.equals(by_home.movers)
    assert (by_lines.decisions, by_lines.lines) == (by_home.decisions, by_home.lines) == (3, 7)


def test_other_rates_of_exchange(office: Office, tmp_path: Path) -> None:
    """The price follows; freight of stored lines stands as it was, and that is said."""
    out = office.decide(*VARIED)
    law = tmp_path / "law"
    law.mkdir()
    rates = country_files("zz")["fx.csv"]
    (law / "fx.csv").write_text(rates.replace("USD,1,1.4", "USD,1,2.4"), "utf-8")
    found = office.suppose(out, law)
    (note,) = found.notes
    assert "freight, insurance and additions stand as they were exchanged then" in note
    assert office.suppose(office.home, law).notes == []
    assert by_levy(office.suppose(office.home, law))["total"] > by_levy(found)["total"]


def test_an_edition_that_is_kept(office: Office) -> None:
    out = office.decide(a_house("1", a_line(SCREWS, "1000")))
    digest = str(table(out, "decisions")["law_digest"][0])
    found = office.suppose(out, digest[:8])
    assert by_levy(found)["total"][2] == 0
    for prefix in ("nothing-of-the-sort", digest[::-1]):
        with pytest.raises(EditionUnknown):
            office.suppose(out, prefix)


def test_rates_that_begin_too_late_are_said(office: Office, tmp_path: Path) -> None:
    out = office.decide(a_house("1", a_line(SCREWS, "1000")))
    found = office.suppose(out, a_tariff(tmp_path / "new.csv", f"{SCREWS};10;2027-01-01"))
    assert [row["code"] for row in found.apart] == ["ASS201"]
    assert found.notes[0].startswith("The rates of new.csv begin on 2027-01-01, after the last")
    assert found.notes[0].endswith("are taken to hold from 2026-10-01.")


def test_what_is_lacking_is_said(office: Office, tmp_path: Path) -> None:
    out = office.decide(a_house("1", a_line(SCREWS, "1000")))
    shutil.rmtree(office.home / "zz" / "law")
    found = office.suppose(out, a_tariff(tmp_path / "new.csv", f"{SCREWS};10;"))
    assert (found.lines, len(found.lacking)) == (0, 1)


def test_of_houses_decided_twice_the_last_decision_counts(office: Office, tmp_path: Path) -> None:
    first = a_house("1", a_line(SCREWS, "1000"))
    a, b = (office.folder / name for name in "ab")
    out = office.clear(written_to(a, first), written_to(b, corrected(first)), day=ACTED)
    new = a_tariff(tmp_path / "new.csv", f"{SCREWS};10;")
    found = office.suppose(out, new)
    assert (found.lines, found.levies) == (1, office.suppose(office.home, new).levies)


def test_wrong_laws_are_refused(office: Office, tmp_path: Path) -> None:
    out = office.decide(a_house("1", a_line(SCREWS, "1000")))
    law = tmp_path / "law"
    law.mkdir()
    with pytest.raises(NothingToRead):
        office.suppose(out, law)
    (law / "tarif.csv").write_text("hs\n")
    with pytest.raises(MalformedLaw, match="no file of a law is called so"):
        office.suppose(out, law)
    (law / "tarif.csv").unlink()
    (law / "params.toml").write_bytes(b"\xff")
    with pytest.raises(UnreadableFile, match="byte 1 is not UTF-8"):
        office.suppose(out, law)
    (law / "params.toml").write_text("[[")
    with pytest.raises(MalformedLaw, match=r"params\.toml"):
        office.suppose(out, law)
    with pytest.raises(TariffRefused, match="row 2, rate"):
        office.suppose(out, a_tariff(tmp_path / "new.csv", f"{SCREWS};ten;"))


@pytest.mark.parametrize("country", ["cn", "kz"])
def test_parcels_of_a_sample(country: str, office: Office, tmp_path: Path) -> None:
    """Under their own law nothing changes; their payments add up to what was owed."""
    out = office.clear(sample_day(tmp_path / "day", parcels=400), administration=country)
    accepted = table(out, "decisions").filter(pl.col("outcome").is_in(["released", "held"]))
    digest = str(accepted["law_digest"][0])
    for path in (out, office.home):
        found = office.suppose(path, digest)
        assert (found.decisions, found.lacking) == (accepted.height, [])
        assert by_levy(found)["total"][2] == 0
        apart = sum(int(row["then_minor"]) for row in found.apart)
        assert by_levy(found)["total"][0] + apart == accepted["total_minor"].sum()
    (out / "tax_lines.parquet").unlink()
    with pytest.raises(UnreadableFile, match=r"tax_lines\.parquet is not beside it"):
        office.suppose(out, digest)


def test_decisions_of_several_administrations(office: Office, tmp_path: Path) -> None:
    day = sample_day(tmp_path / "day", parcels=60)
    for country in ("cn", "kz"):
        office.clear(day, administration=country)
    law = tmp_path / "law"
    law.mkdir()
    (law / "fx.csv").write_text(country_files("kz")["fx.csv"], "utf-8")
    with pytest.raises(InvalidValue, match="choose one with --as"):
        office.suppose(office.home, law)
    assert office.suppose(office.home, law, "kz").administration == "kz"
