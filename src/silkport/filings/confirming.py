"""Confirming a filing, the rows it is filed as, what it counts, and what a new version changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from msgspec import structs

from silkport.filings.tables import KEYS
from silkport.kernel.filing_errors import FilingHeld, FilingOpen
from silkport.model.prepared import Cell, Prepared, Provenance

Cells = Mapping[str, int | str]

OF_THE_MOMENT = frozenset(("guid", "app_time", "decl_day"))
"""Fields that differ between two versions though nothing was changed."""

_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Share:
    """How many fields of a filing its declarant typed or chose, of how many it has."""

    typed: int
    fields: int

    def __add__(self, other: Share) -> Share:
        """Of both."""
        return Share(self.typed + other.typed, self.fields + other.fields)

    @property
    def permille(self) -> int:
        """Typed fields in thousandths of all, rounded up."""
        return -(-1000 * self.typed // max(self.fields, 1))


def demand_complete(prepared: Prepared, what: str) -> None:
    """Raises FilingHeld, FilingOpen while somebody must act on it first."""
    for hold in prepared.holds[:1]:
        raise FilingHeld(
            filing=prepared.filing,
            what=what,
            field=hold.field,
            reason=hold.reason,
            who=f"The {hold.who}",
            fix=hold.fix,
            source=hold.source,
        )
    if prepared.open:
        named = ", ".join(one.field for one in prepared.open[:_SHOWN])
        more = len(prepared.open) - _SHOWN
        reason = f"open are {named}" + (f" and {more} more" if more > 0 else "")
        raise FilingOpen(filing=prepared.filing, what=what, reason=reason)


def confirmed(prepared: Prepared, *, who: str, at: int, what: str) -> Prepared:
    """Every field confirmed by one act; each keeps where it came from.

    Args:
        who: the declarant; at: milliseconds since 1970-01-01T00:00Z.
    Raises FilingHeld, FilingOpen.
    """
    demand_complete(prepared, what)
    return structs.replace(
        prepared,
        head=_confirmed(prepared.head),
        goods=tuple(_confirmed(line) for line in prepared.goods),
        confirmed_by=who,
        confirmed_at=at,
    )


def _confirmed(cells: Mapping[str, Cell]) -> dict[str, Cell]:
    sure = Provenance.CONFIRMED
    return {
        name: cell if cell.how == sure else Cell(cell.value, sure, f"{cell.how}: {cell.came}")
        for name, cell in cells.items()
    }


def rows_of(prepared: Prepared, what: str) -> tuple[Cells, list[Cells]]:
    """The rows of DECLARATION and GOODS that are filed. Raises FilingOpen when unconfirmed."""
    if not prepared.confirmed_by:
        reason = "nobody has confirmed its fields"
        raise FilingOpen(filing=prepared.filing, what=what, reason=reason)
    declaration = {name: cell.value for name, cell in prepared.head.items()}
    keys = {name: declaration[name] for name in KEYS if name in declaration}
    goods: list[Cells] = [
        keys | {name: cell.value for name, cell in line.items()} for line in prepared.goods
    ]
    return declaration, goods


def fields_of(prepared: Prepared) -> Iterator[tuple[str, Cell]]:
    """Every field that has a value, with its cell: the head first, then line by line."""
    yield from prepared.head.items()
    for number, line in enumerate(prepared.goods, 1):
        for name, cell in line.items():
            yield f"goods[{number}].{name}", cell


def typed_share(prepared: Prepared) -> Share:
    """What the declarant typed or chose, of all fields of the filing.

    An open field counts as typed: he will have to.
    """
    stated = sum(len(cells) for cells in (prepared.head, *prepared.goods))
    return Share(len(prepared.typed) + len(prepared.open), stated + len(prepared.open))


def changed_fields(before: Prepared, after: Prepared) -> list[str]:
    """The fields in which two versions of a filing differ, but for those of the moment."""
    then = {field: cell.value for field, cell in fields_of(before)}
    now = {field: cell.value for field, cell in fields_of(after)}
    differing = [field for field in then | now if then.get(field) != now.get(field)]
    return [field for field in differing if field not in OF_THE_MOMENT]
