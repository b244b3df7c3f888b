"""Declarations and what comes after their release, from files through the store to tables."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

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
    corrected,
    table,
    written_to,
)

WRITTEN = ("decisions", "findings", "tax_lines", "assessed")


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


def papers(office: Office, *versions: House, folder: str = "in") -> list[Path]:
    """Each version in a file of its own, in their order."""
    return [
        written_to(office.folder / folder / f"{number}", version)
        for number, version in enumerate(versions)
    ]


def a_pair() -> tuple[House, House]:
    """A house of screws worth 1,000 XTS, and its correction: they were worth 1,200."""
    return a_house("1", a_line(SCREWS, "1000")), corrected(a_house("1", a_line(SCREWS, "1200")))


def one(out: Path, name: str) -> dict[str, object]:
    """The only row of a table that was written."""
    (row,) = table(out, name).to_dicts()
    return dict(row)


def statuses(out: Path) -> dict[int, str]:
    """Status by version."""
    rows = table(out, "documents").select("app_time", "status").rows()
    return dict(sorted(rows))


def in_order(out: Path, name: str) -> pl.DataFrame:
    """A table that was written, in an order of its own."""
    rows = table(out, name)
    return rows.sort(rows.columns)


def rows_of(folder: Path, *versions: House) -> Path:
    """Versions one after another in one file."""
    parts = [
        written_to(folder / f"part-{n}", one).read_text("utf-8") for n, one in enumerate(versions)
    ]
    path = folder / "together.ndjson"
    path.write_text("\n".join(parts) + "\n", "utf-8")
    return path


@pytest.mark.parametrize("way", ["files", "rows", "rows turned"])
def test_a_correction_beside_its_declaration_is_decided_after_it(office: Office, way: str) -> None:
    pair = a_pair()
    files = papers(office, *pair)
    given = files
    if way != "files":
        given = [rows_of(office.folder / "one", *(pair if way == "rows" else reversed(pair)))]
    out = office.clear(*given, day=ACTED)
    assert list(statuses(out).values()) == ["current", "current"]
    decision = one(out, "decisions")
    assert (decision["outcome"], decision["customs_value_minor"]) == ("released", 120_000)
    changed = table(out, "adjustments")
    assert set(changed["outcome"]) == {"accepted"}
    assert set(changed["kind"]) == {"debt"}
    owed = table(out, "tax_lines")["amount_minor"].sum()
    assert owed == decision["total_minor"]

    apart = Office(office.folder / "apart")
    first = apart.clear(files[0], day=ACTED)
    before = table(first, "tax_lines")["amount_minor"].sum()
    last = apart.clear(files[1], day=ACTED)
    assert changed["difference_minor"].sum() == owed - before
    for name in (*WRITTEN, "adjustments"):
        assert in_order(out, name).equals(in_order(last, name)), name


def test_the_same_files_again_write_the_same_tables(office: Office) -> None:
    files = [written_to(office.folder / "in", *VARIED, number="2"), *papers(office, *a_pair())]
    first = office.clear(*files, day=ACTED)
    again = office.clear(*files, day=ACTED + timedelta(days=9))
    for name in WRITTEN:
        assert in_order(first, name).height
        assert in_order(again, name).equals(in_order(first, name)), name
    assert set(statuses(again).values()) == {"duplicate"}


def test_the_declaration_again_writes_what_was_decided(office: Office) -> None:
    """Also after a correction: the decision as it stands now."""
    declaration, correction = papers(office, *a_pair())
    first = office.clear(declaration)
    again = office.clear(declaration)
    for name in WRITTEN:
        assert in_order(again, name).equals(in_order(first, name)), name
    last = office.clear(correction, day=ACTED)
    again = office.clear(declaration, day=ACTED)
    assert list(statuses(again).values()) == ["duplicate"]
    for name in WRITTEN:
        assert in_order(again, name).equals(in_order(last, name)), name


def test_a_correction_in_a_file_before_its_declaration_is_taken_when_sent_again(
    office: Office,
) -> None:
    """Files are decided as they are read; the correction is refused, and not forgotten."""
    files = papers(office, *reversed(a_pair()))
    out = office.clear(*files, day=ACTED)
    assert list(statuses(out).values()) == ["current", "too_early"]
    assert one(out, "decisions")["customs_value_minor"] == 100_000
    again = office.clear(*files, day=ACTED)
    assert list(statuses(again).values()) == ["duplicate", "current"]
    assert one(again, "decisions")["customs_value_minor"] == 120_000


HELD = a_house("1", a_line("0101210000", "1000"))
"""No rate is on file for these goods."""


@pytest.mark.parametrize("together", [True, False])
def test_a_correction_of_what_is_held_comes_too_early(office: Office, together: bool) -> None:
    files = papers(office, HELD, corrected(a_house("1", a_line(SCREWS, "1000"))))
    before = office.clear(files[0])
    out = office.clear(*(files if together else files[1:]), day=ACTED)
    assert list(statuses(out).values())[-1] == "too_early"
    assert table(out, "adjustments").height == 0
    if together:
        assert one(out, "decisions") == one(before, "decisions")
    later = office.clear(files[0], day=ACTED + timedelta(days=1))
    assert one(later, "decisions") == one(before, "decisions")


def test_what_came_too_early_is_taken_once_the_house_is_released(office: Office) -> None:
    early = corrected(a_house("1", a_line(SCREWS, "1200")))
    right = a_house("1", a_line(SCREWS, "1000"), guid="G1 anew")
    held, act = papers(office, HELD, early)
    office.clear(held, act, day=ACTED)
    anew = written_to(office.folder / "anew", right, app_time="20261003100000")
    out = office.clear(anew, day=ACTED)
    assert (one(out, "decisions")["outcome"], list(statuses(out).values())) == (
        "released",
        ["current"],
    )
    out = office.clear(act, day=ACTED)
    assert list(statuses(out).values()) == ["current"]
    assert one(out, "decisions")["customs_value_minor"] == 120_000
    assert set(table(out, "adjustments")["outcome"]) == {"accepted"}


def test_a_version_after_release_comes_too_late_and_outranks_nothing(office: Office) -> None:
    declaration, act = papers(office, *a_pair())
    office.clear(declaration)
    dearer = a_house("1", a_line(BAGS, "9000"), guid="G1 late")
    late = written_to(office.folder / "late", dearer, app_time="20261009100000")
    out = office.clear(late, day=date(2026, 10, 9))
    assert list(statuses(out).values()) == ["too_late"]
    assert table(out, "adjustments").height == 0
    out = office.clear(act, day=date(2026, 10, 9))
    assert list(statuses(out).values()) == ["current"]
    assert one(out, "decisions")["customs_value_minor"] == 120_000


def test_an_act_of_the_last_day_that_came_a_day_later_is_held(office: Office) -> None:
    declaration, act = a_pair()
    released = one(office.decide(declaration), "decisions")
    last = DAY + timedelta(days=730)
    dated = act | {"act_day": f"{last}"}
    out = office.decide(dated, day=last + timedelta(days=1), app_time=f"{last:%Y%m%d}100000")
    assert "AFT006" in set(table(out, "findings")["code"])
    assert {*table(out, "adjustments")["outcome"]} == {"held"}
    assert one(out, "decisions") == released
