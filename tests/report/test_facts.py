import numpy as np
import pytest
from report_samples import failing, finding, healthy, run, series, unjudged

from lossdoc.model import Channel, Onset, Severity, Verdict
from lossdoc.report import facts


def test_best_of_a_loss_is_its_lowest_finite_value():
    losses = series(Channel.VAL_LOSS, [2.0, np.nan, 0.5, -np.inf, 1.0])

    assert facts.best(losses) == facts.Best(2.0, 0.5)


def test_best_of_an_accuracy_is_its_highest_value():
    assert facts.best(series(Channel.VAL_ACCURACY, [0.1, 0.9, 0.8])) == facts.Best(1.0, 0.9)


@pytest.mark.parametrize(("higher", "step"), [(True, 2.0), (False, 0.0)])
def test_a_measure_of_quality_brings_its_direction(higher, step):
    measure = series(Channel.VAL_METRIC, [1.0, 2.0, 3.0], higher_is_better=higher)

    assert facts.best(measure).step == step


def test_what_has_no_direction_or_no_finite_value_has_no_best():
    assert facts.best(series(Channel.LEARNING_RATE, [1.0, 0.5])) is None
    assert facts.best(series(Channel.TRAIN_LOSS, [np.nan, np.inf])) is None
    assert facts.best(series(Channel.TRAIN_LOSS, [])) is None


def test_the_validation_loss_tells_best_how_a_run_went():
    assert facts.principal(healthy().run).channel is Channel.VAL_LOSS
    assert facts.principal(run()).channel is Channel.TRAIN_LOSS
    assert facts.principal(run(series=())) is None


def test_extent_spans_all_series():
    late = series(Channel.VAL_LOSS, [1.0], steps=[500])

    assert facts.extent(run(series=(*run().series, late))) == (0.0, 500.0)
    assert facts.extent(run(series=())) is None


@pytest.mark.parametrize(("onset", "steps"), [(200.0, 99.0), (-5.0, 299.0), (400.0, 0.0)])
def test_cost_counts_the_steps_after_the_first_onset(onset, steps):
    cost = facts.cost(failing(findings=(finding(onset=Onset(onset)),)))

    assert cost.steps == steps
    assert cost.fraction == steps / 299


def test_there_is_no_cost_without_a_problem_or_a_single_axis():
    assert facts.cost(healthy()) is None
    assert facts.cost(unjudged()) is None
    assert facts.cost(failing(findings=(finding(severity=Severity.NOTE),))) is None
    assert facts.cost(failing(run=run(restarts=(100,)))) is None


HEALTHY, AT_RISK = (Verdict.HEALTHY, False), (Verdict.AT_RISK, False)
FAILING, UNJUDGED = (Verdict.FAILING, True), (Verdict.INCONCLUSIVE, False)


@pytest.mark.parametrize(
    ("outcomes", "code"),
    [
        ([HEALTHY], 0),
        ([AT_RISK, HEALTHY], 0),
        ([(Verdict.AT_RISK, True)], 1),
        ([(Verdict.FAILING, False)], 0),
        ([FAILING], 1),
        ([UNJUDGED], 3),
        ([HEALTHY, UNJUDGED], 3),
        ([UNJUDGED, FAILING], 1),
    ],
)
def test_exit_codes(outcomes, code):
    assert facts.tally(outcomes).exit_code == code


def test_nothing_judged_at_all_is_never_success():
    assert facts.tally([]).exit_code == 3


@pytest.mark.parametrize(
    ("worst", "fail_on", "gated"),
    [
        (Severity.ERROR, Severity.ERROR, True),
        (Severity.WARNING, Severity.ERROR, False),
        (Severity.WARNING, Severity.WARNING, True),
        (Severity.NOTE, Severity.NOTE, True),
        (Severity.ERROR, None, False),
    ],
)
def test_the_gate_closes_at_its_severity(worst, fail_on, gated):
    diagnosis = failing(findings=(finding(severity=worst),))

    assert facts.outcome(diagnosis, fail_on) == (Verdict.FAILING, gated)


def test_counts_in_words_leave_out_zeros():
    assert facts.tally([FAILING, HEALTHY, HEALTHY]).words == "1 failing, 2 healthy"
