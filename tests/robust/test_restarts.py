"""A second execution on the same axis is told from spikes and from swings."""

import numpy as np
import pytest

from lossdoc.robust.curve import Curve
from lossdoc.robust.restarts import value_restart


def curve(y):
    n = len(y)
    return Curve("train_loss", np.arange(1.0, n + 1), np.asarray(y, float), np.arange(1, n + 1))


def descent(n, rng, pace=15.0):
    """One execution: from 2.3 down to 0.3."""
    return 0.3 + 2.0 * np.exp(-np.arange(n) / pace) + 0.02 * rng.standard_normal(n)


@pytest.mark.parametrize("seed", range(10))
def test_a_second_execution_begins_where_it_starts_again(seed):
    rng = np.random.default_rng(seed)

    found = value_restart(curve(np.concatenate([descent(150, rng), descent(150, rng)])))

    assert found == 150


@pytest.mark.parametrize("seed", range(10))
def test_a_spike_to_the_height_of_the_start_is_none(seed):
    rng = np.random.default_rng(seed)
    y = descent(300, rng)
    y[150:158] += 1.8 * np.exp(-np.arange(8) / 2.0)

    assert value_restart(curve(y)) is None


@pytest.mark.parametrize("seed", range(10))
def test_swings_of_a_restless_run_are_none(seed):
    """Each swing looks like the first descent; nobody starts a job five times in 300 steps."""
    rng = np.random.default_rng(seed)
    y = np.concatenate([descent(50, rng) for _ in range(6)])

    assert value_restart(curve(y)) is None
