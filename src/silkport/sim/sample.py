"""A sample day: parcels in both directions, as tables or messages, with a list of the planted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from random import Random

from silkport.formats.writing import WRITERS
from silkport.kernel.errors import InvalidValue
from silkport.sim.comparison import PLANTED
from silkport.sim.drafting import Draft, Drafter
from silkport.sim.folders import MAX_MESSAGE_PARCELS, MESSAGES, clear_away, output_to
from silkport.sim.goods import built_in, read_catalogue
from silkport.sim.papers import Clerk
from silkport.sim.parcels import divide
from silkport.sim.planting import Garden
from silkport.sim.readme import readme_of_messages, readme_of_tables
from silkport.sim.shapes import SHAPES
from silkport.sim.world import load_world

PART_PARCELS = 50_000
"""Parcels drawn, written and forgotten together, so that memory does not grow."""

MAX_PARCELS = 100_000_000
"""Parcels of one sample: beyond it waybill numbers would come twice."""

SAMPLE_DAY = date(2026, 9, 15)

README = "README.txt"
"""Beside the list of what is planted, the file of the folder that is not input."""

SMALL_FILES = ("gb18030.csv", "bad-cells.csv")
"""Files of a few parcels that samples of tables have."""

_PROGRESS_PARCELS = 5_000


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
        suffix: csv, ndjson, xlsx, parquet or arrow; ceb for China's messages.
        on_progress: told from time to time how many parcels are drawn.
    Raises InvalidValue for counts, seeds and suffixes that cannot be.
    """
    _demand(parcels=parcels, seed=seed, suffix=suffix)
    world = load_world()
    origins = {name: direction.origin for name, direction in world.directions.items()}
    stock = read_catalogue(catalogue, list(origins)) if catalogue else built_in(origins)
    drafter, other = (
        Drafter(world=world, stock=stock, parcels=parcels, seed=seed, day=day, rng=rng)
        for rng in (Random(seed), Random(f"trials {seed}"))
    )
    clerk = Clerk(world, stock.goods, day)
    output = output_to(out, suffix, drafter=other, clerk=clerk, seed=seed)
    garden = output.garden
    out.mkdir(parents=True, exist_ok=True)
    clear_away(out, [PLANTED, README, *SMALL_FILES])
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
            report.files += output.write(pieces, drafts, part=part + 1)
            list_of_planted.write(pieces.planted.write_csv(include_header=not part))
            report.planted.update(pieces.planted["kind"].to_list())
        beside = output.also_planted()
        list_of_planted.write(beside.write_csv(include_header=False))
    if on_progress:
        on_progress(parcels)
    report.files.sort()
    told = report.files, report.planted, garden
    if suffix == MESSAGES:
        readme = readme_of_messages(*told, beside, parcels=parcels, seed=seed, day=day)
    else:
        readme = readme_of_tables(*told, parcels=parcels, seed=seed, day=day)
    report.readme_file.write_text(readme, "utf-8")
    return report


def _demand(*, parcels: int, seed: int, suffix: str) -> None:
    if seed < 0:
        raise InvalidValue(what="a seed", value=seed, reason="it is a number from 0")
    most = MAX_MESSAGE_PARCELS if suffix == MESSAGES else MAX_PARCELS
    if not 1 <= parcels <= most:
        reason = f"a sample has 1 to {most} parcels"
        raise InvalidValue(what="the number of parcels", value=parcels, reason=reason)
    if suffix != MESSAGES and f".{suffix}" not in WRITERS:
        known = ", ".join([*(known.removeprefix(".") for known in WRITERS), MESSAGES])
        raise InvalidValue(what="a format", value=suffix, reason=f"known: {known}")


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
