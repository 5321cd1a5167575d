"""Which rules judge, what explains what, and what a verdict means."""

from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lossdoc import curves
from lossdoc.engine import MOST_SEGMENTS, diagnose, inconclusive
from lossdoc.errors import NoUsableMetric, UsageError
from lossdoc.model import (
    Channel,
    Confidence,
    Run,
    Series,
    Severity,
    Verdict,
)
from lossdoc.rules import builtin
from lossdoc.selection import select

SICK = {
    rule.code: next(e.make for e in rule.examples if e.fires)
    for rule in builtin()
    if rule.severity >= Severity.WARNING
}


def early_spike(columns, _):
    columns["train_loss"][60:66] += 6.0


def codes(run: Run, **kw) -> set[str]:
    return {f.code for f in diagnose(run, **kw).findings if f.severity >= Severity.WARNING}


class TestVerdict:
    def test_a_run_that_learns_is_healthy(self):
        diagnosis = diagnose(curves.healthy()(0))

        assert diagnosis.verdict is Verdict.HEALTHY
        assert diagnosis.passed
        assert not diagnosis.problem

    def test_an_error_is_failing(self):
        diagnosis = diagnose(SICK["LD101"](0))

        assert diagnosis.verdict is Verdict.FAILING
        assert diagnosis.worst is Severity.ERROR
        assert diagnosis.findings[0].code == "LD101"
        assert "251" in diagnosis.summary

    def test_a_warning_is_at_risk(self):
        assert diagnose(SICK["LD304"](0)).verdict is Verdict.AT_RISK

    @pytest.mark.parametrize("n", [1, 2, 4])
    def test_a_few_points_are_inconclusive(self, n):
        diagnosis = diagnose(curves.build({"train_loss": np.linspace(2, 1, n)}))

        assert diagnosis.verdict is Verdict.INCONCLUSIVE
        assert str(n) in diagnosis.problem

    def test_reinforcement_learning_is_inconclusive_but_nan_is_seen(self):
        run = replace(curves.healthy()(0), objective="reinforcement")
        sick = replace(SICK["LD101"](0), objective="reinforcement")

        assert diagnose(run).verdict is Verdict.INCONCLUSIVE
        assert "reinforcement" in diagnose(run).problem
        assert codes(sick) == {"LD101"}

    def test_what_could_not_be_read_is_inconclusive(self):
        error = NoUsableMetric("no usable loss in x.csv", details=("columns: a",), hint="--map")
        diagnosis = inconclusive("x.csv", error)

        assert diagnosis.verdict is Verdict.INCONCLUSIVE
        assert (diagnosis.problem, diagnosis.details, diagnosis.hint) == (
            "no usable loss in x.csv",
            ("columns: a",),
            "--map",
        )

    @pytest.mark.parametrize("selector", ["LD204", "LD9"])
    def test_silence_of_rules_that_cannot_judge_is_not_health(self, selector):
        run = curves.without(curves.healthy(), "grad_norm")(0)
        diagnosis = diagnose(run, rules=select([selector]))

        assert diagnosis.verdict is Verdict.INCONCLUSIVE
        assert "no rule that was asked for" in diagnosis.problem


class TestUnfinished:
    @pytest.mark.parametrize("code", ["LD304", "LD305"])
    def test_how_a_run_ends_is_not_judged_before_it_ended(self, code):
        rule = next(r for r in builtin() if r.code == code)
        run = next(e.make for e in rule.examples if e.fires)(0)
        last = run[Channel.TRAIN_LOSS].steps[-1]

        def state(total):
            d = diagnose(run, total_steps=total)
            told = {f.code for f in d.findings} | {s.finding.code for s in d.superseded}
            return code in told, {n.code: n.reason for n in d.not_checked}.get(code, "")

        assert state(None) == state(last) == (True, "")
        assert state(3 * last)[0] is False
        assert "not finished" in state(3 * last)[1]

    def test_what_may_still_change_is_a_note_until_a_share_of_the_run_is_over(self):
        run = SICK["LD502"](0)
        last = run[Channel.TRAIN_LOSS].steps[-1]

        def judged(total):
            return next(f for f in diagnose(run, total_steps=total).findings if f.code == "LD502")

        late, early = judged(1.9 * last), judged(2.5 * last)
        assert (late.severity, early.severity) == (Severity.WARNING, Severity.NOTE)
        assert (len(late.prescriptions), len(early.prescriptions)) == (1, 0)
        assert early.caveat.endswith(
            "the run is at step 500 of 1,250: from 50% on this is more than a note"
        )

    def test_early_shares_are_shares_of_the_planned_length(self):
        run = curves.altered(curves.healthy(), early_spike)(0)

        assert codes(run) == {"LD202"}
        assert codes(run, total_steps=4000) == set()

    def test_the_end_of_a_run_that_its_own_log_plans_longer_is_not_judged(self):
        run = SICK["LD304"](0)

        def reason(**settings):
            told = replace(run, context=MappingProxyType(settings))
            return {n.code: n.reason for n in diagnose(told).not_checked}.get("LD304", "")

        assert "step 400 of the 1,000 that its log plans" in reason(total_steps=1000.0)
        assert reason(total_steps=410.0) == reason(epochs=1000.0) == reason() == ""

    def test_the_length_that_the_user_tells_goes_first(self):
        run = replace(SICK["LD304"](0), context=MappingProxyType({"total_steps": 1000.0}))

        assert "LD304" in codes(run, total_steps=400)

    def test_a_fault_is_found_before_the_end(self):
        assert "LD101" in codes(SICK["LD101"](0), total_steps=1e6)


class TestNotChecked:
    def test_a_rule_without_its_channel_says_so(self):
        run = curves.build({"train_loss": np.linspace(2, 1, 100)})
        reasons = {n.code: n.reason for n in diagnose(run).not_checked}

        assert "val_loss" in reasons["LD401"]
        assert "grad_norm" in reasons["LD204"]
        assert "LD102" not in reasons

    def test_a_rule_without_its_points_says_how_many_it_needs(self):
        run = curves.build({"train_loss": np.linspace(2, 1, 12)})
        reasons = {n.code: n.reason for n in diagnose(run).not_checked}

        assert reasons["LD103"] == "12 finite values of train_loss; needs 20"

    def test_every_rule_passed_fired_or_says_why_not(self):
        for make in SICK.values():
            d = diagnose(make(1), min_confidence=Confidence.LOW)
            fired = {f.code for f in d.findings} | {s.finding.code for s in d.superseded}
            accounted = fired | set(d.passed) | {n.code for n in d.not_checked}
            assert accounted == {r.code for r in builtin()}


class TestSegments:
    def appended(self, first: np.ndarray, second: np.ndarray) -> Run:
        values = np.concatenate((first, second))
        steps = np.concatenate((np.arange(len(first)), np.arange(len(second))))
        rows = np.arange(len(values)) + 2
        series = Series(Channel.TRAIN_LOSS, "loss", steps.astype(float), values, rows)
        return Run("x.csv", "csv", (series,), restarts=(len(first) + 2,))

    def test_a_restart_is_no_spike_and_no_divergence(self):
        level = curves.learning(200, 2.4, 0.3)

        assert codes(self.appended(level, level)) == set()

    def test_a_fault_is_found_in_its_own_segment(self):
        level = curves.learning(200, 2.4, 0.3)
        broken = level.copy()
        broken[120:] = np.nan
        (found,) = [f for f in diagnose(self.appended(level, broken)).findings if f.code == "LD101"]

        assert found.segment == 1
        assert found.onset.step == 120

    def test_thousands_of_restarts_are_judged_by_the_longest_executions(self):
        n = 6
        values = np.tile(np.linspace(2, 1, n), 400)
        series = Series(
            Channel.TRAIN_LOSS,
            "loss",
            np.tile(np.arange(float(n)), 400),
            values,
            np.arange(len(values)) + 1,
        )
        run = Run("x", "csv", (series,), restarts=tuple(range(n + 1, 400 * n, n)))
        diagnosis = diagnose(run)

        assert max((f.segment for f in diagnosis.findings), default=0) < MOST_SEGMENTS
        assert "Only the longest 20 of 400 executions were judged." in diagnosis.summary


class TestConfidence:
    def test_unsure_findings_are_not_counted_unless_asked_for(self):
        run = SICK["LD401"](0)
        every = diagnose(run, min_confidence=Confidence.LOW)
        sure = diagnose(run, min_confidence=Confidence.HIGH)

        assert {f.confidence for f in sure.findings} <= {Confidence.HIGH}
        assert len(sure.findings) <= len(every.findings)


class TestSelection:
    def test_by_code_family_and_name(self):
        assert [r.code for r in select(["LD401"])] == ["LD401"]
        assert {r.code for r in select(["LD4"])} == {f"LD40{i}" for i in range(1, 6)}
        assert [r.code for r in select(["overfitting"])] == ["LD401"]
        assert select() == builtin()
        assert set(select(["ALL"], ["LD9"])) == {
            r for r in builtin() if not r.code.startswith("LD9")
        }

    def test_an_unknown_selector_is_an_error_with_a_suggestion(self):
        with pytest.raises(UsageError) as caught:
            select(["overfiting"])

        assert "overfitting" in caught.value.hint


def scaled(run: Run, loss: float = 1.0, steps: float = 1.0) -> Run:
    """Multiply losses and steps; leave rates and norms alone."""
    losses = {Channel.TRAIN_LOSS, Channel.VAL_LOSS}
    return replace(
        run,
        series=tuple(
            replace(
                s,
                steps=s.steps * steps,
                values=s.values * loss if s.channel in losses else s.values,
            )
            for s in run.series
        ),
    )


# The chance test compares a loss with ln(accuracy): nats have a scale.
SCALE_FREE = [code for code in sorted(SICK) if code not in {"LD302", "LD403"}]


@pytest.mark.parametrize("code", SCALE_FREE)
@given(factor=st.sampled_from([1e-6, 1e-3, 0.37, 2.0, 1e4]), seed=st.integers(0, 5))
@settings(max_examples=6, deadline=None)
def test_the_scale_of_the_loss_does_not_matter(code, factor, seed):
    run = SICK[code](seed)

    assert codes(scaled(run, loss=factor)) == codes(run)


@pytest.mark.parametrize("code", sorted(SICK))
@given(factor=st.sampled_from([0.01, 7.0, 1000.0]), seed=st.integers(0, 5))
@settings(max_examples=4, deadline=None)
def test_the_unit_of_the_steps_does_not_matter(code, factor, seed):
    run = SICK[code](seed)

    assert codes(scaled(run, steps=factor)) == codes(run)


def relogged(run: Run, keep) -> Run:
    series = []
    for s in run.series:
        kept = keep(s)
        series.append(replace(s, steps=s.steps[kept], values=s.values[kept], rows=s.rows[kept]))
    return replace(run, series=tuple(series))


RELOG = {
    "every second point": lambda s: np.arange(0, len(s), 2 if len(s) > 50 else 1),
    "first row lost": lambda s: np.arange(1, len(s)),
    "first half": lambda s: np.flatnonzero(s.steps <= s.steps[-1] / 2),
    "three quarters": lambda s: np.flatnonzero(s.steps <= 0.75 * s.steps[-1]),
}


@pytest.mark.parametrize("how", RELOG)
@pytest.mark.parametrize(
    "make",
    [
        curves.healthy(),
        curves.healthy(rate="constant"),
        curves.healthy(noise=0.3),
        curves.healthy(floor=1.5),
        curves.epochs(),
        curves.without(curves.healthy(), "lr"),
        curves.without(curves.healthy(), "val_loss"),
    ],
    ids=["cosine", "constant", "noisy", "high floor", "epochs", "no rate", "no validation"],
)
def test_a_healthy_run_stays_healthy_when_it_is_logged_differently(how, make):
    for seed in range(5):
        assert codes(relogged(make(seed), RELOG[how])) == set(), f"seed {seed}"
