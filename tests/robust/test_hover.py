"""What hovers is flat and restless; what never learned, blew up or still falls does not."""

import numpy as np
import pytest

from lossdoc import curves
from lossdoc.robust.case import Case
from lossdoc.robust.hover import blew_up, fall, hover, jitter, stays_high


def hovering(rng, *, level=0.6, n=600, noise=0.12, val_noise=0.03):
    t = np.arange(n) / n
    expected = level + (2.4 - level) * np.exp(-t / 0.03)
    return {
        "train_loss": expected + noise * rng.standard_normal(n),
        "val_loss": expected * (1 + val_noise * rng.standard_normal(n)),
        "lr": np.full(n, 0.1),
    }


def case(columns, **kw):
    return Case(curves.build(columns, every=20, **kw))


class TestJitter:
    def test_is_the_standard_deviation_of_independent_values(self):
        values = np.random.default_rng(0).normal(0.0, 0.3, 4000)

        assert jitter(values) == pytest.approx(0.3, rel=0.03)

    def test_does_not_see_a_steady_trend_nor_one_jump(self):
        values = np.random.default_rng(1).normal(0.0, 0.3, 200)

        assert jitter(values + 0.5 * np.arange(200)) == pytest.approx(jitter(values), rel=0.1)
        assert jitter(values + 50.0 * (np.arange(200) > 90)) == pytest.approx(
            jitter(values), rel=0.05
        )

    def test_is_zero_where_too_little_is_known(self):
        assert jitter(np.array([1.0, 2.0, 1.0])) == 0.0


def test_noise_and_flatness_are_measured_in_units_of_the_drop():
    seen = hover(case(hovering(np.random.default_rng(2))))

    assert seen.noise == pytest.approx(0.12 / 1.9, rel=0.2)
    assert seen.relative_jitter == pytest.approx(0.03, rel=0.3)
    assert seen.carried == pytest.approx(0.03 * 0.6 / 0.12, rel=0.35)
    assert abs(seen.fall) < 0.02
    assert 30 <= seen.onset <= 150


def test_a_loss_that_blew_up_or_never_learned_does_not_hover():
    rng = np.random.default_rng(3)
    blown = hovering(rng)
    blown["train_loss"][5:9] = 40.0

    assert blew_up(case(blown).train)
    assert hover(case(blown)) is None
    assert hover(case(hovering(rng, level=2.2))) is None


def test_a_single_bad_batch_is_no_blow_up():
    columns = hovering(np.random.default_rng(4))
    columns["train_loss"][300] = 40.0

    assert not blew_up(case(columns).train)


def test_a_short_log_says_nothing():
    assert hover(case(hovering(np.random.default_rng(5), n=50))) is None
    assert hover(case(hovering(np.random.default_rng(5), n=200))) is None  # ten evaluations


def test_fall_is_what_was_gained_since_the_middle():
    falling = case({"train_loss": np.linspace(2.0, 0.0, 100)}).train

    assert fall(falling) == pytest.approx(0.4, abs=0.03)


@pytest.mark.parametrize(
    ("rate", "high"),
    [
        (lambda t: np.full_like(t, 0.1), True),
        (lambda t: np.minimum(t / 0.2, 1.0), True),
        (lambda t: 1.0 - 0.05 * t, True),
        (lambda t: 1.0 - 0.2 * t, False),
        (lambda t: t + 0.01, False),  # only just up
        (lambda t: np.where((t > 0.5) & (t < 0.6), 0.1, 1.0), False),
    ],
)
def test_a_rate_stays_high_that_came_down_nowhere(rate, high):
    t = np.arange(200) / 200

    assert stays_high(case({"train_loss": np.ones(200), "lr": rate(t)}), 0.9) is high


def test_a_rate_that_was_logged_at_the_start_alone_is_unknown():
    rates = np.full(200, np.nan)
    rates[:20] = 0.1

    assert not stays_high(case({"train_loss": np.ones(200), "lr": rates}), 0.9)
