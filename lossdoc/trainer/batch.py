"""Train many runs: group those of one shape, cut the groups into chunks, hand out their logs."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import torch

from lossdoc.errors import UsageError
from lossdoc.trainer.checkpoint import Record, Saver
from lossdoc.trainer.engine import MEASURES, Training, places
from lossdoc.trainer.log import RunLog
from lossdoc.trainer.shapes import chunks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from lossdoc.trainer.config import TrainConfig
    from lossdoc.trainer.log import Row
    from lossdoc.trainer.tasks.base import Data, Task

    Sink = Callable[[int, Sequence[Row]], None]
    Progress = Callable[[int, int], None]

CHUNK = {"cpu": 64, "cuda": 1024}
"""Runs that train together unless told otherwise: on a CPU their weights should stay in its cache,
on a GPU in its memory."""

_PRECISION = {"float32": torch.float32, "float64": torch.float64}


def run_batch(
    configs: Sequence[TrainConfig],
    *,
    device: str = "auto",
    chunk_size: int | None = None,
    sink: Sink | None = None,
    flush_every: int | None = None,
    checkpoint: Path | None = None,
    checkpoint_every: int = 100,
    resume: bool = False,
    progress: Progress | None = None,
    precision: str = "float32",
) -> list[RunLog]:
    """Train runs, those of one shape together.

    A run's log does not depend on its neighbours, up to the last digits where a kernel sums in
    another order for another number of runs.

    Parameters
    ----------
    configs
        Any mix; seeds, rates and schedules differ freely within a shape.
    device
        ``cpu``, ``cuda`` (or ``cuda:1``), or ``auto``: CUDA where there is one.
    chunk_size
        Runs that train together at most; `CHUNK` of the device if None.
    sink
        Gets the index of a config and its new rows, in order, while it trains.
    flush_every
        Updates after which rows are handed to the sink: 1 if None and on a CPU, else 50.
    checkpoint
        File that the state is written to every ``checkpoint_every`` updates (one per chunk: the
        second one's name ends on ``.1``); removed at the end.
    resume
        Go on from the checkpoint, if it is there. The sink gets the rows after it alone, the logs
        are whole.
    progress
        Gets the number of updates made and of all, counted over runs.
    precision
        ``float32`` or ``float64``.

    Returns
    -------
    list of RunLog
        In the order of the configs.

    Raises
    ------
    UsageError
        The device is not there or has too little memory, a setting is out of its range, or the
        checkpoint is of other runs.
    """
    at = choose_device(device)
    listen = Listener(sink, progress, total=sum(len(places(c)) for c in configs))
    block = _block(at, flush_every, sink, progress)
    files = []
    logs: dict[int, RunLog] = {}
    for i, chunk in enumerate(chunks(configs, chunk_size or CHUNK[at.type])):
        saver = None
        if checkpoint is not None:
            path = checkpoint if i == 0 else checkpoint.with_name(f"{checkpoint.name}.{i}")
            saver = Saver(path, checkpoint_every, resume=resume)
            files.append(path)
        with _in_memory(len(chunk)):
            training = prepared([configs[j] for j in chunk], at, _PRECISION[precision])
            logs |= dict(zip(chunk, _train(training, listen.at(chunk), block, saver), strict=True))
    for file in files:
        file.unlink(missing_ok=True)
    return [logs[j] for j in range(len(configs))]


@contextmanager
def _in_memory(runs: int) -> Iterator[None]:
    """Say what to do where the memory of a GPU is too small for some runs."""
    try:
        yield
    except torch.OutOfMemoryError as error:
        raise UsageError(
            f"the GPU's memory does not hold {runs} of these runs together",
            hint="train fewer at a time, or --device cpu",
        ) from error


def _block(
    device: torch.device, asked: int | None, sink: Sink | None, progress: Progress | None
) -> int:
    """Updates between two looks at what was measured.

    On a GPU each look waits for the device; on a CPU it costs little.
    """
    if asked is not None:
        return asked
    if device.type == "cpu":
        return 1 if sink is not None else 20
    return 50 if sink is not None or progress is not None else 500


def choose_device(name: str) -> torch.device:
    """Return the device of a name; ``auto`` is CUDA where there is one.

    Raises
    ------
    UsageError
        There is no such device.
    """
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise UsageError(f"no device {name!r}", hint="auto, cpu or cuda") from error
    if device.type == "cuda" and not torch.cuda.is_available():
        raise UsageError("PyTorch finds no CUDA device", hint="--device cpu")
    return device


def use_one_thread() -> None:
    """Let PyTorch compute with one thread in this process, as programs of their own should.

    Several threads gain nothing on networks this small, and on a busy machine they wait for each
    other: three times the CPU time was measured on two cores.
    """
    torch.set_num_threads(1)


def samples(configs: Sequence[TrainConfig]) -> list[Data]:
    """Data of each run; runs of the same task and seed share them."""
    made: dict[tuple[Task, int], Data] = {}
    for config in configs:
        key = (config.task, config.data_seed if config.data_seed is not None else config.seed)
        if key not in made:
            made[key] = config.task.make(key[1])
    return [made[c.task, c.data_seed if c.data_seed is not None else c.seed] for c in configs]


def prepared(
    configs: Sequence[TrainConfig],
    device: torch.device,
    dtype: torch.dtype = torch.float32,
    *,
    graphs: bool = True,
) -> Training:
    """Set up runs of one shape, after their pretraining where they have one."""
    training = Training(configs, samples(configs), device=device, dtype=dtype, graphs=graphs)
    if configs[0].pretraining is not None:
        before = [
            msgspec.structs.replace(c.pretraining, seed=c.seed) for c in configs if c.pretraining
        ]
        earlier = prepared(before, device, dtype, graphs=graphs)
        for _ in earlier.train():
            pass
        training.adopt(earlier)
    return training


class Listener:
    """Hands rows and progress of a chunk to those who asked for them."""

    def __init__(self, sink: Sink | None, progress: Progress | None, total: int) -> None:
        self._sink = sink
        self._progress = progress
        self._total = total
        self._done = 0

    def at(self, chunk: Sequence[int]) -> Callable[[Sequence[RunLog], int], None]:
        """Return what takes the logs of some new updates of a chunk, and how many these are."""

        def hear(logs: Sequence[RunLog], updates: int) -> None:
            for i, log in zip(chunk, logs, strict=True):
                self._done += updates
                if self._sink is not None and len(log):
                    self._sink(i, list(log.rows()))
            if self._progress is not None:
                self._progress(self._done, self._total)

        return hear


def _train(
    training: Training,
    hear: Callable[[Sequence[RunLog], int], None],
    block: int,
    saver: Saver | None,
) -> list[RunLog]:
    """Train a chunk to its end; return its logs."""
    earlier = saver.load(training) if saver is not None else None
    records = [] if earlier is None else [earlier]
    begin, clock = (0, 0.0) if earlier is None else (len(earlier.times), earlier.clock)
    for record in training.train(begin, block, clock):
        records.append(record)
        hear(run_logs(training, record), len(record.times))
        if saver is not None:
            saver.offer(training, records)
        if (record.values[-1, MEASURES.index("stopped")] == 1.0).all():
            break
    return run_logs(training, Record.joined(records))


def run_logs(training: Training, record: Record) -> list[RunLog]:
    """Turn what some updates of a chunk measured into one log per run."""
    places = training.places[record.first : record.first + len(record.times)]
    steps = np.array([place.step for place in places], dtype=np.float64) + 1.0
    config = training.configs[0]
    evaluated = np.array([config.evaluates(place.step + 1) for place in places], dtype=bool)
    logged = np.array([config.logs(place.step + 1) for place in places], dtype=bool)
    shared = {
        "step": steps,
        "epoch": steps / training.batches.per_epoch,
        "wall_time": record.times,
    }
    logs = []
    for n, (config, facts) in enumerate(zip(training.configs, training.facts, strict=True)):
        own = dict(zip(MEASURES, record.values[:, :, n].T, strict=True))
        kept = logged & (own.pop("stopped") != 1.0)
        columns = {
            name: values[kept]
            for name, values in (shared | own).items()
            if name not in _absent(config)
        }
        logs.append(RunLog(config, columns, evaluated[kept], facts))
    return logs


def _absent(config: TrainConfig) -> set[str]:
    """Columns that say nothing about a run."""
    absent = set()
    if config.task.problem.loss != "cross_entropy":
        absent |= {"train_acc", "val_acc"}
    if config.clip_grad_norm is None:
        absent.add("clip_coef")
    if config.loss_scale is None:
        absent.add("loss_scale")
    if not config.model.has_relu:
        absent.add("dead_frac")
    return absent
