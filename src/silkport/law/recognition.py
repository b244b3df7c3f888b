"""Which inspections of the neighbour's bodies are recognised between a pair, and on what basis.

    pair = ["aa", "bb"]

    [[recognition]]                # a legal basis; there is no recognition without one
    id = "aa_bb-RE-01"
    kind = "results"               # or "images": X-rays, which need a basis of their own
    act = "..."
    article = "..."
    receivers = ["aa", "bb"]       # who recognises
    findings = ["conforms"]
    mass_tolerance_ppm = 5000      # how far masses may differ, millionths of what is declared
    source = "..."
    start = 1996-09-24
    stop = 2030-01-01              # the first day it no longer applies; may be left out
    confidence = "unverified"
    [recognition.replaces.plant]   # the examination that is owed here
    methods = ["plant"]            # by which methods it may have been done there
    bodies = ["plant"]             # and by bodies competent in what
    age_days = 14

    [[pending]]                    # what was agreed in principle: no basis, but it is told
    kind, says, source, start, stop, confidence

    [[examination]]                # what a side owes to goods from the other
    kind = "plant"
    side = "aa"
    directions = ["import"]
    lanes = ["yellow", "red"]      # left out: in every lane
    hs = ["07", "08"]              # codes that begin so; left out: all goods
    source, start, stop, confidence

    [[trust]]                      # the sequential test on a body, and the shares re-checked
    p0_ppm, p1_ppm, alpha_ppm, beta_ppm, learning_ppm, trusted_ppm, source, start, ...

An X-ray stands under `images` and nothing else does: an agreement on results of quality, health
and plant bodies is never stretched to it. How the file is read: `law/recognition_file.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from silkport.kernel.canonical import digest
from silkport.kernel.errors import MalformedLaw
from silkport.kernel.periods import Period
from silkport.model.inspections import Method, Subject

PPM = 1_000_000
RESULTS, IMAGES = "results", "images"
KINDS = (RESULTS, IMAGES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cited:
    """What every record of this law has."""

    period: Period
    source: str
    confidence: str = "cited"


@dataclass(frozen=True, slots=True)
class Replacement:
    """By which methods and bodies an examination may have been done, and how long ago at most."""

    methods: frozenset[Method]
    bodies: frozenset[Subject]
    age_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognition(Cited):
    """A basis on which the results of the other side's bodies take the place of examinations."""

    id: str
    kind: str
    act: str
    article: str
    receivers: frozenset[str]
    findings: frozenset[str]
    mass_tolerance_ppm: int
    replaces: Mapping[Method, Replacement]

    @property
    def cited(self) -> str:
        """The act as it is quoted."""
        return f"{self.act}, art. {self.article} ({self.source})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending(Cited):
    """Something agreed in principle, which is no basis yet."""

    kind: str
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Examination(Cited):
    """An examination that a side owes; empty lanes are every lane, empty codes all goods."""

    kind: Method
    side: str
    directions: frozenset[str]
    lanes: frozenset[str]
    hs: tuple[str, ...]

    def covers(self, code: str) -> bool:
        """Whether goods of a code are meant; a code too short to tell may be meant."""
        return not self.hs or any(code.startswith(one) or one.startswith(code) for one in self.hs)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustRule(Cited):
    """The sequential test on a body, all in millionths.

    Attributes:
        p0_ppm: share of misses up to which a body is good.
        p1_ppm: share of misses from which it is bad.
        alpha_ppm: chance to suspend a body of p0.
        beta_ppm: chance to trust a body of p1.
        learning_ppm, trusted_ppm: shares that are re-checked.
    """

    p0_ppm: int
    p1_ppm: int
    alpha_ppm: int
    beta_ppm: int
    learning_ppm: int
    trusted_ppm: int

    def __post_init__(self) -> None:
        """Refuses a test that could not end, and shares that would reward bad bodies."""
        errors = self.alpha_ppm + self.beta_ppm
        if not 0 < self.p0_ppm < self.p1_ppm < PPM:
            raise MalformedLaw(what="trust", reason="p0_ppm < p1_ppm lie within 1 to 999999")
        if min(self.alpha_ppm, self.beta_ppm) <= 0 or errors >= PPM:
            raise MalformedLaw(what="trust", reason="alpha_ppm + beta_ppm lie within 2 to 999999")
        if not 0 < self.trusted_ppm <= self.learning_ppm <= PPM:
            reason = "trusted_ppm is above 0 and not above learning_ppm, which is at most 1000000"
            raise MalformedLaw(what="trust", reason=reason)


@dataclass(frozen=True, slots=True)
class RecognitionLaw:
    """The law on recognition of a pair; an empty one recognises nothing.

    Attributes:
        digest: SHA-256 of the file; "" for an empty law.
    """

    pair: tuple[str, ...]
    recognitions: tuple[Recognition, ...] = ()
    pendings: tuple[Pending, ...] = ()
    examinations: tuple[Examination, ...] = ()
    trusts: tuple[TrustRule, ...] = ()
    digest: str = field(default="")

    def basis(self, examination: Method, receiver: str, day: date) -> Recognition | None:
        """On what basis an administration recognises a result in place of an examination."""
        return next(
            (
                one
                for one in self.recognitions
                if examination in one.replaces
                and receiver in one.receivers
                and one.period.contains(day)
            ),
            None,
        )

    def pending(self, examination: Method, day: date) -> Pending | None:
        """What was agreed in principle on the kind of recognition that an examination needs."""
        kind = kind_of(examination)
        return next((p for p in self.pendings if p.kind == kind and p.period.contains(day)), None)

    def owed_by(self, side: str, direction: str, lane: str, day: date) -> list[Examination]:
        """What a side examines of the goods of a lane, one record or more for each kind."""
        return [
            one
            for one in self.examinations
            if one.side == side
            and direction in one.directions
            and (not one.lanes or lane in one.lanes)
            and one.period.contains(day)
        ]

    def lists(self, side: str, direction: str, day: date) -> bool:
        """Whether it says at all what a side examines on a day."""
        return any(
            one.side == side and direction in one.directions and one.period.contains(day)
            for one in self.examinations
        )

    def trust_rule(self, day: date) -> TrustRule | None:
        """The test in force on a day."""
        return next((one for one in self.trusts if one.period.contains(day)), None)


def kind_of(examination: Method) -> str:
    """Which kind of recognition an examination needs."""
    return IMAGES if examination is Method.X_RAY else RESULTS


def digest_of(text: str) -> str:
    """What tells two editions of a file apart."""
    return digest({"recognition": text})


def sources(records: Iterable[Cited]) -> str:
    """The sources of several records, each once."""
    return "; ".join(dict.fromkeys(one.source for one in records))
