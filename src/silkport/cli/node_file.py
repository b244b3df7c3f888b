"""silkport node file: declarations filed with a node, and what was found against each."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from silkport.cli.node_options import PassphraseFile, Which, opened, plain
from silkport.cli.node_words import (
    appeal_lines,
    event_word,
    grounds_row,
    say,
    show_reasons,
    state_word,
    term_line,
)
from silkport.cli.options import Home, Json, Language, console, counting, default_home, print_json
from silkport.formats.reading import Problem, SetAside
from silkport.kernel.errors import SilkportError
from silkport.kernel.findings import Effect
from silkport.model.states import RELEASED_STATES, State
from silkport.node.law.books import law_edition
from silkport.node.law.editions import keep
from silkport.node.offices import office_of
from silkport.node.proof.unfolded import Reason
from silkport.node.sovereign import Node
from silkport.node.workflow.cases import NEVER, Case
from silkport.node.workflow.filing import Filed, Office, file_declaration
from silkport.node.workflow.reading import Declared, Grounds, decided_last, declared_in, grounds_of
from silkport.stages.release import AFTER_RELEASE

SOME_NOT_FILED = 4
SHOWN = 12
"""Declarations told of one by one on the screen, and rules of one of them."""

_UNCOVERED = "no regime of this administration covers it"
_AGAINST = {Effect.REFUSE, Effect.HOLD, Effect.WAIT}
_ENDED_WELL = RELEASED_STATES | {State.WITHDRAWN}


@dataclass(frozen=True, slots=True)
class Answer:
    """What the declarant is told of one declaration.

    Attributes:
        grounds: None where nothing stands against it.
        act: what became of an act after release that was not taken; "" for anything else.
    """

    filed: Filed
    grounds: Grounds | None
    act: str

    @property
    def case(self) -> Case:
        """The case it became, or belongs to."""
        return self.filed.case

    @property
    def became(self) -> str:
        """What became of it, in a word of data."""
        state = self.case.state.value
        if self.filed.is_duplicate:
            return "duplicate"
        return state if self.is_covered else f"{state}: {_UNCOVERED}"

    @property
    def is_covered(self) -> bool:
        """Whether a regime of the administration covers it."""
        return bool(self.case.decision["decision"]["regime"])


@dataclass(slots=True)
class Answers:
    """What became of everything in the inputs."""

    answers: list[Answer] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def states(self) -> Counter[str]:
        """How many became what."""
        return Counter(one.became for one in self.answers)


def file(  # noqa: PLR0917 - a command's options are named on the command line
    inputs: Annotated[
        list[Path], typer.Argument(help="Files or folders with consignments.", exists=True)
    ],
    node: Which,
    home: Home = None,
    who: Annotated[str, typer.Option("--who", help="Who files; else the declarant.")] = "",
    early: Annotated[bool, typer.Option("--early", help="The goods have not arrived yet.")] = False,
    passphrase_file: PassphraseFile = None,
    language: Language = "en",
    as_json: Json = False,
) -> None:
    """File every declaration of goods in the inputs with a node, which decides each at once.

    Of what is refused or waits every finding is told: rule, field, law, the smallest fix, until
    when to answer or appeal. The screen tells of the first dozen, --json of all.

    The same again changes nothing. Exits 0 when all were filed, 4 when some could not be.
    """
    where, done = home or default_home(), Answers()
    with opened(home, node, passphrase_file) as found, counting("filing") as progress:
        office = office_of(found, where)
        _keep_law(found, where)
        for one in declared_in(inputs):
            try:
                done.answers.append(_filed(found, office, where, one, who, language, early=early))
            except _NotFiled as not_filed:
                done.problems.append(str(not_filed))
            progress("filing", len(done.answers))
    if as_json:
        rows = [_row(one) for one in done.answers]
        print_json({"filed": rows, "states": done.states, "problems": done.problems})
    else:
        _show(done, node, language)
    raise typer.Exit(SOME_NOT_FILED if done.problems else 0)


class _NotFiled(Exception):
    """Something in the inputs that was not filed, and why."""


def _keep_law(node: Node, home: Path) -> None:
    """Keeps the law by which it is decided, so that a case can be explained by it later."""
    edition = law_edition(node.administration, home)
    keep(home, node.administration, edition.files, edition.book.law.digest)


def _filed(
    node: Node,
    office: Office,
    home: Path,
    one: Declared | Problem | SetAside,
    who: str,
    language: str,
    *,
    early: bool,
) -> Answer:
    """Files one declaration. Raises _NotFiled."""
    if not isinstance(one, Declared):
        reason = one.reason if isinstance(one, SetAside) else one.expected
        raise _NotFiled(f"{one.source} {one.position}: {reason}")
    declared = one.declaration
    try:
        filed = file_declaration(
            node,
            office,
            declared,
            one.goods,
            who=who or str(declared["declarant_code"]),
            problems=one.problems,
            early=early,
        )
    except SilkportError as error:
        raise _NotFiled(f"{declared['declaration_no']}: {error}") from error
    is_act = str(declared.get("act", "")) in AFTER_RELEASE
    return _answer(node, office, home, filed, language, is_act=is_act)


def _answer(
    node: Node, office: Office, home: Path, filed: Filed, language: str, *, is_act: bool
) -> Answer:
    """What stands against a declaration, or against the act on it that came last."""
    case = filed.case
    row = case.decision["decision"]
    last = {**node.state.read(lambda tx: decided_last(tx, case)), "decision": row}
    if case.state not in _ENDED_WELL:
        return Answer(filed, grounds_of(home, last, language, officer=False), "")
    against = {one["effect"] for one in last["findings"]} & _AGAINST
    if not is_act or not (against or case.held):
        return Answer(filed, None, "")
    grounds = grounds_of(home, last, language, officer=False)
    if case.held:
        return Answer(filed, replace(grounds, appeal_day=NEVER), "hold_act")
    if grounds.appeal_day >= 0:  # as long as the law gives, from the refusal on
        days = row["appeal_day"] - row["processing_day"]
        grounds = replace(grounds, appeal_day=office.day(case.changed_at) + days)
    return Answer(filed, grounds, "refuse_act")


def _row(one: Answer) -> dict[str, Any]:
    case = one.case
    due = {"due_at": case.due_at, "due_then": case.due_then, "due_known": case.due_known}
    about = {"id": case.id, "number": case.number, "state": case.state.value, "act": one.act}
    nothing = {"findings": [], "appeal_until": ""}
    return about | due | (grounds_row(one.grounds) if one.grounds else nothing)


def _show(done: Answers, node: str, language: str) -> None:
    """The day of a declarant on a screen: counts, then each that is refused or waits."""
    for became, count in done.states.most_common():
        console.print(escape(f"{count:>8,}  {_became_word(became, language)}"))
    if not done.answers:
        console.print(say("filed_none", language))
    waiting = [one for one in done.answers if one.grounds is not None]
    waiting.sort(key=lambda one: not one.is_covered)
    for one in waiting[:SHOWN]:
        _show_answer(one, node, language)
    if len(waiting) > SHOWN:
        more = f"{len(waiting) - SHOWN:,}"
        console.print(escape(say("filed_more_cases", language, count=more)), style="dim")
    if done.problems:
        console.print(f"\n[bold]{say('filed_problems', language)}[/]: {len(done.problems):,}")
    for problem in done.problems[: 2 * SHOWN]:
        console.print(escape(plain(problem)), style="yellow")
    if done.answers:
        console.print(f"\n  silkport node case {done.answers[0].case.id} --as {node}")


def _became_word(became: str, language: str) -> str:
    if became == "duplicate":
        return say("filed_duplicate", language)
    state, _, uncovered = became.partition(":")
    text = state_word(state, language)
    return f"{text}: {say('filed_uncovered', language)}" if uncovered else text


def _by_code(grounds: Grounds) -> list[list[Reason]]:
    """The findings of each rule, on however many lines, in the order of the first of each."""
    found: dict[str, list[Reason]] = {}
    for reason in grounds.reasons:
        found.setdefault(reason.code, []).append(reason)
    return list(found.values())


def _show_answer(one: Answer, node: str, language: str) -> None:
    assert one.grounds is not None, "only what something stands against is told of"
    case, by_code = one.case, _by_code(one.grounds)
    state = event_word(one.act, language) if one.act else state_word(case.state, language)
    console.print(f"\n[bold]{escape(plain(case.number))}[/] {case.id}  [bold]{state}[/]")
    if term := term_line(case, language):
        console.print(escape(f"  {term}"))
    if not by_code:
        console.print(f"  {say('filed_checked', language)}")
    for first, *others in by_code[:SHOWN]:
        show_reasons([first], str(case.decision["decision"]["currency"]), language)
        if others:
            lines = ", ".join(f"{other.line}" for other in others[:SHOWN])
            lines += ", …" if len(others) > SHOWN else ""
            console.print(f"    {say('filed_also', language, lines=lines)}", style="dim")
    if len(by_code) > SHOWN:
        count, name = f"{len(by_code) - SHOWN:,}", f"{case.id} --as {node}"
        console.print(escape(say("filed_more_findings", language, count=count, id=name)))
    for line in appeal_lines(one.grounds, language):
        console.print(escape(f"    {line}"))
