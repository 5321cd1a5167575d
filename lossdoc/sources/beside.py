"""Settings of a run that its program keeps in a file beside the log."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from lossdoc.sources import hyperparameters
from lossdoc.sources.discover import STDIN

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from lossdoc.sources.base import Source, Table

_LARGEST = 1 << 18
"""Bytes; a larger file is no list of settings."""

_USUAL: tuple[tuple[re.Pattern[str], tuple[str, ...]], ...] = (
    (re.compile(r"metrics\.csv|.*tfevents.*"), ("hparams.yaml",)),
    (re.compile(r"results\.(csv|txt)"), ("args.yaml", "opt.yaml", "hyp.yaml")),
)
"""Names of logs -> those of the settings beside them: Lightning's, and Ultralytics'."""

_ENDINGS = re.compile(r"(\.(csv|tsv|jsonl|json|txt|log|gz|zst))+$")
_LINE = re.compile(r"^( *)([A-Za-z_][\w./-]*):(?:[ \t]+(.*))?$")
_COMMENT = re.compile(r"(?:^|\s)#.*$")


class Beside(NamedTuple):
    """Settings beside a log: those with a canonical name, others, and the files they are from."""

    context: Mapping[str, float | str]
    settings: Mapping[str, float | str]
    files: tuple[str, ...]

    def added_to(self, table: Table) -> Table:
        """Return a table that has these settings, too; what the log says itself counts more."""
        if not self.files:
            return table
        return replace(
            table,
            context={**self.context, **table.context},
            settings={**self.settings, **table.settings},
        )


def settings_beside(source: Source) -> Beside:
    """Read what stands beside a log under the name that its program gives it.

    ``run.meta.json`` beside ``run.csv`` (`lossdoc reproduce`), ``hparams.yaml`` beside ``metrics.csv``
    or event files (Lightning), ``args.yaml``, or ``opt.yaml`` and ``hyp.yaml``, beside ``results.csv``
    (Ultralytics). Whatever cannot be read is left out: it is not the log.
    """
    named: list[tuple[str, Any]] = []
    files = []
    for path in _candidates(source):
        found = list(_read(path))
        named += found
        files += [path.name] * bool(found)
    return Beside(hyperparameters.collect(named), hyperparameters.others(named), tuple(files))


def _candidates(source: Source) -> Iterator[Path]:
    path = source.path
    folder = path if source.is_folder else path.parent
    if source.display == STDIN:
        return
    if path.name:
        yield path.with_name(_ENDINGS.sub("", path.name) + ".meta.json")
    name = "tfevents" if source.is_folder else path.name
    for log, beside in _USUAL:
        if log.fullmatch(name):
            yield from (folder / each for each in beside)


def _read(path: Path) -> Iterator[tuple[str, Any]]:
    """Named values of a small file of settings; nothing of any other."""
    try:
        if not path.is_file() or path.stat().st_size > _LARGEST:
            return
        text = path.read_text("utf-8", errors="replace")
    except OSError:
        return
    yield from _of_json(text) if path.suffix == ".json" else _of_yaml(text)


def _of_json(text: str) -> Iterator[tuple[str, Any]]:
    import json

    from lossdoc.sources.flatten import leaves

    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return
    if isinstance(found, dict):
        # What is said twice is said best under its own heading.
        yield from leaves(found.pop("hyperparameters", {}))
        yield from leaves(found.pop("config", {}))


def _of_yaml(text: str) -> Iterator[tuple[str, str]]:
    """Plain ``name: value`` lines, nested by indentation; lists and texts of several lines are not read."""
    path: list[tuple[int, str]] = []
    for line in text.splitlines():
        matched = _LINE.match(line)
        if matched is None:
            continue
        indent, name, value = (
            len(matched[1]),
            matched[2],
            _COMMENT.sub("", matched[3] or "").strip(),
        )
        while path and path[-1][0] >= indent:
            path.pop()
        path.append((indent, name))
        if value and value not in {"null", "~", "|", ">"} and value[0] not in "[{!&*":
            yield "/".join(part for _, part in path), value.strip("'\"")
