"""A loss that only swings about zero is not to fall; every other one is."""

from dataclasses import replace

import numpy as np
import pytest

from lossdoc import curves
from lossdoc.robust.objective import ZERO_MEAN, with_objective


def run(values, **more):
    return curves.build({"train_loss": np.asarray(values, dtype=float), **more})


def noise(seed, n=300):
    return 0.02 * np.random.default_rng(seed).standard_t(4, n)


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("shift", [0.0, 0.01, -0.01])
def test_noise_about_zero_has_no_goal(seed, shift):
    assert with_objective(run(noise(seed) + shift)).objective == ZERO_MEAN


@pytest.mark.parametrize(
    "values",
    [
        curves.learning(300, 2.0, -1.5) + noise(0),
        noise(0) + 0.05,
        noise(0) + 0.1 * np.linspace(1, -1, 300),
        np.zeros(300),
        noise(0)[:39],
    ],
    ids=["falls below zero", "above zero", "falls slowly", "constant", "few"],
)
def test_what_moves_or_keeps_its_sign_is_to_fall(values):
    assert with_objective(run(values)).objective == "supervised"


def test_an_accuracy_tells_that_the_run_is_supervised():
    told = run(noise(0), val_acc=np.linspace(0.1, 0.9, 300))

    assert with_objective(told).objective == "supervised"


def test_what_the_names_tell_stays():
    named = replace(run(noise(0)), objective="adversarial")

    assert with_objective(named) is named
