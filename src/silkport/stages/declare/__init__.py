"""Declare: what message became which parcel or house, and which version supersedes which?

Takes incoming documents and what the node already knows of the same orders or declarations; adds
the status of every document, and the current version of each.
"""

from silkport.stages.declare.houses import declare_houses, to_houses
from silkport.stages.declare.parcels import (
    ALTERED,
    DRAFT,
    FINAL,
    HEADS,
    LEFT,
    LINES_OF,
    NOT_TAKEN,
    NUMBERED,
    Declared,
    declare,
    finding,
    moved,
    no_regime,
    schema_of,
    to_parcels,
    unreadable,
    without_late,
)

__all__ = [
    "ALTERED",
    "DRAFT",
    "FINAL",
    "HEADS",
    "LEFT",
    "LINES_OF",
    "NOT_TAKEN",
    "NUMBERED",
    "Declared",
    "declare",
    "declare_houses",
    "finding",
    "moved",
    "no_regime",
    "schema_of",
    "to_houses",
    "to_parcels",
    "unreadable",
    "without_late",
]
