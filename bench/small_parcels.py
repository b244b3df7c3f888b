"""Random rows for the small sheet, drawn from a seed without a loop; about one in ten is bad."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import polars as pl

from silkport.kernel.check_digits import KZ_RETRY_WEIGHTS, KZ_WEIGHTS, S10_WEIGHTS
from silkport.model.columns import Kind
from small_law import ACCOUNT, COUNTRIES, RATE_OF
from small_sheet import SHAPE

MILLION = 1_000_000
FIRST_DAY = (date(2026, 1, 6) - date(1970, 1, 1)).days
DAYS = 350
BAD_CODES = (
    "",
    "12345",
    "851712345X",
    "+851712345",
    "８５１７１２３４５６",
    "85 1712345",
    "85171234567",
)
BAD_BUYERS = ("", "12345678901", "-23456789012", "12345678901O", "１23456789012", "1234567890123")
BAD_WAYBILLS = ("", "RR12345678CN", "rr123456785CN", "RR+23456785CN", "RR12345678XCN", "R")
NAMES = ("手机壳 silicone", "cotton T-shirt", "Чехол для телефона", "LED lamp 5W", "保温杯")
BIG_SHARE = 10_000
"""Parts in a million of business lines, whose products exceed 64 bits."""


class Draw:
    """Independent columns of whole numbers, the same for the same seed."""

    def __init__(self, rows: int, seed: int) -> None:
        self._index = pl.int_range(rows, dtype=pl.UInt64, eager=True).alias("index")
        self._seed = seed
        self._turn = 0

    def below(self, limit: int) -> pl.Expr:
        """Numbers from 0 to below `limit`."""
        self._turn += 1
        hashed = self._index.hash(self._seed * 1_000 + self._turn) % limit
        return pl.lit(hashed.cast(pl.Int64))

    def one_in(self, parts: int) -> pl.Expr:
        """True for one row in `parts`."""
        return self.below(parts) == 0

    def of(self, texts: Sequence[str]) -> pl.Expr:
        """One of `texts` in each row."""
        self._turn += 1
        turn = self._index.hash(self._seed * 1_000 + self._turn) % len(texts)
        return pl.lit(pl.Series(texts, dtype=pl.String).gather(turn))

    def spoilt(self, good: pl.Expr, bad: pl.Expr | int | str, parts: int = 150) -> pl.Expr:
        """`good`, but `bad` in one row of `parts`."""
        other = bad if isinstance(bad, pl.Expr) else pl.lit(bad)
        return pl.when(self.one_in(parts)).then(other).otherwise(good)


def random_parcels(rows: int, seed: int, codes: Sequence[str]) -> pl.DataFrame:
    """`rows` parcels in the columns of the small sheet."""
    draw = Draw(rows, seed)
    big = draw.below(MILLION) < BIG_SHARE
    day = FIRST_DAY + draw.below(DAYS)
    net = pl.when(big).then(draw.below(36 * 10**9)).otherwise(1_000 + draw.below(20 * 10**6))
    goods = pl.when(big).then(draw.below(10**17)).otherwise(10_000 + draw.below(30_000_000))
    freight, insurance = draw.below(2_000_000), draw.below(100_000)
    numbers = pl.select(
        order_no=pl.format("ZZ{}", draw.below(10**12)),
        seller_code=pl.format("{}", 10**9 + draw.below(9 * 10**9)),
        hs_code=draw.spoilt(
            draw.spoilt(draw.of(codes), pl.format("{}", 10**9 + draw.below(9 * 10**9))),
            draw.of(BAD_CODES),
        ),
        goods_name=draw.spoilt(
            pl.format("{} {}", draw.of(NAMES), draw.below(10**4)), draw.of(["", "x", "长" * 251])
        ),
        origin=draw.spoilt(draw.of(COUNTRIES), draw.of(["", "XX", "cn"])),
        currency=draw.spoilt(draw.of([*RATE_OF, ACCOUNT]), draw.of(["", "XXX"])),
        buyer=draw.below(10**11),
        serial=draw.below(10**8),
        decl_day=day,
        processing_day=draw.spoilt(day + draw.below(20), day + draw.below(80) - 20),
        qty_e5=draw.spoilt((1 + draw.below(50)) * 100_000, draw.below(2) - 1),
        net_mass_mg=draw.spoilt(net, draw.below(2) - 1),
        gross_mass_mg=net,
        goods_value_e5=draw.spoilt(goods, draw.below(2) - 1),
        freight_e5=draw.spoilt(freight, -1),
        insurance_e5=draw.spoilt(insurance, -1),
        order_value_e5=draw.spoilt(goods, goods + 1),
        paid_e5=draw.spoilt(goods + freight + insurance, goods),
        buyer_parcels=1 + draw.below(60) // 6,
        address_buyers=1 + draw.below(70) // 10,
        packing=draw.spoilt(draw.below(400), draw.below(5_000)),
    )
    identified = numbers.with_columns(
        draw.spoilt(
            pl.col("gross_mass_mg") * (1_000 + pl.col("packing")) // 1_000,
            pl.col("gross_mass_mg") - 1,
        ),
        buyer_id=_buyer(pl.col("buyer")),
        waybill_no=_waybill(pl.col("serial")),
    )
    spoilt = identified.with_columns(
        buyer_id=draw.spoilt(
            draw.spoilt(pl.col("buyer_id"), draw.of(BAD_BUYERS)),
            pl.format("{}0", pl.col("buyer").cast(pl.String).str.zfill(11)),
        ),
        waybill_no=draw.spoilt(
            draw.spoilt(pl.col("waybill_no"), draw.of(BAD_WAYBILLS)),
            pl.format("RR{}0CN", pl.col("serial").cast(pl.String).str.zfill(8)),
        ),
    )
    kinds = {c.name: pl.String if c.kind is Kind.TEXT else pl.Int64 for c in SHAPE.columns}
    return spoilt.select(pl.col(name).cast(kind) for name, kind in kinds.items()).rechunk()


def _weighted(number: pl.Expr, weights: Sequence[int]) -> pl.Expr:
    last = len(weights) - 1
    return pl.sum_horizontal(
        number // 10 ** (last - place) % 10 * weight for place, weight in enumerate(weights)
    )


def _buyer(number: pl.Expr) -> pl.Expr:
    first, again = _weighted(number, KZ_WEIGHTS) % 11, _weighted(number, KZ_RETRY_WEIGHTS) % 11
    check = pl.when(first == 10).then(again % 10).otherwise(first)
    return pl.format("{}{}", number.cast(pl.String).str.zfill(11), check)


def _waybill(number: pl.Expr) -> pl.Expr:
    rest = 11 - _weighted(number, S10_WEIGHTS) % 11
    check = pl.when(rest == 10).then(0).when(rest == 11).then(5).otherwise(rest)
    return pl.format("RR{}{}CN", number.cast(pl.String).str.zfill(8), check)
