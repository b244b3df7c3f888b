"""Places in which a row is lawful: an administration, a regime, a day, and the form it came in."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

DAY = date(2026, 8, 3)


class Place(NamedTuple):
    """Where a row is lawful; `message` is the form it came in, empty for a table."""

    country: str = "zz"
    regime: str = "retail_import"
    day: date = DAY
    message: str = ""

    def __str__(self) -> str:
        return f"{self.country} {self.regime} {self.day} {self.message}".rstrip()


ZZ_IMPORT = Place()
ZZ_EXPORT = Place("zz", "parcel_export")
CN_DIRECT = Place("cn", "retail_import_direct")
CN_BONDED = Place("cn", "retail_import_bonded")
CN_EXPORT_2024 = Place("cn", "retail_export", date(2024, 12, 14))
CN_EXPORT = Place("cn", "retail_export")
CN_EXPORT_FORM = Place("cn", "retail_export", message="CEB603")
CN_ZONE_2024 = Place("cn", "special_zone_export", date(2024, 12, 14))
CN_ZONE = Place("cn", "special_zone_export")
CN_ZONE_FORM = Place("cn", "special_zone_export", message="CEB603")
CN_BUSINESS = Place("cn", "business_export")
CN_WAREHOUSE = Place("cn", "warehouse_export")
CN_MARKET = Place("cn", "market_procurement_export")
CN_BORDER = Place("cn", "border_trade_export")
KZ_PERSONAL = Place("kz", "parcels_personal_use", date(2026, 6, 30))
KZ_IMPORT = Place("kz", "ecommerce_goods")
KZ_EXPORT = Place("kz", "parcel_export")
PLACES = (
    *(ZZ_IMPORT, ZZ_EXPORT, CN_DIRECT, CN_BONDED, CN_EXPORT_2024, CN_EXPORT, CN_BUSINESS),
    *(CN_EXPORT_FORM, CN_ZONE_2024, CN_ZONE, CN_ZONE_FORM, CN_WAREHOUSE, CN_MARKET, CN_BORDER),
    *(KZ_PERSONAL, KZ_IMPORT, KZ_EXPORT),
)
"""Every regime of every administration, and the export form where it is asked for."""
