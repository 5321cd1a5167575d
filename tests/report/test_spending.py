"""What was spent after the best point, and which checkpoint to keep."""

import numpy as np
import pytest

from lossdoc import curves
from lossdoc.engine import diagnose
from lossdoc.model import Channel, Run, Series
from lossdoc.report import json
from lossdoc.report.spending import Price, sentences
from lossdoc.runfacts import checkpoint


def made(val, *, wall=None, channel=Channel.VAL_LOSS, **more):
    n = len(val)
    steps, rows = np.arange(float(n)), np.arange(1, n + 1)
    series = [Series(channel, channel.value, steps, np.asarray(val, float), rows)]
    if wall is not None:
        clock = np.asarray(wall, float)
        series.append(Series(Channel.WALL_TIME, "time", steps, clock, rows))
    return Run("x.csv", "csv", tuple(series), **more)


FALLS_THEN_RISES = [5, 4, 3, 2, 1, 2, 3, 4, 5, 6, 7]


def test_the_best_evaluation_is_the_checkpoint_to_keep():
    best = checkpoint(made(FALLS_THEN_RISES))

    assert (best.series, best.step, best.value, best.smoothed) == ("val_loss", 4.0, 1.0, False)
    assert best.spent == (6.0, 0.6)
    assert best.seconds is None


def test_the_wall_time_after_it_is_summed():
    assert checkpoint(made(FALLS_THEN_RISES, wall=range(0, 110, 10))).seconds == 60.0


def test_a_pause_before_a_resumed_execution_is_not_counted():
    wall = np.arange(0, 110, 10.0)
    wall[7:] += 86_400
    run = made(FALLS_THEN_RISES, wall=wall, resumes=(7.0,))

    assert checkpoint(run).seconds == 50.0


def test_times_that_run_backwards_tell_nothing():
    wall = [*range(0, 80, 10), 0, 10, 20]

    assert checkpoint(made(FALLS_THEN_RISES, wall=wall)).seconds is None


def test_one_lucky_batch_is_not_the_best_point_of_a_training_loss():
    rng = np.random.default_rng(0)
    loss = 2 * np.exp(-np.arange(400) / 60) + 0.5 + 0.02 * rng.normal(size=400)
    loss[30] = 0.001
    best = checkpoint(made(loss, channel=Channel.TRAIN_LOSS))

    assert best.smoothed
    assert best.step > 200
    assert best.value == pytest.approx(0.5, abs=0.02)


def test_several_executions_have_no_one_best_point():
    assert checkpoint(made(FALLS_THEN_RISES, restarts=(6,))) is None


def test_nothing_finite_has_no_best_point():
    assert checkpoint(made([np.nan] * 5)) is None


def told(run, price=None):
    return " ".join(sentences(json.run(diagnose(run)), price))


def test_money_is_wall_time_times_gpus_times_price():
    text = told(made(FALLS_THEN_RISES, wall=np.arange(11) * 600.0), Price(2.0, 4))

    assert "val_loss is best at step 4 (1): keep the checkpoint closest to it." in text
    assert "6 steps (60%) were spent after it: 8.00 (1 h of 4 GPUs at 2 an hour)." in text


def test_without_a_wall_time_the_price_is_not_guessed():
    assert "cannot be told: the log has no wall time" in told(made(FALLS_THEN_RISES), Price(2.0))


def test_a_run_that_is_best_at_its_end_keeps_its_last_checkpoint():
    text = told(made([*FALLS_THEN_RISES[:5], 0.9, 0.8]))

    assert text == "val_loss is best at the end (0.8 at step 6): keep the last checkpoint."


def test_what_was_not_judged_has_no_cost():
    assert told(made([1.0, 0.9])) == ""


def test_a_healthy_curve_spends_next_to_nothing():
    assert checkpoint(curves.healthy()(0)).spent.fraction < 0.35
