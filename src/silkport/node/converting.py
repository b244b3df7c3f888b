"""Converting: the use case of `silkport convert`. The same documents in another format.

Inputs are read chunk by chunk, so that a day of any size needs the memory of a few chunks. What
was written appears in the folder when everything was read, or not at all; what could not be read
or carried over is counted, and listed line by line in a file beside it.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

import polars as pl

from silkport.formats import intake
from silkport.formats.ceb.losses import Losses
from silkport.formats.ceb.schemas import Schemas
from silkport.formats.ceb.writing import Sender, write_messages
from silkport.formats.consignments import to_json, write_consignments
from silkport.formats.reading import TABLES, Documents, Problem, SetAside
from silkport.formats.writing import declared_to_outside, record_to_outside, to_outside, write
from silkport.kernel.errors import InvalidValue
from silkport.model.declarations import DECLARED_TABLES
from silkport.model.documents import DOCUMENT_TABLES
from silkport.model.records import RECORD_TABLES
from silkport.node.sealing import Seal
from silkport.node.store.disk import disk_space

Progress = Callable[[str, int], None]
"""Told what is being done and how much of it is done."""

MESSAGES = "ceb"
SUFFIXES = {"csv": ".csv", "parquet": ".parquet", "json": ".ndjson", "xlsx": ".xlsx"}
FORMS = (MESSAGES, *SUFFIXES)
"""What can be converted to: messages, or tabular files."""

GATHERED_ROWS = 50_000
"""Rows put together before they are written: many small inputs do not give many small files, and
the documents of a parcel that came in different files find each other."""

LOG = "convert.log"
SHOWN = 12
"""Lines of the log that the summary quotes."""

_NOTES = frozenset({"RDG006"})
"""Remarks of readers about something that was read as it was written."""

_PARCELS = frozenset(table.name for table in DOCUMENT_TABLES)
_DECLARED = frozenset(table.name for table in DECLARED_TABLES)
_RECORDS = tuple(table.name for table in RECORD_TABLES)


@dataclass
class Conversion:
    """What one run did, in numbers.

    `read` counts rows by table, `written` documents by kind of message or rows by kind of file;
    `left_out` counts stated cells that the chosen format has no place for.
    """

    form: str
    read: dict[str, int] = field(default_factory=dict)
    written: dict[str, int] = field(default_factory=dict)
    files: int = 0
    unsigned: int = 0
    problems: int = 0
    set_aside: int = 0
    left_out: dict[str, int] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        """Whether everything was read and carried over."""
        return not (self.problems or self.set_aside or self.left_out)


@dataclass(frozen=True, slots=True)
class Target:
    """What to convert to; `sender` and `seal` are for messages only."""

    form: str
    out: Path
    overwrite: bool = False
    sender: Sender | None = None
    seal: Seal = field(default_factory=Seal)


def convert_inputs(
    inputs: Sequence[Path],
    target: Target,
    *,
    progress: Progress,
    schemas: Schemas | None = None,
) -> Conversion:
    """Converts everything in `inputs`.

    Raises InvalidValue, and writes nothing, when a file of the folder would be overwritten or a
    cell cannot be held by the chosen format.
    """
    conversion = Conversion(target.form)
    with Folder(target, inputs) as folder:
        run = _Run(target, folder, conversion)
        chunks = intake.read(
            inputs, on_progress=lambda what, n: progress(f"reading {what}", n), schemas=schemas
        )
        for gathered in _gathered(chunks):
            run.take(gathered)
            progress("writing", sum(conversion.written.values()))
        run.finish()
    return conversion


def _gathered(chunks: Iterator[Documents]) -> Iterator[Documents]:
    """Chunks put together until they are worth writing; remarks are handed on at once."""
    waiting: list[Mapping[str, pl.DataFrame]] = []
    rows = 0
    for chunk in chunks:
        if chunk.problems or chunk.set_aside:
            yield Documents(problems=chunk.problems, set_aside=chunk.set_aside)
        if chunk.tables:
            waiting.append(chunk.tables)
            rows += sum(frame.height for frame in chunk.tables.values())
        if rows >= GATHERED_ROWS:
            yield _together(waiting)
            waiting, rows = [], 0
    if waiting:
        yield _together(waiting)


def _together(waiting: Sequence[Mapping[str, pl.DataFrame]]) -> Documents:
    parts = {name: [one[name] for one in waiting if name in one] for name in TABLES}
    return Documents(tables={name: pl.concat(found) for name, found in parts.items() if found})


class _Run:
    """Writes what was gathered, and accounts for what could not be."""

    def __init__(self, target: Target, folder: Folder, conversion: Conversion) -> None:
        self._target = target
        self._folder = folder
        self._conversion = conversion
        self._turn = 0

    def take(self, gathered: Documents) -> None:
        """Writes the tables, notes the remarks."""
        for problem in gathered.problems:
            self._conversion.problems += problem.code not in _NOTES
            self._note(_of_problem(problem))
        self._set_aside(gathered.set_aside)
        for name, frame in gathered.tables.items():
            _count(self._conversion.read, name, frame.height)
        if gathered.tables and self._target.form == MESSAGES:
            self._messages(gathered.tables)
        elif gathered.tables:
            self._files(gathered.tables)

    def finish(self) -> None:
        """Lists what the chosen format had no place for, and puts every file in place."""
        for name, count in sorted(self._conversion.left_out.items()):
            self._note(f"left out: {name}: {count}")
        self._folder.finish()

    def _files(self, tables: Mapping[str, pl.DataFrame]) -> None:
        self._turn += 1
        suffix = SUFFIXES[self._target.form]
        parcels = {name: frame for name, frame in tables.items() if name in _PARCELS}
        flat = {"parcels": to_outside(parcels)} if parcels else {}
        flat |= {name: record_to_outside(name, tables[name]) for name in _RECORDS if name in tables}
        declared = {name: frame for name, frame in tables.items() if name in _DECLARED}
        if declared and self._target.form == "json":
            self._consignments(declared)
        elif declared:
            flat["declarations"] = declared_to_outside(declared)
        for name, frame in flat.items():
            path = self._folder.place(f"{name}-{self._turn:06d}{suffix}")
            with disk_space(path):
                write(frame, path)
            self._conversion.files += 1
            _count(self._conversion.written, name, frame.height)

    def _consignments(self, declared: Mapping[str, pl.DataFrame]) -> None:
        consignments = write_consignments(declared)
        path = self._folder.place(f"consignments-{self._turn:06d}.json")
        with disk_space(path):
            path.write_text(to_json(consignments), encoding="utf-8")
        self._conversion.files += 1
        _count(self._conversion.written, "consignments", len(consignments))

    def _messages(self, tables: Mapping[str, pl.DataFrame]) -> None:
        assert self._target.sender is not None
        for name in sorted(_DECLARED & set(tables)):
            _count(self._conversion.left_out, f"{name}: no message holds it", tables[name].height)
        tables = {name: frame for name, frame in tables.items() if name not in _DECLARED}
        losses = Losses(only_valid=True)
        seal = self._target.seal
        for written in write_messages(
            tables, sender=self._target.sender, numbered_from=self._turn + 1, losses=losses
        ):
            self._turn += 1
            path = self._folder.place(written.source)
            data = seal.put_on(written)
            with disk_space(path):
                path.write_bytes(data)
            self._conversion.files += 1
            self._conversion.unsigned += written.unsigned and seal.key is None
            _count(self._conversion.written, written.message, written.documents)
        self._set_aside(losses.set_aside)
        for name, count in (losses.left_out | self._outer(tables)).items():
            _count(self._conversion.left_out, name, count)

    def _outer(self, tables: Mapping[str, pl.DataFrame]) -> dict[str, int]:
        """Signatures and envelopes of messages that were read, where none is put on again."""
        seal, found = self._target.seal, {}
        lost = {"signature_xml": seal.key is None, "envelope_id": seal.address is None}
        for name in (column for column, is_lost in lost.items() if is_lost):
            rows = tables.get("transmission", pl.DataFrame({name: [], "message": []}))
            stated = rows.filter(pl.col(name).cast(pl.String) != "")
            for message, count in stated.group_by("message").len().sort("message").iter_rows():
                found[f"{message} transmission.{name}"] = count
        return found

    def _set_aside(self, entries: Sequence[SetAside]) -> None:
        self._conversion.set_aside += len(entries)
        for one in entries:
            place = f"{one.source}:{one.position}" if one.position else one.source
            self._note(one.reason if place in one.reason else f"{place} {one.reason}")

    def _note(self, line: str) -> None:
        self._folder.note(line)
        if len(self._conversion.lines) < SHOWN:
            self._conversion.lines.append(line)


def _of_problem(problem: Problem) -> str:
    place = f"{problem.source}:{problem.position}" if problem.position else problem.source
    what = " ".join(part for part in (problem.column, problem.read) if part)
    return f"{problem.code} {place} {what}: expected {problem.expected}"


def _count(target: dict[str, int], name: str, count: int) -> None:
    target[name] = target.get(name, 0) + count


class Folder:
    """A folder that gets all new files at once, and loses none of its own unasked.

    Files are laid down in a hidden folder within it; whatever happens, that is taken away.
    """

    def __init__(self, target: Target, inputs: Sequence[Path]) -> None:
        self._out = target.out
        self._overwrite = target.overwrite
        self._inputs = [path.resolve() for path in inputs]
        self._names: set[str] = set()
        with disk_space(self._out):
            self._out.mkdir(parents=True, exist_ok=True)
            self._parts = Path(tempfile.mkdtemp(prefix=".parts-", dir=self._out))

    def __enter__(self) -> Folder:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        shutil.rmtree(self._parts, ignore_errors=True)

    def place(self, name: str) -> Path:
        """Where to write a file so that it ends under this name, or a like one not yet taken."""
        stem, suffix = Path(name).stem, Path(name).suffix
        turn = 1
        while name.casefold() in self._names:
            turn += 1
            name = f"{stem}-{turn}{suffix}"
        self._names.add(name.casefold())
        self._check(name)
        return self._parts / name

    def _check(self, name: str) -> None:
        """Refuses what would overwrite a file of the folder; an input never goes."""
        path = (self._out / name).resolve()
        if not path.exists():
            return
        if any(path == one or one in path.parents for one in self._inputs):
            reason = "it is among the inputs; name another folder"
        elif self._overwrite:
            return
        else:
            reason = "it exists; name another folder or give --overwrite"
        raise InvalidValue(what="a file to write", value=str(self._out / name), reason=reason)

    def note(self, line: str) -> None:
        """Adds a line to the list of what was not carried over."""
        if LOG not in self._names:
            self.place(LOG)
        with disk_space(self._out), (self._parts / LOG).open("a", encoding="utf-8") as log:
            log.write(" ".join(line.split()) + "\n")

    def finish(self) -> None:
        """Puts every file in place."""
        laid = sorted(self._parts.iterdir())
        for path in laid:
            self._check(path.name)
        for path in laid:
            with disk_space(self._out):
                path.replace(self._out / path.name)
