"""Console output of training scripts: any text with lines like ``step 5: loss 2.31, lr 0.001``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lossdoc.errors import NoUsableMetric
from lossdoc.model import LogIssue
from lossdoc.sources import hyperparameters
from lossdoc.sources.base import Table
from lossdoc.sources.text.columns import columns
from lossdoc.sources.text.lines import head_passage, passages
from lossdoc.sources.text.records import Records

if TYPE_CHECKING:
    from lossdoc.sources.base import Source

FORMAT = "text"

_CONTROL = re.compile(r"[\x00-\x06\x0e-\x1a\x1c-\x1f\x7f]")
_SETTING = re.compile(
    r"(?:\s*([A-Za-z][\w.-]{1,40})\s*:|([A-Za-z]\w{1,40})\s*=)\s*([^\s,;()\[\]{}]+)"
)
_SOURCE_CODE = re.compile(r"(?:import|from|def|class|#include)\s")
_SETTINGS = re.compile(r"\b([A-Za-z]\w{1,40})=([^\s,;()\[\]{}]+)")


def sniff(source: Source) -> str | None:
    """Accept whatever is text; say what a record looks like, if the first 64 KiB have one."""
    text = source.head_text
    if not text.strip() or not _is_text(text):
        return None
    records = Records()
    records.feed(head_passage(source))
    found = [p for p in records.piles.values() if len(p) and p.shape.is_telling]
    best = max(found, key=lambda p: (p.shape.counts, len(p)), default=None)
    if best is None:
        return "text; no records in the first 64 KiB"
    keys = ", ".join(f.name for f in best.shape.fields if f.role in {"counter", "metric"})
    return f"text with {len(best)} lines of {keys}"


def read(source: Source) -> list[Table]:
    """Read every record.

    Returns
    -------
    One table, with counters as ``epoch``, ``step`` and ``iter``; rows are lines of the file (of a
    record over several lines: its first). Where the log counts steps within each epoch, ``step``
    counts them through all.

    Raises
    ------
    NoUsableMetric
        No line recurs that counts steps or epochs and holds a metric.
    UnreadableLog
        The file cannot be opened.
    """
    records = Records()
    for passage in passages(source):
        records.feed(passage)
    found, totals = columns(records)
    if not found:
        raise _no_records(source, records)
    first = min(int(c.rows[0]) for c in found)
    head = source.head_lines[: first - 1]
    context = {**totals, **_settings(head)}
    listed = hyperparameters.others(pair for line in head for pair in _namespace(line))
    return [Table(found, context=context, issues=_issues(records), settings=listed)]


def _is_text(text: str) -> bool:
    """Whether a start is free of binary data (bytes of another 8-bit encoding are not binary)."""
    limit = len(text) / 100
    return len(_CONTROL.findall(text)) <= limit and text.count("\ufffd") <= 20 * limit


def _no_records(source: Source, records: Records) -> NoUsableMetric:
    seen = [line.strip()[:100] for line in source.head_lines if line.strip()][:3]
    return NoUsableMetric(
        f"no training records found in {records.count} lines of {source.display}",
        details=tuple(f"it begins: {line}" for line in seen),
        hint="a record is a line that recurs, with a step or an epoch and a loss: "
        "'step 100: loss 2.31'",
    )


def _issues(records: Records) -> tuple[LogIssue, ...]:
    issues = []
    if records.damaged:
        count = records.damaged
        alone = sum(len(pile) == 1 and pile.shape.is_telling for pile in records.suspects)
        lost = records.unread + alone
        message = f"{count} {'line has' if count == 1 else 'lines have'} bytes that are no text"
        if lost:
            message += f"; a record in {lost} of them could not be read"
        issues.append(LogIssue("bad-bytes", message, records.first_damaged, count, lost=bool(lost)))
    if records.torn:
        message = "the last line breaks off and was left out"
        issues.append(LogIssue("torn-tail", message, records.torn))
    return tuple(issues)


def _settings(lines: list[str]) -> dict[str, float | str]:
    """Hyper-parameters printed before the first record; those with two values are left out."""
    if any(_SOURCE_CODE.match(line) for line in lines):
        return {}
    values: dict[str, set[str]] = {}
    named: list[tuple[str, str]] = []
    for line in lines:
        if pairs := _namespace(line):
            named += pairs
        elif (one := _SETTING.fullmatch(line.rstrip())) is not None:
            named.append((one[1] or one[2], one[3]))
    for key, value in named:
        name = hyperparameters.canonical(key)
        if name is not None:
            values.setdefault(name, set()).add(value)
    unique = {name: next(iter(found)) for name, found in values.items() if len(found) == 1}
    return hyperparameters.collect((n, v.strip("\"'")) for n, v in unique.items())


def _namespace(line: str) -> list[tuple[str, str]]:
    """Settings of a printed ``Namespace(...)``, as argparse makes one."""
    if "Namespace(" not in line:
        return []
    return [(found[1], found[2].strip("\"'")) for found in _SETTINGS.finditer(line)]
