"""When an administration works and by when it must act, as this node has it.

calendar.toml, days.csv, posts.csv and deadlines.toml stand in the folder of an administration
(`law.time_loading`); a pair has deadlines.toml in a folder named after both, such as `aa_bb`. A
file in the home, `<home>/<folder>/law/`, takes the place of the package's. None of this enters the
digest of the compiled law: it says when an act is due, not what is owed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

from silkport.kernel.canonical import digest
from silkport.kernel.errors import MalformedLaw, UnknownAdministration
from silkport.law.calendar import JointCalendar, WorkingCalendar, joint
from silkport.law.deadlines import Deadlines
from silkport.law.posts import Post
from silkport.law.time_loading import (
    CALENDAR,
    DAYS,
    DEADLINES,
    POSTS,
    day_names,
    known_source,
    read_calendar,
    read_deadlines,
    read_posts,
)
from silkport.node.law.books import Stamp, administrations, law_folder

TIME_FILES = (CALENDAR, DAYS, DEADLINES, POSTS)
"""Files that say when, in the folder of an administration or of a pair."""

_AT_HAND = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Timetable:
    """What one administration's law says on time.

    Args:
        posts: its border posts by code.
        names: names of days off in other languages, by their name in days.csv and by language.
        known_source: what says for which days the lists of days off are published.
        digest: names the edition of the files it was read from.
    """

    country: str
    calendar: WorkingCalendar
    posts: Mapping[str, Post]
    deadlines: Deadlines
    names: Mapping[str, Mapping[str, str]]
    known_source: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PairTimetable:
    """What two administrations agreed on time: their deadlines, and when both of them work."""

    calendar: JointCalendar
    deadlines: Deadlines


def timetable(country: str, home: Path | None = None) -> Timetable:
    """Calendar, posts and deadlines of one administration; read again only when a file changed.

    Args:
        home: a home whose files take the place of the package's; it need not exist.
    Raises UnknownAdministration, LawError when a file is malformed or has no source.
    """
    known = administrations()
    if country not in known:
        raise UnknownAdministration(country=country, known=", ".join(known))
    return _timetable(country, *_at_home(country, home))


def pair_timetable(ours: str, theirs: str, home: Path | None = None) -> PairTimetable:
    """Joint working time and deadlines of a pair; without a folder it has no deadline.

    Args:
        ours: the side who must act, in whose days calendar days are counted.
    Raises UnknownAdministration, LawError; MalformedLaw when the two never work at once.
    """
    calendar = joint(timetable(ours, home).calendar, timetable(theirs, home).calendar)
    pair = "_".join(sorted((ours, theirs)))
    return PairTimetable(calendar=calendar, deadlines=_deadlines(pair, *_at_home(pair, home)))


def pairs_of(country: str, home: Path | None = None) -> list[str]:
    """The administrations with which one has agreed deadlines: those here, or in the home."""
    found = []
    for other in administrations():
        pair = "_".join(sorted((country, other)))
        own = law_folder(pair, home) / DEADLINES if home else None
        shipped = files("silkport") / "countries" / pair / DEADLINES
        if other != country and (shipped.is_file() or (own is not None and own.is_file())):
            found.append(other)
    return found


def timetable_of_files(country: str, texts: Mapping[str, str]) -> Timetable:
    """Calendar, posts and deadlines of texts by file name. Raises LawError.

    calendar.toml must be there; without the other files nothing is known of what they hold.
    """
    if CALENDAR not in texts:
        reason = f"there is no {CALENDAR}, so nobody can tell when it works"
        raise MalformedLaw(what=country, reason=reason)
    calendar = read_calendar(country, texts)
    posts = f"{country}/{POSTS}"
    return Timetable(
        country=country,
        calendar=calendar,
        posts=read_posts(texts[POSTS], posts, calendar.time) if POSTS in texts else {},
        deadlines=read_deadlines(country, texts),
        names=day_names(country, texts),
        known_source=known_source(country, texts),
        digest=digest(dict(sorted(texts.items()))),
    )


@lru_cache(maxsize=_AT_HAND)
def _timetable(country: str, home: Path | None, stamp: Stamp) -> Timetable:
    return timetable_of_files(country, _texts(country, home, stamp))


@lru_cache(maxsize=_AT_HAND)
def _deadlines(pair: str, home: Path | None, stamp: Stamp) -> Deadlines:
    return read_deadlines(pair, _texts(pair, home, stamp))


def _at_home(folder: str, home: Path | None) -> tuple[Path | None, Stamp]:
    """The home, when it has files of its own, and what tells one state of them from another."""
    if home is None:
        return None, ()
    there = law_folder(folder, home)
    found = [(name, (there / name).stat()) for name in TIME_FILES if (there / name).is_file()]
    stamp = tuple((name, one.st_size, one.st_mtime_ns, one.st_ino) for name, one in found)
    return (home.resolve() if stamp else None), stamp


def _texts(folder: str, home: Path | None, stamp: Stamp) -> dict[str, str]:
    """The texts of the package's folder; what the home has takes their place."""
    shipped = files("silkport") / "countries" / folder
    texts = {
        name: (shipped / name).read_text(encoding="utf-8")
        for name in TIME_FILES
        if (shipped / name).is_file()
    }
    own = law_folder(folder, home) if home else None
    loaded = {name: (own / name).read_text(encoding="utf-8") for name, *_ in stamp} if own else {}
    return texts | loaded
