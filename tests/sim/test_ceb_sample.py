"""The sample as China's messages: whole, valid, the same each time, and decided as planted."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from lxml import etree

from silkport.formats import intake
from silkport.formats.ceb.catalogue import EXPORT, NAMESPACE, ROOTS, Shape, tag_of
from silkport.formats.ceb.envelope import is_envelope, open_envelope
from silkport.formats.ceb.signature import examine
from silkport.formats.ceb.validity import structural_faults
from silkport.kernel.errors import InvalidValue
from silkport.node.clearing.summary import Summary
from silkport.sim import write_sample
from silkport.sim.comparison import read_comparison
from silkport.sim.folders import MAX_MESSAGE_PARCELS
from silkport.sim.planting import Garden
from tests.node.days import DAY, a_home, aside, clear, outcomes

PARCELS = 2_000
NEXT = date(2026, 9, 17)
ASIDE = {
    "CEB303-order-without-lines.xml": "SP-1107",
    "CEB311-namespace-of-another.xml": "SP-1101",
    "CEB311-too-many-documents.xml": "SP-1107",
    "CEB411-root-unknown.xml": "SP-1101",
    "CEB505-element-missing.xml": "SP-1107",
    "CEB511-decimal-comma.xml": "SP-1107",
    "CEB511-two-encodings.xml": "SP-1101",
    "CEB621-signature-missing.xml": "SP-1107",
    "CEB621-truncated.xml": "SP-1101",
    "CEB623-entity-bomb.xml": "SP-1104",
}
UNSAID = {
    "address_missing",
    "buyer_account_missing",
    "buyer_telephone_missing",
    "commodity_code_malformed",
    "cost_is_not_a_total",
    "declaration_day_missing",
    "district_malformed",
    "freight_missing",
    "guarantor_missing",
    "in_dollars",
    "line_in_another_currency",
    "no_lines",
    "package_kind_malformed",
    "payer_is_another_authenticated",
    "port_abroad_malformed",
    "price_missing",
    "signature_absent",
    "unreadable_cell",
    "waybill_number_too_long",
}
"""Kinds of tables that no message can express which the definition allows."""


@dataclass(frozen=True, slots=True)
class Sent:
    """One message of a folder: its file, kind, root, and whether it was in an envelope."""

    path: Path
    shape: Shape
    root: etree._Element
    enveloped: bool

    @property
    def documents(self) -> list[etree._Element]:
        return self.root.findall(self.shape.document)


@dataclass(frozen=True, slots=True)
class Day:
    """A sample that was cleared."""

    folder: Path
    home: Path
    out: Path
    summary: Summary
    sent: list[Sent]


def messages_below(folder: Path) -> Iterator[Sent]:
    for path in sorted(folder.rglob("*.xml")):
        if path.parent.name == "broken":
            continue
        root = etree.fromstring(path.read_bytes())
        enveloped = is_envelope(root)
        if enveloped:
            root = etree.fromstring(open_envelope(root, path.name)[1])
        assert root.tag.startswith(f"{{{NAMESPACE}}}"), path
        yield Sent(path, ROOTS[etree.QName(root).localname], root, enveloped)


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Day:
    base = tmp_path_factory.mktemp("ceb")
    folder, out = base / "day", base / "out"
    write_sample(folder, parcels=PARCELS, seed=7, suffix="ceb")
    home = a_home(base / "home", "cn")
    summary = clear(folder, home=home, out=out)
    sent = [one for one in messages_below(folder) if ".next-day" not in one.path.parts]
    return Day(folder, home, out, summary, sent)


def planted(folder: Path) -> pl.DataFrame:
    return pl.read_csv(folder / "planted.csv", infer_schema=False)


def digests(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_same_seed_same_bytes(tmp_path: Path) -> None:
    for name, seed in (("a", 3), ("b", 3), ("c", 4)):
        write_sample(tmp_path / name, parcels=300, seed=seed, suffix="ceb")
    one, again, other = (digests(tmp_path / name) for name in "abc")
    assert one == again
    assert one["import/CEB621-000001.xml"] != other["import/CEB621-000001.xml"]


def test_clearing_finds_exactly_what_is_planted(day: Day) -> None:
    found = read_comparison([day.folder], day.out, "cn")
    assert found is not None
    assert [row for row in found if row["missed"] or row["false"]] == []
    garden = Garden()
    kinds = {row["kind"] for row in found}
    assert {
        kind.name for kind in garden.kinds if set(kind.seen_by.values()) != {"kz"}
    } - kinds == UNSAID
    assert kinds >= {"in_an_envelope", "transfer_repeated", "gb18030", "signed_content_differs"}
    assert kinds >= {"order_deleted_and_paid", "deleted", "changed", "order_number_in_full_width"}
    orders = set(planted(day.folder)["order_no"])
    decided = outcomes(day.out)
    assert len(decided) == PARCELS
    assert {how for order, how in decided.items() if order not in orders} == {"released", "held"}


def test_every_kind_is_planted_in_each_of_its_directions(day: Day) -> None:
    rows = planted(day.folder)
    decisions = pl.read_parquet(day.out / "decisions.parquet")
    ways = (
        rows.join(decisions.select("order_no", "direction"), on="order_no")
        .group_by("kind")
        .agg(pl.col("direction").unique().sort())
    )
    both = dict(ways.iter_rows())
    for name in ("order_number_not_ascii", "waybill_never_comes", "cancelled", "gb18030"):
        assert both[name] == ["export", "import"]


def test_rules_that_only_messages_can_break_are_planted(day: Day) -> None:
    rules = set(planted(day.folder)["rule"])
    assert rules >= {"CHK075", "CHK076", "CHK099", "MAT034", "MAT118", "MAT119"}


def test_broken_messages_are_set_aside_with_their_code(day: Day) -> None:
    assert {name: code for name, _, code in aside(day.out)} == ASIDE
    assert len(aside(day.out)) == len(ASIDE) == day.summary.set_aside
    rows = planted(day.folder).filter(pl.col("effect") == "set_aside")
    assert {
        Path(name).name: code for name, code in rows.select("file", "rule").iter_rows()
    } == ASIDE
    assert all((day.folder / name).is_file() for name in rows["file"])
    readme = (day.folder / "README.txt").read_text("utf-8")
    assert all(name in readme for name in ASIDE)


def test_every_message_is_valid(day: Day) -> None:
    for one in day.sent:
        assert structural_faults(one.root, one.shape) == [], one.path
    found = list(intake.read([day.folder / name for name in ("import", "export", "answers")]))
    assert [one for documents in found for one in documents.set_aside] == []
    unknown = {"RDG008"}  # codes that are planted because no list knows them
    assert {p.code for documents in found for p in documents.problems} == unknown


def test_every_message_is_valid_by_the_official_schemas(
    day: Day, shared_data: Callable[[str], Path]
) -> None:
    folder = shared_data("ceb-messages") / "202205" / "xsd"
    schemas = {
        flow: etree.XMLSchema(etree.parse(folder / f"{name}.xsd"))
        for flow, name in (("I", "import"), ("E", "export"))
    }
    repeated = [one for one in day.sent if len(one.root.findall(tag_of("BaseTransfer"))) > 1]
    assert {one.shape.flow for one in repeated} == {EXPORT}
    for one in day.sent:
        if one not in repeated:
            schemas[one.shape.flow].assertValid(one.root)
    for one in messages_below(day.out / "receipts"):
        schemas[one.shape.flow].assertValid(one.root)


def test_signatures(day: Day) -> None:
    states = Counter(
        examine(one.root).state for one in day.sent if one.shape.signature == "required"
    )
    assert set(states) == {"verified", "digest_differs", "unsupported"}
    assert states["verified"] > 10 * (states["digest_differs"] + states["unsupported"])
    altered = [one for one in day.sent if examine(one.root).state == "digest_differs"]
    orders = {text for one in altered for text in one.root.itertext(tag_of("orderNo"))}
    rows = planted(day.folder).filter(pl.col("kind") == "signed_content_differs")
    assert orders == set(rows["order_no"])


SENDER = {
    "order": "ebpCode",
    "payment": "payCode",
    "waybill": "logisticsCode",
    "inventory": "agentCode",
    "withdrawal": "agentCode",
}


def test_messages_are_of_one_sender_and_of_a_lawful_size(day: Day) -> None:
    full = Counter[str]()
    for one in day.sent:
        if one.shape.role != "submitted":
            continue
        most = one.shape.max_documents
        assert 1 <= len(one.documents) <= most
        full[one.shape.message] += len(one.documents) == most
        name = SENDER.get(one.shape.head.table)
        if name is not None:
            said = {element.text for element in one.root.iter(tag_of(name))}
            said &= {one.root.findtext(f".//{tag_of('copCode')}")}
            assert len(said) == 1, one.path
    assert all(full[message] > 0 for message in ("CEB311", "CEB411", "CEB621", "CEB303", "CEB603"))
    kinds = {one.shape.message for one in day.sent}
    assert kinds >= {"CEB711", "CEB623", "CEB625", "CEB605", "CEB213", "CEB507", "CEB509"}
    assert kinds >= {"CEB607", "CEB701", "CEB403", "CEB505", "CEB312", "CEB622", "CEB816", "CEB818"}


def test_every_document_is_answered(day: Day) -> None:
    wanted = Counter[str]()
    for one in day.sent:
        if one.shape.answer:
            wanted[one.shape.answer] += len(one.documents)
    written = Counter[str]()
    for one in messages_below(day.out / "receipts"):
        assert structural_faults(one.root, one.shape) == [], one.path
        written[one.shape.message] += len(one.documents)
    assert written == day.summary.receipts_written
    assert written == wanted + Counter(CEB900=len(ASIDE))
    read = list(intake.read([day.out / "receipts"]))
    assert [one for documents in read for one in documents.set_aside + documents.problems] == []


def test_receipts_out_of_order_tell_how_documents_stand(day: Day) -> None:
    times: dict[str, list[str]] = {}
    guids = Counter[str]()
    for one in day.sent:
        if one.shape.message == "CEB622":
            for document in one.documents:
                said = {etree.QName(child).localname: child.text or "" for child in document}
                times.setdefault(said["copNo"], []).append(said["returnTime"])
                guids[said["guid"]] += 1
    assert max(guids.values()) == 2
    assert any(stamps != sorted(stamps) for stamps in times.values())
    standing = pl.read_parquet(day.out / "statuses.parquet").filter(message="CEB622")
    assert len(standing) == len(times)
    assert set(standing["return_status"]) == {"800"}
    counts = {"CEB312": 150, "CEB622": 200}
    assert {name: day.summary.receipts_read[name] for name in counts} == counts
    assert set(day.summary.receipts_read) == {*counts, "CEB816", "CEB818"}


def test_answers_and_broken_messages_decide_nothing(day: Day, tmp_path: Path) -> None:
    apart = [day.folder / "export", day.folder / "import"]
    clear(*apart, home=a_home(tmp_path / "home", "cn"), out=tmp_path / "out")
    assert outcomes(tmp_path / "out") == outcomes(day.out)


def test_changes_of_the_next_day_come_too_late(day: Day, tmp_path: Path) -> None:
    before = outcomes(day.out)
    summary = clear(day.folder / ".next-day", home=day.home, out=tmp_path / "out", day=NEXT)
    assert DAY < NEXT
    assert set(summary.documents) == {"inventory in_process", "inventory too_late"}
    found = read_comparison([day.folder / ".next-day"], tmp_path / "out", "cn")
    assert found is not None
    assert [(row["kind"], row["missed"]) for row in found] == [
        ("changed_in_process", 0),
        ("changed_too_late", 0),
    ]
    after = outcomes(tmp_path / "out")
    assert after.items() <= before.items()


@pytest.mark.parametrize("count", [1, 40, 400])
def test_small_samples(tmp_path: Path, count: int) -> None:
    report = write_sample(tmp_path / "day", parcels=count, seed=5, suffix="ceb")
    assert report.parcels == count
    assert sum(report.planted.values()) <= max(count * 6 // 100, 1)
    clear(tmp_path / "day", home=a_home(tmp_path / "home", "cn"), out=tmp_path / "out")
    assert len(outcomes(tmp_path / "out")) == count
    found = read_comparison([tmp_path / "day"], tmp_path / "out", "cn")
    assert found is not None
    assert [row for row in found if row["missed"] or row["false"]] == []


def test_an_earlier_sample_is_replaced_and_other_files_stay(tmp_path: Path) -> None:
    write_sample(tmp_path, parcels=200, seed=1, suffix="ceb")
    (tmp_path / "import" / "mine.xml").write_text("<mine/>")
    report = write_sample(tmp_path, parcels=20, seed=1, suffix="csv")
    kept = {"planted.csv", "README.txt", *(path.name for path in report.files)}
    files = {path.name for path in tmp_path.rglob("*") if path.is_file()}
    assert files == {*kept, "mine.xml"}
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == ["import"]


def test_too_many_parcels_for_one_folder(tmp_path: Path) -> None:
    with pytest.raises(InvalidValue):
        write_sample(tmp_path, parcels=MAX_MESSAGE_PARCELS + 1, seed=1, suffix="ceb")
