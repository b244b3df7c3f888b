"""The documents of a sample as messages of China's parcel family, put together as they are sent.

Orders of one platform, payments of one firm, waybills of one carrier and inventories of one
declarant go together, as many as a message may hold. What is sent in a way of its own (altered
after signing, in an envelope) has messages of its own.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import polars as pl
from lxml import etree

from silkport.formats.ceb.catalogue import SHAPES
from silkport.formats.ceb.envelope import Envelope, wrap
from silkport.formats.ceb.signature import sign
from silkport.formats.ceb.writing import Sender, Written, write_messages
from silkport.formats.reading import LINE_OF, TABLES
from silkport.model.documents import INVENTORY_LINE, WITHDRAWAL, WITHDRAWAL_LINE
from silkport.sim.expressing import DOCUMENTS, FLOWS, SIGNATURES, unseen_marks
from silkport.sim.moving import filled, movements, summaries
from silkport.sim.papers import PLANT, WAY
from silkport.sim.parcels import Part, Tables
from silkport.sim.planting import Garden
from silkport.sim.world import World
from silkport.sim.worthless import Signer

LATER = "later/"
"""Folder, below that of a direction, of what comes after the first documents."""

WITHDRAWN = {
    ("export", "cancel"): "CEB605",
    ("export", "return"): "CEB213",
    ("import", "cancel"): "CEB623",
    ("import", "return"): "CEB625",
}

_SENDERS = {
    "order": ("ebp_code", "ebp_name"),
    "payment": ("pay_code", "pay_name"),
    "waybill": ("logistics_code", "logistics_name"),
    "inventory": ("agent_code", "agent_name"),
    "withdrawal": ("agent_code", "agent_name"),
    "summary": ("agent_code", "agent_name"),
}
_SENDERS_OF_LISTS = {
    "CEB711": ("operator_code", "operator_name"),
    "CEB507": ("operator_code", "operator_name"),
    "CEB607": ("agent_code", "agent_name"),
    "CEB509": ("logistics_code", "logistics_name"),
}
"""Who sends each kind of document: columns of code and name."""

RECEIVERS = {"import": "DXPEDCCEB0000002", "export": "DXPEDCCEB0000003"}
"""The customs' end of the exchange, by direction. Source: china.md 4.4, one open client."""

_TREATMENT = "_treatment"
_PLAIN, _GB18030 = "UTF-8", "GB18030"
_TRANSFER = re.compile(rb"<ceb:BaseTransfer>.*?</ceb:BaseTransfer>\n", re.DOTALL)
_PLACE = re.compile(rb"(<ceb:loctNo>\d*)\d(</ceb:loctNo>)")
_RSA = b"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
_SM2 = b"http://www.chinaport.gov.cn/2022/04/xmldsig#sm2-sm3"


@dataclass(slots=True)
class Post:
    """Writes the parts of one sample as files; numbers the messages of each kind throughout.

    `samples` keeps the first message of each kind that was sent as usual.
    """

    out: Path
    world: World
    garden: Garden
    day: date
    signer: Signer
    samples: dict[str, bytes] = field(default_factory=dict)
    _numbers: Counter[str] = field(default_factory=Counter)

    def write(self, pieces: Part, moves: pl.DataFrame, *, first: bool) -> list[Path]:
        """Writes one part of the sample.

        Args:
            pieces: its documents.
            moves: one row a parcel, as the clerk gives them.
            first: the first part, in which some trucks are followed to the end.
        """
        paths: list[Path] = []
        for name, tables in pieces.numbered.items():
            later = "" if name == "parcels" else LATER
            if name == "withdrawals":
                paths += self._withdrawals(tables[WITHDRAWAL.name], pieces)
            else:
                paths += self.documents(tables, later=later)
        unseen = unseen_marks(self.garden)
        lists = movements(moves, self.world, self.day, unseen=unseen, complete=first)
        for message, rows in lists:
            paths += self._lists(message, rows)
        if first:
            rows = summaries(moves, self.day)
            paths += self._sent("CEB701", "export", {"summary": rows}, f"export/{LATER}")
        return paths

    def documents(self, tables: Tables, *, before: str = "", later: str = "") -> Iterator[Path]:
        """Writes documents to folders by direction, between `before` and `later`."""
        for way, messages in DOCUMENTS.items():
            for name, message in messages.items():
                if name not in tables:
                    continue
                own = {one: tables[one] for one in (name, LINE_OF.get(name, "")) if one in tables}
                mine = {one: rows.filter(pl.col(WAY) == way) for one, rows in own.items()}
                yield from self._sent(message, way, mine, f"{before}{way}/{later}")

    def _withdrawals(self, rows: pl.DataFrame, pieces: Part) -> Iterator[Path]:
        """Cancellations and returns; a return lists the goods, all of them."""
        flows = {flow: way for way, flow in FLOWS.items()}
        rows = rows.with_columns(pl.col("flow").replace_strict(flows, default="").alias(WAY))
        lines = filled(pieces.numbered["parcels"][INVENTORY_LINE.name], WITHDRAWAL_LINE, {})
        abroad = self.world.directions["export"].destination
        for (way, kind), message in WITHDRAWN.items():
            mine = rows.filter(pl.col(WAY) == way, pl.col("kind") == kind)
            if message == "CEB213":  # the way back is an import from there
                mine = mine.with_columns(flow=pl.lit(FLOWS["import"]), country=pl.lit(abroad))
            tables = {WITHDRAWAL.name: mine}
            if SHAPES[message].line is not None:
                tables[WITHDRAWAL_LINE.name] = lines
            yield from self._sent(message, way, tables, f"{way}/{LATER}")

    def _lists(self, message: str, rows: pl.DataFrame) -> Iterator[Path]:
        way = "import" if SHAPES[message].flow == FLOWS["import"] else "export"
        yield from self._sent(message, way, {"movement": rows}, f"{way}/{LATER}")

    def _sent(self, message: str, way: str, tables: Tables, folder: str) -> Iterator[Path]:
        """The messages of one kind, each of one sender and sent in one way."""
        table = SHAPES[message].head.table
        code, name = _SENDERS_OF_LISTS.get(message) or _SENDERS[table]
        heads = tables[table].with_columns(self._treatment(tables[table]), message=pl.lit(message))
        parts = heads.partition_by([code, _TREATMENT], as_dict=True, maintain_order=True)
        for (sender, treatment), rows in parts.items():
            documents = {table: rows.select(TABLES[table].names)}
            under = LINE_OF.get(table, "")
            if under in tables:
                keys = [one for one in TABLES[under].key if one != "gnum"]
                own = tables[under].join(rows.select(keys).unique(), on=keys, how="semi")
                documents[under] = own.select(TABLES[under].names)
            whole = Sender(str(sender), rows[name][0], f"DXPENT{sender}")
            for written in write_messages(
                documents, sender=whole, numbered_from=self._numbers[message] + 1
            ):
                self._numbers[message] += 1
                data = self._as_sent(written, way, str(treatment))
                if not treatment:
                    self.samples.setdefault(message, data)
                yield self.lay_down(f"{folder}{written.source}", data)

    def _treatment(self, rows: pl.DataFrame) -> pl.Expr:
        """How each document is sent; "" as usual."""
        found = pl.lit("")
        if PLANT in rows.columns:
            for wire in {kind.wire for kind in self.garden.kinds if kind.wire}:
                marks = self._marks(wire)
                found = pl.when(pl.col(PLANT).is_in(marks)).then(pl.lit(wire)).otherwise(found)
        if "signature" in rows.columns:
            signed = pl.col("signature").is_in(SIGNATURES)
            found = pl.when(signed).then("signature").otherwise(found)
        return found.alias(_TREATMENT)

    def _marks(self, wire: str) -> list[int]:
        return self.garden.numbers(lambda kind: kind.wire == wire)

    def _as_sent(self, written: Written, way: str, treatment: str) -> bytes:
        """A message as its sender sends it: signed where need be, and whatever is done to it."""
        data = written.data
        if treatment == "transfer_repeated":
            data = _TRANSFER.sub(lambda found: found[0] * 2, data)
        encoding = _GB18030 if treatment == "gb18030" else _PLAIN
        if written.unsigned or encoding != _PLAIN:
            root = etree.fromstring(data)
            if written.unsigned:
                sign(root, self.signer.key, self.signer.certificate)
            text = etree.tostring(root, encoding="unicode")
            data = f"<?xml version='1.0' encoding='{encoding}'?>\n{text}\n".encode(encoding)
        if treatment == "digest_differs":
            data = _PLACE.sub(rb"\g<1>9\g<2>", data)
        elif treatment == "unsupported":
            data = data.replace(_RSA, _SM2)
        elif treatment == "envelope":
            data = wrap(self._envelope(written, way), data)
        return data

    def _envelope(self, written: Written, way: str) -> Envelope:
        return Envelope(
            message_id=f"SAMPLE-{written.source.removesuffix('.xml')}",
            sender="DXPENT0000000001",
            receivers=(RECEIVERS[way],),
            created=f"{self.day:%Y-%m-%d}T23:00:00",
            message_type=written.message,
        )

    def lay_down(self, name: str, data: bytes) -> Path:
        """Lays down a message as it is; `name` has its folder within the sample."""
        path = self.out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return path
