"""Messages that no honest node sends, in batches that are in order: each of them is parked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from types import MappingProxyType
from typing import Any

import msgspec

from silkport.kernel.canonical import canonical_bytes
from silkport.kernel.merkle import leaf_hash
from silkport.kernel.periods import day_of
from silkport.model.messages import BY_NAME, KINDS
from silkport.node.exchange.effects import KEY_CHANGE
from silkport.node.exchange.keys import SEED_BYTES, signing_key_from
from silkport.node.exchange.outbox import moment_text
from silkport.node.exchange.peers import peer_of
from silkport.node.exchange.registers import acting_as, register_with
from silkport.node.state.contract import Transaction
from silkport.node.transparency import log
from silkport.sim.corridor.mixes import DAY
from silkport.sim.corridor.sites import Site

DEEP = 200


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a liar writes his message on.

    Attributes:
        honest: an envelope with a body that nobody would refuse.
        outside: a kind and one of its fields that the register does not let pass; none is ("", "").
        certificate: that of another peer of the receiver.
    """

    honest: dict[str, Any]
    outside: tuple[str, str]
    certificate: str
    sender: str
    rng: Random

    def with_fields(self, **changes: object) -> bytes:
        """The honest message with other fields of its envelope."""
        return msgspec.json.encode(self.honest | changes, order="sorted")

    def with_body(self, kind: str, body: Mapping[str, object]) -> bytes:
        """A message of some kind."""
        return self.with_fields(EDocCode=BY_NAME[kind].code, body=dict(body))

    def with_cell(self, name: str, value: object) -> bytes:
        """The honest message with another cell in its body."""
        return self.with_fields(body=self.honest["body"] | {name: value})


def plant(tx: Transaction, site: Site, to: str, content: bytes) -> int:
    """Puts bytes into the outbox as if they were a message; gives their number."""
    seq = peer_of(tx, to).queued + 1
    leaf = leaf_hash(content)
    tx.run("add_out", to, seq, "lie", "", site.node.now(), leaf, content)
    tx.run("set_queued", seq, to)
    log.append(tx, log.SENT, to, seq, [leaf])
    return seq


def sheet_for(tx: Transaction, site: Site, to: Site, certificate: str, rng: Random) -> Sheet:
    """The sheet for the next message to a peer."""
    peer, node = peer_of(tx, to.id), site.node
    kind = BY_NAME["capacity_notice"]
    now = node.now()
    body = {
        "post": "post-0",
        "day": f"{day_of(now // DAY)}",
        "direction": "import",
        "vehicles": 1,
    }
    honest = {
        "EDocCode": kind.code,
        "EDocId": f"{rng.getrandbits(128):032x}",
        "EDocRefId": "",
        "EDocDateTime": moment_text(now),
        "version": kind.version,
        "from": node.id,
        "to": to.id,
        "seq": peer.queued + 1,
        "body": body,
    }
    return Sheet(honest, _outside(tx, site, to, now), certificate, node.id, rng)


def _outside(tx: Transaction, site: Site, to: Site, now: int) -> tuple[str, str]:
    """The first optional field that may not pass, of a kind whose demanded fields may."""
    register = register_with(tx, site.node, to.role.administration)
    sides, day = (site.role.administration, to.role.administration), day_of(now // DAY)
    for kind in KINDS:
        acting = acting_as(register, kind, site.role.competence, *sides, day)
        if acting is None or register.sendable(kind, *sides, day, competence=acting):
            continue
        for name in (one.name for one in kind.fields if not one.rows):
            if not register.allowed(kind, name, *sides, day, competence=acting):
                return kind.name, name
    return "", ""


def _outside_register(sheet: Sheet) -> bytes:
    """A field that nothing allows, in a message that has all that is demanded."""
    name, extra = sheet.outside
    if not name:
        return sheet.with_cell("price", 1)
    kind = BY_NAME[name]
    values: dict[str, object] = {}
    for one in kind.fields:
        if one.demanded or one.name == extra:
            text = "2026-01-01" if one.form == "day" else "lie"
            values[one.name] = 1 if one.form in ("number", "moment") else text
    return sheet.with_body(name, values)


def _not_competent(sheet: Sheet) -> bytes:
    """An inspection result of whom the register does not name for it, or of a wrong form."""
    house = {"consignment_no": "none", "inspection_no": "lie", "body": "x", "finding": "?"}
    return sheet.with_body("inspection_result", house | {"inspected_at": -1})


def _key_of_another(sheet: Sheet) -> bytes:
    """A change to a new key, well proven, with the certificate of another peer."""
    key = signing_key_from(sheet.rng.randbytes(SEED_BYTES))
    stated = {"certificate": sheet.certificate, "node": sheet.sender, "public": key.public.hex()}
    proof = key.sign(KEY_CHANGE, canonical_bytes(stated)).hex()
    body = {"certificate": sheet.certificate, "public": key.public.hex(), "proof": proof}
    return sheet.with_body("key_change", body)


def _key_unproven(sheet: Sheet) -> bytes:
    public = sheet.rng.randbytes(32).hex()
    body = {"certificate": sheet.certificate, "public": public, "proof": "00" * 64}
    return sheet.with_body("key_change", body)


def _odd_grant(sheet: Sheet) -> bytes:
    """A grant that neither gives nor takes back; of a number that nobody else uses."""
    body: dict[str, object] = {
        "consignment_no": f"{sheet.rng.getrandbits(64):x}",
        "house_no": "1",
        "grant_no": "lie",
        "act": sheet.rng.choice(("given", "", "GRANTED")),
        "version": 1,
        "granted_at": 0,
        "valid_until": 2**52,
        "importer_code": "9",
    }
    return sheet.with_body("exporter_grant", body)


def _receipt_beyond(sheet: Sheet) -> bytes:
    body = {"first": 1, "last": sheet.rng.choice((0, 10**6, 2**53 - 1)), "parked": []}
    return sheet.with_body("receipt", body)


def _bad_cell(sheet: Sheet) -> bytes:
    name = sheet.rng.choice(("post", "day", "direction", "vehicles", "reason"))
    values: tuple[object, ...] = (None, True, -1, 2**53, 2**70, [], {}, {"a": 1}, "x" * 5_000, "\0")
    return sheet.with_cell(name, sheet.rng.choice(values))


def _no_json(sheet: Sheet) -> bytes:
    whole = sheet.with_fields()
    return sheet.rng.choice(
        (
            whole[:-1],
            b"null",
            b"[]",
            b"\xff" + whole,
            b"[" * DEEP + b"]" * DEEP,
            whole.replace(b"post-0", b"\\ud800"),
            whole.replace(b'"vehicles":1', b'"vehicles":1e999'),
            whole.replace(b'"vehicles":1', b'"vehicles":NaN'),
            whole.replace(b'"vehicles":1', b'"vehicles":' + b"9" * 5_000),
        )
    )


def _not_canonical(sheet: Sheet) -> bytes:
    """Another text for the same values, or two values for one name."""
    whole = sheet.with_fields()
    return sheet.rng.choice(
        (
            whole.replace(b":", b": ", 1),
            whole.replace(b'"vehicles":1', b'"vehicles":1,"vehicles":2'),
            whole.replace(b"post-0", b"post\\u002d0"),
            whole + b" ",
        )
    )


MESSAGE_LIES: Mapping[str, Callable[[Sheet], bytes]] = MappingProxyType(
    {
        "no JSON": _no_json,
        "not canonical": _not_canonical,
        "an unknown kind": lambda sheet: sheet.with_fields(EDocCode="R.SP.XX.99.001"),
        "a kind of another type": lambda sheet: sheet.with_fields(EDocCode=["R.SP.BR.01.001"]),
        "a newer version": lambda sheet: sheet.with_fields(version=99),
        "an envelope with more fields": lambda sheet: sheet.with_fields(more=1),
        "an envelope of somebody else": lambda sheet: sheet.with_fields(**{"from": "nobody"}),
        "an envelope to somebody else": lambda sheet: sheet.with_fields(to="nobody"),
        "another number": lambda sheet: sheet.with_fields(seq=10**9),
        "no moment": lambda sheet: sheet.with_fields(EDocDateTime="yesterday"),
        "an identifier of another type": lambda sheet: sheet.with_fields(EDocRefId={"a": []}),
        "a body of another type": lambda sheet: sheet.with_fields(body=[1]),
        "a cell of another form": _bad_cell,
        "a cell that the kind does not have": lambda sheet: sheet.with_cell("price", 1),
        "a field outside the register": _outside_register,
        "an act outside its competence": _not_competent,
        "a grant that neither gives nor takes": _odd_grant,
        "a receipt for what was never sent": _receipt_beyond,
        "a key without proof": _key_unproven,
        "a key with the certificate of another": _key_of_another,
    }
)
"""By what is wrong with it."""
