"""The law that a decision was made with, as long as its edition is kept."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from silkport.law.book import Book
from silkport.node.law.books import book_of_files, law_book
from silkport.node.law.editions import editions, files_of

_EDITIONS_AT_HAND = 8


def law_of_decision(home: Path, country: str, digest: str) -> Book:
    """The law of the edition `digest`; the law at hand where that edition is not kept.

    Who uses it compares the digest of the book with that of the decision. Raises StoreDamaged
    when the edition is kept and its texts were changed.
    """
    at_hand = law_book(country, home)
    if digest == at_hand.law.digest or digest not in editions(home, country):
        return at_hand
    return _kept(home.resolve(), country, digest)


@lru_cache(maxsize=_EDITIONS_AT_HAND)
def _kept(home: Path, country: str, digest: str) -> Book:
    return book_of_files(country, files_of(home, country, digest))
