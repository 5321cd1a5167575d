"""LD906 tells a factor between the losses, not a gap that training opened."""

import numpy as np
import pytest

from lossdoc import curves
from lossdoc.engine import diagnose
from lossdoc.model import Severity
from lossdoc.robust.case import Case
from lossdoc.rules.base import Withheld
from lossdoc.rules.ld906_scale_mismatch import ScaleMismatch


def run(factor=1.0, *, batch=None, first=0, epochs=None, gap=None):
    """A run of 400 steps with 20 evaluations, the first ``first`` of them lost."""
    rng = np.random.default_rng(0)
    level = curves.learning(400, 2.5, 0.3)
    val = factor * curves.noisy(rng, level * (1.0 if gap is None else gap), 0.01)
    val[: first * 20] = np.nan
    columns = {"train_loss": curves.noisy(rng, level, 0.05), "val_loss": val}
    if epochs:
        columns["epoch"] = np.arange(1, 401) * epochs / 400
    context = {} if batch is None else {"batch_size": batch}
    return curves.build(columns, every=20, context=context)


def state(made):
    return next(ScaleMismatch().check(Case(made)), None)


@pytest.mark.parametrize("factor", [32.0, 1 / 32.0])
def test_a_sum_beside_a_mean_is_told_with_its_factor(factor):
    finding = state(run(factor))

    assert finding.severity is Severity.NOTE
    assert finding.number("median_ratio") == pytest.approx(factor, rel=0.1)


def test_a_ratio_of_the_batch_size_names_it():
    assert "batch size is 32" in state(run(32.0, batch=32)).message
    assert "batch size" not in state(run(32.0, batch=100)).message


@pytest.mark.parametrize("factor", [1.0, 3.0, 0.3])
def test_smaller_ratios_have_other_reasons(factor):
    assert state(run(factor)) is None


def test_a_gap_that_opened_while_training_is_none():
    assert state(run(gap=np.geomspace(1, 100, 400))) is None


def test_after_epochs_of_training_memorised_data_look_the_same():
    with pytest.raises(Withheld, match=r"after \d+\.\d epochs"):
        state(run(32.0, epochs=40, first=3))
    assert state(run(32.0, epochs=2, first=3)) is not None


def test_without_epochs_a_tenth_of_the_run_is_late():
    with pytest.raises(Withheld, match="good part of the run"):
        state(run(32.0, first=3))


def test_a_loss_that_blew_up_is_compared_with_nothing():
    made = run(32.0)
    made.series[0].values[:] = made.series[0].values[::-1]

    assert state(made) is None


def test_it_leaves_the_verdict_alone():
    assert diagnose(run(32.0)).verdict == diagnose(run()).verdict
