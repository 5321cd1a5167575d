"""LD207 counts clipped steps by whatever the log tells of them, and only notes it."""

import numpy as np
import pytest

from lossdoc import curves
from lossdoc.engine import diagnose
from lossdoc.model import Change, Severity

N = 400


def run_of(norm=1.0, *, clip=None, after=False, coefficients=False, n=N):
    """Run with norms about ``norm``, clipped at ``clip``, logged before or ``after`` clipping."""
    rng = np.random.default_rng(0)
    norms = curves.noisy(rng, np.full(n, norm), 0.2)
    context = {} if clip is None or coefficients else {"clip_grad_norm": clip}
    columns = {
        "train_loss": curves.noisy(rng, curves.learning(n, 2.5, 0.3), 0.05),
        "lr": np.full(n, 0.1),
        "grad_norm": np.minimum(norms, clip) if after else norms,
    }
    if coefficients:
        columns["clip_coef"] = np.minimum(1.0, clip / norms)
    return curves.build(columns, context=context)


def found(run):
    return next((f for f in diagnose(run) if f.code == "LD207"), None)


@pytest.mark.parametrize("how", [{}, {"after": True}, {"coefficients": True}])
@pytest.mark.parametrize(("clip", "fires"), [(0.5, True), (1.5, False)])
def test_coefficients_norms_and_ties_tell_the_same(how, clip, fires):
    finding = found(run_of(clip=clip, **how))

    assert (finding is not None) == fires
    if fires:
        assert finding.severity is Severity.NOTE
        assert finding.number("clipped") > 0.99
        assert finding.number("bound") == pytest.approx(clip, rel=1e-3)


def test_a_ceiling_tells_even_where_nobody_tells_the_bound():
    run = run_of(clip=0.8, after=True)
    unknown = curves.build({s.name: s.values for s in run.series})

    assert found(unknown).number("bound") == 0.8


def test_early_steps_do_not_count():
    run = run_of(clip=1.5)
    run.series[-1].values[:80] = 30.0

    assert found(run) is None


def test_the_new_bound_is_the_90th_percentile_of_what_was_judged():
    run = run_of(clip=0.5)
    run.series[-1].values[:80] = 30.0
    raised, halved = found(run).prescriptions
    ninetieth = np.percentile(run.series[-1].values[80:], 90)

    assert raised.changes == (Change("clip_grad_norm", 0.5, pytest.approx(ninetieth, rel=0.05)),)
    assert [(c.name, c.after) for c in halved.changes] == [("learning_rate", 0.05)]


def test_norms_that_were_clipped_before_they_were_logged_tell_no_new_bound():
    (halved,) = found(run_of(clip=0.5, after=True)).prescriptions

    assert halved.changes[0].name == "learning_rate"


@pytest.mark.parametrize(
    ("run", "wanted"),
    [
        (run_of(), "no clipping coefficient"),
        (run_of(clip=0.5, n=30), "needs 40"),
    ],
)
def test_what_it_cannot_judge_it_says(run, wanted):
    assert wanted in next(n.reason for n in diagnose(run).not_checked if n.code == "LD207")


def test_a_constant_coefficient_is_a_setting():
    """PPO clips its ratio of probabilities by a number of the same name."""
    run = run_of(clip=0.5, coefficients=True)
    run.series[-1].values[:] = 0.2

    assert found(run) is None
