"""Diagnoses as text, as one line per finding, and as JSON.

Nothing here computes a statistic or reads a file; everything that comes from a log (names, paths,
messages that quote them) is cleaned of control characters in one place, `spans.span`.
"""
