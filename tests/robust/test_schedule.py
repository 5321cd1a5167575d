"""A decay on its way tells where it ends; any other tells nothing."""

import numpy as np
import pytest

from lossdoc import curves
from lossdoc.engine import diagnose
from lossdoc.model import Severity
from lossdoc.robust.case import Case
from lossdoc.robust.rate import Rate
from lossdoc.robust.schedule import plan

N = 400
T = np.arange(N, dtype=float)


def half_cosine(steps, start=0.0):
    return 0.5 * (1 + np.cos(np.pi * np.clip((T - start) / (steps - start), 0, 1)))


@pytest.mark.parametrize("steps", [500, 1000, 8000])
def test_the_first_part_of_a_cosine_tells_its_end(steps):
    found = plan(Rate(T, 3e-3 * half_cosine(steps)))

    assert found.shape == "cosine"
    assert found.end == pytest.approx(steps, rel=0.03)


@pytest.mark.parametrize("steps", [500, 1000, 8000])
def test_a_line_tells_its_end_too_after_a_warm_up(steps):
    rate = np.where(T < 50, T / 50, (steps - T) / (steps - 50))

    found = plan(Rate(T, rate))

    assert (found.shape, found.start) == ("linear decay", 50)
    assert found.end == pytest.approx(steps, rel=0.03)


@pytest.mark.parametrize(
    "rate",
    [
        np.ones(N),
        0.5 ** (T / 100),
        np.where(T < 200, 1.0, 0.1),
        half_cosine(N - 1),
        0.3 + 0.7 * half_cosine(N),
        np.clip(T / N, 0.01, None),
    ],
    ids=["constant", "exponential", "stairs", "arrived", "to a floor", "warm-up"],
)
def test_what_has_another_shape_or_has_arrived_tells_nothing(rate):
    assert plan(Rate(T, rate)) is None


def poor(rate):
    """A classifier of two classes that has not learned anything yet."""
    rng = np.random.default_rng(0)
    loss = 0.65 + 0.05 * np.exp(-T / 5)
    return curves.build(
        {
            "train_loss": loss + 0.02 * rng.standard_normal(N),
            "train_acc": 0.62 + 0.02 * rng.standard_normal(N),
            "lr": rate,
        }
    )


def test_a_run_whose_schedule_has_hardly_begun_is_early():
    share, told = Case(poor(half_cosine(4000))).early

    assert share == pytest.approx(0.1, rel=0.02)
    assert told == "step 400 of some 4,000 that its cosine is made for"
    assert Case(poor(half_cosine(4000)), total_steps=N).early == (1.0, "")
    assert Case(poor(np.ones(N))).early == (1.0, "")


def test_so_early_a_poor_fit_is_only_noted():
    (note,) = [f for f in diagnose(poor(half_cosine(4000))) if f.code == "LD403"]
    (warning,) = [f for f in diagnose(poor(np.ones(N))) if f.code == "LD403"]

    assert (note.severity, warning.severity) == (Severity.NOTE, Severity.WARNING)
    assert note.prescriptions == ()
    assert "some 4,000 that its cosine is made for: from 50% on" in note.caveat
