"""Errors between nodes and on the way of a declaration; their place in the tree: `errors.py`."""

from __future__ import annotations

from collections.abc import Mapping

from silkport.kernel.errors import SilkportError


class ExchangeRefused(SilkportError):
    """A message or batch between nodes was not taken."""

    status = 403


class UnknownPeer(ExchangeRefused):
    """Somebody who is no peer of this node."""

    code = "SP-5201"
    sentence = "{who} is no peer of this node."
    hint = "Exchange cards and add each other with 'silkport node peer add'."


class PeerSuspended(ExchangeRefused):
    """A peer with whom exchange is suspended."""

    code = "SP-5202"
    sentence = "Exchange with {peer} is suspended: {reason}."
    hint = "'silkport node peer resume' takes it up again; what waits is kept."
    permanent = False


class WrongSignature(ExchangeRefused):
    """A signature that is not by a key this node holds of the peer."""

    code = "SP-5203"
    sentence = "The signature of {what} is not by a key of {peer} that is valid here."
    hint = "Compare both cards; after a change of keys the peer's key_change must come first."


class ClockApart(ExchangeRefused):
    """Two clocks are too far apart."""

    code = "SP-5204"
    sentence = "The batch of {peer} was signed {apart} the clock here."
    hint = "Set the wrong clock right; nothing is lost, the batch is sent again."
    status = 409
    permanent = False


class SequenceGap(ExchangeRefused):
    """A batch does not follow what was received before."""

    code = "SP-5205"
    sentence = "The batch of {peer} begins at {first}; {expected} is the next to come."
    hint = "The sender goes back to that number by itself."
    status = 409
    permanent = False


class HistoryChanged(ExchangeRefused):
    """A peer contradicts what it signed before."""

    code = "SP-5206"
    sentence = "{peer} contradicts what it signed before: {reason}."
    hint = "Run 'silkport node audit' on both sides; this is no fault of the line."
    status = 409


class HeadBehind(ExchangeRefused):
    """The proof of a log does not begin at the head that is held here."""

    code = "SP-5207"
    sentence = "The proof of {peer} begins at {stated}; the head held here has size {held}."
    hint = "The sender proves from that size by itself."
    status = 409
    permanent = False


class BatchMalformed(ExchangeRefused):
    """A batch is not of the agreed form."""

    code = "SP-5208"
    sentence = "The batch of {peer} is not of the agreed form: {reason}."
    hint = "The peer's edition may be newer or its node faulty; docs/exchange.md has the form."
    status = 422


class NotCompetent(ExchangeRefused):
    """An act outside the competence of a node."""

    code = "SP-5209"
    sentence = "{who} has the competence {competence}; {act} needs {needed}."
    hint = "Let the competent authority act, or correct the competence that was agreed."


class OutsideRegister(ExchangeRefused):
    """A field without a legal basis."""

    code = "SP-5210"
    sentence = "The register of legal bases does not allow it: {reason}."
    hint = "Counsel adds the basis to the register of the pair and signs it, or it stays home."


class KindUnknown(ExchangeRefused):
    """A message of a kind or version that this edition does not know."""

    code = "SP-5211"
    sentence = "Kind {kind} in version {version} is not known to this edition."
    hint = "Update this node, then 'silkport node parked --retry'; the message is kept."
    status = 422


class MessageMalformed(ExchangeRefused):
    """A message whose content is not of the agreed form."""

    code = "SP-5212"
    sentence = "A message of {peer} is not of the agreed form: {reason}."
    hint = "Ask the peer to send a corrected message; this one is kept."
    status = 422


class WaitsForEarlier(ExchangeRefused):
    """A message about a matter of which an earlier message is parked."""

    code = "SP-5213"
    sentence = "Message {earlier} about the same matter is parked."
    hint = "Settle the earlier one; this one follows by itself when it is retried."
    permanent = False


class RegisterUnsigned(ExchangeRefused):
    """There is no register of legal bases that counsel signed."""

    code = "SP-5214"
    sentence = "No register of {pair} signed by this node's counsel is in force here."
    hint = "Counsel reads and signs it: 'silkport node register --sign'."


class PeerParked(ExchangeRefused):
    """A message of this node that a peer could not use."""

    code = "SP-5215"
    sentence = "{peer} parked message {seq} of this node: {why}."
    hint = "docs/errors.md says what the code means; correct the matter and send anew."


class MessageDropped(ExchangeRefused):
    """A parked message that an operator gave up."""

    code = "SP-5216"
    sentence = "Message {seq} of {peer} was given up: {reason}."
    hint = "It stays in the log; ask the peer to say it anew if it still matters."


class MarksOpen(ExchangeRefused):
    """A restored node and a peer have not agreed yet on what was exchanged."""

    code = "SP-5217"
    sentence = "{node} was restored and has not agreed with {peer} yet on what was exchanged."
    hint = "It asks by itself while it serves; what waits is kept and gets its numbers then."
    status = 409
    permanent = False


class PeerRestored(ExchangeRefused):
    """A peer was restored from an older backup and has lost what it said since."""

    code = "SP-5218"
    sentence = (
        "{peer} was restored to a log of {log} leaves and has lost {lost}; this has to be accepted "
        "at {node}: 'silkport node peer resume {peer} --restored --as {node}'."
    )
    hint = "Make sure with the operator of the restored node that it was restored."
    status = 409
    permanent = False


class StepRefused(SilkportError):
    """A step of a declaration that is not possible."""

    status = 409


class StepNotAllowed(StepRefused):
    """An event that the state of a declaration does not allow."""

    code = "SP-6101"
    sentence = "{what} is {state}; {event} is not possible then."
    hint = "'silkport node case' shows what is possible now."


class TermMissed(StepRefused):
    """Something was not done within the term that the law gives."""

    code = "SP-6102"
    sentence = "{what}: {term}."
    hint = "The head of the post sees to it; 'silkport node case' shows what is possible now."


PASSING_STATUSES = frozenset({408, 425, 429})
"""Statuses below 500 after which the same request may succeed later."""


class ExchangeError(SilkportError):
    """What two nodes wanted to say to each other was not said."""

    status = 502

    def after(self, status: int) -> None:
        """Worth a retry or not, as the status of the answer says."""
        self.permanent = status < 500 and status not in PASSING_STATUSES


class LineDown(ExchangeError):
    """A peer cannot be reached, or the line broke before its answer was whole."""

    code = "SP-5101"
    sentence = "{peer} gave no answer: {reason}."
    hint = "Nothing is lost: what was to be sent is sent again when the line is back."
    status = 503
    permanent = False


class PeerRefused(ExchangeError):
    """A peer understood what was sent and refused it."""

    code = "SP-5102"
    sentence = "{peer} refused with status {status}: {peer_code} {detail} {peer_hint}"
    hint = "Settle it with the operator of the peer."

    def __init__(
        self,
        *,
        peer: str,
        status: int,
        peer_code: str,
        detail: str,
        peer_hint: str,
        numbers: Mapping[str, int] | None = None,
    ) -> None:
        """`peer_code`, `detail` and `peer_hint` are the peer's own words, `numbers` its facts."""
        super().__init__(
            peer=peer, status=status, peer_code=peer_code, detail=detail, peer_hint=peer_hint
        )
        self.numbers = dict(numbers or {})
        self.after(status)


class PeerGarbage(ExchangeError):
    """A peer answered something that was not agreed."""

    code = "SP-5103"
    sentence = "{peer} answered with status {status} what was not agreed: {reason}."
    hint = "Check that the address is that of the peer's node; then ask its operator."

    def __init__(self, *, peer: str, status: int, reason: str) -> None:
        """`status` is 0 where the answer was not even HTTP."""
        super().__init__(peer=peer, status=status, reason=reason)
        self.after(status)


class RequestRefused(ExchangeError):
    """A request of a peer is not of a form that this node takes, or not now."""

    code = "SP-5104"
    sentence = "{what} was not taken: {reason}."
    hint = "Correct the request, or send it again later where the status is 408 or 429."
    status = 400

    def __init__(self, *, status: int, what: str, reason: str) -> None:
        super().__init__(what=what, reason=reason)
        self.status = status
        self.after(status)


class NotAnswered(ExchangeError):
    """This node took a request and could not finish it."""

    code = "SP-5105"
    sentence = "{what} was not finished: {reason}."
    hint = "Send it again later; the operator of this node finds the cause in its log."
    permanent = False

    def __init__(self, *, status: int, what: str, reason: str) -> None:
        super().__init__(what=what, reason=reason)
        self.status = status


class PortUnusable(ExchangeError):
    """The node cannot listen where it was told to."""

    code = "SP-5106"
    sentence = "Nothing can listen on {host} port {port}: {reason}."
    hint = "Name another port, or stop the program that holds this one."
    status = 500
