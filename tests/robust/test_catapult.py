"""What builds up step by step without batch noise is told from what jumps within one."""

import numpy as np
import pytest

from lossdoc import curves
from lossdoc.engine import diagnose
from lossdoc.model import Severity
from lossdoc.robust.case import Case
from lossdoc.robust.catapult import builds_up

PEAK = 150


def run(factor=1.5, noise=0.0, norms=True, steps=10):
    """Full-batch descent whose norm grows by ``factor`` per step up to ``PEAK``, and comes back."""
    rng = np.random.default_rng(0)
    level = curves.learning(400, 1.0, 0.05)
    excursion = np.ones(400)
    excursion[PEAK - steps : PEAK] = factor ** np.arange(1, steps + 1)
    excursion[PEAK : PEAK + steps] = excursion[PEAK - steps : PEAK][::-1]
    norm = level * excursion * np.exp(noise * rng.standard_normal(400))
    loss = level + 0.002 * norm**2
    return curves.build({"train_loss": loss, "grad_norm": norm} if norms else {"train_loss": loss})


def test_geometric_growth_without_noise_builds_up():
    assert builds_up(Case(run()), float(PEAK))


@pytest.mark.parametrize(
    "other",
    [run(noise=0.3), run(factor=60.0, steps=1), run(factor=1.0)],
    ids=["batch noise", "within one step", "nothing there"],
)
def test_other_excursions_do_not(other):
    assert not builds_up(Case(other), float(PEAK))


def test_an_excursion_elsewhere_is_not_meant():
    assert not builds_up(Case(run()), PEAK + 100.0)


def test_it_is_a_note_and_a_jump_of_that_size_a_warning():
    grown = {f.code: f for f in diagnose(run())}
    jumped = {f.code: f for f in diagnose(run(factor=60.0, steps=1))}

    assert grown["LD204"].severity is Severity.NOTE
    assert "built up step by step" in grown["LD204"].message
    assert jumped["LD204"].severity is Severity.WARNING


def test_without_norms_the_loss_tells():
    level = curves.learning(400, 1.0, 0.05)
    level[PEAK - 12 : PEAK] *= 1.4 ** np.arange(1, 13)
    level[PEAK : PEAK + 12] *= 1.4 ** np.arange(12, 0, -1)

    assert builds_up(Case(curves.build({"train_loss": level})), float(PEAK))
