"""The registers of legal bases that came with the package, one per pair of administrations."""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable

from silkport.kernel.errors import MalformedLaw

REGISTER = "register.toml"
"""Name of the file in the folder of a pair."""


def shipped_pairs() -> list[tuple[str, str]]:
    """The pairs of administrations of which a register is here."""
    names = (one.name for one in _countries().iterdir() if (one / REGISTER).is_file())
    return sorted((first, second) for first, _, second in (name.partition("_") for name in names))


def shipped_register(one: str, other: str) -> str:
    """The text of the register of two administrations, named in either order.

    Counsel signs what `silkport.law.register.read_register` makes of it; unsigned it allows
    nothing. Raises MalformedLaw where none is here: between those two everything stays home.
    """
    first, second = sorted((one, other))
    if (first, second) not in shipped_pairs():
        known = ", ".join("_".join(pair) for pair in shipped_pairs())
        reason = f"there is no register of this pair, so everything stays home; known are {known}"
        raise MalformedLaw(what=f"countries/{first}_{second}/{REGISTER}", reason=reason)
    return (_countries() / f"{first}_{second}" / REGISTER).read_text(encoding="utf-8")


def _countries() -> Traversable:
    return files("silkport") / "countries"
