"""The law on recognition of a pair, as this node has it: the package's file, or the home's."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from pathlib import Path

from silkport.law.recognition import RecognitionLaw
from silkport.law.recognition_file import RECOGNITION, read_recognition
from silkport.node.law.books import administrations, country_code, law_folder

_AT_HAND = 32


def recognition_law(ours: str, theirs: str, home: Path | None = None) -> RecognitionLaw:
    """The law of two administrations, named in either order; an empty one where none is here.

    Args:
        home: a home whose file, `<home>/<pair>/law/recognition.toml`, takes the place of the
            package's; it need not exist.
    Raises LawError when the file is malformed or has no source.
    """
    pair = "_".join(sorted((ours, theirs)))
    own = law_folder(pair, home) / RECOGNITION if home is not None else None
    if own is not None and own.is_file():
        return _read(own.read_text(encoding="utf-8"))
    return _shipped(ours, theirs)


@lru_cache(maxsize=_AT_HAND)
def _shipped(ours: str, theirs: str) -> RecognitionLaw:
    """The package's file, which does not change while a process runs."""
    pair = "_".join(sorted((ours, theirs)))
    shipped = files("silkport") / "countries" / pair / RECOGNITION
    if not theirs or theirs not in administrations() or not shipped.is_file():
        return RecognitionLaw((ours, theirs))
    return _read(shipped.read_text(encoding="utf-8"))


@lru_cache
def administration_of(country: str) -> str:
    """The administration of a country, ISO alpha-2; "" where its data is not here."""
    return next((one for one in administrations() if country_code(one) == country), "")


@lru_cache(maxsize=_AT_HAND)
def _read(text: str) -> RecognitionLaw:
    return read_recognition(text)
