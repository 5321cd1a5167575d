"""LD908 knows a ceiling by its ties, and rounding by its ties everywhere."""

import numpy as np
import pytest

from lossdoc import curves
from lossdoc.engine import diagnose
from lossdoc.model import Severity
from lossdoc.robust.curve import Curve
from lossdoc.rules.ld908_clipped_norm_logged import ceiling


def run_of(norms):
    rng = np.random.default_rng(0)
    loss = curves.noisy(rng, curves.learning(len(norms), 2.5, 0.3), 0.05)
    return curves.build({"train_loss": loss, "grad_norm": norms})


def found(norms):
    return next((f for f in diagnose(run_of(norms)) if f.code == "LD908"), None)


def noisy(n=400, level=1.0):
    return curves.noisy(np.random.default_rng(1), np.full(n, level), 0.3)


@pytest.mark.parametrize(
    ("norms", "fires"),
    [
        (np.minimum(noisy(), 1.0), True),
        (np.minimum(noisy(), 1.0) / (1 + 1e-6 / noisy()), True),  # as torch divides
        (np.minimum(noisy(), 1.8), False),  # clips outliers alone
        (noisy(), False),
        (np.round(np.clip(noisy(), 0.8, 1.2), 1), False),  # printed with one digit
        (np.full(400, 1.0), False),  # says nothing: a placeholder looks so
        (np.zeros(400), False),
        (np.minimum(noisy(30), 1.0), False),  # too few
    ],
)
def test_ties_at_the_largest_norm(norms, fires):
    finding = found(norms)

    assert (finding is not None) == fires
    if fires:
        assert finding.severity is Severity.NOTE
        assert finding.prescriptions == ()
        assert finding.number("ceiling") == pytest.approx(1.0, rel=1e-3)


def test_onset_is_the_first_row_at_the_ceiling():
    norms = np.concatenate((np.full(100, 0.5) * noisy(100, 0.5), np.minimum(noisy(300), 0.9)))

    assert found(norms).onset.step == 1 + np.argmax(norms >= 0.9)


def test_the_share_of_a_ceiling_is_that_of_the_rows_at_it():
    norms = np.minimum(noisy(), 1.0)

    assert ceiling(Curve.of(run_of(norms).series[1])).share == np.mean(norms == 1.0)
