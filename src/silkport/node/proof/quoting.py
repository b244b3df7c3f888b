"""Quoting: what goods would owe, worked out by the passage without being declared or stored.

A quote runs the same stages over the same law as a decision. Findings of form do not matter to it;
those of value and assess do, because they say what an amount cannot be worked out without.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import polars as pl

from silkport.formats import intake
from silkport.formats.cells import Fault, prepare, read_cells
from silkport.formats.consignments import HEAD_KEYS, LINE_KEYS
from silkport.formats.declared import with_act
from silkport.formats.frames import frame_of
from silkport.kernel.errors import UnreadableFile
from silkport.kernel.periods import day_number, day_of
from silkport.kernel.scaled import Rounding, round_div
from silkport.law.book import ANY_DIRECTION, ANY_MODE, Book
from silkport.law.compiled import Law, Regime
from silkport.law.permits import Permit, permits_for
from silkport.model.columns import Column
from silkport.model.declarations import DECLARATION, DECLARED_TABLES, GOODS
from silkport.model.outcomes import DECISION, TAX_LINE
from silkport.node.clearing.arrival import PROBLEM_SCHEMA
from silkport.node.clearing.clear import note_of
from silkport.node.law.books import country_code
from silkport.node.proof.proving import Payment, TaxedLine, TaxProof, tax_proof
from silkport.node.proof.unfolded import Reason, reasons_of
from silkport.node.store.segments import outcome_schema
from silkport.passage import goods as passage
from silkport.passage.goods import Batch, Cleared
from silkport.stages import assess
from silkport.stages.assess import REMEDIES

Tables = dict[str, pl.DataFrame]
Texts = Mapping[str, str]

OWED = ("value", "assess")
"""Stages whose findings concern what is owed."""

_NO_REGIME = "REG"
_BEFORE_VAT = ("duty", *REMEDIES, "excise")
_UNKNOWN_BY = {
    "ASS201": ("duty",),
    "ASS202": ("duty",),
    "ASS203": ("vat",),
    "ASS204": ("duty",),
    "ASS205": ("duty",),
    "ASS208": ("vat",),
    "ASS210": ("excise",),
    "ASS211": REMEDIES,
}
"""Levies of a line that nobody can know while a rule is broken; a rule on the value leaves none."""

_NO_RATE = {"ASS201": "duty", "ASS203": "vat"}

_UNKNOWN = ("refuse", "hold")
_MOST_FAULTS = 100
_E5 = 100_000
_MINOR = 100
_PPM = 1_000_000


@dataclass(frozen=True, slots=True)
class Quote:
    """What one house would owe; it is no decision.

    `missing` says what some amount could not be worked out without, `notes` what else the law has
    to say. `price_minor` is the price of all lines in minor units of account, below zero where it
    could not be exchanged; `share_ppm` the total as a share of it in millionths, below zero where
    something is missing. `permits` are by goods line.
    """

    proof: TaxProof
    missing: tuple[Reason, ...]
    notes: tuple[Reason, ...]
    permits: Mapping[int, tuple[Permit, ...]]
    price_minor: int
    share_ppm: int

    @property
    def is_complete(self) -> bool:
        """Whether nothing is missing."""
        return not self.missing


@dataclass(frozen=True, slots=True)
class Declared:
    """Declarations to quote for, and what of them could not be read, in words."""

    tables: Tables
    unread: tuple[str, ...] = ()


def procedures(law: Law, day: date, direction: str) -> list[str]:
    """Procedures or supervision modes that goods can be declared under, the usual one first."""
    regimes = sorted(_regimes(law, day, direction), key=lambda one: one.procedure != direction)
    modes = (mode for regime in regimes for mode in regime.trade_modes if mode != ANY_MODE)
    return list(dict.fromkeys(modes))


def regime_of(law: Law, day: date, direction: str, procedure: str) -> Regime | None:
    """The regime of commercial goods under a procedure on a day."""
    regimes = _regimes(law, day, direction)
    return next((one for one in regimes if procedure in one.trade_modes), None)


def _regimes(law: Law, day: date, direction: str) -> list[Regime]:
    return [
        regime
        for regime in law.regimes_at(day)
        if regime.declares == "house" and regime.direction in (direction, ANY_DIRECTION)
    ]


def declared_by(
    head: Texts, lines: Sequence[Texts], day: date
) -> tuple[Tables, list[tuple[int, Fault]]]:
    """One declaration from texts by the outside names of their columns.

    Returns: its tables, and every text that cannot be used with its line, 0 for the head.
    """
    of_head = _read([head], HEAD_KEYS)
    of_lines = _read(lines, LINE_KEYS)
    heads = with_act(frame_of(DECLARATION.name, of_head[0]))
    goods = frame_of(GOODS.name, of_lines[0])
    tables = {DECLARATION.name: _numbered(heads, day), GOODS.name: _numbered(goods, day)}
    faults = [(0, fault) for fault in of_head[1]]
    return tables, [*faults, *((fault.row + 1, fault) for fault in of_lines[1])]


def _read(
    rows: Sequence[Texts], known: Mapping[str, Column]
) -> tuple[dict[str, pl.Series], list[Fault]]:
    """Columns in internal form by their names, and the cells that cannot be used."""
    frame = pl.DataFrame([dict(row) for row in rows], schema=dict.fromkeys(known, pl.String))
    found = read_cells(prepare(frame, known), known, room=_MOST_FAULTS)
    return {column.name: found.values[key] for key, column in known.items()}, found.faults


def _numbered(rows: pl.DataFrame, day: date) -> pl.DataFrame:
    return rows.with_columns(
        pl.lit(1, dtype=pl.Int64).alias("doc"),
        pl.lit(day_number(day), dtype=pl.Int64).alias("received_day"),
    )


def declared_in(path: Path, day: date) -> Declared:
    """Declarations of a file of consignments, and what of it could not be read.

    Raises UnreadableFile when it was read and holds none.
    """
    chunks = list(intake.read([path]))
    parts: dict[str, list[pl.DataFrame]] = {table.name: [] for table in DECLARED_TABLES}
    documents = 0
    for chunk in chunks:
        if DECLARATION.name not in chunk.tables:
            continue
        heads = chunk.tables[DECLARATION.name]
        number = pl.int_range(documents, documents + heads.height, dtype=pl.Int64, eager=True)
        heads = _numbered(heads, day).with_columns(number.alias("doc"))
        documents += heads.height
        parts[DECLARATION.name].append(heads)
        goods = chunk.tables.get(GOODS.name)
        if goods is not None:
            about = heads.select("source", "position", "doc", "received_day")
            parts[GOODS.name].append(goods.join(about, on=["source", "position"]))
    aside = [one.reason for chunk in chunks for one in chunk.set_aside]
    if not documents and not aside:
        reason = "it holds no declaration of commercial goods"
        raise UnreadableFile(source=path.name, expected="consignments", reason=reason)
    told = [note_of(problem) for chunk in chunks for problem in chunk.problems]
    tables = {name: pl.concat(rows) for name, rows in parts.items() if rows}
    return Declared(tables, (*aside, *told))


def on_day(tables: Tables, day: date) -> Tables:
    """The same declarations with this legal day."""
    if not tables:
        return tables
    heads = tables[DECLARATION.name].with_columns(
        pl.lit(day_number(day), dtype=pl.Int64).alias("decl_day")
    )
    return tables | {DECLARATION.name: heads}


def quotes(declared: Tables, book: Book, *, day: date, language: str) -> Iterator[Quote]:
    """What each declared house would owe, in order of their identities.

    Args:
        declared: tables `declaration` and `goods` with the columns of `declare.NUMBERED`; a
            declaration without a legal day has `day`.
    """
    if not declared:
        return
    legal = pl.when(pl.col("decl_day") < 0).then(day_number(day)).otherwise(pl.col("decl_day"))
    heads = declared[DECLARATION.name].with_columns(legal.alias("decl_day"))
    batch = Batch(
        administration=book.law.country,
        country=country_code(book.law.country),
        processing_day=day_number(day),
        draw_seed=0,
        incoming=declared | {DECLARATION.name: heads},
        known={},
        decisions=pl.DataFrame(schema=outcome_schema(DECISION)),
        tax_lines=pl.DataFrame(schema=outcome_schema(TAX_LINE)),
        problems=pl.DataFrame(schema=PROBLEM_SCHEMA),
    )
    cleared = passage.clear(batch, book)
    for house in cleared.houses.to_dicts():
        yield _quote(house, cleared, book, language)


def _quote(house: dict[str, object], cleared: Cleared, book: Book, language: str) -> Quote:
    own = pl.col("parcel_id") == house["parcel_id"]
    cell = int(str(house["cell"]))
    decision = cleared.decisions.filter(own).to_dicts()[0]
    asked = pl.col("stage").is_in(OWED) | pl.col("code").str.starts_with(_NO_REGIME)
    found = reasons_of(cleared.findings.filter(own & asked), book, cell, decision, language)
    missing = tuple(one for one in found if one.effect in _UNKNOWN)
    proof = tax_proof(
        house,
        cleared.goods.filter(own).sort("gnum").to_dicts(),
        cleared.tax_lines.filter(own).to_dicts(),
        book,
        decision=decision | {"outcome": ""},
        cell=cell,
    )
    today = int(decision["processing_day"])
    deadlines = (replace(one, day=today + one.days) for one in proof.deadlines)
    proof = replace(proof, deadlines=tuple(deadlines))
    lines = tuple(_known(line, missing) for line in proof.lines)
    values = [line.customs_value_minor for line in lines]
    value = sum(values) if min(values, default=0) >= 0 else -1
    proof = replace(proof, lines=lines, customs_value_minor=value)
    price = _price_minor(proof, house, book)
    return Quote(
        proof,
        missing,
        tuple(one for one in found if one not in missing),
        {line.gnum: _permits(line, house, book) for line in proof.lines},
        price,
        -1
        if missing or price <= 0
        else round_div(proof.total_minor * _PPM, price, Rounding.HALF_UP),
    )


def _permits(line: TaxedLine, house: Mapping[str, object], book: Book) -> tuple[Permit, ...]:
    """The permits that the law names for the goods of a line on the legal day."""
    found = permits_for(
        book.law.permits,
        hs=line.hs_code,
        direction=str(house["direction"]),
        day=day_of(int(str(house["decl_day"]))),
        procedure=str(house["procedure"]),
        origin=line.origin,
    )
    return tuple(found)


def _known(line: TaxedLine, missing: Sequence[Reason]) -> TaxedLine:
    """The line without amounts that depend on what is missing; their payments say so.

    VAT is charged on the other levies, so it is not known while one of them is not.
    """
    broken = [one.code for one in missing if one.line in (0, line.gnum)]
    unknown = {levy for code in broken for levy in _UNKNOWN_BY.get(code, assess.LINE_LEVIES)}
    if unknown & set(_BEFORE_VAT):
        unknown.add("vat")
    payments: list[Payment] = []
    for levy in assess.LINE_LEVIES:
        own = [row for row in line.payments if row.levy == levy]
        if levy not in unknown:
            payments += own
        elif own:
            payments.append(replace(own[0], amount_minor=0, is_known=False))
        elif any(_NO_RATE.get(code) == levy for code in broken):
            payments.append(_not_known(line, levy))
    has_value = all(code in _UNKNOWN_BY for code in broken)
    hidden = unknown if has_value else {*unknown, "customs_value"}
    return replace(
        line,
        payments=tuple(payments),
        amounts=tuple(one for one in line.amounts if one.name not in hidden),
        customs_value_minor=line.customs_value_minor if has_value else -1,
    )


def _not_known(line: TaxedLine, levy: str) -> Payment:
    """The payment of a levy without a rate on file."""
    return Payment(
        line=line.gnum,
        hs_code=line.hs_code,
        levy=levy,
        payment_code="",
        rate_kind="",
        base_minor=0,
        rate_ppm=0,
        quantity_e6=0,
        quantity_unit="",
        specific_e6=0,
        specific_currency="",
        specific_per=0,
        amount_minor=0,
        feature="",
        is_known=False,
    )


def _price_minor(proof: TaxProof, house: Mapping[str, object], book: Book) -> int:
    """The price of all lines in the currency of account, half up; below zero without a rate."""
    total = sum(max(line.total_e5, 0) for line in proof.lines)
    currency, rate, per = str(house["currency"]), _PPM, 1
    if currency != book.law.currency:
        table = book.law.tables["fx"]
        place = table.find(currency, proof.legal_day)
        if place < 0:
            return -1
        rate = int(table.fields["rate_ppm"][place])
        per = int(table.fields["nominal_count"][place])
    return round_div(total * rate * _MINOR, per * _E5 * _PPM, Rounding.HALF_UP)
