"""Random rows for rule sheets: mostly lawful, often at a limit, sometimes nonsense."""

from __future__ import annotations

import random

from silkport.model.columns import BOUNDS, MISSING, Kind
from silkport.model.rows import RowShape

TEXTS = (
    "",
    "无",
    "CN",
    "KZ",
    "ZZ",
    "CNY",
    "EUR",
    "KZT",
    "1",
    "iin",
    "KGM",
    "H87",
    "x" * 30,
    "3301964J31",
    "91330100799655058B",
    "110101199003074514",
    "11010119900307451X",
    "123456789011",
    "900515300123",
    "0101210010",
    "8517620090",
    "2204210000",
    "6109100000",
    "77",
    "１２３４",
    "6901234567892",
    "+123456789",
    "-1",
    "٣٤٥",
    "absent",
    "verified",
    "digest_differs",
    "unsupported",
    "CEB603",
    "CEB505",
    "A",
    "E",
    "3",
    "NO",
    "USD",
    "B20260803000000001",
    "29282026E00000000001",
    "0F8FAD5B-D9CB-469F-A165-70867728950E",
    "Айгерим",
    "line\n",
)


def random_row(shape: RowShape, source: random.Random) -> dict[str, int | str]:
    """One row of `shape`; texts repeat often, so that equality has a chance."""
    row: dict[str, int | str] = {}
    for column in shape.columns:
        if column.kind is Kind.TEXT:
            row[column.name] = source.choice(TEXTS)
            continue
        low, high = BOUNDS[column.kind]
        row[column.name] = source.choice(
            (
                MISSING,
                0,
                1,
                2,
                high,
                source.randint(low, high),
                source.randint(0, 10**6),
                source.randint(0, 10**8),
                source.choice((100_000, 500_000, 200_000, 20_712)),
            )
        )
        row[column.name] = min(int(row[column.name]), high)
    return row


def random_rows(shape: RowShape, count: int, seed: int) -> list[dict[str, int | str]]:
    """Rows from a seed."""
    source = random.Random(seed)
    return [random_row(shape, source) for _ in range(count)]
