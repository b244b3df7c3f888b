"""What a node keeps of China's messages: receipts, bills, what came in pieces or broken."""

from __future__ import annotations

from collections import Counter
from functools import partial
from pathlib import Path

import polars as pl
import pytest

from silkport.formats.ceb.envelope import Envelope, wrap
from silkport.model.outcomes import DOCUMENT_STATUS
from silkport.node.clearing import arrival, loose
from silkport.node.clearing.answering import Answers
from tests.node.days import outcomes
from tests.node.post import ARRIVED, EXPORT, Office, Post, bills_of, mail, receipts_of

ONE_GUID = "4CDE1CFD-EDED-46B1-946C-B8022E42FC94"


def test_receipts_count_by_the_time_they_were_made(office: Office, free: list[str]) -> None:
    two = free[:2]
    office.take(*mail(ARRIVED, two))
    steps = [("800", "20260916120000000"), ("2", "20260916100000000"), ("120", "20260916110000000")]
    inventories = office.post.inventories(two)
    folders = [office.base / "late", office.base / "early"]
    office.post.write(folders[0], receipts_of(inventories, steps[0], steps[1], steps[0]))
    office.post.write(folders[1], receipts_of(inventories, steps[2], steps[1]))
    for folder, kept in ((folders[0], 4), (folders[1], 6), (folders[0], 6)):
        summary = office.read(folder, later=1)
        assert summary.receipts_read["CEB622"] == (6 if folder == folders[0] else 4)
        standing = pl.read_parquet(office.out / "statuses.parquet")
        assert standing["return_status"].to_list() == ["800", "800"]
        assert office.kept("receipt") == kept
    assert "CEB622 800 20260916120000" in office.trace(two[0])["release"]


def test_receipts_of_a_message_that_names_them_all_alike(office: Office, free: list[str]) -> None:
    """As in the official samples: one guid in every document of a message."""
    rows = receipts_of(office.post.inventories(free[:5]), ("800", "20260916120000000"))
    rows["receipt"] = rows["receipt"].with_columns(guid=pl.lit(ONE_GUID))
    office.post.write(office.base / "receipts", rows)
    office.read(office.base / "receipts")
    assert office.kept("receipt") == 5
    assert len(pl.read_parquet(office.out / "statuses.parquet")) == 5


def test_receipts_before_what_they_answer(office: Office, free: list[str]) -> None:
    inventories = office.post.inventories(free[:1])
    office.post.write(office.base / "r", receipts_of(inventories, ("800", "20260916120000000")))
    assert office.read(office.base / "r").receipts_read == {"CEB622": 1}
    assert (outcomes(office.out), office.kept("receipt")) == ({}, 1)
    office.take(*mail(ARRIVED, free[:1]))
    assert "CEB622 800 20260916120000" in office.trace(free[0])["release"]


def test_documents_of_one_guid_are_told_apart(office: Office) -> None:
    imports, exports = (office.post.orders(way, 4) for way in ("import", "export"))
    both = [*mail(ARRIVED[:4], imports, guid=ONE_GUID), *mail(EXPORT, exports, guid=ONE_GUID)]
    office.take(*both)
    assert set(Counter(office.statuses())) == {
        f"{kind} current" for kind in ("inventory", "order", "payment", "waybill")
    }
    assert len(outcomes(office.out)) == 8
    assert len({one["guid"] for one in office.said("CEB622")}) == 4


def test_tax_bills_are_traced(office: Office, free: list[str]) -> None:
    one = free[:1]
    office.take(*mail(ARRIVED, one))
    number = str(office.decision(one[0])["invt_no"])
    bills = bills_of(office.post.inventories(one), number, "20260917080000000")
    office.post.write(office.base / "bills", bills)
    for later in (1, 2):
        office.read(office.base / "bills", later=later)
        assert office.kept("tax_bill") == 2
    happened = office.trace(one[0])["release"]
    assert f"CEB816 {number}_0 status 1" in happened
    assert f"CEB818 {number}_0 status 2" in happened


def enveloped(path: Path, number: str, *, old: bytes = b"", new: bytes = b"") -> None:
    """Puts a message into an envelope, changed where need be."""
    around = Envelope(
        message_id=number,
        sender="DXPENT0000000001",
        receivers=("DXPEDCCEB0000002",),
        created="2026-09-16T08:00:00",
        message_type="CEB621",
    )
    path.write_bytes(wrap(around, path.read_bytes().replace(old, new)))


def test_what_cannot_be_read_is_answered_as_a_whole(office: Office, free: list[str]) -> None:
    """By the number of its envelope where it has one, and without the paths of this machine."""
    folder, send = office.base / "in", partial(office.post.send, office.base / "in")
    for message in ARRIVED:
        for path in send(message, free[:1]):
            if message == "CEB621":
                enveloped(path, "ENV-1")
    enveloped(send("CEB621", free[1:2])[0], "ENV-2", old=b"ceb:ebcCode", new=b"ceb:ebcKode")
    enveloped(send("CEB621", free[1:2])[0], "ENV-3", old=b"</ceb:Inventory>", new=b"")
    enveloped(send("CEB311", free[1:2])[0], "ENV-4", old=b"CEB311Message", new=b"CEB319Message")
    (path,) = send("CEB411", free[1:2])
    path.write_bytes(path.read_bytes().replace(b"chinaport.gov.cn/ceb", b"chinaport.gov.cn/cbe"))
    office.read(folder)
    assert outcomes(office.out) == {free[0]: "released"}
    said = office.said("CEB900")
    named = sorted((str(one["oriCopMsgId"]), str(one["oriMessageType"])) for one in said)
    assert named == [
        ("", "Unknown"),
        ("ENV-2", "CEB621"),
        ("ENV-3", "CEB621"),
        ("ENV-4", "Unknown"),
    ]
    assert len({one["guid"] for one in said}) == len(said)
    assert not any(str(office.base) in text for one in said for text in map(str, one.values()))


def test_killed_between_keeping_and_answering(
    office: Office, free: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everything was kept and nothing answered; the same command again answers all of it."""
    orders, exports = free[:5], office.post.orders("export", 5)

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Answers, "to_documents", die)
        with pytest.raises(KeyboardInterrupt):
            office.take(*mail(ARRIVED, orders), *mail(EXPORT, exports))
    office.read(office.folder)
    assert {one.rpartition(" ")[2] for one in office.statuses()} == {"duplicate"}
    assert set(outcomes(office.out).values()) == {"released"}
    for kind in ("CEB622", "CEB604"):
        assert office.told(kind) == ["800"] * 5
        assert all("MAT017" in str(one["returnInfo"]) for one in office.said(kind))
    counts = [len(office.said(kind)) for kind in ("CEB312", "CEB412", "CEB512", "CEB304", "CEB506")]
    assert counts == [5] * 5


def test_an_order_that_is_cancelled_and_then_paid(office: Office, free: list[str]) -> None:
    """The parcel waits for an order as if there were none, and is refused when time is up."""
    one = free[:1]
    office.take(*mail(("CEB511", "CEB621", "CEB711"), one), ("CEB311", one, {}))
    assert office.told("CEB622") == ["120"]
    office.take(("CEB311", one, {"app_type": 3, "app_time": 20260916080000}))
    assert (office.statuses(), office.told("CEB312")) == (["order deleted"], ["120"])
    office.take(("CEB411", one, {}), later=1)
    assert (office.told("CEB412"), office.told("CEB622")) == (["120"], [])
    assert office.decision(one[0])["outcome"] == "pending"
    assert "MAT001" in office.trace(one[0])["match"]
    office.read(office.base / "nothing", later=2)
    assert office.decision(one[0])["outcome"] == "refused"
    (said,) = office.said("CEB622")
    assert said["returnStatus"] == "100"
    assert "MAT101" in str(said["returnInfo"])
    assert office.used(one[0]) == 0


@pytest.mark.parametrize("loose_first", [True, False])
def test_small_batches_decide_alike(
    post: Post, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, loose_first: bool
) -> None:
    """Each loose document is used exactly once, whatever is laid down on disk on the way."""
    ways = [post.orders(way, 24) for way in ("import", "export")]
    both = [*mail(ARRIVED, ways[0]), *mail(EXPORT, ways[1])]
    first = [one for one in both if (one[0] in {"CEB505", "CEB711"}) is loose_first]
    second = [one for one in both if one not in first]
    found = []
    for name, size in (("whole", 10_000), ("pieces", 7)):
        office = Office(post, tmp_path / name)
        monkeypatch.setattr(arrival, "BATCH_PARCELS", size)
        for limit in ("HELD_ROWS", "PART_ROWS"):
            monkeypatch.setattr(loose, limit, size)
        written: Counter[str] = Counter()
        for part in (first, second):
            written += Counter(office.take(*part).receipts_written)
        rows = pl.read_parquet(office.out / "decisions.parquet")
        assert rows["parcel_id"].is_unique().all()
        with office.store() as store:
            kept = pl.concat([one.collect() for one in store.scan(DOCUMENT_STATUS.name)])
        assert kept["doc"].is_unique().all()
        assert set(kept["status"]) == {"current"}
        found.append((outcomes(office.out), written, len(kept)))
    assert found[0] == found[1]
    assert set(found[0][0].values()) == {"released", "held"}


def test_loose_documents_of_one_parcel_decide_it_once(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Waybill and cancellation name it by different numbers, and come in different parts."""
    monkeypatch.setattr(loose, "PART_ROWS", 1)
    orders = office.post.orders("export", 3)
    office.take(*mail(("CEB303", "CEB603"), orders))
    numbers = {order: str(office.decision(order)["invt_no"]) for order in orders}
    cancels = [("CEB605", [one], {"invt_no": numbers[one], "order_no": ""}) for one in orders[:2]]
    office.take(*mail(("CEB505",), orders), *cancels, later=1)
    assert [office.decision(one)["outcome"] for one in orders] == [
        "withdrawn",
        "withdrawn",
        "released",
    ]
    assert office.told("CEB604") == ["800", "899", "899"]
    assert office.told("CEB606") == ["399", "399"]
