"""Waybills and unit lists from JSON and CSV: what is read, and what is noted instead of lost."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from silkport.formats import waybills as room
from silkport.formats.waybills import CSV_COLUMNS, read_unit_list, read_waybills
from silkport.kernel.errors import InputError, LimitExceeded, WrongHeader
from silkport.model.transport import MISSING, Mode, UnitKind, WaybillForm

TRAIN: dict[str, Any] = {
    "format": "silkport-transport-1",
    "transport_no": "X8027",
    "mode": "rail",
    "carrier": "KTZ",
    "train": "X8027",
    "units": [
        {"number": "52895067", "kind": "wagon", "tare_kg": "21000"},
        {"number": "CSQU3054383", "kind": "container", "on": "52895067", "seals": ["S-1", "S-2"]},
    ],
    "seals": [{"number": "S-3", "unit": "52895067"}],
    "masters": [
        {
            "waybill": "SM-1",
            "form": "cim_smgs",
            "departure_country": "CN",
            "destination_country": "DE",
            "packages": 30,
            "gross_mass_kg": "1200.5",
            "units": ["CSQU3054383"],
            "transit": {
                "declaration_no": "TD-1",
                "office": "55301",
                "due": "2026-12-01T06:00+05:00",
            },
            "houses": [
                {
                    "consignment_no": "KHG-1",
                    "house_no": "1",
                    "owner": "941240000193",
                    "procedure": "80",
                    "packages": 30,
                    "gross_mass_kg": 1200.5,
                    "documents": ["04021 INV-7"],
                }
            ],
        }
    ],
}

TABLE = """transport_no;mode;tractor;waybill;waybill_form;waybill_packages;units;consignment_no;\
house_no;packages;gross_mass_kg;documents;transit_no
T-1;road;777 ABC 02;CMR-1;cmr;15;;KHG-1;1;10;100;04021 INV-7; TD-9
;;;;;;;KHG-1;2;5;50.25;;
T-1;;;CMR-2;cmr;4;;KHG-2;;4;40;;
T-2;road;888 ABC 02;CMR-3;cmr;;CSQU3054383 TGHU7599330;;;;;;
"""


def written(folder: Path, content: str | bytes | object, name: str = "in.txt") -> Path:
    path = folder / name
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        text = content if isinstance(content, str) else json.dumps(content)
        path.write_text(text, "utf-8")
    return path


def test_a_train_in_json(tmp_path: Path) -> None:
    read = read_waybills(written(tmp_path, TRAIN))
    assert (read.problems, read.set_aside) == ((), ())
    (one,) = read.transports
    assert (one.id, one.mode, one.carrier, one.train) == ("X8027", Mode.RAIL, "KTZ", "X8027")
    assert [(u.number, u.kind, u.on, u.tare_mg) for u in one.units] == [
        ("52895067", UnitKind.WAGON, "", 21_000_000_000),
        ("CSQU3054383", UnitKind.CONTAINER, "52895067", MISSING),
    ]
    assert [(s.number, s.unit) for s in one.seals] == [
        ("S-1", "CSQU3054383"),
        ("S-2", "CSQU3054383"),
        ("S-3", "52895067"),
    ]
    (master,) = one.masters
    assert (master.form, master.packages, master.gross_mass_mg) == (
        WaybillForm.CIM_SMGS,
        30,
        1_200_500_000,
    )
    assert master.transit is not None
    assert master.transit.due_at == 1_796_086_800_000
    (house,) = master.houses
    assert (house.name, house.gross_mass_mg, house.documents) == (
        "KHG-1/1",
        1_200_500_000,
        ("04021 INV-7",),
    )


@pytest.mark.parametrize("mark", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_trucks_in_csv(tmp_path: Path, mark: str, encoding: str) -> None:
    text = TABLE.replace(";", mark)
    read = read_waybills(written(tmp_path, text.encode(encoding)))
    assert (read.problems, read.set_aside) == ((), ())
    first, second = read.transports
    assert [(m.waybill, m.packages, [h.name for h in m.houses]) for m in first.masters] == [
        ("CMR-1", 15, ["KHG-1/1", "KHG-1/2"]),
        ("CMR-2", 4, ["KHG-2"]),
    ]
    assert first.masters[0].transit is not None
    assert first.masters[0].transit.declaration_no == "TD-9"
    assert first.masters[0].houses[1].gross_mass_mg == 50_250_000
    assert second.masters[0].units == ("CSQU3054383", "TGHU7599330")
    assert second.masters[0].houses == ()


def test_a_list_of_wagons_and_containers(tmp_path: Path) -> None:
    head, wagon = "number,kind,on,tare_kg,seals", "52895067,wagon,,21000,"
    text = f"{head}\n{wagon}\nCSQU3054383,container,52895067,,S-1 S-2\n"
    as_csv = read_unit_list(written(tmp_path, text))
    as_json = read_unit_list(written(tmp_path, TRAIN["units"]))
    assert as_csv == as_json
    assert len(as_csv.units) == 2


def but(path: str, value: Any) -> dict[str, Any]:
    """The train with one place changed."""
    copy: dict[str, Any] = json.loads(json.dumps(TRAIN))
    at: Any = copy
    *way, last = path.split(".")
    for step in way:
        at = at[int(step)] if step.isdigit() else at[step]
    at[int(last) if last.isdigit() else last] = value
    return copy


@pytest.mark.parametrize(
    ("path", "value", "code", "column"),
    [
        ("masters.0.packages", "many", "RDG001", "masters[1].packages"),
        ("masters.0.packages", -1, "RDG003", "masters[1].packages"),
        ("masters.0.gross_mass_kg", "1e3", "RDG001", "masters[1].gross_mass_kg"),
        ("masters.0.form", "letter", "RDG008", "masters[1].form"),
        ("masters.0.houses.0.owner", "x" * 151, "RDG001", "masters[1].houses[1].owner"),
        ("masters.0.houses.0.owner", "a\nb", "RDG001", "masters[1].houses[1].owner"),
        ("masters.0.houses.0.owner", ["a"], "RDG001", "masters[1].houses[1].owner"),
        ("masters.0.houses.0.color", "red", "RDG002", "masters[1].houses[1].color"),
        ("masters.0.houses", "none", "RDG001", "masters[1].houses"),
        ("masters.0.houses.0", 7, "RDG001", "masters[1].houses[1]"),
        ("masters.0.transit.due", "tomorrow", "RDG001", "masters[1].transit.due"),
        ("masters.0.transit.due", "2026-12-01", "RDG001", "masters[1].transit.due"),
        ("masters.0.transit.declaration_no", "", "RDG007", "masters[1].transit.declaration_no"),
        ("wheels", 4, "RDG002", "wheels"),
    ],
)
def test_what_cannot_be_read_is_noted(
    tmp_path: Path, path: str, value: Any, code: str, column: str
) -> None:
    read = read_waybills(written(tmp_path, but(path, value)))
    assert [(one.code, one.column) for one in read.problems] == [(code, column)]
    assert len(read.transports) == 1


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (but("transport_no", ""), "RDG010"),
        (but("mode", "river"), "RDG010"),
        (but("format", "other"), "SP-1102"),
        (but("units.0.number", ""), "RDG010"),
        (but("masters.0.houses", [{}] * 10_001), "SP-1103"),
        ('{"format": "silkport-transport-1", "transport_no": ', "RDG011"),
        ([7], "RDG011"),
        (TABLE.replace("T-1;road;777 ABC 02;CMR-1;", "T-1;road;777 ABC 02;;"), "RDG010"),
        (TABLE + "T-3;road;;CMR-4;;;;;;;;;;surplus\n", "RDG011"),
    ],
)
def test_what_cannot_be_used_is_set_aside(tmp_path: Path, content: Any, code: str) -> None:
    read = read_waybills(written(tmp_path, content))
    assert code in {one.code for one in read.set_aside}


def test_rows_that_contradict_one_another_are_noted(tmp_path: Path) -> None:
    text = TABLE.replace("T-1;;;CMR-2", "T-1;;999 ZZZ 01;CMR-2")
    read = read_waybills(written(tmp_path, text))
    assert [(one.code, one.position, one.column) for one in read.problems] == [
        ("RDG005", 4, "tractor")
    ]


@pytest.mark.parametrize("content", ["", "a,b\n1,2\n", 'waybill\n"open\n', b"\xff\xfe\x00\x00"])
def test_files_of_another_form_are_refused(tmp_path: Path, content: Any) -> None:
    with pytest.raises(InputError):
        read_waybills(written(tmp_path, content))


def test_unknown_columns_are_noted(tmp_path: Path) -> None:
    read = read_waybills(written(tmp_path, "transport_no,mode,waybill,wheels\nT-1,road,C-1,4\n"))
    assert [one.column for one in read.problems] == ["wheels"]
    with pytest.raises(WrongHeader):
        read_unit_list(written(tmp_path, "wheels\n4\n"))


def test_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "MAX_UNITS", 1)
    read = read_waybills(written(tmp_path, TRAIN))
    assert [one.code for one in read.set_aside] == ["SP-1103"]
    monkeypatch.setattr(room, "MAX_WAYBILL_BYTES", 10)
    with pytest.raises(LimitExceeded):
        read_waybills(written(tmp_path, TRAIN))


@settings(max_examples=150, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from([*TRAIN, "other"]),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=8),
            lambda one: (
                st.lists(one, max_size=2)
                | st.dictionaries(st.sampled_from(["number", "kind", "houses", "transit"]), one)
            ),
            max_leaves=6,
        ),
    )
)
def test_no_json_breaks_the_reader(tmp_path_factory: pytest.TempPathFactory, some: Any) -> None:
    path = written(tmp_path_factory.mktemp("any"), TRAIN | some)
    read = read_waybills(path)
    assert len(read.transports) + len(read.set_aside) >= 1


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet='transport_nomdewayb,;\n"1 ', max_size=80))
def test_no_text_breaks_the_reader(tmp_path_factory: pytest.TempPathFactory, some: str) -> None:
    path = written(tmp_path_factory.mktemp("any"), some)
    try:
        read = read_waybills(path)
    except InputError:
        return
    assert set(CSV_COLUMNS)
    assert isinstance(read.transports, tuple)
