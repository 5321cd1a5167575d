"""``lossdoc init`` behind its options: what to write where, without harm to what is there."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import NamedTuple

from lossdoc import api
from lossdoc.cli.files import write
from lossdoc.cli.recipes import NO_MAP, RECIPES, SETTINGS
from lossdoc.config.files import FILE, discover
from lossdoc.errors import NoUsableMetric, SourceError, UsageError
from lossdoc.sources import discover as logs

FOLDERS = ("runs", "logs", "lightning_logs", "mlruns", "outputs", "wandb")
"""Where training programs put their logs."""

_LARGEST = 20_000_000
"""Bytes of a log that is read for its columns; larger ones are only named."""


class Written(NamedTuple):
    """What became of one file.

    Parameters
    ----------
    path
        Where it stands.
    what
        ``wrote``, ``kept`` what was there, or ``add`` by hand.
    text
        What to add.
    next
        What to do then.
    """

    path: Path
    what: str
    text: str = ""
    next: str = ""


def init(folder: Path, ci: str | None, *, force: bool = False) -> tuple[list[Written], str]:
    """Write the settings, and the file of a CI system; return what was done and a log to judge.

    Raises
    ------
    UsageError
        A file exists and nothing else was asked for, or one cannot be written.
    """
    log = first_log(folder)
    done = [_settings(folder, log, force=force, alone=ci is None)]
    if ci is not None:
        done.append(_gate(repository(folder), ci, _folder_of(log, folder), force=force))
    return done, log


def _settings(folder: Path, log: str, *, force: bool, alone: bool) -> Written:
    path = folder / FILE
    found = discover(folder)
    taken = path if path.exists() else found
    if taken is None or force:
        write(path, SETTINGS.format(map=column_map(folder, log)))
        return Written(path, "wrote")
    if alone:
        reason = "exists" if taken == path else "has the settings of this project"
        raise UsageError(f"{taken} {reason}; nothing was written", hint="lossdoc init --force")
    return Written(taken, "kept")


def _gate(root: Path, ci: str, logs_in: str, *, force: bool) -> Written:
    recipe = RECIPES[ci]
    path = root / recipe.path
    text = recipe.text.replace("{logs}", logs_in)
    if path.exists() and (recipe.shared or not force):
        return Written(path, "add", text)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from error
    write(path, text)
    return Written(path, "wrote", next=recipe.next)


def repository(folder: Path) -> Path:
    """Root of the repository that a folder is in, or the folder itself."""
    return next((p for p in (folder, *folder.parents) if (p / ".git").exists()), folder)


def first_log(folder: Path) -> str:
    """Return a log in the usual places, relative to a folder; empty if there is none."""
    places = [folder / name for name in FOLDERS if (folder / name).is_dir()]
    places += sorted(p for pattern in ("*.csv", "*.jsonl") for p in folder.glob(pattern))
    for found in logs.expand(places):
        return os.path.relpath(found.path, folder)
    return ""


def _folder_of(log: str, folder: Path) -> str:
    """Folder in which CI looks for logs: that of the log, as seen from the repository's root."""
    inside = Path(log).parts[:1] if len(Path(log).parts) > 1 else ()
    place = folder.joinpath(*inside) if inside else folder / FOLDERS[0]
    name = place.relative_to(repository(folder)).as_posix()
    return name if re.fullmatch(r"[\w./-]+", name) else FOLDERS[0]


def column_map(folder: Path, log: str) -> str:
    """Return the table of columns, with those of a log whose loss has no known name."""
    path = folder / log
    if not path.is_file() or path.stat().st_size > _LARGEST:
        return NO_MAP
    try:
        api.load(path)
    except NoUsableMetric as problem:
        message = problem.message.replace(str(path), log)
        told = [f"# {line}" for line in (message, *problem.details)]
        return "\n".join([*map(_one_line, told), NO_MAP])
    except (SourceError, UsageError):
        pass
    return NO_MAP


def _one_line(text: str) -> str:
    """Text of a log in a comment: without anything that would end the line."""
    return json.dumps(text, ensure_ascii=False)[1:-1][:300]
