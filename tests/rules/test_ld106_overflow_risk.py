"""LD106 tells an overflow that nobody caught from a loss scaler at work."""

import numpy as np
import pytest

from lossdoc import curves
from lossdoc.engine import diagnose
from lossdoc.model import Severity

N = 400


def run_of(scale=None, *, lost=None, norm=0.5, level=1.0, spread=0.2, context=None):
    """Run with a falling loss; from row ``lost`` on everything is NaN."""
    rng = np.random.default_rng(0)
    loss = curves.noisy(rng, level * curves.learning(N, 2.5, 0.3), 0.05)
    norms = curves.noisy(rng, np.full(N, norm), spread)
    if lost is not None:
        loss[lost:], norms[lost:] = np.nan, np.nan
    columns = {"train_loss": loss, "grad_norm": norms}
    if scale is not None:
        columns["loss_scale"] = np.broadcast_to(scale, N)
    return curves.build(columns, context=context)


def found(run):
    return next((f for f in diagnose(run) if f.code == "LD106"), None)


def powers(exponents):
    return 2.0 ** np.floor(np.asarray(exponents, dtype=float))


ROW = np.arange(N)


def test_an_overflow_that_nobody_caught_ended_the_run():
    diagnosis = diagnose(run_of(2.0**17, lost=250))

    assert next((f.code, f.severity) for f in diagnosis) == ("LD106", Severity.ERROR)
    assert ("LD101", "LD106") in {(s.finding.code, s.by) for s in diagnosis.superseded}
    assert diagnosis.findings[0].onset.step == 251
    (remedy,) = diagnosis.findings[0].prescriptions
    assert [(c.name, c.after) for c in remedy.changes] == [("precision", "bfloat16")]


@pytest.mark.parametrize(
    "run",
    [
        run_of(2.0**10, lost=250),  # far from the largest number
        run_of(powers(17 - np.maximum(ROW - 249, 0)), lost=250),  # the scaler backs off
        run_of(lost=250, context={"precision": "float16"}),  # no scale: nobody can tell
    ],
)
def test_another_nan_is_left_to_ld101(run):
    assert found(run) is None
    assert "LD101" in {f.code for f in diagnose(run)}


def test_a_loss_that_exploded_by_itself_is_left_to_ld101():
    run = run_of(2.0**17, lost=250)
    run.series[0].values[240:250] *= np.geomspace(1, 1e3, 10)

    assert found(run) is None


@pytest.mark.parametrize(
    ("scale", "fires"),
    [
        (powers(np.where(ROW < 300, 15, np.maximum(14 - (ROW - 300), 2))), True),
        (powers(np.where(ROW < 300, 4, -12)), True),  # between two rows, to next to nothing
        (np.where(ROW < 300, 16.0, 0.0), True),  # printed as 0.000
        (powers(np.maximum(24 - ROW, 17)), False),  # finds its scale at the start
        (powers(17 - ROW / 40), False),  # gradients grow, slowly
        (powers(16 - (ROW % 50 < 3)), False),  # halves now and then
        (powers(np.where((ROW > 200) & (ROW < 230), 10, 16)), False),  # comes back
        (np.full(N, 0.03125), False),  # a summed loss
    ],
)
def test_a_scale_that_falls_for_good(scale, fires):
    finding = found(run_of(scale))

    assert (finding is not None) == fires
    if fires:
        assert finding.severity is Severity.WARNING
        assert finding.onset.step == 301


def test_a_scale_that_falls_with_a_diverged_loss_is_its_consequence():
    run = run_of(powers(np.where(ROW < 300, 15, np.maximum(15 - (ROW - 299), 2))))
    run.series[0].values[290:] *= 20

    assert found(run) is None


@pytest.mark.parametrize(
    ("numbers", "series"), [({"level": 3e4}, "train_loss"), ({"norm": 9e3}, "grad_norm")]
)
def test_large_numbers_are_noted(numbers, series):
    finding = found(run_of(context={"precision": "float16"}, **numbers))

    assert finding.severity is Severity.NOTE
    assert finding.series == series
    assert finding.prescriptions == ()
    assert found(run_of(context={"precision": "bfloat16"}, **numbers)) is None


def test_without_any_sign_of_half_precision_it_says_so():
    reasons = {n.code: n.reason for n in diagnose(run_of(level=3e4)).not_checked}

    assert "no loss scale" in reasons["LD106"]
