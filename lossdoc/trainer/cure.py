"""The closed loop: train a fault, diagnose its log, apply the first prescription, train again.

A run is *cured* when its new log has no warning and no error of any rule, **and** its final
validation loss is below the best that the faulty run ever had. Two placebos are judged by the same
words: a tenth of the learning rate, whatever the log says, and the same run from another seed.
"""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from lossdoc.errors import UsageError
from lossdoc.intervals import wilson
from lossdoc.model import Severity
from lossdoc.trainer.courses import Course, Cure, Visit
from lossdoc.trainer.log import facts_of
from lossdoc.trainer.scenarios.measures import val_best, validation

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lossdoc.model import Diagnosis, Finding, Prescription
    from lossdoc.trainer.config import TrainConfig
    from lossdoc.trainer.log import RunLog
    from lossdoc.trainer.scenarios import Scenario

    Train = Callable[[Sequence[TrainConfig]], list[RunLog]]

FIRST_SEED, SEEDS, ROUNDS = 1000, 20, 3

TENTH = "learning rate / 10"
ANOTHER_SEED = "no change"

_OTHER_SEEDS = 100_000
"""Distance to the seeds of the placebo that changes nothing."""

_GRID = (0.1, 0.32, 3.2, 10.0)
"""Learning rates that the cured run is compared with, in units of its own."""

_CHEAP = 1e10
"""Products of weights, samples and updates, for one run, up to which a grid is trained."""


def cure(
    scenario: Scenario,
    *,
    first_seed: int = FIRST_SEED,
    seeds: int = SEEDS,
    rounds: int = ROUNDS,
    device: str = "auto",
) -> Cure:
    """Treat the runs of a scenario, beside two placebos.

    Of a scenario that is no fault nothing is treated: its alarms are counted.

    Raises
    ------
    UsageError
        The device is not there.
    """
    from lossdoc.trainer.batch import choose_device, run_batch

    where = choose_device(device)

    def train(configs: Sequence[TrainConfig]) -> list[RunLog]:
        return run_batch(configs, device=device)

    numbers = range(first_seed, first_seed + seeds)
    configs = scenario.configs(numbers, device=device)
    sick = scenario.kind == "fault"
    courses, last = treat(configs, train, rounds if sick else 0)
    others = scenario.configs([n + _OTHER_SEEDS for n in numbers], device=device) if sick else []
    cured = sum(course.cured for course in courses)
    low, high = wilson(cured, seeds)
    return Cure(
        scenario=scenario.name,
        kind=scenario.kind,
        first_seed=first_seed,
        seeds=seeds,
        rounds=rounds,
        cured=cured,
        clean=sum(course.clean for course in courses),
        alarms=sum(bool(course.visits[0].codes) for course in courses),
        rate=cured / seeds,
        interval=(low, high),
        placebos={
            TENTH: _helped([c.replace(lr=c.lr / 10) for c in configs], courses, train),
            ANOTHER_SEED: _helped(others, courses, train),
        }
        if sick
        else {},
        prescribed=dict(Counter(c.visits[0].by for c in courses if c.visits[0].by).most_common()),
        why=reasons(courses) if sick else {},
        regret=_regret(courses, last, train) if sick else None,
        incurable=scenario.incurable,
        device=where.type,
        courses=tuple(courses),
    )


def treat(
    configs: Sequence[TrainConfig], train: Train, rounds: int
) -> tuple[list[Course], list[TrainConfig]]:
    """Train runs, and treat those that are found sick, round by round.

    Returns
    -------
    courses, configs
        In the order of the runs; the configs as they were trained last.
    """
    patients = [_Patient(config) for config in configs]
    waiting = patients
    for left in range(rounds, -1, -1):
        logs = train([patient.config for patient in waiting])
        for patient, log in zip(waiting, logs, strict=True):
            patient.visit(log, treat=left > 0)
        waiting = [patient for patient in waiting if patient.waits]
        if not waiting:
            break
    return [patient.course() for patient in patients], [patient.config for patient in patients]


class _Patient:
    """A run under treatment."""

    def __init__(self, config: TrainConfig) -> None:
        self.config = config
        self.waits = True
        self._tried = [config]
        self._visits: list[Visit] = []
        self._trouble = ""

    def visit(self, log: RunLog, *, treat: bool) -> None:
        """Take the log of the last training; decide what is done about it."""
        from lossdoc.engine import diagnose

        diagnosis = diagnose(log.run())
        visit = Visit(
            codes=alarms(diagnosis),
            val_loss=_finite(_final(log)),
            val_best=_finite(val_best(log)),
        )
        self.waits = treat and bool(visit.codes)
        if self.waits:
            visit = self._treated(visit, diagnosis)
        self._visits.append(visit)

    def _treated(self, visit: Visit, diagnosis: Diagnosis) -> Visit:
        """Apply the first prescription, or say why it cannot be applied."""
        finding, prescription = first_prescription(diagnosis)
        if prescription is None:
            self._give_up(f"{finding.code} prescribes nothing")
            return visit
        try:
            config = self.config.apply(prescription)
        except UsageError as error:
            self._give_up(f"{finding.code}: {error.message}")
            return visit
        if config in self._tried:
            self._give_up(f"{finding.code} leads back to a run that was tried")
            return visit
        self.config = config
        self._tried.append(config)
        applied = {change.name: change.after for change in prescription.changes}
        return visit.replace(applied=applied, by=finding.code)

    def _give_up(self, trouble: str) -> None:
        self._trouble = trouble
        self.waits = False

    def course(self) -> Course:
        """Return how it went."""
        first, last = self._visits[0], self._visits[-1]
        if not first.codes:
            why = "nothing was found"
        elif last.codes:
            why = self._trouble or f"still {', '.join(last.codes)}"
        elif not is_better(last.val_loss, first.val_best):
            why = f"clean, but {_told(last.val_loss)} is not below {_told(first.val_best)}"
        else:
            why = ""
        visits = tuple(self._visits)
        return Course(seed=self.config.seed, cured=not why, why=why, visits=visits)


def alarms(diagnosis: Diagnosis) -> tuple[str, ...]:
    """Codes of the warnings and errors of a diagnosis, root cause first, each once."""
    return tuple(dict.fromkeys(f.code for f in diagnosis if f.severity > Severity.NOTE))


def first_prescription(diagnosis: Diagnosis) -> tuple[Finding, Prescription | None]:
    """Return the first warning or error, and the first thing that it wants changed."""
    finding = next(f for f in diagnosis if f.severity > Severity.NOTE)
    return finding, next((p for p in finding.prescriptions if p.changes), None)


def is_better(final: float | None, best: float | None) -> bool:
    """Whether a final validation loss is below the best of another run; None is infinite."""
    return final is not None and (best is None or final < best)


def reasons(courses: Sequence[Course]) -> dict[str, int]:
    """Why runs are not cured, most frequent first, and how many."""
    counts = Counter(_class_of(course.why) for course in courses if course.why)
    return dict(counts.most_common())


def _class_of(why: str) -> str:
    """Leave out of a reason what differs from run to run."""
    return "clean, but no better" if why.startswith("clean, but ") else why


def _helped(configs: Sequence[TrainConfig], courses: Sequence[Course], train: Train) -> int:
    """How many runs a placebo cured."""
    placebo, _ = treat(configs, train, 0)
    return sum(
        after.clean and is_better(after.visits[0].val_loss, before.visits[0].val_best)
        for after, before in zip(placebo, courses, strict=True)
    )


def _regret(
    courses: Sequence[Course], configs: Sequence[TrainConfig], train: Train
) -> float | None:
    """Compare the cured runs with a small grid of learning rates around theirs."""
    cured = [
        (course, config)
        for course, config in zip(courses, configs, strict=True)
        if course.cured and _cost(config) <= _CHEAP
    ]
    if not cured:
        return None
    grid = [config.replace(lr=factor * config.lr) for _, config in cured for factor in _GRID]
    reached = np.array([_final(log) for log in train(grid)]).reshape(len(cured), len(_GRID))
    own = np.array([course.visits[-1].val_loss for course, _ in cured])
    best = np.fmin(np.nanmin(np.where(np.isfinite(reached), reached, np.inf), axis=1), own)
    return float(f"{np.median(own / best):.3g}")


def _cost(config: TrainConfig) -> float:
    """Products of weights, samples and updates of one run."""
    from lossdoc.trainer.models import build

    shapes = build(config.model, config.task.problem).shapes.values()
    batch = config.batch_size or facts_of(config)["n_train"]
    return float(batch) * config.steps * sum(math.prod(shape) for shape in shapes)


def _final(log: RunLog) -> float:
    values = validation(log)
    return float(values[-1]) if len(values) else math.nan


def _finite(value: float) -> float | None:
    return float(f"{value:.6g}") if math.isfinite(value) else None


def _told(value: float | None) -> str:
    return "nothing finite" if value is None else f"{value:.4g}"
