"""One parcel at a time: the same sheets as the journey, read as generated Python.

A platform that asks about one parcel gets its answer in microseconds. Counts and sums are made
here by plain code; a property test asserts that every decision is the one of the journey.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from silkport.kernel.findings import Effect
from silkport.kernel.ids import parcel_id
from silkport.law.book import NO_CELL, Book
from silkport.law.single import Single
from silkport.model.columns import MAX_AMOUNT_E5, MISSING
from silkport.model.documents import INVENTORY, INVENTORY_LINE, ORDER, ORDER_LINE, PAYMENT, WAYBILL
from silkport.stages import assess, check, match, screen

Cells = Mapping[str, int | str]
Row = dict[str, int | str | bool]

_DOCUMENTS = (ORDER, PAYMENT, WAYBILL)
_ABSENT = {
    f"{table.name}_{column.name}": column.absent for table in _DOCUMENTS for column in table.columns
}
_PREFIXED = {
    table.name: tuple((f"{table.name}_{name}", name) for name in table.names)
    for table in _DOCUMENTS
}
_ORDERED = tuple((f"ordered_{name}", name) for name in ORDER_LINE.names)
_NOT_ORDERED: Row = {f"ordered_{column.name}": column.absent for column in ORDER_LINE.columns}
_EMPTY_INVENTORY: Row = {column.name: column.absent for column in INVENTORY.columns}
_EMPTY_LINE: Row = {column.name: column.absent for column in INVENTORY_LINE.columns}
_LEVIES = tuple(f"{levy}_minor" for levy in assess.LEVIES)
_NOT_REFUSING = {
    code
    for sheet in check.SHEETS
    for code, rule in sheet.rules.items()
    if rule.effect is not Effect.REFUSE
}
_MASK = {code: 1 << place for place, code in enumerate(match.MASK_RULES)} | {
    code: 1 << match.MASK_RULES.index(alias) for code, alias in match.MASK_ALIASES.items()
}


@dataclass(frozen=True, slots=True)
class Parcel:
    """One parcel with its documents, columns as in `model.documents`; what is absent is None."""

    inventory: Cells
    lines: Sequence[Cells]
    order: Cells | None = None
    order_lines: Sequence[Cells] = ()
    payment: Cells | None = None
    waybill: Cells | None = None


@dataclass(slots=True)
class Decided:
    """The decision on one parcel; amounts in minor units of the currency of account."""

    parcel_id: str
    regime: str
    outcome: str
    findings: list[tuple[str, int]] = field(default_factory=list)
    amounts: dict[str, int] = field(default_factory=dict)
    tax_lines: list[tuple[int, str, int, int, int]] = field(default_factory=list)
    match_mask: int = 0
    risk_score: int = 0
    lane: str = "green"


@dataclass(frozen=True, slots=True)
class _Cell:
    """The sheets of one cell as functions, and which of their outputs are rules."""

    regime: str
    run: dict[tuple[str, str], tuple[Single, tuple[tuple[str, str], ...], tuple[str, ...]]]


class SingleClearing:
    """Decides single parcels by one administration's law."""

    def __init__(self, book: Book, country: str) -> None:
        self._book = book
        self._country = country
        self._cells: dict[int, _Cell] = {}

    def clear(
        self,
        parcel: Parcel,
        *,
        processing_day: int,
        year_used_minor: int = 0,
        draw_ppm: int = 999_999,
    ) -> Decided:
        """The decision on `parcel`, as the journey takes it for a parcel that came alone.

        Args:
            year_used_minor: what the buyer's year had used before.
            draw_ppm: the parcel's place in the node's keyed random draw.
        """
        row: Row = {**_EMPTY_INVENTORY, **parcel.inventory}
        key = (str(row["ebc_code"]), str(row["order_no"]))
        identity = parcel_id(self._book.law.country, *key)
        direction = self._direction(row)
        number = self._book.cell_of(direction, str(row["trade_mode"]), int(row["decl_day"]))
        if number == NO_CELL:
            code = "REG001" if direction else "REG002"
            return Decided(identity, "", "refused", [(code, 0)])
        cell = self._cells.get(number) or self._compile(number)
        decided = Decided(identity, cell.regime, "released")
        effects: set[str] = set()
        row |= {"parcel_id": identity, "processing_day": processing_day, "draw_ppm": draw_ppm}
        row |= _ALONE
        row["year_used_minor"] = year_used_minor
        lines = _checked(cell, row, parcel, decided, effects)
        _matched(cell, row, lines, parcel, decided, effects)
        _valued(cell, row, lines, decided, effects)
        _assessed(cell, row, lines, decided, effects)
        for stage in ("screen", "settle", "release"):
            row |= _run(cell, (stage, "parcel"), row, 0, decided, effects)
        decided.risk_score = int(row.get("risk_score", 0))
        decided.lane = screen.LANES[int(row.get("lane_number", 0))]
        for code, _ in decided.findings:
            decided.match_mask |= _MASK.get(code, 0)
        decided.outcome = _outcome(effects, decided.lane)
        return decided

    def _direction(self, row: Row) -> str:
        if row["destination_country"] == self._country:
            return "import"
        return "export" if row["departure_country"] == self._country else ""

    def _compile(self, number: int) -> _Cell:
        run = {}
        for sheet in self._book.sheets:
            compiled = self._book.compiled(sheet, number)
            rules = tuple((rule.code, rule.effect.value) for rule in compiled.rules)
            computed = tuple(name for name in compiled.outputs if name not in sheet.rules)
            if compiled.outputs:
                run[sheet.stage, sheet.shape.name] = (compiled.single, rules, computed)
        self._cells[number] = _Cell(self._book.cells[number][0].code, run)
        return self._cells[number]


_ALONE: Row = {
    "waited_days": 0,
    "stale_versions": 0,
    "duplicates": 0,
    "unreadable_cells": 0,
    "buyer_parcels": 1,
    "address_buyers": 1,
    "withdrawal_kind": "",
    "withdrawal_applied_day": MISSING,
    "withdrawal_returned_day": MISSING,
    "return_lines_unknown": 0,
    "return_lines_exceeding": 0,
    "return_lines_kept": 0,
    "released_day": MISSING,
    "under_examination": 0,
    "given_invt_no": "",
    "withdrawal_message": "",
    "withdrawal_app_status": MISSING,
    "withdrawal_signature": "",
    "withdrawal_agent_code": "",
    "withdrawal_invt_no": "",
    "withdrawal_buyer_id": "",
}


def _run(
    cell: _Cell, sheet: tuple[str, str], row: Row, line: int, decided: Decided, effects: set[str]
) -> Row:
    """Runs one sheet over one row: notes what fired, gives what was computed."""
    entry = cell.run.get(sheet)
    if entry is None:
        return {}
    function, rules, computed = entry
    outputs = function(row)
    for code, effect in rules:
        if outputs[code]:
            decided.findings.append((code, line))
            effects.add(effect)
    return {name: _bounded(outputs[name]) for name in computed}


def _bounded(number: int | str | bool) -> int:
    """A computed number within the bounds of amounts, as the journey keeps it."""
    return max(-MAX_AMOUNT_E5, min(MAX_AMOUNT_E5, int(number)))


def _stated(number: int | str | bool) -> int:
    return max(0, int(number))


def _checked(
    cell: _Cell, row: Row, parcel: Parcel, decided: Decided, effects: set[str]
) -> list[Row]:
    before = 0
    gnums = sorted({int(line["gnum"]) for line in parcel.lines})
    row["line_count"] = len(parcel.lines)
    row["first_gnum"], row["last_gnum"] = (gnums[0], gnums[-1]) if gnums else (0, 0)
    row["distinct_gnums"] = len(gnums)
    lines: list[Row] = []
    for cells in sorted(parcel.lines, key=lambda one: int(one["gnum"])):
        line: Row = {**_EMPTY_LINE, **cells}
        line |= {
            "decl_day": row["decl_day"],
            "parcel_currency": row["currency"],
            "goods_cost_e5": _stated(row["freight_e5"]) + _stated(row["insurance_e5"]),
            "gross_mass_mg": row["gross_mass_mg"],
            "before_e5": min(before, MAX_AMOUNT_E5),
        }
        before += _stated(line["total_e5"])
        lines.append(line)
    row["lines_total_e5"] = min(before, MAX_AMOUNT_E5)
    row["pieces_e5"] = min(sum(_stated(line["qty_e5"]) for line in lines), MAX_AMOUNT_E5)
    for line in lines:
        _run(cell, ("check", "line"), line, int(line["gnum"]), decided, effects)
    _run(cell, ("check", "parcel"), row, 0, decided, effects)
    refusals = [code for code, _ in decided.findings if code not in _NOT_REFUSING]
    row["goods_findings"] = sum(code in check.GOODS_RULES for code in refusals)
    row["form_findings"] = len(refusals) - int(row["goods_findings"])
    return lines


def _matched(
    cell: _Cell, row: Row, lines: list[Row], parcel: Parcel, decided: Decided, effects: set[str]
) -> None:
    row |= _ABSENT
    for name, document in (
        ("order", parcel.order),
        ("payment", parcel.payment),
        ("waybill", parcel.waybill),
    ):
        row[f"has_{name}"] = int(document is not None)
        if document is not None:
            row |= {here: document[there] for here, there in _PREFIXED[name] if there in document}
    row["order_line_count"] = len(parcel.order_lines)
    first = len(decided.findings)
    if parcel.order is not None:
        ordered = {line["gnum"]: line for line in parcel.order_lines}
        for line in lines:
            theirs = ordered.get(line["gnum"])
            line["has_ordered"] = int(theirs is not None)
            line |= _NOT_ORDERED
            if theirs is not None:
                line |= {here: theirs[there] for here, there in _ORDERED if there in theirs}
            _run(cell, ("match", "line"), line, int(line["gnum"]), decided, effects)
    codes = [code for code, _ in decided.findings[first:]]
    row["lines_differing"], row["lines_mispriced"] = codes.count("MAT109"), codes.count("MAT110")
    _run(cell, ("match", "parcel"), row, 0, decided, effects)


def _valued(cell: _Cell, row: Row, lines: list[Row], decided: Decided, effects: set[str]) -> None:
    row["customs_value_minor"] = 0
    row |= _run(cell, ("value", "parcel"), row, 0, decided, effects)
    for line in lines:
        line["parcel_value_minor"] = row["customs_value_minor"]
        line["lines_total_e5"] = row["lines_total_e5"]
        line["line_count"], line["pieces_e5"] = row["line_count"], row["pieces_e5"]
        line["customs_value_minor"] = 0
        line |= _run(cell, ("value", "line"), line, int(line["gnum"]), decided, effects)


def _assessed(cell: _Cell, row: Row, lines: list[Row], decided: Decided, effects: set[str]) -> None:
    totals = dict.fromkeys(_LEVIES, 0)
    for line in lines:
        computed = _run(cell, ("assess", "line"), line, int(line["gnum"]), decided, effects)
        _add(totals, computed, int(line["gnum"]), decided)
    _add(totals, _run(cell, ("assess", "parcel"), row, 0, decided, effects), 0, decided)
    row |= totals
    decided.amounts = {"customs_value_minor": int(row["customs_value_minor"]), **totals}
    decided.amounts["total_minor"] = sum(totals.values())


def _add(totals: dict[str, int], computed: Row, line: int, decided: Decided) -> None:
    for levy in assess.LEVIES:
        amount = int(computed.get(f"{levy}_minor", 0))
        rate = int(computed.get(f"{levy}_rate_ppm", 0))
        if amount > 0 or rate > 0:
            base = int(computed.get(f"{levy}_base_minor", 0))
            decided.tax_lines.append((line, levy, base, rate, amount))
            totals[f"{levy}_minor"] += amount


def _outcome(effects: set[str], lane: str) -> str:
    if "refuse" in effects:
        return "refused"
    if "wait" in effects:
        return "pending"
    return "held" if "hold" in effects or lane != "green" else "released"
