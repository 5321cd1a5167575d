"""Where settings come from: a TOML file found upwards, variables, ``key=value``."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lossdoc.config.keys import KEYS, TABLES
from lossdoc.errors import UsageError, near

if TYPE_CHECKING:
    from collections.abc import Mapping

FILE, PROJECT = "lossdoc.toml", "pyproject.toml"
VARIABLE = "LOSSDOC_"

REPORTED = frozenset(
    f"{VARIABLE}{name}"
    for name in ("CODE", "NAME", "SEVERITY", "STEP", "PATH", "RUN", "MESSAGE", "VERDICT")
)
"""Variables that tell a command what was found; a lossdoc that it starts takes no notice."""

_INLINE = re.compile(r"[\w-]+(\.(\"[^\"]*\"|[\w-]+))*\s*=")


def is_inline(text: str) -> bool:
    """Whether a value of ``--config`` is ``key=value`` and not a file."""
    return bool(_INLINE.match(text))


def inline(text: str) -> tuple[str, Any]:
    """Return the dotted name and the value of ``key=value``.

    >>> inline('budgets."val_loss.best"={max=1.95}'), inline("rules.LD201.jitter=.05")
    (('budgets.val_loss.best', {'max': 1.95}), ('rules.LD201.jitter', '.05'))
    """
    name, _, value = text.partition("=")
    return name.strip().replace('"', ""), literal(value)


def discover(start: Path) -> Path | None:
    """Find the nearest settings file, upwards to the root of the repository.

    ``lossdoc.toml`` goes before a ``pyproject.toml`` with a ``[tool.lossdoc]`` table.
    """
    for folder in (start, *start.parents):
        if (folder / FILE).is_file():
            return folder / FILE
        project = folder / PROJECT
        if project.is_file() and "[tool.lossdoc" in project.read_text("utf-8", errors="replace"):
            return project
        if (folder / ".git").exists():
            return None
    return None


def read(path: Path) -> dict[str, Any]:
    """Return the table of a settings file.

    Raises
    ------
    UsageError
        It cannot be read, or is no TOML; the message says where.
    """
    import tomllib

    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror or type(error).__name__}") from error
    except (ValueError, RecursionError) as error:  # no TOML, no UTF-8, a number that is too long
        raise UsageError(f"{path} is no valid TOML: {error}") from error
    if path.name != PROJECT:
        return data
    found = data.get("tool", {}).get("lossdoc", {})
    return found if isinstance(found, dict) else {"tool.lossdoc": found}


def flat(data: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Return the settings of a file by dotted names.

    Raises
    ------
    UsageError
        A table is needed where there is none.
    """
    found: dict[str, Any] = {}
    for name, value in data.items():
        if name not in TABLES:
            found[name.replace("_", "-")] = value
            continue
        entries = _entries(value, name, where)
        if name != "rules":
            found |= {f"{name}.{key}": item for key, item in entries.items()}
            continue
        for code, options in entries.items():
            inner = _entries(options, f"rules.{code}", where)
            found |= {f"rules.{code}.{key}": item for key, item in inner.items()}
    return found


def _entries(value: Any, name: str, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise UsageError(f"{where}: {name}: a table is needed", hint=f"[{name}]")
    return value


def from_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Settings given by ``LOSSDOC_*`` variables.

    Raises
    ------
    UsageError
        A variable names no setting.
    """
    found = {}
    for variable, text in sorted(environment.items()):
        if not variable.startswith(VARIABLE) or variable in {f"{VARIABLE}CONFIG", *REPORTED}:
            continue
        name = variable.removeprefix(VARIABLE).lower().replace("_", "-")
        if name not in KEYS:
            names = [variable_of(key) for key in KEYS]
            raise UsageError(f"{variable} is no setting of lossdoc{near(variable, names)}")
        found[name] = text
    return found


def variable_of(name: str) -> str:
    """Return the variable that sets a plain setting."""
    return VARIABLE + name.upper().replace("-", "_")


def literal(text: str) -> Any:
    """Read a value as TOML has it, or else as a plain word."""
    import tomllib

    text = text.strip()
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def shown(path: Path) -> str:
    """Path as it is told: relative where it lies below the working directory."""
    try:
        return path.resolve().relative_to(Path.cwd()).as_posix()
    except ValueError:
        return str(path)
