"""The closed loop: what counts as cured, what is applied, and what the placebos are for."""

import json
import math

import numpy as np
import pytest

from lossdoc.errors import UsageError
from lossdoc.trainer.config import MLP, Digits, TrainConfig
from lossdoc.trainer.courses import Visit
from lossdoc.trainer.cure import (
    ANOTHER_SEED,
    TENTH,
    cure,
    is_better,
    reasons,
    treat,
)
from lossdoc.trainer.log import RunLog
from lossdoc.trainer.scenarios import SCENARIOS
from lossdoc.trainer.schedules import Constant, Cosine

torch = pytest.importorskip("torch")

CONFIG = TrainConfig(task=Digits(n_train=256), model=MLP(width=8), lr=1.0, steps=200)


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)


def log(config, loss, val):
    """A log with a training loss at each step and a validation loss at every tenth."""
    n = len(loss)
    steps = np.arange(1.0, n + 1)
    evaluated = steps % 10 == 0
    return RunLog(
        config,
        {
            "step": steps,
            "train_loss": np.asarray(loss),
            "val_loss": np.where(evaluated, val, np.nan),
            "lr": np.full(n, config.lr),
        },
        evaluated,
    )


def falls(config, end=0.1):
    """A healthy log: to a floor, quickly, with a little noise."""
    rng = np.random.default_rng(config.seed)
    t = np.arange(200) / 200
    loss = end + 2.2 * np.exp(-t / 0.08)
    return log(config, loss * rng.normal(1, 0.01, 200), loss)


def explodes(config):
    """A log that learns, then ends far above its start."""
    t = np.arange(200) / 200
    loss = np.where(t < 0.5, 0.5 + 1.8 * np.exp(-t / 0.05), 40.0)
    return log(config, loss, loss)


def trainer(*worlds):
    """Stand in for training: the n-th call makes every log by the n-th function."""
    left = list(worlds)

    def train(configs):
        world = left.pop(0)
        return [world(config) for config in configs]

    return train


def test_a_run_is_cured_when_nothing_is_found_and_the_end_beats_the_best_before():
    [course], [config] = treat([CONFIG], trainer(explodes, falls), 3)
    assert course.cured
    assert course.why == ""
    assert [visit.codes for visit in course.visits] == [("LD102",), ()]
    first, last = course.visits
    assert first.by == "LD102"
    assert config.lr == first.applied["learning_rate"] < CONFIG.lr
    assert isinstance(config.schedule, Cosine)
    assert last.val_loss < first.val_best


def test_a_clean_run_that_is_no_better_is_not_cured():
    [course], _ = treat([CONFIG], trainer(explodes, lambda c: falls(c, end=0.9)), 3)
    assert course.clean
    assert not course.cured
    assert course.why.startswith("clean, but 0.9")


def test_a_run_that_stays_sick_is_given_up_after_the_last_round():
    [course], _ = treat([CONFIG], trainer(explodes, explodes, explodes), 2)
    assert not course.cured
    assert course.why == "still LD102"
    assert len(course.visits) == 3
    rates = [visit.applied.get("learning_rate") for visit in course.visits]
    assert rates[0] > rates[1]
    assert rates[2] is None


def test_a_fault_that_nobody_notices_is_not_cured():
    [course], [config] = treat([CONFIG], trainer(falls), 3)
    assert course.why == "nothing was found"
    assert config == CONFIG


def test_healthy_neighbours_are_not_trained_again():
    sizes = []
    worlds = iter((None, falls))

    def train(configs):
        sizes.append(len(configs))
        world = next(worlds)
        return [(world or (explodes if c.seed == 1 else falls))(c) for c in configs]

    configs = [CONFIG.replace(seed=seed) for seed in range(3)]
    courses, _ = treat(configs, train, 3)
    assert sizes == [3, 1]
    assert [course.cured for course in courses] == [False, True, False]


def test_a_loss_that_is_not_finite_is_worse_than_any():
    assert is_better(0.5, None)
    assert is_better(0.5, 0.6)
    assert not is_better(0.6, 0.6)
    assert not is_better(None, None)


def test_reasons_are_counted_without_their_numbers():
    courses, _ = treat(
        [CONFIG.replace(seed=seed) for seed in range(3)],
        trainer(explodes, lambda c: falls(c, end=0.8 + 0.1 * c.seed)),
        3,
    )
    assert reasons(courses) == {"clean, but no better": 3}


def test_divergence_is_cured_for_real_and_better_than_by_doing_nothing():
    result = cure(SCENARIOS["divergence-from-start"], first_seed=0, seeds=2)
    assert result.cured == result.alarms == 2
    assert result.rate == 1.0
    assert result.interval[0] == pytest.approx(0.342, abs=1e-3)
    assert result.placebos[ANOTHER_SEED] == 0
    assert set(result.placebos) == {TENTH, ANOTHER_SEED}
    assert result.prescribed == {"LD102": 2}
    assert 1.0 <= result.regret < 3.0
    assert json.loads(json.dumps(result.to_dict()))["courses"][0]["cured"]
    assert type(result).from_dict(result.to_dict()) == result


def test_healthy_scenarios_are_not_treated():
    result = cure(SCENARIOS["healthy-teacher-nesterov"], first_seed=0, seeds=2)
    assert (result.alarms, result.clean, result.cured) == (0, 2, 0)
    assert result.placebos == {}
    assert result.regret is None
    assert [len(course.visits) for course in result.courses] == [1, 1]


def test_what_the_trainer_cannot_set_ends_the_course(monkeypatch):
    def refuse(self, prescription):
        raise UsageError("the trainer has no setting for colour")

    monkeypatch.setattr(TrainConfig, "apply", refuse)
    [course], _ = treat([CONFIG], trainer(explodes), 3)
    assert course.why == "LD102: the trainer has no setting for colour"


def test_going_round_in_circles_ends_the_course(monkeypatch):
    monkeypatch.setattr(TrainConfig, "apply", lambda self, prescription: CONFIG)
    [course], _ = treat([CONFIG], trainer(explodes), 3)
    assert course.why == "LD102 leads back to a run that was tried"


def test_visits_hold_plain_data_alone():
    assert not math.isnan(Visit(codes=(), val_loss=0.1, val_best=None).val_loss)
    assert Visit.from_dict({"codes": ["LD101"], "val_loss": None, "val_best": None}).applied == {}
    assert Constant() != Cosine()
