"""The tables of a tax proof in words: its head, goods, totals, deadlines and later changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from silkport.cli.options import word
from silkport.cli.tax_words import exchange_text, grouped, titled
from silkport.law.compiled import UNVERIFIED
from silkport.model.declarations import ACTS
from silkport.node.proof.proving import TaxedLine, TaxProof
from silkport.node.proof.speaking import day, money, spoken, unit


def head_rows(proof: TaxProof, language: str, *, same_law: bool = True) -> list[tuple[str, str]]:
    """What a proof is about: labels and texts."""
    head, decision = proof.head, proof.decision
    rows = [(word("declaration" if proof.of_house else "order", language), proof.number)]
    if proof.of_house:
        house = (str(head["consignment_no"]), str(head["house_no"]))
        rows.append((word("house", language), " / ".join(filter(None, house))))
    rows.append((word("transport_document", language), str(decision["logistics_no"])))
    rows += [
        (titled(party.role, language), " ".join(filter(None, (party.name, party.code))))
        for party in proof.parties
    ]
    if proof.of_house:
        ways = (str(head["procedure"]), str(head["previous_procedure"]))
        rows.append((word("procedure", language), " ".join(filter(None, ways))))
        if head["act"] != ACTS[0]:
            rows.append((word("act", language), word(f"act_{head['act']}", language)))
    regime = " · ".join(filter(None, (proof.administration.upper(), proof.regime)))
    rows.append((word("regime", language), regime))
    rows.append((word("legal_day", language), day(proof.legal_day)))
    if decision.get("outcome"):
        made = day(int(str(decision["processing_day"])))
        rows.append(
            (word("decision", language), f"{word(str(decision['outcome']), language)}, {made}")
        )
    edition = proof.law_digest if same_law else str(decision["law_digest"])
    rows.append((word("law_edition", language), edition))
    used = "; ".join(exchange_text(one, proof.currency) for one in proof.exchange)
    rows.append((word("exchange_rates", language), used))
    return [(label, text) for label, text in rows if text]


def total_rows(proof: TaxProof, language: str) -> list[tuple[str, str]]:
    """Totals by levy, their sum, and what of it is not paid."""
    rows = [
        (titled(levy, language), money(minor, proof.currency))
        for levy, minor in proof.totals.items()
    ]
    rows.append((titled("total", language), money(proof.total_minor, proof.currency)))
    if proof.secured_minor:
        secured = money(proof.secured_minor, proof.currency)
        rows.append((titled("secured_part", language), secured))
    return rows


def deadline_rows(proof: TaxProof, language: str) -> list[tuple[str, str, bool]]:
    """Until when something may be done, why, and whether no source confirms it yet."""
    return [
        (
            word(f"{one.kind}_until", language),
            f"{day(one.day)} ({word('days', language, count=str(one.days))}: {one.source})",
            one.confidence == UNVERIFIED,
        )
        for one in proof.deadlines
        if one.day >= 0
    ]


def goods_rows(line: TaxedLine, language: str) -> list[tuple[str, str]]:
    """What is declared of a goods line."""
    rows = [
        ("hs_code", line.hs_code),
        ("origin", line.origin),
        ("producer", line.producer),
        ("preference", line.preference),
        ("gross_mass", spoken("gross_mass_mg", line.gross_mass_mg, "")),
        ("net_mass", spoken("net_mass_mg", line.net_mass_mg, "")),
        ("quantity", f"{spoken('qty_e5', line.qty_e5, '')} {unit(line.unit, language)}".strip()),
        ("price", f"{grouped(max(line.total_e5, 0), 5)} {line.currency}"),
    ]
    return [(word(name, language), text) for name, text in rows if text not in ("", "–")]


def adjustment_rows(
    adjustments: Sequence[Mapping[str, object]], language: str
) -> list[tuple[str, ...]]:
    """What acts after release changed: act and day, outcome, levy, before, after, difference."""
    found: list[tuple[str, ...]] = []
    for one in adjustments:
        currency = str(one["currency"])
        minor = {name: int(str(one[f"{name}_minor"])) for name in ("before", "after", "difference")}
        kind = word(str(one["kind"]), language)
        due = int(str(one["due_day"]))
        until = f", {word('payment_until', language)} {day(due)}" if due >= 0 else ""
        found.append(
            (
                f"{word('act_' + str(one['act']), language)}, {day(int(str(one['act_day'])))}",
                word(str(one["outcome"]), language),
                titled(str(one["levy"]), language) if one["levy"] else "–",
                money(minor["before"], currency),
                money(minor["after"], currency),
                f"{money(minor['difference'], currency)} ({kind}{until})",
            )
        )
    return found


ADJUSTMENT_HEAD = ("act", "outcome", "levy", "before", "after", "difference")
"""Words above the columns of `adjustment_rows`."""


def unequal_text(proof: TaxProof, language: str) -> str:
    """Which payments this law does not give as they were decided; empty where all are equal."""
    which = ", ".join(
        f"{word('line', language)} {number} {word(levy, language)}"
        if number
        else word(levy, language)
        for number, levy in proof.unequal
    )
    return word("unequal", language, which=which) if which else ""
