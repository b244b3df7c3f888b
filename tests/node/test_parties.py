"""Parties and powers of attorney as a node keeps them."""

from __future__ import annotations

import random

import pytest

from silkport.courses.attorney import Acting
from silkport.kernel.errors import InvalidValue, NotFound
from silkport.kernel.exchange_errors import NotCompetent
from silkport.kernel.party_errors import NoPower, NoRole, NotPrincipal, PowerDiffers
from silkport.model.messages import Competence
from silkport.model.parties import NO_END, Deed, Entering, Name, Power, Role, Script
from silkport.node.corridor import parties as room
from silkport.node.dossiers import acts
from silkport.sim.nodes import Simulated
from tests.node.audits import audit

DAY = 20_700
PERSON = "880101300123"


@pytest.fixture
def node() -> Simulated:
    return Simulated("zz", "zz", lambda: DAY * 86_400_000, random.Random(1).randbytes)


def power(**changed: object) -> Power:
    given = {"number": "PA-1", "principal": "C1", "representative": "D1"}
    given |= {"deeds": (Deed.DECLARE,), "start": DAY, "stop": DAY + 30}
    return Power(**(given | changed))  # type: ignore[arg-type]


def name(script: Script, text: str, by: str = "the firm", *, is_own: bool = True) -> Name:
    return Name(script=script, text=text, by=by, since=DAY, is_own=is_own)


def test_names_stand_side_by_side(node: Simulated) -> None:
    room.register_party(node.node, "C1", "ZZ", {Role.CARRIER: (DAY, NO_END)}, who="Chen")
    room.write_name(node.node, "C1", name(Script.CYRILLIC, "Жібек Жолы"))
    room.write_name(node.node, "C1", name(Script.CHINESE, "丝绸之路"))
    by_hand = name(Script.PINYIN, "Sichou zhi lu", "broker D1", is_own=False)
    party = room.write_name(node.node, "C1", by_hand)
    assert [(one.script, one.text) for one in party.names] == [
        (Script.CHINESE, "丝绸之路"),
        (Script.PINYIN, "Sichou zhi lu"),
        (Script.CYRILLIC, "Жібек Жолы"),
    ]
    assert party.names[1].by == "broker D1"
    assert audit(node.node, lambda *_: None).is_sound


def test_the_owners_spelling_stands(node: Simulated) -> None:
    room.register_party(node.node, "C1", "ZZ", {}, who="Chen")
    room.write_name(node.node, "C1", name(Script.CYRILLIC, "Жібек Жолы"))
    with pytest.raises(InvalidValue, match="Жібек Жолы"):
        room.write_name(node.node, "C1", name(Script.CYRILLIC, "Жибек Жолы", "x", is_own=False))


@pytest.mark.parametrize("text", ["", " ", "a\nb", "x" * 151])
def test_a_name_is_one(node: Simulated, text: str) -> None:
    room.register_party(node.node, "C1", "ZZ", {}, who="Chen")
    with pytest.raises(InvalidValue):
        room.write_name(node.node, "C1", name(Script.LATIN, text))


def test_of_nobody_no_name_is_kept(node: Simulated) -> None:
    with pytest.raises(NotFound):
        room.write_name(node.node, "C9", name(Script.LATIN, "Nobody"))


def test_roles_have_days(node: Simulated) -> None:
    room.register_party(node.node, "C1", "ZZ", {Role.CARRIER: (DAY, DAY + 1)}, who="Chen")
    room.register_party(node.node, "C1", "ZZ", {Role.BANK: (DAY, NO_END)}, who="Chen")
    read = node.node.state.read
    assert read(lambda tx: room.demand_role(tx, node.node, "C1", Deed.CARRY, DAY)).code == "C1"
    for code, deed, day in (
        ("C1", Deed.CARRY, DAY + 1),
        ("C1", Deed.DECIDE, DAY),
        ("X", Deed.CARRY, DAY),
    ):
        with pytest.raises(NoRole):
            read(lambda tx, c=code, d=deed, n=day: room.demand_role(tx, node.node, c, d, n))


def test_a_person_is_no_party(node: Simulated) -> None:
    with pytest.raises(InvalidValue):
        room.register_party(node.node, PERSON, "ZZ", {}, who="Chen")


def asked(node: Simulated, **changed: object) -> Power | None:
    given = {"principal": "C1", "representative": "D1", "deed": Deed.DECLARE}
    given |= {"procedure": "40", "direction": "import", "day": DAY}
    what = Acting(**(given | changed))  # type: ignore[arg-type]
    return node.node.state.read(lambda tx: room.demand_power(tx, node.node, what))


def test_a_power_lets_act_until_it_lapses_or_is_revoked(node: Simulated) -> None:
    with pytest.raises(NoPower, match="none is known"):
        asked(node)
    room.give_power(node.node, power(), who="C1")
    found = asked(node)
    assert found is not None
    assert found.number == "PA-1"
    assert asked(node, representative="C1") is None
    with pytest.raises(NoPower, match="lapsed"):
        asked(node, day=DAY + 30)
    room.revoke_power(node.node, "PA-1", DAY + 5, who="C1", reason="changed broker")
    assert asked(node, day=DAY + 4) is not None
    with pytest.raises(NoPower, match="revoked"):
        asked(node, day=DAY + 5)


def test_the_same_power_again_changes_nothing(node: Simulated) -> None:
    room.give_power(node.node, power(), who="C1")
    room.revoke_power(node.node, "PA-1", DAY + 5, who="C1", reason="")
    assert room.give_power(node.node, power(), who="C1").revoked == DAY + 5
    with pytest.raises(PowerDiffers):
        room.give_power(node.node, power(stop=DAY + 99), who="C1")


@pytest.mark.parametrize("who", ["D1", "D2", "", "\n", "x" * 99, PERSON])
def test_nobody_gives_himself_power_over_another(node: Simulated, who: str) -> None:
    with pytest.raises(NotPrincipal):
        room.give_power(node.node, power(), who=who)
    room.give_power(node.node, power(), who=" c1")
    with pytest.raises(NotPrincipal):
        room.revoke_power(node.node, "PA-1", DAY, who=who, reason="")
    assert asked(node) is not None


def test_an_officer_enters_what_the_principal_signed(node: Simulated) -> None:
    by = Entering.OFFICER
    room.give_power(node.node, power(), who="officer Chen", entering=by)
    room.revoke_power(node.node, "PA-1", DAY, who="officer Chen", reason="", entering=by)
    told = node.node.state.read(lambda tx: acts(tx, room.POWER, "PA-1"))
    assert [(one["event"], one["by"], one["who"]) for one in told] == [
        ("give", "officer", "officer Chen"),
        ("revoke", "officer", "officer Chen"),
    ]


def test_who_is_registered_as_something_else_is_no_officer(node: Simulated) -> None:
    roles = {Role.REPRESENTATIVE: (DAY - 9, NO_END)}
    room.register_party(node.node, "D1", "ZZ", roles, who="Chen")
    with pytest.raises(NoRole, match="decide"):
        room.give_power(node.node, power(), who="D1", entering=Entering.OFFICER)
    room.register_party(node.node, "O1", "ZZ", {Role.OFFICER: (DAY - 9, NO_END)}, who="Chen")
    room.give_power(node.node, power(), who="O1", entering=Entering.OFFICER)


def test_a_relay_has_no_officers() -> None:
    relay = Simulated(
        "zz",
        "zz",
        lambda: DAY * 86_400_000,
        random.Random(1).randbytes,
        frozenset({Competence.RELAY}),
    )
    with pytest.raises(NotCompetent):
        room.give_power(relay.node, power(), who="Chen", entering=Entering.OFFICER)
    room.give_power(relay.node, power(), who="C1")


@pytest.mark.parametrize(
    ("code", "deeds", "is_party"),
    [
        ("C1", (Deed.CARRY,), True),
        ("C1", (Deed.DECIDE, Deed.CARRY), True),  # one of them is enough
        ("X9", (Deed.CARRY,), False),  # not registered: whoever the operator let in
        ("officer Chen of the post", (Deed.DECIDE,), False),
        ("", (Deed.DECIDE,), False),
    ],
)
def test_who_acts_in_a_role_has_it(
    node: Simulated, code: str, deeds: tuple[Deed, ...], is_party: bool
) -> None:
    room.register_party(node.node, "C1", "ZZ", {Role.CARRIER: (DAY, DAY + 1)}, who="Chen")
    found = node.node.state.read(lambda tx: room.demand_named(tx, node.node, code, *deeds))
    assert (found is not None) is is_party


@pytest.mark.parametrize(
    ("roles", "deed"),
    [
        ({Role.CARRIER: (DAY, DAY + 1)}, Deed.DECIDE),
        ({Role.CARRIER: (DAY - 9, DAY)}, Deed.CARRY),  # until today, exclusive
        ({Role.CARRIER: (DAY + 1, DAY + 9)}, Deed.CARRY),
        ({}, Deed.CARRY),
    ],
)
def test_who_is_registered_and_lacks_the_role_is_refused(
    node: Simulated, roles: dict[Role, tuple[int, int]], deed: Deed
) -> None:
    room.register_party(node.node, "C1", "ZZ", roles, who="Chen")
    with pytest.raises(NoRole):
        node.node.state.read(lambda tx: room.demand_named(tx, node.node, "c1", deed))


def test_a_person_stands_as_a_pseudonym(node: Simulated) -> None:
    room.give_power(node.node, power(representative=PERSON), who="C1")
    assert asked(node, representative=PERSON) is not None
    room.give_power(node.node, power(number="PA-2", principal=PERSON), who=PERSON)
    dump = "\n".join(node.connection.iterdump())
    assert PERSON not in dump


def test_a_declarant_needs_power_of_whose_goods_they_are(node: Simulated) -> None:
    declared: dict[str, int | str] = {
        "declarant_code": "D1",
        "consignee_code": "C1",
        "consignor_code": "X1",
        "procedure": "40",
        "decl_day": DAY,
    }

    def is_so(direction: str) -> bool:
        read = node.node.state.read
        return read(lambda tx: room.power_of_declarant(tx, node.node, declared, direction)).is_so

    assert [is_so(one) for one in ("import", "export", "transit")] == [False, False, True]
    room.give_power(node.node, power(), who="C1")
    assert [is_so(one) for one in ("import", "export", "transit")] == [True, False, True]
