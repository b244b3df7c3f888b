"""Permits from the list an officer loads to the finding a declarant reads."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from silkport.formats.example import example_consignment
from silkport.law.permits import COLUMNS
from silkport.node.law.books import law_book
from tests.cli.shell import run

AS = ("--as", "kz")
TROUSERS = "6203,01191,proof of conformity,import,,,2026-01-01,,{},cited"
APPLES = "0808,01181,phytosanitary certificate,import,,CN,2026-01-01,,Act 2,cited"


def a_list(folder: Path, *rows: str) -> Path:
    path = folder / "permits.csv"
    path.write_text("".join(f"{row}\n" for row in (",".join(COLUMNS), *rows)), "utf-8")
    return path


def load(path: Path, *more: object) -> Any:
    return run("law", "load", "permits", path, *AS, *more)


def test_load_takes_the_place_of_the_list_before(home: Path, tmp_path: Path) -> None:
    before = law_book("kz").law
    path = a_list(tmp_path, TROUSERS.format(""), APPLES)
    tried = load(path, "--source", "Act 1", "--dry-run")
    assert tried.code == 0
    assert f"added 2  removed {len(before.permits)}  same 0" in tried.out
    assert "Nothing was written" in tried.out
    assert not home.exists()
    loaded = load(path, "--source", "Act 1", "--json").json
    assert loaded["counts"] == {"added": 2, "removed": len(before.permits), "same": 0}
    law = law_book("kz", home).law
    assert (loaded["written"], loaded["rows"], loaded["law"]) == (True, 2, law.digest)
    assert law.digest != before.digest
    assert [permit.source for permit in law.permits] == ["Act 2", "Act 1"]
    assert "Nothing changes" in load(path, "--source", "Act 1").out
    again = load(a_list(tmp_path, APPLES)).out
    assert "added 0  removed 1  same 1" in again
    rows = {row["administration"]: row for row in run("law", "list", "--json").json}
    assert rows["kz"]["permits"] == 1


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ((TROUSERS.format(""),), "row 2, source: it has no source; name the act, or give --source"),
        ((APPLES, APPLES), "row 3, start: 0808 01181 phytosanitary certificate is needed on"),
        ((APPLES.replace("0808", "808"),), "row 2, hs: '808' is no commodity code"),
        ((APPLES[:-9],), "row 2: it has 9 cells, the header 10; is the file cut?"),
        ((), "it holds no permit"),
    ],
)
def test_a_refused_list_exits_4_and_changes_nothing(
    home: Path, tmp_path: Path, rows: tuple[str, ...], said: str
) -> None:
    result = load(a_list(tmp_path, *rows))
    assert result.code == 4
    assert "SP-2115" in result.words
    assert said in result.words
    assert not home.exists()


def test_a_list_that_drops_most_of_a_long_one_may_be_cut(home: Path, tmp_path: Path) -> None:
    long = [TROUSERS.format("Act 1").replace("6203", f"{n:04}") for n in range(1000, 1200)]
    assert load(a_list(tmp_path, *long)).code == 0
    short = a_list(tmp_path, *long[:150])
    refused = load(short)
    assert refused.code == 4
    assert "it would remove 50 of 200 permits; is it cut?" in refused.words
    assert len(law_book("kz", home).law.permits) == 200
    assert load(short, "--shorter").code == 0
    assert len(law_book("kz", home).law.permits) == 150


def test_check_tells_how_many_are_unverified(home: Path, tmp_path: Path) -> None:
    def told() -> str:
        rows = run("law", "check", "--json").json
        (found,) = [
            row
            for row in rows
            if row["administration"] == "kz" and row["what"].endswith(" permits")
        ]
        return f"{found['what']}: {found['text']}"

    count = len(law_book("kz").law.permits)
    assert told() == f"{count} permits: {count} of them unverified; load the official list"
    assert (
        load(a_list(tmp_path, APPLES.replace("cited", "unverified"), TROUSERS.format("x"))).code
        == 0
    )
    assert told() == "2 permits: 1 of them unverified; load the official list"


DOCUMENTS = [
    ("", "", ["CHK271"]),
    ("01191 KZ-7", "", []),
    ("", "04021 INV-1; 01191 KZ-7", []),
    ("01191", "04021 INV-1", ["CHK271", "CHK272"]),
    ("01011 KZ-7", "", ["CHK271"]),
]


def test_a_line_without_its_permit_is_held(home: Path, tmp_path: Path) -> None:
    assert load(a_list(tmp_path, TROUSERS.format("Act 1"), APPLES)).code == 0
    consignment = example_consignment()
    (house,) = consignment["houses"]
    for number, (own, of_house, _) in enumerate(DOCUMENTS):
        line = house["goods"][0] | {"documents": own}
        one = house | {"goods": [line], "documents": of_house, "guid": f"g{number}"}
        one |= {"declaration_no": f"D-{number}", "house_no": f"{number + 1}"}
        consignment["houses"].append(one)
    consignment["houses"] = consignment["houses"][1:]
    file = tmp_path / "consignment.json"
    file.write_text(json.dumps(consignment), "utf-8")
    out = tmp_path / "out"
    cleared = run("clear", file, *AS, "--day", "2026-07-02", "--out", out)
    assert cleared.code == 0, cleared.words
    decisions = pl.read_parquet(out / "decisions.parquet").sort("order_no")
    found = pl.read_parquet(out / "findings.parquet")
    said = found.filter(pl.col("code").is_in(["CHK271", "CHK272"])).sort("code")
    ids = decisions["parcel_id"].to_list()
    assert [said.filter(parcel_id=one)["code"].to_list() for one in ids] == [
        codes for _, _, codes in DOCUMENTS
    ]
    facts = {json.loads(text).popitem() for text in said["facts"]}
    assert facts == {
        ("permits_missing", "01191 proof of conformity"),
        ("permits_unnumbered", "01191 proof of conformity"),
    }


QUOTED = ("--price", "1000", "--currency", "KZT", "--incoterms", "DAP", "--day", "2026-07-02")


def test_a_quote_names_permits_with_their_source(home: Path, tmp_path: Path) -> None:
    assert load(a_list(tmp_path, TROUSERS.format("Act 1"), APPLES)).code == 0

    def permits(hs: str, *more: str) -> Any:
        (quote,) = run("quote", *AS, "--hs", hs, *QUOTED, *more, "--json").json
        return quote["permits"]

    (apples,) = permits("0808108001", "--origin", "CN")
    told = {"line": 1, "kind": "01181", "name": "phytosanitary certificate"}
    assert apples.items() >= (told | {"source": "Act 2", "confidence": "cited"}).items()
    assert permits("0808108001", "--origin", "KG") == []
    assert permits("6203423100", "--origin", "CN", "--direction", "export") == []
    said = run("quote", *AS, "--hs", "6203423100", "--origin", "CN", *QUOTED).words
    assert "Line 1: 01191 proof of conformity (Act 1)" in said
