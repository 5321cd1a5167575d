"""Unfinished runs: no rule warns of what the whole run does not show, and none forgets a fault."""

from dataclasses import replace

import numpy as np
import pytest

from lossdoc import curves
from lossdoc.engine import diagnose
from lossdoc.model import Confidence, Severity
from lossdoc.rules import builtin

SEEDS = range(6)
SHARES = (0.25, 0.5, 0.75)
HEALTHY = {
    "cosine": curves.healthy(),
    "constant rate": curves.healthy(rate="constant"),
    "noisy": curves.healthy(noise=0.3),
    "epochs": curves.epochs(),
    "noisy validation": curves.epochs(60, val_noise=0.05),
}


def beginning(run, share):
    """First share of a run, and the length that it was planned to have."""
    planned = max(float(s.steps[-1]) for s in run.series)
    stop = share * planned
    series = tuple(
        replace(s, steps=s.steps[:k], values=s.values[:k], rows=s.rows[:k])
        for s in run.series
        if (k := int(np.searchsorted(s.steps, stop, side="right")))
    )
    resumes = tuple(step for step in run.resumes if step <= stop)
    return replace(run, series=series, resumes=resumes), planned


def judged(rule, run, planned=None):
    """Findings of one rule, and why it could not judge."""
    diagnosis = diagnose(run, rules=(rule,), total_steps=planned)
    return diagnosis.findings, "".join(n.reason for n in diagnosis.not_checked)


FIRING = [
    pytest.param(rule, example, id=f"{rule.code}-{k}")
    for rule in builtin()
    for k, example in enumerate(rule.examples)
    if example.fires
]


@pytest.mark.parametrize("name", HEALTHY)
@pytest.mark.parametrize("share", [0.1, *SHARES])
def test_the_beginning_of_a_healthy_run_alarms_nobody(name, share):
    for seed in SEEDS:
        run, planned = beginning(HEALTHY[name](seed), share)
        found = diagnose(run, total_steps=planned, min_confidence=Confidence.LOW).findings

        assert {f.code for f in found if f.severity > Severity.NOTE} == set(), f"seed {seed}"


def warns_early(rule, make):
    """Whether a rule warns of the beginning of some run."""
    return any(
        finding.severity > Severity.NOTE
        for seed in SEEDS
        for share in SHARES
        for finding in judged(rule, *beginning(make(seed), share))[0]
    )


@pytest.mark.parametrize("rule", builtin(), ids=lambda r: r.code)
def test_what_a_rule_passes_it_passes_from_the_beginning(rule):
    passed = [example.make for example in rule.examples if not example.fires]
    alarmed = [warns_early(rule, make) for make in passed]

    # What is sick in its first half and well in its second may be an example of silence.
    assert sum(alarmed) <= (len(passed) > 2)


@pytest.mark.parametrize(("rule", "example"), FIRING)
def test_a_fault_is_told_before_the_end_or_the_rule_says_that_it_waits(rule, example):
    share = 0.75
    told = forgotten = 0
    for seed in SEEDS:
        whole = example.make(seed)
        run, planned = beginning(whole, share)
        found, _ = judged(rule, whole)
        if not found or found[0].onset.step > 0.5 * share * planned:
            continue
        so_far, reason = judged(rule, run, planned)
        told += bool(so_far) or "not finished" in reason or "needs" in reason
        forgotten += not (so_far or reason)

    assert forgotten <= told / 3


@pytest.mark.parametrize("rule", [r for r in builtin() if r.at_the_end], ids=lambda r: r.code)
def test_a_rule_about_the_end_says_that_it_waits(rule):
    whole = next(e.make for e in rule.examples if e.fires)(0)
    found, reason = judged(rule, *beginning(whole, 0.75))

    assert found == ()
    assert "not finished" in reason or "needs" in reason


@pytest.mark.parametrize("rule", [r for r in builtin() if r.patience], ids=lambda r: r.code)
def test_a_rule_that_waits_for_a_share_of_the_run_only_notes_before_it(rule):
    assert 0 < rule.patience < 1
    assert not rule.at_the_end

    whole = next(e.make for e in rule.examples if e.fires)(0)
    last = max(float(s.steps[-1]) for s in whole.series)
    found, _ = judged(rule, whole, 1.2 * last / rule.patience)

    assert {f.severity for f in found} <= {Severity.NOTE}
    assert all("from " in f.caveat and not f.prescriptions for f in found)
