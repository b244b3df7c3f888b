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

MAX_DECLARED_PARTS = 20_000
"""Payments, documents or containers of all lines of one goods declaration in XML."""


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


MAX_BATCH_MESSAGE_BYTES = 32 * MIB
"""Bytes of one batch of messages between nodes, which both sides hold in memory whole."""

MAX_ANSWER_BYTES = 8 * MIB
"""Bytes of the answer to such a batch, which is held in memory whole."""

MAX_HEAD_BYTES = 16 * KIB
"""Bytes of the request line and the headers of one request of a peer."""

MAX_DISCARDED_BYTES = 8 * MIB
"""Bytes of a refused body read and thrown away, so that its sender comes to see the refusal."""

MAX_CONNECTIONS = 512
"""Connections of all peers that are open at once; a further one is closed."""

MAX_CONNECTIONS_PER_PEER = 8
"""Connections under one certificate; a further one closes an idle one, or is closed itself."""

MAX_HANDSHAKES = 64
"""Connections that have not yet shown a certificate; a further one closes the oldest of them."""

MAX_REQUESTS_PER_PEER = 2
"""Requests under one certificate at once; a further one is told to come again later."""

WIRE_WORKERS = 4
"""Requests that a node handles at the same time; further ones wait."""

HANDSHAKE_SECONDS = 10
"""Seconds in which a connection must have shown its certificate."""

HEAD_SECONDS = 10
"""Seconds in which a new connection, or one that began a request, must have sent its headers."""

BODY_SECONDS = 120
"""Seconds for the whole body of a request, from its headers on."""

ANSWER_SECONDS = 60
"""Seconds from the end of a body until the node's answer; then the sender is told to try again."""

IDLE_SECONDS = 75
"""Seconds that a node leaves a connection open on which nothing is asked."""

CLOSE_SECONDS = 5
"""Seconds for taking leave on a connection: the rest of an answer, then the end of TLS."""

LINE_CONNECT_SECONDS = 10
"""Seconds for reaching a peer, and again for agreeing on TLS with it."""

LINE_WRITE_SECONDS = 30
"""Seconds that a peer may take no byte of what is sent."""

LINE_READ_SECONDS = 90
"""Seconds that a peer may send no byte; more than a node may take for its answer."""

LINE_POOL_SECONDS = 30
"""Seconds for a free connection, when all of them are in use."""

LINE_POST_SECONDS = 300
"""Seconds for one exchange as a whole: connecting, sending, the answer to its last byte."""

LINE_IDLE_SECONDS = 60
"""Seconds that an unused connection to a peer is kept; fewer than the peer keeps it."""

LINE_CONNECTIONS = 4
"""Connections of one line to its peer."""

MAX_GROUP = 256
"""Writes committed to the state together."""

MAX_BATCH_MESSAGES = 5_000
"""Messages in one batch between nodes."""

MAX_BATCH_BYTES_SENT = 16 * MIB
"""Bytes of messages after which a batch is closed, so that the next fits as well."""

MAX_EXCHANGED_BYTES = 2 * MIB
"""Bytes of one message between nodes."""

MAX_BATCH_HEADER_BYTES = 64 * KIB
"""Bytes of the signed head of a batch, with its proof."""

MAX_CLOCKS_APART_SECONDS = 600
"""How far the clock of a peer may differ from ours before its batches are refused."""

MAX_APPLIED_AT_ONCE = 1_000
"""Messages that take effect in one transaction."""

MAX_APPLY_MILLISECONDS = 250
"""Time after which a transaction of effects takes up no further message: others write meanwhile."""

MAX_TOLD_LATE_AT_ONCE = 100
"""Events that are looked at in one transaction, to tell a peer what it could not be told before."""

MAX_QUESTIONS_AT_ONCE = 20
"""Questions answered by counting in one transaction of effects."""

MAX_WAITING_OF_PEER = 1_000_000
"""Messages of one peer that wait here to take effect or are parked; then its batches wait there."""

MAX_WAITING_BYTES_OF_PEER = 2 * GIB
"""Bytes of these, weighed whenever so many more wait:"""

WEIGHED_EVERY = 20_000
"""Messages of a peer that come to wait between two weighings of all that waits."""

MAX_KEYS_OF_PEER = 8
"""Keys of one peer that count at the same time; a change to a further one is parked. A node
that reaches its peers begins no more changes than they take."""

MAX_PEERS = 200
"""Peers of one node."""

FIRST_RETRY_SECONDS = 1
"""Pause after the first failure to reach a peer; it doubles with each further one."""

LAST_RETRY_SECONDS = 300
"""Longest pause between two tries to reach a peer."""

MAX_INCIDENTS = 10_000
"""Different incidents kept; the oldest make room."""

MAX_INCIDENTS_OF_PEER = 500
"""Different incidents kept of one peer, so that it drives out no other's."""

MAX_PARKED_TOLD = 20
"""Numbers of parked messages that one incident names, and incidents of one receipt."""

MAX_TRIES_TO_KEEP = 5
"""Times a declaration is decided anew because its case changed meanwhile."""

MAX_DUE_AT_ONCE = 500
"""Declarations whose time is over that are advanced at once, each in a transaction of its own."""

DUE_AGAIN_SECONDS = 3_600
"""Pause before a term that is over and could not be followed is tried again."""

MAX_FLAGS_ALIKE = 20
"""Flags of one kind on one declaration; a neighbour's further word says nothing new."""

MAX_BESIDE = 50
"""Declarations of one house that are compared with another of it; of more an officer decides."""

MAX_CASES_LISTED = 1_000
"""Declarations in one page of the list of cases."""

MAX_AUDIT_FAULTS = 200
"""Faults that an audit lists; the rest is counted."""

MAX_AUDIT_FAULTS_ALIKE = 20
"""Faults of one kind that an audit lists; the rest is counted."""

AUDIT_ROWS = 100
"""Rows that an audit reads at a time, and holds in memory."""

MAX_DOSSIER_BYTES = 4 * MIB
"""Bytes of the state of one dossier: a transport, a consignment, a balance."""

MAX_ACTS = 10_000
"""Acts on one dossier."""

MAX_DOSSIER_PAGE = 1_000
"""Dossiers given at once."""

MAX_DESCRIPTION_BYTES = 1 * MIB
"""Bytes of one exporter's description of a consignment, which is held in memory whole."""

MAX_CODE_CHARACTERS = 4_296
"""Characters of a printed code: what the largest QR code holds. Source: ISO/IEC 18004, table 7."""

MAX_CODE_BYTES = 8 * KIB
"""Bytes of what a printed code states, unpacked."""

MAX_BLANKS = 1_000
"""Blank forms given out at once."""

MAX_PARTY_CODE = 36
"""Characters of the number of a party; `declarant_code` has half of it."""

MAX_NAME_CHARACTERS = 150
"""Characters of a party's name in one script."""

MAX_POWER_BYTES = 16 * MIB
"""Bytes of the paper of a power of attorney."""

MAX_WAYBILL_BYTES = 16 * MIB
"""Bytes of one file of waybills or of wagons and containers, which is held in memory whole."""

MAX_UNITS = 1_000
"""Wagons and containers of one transport."""
