"""One shipment on its way through two nodes, for the tests of consignments and grants."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from silkport.model.description import Description
from silkport.model.prepared import Prepared, key_of
from silkport.node.corridor.consignment_files import (
    CONSIGNMENT,
    IMPORT,
    File,
    described_id,
    granted_id,
)
from silkport.node.corridor.consignments import (
    confirm,
    describe,
    file_export,
    file_import,
    prepare,
)
from silkport.node.corridor.grants import grant
from silkport.node.dossiers import acts, dossier_of
from tests.filings.shipments import WAYS, Corridor, a_shipment, typed_of

WHO, BO = "Aigerim", "Bo"


class Trade:
    """One shipment on its way through both nodes."""

    def __init__(self, home: Path, name: str = "flour") -> None:
        self.corridor, self.name = Corridor(home), name
        self.sender, self.receiver = WAYS[name]
        self.description = a_shipment(name)
        self.no = self.description.consignment_no
        self.here, self.there = map(self.corridor.node, WAYS[name])
        self.desk, self.desk_there = map(self.corridor.desk, WAYS[name])
        self.copy = granted_id(self.sender, self.no, "1")

    def describe(self, description: Description | None = None) -> Any:
        return describe(self.here, self.desk, description or self.description, who=WHO)

    def grant(self, **more: Any) -> Any:
        made = grant(self.here, self.no, "1", who=WHO, **more)
        self.corridor.hand_over(self.sender, self.receiver)
        return made

    def granted(self, **more: Any) -> Any:
        self.describe()
        return self.grant(**more)

    def prepare(self, *filings: str) -> File:
        return prepare(self.there, self.desk_there, self.copy, who=BO, filings=filings)

    def confirm(self, typed: dict[str, Any] | None = None, filing: str = IMPORT) -> File:
        said = typed_of(self.name, self.description) if typed is None else typed
        return confirm(self.there, self.desk_there, self.copy, who=BO, typed=said, filing=filing)

    def file(self, **more: Any) -> Any:
        return file_import(self.there, self.desk_there, self.copy, who=BO, **more)

    def export(self, **more: Any) -> Any:
        return file_export(self.here, self.desk, self.no, who=WHO, **more)

    def own(self) -> File:
        return self.here.state.read(lambda tx: dossier_of(tx, CONSIGNMENT, described_id(self.no)))

    def theirs(self) -> File:
        return self.there.state.read(lambda tx: dossier_of(tx, CONSIGNMENT, self.copy))

    def events(self) -> list[str]:
        rows = self.there.state.read(lambda tx: acts(tx, CONSIGNMENT, self.copy))
        return [one["event"] for one in rows]

    def import_of(self, file: File) -> Prepared:
        return file.state.filings[key_of(IMPORT, "1")]

    def heavier(self, by: int = 1) -> Description:
        (master, house), *_ = self.description.houses()
        line = house.goods[0]
        line = msgspec.structs.replace(line, gross_mass_mg=line.gross_mass_mg + by)
        house = msgspec.structs.replace(house, goods=(line, *house.goods[1:]))
        master = msgspec.structs.replace(master, houses=(house,))
        return msgspec.structs.replace(self.description, masters=(master,))
