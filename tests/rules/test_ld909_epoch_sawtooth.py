"""LD909 tells a fixed order from stairs, and nobody calls either a spike."""

import numpy as np
import pytest

from lossdoc import curves
from lossdoc.engine import diagnose
from lossdoc.model import Severity

EPOCH = 24
N = 20 * EPOCH


def run(shape, *, epochs=True, noise=0.03, seed=0, axis="step"):
    """A run that learns, with a factor at each step of an epoch."""
    rng = np.random.default_rng(seed)
    step = np.arange(N)
    level = curves.learning(N, 2.5, 0.4) * shape(step % EPOCH, step // EPOCH)
    columns = {"train_loss": curves.noisy(rng, level, noise)}
    if epochs:
        columns["epoch"] = (step + 1) / EPOCH
    return curves.build(columns, axis=axis)


def hard_batch(place, _):
    """One batch of every epoch is three times as hard as the others."""
    return np.where(place == 7, 3.0, 1.0)


def memorised(_, epoch):
    """Nothing is learned within an epoch; at each new one the loss comes down."""
    return 0.93**epoch


def flat(place, _):
    return np.ones(len(place))


def told(made):
    return next((f for f in diagnose(made) if f.code == "LD909"), None)


@pytest.mark.parametrize("seed", range(5))
def test_a_fixed_order_is_told_with_the_length_of_its_epoch(seed):
    note = told(run(hard_batch, seed=seed))

    assert note.severity is Severity.NOTE
    assert "every 24 steps, an epoch" in note.message
    assert "same order" in note.message


def test_a_hard_batch_in_every_epoch_is_no_spike():
    codes = {f.code for f in diagnose(run(hard_batch))}

    assert not codes & {"LD201", "LD202", "LD203"}


def test_stairs_are_data_known_by_heart():
    def stairs(place, epoch):
        return memorised(place, epoch) / curves.learning(N, 2.5, 0.4)

    note = told(run(stairs, noise=0.005))

    assert "by heart" in note.message


def test_a_period_of_unknown_length_is_perhaps_an_epoch():
    note = told(run(hard_batch, epochs=False, noise=0.01))

    assert "perhaps an epoch" in note.message


@pytest.mark.parametrize("epochs", [True, False])
def test_a_new_order_at_each_epoch_has_no_pattern(epochs):
    assert told(run(flat, epochs=epochs)) is None


def test_a_log_by_epoch_has_no_epoch_inside():
    assert told(run(hard_batch, epochs=False, axis="epoch")) is None


def test_a_pattern_below_a_hundredth_of_the_drop_is_nobodys_business():
    def tiny(place, _):
        return 1 + 0.002 * np.cos(2 * np.pi * place / EPOCH)

    assert told(run(tiny, noise=0.0002)) is None
