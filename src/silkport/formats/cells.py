"""Columns of cells as written outside, to the internal form: text, or exact scaled integers.

All columns of a chunk at a time; Python looks only at the cells that were refused, to say why.
Decimals go through 128-bit decimals, never through floats; a float of a typed file counts as the
shortest decimal text that names it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

import polars as pl

from silkport.model.columns import BOUNDS, MISSING, Column, Kind

PLACES = {Kind.AMOUNT: 5, Kind.QUANTITY: 5, Kind.MASS: 6, Kind.CARGO: 6, Kind.COUNT: 0}
"""Decimal places of the outside form; the internal integer is scaled by ten to that power."""

EXPECTED = {
    Kind.AMOUNT: "a decimal with at most 5 places, such as 1234.5",
    Kind.QUANTITY: "a decimal with at most 5 places, such as 2.5",
    Kind.MASS: "kilograms, a decimal with at most 6 places, such as 0.25",
    Kind.CARGO: "kilograms, a decimal with at most 6 places, such as 18500.5",
    Kind.COUNT: "a whole number",
    Kind.DAY: "a day such as 2026-07-01 or 20260701",
    Kind.TIME: "a time of 14 digits (YYYYMMDDhhmmss), or 2026-07-01T10:30:00",
    Kind.FLAG: "yes or no",
}

_PLAIN = {
    5: r"^[0-9]{1,24}(?:\.[0-9]{1,5})?$",
    6: r"^[0-9]{1,24}(?:\.[0-9]{1,6})?$",
    0: r"^[0-9]{1,24}$",
}
_DAY = r"^(?:[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{8})$"
_TIME = r"^(?:[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}|[0-9]{14})$"
_FLAGS = {"yes": 1, "true": 1, "1": 1, "no": 0, "false": 0, "0": 0}


@dataclass(frozen=True, slots=True)
class Fault:
    """A cell that was not taken as written; `row` counts from 0 within the chunk."""

    column: str
    row: int
    read: str
    expected: str
    code: str


@dataclass(frozen=True, slots=True)
class Cells:
    """Columns in internal form, without nulls; the faults listed, and how many are not."""

    values: pl.DataFrame
    faults: list[Fault]
    unlisted: int


def readable(dtype: pl.DataType) -> bool:
    """Whether cells of this type of a typed file can be read at all."""
    return not (dtype.is_nested() or isinstance(dtype, (pl.Object, pl.Duration, pl.Binary)))


def prepare(raw: pl.DataFrame, columns: Mapping[str, Column]) -> pl.DataFrame:
    """The named columns as trimmed text, "" for null; those with a type of their own as it is."""
    return raw.select(
        pl.col(name) if _is_direct(raw[name].dtype, column.kind) else as_text(raw, name)
        for name, column in columns.items()
    )


def as_text(raw: pl.DataFrame, name: str) -> pl.Expr:
    """Cells of any type as text, without white space around them; null is ""."""
    dtype, cells = raw[name].dtype, pl.col(name)
    if dtype.is_float():
        text = cells.fill_nan(None).cast(pl.String).str.strip_suffix(".0")
    elif isinstance(dtype, pl.Datetime):
        text = cells.dt.strftime("%Y-%m-%dT%H:%M:%S")
    else:
        text = cells if dtype == pl.String else cells.cast(pl.String, strict=False)
    return text.str.strip_chars().fill_null("")


def stated(prepared: pl.DataFrame, name: str) -> pl.Expr:
    """Which cells of a prepared column hold anything."""
    cells = pl.col(name)
    return cells.str.len_bytes() > 0 if prepared[name].dtype == pl.String else cells.is_not_null()


def read_cells(prepared: pl.DataFrame, columns: Mapping[str, Column], *, room: int) -> Cells:
    """Reads prepared columns; at most `room` faults are described, the others counted."""
    texts = [name for name in columns if prepared[name].dtype == pl.String]
    width = _each(prepared, {name: pl.col(name).str.len_bytes().max() for name in texts})
    dated = [n for n in texts if columns[n].kind in (Kind.DAY, Kind.TIME) and width[n]]
    hyphens = _each(prepared, {n: pl.col(n).str.contains("-", literal=True).any() for n in dated})
    values = prepared.select(
        _value(
            name, column, _Shape(prepared[name].dtype, width.get(name), bool(hyphens.get(name)))
        ).alias(name)
        for name, column in columns.items()
    )
    refused = _refused(prepared, values, columns, width)
    faults: list[Fault] = []
    unlisted = 0
    for name, mask in refused.items():
        rows = mask.arg_true()
        listed = rows.head(max(room - len(faults), 0))
        unlisted += rows.len() - listed.len()
        cells = prepared[name].gather(listed).cast(pl.String).str.slice(0, 100).to_list()
        for row, cell in zip(listed.to_list(), cells, strict=True):
            faults.append(_fault(name, row, cell, columns[name]))
    return Cells(values.with_columns(_stand_ins(columns)), faults, unlisted)


def _refused(
    prepared: pl.DataFrame,
    values: pl.DataFrame,
    columns: Mapping[str, Column],
    width: Mapping[str, int],
) -> dict[str, pl.Series]:
    """Per column with any fault, which of its cells could not be taken as written."""
    tests: dict[str, pl.Expr] = {}
    for name, column in columns.items():
        if column.kind is not Kind.TEXT:
            if width.get(name) != 0:
                tests[name] = stated(prepared, name) & values[name].is_null()
        elif column.longest and width[name] > column.longest:
            tests[name] = pl.col(name).str.len_chars() > column.longest
    found = prepared.select(test.alias(name) for name, test in tests.items())
    counts = _each(found, {name: pl.col(name).sum() for name in tests})
    return {name: found[name] for name, count in counts.items() if count}


def _each(frame: pl.DataFrame, figures: Mapping[str, pl.Expr]) -> dict[str, int]:
    """One figure of each column."""
    if not figures:
        return {}
    row = frame.select(figure.alias(name) for name, figure in figures.items()).row(0, named=True)
    return {name: int(figure or 0) for name, figure in row.items()}


def _stand_ins(columns: Mapping[str, Column]) -> list[pl.Expr]:
    """MISSING where a number, day, time or flag was not stated or refused."""
    numbers = [name for name, column in columns.items() if column.kind is not Kind.TEXT]
    return [pl.col(name).fill_null(MISSING) for name in numbers]


@dataclass(frozen=True, slots=True)
class _Shape:
    """What is known of a column before it is read."""

    dtype: pl.DataType
    width: int | None
    """Bytes of the longest cell of a text column."""
    hyphens: bool
    """Whether any day or time is written with hyphens."""


def _value(name: str, column: Column, shape: _Shape) -> pl.Expr:
    """The internal value of a column's cells; null where empty or refused."""
    cells, kind = pl.col(name), column.kind
    if kind is Kind.TEXT:
        too_wide = column.longest and (shape.width or 0) > column.longest
        return cells.str.slice(0, column.longest) if too_wide else cells
    if shape.width == 0:
        return pl.repeat(None, pl.len(), dtype=pl.Int64)
    if shape.dtype == pl.String:
        value = _READERS[kind](cells, shape.hyphens) if kind in _READERS else _decimal(cells, kind)
    elif kind in PLACES:
        scale = shape.dtype.scale if isinstance(shape.dtype, pl.Decimal) else 0
        value = _rescaled(cells, scale, PLACES[kind])
    elif kind is Kind.DAY:
        value = cells.cast(pl.Date).to_physical().cast(pl.Int64)
    else:
        value = cells.cast(pl.Int64)
    low, high = max(BOUNDS[kind][0], 0), BOUNDS[kind][1]
    return pl.when(value.is_between(low, high)).then(value)


def _is_direct(dtype: pl.DataType, kind: Kind) -> bool:
    """Whether cells of a typed file become internal values without text in between."""
    if kind in PLACES:
        return dtype.is_integer() or isinstance(dtype, pl.Decimal)
    if kind is Kind.DAY:
        return isinstance(dtype, (pl.Date, pl.Datetime))
    return kind is Kind.FLAG and dtype == pl.Boolean


def _decimal(text: pl.Expr, kind: Kind) -> pl.Expr:
    """Decimal texts as scaled integers; null where the text is no plain decimal."""
    exact = text.cast(pl.Decimal(38, PLACES[kind]), strict=False).to_physical()
    plain = text.str.contains(_PLAIN[PLACES[kind]])
    return pl.when(plain).then(exact.cast(pl.Int64, strict=False))


def _rescaled(cells: pl.Expr, scale: int, places: int) -> pl.Expr:
    """Whole numbers or decimals scaled to `places`; null where digits would be lost."""
    digits = (cells.to_physical() if scale else cells).cast(pl.Int128)
    if scale > places:
        step = pl.lit(10 ** (scale - places), dtype=pl.Int128)
        return pl.when(digits % step == 0).then((digits // step).cast(pl.Int64, strict=False))
    safe = digits.is_between(pl.lit(0, dtype=pl.Int128), pl.lit(10**20, dtype=pl.Int128))
    step = pl.lit(10 ** (places - scale), dtype=pl.Int128)
    return (pl.when(safe).then(digits) * step).cast(pl.Int64, strict=False)


def _day(text: pl.Expr, hyphens: bool) -> pl.Expr:
    """Days since 1970-01-01; null where no such day exists."""
    bare = text
    if hyphens:
        bare = pl.when(text.str.contains(_DAY)).then(text.str.replace_all("-", "", literal=True))
    day = bare.str.to_date("%Y%m%d", strict=False).to_physical().cast(pl.Int64)
    return pl.when(bare.str.len_bytes() == 8).then(day)


def _time(text: pl.Expr, hyphens: bool) -> pl.Expr:
    """Fourteen digits as an integer; null where no such time exists."""
    bare = text
    if hyphens:
        bare = pl.when(text.str.contains(_TIME)).then(text.str.replace_all("[-T :]", ""))
    exists = bare.str.to_datetime("%Y%m%d%H%M%S", strict=False, time_unit="ms").is_not_null()
    value = bare.cast(pl.Int64, strict=False)
    return pl.when(exists & (bare.str.len_bytes() == 14)).then(value)


def _flag(text: pl.Expr, _: bool) -> pl.Expr:
    """Yes is 1, no is 0; null for any other word."""
    return text.str.to_lowercase().replace_strict(_FLAGS, default=None, return_dtype=pl.Int64)


_READERS: dict[Kind, Callable[[pl.Expr, bool], pl.Expr]] = {
    Kind.DAY: _day,
    Kind.TIME: _time,
    Kind.FLAG: _flag,
}


def _fault(name: str, row: int, read: str, column: Column) -> Fault:
    """Why a stated cell was not taken as written."""
    kind = column.kind
    if kind is Kind.TEXT:
        return Fault(name, row, read, f"at most {column.longest} characters", "RDG004")
    bound = _out_of_bounds(read, kind) if read.isascii() else ""
    if bound:
        return Fault(name, row, read, bound, "RDG003")
    return Fault(name, row, read, EXPECTED[kind], "RDG001")


def _out_of_bounds(read: str, kind: Kind) -> str:
    """The bounds that a well-formed number or day exceeds; "" when it is not well-formed."""
    if kind is Kind.DAY:
        frame = pl.DataFrame({"day": [read]})
        if frame.select(_day(pl.col("day"), True)).item() is not None:
            return "a day from 1970-01-01 to 2099-12-31"
    if kind not in PLACES or "e" in read.lower() or "_" in read:
        return ""
    try:
        value = Decimal(read)
    except InvalidOperation:
        return ""
    high = Decimal(BOUNDS[kind][1]).scaleb(-PLACES[kind])
    if not value.is_finite() or 0 <= value <= high:
        return ""
    places = -int(value.normalize().as_tuple().exponent)
    return f"from 0 to {high:f}" if places <= PLACES[kind] else ""
