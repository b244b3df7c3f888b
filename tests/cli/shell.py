"""The command as a shell calls it, in this process."""

from __future__ import annotations

import contextlib
import io
import json
import sys
from typing import Any

import pytest

from silkport.cli.main import main
from silkport.cli.options import console, errors


class Result:
    """What one command left: exit code, standard output, standard error."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def words(self) -> str:
        """Standard output and error without line breaks."""
        return " ".join(f"{self.out} {self.err}".split())


def run(*arguments: object) -> Result:
    """The command as the shell calls it, in this process."""
    out, err, code = io.StringIO(), io.StringIO(), 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["silkport", *map(str, arguments)])
        patch.setenv("COLUMNS", "200")
        for one in (console, errors):  # made when the width of this process was another
            patch.setattr(one, "_width", 200)
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                main()
            except SystemExit as end:
                code = int(end.code or 0)
    return Result(code, out.getvalue(), err.getvalue())
