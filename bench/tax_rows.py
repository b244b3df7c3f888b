"""Rows of the tax benchmark: speed, peers, one line, tariff, look-up, replay, exactness."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import TypeVar

import msgspec
import polars as pl

import tax_engine as engine
from measuring import Row, compared, cpu_seconds, latencies
from tax_engine import NotBuilt
from tax_law import TARIFF_FILE, TaxLaw, tax_law
from tax_lines import Line, tax_lines
from tax_oracle import AMOUNTS, reference
from tax_peers.environment import PEERS, PeerMissing, figures
from tax_yardsticks import (
    Amounts,
    DecimalLoop,
    HandPolars,
    asof_rate,
    asof_rate_in_any_order,
    asof_tariff,
)

SINGLE_CALLS = 20_000
KIND = "M lines/s/core"
Result = TypeVar("Result")


@dataclass
class Bench:
    """The lines, the law and everybody who computes, made when first needed.

    `missing` gathers what could not be measured, and why.
    """

    lines: int
    decisions: int
    folder: Path
    peers: Path
    seed: int = 7
    missing: list[str] = field(default_factory=list)

    @cached_property
    def law(self) -> TaxLaw:
        """The law of the seed."""
        return tax_law(self.seed)

    @cached_property
    def frame(self) -> pl.DataFrame:
        """The lines as columns, in the order of their days."""
        return tax_lines(self.law, self.lines, self.seed)

    @cached_property
    def records(self) -> list[Line]:
        """The same lines one by one."""
        return self.frame.to_dicts()

    @cached_property
    def right(self) -> pl.DataFrame:
        """What the oracle says of each line."""
        return reference(self.law, self.frame)

    @cached_property
    def loop(self) -> DecimalLoop:
        """The Decimal loop."""
        return DecimalLoop(self.law)

    @cached_property
    def hand(self) -> HandPolars:
        """The hand-written Polars."""
        return HandPolars(self.law)

    @cached_property
    def engine(self) -> engine.Engine:
        """The law as Silkport compiles it. Raises NotBuilt."""
        return engine.silkport_law(self.law)

    @cached_property
    def speeds(self) -> dict[str, float]:
        """CPU seconds for all lines, everybody in this process in turn."""
        works: dict[str, Callable[[], object]] = {
            "Decimal loop": lambda: self.loop.run(self.records),
            "hand-written Polars": lambda: self.hand.run(self.frame),
        }
        bulk = self.there(lambda: engine.silkport_bulk(self.engine, self.frame))
        if bulk:
            works["Silkport in bulk"] = bulk
        proof = self.there(lambda: engine.silkport_proof(self.engine, self.frame))
        if proof:
            target = self.folder / "proved.parquet"
            works["Silkport with stored proof"] = lambda: proof().write_parquet(
                target, compression="lz4"
            )
        return dict(zip(works, compared(*works.values()), strict=True))

    def there(self, work: Callable[[], Result]) -> Callable[[], Result] | None:
        """The work itself once it has run; nothing, and a note, where it is not built."""
        try:
            work()
        except NotBuilt as lacking:
            self.missing.append(f"Silkport, {lacking}: not built")
            return None
        return work


def speed(bench: Bench) -> Iterator[Row]:
    """All levies of all lines, in one process."""
    aims = {"Silkport in bulk": 2.0, "Silkport with stored proof": 0.7}
    tariff = "published" if bench.law.published else "invented"
    notes = {
        "Silkport in bulk": f"{bench.lines:,} lines, {tariff} tariff in two editions, all levies",
        "Silkport with stored proof": "written as Parquet, as the store does",
        "Decimal loop": "rates from dictionaries, by bisection",
        "hand-written Polars": "join_asof, 128 bits for combined rates, lines in order of days",
    }
    for what, seconds in bench.speeds.items():
        lines = bench.lines / seconds / 1e6
        yield Row("1 bulk", what, lines, KIND, aims.get(what), note=notes[what])
    ours = bench.speeds.get("Silkport in bulk")
    for what in ("Decimal loop", "hand-written Polars"):
        if ours is not None:
            yield Row("1 bulk", f"Silkport in bulk / {what}", bench.speeds[what] / ours, "x")


def peers(bench: Bench) -> Iterator[Row]:
    """The same lines in the engines of others, each in its own environment."""
    path = bench.folder / "lines.json"
    path.write_text(json.dumps(exchanged(bench)), "utf-8")
    ours = bench.speeds.get("Silkport in bulk")
    loop = bench.speeds["Decimal loop"] / bench.lines
    for peer in PEERS:
        try:
            found = figures(peer, bench.peers, path)
        except PeerMissing as reason:
            bench.missing.append(f"{reason}")
            continue
        version = f"{peer.name} {peer.requirement.partition('==')[2]}"
        for one in found:
            who = f"{version}, {one['way']}"
            each = one["cpu_seconds"] / one["lines"]
            note = (
                f"{loop / each:.3g} of the Decimal loop; made ready in {one['load_seconds']:.2f} s;"
                f" by the clock {one['lines'] / one['clock_seconds']:,.0f} lines/s"
            )
            yield Row("2 peers", who, 1 / each / 1e6, KIND, note=note)
            if ours is not None:
                ratio = each * bench.lines / ours
                yield Row("2 peers", f"Silkport in bulk / {who}", ratio, "x")
            note = f"of {one['lines']:,}; by {one['greatest_minor']:,} minor units at most"
            yield Row("8 exact", f"{who}: lines", one["wrong"], "wrong", note=note)


def exchanged(bench: Bench) -> dict[str, object]:
    """What the peers are given, as `tax_peers/exchange.py` says."""
    lines = bench.hand.rates(bench.frame).drop("line", "prefix").collect()
    duties = [
        asdict(duty) | {"hs_code": duty.code, "start": f"{duty.start}", "stop": f"{duty.stop}"}
        for duty in bench.law.duties
    ]
    return {
        "lines": lines.to_dict(as_series=False),
        "duties": duties,
        "vat": [(f"{start}", share) for start, _, share in bench.law.vat],
        "right": bench.right.rows(),
    }


def single(bench: Bench) -> Iterator[Row]:
    """One line from decoded JSON to its amounts."""
    some = bench.records[:: max(len(bench.records) // 2_000, 1)]
    decoded = [msgspec.json.decode(msgspec.json.encode(line)) for line in some]
    ours = bench.there(lambda: engine.silkport_single(bench.engine))
    works: dict[str, Callable[[Line], Amounts]] = {"Decimal loop": bench.loop.amounts}
    if ours:
        works = {"Silkport": ours(), **works}
    for who, work in works.items():
        call = partial(_call, work, decoded)
        latencies(call, len(decoded))
        p50, p99 = latencies(call, SINGLE_CALLS)
        aim = 100 if who == "Silkport" else None
        yield Row("3 single", f"{who}: p50", p50, "µs", aim, at_most=True)
        yield Row("3 single", f"{who}: p99", p99, "µs")


def _call(work: Callable[[Line], Amounts], lines: list[Line], turn: int) -> Amounts:
    return work(lines[turn % len(lines)])


def tariff(bench: Bench) -> Iterator[Row]:
    """The published tariff from its file to compiled law."""
    if not TARIFF_FILE.is_file():
        bench.missing.append("loading the tariff: its file is not at hand")
        return
    load = bench.there(lambda: engine.silkport_load(TARIFF_FILE))
    if load:
        codes = load()
        note = f"{codes:,} codes"
        yield Row("4 tariff", "loaded and compiled", cpu_seconds(load), "s CPU", 2, True, note)


def look_up(bench: Bench) -> Iterator[Row]:
    """The dated look-up alone against `join_asof`, in its best case and in any order."""
    rates = asof_tariff(bench.law).select("hs_code", "start", "rate_ppm")
    in_order = bench.frame.select("hs_code", "decl_day")
    mixed = in_order.sample(fraction=1, shuffle=True, seed=bench.seed)
    for how, lines, join in (
        ("lines in any order", mixed, partial(asof_rate_in_any_order, mixed, rates)),
        ("lines in the order of days", in_order, partial(asof_rate, in_order, rates)),
    ):
        ours = bench.there(partial(_looked_up, bench, lines))
        if ours is None:
            seconds = cpu_seconds(join)
        else:
            assert ours().equals(join(), check_names=False)
            mine, seconds = compared(ours, join)
            yield Row("5 look-up", f"Silkport, {how}", len(lines) / mine / 1e6, KIND)
            what = f"CPU of Silkport / join_asof, {how}"
            yield Row("5 look-up", what, mine / seconds, "x", 0.5, at_most=True)
        yield Row("5 look-up", f"join_asof, {how}", len(lines) / seconds / 1e6, KIND)


def _looked_up(bench: Bench, lines: pl.DataFrame) -> pl.Series:
    return engine.silkport_look_up(bench.engine, lines)


def replay(bench: Bench) -> Iterator[Row]:
    """Stored decisions recomputed."""
    proved = bench.there(lambda: engine.silkport_proof(bench.engine, bench.frame))
    if not proved:
        return
    once = proved()
    decisions = pl.concat([once] * (bench.decisions // bench.lines))
    work = bench.there(lambda: engine.silkport_replay(bench.engine, decisions))
    if work:
        off = work()
        note = f"{len(decisions):,} decisions"
        seconds = cpu_seconds(work, times=3)
        per_million = seconds / len(decisions) * 1e6
        yield Row("6 replay", "a million decisions", per_million, "s CPU", 5, True, note)
        yield Row("8 exact", "replay: decisions that differ", off, "wrong", 0, True, note)


def exactness(bench: Bench) -> Iterator[Row]:
    """Lines of which any amount differs from the oracle's; none may."""
    amounts = dict.fromkeys(AMOUNTS, pl.Int64)
    found: dict[str, pl.DataFrame] = {}
    bulk = bench.there(lambda: engine.silkport_bulk(bench.engine, bench.frame))
    if bulk:
        found["Silkport in bulk"] = bulk()
    proof = bench.there(lambda: engine.silkport_proof(bench.engine, bench.frame))
    if proof:
        found["Silkport with stored proof"] = proof().select(AMOUNTS)
    one = bench.there(lambda: engine.silkport_single(bench.engine))
    if one:
        function = one()
        found["Silkport, single lines"] = pl.DataFrame(
            [function(line) for line in bench.records], amounts, orient="row"
        )
    found["Decimal loop"] = pl.DataFrame(bench.loop.run(bench.records), amounts, orient="row")
    found["hand-written Polars"] = bench.hand.run(bench.frame)
    for who, table in found.items():
        off = pl.select(pl.any_horizontal(table[n].ne_missing(bench.right[n]) for n in AMOUNTS))
        note = f"of {bench.lines:,}, {len(AMOUNTS)} amounts each, against the Decimal oracle"
        yield Row("8 exact", f"{who}: lines", int(off.to_series().sum()), "wrong", 0, True, note)
