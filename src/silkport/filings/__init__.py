"""From one description, every filing of both sides: pure, by the field tables of each pair.

A filing is rows of the goods declaration, or a plain list of fields (manifest lines, pre-arrival
information). Every field says where it came from; what only the declarant can say is left open.
"""
