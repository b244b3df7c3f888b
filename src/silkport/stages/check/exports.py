"""Rules of the check stage on exports, most of them on fields that the export form alone has.

A table need not state those fields: for it these rules judge what is stated and do not ask for
what is missing. On the form itself, what is missing is unlawful.
"""

from __future__ import annotations

from silkport.kernel.findings import Effect
from silkport.law.expression import Expr, any_of, text_param
from silkport.law.sheet import Columns
from silkport.stages.check.lines import lines
from silkport.stages.check.parcels import COMPANY, parcels
from silkport.stages.check.parties import nameless

REFUSE = Effect.REFUSE


def form(p: Columns) -> Expr:
    """The inventory came on the export form."""
    return p.message.in_list("export_forms")


def asked(p: Columns, *fields: Expr) -> Expr:
    """The inventory came on the export form, or a table states one of `fields`."""
    return any_of(form(p), *(field != "" for field in fields))


@parcels.rule("CHK091", REFUSE)
def statistics_mark_unknown(p: Columns) -> Expr:
    """The export form does not say whether it is a simplified or a summarised declaration."""
    return asked(p, p.statistics_flag) & ~p.statistics_flag.in_list("statistics_marks")


@parcels.rule("CHK092", REFUSE)
def simplified_with_licence(p: Columns) -> Expr:
    """A simplified declaration names a licence, which goods declared so must not need."""
    return p.statistics_flag.in_list("simplified_marks") & (p.licence_no != "")


@parcels.rule("CHK093", REFUSE)
def producer_missing(p: Columns) -> Expr:
    """The export form lacks the producer's name, or a code or the word for unregistered."""
    coded = p.owner_code.matches(COMPANY) | p.owner_code.in_list("unregistered")
    return asked(p, p.owner_code, p.owner_name) & (~coded | nameless(p.owner_name))


@parcels.rule("CHK094", REFUSE)
def port_abroad_malformed(p: Columns) -> Expr:
    """The export form lacks the port abroad, or it does not have three or four characters."""
    return asked(p, p.port_abroad) & ~p.port_abroad.matches("[0-9A-Z]{3,4}")


@parcels.rule("CHK095", REFUSE)
def cost_currency_unknown(p: Columns) -> Expr:
    """The export form states freight or insurance in a currency that is not in the list."""
    known = p.freight_currency.in_list("currencies") & p.insurance_currency.in_list("currencies")
    return asked(p, p.freight_currency, p.insurance_currency) & ~known


@parcels.rule("CHK096", REFUSE)
def cost_is_not_a_total(p: Columns) -> Expr:
    """The export form does not mark freight and insurance as totals."""
    totals = p.freight_mark.in_list("total_marks") & p.insurance_mark.in_list("total_marks")
    return asked(p, p.freight_mark, p.insurance_mark) & ~totals


@parcels.rule("CHK097", REFUSE)
def package_kind_missing(p: Columns) -> Expr:
    """The export form lacks the kind of package."""
    return form(p) & (p.wrap_type == "")


@parcels.rule("CHK098", REFUSE)
def exit_day_missing(p: Columns) -> Expr:
    """The export form lacks the day of exit."""
    return form(p) & (p.ie_day < 0)


@parcels.rule("CHK099", REFUSE)
def own_number_missing(p: Columns) -> Expr:
    """The export form lacks the declarant's own number."""
    return form(p) & (p.cop_no == "")


@parcels.rule("CHK100", REFUSE)
def selling_platform_code_malformed(p: Columns) -> Expr:
    """The platform's code is no customs or credit code, nor the word for a platform without one."""
    return ~p.ebp_code.matches(COMPANY) & ~p.ebp_code.in_list("uncoded_platforms")


@parcels.rule("CHK101", REFUSE)
def zone_operator_missing(p: Columns) -> Expr:
    """The export form of goods from a special zone lacks the zone's operator, by code and name."""
    named = p.zone_code.matches(COMPANY) & ~nameless(p.zone_name)
    return asked(p, p.zone_code, p.zone_name) & ~named


@parcels.rule("CHK102", REFUSE)
def zone_account_missing(p: Columns) -> Expr:
    """Goods exported from a special zone lack the account book they are written off in."""
    return p.ems_no == ""


@parcels.rule("CHK103", REFUSE)
def licence_not_admitted(p: Columns) -> Expr:
    """A licence is named, and goods that need one cannot be declared in this way."""
    return p.licence_no != ""


@lines.rule("CHK059", REFUSE)
def destined_for_home(line: Columns) -> Expr:
    """The line of an export is destined for the exporting country itself."""
    return line.destination == text_param("home_country")


@lines.rule("CHK060", REFUSE)
def bar_code_not_stated(line: Columns) -> Expr:
    """A line that states its destination, as the export form does, lacks the bar code.

    The word for none is a bar code here.
    """
    return (line.destination != "") & (line.bar_code == "")


@lines.rule("CHK111", REFUSE)
def article_number_missing(line: Columns) -> Expr:
    """A line that states its destination, as the export form does, lacks the article number."""
    return (line.destination != "") & (line.item_no == "")
