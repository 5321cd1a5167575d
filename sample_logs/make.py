"""Make the sample logs: reproduce scenarios and write what they log as common tools would.

    python sample_logs/make.py            # rewrites the logs beside this file
    python sample_logs/make.py FOLDER     # writes them to another folder

Every curve comes from a real training of the reference trainer; `SAMPLES` says of which scenario
and seed. Another processor or another version of PyTorch sums in another order: the logs come out
the same within rounding, and what blows up or swings drifts apart from there.
"""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import shapes
import torch

from lossdoc.cli.app import run
from lossdoc.trainer import SCENARIOS, TrainConfig, run_batch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from lossdoc.trainer import RunLog

    Row = dict[str, float]

SEED, EVERY = 1000, 5

PLAIN = {"step": "step", "train_loss": "loss", "val_loss": "val_loss", "lr": "lr"}
PLAIN |= {"grad_norm": "grad_norm"}
KERAS = {"epoch": "epoch", "accuracy": "accuracy", "learning_rate": "lr", "loss": "loss"}
KERAS |= {"val_accuracy": "val_accuracy", "val_loss": "val_loss"}
BEARPAW = {"Learning Rate": "lr", "Train Loss": "loss", "Valid Loss": "val_loss"}

_NAMES = {"train_loss": "loss", "train_acc": "accuracy", "val_acc": "val_accuracy"}


@dataclass(frozen=True)
class Sample:
    """A log: the run that it tells of, and how it is written.

    Parameters
    ----------
    scenario
        Name of the run.
    shape
        Rows -> text.
    every, mean
        Steps between rows; whether the loss is the mean since the last row.
    settings
        What differs from the scenario.
    """

    scenario: str
    shape: Callable[[Iterator[Row]], str]
    every: int = 1
    mean: bool = False
    settings: Mapping[str, float] | None = None

    @property
    def config(self) -> TrainConfig:
        """Settings of the run."""
        (config,) = SCENARIOS[self.scenario].configs([SEED], device="cpu")
        return config.replace(**self.settings or {})


CSV = partial(shapes.table, names=PLAIN)
JSON_LINES = partial(shapes.json_lines, names=PLAIN)

SAMPLES = {
    "healthy.csv": Sample("healthy-digits-adam", CSV, every=5),
    "trainer_state.json": Sample("healthy-digits-adam", shapes.hugging_face, every=10, mean=True),
    "divergence.csv": Sample("divergence-sgd", CSV, every=2),
    "collapse.tsv": Sample(
        "divergence-adam", partial(shapes.table, names=BEARPAW, comma="\t"), every=5, mean=True
    ),
    "nan.jsonl": Sample("nan-blow-up", JSON_LINES),
    "oscillation.csv": Sample("oscillation-high-rate", partial(shapes.table, names=KERAS), every=2),
    "loss_spike.csv": Sample("loss-spike-recovered", CSV, every=2),
    "gradient_spike.jsonl": Sample("gradient-spike-bad-batch", JSON_LINES, every=2),
    "no_learning.txt": Sample("plateau-dead-relu", shapes.nano_gpt, every=10),
    "too_slow.jsonl": Sample("slow-convergence-adam", JSON_LINES, every=5),
    "early_decay.log": Sample("decay-too-early", shapes.megatron, every=5),
    "overfitting.csv": Sample(
        "overfitting-few-samples", shapes.lightning, settings={"eval_every": 3}
    ),
    "underfitting.csv": Sample(
        "underfitting-capacity",
        partial(shapes.table, names=KERAS, comma=";", point=","),
        every=20,
        mean=True,
    ),
}

REPRODUCED = {
    "healthy": "healthy-digits-wsd",
    "divergence": "divergence-cnn",
    "spikes": "loss-spike-lingering",
    "stuck": "vanishing-gradient",
    "generalisation": "overfitting-fine-tuning",
    "schedule": "schedule-wrap",
    "look_alikes": "grokking",
}
"""Family -> scenario that ``lossdoc reproduce`` itself writes, in each of its formats."""


def rows(log: RunLog, every: int, *, mean: bool) -> Iterator[Row]:
    """Rows of every n-th step and of every evaluation; the loss is that step's or the mean."""
    losses: list[float] = []
    for cells in log.rows():
        row = {_NAMES.get(name, name): v for name, v in cells.items() if v is not None}
        row["step"] = int(row["step"])
        losses.append(row["loss"])
        if row["step"] % every == 0 or "val_loss" in row:
            yield row | ({"loss": math.fsum(losses) / len(losses)} if mean else {})
            losses = []


def trained(names: Iterable[str]) -> dict[str, RunLog]:
    """Train the runs of some samples, each run once: name of the sample -> log of its run."""
    wanted = {name: SAMPLES[name].config for name in names}
    configs = list(dict.fromkeys(wanted.values()))
    logs = dict(zip(configs, run_batch(configs, device="cpu"), strict=True))
    return {name: logs[config] for name, config in wanted.items()}


def text(name: str, log: RunLog) -> str:
    """Write the log of a run in the shape of a sample."""
    sample = SAMPLES[name]
    return sample.shape(rows(log, sample.every, mean=sample.mean))


def make_all(folder: Path) -> None:
    """Train everything and write the logs into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    logs = trained(SAMPLES)
    texts = {name: text(name, log) for name, log in logs.items()}
    healthy, collapse = logs["healthy.csv"], logs["collapse.tsv"]
    panel = {
        name: (row for row in rows(log, 10, mean=False) if row["step"] % 10 == 0)
        for name, log in (("adam-0.001", healthy), ("adam-2", collapse))
    }
    texts["wandb_panel.csv"] = shapes.wandb_panel(panel)
    texts["too_short.csv"] = CSV(list(rows(healthy, 5, mean=False))[:3])
    texts["not_a_log.csv"] = shapes.prices(120)
    for name, content in texts.items():
        (folder / name).write_text(content, encoding="utf-8", newline="\n")
    shapes.tensorboard(rows(healthy, 10, mean=False), folder / "tensorboard")


def reproduce_all(folder: Path) -> None:
    """Let the command line write a log of each family, in each of its formats.

    Raises
    ------
    SystemExit
        A command failed.
    """
    for scenario in REPRODUCED.values():
        for end in ("csv", "jsonl", ""):
            name = f"{scenario}.{end}" if end else scenario
            command = [
                *("reproduce", scenario, "--seed", str(SEED), "--set", f"log_every={EVERY}"),
                *("--device", "cpu", "--force", "-o", str(folder / name)),
            ]
            command += [] if end else ["--format", "tensorboard"]
            if run(command):
                raise SystemExit(1)


if __name__ == "__main__":
    torch.set_num_threads(1)
    target = Path(sys.argv[1]) if sys.argv[1:] else Path(__file__).parent
    make_all(target)
    reproduce_all(target / "scenarios")
