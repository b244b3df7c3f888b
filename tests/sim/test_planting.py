"""The kinds that are planted fit the rules of the stages, and the score counts them rightly."""

from __future__ import annotations

import tomllib
from pathlib import Path
from random import Random

import polars as pl
import pytest

from silkport.kernel.findings import Effect
from silkport.model.rows import LINE, PARCEL
from silkport.sim import planted_against_found
from silkport.sim.planting import CHANGES, PLANTED_COLUMNS, Garden
from silkport.sim.shapes import SHAPES
from silkport.sim.world import read_toml
from silkport.stages import assess, check, match, release, screen, settle

OUTCOME = {Effect.REFUSE: "refused", Effect.WAIT: "pending", Effect.HOLD: "held"}

NOT_PLANTED = {
    "MAT013",  # fires beside the check rules on goods
    "MAT014",  # fires beside all check rules
    "MAT101",  # needs days to pass
    "MAT115",  # needs days to pass
    *("CHK075", "CHK076", "CHK097", "CHK098", "CHK099", "MAT034"),  # of messages, not of tables
    *("CHK101", "CHK102"),  # of exports from a special zone
    *("CHK103", "CHK104"),  # of business exports and market procurement
}

ON_ARRIVAL = {"REG001"}
"""Codes that no sheet gives: found before a regime is known."""

RULES = {
    code: rule
    for stage in (check, match, assess, screen, settle, release)
    for sheet in stage.SHEETS
    if sheet.shape in (PARCEL, LINE)
    for code, rule in sheet.rules.items()
}
"""Rules of parcels; those of commercial goods are planted by `sim.trade_faults`."""

GARDEN = Garden()


@pytest.mark.parametrize("kind", GARDEN.kinds, ids=lambda kind: kind.name)
def test_kind(kind) -> None:  # type: ignore[no-untyped-def]
    assert set(kind.seen_by) <= {"export", "import"}
    assert set(kind.seen_by.values()) <= {"cn", "kz", "both"}
    assert not kind.shape or kind.shape in SHAPES
    assert set((kind.change or {}).values()) <= CHANGES.keys()
    assert not kind.filler or kind.filler in GARDEN.by_name
    if kind.rule in ON_ARRIVAL:
        assert kind.effect == "refused"
    elif kind.rule:
        assert kind.effect == OUTCOME.get(RULES[kind.rule].effect, "")


def in_force(root: Path, administration: str, regime: str) -> set[str]:
    """Codes of the latest period of a regime, read plainly from its file."""
    path = root / "src" / "silkport" / "countries" / administration / "regimes.toml"
    raw = tomllib.loads(path.read_text("utf-8"))
    record = [one for one in raw["regime"] if one["code"] == regime][-1]
    names = [name for value in record.values() if isinstance(value, list) for name in value]
    codes: set[str] = set()
    while names:
        name = names.pop()
        if name.startswith("@"):
            names += raw["groups"][name[1:]]
        else:
            codes.add(name)
    return codes


def test_who_must_see_a_rule_has_it_in_force(root: Path) -> None:
    regimes = {
        ("cn", "import", False): "retail_import_direct",
        ("cn", "import", True): "retail_import_bonded",
        ("cn", "export", False): "retail_export",
        ("kz", "import", False): "parcel_export",
        ("kz", "export", False): "ecommerce_goods",
    }
    codes = {key: in_force(root, key[0], regime) for key, regime in regimes.items()}
    for kind in GARDEN.kinds:
        if not kind.rule or kind.rule in ON_ARRIVAL:
            continue
        for direction, seen_by in kind.seen_by.items():
            for side in ("cn", "kz") if seen_by == "both" else (seen_by,):
                assert kind.rule in codes[side, direction, kind.bonded], (kind.name, side)


def test_every_rule_of_check_and_match_is_planted() -> None:
    wanted = {code for code in RULES if code[:3] in {"CHK", "MAT"}} - NOT_PLANTED
    assert wanted <= {kind.rule for kind in GARDEN.kinds}


def test_every_change_and_shape_is_used() -> None:
    changes = [kind.change or {} for kind in GARDEN.kinds]
    changes += [kind.get("change", {}) for kind in read_toml("planting_messages.toml")["kind"]]
    assert {name for change in changes for name in change.values()} == CHANGES.keys()
    assert {kind.shape for kind in GARDEN.kinds} - {""} == SHAPES.keys()


@pytest.mark.parametrize(("size", "whole"), [(3_000, 3_000), (50_000, 100_000)])
def test_plan(size: int, whole: int) -> None:
    plots = GARDEN.plan(size, Random(1), whole=whole, first=True)
    assert {plot.kind.name for plot in plots.values()} == {
        kind.name for kind in GARDEN.kinds if kind.weight
    }
    assert 0.055 < len(plots) / size < 0.065
    assert max(plots) < size
    groups: dict[tuple[str, int], list[int]] = {}
    for _position, plot in sorted(plots.items()):
        groups.setdefault((plot.kind.name, plot.group), []).append(plot.place)
    assert all(places == list(range(len(places))) for places in groups.values())


def test_later_parts_have_no_small_files() -> None:
    plots = GARDEN.plan(50_000, Random(1), whole=100_000, first=False)
    assert not any(plot.kind.file for plot in plots.values())
    assert not GARDEN.plan(10, Random(1), whole=100_010, first=False)


PLANTED = pl.DataFrame(
    [
        ("a", "CHK001", "cn", "refused", "1", "m", "w", ""),
        ("a", "CHK001", "both", "refused", "2", "m", "w", ""),
        ("a", "CHK001", "kz", "refused", "3", "m", "w", ""),
        ("b", "", "both", "released", "4", "m", "w", ""),
        ("b", "", "both", "released", "5", "m", "w", ""),
        ("c", "", "cn", "withdrawn", "6", "m", "w", ""),
        ("d", "", "cn", "", "7", "m", "w", ""),
        ("e", "RSK002", "cn", "", "8", "m", "w", ""),
    ],
    schema=PLANTED_COLUMNS[:-1],
    orient="row",
)
DECISIONS = pl.DataFrame(
    [
        *(
            (f"p{n}", f"{n}", "m", out)
            for n, out in enumerate(
                ["refused", "released", "refused", "held", "refused", "withdrawn", "held"], 1
            )
        ),
        ("p9", "9", "m", "refused"),
        ("p10", "1", "another merchant", "refused"),
    ],
    schema=["parcel_id", "order_no", "ebc_code", "outcome"],
    orient="row",
)
FINDINGS = pl.DataFrame(
    [
        ("p1", "CHK001"),
        ("p1", "CHK001"),
        ("p3", "CHK001"),
        ("p9", "CHK001"),
        ("p10", "CHK001"),
        ("p9", "MAT014"),
    ],
    schema=["parcel_id", "code"],
    orient="row",
)


def test_planted_against_found() -> None:
    table = planted_against_found(PLANTED, FINDINGS, DECISIONS, "cn")
    assert table.columns == ["kind", "rule", "planted", "found", "missed", "false"]
    assert table.rows() == [
        ("a", "CHK001", 2, 1, 1, 2),  # order 3 is for the other side: neither missed nor false
        ("b", "", 2, 1, 1, 0),  # held counts as released, refused does not
        ("c", "", 1, 1, 0, 0),
        ("d", "", 1, 1, 0, 0),
        ("e", "RSK002", 1, 0, 1, 0),  # never decided
    ]


def test_planted_against_found_reads_empty_cells_as_null() -> None:
    as_read = pl.read_csv(PLANTED.write_csv().encode(), infer_schema=False)
    expected = planted_against_found(PLANTED, FINDINGS, DECISIONS, "kz")
    assert planted_against_found(as_read, FINDINGS, DECISIONS, "kz").equals(expected)


def test_files_are_scored_by_their_code() -> None:
    rows = pl.DataFrame(
        [
            ("bomb", "SP-1104", "cn", "set_aside", "", "", "", "", "broken/a.xml"),
            ("cut", "SP-1101", "cn", "set_aside", "", "", "", "", "broken/b.xml"),
            ("gone", "SP-1101", "cn", "set_aside", "", "", "", "", "broken/c.xml"),
        ],
        schema=PLANTED_COLUMNS,
        orient="row",
    )
    found = pl.DataFrame(
        [
            ("day/broken/a.xml", 0, "SP-1104"),
            ("day/broken/b.xml", 0, "SP-1107"),
            ("day/import/d.xml", 0, "SP-1101"),
        ],
        schema=["source", "position", "code"],
        orient="row",
    )
    decisions = pl.DataFrame(
        schema=dict.fromkeys(("parcel_id", "order_no", "ebc_code", "outcome"), pl.String)
    )
    findings = pl.DataFrame(schema={"parcel_id": pl.String, "code": pl.String})
    table = planted_against_found(rows, findings, decisions, "cn", found)
    assert table.rows() == [
        ("bomb", "SP-1104", 1, 1, 0, 0),
        ("cut", "SP-1101", 1, 0, 1, 1),
        ("gone", "SP-1101", 1, 0, 1, 1),
    ]
