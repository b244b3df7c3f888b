"""The law by which a node makes filings of a description: field tables, tariff, lists of codes."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, lru_cache
from importlib.resources import files
from pathlib import Path

from silkport.filings.codes import TariffCodes, chosen
from silkport.filings.paths import Ground
from silkport.filings.preparing import Filing, Moment, made_ready
from silkport.filings.tables import read_filings, shipped_groups
from silkport.kernel.codes import CodeEntry, CodeList
from silkport.kernel.filing_errors import FilingUnknown
from silkport.kernel.periods import day_of
from silkport.kernel.quantities import UNITS
from silkport.law.compiled import Law
from silkport.law.loading import read_toml
from silkport.model.description import SIX
from silkport.node.law.books import administrations, country_code, country_files, law_book
from silkport.node.law.loading import names_of, tariff_entries
from silkport.node.workflow.filing import Office

FILINGS = "filings.toml"
_LISTS = {"country": "countries.csv", "currency": "currencies.csv", "unit": "units.csv"}
_PART = "part of the neutral territory"


@dataclass(frozen=True, slots=True)
class FilingDesk:
    """Everything a filing is made with, but the description.

    Attributes:
        office: decides what is filed.
        ground: the law of the node's administration.
    """

    office: Office
    ground: Ground

    def filing(self, name: str, partner: str) -> Filing:
        """A filing towards or from a country, ISO alpha-2. Raises FilingUnknown."""
        other = administration_of(partner)
        found = pair_filings(self.ground.administration, other).get(
            (name, self.ground.administration)
        )
        if found is None:
            own = self.ground.administration
            raise FilingUnknown(filing=name, administration=own, other=other or partner or "?")
        return found

    def moment(self, at: int) -> Moment:
        """A moment of the node's clock as filings state it."""
        day = self.office.day(at)
        said = datetime.fromtimestamp(at // 1000, UTC)
        return Moment(day=day, date=day_of(day), app_time=int(f"{said:%Y%m%d%H%M%S}"))


def filing_desk(administration: str, office: Office, home: Path | None = None) -> FilingDesk:
    """The desk of an administration with its law as it stands in a home. Raises LawError.

    Reads the whole tariff: made once for a process, and again when the law was loaded anew.
    """
    text = country_files(administration, home)
    about = read_toml(administration, "country.toml", text)
    law = law_book(administration, home).law
    spoken = {
        (one.hs, one.language): one.name for one in (names_of(administration, home) if home else ())
    }
    languages = tuple(about["languages"])
    tariff = TariffCodes(tariff_entries(administration, home), spoken, languages)
    ground = Ground(
        administration=administration,
        country=office.country,
        languages=languages,
        tariff=tariff,
        wanted_unit=lru_cache(50_000)(_unit_by(law, tariff)),
        lists=law.lists,
        own_codes=_own_codes(administration),
    )
    return FilingDesk(office, ground)


def _unit_by(law: Law, tariff: TariffCodes) -> Callable[[str, int], str]:
    table = law.tables["statutory_units"]

    def wanted(code: str, day: int) -> str:
        """The unit in which goods of a code are counted: the tariff's, else the statutory one."""
        known = chosen(tariff.choices(code[:SIX], day_of(day)), code)
        if known is not None and known.unit in UNITS:
            return known.unit
        place = table.find(code, day)
        return str(table.fields["unit1"][place]) if place >= 0 else ""

    return wanted


@cache
def pair_filings(one: str, other: str) -> Mapping[tuple[str, str], Filing]:
    """The filings of two administrations, by name and administration; none without a table.

    Raises MalformedLaw, RecordWithoutSource.
    """
    folder = "_".join(sorted((one, other)))
    path = files("silkport") / "countries" / folder / FILINGS
    if not path.is_file():
        return {}
    rules = read_filings(path.read_text(encoding="utf-8"), f"{folder}/{FILINGS}", shipped_groups())
    return {key: made_ready(value) for key, value in rules.items()}


@cache
def administration_of(country: str) -> str:
    """The administration of a country, ISO alpha-2; "" for one whose data is not here."""
    return next((one for one in administrations() if country_code(one) == country), "")


@cache
def _own_codes(administration: str) -> Mapping[str, CodeList]:
    """By kind the list of codes that an administration writes, where it has one of its own."""
    folder = files("silkport") / "countries" / administration
    found = {}
    for kind, name in _LISTS.items():
        path = folder / name
        if path.is_file():
            rows = csv.DictReader(path.read_text(encoding="utf-8").splitlines())
            found[kind] = CodeList.of(
                f"{administration}-{kind}",
                (
                    CodeEntry(row["code"], row["neutral"], row["name_en"])
                    for row in rows
                    if row["confidence"] != _PART
                ),
            )
    return found
