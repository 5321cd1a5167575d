"""JSON documents: Hugging Face's ``trainer_state.json``, histories, lists of records."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from lossdoc.errors import NoUsableMetric, UnreadableLog
from lossdoc.model import LogIssue
from lossdoc.sources import flatten, jsonseries, jsontext, opening, recordnames, titles

if TYPE_CHECKING:
    from lossdoc.sources.base import Source, Table

FORMAT = "json"

_SEPARATORS = frozenset(" \t\r\n,\0")
_BLANK = "\0 \t\r\n\ufeff"


def sniff(source: Source) -> str | None:
    """Accept a document in whose first part records or lists of numbers stand."""
    text = source.head_text.strip(_BLANK)
    if not text.startswith(("{", "[")):
        return None
    whole = False
    try:
        value, end = jsontext.decode_prefix(text)
    except (ValueError, RecursionError):
        value = _complete_part(text)
    else:
        spans_lines = "\n" in text[:end]
        if text[end:].strip():
            # Objects one after another are JSON lines, unless each spans several lines.
            value = [value] if spans_lines else None
        elif not spans_lines and isinstance(value, dict) and _is_line(value):
            value = None
        else:
            whole = True  # if it holds no log, reading it says why
    title = titles.title_of(source.display)
    series = jsonseries.find(_titled(value, title))
    found = [s for s in series if s.looks_trained or titles.is_loss(title)]
    if not found:
        return "a JSON document" if whole else None
    places = " and ".join("/".join(series.path) or "its top level" for series in found[:3])
    return f"a JSON document with {len(found[0].records)} or more records in {places}"


def _is_line(value: dict[str, Any]) -> bool:
    """Whether an object is a record by itself, the first of JSON lines, and no whole history."""
    if not flatten.is_row(value):
        return False
    here = any(recordnames.measures(k) for k, v in value.items() if flatten.scalar(v) is not None)
    return here or not any(len(s.records) > 1 and s.losses for s in jsonseries.find(value))


def read(source: Source) -> list[Table]:
    """Read the series of a document; several tables where it holds several runs.

    Raises
    ------
    UnreadableLog
        It is no JSON, and no series stands before the place where it breaks off.
    NoUsableMetric
        It holds no series.
    """
    issues: list[LogIssue] = []
    data = b"".join(opening.intact_blocks(source, issues))
    value = _decode(data, source.display, issues)
    title = titles.title_of(source.display)
    found = jsonseries.find(_titled(value, title))
    if not found:
        raise NoUsableMetric(
            f"{source.display} is a JSON document without records or lists of numbers",
            details=(_seen(value),),
            hint="A log holds one object per step, or one list of numbers per metric: "
            '{"loss": [2.3, 1.9]}.',
        )
    above = [*reversed(found[0].path), title] if len({s.path for s in found}) == 1 else [title]
    return [titles.with_losses_named(t, above) for t in jsonseries.tables(found, issues)]


def _titled(value: Any, title: str) -> Any:
    """Name a bare list of numbers after its file, where that says what they are."""
    bare = isinstance(value, list) and all(isinstance(v, int | float | None) for v in value)
    return {title: value} if bare and value and titles.is_loss(title) else value


def _decode(data: bytes, display: str, issues: list[LogIssue]) -> Any:
    """Value of the document, or of its part before the error, which becomes an issue."""
    try:
        return jsontext.decode_document(data)
    except RecursionError:
        raise UnreadableLog(f"{display} is nested too deeply for a log") from None
    except json.JSONDecodeError as error:
        if error.msg == "Extra data":
            return _stream(error.doc, issues)
        value = _complete_part(error.doc[: error.pos])
        where = f"{error.msg} at line {error.lineno}, column {error.colno}"
        if not jsonseries.find(value):
            raise UnreadableLog(
                f"{display} is no JSON document: {where}",
                hint="If it is still being written, try again; if every line is an object of "
                "its own, add --format jsonl.",
            ) from error
        message = f"the document is incomplete or damaged ({where}); what stands before was used"
        issues.append(LogIssue("broken-document", message, error.lineno, lost=True))
        return value


def _complete_part(text: str) -> Any:
    """Value of the complete part; unfinished records only where there is nothing else."""
    value = jsontext.recover(text, whole_rows=True)
    return value if jsonseries.find(value) else jsontext.recover(text, whole_rows=False)


def _stream(text: str, issues: list[LogIssue]) -> Any:
    """Values that stand one after another, as a list; the value where there is only one."""
    text = jsontext.spell_literals(text)
    values: list[Any] = []
    place = 0
    while place < len(text):
        if text[place] in _SEPARATORS:
            place += 1
            continue
        try:
            value, place = jsontext.decode_prefix(text, place)
        except (json.JSONDecodeError, RecursionError) as error:
            issues.append(_break_in_stream(text, place, error))
            break
        values.append(value)
    return values if len(values) > 1 else values[0]


def _break_in_stream(text: str, place: int, error: Exception) -> LogIssue:
    row = text.count("\n", 0, place) + 1
    if isinstance(error, json.JSONDecodeError) and error.pos >= len(text):
        message = f"the last value, from line {row}, is incomplete and was left out"
        return LogIssue("torn-tail", message, row)
    message = f"what follows line {row} is not JSON and was left out"
    return LogIssue("broken-document", message, row, lost=True)


def _seen(value: Any) -> str:
    if isinstance(value, dict):
        keys = ", ".join(list(value)[:8])
        return f"an object with the keys {keys}" + (" ..." if len(value) > 8 else "")
    if isinstance(value, list):
        return (
            f"a list of {len(value)}, the first: {str(value[0])[:60]}" if value else "an empty list"
        )
    return f"the value {str(value)[:60]}"
