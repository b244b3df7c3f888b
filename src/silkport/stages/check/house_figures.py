"""Rules of the check stage on what a house declaration adds up to: lines, invoice, mass, packages.

Sums of lines count what is not stated as nothing; that it is missing is a rule of the line.
"""

from __future__ import annotations

from silkport.kernel.findings import Effect
from silkport.law.expression import Expr, param
from silkport.law.sheet import Columns
from silkport.stages.check.houses import houses

REFUSE, NOTE = Effect.REFUSE, Effect.NOTE


@houses.rule("CHK224", REFUSE)
def count_of_lines_unlawful(h: Columns) -> Expr:
    """The declaration has no goods line, or more than one declaration may have."""
    return (h.line_count < 1) | (h.line_count > param("max_goods_lines"))


@houses.rule("CHK225", REFUSE)
def stated_count_differs(h: Columns) -> Expr:
    """The stated number of goods lines is not the number of lines that came, or is missing.

    A line may be lost on the way, and nobody would miss it otherwise.
    """
    return h.goods_count != h.line_count


@houses.rule("CHK226", REFUSE)
def numbers_of_lines_not_consecutive(h: Columns) -> Expr:
    """The line numbers are not 1, 2, 3 and so on, each once."""
    consecutive = (
        (h.first_gnum == 1) & (h.last_gnum == h.line_count) & (h.distinct_gnums == h.line_count)
    )
    return (h.line_count >= 1) & ~consecutive


@houses.rule("CHK227", REFUSE)
def invoice_total_missing(h: Columns) -> Expr:
    """The total of the invoice is not stated; of goods that cost nothing it is 0."""
    return h.invoice_total_e5 < 0


@houses.rule("CHK228", REFUSE)
def invoice_total_differs(h: Columns) -> Expr:
    """The stated total of the invoice is not the sum of the prices of the lines."""
    stated = (h.invoice_total_e5 >= 0) & (h.line_count >= 1)
    return stated & (h.invoice_total_e5 != h.lines_total_e5)


@houses.rule("CHK229", REFUSE)
def mass_of_house_missing(h: Columns) -> Expr:
    """The gross mass of the house is not stated, or is zero."""
    return h.gross_mass_mg <= 0


@houses.rule("CHK230", REFUSE)
def mass_of_lines_exceeds_house(h: Columns) -> Expr:
    """The gross masses of the lines add up to more than that of the house; equality is lawful."""
    return (h.gross_mass_mg > 0) & (h.lines_gross_mg > h.gross_mass_mg)


@houses.rule("CHK231", REFUSE)
def packages_of_house_missing(h: Columns) -> Expr:
    """The number of packages is not stated, or is zero where goods do not move unpacked."""
    packed = ~h.transport_mode.in_list("unpacked_modes")
    return (h.pack_count < 0) | ((h.pack_count == 0) & packed)


@houses.rule("CHK232", NOTE)
def goods_unpacked(h: Columns) -> Expr:
    """The number of packages is 0: the goods move in bulk."""
    return (h.pack_count == 0) & h.transport_mode.in_list("unpacked_modes")
