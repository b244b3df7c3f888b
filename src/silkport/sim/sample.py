"""A sample day: parcels in both directions, written as tables, with a list of what is planted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from random import Random

from silkport.formats.writing import WRITERS, to_outside, write
from silkport.kernel.errors import InvalidValue
from silkport.sim.drafting import Draft, Drafter
from silkport.sim.goods import built_in, read_catalogue
from silkport.sim.papers import Clerk
from silkport.sim.parcels import Part, divide
from silkport.sim.planting import Garden
from silkport.sim.shapes import SHAPES
from silkport.sim.world import load_world

PART_PARCELS = 50_000
"""Parcels drawn, written and forgotten together, so that memory does not grow."""

MAX_PARCELS = 100_000_000
"""Parcels of one sample: beyond it waybill numbers would come twice."""

SAMPLE_DAY = date(2026, 9, 15)

PLANTED, README = "planted.csv", "README.txt"
"""The two files of the folder that are not input."""

_PROGRESS_PARCELS = 5_000

_OWN_FILES = ("parcels-", "payments-late-", "resent-", "withdrawals-")


@dataclass(slots=True)
class SampleReport:
    """What was written: parcels, input files in the order of their names, planted per kind."""

    parcels: int
    files: list[Path] = field(default_factory=list)
    planted: Counter[str] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)
    """Rows of the catalogue that could not be used, by reason."""
    planted_file: Path = Path()
    readme_file: Path = Path()


def write_sample(
    out: Path,
    *,
    parcels: int,
    seed: int,
    catalogue: Path | None = None,
    day: date = SAMPLE_DAY,
    suffix: str = "parquet",
    on_progress: Callable[[int], None] | None = None,
) -> SampleReport:
    """Writes a realistic day of parcels to a folder; the same arguments give the same files.

    Args:
        out: the folder; files of an earlier sample in it are replaced.
        seed: any integer from 0.
        catalogue: CSV file to draw the goods from instead of the built-in ones.
        suffix: csv, ndjson, xlsx, parquet or arrow.
        on_progress: told from time to time how many parcels are drawn.
    Raises InvalidValue for counts, seeds and suffixes that cannot be.
    """
    _demand(parcels=parcels, seed=seed, suffix=suffix)
    world = load_world()
    origins = {name: direction.origin for name, direction in world.directions.items()}
    stock = read_catalogue(catalogue, list(origins)) if catalogue else built_in(origins)
    rng = Random(seed)
    drafter = Drafter(world=world, stock=stock, parcels=parcels, seed=seed, day=day, rng=rng)
    clerk = Clerk(world, stock.goods, day)
    garden = Garden()
    out.mkdir(parents=True, exist_ok=True)
    _clear(out, garden)
    report = SampleReport(parcels, skipped=stock.skipped)
    report.planted_file, report.readme_file = out / PLANTED, out / README
    with report.planted_file.open("w", encoding="utf-8", newline="") as list_of_planted:
        for part, begin in enumerate(range(0, parcels, PART_PARCELS)):
            size = min(PART_PARCELS, parcels - begin)
            drafts: list[Draft] = []
            for draft in _drafts(drafter, garden, size=size, whole=parcels, first=not part):
                drafts.append(draft)
                if on_progress and len(drafts) % _PROGRESS_PARCELS == 0:
                    on_progress(begin + len(drafts))
            pieces = divide(garden.edit(clerk.write(drafts)), garden, day)
            report.files += _write_part(pieces, out, part=part + 1, suffix=suffix)
            list_of_planted.write(pieces.planted.write_csv(include_header=not part))
            report.planted.update(pieces.planted["kind"].to_list())
    if on_progress:
        on_progress(parcels)
    report.files.sort()
    report.readme_file.write_text(_readme(report, garden, seed=seed, day=day), "utf-8")
    return report


def _demand(*, parcels: int, seed: int, suffix: str) -> None:
    if not 1 <= parcels <= MAX_PARCELS:
        reason = f"a sample has 1 to {MAX_PARCELS} parcels"
        raise InvalidValue(what="the number of parcels", value=parcels, reason=reason)
    if seed < 0:
        raise InvalidValue(what="a seed", value=seed, reason="it is a number from 0")
    if f".{suffix}" not in WRITERS:
        known = ", ".join(known.removeprefix(".") for known in WRITERS)
        raise InvalidValue(what="a format", value=suffix, reason=f"known: {known}")


def _clear(out: Path, garden: Garden) -> None:
    """Removes what an earlier sample wrote; other files stay."""
    own = {PLANTED, README, *(kind.file for kind in garden.kinds if kind.file)}
    for path in out.iterdir():
        if path.is_file() and (path.name in own or path.name.startswith(_OWN_FILES)):
            path.unlink()


def _drafts(
    drafter: Drafter, garden: Garden, *, size: int, whole: int, first: bool
) -> Iterator[Draft]:
    """The parcels of one part, those redrawn that something is planted in."""
    plots = garden.plan(size, drafter.rng, whole=whole, first=first)
    leaders: dict[tuple[str, int], Draft] = {}
    for position in range(size):
        plot = plots.get(position)
        if plot is None:
            yield drafter.draft(drafter.direction())
            continue
        direction = drafter.world.directions[plot.direction]
        draft = drafter.draft(direction, planted=True, bonded=plot.kind.bonded)
        leader = leaders.setdefault((plot.kind.name, plot.group), draft)
        if plot.kind.shape:
            SHAPES[plot.kind.shape](draft, drafter, leader, plot.place)
        draft.plant = garden.mark(plot)
        yield draft


def _write_part(pieces: Part, out: Path, *, part: int, suffix: str) -> list[Path]:
    """Writes the files of one part; those without a row are not written."""
    paths = []
    for name, tables in pieces.numbered.items():
        if any(frame.height for frame in tables.values()):
            path = out / f"{name}-{part:04d}.{suffix}"
            write(to_outside(tables), path)
            paths.append(path)
    for name, content in pieces.small_files.items():
        path = out / name
        path.write_bytes(content)
        paths.append(path)
    return paths


def _readme(report: SampleReport, garden: Garden, *, seed: int, day: date) -> str:
    planted = [
        f"  {count:>8}  {name:<32} {garden.by_name[name].rule or '-':<8}"
        f" {garden.by_name[name].note}"
        for name, count in sorted(report.planted.items())
    ]
    return _README.format(
        day=day,
        parcels=report.parcels,
        seed=seed,
        files="\n".join(f"  {path.name}" for path in report.files),
        total=sum(report.planted.values()),
        planted="\n".join(planted),
    )


_README = """\
A sample day of parcels, {day:%Y-%m-%d}: {parcels} parcels, seed {seed}.

Everything here is invented: persons, companies, numbers. The same number of parcels and
the same seed give the same files.

Flow E is a sale to the neighbour, declared at its origin; the same documents serve the
import there. Flow I is a sale from the neighbour, declared on import.

Input:
{files}

  parcels-*         one row a line of goods, beside it inventory, order, payment, waybill
  payments-late-*   payments that come apart from the other documents
  resent-*          inventories that come again, unchanged or in an older version
  withdrawals-*     cancellations and returns
  gb18030.csv       lawful parcels in another encoding
  bad-cells.csv     parcels with cells that cannot be read

planted.csv is no input. It lists every parcel in which something is planted: kind, the rule
that must be found on it (none: nothing may be found), by which administration, what must
become of it (none: it depends on the lane), and its order, merchant and waybill.

Planted, {total} parcels:
{planted}
"""
