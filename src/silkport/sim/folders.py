"""Where the parts of a sample go: one table a part, or a folder of messages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Protocol

import polars as pl

from silkport.formats.writing import to_outside, write
from silkport.sim.broken import FOLDER as BROKEN
from silkport.sim.broken import broken_messages
from silkport.sim.comparison import PLANTED
from silkport.sim.drafting import Draft, Drafter
from silkport.sim.expressing import garden_of_messages
from silkport.sim.next_day import FOLDER as NEXT_DAY
from silkport.sim.next_day import changes
from silkport.sim.papers import Clerk
from silkport.sim.parcels import Part
from silkport.sim.planting import PLANTED_COLUMNS, Garden
from silkport.sim.posting import LATER, Post
from silkport.sim.replying import FOLDER as ANSWERS
from silkport.sim.replying import replies
from silkport.sim.scoring import SET_ASIDE
from silkport.sim.world import DIRECTIONS
from silkport.sim.worthless import worthless_signer

MESSAGES = "ceb"
"""What is stated in place of a suffix for a folder of messages."""

MAX_MESSAGE_PARCELS = 1_000_000
"""Parcels of one sample of messages: beyond it a folder would hold more files than are read."""

OWN_TABLES = ("parcels-", "payments-late-", "resent-", "withdrawals-")
"""How the tables of a sample are called."""

_OWN_FOLDERS = (
    *(f"{NEXT_DAY}/{way}" for way in DIRECTIONS),
    NEXT_DAY,
    *(f"{way}/{LATER}".rstrip("/") for way in DIRECTIONS),
    *DIRECTIONS,
    ANSWERS,
    BROKEN,
)


class Output(Protocol):
    """Writes a sample part by part."""

    @property
    def garden(self) -> Garden:
        """What can be planted in it."""

    def write(self, pieces: Part, drafts: Sequence[Draft], *, part: int) -> list[Path]:
        """Writes one part, numbered from 1; those that have nothing in them are not written."""

    def also_planted(self) -> pl.DataFrame:
        """What is planted beside the parcels, in the columns of planted.csv."""


@dataclass(slots=True)
class Tables:
    """One table a part, in the format of a suffix."""

    out: Path
    suffix: str
    garden: Garden = field(default_factory=Garden)

    def write(self, pieces: Part, drafts: Sequence[Draft], *, part: int) -> list[Path]:
        """Writes the tables of one part and the small files beside them."""
        assert drafts
        paths = []
        for name, tables in pieces.numbered.items():
            if any(frame.height for frame in tables.values()):
                path = self.out / f"{name}-{part:04d}.{self.suffix}"
                write(to_outside(tables), path)
                paths.append(path)
        for name, content in pieces.small_files.items():
            path = self.out / name
            path.write_bytes(content)
            paths.append(path)
        return paths

    def also_planted(self) -> pl.DataFrame:
        """Nothing."""
        return pl.DataFrame(schema=dict.fromkeys(PLANTED_COLUMNS, pl.String))


class Messages:
    """A folder of messages: by direction, with answers, and with some that are broken."""

    def __init__(self, out: Path, drafter: Drafter, clerk: Clerk, seed: int) -> None:
        self._clerk = clerk
        self._rng = Random(f"answers {seed}")
        self._broken: list[tuple[str, ...]] = []
        self.garden = garden_of_messages(drafter, clerk)
        signer = worthless_signer(seed, clerk.day)
        self._post = Post(out, clerk.world, self.garden, clerk.day, signer)

    def write(self, pieces: Part, drafts: Sequence[Draft], *, part: int) -> list[Path]:
        """Writes one part; with the first, answers and broken messages."""
        first = part == 1
        paths = self._post.write(pieces, self._clerk.moves(drafts), first=first)
        if first:
            answers = replies(dict(pieces.numbered["parcels"]), self._clerk.day, self._rng)
            paths += [self._post.lay_down(f"{ANSWERS}/{one.source}", one.data) for one in answers]
            changed, planted = changes(
                dict(pieces.numbered["parcels"]), self.garden, self._clerk.day
            )
            paths += self._post.documents(changed, before=f"{NEXT_DAY}/")
            if planted.height:
                self._post.lay_down(f"{NEXT_DAY}/{PLANTED}", planted.write_csv().encode())
            for one in broken_messages(self._post.samples):
                paths.append(self._post.lay_down(one.name, one.data))
                unsaid = ("", "", "")
                reader = self._clerk.world.reads_messages
                row = (one.kind, one.code, reader, SET_ASIDE, *unsaid, one.note, one.name)
                self._broken.append(row)
        return paths

    def also_planted(self) -> pl.DataFrame:
        """Files that must be set aside as a whole, each with its code."""
        schema = dict.fromkeys(PLANTED_COLUMNS, pl.String)
        return pl.DataFrame(self._broken, schema=schema, orient="row")


def output_to(out: Path, suffix: str, *, drafter: Drafter, clerk: Clerk, seed: int) -> Output:
    """Where a sample goes.

    Args:
        drafter: another than that of the sample; kinds of errors are tried on its parcels.
    """
    if suffix == MESSAGES:
        return Messages(out, drafter, clerk, seed)
    return Tables(out, suffix)


def clear_away(out: Path, names: Sequence[str]) -> None:
    """Removes what an earlier sample wrote; other files stay."""
    for path in out.iterdir():
        if path.is_file() and (path.name in names or path.name.startswith(OWN_TABLES)):
            path.unlink()
    for name in _OWN_FOLDERS:
        folder = out / name
        if not folder.is_dir():
            continue
        for path in folder.glob("CEB[0-9][0-9][0-9]-*.xml"):
            path.unlink()
        (folder / PLANTED).unlink(missing_ok=True)
        if not any(folder.iterdir()):
            folder.rmdir()
