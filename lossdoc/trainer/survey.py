"""Measure how reliably the scenarios show what they are for, and what lossdoc says about them.

::

    python -m lossdoc.trainer.survey              every scenario, on seeds 1000-1019
    python -m lossdoc.trainer.survey NAME...      some of them

The results stand in ``docs/scenarios.json``, with a picture of each scenario's first seed beside
it; `lossdoc.docs` makes the page of them. Recipes and oracles are tuned on other seeds, 0 to 39.
"""

from __future__ import annotations

import argparse
import dataclasses
import hashlib
import io
import json
import sys
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from lossdoc.model import Severity
from lossdoc.trainer.log import versions
from lossdoc.trainer.plain import Plain
from lossdoc.trainer.scenarios import SCENARIOS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lossdoc.model import Diagnosis
    from lossdoc.trainer.scenarios import Scenario

DOCS = Path(__file__).resolve().parents[2] / "docs"
RESULTS = DOCS / "scenarios.json"
PICTURES = DOCS / "images" / "scenarios"

FIRST_SEED, SEEDS = 1000, 20

_DOTS_PER_INCH = 130
_COLOURS = 32


class Measured(Plain, frozen=True, kw_only=True):
    """What a survey found of one scenario.

    Parameters
    ----------
    recipe
        Fingerprint of the recipe that was measured.
    first_seed, seeds
        Which runs.
    shown
        Runs that show what the scenario is for, by its oracle.
    named
        Runs of which the diagnosis names an expected code; None where none is expected.
    wrong
        Runs with a warning or error that would be wrong here.
    codes
        Code -> runs with a finding of it, as a warning or an error.
    notes
        The same of notes.
    seconds
        CPU time (on a GPU: wall time) that training all of them took.
    device
        Where they were trained.
    """

    recipe: str
    first_seed: int
    seeds: int
    shown: int
    named: int | None
    wrong: int
    codes: dict[str, int]
    notes: dict[str, int]
    seconds: float
    device: str


class Results(Plain, frozen=True, kw_only=True):
    """A survey: scenarios by name, and the versions that it was made with."""

    versions: dict[str, str]
    scenarios: dict[str, Measured]


def recipe(scenario: Scenario) -> str:
    """Fingerprint of the settings of a scenario."""
    settings = {"config": scenario.config.to_dict(), "edge": scenario.edge}
    return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()[:12]


def measure(
    scenario: Scenario, first_seed: int = FIRST_SEED, seeds: int = SEEDS, device: str = "auto"
) -> tuple[Measured, Diagnosis]:
    """Train a scenario on some seeds and judge the logs.

    Returns
    -------
    measured, diagnosis
        The latter of the first seed.
    """
    from lossdoc.engine import diagnose
    from lossdoc.trainer.batch import choose_device, run_batch

    at = choose_device(device)
    clock = time.process_time if at.type == "cpu" else time.perf_counter
    configs = scenario.configs(range(first_seed, first_seed + seeds), device=device)
    begin = clock()
    logs = run_batch(configs, device=device)
    seconds = clock() - begin
    diagnoses = [diagnose(log.run()) for log in logs]
    codes = [{f.code for f in d if f.severity > Severity.NOTE} for d in diagnoses]
    notes = [{f.code for f in d if f.severity == Severity.NOTE} for d in diagnoses]
    heard = [found | noted for found, noted in zip(codes, notes, strict=True)]
    measured = Measured(
        recipe=recipe(scenario),
        first_seed=first_seed,
        seeds=seeds,
        shown=sum(bool(scenario.oracle(log)) for log in logs),
        named=sum(bool(told & {*scenario.expected}) for told in heard)
        if scenario.expected
        else None,
        wrong=sum(bool(scenario.wrong(found)) for found in codes),
        codes=_counts(codes),
        notes=_counts(notes),
        seconds=float(f"{seconds:.2g}"),
        device=at.type,
    )
    return measured, diagnoses[0]


def _counts(found: Sequence[set[str]]) -> dict[str, int]:
    counts = Counter(code for codes in found for code in codes)
    return dict(sorted(counts.items()))


def saved() -> Results:
    """Read the results that are kept; empty ones where there are none."""
    if not RESULTS.exists():
        return Results(versions={}, scenarios={})
    return Results.from_dict(json.loads(RESULTS.read_text("utf-8")))


def save(results: Results) -> None:
    """Keep results, in the order of the registry; scenarios that are gone are left out."""
    kept = {name: results.scenarios[name] for name in SCENARIOS if name in results.scenarios}
    data = msgspec.structs.replace(results, scenarios=kept).to_dict()
    RESULTS.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8", newline="\n")


def draw(scenario: Scenario, diagnosis: Diagnosis) -> None:
    """Draw the first seed of a scenario; few colours keep the file small."""
    from PIL import Image

    from lossdoc.report.figure import picture

    run = diagnosis.run
    if run is None:
        raise ValueError(f"the log of {scenario.name} could not be read")
    named = dataclasses.replace(diagnosis, run=dataclasses.replace(run, path=scenario.name))
    image = Image.open(io.BytesIO(picture(named, dots_per_inch=_DOTS_PER_INCH)))
    PICTURES.mkdir(parents=True, exist_ok=True)
    path = PICTURES / f"{scenario.name}.png"
    image.convert("RGB").quantize(_COLOURS).save(path, optimize=True)


def asked(program: str, arguments: Sequence[str]) -> argparse.Namespace:
    """Read a command line that names scenarios and seeds, and get ready to train."""
    from lossdoc.trainer.batch import use_one_thread

    parser = argparse.ArgumentParser(prog=program)
    parser.add_argument("names", nargs="*", metavar="NAME", help="scenarios; all if none")
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--first-seed", type=int, default=FIRST_SEED)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--dry-run", action="store_true", help="print only")
    options = parser.parse_args(arguments)
    unknown = set(options.names) - set(SCENARIOS)
    if unknown:
        parser.error(f"no such scenario: {', '.join(sorted(unknown))}")
    use_one_thread()
    return options


def main(arguments: Sequence[str]) -> int:
    """Measure, draw and keep; say what each scenario gave."""
    options = asked("python -m lossdoc.trainer.survey", arguments)
    results = saved()
    for name in options.names or SCENARIOS:
        scenario = SCENARIOS[name]
        measured, first = measure(scenario, options.first_seed, options.seeds, options.device)
        sys.stdout.write(f"{name:32} {line(measured)}\n")
        sys.stdout.flush()
        if not options.dry_run:
            results = Results(versions=versions(), scenarios={**results.scenarios, name: measured})
            save(results)
            draw(scenario, first)
    return 0


def line(measured: Measured) -> str:
    """Say what a survey found of one scenario, in a line."""
    named = "" if measured.named is None else f", named {measured.named}"
    codes = " ".join(f"{code}:{count}" for code, count in measured.codes.items())
    notes = " ".join(f"({code}:{count})" for code, count in measured.notes.items())
    return (
        f"shown {measured.shown}/{measured.seeds}{named}, wrong {measured.wrong}, "
        f"{measured.seconds:g} s  {codes} {notes}"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
