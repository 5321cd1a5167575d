"""``lossdoc reproduce`` behind its options: find the scenario, train, write the logs."""

from __future__ import annotations

import dataclasses
import difflib
import gc
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from lossdoc.cli.overrides import overridden
from lossdoc.cli.progress import Progress
from lossdoc.cli.runlogs import Logs
from lossdoc.errors import UsageError
from lossdoc.report.spans import Span, span, wrap
from lossdoc.report.terminal import Writer, terminal_width, wants_colour
from lossdoc.trainer import SCENARIOS, missing
from lossdoc.trainer.writers import FORMATS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lossdoc.trainer import Scenario, TrainConfig
    from lossdoc.trainer.writers import Format

_BAR = 20
"""Characters of the progress bar."""


class Request(NamedTuple):
    """What the command line asks for, as typed."""

    name: str
    seed: int = 0
    seeds: int | None = None
    settings: tuple[str, ...] = ()
    device: str = "auto"
    resume: bool = False
    format: Format | None = None
    output: str | None = None
    force: bool = False
    analyze: bool = False
    pace: float | None = None
    width: int | None = None
    color: str = "auto"


def show_list(name: str, output_format: str, width: int | None, color: str) -> None:
    """Print all scenarios, or the one of a name.

    Raises
    ------
    UsageError
        There is none of that name.
    """
    listed = [find(name)] if name else list(SCENARIOS.values())
    if output_format == "json":
        import json

        text = json.dumps([entry(scenario) for scenario in listed], indent=2, ensure_ascii=False)
        Writer().write_json(f"{text}\n")
        return
    names = max((len(scenario.name) for scenario in listed), default=0)
    writer = Writer(colour=wants_colour(color, sys.stdout))
    for scenario in listed:
        head = [span(f" {scenario.name:<{names}}", "label"), Span(f"  {scenario.kind:<10}  ")]
        indent = names + 15
        writer.write(wrap([span(scenario.title)], terminal_width(width), first=head, indent=indent))


def entry(scenario: Scenario) -> dict[str, object]:
    """Return a scenario as plain data, for JSON."""
    told = ("name", "kind", "title", "expected", "forbidden", "seen", "why", "unreliable")
    return {name: getattr(scenario, name) for name in told} | {"config": scenario.config.to_dict()}


def find(name: str) -> Scenario:
    """Return the scenario of a name.

    Raises
    ------
    UsageError
        There is none.
    """
    if name in SCENARIOS:
        return SCENARIOS[name]
    near = difflib.get_close_matches(name, SCENARIOS, n=1)
    hint = f"did you mean {near[0]}?" if near else "lossdoc reproduce --list tells them"
    raise UsageError(f"no scenario {name!r}" if name else "which scenario?", hint=hint)


def reproduced(request: Request) -> int:
    """Train what was asked for, write its logs, and return the exit code.

    Raises
    ------
    UsageError
        An option is wrong, a file cannot be written, or what training needs is not installed.
    """
    scenario = changed(find(request.name), request.settings)
    gc.enable()  # lossdoc.__main__ switched it off for the short commands
    try:
        from lossdoc.trainer.batch import use_one_thread

        use_one_thread()
        seeds = range(request.seed, request.seed + (request.seeds or 1))
        configs = scenario.configs(seeds, device=request.device)
        logs = logs_of(request, configs)
        if request.resume and logs.finished():
            sys.stderr.write("nothing to do: the logs are whole\n")
        else:
            train(request, logs)
            tell(logs.paths)
    except ModuleNotFoundError as error:
        raise missing(error) from error
    return judged(request, logs.paths) if request.analyze else 0


def changed(scenario: Scenario, settings: tuple[str, ...]) -> Scenario:
    """Return a scenario with some settings of its run replaced.

    A rate that is given replaces one that the scenario would compute.
    """
    config = overridden(scenario.config, settings)
    own_rate = any(pair.partition("=")[0].strip() == "lr" for pair in settings)
    edge = None if own_rate else scenario.edge
    return dataclasses.replace(scenario, config=config, edge=edge)


def logs_of(request: Request, configs: list[TrainConfig]) -> Logs:
    """Decide where the logs of some runs go.

    Raises
    ------
    UsageError
        There are logs already, and nothing was said about them.
    """
    suffix = Path(request.output or "").suffix
    by_suffix: dict[str, Format] = {end: form for form, end in FORMATS.items() if end}
    form = request.format or by_suffix.get(suffix, "csv")
    names = [f"{request.name}-s{config.seed}{FORMATS[form]}" for config in configs]
    if request.seeds is not None:
        folder = Path(request.output or request.name)
        paths = [folder / name for name in names]
        checkpoint = folder / f"{request.name}.ckpt"
    else:
        path = Path(request.output or names[0])
        if path.is_dir() and form != "tensorboard":
            path /= names[0]
        paths = [path]
        checkpoint = path.with_name(f"{path.name}.ckpt")
    logs = Logs(request.name, configs, paths, form, checkpoint, pace=request.pace)
    there = [path for path in paths if path.exists()]
    if there and not (request.force or request.resume):
        hint = "--force overwrites it" + ", --resume goes on" * checkpoint.exists()
        raise UsageError(f"{there[0]} is there already", hint=hint)
    return logs


def train(request: Request, logs: Logs) -> None:
    """Train the runs and write their logs while they grow.

    Raises
    ------
    KeyboardInterrupt
        After the logs are closed.
    """
    from lossdoc.trainer import run_batch
    from lossdoc.trainer.checkpoint import saved_updates
    from lossdoc.trainer.engine import places

    prepare(logs.checkpoint, fresh=not request.resume)
    updates = saved_updates(logs.checkpoint)
    config = logs.configs[0]
    logs.keep = sum(config.logs(place.step + 1) for place in places(config)[:updates])
    before = updates * len(logs.configs)
    with logs, Progress(request.name, line=state) as progress:

        def hear(done: int, total: int) -> None:
            progress.update(100 * min(done + before, total) // total, request.name)

        try:
            run_batch(
                logs.configs,
                device=request.device,
                chunk_size=len(logs.configs),
                sink=logs.write,
                checkpoint=logs.checkpoint,
                resume=request.resume,
                progress=hear,
            )
        except KeyboardInterrupt:
            progress.hide()
            sys.stderr.write("what was logged stays; the same command with --resume goes on\n")
            raise
    logs.finish()


def prepare(checkpoint: Path, *, fresh: bool) -> None:
    """Make the folder of a checkpoint, and remove an old one that must not be gone on from.

    Raises
    ------
    UsageError
        It cannot be written.
    """
    try:
        checkpoint.parent.mkdir(parents=True, exist_ok=True)
        if fresh:
            checkpoint.unlink(missing_ok=True)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise UsageError(f"cannot write {checkpoint.parent}: {reason}") from error


def state(percent: int, name: str, seconds: float, width: int) -> str:
    """Return one state of the line that tells how far the training is.

    >>> state(40, "divergence-sgd", 12.3, 80)
    'training divergence-sgd [########............] 40 %, 12 s'
    """
    done = _BAR * percent // 100
    bar = "#" * done + "." * (_BAR - done)
    return f"training {name} [{bar}] {percent} %, {seconds:.0f} s"[: width - 1]


def tell(paths: Sequence[Path]) -> None:
    """Print where the logs are."""
    place = str(paths[0]) if len(paths) == 1 else f"{len(paths)} logs in {paths[0].parent}"
    Writer().write([[span(f"wrote {place}")]])


def judged(request: Request, paths: Sequence[Path]) -> int:
    """Print the diagnoses of logs as ``lossdoc analyze`` does; return its exit code."""
    from lossdoc.cli import request as asking
    from lossdoc.cli.judging import judge

    named = tuple(str(path) for path in paths)
    return judge(asking.Request(paths=named, width=request.width, color=request.color))
