"""The sample of commercial goods: the same from the same seed, lawful but for what is listed."""

from __future__ import annotations

import csv
import hashlib
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from silkport.formats.reading import Documents
from silkport.kernel.errors import InvalidValue
from silkport.kernel.identifiers import is_hs_code, is_kz_bin, is_uscc
from silkport.model.columns import MISSING
from silkport.sim.consignments import (
    MAX_GOODS,
    MIN_GOODS,
    PLANTED_GOODS,
    PLANTED_GOODS_COLUMNS,
    write_goods_sample,
)
from silkport.sim.trade import House, load_trade
from silkport.sim.trade_faults import FAULTS
from tests.cli.shell import run
from tests.formats.samples import read_all

GOODS = 500
Row = dict[str, object]

UNITS = {"": "", "шт": "H87", "пар": "PR", "м²": "MTK"}
"""Supplementary units of the tariff on file, as UN/ECE Recommendation 20 has them."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("goods")
    write_goods_sample(out, goods=GOODS, seed=7)
    return out


@pytest.fixture(scope="module")
def documents(folder: Path) -> Documents:
    return read_all(folder)


@pytest.fixture(scope="module")
def planted(folder: Path) -> list[dict[str, str]]:
    with (folder / PLANTED_GOODS).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def houses(documents: Documents) -> dict[str, tuple[Row, list[Row]]]:
    """Head and goods lines of every declaration by its number."""
    heads = documents.tables["declaration"].to_dicts()
    lines = documents.tables["goods"].to_dicts()
    return {
        head["declaration_no"]: (
            head,
            [one for one in lines if one["declaration_no"] == head["declaration_no"]],
        )
        for head in heads
    }


def regime_of(head: Row) -> tuple[str, str]:
    """Administration and procedure of a head, by its office."""
    found = {
        (one.office, one.procedure, one.departure): one.administration
        for one in load_trade().regimes
    }
    procedure = str(head["procedure"])
    return found[str(head["office"]), procedure, str(head["departure_country"])], procedure


def digests(folder: Path) -> dict[str, str]:
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.iterdir()}


def test_same_seed_same_files(tmp_path: Path) -> None:
    for name, seed in (("a", 3), ("b", 3), ("c", 4)):
        write_goods_sample(tmp_path / name, goods=MIN_GOODS, seed=seed)
    one, again, other = (digests(tmp_path / name) for name in "abc")
    assert one == again
    assert one != other
    assert set(one) == {"consignments.json", "consignments.xlsx", PLANTED_GOODS}


def test_an_earlier_sample_is_replaced_and_other_files_stay(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    write_goods_sample(tmp_path, goods=MIN_GOODS, seed=1)
    write_goods_sample(tmp_path, goods=MIN_GOODS, seed=1, suffix="csv")
    names = {"consignments.json", "consignments.csv", PLANTED_GOODS, "mine.txt"}
    assert {path.name for path in tmp_path.iterdir()} == names


def test_everything_is_read(documents: Documents) -> None:
    assert (documents.problems, documents.set_aside) == ([], [])
    assert documents.tables["goods"].height == GOODS
    numbers = documents.tables["declaration"]["declaration_no"]
    assert numbers.is_unique().all()
    assert documents.tables["declaration"]["guid"].is_unique().all()


def test_every_procedure_stands_in_both_files(folder: Path) -> None:
    wanted = {(one.administration, one.procedure) for one in load_trade().regimes}
    assert {("zz", one) for one in ("40", "10", "80")} < wanted
    assert {("cn", one) for one in ("0110", "1039")} < wanted
    assert {("kz", one) for one in "40 10 80 78 51 53".split()} < wanted
    for name in ("consignments.json", "consignments.xlsx"):
        heads = read_all(folder / name).tables["declaration"].to_dicts()
        assert {regime_of(head) for head in heads} == wanted


def test_what_is_not_planted_is_consistent(
    houses: dict[str, tuple[Row, list[Row]]], planted: list[dict[str, str]]
) -> None:
    marked = {one["declaration_no"] for one in planted}
    clean = {number: house for number, house in houses.items() if number not in marked}
    assert len(clean) > 30
    for head, lines in clean.values():
        assert head["invoice_total_e5"] == sum(one["total_e5"] for one in lines)
        assert head["goods_count"] == len(lines)
        assert head["gross_mass_mg"] >= sum(one["gross_mass_mg"] for one in lines)
        assert [one["gnum"] for one in lines] == list(range(1, len(lines) + 1))
        assert head["declaration_no"] == f"{head['consignment_no']}/{head['house_no']}"
        for line in lines:
            assert 0 < line["net_mass_mg"] <= line["gross_mass_mg"]
            assert line["total_e5"] > 0
            assert (line["qty_e5"] > 0) is (line["unit"] != "")
            assert len(line["hs_code"]) == 10
            assert is_hs_code(line["hs_code"])
        if head["incoterms"]:
            assert head["incoterms_place"]
            assert 0 < head["freight_to_border_e5"] <= head["freight_e5"]
            assert head["insurance_to_border_e5"] <= head["insurance_e5"]
            assert (head["insurance_e5"] > 0) is (head["incoterms"] == "CIP")
            assert {one["valuation_method"] for one in lines} == {1}


def test_each_procedure_states_what_it_asks_for(
    houses: dict[str, tuple[Row, list[Row]]], planted: list[dict[str, str]]
) -> None:
    marked = {one["declaration_no"] for one in planted}
    rates = load_trade().per_dollar
    for number, (head, lines) in houses.items():
        if number in marked:
            continue
        administration, procedure = regime_of(head)
        declarant = str(head["declarant_code"])
        checks = {"kz": is_kz_bin, "cn": is_uscc}
        assert checks.get(administration, bool)(declarant)
        assert bool(head["guarantee_no"]) is (procedure in {"80", "51", "53"})
        assert (head["stay_months"] != MISSING) is (procedure == "53")
        assert bool(head["purchaser"]) is (procedure == "1039")
        assert bool(head["incoterms"]) is (procedure != "80")
        if procedure == "1039":
            dollars = int(str(head["invoice_total_e5"])) // 10**5 * 100 // rates["CNY"]
            assert dollars <= 150_000
        if administration == "cn":
            assert all(line["unit"] for line in lines)


def test_what_is_planted_is_listed(
    houses: dict[str, tuple[Row, list[Row]]], planted: list[dict[str, str]]
) -> None:
    known = {fault.name: fault for fault in FAULTS}
    assert len(known) == len(FAULTS)
    assert len(planted) == len({one["declaration_no"] for one in planted}) > 10
    for one in planted:
        assert tuple(one) == PLANTED_GOODS_COLUMNS
        fault = known[one["kind"]]
        assert (one["code"], one["wrong"]) == (fault.code, fault.wrong)
        head, _ = houses[one["declaration_no"]]
        assert regime_of(head)[0] == one["administration"]


def test_a_large_sample_plants_every_kind(tmp_path: Path) -> None:
    report = write_goods_sample(tmp_path, goods=1_500, seed=1, suffix="parquet")
    assert Counter(report.planted.values()) == dict.fromkeys((fault.name for fault in FAULTS), 1)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_changes_something(fault: object) -> None:
    assert {*fault.regimes} <= {one.name for one in load_trade().regimes}
    regime = next(one for one in load_trade().regimes if one.name == fault.regimes[0])
    line = {"gnum": 2, "hs_code": "1" * 10, "unit": "H87", "total_e5": 7, "gross_mass_mg": 9_000}
    head = {
        "declaration_no": "D",
        "declarant_code": "180140000018",
        "guarantee_no": "G",
        "purchaser": "P",
        "incoterms": "FCA",
        "invoice_total_e5": 14,
        "freight_e5": 5,
        "freight_to_border_e5": 4,
        "gross_mass_mg": 20_000,
        "decl_day": 9,
    }
    house = House(regime, dict(head), [dict(line), dict(line)], nested=True)
    assert fault.fits(house)
    fault.edit(house)
    assert (house.head, house.lines) != (head, [line, line])


def test_commodity_codes_are_in_the_tariffs(shared_data: Callable[[str], Path]) -> None:
    union = {
        row["code"]: row["supp_unit"] or ""
        for row in pl.read_csv(
            shared_data("eaeu-ett") / "eaeu_ett_10digit.csv", infer_schema=False
        ).to_dicts()
    }
    chinese = pl.read_csv(shared_data("cn-hs10-2019") / "cn_hs10_2019-11.csv", infer_schema=False)[
        "code"
    ].to_list()
    for good in load_trade().goods:
        assert UNITS[union[good.codes[""]]] == good.unit, good.name
        of_2022 = good.codes["cn"].startswith("854143")  # the edition on file is of 2019
        assert of_2022 or good.codes["cn"] in chinese, good.name


@pytest.mark.parametrize(
    "changed",
    [{"goods": MIN_GOODS - 1}, {"goods": MAX_GOODS + 1}, {"seed": -1}, {"suffix": "doc"}],
)
def test_a_sample_that_cannot_be(tmp_path: Path, changed: dict[str, object]) -> None:
    arguments = {"goods": MIN_GOODS, "seed": 1, "suffix": "csv"} | changed
    with pytest.raises(InvalidValue):
        write_goods_sample(tmp_path / "out", **arguments)  # type: ignore[arg-type]
    assert not (tmp_path / "out").exists()


def test_the_command(tmp_path: Path) -> None:
    result = run("sample", "--goods", 100, "--seed", 3, "--out", tmp_path / "day")
    assert result.code == 0
    assert "goods lines  100" in result.out
    assert read_all(tmp_path / "day").tables["goods"].height == 100
    refused = run("sample", "--goods", 5, "--out", tmp_path / "none")
    assert (refused.code, "SP-1105" in refused.err) == (4, True)
    catalogue = tmp_path / "goods.csv"
    catalogue.write_text("name\n")
    refused = run("sample", "--goods", 60, "--catalogue", catalogue, "--out", tmp_path / "none")
    assert (refused.code, (tmp_path / "none").exists()) == (4, False)


def test_the_template_command(tmp_path: Path) -> None:
    for suffix in ("json", "xlsx", "csv"):
        path = tmp_path / f"consignment.{suffix}"
        assert run("template", "--table", "declaration", "--out", path).code == 0
        assert read_all(path).set_aside == []
    assert run("template", "--out", tmp_path / "parcels.json").code == 4
