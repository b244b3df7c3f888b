"""Post: lawful parcels of a sample as China's messages, sent piece by piece, and its answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from uuid import UUID, uuid5

import polars as pl
from lxml import etree

from silkport.formats import intake
from silkport.formats.ceb.catalogue import ROOTS, SHAPES, tag_of
from silkport.formats.ceb.deriving import KIND_OF
from silkport.formats.ceb.signature import sign
from silkport.formats.ceb.writing import Sender, write_messages
from silkport.formats.reading import LINE_OF
from silkport.model.documents import INVENTORY_LINE, WITHDRAWAL, WITHDRAWAL_LINE
from silkport.model.records import MOVEMENT, RECEIPT
from silkport.sim import write_sample
from silkport.sim.expressing import DOCUMENTS
from silkport.sim.moving import filled
from silkport.sim.sample import SAMPLE_DAY
from silkport.sim.worthless import Signer, worthless_signer

DIRECT = "9610"
"""Supervision mode of parcels that are bought abroad, and so must arrive."""

_GUIDS = UUID("3d3f3f6e-0c57-5b0e-9a51-6f0f2b7a4de1")
_KEYS = ["logistics_code", "logistics_no"]
_SENDER = Sender("1105910159", "Sender (example)", "DXPENT0000000001")
_EVENING = int(f"{SAMPLE_DAY:%Y%m%d}") * 1_000_000 + 233_000

Said = dict[str, str]
"""What one document of an answer says, by element."""


@dataclass(frozen=True, slots=True)
class Post:
    """Documents of lawful parcels by table name, and who signs them."""

    tables: dict[str, pl.DataFrame]
    signer: Signer

    def orders(self, way: str, count: int = 1, *, after: int = 0) -> list[str]:
        """Order numbers of some parcels bought abroad or sold abroad."""
        mine = pl.col("message") == DOCUMENTS[way]["inventory"]
        rows = self.tables["inventory"].filter(mine, pl.col("trade_mode") == DIRECT)
        return rows["order_no"].sort()[after : after + count].to_list()

    def inventories(self, orders: Sequence[str]) -> pl.DataFrame:
        """The inventories of these orders."""
        return self.tables["inventory"].filter(pl.col("order_no").is_in(list(orders)))

    def waybill(self, order: str) -> str:
        """The waybill number of an order."""
        return str(self.inventories([order])["logistics_no"][0])

    def send(
        self, folder: Path, message: str, orders: Sequence[str], **cells: str | int
    ) -> list[Path]:
        """Lays down messages of one kind about these orders.

        Args:
            cells: columns of their heads that say something else than in the sample; another
                guid is made where the version is another and none is stated.
        """
        table = SHAPES[message].head.table
        heads = self._heads(message, orders)
        if {"app_time", "app_type"} & cells.keys() and "guid" not in cells:
            seed = f"{message} {sorted(cells.items())}"
            guids = [str(uuid5(_GUIDS, f"{seed} {guid}")).upper() for guid in heads["guid"]]
            heads = heads.with_columns(guid=pl.Series(guids, dtype=pl.String))
        heads = heads.with_columns(
            pl.lit(value, dtype=heads.schema[name]).alias(name) for name, value in cells.items()
        )
        tables = {table: heads}
        if table in LINE_OF and SHAPES[message].line is not None:
            tables[LINE_OF[table]] = self._lines(table, heads)
        return self.write(folder, tables)

    def write(self, folder: Path, tables: dict[str, pl.DataFrame]) -> list[Path]:
        """Writes tables as messages, signed where they must be."""
        folder.mkdir(parents=True, exist_ok=True)
        paths = []
        for written in write_messages(tables, sender=_SENDER):
            data = written.data
            if written.unsigned:
                root = etree.fromstring(data)
                sign(root, self.signer.key, self.signer.certificate)
                data = etree.tostring(root, encoding="UTF-8", xml_declaration=True)
            path = folder / f"{len(list(folder.iterdir())):03d}-{written.source}"
            path.write_bytes(data)
            paths.append(path)
        return paths

    def _heads(self, message: str, orders: Sequence[str]) -> pl.DataFrame:
        table = SHAPES[message].head.table
        inventories = self.inventories(orders)
        said = pl.lit(message)
        if table == "withdrawal":
            again = inventories["guid"].str.replace("^.{8}", message + "00")
            own = {
                "message": said,
                "kind": pl.lit(KIND_OF[message]),
                "guid": pl.lit(again),
                "app_time": pl.lit(_EVENING),
                "reason": pl.lit("the buyer changed their mind"),
            }
            return filled(inventories, WITHDRAWAL, own)
        if table == "movement":
            own = {
                "message": said,
                "guid": pl.col("guid").first().over(_CARRIER).str.replace("^.{8}", message + "00"),
                "cop_no": "L" + pl.col("order_no").first().over(_CARRIER).str.tail(12),
                "kind": pl.lit(KIND_OF[message]),
                "app_time": pl.lit(_EVENING),
                "operator_code": pl.lit("1101980001"),
                "operator_name": pl.lit("Site (example)"),
                "loct_no": pl.lit("290401"),
                "message_count": pl.lit(1),
                "message_seq": pl.lit(1),
                "gnum": pl.int_range(1, pl.len() + 1),
            }
            rows = inventories.sort(_CARRIER, "order_no").with_columns(pl.col(_ONE_LIST).first())
            return filled(rows, MOVEMENT, own)
        rows = self.tables[table].filter(pl.col("message") == message)
        if message == DOCUMENTS["export"]["waybill"]:
            return rows.join(inventories.select(_KEYS), on=_KEYS, how="semi")
        return rows.filter(pl.col("order_no").is_in(list(orders)))

    def _lines(self, table: str, heads: pl.DataFrame) -> pl.DataFrame:
        if table != WITHDRAWAL.name:
            lines = self.tables[LINE_OF[table]]
            return lines.join(heads.select("order_no").unique(), on="order_no", how="semi")
        lines = self.tables[INVENTORY_LINE.name]
        own = lines.join(heads.select("order_no").unique(), on="order_no", how="semi")
        return filled(own, WITHDRAWAL_LINE, {})


_CARRIER = "logistics_code"
_ONE_LIST = ["customs_code", "traf_mode", "traf_no", "voyage_no", "bill_no"]
_ONE_LIST += ["agent_code", "agent_name", "note"]
"""What is the same for all lists here; each is of one carrier."""


def a_post(folder: Path, *, parcels: int = 300, seed: int = 7) -> Post:
    """The lawful parcels of a sample of messages."""
    write_sample(folder, parcels=parcels, seed=seed, suffix="ceb")
    planted = pl.read_csv(folder / "planted.csv", infer_schema=False)
    bad = pl.concat([planted["order_no"], planted["waybill"]]).unique()
    bad = bad.filter(bad != "").implode()
    parts: dict[str, list[pl.DataFrame]] = {}
    for documents in intake.read([folder / "import", folder / "export"]):
        for name, rows in documents.tables.items():
            parts.setdefault(name, []).append(rows.drop("source", "position"))
    tables = {name: pl.concat(rows) for name, rows in parts.items()}
    for name, rows in tables.items():
        for key in ("order_no", "logistics_no"):
            if key in rows.columns:
                tables[name] = tables[name].filter(~pl.col(key).is_in(bad))
    return Post(tables, worthless_signer(seed, SAMPLE_DAY))


def receipts_of(inventories: pl.DataFrame, *steps: tuple[str, str]) -> dict[str, pl.DataFrame]:
    """CEB622 for each inventory.

    Args:
        steps: status and time of each, in the order they are sent.
    """
    parts = []
    for status, time in steps:
        guids = [str(uuid5(_GUIDS, f"{status} {time} {guid}")).upper() for guid in inventories["guid"]]
        own = {
            "message": pl.lit("CEB622"),
            "guid": pl.lit(pl.Series(guids, dtype=pl.String)),
            "return_status": pl.lit(status),
            "return_time": pl.lit(time),
            "return_info": pl.lit(f"[Code:{status};Desc:x]"),
        }
        parts.append(filled(inventories, RECEIPT, own))
    return {"receipt": pl.concat(parts)}


def answers(out: Path, message: str, run: int = 0) -> list[Said]:
    """The documents of all receipts of one kind that a run wrote; of its last run unless said."""
    runs = sorted((out / "receipts").iterdir())
    folder = out / "receipts" / f"run-{run:06d}" if run else runs[-1]
    found = []
    for path in sorted(folder.rglob("*.xml")):
        root = etree.fromstring(path.read_bytes())
        shape = ROOTS[etree.QName(root).localname]
        if shape.message != message:
            continue
        for head in root.iter(tag_of(shape.head.name)):
            found.append({etree.QName(one).localname: one.text or "" for one in head})
    return found


def told(out: Path, message: str) -> list[str]:
    """The statuses of all receipts of one kind that the last run wrote."""
    return sorted(said["returnStatus"] for said in answers(out, message))


def statuses(out: Path) -> list[str]:
    """Kind and status of the documents of a run, in the order they came."""
    rows = pl.read_parquet(out / "documents.parquet").sort("doc")
    return [f"{kind} {status}" for kind, status in rows.select("kind", "status").iter_rows()]


def day_after(day: date, days: int = 1) -> date:
    """A later day."""
    return date.fromordinal(day.toordinal() + days)
