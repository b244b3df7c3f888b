"""China's cross-border parcel messages (CEB, edition 202205), import and export, in and out.

`messages.csv` and `fields.csv` drive reading, checking, writing and the reference page; the rest of
the package says nothing of a single message that these two tables could say.
Source: GACC, definition of the messages of the unified cross-border e-commerce system.
"""
