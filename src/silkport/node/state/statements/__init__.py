"""The named statements of the state, from the `.sql` files beside this one."""

from __future__ import annotations

from importlib.resources import files


def _read() -> dict[str, str]:
    found: dict[str, str] = {}
    for file in sorted(files(__package__).iterdir(), key=lambda one: one.name):
        if file.name.endswith(".sql"):
            for part in file.read_text(encoding="utf-8").split("-- name: ")[1:]:
                name, _, body = part.partition("\n")
                assert name.strip() not in found, f"two statements are called {name}"
                found[name.strip()] = body.strip().removesuffix(";")
    return found


STATEMENTS = _read()
"""SQL by name."""
