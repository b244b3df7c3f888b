"""Persons in declarations: sealed each under a key of its own, named by a pseudonym.

A document is kept with pseudonyms in the place of what names a person. To erase a person is to
destroy that key: the documents and the log stand as they are, the name is gone from them all.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from silkport.kernel.errors import StoreDamaged
from silkport.kernel.identifiers import IdKind, is_valid
from silkport.kernel.ids import parcel_id, pseudonyms
from silkport.node.sovereign import Node
from silkport.node.state.contract import Row, Transaction

PREFIX = "person:"
ERASED = "(erased)"
QUOTE, WITHHELD = "read", "(withheld)"
"""Where a reader says what stands in a cell that it cannot use."""
KEY_BYTES, NONCE_BYTES = 32, 12

PARTIES_REMEMBERED = 4_096
"""The same parties declare again and again, and each is asked for at every step."""

_LIKE_PERSONS = re.compile(r"[0-9]{12}|[0-9]{15}|[0-9]{17}[0-9Xx]")
_OF_FIRMS = (IdKind.USCC, IdKind.KZ_BIN)
_ALWAYS = ("purchaser",)
_PARTIES = (
    ("declarant_code", ("declarant_name",)),
    ("consignor_code", ("consignor_code", "consignor_name")),
    ("consignee_code", ("consignee_code", "consignee_name")),
)


def personal_fields(declaration: Mapping[str, int | str]) -> list[str]:
    """The fields of a declaration that name a person; of a party only when it is no firm.

    The declarant's number stays: the declaration is found by it.
    """
    found = [*_ALWAYS]
    for code, names in _PARTIES:
        found += names if is_of_a_person(declaration.get(code, "")) else ()
    return [name for name in found if declaration.get(name)]


@lru_cache(PARTIES_REMEMBERED)
def is_of_a_person(number: int | str) -> bool:
    """Whether a number is as long as a person's and is no firm's.

    It is taken as a person's then, also when a digit of it is wrong.
    """
    text = str(number).strip()
    if not _LIKE_PERSONS.fullmatch(text):
        return False
    return not any(is_valid(one, text) for one in _OF_FIRMS)


def without_quotes(
    findings: Sequence[Mapping[str, Any]], declaration: Mapping[str, int | str]
) -> list[Mapping[str, Any]]:
    """Findings as they are kept: of a declaration that names a person, what could not be read is
    not quoted, for it may be the name. Column and place still say where it stands."""
    numbers = [declaration.get(code, "") for code, _ in _PARTIES]
    if not declaration.get("purchaser") and not any(map(is_of_a_person, numbers)):
        return list(findings)
    kept = []
    for finding in findings:
        facts = json.loads(finding["facts"]) if QUOTE in finding["facts"] else {}
        if QUOTE in facts:
            facts[QUOTE] = WITHHELD
            text = json.dumps(facts, ensure_ascii=False, separators=(",", ":"))
            finding = {**finding, "facts": text}
        kept.append(finding)
    return kept


def hide(tx: Transaction, node: Node, declaration: Mapping[str, int | str]) -> dict[str, int | str]:
    """The declaration with pseudonyms for persons, whose names are sealed beside it."""
    hidden = dict(declaration)
    case = parcel_id(
        node.administration,
        str(declaration.get("declarant_code", "")),
        str(declaration.get("declaration_no", "")),
    )
    fields = personal_fields(declaration)
    fields += [name for name, value in declaration.items() if _is_pseudonym(value)]
    for name in dict.fromkeys(fields):
        plain = str(declaration[name])
        token, row = _newest(tx, node, plain)
        if row is None:
            key = node.chance(KEY_BYTES)
            nonce = node.chance(NONCE_BYTES)
            sealed = nonce + ChaCha20Poly1305(key).encrypt(nonce, plain.encode(), token.encode())
            tx.run("add_person", token, sealed, node.now())
            locked = node.vault.seal(key, f"person {token}", node.chance(NONCE_BYTES))
            tx.run("add_person_key", token, locked)
        tx.run("name_person", token, case)
        hidden[name] = PREFIX + token
    return hidden


def _is_pseudonym(value: int | str) -> bool:
    """What looks like one; declared so, it is a name like any other."""
    return isinstance(value, str) and value.startswith(PREFIX)


def _newest(tx: Transaction, node: Node, person: str) -> tuple[str, Row | None]:
    """The pseudonym under which a person is kept, or the next one; after an erasure another."""
    (first,) = pseudonyms(node.pseudonym_key, (person,))
    token, row, erased = first, tx.one("person", first), 0
    while row is not None and row[1] is None:
        erased += 1
        token = f"{first}.{erased}"
        row = tx.one("person", token)
    return token, row


def reveal(
    tx: Transaction, node: Node, declaration: Mapping[str, int | str]
) -> dict[str, int | str]:
    """The declaration with its persons named again, "(erased)" where that was undone."""
    shown = dict(declaration)
    for name, value in declaration.items():
        if isinstance(value, str) and value.startswith(PREFIX):
            shown[name] = name_of(tx, node, value.removeprefix(PREFIX))
    return shown


def name_of(tx: Transaction, node: Node, token: str) -> str:
    """What a pseudonym stands for, "(erased)" when its key is gone.

    Raises KeysLocked, StoreDamaged when what was sealed was changed.
    """
    row = tx.one("person", token)
    if row is None or row[1] is None:
        return ERASED
    key = node.vault.open(row[1], f"person {token}")
    sealed: bytes = row[0]
    nonce, rest = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
    try:
        return ChaCha20Poly1305(key).decrypt(nonce, rest, token.encode()).decode()
    except InvalidTag:
        raise StoreDamaged(what=f"person {token}", reason="its seal is broken") from None


def forget(tx: Transaction, node: Node, person: str) -> bool:
    """Erases a person by the name or number as it was declared; gives whether it was known.

    The same person declared again is another one to the node. When this has returned, `scrub` of
    the state leaves nothing of the key in its files; backups made before still have it.
    """
    token, row = _newest(tx, node, person)
    if row is not None:
        destroy(tx, token)
    return row is not None


def destroy(tx: Transaction, token: str) -> None:
    """Destroys the key of a person, and what was sealed under it."""
    tx.run("forget_person", token)
    tx.run("empty_person", token)
