"""Check: is the declaration well-formed and consistent with itself?

Takes parcels (inventory columns and counts) and their lines; adds findings and the two counts
`form_findings` and `goods_findings`. Every rule looks at one document alone: what two documents
say of each other is for `match`.
"""

from __future__ import annotations

import polars as pl

from silkport.kernel.findings import Effect
from silkport.kernel.identifiers import CN_RESIDENT_WEIGHTS, KZ_RETRY_WEIGHTS, KZ_WEIGHTS
from silkport.law.expression import (
    Expr,
    Type,
    any_of,
    lookup,
    missed,
    param,
    text_param,
    where,
)
from silkport.law.expression import Type
from silkport.law.sheet import Columns, Sheet
from silkport.model.columns import MAX_AMOUNT_E5
from silkport.model.documents import INVENTORY_LINE
from silkport.model.rows import LINE, PARCEL

parcels = Sheet("check", PARCEL)
lines = Sheet("check", LINE)
SHEETS = (parcels, lines)

GOODS_RULES = ("CHK041", "CHK042", "CHK046", "CHK049", "CHK050", "CHK051", "CHK054")
"""Rules on codes, units and quantities of goods, counted apart for the match mask."""

_PRINTABLE = "[!-~]+"
_COMPANY = "[0-9A-Z]{10}|[0-9A-Z]{18}"
_GTIN13 = (1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3)

REFUSE, HOLD, WAIT, NOTE = Effect.REFUSE, Effect.HOLD, Effect.WAIT, Effect.NOTE


@parcels.rule("CHK001", REFUSE)
def order_number_malformed(p: Columns) -> Expr:
    """The order number is empty or has characters other than printable ASCII."""
    return ~p.order_no.matches(_PRINTABLE)


@parcels.rule("CHK002", REFUSE)
def merchant_code_malformed(p: Columns) -> Expr:
    """The merchant's code is neither a ten-character customs code nor a unified credit code."""
    return ~p.ebc_code.matches(_COMPANY)


@parcels.rule("CHK003", REFUSE)
def platform_code_malformed(p: Columns) -> Expr:
    """The platform's code is neither a ten-character customs code nor a unified credit code."""
    return ~p.ebp_code.matches(_COMPANY)


@parcels.rule("CHK004", REFUSE)
def carrier_code_malformed(p: Columns) -> Expr:
    """The carrier's code is neither a ten-character customs code nor a unified credit code."""
    return ~p.logistics_code.matches(_COMPANY)


@parcels.rule("CHK005", REFUSE)
def waybill_number_malformed(p: Columns) -> Expr:
    """The waybill number is empty or has characters other than printable ASCII."""
    return ~p.logistics_no.matches(_PRINTABLE)


@parcels.rule("CHK006", WAIT)
def still_a_draft(p: Columns) -> Expr:
    """The inventory was saved, not declared."""
    return p.app_status != 2


@parcels.rule("CHK007", REFUSE)
def version_unknown(p: Columns) -> Expr:
    """The message is neither new, nor a change, nor a deletion, or does not say when it was made."""
    return (p.app_type < 1) | (p.app_type > 3) | (p.app_time < 0)


@parcels.rule("CHK008", REFUSE)
def declared_in_the_future(p: Columns) -> Expr:
    """The day of declaration is later than the day of processing."""
    return p.decl_day > p.processing_day


@parcels.rule("CHK009", REFUSE)
def office_malformed(p: Columns) -> Expr:
    """The customs office of declaration is not a code of this administration."""
    size = p.customs_code.length()
    return (
        ~p.customs_code.matches("[0-9]+")
        | (size < param("office_digits_min"))
        | (size > param("office_digits_max"))
    )


@parcels.rule("CHK010", REFUSE)
def not_in_currency_of_account(p: Columns) -> Expr:
    """The amounts are not in the currency this regime demands."""
    return p.currency != text_param("declared_currency")


@parcels.rule("CHK011", REFUSE)
def country_unknown(p: Columns) -> Expr:
    """The country of departure or of destination is not in the country list."""
    return ~p.departure_country.in_list("countries") | ~p.destination_country.in_list("countries")


@parcels.rule("CHK012", REFUSE)
def net_mass_exceeds_gross(p: Columns) -> Expr:
    """The net mass of the parcel is more than its gross mass; equality is lawful."""
    return (p.net_mass_mg > p.gross_mass_mg) & (p.gross_mass_mg >= 0)


@parcels.rule("CHK013", REFUSE)
def gross_mass_missing(p: Columns) -> Expr:
    """The gross mass is not stated, or is zero."""
    return p.gross_mass_mg <= 0


@parcels.rule("CHK014", REFUSE)
def net_mass_missing(p: Columns) -> Expr:
    """The net mass is not stated, or is zero."""
    return p.net_mass_mg <= 0


@parcels.rule("CHK015", REFUSE)
def not_one_package(p: Columns) -> Expr:
    """A retail parcel is one package."""
    return p.pack_count != 1


@parcels.rule("CHK016", REFUSE)
def packages_missing(p: Columns) -> Expr:
    """The number of packages is not stated, or is zero."""
    return p.pack_count < 1


@parcels.rule("CHK017", REFUSE)
def buyer_name_empty(p: Columns) -> Expr:
    """The buyer's name is empty or stands for nothing."""
    return (p.buyer_name == "") | p.buyer_name.in_list("empty_names")


@parcels.rule("CHK018", REFUSE)
def resident_id_malformed(p: Columns) -> Expr:
    """The buyer's resident identity number does not have seventeen digits and a check character."""
    return (p.buyer_id_type == "1") & ~p.buyer_id.matches("[0-9]{17}[0-9X]")


@parcels.rule("CHK019", REFUSE)
def resident_id_check_character_wrong(p: Columns) -> Expr:
    """The check character of the buyer's resident identity number is wrong."""
    total = p.buyer_id.weighted_sum(CN_RESIDENT_WEIGHTS)
    check = p.buyer_id.check_value(17)
    return (
        (p.buyer_id_type == "1")
        & (p.buyer_id.length() == 18)
        & (total >= 0)
        & (check >= 0)
        & ((total + check) % 11 != 1)
    )


@parcels.rule("CHK020", REFUSE)
def buyer_telephone_missing(p: Columns) -> Expr:
    """The buyer's telephone is not stated."""
    return p.buyer_phone == ""


@parcels.rule("CHK021", REFUSE)
def address_missing(p: Columns) -> Expr:
    """The delivery address is not stated."""
    return p.consignee_address == ""


@parcels.rule("CHK022", REFUSE)
def freight_missing(p: Columns) -> Expr:
    """Freight or insurance is not stated; none is written 0."""
    return (p.freight_e5 < 0) | (p.insurance_e5 < 0)


@parcels.rule("CHK024", REFUSE)
def guarantor_missing(p: Columns) -> Expr:
    """The guarantor of the taxes is not stated."""
    return p.assure_code == ""


@parcels.rule("CHK025", REFUSE)
def bonded_account_missing(p: Columns) -> Expr:
    """Bonded goods lack the account book or the zone's operator."""
    return (p.ems_no == "") | (p.area_code == "")


@parcels.rule("CHK026", REFUSE)
def conveyance_missing(p: Columns) -> Expr:
    """Directly purchased goods lack the conveyance, the run or the master bill."""
    return (p.traf_no == "") | (p.voyage_no == "") | (p.bill_no == "")


@parcels.rule("CHK027", REFUSE)
def line_count_unlawful(p: Columns) -> Expr:
    """The inventory has no line, or more lines than one declaration may have."""
    return (p.line_count < 1) | (p.line_count > param("max_lines"))


@parcels.rule("CHK028", REFUSE)
def line_numbers_not_consecutive(p: Columns) -> Expr:
    """The line numbers are not 1, 2, 3 and so on, each once."""
    consecutive = (
        (p.first_gnum == 1) & (p.last_gnum == p.line_count) & (p.distinct_gnums == p.line_count)
    )
    return (p.line_count >= 1) & ~consecutive


@parcels.rule("CHK030", REFUSE)
def values_unreadable(p: Columns) -> Expr:
    """A value of the parcel could not be read."""
    return p.unreadable_cells > 0


@parcels.rule("CHK031", REFUSE)
def individual_number_malformed(p: Columns) -> Expr:
    """The buyer's individual identification number does not have twelve digits."""
    return ~p.buyer_id.matches("[0-9]{12}")


@parcels.rule("CHK032", REFUSE)
def individual_number_check_digit_wrong(p: Columns) -> Expr:
    """The check digit of the buyer's individual identification number is wrong."""
    first = p.buyer_id.weighted_sum(KZ_WEIGHTS)
    again = p.buyer_id.weighted_sum(KZ_RETRY_WEIGHTS)
    check = where(first % 11 == 10, again % 11, first % 11)
    return p.buyer_id.matches("[0-9]{12}") & (p.buyer_id.number(11, 1) != check)


@parcels.rule("CHK034", REFUSE)
def declarant_missing(p: Columns) -> Expr:
    """The declarant's code or name is not stated."""
    return (p.agent_code == "") | (p.agent_name == "")


@lines.rule("CHK041", REFUSE)
def commodity_code_malformed(line: Columns) -> Expr:
    """The commodity code does not have the digits this regime demands."""
    size = line.hs_code.length()
    return (
        ~line.hs_code.matches("[0-9]{4}|[0-9]{6}|[0-9]{8}|[0-9]{10}")
        | (size < param("hs_digits_min"))
        | (size > param("hs_digits_max"))
    )


@lines.rule("CHK042", REFUSE)
def chapter_unknown(line: Columns) -> Expr:
    """The commodity code begins with a chapter that the Harmonized System does not have."""
    chapter = line.hs_code.number(0, 2)
    return (chapter < 1) | (chapter > 97) | (chapter == 77)


@lines.rule("CHK043", REFUSE)
def goods_name_empty(line: Columns) -> Expr:
    """The name of the goods is empty or stands for nothing."""
    return (line.goods_name == "") | line.goods_name.in_list("empty_names")


@lines.rule("CHK044", REFUSE)
def specification_missing(line: Columns) -> Expr:
    """The specification of the goods is not stated."""
    return line.goods_model == ""


@lines.rule("CHK045", REFUSE)
def origin_unknown(line: Columns) -> Expr:
    """The country of origin or destination of the goods is not in the country list."""
    return ~line.origin.in_list("countries")


@lines.rule("CHK046", REFUSE)
def quantity_missing(line: Columns) -> Expr:
    """The quantity of the goods is not stated, or is zero."""
    return line.qty_e5 <= 0


@lines.rule("CHK047", REFUSE)
def price_missing(line: Columns) -> Expr:
    """The price or the total of the line is not stated; a gift has price 0."""
    return (line.price_e5 < 0) | (line.total_e5 < 0)


@lines.rule("CHK049", REFUSE)
def unit_unknown(line: Columns) -> Expr:
    """The unit of the quantity is not in the unit list."""
    return ~line.unit.in_list("units")


@lines.rule("CHK050", REFUSE)
def statutory_quantity_missing(line: Columns) -> Expr:
    """The first statutory quantity or its unit is not stated."""
    return (line.qty1_e5 <= 0) | ~line.unit1.in_list("units")


@lines.rule("CHK051", REFUSE)
def second_quantity_halved(line: Columns) -> Expr:
    """The second statutory quantity and its unit stand both or not at all."""
    return (line.qty2_e5 > 0) != (line.unit2 != "")


@lines.rule("CHK052", REFUSE)
def line_in_another_currency(line: Columns) -> Expr:
    """The line is not in the currency of its inventory."""
    return line.currency != line.parcel_currency


@lines.rule("CHK053", REFUSE)
def bonded_record_missing(line: Columns) -> Expr:
    """A line of bonded goods lacks its record number in the account book."""
    return line.item_record_no == ""


@lines.rule("CHK054", REFUSE)
def statutory_unit_differs(line: Columns) -> Expr:
    """The first statutory unit is not the one the tariff gives for this commodity code."""
    unit = lookup("statutory_units", line.hs_code, line.decl_day, "unit1", Type.TEXT)
    return ~missed("statutory_units", line.hs_code, line.decl_day) & (line.unit1 != unit)


@lines.rule("CHK055", NOTE)
def bar_code_check_digit_wrong(line: Columns) -> Expr:
    """The bar code has thirteen digits and the last is not their check digit."""
    total = line.bar_code.weighted_sum(_GTIN13)
    wrong = (total + line.bar_code.number(12, 1)) % 10 != 0
    return line.bar_code.matches("[0-9]{13}") & wrong


@lines.rule("CHK056", REFUSE)
def goods_page_missing(line: Columns) -> Expr:
    """The page of the goods in the shop is not stated."""
    return line.goods_url == ""


@lines.rule("CHK057", REFUSE)
def identifier_not_ascii(line: Columns) -> Expr:
    """The article number or the bar code has characters other than printable ASCII."""
    number_bad = (line.item_no != "") & ~line.item_no.matches(_PRINTABLE)
    code_bad = (
        (line.bar_code != "")
        & ~line.bar_code.in_list("empty_names")
        & ~line.bar_code.matches(_PRINTABLE)
    )
    return any_of(number_bad, code_bad)


def with_line_counts(parcels: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """Adds to parcels what their lines add up to.

    Args:
        parcels: column doc, the inventory of the parcel.
        lines: columns doc, gnum, total_e5, qty_e5 (what is not stated counts as nothing).
    """
    counts = lines.group_by("doc").agg(
        pl.len().cast(pl.Int64).alias("line_count"),
        pl.col("gnum").min().alias("first_gnum"),
        pl.col("gnum").max().alias("last_gnum"),
        pl.col("gnum").n_unique().cast(pl.Int64).alias("distinct_gnums"),
        _bounded_sum("total_e5").alias("lines_total_e5"),
        _bounded_sum("qty_e5").alias("pieces_e5"),
    )
    names = [name for name in counts.columns if name != "doc"]
    joined = parcels.join(counts, on="doc", how="left", maintain_order="left")
    return joined.with_columns(pl.col(names).fill_null(0))


def _bounded_sum(name: str) -> pl.Expr:
    """Sum that cannot wrap; VAL002 refuses a parcel that reaches the bound."""
    return pl.col(name).clip(0).cast(pl.Int128).sum().clip(0, MAX_AMOUNT_E5).cast(pl.Int64)


def with_finding_counts(parcels: pl.DataFrame, findings: pl.DataFrame) -> pl.DataFrame:
    """Adds `form_findings` and `goods_findings`: refusals of this stage per parcel."""
    refusals = findings.filter(pl.col("effect") == REFUSE.value)
    counts = refusals.group_by("parcel_id").agg(
        (~pl.col("code").is_in(GOODS_RULES)).sum().cast(pl.Int64).alias("form_findings"),
        pl.col("code").is_in(GOODS_RULES).sum().cast(pl.Int64).alias("goods_findings"),
    )
    joined = parcels.join(counts, on="parcel_id", how="left", maintain_order="left")
    return joined.with_columns(pl.col("form_findings", "goods_findings").fill_null(0))


REFUSING_PROBLEMS = ("RDG001", "RDG003", "RDG004", "RDG005", "RDG007", "RDG008")
"""Reading problems that leave a value in doubt; the others only tell."""


def with_unreadable_counts(parcels: pl.DataFrame, problems: pl.DataFrame) -> pl.DataFrame:
    """Adds `unreadable_cells`: values of the order's documents that could not be read."""
    counts = (
        problems.filter(pl.col("code").is_in(REFUSING_PROBLEMS))
        .group_by("order_no")
        .agg(pl.len().cast(pl.Int64).alias("unreadable_cells"))
    )
    joined = parcels.join(counts, on="order_no", how="left", maintain_order="left")
    return joined.with_columns(pl.col("unreadable_cells").fill_null(0))


def lines_of(parcels: pl.DataFrame, lines: pl.DataFrame, wanted: set[str]) -> pl.DataFrame:
    """The lines of `parcels`, with what their rules need to know of the parcel.

    Args:
        lines: current inventory lines with the number `doc` of their inventory.
        wanted: names of the line columns some rule reads.
    """
    always = {"gnum", "qty_e5", "total_e5", "hs_code"}
    names = [name for name in INVENTORY_LINE.names if name in wanted | always]
    cost = pl.col("freight_e5").clip(0) + pl.col("insurance_e5").clip(0)
    about = parcels.select(
        "doc",
        "parcel_id",
        "cell",
        "decl_day",
        pl.col("currency").alias("parcel_currency"),
        cost.alias("goods_cost_e5"),
        "gross_mass_mg",
    )
    joined = lines.select("doc", *names).join(about, on="doc", how="inner", maintain_order="left")
    stated = pl.col("total_e5").clip(0).cast(pl.Int128)
    return joined.sort("doc", "gnum", maintain_order=True).with_columns(
        (stated.cum_sum().over("doc") - stated)
        .clip(0, MAX_AMOUNT_E5)
        .cast(pl.Int64)
        .alias("before_e5")
    )
