"""Declarations on paper: what the printed code states, and the blank forms given out beforehand."""

from __future__ import annotations

import msgspec


class Stated(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the code on a printed declaration states; the signature is over all of it.

    Attributes:
        node: the node that printed and signed it.
        number: number of the declaration, or of a blank form.
        case: id of the declaration in that node; "" on a blank form.
        state: where the declaration was when it was printed; "blank" on a blank form.
        printed_at: milliseconds since 1970-01-01T00:00Z.
        digest: SHA-256 of the declaration and its goods lines as kept, hexadecimal; "" on a blank.
        gross_mass_mg, packs, lines: of the house; -1 where not declared.
        due: what is to be paid, decimal with its currency: "125000.00 KZT"; "" where nothing is
            decided yet.
    """

    node: str
    number: str
    case: str = ""
    state: str
    printed_at: int
    digest: str = ""
    consignment: str = ""
    house: str = ""
    procedure: str = ""
    vehicle: str = ""
    document: str = ""
    gross_mass_mg: int = -1
    packs: int = -1
    lines: int = -1
    due: str = ""


BLANK = "blank"
ISSUED, KEYED = "issued", "keyed"


class Form(msgspec.Struct, frozen=True, kw_only=True):
    """A blank form that was given out: used when nothing else works, keyed later.

    Attributes:
        state: ISSUED or KEYED.
        holder: to whom it was given: a declarant's code or a post.
        registered_at: moment an officer registered it on paper, from the form; -1 before.
        digest: SHA-256 of what was keyed, hexadecimal.
    """

    number: str
    state: str
    holder: str
    issued_at: int
    registered_at: int = -1
    case: str = ""
    keyed_at: int = -1
    digest: str = ""
