"""LD206 and LD504 want two witnesses that the rate costs; one alone is noise of another kind."""

import numpy as np
import pytest

from lossdoc import curves
from lossdoc.engine import diagnose
from lossdoc.model import Severity

SEEDS = range(5)


def run(seed, *, rate="constant", noise=0.15, val_noise=0.04, late=0.0, every=20):
    rng = np.random.default_rng(seed)
    t = np.arange(600) / 600
    level = 0.6 + 1.8 * np.exp(-t / 0.03) + late * (1 - t)
    rates = {"constant": np.full(600, 0.1), "slow": 0.1 * (1 - 0.4 * t), "done": 0.1 * (1 - t)}
    return curves.build(
        {
            "train_loss": level + noise * rng.standard_normal(600),
            "val_loss": curves.noisy(rng, 1.03 * level, val_noise),
            "lr": rates[rate],
        },
        every=every,
    )


def told(diagnosis):
    return [f.code for f in diagnosis if f.severity > Severity.NOTE]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_constant_rate_is_the_cause_and_the_floor_its_consequence(seed):
    diagnosis = diagnose(run(seed))

    assert told(diagnosis) == ["LD504"]
    assert "LD206" in [s.finding.code for s in diagnosis.superseded]
    changes = {c.name: c.after for c in diagnosis.findings[0].prescriptions[0].changes}
    assert changes["schedule"] == "cosine to 0"
    assert changes["decay_steps"] == 600
    assert changes["learning_rate"] == pytest.approx(0.1)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_rate_that_came_down_by_less_than_half_shows_the_floor_alone(seed):
    assert told(diagnose(run(seed, rate="slow"))) == ["LD206"]


@pytest.mark.parametrize(
    "quiet",
    [
        {"val_noise": 0.004},  # the batches alone are noisy
        {"noise": 0.02},  # the evaluations alone are
        {"rate": "done"},
        {"late": 0.8},  # still falling
        {"every": 60},  # ten evaluations
    ],
    ids=str,
)
@pytest.mark.parametrize("seed", SEEDS)
def test_one_witness_does_not_do(seed, quiet):
    assert not {"LD206", "LD504"} & {*told(diagnose(run(seed, **quiet)))}


def test_an_unfinished_run_is_not_judged():
    diagnosis = diagnose(run(0), total_steps=5000)

    assert told(diagnosis) == []
    assert {"LD206", "LD504"} <= {n.code for n in diagnosis.not_checked}
