"""A tax proof as JSON.

Whole numbers stay whole numbers, their unit in the name of the key: `_minor` minor units of
`currency`, `_ppm` millionths, `_e5` and `_e6` hundred-thousandths and millionths, `_mg` milligrams.
Days are texts such as 2026-07-01, or null where there is none.

    administration, currency, regime, law_digest    whose law, and which edition
    declaration_no, consignment_no, house_no, transport_document, procedure, act
    parties             role (declarant, consignor, consignee; merchant), code, name
    legal_day           day whose rules and rates applied
    exchange_rates      currency, nominal_count, rate_ppm (of `currency` of account), law
    lines               goods lines: line, hs_code, goods_name, origin, ..., payments, amounts
    payments, amounts   those of the declaration as a whole, such as the fee
    totals_minor        by levy; total_minor, secured_minor (within it), customs_value_minor
    deadlines           kind (appeal, refund), day, days, source, start, stop, confidence
    law                 what amounts rest on; `stop` is the first day it no longer holds
    unverified          numbers of law that no source confirms yet
    unequal             line and levy of payments that this law does not give as decided

A payment is a row of box 47; of a quote that lacks something its amount_minor may be null. An
amount has name, minor, and steps: name, what it is called in the language asked for, formula,
numbers, result (in `unit`: minor, ppm, rate, e5, e6, mg, or a count), rounding, and law, the
numbers of what it rests on.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from silkport.cli.tax_words import Footnotes, rate_text, tell
from silkport.kernel.periods import day_of
from silkport.law.compiled import UNVERIFIED
from silkport.law.formula import Ground, Step
from silkport.node.proof.proving import Payment, Proven, TaxedLine, TaxProof

_OF_HEAD = (
    "consignment_no",
    "house_no",
    "transport_document",
    "procedure",
    "previous_procedure",
    "act",
)


def day_or_null(number: object) -> str | None:
    """A day as text; null below zero."""
    return f"{day_of(number)}" if isinstance(number, int) and number >= 0 else None


def _or_null(number: int) -> int | None:
    """What was not stated, or cannot be known, is null."""
    return number if number >= 0 else None


def proof_json(proof: TaxProof, language: str) -> dict[str, Any]:
    """The proof with the keys that the module's first lines document."""
    notes = Footnotes()
    head = {"declaration_no": proof.number}
    head |= {name: str(proof.head[name]) for name in _OF_HEAD if name in proof.head}
    lines = [_line(line, proof.currency, language, notes) for line in proof.lines]
    payments = [payment_json(row, language) for row in proof.payments]
    amounts = _amounts(proof.amounts, proof.currency, language, notes)
    exchange = [_exchange(one, notes) for one in proof.exchange]
    return {
        "administration": proof.administration,
        "currency": proof.currency,
        "regime": proof.regime,
        "law_digest": proof.law_digest,
        **head,
        "parties": [{"role": p.role, "code": p.code, "name": p.name} for p in proof.parties],
        "legal_day": day_or_null(proof.legal_day),
        "exchange_rates": exchange,
        "lines": lines,
        "payments": payments,
        "amounts": amounts,
        "totals_minor": proof.totals,
        "total_minor": proof.total_minor,
        "secured_minor": proof.secured_minor,
        "customs_value_minor": _or_null(proof.customs_value_minor),
        "deadlines": [
            {
                "kind": one.kind,
                "day": day_or_null(one.day),
                "days": one.days,
                "source": one.source,
                "start": one.start,
                "stop": one.stop or None,
                "confidence": one.confidence,
            }
            for one in proof.deadlines
        ],
        "law": [_law(ground, number) for ground, number in notes.numbers.items()],
        "unverified": [
            number for one, number in notes.numbers.items() if one.confidence == UNVERIFIED
        ],
        "unequal": [{"line": line, "levy": levy} for line, levy in proof.unequal],
    }


def _exchange(ground: Ground, notes: Footnotes) -> dict[str, Any]:
    return {
        "currency": ground.key,
        "nominal_count": ground.nominal_count,
        "rate_ppm": int(ground.written),
        "law": notes.marks([ground])[0],
    }


def _line(line: TaxedLine, currency: str, language: str, notes: Footnotes) -> dict[str, Any]:
    return {
        "line": line.gnum,
        "hs_code": line.hs_code,
        "goods_name": line.goods_name,
        "origin": line.origin,
        "producer": line.producer,
        "preference": line.preference,
        "gross_mass_mg": _or_null(line.gross_mass_mg),
        "net_mass_mg": _or_null(line.net_mass_mg),
        "quantity_e5": _or_null(line.qty_e5),
        "quantity_unit": line.unit,
        "price_e5": _or_null(line.total_e5),
        "price_currency": line.currency,
        "customs_value_minor": _or_null(line.customs_value_minor),
        "payments": [payment_json(row, language) for row in line.payments],
        "amounts": _amounts(line.amounts, currency, language, notes),
    }


def payment_json(payment: Payment, language: str) -> dict[str, Any]:
    """One payment row, with its rate also as a sentence."""
    return {
        "levy": payment.levy,
        "payment_code": payment.payment_code,
        "rate_kind": payment.rate_kind,
        "base_minor": payment.base_minor,
        "rate_ppm": payment.rate_ppm,
        "quantity_e6": payment.quantity_e6,
        "quantity_unit": payment.quantity_unit,
        "specific_e6": payment.specific_e6,
        "specific_currency": payment.specific_currency,
        "specific_per": payment.specific_per,
        "rate": rate_text(payment, language),
        "amount_minor": payment.amount_minor if payment.is_known else None,
        "feature": payment.feature,
    }


def _amounts(
    amounts: Sequence[Proven], currency: str, language: str, notes: Footnotes
) -> list[dict[str, Any]]:
    return [
        {
            "name": one.name,
            "minor": one.formula.result,
            "steps": [_step(step, currency, language, notes) for step in one.formula.steps],
        }
        for one in amounts
    ]


def _step(step: Step, currency: str, language: str, notes: Footnotes) -> dict[str, Any]:
    words = tell(step, currency, language, notes)
    return {
        "name": step.name,
        "called": words.name,
        "formula": words.formula,
        "numbers": words.numbers,
        "result": step.value,
        "unit": step.unit,
        "rounding": step.body.rounding,
        "law": list(words.marks),
    }


def _law(ground: Ground, number: int) -> dict[str, Any]:
    return {
        "number": number,
        "table": ground.table,
        "key": ground.key,
        "variant": ground.variant,
        "name": ground.name,
        "value": ground.written,
        "unit": ground.unit,
        "sentence_en": ground.sentence_en,
        "sentence_ru": ground.sentence_ru,
        "start": ground.start,
        "stop": ground.stop or None,
        "source": ground.source,
        "confidence": ground.confidence,
    }
