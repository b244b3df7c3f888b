"""The sample: the same from the same seed, lawful where nothing is planted, else as listed."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from silkport.kernel.errors import InvalidValue, UnreadableFile, WrongHeader
from silkport.sim import SampleReport, write_sample
from silkport.sim.planting import ENOUGH_PARCELS, PLANTED_COLUMNS, Garden
from silkport.sim.sample import SAMPLE_DAY
from tests.sim.oracle import Row, documents_of, faults

PARCELS = 3_000
DAY = (SAMPLE_DAY - date(1970, 1, 1)).days

Parcels = dict[str, dict[str, list[Row]]]


def by_order(documents: dict[str, list[Row]]) -> Parcels:
    parcels: Parcels = {}
    for name, rows in documents.items():
        for row in rows:
            parcels.setdefault(row["order_no"], {}).setdefault(name, []).append(row)
    return parcels


def listed(folder: Path) -> dict[str, list[str]]:
    """Order numbers by kind."""
    planted = pl.read_csv(folder / "planted.csv", infer_schema=False)
    return {
        str(kind): rows["order_no"].to_list()
        for (kind,), rows in planted.group_by(["kind"], maintain_order=True)
    }


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("day")
    write_sample(out, parcels=PARCELS, seed=7)
    return out


@pytest.fixture(scope="module")
def parcels(folder: Path) -> Parcels:
    return by_order(documents_of(folder))


@pytest.fixture(scope="module")
def planted(folder: Path) -> dict[str, list[str]]:
    return listed(folder)


@pytest.fixture(scope="module")
def clean(parcels: Parcels, planted: dict[str, list[str]]) -> Parcels:
    marked = {order for orders in planted.values() for order in orders}
    return {order: parcel for order, parcel in parcels.items() if order not in marked}


def digests(folder: Path) -> dict[str, str]:
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.iterdir()}


def test_same_seed_same_files(tmp_path: Path) -> None:
    for name, seed in (("a", 3), ("b", 3), ("c", 4)):
        write_sample(tmp_path / name, parcels=ENOUGH_PARCELS, seed=seed)
    one, again, other = (digests(tmp_path / name) for name in "abc")
    assert one == again
    assert one != other
    assert one.keys() == other.keys()


def test_an_earlier_sample_is_replaced_and_other_files_stay(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    write_sample(tmp_path, parcels=ENOUGH_PARCELS, seed=1, suffix="csv")
    report = write_sample(tmp_path, parcels=20, seed=1)
    kept = {"mine.txt", "planted.csv", "README.txt", *(path.name for path in report.files)}
    assert {path.name for path in tmp_path.iterdir()} == kept


def test_parcels_in_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("silkport.sim.sample.PART_PARCELS", 1_000)
    told: list[int] = []
    report = write_sample(tmp_path, parcels=2_300, seed=1, on_progress=told.append)
    names = [path.name for path in report.files if path.name.startswith("parcels-")]
    assert names == [f"parcels-{part:04d}.parquet" for part in (1, 2, 3)]
    found = by_order(documents_of(tmp_path))
    marked = {order for orders in listed(tmp_path).values() for order in orders}
    assert len(found) == 2_300
    assert not [f for o, p in found.items() if o not in marked for f in faults(p, DAY)]
    assert told == [2_300]


def test_every_order_and_waybill_number_is_new(parcels: Parcels) -> None:
    assert len(parcels) == PARCELS
    numbers = [
        row["logistics_no"] for parcel in parcels.values() for row in parcel["inventory"][:1]
    ]
    assert len(set(numbers)) == PARCELS


def test_clean_parcels_are_lawful(clean: Parcels) -> None:
    wrong = Counter(fault for parcel in clean.values() for fault in faults(parcel, DAY))
    assert not wrong


def test_clean_parcels_are_like_a_real_day(clean: Parcels) -> None:
    heads = [parcel["inventory"][0] for parcel in clean.values()]
    exports = [h for h in heads if h["flow"] == "E"]
    assert 0.55 < len(exports) / len(heads) < 0.65
    kilogram = 1_000_000
    assert 0.65 < sum(h["gross_mass_mg"] <= kilogram for h in heads) / len(heads) < 0.75
    assert 0.88 < sum(h["gross_mass_mg"] <= 5 * kilogram for h in heads) / len(heads) < 0.96
    dear = [
        parcel["order"][0]["goods_value_e5"] > 166_700_000
        for parcel in clean.values()
        if parcel["inventory"][0]["flow"] == "E"
    ]
    assert 0.06 < sum(dear) / len(dear) < 0.10
    assert {h["trade_mode"] for h in heads} == {"9610", "1210"}
    assert max(Counter(h["buyer_id"] for h in heads).values()) > 2
    spent: Counter[str] = Counter()
    for parcel in clean.values():
        if parcel["inventory"][0]["flow"] == "I":
            head = parcel["inventory"][0]
            spent[head["buyer_id"]] += parcel["order"][0]["goods_value_e5"] + head["freight_e5"]
    assert max(spent.values()) < 26_000 * 100_000


def test_everything_is_planted_and_listed(folder: Path, planted: dict[str, list[str]]) -> None:
    garden = Garden()
    assert planted.keys() == {kind.name for kind in garden.kinds}
    orders = [order for numbers in planted.values() for order in numbers]
    assert len(orders) == len(set(orders))
    assert 0.05 < len(orders) / PARCELS < 0.07
    header = (folder / "planted.csv").read_text("utf-8").splitlines()[0]
    assert header == ",".join(PLANTED_COLUMNS)
    readme = (folder / "README.txt").read_text("utf-8")
    assert all(kind in readme for kind in planted)


def test_the_list_names_the_documents(folder: Path, parcels: Parcels) -> None:
    rows = pl.read_csv(folder / "planted.csv", infer_schema=False)
    for order, merchant, waybill in rows.select("order_no", "ebc_code", "waybill").iter_rows():
        head = parcels[order]["inventory"][0]
        assert (head["ebc_code"], head["logistics_no"]) == (merchant, waybill)
    assert set(rows["seen_by"]) == {"cn", "kz", "both"}


@pytest.mark.parametrize(
    ("kind", "fault"),
    [
        ("merchant_code_malformed", "codes"),
        ("waybill_number_not_ascii", "waybill"),
        ("version_unknown", "version"),
        ("declared_in_the_future", "day"),
        ("in_dollars", "currency"),
        ("net_mass_above_gross", "mass"),
        ("resident_number_check_wrong", "buyer number"),
        ("individual_number_check_wrong", "buyer number"),
        ("buyer_document_not_admitted", "buyer number"),
        ("bonded_account_missing", "bonded"),
        ("conveyance_missing", "truck"),
        ("lines_from_two", "line numbers"),
        ("commodity_code_malformed", "commodity code"),
        ("payment_never_comes", "0 of payment"),
        ("order_never_comes", "0 of order"),
        ("paid_is_not_the_sum", "paid"),
        ("platform_name_differs", "platform"),
        ("payment_number_differs", "payment"),
        ("payer_is_another", "payer"),
        ("consignee_differs", "consignee"),
        ("line_differs", "line differs from order"),
        ("waybill_is_another", "waybill"),
        ("prices_do_not_add_up", "goods value"),
        ("price_above_tolerance", "total"),
        ("two_articles_above_limit", "limit"),
        ("one_article_above_limit", "limit"),
        ("older_version_later", "2 of inventory"),
        ("duplicate", "2 of inventory"),
    ],
)
def test_what_is_planted_is_a_fault(
    parcels: Parcels, planted: dict[str, list[str]], kind: str, fault: str
) -> None:
    for order in planted[kind]:
        assert fault in set(faults(parcels[order], DAY))


@pytest.mark.parametrize("kind", ["payment_apart", "gb18030", "cancelled", "year_filled"])
def test_what_is_planted_is_lawful(
    parcels: Parcels, planted: dict[str, list[str]], kind: str
) -> None:
    for order in planted[kind]:
        assert not list(faults(parcels[order], DAY))


def test_edges_of_the_price_tolerance(parcels: Parcels, planted: dict[str, list[str]]) -> None:
    for kind, lawful in (("price_within_tolerance", True), ("price_above_tolerance", False)):
        for order in planted[kind]:
            (line,) = parcels[order]["line"]
            product = line["price_e5"] * line["qty_e5"]
            gap = line["total_e5"] * 100_000 - product
            assert product * 45 < gap * 1_000
            assert (gap * 20 <= product) is lawful


def test_a_year_is_used_up_in_order(parcels: Parcels, planted: dict[str, list[str]]) -> None:
    orders = planted["year_filled"] + planted["year_exceeded"]
    heads = [parcels[order]["inventory"][0] for order in orders]
    assert len({head["buyer_id"] for head in heads}) == 1
    assert [h["app_time"] for h in heads] == sorted(h["app_time"] for h in heads)
    filled = [parcels[o]["order"][0]["goods_value_e5"] for o in planted["year_filled"]]
    over = [parcels[o]["order"][0]["goods_value_e5"] for o in planted["year_exceeded"]]
    assert sum(filled) <= 26_000 * 100_000
    assert all(sum(filled) + one > 26_000 * 100_000 for one in over)
    assert all(one < 5_000 * 100_000 for one in filled + over)


def test_many_buyers_live_at_one_address(parcels: Parcels, planted: dict[str, list[str]]) -> None:
    heads = [parcels[order]["inventory"][0] for order in planted["one_address"]]
    assert len({head["consignee_address"] for head in heads}) == 1
    assert len({head["buyer_id"] for head in heads}) == len(heads) >= 10


def test_documents_that_come_apart_or_again(
    parcels: Parcels, planted: dict[str, list[str]]
) -> None:
    for order in planted["payment_apart"]:
        assert parcels[order]["payment"][0]["source"].startswith("payments-late-")
    for order in planted["duplicate"]:
        first, again = parcels[order]["inventory"]
        assert first["guid"] == again["guid"]
    for order in planted["older_version_later"]:
        newer, older = parcels[order]["inventory"]
        assert newer["guid"] != older["guid"]
        assert newer["app_time"] - older["app_time"] == 20_000
        assert older["source"] > newer["source"]
    for kind, withdrawal in (("cancelled", "cancel"), ("return_out_of_place", "return")):
        assert [parcels[o]["withdrawal"][0]["kind"] for o in planted[kind]] == [
            withdrawal for _ in planted[kind]
        ]


def test_bad_cells_cannot_be_read(parcels: Parcels, planted: dict[str, list[str]]) -> None:
    for order in planted["unreadable_cell"]:
        assert parcels[order]["inventory"][0]["source"] == "bad-cells.csv"
        assert list(faults(parcels[order], DAY))


@pytest.mark.parametrize("count", [1, 40, 400])
def test_small_samples(tmp_path: Path, count: int) -> None:
    report = write_sample(tmp_path, parcels=count, seed=5, suffix="csv")
    found = by_order(documents_of(tmp_path))
    assert len(found) == report.parcels == count
    assert sum(report.planted.values()) <= max(count * 6 // 100, 1)


@pytest.mark.parametrize("suffix", ["csv", "ndjson", "xlsx", "arrow"])
def test_other_formats(tmp_path: Path, suffix: str) -> None:
    report = write_sample(tmp_path, parcels=60, seed=5, suffix=suffix)
    assert report.files
    assert {path.suffix for path in report.files} == {f".{suffix}"}


@pytest.mark.parametrize(
    "wrong", [{"parcels": 0}, {"parcels": 10**9}, {"seed": -1}, {"suffix": "doc"}]
)
def test_arguments_that_cannot_be(tmp_path: Path, wrong: dict[str, object]) -> None:
    arguments = {"parcels": 10, "seed": 1, "suffix": "csv", **wrong}
    with pytest.raises(InvalidValue):
        write_sample(tmp_path, **arguments)  # type: ignore[arg-type]


CATALOGUE = """\
name,en_name,model,hs_code,net_weight,unit,price,bar_code_international
蜂蜜,Honey,500克,0409000000,0.50000,瓶,45.00000,
袜子,,均码,6115940000,0.10000,双,29.50000,2000000000237
坏码,,,040900,0.5,瓶,10,
无价,,,0409000000,0.5,瓶,,
太重,,,0409000000,99,瓶,10,
"""


def test_goods_of_a_catalogue(tmp_path: Path) -> None:
    catalogue = tmp_path / "goods.csv"
    catalogue.write_text(CATALOGUE, "utf-8")
    report = write_sample(tmp_path / "day", parcels=50, seed=1, catalogue=catalogue)
    assert report.skipped == {
        "malformed commodity code": 1,
        "no price": 1,
        "not of the size of a parcel": 1,
    }
    lines = documents_of(tmp_path / "day")["line"]
    assert {line["goods_name"] for line in lines} >= {"蜂蜜 Honey", "袜子"}


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("name,price\nx,1\n", WrongHeader),
        (CATALOGUE.splitlines()[0] + "\n", UnreadableFile),
        (None, UnreadableFile),
    ],
)
def test_catalogues_that_cannot_be_used(
    tmp_path: Path, text: str | None, error: type[Exception]
) -> None:
    catalogue = tmp_path / "goods.csv"
    if text is not None:
        catalogue.write_text(text, "utf-8")
    with pytest.raises(error):
        write_sample(tmp_path / "day", parcels=50, seed=1, catalogue=catalogue)


def test_goods_of_the_real_catalogue(tmp_path: Path, shared_data: Callable[[str], Path]) -> None:
    catalogue = shared_data("cn-ecommerce-goods/base_commodity_record.csv")
    report: SampleReport = write_sample(tmp_path, parcels=2_000, seed=1, catalogue=catalogue)
    assert report.skipped["malformed commodity code"] == 7
    found = by_order(documents_of(tmp_path))
    marked = {order for orders in listed(tmp_path).values() for order in orders}
    allowed = {"bar code"}
    wrong = Counter(f for o, p in found.items() if o not in marked for f in faults(p, DAY))
    assert set(wrong) <= allowed
