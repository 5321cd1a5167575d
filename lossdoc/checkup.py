"""Self test of an installation: what is there, what is in force, and whether it judges rightly."""

from __future__ import annotations

import locale
import os
import platform
import shutil
import sys
import time
from enum import StrEnum
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from lossdoc.errors import LossdocError
from lossdoc.troubles import FAILURES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lossdoc.config import Config

REQUIRED = {
    "google-crc32c": "google_crc32c",
    "matplotlib": "matplotlib",
    "msgspec": "msgspec",
    "numpy": "numpy",
    "pandas": "pandas",
    "rich": "rich",
    "tbparse": "tbparse",
    "typer": "typer",
    "zstandard": "zstandard",
}
"""Package -> module that lossdoc imports, at the latest where it is used."""

OPTIONAL = {
    "openpyxl": ("openpyxl", "excel", "reading Excel sheets"),
    "torch": ("torch", "trainer", "reproduce and cure"),
    "scikit-learn": ("sklearn", "trainer", "reproduce and cure"),
    "tensorboardX": ("tensorboardX", "trainer", "reproduce --format tensorboard"),
    "accelerate": ("accelerate", "frameworks", "the callback for Hugging Face"),
    "transformers": ("transformers", "frameworks", "the callback for Hugging Face"),
    "lightning": ("lightning", "frameworks", "the callback for Lightning"),
    "keras": ("keras", "frameworks", "the callback for Keras"),
}
"""Package -> module, the extra that brings it, and what it is for."""

CASES = {"healthy run": "healthy", "diverging run": "failing"}
"""Drawn curve -> the verdict on it that is right."""


class State(StrEnum):
    """What a check came to."""

    OK = "ok"
    NOTE = "note"
    """Not there, or not as good as it could be: nothing is wrong."""
    FAILED = "failed"


class Check(NamedTuple):
    """One thing that was looked at.

    Parameters
    ----------
    hint
        What to do; empty where there is nothing.
    """

    name: str
    state: State
    text: str
    hint: str = ""


def checks() -> Iterator[Check]:
    """Look at everything, one after the other; nothing is written, and no plug-in stops it."""
    for look in (_program, _packages, _extras, _terminal, _settings, _judgement):
        try:
            yield from look()
        except FAILURES as error:
            yield Check(look.__name__.strip("_"), State.FAILED, f"{type(error).__name__}: {error}")


def _program() -> Iterator[Check]:
    import lossdoc

    where = Path(lossdoc.__file__).parent
    yield Check("lossdoc", State.OK, f"{lossdoc.__version__} in {where}")
    python = f"{platform.python_version()} at {sys.executable}, {platform.platform()}"
    old = sys.version_info < (3, 11)
    hint = "Python 3.11 or newer is needed" if old else ""
    yield Check("python", State.FAILED if old else State.OK, python, hint)


def _packages() -> Iterator[Check]:
    found = {name: _version(name) for name, module in REQUIRED.items() if _there(module)}
    told = ", ".join(f"{name} {number}".strip() for name, number in found.items())
    yield Check("packages", State.OK, told)
    lacking = [name for name in REQUIRED if name not in found]
    if lacking:
        hint = f"pip install {' '.join(lacking)}"
        yield Check("packages", State.FAILED, f"missing: {', '.join(lacking)}", hint)


def _extras() -> Iterator[Check]:
    for name, (module, extra, use) in OPTIONAL.items():
        if _there(module):
            yield Check(name, State.OK, _version(name))
        else:
            hint = f"pip install 'lossdoc[{extra}]'"
            yield Check(name, State.NOTE, f"not installed; needed for {use}", hint)


def _there(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except (ImportError, ValueError):
        return False


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _terminal() -> Iterator[Check]:
    encoding = sys.stdout.encoding or "unknown"
    unicode = "utf" in encoding.lower()
    kind = f"{shutil.get_terminal_size().columns} columns" if sys.stdout.isatty() else "none"
    text = f"{kind}, encoding {encoding}, locale {locale.getpreferredencoding(False)}"
    hint = "" if unicode else "curves are drawn in ASCII; PYTHONIOENCODING=utf-8 draws them finer"
    term = os.environ.get("TERM")
    told = f"{text}, TERM={term}" if term else text
    yield Check("terminal", State.OK if unicode else State.NOTE, told, hint)


def _settings() -> Iterator[Check]:
    from lossdoc.config import load
    from lossdoc.plugins import Absent

    try:
        found = load()
        rules = found.rules()
    except LossdocError as error:
        yield Check("settings", State.FAILED, error.message, error.hint)
        yield from _plugins(None)
        return
    place = "no file" if found.file is None else str(found.file)
    set_ = len(found.values)
    applied = sum(not isinstance(rule, Absent) for rule in rules)
    yield Check("settings", State.OK, f"{place}; {set_} set; {applied} rules apply")
    yield from _plugins(found)


def _plugins(config: Config | None) -> Iterator[Check]:
    from lossdoc.plugins import installed, wanted

    if not (wanted() if config is None else config["plugins"]):
        yield Check("plug-ins", State.NOTE, "switched off")
        return
    found = installed()
    for trouble in found.troubles:
        hint = "lossdoc rules --traceback shows where; LOSSDOC_PLUGINS=0 does without"
        yield Check(f"plug-in {trouble.plugin}", State.FAILED, trouble.reason, hint)
    for name in found.names:
        codes = [rule.code for rule in found.rules if rule.plugin == name]
        if codes:
            yield Check(f"plug-in {name}", State.OK, f"brings {' '.join(codes)}")
    if not found.names and not found.troubles:
        yield Check("plug-ins", State.OK, "none")


def _judgement() -> Iterator[Check]:
    from lossdoc import curves
    from lossdoc.engine import diagnose

    makers: dict[str, Callable[[int], object]] = {
        "healthy run": curves.healthy(),
        "diverging run": curves.altered(curves.healthy(), curves.blow_up),
    }
    for name, right in CASES.items():
        start = time.perf_counter()
        verdict = diagnose(makers[name](0)).verdict.value  # type: ignore[arg-type]
        took = 1000 * (time.perf_counter() - start)
        if verdict == right:
            yield Check(name, State.OK, f"judged {verdict}, in {took:.0f} ms")
        else:
            hint = "install lossdoc and numpy anew"
            yield Check(name, State.FAILED, f"judged {verdict}, but it is {right}", hint)
