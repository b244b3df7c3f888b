"""The computations that field tables name, and when they ask the declarant.

A computation gives a value and what it was worked out from; an absent value is "" or MISSING.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from hashlib import blake2b

from silkport.filings.codes import DIGITS, chosen
from silkport.filings.paths import NOTHING, About, Found, Line, is_stated
from silkport.kernel.errors import InvalidValue
from silkport.kernel.ids import as_key
from silkport.kernel.quantities import UNITS, Quantity
from silkport.model.columns import MISSING
from silkport.model.description import SIX, Document, Goods, Measure
from silkport.model.prepared import Choice, Hold, Open

Computation = Callable[[About, Line | None], Found]
COMPUTATIONS: dict[str, Computation] = {}
ASKING: dict[str, Callable[[About], bool]] = {}

_WITHOUT_FREIGHT = ("EXW", "FCA", "FAS", "FOB")
"""Terms whose price holds no main carriage. Source: Incoterms 2020."""
_IMPORTER, _OPERATOR = "importer", "operator"


def _computation(compute: Computation) -> Computation:
    COMPUTATIONS[compute.__name__] = compute
    return compute


def _of_head(compute: Callable[[About], Found]) -> Callable[[About], Found]:
    COMPUTATIONS[compute.__name__] = lambda about, _: compute(about)
    return compute


def _of_line(compute: Callable[[About, Line], Found]) -> Callable[[About, Line], Found]:
    def within(about: About, line: Line | None) -> Found:
        assert line is not None, "a table names it for goods lines alone"
        return compute(about, line)

    COMPUTATIONS[compute.__name__] = within
    return compute


def _asks(asking: Callable[[About], bool]) -> Callable[[About], bool]:
    ASKING[asking.__name__] = asking
    return asking


@_asks
def always(_: About) -> bool:
    """Whatever is absent is asked."""
    return True


@_asks
def freight_outside_price(about: About) -> bool:
    """The price holds no main carriage, so the customs value needs it."""
    term = about.head.get("incoterms")
    return term is not None and term.value in _WITHOUT_FREIGHT


@_asks
def guarantee_owed(about: About) -> bool:
    """Transit by this mode of transport owes a guarantee."""
    free = about.ground.lists.get("unsecured_transit_modes", frozenset())
    return about.description.transport.mode not in free


@_of_head
def guid(about: About) -> Found:
    """One for each version of a filing and day, so that the same filed twice counts once."""
    said = (
        about.filing,
        about.description.consignment_no,
        about.house.house_no,
        about.version,
        about.day,
        sorted(about.typed.items()),
    )
    return blake2b(repr(said).encode(), digest_size=16).hexdigest(), "digest of what is said"


@_of_head
def declaration_no(about: About) -> Found:
    """The declarant's own number: consignment and house, never that of another house."""
    number = as_key(about.description.consignment_no, about.house.house_no)
    return number, "consignment and house"


@_of_head
def transit_no(about: About) -> Found:
    """The number of the transit declaration, which is not that of the import declaration."""
    number, came = declaration_no(about)
    return f"{number}/T", came


@_of_head
def app_time(about: About) -> Found:
    """When this version was made."""
    return about.app_time, "clock of the node"


@_of_head
def decl_day(about: About) -> Found:
    """The legal day: that of filing."""
    return about.day, "day of filing"


@_of_head
def partner_country(about: About) -> Found:
    """Country of the other party of the contract."""
    for name, party in (("exporter", about.description.exporter), ("importer", about.importer)):
        if party.country and party.country != about.ground.country:
            return party.country, f"{name}.country"
    return NOTHING


@_of_head
def container_count(about: About) -> Found:
    """How many containers; 0 for none."""
    return len(about.description.transport.containers), "transport.containers"


@_of_head
def containers(about: About) -> Found:
    """The containers, separated by a space."""
    return " ".join(about.description.transport.containers), "transport.containers"


@_of_head
def goods_count(about: About) -> Found:
    """How many goods lines."""
    return len(about.house.goods), "house.goods"


def _sum(values: Iterable[object], came: str) -> Found:
    """A sum that is whole: of lines one of which is silent it says nothing."""
    figures = [one if isinstance(one, int) else MISSING for one in values]
    return (sum(figures), came) if figures and MISSING not in figures else NOTHING


@_of_head
def pack_count(about: About) -> Found:
    """Packages of the house, or the sum of its lines."""
    if about.house.pack_count != MISSING:
        return about.house.pack_count, "house.pack_count"
    return _sum((one.pack_count for one in about.house.goods), "sum of goods.pack_count")


@_of_head
def gross_mass(about: About) -> Found:
    """The sum of the gross masses of the lines."""
    return _sum((one.value("gross_mass_mg") for one in about.lines), "sum of goods.gross_mass_mg")


@_of_head
def invoice_total(about: About) -> Found:
    """The sum of the prices of the lines."""
    return _sum((one.value("total_e5") for one in about.lines), "sum of goods.total_e5")


@_computation
def documents(about: About, line: Line | None) -> Found:
    """Documents of the line, or of house and consignment, each as kind and number."""
    if line is not None:
        return _papers(line.goods.documents), "line.documents"
    return _papers((*about.description.documents, *about.house.documents)), "documents"


def _papers(some: Iterable[Document]) -> str:
    return "; ".join(f"{one.kind} {one.number}".strip() for one in some)


@_of_line
def hs_code(about: About, line: Line) -> Found:
    """The code of the administration's tariff that shares the six digits, if it is but one."""
    six, place = line.goods.hs6, line.field("hs_code")
    if len(six) < SIX:
        why = "the description states no six digits of the commodity code"
        about.opens.append(Open(place, why))
        return NOTHING
    choices = about.ground.tariff.choices(six, about.day_at)
    if len(choices) == 1:
        return choices[0].hs_code, f"the one code of the tariff under {six}"
    if choices:
        why = f"{len(choices)} codes of the tariff share {six}"
        about.opens.append(Open(place, why, choices[0].source, choices))
        return NOTHING
    about.holds.append(_nowhere(about, place, six))
    return NOTHING


def _nowhere(about: About, place: str, six: str) -> Hold:
    if about.ground.tariff.is_empty:
        reason = f"no tariff of {about.ground.administration} is loaded, so {six} leads nowhere"
        return Hold("tariff_silent", place, reason, _OPERATOR, "load it: silkport law load tariff")
    reason = f"no code of the tariff shares the six digits {six}"
    fix = "agree with the exporter on the code, or state it with the ruling it rests on"
    return Hold("hs_nowhere", place, reason, _IMPORTER, fix)


def judge_code(about: About, line: Line, code: str) -> None:
    """Holds back a typed code that the tariff lacks, or that shares no six digits."""
    place, six = line.field("hs_code"), line.goods.hs6
    known = _known(about, code)
    if known is None and not about.ground.tariff.is_empty:
        reason, fix = f"the tariff has no code {code}", "state a code of the tariff"
        about.holds.append(Hold("hs_unknown", place, reason, _IMPORTER, fix))
    elif len(six) == SIX and not code.startswith(six):
        ruling = about.typed.get(f"{place}.ruling", "")
        if not ruling:
            reason = f"{code} does not share the six digits {six} that the exporter declared"
            fix = f"agree with the exporter, or state {place}.ruling, the ruling it rests on"
            about.holds.append(Hold("hs_differs", place, reason, _IMPORTER, fix))


def _known(about: About, code: str) -> Choice | None:
    if len(code) != DIGITS:
        return None
    return chosen(about.ground.tariff.choices(code[:SIX], about.day_at), code)


@_of_line
def quantity(about: About, line: Line) -> Found:
    """The quantity in the unit in which the tariff counts the goods, else as first declared."""
    measure, came = _counted(about, line)
    return (measure.qty_e5, came) if is_stated(measure.qty_e5) else NOTHING


@_of_line
def unit(about: About, line: Line) -> Found:
    """The unit of that quantity."""
    measure, came = _counted(about, line)
    return (measure.unit, came) if is_stated(measure.qty_e5) else NOTHING


@_of_line
def other_quantity(about: About, line: Line) -> Found:
    """A second quantity, where one is declared."""
    measure = _second(about, line)
    return (measure.qty_e5, "line.quantities") if is_stated(measure.qty_e5) else NOTHING


@_of_line
def other_unit(about: About, line: Line) -> Found:
    """Its unit."""
    measure = _second(about, line)
    return (measure.unit, "line.quantities") if is_stated(measure.qty_e5) else NOTHING


def _counted(about: About, line: Line) -> tuple[Measure, str]:
    code = line.value("hs_code")
    wanted = about.ground.wanted_unit(code, about.day) if isinstance(code, str) else ""
    if wanted:
        for measure in measures(line.goods):
            if found := _converted(measure, wanted):
                came = "line.quantities" if measure.unit == wanted else f"from {measure.unit}"
                return found, came
    return next(iter(line.goods.quantities), Measure()), "line.quantities"


def _second(about: About, line: Line) -> Measure:
    first, _ = _counted(about, line)
    others = (one for one in line.goods.quantities if one.unit not in ("", first.unit))
    return next(others, Measure())


def measures(goods: Goods) -> Iterable[Measure]:
    """The quantities of goods as declared, and their net mass as one of them."""
    yield from goods.quantities
    if goods.net_mass_mg > 0:
        yield Measure(qty_e5=goods.net_mass_mg * 100_000, unit="MGM")


def _converted(measure: Measure, unit: str) -> Measure | None:
    if measure.unit == unit:
        return measure
    if measure.unit not in UNITS or unit not in UNITS or measure.qty_e5 < 0:
        return None
    try:
        found = Quantity(measure.qty_e5, measure.unit).convert(unit)
    except InvalidValue:
        return None
    return Measure(qty_e5=found.value_e5, unit=unit)


def _own(kind: str, neutral: object, about: About) -> str:
    """A neutral code as the list of the administration writes it; itself where it has none."""
    own = about.ground.own_codes.get(kind)
    if own is None or not isinstance(neutral, str) or not neutral:
        return str(neutral or "")
    try:
        return own.of_neutral(neutral).value
    except InvalidValue:
        return neutral


@_of_head
def own_departure(about: About) -> Found:
    """Country of departure in the administration's own code."""
    code = about.description.transport.departure_country
    return _own("country", code, about), "transport.departure_country"


@_of_head
def own_destination(about: About) -> Found:
    """Country of destination in the administration's own code."""
    code = about.description.transport.destination_country
    return _own("country", code, about), "transport.destination_country"


@_of_head
def own_currency(about: About) -> Found:
    """Currency of the invoice in the administration's own code."""
    return _own("currency", about.description.terms.currency, about), "terms.currency"


@_of_line
def own_unit(about: About, line: Line) -> Found:
    """Unit of the first quantity in the administration's own code."""
    first = next(iter(line.goods.quantities), Measure())
    return _own("unit", first.unit, about), "line.quantities"


@_of_line
def first_quantity(_: About, line: Line) -> Found:
    """The first quantity as declared."""
    first = next(iter(line.goods.quantities), Measure())
    return (first.qty_e5, "line.quantities") if is_stated(first.qty_e5) else NOTHING
