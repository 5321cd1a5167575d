"""Settings of the trainer given as text: ``--set model.width=8``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from lossdoc.errors import UsageError
from lossdoc.trainer.expected import no_such

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lossdoc.trainer import TrainConfig


def overridden(config: TrainConfig, pairs: Iterable[str]) -> TrainConfig:
    """Return the settings of a run with some of them replaced, one after the other.

    Parameters
    ----------
    pairs
        ``name=VALUE``, names of nested settings with dots. A value is JSON (``0.1``, ``null``,
        ``[100, 200]``) or else a word. A new ``kind`` begins with the usual settings of that kind.

    Raises
    ------
    UsageError
        No equals sign, an unknown name, or a value that does not fit.
    """
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if not (equals and name):
            raise UsageError(f"--set {pair}: expected NAME=VALUE", hint="--set lr=0.1")
        if name.strip() == "seed":
            raise UsageError(f"--set {pair}: a run has its seed from --seed", hint=f"--seed {text}")
        data = config.to_dict()
        try:
            _put(data, name.strip().split("."), _value(text.strip()))
            config = type(config).from_dict(data)
        except UsageError as error:
            raise UsageError(f"--set {pair}: {error.message}", hint=error.hint) from error
    return config


def _put(data: dict[str, Any], path: list[str], value: Any) -> None:
    """Replace a value within nested settings."""
    for i, place in enumerate(path[:-1]):
        if place not in data:
            raise no_such(".".join(path[: i + 1]), data)
        if data[place] is None:
            data[place] = {}
        if not isinstance(data[place], dict):
            raise UsageError(f"{place} is {data[place]!r} and has no settings")
        data = data[place]
    if path[-1] == "kind":
        data.clear()
    data[path[-1]] = value


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
