"""The tax proof: every payment of one decision or quote, and how each amount came about.

A proof holds facts alone, in whole numbers of the units that their names say; how they are laid
out, and in which language, is for those who show it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from silkport.law.book import NO_CELL, Book
from silkport.law.compiled import UNVERIFIED, Dated
from silkport.law.derivation import Derivation
from silkport.law.formula import Formula, Ground
from silkport.law.sheet import Sheet
from silkport.model.consignment import Party
from silkport.stages import assess, value

Cells = Mapping[str, object]

LEVIES = assess.HOUSE_LEVIES
"""Every levy, in the order in which they are worked out."""

NOT_PAID = ("secured", "relieved")
"""Features of payments that are worked out and not paid."""

_HOUSE_PARTIES = (("declarant",) * 2, ("consignor",) * 2, ("consignee",) * 2)
_PARCEL_PARTIES = (("merchant", "ebc"), ("declarant", "agent"))

_DUTY_TABLES = ("tariff", "national", "preference", "export")


@dataclass(frozen=True, slots=True)
class Proven:
    """An amount that is unfolded: a customs value, an adjustment of it, a levy."""

    name: str
    formula: Formula


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """A payment row, box 47; a rate that is the sum of two parts stands as two rows.

    `rate` is the rate on file with its official sentences, where a tariff has one. Of a quote
    that lacks something an amount may not be known; it counts as nothing in sums.
    """

    line: int
    hs_code: str
    levy: str
    payment_code: str
    rate_kind: str
    base_minor: int
    rate_ppm: int
    quantity_e6: int
    quantity_unit: str
    specific_e6: int
    specific_currency: str
    specific_per: int
    amount_minor: int
    feature: str
    rate: Ground | None = None
    is_part: bool = False
    is_known: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxedLine:
    """One goods line with its payments, each amount unfolded."""

    gnum: int
    hs_code: str
    goods_name: str
    origin: str
    producer: str
    preference: str
    gross_mass_mg: int
    net_mass_mg: int
    qty_e5: int
    unit: str
    total_e5: int
    currency: str
    customs_value_minor: int
    payments: tuple[Payment, ...]
    amounts: tuple[Proven, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """Until when something may be done: `kind` is appeal, refund or payment. A day below zero is
    not known yet."""

    kind: str
    day: int
    days: int
    source: str
    start: str
    stop: str
    confidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxProof:
    """Everything about the payments of one declaration.

    `head` is the declaration as its columns name it, `decision` what was decided on it; `lines`
    are its goods; `payments` and `amounts` are those of the declaration as a whole. `exchange` are
    the exchange rates that were used. `unequal` names line and levy of payments that this law does
    not give as they were decided.
    """

    administration: str
    currency: str
    regime: str
    law_digest: str
    legal_day: int
    head: Cells
    decision: Cells
    lines: tuple[TaxedLine, ...]
    payments: tuple[Payment, ...]
    amounts: tuple[Proven, ...]
    exchange: tuple[Ground, ...]
    deadlines: tuple[Deadline, ...]
    customs_value_minor: int
    unequal: tuple[tuple[int, str], ...]

    @property
    def paid(self) -> tuple[Payment, ...]:
        """Every payment row, of the declaration as a whole and of its lines."""
        return (*self.payments, *(row for line in self.lines for row in line.payments))

    @property
    def totals(self) -> dict[str, int]:
        """Minor units by levy, in the order in which levies are worked out."""
        known = [row for row in self.paid if row.is_known]
        levies = {row.levy for row in known}
        return {
            levy: sum(row.amount_minor for row in known if row.levy == levy)
            for levy in LEVIES
            if levy in levies
        }

    @property
    def total_minor(self) -> int:
        """The sum of all payments."""
        return sum(row.amount_minor for row in self.paid)

    @property
    def secured_minor(self) -> int:
        """The part of the total that is secured or relieved, not paid."""
        return sum(row.amount_minor for row in self.paid if row.feature in NOT_PAID)

    @property
    def of_house(self) -> bool:
        """Whether commercial goods were declared; else a parcel was."""
        return "declaration_no" in self.head

    @property
    def number(self) -> str:
        """The number of the declaration; of a parcel its order number."""
        return str(self.decision["order_no"])

    @property
    def parties(self) -> tuple[Party, ...]:
        """Firms of the declaration; natural persons of a parcel are not among them."""
        found = (
            Party(role, *(str(self.head.get(f"{prefix}_{one}", "")) for one in ("code", "name")))
            for role, prefix in (_HOUSE_PARTIES if self.of_house else _PARCEL_PARTIES)
        )
        return tuple(party for party in found if party.code or party.name)

    @property
    def unverified(self) -> tuple[Ground, ...]:
        """The law that some amount rests on and that no source confirms yet, each once."""
        amounts = (*self.amounts, *(one for line in self.lines for one in line.amounts))
        found = (one for one in _grounds(amounts) if one.confidence == UNVERIFIED)
        return tuple(dict.fromkeys(found))


Asked = tuple[tuple[Sheet, tuple[str, ...]], ...]
"""Sheets, and which of their outputs are unfolded."""

_LEVY_OUTPUTS = tuple(f"{levy}_minor" for levy in LEVIES)
_VALUE = ("customs_value_minor",)
OF_HOUSES: Asked = ((value.houses, value.ADJUSTMENTS), (assess.houses, _LEVY_OUTPUTS))
OF_GOODS: Asked = ((value.goods, _VALUE), (assess.goods, _LEVY_OUTPUTS))
OF_PARCELS: Asked = ((value.parcels, _VALUE), (assess.parcels, _LEVY_OUTPUTS))
OF_LINES: Asked = ((value.lines, _VALUE), (assess.lines, _LEVY_OUTPUTS))


def amounts_of(book: Book, cell: int, asked: Asked, rows: Sequence[Cells]) -> list[list[Proven]]:
    """The amounts of each row that its regime works out, nothing for those of no cell."""
    found: list[list[Proven]] = [[] for _ in rows]
    for sheet, outputs in asked if cell != NO_CELL else ():
        compiled = book.compiled(sheet, cell)
        names = [name for name in outputs if name in compiled.written]
        if not names:
            continue
        derivation = Derivation(compiled, names)
        for amounts, row in zip(found, rows, strict=True):
            formulas = derivation.of(row)  # type: ignore[arg-type]
            amounts += [Proven(name.removesuffix("_minor"), f) for name, f in formulas.items()]
    return found


def tax_proof(
    head: Cells,
    lines: Sequence[Cells],
    rows: Sequence[Cells],
    book: Book,
    *,
    decision: Cells,
    cell: int,
) -> TaxProof:
    """The proof of the payments of one house or parcel.

    Args:
        head: its row as the rules saw it.
        lines: its goods lines likewise, in order.
        rows: its payment rows as they were decided, TAX_LINE columns.
        book: the law it was decided by; cell: its regime and period there.
    """
    of_house = "declaration_no" in head
    of_whole = amounts_of(book, cell, OF_HOUSES if of_house else OF_PARCELS, [head])[0]
    of_lines = amounts_of(book, cell, OF_GOODS if of_house else OF_LINES, lines)
    taxed = tuple(
        _line(line, _payments(rows, _int(line, "gnum"), amounts), amounts)
        for line, amounts in zip(lines, of_lines, strict=True)
    )
    whole = _payments(rows, 0, of_whole)
    used = _grounds([*of_whole, *(one for amounts in of_lines for one in amounts)])
    quoted = {one.key: one for one in used if one.table == "fx"}
    return TaxProof(
        administration=book.law.country,
        currency=book.law.currency,
        regime=book.cells[cell][0].code if cell != NO_CELL else "",
        law_digest=book.law.digest,
        legal_day=_int(head, "decl_day"),
        head=head,
        decision=decision,
        lines=taxed,
        payments=whole,
        amounts=tuple(one for one in of_whole if one.formula.result),
        exchange=tuple(quoted[currency] for currency in sorted(quoted)),
        deadlines=tuple(_deadlines(decision, book, cell)),
        customs_value_minor=_int(decision, "customs_value_minor"),
        unequal=tuple(_unequal(taxed, whole, of_whole)) if rows else (),
    )


def _unequal(
    lines: Iterable[TaxedLine], whole: Iterable[Payment], of_whole: Sequence[Proven]
) -> Iterator[tuple[int, str]]:
    every = [(line.gnum, line.payments, line.amounts) for line in lines]
    for number, payments, amounts in [(0, whole, of_whole), *every]:
        proven = {one.name: one.formula.result for one in amounts}
        for levy in LEVIES:
            paid = sum(row.amount_minor for row in payments if row.levy == levy)
            if paid != proven.get(levy, 0):
                yield number, levy


def _int(row: Cells, name: str) -> int:
    found = row.get(name, 0)
    return found if isinstance(found, int) else 0


def _line(line: Cells, payments: tuple[Payment, ...], amounts: Sequence[Proven]) -> TaxedLine:
    owed = {row.levy for row in payments}
    return TaxedLine(
        gnum=_int(line, "gnum"),
        hs_code=str(line["hs_code"]),
        goods_name=str(line.get("goods_name", "")),
        origin=str(line.get("origin", "")),
        producer=str(line.get("producer", "")),
        preference=str(line.get("preference", "")),
        gross_mass_mg=_int(line, "gross_mass_mg") if "net_mass_mg" in line else -1,
        net_mass_mg=_int(line, "net_mass_mg") if "net_mass_mg" in line else -1,
        qty_e5=_int(line, "qty_e5"),
        unit=str(line.get("unit", "")),
        total_e5=_int(line, "total_e5"),
        currency=str(line.get("currency", "")),
        customs_value_minor=_int(line, "customs_value_minor"),
        payments=payments,
        amounts=tuple(one for one in amounts if one.formula.result or one.name in owed),
    )


def _payments(rows: Sequence[Cells], line: int, amounts: Sequence[Proven]) -> tuple[Payment, ...]:
    own = [row for row in rows if row["line"] == line]
    formulas = {one.name: one.formula for one in amounts}
    names = Payment.__dataclass_fields__.keys() - {"rate", "is_part", "is_known"}
    levies = [str(row["levy"]) for row in own]
    return tuple(
        Payment(
            **{name: row[name] for name in names},  # type: ignore[arg-type]
            rate=_rate_of(str(row["levy"]), formulas.get(str(row["levy"]))),
            is_part=levies.count(str(row["levy"])) > 1,
        )
        for row in own
    )


def _rate_of(levy: str, formula: Formula | None) -> Ground | None:
    """The rate of a tariff that a levy was worked out with."""
    tables = _DUTY_TABLES if levy == "duty" else (levy,)
    for step in formula.steps if formula is not None else ():
        for ground in step.grounds:
            if ground.table in tables and ground.sentence_en:
                return ground
    return None


def _grounds(amounts: Iterable[Proven]) -> Iterator[Ground]:
    for amount in amounts:
        for step in amount.formula.steps:
            yield from step.grounds


def _deadlines(decision: Cells, book: Book, cell: int) -> Iterator[Deadline]:
    """What may be done until when, with the law that says so."""
    if cell == NO_CELL:
        return
    for kind in ("appeal", "refund"):
        name = f"{kind}_days"
        dated = _dated(book, cell, name)
        if dated is not None:
            yield _deadline(kind, _int(decision, f"{kind}_day"), dated)


def _dated(book: Book, cell: int, name: str) -> Dated | None:
    regime, period = book.cells[cell]
    known = (f"{regime.code}.{name}", name)
    return (
        book.law.at(name, period[0], regime.code)
        if any(one in book.law.params for one in known)
        else None
    )


def _deadline(kind: str, day: int, dated: Dated) -> Deadline:
    return Deadline(
        kind=kind,
        day=day,
        days=int(dated.value),
        source=dated.source,
        start=f"{dated.start}",
        stop="" if dated.stop == date.max else f"{dated.stop}",
        confidence=dated.confidence,
    )
