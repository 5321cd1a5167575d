"""Delimited text: how it is written, what its fields mean, and its cells as numbers."""
