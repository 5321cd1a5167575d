"""Which folders of event files are one run, and what each folder inside a run is to it.

One folder is one run, but writers spread a run over several: Keras writes ``train`` and
``validation`` side by side, ``SummaryWriter.add_scalars`` a folder per curve, and
``SummaryWriter.add_hparams`` a folder for the settings, named by the time.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from lossdoc.sources import tfevents

_TRAIN = ("train", "training")
_VALIDATION = ("validation", "val", "valid", "evaluation", "eval", "test")
_TIME = re.compile(r"\d{9,}(\.\d+)?")
_PEEK = 1 << 16


@dataclass(frozen=True)
class Part:
    """A folder of a run.

    Parameters
    ----------
    folder
        Where its event files are.
    prefix
        What stands before each of its tags, e.g. ``train/``.
    suffix
        What stands behind each, e.g. ``/val``.
    settings
        Whether only its hyper-parameters count.
    """

    folder: Path
    prefix: str = ""
    suffix: str = ""
    settings: bool = False

    def name(self, tag: str) -> str:
        """Name of a tag within the run."""
        prefix = "" if tag.startswith(self.prefix) else self.prefix
        return f"{prefix}{tag}{self.suffix}"


def is_event_file(name: str) -> bool:
    """By its name; profiler stubs do not count."""
    return "tfevents" in name and not name.endswith(".profile-empty")


def event_files(folder: Path) -> list[Path]:
    """Event files that stand in a folder and are not empty, by name."""
    found = [path for path in _entries(folder) if is_event_file(path.name)]
    return [path for path in found if path.is_file() and path.stat().st_size]


def run_folders(root: Path) -> list[Path]:
    """Folders, from ``root`` downwards, that hold one run each.

    Names decide; only where a folder looks like one that ``add_scalars`` made, the first bytes of
    one of its files are read too.
    """
    holders = set()
    for folder, inner, files in os.walk(root):
        inner[:] = [name for name in inner if not name.startswith(".")]
        if any(map(is_event_file, files)):
            holders.add(Path(folder))
    parents = {folder.parent for folder in holders if folder != root}
    members = {part.folder for parent in parents for part in _family(parent)} - {root}
    return sorted({_head(folder, members) for folder in holders})


def parts(folder: Path) -> list[Part]:
    """The folders of the run in ``folder``, itself first."""
    below = [(outer, inner) for outer in _family(folder) for inner in parts(outer.folder)]
    return [Part(folder), *(_within(inner, outer) for outer, inner in below)]


def _entries(folder: Path) -> list[Path]:
    """What stands in a folder; nothing where it cannot be opened."""
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []


def _head(folder: Path, members: set[Path]) -> Path:
    while folder in members:
        folder = folder.parent
    return folder


def _within(inner: Part, outer: Part) -> Part:
    return Part(
        folder=inner.folder,
        prefix=outer.prefix + inner.prefix,
        suffix=inner.suffix + outer.suffix,
        settings=inner.settings or outer.settings,
    )


def _family(parent: Path) -> list[Part]:
    """Sub-folders that belong to the run of their parent."""
    children = [child for child in _entries(parent) if child.is_dir()]
    names = {child.name.lower() for child in children}
    own = bool(event_files(parent))
    found = []
    for child in children:
        part = _split(child, names, own=own) or (_helper(child) if own else None)
        if part is not None and event_files(child):
            found.append(part)
    return found


def _split(child: Path, names: set[str], *, own: bool) -> Part | None:
    """A folder of training or of validation curves.

    Parameters
    ----------
    child
        The folder.
    names
        Names of all folders beside it, lower-case.
    own
        Whether event files stand beside it.
    """
    name = child.name.lower()
    if name in _TRAIN:
        return Part(child, prefix="train/")
    paired = own or not names.isdisjoint(_TRAIN)
    if name in _VALIDATION and (paired or name != "test"):  # a run may be called "test"
        first = next(n for n in _VALIDATION if n in names)
        return Part(child, prefix="validation/" if name == first else f"{name}/")
    return None


def _helper(child: Path) -> Part | None:
    """A folder that a SummaryWriter made beside its own file."""
    if _TIME.fullmatch(child.name):
        return Part(child, settings=True)
    if "_" not in child.name or not event_files(child):
        return None
    with event_files(child)[0].open("rb") as stream:
        tags = list(tfevents.scan(stream.read(_PEEK)).tracks)
    stem = tags[0].replace("/", "_") + "_" if len(tags) == 1 else ""
    if stem and child.name.startswith(stem):
        return Part(child, suffix="/" + child.name.removeprefix(stem))
    return None
