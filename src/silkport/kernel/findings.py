"""Findings: what a stage says about a parcel, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Effect(StrEnum):
    """What a finding does to the parcel."""

    REFUSE = "refuse"
    """The declaration is not accepted."""
    HOLD = "hold"
    """An officer decides before it goes on."""
    WAIT = "wait"
    """Something is still to arrive; nobody need act yet."""
    NOTE = "note"
    """It is told and changes nothing."""
    RISK = "risk"
    """It adds to the risk score; seen by authorised officers only."""


class Audience(StrEnum):
    """Who may read a sentence."""

    DECLARANT = "declarant"
    OFFICER = "officer"


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule that fired on one parcel or on one of its lines.

    `code` is the permanent code of the rule; `line` counts from 1 and 0 means the parcel as a
    whole; `facts` are the values the sentence names.
    """

    code: str
    parcel_id: str
    line: int
    effect: Effect
    facts: Mapping[str, str | int] = field(default_factory=dict)
