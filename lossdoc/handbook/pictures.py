"""A picture of every rule: its example on which it fires, beside one on which it stays silent.

Drawn as small SVG of our own, in colours that can be seen on light and on dark pages. Points are
few and whole numbers, so that a picture has a few kilobytes and its changes can be read.
"""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, NamedTuple
from xml.sax.saxutils import escape

import numpy as np

from lossdoc.model import Channel, Confidence
from lossdoc.report.figure_points import thinned
from lossdoc.report.phrases import position
from lossdoc.report.plot import clipped, log_helps, scaled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lossdoc.model import Finding, Floats, Run, Series
    from lossdoc.rules.base import Example, Rule

WIDTH, HEIGHT = 640, 200
"""Size of a picture; coordinates are half pixels."""

_MOST_POINTS = 180
_PIXEL = 2
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_LOSSES = (Channel.TRAIN_LOSS, Channel.VAL_LOSS)
_COLOURS = {Channel.TRAIN_LOSS: "#2f7fc1", Channel.VAL_LOSS: "#d5691e"}
_OTHERS = ("#0f9d76", "#b565a7")
"""Of further channels, in the order of the log."""

_STYLE = (
    "path{fill:none;stroke-width:2.5;stroke-linejoin:round}text{font:21px sans-serif;fill:#808080}"
    ".b{font-weight:bold}.e{text-anchor:end}.m{text-anchor:middle}.g{stroke:#808080;stroke-width:1}"
    ".o{stroke:#d43d51;stroke-width:2;stroke-dasharray:7 5}.n{fill:#d43d51;fill-opacity:.15}"
)


class _Box(NamedTuple):
    """Place of a set of curves, in half pixels."""

    left: int
    top: int
    right: int
    bottom: int


class _Steps(NamedTuple):
    """Steps that a panel spans."""

    first: float
    last: float

    def place(self, at: Floats, box: _Box) -> Floats:
        """Horizontal places of steps."""
        length = self.last - self.first
        share = (at - self.first) / length if length else np.full(len(at), 0.5)
        return np.asarray(box.left + share * (box.right - box.left))


def picture(rule: Rule) -> str:
    """SVG of a rule; empty for one without examples."""
    sick = [e for e in rule.examples if e.fires]
    sound = [e for e in rule.examples if not e.fires]
    if not (sick and sound):
        return ""
    # Rules list plain healthy runs first and what comes closest to the fault last.
    panels = _panel(rule, sick[0], 0) + _panel(rule, sound[-1], WIDTH)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" '
        f'viewBox="0 0 {2 * WIDTH} {2 * HEIGHT}"><style>{_STYLE}</style>\n{panels}</svg>\n'
    )


def alike(one: str, other: str) -> bool:
    """Whether two pictures show the same, but for a pixel: processors round differently."""
    if _NUMBER.sub("", one) != _NUMBER.sub("", other):
        return False
    pairs = zip(_NUMBER.findall(one), _NUMBER.findall(other), strict=True)
    return all(abs(float(a) - float(b)) <= _PIXEL for a, b in pairs)


def _panel(rule: Rule, example: Example, left: int) -> str:
    """Half of a picture: one example, with its onset if there is one."""
    from lossdoc.engine import diagnose

    run = example.make(0)
    found = diagnose(run, rules=(rule,), min_confidence=Confidence.LOW).findings
    finding = found[0] if found else None
    title = f"{rule.code} {rule.name}" if finding else "stays silent"
    above, below = _shown(rule, run, finding)
    box = _Box(left + 118, 60, left + WIDTH - 20, 2 * HEIGHT - 50)
    split = box.bottom if not below else (box.top * 2 + box.bottom * 3) // 5
    steps = _Steps(*_ends([*above, *below]))
    parts = [f'<text class="b" x="{box.left}" y="28">{escape(title)}</text>\n']
    parts += _curves(above, steps, box._replace(bottom=split))
    if below:
        parts += _curves(below, steps, box._replace(top=split + 34))
    parts.append(f'<path class="g" d="M{box.left} {box.bottom + 6}H{box.right}"/>\n')
    parts += _caption(run, steps, finding, box)
    return "".join(parts)


def _shown(rule: Rule, run: Run, finding: Finding | None) -> tuple[list[Series], list[Series]]:
    """Series that are drawn: losses, and below them up to two others that the rule looks at."""
    losses = [s for s in run.series if s.channel in _LOSSES]
    needed = {c for c in rule.needs if c not in _LOSSES}
    if finding is not None:
        needed.add(finding.channel)
    others = [s for s in run.series if s.channel in needed and s.channel not in _LOSSES][:2]
    return (losses, others) if losses else (others, [])


def _ends(series: list[Series]) -> tuple[float, float]:
    return (
        min(float(s.steps.min()) for s in series),
        max(float(s.steps.max()) for s in series),
    )


def _curves(series: list[Series], steps: _Steps, box: _Box) -> Iterator[str]:
    """Curves with one scale, its ends, and their names."""
    together = np.concatenate([s.values for s in series])
    if not np.isfinite(together).any():
        return
    inside, (high, low) = clipped(together)
    level = scaled(inside, log_helps(together))
    yield f'<text class="e" x="{box.left - 10}" y="{box.top + 14}">{high}</text>'
    yield f'<text class="e" x="{box.left - 10}" y="{box.bottom}">{low}</text>\n'
    starts = np.cumsum([0, *(len(s.values) for s in series)])
    colours = itertools.cycle(_OTHERS)
    labels = []
    for s, (a, b) in zip(series, itertools.pairwise(starts), strict=True):
        colour = _COLOURS.get(s.channel) or next(colours)
        labels.append(f'<tspan fill="{colour}">{escape(s.name)}</tspan>')
        height = box.bottom - level[a:b] * (box.bottom - box.top)
        yield from _unfinite(steps.place(s.steps, box), s.values, box)
        yield f'<path stroke="{colour}" d="{_line(steps.place(s.steps, box), height)}"/>\n'
    unit = " (log)" if log_helps(together) else ""
    yield f'<text class="e" x="{box.right}" y="{box.top - 8}">{" ".join(labels)}{unit}</text>\n'


def _line(x: Floats, y: Floats) -> str:
    """Path through points, with gaps where they are not finite."""
    pieces = []
    for part in np.split(np.arange(len(y)), np.flatnonzero(np.diff(np.isfinite(y))) + 1):
        if not len(part) or not np.isfinite(y[part[0]]):
            continue
        most = max(2, _MOST_POINTS * len(part) // len(y))
        places = [np.rint(v).astype(int) for v in thinned(x[part], y[part], most)]
        pairs = [f"{a} {b}" for a, b in zip(*places, strict=True)]
        pieces.append("M" + " ".join(pairs if len(pairs) > 1 else pairs * 2))
    return "".join(pieces)


def _unfinite(x: Floats, values: Floats, box: _Box) -> Iterator[str]:
    """Bands where values are not finite."""
    bad = np.flatnonzero(~np.isfinite(values))
    for part in np.split(bad, np.flatnonzero(np.diff(bad) > 1) + 1) if len(bad) else ():
        start, end = round(x[part[0]]), round(x[part[-1]])
        yield (
            f'<rect class="n" x="{start - 2}" y="{box.top}" width="{end - start + 4}" '
            f'height="{box.bottom - box.top}"/>'
        )


def _caption(run: Run, steps: _Steps, finding: Finding | None, box: _Box) -> Iterator[str]:
    """Ends of the axis, and the onset."""
    y = box.bottom + 32
    yield f'<text x="{box.left}" y="{y}">{position(run.axis, steps.first)}</text>'
    yield f'<text class="e" x="{box.right}" y="{y}">{steps.last:g}</text>\n'
    if finding is None:
        return
    at = round(float(steps.place(np.array([finding.onset.step]), box)[0]))
    yield f'<path class="o" d="M{at} {box.top}V{box.bottom + 6}"/>'
    middle = min(max(at, box.left + 160), box.right - 110)
    yield f'<text class="m" x="{middle}" y="{y}">onset {finding.onset.step:g}</text>\n'
