"""The command of the user that is told of each new finding."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lossdoc.watch import Event

_STDERR = 2
_PATIENCE = 30.0
"""Seconds that commands have to finish when watching ends."""


class Hook:
    """Runs a command for each finding, without waiting for it.

    What was found stands in its environment, the whole run as JSON on its standard input. Nothing
    of a log becomes part of the shell's line. What it prints goes to standard error.
    """

    def __init__(self, command: str | None) -> None:
        self._command = command
        self._running: list[subprocess.Popen[bytes]] = []

    def run(self, event: Event) -> None:
        """Start the command for a finding."""
        if self._command is None or event.finding is None or event.diagnosis is None:
            return
        from lossdoc.report import json

        with tempfile.TemporaryFile() as file:
            file.write(json.dump(json.run(event.diagnosis)).encode())
            file.seek(0)
            try:
                child = subprocess.Popen(  # noqa: S602 - the user's own line, nothing put into it
                    self._command,
                    shell=True,
                    stdin=file,
                    stdout=_STDERR,
                    env={**os.environ, **variables(event)},
                )
            except OSError as error:
                _say(f"could not be started: {error.strerror or error}")
                return
        self._running.append(child)

    def look(self) -> None:
        """Say which commands have failed since the last look."""
        for child in self._running:
            if child.poll():
                _say(f"exit code {child.returncode}")
        self._running = [child for child in self._running if child.returncode is None]

    def finish(self) -> None:
        """Give the commands that still run some time to finish."""
        for child in self._running:
            try:
                child.wait(_PATIENCE)
            except subprocess.TimeoutExpired:
                _say(f"still runs as process {child.pid}, and is left alone")
        self.look()


def variables(event: Event) -> dict[str, str]:
    """What a finding tells, as variables of the environment."""
    finding, diagnosis = event.finding, event.diagnosis
    assert finding is not None
    assert diagnosis is not None
    run = diagnosis.run
    told = {
        "CODE": finding.code,
        "NAME": finding.name,
        "SEVERITY": finding.severity.label,
        "STEP": f"{finding.onset.step:.12g}",
        "PATH": event.path,
        "RUN": run.name if run else "",
        "MESSAGE": finding.message,
        "VERDICT": diagnosis.verdict.value,
    }
    return {f"LOSSDOC_{name}": value.replace("\0", "") for name, value in told.items()}


def _say(what: str) -> None:
    sys.stderr.write(f"lossdoc: the command of --on-finding: {what}\n")
