"""Every edition of law that a node decided by is kept, once, and comes back as it was."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from silkport.kernel.canonical import digest
from silkport.kernel.errors import EditionUnknown, StoreDamaged, StoreFull
from silkport.node.law.books import book_of_files, country_files, law_book
from silkport.node.law.editions import editions, files_of, keep
from tests.cli.shell import run
from tests.node.days import sample_day

FILES = {"country.toml": 'code = "zz"\n', "fx.csv": "currency\n", "tariff.csv": "hs\n李\n"}


def kept(home: Path, files: dict[str, str]) -> str:
    edition = digest(files)
    keep(home, "zz", files, edition)
    return edition


def test_an_edition_comes_back(tmp_path: Path) -> None:
    edition = kept(tmp_path, FILES)
    assert editions(tmp_path, "zz") == [edition]
    assert files_of(tmp_path, "zz", edition) == FILES
    assert files_of(tmp_path, "zz", edition[:4]) == FILES
    assert list(files_of(tmp_path, "zz", edition)) == sorted(FILES)


def test_an_edition_is_kept_once(tmp_path: Path) -> None:
    kept(tmp_path, FILES)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    kept(tmp_path, FILES)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


def test_editions_share_the_texts_that_did_not_change(tmp_path: Path) -> None:
    first = kept(tmp_path, FILES)
    second = kept(tmp_path, FILES | {"fx.csv": "currency\nUSD\n"})
    assert editions(tmp_path, "zz") == [first, second]
    assert len(list(tmp_path.rglob("*.gz"))) == len(FILES) + 1
    assert files_of(tmp_path, "zz", first) == FILES
    assert files_of(tmp_path, "zz", second)["fx.csv"] == "currency\nUSD\n"


def test_a_prefix_names_one_edition(tmp_path: Path) -> None:
    assert editions(tmp_path, "zz") == []
    found = {kept(tmp_path, FILES | {"fx.csv": f"{number}\n"}) for number in range(20)}
    shared = next(a[0] for a in found if sum(b[0] == a[0] for b in found) > 1)
    for prefix in ("", "x", shared, "0" * 64, "../../zz"):
        with pytest.raises(EditionUnknown, match="begin with"):
            files_of(tmp_path, "zz", prefix)
    with pytest.raises(EditionUnknown, match="0 editions of the law of cn"):
        files_of(tmp_path, "cn", shared)


def test_a_damaged_edition_is_never_used(tmp_path: Path) -> None:
    edition = kept(tmp_path, FILES)
    texts = sorted(tmp_path.rglob("*.gz"))
    whole = texts[0].read_bytes()
    for damaged in (gzip.compress(b"otherwise"), whole[:-9], b"", b"\x00" * 30):
        texts[0].write_bytes(damaged)
        with pytest.raises(StoreDamaged):
            files_of(tmp_path, "zz", edition)
    texts[0].unlink()
    with pytest.raises(StoreDamaged):
        files_of(tmp_path, "zz", edition)
    texts[0].write_bytes(whole)
    (manifest,) = tmp_path.rglob("*.json")
    for damaged in (b"", b"[]", b'{"a": 1}', b'{"../../../x": "y"}'):
        manifest.write_bytes(damaged)
        with pytest.raises(StoreDamaged):
            files_of(tmp_path, "zz", edition)


def test_nothing_half_kept_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, content: bytes) -> None:
        if path.suffix == ".json":
            raise OSError(28, "No space left on device")
        path.write_bytes(content)

    monkeypatch.setattr("silkport.node.law.editions.write_whole", full)
    with pytest.raises(StoreFull):
        kept(tmp_path, FILES)
    assert editions(tmp_path, "zz") == []
    monkeypatch.undo()
    assert files_of(tmp_path, "zz", kept(tmp_path, FILES)) == FILES


def test_what_a_node_decided_by_is_kept(tmp_path: Path, home: Path) -> None:
    """Before the first decision, and again when the operator has loaded other law."""
    sample_day(tmp_path / "day", parcels=20)
    arguments = ("clear", tmp_path / "day", "--as", "zz", "--day", "2026-09-16", "--json")
    assert run(*arguments).code == 0
    (first,) = editions(home, "zz")
    assert first == law_book("zz").law.digest
    assert files_of(home, "zz", first) == country_files("zz")
    assert run(*arguments).code == 0
    assert editions(home, "zz") == [first]
    (home / "zz" / "law" / "fx.csv").write_text(country_files("zz")["fx.csv"] + "\n")
    assert run(*arguments).code == 0
    assert editions(home, "zz") == [first, law_book("zz", home).law.digest]
    assert book_of_files("zz", files_of(home, "zz", first)).law.digest == first
