"""Zeros count where they are zeros, many, and nothing moves; everything else has another reason."""

import numpy as np
import pytest

from lossdoc import curves
from lossdoc.engine import diagnose
from lossdoc.model import Severity

N = 400
T = np.arange(N) / N
LINE = 0.01 * np.clip(1 - T / 0.6, 0, 1)


def found(rates, *, moves=None, **kw):
    """Findings for a run whose loss moves only while ``moves`` (default: the rate) is above 0."""
    work = np.cumsum((np.asarray(rates if moves is None else moves) > 0) / N)
    loss = curves.noisy(np.random.default_rng(0), 0.3 + 2.1 * np.exp(-work / 0.3), 0.02)
    diagnosis = diagnose(curves.build({"train_loss": loss, "lr": rates}, **kw))
    return [f for f in diagnosis if f.code == "LD508"]


def test_a_schedule_that_ran_out_trains_nothing():
    (error,) = found(LINE)

    assert error.severity is Severity.ERROR
    assert error.onset.step == 241
    assert error.number("share") == pytest.approx(0.4, abs=0.01)
    assert {c.name: c.after for c in error.prescriptions[0].changes}["decay_steps"] == N


def test_a_short_idle_end_is_a_warning_and_a_shorter_one_nothing():
    assert found(0.01 * np.clip(1 - T / 0.9, 0, 1))[0].severity is Severity.WARNING
    assert found(0.01 * np.clip(1 - T / 0.97, 0, 1)) == []


def test_a_pause_within_the_run_is_found():
    rates = 0.01 * (1 - 0.5 * T)
    rates[150:190] = 0.0

    (warning,) = found(rates)
    assert (warning.onset.step, warning.last_step) == (151, 190)


def test_a_late_start_is_found_and_a_warm_up_from_zero_is_not():
    rates = 0.01 * (1 - 0.5 * T)
    assert found(np.where(T < 0.15, 0.0, rates))[0].onset.step == 1
    assert found(np.minimum(T / 0.1, 1.0) * rates) == []


def test_negative_rates_are_found_without_a_look_at_the_loss():
    (error,) = found(0.01 * (1 - T / 0.9), moves=np.ones(N))

    assert error.severity is Severity.ERROR
    assert "negative" in error.message
    assert error.onset.step == pytest.approx(362, abs=1)


def test_zeros_that_rounding_may_have_made_are_none():
    assert found(np.round(LINE, 4)) == []
    assert found(np.round(LINE, 3)) == []
    assert found(np.where(T < 0.5, 0.003, 0.0)) == []  # 0.0003 in three decimals, perhaps


def test_zeros_under_which_the_loss_moves_are_somebody_elses():
    assert found(LINE, moves=np.ones(N)) == []


def test_other_zeros_are_a_way_of_logging():
    rates = 0.01 * (1 - T)
    every_other = np.where(np.arange(N) % 2, rates, 0.0)

    assert found(every_other, moves=np.ones(N)) == []
    assert found(np.zeros(N), moves=np.ones(N)) == []
    assert found(np.where(T < 0.5, rates, -1.0), moves=np.ones(N)) == []
    assert found(np.log10(rates + 1e-6), moves=np.ones(N)) == []
