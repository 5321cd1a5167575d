"""Entry point: runs the command line and turns whatever happens into an exit code.

====  ==================================================================
0     judged; nothing at or above ``--fail-on``
1     at least one finding at or above it
2     wrong usage, or a bug in lossdoc
3     something could not be judged
130   interrupted
====  ==================================================================
"""

from __future__ import annotations

import contextlib
import gc
import os
import sys
from typing import TYPE_CHECKING, TextIO

from lossdoc import troubles

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lossdoc.errors import LossdocError
    from lossdoc.troubles import Trouble

BUG = 2
INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run lossdoc and return its exit code; nothing but an exit request leaves this function.

    Without arguments it is the program itself: it takes those of the command line, and ends the
    process.
    """
    if arguments is not None:
        return _guarded(arguments)
    # A tenth of the time of a small log is the collector looking at what imports have made;
    # `lossdoc.cli.judging` lets it work again. Another tenth is taking all modules apart at the
    # end, which nothing here needs: files are closed and threads are daemons by then.
    gc.disable()
    code = _guarded(sys.argv[1:])
    _flush(sys.stdout)
    _flush(sys.stderr)
    os._exit(code)


def _guarded(arguments: Sequence[str]) -> int:
    # What follows two dashes belongs to another program.
    end = arguments.index("--") if "--" in arguments else len(arguments)
    traceback = "--traceback" in arguments[:end]
    verbose = traceback or bool({"-v", "--verbose"} & {*arguments[:end]})
    troubles.listen(lambda trouble: _say(_warning(trouble, traceback=verbose)))
    own = [a for a in arguments[:end] if a != "--traceback"]
    try:
        return _run([*own, *arguments[end:]])
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        return INTERRUPTED
    except BrokenPipeError:
        _hush()
        return 0
    except Exception as error:  # noqa: BLE001 - a crash must never look like a verdict
        return _report(error, traceback=traceback)
    finally:
        troubles.listen(None)


def _run(arguments: Sequence[str]) -> int:
    from lossdoc.cli.app import run

    code = run(arguments)
    sys.stdout.flush()
    return code


def _flush(stream: TextIO) -> None:
    with contextlib.suppress(OSError):  # the reader is gone, and so is the place for a complaint
        stream.flush()


def _hush() -> None:
    from lossdoc.report.terminal import hush

    hush(sys.stdout)


def _report(error: Exception, *, traceback: bool) -> int:
    """Say on stderr what went wrong."""
    from lossdoc.errors import LossdocError, SourceError

    if traceback:
        import traceback as printer

        printer.print_exception(error)
    if isinstance(error, LossdocError):
        _say(_lines(error))
        return 3 if isinstance(error, SourceError) else 2
    kind = type(error).__name__
    more = [] if traceback else ["  --traceback shows where"]
    _say([f"error: this is a bug in lossdoc; nothing was judged: {kind}: {error}", *more])
    return BUG


def _warning(trouble: Trouble, *, traceback: bool) -> list[str]:
    """What is wrong with a plug-in, and what that means."""
    lines = [f"warning: {trouble}; it judged nothing"]
    if not traceback:
        return [*lines, "  -v shows where"]
    import traceback as printer

    told = "".join(printer.format_exception(trouble.error)).splitlines()
    return [*lines, *(f"  {line}" for line in told)]


def _lines(error: LossdocError) -> list[str]:
    lines = [f"error: {error.message}", *(f"  {detail}" for detail in error.details)]
    return [*lines, f"  hint: {error.hint}"] if error.hint else lines


def _say(lines: list[str]) -> None:
    from lossdoc.report.spans import clean
    from lossdoc.report.terminal import to_ascii

    encoding = (sys.stderr.encoding or "ascii").lower()
    for line in map(clean, lines):
        sys.stderr.write(f"{line if 'utf' in encoding else to_ascii(line)}\n")


if __name__ == "__main__":
    sys.exit(main())
