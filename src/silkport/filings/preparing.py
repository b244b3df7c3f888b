"""Preparing a filing: every field of its table is obtained from the description, or left open.

The same description, the same typed values and the same day give the same filing, so that what a
declarant types is simply prepared with.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from silkport.filings.computing import ASKING, COMPUTATIONS, judge_code
from silkport.filings.paths import About, Getter, Ground, Line, Value, getter, is_stated
from silkport.filings.tables import FieldRule, FilingRules
from silkport.kernel.errors import MalformedLaw
from silkport.kernel.filing_errors import FieldNotTyped
from silkport.model.columns import BOUNDS, MISSING, Column, Kind
from silkport.model.description import Description, House, Master
from silkport.model.prepared import Cell, Open, Prepared, Provenance

CODE = "hs_code"
RULING = "ruling"
"""What a declarant may type beside a commodity code that the exporter's six digits contradict."""

_MINUTE = 60_000
_TYPED = "typed by the declarant"


@dataclass(frozen=True, slots=True)
class _Way:
    """A field and how it is obtained, ready to be called."""

    rule: FieldRule
    copy: Getter | None
    compute: Callable[[About, Line | None], tuple[Value, str]] | None
    asks: Callable[[About], bool] | None
    longest: int


@dataclass(frozen=True, slots=True)
class Filing:
    """A field table made ready: `prepare` runs it."""

    rules: FilingRules
    head: tuple[_Way, ...]
    goods: tuple[_Way, ...]

    @property
    def name(self) -> str:
        """Which filing."""
        return self.rules.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """When a filing is made: the legal day as number and date, and the clock as app_time."""

    day: int
    date: date
    app_time: int


def made_ready(rules: FilingRules) -> Filing:
    """A field table with its paths and computations found. Raises MalformedLaw."""
    return Filing(rules, _ways(rules, rules.head), _ways(rules, rules.goods))


def _ways(rules: FilingRules, fields: Sequence[FieldRule]) -> tuple[_Way, ...]:
    found = []
    for rule in fields:
        if rule.never:
            continue
        what = f"{rules.name} of {rules.administration}, {rule.name}"
        if rule.compute and rule.compute not in COMPUTATIONS:
            raise MalformedLaw(what=what, reason=f"nothing computes {rule.compute}")
        if rule.ask and rule.ask not in ASKING:
            raise MalformedLaw(what=what, reason=f"nothing asks {rule.ask}")
        copy = getter(rule.copy) if rule.copy else None
        longest = rule.column.longest if rule.column else 0
        compute, asks = COMPUTATIONS.get(rule.compute), ASKING.get(rule.ask)
        found.append(_Way(rule, copy, compute, asks, longest))
    return tuple(found)


def prepare(
    filing: Filing,
    ground: Ground,
    description: Description,
    place: tuple[Master, House],
    *,
    version: int,
    how: Provenance,
    moment: Moment,
    typed: Mapping[str, Value] | None = None,
) -> Prepared:
    """One filing of one house.

    Args:
        place: the house and its master.
        version: of the description.
        how: DECLARED by the trader here, or GRANTED by the exporter.
        typed: values by field, as `checked` gives them.
    """
    assert how in (Provenance.DECLARED, Provenance.GRANTED), "nothing else fills a trader's field"
    master, house = place
    about = About(
        description=description,
        master=master,
        house=house,
        ground=ground,
        filing=filing.name,
        version=version,
        how=how,
        day=moment.day,
        day_at=moment.date,
        app_time=moment.app_time,
        typed=typed or {},
    )
    for number, goods in enumerate(house.goods, 1):
        line = Line(goods, number)
        about.lines.append(line)
        for way in filing.goods:
            _fill(way, about, line, line.cells, line.field(way.rule.name))
    for way in filing.head:
        _fill(way, about, None, about.head, way.rule.name)
    return Prepared(
        filing=filing.name,
        administration=ground.administration,
        house_no=house.house_no,
        version=version,
        head=about.head,
        goods=tuple(line.cells for line in about.lines),
        open=tuple(about.opens),
        holds=tuple(about.holds),
        typed=dict(about.typed),
        file_by=due_by(filing.rules, description),
    )


def due_by(rules: FilingRules, description: Description) -> int:
    """The last lawful moment of a filing, in ms since 1970-01-01T00:00Z; MISSING for whenever."""
    arrives = description.transport.arrives_at
    if not rules.ahead_minutes or arrives == MISSING:
        return MISSING
    return max(0, arrives - rules.ahead_minutes * _MINUTE)


def _fill(way: _Way, about: About, line: Line | None, cells: dict[str, Cell], field: str) -> None:
    """Obtains one field: typed, copied, computed or defaulted; else it is open or left out."""
    rule = way.rule
    if field in about.typed:
        value = about.typed[field]
        cells[rule.name] = Cell(value, Provenance.DECLARED, _TYPED)
        if rule.name == CODE and line is not None:
            judge_code(about, line, str(value))
        return
    asked_before = len(about.opens) + len(about.holds)
    cell = _obtained(way, about, line)
    if cell is not None and way.longest and len(str(cell.value)) > way.longest:
        why = f"what is declared is longer than {way.longest} characters"
        about.opens.append(Open(field, why, rule.source))
        return
    if cell is not None:
        cells[rule.name] = cell
        return
    is_said = len(about.opens) + len(about.holds) > asked_before
    if way.asks is not None and way.asks(about) and not is_said:
        about.opens.append(Open(field, "only the declarant can state it", rule.source))


def _obtained(way: _Way, about: About, line: Line | None) -> Cell | None:
    if way.copy is not None:
        value, came = way.copy(about, line)
        if came:
            return Cell(value, about.how, came)
    if way.compute is not None:
        value, came = way.compute(about, line)
        if came and is_stated(value):
            return Cell(value, Provenance.COMPUTED, came)
    if way.rule.default is not None:
        return Cell(way.rule.default, Provenance.DEFAULTED, way.rule.source)
    return None


def checked(rules: FilingRules, typed: Mapping[str, Value], lines: int) -> dict[str, Value]:
    """Typed values, each for a field that may be typed and within its bounds.

    Args:
        lines: goods lines of the house.
    Raises FieldNotTyped.
    """
    found: dict[str, Value] = {}
    for field, value in typed.items():
        rule, wrong = _typable(rules, field, lines)
        if rule is not None and not wrong:
            wrong = _misfit(rule.column, value)
        if wrong:
            shown = str(value)[:60]
            raise FieldNotTyped(field=field, filing=rules.name, value=shown, reason=wrong)
        found[field] = value
    return found


def _typable(rules: FilingRules, field: str, lines: int) -> tuple[FieldRule | None, str]:
    """The rule of a field, and why it is not typed; a ruling has no rule."""
    name, is_of_line = field, field.startswith("goods[")
    if is_of_line:
        number, _, name = field.removeprefix("goods[").partition("].")
        if not (number.isascii() and number.isdigit() and 1 <= int(number) <= lines):
            return None, f"there are {lines} lines of goods"
        if name == f"{CODE}.{RULING}":
            return None, ""
    rule = rules.by_name.get((is_of_line, name))
    if rule is None:
        return None, "the filing has no such field"
    if rule.never:
        return rule, "the law gives it no place in this filing"
    return rule, ""


def _misfit(column: Column | None, value: Value) -> str:
    """Why a value does not fit its column; "" when it does."""
    if column is None or column.kind is Kind.TEXT:
        if not isinstance(value, str) or not value.strip():
            return "a text is expected"
        longest = column.longest if column else 1000
        return f"at most {longest} characters are expected" if len(value) > longest else ""
    if not isinstance(value, int) or not 0 <= value <= BOUNDS[column.kind][1]:
        return f"a number from 0 to {BOUNDS[column.kind][1]} is expected"
    return ""
