"""Names of runs: which ones differ by a counter alone, and how to call each of several briefly."""

from __future__ import annotations

import re
from itertools import takewhile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_SETTINGS = (
    "lr|wd|bs|batch|width|depth|dim|hidden|layers?|heads?|rank|dropout|drop|momentum|beta|eps|"
    "temp|warmup|steps|epochs|size|len|noise|scale|gain|alpha|gamma|lambda|rho|tau"
)
"""Words before a number that make it a setting: another configuration, not a repetition."""

_COUNTER = re.compile(
    rf"(?P<setting>(?<![a-z])(?:{_SETTINGS})[-_=]?\d+(?:\.\d+)?(?:e[-+]?\d+)?)"
    r"|(?<=run-)\d{8}_\d{6}-\w{8}"  # Weights & Biases
    r"|(?<![0-9a-z])(?=[a-f]*\d)(?=\d*[a-f])[0-9a-f]{7,40}(?![0-9a-z])"  # a hash
    r"|\d+",
    re.IGNORECASE,
)


def pattern(name: str) -> str:
    """Name with every counter, date and hash replaced by ``#``; numbers of settings stay.

    >>> pattern("runs/seed-3/log.csv"), pattern("lr0.01_s12"), pattern("run-20240105_093011-k3j2h1a9")
    ('runs/seed-#/log.csv', 'lr0.01_s#', 'run-#')
    """
    return _COUNTER.sub(lambda found: found["setting"] or "#", name)


def shared_pattern(names: Sequence[str]) -> str:
    """Names of one pattern as one, with ``#`` where they differ.

    >>> shared_pattern(["fp16/seed-0.csv", "fp16/seed-1.csv"])
    'fp16/seed-#.csv'
    """
    counters = [[found[0] for found in _COUNTER.finditer(name)] for name in names]
    alike = [len(set(column)) == 1 for column in zip(*counters, strict=True)]
    kept = iter(zip(counters[0], alike, strict=True))

    def told(_: re.Match[str]) -> str:
        text, same = next(kept)
        return text if same else "#"

    return _COUNTER.sub(told, names[0])


def labels(names: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    """What tells several runs apart, as short as it can be.

    Parameters
    ----------
    names
        Path and own name of each run; the latter is empty where a file holds one.

    Returns
    -------
    tuple of str
        One for each run, e.g. ``seed-3`` of ``runs/seed-3/log.csv``; the whole name where the
        names are not built alike.

    Examples
    --------
    >>> labels([("runs/seed-3/log.csv", ""), ("runs/seed-4/log.csv", "")])
    ('seed-3', 'seed-4')
    >>> labels([("gpt-s3.jsonl", ""), ("gpt-s4.jsonl", "")])
    ('s3', 's4')
    """
    parts = [
        (*path.replace("\\", "/").split("/"), *([name] if name else [])) for path, name in names
    ]
    if len({len(p) for p in parts}) > 1:
        return tuple("/".join(p) for p in parts)
    kept = [i for i in range(len(parts[0])) if len({p[i] for p in parts}) > 1]
    short = ["/".join(p[i] for i in kept) for p in parts]
    endings = {text[text.rfind(".") :] if "." in text[1:] else "" for text in short}
    ending = endings.pop() if len(endings) == 1 else ""
    bare = [text.removesuffix(ending) for text in short]
    start = _beginning(bare)
    return tuple(text[start:] for text in bare) if all(bare) else tuple(short)


def _beginning(texts: Sequence[str]) -> int:
    """Where texts begin to differ: at a word, so that ``seed-3`` does not become ``3``."""
    alike = sum(
        1 for _ in takewhile(lambda letters: len(set(letters)) == 1, zip(*texts, strict=False))
    )
    cuts = [found.end() for found in re.finditer(r"[-_. /]", texts[0][:alike])]
    return max((cut for cut in cuts if all(t[cut : cut + 1].isalpha() for t in texts)), default=0)
