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
from typing import TYPE_CHECKING

from lossdoc.sources import tfevents

if TYPE_CHECKING:
    from collections.abc import Iterator

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

    Names decide; only of folders below another one with event files, the first bytes of one file
    are read too.
    """
    holders = _holders(root)
    return sorted({_place(folder, root, holders)[0] for folder in holders})


def parts(folder: Path) -> list[Part]:
    """The folders of the run in ``folder``, itself first."""
    holders = _holders(folder)
    placed = [_place(holder, folder, holders) for holder in sorted(holders)]
    return [part for owner, part in placed if owner == folder]


def _holders(root: Path) -> set[Path]:
    """Folders that hold event files, by name; hidden ones do not count."""
    holders = set()
    for folder, inner, files in os.walk(root):
        inner[:] = [name for name in inner if not name.startswith(".")]
        if any(map(is_event_file, files)):
            holders.add(Path(folder))
    return holders


def _place(folder: Path, root: Path, holders: set[Path]) -> tuple[Path, Part]:
    """Folder of the run that a folder belongs to, and what it is there."""
    found = None if folder == root else _helper(folder, root, holders) or _split(folder, holders)
    if found is None:
        return folder, Part(folder)
    above, inner = found
    owner, outer = _place(above, root, holders)
    return owner, Part(
        folder=folder,
        prefix=outer.prefix + inner.prefix,
        suffix=inner.suffix + outer.suffix,
        settings=inner.settings or outer.settings,
    )


def _split(folder: Path, holders: set[Path]) -> tuple[Path, Part] | None:
    """A folder of training or of validation curves."""
    name, parent = folder.name.lower(), folder.parent
    if name in _TRAIN:
        return parent, Part(folder, prefix="train/")
    if name not in _VALIDATION:
        return None
    names = {child.name.lower() for child in _entries(parent) if child.is_dir()}
    paired = parent in holders or not names.isdisjoint(_TRAIN)
    if name == "test" and not paired:
        return None  # people call runs so
    first = next(n for n in _VALIDATION if n in names)
    return parent, Part(folder, prefix="validation/" if name == first else f"{name}/")


def _helper(folder: Path, root: Path, holders: set[Path]) -> tuple[Path, Part] | None:
    """A folder that a SummaryWriter made below that of its own file."""
    above = next((p for p in _up(folder, root) if p in holders), None)
    if above is None:
        return None
    name = folder.relative_to(above).as_posix()
    if _TIME.fullmatch(name):
        return above, Part(folder, settings=True)
    if "/" not in name and "_" not in name:
        return None
    tag = _only_tag(folder)
    # For add_scalars("Loss", {"val": ...}): Loss_val by PyTorch, Loss/val by tensorboardX.
    for stem in (f"{tag}/", tag.replace("/", "_") + "_"):
        if tag and name.startswith(stem):
            return above, Part(folder, suffix="/" + name.removeprefix(stem))
    return None


def _up(folder: Path, root: Path) -> Iterator[Path]:
    while folder != root:
        folder = folder.parent
        yield folder


def _only_tag(folder: Path) -> str:
    """Tag of the scalars in a folder; empty where there are several or none."""
    for path in event_files(folder):
        with path.open("rb") as stream:
            tags = list(tfevents.scan(stream.read(_PEEK)).tracks)
        return tags[0] if len(tags) == 1 else ""
    return ""


def _entries(folder: Path) -> list[Path]:
    """What stands in a folder; nothing where it cannot be opened."""
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []
