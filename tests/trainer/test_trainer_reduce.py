"""Reduce on plateau against PyTorch's scheduler, many runs at once."""

import numpy as np
import pytest
import torch

from lossdoc.trainer.config import TrainConfig
from lossdoc.trainer.reduce import ReduceState
from lossdoc.trainer.schedules import Constant, Cosine, ReduceOnPlateau
from lossdoc.trainer.tasks import LeastSquares

torch.set_num_threads(1)

SCHEDULES = (
    ReduceOnPlateau(),
    ReduceOnPlateau(factor=0.5, patience=0),
    ReduceOnPlateau(factor=0.5, patience=3, threshold=0.05),
    ReduceOnPlateau(factor=0.9, patience=1, threshold=0.0, min_share=0.2),
    ReduceOnPlateau(factor=0.1, patience=5, min_share=0.5),
)


def shares(schedules, losses: np.ndarray) -> np.ndarray:
    """Share of each run after each evaluation; losses [evaluations, N]."""
    configs = [TrainConfig(task=LeastSquares(), schedule=s) for s in schedules]
    state: dict[str, torch.Tensor] = {}
    reduce = ReduceState(configs, torch.zeros(len(configs), 3, dtype=torch.float64), state)
    found = []
    for row in losses:
        reduce(torch.from_numpy(row)[:, None], state)
        found.append(reduce.share(state)[:, 0].numpy().copy())
    return np.stack(found)


def torch_shares(schedule: ReduceOnPlateau, losses: np.ndarray) -> list[float]:
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=1.0)
    scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(
        optimizer,
        factor=schedule.factor,
        patience=schedule.patience,
        threshold=schedule.threshold,
        min_lr=schedule.min_share,
        eps=0.0,
    )
    found = []
    for loss in losses:
        scheduler.step(loss)
        found.append(optimizer.param_groups[0]["lr"])
    return found


def descent(evaluations: int = 60) -> np.ndarray:
    """Noisy losses that fall and then slowly rise, one column per schedule."""
    rng = np.random.default_rng(1)
    t = np.arange(evaluations)
    clean = 0.3 + 2.0 * np.exp(-t / 8) + 0.01 * t
    return clean[:, None] * rng.normal(1.0, 0.03, (evaluations, len(SCHEDULES)))


class TestAgainstPyTorch:
    def test_each_run_keeps_its_own_count(self):
        losses = descent()

        ours = shares(SCHEDULES, losses)

        for n, schedule in enumerate(SCHEDULES):
            np.testing.assert_allclose(ours[:, n], torch_shares(schedule, losses[:, n]), rtol=1e-12)
        assert np.all(ours[-1] < 1.0)

    def test_nan_and_infinity_are_no_improvement(self):
        losses = descent()
        losses[5:15] = np.nan
        losses[30:] = np.inf

        ours = shares(SCHEDULES, losses)

        for n, schedule in enumerate(SCHEDULES):
            np.testing.assert_allclose(ours[:, n], torch_shares(schedule, losses[:, n]), rtol=1e-12)


class TestRules:
    def test_patience_lets_pass_so_many_evaluations(self):
        found = shares([ReduceOnPlateau(factor=0.5, patience=2)], np.ones((10, 1)))

        assert found[:, 0].tolist() == [1, 1, 1, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.125]

    def test_the_share_stops_at_its_least(self):
        found = shares([ReduceOnPlateau(patience=0, min_share=0.05)], np.ones((5, 1)))

        assert found[:, 0] == pytest.approx([1.0, 0.1, 0.05, 0.05, 0.05])

    def test_runs_with_another_schedule_keep_their_rate(self):
        found = shares([Constant(), ReduceOnPlateau(patience=0), Cosine()], np.ones((5, 3)))

        assert found[-1] == pytest.approx([1.0, 1e-4, 1.0])

    def test_all_that_it_remembers_is_in_the_state(self):
        configs = [TrainConfig(task=LeastSquares(), schedule=s) for s in SCHEDULES]
        state = {"weights": torch.zeros(len(configs), 3)}

        ReduceState(configs, state["weights"], state)

        added = {name: tuple(rows.shape) for name, rows in state.items() if name != "weights"}
        assert added == dict.fromkeys(
            ("reduce.best", "reduce.bad", "reduce.share"), (len(configs), 1)
        )
