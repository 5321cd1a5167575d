"""Make the sample logs: train small networks with numpy and write what they log.

    python sample_logs/make.py            # rewrites the logs beside this file
    python sample_logs/make.py FOLDER     # writes them to another folder

Every curve comes from a real optimisation of generated data with a fixed seed; `RECIPES` says what
goes wrong in each. What a run remembers is kept as float32 while everything is computed in float64:
the last bits, in which processors differ, are rounded away at every step, so that even a run that
blows up comes out the same everywhere.
"""

from __future__ import annotations

import itertools
import math
import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import shapes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Row = dict[str, float]

CLASSES, DIMENSIONS, VALIDATION = 10, 20, 1000


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """A training run: the task, the network, the optimiser, what goes wrong."""

    lr: Callable[[int], float]
    steps: int = 1000
    seed: int = 0
    samples: int = 20_000
    spread: float = 1.2  # standard deviation of a blob; that of the centres is 1
    regression: bool = False  # squared error instead of cross-entropy
    hidden: tuple[int, ...] = (64, 64)
    bias: float = 0.0  # of hidden ReLUs at the start; far below zero they are dead
    batch: int = 64
    momentum: float = 0.9
    adam: bool = False
    evaluate_every: int = 20
    shuffled_labels: tuple[int, ...] = ()  # steps whose batch has the wrong labels
    raw_inputs: tuple[int, ...] = ()  # steps whose batch was not normalised


def constant(step: int, *, peak: float, warmup: int = 1) -> float:
    """Linear warm-up, then the peak."""
    return peak * min(1.0, (step + 1) / warmup)


def cosine(step: int, *, peak: float, warmup: int = 50, steps: int = 1000) -> float:
    """Linear warm-up, then half a cosine to zero."""
    part = max(0, step - warmup) / (steps - warmup)
    return constant(step, peak=peak, warmup=warmup) * 0.5 * (1 + math.cos(math.pi * part))


def cut(step: int, *, peak: float, at: int, factor: float) -> float:
    """Step decay, once."""
    return peak * (factor if step >= at else 1.0)


ADAM = partial(Recipe, adam=True, lr=partial(cosine, peak=3e-3))
RECIPES = {
    "healthy": ADAM(),
    # Rates that five layers do not stand, for a thousand steps or from the warm-up on.
    "divergence": Recipe(
        hidden=(64,) * 5, steps=2000, lr=partial(constant, peak=0.16, warmup=200)
    ),
    "collapse": Recipe(hidden=(64,) * 5, lr=partial(constant, peak=0.25, warmup=300)),
    # Squared error, and a rate beyond the edge of stability: the weights overflow.
    "nan": Recipe(
        regression=True, steps=400, lr=partial(constant, peak=0.6, warmup=500)
    ),
    # Softmax regression by full-batch gradient descent, rate too high.
    "oscillation": Recipe(
        hidden=(), batch=2000, samples=2000, momentum=0, steps=150, evaluate_every=1,
        lr=partial(constant, peak=10.5),
    ),
    "loss_spike": ADAM(shuffled_labels=tuple(range(500, 506))),
    "gradient_spike": ADAM(raw_inputs=(330, 560, 790)),
    "no_learning": ADAM(bias=-30.0, lr=partial(constant, peak=1e-3)),
    "too_slow": ADAM(lr=partial(constant, peak=3e-5)),
    "early_decay": Recipe(lr=partial(cut, peak=0.02, at=60, factor=0.002)),
    # 640 noisy samples and no regularisation.
    "overfitting": ADAM(
        samples=640, spread=1.5, hidden=(128, 128), batch=32, steps=2000,
        lr=partial(constant, peak=1e-3),
    ),
    # One hidden unit for ten classes.
    "underfitting": ADAM(
        hidden=(1,), samples=3200, steps=3000, evaluate_every=50, lr=partial(constant, peak=0.01)
    ),
}  # fmt: skip


def make_data(recipe: Recipe, rng: np.random.Generator) -> tuple[Array, Array]:
    """Twenty Gaussian blobs, two per class, in directions of decreasing weight."""
    centres = rng.normal(size=(2 * CLASSES, DIMENSIONS))
    blob = rng.integers(2 * CLASSES, size=recipe.samples + VALIDATION)
    x = centres[blob] + recipe.spread * rng.normal(size=(len(blob), DIMENSIONS))
    x *= 2 / np.sqrt(np.arange(1, DIMENSIONS + 1))
    if not recipe.regression:
        return x, (blob % CLASSES).astype(np.float64)
    return x, np.tanh(x @ rng.normal(size=DIMENSIONS) / 3) + 0.1 * rng.normal(size=len(x))


def make_weights(recipe: Recipe, rng: np.random.Generator) -> list[Array]:
    """Weights and biases by turns, after He; a small last layer makes the loss start at chance."""
    widths = (DIMENSIONS, *recipe.hidden, 1 if recipe.regression else CLASSES)
    weights: list[Array] = []
    for layer, (fan_in, fan_out) in enumerate(itertools.pairwise(widths), start=1):
        last = layer == len(widths) - 1
        scale = math.sqrt(2 / fan_in) * (0.35 if last else 1.0)
        weights.append(scale * rng.normal(size=(fan_in, fan_out)))
        weights.append(np.full(fan_out, 0.0 if last else recipe.bias))
    return weights


def forward(weights: list[Array], x: Array, y: Array) -> tuple[float, float, list[Array]]:
    """Loss, accuracy (NaN for a regression) and the gradient of every weight."""
    layers = list(zip(weights[::2], weights[1::2], strict=True))
    inputs = [x]
    for w, b in layers[:-1]:
        inputs.append(np.maximum(inputs[-1] @ w + b, 0))
    out = inputs[-1] @ weights[-2] + weights[-1]
    if out.shape[1] == 1:
        error = out - y[:, None]
        loss, accuracy, back = (error**2).mean(), math.nan, 2 * error / len(y)
    else:
        label = y.astype(int)
        log_p = out - out.max(axis=1, keepdims=True)
        log_p -= np.log(np.exp(log_p).sum(axis=1, keepdims=True))
        loss, accuracy = -log_p[np.arange(len(y)), label].mean(), (out.argmax(1) == label).mean()
        back = (np.exp(log_p) - np.eye(out.shape[1])[label]) / len(y)
    gradient: list[Array] = []
    for (w, _), seen in zip(reversed(layers), reversed(inputs), strict=True):
        gradient += [back.sum(axis=0), seen.T @ back]
        back = (back @ w.T) * (seen > 0)
    return float(loss), float(accuracy), gradient[::-1]


Batch = tuple[np.ndarray, np.ndarray]


def batches(recipe: Recipe, x: Array, y: Array, rng: np.random.Generator) -> Iterator[Batch]:
    """Shuffled passes over the data; some batches are corrupt."""
    order = rng.permutation(recipe.samples)
    for step in range(recipe.steps):
        if len(order) < recipe.batch:
            order = rng.permutation(recipe.samples)
        pick, order = order[: recipe.batch], order[recipe.batch :]
        scale = 15.0 if step in recipe.raw_inputs else 1.0
        labels = y[rng.permutation(pick)] if step in recipe.shuffled_labels else y[pick]
        yield scale * x[pick], labels


def train(name: str) -> Iterator[Row]:
    """Run a recipe; one row per step, with val_loss and val_accuracy where they were evaluated."""
    recipe = RECIPES[name]
    rng = np.random.default_rng(recipe.seed)
    x, y = make_data(recipe, rng)
    held_out = x[recipe.samples :], y[recipe.samples :]
    weights = make_weights(recipe, rng)
    mean, square = ([np.zeros_like(w) for w in weights] for _ in range(2))
    for step, batch in enumerate(batches(recipe, x, y, rng)):
        loss, accuracy, gradient = forward(weights, *batch)
        lr = recipe.lr(step)
        row = {"step": step, "epoch": step * recipe.batch / recipe.samples, "loss": loss, "lr": lr}
        row |= {"accuracy": accuracy, "grad_norm": math.sqrt(sum((g**2).sum() for g in gradient))}
        if step % recipe.evaluate_every == 0 or step == recipe.steps - 1:
            row["val_loss"], row["val_accuracy"], _ = forward(weights, *held_out)
        yield row
        for i, g in enumerate(gradient):
            if recipe.adam:
                mean[i] = kept(0.9 * mean[i] + 0.1 * g)
                square[i] = kept(0.999 * square[i] + 0.001 * g**2)
                unbias = math.sqrt(1 - 0.999 ** (step + 1)) / (1 - 0.9 ** (step + 1))
                weights[i] = kept(weights[i] - lr * unbias * mean[i] / (np.sqrt(square[i]) + 1e-8))
            else:
                mean[i] = kept(recipe.momentum * mean[i] + g)
                weights[i] = kept(weights[i] - lr * mean[i])


def kept(values: Array) -> Array:
    """Round to float32 (see above)."""
    return values.astype(np.float32).astype(np.float64)


def logged(name: str, every: int, *, mean: bool = False) -> Iterator[Row]:
    """Rows of every n-th step, and of every evaluation; the loss is that step's or the mean."""
    losses: list[float] = []
    for row in train(name):
        losses.append(row["loss"])
        if row["step"] % every == 0 or "val_loss" in row:
            yield row | ({"loss": float(np.mean(losses))} if mean else {})
            losses = []


def make_all(folder: Path) -> None:
    """Train everything and write the logs into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    plain = {"step": "step", "train_loss": "loss", "val_loss": "val_loss", "lr": "lr"}
    plain |= {"grad_norm": "grad_norm"}
    keras = {"epoch": "epoch", "accuracy": "accuracy", "learning_rate": "lr", "loss": "loss"}
    keras |= {"val_accuracy": "val_accuracy", "val_loss": "val_loss"}
    healthy = list(logged("healthy", 5))
    panel = {"adam-0.003": logged("healthy", 10), "sgd-0.25": logged("collapse", 10)}
    bearpaw = {"Learning Rate": "lr", "Train Loss": "loss", "Valid Loss": "val_loss"}
    tuning = [row for row in logged("underfitting", 50, mean=True) if row["step"]]
    logs = {
        "healthy.csv": shapes.table(healthy, plain),
        "divergence.csv": shapes.table(logged("divergence", 5), plain),
        "collapse.tsv": shapes.table(logged("collapse", 20, mean=True), bearpaw, comma="\t"),
        "nan.jsonl": shapes.json_lines(logged("nan", 2), plain),
        "oscillation.csv": shapes.table(logged("oscillation", 1), keras),
        "loss_spike.csv": shapes.table(logged("loss_spike", 2), plain),
        "gradient_spike.jsonl": shapes.json_lines(logged("gradient_spike", 10, mean=True), plain),
        "no_learning.txt": shapes.nano_gpt(logged("no_learning", 10)),
        "too_slow.jsonl": shapes.json_lines(logged("too_slow", 5), plain),
        "early_decay.log": shapes.megatron(logged("early_decay", 5)),
        "overfitting.csv": shapes.lightning(train("overfitting")),
        "underfitting.csv": shapes.table(tuning, keras, comma=";", point=","),
        "trainer_state.json": shapes.hugging_face(logged("healthy", 10, mean=True)),
        "wandb_panel.csv": shapes.wandb_panel(panel),
        "too_short.csv": shapes.table(healthy[:3], plain),
        "not_a_log.csv": shapes.prices(120),
    }
    for name, text in logs.items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
    shapes.tensorboard(logged("healthy", 10), folder / "tensorboard")


if __name__ == "__main__":
    with np.errstate(over="ignore", invalid="ignore"):  # where a run blows up
        make_all(Path(sys.argv[1]) if sys.argv[1:] else Path(__file__).parent)
