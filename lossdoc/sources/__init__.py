"""Readers: one small file per log format, and what turns raw columns into runs."""
