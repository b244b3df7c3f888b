"""Persons in declarations: sealed each under a key of its own, named by a pseudonym.

A document is kept with pseudonyms in the place of what names a person. To erase a person is to
destroy that key: the documents and the log stand as they are, the name is gone from them all.
"""

from __future__ import annotations

from collections.abc import Mapping

from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from silkport.kernel.identifiers import IdKind, is_valid
from silkport.kernel.ids import pseudonyms
from silkport.node.sovereign import Node
from silkport.node.state.contract import Transaction

PREFIX = "person:"
ERASED = "(erased)"
KEY_BYTES, NONCE_BYTES = 32, 12

_OF_PERSONS = (IdKind.CN_RESIDENT_ID, IdKind.KZ_IIN)
_ALWAYS = ("purchaser",)
_PARTIES = (
    ("declarant_code", ("declarant_name",)),
    ("consignor_code", ("consignor_code", "consignor_name")),
    ("consignee_code", ("consignee_code", "consignee_name")),
)


def personal_fields(declaration: Mapping[str, int | str]) -> list[str]:
    """The fields of a declaration that name a person; of a party only when it is no firm.

    The declarant's number stays as it is: the declaration is found by it.
    """
    found = [name for name in _ALWAYS if declaration.get(name)]
    for code, names in _PARTIES:
        number = str(declaration.get(code, ""))
        if any(is_valid(kind, number) for kind in _OF_PERSONS):
            found += [name for name in names if declaration.get(name)]
    return found


def hide(tx: Transaction, node: Node, declaration: Mapping[str, int | str]) -> dict[str, int | str]:
    """The declaration with pseudonyms for persons, whose names are sealed beside it."""
    hidden = dict(declaration)
    for name in personal_fields(declaration):
        plain = str(declaration[name])
        (token,) = pseudonyms(node.pseudonym_key, (plain,))
        if tx.one("person", token) is None:
            key = node.chance(KEY_BYTES)
            nonce = node.chance(NONCE_BYTES)
            sealed = nonce + ChaCha20Poly1305(key).encrypt(nonce, plain.encode(), token.encode())
            tx.run("add_person", token, sealed, node.now())
            locked = node.vault.seal(key, f"person {token}", node.chance(NONCE_BYTES))
            tx.run("add_person_key", token, locked)
        hidden[name] = PREFIX + token
    return hidden


def reveal(
    tx: Transaction, node: Node, declaration: Mapping[str, int | str]
) -> dict[str, int | str]:
    """The declaration with its persons named again, "(erased)" where that was undone."""
    shown = dict(declaration)
    for name, value in declaration.items():
        if isinstance(value, str) and value.startswith(PREFIX):
            shown[name] = _name(tx, node, value.removeprefix(PREFIX))
    return shown


def _name(tx: Transaction, node: Node, token: str) -> str:
    row = tx.one("person", token)
    if row is None or row[1] is None:
        return ERASED
    key = node.vault.open(row[1], f"person {token}")
    sealed: bytes = row[0]
    nonce, rest = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
    return ChaCha20Poly1305(key).decrypt(nonce, rest, token.encode()).decode()


def forget(tx: Transaction, node: Node, person: str) -> bool:
    """Erases a person by the name or number as it was declared; gives whether it was known."""
    (token,) = pseudonyms(node.pseudonym_key, (person,))
    return tx.run("forget_person", token) > 0
