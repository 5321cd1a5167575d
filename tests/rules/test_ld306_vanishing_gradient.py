"""LD306 finds first layers without a gradient, and takes neither freezing nor converging for it."""

import numpy as np
import pytest

from lossdoc import curves
from lossdoc.engine import diagnose
from lossdoc.model import Confidence, Severity
from lossdoc.rules.ld306_vanishing_gradient import VanishingGradient

N = 300


def run_of(first, *, last=0.3, end=2.3, context=None, **columns):
    """Run whose loss goes from 2.3 to ``end``, with constant norms of its layers."""
    rng = np.random.default_rng(0)
    loss = np.linspace(2.3, end, N) + 0.01 * rng.standard_normal(N)
    norms = {"grad_norm_first": np.full(N, first), "grad_norm_last": np.full(N, last)}
    rate = {"lr": np.full(N, 0.1)}
    return curves.build({"train_loss": loss, **norms, **rate, **columns}, context=context)


def found(run):
    return next((f for f in diagnose(run) if f.code == "LD306"), None)


@pytest.mark.parametrize(
    ("first", "end", "severity"),
    [
        (1e-9, 2.3, Severity.ERROR),
        (1e-9, 1.8, Severity.WARNING),
        (1e-9, 1.0, None),  # learns
        (2e-3, 2.3, None),  # weak, but large enough to move weights
        (0.0, 2.3, Severity.NOTE),  # frozen, detached or dead: nobody can tell
        (0.0, 1.8, None),  # frozen on purpose: the head learns
    ],
)
def test_the_first_layer_decides_beside_the_loss(first, end, severity):
    finding = found(run_of(first, end=end))

    assert (finding and finding.severity) == severity


def test_the_whole_gradient_counts_where_even_the_last_layer_is_faint():
    """A bias of the head may hold all of the gradient."""
    faint = {"first": 1e-7, "last": 1e-5}

    assert found(run_of(**faint, grad_norm=np.full(N, 0.1))) is not None
    assert found(run_of(**faint, grad_norm=np.full(N, 1e-5))) is None


def test_it_explains_chance_level_and_comes_before_it():
    accuracy = np.full(N, 0.1) + 0.01 * np.random.default_rng(1).standard_normal(N)

    diagnosis = diagnose(run_of(1e-9, val_loss=np.full(N, 2.3), val_acc=accuracy))

    assert [f.code for f in diagnosis if f.severity > Severity.NOTE] == ["LD306"]
    assert ("LD302", "LD306") in {(s.finding.code, s.by) for s in diagnosis.superseded}


def test_a_loss_that_was_low_before_is_another_story():
    run = run_of(1e-9)
    run.series[0].values[:] = 2.3
    run.series[0].values[50:150] = 0.4

    assert found(run) is None


def test_onset_is_where_the_gradient_faded():
    run = run_of(0.1)
    run.series[1].values[100:] = 1e-8

    assert found(run).onset.step == 101


def test_the_norm_of_the_whole_shows_it_only_where_nothing_is_learned():
    fading = 0.3 * np.maximum(np.exp(-np.arange(N) / 5), 1e-6)
    flat = 2.3 + 0.01 * np.random.default_rng(0).standard_normal(N)

    assert found(curves.build({"train_loss": flat, "grad_norm": fading})) is not None
    assert (
        found(curves.build({"train_loss": flat * np.linspace(1, 0.7, N), "grad_norm": fading}))
        is None
    )


def test_a_gradient_that_ends_because_the_run_has_converged_is_no_fault():
    left = np.exp(-np.arange(N) / 15)

    run = curves.build({"train_loss": 0.6 + 0.4 * left**2, "grad_norm": np.maximum(left, 1e-7)})

    assert found(run) is None


def test_a_note_prescribes_nothing():
    assert found(run_of(0.0)).prescriptions == ()


@pytest.mark.parametrize(
    ("columns", "wanted"),
    [
        ({"grad_norm": np.full(N, 0.3)}, "log the norms of the first and the last layer"),
        ({}, "no gradient norms"),
        ({"grad_norm_first": np.full(N, 0.3)}, "which layer is the first"),
    ],
)
def test_what_it_cannot_see_it_says(columns, wanted):
    diagnosis = diagnose(curves.build({"train_loss": np.full(N, 2.3), **columns}))

    assert wanted in next(n.reason for n in diagnosis.not_checked if n.code == "LD306")


def test_a_run_that_learns_needs_no_norms():
    assert "LD306" in diagnose(curves.healthy()(0)).passed


def test_the_mended_network_may_take_no_larger_steps_than_this_run():
    finding = found(run_of(1e-9, last=0.3, context={"clip_grad_norm": 5.0}))
    changes = {c.name: (c.before, c.after) for c in finding.prescriptions[0].changes}

    assert changes == {
        "init": (None, "he_normal"),
        "activation": (None, "relu"),
        "learning_rate": (0.1, 0.03),
        "clip_grad_norm": (5.0, 1.0),
    }


def test_thresholds_can_be_moved():
    run = run_of(1e-9, end=1.0)
    rules = [VanishingGradient().configured({"level": 0.3})]

    assert [f.code for f in diagnose(run, rules=rules, min_confidence=Confidence.LOW)] == ["LD306"]
