"""The answers of a customs service in ../shared/data/hmrc-cds-xml: their lines of duty and tax.

Answers are the example notifications. Every line is read as stated, in whatever namespace.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from pathlib import Path

from lxml import etree

from tests.conftest import SHARED_DATA

DATA = SHARED_DATA / "hmrc-cds-xml"
EXAMPLES = DATA / "public" / "api" / "conf" / "3.0" / "examples" / "annotated_XML_samples"

PPM_IN_PERCENT = 10_000


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an answer as it was stated; None is what it leaves out. Amounts in pence."""

    file: str
    item: int
    """Number of the goods item; 0 for a line of the whole declaration."""
    number: int
    """Place of the line within its item, from 1."""
    type_code: str
    base_minor: int | None
    rate_ppm: int | None
    deducted_minor: int
    by_quantity: bool
    assessed_minor: int | None
    payable_minor: int | None

    @property
    def key(self) -> tuple[str, str, str, str]:
        """File, item, place and type: what a row of exceptions.csv begins with."""
        return self.file, str(self.item), str(self.number), self.type_code

    @property
    def by_value(self) -> bool:
        """Base and rate are both stated."""
        return self.base_minor is not None and self.rate_ppm is not None

    def row(self) -> dict[str, int | str]:
        """The row that the sheet reads."""
        assert self.base_minor is not None
        assert self.rate_ppm is not None
        return {
            "type_code": self.type_code,
            "base_minor": self.base_minor,
            "rate_ppm": self.rate_ppm,
            "deducted_minor": self.deducted_minor,
        }


@dataclass
class Answers:
    """What was read of the data set: files, files that are no XML, lines by goods item."""

    files: int = 0
    unreadable: set[str] = field(default_factory=set)
    items: dict[tuple[str, int], list[Line]] = field(default_factory=dict)

    @property
    def lines(self) -> list[Line]:
        """Every line of every answer."""
        return [line for lines in self.items.values() for line in lines]


@cache
def answers() -> Answers:
    """Everything the data set answers, read once."""
    found = Answers()
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    for path in sorted(path for path in DATA.rglob("*") if path.suffix.lower() == ".xml"):
        found.files += 1
        try:
            tree = etree.parse(str(path), parser)
        except etree.XMLSyntaxError:
            found.unreadable.add(path.relative_to(EXAMPLES).as_posix())
            continue
        for response in tree.iterfind(".//{*}Response"):
            read_response(found, path, response)
    return found


def read_response(found: Answers, path: Path, response: etree._Element) -> None:
    for fee in response.iterfind(".//{*}DutyTaxFee"):
        file = path.relative_to(EXAMPLES).as_posix()
        item = next(fee.iterancestors("{*}GovernmentAgencyGoodsItem"), None)
        number = 0 if item is None else int(text(item, "SequenceNumeric"))
        lines = found.items.setdefault((file, number), [])
        lines.append(read_line(file, number, len(lines) + 1, fee))


def read_line(file: str, item: int, number: int, fee: etree._Element) -> Line:
    rate = text(fee, "TaxRateNumeric")
    return Line(
        file=file,
        item=item,
        number=number,
        type_code=text(fee, "TypeCode"),
        base_minor=pence(fee, "AdValoremTaxBaseAmount"),
        rate_ppm=whole(Decimal(rate) * PPM_IN_PERCENT) if rate else None,
        deducted_minor=pence(fee, "DeductAmount") or 0,
        by_quantity=bool(text(fee, "SpecificTaxBaseQuantity")),
        assessed_minor=pence(fee, "Payment/TaxAssessedAmount"),
        payable_minor=pence(fee, "Payment/PaymentAmount"),
    )


def text(parent: etree._Element, path: str) -> str:
    """The text at `path` in whatever namespace, without white space around it; "" if none."""
    found = parent.findtext("/".join(f"{{*}}{name}" for name in path.split("/")))
    return (found or "").strip()


def pence(parent: etree._Element, path: str) -> int | None:
    written = text(parent, path)
    return whole(Decimal(written) * 100) if written else None


def whole(value: Decimal) -> int:
    assert value == value.to_integral_value(), value
    return int(value)
