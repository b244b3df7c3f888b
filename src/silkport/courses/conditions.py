"""The conditions under which a passport takes the place of an examination, in their order.

Each has a permanent code, the field it is about and the smallest fix. A condition says what is
wrong in words, or "" when it holds; what is not known is wrong.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from silkport.kernel.periods import day_of
from silkport.law.recognition import PPM, Recognition, Replacement
from silkport.model.inspections import (
    ABSENT,
    Body,
    HouseFacts,
    InspectedLine,
    Method,
    Passport,
    Standing,
    TrustState,
    day_text,
)

HS_DIGITS = 6
"""Digits of a commodity code that are the same on both sides: the Harmonized System."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """A passport as it is offered in place of an examination.

    Attributes:
        id: under which this node keeps it.
        administration: of the node that it came from.
        body: as registered here under the code that the passport names; None for none.
        signed: its signature is by the key that it names, over all of it, for this administration.
        trust: in this body by this method.
        because: the officer's reason, where one overrode it.
        spent_on: another declaration that relies on it in this direction; "" for none.
    """

    id: str
    passport: Passport
    administration: str
    standing: Standing
    body: Body | None
    signed: bool
    trust: TrustState = TrustState.LEARNING
    because: str = ""
    spent_on: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One passport and one examination.

    Attributes:
        lines: the goods that the examination concerns.
        whole: it concerns the whole house.
        basis: on which it could be recognised; None for none.
        pair: the two administrations of the law.
        source: the act, or what is told instead.
    """

    examination: Method
    house: HouseFacts
    lines: tuple[InspectedLine, ...]
    whole: bool
    offered: Offered
    basis: Recognition | None
    pair: tuple[str, ...]
    source: str

    @property
    def passport(self) -> Passport:
        """What is offered."""
        return self.offered.passport

    @property
    def terms(self) -> Replacement:
        """What the basis asks for this examination; only asked once there is a basis."""
        assert self.basis is not None, "the condition of a basis comes first"
        return self.basis.replaces[self.examination]


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition: `fails` gives what is wrong, "" when it holds."""

    code: str
    field: str
    fails: Callable[[Ask], str]
    fix: str


def _overridden(ask: Ask) -> str:
    if ask.offered.standing is not Standing.OVERRIDDEN:
        return ""
    return f"an officer set it aside: {ask.offered.because}"


def _withdrawn(ask: Ask) -> str:
    is_withdrawn = ask.offered.standing is Standing.WITHDRAWN
    return "its body withdrew it" if is_withdrawn else ""


def _missed(ask: Ask) -> str:
    return "a re-check found what it had missed" if ask.offered.standing is Standing.MISSED else ""


def _no_basis(ask: Ask) -> str:
    if ask.basis is not None:
        return ""
    return f"nothing in force lets {ask.house.side} recognise {ask.examination}: {ask.source}"


def _other_house(ask: Ask) -> str:
    same = ask.passport.about == ask.house.about
    return "" if same else f"it is about {ask.passport.about}, not {ask.house.about}"


def _unregistered(ask: Ask) -> str:
    body, from_ = ask.offered.body, ask.offered.administration
    if body is None:
        return f"no body {ask.passport.body_code or 'without a code'} is registered here"
    if body.administration != from_:
        return f"{body.code} is a body of {body.administration}, the passport came from {from_}"
    other = [one for one in ask.pair if one != ask.house.side]
    return "" if from_ in other else f"{from_} is no party to the basis"


def _no_key(ask: Ask) -> str:
    body, passport = ask.offered.body, ask.passport
    assert body is not None, "the condition of a registered body comes first"
    if body.key(passport.key_id, passport.inspected_day) is not None:
        return ""
    day = day_text(passport.inspected_day)
    return f"no key {passport.key_id or 'without a name'} of {body.code} counts on {day}"


def _unsigned(ask: Ask) -> str:
    return "" if ask.offered.signed else "its signature is not by that key over what was received"


def _not_competent(ask: Ask) -> str:
    body, stated = ask.offered.body, ask.passport.competence
    assert body is not None, "the condition of a registered body comes first"
    if stated not in body.subjects:
        return f"{body.code} is not registered for {stated or 'an unnamed subject'}"
    return "" if stated in ask.terms.bodies else f"{stated} bodies do not do {ask.examination}"


def _wrong_method(ask: Ask) -> str:
    if ask.passport.method in ask.terms.methods:
        return ""
    return f"{ask.passport.method or 'an unnamed method'} is no way to do {ask.examination}"


def _not_conforming(ask: Ask) -> str:
    assert ask.basis is not None, "the condition of a basis comes first"
    return "" if ask.passport.finding in ask.basis.findings else f"it found: {ask.passport.finding}"


def _too_old(ask: Ask) -> str:
    age = ask.house.day - ask.passport.inspected_day
    if age < 0:
        return f"it is dated {day_text(ask.passport.inspected_day)}, after {day_of(ask.house.day)}"
    most = ask.terms.age_days
    return "" if age <= most else f"it is {age} days old, at most {most} are allowed"


def _not_valid(ask: Ask) -> str:
    last = ask.passport.valid_until_day
    if last == ABSENT:
        return "until when it is valid is not stated"
    return "" if ask.house.day <= last else f"it was valid until {day_of(last)}"


def _no_image(ask: Ask) -> str:
    if ask.passport.method != Method.X_RAY or _is_digest(ask.passport.image_digest):
        return ""
    return "the digest of its image is not stated"


def _other_goods(ask: Ask) -> str:
    ours, theirs = _codes(ask.lines), _codes(ask.passport.goods)
    if not ours or "" in ours:
        return "the commodity codes of the house are not known to six digits"
    if not theirs or "" in theirs:
        return "the commodity codes that were inspected are not known to six digits"
    missing = sorted(ours - theirs)
    if missing:
        return f"{', '.join(missing)} was not inspected"
    more = sorted(theirs - ours)
    return f"{', '.join(more)} is not in the house" if ask.whole and more else ""


def _other_mass(ask: Ask) -> str:
    assert ask.basis is not None, "the condition of a basis comes first"
    most = ask.basis.mass_tolerance_ppm
    ours, theirs = _net(ask.lines), _net(ask.passport.goods)
    for code, declared in sorted(ours.items()):
        if wrong := _apart(declared, theirs.get(code, ABSENT), most):
            return f"net mass of {code}: {wrong}"
    weighed = ask.passport.weighed_mass_mg
    if ask.passport.method != Method.WEIGHING and (weighed == ABSENT or not ask.whole):
        return ""
    wrong = _apart(ask.house.gross_mass_mg, weighed, most)
    return f"gross mass: {wrong}" if wrong else ""


def _spent(ask: Ask) -> str:
    spent_on = ask.offered.spent_on
    return f"it took the place of it for the declaration {spent_on}" if spent_on else ""


def _apart(declared: int, found: int, most_ppm: int) -> str:
    """What is wrong with two masses in milligrams; "" when they are the same within bounds."""
    if declared <= 0 or found <= 0:
        return "one of the two masses is not known"
    if abs(declared - found) * PPM <= most_ppm * declared:
        return ""
    return f"declared {declared} mg, inspected {found} mg"


def _codes(lines: Iterable[InspectedLine]) -> set[str]:
    """The codes at six digits; "" for one that is shorter or no code."""
    return {_code(line) for line in lines}


def _code(line: InspectedLine) -> str:
    code = line.hs_code[:HS_DIGITS]
    return code if len(code) == HS_DIGITS and code.isascii() and code.isdigit() else ""


def _net(lines: Iterable[InspectedLine]) -> dict[str, int]:
    """Net masses in milligrams by six digits; ABSENT where that of one line is not known."""
    sums: Counter[str] = Counter()
    unknown = set()
    for line in lines:
        code = _code(line)
        sums[code] += max(line.net_mass_mg, 0)
        if line.net_mass_mg <= 0:
            unknown.add(code)
    return {code: ABSENT if code in unknown else mass for code, mass in sums.items()}


def _is_digest(text: str) -> bool:
    return len(text) == 64 and all(one in "0123456789abcdef" for one in text)


CONDITIONS: tuple[Condition, ...] = (
    Condition("INS01", "standing", _overridden, "The officer who set it aside says what is owed."),
    Condition("INS02", "finding", _withdrawn, "Ask its body for a new result."),
    Condition("INS03", "standing", _missed, "Examine the goods here; ask its body for the cause."),
    Condition("INS04", "method", _no_basis, "Examine here until counsel enters a basis."),
    Condition("INS05", "consignment_no", _other_house, "Ask for the result of this house."),
    Condition("INS06", "body_code", _unregistered, "Register it: 'silkport inspection body'."),
    Condition("INS07", "key_id", _no_key, "Register its key and period after checking by voice."),
    Condition("INS08", "signature", _unsigned, "Ask its body to sign what may reach you, anew."),
    Condition("INS09", "competence", _not_competent, "Ask a body competent for this examination."),
    Condition("INS10", "method", _wrong_method, "Ask for a result by a method that fits."),
    Condition("INS11", "finding", _not_conforming, "Examine the goods here."),
    Condition("INS12", "inspected_at", _too_old, "Ask for a newer result."),
    Condition("INS13", "valid_until", _not_valid, "Ask for a result that states a later day."),
    Condition("INS14", "image_digest", _no_image, "Ask for the digest of the image."),
    Condition("INS15", "goods", _other_goods, "Ask for a result on the goods of this house."),
    Condition("INS16", "goods", _other_mass, "Weigh here, or ask for masses of this house."),
    Condition("INS17", "relied_on_by", _spent, "Examine here, or ask for a result of these goods."),
)
"""Every condition; the first that fails is told."""
