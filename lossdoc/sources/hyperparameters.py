"""Hyper-parameters that stand beside the series of a log, by canonical name."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

from lossdoc.sources.base import parse_cell

if TYPE_CHECKING:
    from collections.abc import Iterable

_ALIASES = {
    "learning_rate": "learningrate lr baselr initiallr initlr peaklr optlearningrate",
    "batch_size": "batchsize trainbatchsize perdevicetrainbatchsize",
    "optimizer": "optimizer optim optimizername optimmethod optname",
    "weight_decay": "weightdecay wd",
    "momentum": "momentum",
    "clip_grad_norm": "clipgradnorm maxgradnorm gradclip gradientclipval gradclipnorm clipnorm",
    "warmup_steps": "warmupsteps numwarmupsteps warmupiters",
    "total_steps": "totalsteps maxsteps numtrainingsteps maxiters maxiter totaliters",
    "epochs": "epochs numepochs nepochs maxepochs maxepoch totalepochs numtrainepochs",
    "global_step": "globalstep",
}
_PRECISIONS = {
    "float16": "fp16 float16 half 16 16mixed 16true ampfp16 torchfloat16",
    "bfloat16": "bf16 bfloat16 bf16mixed bf16true ampbf16 torchbfloat16",
    "float32": "fp32 float32 32 32true no torchfloat32",
}
_NUMBER_FORMATS = {w: name for name, words in _PRECISIONS.items() for w in words.split()}
_OF_PRECISION = frozenset({"precision", "mixedprecision", "dtype", "torchdtype", "ampdtype"})
_FLAGS = {"fp16": "float16", "usefp16": "float16", "bf16": "bfloat16", "usebf16": "bfloat16"}
_CANONICAL = {alias: name for name, words in _ALIASES.items() for alias in words.split()}
_UNLIMITED = 1e15
"""Larger numbers say "without limit": Hugging Face writes sys.maxsize for the epochs."""
_MAY_BE_ZERO = frozenset({"weight_decay", "momentum"})

_WORDS_ASIDE = (
    "seed id uuid path paths dir directory folder file files save saved log logs logging logger run exp "
    "experiment job host port user time date timestamp device devices resume checkpoint ckpt project "
    "entity tag tags note notes url worker workers verbose debug progress metric best"
)
_ASIDE = frozenset(_WORDS_ASIDE.split())
"""Words of what differs between runs of one configuration, and trains nothing."""
_SECRET = frozenset(
    [
        "key",
        "keys",
        "apikey",
        "token",
        "tokens",
        "password",
        "passwd",
        "secret",
        "secrets",
        "credential",
        "credentials",
        "auth",
        "bearer",
    ]
)
"""Words of texts that no report may hold, since reports are sent round."""

_MOST, _LONGEST = 500, 80

CHANGING = frozenset({"learning_rate", "momentum", "global_step"})
"""Those that are also logged step by step."""


def canonical(path: str) -> str | None:
    """Canonical name of a hyper-parameter, by the last part of its path; None for other things.

    >>> canonical("config/batchSize"), canonical("train/loss")
    ('batch_size', None)
    """
    return _CANONICAL.get(re.sub(r"[^a-z]", "", path.rpartition("/")[2].lower()))


def collect(named: Iterable[tuple[str, Any]]) -> dict[str, float | str]:
    """Hyper-parameters among named values; the first of a name wins.

    A value that means "not set" (``max_steps: -1``) is none.

    >>> collect([("config/lr", 0.1), ("optim", "AdamW"), ("seed", 3), ("max_steps", -1)])
    {'learning_rate': 0.1, 'optimizer': 'AdamW'}
    """
    found: dict[str, float | str] = {}
    for path, value in named:
        name = canonical(path)
        setting = None if name is None else _setting(name, value)
        if name is not None and setting is not None:
            found.setdefault(name, setting)
        elif name is None and (precision := _precision(path, value)) is not None:
            found.setdefault("precision", precision)
    return found


def others(named: Iterable[tuple[str, Any]]) -> dict[str, float | str]:
    """Settings among named values that have no canonical name, by their own; the first wins.

    What differs between runs of one configuration (seeds, folders, dates) is left out, and so are
    texts that may be secret.

    >>> others([("model/depth", "12"), ("lr", 0.1), ("output_dir", "/tmp"), ("amp", True)])
    {'model/depth': 12.0, 'amp': 'true'}
    """
    found: dict[str, float | str] = {}
    for path, value in named:
        if len(found) == _MOST:
            break
        words = set(re.findall(r"[a-z]+", re.sub(r"([a-z])([A-Z])", r"\1 \2", path).lower()))
        if words & _ASIDE or canonical(path) or _precision(path, value) or len(path) > _LONGEST:
            continue
        plain = _plain(value)
        if plain is not None and not (isinstance(plain, str) and words & _SECRET):
            found.setdefault(path.strip("/"), plain)
    return found


def _plain(value: Any) -> float | str | None:
    """Return a number or a short text; None for anything else, and for what is not a number."""
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, str | float | int):
        return None
    text = str(value).strip()
    number = parse_cell(text)
    if number is not None:
        return float(number) if math.isfinite(number) else None
    return text if 0 < len(text) <= _LONGEST else None


def _precision(path: str, value: Any) -> str | None:
    """Number format that a setting names: ``mixed_precision: fp16``, ``bf16: true``.

    Precision is a measure of quality, too: only values that name a format are taken.
    """
    key = re.sub(r"[^a-z0-9]", "", path.rpartition("/")[2].lower())
    word = re.sub(r"[^a-z0-9]", "", str(value).lower())
    if key in _FLAGS:
        return _FLAGS[key] if word == "true" else None
    return _NUMBER_FORMATS.get(word) if key in _OF_PRECISION else None


def _setting(name: str, value: Any) -> float | str | None:
    if isinstance(value, bool) or not isinstance(value, str | float | int):
        return None
    number = parse_cell(str(value))
    if name == "optimizer":
        return value if isinstance(value, str) and value and number is None else None
    if number is None or not 0 <= number < _UNLIMITED:
        return None
    return number if number or name in _MAY_BE_ZERO else None
