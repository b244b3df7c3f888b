"""Lawful tables of every kind of parcel message, as reading would give them, drawn from a seed."""

from __future__ import annotations

import json
from datetime import date
from random import Random

import polars as pl

from silkport.formats.ceb.catalogue import DSIG, EXPORT, SHAPES, Element, Part, Shape
from silkport.formats.ceb.deriving import KIND_OF
from silkport.formats.code_lists import neutral_codes
from silkport.formats.reading import LINE_OF, NUMBER_WITHOUT_ORDER, TABLES, schema_of
from silkport.model.columns import BOUNDS, MISSING, Kind

LETTERS = "abz019 ,;\t\"'=<&>|\r\n李宝ҚМ\u00e9€𠀋"
"""Letters of test texts: what XML escapes, line ends and four scripts among them."""

WORDS = "abz019,;\"'=<&>|李宝ҚМ\u00e9€𠀋"
"""The same without white space, for elements in which it does not count."""

Row = dict[str, str | int]

UNIQUE = {
    kind: [code for code, n in _counts.items() if n == 1]
    for kind in ("country", "currency", "unit")
    if (
        _counts := {
            c: list(neutral_codes(kind).values()).count(c) for c in neutral_codes(kind).values()
        }
    )
}
"""Neutral codes that stand for one code of China's lists."""


def text(random: Random, letters: str, least: int, most: int) -> str:
    """A text of a length between both, without white space around it."""
    length = random.choice((least, random.randint(least, most), min(most, least + 3)))
    found = "".join(random.choices(letters, k=length))
    return found if found == found.strip() else "".join(random.choices(WORDS, k=length))


def cell(random: Random, element: Element) -> str | int:
    """A lawful internal value of an element; absent only where it may be left out."""
    column, form = element.column, element.form
    assert column is not None
    if not element.mandatory and random.random() < 0.4:
        return column.absent
    if column.kind is Kind.TEXT:
        if form.fixed:
            return neutral_codes(element.code)[form.fixed] if element.code else form.fixed
        if element.code:
            known = UNIQUE[element.code]
            return random.choice([code for code in known if len(code) <= (column.longest or 99)])
        longest = min(filter(None, (form.most, column.longest)), default=200)
        least = max(form.least, 0 if element.mandatory and not form.default else 1)
        return text(random, WORDS if form.collapse else LETTERS, least, min(longest, least + 40))
    if column.kind is Kind.TIME:
        return int(
            f"{random.randint(1970, 2090)}{random.randint(1, 12):02}281{random.randint(0, 9)}3059"
        )
    high = BOUNDS[column.kind][1]
    if column.kind is Kind.MASS:
        return random.choice((0, 10, random.randrange(0, high, 10)))
    if column.kind is Kind.COUNT:
        digits = form.digits or form.most or 9
        return random.choice((0, 1, random.randint(0, min(high, 10**digits - 1))))
    return random.choice((0, 1, min(100_000, high), random.randint(0, high)))


def part_row(random: Random, part: Part) -> Row:
    """The columns that the elements of a part carry."""
    return {e.column.name: cell(random, e) for e in part.elements if e.column is not None}


def day_of(time: str | int) -> int:
    digits = str(time)
    return (date(int(digits[:4]), int(digits[4:6]), int(digits[6:8])) - date(1970, 1, 1)).days


def implied(shape: Shape, head: Row, lines: list[Row]) -> None:
    """Adds what a message says without an element for it."""
    if shape.message in KIND_OF:
        head["kind"] = KIND_OF[shape.message]
    if shape.head.table == "withdrawal":
        head["applied_day"] = day_of(head["app_time"])
        back = head["kind"] == "return"
        head["returned_day"] = head["applied_day"] if back else MISSING
    if shape.head.table == "inventory":
        country = head["departure_country"]
        head["flow"] = shape.flow
        leaving = shape.flow == EXPORT
        head["departure_country"], head["destination_country"] = (
            ("CN", country) if leaving else (country, "CN")
        )
        if leaving:
            currencies = {line["currency"] for line in lines}
            head["currency"] = currencies.pop() if len(currencies) == 1 else ""
            head["decl_day"] = day_of(head["app_time"])


def documents(random: Random, shape: Shape, count: int) -> list[tuple[Row, list[Row]]]:
    """Heads with their lines."""
    found = []
    for number in range(count):
        lines = []
        if shape.line is not None:
            for gnum in range(1, random.randint(shape.min_lines, 3) + 1):
                line = part_row(random, shape.line)
                if "gnum" in line:
                    line["gnum"] = gnum
                if shape.message == "CEB701":  # an empty entry is no entry
                    line["invt_no"] = f"I{gnum}"
                lines.append(line)
        head = part_row(random, shape.head)
        head["guid"] = f"{random.getrandbits(128):032X}-{number:03}"
        if "order_no" in head:
            head["order_no"] = f"A{number}"
        elif own := NUMBER_WITHOUT_ORDER.get(shape.head.table):
            head[own] = f"N{number}"
        implied(shape, head, lines)
        found.append((head, lines))
    return found


def transmission(random: Random, shape: Shape, source: str, count: int) -> Row:
    """What a message says of itself; receipts say only who they are."""
    row: Row = {
        "message": shape.message,
        "guid": f"{random.getrandbits(128):032X}-TRN",
        "version": random.choice(("1.0", "v&1")),
        "documents": count,
        "source": source,
        "position": 0,
    }
    if shape.role == "submitted":
        row |= {
            "cop_code": "1105",
            "cop_name": text(random, LETTERS, 1, 20),
            "dxp_mode": "DXP",
            "dxp_id": "DXPENT01",
            "transfer_note": random.choice(("", "n <1>")),
            "signature": "absent",
        }
        subscriptions = [
            {"status": "ALL", "dxpMode": "DXP", "dxpAddress": f"D&{n}", "note": "x"}
            for n in range(random.randint(0, 2))
        ]
        row["subscriptions"] = json.dumps(subscriptions) if subscriptions else ""
        row["extension"] = random.choice(("", EXTENSION))
    return row


EXTENSION = (
    '<ceb:ExtendMessage xmlns:ceb="http://www.chinaport.gov.cn/ceb"><ceb:name>n</ceb:name>'
    "<ceb:version>1</ceb:version><ceb:Message>"
    '<a x="&lt;">b &amp; c</a></ceb:Message></ceb:ExtendMessage>'
)


SIGNATURE = (
    f'<ds:Signature xmlns:ds="{DSIG}"><ds:SignedInfo>'
    '<ds:CanonicalizationMethod Algorithm="http://www.w3.org/TR/2001/REC-xml-c14n-20010315"/>'
    '<ds:SignatureMethod Algorithm="http://www.w3.org/2000/09/xmldsig#rsa-sha1"/>'
    '<ds:Reference URI=""><ds:DigestMethod Algorithm="http://www.w3.org/2000/09/xmldsig#sha1"/>'
    "<ds:DigestValue>AAAA</ds:DigestValue></ds:Reference></ds:SignedInfo>"
    "<ds:SignatureValue>AAAA</ds:SignatureValue></ds:Signature>"
)
"""A signature of the right shape that nobody can check."""


def tables_of(seed: int, *messages: str, known: bool = True) -> dict[str, pl.DataFrame]:
    """Tables of some messages of each of these kinds; `known`: with what they say of themselves."""
    random = Random(seed)
    rows: dict[str, list[Row]] = {}
    for message in messages:
        shape = SHAPES[message]
        for number in range(random.randint(1, 3)):
            source = f"in/{message}-{number}.xml"
            count = random.randint(1, min(shape.max_documents or 4, 4))
            if known:
                row = transmission(random, shape, source, count)
                rows.setdefault("transmission", []).append(row)
            for position, (head, lines) in enumerate(documents(random, shape, count), start=1):
                origin: Row = {"source": source, "position": position}
                _add(rows, shape, head | {"message": message} | origin, lines)
    return {name: frame(name, found) for name, found in rows.items()}


def _add(rows: dict[str, list[Row]], shape: Shape, head: Row, lines: list[Row]) -> None:
    table = shape.head.table
    if shape.role == "submitted" and "signature" in TABLES[table].names:
        head["signature"] = "absent"
    if shape.line is not None and shape.line.table == table:
        rows.setdefault(table, []).extend([head | line for line in lines] or [head])
        return
    rows.setdefault(table, []).append(head)
    if shape.line is not None:
        under = LINE_OF[table]
        keys = {
            n: head.get(n, "") for n in (*TABLES[under].key, "source", "position") if n != "gnum"
        }
        rows.setdefault(under, []).extend(keys | line for line in lines)


def frame(name: str, rows: list[Row]) -> pl.DataFrame:
    """Rows as a whole table; what they do not state is absent."""
    absent: Row = {column.name: column.absent for column in TABLES[name].columns}
    return pl.DataFrame([absent | row for row in rows], schema=schema_of(TABLES[name]))
