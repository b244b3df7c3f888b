"""The law by which a node decides, made ready: engine, deadlines, calendar."""

from __future__ import annotations

from hashlib import blake2b
from pathlib import Path

from silkport.engine.house import SingleHouse
from silkport.journey import Terms
from silkport.model.messages import Competence
from silkport.node.law.books import country_code, law_edition
from silkport.node.law.calendars import timetable
from silkport.node.law.release import release_law
from silkport.node.sovereign import Node
from silkport.node.workflow.filing import Office


def office_of(node: Node, home: Path) -> Office:
    """The office of a node: its administration's law as it stands in a home. Raises LawError."""
    book = law_edition(node.administration, home).book
    times = timetable(node.administration, home)
    country = country_code(node.administration)
    key = blake2b(node.pseudonym_key, digest_size=8, person=b"silkport draw")
    engine = SingleHouse(book, country)
    engine.prepare(times.calendar.time.day_at(node.now()))
    terms = Terms(times.deadlines, times.calendar)
    return Office(
        engine,
        terms,
        country,
        draw_seed=int.from_bytes(key.digest(), "big"),
        demands=release_law(node.administration, home),
        home=home,
    )


def is_deciding(node: Node) -> bool:
    """Whether the node may decide at all."""
    return Competence.CUSTOMS in node.competence
