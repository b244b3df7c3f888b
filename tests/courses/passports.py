"""Passports, bodies and houses of two invented administrations, for the tests of inspections."""

from __future__ import annotations

from typing import Any

import msgspec

from silkport.courses.conditions import Offered
from silkport.law.recognition import RecognitionLaw
from silkport.law.recognition_file import read_recognition
from silkport.model.inspections import (
    DAY_MS,
    Body,
    BodyKey,
    HouseFacts,
    InspectedLine,
    Passport,
    Standing,
    Subject,
)

DAY = 20_000
"""4 October 2024."""

RULE = {
    "p0_ppm": 10_000,
    "p1_ppm": 100_000,
    "alpha_ppm": 50_000,
    "beta_ppm": 50_000,
    "learning_ppm": 300_000,
    "trusted_ppm": 50_000,
}

LAW = """
pair = ["aa", "bb"]

[[recognition]]
id = "aa_bb-RE-01"
kind = "results"
act = "Compact"
article = "6"
receivers = ["aa", "bb"]
findings = ["conforms"]
mass_tolerance_ppm = 5000
source = "Gazette 1"
start = 2020-01-01
[recognition.replaces]
plant = { methods = ["plant"], bodies = ["plant"], age_days = 14 }
health = { methods = ["health", "sampling"], bodies = ["health"], age_days = 30 }
weighing = { methods = ["weighing"], bodies = ["customs"], age_days = 3 }

[[pending]]
kind = "images"
says = "images were agreed in principle"
source = "a press release"
start = 2023-05-23

[[examination]]
kind = "documents"
side = "bb"
directions = ["import"]
lanes = ["yellow", "red"]
source = "Code 1"
start = 2020-01-01

[[examination]]
kind = "x_ray"
side = "bb"
directions = ["import"]
lanes = ["red"]
source = "Code 2"
start = 2020-01-01

[[examination]]
kind = "weighing"
side = "bb"
directions = ["import"]
lanes = ["red"]
source = "Code 3"
start = 2020-01-01

[[examination]]
kind = "plant"
side = "bb"
directions = ["import"]
hs = ["07", "1101"]
source = "Code 4"
start = 2020-01-01
confidence = "unverified"

[[trust]]
p0_ppm = 10000
p1_ppm = 100000
alpha_ppm = 50000
beta_ppm = 50000
learning_ppm = 300000
trusted_ppm = 50000
source = "practice"
start = 2020-01-01
"""

IMAGES = """
[[recognition]]
id = "aa_bb-RE-02"
kind = "images"
act = "Compact on images"
article = "2"
receivers = ["bb"]
findings = ["conforms"]
mass_tolerance_ppm = 5000
source = "Gazette 2"
start = 2020-01-01
[recognition.replaces]
x_ray = { methods = ["x_ray"], bodies = ["customs"], age_days = 3 }
"""


def law(*more: str) -> RecognitionLaw:
    return read_recognition("".join((LAW, *more)))


FLOUR = InspectedLine(1, "1101001500", 21_000_000_000, 20_000_000_000)
MACHINE = InspectedLine(2, "8433510000", 5_100_000_000, 5_000_000_000)

HOUSE = HouseFacts(
    consignment_no="KHG-1",
    house_no="1",
    side="bb",
    other_country="AA",
    direction="import",
    lane="green",
    day=DAY,
    gross_mass_mg=21_000_000_000,
    goods=[FLOUR],
)

PASSPORT = Passport(
    inspection_no="P-1",
    consignment_no="KHG-1",
    house_no="1",
    body="Plant Quarantine",
    body_code="AA-PQ",
    competence="plant",
    method="plant",
    inspected_at=(DAY - 2) * DAY_MS,
    finding="conforms",
    valid_until="2024-10-10",
    goods=[InspectedLine(1, "110100", 21_000_000_000, 20_000_000_000)],
    key_id="k1",
    signature="00",
)

BODY = Body(
    code="AA-PQ",
    name="Plant Quarantine",
    administration="aa",
    subjects=[Subject.PLANT, Subject.CUSTOMS],
    keys=[BodyKey("k1", "00" * 32, DAY - 100, DAY + 100)],
)

OFFERED = Offered(
    id="from aa AA-PQ/P-1",
    passport=PASSPORT,
    administration="aa",
    standing=Standing.RECEIVED,
    body=BODY,
    signed=True,
)


def passport(**changes: Any) -> Passport:
    return msgspec.structs.replace(PASSPORT, **changes)


def house(**changes: Any) -> HouseFacts:
    return msgspec.structs.replace(HOUSE, **changes)


def body(**changes: Any) -> Body:
    return msgspec.structs.replace(BODY, **changes)
