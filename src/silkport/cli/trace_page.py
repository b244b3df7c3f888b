"""How the sides of a consignment are shown: house by house, each side with what it knows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from rich.markup import escape
from rich.table import Table

from silkport.cli.node_case import why
from silkport.cli.node_options import moment, plain
from silkport.cli.node_words import event_word, node_words, say, state_word, way_word
from silkport.cli.options import console, word
from silkport.kernel.errors import InvalidValue, UnknownRule
from silkport.model.states import State
from silkport.model.transport_rules import RULES
from silkport.node.law.books import sentences
from silkport.node.tracing.sides import key_of

Row = Mapping[str, Any]
_STATES = frozenset(one.value for one in State)


def show_sides(sides: Sequence[Row], language: str) -> None:
    """Prints what nodes know: house after house, and of each house side after side."""
    keys = sorted({key_of(house) for side in sides for house in side["houses"]})
    several = len(sides) > 1
    for key in keys:
        console.print(f"\n[bold]{escape(plain('/'.join(filter(None, key))))}[/]")
        for side in sides:
            for house in side["houses"]:
                if key_of(house) == key:
                    _show_house(side, house, language)
        if not several:
            console.print(escape(word("trace_one_side", language)), style="dim")
    for side in sides:
        for transport in side["transports"]:
            if not transport["houses"]:
                console.print(f"\n[bold]{escape(side['node'])}[/]")
                _show([_transport(transport, ("", ""), language)])


Line = tuple[str, str, str]
"""When, what, and more of it."""


def _show_house(side: Row, house: Row, language: str) -> None:
    console.print(f"\n  [bold cyan]{escape(side['node'])}[/]")
    key = key_of(house)
    lines: list[Line] = []
    for file in side["files"]:
        if file["consignment_no"] == key[0]:
            lines += _file(file, key[1], language)
    for one in house["declarations"]:
        lines += _declaration(one, language)
    lines += [_passport(one, language) for one in house["inspections"]]
    lines += [_balance(one, language) for one in house["balances"]]
    for transport in side["transports"]:
        if any(key_of(one) == key for one in transport["houses"]):
            lines.append(_transport(transport, key, language))
    lines += _messages(house, language)
    lines += _waits(house["waits"], language)
    _show(lines)
    for one in house["declarations"]:
        _show_stages(one["stages"], language)


def _show(lines: Sequence[Line]) -> None:
    table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold", min_width=24, max_width=44)
    table.add_column(overflow="fold")
    for at, what, more in lines:
        style = "yellow" if at == "!" else ""
        cells = [f"    {at}", what, more]
        table.add_row(*(escape(plain(cell)) for cell in cells), style=style)
    console.print(table)


def _file(file: Row, house_no: str, language: str) -> Iterator[Line]:
    """The description or copy, its grants and what was made of it."""
    side = word(f"consignment_{file['side']}", language)
    version = f"{word('consignment_version', language)} {file['version']}"
    for one in file["houses"]:
        if one["house_no"] == house_no:
            way = " → ".join(filter(None, (file["from"], file["to"])))
            parts = [version, way, one["waybill"]]
            if one["packages"] is not None:
                facts = {"packages": str(one["packages"]), "lines": str(one["lines"])}
                parts.append(word("trace_amounts", language, **facts))
            yield _at(file["acts"][0]["at"]), side, " · ".join(filter(None, parts))
    for one in file["grants"]:
        if one["house_no"] == house_no:
            facts = {"no": one["grant_no"], "code": one["importer_code"]}
            name, until = "consignment_grant", one["valid_until"]
            if one["revoked_at"] >= 0:
                name, until = "consignment_revoked", one["revoked_at"]
            count = str(one["fields"])
            more = word(name, language, at=moment(until), count=count, **facts)
            yield _at(one["granted_at"]), say_kind("exporter_grant", language), more
    for one in file["filings"]:
        if one["house_no"] == house_no:
            yield _at(one["confirmed_at"]), *_filing(one, language)


def _filing(one: Row, language: str) -> tuple[str, str]:
    parts = [
        word(
            "consignment_typed",
            language,
            typed=str(one["typed_fields"]),
            fields=str(one["all_fields"]),
        )
    ]
    if one["confirmed_by"]:
        parts.append(
            word(
                "consignment_confirmed",
                language,
                who=one["confirmed_by"],
                at=moment(one["confirmed_at"]),
            )
        )
    if one["filed"]:
        parts.append(word("consignment_filed", language, id=one["filed"]))
    elif one["file_by"] >= 0:
        parts.append(word("consignment_due", language, at=moment(one["file_by"])))
    return word(f"filing_{one['filing']}", language), "; ".join(parts)


def _declaration(one: Row, language: str) -> Iterator[Line]:
    way = way_word(one["direction"], language)
    head = f"{way} {one['number']}"
    lane = f" · {say('lane_' + one['lane'], language)}" if one.get("lane") else ""
    codes = ", ".join(row["code"] for row in one["findings"])
    more = state_word(one["state"], language).upper() + lane + (f" · {codes}" if codes else "")
    yield _at(one["filed_at"]), head, more
    for event in one["events"]:
        told = ""
        if event["told"]:
            told = f" · {word('trace_told', language)} {', '.join(event['told'])}"
        said = why({**event, "tells": ""}, language)
        reason = f" · {said}" if said else ""
        what = f"  {event_word(event['event'], language)}"
        yield _at(event["at"]), what, f"{event['who']}{reason}{told}"


def _passport(one: Row, language: str) -> Line:
    name = "trace_issued" if one["issued"] else "trace_passport"
    more = f"{one['number']} · {one['body']} · {one['finding']}"
    if "standing" in one:
        more += f" · {word('passport_' + one['standing'], language)} {one['code']}".rstrip()
    return _at(one["inspected_at"]), f"{word(name, language)}: {one['method']}", more


def _balance(one: Row, language: str) -> Line:
    parts = [
        f"{word(f'balance_{name}', language)} {one[f'{name}_shown']}"
        for name in ("reserved", "used")
        if one[name]
    ] or [word("trace_given_back", language)]
    return _at(one["at"]), one["balance"], ", ".join(parts)


def _transport(one: Row, key: tuple[str, str], language: str) -> Line:
    parts = [word(f"transport_{one['phase']}", language)]
    if one["empty_run"]:
        parts.append(word("transport_empty_run", language))
    stops = [f"{_event(stop['event'], language)} {stop['place']}" for stop in one["track"]]
    parts += [
        f"{word('trace_stays', language)}: {_what(stay['reason'], language)}"
        for stay in one["stays"]
        if key_of(stay) == key
    ]
    last = one["track"][-1]["at"] if one["track"] else -1
    what = f"{one['id']}  {one['vehicle']}"
    return _at(last), what, " · ".join(filter(None, (*parts, " → ".join(stops))))


def _event(event: str, language: str) -> str:
    names = {"depart": "departed", "exit": "exited", "arrive": "arrived", "present": "presented"}
    return word(f"transport_{names[event]}", language) if event in names else event


def _messages(house: Row, language: str) -> Iterator[Line]:
    """What was told and heard, with numbers; one tick is received there, two took effect."""
    for one in house["sent"]:
        done = (one["received_there"], one["considered_there"])
        ticks = "✓✓" if all(done) else "✓" if done[0] else "…"
        name = "trace_effect" if all(done) else "trace_received" if done[0] else "trace_under_way"
        kind = say_kind(one["kind"], language)
        what = f"{house_way(one['peer'], sent=True)} {kind} {one['seq']}"
        yield _at(one["at"]), what, f"{ticks} {word(name, language)}"
    for one in house["heard"]:
        kind = say_kind(one["kind"], language)
        said = ", ".join(_said(name, value, language) for name, value in one["said"].items())
        yield _at(one["at"]), f"{house_way(one['peer'], sent=False)} {kind} {one['seq']}", said


def house_way(peer: str, *, sent: bool) -> str:
    """An arrow to a peer, or from it."""
    return f"→ {peer}" if sent else f"← {peer}"


def _said(name: str, value: object, language: str) -> str:
    if name == "decision" and str(value) in _STATES:
        return state_word(str(value), language)
    return moment(value) if name.endswith("_at") and isinstance(value, int) else str(value)


def _waits(waits: Sequence[Row], language: str) -> Iterator[Line]:
    for one in waits:
        until = f" · {word('trace_until', language)} {moment(one['until'])}"
        more = f"{who_word(one['who'], language)} · {one['about']}"
        yield "!", _what(one["what"], language), more + (until if one["until"] >= 0 else "")


def wait_line(one: Row, language: str) -> str:
    """What waits and who must act, in a few words."""
    return f"{_what(one['what'], language)} ({who_word(one['who'], language)})"


def _what(what: str, language: str) -> str:
    """What waits, or why something stays, as people call it."""
    if what in _STATES:
        return state_word(what, language)
    if what in RULES:
        return f"{what} {word(f'transport_{what.lower()}', language)}"
    try:
        return word(f"trace_{what}", language)
    except InvalidValue:
        pass
    try:
        return f"{what} {sentences().title(what, language)}"
    except UnknownRule:
        return what


def who_word(who: str, language: str) -> str:
    """Who must act, as people call him; whoever no list has, as he was called."""
    for name in (f"transport_role_{who}", f"trace_who_{who}"):
        try:
            return word(name, language)
        except InvalidValue:
            continue
    return who


def say_kind(kind: str, language: str) -> str:
    """A kind of message as people call it."""
    if f"kind_{kind}" in node_words():
        return say(f"kind_{kind}", language)
    return word(f"trace_kind_{kind}", language)


def _show_stages(stages: Sequence[Row], language: str) -> None:
    table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True, style="dim")
    table.add_column(overflow="fold", style="dim")
    for row in stages:
        said = [
            " ".join(filter(None, (_term(name, language), text))) for name, text in row["parts"]
        ]
        stage = word(f"trace_stage_{row['stage']}", language)
        table.add_row(f"    {stage}", escape("; ".join(said) or "–"))
    console.print(table)


def _term(name: str, language: str) -> str:
    """A levy, lane or outcome as people call it; one that no list has, as it is."""
    for known in (name, f"lane_{name}"):
        with suppress(InvalidValue):
            return word(known, language) if name else ""
    return name


def _at(at: int) -> str:
    """The time of a moment in the day, in UTC, with the day before it."""
    return moment(at)[:-1] if at >= 0 else "-"
