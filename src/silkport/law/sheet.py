"""Rule sheets: rules and computations written once, compiled for a regime and a period."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from silkport.kernel.errors import UnknownRule
from silkport.kernel.findings import Effect
from silkport.kernel.sheet_errors import IllTyped
from silkport.law.bounds import Bounds, work_out
from silkport.law.bulk import Bulk
from silkport.law.compiled import Law, Regime
from silkport.law.expression import Expr, Type, Value, col, columns_of, walk
from silkport.law.proof import Grounds, Proof, prove
from silkport.law.settling import settled
from silkport.law.single import Row, Single, compile_single
from silkport.model.columns import BOUNDS, Kind, is_personal
from silkport.model.rows import RowShape


class Columns:
    """The columns of a row as expressions: `line.net_mass_mg`."""

    def __init__(self, shape: RowShape) -> None:
        self._shape = shape

    def __getattr__(self, name: str) -> Expr:
        column = self._shape.by_name.get(name)
        if column is None:
            raise IllTyped(what=name, reason=f"is no column of a {self._shape.name} row")
        return col(name, Type.TEXT if column.kind is Kind.TEXT else Type.INT)


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: it fires where `fires` holds. The code is permanent."""

    code: str
    stage: str
    shape: str
    effect: Effect
    fires: Expr
    meaning: str
    facts: tuple[str, ...]
    """Columns a finding of this rule quotes; what names a person is never among them."""
    quotes: tuple[str, ...] = ()
    """Computed values of the same sheet that it quotes beside them."""


@dataclass(frozen=True, slots=True)
class Computation:
    """Named amounts computed together."""

    code: str
    stage: str
    shape: str
    outputs: Mapping[str, Expr]
    meaning: str


RuleText = Callable[[Columns], Expr]
ComputationText = Callable[[Columns], dict[str, Expr]]


@dataclass
class Sheet:
    """All rules and computations of one stage over one kind of row."""

    stage: str
    shape: RowShape
    rules: dict[str, Rule] = field(default_factory=dict)
    computations: dict[str, Computation] = field(default_factory=dict)

    def rule(
        self, code: str, effect: Effect, quotes: tuple[str, ...] = ()
    ) -> Callable[[RuleText], RuleText]:
        """Registers a rule; its docstring's first paragraph says when it fires."""

        def register(text: RuleText) -> RuleText:
            assert code not in self.rules, code
            fires = text(Columns(self.shape))
            if fires.type is not Type.BOOL:
                raise IllTyped(what=code, reason="must say yes or no")
            meaning = (text.__doc__ or "").strip().split("\n\n")[0]
            facts = tuple(name for name in columns_of(fires) if not is_personal(name))
            meaning = " ".join(meaning.split())
            self.rules[code] = Rule(
                code, self.stage, self.shape.name, effect, fires, meaning, facts, quotes
            )
            return text

        return register

    def computation(self, code: str) -> Callable[[ComputationText], ComputationText]:
        """Registers a computation under its concept name."""

        def register(text: ComputationText) -> ComputationText:
            assert code not in self.computations, code
            meaning = (text.__doc__ or "").strip().split("\n\n")[0]
            self.computations[code] = Computation(
                code,
                self.stage,
                self.shape.name,
                text(Columns(self.shape)),
                " ".join(meaning.split()),
            )
            return text

        return register

    def compiled(self, law: Law, regime: Regime, period: tuple[date, date]) -> CompiledSheet:
        """This sheet as it stands for `regime` in an unchanged `period`."""
        listed = regime.stages.get(self.stage, ())
        rules = [
            self.rules[code]
            for code in listed
            if code in self.rules and law.rule_source(code, period[0]) is not None
        ]
        computations = [self.computations[code] for code in listed if code in self.computations]
        return CompiledSheet(self, law, regime, period, tuple(rules), tuple(computations))


class CompiledSheet:
    """One sheet for one regime and unchanged period, in three readings."""

    def __init__(
        self,
        sheet: Sheet,
        law: Law,
        regime: Regime,
        period: tuple[date, date],
        rules: tuple[Rule, ...],
        computations: tuple[Computation, ...],
    ) -> None:
        self.sheet, self.law, self.regime, self.period = sheet, law, regime, period
        self.rules, self.computations = rules, computations
        self.written: dict[str, Expr] = {rule.code: rule.fires for rule in rules}
        for computation in computations:
            self.written.update(computation.outputs)
        self.params = self._params_in_force()
        self.outputs = settled(self.written, self.params, law.tables)
        read = {c for node in self.outputs.values() for c in columns_of(node)}
        self.columns = sorted(read | {fact for rule in rules for fact in rule.facts})

    def _params_in_force(self) -> dict[str, Value]:
        found: dict[str, Value] = {}
        for node in walk(list(self.written.values())):
            if node.op == "param":
                name = str(node.extra[0])
                found[name] = self._param(name)
        return found

    def _param(self, name: str) -> Value:
        if name.startswith("needs_"):
            return int(name.removeprefix("needs_") in self.regime.documents)
        return self.law.at(name, self.period[0], self.regime.code).value

    @cached_property
    def bounds(self) -> dict[Expr, Bounds]:
        """Bounds of every node. Raises PossibleOverflow."""
        columns = {c.name: BOUNDS[c.kind] for c in self.sheet.shape.columns if c.kind in BOUNDS}
        fields: dict[tuple[str, str], Bounds] = {
            (name, field_name): bounds
            for name, table in self.law.tables.items()
            for field_name, bounds in table.bounds.items()
        }
        return work_out(walk(list(self.outputs.values())), columns, fields)

    @cached_property
    def bulk(self) -> Bulk:
        """The bulk reading."""
        return Bulk(self.outputs, self.law.tables, self.law.lists, self.bounds)

    @cached_property
    def single(self) -> Single:
        """The single reading."""
        assert self.bounds is not None
        return compile_single(self.outputs, self.law.tables, self.law.lists)

    def prove(self, output: str, row: Row) -> Proof:
        """The proof reading of one output for one row."""
        return prove(
            output,
            self.written[output],
            row,
            tables=self.law.tables,
            lists=self.law.lists,
            params=self.params,
            grounds=self._grounds,
        )

    def _grounds(self, name: str) -> Grounds:
        if name.startswith("needs_"):
            regime = self.regime
            return Grounds(
                name,
                str(self._param(name)),
                regime.source,
                f"{regime.start}",
                f"{regime.stop}",
                regime.confidence,
            )
        dated = self.law.at(name, self.period[0], self.regime.code)
        return Grounds(
            name,
            f"{dated.written} {dated.unit}",
            dated.source,
            f"{dated.start}",
            f"{dated.stop}",
            dated.confidence,
        )


def refuse_unknown_rules(law: Law, sheets: tuple[Sheet, ...]) -> None:
    """Raises UnknownRule when a regime names what no sheet has, or a rule without a source."""
    for regime in law.regimes:
        for stage, codes in regime.stages.items():
            known = {
                code for s in sheets if s.stage == stage for code in (*s.rules, *s.computations)
            }
            rules = {code for s in sheets for code in s.rules}
            for code in codes:
                if code not in known or (code in rules and code not in law.rule_sources):
                    what = f"{law.country} regime {regime.code}, stage {stage},"
                    raise UnknownRule(what=what, code=code)
