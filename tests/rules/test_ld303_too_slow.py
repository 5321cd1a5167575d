"""LD303: a line, its slope, where it leads, and by how much to raise the rate."""

import numpy as np
import pytest

from lossdoc import curves
from lossdoc.engine import diagnose


def line(fall, *, n=400, noise=0.01, val_noise=1e-3, **more):
    """A run that falls from 2.4 by ``fall`` along a line."""
    rng = np.random.default_rng(0)
    level = 2.4 - fall * np.arange(n) / n
    columns = {"train_loss": level + noise * rng.standard_normal(n)}
    if val_noise is not None:
        columns["val_loss"] = level + val_noise * rng.standard_normal(n)
    return diagnose(curves.build(columns | more, every=max(n // 20, 1)))


def told(diagnosis, code="LD303"):
    """The finding of a rule, whether another one explains it or not."""
    every = [*diagnosis.findings, *(s.finding for s in diagnosis.superseded)]
    return next((f for f in every if f.code == code), None)


@pytest.mark.parametrize(
    ("fall", "factor"), [(0.02, 100.0), (0.24, 27.0), (0.9, 7.2)], ids=["crawl", "slow", "slowish"]
)
def test_the_factor_is_what_is_left_over_what_was_covered(fall, factor):
    finding = told(line(fall, noise=1e-3))
    change = finding.prescriptions[0].changes[0]

    assert change.name == "learning_rate_factor"
    assert change.after == pytest.approx(factor, rel=0.05)


def test_a_logged_rate_is_prescribed_as_a_number():
    change = told(line(0.24, lr=np.full(400, 2e-5))).prescriptions[0].changes[0]

    assert (change.name, change.after) == ("learning_rate", 5e-4)


def test_the_slope_and_the_outlook_are_those_of_the_line():
    finding = told(line(0.3))

    assert finding.number("slope") == pytest.approx(-0.3 / 400, rel=0.05)
    assert finding.number("gain") == pytest.approx(0.3, rel=0.1)
    assert finding.number("gain_low") <= finding.number("gain") <= finding.number("gain_high")
    assert "another 400 steps alike would lower train_loss by about 0.29" in (
        finding.prescriptions[0].rationale
    )


def test_a_short_log_has_no_outlook():
    finding = told(line(0.3, n=30, noise=1e-3))

    assert "gain" not in {e.name for e in finding.evidence}
    assert "would lower" not in finding.prescriptions[0].rationale


def test_one_percent_counts_where_there_is_no_batch_noise():
    assert told(line(0.024, noise=0.05)) is not None
    assert told(line(0.024, noise=1e-3, val_noise=None)) is None


def test_what_slows_down_is_not_too_slow():
    n = 400
    level = 2.4 - 0.3 * np.log1p(20 * np.arange(n) / n)
    run = curves.build({"train_loss": level, "val_loss": level}, every=20)

    assert told(diagnose(run)) is None


def test_a_finished_schedule_makes_a_note_of_it():
    finding = told(line(0.5, lr=curves.cosine(400)))

    assert finding is None or finding.severity.label == "note"
