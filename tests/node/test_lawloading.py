"""Loading tariffs, rates and names into a home: whole or not at all, and the law follows."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from silkport.kernel.canonical import digest
from silkport.kernel.errors import (
    LawError,
    LimitExceeded,
    ParamNotInForce,
    RatesRefused,
    StoreBusy,
    StoreFull,
    TariffNotLoaded,
    TariffRefused,
    UnknownAdministration,
    UnreadableFile,
)
from silkport.node.law import books as lawbooks
from silkport.node.law.books import book_of_files, country_files, law_book, law_edition
from silkport.node.law.catalogue import law_rows
from silkport.node.law.check import check_law
from silkport.node.law.loading import (
    LoadedRates,
    LoadedTariff,
    load_names,
    load_rates,
    load_tariff,
    names_of,
    tariff_entries,
)
from silkport.node.law.searching import found_rows, tariff_differences

DAY = date(2026, 3, 8)
LATER = date(2026, 9, 1)
HEADER = "hs,kind,origin,producer,rate,season,unit,footnote,name,start,stop,source,confidence\n"
ETT = "eaeu-ett/eaeu_ett_10digit.csv"


def silent(_what: str, _count: int) -> None:
    """Nobody watches."""


def state(home: Path) -> dict[str, bytes]:
    """Every file of a home with its bytes, and every folder."""
    return {
        str(path.relative_to(home)): path.read_bytes() if path.is_file() else b""
        for path in home.rglob("*")
    }


def a_file(folder: Path, *rows: str, name: str = "published.csv") -> Path:
    path = folder / name
    path.write_text(HEADER + "".join(f"{row},,,CCT,cited\n" for row in rows))
    return path


def load(home: Path, path: Path, start: date | None = DAY, **how: bool) -> LoadedTariff:
    return load_tariff(home, "kz", path, source="CCT", start=start, progress=silent, **how)


SHIRTS = "6105100000,duty,,,15,,H87,,shirts of cotton"
HORSES = "0101210000,duty,,,0,,H87,,horses"


def test_the_common_customs_tariff(shared_data: Callable[[str], Path], home: Path) -> None:
    loaded = load(home, shared_data(ETT))
    assert loaded.written
    assert loaded.changes.counts()["added"] == loaded.rows == 12_600
    assert loaded.digest == law_book("kz", home).law.digest != law_book("kz").law.digest
    assert len(tariff_entries("kz", home)) == 12_600
    before = state(home)
    again = load(home, shared_data(ETT))
    assert (again.written, again.changes.nothing) == (False, True)
    assert again.changes.counts()["same"] == 12_600
    assert again.digest == loaded.digest
    assert state(home) == before


def test_a_cut_tariff_changes_nothing(shared_data: Callable[[str], Path], home: Path) -> None:
    whole = shared_data(ETT)
    data = whole.read_bytes()
    cut = home.parent / "cut.csv"
    cut.write_bytes(data[: len(data) // 2])
    with pytest.raises(TariffRefused, match="the file cut"):
        load(home, cut)
    assert not home.exists()
    load(home, whole)
    before = state(home)
    for end in (len(data) // 2, len(data) - 3, data.rindex(b"\n", 0, len(data) // 2) + 1):
        cut.write_bytes(data[:end])
        with pytest.raises(TariffRefused):
            load(home, cut, LATER)
    assert state(home) == before
    assert load(home, cut, LATER, shorter=True).changes.counts()["removed"] > 1_260


def test_a_new_tariff_from_a_later_day(home: Path, tmp_path: Path) -> None:
    load(home, a_file(tmp_path, SHIRTS, HORSES))
    higher = SHIRTS.replace(",15,", ",20,")
    loaded = load(home, a_file(tmp_path, higher), LATER)
    assert loaded.changes.counts() == {
        "added": 0, "removed": 1, "up": 1, "down": 0, "changed": 0, "same": 0, "renamed": 0
    }  # fmt: skip
    assert [(e.hs, f"{e.start}", f"{e.stop}") for e in tariff_entries("kz", home)] == [
        ("0101210000", "2026-03-08", "2026-09-01"),
        ("6105100000", "2026-03-08", "2026-09-01"),
        ("6105100000", "2026-09-01", "9999-12-31"),
    ]
    found = tariff_differences("kz", home, DAY, LATER, "ru")
    assert found["counts"]["up"] == found["counts"]["removed"] == 1
    assert [(row["how"], row["old"], row["new"]) for row in found["rates"]] == [
        ("removed", "0 (to before 2026-09-01)", ""),
        ("up", "15 (to before 2026-09-01)", "20"),
    ]
    assert tariff_differences("kz", home, DAY, DAY, "en")["rates"] == []


def test_a_part_leaves_the_rest(home: Path, tmp_path: Path) -> None:
    load(home, a_file(tmp_path, SHIRTS, HORSES))
    loaded = load(home, a_file(tmp_path, SHIRTS.replace(",15,", ",10,")), LATER, whole=False)
    assert loaded.changes.counts()["removed"] == 0
    assert loaded.changes.counts()["down"] == 1


def test_a_try_writes_nothing(home: Path, tmp_path: Path) -> None:
    path = a_file(tmp_path, SHIRTS)
    tried = load(home, path, dry_run=True)
    assert not tried.written
    assert not home.exists()
    assert load(home, path).digest == tried.digest


REFUSED = [
    (SHIRTS, SHIRTS),
    (SHIRTS.replace(",15,", ",0.05,"),),
    (SHIRTS.replace(",15,", ",-15,"),),
    (SHIRTS.replace(",15,", ",fifteen,"),),
    (SHIRTS.replace("H87", "bushel"),),
    (SHIRTS.replace("6105100000", "61051"),),
    (),
]


@pytest.mark.parametrize("rows", REFUSED)
def test_what_is_refused_leaves_no_trace(home: Path, tmp_path: Path, rows: tuple[str, ...]) -> None:
    path = a_file(tmp_path, *rows)
    with pytest.raises(TariffRefused):
        load(home, path)
    assert not home.exists()
    load(home, a_file(tmp_path, HORSES, name="lawful.csv"))
    before = state(home)
    with pytest.raises(TariffRefused):
        load(home, path, LATER)
    assert state(home) == before


def test_an_earlier_tariff_leaves_no_trace(home: Path, tmp_path: Path) -> None:
    load(home, a_file(tmp_path, SHIRTS), LATER)
    before = state(home)
    with pytest.raises(TariffRefused, match="is loaded for a later day already"):
        load(home, a_file(tmp_path, HORSES), DAY)
    assert state(home) == before


def test_a_law_that_does_not_compile_leaves_no_trace(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(country: str, _files: object) -> None:
        raise UnknownAdministration(country=country, known="none")

    monkeypatch.setattr("silkport.node.law.loading.book_of_files", refuse)
    with pytest.raises(LawError):
        load(home, a_file(tmp_path, SHIRTS))
    assert not home.exists()


def test_a_disk_that_is_full_leaves_the_old_tariff(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(home, a_file(tmp_path, SHIRTS))
    before = state(home)

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreFull, match="No space left"):
        load(home, a_file(tmp_path, HORSES), LATER)
    assert state(home) == before


def test_files_that_cannot_be_read(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for path in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(UnreadableFile):
            load(home, path)
    monkeypatch.setattr("silkport.node.law.loading.MAX_TARIFF_BYTES", 100)
    with pytest.raises(LimitExceeded):
        load(home, a_file(tmp_path, SHIRTS, HORSES))
    assert not home.exists()


def hold(folder: str, held: object, done: object) -> None:
    """Another process that loads, until it is told to stop."""
    import fcntl

    handle = os.open(folder, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    held.set()  # type: ignore[attr-defined]
    done.wait(30)  # type: ignore[attr-defined]


def test_one_process_loads_at_a_time(home: Path, tmp_path: Path) -> None:
    path = a_file(tmp_path, SHIRTS)
    load(home, path)
    context = multiprocessing.get_context("spawn")
    held, done = context.Event(), context.Event()
    other = context.Process(target=hold, args=(str(home / "kz" / "law"), held, done))
    other.start()
    try:
        assert held.wait(30)
        before = state(home)
        with pytest.raises(StoreBusy):
            load(home, a_file(tmp_path, HORSES), LATER)
        assert state(home) == before
        assert not load(home, path, dry_run=True).written
    finally:
        done.set()
        other.join()
    assert load(home, a_file(tmp_path, HORSES), LATER).written


def racing(home: str, path: str, answers: object) -> None:
    """Loads as one of several processes that begin at once."""
    try:
        written = load(Path(home), Path(path)).written
    except StoreBusy:
        written = False
    answers.put(written)  # type: ignore[attr-defined]


def test_two_processes_at_once_leave_one_whole_tariff(home: Path, tmp_path: Path) -> None:
    rows = [f"{code:010},duty,,,5,,,,goods" for code in range(3_000)]
    path = a_file(tmp_path, *rows)
    context = multiprocessing.get_context("spawn")
    answers = context.Queue()
    arguments = (str(home), str(path), answers)
    others = [context.Process(target=racing, args=arguments) for _ in range(2)]
    for other in others:
        other.start()
    written = [answers.get(timeout=60) for _ in others]
    for other in others:
        other.join()
        assert other.exitcode == 0
    assert sum(written) == 1
    assert len(tariff_entries("kz", home)) == 3_000
    assert sorted(path.name for path in (home / "kz" / "law").iterdir()) == ["tariff.csv"]


# What is loaded is law at once, for this home alone.


def test_loaded_tables_take_the_place_of_the_package(home: Path, tmp_path: Path) -> None:
    assert country_files("kz", home) == country_files("kz")
    assert law_book("kz", home) is law_book("kz")
    load(home, a_file(tmp_path, SHIRTS))
    first = law_book("kz", home)
    assert law_book("kz", home) is first
    assert first.law.digest == digest(country_files("kz", home))
    assert law_book("kz").law.digest != first.law.digest
    edition = law_edition("kz", home)
    assert book_of_files("kz", edition.files).law.digest == first.law.digest
    load(home, a_file(tmp_path, HORSES), LATER)
    assert law_book("kz", home).law.digest != first.law.digest
    assert law_book("cn", home) is law_book("cn")
    rows = {row["administration"]: row for row in law_rows(home)}
    assert rows["kz"]["tariff"] > law_rows()[1]["tariff"]


def test_the_check_of_the_law_sees_what_is_loaded(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("silkport.node.law.check._sheets", lambda _book: [])  # takes seconds
    load(home, a_file(tmp_path, SHIRTS))
    told = {row["what"] for row in check_law("kz")} - {row["what"] for row in check_law("kz", home)}
    assert told == {"no tariff table"}


def test_a_home_that_is_not_there_is_as_none(tmp_path: Path) -> None:
    assert law_book("kz", tmp_path / "none") is law_book("kz")
    assert not (tmp_path / "none").exists()


# Rates of exchange.


def rates(home: Path, path: Path, **how: object) -> LoadedRates:
    arguments: dict[str, object] = {"source": "bank", "progress": silent} | how
    return load_rates(home, "kz", path, **arguments)  # type: ignore[arg-type]


def quotes(folder: Path, *rows: str) -> Path:
    path = folder / "rates.csv"
    path.write_text("\n".join(("date,currency,nominal,rate", *rows, "")))
    return path


def test_rates_are_added_day_by_day(home: Path, tmp_path: Path) -> None:
    monday = quotes(tmp_path, "2026-10-19,USD,1,450", "2026-10-19,CNY,1,67.2")
    assert len(rates(home, monday).quotes.added) == 2
    tuesday = quotes(tmp_path, "2026-10-20,USD,1,451", "2026-10-19,CNY,1,67.3")
    loaded = rates(home, tuesday)
    assert (len(loaded.quotes.added), len(loaded.quotes.changed), loaded.quotes.same) == (1, 1, 0)
    table = (home / "kz" / "law" / "fx.csv").read_text().splitlines()
    assert [row.split(",")[:4] for row in table[1:]] == [
        ["CNY", "1", "67.3", "2026-10-19"],
        ["USD", "1", "450", "2026-10-19"],
        ["USD", "1", "451", "2026-10-20"],
    ]
    assert table[2].split(",")[4] == "2026-10-20"
    before = state(home)
    again = rates(home, tuesday)
    assert (again.written, again.quotes.same) == (False, 2)
    assert state(home) == before
    assert loaded.digest == law_book("kz", home).law.digest


def test_rates_of_another_bank(shared_data: Callable[[str], Path], home: Path) -> None:
    loaded = rates(home, shared_data("fx-nbp/pln_per_unit.csv"), through="PLN")
    assert loaded.rows == 13_310
    records = law_book("kz", home).law.tables["fx"].records
    assert len(records) == 13_310
    assert {record.confidence for record in records} == {"unverified"}


def test_rates_that_are_refused(home: Path, tmp_path: Path) -> None:
    with pytest.raises(RatesRefused):
        rates(home, quotes(tmp_path, "2026-10-19,USD,1,0"))
    assert not home.exists()


def test_rates_where_the_law_is_silent_on_missing_days(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ParamNotInForce, match="fx_m"):
        rates(home, quotes(tmp_path, "1900-01-01,USD,1,450"))
    assert not home.exists()


# Names of goods, and the search.


def test_search_by_names_that_were_loaded(shared_data: Callable[[str], Path], home: Path) -> None:
    with pytest.raises(TariffNotLoaded):
        found_rows("kz", home, "cotton shirts", DAY, "en")
    load(home, shared_data(ETT))
    assert found_rows("kz", home, "cotton shirts", DAY, "en") == []
    before = law_book("kz", home).law.digest
    arguments = {"language": "en", "source": "HS 2022", "progress": silent}
    english = shared_data("hs-text/hs2022_en.csv")
    loaded = load_names(home, "kz", english, **arguments)  # type: ignore[arg-type]
    assert (loaded.written, loaded.rows, loaded.digest) == (True, 6_939, before)
    assert not load_names(home, "kz", english, **arguments).written  # type: ignore[arg-type]
    assert len(names_of("kz", home)) == 6_939
    rows = found_rows("kz", home, "cotton shirts", DAY, "en")
    assert rows[0]["hs"] == "6105100000"
    assert rows[0]["above"][-1].startswith("Shirts; men's or boys', of cotton")
    assert (rows[0]["rate"], rows[0]["unit"]) == ("1.75 EUR per 1 kg", "pieces")
    assert found_rows("kz", home, "хлопчатобумажной пряжи 6105", DAY, "ru")[0]["rate"] == (
        "1,75 евро за 1 кг"
    )
    assert len(found_rows("kz", home, "61", DAY, "en")) == 20


def test_names_are_no_law(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "names.csv"
    path.write_text("hs,name\n61,Clothes\n")
    load_names(home, "kz", path, language="en", source="x", progress=silent)
    assert lawbooks.NAMES not in country_files("kz", home)
    assert law_book("kz", home) is law_book("kz")
