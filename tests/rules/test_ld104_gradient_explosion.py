"""LD104 tells norms that grew from norms that were enormous before any update."""

import numpy as np
import pytest

from lossdoc import curves
from lossdoc.engine import diagnose
from lossdoc.model import Severity

N = 200


def run_of(norms, loss, **columns):
    return curves.build({"train_loss": loss, "grad_norm": norms, "lr": np.full(N, 0.05), **columns})


def learning(start=2.3):
    return curves.noisy(np.random.default_rng(0), curves.learning(N, start, 0.3), 0.05)


def lost(*first):
    """Loss that begins with some values and is NaN ever after."""
    return np.concatenate((first, np.full(N - len(first), np.nan)))


def stated(run):
    """The finding, if it was kept; its severity; and what explains it otherwise."""
    diagnosis = diagnose(run)
    kept = next((f for f in diagnosis if f.code == "LD104"), None)
    by = next((s.by for s in diagnosis.superseded if s.finding.code == "LD104"), None)
    return kept, by


# ---- from the first step


@pytest.mark.parametrize(
    ("first", "loss", "fires"),
    [
        (600.0, lost(2.0, 3.0, 1e6), True),
        (600.0, lost(87.0, 2e4), True),
        (600.0, np.concatenate(([3.5, 4e3], np.full(N - 2, 2.31))), True),  # sits at chance
        (2.0, lost(2.0, 3.0, 1e6), False),  # the rate is to blame
        (600.0, lost(500.0, 4e4), False),  # a sum over the batch
        (600.0, learning(), False),  # loud at first, and learns
        (
            600.0,
            np.concatenate(([2.3, 80.0], learning()[2:])),
            False,
        ),  # is thrown off, and recovers
    ],
)
def test_a_first_norm_tells_too_large_weights_where_the_run_was_lost_at_once(first, loss, fires):
    norms = np.where(np.isfinite(loss), 0.5, np.nan)
    norms[0] = first

    finding, _ = stated(run_of(norms, loss))

    assert (finding is not None) == fires
    if fires:
        assert finding.severity is Severity.ERROR
        assert finding.onset.step == 1


def test_it_comes_before_the_nan_that_it_made():
    norms = lost(600.0, 4e4)

    codes = [f.code for f in diagnose(run_of(norms, lost(2.0, 1e6))) if f.severity > Severity.NOTE]

    assert codes == ["LD104", "LD101"]


def test_weights_are_drawn_anew_and_the_rate_stays():
    finding, _ = stated(run_of(lost(600.0, 4e4), lost(2.0, 1e6)))
    (remedy,) = finding.prescriptions

    assert {c.name: c.after for c in remedy.changes} == {"init": "he_normal", "clip_grad_norm": 1.0}
    assert "the first step was 30 long" in remedy.rationale


def test_a_run_that_is_lost_later_had_weights_of_the_right_size():
    loss = learning()
    loss[100:] = np.nan
    norms = np.where(np.isfinite(loss), 0.5, np.nan)
    norms[0] = 600.0

    assert stated(run_of(norms, loss)) == (None, None)


# ---- on the way


def grown(to):
    return np.concatenate((np.full(N // 2, 0.5), np.geomspace(0.5, to, N // 2)))


def test_growth_beside_a_healthy_loss_is_noted():
    finding, _ = stated(run_of(grown(500.0), learning()))

    assert finding.severity is Severity.NOTE
    assert finding.prescriptions == ()


def test_growth_to_the_tenfold_is_usual():
    assert stated(run_of(grown(5.0), learning())) == (None, None)


def test_growth_of_a_lost_run_is_a_consequence():
    loss = np.where(np.arange(N) < 150, learning(), 50.0 * 2.3)

    assert stated(run_of(grown(1e4), loss)) == (None, "LD102")


def test_infinite_norms_are_those_of_a_loss_scaler():
    norms = np.full(N, 0.5)
    norms[::3] = np.inf

    assert stated(run_of(norms, learning())) == (None, None)


def test_a_norm_of_zero_hides_no_growth():
    """The first row of some scripts has it."""
    norms = grown(500.0)
    norms[0] = 0.0

    assert stated(run_of(norms, learning()))[0] is not None


def test_few_norms_are_too_few():
    run = curves.build({"train_loss": learning()[:15], "grad_norm": np.geomspace(1, 1e4, 15)})

    assert "needs 20" in next(n.reason for n in diagnose(run).not_checked if n.code == "LD104")
