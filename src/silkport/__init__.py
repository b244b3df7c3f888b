"""Silkport: an open electronic port for a trade corridor."""
