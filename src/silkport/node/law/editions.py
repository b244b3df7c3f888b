"""Every edition of law that a node decided by, kept so that it can decide by it again.

An edition is the texts of one administration's law, named by their digest; each decision carries
that name. Texts that editions share are kept once: a new day of exchange rates costs its own table.

    <home>/<administration>/law/editions/<digest>.json     file name -> digest of its text
    <home>/<administration>/law/editions/texts/<digest>.gz
"""

from __future__ import annotations

import gzip
import json
import re
import zlib
from collections.abc import Mapping
from pathlib import Path

from silkport.kernel.canonical import canonical_bytes, digest, digest_bytes
from silkport.kernel.errors import EditionUnknown, StoreDamaged
from silkport.node.store.disk import disk_space, sync_folder, write_whole

_DIGEST = re.compile(r"[0-9a-f]{64}")


def keep(home: Path, country: str, files: Mapping[str, str], edition: str) -> None:
    """Keeps the texts of an edition, once; after a crash it is kept whole or not at all.

    Args:
        edition: the digest of the law, as decisions carry it.
    Raises StoreFull.
    """
    folder = _folder(home, country)
    if (folder / f"{edition}.json").exists():
        return
    named = {name: digest_bytes(text.encode()) for name, text in files.items()}
    with disk_space(folder):
        (folder / "texts").mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            path = folder / "texts" / f"{named[name]}.gz"
            if not path.exists():
                write_whole(path, gzip.compress(text.encode(), mtime=0))
        sync_folder(folder / "texts")
        write_whole(folder / f"{edition}.json", canonical_bytes(named))
        sync_folder(folder)


def editions(home: Path, country: str) -> list[str]:
    """The digests of every edition kept, the one kept first at the front."""
    found = [path for path in _folder(home, country).glob("*.json") if _is_digest(path.stem)]
    return [path.stem for path in sorted(found, key=lambda path: (path.stat().st_mtime_ns, path))]


def files_of(home: Path, country: str, prefix: str) -> dict[str, str]:
    """The texts of the one edition whose digest begins with `prefix`, by file name.

    Raises EditionUnknown when none or several begin so; StoreDamaged when a text is not the one
    that was kept.
    """
    found = [one for one in editions(home, country) if prefix and one.startswith(prefix)]
    if len(found) != 1:
        raise EditionUnknown(country=country, prefix=prefix, found=len(found))
    folder, edition = _folder(home, country), found[0]
    named = _named(folder / f"{edition}.json")
    files = {name: _text(folder / "texts" / f"{one}.gz") for name, one in sorted(named.items())}
    if digest(files) != edition:
        raise StoreDamaged(what=f"the law edition {edition}", reason="its texts were changed")
    return files


def _named(path: Path) -> dict[str, str]:
    """The digest of each text of an edition, by file name."""
    try:
        named = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise StoreDamaged(what=str(path), reason=str(error)) from error
    if not (isinstance(named, dict) and all(_is_digest(one) for one in named.values())):
        raise StoreDamaged(what=str(path), reason="it does not name texts by their digests")
    return named


def _is_digest(text: object) -> bool:
    return isinstance(text, str) and _DIGEST.fullmatch(text) is not None


def _text(path: Path) -> str:
    try:
        return gzip.decompress(path.read_bytes()).decode()
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise StoreDamaged(what=str(path), reason=str(error)) from error


def _folder(home: Path, country: str) -> Path:
    return home / country / "law" / "editions"
