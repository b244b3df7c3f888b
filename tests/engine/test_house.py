"""One house at a time is decided as the passage decides it, in every column of every table."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from itertools import product
from random import Random

import polars as pl
import pytest

from silkport.engine.house import SingleHouse, drawn
from silkport.engine.house_counts import WHITE_SPACE, Permits, in_capitals, says_something
from silkport.engine.house_sheets import as_json
from silkport.kernel.periods import day_number
from silkport.law.book import NO_CELL
from silkport.model.columns import MAX_AMOUNT_E5, MAX_CARGO_MG, Kind
from silkport.model.rows import GOODS_LINE, HOUSE, RowShape
from silkport.node.law.books import law_book
from silkport.stages import check
from silkport.stages.check.permits import SAYS_SOMETHING
from tests.engine.drawn_houses import Drawing, sample_houses
from tests.engine.houses import SEED, Both, Row, Version
from tests.stages.goods_law import WITH_RATES, book_with, tariff_row
from tests.stages.test_assess_oracle import tariff_of

DAY = date(2026, 9, 16)
COUNTRIES = ("kz", "cn", "zz")

CHAPTERS = tuple(
    tariff_row(f"{chapter:02}", "10" if chapter % 3 else "7.5, but not less than 0.2 EUR per kg")
    for chapter in range(1, 98)
    if chapter != 77
)
LAWS = {
    "kz": lambda: law_book("kz"),
    "kz with a tariff": lambda: book_with("kz", (("tariff.csv", CHAPTERS + tariff_of(1).rows()),)),
    "cn": lambda: law_book("cn"),
    "zz": lambda: law_book("zz"),
    "zz with another tariff": lambda: book_with(
        "zz", (("tariff.csv", tariff_of(2).rows()), *WITH_RATES)
    ),
}
"""Law books: those of the package, and with tariffs of all five shapes of rates."""

Sample = dict[str, list[Version]]


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    return sample_houses(tmp_path_factory.mktemp("goods"), goods=500)


@pytest.mark.parametrize("country", COUNTRIES)
def test_the_sample_day_is_decided_alike(sample: Sample, country: str) -> None:
    """Every house of the day, also those for another administration."""
    both = Both(law_book(country))
    both.clear(DAY, *(one for houses in sample.values() for one in houses))
    assert both.came["current"] == sum(map(len, sample.values())) > 50
    assert both.came["released"] + both.came["held"] >= len(sample[country]) // 2
    assert {"REG001", "REG002"} & both.came.keys()


@pytest.mark.parametrize("country", COUNTRIES)
def test_houses_of_every_procedure_that_come_alone(sample: Sample, country: str) -> None:
    book = LAWS.get(f"{country} with a tariff", LAWS[country])()
    both, drawing = Both(book), Drawing(book, 1)
    kinds: Counter[tuple[str, str]] = Counter()
    for house in sample[country]:
        kind = house.head["procedure"], house.head["destination_country"]
        kinds[kind] += 1
        if kinds[kind] <= 2:
            version = drawing.changed(house, kinds[kind] - 1)
            both.clear(DAY, version)
            both.clear(DAY, drawing.next_version(version, DAY), from_customs=True)
    assert len(kinds) == {"kz": 6, "cn": 3, "zz": 4}[country]
    assert_wide_as_in_tables(both)


def test_histories_of_random_houses(sample: Sample) -> None:
    """Faults, corrections, claims, assessments, withdrawals, repeated and late versions."""
    came: Counter[str] = Counter()
    for law, seed in product(LAWS.values(), (1, 2)):
        both, drawing = Both(law()), Drawing(law(), seed)
        choose = drawing.rng.choice
        houses = sample[both.book.law.country]
        versions = [drawing.changed(one, choose((0, 0, 0, 1, 3))) for one in houses]
        for version in versions[::7]:
            version.head["act"] = choose(("withdrawal", "correction"))
        day = DAY
        for turn in range(4):
            both.clear(day, *versions, from_customs=turn % 2 == 1)
            day += timedelta(days=choose((0, 1, 30, 300)))
            versions = [drawing.next_version(one, day) for one in versions]
        assert_wide_as_in_tables(both)
        came += both.came
    assert {"current", "stale", "too_early", "too_late", "duplicate"} <= came.keys()
    assert {"released", "held", "refused", "withdrawn", "kept"} <= came.keys()
    accepted = {f"accepted {kind}" for kind in ("debt", "refund", "nothing")}
    assert accepted | {"held refund", "refused nothing"} <= came.keys()
    assert {"AFT005", "AFT008", "AFT009", "AFT010"} <= came.keys()


def test_houses_of_many_faults(sample: Sample) -> None:
    """Cells drawn anew, from what is absent to the bounds of their columns."""
    came: Counter[str] = Counter()
    for law in LAWS.values():
        drawing = Drawing(law(), 4)
        for _ in range(2):
            both = Both(law())
            houses = sample[both.book.law.country]
            both.clear(DAY, *(drawing.changed(one, drawing.rng.randrange(1, 9)) for one in houses))
            came += both.came
        both = Both(law())
        both.clear(DAY, *(drawing.rated(one) for one in houses))
        came += both.came
    assert sum(1 for name in came if name[:3] in ("CHK", "VAL", "ASS", "AFT", "RSK")) > 60


def assert_wide_as_in_tables(both: Both) -> None:
    """What is kept within the bounds of amounts is what tables hold in 128 bits."""
    for number, cell in both.single._cells.items():
        if number == NO_CELL:
            continue
        for sheet in both.book.sheets:
            reading = cell.sheets.get((sheet.stage, sheet.shape.name))
            if reading is None or sheet.shape not in (HOUSE, GOODS_LINE):
                continue
            schema = both.book.compiled(sheet, number).bulk.run(no_rows(sheet.shape)).schema
            wide = {name for name, kind in schema.items() if kind == pl.Int128}
            assert set(reading.wide) == wide


def no_rows(shape: RowShape) -> pl.DataFrame:
    text = {one.name for one in shape.columns if one.kind is Kind.TEXT}
    return pl.DataFrame(
        schema={one.name: pl.String if one.name in text else pl.Int64 for one in shape.columns}
    )


def test_sums_at_the_bounds_of_columns(sample: Sample) -> None:
    """Two hundred lines, each of the highest price and mass that a column holds."""
    house = next(one for one in sample["kz"] if one.head["procedure"] == "40")
    most: Row = {"total_e5": MAX_AMOUNT_E5, "gross_mass_mg": MAX_CARGO_MG, "net_mass_mg": 1}
    lines = [house.lines[0] | most | {"gnum": turn + 1} for turn in range(200)]
    both = Both(LAWS["kz with a tariff"]())
    both.clear(DAY, Version(house.head | {"goods_count": 200}, lines))
    decision = both.known[house.number].decision
    assert decision is not None
    assert decision["total_minor"] == decision["vat_minor"] == MAX_AMOUNT_E5
    assert both.came["VAL209"] == 200


def test_permits_and_papers_as_in_tables() -> None:
    """Lines of codes that need permits, with papers stated in every way."""
    said: Counter[str] = Counter()
    for country in COUNTRIES:
        book = law_book(country)
        drawing = Drawing(book, 3)
        rows = [_line_with_papers(drawing, doc) for doc in range(600)]
        lines = [{name: row[name] for name in _OF_LINE} for row in rows]
        no_number = book.law.lists.get("empty_names", ())
        want = check.with_missing_permits(
            pl.DataFrame(lines), pl.DataFrame(rows), book.law.permits, no_number
        )
        permits = Permits(book.law)
        for line, row in zip(lines, rows, strict=True):
            permits.add_missing(line, row)
            said["needed"] += line["permits_needed"] > 0
            said["missing"] += line["permits_missing"] != ""
            said["several"] += ";" in line["permits_missing"]
            said["unnumbered"] += line["permits_unnumbered"] != ""
        assert lines == want.to_dicts()
    assert min(said[name] for name in ("needed", "missing", "several", "unnumbered")) > 20


_OF_LINE = ("doc", "hs_code", "origin", "decl_day", "documents", "house_documents")


def _line_with_papers(drawing: Drawing, doc: int) -> Row:
    choose = drawing.rng.choice
    day = day_number(DAY) + choose((0, 0, 0, -400, -4_000, 20_000))
    return {
        "doc": doc,
        "hs_code": choose((*drawing.permitted, "", "0207", "99")),
        "origin": choose(("", "CN", "KZ", "US")),
        "decl_day": day,
        "documents": drawing.papers(),
        "house_documents": choose(("", drawing.papers())),
        "direction": choose(("import", "import", "export", "transit", "")),
        "procedure": choose(("40", "0110", "", "80")),
    }


CHARACTERS = [chr(place) for place in range(0x110000) if not 0xD800 <= place < 0xE000]


def test_characters_are_what_they_are_in_tables() -> None:
    """Capitals, white space, letters and JSON, whichever Unicode this Python knows."""
    every = pl.Series(CHARACTERS)
    stripped = every.filter(every.str.strip_chars() == "")
    assert stripped.to_list() == sorted(WHITE_SPACE)
    written = pl.DataFrame({"a": every}).select(pl.struct("a").struct.json_encode()).to_series()
    assert [as_json({"a": one}) for one in CHARACTERS] == written.to_list()
    rng = Random(1)
    some = rng.sample(CHARACTERS, 1_500) + [chr(place) for place in range(0x500)]
    some += list("ɤƛſßŉﬀǆ\u1c8a\ua7cb\ua7da\U00010d70\u2167Ⅷ²٣")
    names = pl.Series(some)
    capitals = names.str.strip_chars().str.to_uppercase()
    assert [in_capitals(one) for one in some] == capitals.to_list()
    assert [says_something(one) for one in some] == names.str.contains(SAYS_SOMETHING).to_list()


def test_the_draw_is_that_of_the_tables() -> None:
    ids = [f"zz-{turn:016X}" for turn in range(200)]
    for seed in (0, 7, SEED, 2**63):
        column = pl.DataFrame({"id": ids}).select(pl.col("id").hash(seed) % 1_000_000)
        assert [drawn(one, seed) for one in ids] == column.to_series().to_list()


def test_either_a_key_of_the_draw_or_what_it_gave(sample: Sample) -> None:
    single, house = SingleHouse(law_book("zz"), "ZZ"), sample["zz"][0]
    by_key = single.clear(house.head, house.lines, processing_day=1, draw_seed=SEED)
    given = drawn(by_key.decision["parcel_id"], SEED)
    assert by_key == single.clear(house.head, house.lines, processing_day=1, draw_ppm=given)
    for both in ({}, {"draw_seed": 1, "draw_ppm": 1}):
        with pytest.raises(AssertionError):
            single.clear(house.head, house.lines, processing_day=1, **both)


def test_nothing_is_compiled_for_a_declarant_once_a_day_is_prepared(sample: Sample) -> None:
    both = Both(law_book("kz"))
    both.single.prepare(day_number(DAY))
    ready = set(both.single._cells)
    both.clear(DAY, *sample["kz"][:20])
    assert set(both.single._cells) == ready
    assert len(ready) == 1 + len({"40", "10", "80", "78", "51", "53"})
