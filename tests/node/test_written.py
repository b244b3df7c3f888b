"""Tables of a run that are damaged, cut or foreign are refused with their place."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from silkport.kernel.errors import UnreadableFile
from silkport.model.outcomes import ASSESSED_AMOUNTS
from tests.node.houses import VARIED, Office, table


@pytest.fixture(scope="session")
def decided(tmp_path_factory: pytest.TempPathFactory) -> tuple[Office, Path]:
    """An office that decided VARIED, and what it wrote; both stay as they are."""
    office = Office(tmp_path_factory.mktemp("decided"))
    return office, office.decide(*VARIED)


@pytest.fixture
def copied(decided: tuple[Office, Path], tmp_path: Path) -> tuple[Office, Path]:
    """The same office, and a copy of what it wrote to be altered."""
    shutil.copytree(decided[1], tmp_path / "copied")
    return decided[0], tmp_path / "copied"


def spoilt(out: Path, name: str, change: Callable[[pl.DataFrame], pl.DataFrame]) -> Path:
    change(table(out, name)).write_parquet(out / f"{name}.parquet")
    return out


@pytest.mark.parametrize(
    ("name", "change", "words"),
    [
        ("assessed", lambda rows: rows.drop("hs_code"), "column hs_code is missing"),
        ("assessed", lambda rows: rows.cast({"gnum": pl.String}), "column gnum is of type String"),
        ("tax_lines", lambda rows: rows.drop("levy"), "column levy is missing"),
        ("decisions", lambda rows: rows.cast({"total_minor": pl.Float64}), "of type Float64"),
        (
            "assessed",
            lambda rows: rows.with_columns(pl.lit(-2, dtype=pl.Int64).alias("total_e5")),
            "row 1, column total_e5: -2 cannot be",
        ),
        (
            "assessed",
            lambda rows: rows.with_columns(pl.lit(10**18, dtype=pl.Int64).alias("before_e5")),
            "column before_e5: 1000000000000000000 cannot be",
        ),
        (
            "assessed",
            lambda rows: rows.with_columns(
                pl.when(pl.col("gnum") < 4).then(pl.col("unit")).alias("unit")
            ),
            "row 7, column unit: None cannot be",
        ),
    ],
)
def test_a_foreign_table_is_refused(
    name: str,
    change: Callable[[pl.DataFrame], pl.DataFrame],
    words: str,
    copied: tuple[Office, Path],
) -> None:
    office, out = copied
    with pytest.raises(UnreadableFile, match=words):
        office.replay(spoilt(out, name, change))


def test_what_holds_no_decisions_is_refused(decided: tuple[Office, Path], tmp_path: Path) -> None:
    office, out = decided
    text = tmp_path / "text.parquet"
    text.write_text("no table")
    foreign = tmp_path / "foreign.parquet"
    pl.DataFrame({"a": [1]}).write_parquet(foreign)
    for path, words in (
        (tmp_path / "none", "there is no such file"),
        (tmp_path, "decisions.parquet is not in it"),
        (text, "cannot be read as Parquet"),
        (foreign, "it has not the columns"),
        (out / "findings.parquet", "it holds findings; name the folder"),
    ):
        with pytest.raises(UnreadableFile, match=words):
            office.replay(path)


def test_a_cut_file_is_refused_wherever_it_is_cut(copied: tuple[Office, Path]) -> None:
    office, out = copied
    for name in ("assessed", "decisions", "tax_lines"):
        path = out / f"{name}.parquet"
        whole = path.read_bytes()
        for share in range(10):
            path.write_bytes(whole[: len(whole) * share // 10])
            with pytest.raises(UnreadableFile, match=path.name):
                office.replay(out)
        path.write_bytes(whole)
    assert office.replay(out).same


def test_altered_bytes_never_alter_an_amount_in_silence(copied: tuple[Office, Path]) -> None:
    office, out = copied
    path = out / "assessed.parquet"
    whole, amounts = path.read_bytes(), ["parcel_id", "gnum", *ASSESSED_AMOUNTS]
    right = table(out, "assessed").select(amounts)
    for at in range(4, len(whole), len(whole) // 40):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :])
        try:
            found = office.replay(out)
        except UnreadableFile:
            continue
        assert not found.same or table(out, "assessed").select(amounts).equals(right)
