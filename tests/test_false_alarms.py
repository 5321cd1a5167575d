"""The budget of false alarms is one for each run, however long it is logged and whatever its noise."""

import numpy as np
import pytest

from lossdoc import curves
from lossdoc.engine import diagnose
from lossdoc.model import Severity

NOISE = {
    "normal": lambda rng, n: rng.normal(0, 1, n),
    "laplace": lambda rng, n: rng.laplace(0, 1, n) / np.sqrt(2),
    "lognormal": lambda rng, n: (np.exp(rng.normal(0, 0.3, n)) - 1.046) / 0.32,
    "student-4": lambda rng, n: rng.standard_t(4, n) / np.sqrt(2),
    "averaged over 20 steps": lambda rng, n: np.convolve(
        rng.normal(0, 1, n + 19), np.ones(20) / np.sqrt(20), "valid"
    ),
}


def learns(n, noise):
    """A healthy run with 8 % of noise on the loss and 20 % on the norm, evaluated 1 step in 20."""

    def fill(rng, t):
        level = curves.learning(n, 2.4, 0.3)
        z = NOISE[noise](rng, n)
        return {
            "train_loss": level * (1 + 0.08 * z),
            "val_loss": level * 1.05 * (1 + 0.01 * rng.normal(0, 1, n)),
            "lr": 1e-3 * (1 - t),
            "grad_norm": np.exp(0.2 * np.tanh(z / 4) * 4) * (1 + level),
        }

    return curves.table(n, fill, every=20)


@pytest.mark.parametrize("noise", NOISE)
@pytest.mark.parametrize(("n", "runs"), [(300, 40), (3000, 20), (30_000, 8)])
def test_a_longer_log_raises_no_more_false_alarms(n, runs, noise):
    make = learns(n, noise)
    alarmed = [
        seed
        for seed in range(runs)
        if any(f.severity > Severity.NOTE for f in diagnose(make(seed)))
    ]
    assert len(alarmed) <= max(2, 0.05 * runs), alarmed


def test_a_spike_is_still_seen_in_a_long_log():
    run = learns(30_000, "student-4")(0)
    loss = run["train_loss"].values
    loss[20_000:20_010] += 3.0
    found = {f.code: f for f in diagnose(run)}
    assert found["LD202"].severity is Severity.WARNING
    assert found["LD202"].onset.step == 20_001
