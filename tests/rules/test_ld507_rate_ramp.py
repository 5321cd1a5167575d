"""LD507 and the remedy of a divergence read the same rate off a ramp."""

import numpy as np
import pytest

from lossdoc import curves
from lossdoc.engine import diagnose
from lossdoc.model import Severity

SEEDS = range(5)
N = 300
T = np.arange(N) / N
RATES = 1e-4 * 10 ** (5 * T)


def ramp(seed, *, low=0.65, wild=30.0, rates=RATES, floor=0.4):
    """Lowest at a share ``low`` of the run, and far above the start at its end."""
    rng = np.random.default_rng(seed)
    level = floor + (2.3 - floor) / (1 + np.exp((T - 0.75 * low) / 0.04))
    return curves.build(
        {
            "train_loss": curves.noisy(rng, level + wild * np.clip(T - low, 0, 1), 0.03),
            "lr": rates,
        }
    )


def of(code, diagnosis):
    every = [*diagnosis.findings, *(s.finding for s in diagnosis.superseded)]
    return [f for f in every if f.code == code]


def rate_of(finding):
    return next(
        c.after for p in finding.prescriptions for c in p.changes if c.name == "learning_rate"
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_a_quarter_of_the_rate_at_the_lowest_loss_is_prescribed_once(seed):
    diagnosis = diagnose(ramp(seed))
    (note,), (diverged,) = of("LD507", diagnosis), of("LD102", diagnosis)

    assert note.severity is Severity.NOTE
    assert note.number("rate_at_lowest") == pytest.approx(1e-4 * 10**3.2, rel=0.6)
    assert note.number("suggested_peak") == note.number("rate_at_lowest") / 4
    assert rate_of(diverged) == pytest.approx(note.number("suggested_peak"), rel=0.3)
    assert note.prescriptions == ()  # the divergence has it already


@pytest.mark.parametrize("seed", SEEDS)
def test_a_test_that_ends_before_the_blow_up_prescribes_nothing(seed):
    (note,) = of("LD507", diagnose(ramp(seed, low=1.0)))

    assert note.prescriptions == ()
    assert "a longer ramp would tell more" in note.message


@pytest.mark.parametrize("seed", SEEDS)
def test_a_test_that_turns_without_diverging_prescribes_the_rate_itself(seed):
    (note,) = of("LD507", diagnose(ramp(seed, wild=0.5)))

    assert rate_of(note) == pytest.approx(note.number("suggested_peak"), rel=0.3)


def test_a_loss_that_falls_at_no_rate_is_not_judged():
    diagnosis = diagnose(ramp(0, floor=2.29, wild=0.0))

    assert not of("LD507", diagnosis)
    assert "LD507" in {n.code for n in diagnosis.not_checked}


@pytest.mark.parametrize("seed", SEEDS)
def test_a_warm_up_that_went_too_far_is_read_too(seed):
    warm_up = 0.5 * np.minimum((T + 0.003) / 0.9, 1.0)
    (note,) = of("LD507", diagnose(ramp(seed, low=0.4, rates=warm_up)))

    assert "warm-up that went too far" in note.message


@pytest.mark.parametrize(
    "rates",
    [
        np.full(N, 0.1),
        curves.cosine(N),
        0.1 * np.minimum((T + 0.003) / 0.5, 1.0),
        0.01 * 10**T,  # one decade
    ],
    ids=["constant", "cosine", "warm-up", "decade"],
)
def test_a_healthy_run_is_no_ramp(rates):
    assert not of("LD507", diagnose(ramp(0, low=1.0, rates=rates)))
