"""Training many runs together, measured against a plain loop of torch.optim runs on one device.

    python benchmarks/trainer.py                    # the CPU: N = 128, MLP (goal 3x) and tiny GPT
    python benchmarks/trainer.py --device cuda      # a GPU: N = 1024, MLP (100x), GPT (50x)

The plain loop is what anybody would write: an ``nn.Module``, ``torch.optim``, the loss, rate and
gradient norm of every step kept, the validation loss every 20 steps. Its runs do not influence each
other, so a few of them are timed and their mean counts. Both sides take turns in one process; on a
CPU their CPU time is compared, on a GPU the wall time until the device is done. Exits with 1 where
a goal is missed.

Beside the ratio: runs per second; time per step of the batch; on a GPU the same without CUDA
graphs, and kernels and launches per step; and the floor, the time that the arithmetic and the
memory traffic of a step would take at the rates that a large matrix product and a large copy reach
on the same device.
"""

from __future__ import annotations

import argparse
import math
import statistics
import sys
import time
from dataclasses import dataclass, field, replace

import torch

from lossdoc.trainer.batch import choose_device, prepared
from lossdoc.trainer.config import TrainConfig
from lossdoc.trainer.models import GPT, MLP
from lossdoc.trainer.schedules import Cosine
from lossdoc.trainer.tasks import Digits, Text


@dataclass(frozen=True)
class Subject:
    """A shape of run that is measured.

    Parameters
    ----------
    goals
        Device type -> how many times faster than the plain loop it must be.
    chunks
        Device type -> runs that train together.
    steps
        Device type -> updates, where they are not those of ``config``.
    """

    name: str
    config: TrainConfig
    goals: dict[str, float]
    chunks: dict[str, int]
    steps: dict[str, int] = field(default_factory=dict)

    def on(self, device):
        """Return the runs that are measured on a device."""
        steps = self.steps.get(device.type, self.config.steps)
        return replace(self, config=self.config.replace(steps=steps))


MLP_RUN = TrainConfig(
    task=Digits(), model=MLP(), optimizer="adam", lr=1e-3, schedule=Cosine(), steps=200
)
GPT_RUN = TrainConfig(
    task=Text(n_train=512),
    model=GPT(),
    optimizer="adamw",
    lr=3e-3,
    schedule=Cosine(),
    steps=40,
    batch_size=16,
)
SUBJECTS = (
    Subject("MLP 64-64-10", MLP_RUN, {"cpu": 3.0, "cuda": 100.0}, {"cpu": 64, "cuda": 1024}),
    Subject("GPT 2 x 32", GPT_RUN, {"cuda": 50.0}, {"cpu": 16, "cuda": 1024}, {"cuda": 200}),
)


class PlainMLP(torch.nn.Sequential):
    """The same network as a module."""

    def __init__(self):
        super().__init__(torch.nn.Linear(64, 64), torch.nn.ReLU(), torch.nn.Linear(64, 10))


class PlainBlock(torch.nn.Module):
    """A pre-norm block as a module."""

    def __init__(self, width=32, heads=2):
        super().__init__()
        self.norm1, self.norm2 = torch.nn.LayerNorm(width), torch.nn.LayerNorm(width)
        self.into, self.out = torch.nn.Linear(width, 3 * width), torch.nn.Linear(width, width)
        self.up, self.down = torch.nn.Linear(width, 4 * width), torch.nn.Linear(4 * width, width)
        self.heads = heads

    def forward(self, x):
        b, t, c = x.shape
        q, k, v = self.into(self.norm1(x)).view(b, t, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        mixed = torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.out(mixed.transpose(1, 2).reshape(b, t, c))
        return x + self.down(torch.nn.functional.gelu(self.up(self.norm2(x))))


class PlainGPT(torch.nn.Module):
    """The same transformer as a module."""

    def __init__(self, vocabulary=64, length=32, width=32, layers=2):
        super().__init__()
        self.tokens = torch.nn.Embedding(vocabulary, width)
        self.places = torch.nn.Embedding(length, width)
        self.blocks = torch.nn.Sequential(*[PlainBlock(width) for _ in range(layers)])
        self.norm = torch.nn.LayerNorm(width)
        self.head = torch.nn.Linear(width, vocabulary)

    def forward(self, x):
        places = torch.arange(x.shape[1], device=x.device)
        return self.head(self.norm(self.blocks(self.tokens(x) + self.places(places))))


def plain_run(config, data, device):
    """One run as a training script; returns what it logged."""
    x, y, x_val, y_val = (
        torch.from_numpy(a).to(device) for a in (data.x, data.y, data.x_val, data.y_val)
    )
    torch.manual_seed(config.seed)
    problem = config.task.problem
    net = PlainMLP() if isinstance(config.model, MLP) else PlainGPT(problem.vocabulary)
    net.to(device)
    kind = torch.optim.Adam if config.optimizer == "adam" else torch.optim.AdamW
    optimizer = kind(net.parameters(), lr=config.lr)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, config.steps)

    def loss_of(inputs, answers):
        return torch.nn.functional.cross_entropy(net(inputs).flatten(0, -2), answers.flatten())

    log = []
    per_epoch = len(x) // config.batch_size
    for step in range(config.steps):
        if step % per_epoch == 0:
            order = torch.randperm(len(x), device=device)
        place = step % per_epoch * config.batch_size
        rows = order[place : place + config.batch_size]
        optimizer.zero_grad()
        loss = loss_of(x[rows], y[rows])
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(net.parameters(), math.inf)
        row = [loss.item(), norm.item(), schedule.get_last_lr()[0]]
        optimizer.step()
        schedule.step()
        if (step + 1) % config.eval_every == 0:
            with torch.no_grad():
                row.append(loss_of(x_val, y_val).item())
        log.append(row)
    return log


def measure(subject, device, runs, chunk, *, alone, rounds):
    """Seconds per run: of the plain loop, and of the batch; medians over the rounds."""
    config = subject.config
    data = [config.task.make(seed) for seed in range(alone)]
    warm = config.replace(steps=3)
    plain_run(warm, data[0], device)
    together(warm, device, min(runs, chunk), chunk)
    plain, batch = [], []
    for _ in range(rounds):
        begin = now(device)
        for seed in range(alone):
            plain_run(config.replace(seed=seed), data[seed], device)
        plain.append((now(device) - begin) / alone)
        batch.append(together(config, device, runs, chunk) / runs)
    return statistics.median(plain), statistics.median(batch)


def together(config, device, runs, chunk, *, graphs=True):
    """Seconds that the updates of all runs take; their data are made before."""
    spent = 0.0
    for first in range(0, runs, chunk):
        seeds = range(first, min(first + chunk, runs))
        training = prepared([config.replace(seed=seed) for seed in seeds], device, graphs=graphs)
        begin = now(device)
        for _ in training.train():
            pass
        spent += now(device) - begin
    return spent


def now(device):
    """CPU seconds of this process, or wall seconds once a GPU is done."""
    if device.type == "cpu":
        return time.process_time()
    torch.cuda.synchronize(device)
    return time.perf_counter()


def launches(config, device, runs):
    """Kernels that a GPU runs per step, and how often the host launches one or a graph of them."""
    training = prepared([config.replace(seed=seed, steps=200) for seed in range(runs)], device)
    steps = training.train(block=20)
    next(steps)
    activities = torch.profiler.ProfilerActivity
    with torch.profiler.profile(activities=[activities.CPU, activities.CUDA]) as profile:
        next(steps)
    events = profile.events()
    kernels = sum(event.device_type == torch.autograd.DeviceType.CUDA for event in events)
    launched = sum("Launch" in event.name for event in events)
    return kernels / 20, launched / 20


def floor(config, device, runs):
    """Seconds per step that arithmetic and memory traffic take at least, and what they come to."""
    parameters = prepared([config], device).layout.size
    tokens = config.batch_size * math.prod(
        config.task.problem.inputs[:1] if config.task.problem.vocabulary else ()
    )
    flops = 6.0 * parameters * tokens * runs
    # Adam reads weights, gradients and two moments, and writes weights and moments.
    moved = 4.0 * 8.0 * parameters * runs
    rate, bandwidth = reached(device)
    return max(flops / rate, moved / bandwidth), flops, moved


def reached(device):
    """Floating-point operations and bytes per second of a large product and a large copy."""
    n = 1024 if device.type == "cpu" else 8192
    a = torch.randn(n, n, device=device)
    source = torch.randn(1 << (24 if device.type == "cpu" else 28), device=device)
    target = torch.empty_like(source)

    def rate(work, amount):
        work()
        begin = now(device)
        for _ in range(5):
            work()
        return 5 * amount / (now(device) - begin)

    return rate(lambda: a @ a, 2.0 * n**3), rate(lambda: target.copy_(source), 8.0 * source.numel())


def report(subject, device, runs, chunk, *, alone, rounds):
    """Measure one subject and print it; True where its goal is reached."""
    chunk = chunk or subject.chunks[device.type]
    plain, batch = measure(subject, device, runs, chunk, alone=alone, rounds=rounds)
    goal = subject.goals.get(device.type)
    ratio = plain / batch
    per_step = batch / subject.config.steps * min(chunk, runs)
    least, flops, moved = floor(subject.config, device, min(chunk, runs))
    print(f"\n{subject.name}, N = {runs}, {min(chunk, runs)} together, {device}")
    print(
        f"  plain loop   {1 / plain:10.2f} runs/s   {1e3 * plain / subject.config.steps:8.3f} ms/step"
    )
    print(
        f"  batch        {1 / batch:10.2f} runs/s   {1e3 * per_step:8.3f} ms/step of {min(chunk, runs)} runs"
    )
    verdict = "" if goal is None else f"   goal >= {goal:g}x {'ok' if ratio >= goal else 'MISS'}"
    print(f"  ratio        {ratio:10.2f}x{verdict}")
    print(
        f"  floor        {1e3 * least:10.3f} ms/step ({flops:.3g} flop, {moved:.3g} bytes): "
        f"{100 * least / per_step:.0f} % of the time is spent on it"
    )
    if device.type == "cuda":
        single = together(subject.config, device, runs, chunk, graphs=False) / runs
        kernels, launched = launches(subject.config, device, min(chunk, runs))
        print(f"  no graphs    {1 / single:10.2f} runs/s   {single / batch:8.2f}x the time")
        print(f"  kernels      {kernels:10.0f} per step, in {launched:.0f} launches")
    return goal is None or ratio >= goal


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--runs", type=int, help="N; 128 on a CPU, 1024 on a GPU")
    parser.add_argument("--chunk", type=int, help="runs that train together")
    parser.add_argument("--alone", type=int, default=4, help="runs of the plain loop")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    torch.set_num_threads(1)
    device = choose_device(options.device)
    runs = options.runs or (128 if device.type == "cpu" else 1024)
    reached_all = [
        report(
            subject.on(device),
            device,
            runs,
            options.chunk,
            alone=options.alone,
            rounds=options.rounds,
        )
        for subject in SUBJECTS
    ]
    sys.exit(not all(reached_all))


if __name__ == "__main__":
    main()
