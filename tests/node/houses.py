"""Small consignments of commercial goods, and the administration that decides them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl

from silkport.node.proof.replaying import Replayed, replay
from silkport.node.proof.supposing import Supposed, suppose
from tests.node.days import a_home, clear

DAY = date(2026, 10, 1)
ACTED = date(2026, 10, 5)
ADMINISTRATION = "zz"

House = dict[str, Any]


def a_line(hs_code: str, total: str, **more: object) -> dict[str, Any]:
    """Goods of ten kilograms, made where no measure is taken."""
    line = {"hs_code": hs_code, "goods_name": "goods of a test", "origin": "DE"}
    line |= {"gross_mass_kg": "12", "net_mass_kg": "10", "qty": "10", "unit": "H87"}
    return line | {"total": total, "valuation_method": 1} | more


def a_house(number: str, *lines: Mapping[str, Any], **more: object) -> House:
    """A house in the currency of account whose price holds freight and insurance."""
    goods = [{"gnum": gnum, **line} for gnum, line in enumerate(lines, 1)]
    mass = sum(int(line["gross_mass_kg"]) for line in lines)
    total = sum(Decimal(line["total"]) for line in lines)
    house: House = {"house_no": number, "guid": f"G{number}", "procedure": "40"}
    house |= {"previous_procedure": "00", "declarant_code": "D1", "declarant_name": "Broker One"}
    house |= {"consignor_name": "Yiwu Export", "consignor_country": "CN", "consignor_code": "X"}
    house |= {"consignee_code": "C1", "consignee_name": "Zerafshan Trade"}
    house |= {"consignee_country": "ZZ", "container_count": 0, "pack_count": 10}
    house |= {"goods_count": len(goods), "gross_mass_kg": str(mass), "contract_no": "K1"}
    house |= {"incoterms": "DAP", "incoterms_place": "Khorgos", "currency": "XTS"}
    house |= {"invoice_total": f"{total:.2f}", "goods": goods}
    return house | more


def written_to(folder: Path, *houses: House, number: str = "1", **more: object) -> Path:
    """One consignment as a file."""
    head = {"format": "silkport-consignment-1", "consignment_no": f"ZZ-2026-{number}"}
    head |= {"departure_country": "CN", "destination_country": "ZZ", "trade_country": "CN"}
    head |= {"transport_mode": "30", "transport_document": "CMR 77", "vehicle": "A123"}
    head |= {"border_office": "1001", "office": "1001", "decl_day": "2026-10-01"}
    acted = any("act" in house for house in houses)
    head |= {"app_time": f"{ACTED if acted else DAY:%Y%m%d}100000", **more, "houses": [*houses]}
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"consignment-{number}-{head['app_time']}.json"
    path.write_text(json.dumps(head), "utf-8")
    return path


def corrected(house: House) -> House:
    """A house as its correction of the day ACTED states it."""
    about = {"act": "correction", "act_day": f"{ACTED}", "reason": "counted again"}
    return house | about | {"change_flags": "00000100", "guid": f"{house['guid']} corrected"}


SCREWS, BAGS, TOYS = "7318150000", "4202920000", "9503000000"

VARIED = (
    a_house("1", a_line(SCREWS, "1000"), a_line(BAGS, "250.05", net_mass_kg="11")),
    a_house(
        "2",
        a_line("6109100000", "2000", origin="UZ", preference="UZ", origin_proof="CT-1"),
        a_line("7320208500", "777.77", origin="CN"),
        a_line("7318150000", "33.33", origin="CN"),
        a_line("2203000100", "500", qty="400", unit="LTR"),
        currency="USD",
        incoterms="FCA",
        freight="500",
        freight_to_border="400",
        insurance="0",
        insurance_to_border="0",
    ),
    a_house("3", a_line(BAGS, "90"), procedure="53", stay_months=5, guarantee_no="G-1"),
)
"""Screws and bags; preference, anti-dumping, countervailing duty and excise; a temporary import."""


class Office:
    """An administration that decides consignments in a home of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.home = folder, folder / "home"

    def clear(self, *inputs: Path, day: date = DAY, administration: str = ADMINISTRATION) -> Path:
        """Decides, and gives the folder that was written."""
        out = self.folder / f"out-{len(list(self.folder.glob('out-*'))) + 1}"
        if not (self.home / administration).exists():
            a_home(self.home, administration)
        clear(*inputs, home=self.home, out=out, administration=administration, day=day)
        return out

    def decide(self, *houses: House, day: date = DAY, **more: object) -> Path:
        """Decides one consignment."""
        return self.clear(written_to(self.folder / "in", *houses, **more), day=day)

    def replay(self, path: Path, administration: str = "") -> Replayed:
        """What replaying `path` finds."""
        return replay(path, home=self.home, administration=administration, progress=quiet)

    def suppose(self, path: Path, law: str | Path, administration: str = "") -> Supposed:
        """What would have been paid under `law`."""
        of = administration
        return suppose(path, str(law), home=self.home, administration=of, progress=quiet)


def quiet(what: str, done: int) -> None:
    """Progress that nobody sees."""


def table(out: Path, name: str) -> pl.DataFrame:
    """One table that was written."""
    return pl.read_parquet(out / f"{name}.parquet")


def tampered(out: Path, name: str, where: pl.Expr, **values: object) -> Path:
    """Changes some cells of a table that was written."""
    rows = table(out, name)
    assert rows.filter(where).height
    changes = [
        pl.when(where).then(pl.lit(value)).otherwise(pl.col(column)).alias(column)
        for column, value in values.items()
    ]
    rows.with_columns(changes).cast(dict(rows.schema)).write_parquet(out / f"{name}.parquet")
    return out


def told(found: Replayed) -> list[tuple[object, ...]]:
    """Differences as rows without the parcel."""
    return found.differences.select(
        "line", "hs_code", "levy", "then_minor", "now_minor", "found_in"
    ).rows()


def a_tariff(path: Path, *rows: str) -> Path:
    """A tariff in the documented layout: code, rate and first day, which may be empty."""
    header = "hs,kind,origin,producer,rate,season,unit,footnote,name,start,stop,source,confidence"
    lines = [
        f"{hs},duty,,,{rate},,,,,{start},,,cited"
        for hs, rate, start in (row.split(";") for row in rows)
    ]
    path.write_text("\n".join([header, *lines, ""]), "utf-8")
    return path
