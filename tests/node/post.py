"""Post: lawful parcels of a sample as China's messages, sent piece by piece, and its answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import polars as pl
from lxml import etree

from silkport.formats import intake
from silkport.formats.ceb.catalogue import ROOTS, SHAPES, tag_of
from silkport.formats.ceb.deriving import KIND_OF
from silkport.formats.ceb.signature import sign
from silkport.formats.ceb.writing import Sender, write_messages
from silkport.formats.reading import LINE_OF
from silkport.kernel.ids import link_of
from silkport.model.documents import INVENTORY_LINE, WITHDRAWAL, WITHDRAWAL_LINE
from silkport.model.records import MOVEMENT, RECEIPT, TAX_BILL
from silkport.node.clearing.summary import Summary
from silkport.node.proof.tracing import trace_rows
from silkport.node.store.segments import Store
from silkport.sim import write_sample
from silkport.sim.expressing import DOCUMENTS
from silkport.sim.moving import filled
from silkport.sim.sample import SAMPLE_DAY
from silkport.sim.worthless import Signer, worthless_signer
from tests.node.days import DAY, a_home, clear

DIRECT = "9610"
"""Supervision mode of parcels that are bought abroad, and so must arrive."""

IMPORT = ("CEB311", "CEB411", "CEB511", "CEB621")
ARRIVED = (*IMPORT, "CEB711")
EXPORT = ("CEB303", "CEB505", "CEB603")
"""Messages about one parcel: an import, one that has arrived, an export."""

MANY = 1_000

_GUIDS = UUID("3d3f3f6e-0c57-5b0e-9a51-6f0f2b7a4de1")
_KEYS = ["logistics_code", "logistics_no"]
_SENDER = Sender("1105910159", "Sender (example)", "DXPENT0000000001")
_EVENING = int(f"{SAMPLE_DAY:%Y%m%d}") * 1_000_000 + 233_000

Said = dict[str, str | int]
"""What one document of an answer says, by element; or other cells of a document, by column."""

GIVEN_HERE: Said = {"pre_no": "", "invt_no": ""}
"""Cells of an inventory whose numbers are left to the node."""

Mail = tuple[str, list[str], Mapping[str, str | int]]
"""A kind of message, the orders it is about, and what its heads say otherwise."""


def mail(messages: tuple[str, ...], orders: list[str], **cells: str | int) -> list[Mail]:
    """The same orders in messages of several kinds; numbers are left to the node."""
    own: dict[str, Said] = dict.fromkeys(("CEB603", "CEB621"), GIVEN_HERE)
    return [(one, orders, own.get(one, {}) | cells) for one in messages]


@dataclass(frozen=True, slots=True)
class Post:
    """Documents of lawful parcels by table name, and who signs them."""

    tables: dict[str, pl.DataFrame]
    signer: Signer

    def orders(self, way: str, count: int = MANY) -> list[str]:
        """Order numbers of some parcels bought abroad or sold abroad."""
        mine = pl.col("message") == DOCUMENTS[way]["inventory"]
        rows = self.tables["inventory"].filter(mine, pl.col("trade_mode") == DIRECT)
        return rows["order_no"].sort().head(count).to_list()

    def inventories(self, orders: Sequence[str]) -> pl.DataFrame:
        """The inventories of these orders."""
        return self.tables["inventory"].filter(pl.col("order_no").is_in(list(orders)))

    def tables_of(
        self, message: str, orders: Sequence[str], **cells: str | int
    ) -> dict[str, pl.DataFrame]:
        """The documents of one kind of message about these orders.

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
            tables[LINE_OF[table]] = self._lines(table, heads, orders)
        return tables

    def send(
        self, folder: Path, message: str, orders: Sequence[str], **cells: str | int
    ) -> list[Path]:
        """Lays down messages of one kind about these orders."""
        return self.write(folder, self.tables_of(message, orders, **cells))

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

    def _lines(self, table: str, heads: pl.DataFrame, orders: Sequence[str]) -> pl.DataFrame:
        mine = pl.col("order_no").is_in(list(orders))
        if table == WITHDRAWAL.name:
            return filled(self.tables[INVENTORY_LINE.name].filter(mine), WITHDRAWAL_LINE, {})
        return self.tables[LINE_OF[table]].filter(mine)


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
        seeds = [f"{status} {time} {guid}" for guid in inventories["guid"]]
        guids = [str(uuid5(_GUIDS, seed)).upper() for seed in seeds]
        own = {
            "message": pl.lit("CEB622"),
            "guid": pl.lit(pl.Series(guids, dtype=pl.String)),
            "return_status": pl.lit(status),
            "return_time": pl.lit(time),
            "return_info": pl.lit(f"[Code:{status};Desc:x]"),
        }
        parts.append(filled(inventories, RECEIPT, own))
    return {"receipt": pl.concat(parts)}


def bills_of(inventories: pl.DataFrame, number: str, time: str) -> dict[str, pl.DataFrame]:
    """A tax bill for an inventory of this number, and the news that it is part of another."""
    own = {
        "invt_no": pl.lit(number),
        "tax_no": pl.lit(f"{number}_0"),
        "return_time": pl.lit(time),
        "gnum": pl.lit(1),
        "hs_code": pl.lit("0409000000"),
        **dict.fromkeys(("duty_e5", "vat_e5", "excise_e5", "line_value_e5"), pl.lit(0)),
        **dict.fromkeys(("line_duty_e5", "line_vat_e5", "line_excise_e5"), pl.lit(0)),
    }
    bill = filled(inventories, TAX_BILL, own | {"message": pl.lit("CEB816"), "status": pl.lit("1")})
    news: dict[str, pl.Expr] = {name: own[name] for name in ("invt_no", "tax_no", "return_time")}
    news |= {"message": pl.lit("CEB818"), "status": pl.lit("2")}
    said = inventories.select("guid")
    return {"tax_bill": pl.concat([bill, filled(said, TAX_BILL, news)])}


@dataclass(slots=True)
class Office:
    """A node that takes post run by run; each run writes to an `out` of its own."""

    post: Post
    base: Path
    runs: int = 0

    @property
    def home(self) -> Path:
        """The home of the node, begun when it is first asked for."""
        return self.base / "home" if self.runs else a_home(self.base / "home", "cn")

    @property
    def out(self) -> Path:
        """What the last run wrote."""
        return self.base / f"out-{self.runs}"

    @property
    def folder(self) -> Path:
        """What the last run read."""
        return self.base / f"in-{self.runs}"

    def take(self, *mail: Mail, later: int = 0) -> Summary:
        """Clears messages of these kinds about these orders, with these cells.

        Args:
            later: days after the first.
        """
        folder = self.base / f"in-{self.runs + 1}"
        for message, orders, cells in mail:
            self.post.send(folder, message, orders, **cells)
        return self.read(folder, later=later)

    def read(self, *folders: Path, later: int = 0) -> Summary:
        """Clears what lies in these folders."""
        home = self.home
        self.runs += 1
        day = date.fromordinal(DAY.toordinal() + later)
        return clear(*folders, home=home, out=self.out, day=day)

    def store(self) -> Store:
        """The store, to be looked into."""
        return Store(self.home / "cn")

    def kept(self, kind: str) -> int:
        """Rows of one table that the node keeps."""
        with self.store() as store:
            return sum(rows.collect().height for rows in store.scan(kind))

    def decision(self, order: str) -> dict[str, Any]:
        """The decision on an order that the last run wrote; there is one at most."""
        rows = pl.read_parquet(self.out / "decisions.parquet").filter(order_no=order)
        return rows.row(0, named=True) if len(rows) == 1 else {"outcome": f"{len(rows)} rows"}

    def used(self, order: str) -> int:
        """What the year of the buyer has used, minor units."""
        with self.store() as store:
            person = store.find_decisions("order_no", order)["person"]
            return int(store.balances(person)["used_minor"].sum())

    def trace(self, order: str) -> dict[str, str]:
        """What happened to a parcel, by stage."""
        with self.store() as store:
            parcel = str(store.find_decisions("order_no", order)["parcel_id"][0])
        rows = trace_rows(self.home, "cn", link_of(order), parcel, officer=True)
        return {row["stage"]: row["happened"] for row in rows}

    def said(self, message: str) -> list[Said]:
        """The documents of all receipts of one kind that the last run wrote."""
        found: list[Said] = []
        for path in sorted((self.out / "receipts").rglob("*.xml")):
            root = etree.fromstring(path.read_bytes())
            shape = ROOTS[etree.QName(root).localname]
            if shape.message == message:
                heads = root.iter(tag_of(shape.head.name))
                found += [{etree.QName(e).localname: e.text or "" for e in one} for one in heads]
        return found

    def told(self, message: str) -> list[str]:
        """The statuses of all receipts of one kind that the last run wrote, sorted."""
        return sorted(str(one["returnStatus"]) for one in self.said(message))

    def statuses(self) -> list[str]:
        """Kind and status of every document of the last run, sorted."""
        rows = pl.read_parquet(self.out / "documents.parquet").select("kind", "status")
        return sorted(f"{kind} {status}" for kind, status in rows.iter_rows())
