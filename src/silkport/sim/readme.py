"""What the README of a sample's folder says: what is where, and what is planted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import polars as pl

from silkport.formats.ceb.catalogue import SHAPES
from silkport.sim.planting import Garden


def readme_of_tables(
    files: Sequence[Path],
    planted: Mapping[str, int],
    garden: Garden,
    *,
    parcels: int,
    seed: int,
    day: date,
) -> str:
    """The README beside tables.

    Args:
        files: those written.
        planted: parcels by kind of what is planted in them.
    """
    return (_ABOUT + _TABLES + _PLANTED).format(
        day=day,
        parcels=parcels,
        seed=seed,
        files="\n".join(f"  {path.name}" for path in files),
        total=sum(planted.values()),
        planted=_list(planted, garden),
    )


def readme_of_messages(
    files: Sequence[Path],
    planted: Mapping[str, int],
    garden: Garden,
    broken: pl.DataFrame,
    *,
    parcels: int,
    seed: int,
    day: date,
) -> str:
    """The README of a folder of messages; `broken` are the rows of files to be set aside."""
    kinds = Counter(path.name[:6] for path in files)
    return (_ABOUT + _MESSAGES + _PLANTED + _BROKEN).format(
        day=day,
        parcels=parcels,
        seed=seed,
        files="\n".join(
            f"  {kinds[kind]:>6}  {kind}  {SHAPES[kind].meaning}" for kind in sorted(kinds)
        ),
        total=sum(planted.values()),
        planted=_list(planted, garden),
        broken="\n".join(
            f"  {name:<42} {code:<8} {note}"
            for name, code, note in broken.select("file", "rule", "note").iter_rows()
        ),
    )


def _list(planted: Mapping[str, int], garden: Garden) -> str:
    return "\n".join(
        f"  {count:>8}  {name:<32} {garden.by_name[name].rule or '-':<8}"
        f" {garden.by_name[name].note}"
        for name, count in sorted(planted.items())
    )


_ABOUT = """\
A sample day of parcels, {day:%Y-%m-%d}: {parcels} parcels, seed {seed}.

Everything here is invented: persons, companies, numbers. The same number of parcels and
the same seed give the same files.

"""

_TABLES = """\
Flow E is a sale to the neighbour, declared at its origin; the same documents serve the
import there. Flow I is a sale from the neighbour, declared on import.

Input:
{files}

  parcels-*         one row a line of goods, beside it inventory, order, payment, waybill
  payments-late-*   payments that come apart from the other documents
  resent-*          documents that come again: unchanged, older, changed or deleted
  withdrawals-*     cancellations and returns
  gb18030.csv       lawful parcels in another encoding
  bad-cells.csv     parcels with cells that cannot be read

"""

_MESSAGES = """\
The parcels stand in messages of China's family (CEB, edition 202205), as many documents of one
sender together as a message may hold:

  import/           orders, payments, waybills and inventories of sales from the neighbour
  import/later/     what comes after them: lists of what has arrived (711), payments that come
                    apart, documents that come again, cancellations and returns
  export/           orders, receipts of money, waybills and inventories of sales to the neighbour
  export/later/     as for imports; lists of what has arrived (507) and, for the first trucks, of
                    the master bill (607) and of departure (509); applications to summarise (701)
  answers/          receipts and tax bills of customs for some parcels, out of order and repeated;
                    they decide nothing
  broken/           messages that must be set aside as a whole; each comes in order elsewhere
  .next-day/        hidden, so that it is not read with the others: changes that come a day later,
                    when the parcels are under examination or released; the decisions stand.
                    Clear it by its name, with the home of the first day and a later --day

Messages that must be signed are: by a key that anybody can make again from the seed. It is
worthless; the signatures show whether something was altered, never who sent it.

Messages by kind:
{files}

"""

_PLANTED = """\
planted.csv is no input. It lists every parcel in which something is planted: kind, the rule
that must be found on it (none: nothing may be found), by which administration, what must
become of it (none: it depends on the lane), and its order, merchant and waybill.

Planted, {total} parcels:
{planted}
"""

_BROKEN = """
Set aside as a whole (in planted.csv: file, effect set_aside, the code as rule):
{broken}
"""
