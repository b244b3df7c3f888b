"""The three readings of every sheet agree on every output, and so do the pinned operators."""

from __future__ import annotations

import random
from collections.abc import Callable

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from silkport.journey import SHEETS
from silkport.kernel.sheet_errors import IllTyped, PossibleOverflow
from silkport.law.book import Book
from silkport.law.bounds import work_out
from silkport.law.bulk import Bulk
from silkport.law.expression import (
    Expr,
    Type,
    col,
    const,
    greater_of,
    lesser_of,
    named,
    param,
    round_div,
    walk,
    where,
)
from silkport.law.proof import Grounds, prove
from silkport.law.settling import settled
from silkport.law.sheet import CompiledSheet, Sheet
from silkport.law.single import compile_single
from silkport.node.law.books import law_book
from tests.law.rows import random_rows

ROUNDINGS = ("half_up", "half_even", "truncate", "up")


def frame_of(sheet: Sheet, rows: list[dict[str, int | str]]) -> pl.DataFrame:
    schema = {c.name: pl.String if c.kind == "text" else pl.Int64 for c in sheet.shape.columns}
    return pl.DataFrame(rows, schema=schema)


def compiled_apart(book: Book, sheet: Sheet) -> list[CompiledSheet]:
    """The sheet once for each law: cells that ask the same of the same parameters are one."""
    found = {}
    for cell in range(len(book.cells)):
        compiled = book.compiled(sheet, cell)
        if compiled.outputs:
            law = (tuple(compiled.written.items()), tuple(sorted(compiled.params.items())))
            found.setdefault(law, compiled)
    return list(found.values())


@pytest.mark.parametrize("country", ["zz", "cn", "kz"])
@pytest.mark.parametrize("sheet", SHEETS, ids=lambda s: f"{s.stage}-{s.shape.name}")
def test_readings_agree_on_random_rows(country: str, sheet: Sheet) -> None:
    for seed, compiled in enumerate(compiled_apart(law_book(country), sheet)):
        rows = random_rows(sheet.shape, 300, seed=seed)
        bulk = compiled.bulk.run(frame_of(sheet, rows)).to_dicts()
        assert bulk == [compiled.single(row) for row in rows]
        for row, want in list(zip(rows, bulk, strict=True))[:8]:
            for name in compiled.outputs:
                assert compiled.prove(name, row).result == want[name], name


def expressions(depth: int, source: random.Random) -> Expr:
    if depth == 0:
        leaf = source.random()
        if leaf < 0.6:
            return col(source.choice("abc"), Type.INT)
        return const(source.choice((0, 1, 2, 3, 7, 100, 10**6, 10**12)))
    left, right = expressions(depth - 1, source), expressions(depth - 1, source)
    made: list[Callable[[], Expr]] = [
        lambda: left + right,
        lambda: left - right,
        lambda: expressions(0, source) * right,
        lambda: left // right,
        lambda: left % right,
        lambda: where((left > right) & ~(left == 3), left, right),
        lambda: greater_of(left, right),
        lambda: named("step", lesser_of(left, right)),
        lambda: round_div(greater_of(left, 0), greater_of(right, 0), source.choice(ROUNDINGS)),
    ]
    return source.choice(made)()


def no_grounds(name: str) -> Grounds:
    return Grounds(name, "", "", "", "", "")


@settings(max_examples=150, deadline=None)
@given(st.integers(min_value=0, max_value=10**9), st.integers(min_value=1, max_value=4))
def test_readings_agree_on_random_expressions(seed: int, depth: int) -> None:
    source = random.Random(seed)
    written = {"out": expressions(depth, source)}
    params = {f"rounding.{name}": name for name in ROUNDINGS}
    outputs = settled(written, params, {})
    high = 10**12
    bounds = dict.fromkeys("abc", (-high, high))
    try:
        worked_out = work_out(walk(list(outputs.values())), bounds, {})
    except PossibleOverflow:
        return
    numbers = [-high, -7, -1, 0, 1, 2, 3, high]
    rows = [
        {name: source.choice([*numbers, source.randint(-high, high)]) for name in "abc"}
        for _ in range(40)
    ]
    schema = dict.fromkeys("abc", pl.Int64)
    bulk = Bulk(outputs, {}, {}, worked_out).run(pl.DataFrame(rows, schema=schema))
    single = compile_single(outputs, {}, {})
    got = bulk["out"].to_list() if bulk.height == len(rows) else bulk["out"].to_list() * len(rows)
    want = [single(row)["out"] for row in rows]
    assert got == want
    low, top = worked_out[outputs["out"]]
    for row, value in zip(rows, want, strict=True):
        assert low <= int(value) <= top
        proof = prove(
            "out", written["out"], row, tables={}, lists={}, params=params, grounds=no_grounds
        )
        assert proof.result == value


def text_bulk(expr: Expr, texts: list[str]) -> list[object]:
    outputs = {"out": expr}
    bulk = Bulk(outputs, {}, {}, work_out(walk([expr]), {}, {}))
    return bulk.run(pl.DataFrame({"t": texts}, schema={"t": pl.String}))["out"].to_list()


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.text(alphabet="0123456789X+- _.eE\n\t٣１٢é", max_size=20) | st.text(max_size=6),
        min_size=1,
        max_size=20,
    ),
    st.integers(min_value=0, max_value=4),
    st.integers(min_value=1, max_value=17),
)
def test_text_operators_mean_the_same_in_bulk_and_single(
    texts: list[str], start: int, length: int
) -> None:
    t = col("t", Type.TEXT)
    for expr in (
        t.number(start, length),
        t.length(),
        t.check_value(start),
        t.part(start, length),
        t.matches("[0-9]{4}|[!-~]+"),
        t.starts_with("1"),
        t.weighted_sum((7, 9, 10)),
    ):
        single = compile_single({"out": expr}, {}, {})
        assert text_bulk(expr, texts) == [single({"t": text})["out"] for text in texts]


def test_what_would_overflow_is_refused_before_it_runs() -> None:
    big = col("a", Type.INT)
    with pytest.raises(PossibleOverflow):
        work_out(walk([big * big * big]), {"a": (0, 10**18)}, {})


def test_a_rule_cannot_mix_types_or_use_plain_python_logic() -> None:
    number, text = col("a", Type.INT), col("t", Type.TEXT)
    with pytest.raises(IllTyped):
        _ = number == "a"
    with pytest.raises(IllTyped):
        _ = number + text
    with pytest.raises(IllTyped):
        bool(number > 1)
    with pytest.raises(IllTyped):
        text.matches("^a$")


def test_a_parameter_left_in_is_an_error() -> None:
    with pytest.raises(KeyError):
        settled({"out": param("nowhere")}, {}, {})
