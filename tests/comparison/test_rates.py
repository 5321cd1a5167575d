"""Learning rates and settings in which two sides differ, read from their logs."""

import numpy as np
import pytest

import lossdoc
from lossdoc.comparison.rates import schedule

STEPS = np.arange(400.0)
U = STEPS / 399


def cosine(peak=1e-3, warm_up=0, end=0.0):
    after = np.clip((STEPS - warm_up) / (399 - warm_up), 0, 1)
    rate = peak * (end + (1 - end) * 0.5 * (1 + np.cos(np.pi * after)))
    return np.where(warm_up > STEPS, peak * (STEPS + 1) / max(warm_up, 1), rate)


def run_log(rate, **more):
    loss = 0.5 + 2 * np.exp(-STEPS / 60)
    told = {"train_loss": (STEPS, loss), **more}
    return told if rate is None else {**told, "learning_rate": (STEPS, rate)}


SHAPES = {
    "constant": np.full(400, 1e-3),
    "cosine": cosine(),
    "linear": 1e-3 * (1 - U),
    "exponential": 1e-3 * 0.01**U,
    "steps": 1e-3 * np.where(STEPS < 200, 1.0, np.where(STEPS < 300, 0.1, 0.01)),
    "restarts": 1e-3 * 0.5 * (1 + np.cos(np.pi * (STEPS % 100) / 100)),
    "rise": 1e-3 * (STEPS + 1) / 400,
    "decay": 1e-3 / np.sqrt(1 + STEPS),
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("warm_up", [0, 40])
def test_the_shape_of_a_schedule_is_named(shape, warm_up):
    rate = SHAPES[shape]
    if warm_up and shape != "rise":
        rate = np.concatenate((np.linspace(1e-5, 1e-3, warm_up, endpoint=False), rate[:-warm_up]))

    found = schedule([lossdoc.load(run_log(rate))], "step")

    assert found.shape == shape
    assert found.peak == pytest.approx(1e-3)
    if shape != "rise":
        assert found.warm_up == warm_up


def test_a_phase_at_the_peak_ends_where_the_decay_begins():
    rate = 1e-3 * np.minimum(1, (400 - STEPS) / 100)

    found = schedule([lossdoc.load(run_log(rate))], "step")

    assert (found.shape, found.decays_from) == ("linear", 300.0)


def differing(old, new):
    found = lossdoc.compare(old, new)
    return {d.name: (d.reference, d.candidate) for d in found.settings}


def test_peak_warm_up_and_shape_are_compared_as_they_were_logged():
    told = differing(run_log(cosine()), run_log(2e-3 * (1 - U)))
    assert told["peak learning rate"] == (pytest.approx(1e-3), pytest.approx(2e-3))
    assert told["decay of the rate"] == ("cosine", "linear")

    told = differing(run_log(cosine()), run_log(cosine(warm_up=50)))
    assert told["warm-up, in steps"] == (0.0, 49.0)
    assert "decay of the rate" not in told


def test_equal_schedules_that_were_logged_at_other_steps_do_not_differ():
    sparse = {
        "train_loss": (STEPS[::7], 0.5 + 2 * np.exp(-STEPS[::7] / 60)),
        "learning_rate": (STEPS[::7], cosine(warm_up=40)[::7]),
    }

    told = differing(run_log(cosine(warm_up=40)), sparse)

    assert set(told) <= {"peak learning rate"}
    assert lossdoc.compare(run_log(cosine()), run_log(cosine())).settings == ()


def test_where_a_side_logs_no_rate_nothing_is_said_of_it():
    found = lossdoc.compare(run_log(cosine()), run_log(None))

    assert found.schedules[0] is not None
    assert found.schedules[1] is None
    assert found.settings == ()


def test_runs_of_other_lengths_have_other_schedules():
    half = {
        "train_loss": (STEPS[:200], 0.5 + 2 * np.exp(-STEPS[:200] / 60)),
        "learning_rate": (STEPS[:200], np.full(200, 1e-3)),
    }

    assert differing(run_log(np.full(400, 1e-3)), half)["length, in steps"] == (399.0, 199.0)


def written(folder, name, settings, seed):
    random = np.random.default_rng(seed)
    loss = (0.5 + 2 * np.exp(-STEPS / 60)) * np.exp(0.01 * random.standard_normal())
    rows = [f"{i:.0f},{y:.6f}" for i, y in zip(STEPS, loss, strict=True)]
    path = folder / name
    comments = [f"# {key}: {value}" for key, value in settings.items()]
    path.write_text("\n".join([*comments, "step,train_loss", *rows]) + "\n")
    return path


def test_settings_of_all_runs_count_not_only_those_of_the_first(tmp_path):
    old = [
        written(tmp_path, f"old{i}.csv", {"batch_size": 64, "learning_rate": 0.1}, i)
        for i in (1, 2)
    ]
    new = [
        written(tmp_path, f"new{i}.csv", {"batch_size": 64 * i, "learning_rate": 0.1}, i)
        for i in (1, 2)
    ]

    assert differing(old, new) == {"batch_size": (64.0, "64, 128")}


def test_settings_that_only_the_log_knows_are_compared_by_their_own_names(tmp_path):
    old = written(
        tmp_path, "a.csv", {"dropout": 0.1, "model": "small", "seed": 1, "out_dir": "x"}, 1
    )
    new = written(tmp_path, "b.csv", {"dropout": 0.3, "model": "small", "seed": 2, "ema": 0.9}, 2)

    assert differing(old, new) == {"dropout": (0.1, 0.3), "ema": (None, 0.9)}


def test_a_side_that_lists_no_settings_differs_in_none(tmp_path):
    old = written(tmp_path, "a.csv", {"dropout": 0.1, "model": "small"}, 1)
    new = written(tmp_path, "b.csv", {}, 2)

    assert differing(old, new) == {}


@pytest.mark.parametrize(("factor", "told"), [(1.003, False), (1.008, True)])
def test_peaks_differ_by_more_than_the_digits_they_are_logged_with(factor, told):
    found = differing(run_log(cosine()), run_log(cosine(peak=factor * 1e-3)))

    assert ("peak learning rate" in found) is told


def test_two_points_after_the_peak_are_a_decay_and_one_is_none():
    one, two = np.full(400, 1e-3), np.full(400, 1e-3)
    one[-1:] = two[-2:] = 1e-4

    def shape(rate):
        return schedule([lossdoc.load(run_log(rate))], "step").shape

    assert (shape(one), shape(two)) == ("constant", "decay")
