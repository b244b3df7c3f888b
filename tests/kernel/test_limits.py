"""Limits are positive whole numbers that fit one another."""

from __future__ import annotations

from silkport.kernel import limits


def test_limits() -> None:
    values = {name: value for name, value in vars(limits).items() if name.isupper()}
    assert all(type(value) is int and value > 0 for value in values.values())
    assert limits.MAX_CELL_BYTES < limits.MAX_LINE_BYTES < limits.MAX_XML_BYTES
    assert limits.MAX_XLSX_BYTES < limits.MAX_FILE_BYTES < limits.MAX_ZIP_TOTAL_BYTES
    assert limits.MAX_LINES_IMPORT == 99
