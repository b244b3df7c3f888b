"""What the events of a declaration say about its way to release."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from silkport.model.states import Actor

_IN_HAND = frozenset({"request_documents", "order_inspection", "sample", "reopen"})
"""What an officer does to take a declaration up: after that it is his to let go."""


@dataclass(frozen=True, slots=True)
class Course:
    """What the events of a declaration say about its way to release.

    Attributes:
        presented: its goods were presented, or had arrived when it was filed.
        early: it was filed before that.
        in_hand: an officer took it up; he lets it go.
        ordered: the node itself ordered the inspection that came last.
        looked: goods were inspected.
        documents: documents came since it was filed last.
    """

    presented: bool = True
    early: bool = False
    in_hand: bool = False
    ordered: bool = False
    looked: bool = False
    documents: bool = False


def course_of(records: Iterable[Mapping[str, Any]]) -> Course:
    """The course of a declaration by the records of its events, oldest first."""
    course = Course()
    for one in records:
        event, by_officer = one["event"], one["by"] == Actor.OFFICER
        if event == "register_early":
            course = replace(course, presented=False, early=True)
        elif event == "register":
            course = replace(course, presented=True, early=False)
        elif event == "present":
            course = replace(course, presented=True)
        elif event in {"file", "amend"}:
            course = replace(course, documents=False)
        elif event == "receive_documents":
            course = replace(course, documents=True)
        elif event in {"inspect", "receive_result"}:
            course = replace(course, looked=True)
        if event == "order_inspection":
            course = replace(course, ordered=not by_officer)
        if by_officer and event in _IN_HAND:
            course = replace(course, in_hand=True)
    return course


def awaits_goods(records: Iterable[Mapping[str, Any]]) -> bool:
    """Whether a declaration that came before its goods still waits for them, from its events."""
    waits = False
    for record in records:
        if record["event"] in _ABOUT_ARRIVAL:
            waits = record["event"] == "register_early"
    return waits


_ABOUT_ARRIVAL = frozenset({"register_early", "register", "present", "reopen"})
