"""What the law demands before goods are released, as this node has it: the package's or the home's.

release.toml stands in the folder of the administration (`law.release`). It does not enter the
digest of the compiled law: it says when goods may go, not what is owed; its own is kept with what
waits by it.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from pathlib import Path

from silkport.kernel.errors import MalformedLaw
from silkport.law.release import RELEASE, ReleaseLaw, read_release
from silkport.node.law.books import law_folder

_AT_HAND = 32


def release_law(country: str, home: Path | None = None) -> ReleaseLaw:
    """The demands of one administration.

    Args:
        home: a home whose file, `<home>/<administration>/law/release.toml`, takes the place of the
            package's; it need not exist.
    Raises LawError when there is no file at all, or it is malformed or has no source.
    """
    own = law_folder(country, home) / RELEASE if home is not None else None
    if own is not None and own.is_file():
        return _read(country, own.read_text(encoding="utf-8"))
    shipped = files("silkport") / "countries" / country / RELEASE
    if not shipped.is_file():
        reason = "it is not there, so nobody can tell what may be released"
        raise MalformedLaw(what=f"{country}/{RELEASE}", reason=reason)
    return _read(country, shipped.read_text(encoding="utf-8"))


@lru_cache(maxsize=_AT_HAND)
def _read(country: str, text: str) -> ReleaseLaw:
    return read_release(country, text)
