"""Reading a sentence of a tariff from left to right, and naming the characters at fault."""

from __future__ import annotations

import re
from typing import NoReturn

from silkport.kernel.errors import UnreadableRate

MAX_CHARACTERS = 300
"""Characters of one sentence."""

WORDS = re.compile(r"[^0-9,]*")
"""What stands before the next number or comma."""

_FOREIGN_DIGITS = re.compile(r"(?:(?![0-9])\d)+")
_EDGE = re.compile(r"[\s,]*(?=[^\s,])")


class Reader:
    """A sentence, and the character up to which it is read."""

    def __init__(self, text: str, what: str = "rate") -> None:
        """Begin at the first character; `what` the text is meant to be, for the error.

        Raises UnreadableRate for what is no sentence at all.
        """
        self.text = text
        self.at = 0
        self._what = what
        if len(text) > MAX_CHARACTERS:
            raise UnreadableRate(
                what=what,
                text=f"{text[:MAX_CHARACTERS]}…",
                start=MAX_CHARACTERS + 1,
                stop=MAX_CHARACTERS + 1,
                reason=f"it has {len(text)} characters, more than {MAX_CHARACTERS}",
            )
        if not text.strip():
            self.refuse("it is empty", (0, 1))
        foreign = None if text.isascii() else _FOREIGN_DIGITS.search(text)
        if foreign:
            self.refuse("these digits are of another script than 0 to 9", foreign.span())

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Read on over a pattern, if it comes next."""
        found = pattern.match(self.text, self.at)
        if found:
            self.at = found.end()
        return found

    def demand_more(self, joined: re.Match[str]) -> None:
        """Raise UnreadableRate when nothing follows the words that join two parts."""
        if not self.text[self.at :].strip():
            self.refuse("nothing follows these words", joined.span())

    def refuse(self, reason: str, span: tuple[int, int]) -> NoReturn:
        """Raise UnreadableRate for a stretch of characters, without white space or comma before.

        Where nothing stands, the word before it is named.
        """
        start, stop = span
        if not self.text[start:stop].strip():
            stop = len(self.text[:start].rstrip())
            start = self.text.rfind(" ", 0, stop) + 1
        edge = _EDGE.match(self.text, start, stop)
        start = edge.end() if edge else start
        stop = max(start + len(self.text[start:stop].rstrip()), start + 1)
        raise UnreadableRate(
            what=self._what, text=self.text, start=start + 1, stop=stop, reason=reason
        )
