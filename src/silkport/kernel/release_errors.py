"""Errors of release: goods that the law does not let go yet."""

from __future__ import annotations

from silkport.kernel.errors import SilkportError


class ReleaseBarred(SilkportError):
    """An officer lets goods go, and something stands against it that he cannot pass over."""

    code = "SP-6901"
    sentence = "{what} is not let go by {event}: {holds}."
    hint = "'silkport node case' says what is missing, and who brings it; then try again."
    status = 409
    permanent = False
