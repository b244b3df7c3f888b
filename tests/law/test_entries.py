"""The table of a tariff: read whole or refused with every wrong row, written as it was read."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from silkport.kernel import limits
from silkport.kernel.errors import LimitExceeded, TariffRefused
from silkport.law.tariff.entries import (
    CODE_LENGTHS,
    COLUMNS,
    KINDS,
    Entry,
    order,
    read_entries,
    write_entries,
)
from silkport.law.tariff.seasons import Season
from silkport.law.tariff.sentences import parse_rate

HEADER = ",".join(COLUMNS)
COMBINED = "10, but not less than 0.053 EUR per 1 kg"
ROW = f'0702000001,duty,,,"{COMBINED}",,KGM,,tomatoes,2026-01-01,,CCT,cited'


def table(*rows: str) -> str:
    return "\n".join((HEADER, *rows)) + "\n"


def row(**cells: str) -> str:
    """A lawful row with some cells otherwise, quoted where they have commas."""
    lawful = {"hs": "6105100000", "kind": "duty", "rate": "15", "start": "2026-01-01"}
    lawful |= {"source": "CCT", "confidence": "cited"} | cells
    texts = (lawful.get(column, "") for column in COLUMNS)
    return ",".join(f'"{text}"' if "," in text else text for text in texts)


def refusal(*rows: str) -> str:
    with pytest.raises(TariffRefused) as refused:
        read_entries(table(*rows), "file.csv")
    return str(refused.value)


def test_a_row_in_full() -> None:
    (entry,) = read_entries(table(ROW), "file.csv")
    assert entry == Entry(
        hs="0702000001",
        rate=parse_rate(COMBINED),
        unit="KGM",
        name="tomatoes",
        start=date(2026, 1, 1),
        source="CCT",
    )
    assert entry.stop == date.max


def test_columns_may_stand_in_any_order_and_come_from_a_spreadsheet() -> None:
    lines = [line.split(",") for line in (HEADER, row(unit="H87", name="shirts"))]
    turned = "\ufeff" + "\r\n".join(",".join(reversed(cells)) for cells in lines) + "\r\n\r\n"
    assert read_entries(turned, "x") == read_entries(table(row(unit="H87", name="shirts")), "x")


def test_empty_cells_take_what_the_operator_states() -> None:
    text = table(row(start="", source="", kind=""))
    (entry,) = read_entries(text, "x", source="Act 1", start=date(2026, 3, 8))
    assert (entry.source, entry.start, entry.kind) == ("Act 1", date(2026, 3, 8), "duty")


WRONG = [
    ({"hs": "61051"}, "row 2, hs: '61051' is no commodity code; write 2, 4, 6, 8, 9 or 10 digits"),
    ({"hs": "6105 10"}, "'6105 10' is no commodity code"),
    ({"hs": "٦١٠٥"}, "is no commodity code"),
    ({"hs": ""}, "duty without a code"),
    ({"kind": "tax"}, "row 2, kind: 'tax' is no kind; write one of duty, national"),
    ({"kind": "Duty"}, "'Duty' is no kind"),
    ({"origin": "XX"}, "row 2, origin: duty does not depend on it; leave it empty"),
    ({"kind": "antidumping"}, "antidumping without an origin"),
    ({"kind": "special", "origin": "Xx"}, "'Xx' is no country"),
    ({"producer": "Bo"}, "row 2, producer: duty does not depend on it"),
    ({"kind": "special", "producer": "Bo"}, "row 2, origin: special of one maker without one"),
    ({"rate": "0.05"}, "row 2, rate: "),
    ({"rate": "-5"}, "negative"),
    ({"rate": ""}, "row 2, rate: "),
    ({"rate": "10, but not less than 1 EUR per 1 bushel"}, "bushel"),
    ({"rate": "15 or so"}, "'or so'"),
    ({"season": "in spring"}, "row 2, season: "),
    ({"season": "04-31..05-02"}, "row 2, season: "),
    ({"unit": "bushel"}, "row 2, unit: 'bushel' is no known unit; write its Recommendation 20"),
    ({"start": "01.03.2026"}, "row 2, start: '01.03.2026' is no day; write it as 2026-07-01"),
    ({"start": "20260301"}, "is no day"),
    ({"start": "2026-02-30"}, "is no day"),
    ({"start": ""}, "row 2, start: it has no first day; write it, or give --start"),
    ({"stop": "2026-01-01"}, "row 2, stop: 2026-01-01 is not after the start 2026-01-01"),
    ({"source": ""}, "row 2, source: it has no source; name the act, or give --source"),
    ({"confidence": "cit"}, "row 2, confidence: 'cit' is no confidence"),
    ({"confidence": ""}, "row 2, confidence: '' is no confidence"),
    ({"name": "a\x00b"}, "U+0000"),
    ({"name": 'a" b, c'}, "its quotes do not close"),
]


@pytest.mark.parametrize(("cells", "said"), WRONG)
def test_a_wrong_cell_is_named_with_its_row_and_fix(cells: dict[str, str], said: str) -> None:
    text = refusal(row(**cells))
    assert said in text
    assert "1 row is wrong" in text
    assert text.startswith("SP-2111 file.csv is refused as a whole")


@pytest.mark.parametrize("rate", ["15 %", "Free", "0", "10 plus 0.08 EUR per 1 kg", "€2 per 1 kg"])
def test_what_a_tariff_may_say(rate: str) -> None:
    assert read_entries(table(row(rate=rate)), "x")[0].rate == parse_rate(rate)


def test_every_wrong_row_is_named_and_the_rest_counted() -> None:
    rows = [row(hs=f"{code:010}", rate="x" if code % 2 else "5") for code in range(200)]
    text = refusal(*rows)
    assert "100 rows are wrong" in text
    assert text.count("\n  row ") == limits.MAX_FAULTS_SHOWN
    assert "and 80 more" in text
    assert "row 3, rate" in text
    assert "row 2," not in text


@pytest.mark.parametrize("dropped", range(1, 60, 7))
def test_a_file_cut_in_a_row_is_refused(dropped: int) -> None:
    whole = table(row(hs="0101"), ROW)
    with pytest.raises(TariffRefused):
        read_entries(whole[: -1 - dropped], "x")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "it is empty"),
        ("\n\n", "it is empty"),
        (HEADER, "it holds no rate"),
        (HEADER + "\n\n", "it holds no rate"),
        ("hs,rate\n01,5\n", "its header lacks 'kind'"),
        (HEADER + ",colour\n", "its header has the unknown 'colour'"),
        (HEADER + ",hs\n", "its header repeats 'hs'"),
        (HEADER.replace(",", ";") + "\n", "its header lacks"),
        ('"hs,rate\n', "its header"),
    ],
)
def test_a_file_that_is_no_tariff(text: str, said: str) -> None:
    with pytest.raises(TariffRefused) as refused:
        read_entries(text, "x")
    assert said in str(refused.value)


def test_too_large_a_file_is_refused_before_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("silkport.law.strict.MAX_TARIFF_ROWS", 2)
    with pytest.raises(LimitExceeded, match="MAX_TARIFF_ROWS"):
        read_entries(table(row(), row(hs="01"), row(hs="02")), "x")
    monkeypatch.setattr("silkport.law.strict.MAX_TARIFF_BYTES", 10)
    with pytest.raises(LimitExceeded, match="MAX_TARIFF_BYTES"):
        read_entries(table(row()), "x")


def test_a_spreadsheet_that_cut_the_zeros_is_seen() -> None:
    rows = [row(hs=f"{code:09}") for code in range(101_210_000, 101_210_030)]
    assert "30 codes have nine digits and none begins with 0" in refusal(*rows)
    assert read_entries(table(*rows, row(hs="0101")), "x")


OVERLAPS = [
    (row(), row(), True),
    (row(stop="2026-07-01"), row(start="2026-07-01", rate="10"), False),
    (row(stop="2026-07-02"), row(start="2026-07-01", rate="10"), True),
    (row(), row(hs="6105"), False),
    (row(), row(kind="excise"), False),
    (row(kind="special", origin="XA"), row(kind="special", origin="XB"), False),
    (row(kind="special", origin="XA"), row(kind="special", origin="XA", producer="Bo"), False),
    (row(season="01-01..06-30"), row(season="07-01..12-31"), False),
    (row(season="01-01..06-30"), row(season="06-30..12-31"), True),
    (row(season="01-01..06-30"), row(season="06-30..12-31", start="2026-07-01"), True),
    (row(season="11-01..02-28", stop="2026-02-01"), row(season="02-01..03-01"), False),
    (row(season="01-01..06-30"), row(), True),
    (row(season="01-01..06-30"), row(season="01-01..06-30", rate="5"), True),
    (row(season="10-01..03-31"), row(season="04-01..09-30"), False),
]


@pytest.mark.parametrize(("first", "second", "overlap"), OVERLAPS)
def test_two_rates_of_one_code_on_one_day(first: str, second: str, *, overlap: bool) -> None:
    if not overlap:
        assert len(read_entries(table(first, second), "x")) == 2
        return
    text = refusal(first, second)
    assert "row 3, start" in text
    assert "row 2" in text


def test_one_clash_is_named_once_for_each_row() -> None:
    assert "3 rows are wrong" in refusal(*[row(start=f"2026-01-0{day}") for day in range(1, 5)])


RATES = ("0", "5", "15, but not less than 0.2 EUR per 1 kg", "60 USD per 1000 kg")
DAYS = st.dates(date(2000, 1, 1), date(2090, 1, 1))
TEXTS = st.text("ab,\"'; –жщ李", max_size=12).map(str.strip)
SEASONS = st.builds(
    Season,
    first=st.tuples(st.integers(1, 12), st.integers(1, 28)),
    last=st.tuples(st.integers(1, 12), st.integers(1, 28)),
)


@st.composite
def entries(draw: st.DrawFn) -> list[Entry]:
    """Entries of different codes, or of one code one after another."""
    codes = st.integers(0, 10**10 - 1).map(lambda code: f"{code:010}")
    found: list[Entry] = []
    for code in draw(st.lists(codes, min_size=1, max_size=8, unique=True)):
        kind = draw(st.sampled_from(KINDS))
        remedy = kind in ("special", "antidumping", "countervailing")
        start = draw(DAYS)
        for _ in range(draw(st.integers(1, 3))):
            stop = start + timedelta(days=draw(st.integers(1, 900)))
            entry = Entry(
                hs=code[: draw(st.sampled_from(CODE_LENGTHS))] if not found else code,
                kind=kind,
                origin="XA" if remedy or kind == "preference" else "",
                producer=draw(TEXTS) if remedy else "",
                rate=parse_rate(draw(st.sampled_from(RATES))),
                season=draw(st.none() | SEASONS),
                unit=draw(st.sampled_from(("", "H87", "1000 H87", "EEU:шт (колод)"))),
                footnote=draw(TEXTS),
                name=draw(TEXTS),
                start=start,
                stop=draw(st.sampled_from((stop, date.max))),
                source=draw(TEXTS.filter(bool)),
                confidence=draw(st.sampled_from(("cited", "unverified"))),
            )
            found.append(entry)
            if entry.stop == date.max:
                break
            start = stop
    return found


@given(entries())
def test_what_is_written_is_read_again(some: list[Entry]) -> None:
    assert read_entries(write_entries(some), "x") == sorted(some, key=order)


@given(st.text(max_size=200) | st.lists(st.text(max_size=8), max_size=13).map(",".join))
def test_junk_is_refused_and_nothing_else_happens(junk: str) -> None:
    for text in (junk, f"{HEADER}\n{junk}"):
        with pytest.raises(TariffRefused):
            read_entries(text, "x")
