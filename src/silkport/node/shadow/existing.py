"""What the existing system decided and charged, gathered from everything that is handed in.

Receipts and tax bills of messages, the payments of XML declarations and the columns `decided.*`
of tables come to two tables: one row a decision, and one row a levy that was charged.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import polars as pl

from silkport.formats.ceb.decided import decided_parcels
from silkport.formats.reading import TABLES, Documents, schema_of
from silkport.kernel.money import decimals_of
from silkport.law.book import Book
from silkport.model.columns import AMOUNT_SCALE, MAX_DAY
from silkport.model.decided import CHARGED, DECIDED, OUTCOMES, VALUE
from silkport.model.declarations import DECLARATION
from silkport.stages.assess import HOUSE_LEVIES

TOTAL = "total"
"""What stands in the place of a levy where only the sum of all is known."""

OTHER = "other"
"""What stands in the place of a levy whose payment code no law here knows."""

KEY = ("ebc_code", "order_no")
"""What names a declaration: its declarant or merchant, and its number."""

_KEPT: Mapping[str, tuple[str, ...]] = {
    DECIDED.name: (*DECIDED.names, "source", "position"),
    CHARGED.name: (*CHARGED.names, "source", "position"),
    "inventory": ("ebc_code", "order_no", "agent_code", "cop_no", "invt_no"),
    "receipt": (
        *("message", "ebc_code", "order_no", "agent_code", "cop_no", "invt_no"),
        *("return_status", "return_time", "return_info"),
    ),
    "tax_bill": (
        *("message", "invt_no", "tax_no", "ebc_code", "agent_code", "return_time", "status"),
        *("duty_e5", "vat_e5", "excise_e5"),
    ),
}
"""What is kept of each table while the inputs are read; of all others only their days."""

_STATED = {
    VALUE: "customs_value_e5",
    **{levy: f"{levy}_e5" for levy in (*HOUSE_LEVIES, TOTAL)},
}


class Existing:
    """Takes chunks as readers give them; gives decisions and charges."""

    def __init__(self) -> None:
        self._parts: dict[str, list[pl.DataFrame]] = {name: [] for name in _KEPT}
        self._unsaid: list[pl.DataFrame] = []
        self._days: Counter[int] = Counter()
        self.documents = 0
        """Rows and documents that were read."""

    def take(self, chunk: Documents) -> None:
        """Keeps what one chunk says of decisions, and the latest day it names."""
        self.documents += chunk.rows
        for name, rows in chunk.tables.items():
            if name in _KEPT:
                self._parts[name].append(rows.select(_KEPT[name]))
            self._note_days(name, rows)
        if chunk.form:
            heads = chunk.tables[DECLARATION.name]
            self._unsaid.append(heads.select(declarant_key(), number_key()))

    def of_forms(self) -> pl.DataFrame:
        """KEY of the declarations that are documents of a form, which does not carry all fields."""
        empty = pl.DataFrame(schema=dict.fromkeys(KEY, pl.String))
        return pl.concat([empty, *self._unsaid]).unique()

    def _note_days(self, name: str, rows: pl.DataFrame) -> None:
        if name == DECIDED.name:
            days = [rows["day"]]
        elif name == DECLARATION.name:
            days = [rows["decl_day"], rows["act_day"], _days(rows["app_time"])]
        else:
            days = [_days(rows[one]) for one in ("app_time", "return_time") if one in rows.columns]
        for one in days:
            counted = one.filter(one.is_between(0, MAX_DAY)).value_counts()
            self._days.update(dict(counted.iter_rows()))

    @property
    def last_day(self) -> int:
        """The last day that the inputs name; but for one in a thousand, which may be misspelt."""
        left = self._days.total() // 1_000
        for day in sorted(self._days, reverse=True):
            left -= self._days[day]
            if left < 0:
                return day
        return 0

    def _all(self, name: str) -> pl.DataFrame:
        schema = schema_of(TABLES[name])
        empty = pl.DataFrame(schema={one: schema[one] for one in _KEPT[name]})
        return pl.concat([empty, *self._parts[name]])

    def told(self, book: Book) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Decisions and charges, in the order of what they are on.

        Returns: decisions with KEY, `old` (an outcome; empty where none is stated), `said` (the
            outcome as it was written), `old_day`, `reason`, `rows` (how many said something else
            of the same); charges with KEY, line, levy, `code`, `old_minor`, `old_base_minor`,
            `old_rate_ppm` (the last two null where not known), and `currency` where it is not
            that of account. Amounts are in minor units of account.
        """
        parcels, bills = decided_parcels(*map(self._all, ("inventory", "receipt", "tax_bill")))
        stated = pl.concat([self._all(DECIDED.name), parcels])
        ways = (self._all(CHARGED.name), bills, _unpivoted(stated))
        charged = [rows.with_columns(pl.lit(at).alias("way")) for at, rows in enumerate(ways)]
        return _decisions(stated), _charges(_one_account(pl.concat(charged)), book)


def declarant_key() -> pl.Expr:
    """The declarant of a declaration, under the name that decisions give him."""
    return pl.col("declarant_code").alias(KEY[0])


def number_key() -> pl.Expr:
    """The number of a declaration, under the name that decisions give it."""
    return pl.col("declaration_no").alias(KEY[1])


def _days(times: pl.Series) -> pl.Series:
    """The days of times of fourteen digits or more; null where there is none."""
    text = times.cast(pl.String).str.slice(0, 8)
    return text.str.to_date("%Y%m%d", strict=False).to_physical().cast(pl.Int64)


def _decisions(stated: pl.DataFrame) -> pl.DataFrame:
    """One row a declaration: the first that states an outcome, and how many contradict it."""
    rows = stated.with_columns(pl.col("outcome").str.strip_chars().alias("said")).filter(
        pl.col("said") != ""
    )
    named = rows.with_columns(pl.col("said").str.to_lowercase().alias("old"))
    known = pl.when(pl.col("old").is_in(OUTCOMES)).then("old").otherwise(pl.lit(""))
    return (
        named.with_columns(known.alias("old"))
        .group_by(
            pl.col("declarant").alias(KEY[0]), pl.col("number").alias(KEY[1]), maintain_order=True
        )
        .agg(
            pl.col("old", "said", "reason").first(),
            pl.col("day").first().alias("old_day"),
            (pl.col("old").n_unique() - 1).cast(pl.Int64).alias("others"),
        )
        .sort(KEY)
    )


def _unpivoted(stated: pl.DataFrame) -> pl.DataFrame:
    """Amounts in columns as rows; a row that is repeated counts once."""
    place = ["declarant", "number", "line", "currency"]
    rows = stated.with_columns(pl.col("line").clip(0)).select(*place, *_STATED.values())
    rows = rows.unique(maintain_order=True).unique([*place[:3]], keep="first", maintain_order=True)
    long = rows.unpivot(
        list(_STATED.values()), index=place, variable_name="levy", value_name="amount_e5"
    ).filter(pl.col("amount_e5") >= 0)
    of_lines = (pl.col("line").max().over("declarant", "number", "levy")) > 0
    long = long.filter((pl.col("line") > 0) | ~of_lines)  # a whole beside its lines is told twice
    long = long.with_columns(pl.col("levy").str.strip_suffix("_e5"))
    by_levy = long.filter(pl.col("levy").is_in(HOUSE_LEVIES)).select("declarant", "number").unique()
    sums = pl.col("levy") == TOTAL
    only = long.filter(sums).join(by_levy, on=["declarant", "number"], how="anti")
    kept = pl.concat([long.filter(~sums), only])
    absent = {
        "payment_code": pl.lit(""),
        "base_e5": pl.lit(-1, dtype=pl.Int64),
        "rate_ppm": pl.lit(-1, dtype=pl.Int64),
        "source": pl.lit(""),
        "position": pl.lit(0, dtype=pl.Int64),
    }
    return kept.with_columns(**absent).select(_KEPT[CHARGED.name])


def _one_account(charged: pl.DataFrame) -> pl.DataFrame:
    """One account of each declaration: of several files the last, and of several ways of telling
    the columns `decided.*` before bills, and bills before what the declarant reckoned."""
    of = ["declarant", "number"]
    best = charged.filter(pl.col("way") == pl.col("way").max().over(of))
    last = pl.struct("source", "position")
    return best.filter(last == last.last().over(of))


def _charges(charged: pl.DataFrame, book: Book) -> pl.DataFrame:
    """One row a declaration, line and levy, in minor units of account."""
    codes = levies_of_codes(book)
    known = pl.col("payment_code").replace_strict(codes, default="", return_dtype=pl.String)
    leading = (
        pl.col("payment_code")
        .str.slice(0, 1)
        .replace_strict(_levies_of_digits(codes), default=OTHER, return_dtype=pl.String)
    )
    by_code = pl.when(known != "").then(known).otherwise(leading)
    levy = pl.when(pl.col("levy") != "").then("levy").otherwise(by_code)
    foreign = ~pl.col("currency").is_in(["", book.law.currency])
    minor = AMOUNT_SCALE // 10 ** decimals_of(book.law.currency)
    half = minor // 2
    base, rate = pl.col("base_e5"), pl.col("rate_ppm")
    return (
        charged.with_columns(
            levy.alias("levy"),
            pl.when(levy == OTHER).then("payment_code").otherwise(pl.lit("")).alias("code"),
            ((pl.col("amount_e5") + half) // minor).alias("old_minor"),
            pl.when(base >= 0).then((base + half) // minor).alias("old_base_minor"),
            pl.when(rate >= 0).then(rate).alias("old_rate_ppm"),
            pl.when(foreign).then("currency").otherwise(pl.lit("")).alias("currency"),
            (pl.col("payment_code") != "").alias("whole"),
        )
        .group_by(
            pl.col("declarant").alias(KEY[0]),
            pl.col("number").alias(KEY[1]),
            pl.col("line").clip(0),
            "levy",
            "code",
        )
        .agg(
            pl.col("old_minor").sum(),
            pl.col("old_base_minor", "old_rate_ppm").max(),
            pl.col("currency").max(),
            pl.col("whole").any(),
        )
        .sort(*KEY, "line", "levy", "code")
    )


def levies_of_codes(book: Book) -> dict[str, str]:
    """The levy of each kind of payment that the law of any regime and day names."""
    found: dict[str, str] = {}
    for name in sorted(book.law.params):
        family, _, levy = name.rpartition(".")
        if family.rpartition(".")[2] == "payment_code" and levy in HOUSE_LEVIES:
            found |= {str(one.value): levy for one in book.law.params[name]}
    return found


def _levies_of_digits(codes: Mapping[str, str]) -> dict[str, str]:
    """The levy of a first digit that all codes of one levy and of no other have."""
    of_digit: dict[str, set[str]] = {}
    for code, levy in codes.items():
        of_digit.setdefault(code[:1], set()).add(levy)
    return {digit: levies.pop() for digit, levies in of_digit.items() if len(levies) == 1}
