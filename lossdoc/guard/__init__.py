"""A command under guard: its processes, its output, and the signals that come for it."""
