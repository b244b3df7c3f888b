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


class GoodsGone(SilkportError):
    """A release is to be cancelled whose goods have left already."""

    code = "SP-6902"
    sentence = "The release of {what} is not cancelled: its goods left by transport {transport}."
    hint = "Let the declaration be corrected, or assess anew; what its goods used stays used."
    status = 409
