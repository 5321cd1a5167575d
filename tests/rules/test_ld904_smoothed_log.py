"""LD904 tells a mean that hides spikes, and findings about spikes are less sure then."""

import numpy as np
import pytest

from lossdoc import curves
from lossdoc.engine import diagnose
from lossdoc.model import Severity, Verdict


def logged(width, seed=0, n=800):
    """A run whose loss was logged as the mean of the last ``width`` steps; one bad step of 60x."""
    rng = np.random.default_rng(seed)
    loss = curves.noisy(rng, curves.learning(n, 2.5, 0.3), 0.05)
    loss[500] *= 60
    sums = np.cumsum(np.concatenate(([0.0], loss)))
    return curves.build(
        {"train_loss": np.append(loss[: width - 1], (sums[width:] - sums[:-width]) / width)}
    )


def found(run, code):
    return next((f for f in diagnose(run, min_confidence=1) if f.code == code), None)


@pytest.mark.parametrize("seed", range(5))
def test_it_says_how_much_of_a_spike_is_left(seed):
    note = found(logged(20, seed), "LD904")

    assert note.severity is Severity.NOTE
    assert 10 <= note.number("width") <= 30
    assert f"1/{note.number('width'):.0f}" in note.message


def test_a_raw_log_has_none():
    assert found(logged(1), "LD904") is None


def test_a_spike_in_a_smoothed_log_is_less_sure():
    raw, smoothed = found(logged(1), "LD202"), found(logged(20), "LD202")

    assert raw.factors["points"]
    assert not smoothed.factors["points"]
    assert smoothed.confidence < raw.confidence


def test_a_note_about_the_log_changes_no_verdict():
    run = curves.altered(curves.healthy(800), lambda c, _: c["train_loss"].sort())(0)

    assert diagnose(run).verdict in Verdict
