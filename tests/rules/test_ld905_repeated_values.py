"""LD905 warns of what is surely broken, and notes what is only odd."""

import numpy as np
import pytest

from lossdoc import curves
from lossdoc.model import Severity
from lossdoc.robust.case import Case
from lossdoc.rules.ld905_repeated_values import RepeatedValues


def state(change, base=None):
    """What the rule states about a run of 400 steps that was changed in place."""
    run = curves.altered(base or curves.healthy(rate="constant"), change)(1)
    return next(RepeatedValues().check(Case(run)), None)


def frozen(columns, _):
    columns["train_loss"][240:] = columns["train_loss"][240]


def zero(columns, _):
    columns["train_loss"][240:] = 0.0


class TestFrozen:
    def test_a_moving_loss_that_stops_in_every_digit_at_a_rate_above_zero_is_broken(self):
        finding = state(frozen)

        assert finding.severity is Severity.WARNING
        assert "though the rate is above 0" in finding.message
        assert finding.onset.step == 241
        assert finding.number("length") == 160

    @pytest.mark.parametrize("rate", [0.0, 1e-9])
    def test_at_a_rate_of_nothing_it_is_a_note(self, rate):
        def stopped(columns, rng):
            frozen(columns, rng)
            columns["lr"][240:] = rate

        assert state(stopped).severity is Severity.NOTE

    def test_without_a_rate_nobody_knows(self):
        assert state(frozen, curves.without(curves.healthy(), "lr")).severity is Severity.NOTE

    def test_what_came_to_rest_slowly_has_converged(self):
        def settled(columns, _):
            t = np.arange(400)
            columns["train_loss"][:] = np.float32(0.3 + np.exp(-t / 8.0))

        assert state(settled).severity is Severity.NOTE

    def test_a_short_stretch_is_chance(self):
        def pair(columns, _):
            columns["train_loss"][240:249] = columns["train_loss"][240]

        assert state(pair) is None

    def test_a_constant_validation_loss_means_that_nothing_is_learned_any_more(self):
        def stopped(columns, _):
            columns["val_loss"][8:] = columns["val_loss"][8]

        finding = state(stopped)

        assert finding.severity is Severity.NOTE
        assert "the weights no longer change" in finding.message


class TestZero:
    def test_a_loss_of_exactly_zero_is_asked_about(self):
        finding = state(zero)

        assert finding.severity is Severity.NOTE
        assert "labels ignored" in finding.message

    @pytest.mark.parametrize("value", [np.nan, np.inf])
    @pytest.mark.parametrize("change", [zero, frozen])
    def test_beside_norms_that_are_not_finite_it_is_a_masked_nan(self, change, value):
        def masked(columns, rng):
            change(columns, rng)
            columns["grad_norm"][240:] = value

        finding = state(masked)

        assert finding.severity is Severity.WARNING
        assert "a filter hides it" in finding.message


class TestFewDigits:
    def test_they_are_told_with_their_step(self):
        def rounded(columns, _):
            columns["train_loss"][:] = np.round(columns["train_loss"] / 10, 2)

        finding = state(rounded)

        assert finding.severity is Severity.NOTE
        assert "steps of 0.01" in finding.message

    def test_four_digits_are_enough(self):
        def rounded(columns, _):
            columns["train_loss"][:] = np.round(columns["train_loss"], 3)

        assert state(rounded) is None

    def test_a_loss_of_two_values_is_no_curve(self):
        def two(columns, _):
            columns["train_loss"][:] = np.where(np.arange(400) % 2, 0.5, 0.6)

        assert state(two).number("distinct") == 2


def test_twenty_epochs_of_a_healthy_run_repeat_nothing():
    assert next(RepeatedValues().check(Case(curves.epochs()(0))), None) is None
