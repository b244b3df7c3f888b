"""What can be wrong with a declaration on paper and with the code printed on it."""

from __future__ import annotations

from silkport.kernel.errors import SilkportError


class PaperRefused(SilkportError):
    """A printed code or a number on paper is not accepted."""

    permanent = True
    status = 422


class CodeUnreadable(PaperRefused):
    """What was scanned is no code of a declaration."""

    code = "SP-6701"
    sentence = "The code cannot be read: {reason}."
    hint = "Scan it again, flat and in good light; a whole code begins with SILKPORT1:."


class CodeForged(PaperRefused):
    """The signature of a code is not by the node it names, or not by a key that is known."""

    code = "SP-6702"
    sentence = "The code of {number} is not signed by a key of {node} that is known here."
    hint = "Ask the operator of that node for its card; until then do not rely on the paper."


class NumberNotIssued(PaperRefused):
    """A number that no blank form of this node has."""

    code = "SP-6703"
    sentence = "{number} is the number of no blank form issued here."
    hint = "Read the number from the form again; blanks are issued with 'silkport paper blank'."


class AlreadyKeyed(PaperRefused):
    """A paper declaration that was keyed before with other content."""

    code = "SP-6704"
    sentence = "{number} was keyed on {at} as another declaration, {case}."
    hint = "Compare both with the paper; a difference is put right by a correction."


class NumberDiffers(PaperRefused):
    """A file to be keyed that states another number, or another day, than the paper."""

    code = "SP-6705"
    sentence = "The file states {found} where the paper has {expected}."
    hint = "A paper declaration is keyed under its own number and as of its own day."
