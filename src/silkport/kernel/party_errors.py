"""Who may not act: no role, no power of attorney, or none that holds."""

from __future__ import annotations

from silkport.kernel.errors import SilkportError


class ActRefused(SilkportError):
    """Somebody may not do what he wants to do in this matter."""

    permanent = True
    status = 403


class NoPower(ActRefused):
    """Nobody gave him power to act in this matter."""

    code = "SP-6801"
    sentence = "{representative} holds no power of attorney of {principal} to {deed}: {reason}."
    hint = "Hand in the power of attorney, 'silkport party power', or let the principal act."


class NoRole(ActRefused):
    """A party that is not registered as what the act demands."""

    code = "SP-6802"
    sentence = "{party} is not registered on {day} as one who may {deed}."
    hint = (
        "Register it with its roles, 'silkport party register', or let one that is registered act."
    )


class PowerDiffers(ActRefused):
    """A power of attorney that is known under this number with other content."""

    code = "SP-6803"
    sentence = "The power of attorney {number} is known and says otherwise."
    hint = "Revoke it and hand in the new one under a number of its own."


class NotPrincipal(ActRefused):
    """A power of attorney is given and ended by its principal, or entered by an officer."""

    code = "SP-6804"
    sentence = "{who} is not the principal of the power of attorney {number}."
    hint = "Let the principal give or end it, or let an officer enter what the principal signed."
