"""Every limit on what is read and done at once, in one place.

Beyond a limit the input is refused with LimitExceeded or, for one cell, noted as a problem;
nothing is ever cut short in silence.
"""

from __future__ import annotations

KIB = 1024
MIB = 1024 * KIB
GIB = 1024 * MIB

MAX_FILE_BYTES = 4 * GIB
"""Bytes of one file of any kind."""

MAX_XML_BYTES = 64 * MIB
"""Bytes of one XML message, which is held in memory whole."""

MAX_XLSX_BYTES = 256 * MIB
"""Bytes of one workbook."""

MAX_XLSX_UNPACKED_BYTES = 2 * GIB
"""Bytes of all parts of one workbook, unpacked."""

MAX_SHEET_CELLS = 20_000_000
"""Cells of a sheet, empty ones within its corners included: they are held in memory at once."""

MAX_BATCH_BYTES = 1 * GIB
"""Bytes of one record batch of an Arrow stream, which is held in memory whole."""

MAX_METADATA_BYTES = 16 * MIB
"""Bytes that describe one record batch of an Arrow stream."""

MAX_LINE_BYTES = 1 * MIB
"""Bytes of one line of CSV or one object of newline-delimited JSON."""

MAX_CELL_BYTES = 64 * KIB
"""Bytes of one text value; a longer one is a problem of its row."""

MAX_DOCUMENTS_PER_MESSAGE = 100
"""Documents in one message of China's parcel family."""

MAX_LINES_IMPORT = 99
"""Goods lines of one import inventory."""

MAX_CONSIGNMENT_BYTES = 64 * MIB
"""Bytes of one file of consignments in JSON, which is held in memory whole."""

MAX_HOUSES = 10_000
"""House declarations of one consignment in JSON."""

MAX_GOODS_LINES = 999
"""Goods lines of one house declaration, in any form. Source: EEC R.055, ConsignmentItemOrdinal."""


MAX_ZIP_ENTRIES = 10_000
"""Files in one archive."""

MAX_ZIP_RATIO = 200
"""Bytes unpacked for each byte packed; more is the mark of a hostile archive."""

MAX_ZIP_TOTAL_BYTES = 8 * GIB
"""Bytes of all files of one archive, unpacked."""

MAX_DIRECTORY_BYTES = 32 * MIB
"""Bytes of an archive's table of contents, which is held in memory whole."""

MAX_FOLDER_FILES = 100_000
"""Files taken from one folder."""

CHUNK_ROWS = 100_000
"""Rows read at a time from one table."""


MAX_TARIFF_BYTES = 64 * MIB
"""Bytes of one file of a tariff, of names of goods or of rates of exchange."""

MAX_TARIFF_ROWS = 500_000
"""Rows of one file of a tariff, of names of goods or of rates of exchange."""

MAX_FAULTS_SHOWN = 20
"""Wrong rows named when such a file is refused; the rest is counted."""

MAX_REMOVED_PERCENT = 10
"""Codes that a whole tariff may drop without a word of the operator: a cut file drops more."""

MAX_PROBLEMS_PER_FILE = 10_000
"""Problems listed for one file; the rest is counted."""

MAX_NESTING = 64
"""Objects and lists inside one another in canonical JSON."""
