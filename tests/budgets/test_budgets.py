"""What a budget comes to on a run: kept, exceeded, or not judged."""

import numpy as np
import pytest

import lossdoc
from lossdoc.model import Severity, Verdict

STEPS = np.arange(0.0, 400.0)


def fall(floor=0.4):
    return floor + 2 * np.exp(-STEPS / 60) + 0.02 * np.sin(7.1 * STEPS)


def healthy(**more):
    return {"step": STEPS, "train_loss": fall(), "val_loss": fall(0.5), **more}


def judged(log, measure, **limit):
    return lossdoc.analyze(log, budgets={measure: limit})


def value(log, measure):
    return judged(log, measure, max=1e9).budgets[0].value


class TestMeasures:
    def test_best_and_final_values(self):
        log = healthy(val_accuracy=np.linspace(0.1, 0.8, 400))

        assert value(log, "train_loss.best") == log["train_loss"].min()
        assert value(log, "val_loss.final") == log["val_loss"][-1]
        assert value(log, "val_accuracy.best") == 0.8

    def test_where_a_value_is_reached_for_the_first_time(self):
        log = healthy(val_accuracy=np.linspace(0.1, 0.8, 400))
        first = int(np.flatnonzero(log["val_loss"] < 1.0)[0])

        assert value(log, "steps_to(val_loss<1.0)") == first
        assert value(log, "steps_to(val_loss<0.1)") == np.inf
        assert log["val_accuracy"][int(value(log, "steps_to(val_accuracy>0.5)"))] > 0.5

    def test_a_value_is_reached_beyond_it_not_at_it(self):
        log = healthy(val_accuracy=np.linspace(0.0, 1.0, 400))
        at = float(log["val_accuracy"][100])

        assert value(log, f"steps_to(val_accuracy>{at!r})") == 101

    def test_time_is_that_of_the_log_whatever_its_origin(self):
        log = healthy(wall_time=1.7e9 + 3 * STEPS)

        assert value(log, "wall_time") == 3 * 399
        assert value(log, "time_to(val_loss<1.0)") == 3 * value(log, "steps_to(val_loss<1.0)")

    def test_length_in_the_unit_of_the_log(self):
        by_epoch = {"epoch": STEPS, "val_loss": fall(), "train_loss": fall()}

        assert value(healthy(), "steps") == 399
        assert value(by_epoch, "epochs") == 399
        assert "counts epochs, not steps" in judged(by_epoch, "steps", max=9).budgets[0].reason

    def test_spikes_are_counted(self):
        noise = np.random.default_rng(0).normal(0, 0.02, 400)
        log = {"step": STEPS, "train_loss": 0.4 + 2 * np.exp(-STEPS / 60) + noise}
        log["train_loss"][[120, 233, 341]] += (5, 9, 20)

        assert value(healthy(), "loss_spikes.count") == 0
        assert value(log, "loss_spikes.count") == 3

    def test_what_comes_after_the_fault_is_wasted(self):
        lost = healthy()
        lost["train_loss"][300:] = np.nan

        assert value(healthy(), "wasted_fraction") == 0
        assert value(lost, "wasted_fraction") == pytest.approx(99 / 399)


class TestKept:
    def test_a_budget_that_is_kept_changes_nothing(self):
        found = judged(healthy(), "val_loss.best", max=1.0)

        assert found.verdict is Verdict.HEALTHY
        assert found.findings == lossdoc.analyze(healthy()).findings
        assert found.budgets[0].broken is None

    def test_a_bound_itself_still_holds(self):
        assert judged(healthy(), "steps", max=399, min=399).verdict is Verdict.HEALTHY


class TestExceeded:
    def test_it_is_an_error_with_its_numbers(self):
        found = judged(healthy(), "val_loss.best", max=0.3)
        (item,) = (f for f in found if f.code == "LD990")

        assert found.verdict is Verdict.FAILING
        assert (item.name, item.severity) == ("budget-exceeded", Severity.ERROR)
        assert item.number("value") == found.budgets[0].value
        assert item.number("margin") == pytest.approx(item.number("value") - 0.3)
        assert item.evidence[0].threshold == 0.3
        assert item.prescriptions == ()
        assert "val_loss.best is 0.48" in item.message
        assert item.message in found.summary

    @pytest.mark.parametrize(
        ("level", "verdict"),
        [("error", Verdict.FAILING), ("warning", Verdict.AT_RISK), ("note", Verdict.HEALTHY)],
    )
    def test_the_limit_says_how_bad_that_is(self, level, verdict):
        assert judged(healthy(), "steps", max=9, level=level).verdict is verdict

    def test_a_lower_bound_is_exceeded_from_below(self):
        found = judged(healthy(val_accuracy=STEPS / 800), "val_accuracy.best", min=0.7)

        assert "below its limit of 0.7" in found.findings[0].message

    def test_the_onset_is_where_the_limit_was_passed(self):
        rises = healthy()
        rises["val_loss"] = np.where(STEPS > 250, 3.0, rises["val_loss"])

        def onset(measure, **limit):
            found = judged(rises, measure, **limit)
            return next(f.onset.step for f in found if f.code == "LD990")

        assert onset("val_loss.final", max=2.5) == 251
        assert onset("steps", max=100) == 101
        assert onset("steps_to(train_loss<0.1)", max=200) == 201

    def test_nan_keeps_no_limit(self):
        log = healthy(val_accuracy=np.where(STEPS > 390, np.nan, 0.5))

        for limit in ({"max": 1e9}, {"min": -1e9}):
            assert judged(log, "val_accuracy.final", **limit).verdict is Verdict.FAILING

    def test_a_loss_that_is_never_finite_has_no_best(self):
        found = judged({"train_loss": fall(), "val_loss": fall() * np.nan}, "val_loss.best", max=9)

        assert any(f.code == "LD990" and "NaN" in f.message for f in found)

    def test_the_cause_is_told_before_it(self):
        lost = healthy()
        lost["train_loss"][300:] = np.nan
        found = judged(lost, "train_loss.final", max=1.0)

        assert [f.code for f in found][:2] == ["LD101", "LD990"]

    def test_close_numbers_are_told_apart(self):
        found = judged(healthy(val_accuracy=STEPS * 0 + 0.70004), "val_accuracy.best", max=0.7)

        assert "0.70004, above its limit of 0.7" in found.summary


class TestNotJudged:
    @pytest.mark.parametrize(
        ("measure", "reason"),
        [
            ("val_accuracy.best", "no val_accuracy in this log"),
            ("wall_time", "no wall_time in this log"),
            ("time_to(val_loss<1)", "no wall_time in this log"),
            ("epochs", "this log counts steps, not epochs"),
        ],
    )
    def test_what_the_log_does_not_tell_leaves_it_inconclusive(self, measure, reason):
        found = judged(healthy(), measure, max=1)

        assert found.verdict is Verdict.INCONCLUSIVE
        assert reason in found.problem
        assert (found.budgets[0].value, found.budgets[0].judged) == (None, False)
        assert found.not_checked[0].code == "LD990"
        assert reason in found.not_checked[0].reason

    def test_a_run_that_fails_otherwise_stays_failing(self):
        lost = healthy()
        lost["train_loss"][300:] = np.nan

        assert judged(lost, "wall_time", max=1).verdict is Verdict.FAILING

    def test_a_kept_budget_makes_no_short_log_healthy(self):
        short = {"step": STEPS[:3], "train_loss": fall()[:3]}

        assert judged(short, "steps", max=9).verdict is Verdict.INCONCLUSIVE

    def test_a_log_of_two_executions_has_no_one_length(self):
        twice = {"step": np.tile(STEPS, 2), "train_loss": np.tile(fall(), 2)}

        assert "2 executions" in judged(twice, "steps", max=9).budgets[0].reason

    def test_wall_times_that_run_backwards(self):
        log = healthy(wall_time=np.where(STEPS > 200, STEPS - 50, STEPS))

        assert "run backwards" in judged(log, "wall_time", max=9).budgets[0].reason

    def test_an_unfinished_run_may_still_come_within_its_limits(self):
        def found(measure, **limit):
            return lossdoc.analyze(healthy(), total_steps=4000, budgets={measure: limit})

        assert "not finished" in found("val_loss.best", max=0.1).budgets[0].reason
        assert found("steps_to(val_loss<0.1)", max=1000).budgets[0].broken is None
        # What cannot come back is exceeded already.
        assert found("steps_to(val_loss<0.1)", max=100).verdict is Verdict.FAILING
        assert found("steps", max=100).verdict is Verdict.FAILING

    def test_a_log_that_cannot_be_read_has_no_budgets(self):
        assert judged("nowhere.csv", "steps", max=9).budgets == ()
