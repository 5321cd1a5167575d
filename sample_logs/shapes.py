"""Write rows of a training run as the tools do whose logs lossdoc reads.

A row is a dict of numbers: ``step``, ``epoch``, ``loss``, ``lr``, ``accuracy``, ``grad_norm``, and
``val_loss`` and ``val_accuracy`` where the network was evaluated. ``names`` maps the log's own names
to these keys.
"""

from __future__ import annotations

import itertools
import json
import math
from typing import TYPE_CHECKING

import numpy as np
from tensorboardX.proto.event_pb2 import Event
from tensorboardX.proto.summary_pb2 import Summary
from tensorboardX.record_writer import RecordWriter

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    Row = dict[str, float]
    Names = Mapping[str, str]


def shown(row: Row, names: Names) -> dict[str, str]:
    """Cells of a row; nothing where nothing was measured."""
    return {name: f"{row[key]:.6g}" for name, key in names.items() if key in row}


def table(rows: Iterable[Row], names: Names, comma: str = ",", point: str = ".") -> str:
    """CSV with a header."""
    cells = [shown(row, names) for row in rows]
    lines = [[row.get(name, "").replace(".", point) for name in names] for row in cells]
    return "".join(comma.join(line) + "\n" for line in [list(names), *lines])


def record(row: Row, names: Names) -> Row:
    """One JSON object; NaN stays NaN."""
    return {
        name: json.loads(text.replace("nan", "NaN").replace("inf", "Infinity"))
        for name, text in shown(row, names).items()
    }


def json_lines(rows: Iterable[Row], names: Names) -> str:
    """One object per line."""
    return "".join(json.dumps(record(row, names)) + "\n" for row in rows)


def hugging_face(rows: Iterable[Row]) -> str:
    """Trainer state: steps and evaluations are records of their own, a summary comes last."""
    train = {"epoch": "epoch", "grad_norm": "grad_norm", "learning_rate": "lr", "loss": "loss"}
    evaluation = {"epoch": "epoch", "eval_accuracy": "val_accuracy", "eval_loss": "val_loss"}
    history, losses = [], []
    for row in itertools.islice(rows, 1, None):
        history.append(record(row, train | {"step": "step"}))
        losses.append(row["loss"])
        if row["step"] % 100 == 0:
            history.append(record(row, evaluation | {"step": "step"}))
    last = {"epoch": history[-1]["epoch"], "step": history[-1]["step"]}
    history.append(last | {"train_loss": float(np.mean(losses))})
    state = {"epoch": last["epoch"], "global_step": last["step"], "log_history": history}
    return json.dumps(state, indent=1) + "\n"


def lightning(steps: Iterable[Row]) -> str:
    """CSVLogger of PyTorch Lightning: rate, training and validation stand on rows of their own.

    Steps count from 0; an epoch is evaluated after its last step.
    """
    rows: list[Row] = []
    for row in steps:
        step, epoch = row["step"] - 1, math.ceil(row["epoch"]) - 1
        if row["step"] % 10 == 0:
            rows.append({"lr": row["lr"], "step": step})
            rows.append({"epoch": epoch, "step": step, "loss": row["loss"]})
        if "val_loss" in row and row["epoch"] == epoch + 1:
            rows.append({"epoch": epoch, "step": step, "val_loss": row["val_loss"]})
    names = {"epoch": "epoch", "lr-Adam": "lr", "step": "step"}
    return table(rows, names | {"train_loss": "loss", "val_loss": "val_loss"})


def nano_gpt(rows: Iterable[Row]) -> str:
    """Text that a short training script prints."""
    lines = []
    for row in rows:
        if row["step"] % 100 == 0:
            lines.append(
                "step {step}: train loss {loss:.4f}, val loss {val_loss:.4f}".format(**row)
            )
        lines.append("iter {step}: loss {loss:.4f}, lr {lr:.2e}".format(**row))
    return "\n".join(lines) + "\n"


def megatron(rows: Iterable[Row]) -> str:
    """Text that a Megatron job prints."""
    train = (
        " iteration {step:8d}/    1000 | learning rate: {lr:.3E} | lm loss: {loss:.6E} |"
        " grad norm: {grad_norm:.3f} | number of nan iterations:   0 |"
    )
    evaluation = " validation loss at iteration {step} | lm loss value: {val_loss:.6E} |"
    lines = []
    for row in rows:
        lines.append(train.format(**row))
        if row["step"] % 100 == 0:
            lines.append(evaluation.format(**row))
    return "\n".join(lines) + "\n"


def wandb_panel(runs: Mapping[str, Iterable[Row]]) -> str:
    """Export of a panel: a column and its range per run, all quoted, no newline at the end."""
    names = [f"{run} - train/loss{end}" for run in runs for end in ("", "__MIN", "__MAX")]
    lines = [["Step", *names]]
    for rows in itertools.zip_longest(*runs.values()):
        step = next(row["step"] for row in rows if row)
        cells = [f"{row['loss']:.6g}" if row else "" for row in rows for _ in range(3)]
        lines.append([str(step), *cells])
    return "\n".join(",".join(f'"{cell}"' for cell in line) for line in lines)


def tensorboard(rows: Iterable[Row], folder: Path) -> None:
    """Event file like a SummaryWriter's, but with a fixed name and fixed times."""
    folder.mkdir(exist_ok=True)
    start = 1_700_000_000.0
    tags = {"Loss/train": "loss", "Loss/val": "val_loss", "lr": "lr"}
    events = [Event(wall_time=start, file_version="brain.Event:2")]
    for row in rows:
        values = [
            Summary.Value(tag=t, simple_value=row[key]) for t, key in tags.items() if key in row
        ]
        when = start + row["step"] / 10
        events.append(Event(wall_time=when, step=row["step"], summary=Summary(value=values)))
    writer = RecordWriter(str(folder / f"events.out.tfevents.{start:.0f}.sample.0"))
    for event in events:
        writer.write(event.SerializeToString())
    writer.close()


def prices(days: int) -> str:
    """Daily prices: a table of numbers that is no training log."""
    close = 100 + np.random.default_rng(0).normal(size=days + 1).cumsum()
    rows = [{"day": i, "open": a, "close": b} for i, (a, b) in enumerate(itertools.pairwise(close))]
    return table(rows, {"day": "day", "open": "open", "close": "close"})
