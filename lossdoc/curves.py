"""Seeded synthetic runs: the examples of the rules, the property tests, the figures of the docs.

They show what a rule means by its words. Whether rules are right about real training is measured
on real logs, not here.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from lossdoc.model import Channel, Run, Series

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import ArrayLike

    from lossdoc.model import Floats

    Make = Callable[[int], Run]

_ROLES = {
    "train_loss": Channel.TRAIN_LOSS,
    "val_loss": Channel.VAL_LOSS,
    "lr": Channel.LEARNING_RATE,
    "grad_norm": Channel.GRAD_NORM,
    "grad_norm_first": Channel.LAYER_GRAD_NORM,
    "grad_norm_last": Channel.LAYER_GRAD_NORM,
    "clip_coef": Channel.CLIP_COEF,
    "dead_frac": Channel.DEAD_SHARE,
    "loss_scale": Channel.LOSS_SCALE,
    "train_acc": Channel.TRAIN_ACCURACY,
    "val_acc": Channel.VAL_ACCURACY,
    "epoch": Channel.EPOCH,
}


def build(
    columns: Mapping[str, ArrayLike],
    *,
    steps: ArrayLike | None = None,
    every: int = 1,
    axis: str = "step",
    restarts: tuple[int, ...] = (),
    context: dict[str, float | str] | None = None,
) -> Run:
    """Make a run of named columns.

    Parameters
    ----------
    columns
        Named as the keys of `_ROLES`.
    steps
        Steps of every column; 1..n by default.
    every
        ``val_loss`` and ``val_acc`` keep every ``every``-th value.
    """
    length = max(len(np.atleast_1d(np.asarray(c))) for c in columns.values())
    grid = np.arange(1, length + 1) if steps is None else np.asarray(steps)
    series = []
    for name, data in columns.items():
        values = np.asarray(data, dtype=np.float64)
        pick = np.arange(len(values))
        if name.startswith("val") and every > 1:
            pick = pick[every - 1 :: every]
        series.append(
            Series(
                channel=_ROLES[name],
                name=name,
                steps=grid[pick].astype(np.float64),
                values=values[pick],
                rows=(pick + 2).astype(np.int64),
                higher_is_better=True if name.endswith("acc") else None,
            )
        )
    return Run(
        path="synthetic",
        format="synthetic",
        series=tuple(series),
        axis=axis,
        restarts=restarts,
        context=MappingProxyType(dict(context or {})),
    )


def learning(n: int, start: float, floor: float, time: float = 0.15) -> Floats:
    """Expected loss of a run that learns: a power law with time constant ``time`` of the run."""
    t = np.arange(n) / n
    return np.asarray(floor + (start - floor) * (1.0 + t / time) ** -1.5)


def cosine(n: int, peak: float = 1e-3, warm_up: float = 0.05) -> Floats:
    """Learning rate with linear warm-up and cosine decay to 0."""
    t = (np.arange(n) + 1) / n
    decay = 0.5 * (1 + np.cos(np.pi * np.clip((t - warm_up) / (1 - warm_up), 0, 1)))
    return np.asarray(peak * np.where(t < warm_up, t / warm_up, decay))


def noisy(rng: np.random.Generator, level: Floats, noise: float) -> Floats:
    """Multiply by log-normal noise of relative size ``noise``."""
    return np.asarray(level * np.exp(noise * rng.standard_normal(len(level)) - noise**2 / 2))


def healthy(
    n: int = 400,
    *,
    noise: float = 0.05,
    floor: float = 0.3,
    start: float = 2.5,
    scale: float = 1.0,
    rate: str = "cosine",
    every: int = 20,
) -> Make:
    """Return a maker of runs that learn, validate alike and stay."""

    def make(seed: int) -> Run:
        rng = np.random.default_rng(seed)
        level = learning(n, start, floor)
        lr = cosine(n) if rate == "cosine" else np.full(n, 1e-3)
        columns: dict[str, ArrayLike] = {
            "train_loss": scale * noisy(rng, level, noise),
            "val_loss": scale * noisy(rng, 1.08 * level, 0.005),
            "lr": lr,
            "grad_norm": noisy(rng, 0.5 + 0.5 * level, 0.25),
        }
        return build(columns, every=every)

    return make


def epochs(n: int = 30, *, noise: float = 0.01, val_noise: float = 0.02, gap: float = 1.1) -> Make:
    """Return a maker of healthy runs logged once an epoch."""

    def make(seed: int) -> Run:
        rng = np.random.default_rng(seed)
        level = learning(n, 2.0, 0.4)
        return build(
            {
                "train_loss": noisy(rng, level, noise),
                "val_loss": noisy(rng, gap * level, val_noise),
            },
            axis="epoch",
        )

    return make


def altered(base: Make, change: Callable[[dict[str, Floats], np.random.Generator], Any]) -> Make:
    """Return a maker of ``base`` runs whose columns are changed in place by ``change``."""

    def make(seed: int) -> Run:
        run = base(seed)
        columns = {s.name: s.values.copy() for s in run.series}
        change(columns, np.random.default_rng(seed + 7919))
        series = tuple(
            Series(s.channel, s.name, s.steps, columns[s.name], s.rows, s.higher_is_better)
            for s in run.series
        )
        return Run(run.path, run.format, series, axis=run.axis, context=run.context)

    return make


def without(base: Make, *names: str) -> Make:
    """Return a maker of ``base`` runs without some columns."""

    def make(seed: int) -> Run:
        run = base(seed)
        kept = tuple(s for s in run.series if s.name not in names)
        return Run(run.path, run.format, kept, axis=run.axis, context=run.context)

    return make


def table(
    n: int, fill: Callable[[np.random.Generator, Floats], Mapping[str, ArrayLike]], **kw: Any
) -> Make:
    """Return a maker of runs whose columns ``fill`` computes from a generator and t in [0, 1)."""

    def make(seed: int) -> Run:
        rng = np.random.default_rng(seed)
        return build(fill(rng, np.arange(n) / n), **kw)

    return make


# ---- what goes wrong with a healthy run of 400 steps, for `altered`


def blow_up(columns: dict[str, Floats], rng: np.random.Generator) -> None:
    """Jump at step 241, and sit at chance from then on."""
    columns["train_loss"][240:] = 2.3 * np.exp(0.05 * rng.standard_normal(160))
    columns["train_loss"][240:244] = [8.0, 40.0, 90.0, 12.0]
    columns["val_loss"][12:] = 2.31


def climb(columns: dict[str, Floats], rng: np.random.Generator) -> None:
    """Grow fortyfold from step 251 on."""
    grown = np.geomspace(1.0, 40.0, 150) * np.exp(0.05 * rng.standard_normal(150))
    columns["train_loss"][250:] = columns["train_loss"][249] * grown
    columns["val_loss"][12:] = columns["val_loss"][12:] * 10


def collapse(columns: dict[str, Floats], rng: np.random.Generator) -> None:
    """Go back to the start from step 221 on, without a jump."""
    back = np.concatenate((np.linspace(0.5, 2.3, 30), np.full(150, 2.3)))
    columns["train_loss"][220:] = back * np.exp(0.03 * rng.standard_normal(180))
    columns["val_loss"][12:] = 2.31


def spike(columns: dict[str, Floats], _: np.random.Generator) -> None:
    """Jump at step 251 and recover at once."""
    columns["train_loss"][250] *= 30.0


def hump(columns: dict[str, Floats], _: np.random.Generator) -> None:
    """Rise a little in the first steps."""
    columns["train_loss"][3:15] *= 1.4
