"""A command in a process group of its own: started, signalled, and never left behind."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

from lossdoc.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

_PIPE_READ = 1 << 16


class Child:
    """A running command and everything that it has started in its group.

    Parameters
    ----------
    command
        Program and arguments.
    piped
        Whether its output and errors come through pipes; else it writes where lossdoc would.

    Notes
    -----
    In a group of its own it is no job of the terminal, so it cannot read from one: there its input
    is empty. Where its output is piped, Python is asked not to hold it back.

    Raises
    ------
    FileNotFoundError, PermissionError
        There is no such program, or it cannot be run.
    """

    def __init__(self, command: Sequence[str], *, piped: bool) -> None:
        pipe = subprocess.PIPE if piped else None
        environment = dict(os.environ)
        if piped:
            environment.setdefault("PYTHONUNBUFFERED", "1")
        self._process = subprocess.Popen(  # noqa: S603 - running it is what was asked for
            command,
            stdin=subprocess.DEVNULL if _is_terminal() else None,
            stdout=pipe,
            stderr=pipe,
            env=environment,
            process_group=0,
        )
        self.group = self._process.pid
        streams = (self._process.stdout, self._process.stderr)
        self.streams = {stream.fileno(): to for to, stream in enumerate(streams, 1) if stream}

    @property
    def code(self) -> int | None:
        """Exit code as shells have it, 128 + n for a signal; None while the command runs."""
        code = self._process.poll()
        return code if code is None or code >= 0 else 128 - code

    def is_gone(self) -> bool:
        """Whether the command has ended, and nothing of its group is left."""
        if self._process.poll() is None:
            return False
        # As the first process of a container lossdoc inherits what the command has left behind.
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-self.group, os.WNOHANG)[0]:
                pass
        try:
            os.killpg(self.group, 0)
        except ProcessLookupError:
            return True
        except PermissionError:  # what is left runs as somebody else
            return True
        return False

    def send(self, number: int) -> None:
        """Send a signal to the whole group."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.group, number)

    def close(self) -> None:
        """Close the pipes."""
        for stream in (self._process.stdout, self._process.stderr):
            if stream is not None:
                stream.close()


def read_some(descriptor: int) -> bytes:
    """Read what a pipe holds; nothing where it was closed."""
    try:
        return os.read(descriptor, _PIPE_READ)
    except OSError:
        return b""


def write_all(descriptor: int, data: bytes) -> bool:
    """Write bytes as they are; whether anybody still reads them."""
    view = memoryview(data)
    try:
        while view:
            view = view[os.write(descriptor, view) :]
    except OSError:
        return False
    return True


def signal_of(text: str) -> signal.Signals:
    """Read the name or number of a signal: ``TERM``, ``SIGTERM``, ``15``.

    Raises
    ------
    UsageError
        There is none of that name.
    """
    name = text.strip().upper()
    try:
        if name.isdecimal():
            return signal.Signals(int(name))
        return signal.Signals[name if name.startswith("SIG") else f"SIG{name}"]
    except (KeyError, ValueError) as error:
        raise UsageError(f"no signal {text!r}", hint="--signal TERM, INT, USR1") from error


def _is_terminal() -> bool:
    return sys.stdin is not None and not sys.stdin.closed and sys.stdin.isatty()
