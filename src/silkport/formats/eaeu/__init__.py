"""Customs documents of the Eurasian Economic Union in XML: goods, transit, pre-arrival, in and out.

`fields.csv` drives reading and writing: where a column stands in which document, of what form.
Sources: EEC_GoodsDeclaration.xsd (R.055), EEC_TransitDeclaration.xsd (R.048), and of the album
5.23.0 ESADout_CU.xsd, AutoPreliminary.xsd and RWPreliminary.xsd.
"""

from silkport.formats.eaeu.declared import DeclaredPayment, DeclaredValue, ReadDeclaration
from silkport.formats.eaeu.prearrival import write_prearrival, write_transit_declaration
from silkport.formats.eaeu.reading import is_eaeu, read_goods_declaration
from silkport.formats.eaeu.writing import House, lost_columns, write_goods_declaration

__all__ = [
    "DeclaredPayment",
    "DeclaredValue",
    "House",
    "ReadDeclaration",
    "is_eaeu",
    "lost_columns",
    "read_goods_declaration",
    "write_goods_declaration",
    "write_prearrival",
    "write_transit_declaration",
]
