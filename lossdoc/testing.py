"""For authors of rules: what every rule must do, checked on its own examples and on odd runs.

>>> from lossdoc.rules import builtin
>>> check_rule(builtin()[0], seeds=range(2))
"""

from __future__ import annotations

import traceback
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lossdoc.engine import diagnose
from lossdoc.model import Channel, Run, Series, Severity
from lossdoc.plugins import as_rule, foreign, sound
from lossdoc.rules import builtin
from lossdoc.troubles import FAILURES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from lossdoc.model import Finding
    from lossdoc.rules.base import Example, Rule

    Check = Callable[["Bench"], Iterator[str]]

SEEDS = range(20)
SECTIONS = ("How it is measured", "What to change", "When it is wrong")
LOSSES = frozenset({Channel.TRAIN_LOSS, Channel.VAL_LOSS})

_UNITS = ((1e-3, 1.0, 0.0), (250.0, 100.0, 0.0), (0.5, 8.0, -8.0))
"""Factor on the losses, factor on the steps, and what is added to the steps."""


class Bench(NamedTuple):
    """A rule, and how it is checked.

    Parameters
    ----------
    rule
        What is checked.
    beside
        Rules that judge with it; they may explain its findings, which count all the same.
    seeds
        Of every example.
    scale_free
        Whether neither the unit of the loss nor that of the steps matters.
    """

    rule: Rule
    beside: tuple[Rule, ...] = ()
    seeds: Sequence[int] = SEEDS
    scale_free: bool = True

    def stated(self, run: Run) -> list[Finding]:
        """Findings of the rule, whether or not another one explains them."""
        rules = self.beside if self.rule in self.beside else (*self.beside, self.rule)
        diagnosis = diagnose(run, rules=rules)
        every = [*diagnosis.findings, *(s.finding for s in diagnosis.superseded)]
        return [f for f in every if f.code == self.rule.code]

    def firing(self) -> Iterator[tuple[str, Run, list[Finding]]]:
        """One run of each example on which it fires, with what it states."""
        for name, example in self.examples():
            if example.fires:
                run = example.make(self.seeds[0])
                yield name, run, self.stated(run)

    def examples(self) -> Iterator[tuple[str, Example]]:
        """Examples with a name for each."""
        for k, example in enumerate(self.rule.examples):
            yield f"example {k} ({'fires' if example.fires else 'quiet'})", example


def check_rule(
    rule: Rule | type[Rule],
    *,
    seeds: Sequence[int] = SEEDS,
    scale_free: bool = True,
) -> None:
    """Check a rule: its declaration, its examples, and that only what matters matters.

    Parameters
    ----------
    rule
        A class or an instance.
    seeds
        Each example is made with each of these.
    scale_free
        Whether its answer must not depend on the units of loss and steps. False for a rule that
        compares a loss with an absolute number.

    Raises
    ------
    AssertionError
        It fails; the message lists everything that is wrong.
    """
    bench = Bench(rule() if isinstance(rule, type) else rule, (), seeds, scale_free)
    found = [f"{name}: {text}" for name, check in CHECKS.items() for text in problems(check, bench)]
    if found:
        label = f"{bench.rule.code} {bench.rule.name}"
        raise AssertionError("\n".join([f"{label}: {len(found)} problems", *_indented(found)]))


def problems(check: Check, bench: Bench) -> list[str]:
    """Return what one check complains about; an exception is a complaint as well."""
    found: list[str] = []
    try:
        found += check(bench)
    except FAILURES as error:
        place = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(place.filename).name}:{place.lineno}"
        found.append(f"{type(error).__name__}: {error} ({where})")
    return found


def declaration(bench: Bench) -> Iterator[str]:
    """Code, name and what else it declares; those of plug-ins are free."""
    rule = bench.rule
    if foreign(rule.code) or not rule.code.startswith("LD"):
        taken = {word for other in builtin() for word in (other.code, other.name)}
        try:
            as_rule(rule, taken)
        except (TypeError, ValueError) as error:
            yield str(error)


def documentation(bench: Bench) -> Iterator[str]:
    """Its docstring says what it sees, how, what to change, and when it is wrong."""
    sections = bench.rule.sections()
    if not sections[""]:
        yield "the docstring has no first line"
    yield from (f"the docstring has no section ## {s}" for s in SECTIONS if not sections.get(s))
    for option in bench.rule.options():
        if not (option.text and option.unit):
            yield f"option {option.name} has no text or no unit"


def examples(bench: Bench) -> Iterator[str]:
    """It fires, at the onset, on the sick examples, and is silent on the healthy ones."""
    for fires in (True, False):
        if fires not in {e.fires for e in bench.rule.examples}:
            yield f"no example on which it {'fires' if fires else 'stays silent'}"
    for name, example in bench.examples():
        for seed in bench.seeds:
            found = bench.stated(example.make(seed))
            if bool(found) != example.fires:
                yield f"{name}, seed {seed}: it {'fired' if found else 'stayed silent'}"
                break
            low, high = example.onset or (-np.inf, np.inf)
            if found and not low <= found[0].onset.step <= high:
                step = f"{found[0].onset.step:g}"
                yield f"{name}, seed {seed}: onset at {step}, not in [{low:g}, {high:g}]"
                break


def statements(bench: Bench) -> Iterator[str]:
    """A finding says what, where and on what evidence; what is prescribed has numbers."""
    for name, run, found in bench.firing():
        for finding in found:
            yield from (f"{name}: {text}" for text in unsound(finding, bench.rule, run))
            if not finding.evidence or not all(e.unit for e in finding.evidence):
                yield f"{name}: evidence without a unit, or none"
            if "None" in finding.message:
                yield f"{name}: the message says None: {finding.message}"
            if any(not (p.changes and p.rationale) for p in finding.prescriptions):
                yield f"{name}: a prescription without changes or without a rationale"
            own = foreign(finding.code) or finding.prescriptions
            if finding.severity is Severity.ERROR and not own:
                yield f"{name}: an error without a prescription"


def unsound(finding: Finding, rule: Rule, run: Run) -> Iterator[str]:
    """Say what keeps a finding from being reported."""
    try:
        sound(finding, rule, run)
    except (TypeError, ValueError) as error:
        yield str(error)
        return
    if finding.onset.step > finding.last_step:
        yield f"onset {finding.onset.step:g} after the last step {finding.last_step:g}"


def repeated(bench: Bench) -> Iterator[str]:
    """The same run gets the same answer, and comes back unchanged."""
    for name, example in bench.examples():
        run = example.make(bench.seeds[0])
        before = _content(run)
        first, second = bench.stated(run), bench.stated(run)
        if repr(first) != repr(second):
            yield f"{name}: judged twice, it says two things"
        if _content(run) != before:
            yield f"{name}: it changes the arrays of the run"


def units(bench: Bench) -> Iterator[str]:
    """Whether it fires depends neither on the unit of the loss nor on that of the steps."""
    for (name, example), unit in product(bench.examples(), _UNITS if bench.scale_free else ()):
        run = example.make(bench.seeds[0])
        loss, steps, shift = unit
        fired = bool(bench.stated(scaled(run, loss=loss, steps=steps, shift=shift)))
        if fired != bool(bench.stated(run)):
            what = f"losses times {loss:g}, steps times {steps:g} plus {shift:g}"
            yield f"{name}: with {what} it {'fires' if fired else 'is silent'}"


def odd_runs(bench: Bench) -> Iterator[str]:
    """No curve, however odd, makes it fail or say something that is no number."""
    for name, run in hostile(bench.rule.needs | {Channel.TRAIN_LOSS, Channel.VAL_LOSS}).items():
        try:
            found = bench.stated(run)
        except FAILURES as error:
            yield f"{name}: {type(error).__name__}: {error}"
            continue
        yield from (f"{name}: {t}" for f in found for t in unsound(f, bench.rule, run))


CHECKS: Mapping[str, Check] = {
    "declaration": declaration,
    "documentation": documentation,
    "examples": examples,
    "statements": statements,
    "repeated": repeated,
    "units": units,
    "odd runs": odd_runs,
}
"""What `check_rule` looks at, by name."""


def scaled(run: Run, *, loss: float = 1.0, steps: float = 1.0, shift: float = 0.0) -> Run:
    """Return the run with its losses and its steps in another unit."""
    series = tuple(
        replace(
            s,
            steps=s.steps * steps + shift,
            values=s.values * (loss if s.channel in LOSSES else 1.0),
        )
        for s in run.series
    )
    return replace(run, series=series, resumes=tuple(r * steps + shift for r in run.resumes))


def hostile(channels: frozenset[Channel]) -> dict[str, Run]:
    """Runs with odd values in all of some channels, by what is odd about them."""
    n = 120
    noise = np.random.default_rng(0).normal(size=n)
    values = {
        "all NaN": np.full(n, np.nan),
        "NaN in half": np.where(np.arange(n) % 2, np.nan, 1.0 + 0.1 * noise),
        "infinite from half on": np.where(np.arange(n) < n // 2, 1.0, np.inf),
        "minus infinity first": np.where(np.arange(n), 1.0, -np.inf),
        "all 0": np.zeros(n),
        "all 1": np.ones(n),
        "all negative": -3.0 - np.abs(noise),
        "as large as floats go": np.full(n, 1e300) * (1 + 0.1 * noise),
        "as small as floats go": np.full(n, 5e-324),
        "two values": np.where(np.arange(n) % 2, 1e-300, 1e300),
        "noise about zero": noise,
        "one point": np.ones(1),
        "two points": np.array([2.0, 1.0]),
        "a line": np.linspace(10.0, -10.0, n),
    }
    runs = {name: _run(channels, v, np.arange(1.0, len(v) + 1)) for name, v in values.items()}
    runs["all at one step"] = _run(channels, 2.0 + noise, np.ones(n))
    return runs


def _run(channels: frozenset[Channel], values: np.ndarray, steps: np.ndarray) -> Run:
    rows = np.arange(2, len(values) + 2)
    made = (Series(c, c.value, steps, values.copy(), rows) for c in sorted(channels))
    return Run("hostile", "synthetic", tuple(made))


def _content(run: Run) -> list[bytes]:
    return [a.tobytes() for s in run.series for a in (s.steps, s.values, s.rows)]


def _indented(lines: Sequence[str]) -> list[str]:
    return [f"  - {line}" for line in lines]
