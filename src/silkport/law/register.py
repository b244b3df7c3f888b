"""The legal basis register of a pair of administrations: what may cross the border, and why.

For each kind of message and each field it names the act that allows it to pass from one of the two
to the other, the purpose, and since when. **Whatever is not in the register stays home.** The same
register is asked by the sender, who keeps fields back, and by the receiver, who refuses them.

A list (`goods`) passes where all the fields that its rows demand may pass, and stays home whole
otherwise: rows without them would be no rows. How a register is written: `law/bases.py`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from types import NoneType
from typing import NamedTuple, TypeGuard

from silkport.law.bases import Basis, Passage, names_of, read_bases
from silkport.model.messages import KINDS, Competence, Field, Form, MessageKind

__all__ = ["Basis", "Kept", "Passage", "Register", "names_of", "read_register"]

_SHOWN = 60
_SINGLE = (str, int, NoneType)
"""What a field outside rows may hold: nothing that has names of its own."""


class Kept(NamedTuple):
    """What of a body may leave.

    Attributes:
        body: the fields that may.
        withheld: names of those that stayed home, sorted; `goods.total` within rows.
        bases: ids of the bases that what leaves rests on, sorted.
    """

    body: dict[str, object]
    withheld: tuple[str, ...]
    bases: tuple[str, ...]


class _View(NamedTuple):
    """What passes in one direction in one kind of message, as long as nothing changes."""

    bases: Mapping[str, Basis]
    plain: Mapping[str, str]
    rows: Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Register:
    """The register of a pair; two of the same digest say the same.

    Attributes:
        pair: codes of the two administrations, in alphabetical order.
        digest: SHA-256 of the canonical content: whether counsel of both sides signed the same.
        entries: bases per passage, in order of their first days.
        days: every day on which a basis begins or ends, in order.
    """

    pair: tuple[str, str]
    digest: str
    entries: Mapping[Passage, tuple[Basis, ...]] = field(compare=False, repr=False)
    days: tuple[date, ...] = field(compare=False, repr=False)
    _views: dict[tuple[object, ...], _View] = field(
        default_factory=dict, init=False, compare=False, repr=False
    )

    def allowed(
        self,
        kind: MessageKind,
        field: str,
        sender: str,
        receiver: str,
        day: date,
        *,
        competence: Competence | None = None,
    ) -> Basis | None:
        """The basis on which a field may pass on a day; None when it stays home.

        Args:
            field: its name; `goods.hs_code` within rows. A list passes on the basis of the first
                field that its rows demand.
            competence: of the sender. Without it a basis that is for some competences alone
                does not count.
        """
        return self._view(kind, sender, receiver, day, competence).bases.get(field)

    def keep_allowed(
        self,
        kind: MessageKind,
        body: Mapping[str, object],
        sender: str,
        receiver: str,
        day: date,
        *,
        competence: Competence | None = None,
    ) -> Kept:
        """What of a body may leave; rows are gone through field by field."""
        view = self._view(kind, sender, receiver, day, competence)
        kept: dict[str, object] = {}
        withheld: set[str] = set()
        bases: set[str] = set()
        for name, value in body.items():
            if name in view.plain and isinstance(value, _SINGLE):
                kept[name] = value
                bases.add(view.plain[name])
            elif name in view.rows and _is_rows(value):
                inner = view.rows[name]
                kept[name] = [_kept_row(row, name, inner, withheld, bases) for row in value]
                bases.add(view.bases[name].id)
            else:
                withheld.add(_named(name))
        return Kept(kept, tuple(sorted(withheld)), tuple(sorted(bases)))

    def refuse(
        self,
        kind: MessageKind,
        body: Mapping[str, object],
        sender: str,
        receiver: str,
        day: date,
        *,
        competence: Competence | None = None,
    ) -> str:
        """The first field of a body that may not pass; "" when all may.

        A field that holds what its form cannot hold (an object for a text) may not pass either:
        there would be names in it that nobody looked at. A long name is cut.
        """
        view = self._view(kind, sender, receiver, day, competence)
        plain, rows = view.plain, view.rows
        for name, value in body.items():
            if name in plain:
                if not isinstance(value, _SINGLE):
                    return name
            elif name in rows:
                if not _is_rows(value):
                    return name
                inner = rows[name]
                for row in value:
                    for part, one in row.items():
                        if part not in inner or not isinstance(one, _SINGLE):
                            return f"{name}.{_named(part)}"
            else:
                return _named(name)
        return ""

    def sendable(
        self,
        kind: MessageKind,
        sender: str,
        receiver: str,
        day: date,
        *,
        competence: Competence | None = None,
    ) -> str:
        """Why a kind cannot be sent on a day; "" when every field that it demands may pass."""
        bases = self._view(kind, sender, receiver, day, competence).bases
        missing = [one.name for one in kind.fields if one.demanded and one.name not in bases]
        if not missing:
            return ""
        way = f"from {sender} to {receiver} on {day}"
        return f"no basis lets {', '.join(missing)} of {kind.name} pass {way}"

    def lines(self) -> Iterator[tuple[Passage, Basis]]:
        """Everything that may pass, in the order of the table of kinds, then by day."""
        named = dict.fromkeys((one.name, name) for one in KINDS for name in names_of(one))
        for kind, name in named:
            for sender, receiver in (self.pair, self.pair[::-1]):
                passage = Passage(kind, name, sender, receiver)
                yield from ((passage, basis) for basis in self.entries.get(passage, ()))

    def bases(self) -> list[Basis]:
        """Every basis once, by id."""
        found = {basis.id: basis for several in self.entries.values() for basis in several}
        return [found[name] for name in sorted(found)]

    def _view(
        self,
        kind: MessageKind,
        sender: str,
        receiver: str,
        day: date,
        competence: Competence | None,
    ) -> _View:
        period = bisect_right(self.days, day)
        key = (kind.code, kind.version, sender, receiver, competence, period)
        view = self._views.get(key)
        if view is None:
            view = self._compiled(kind, sender, receiver, day, competence)
            if (sender, receiver) in (self.pair, self.pair[::-1]):  # others are without number
                self._views[key] = view
        return view

    def _compiled(
        self,
        kind: MessageKind,
        sender: str,
        receiver: str,
        day: date,
        competence: Competence | None,
    ) -> _View:
        def basis_of(name: str) -> Basis | None:
            several = self.entries.get(Passage(kind.name, name, sender, receiver), ())
            return next((one for one in several if one.holds(day, competence)), None)

        bases: dict[str, Basis] = {}
        plain: dict[str, str] = {}
        rows: dict[str, dict[str, str]] = {}
        for one in kind.fields:
            if one.form is not Form.ROWS:
                if basis := basis_of(one.name):
                    bases[one.name] = basis
                    plain[one.name] = basis.id
                continue
            inside = {
                part.name: basis
                for part in one.rows
                if (basis := basis_of(f"{one.name}.{part.name}"))
            }
            if inside and _demanded(one) <= inside.keys():
                bases[one.name] = next(
                    inside[part.name]
                    for part in sorted(one.rows, key=lambda part: not part.demanded)
                    if part.name in inside
                )
                bases |= {f"{one.name}.{name}": basis for name, basis in inside.items()}
                rows[one.name] = {name: basis.id for name, basis in inside.items()}
        return _View(bases, plain, rows)


def read_register(text: str) -> Register:
    """The register of a file; `law/bases.py` has its layout.

    Raises MalformedLaw, RecordWithoutSource, OverlappingDates with the place named.
    """
    pair, digest, entries = read_bases(text)
    periods = [(basis.start, basis.stop) for several in entries.values() for basis in several]
    days = sorted({day for period in periods for day in period})
    return Register(pair, digest, entries, tuple(days))


def _demanded(rows: Field) -> frozenset[str]:
    return frozenset(part.name for part in rows.rows if part.demanded)


def _is_rows(value: object) -> TypeGuard[Sequence[dict[str, object]]]:
    return isinstance(value, list | tuple) and all(isinstance(row, dict) for row in value)


def _kept_row(
    row: Mapping[str, object],
    name: str,
    inner: Mapping[str, str],
    withheld: set[str],
    bases: set[str],
) -> dict[str, object]:
    kept: dict[str, object] = {}
    for part, value in row.items():
        if part in inner and isinstance(value, _SINGLE):
            kept[part] = value
            bases.add(inner[part])
        else:
            withheld.add(f"{name}.{_named(part)}")
    return kept


def _named(name: object) -> str:
    """A name that came from outside: never empty, and not longer than a line."""
    return str(name)[:_SHOWN] or "(no name)"
