"""LD102 is not misled by lucky stretches of noisy batches, nor by harder data."""

import numpy as np
import pytest

from lossdoc import curves
from lossdoc.engine import diagnose
from lossdoc.model import Severity
from lossdoc.robust.curve import Curve
from lossdoc.rules import blow_ups

SEEDS = range(10)


def codes(run):
    return {f.code for f in diagnose(run) if f.severity > Severity.NOTE}


def curve(y):
    n = len(y)
    return Curve("train_loss", np.arange(1.0, n + 1), np.asarray(y, float), np.arange(1, n + 1))


def noisy(seed, *, rise=1.0, noise=0.9):
    """600 noisy steps with a lucky stretch; ``rise``: by which the second half is higher."""
    rng = np.random.default_rng(seed)
    level = curves.learning(600, 2.3, 0.2, 0.05)
    level[250:262] *= 0.15
    level[300:] *= rise
    return curves.build({"train_loss": level * np.exp(noise * rng.standard_normal(600))})


@pytest.mark.parametrize("seed", SEEDS)
def test_noise_above_a_lucky_stretch_is_no_divergence(seed):
    assert "LD102" not in codes(noisy(seed, rise=1.8))


@pytest.mark.parametrize("seed", SEEDS)
def test_a_level_fifteen_times_as_high_is_one_for_all_the_noise(seed):
    assert "LD102" in codes(noisy(seed, rise=15.0, noise=0.4))


@pytest.mark.parametrize("noise", [0.02, 0.05])
@pytest.mark.parametrize("seed", SEEDS)
def test_a_slow_climb_begins_where_it_begins_however_noisy_its_points_are(seed, noise):
    level = np.concatenate((np.linspace(3.2, 3.0, 200), np.linspace(3.0, 4.2, 800)))
    run = curves.build({"train_loss": curves.noisy(np.random.default_rng(seed), level, noise)})

    (found,) = (f for f in diagnose(run) if f.code == "LD102")
    assert 200 <= found.onset.step <= 450


def test_a_step_up_of_a_curriculum_is_no_divergence():
    """Nobody validates; the loss rises to twenty times its best and comes down again."""
    rng = np.random.default_rng(0)
    easy = 0.02 + 2.0 * np.exp(-np.arange(200) / 20)
    harder = 0.25 + 0.5 * np.exp(-np.arange(400) / 60)
    run = curves.build({"train_loss": curves.noisy(rng, np.concatenate((easy, harder)), 0.1)})

    assert codes(run) == set()


@pytest.mark.parametrize(
    ("values", "onset"),
    [
        (np.concatenate((np.full(50, 1.0), [30.0, 900.0, 4e4])), 49),
        (np.concatenate((np.full(50, -1.0), [30.0, 900.0, 4e4])), None),
        (np.geomspace(2.0, 0.1, 60), None),
    ],
    ids=["at the end", "negative losses", "descent"],
)
def test_an_explosion_begins_after_the_last_usual_value(values, onset):
    found = blow_ups.exploding(curve(values), 10.0)

    assert (None if found is None else found.i) == onset


@pytest.mark.parametrize(("level", "told"), [(np.log(10), False), (2.45, True), (3.1, True)])
def test_from_lucky_first_answers_to_uniform_ones_is_no_divergence(level, told):
    """The first batches are answered by chance a little better than uniformly over ten classes."""
    rng = np.random.default_rng(0)
    loss = level + 0.01 * rng.standard_normal(200)
    loss[:3] = 2.2
    assert ("LD102" in codes(curves.build({"train_loss": loss}))) is told


def test_a_loss_that_rises_above_uniform_answers_and_sinks_back_to_them_has_left_its_range():
    rng = np.random.default_rng(0)
    level = np.concatenate((np.linspace(6.85, 7.2, 100), np.linspace(7.2, np.log(1000), 500)))

    assert "LD102" in codes(curves.build({"train_loss": level + 0.02 * rng.standard_normal(600)}))
