"""The update rules against torch.optim, each with many runs of different settings at once."""

import numpy as np
import pytest
import torch

from lossdoc.trainer import optimizers
from lossdoc.trainer.config import TrainConfig
from lossdoc.trainer.tasks import LeastSquares

torch.set_num_threads(1)

N, P, STEPS = 6, 7, 50
RATES = (0.1, 0.05, 0.02, 0.01, 0.005, 0.001)
KINDS = ("sgd", "adagrad", "rmsprop", "adam", "adamw")

VARIANTS = {
    "plain": {},
    "momentum": {"momentum": (0.0, 0.3, 0.5, 0.9, 0.95, 0.99)},
    "Nesterov": {
        "momentum": (0.5, 0.5, 0.9, 0.9, 0.99, 0.7),
        "nesterov": (False, True, True, False, True, True),
    },
    "betas": {
        "beta1": (0.9, 0.0, 0.5, 0.99, 0.9, 0.8),
        "beta2": (0.999, 0.9, 0.95, 0.99, 0.0, 0.9999),
        "eps": (1e-8, 1e-8, 1e-3, 0.1, 1e-8, 1e-6),
    },
    "weight decay": {"weight_decay": (0.0, 1e-4, 1e-3, 0.01, 0.1, 1.0)},
    "everything": {
        "momentum": (0.0, 0.9, 0.5, 0.9, 0.3, 0.99),
        "nesterov": (False, True, False, False, True, True),
        "beta1": (0.9, 0.0, 0.95, 0.9, 0.5, 0.8),
        "beta2": (0.999, 0.99, 0.9, 0.5, 0.95, 0.9999),
        "eps": (1e-8, 1e-3, 1e-8, 0.1, 1e-8, 1e-6),
        "weight_decay": (0.1, 0.0, 0.01, 1e-3, 1.0, 1e-4),
    },
}
"""Settings of the N runs."""


def configs(variant: str) -> list[TrainConfig]:
    return [
        TrainConfig(
            task=LeastSquares(),
            lr=RATES[n],
            **{name: values[n] for name, values in VARIANTS[variant].items()},
        )
        for n in range(N)
    ]


def reference(kind: str, c: TrainConfig, weights: torch.Tensor) -> torch.optim.Optimizer:
    """One run's optimizer as PyTorch has it."""
    shared = {"lr": c.lr, "weight_decay": c.weight_decay}
    if kind == "sgd":
        return torch.optim.SGD([weights], momentum=c.momentum, nesterov=c.nesterov, **shared)
    if kind == "adagrad":
        return torch.optim.Adagrad([weights], eps=c.eps, **shared)
    if kind == "rmsprop":
        return torch.optim.RMSprop([weights], alpha=c.beta2, eps=c.eps, **shared)
    rule = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW}[kind]
    return rule([weights], betas=(c.beta1, c.beta2), eps=c.eps, **shared)


def theirs(kind: str, runs: list[TrainConfig], start: torch.Tensor, grads: torch.Tensor):
    """Weights after the updates of one torch.optim optimizer per run."""
    rows = []
    for n, c in enumerate(runs):
        row = start[n].clone()
        optimizer = reference(kind, c, row)
        for grad in grads:
            row.grad = grad[n].clone()
            optimizer.step()
        rows.append(row)
    return torch.stack(rows)


def ours(kind: str, runs: list[TrainConfig], start: torch.Tensor, grads: torch.Tensor):
    """Weights after the same updates, all runs at once."""
    weights = start.clone()
    state = optimizers.state(kind, weights)
    hyper = optimizers.hyper(runs, weights)
    rate = torch.tensor([[c.lr] for c in runs], dtype=start.dtype)
    for grad in grads:
        optimizers.update(kind, weights, grad, state, rate, hyper)
    return weights


def inputs(dtype=torch.float64) -> tuple[torch.Tensor, torch.Tensor]:
    """First weights [N, P] and gradients [STEPS, N, P] of sizes from 0.01 to 100."""
    rng = np.random.default_rng(0)
    scales = 10.0 ** np.linspace(-2, 2, P)
    start, grads = rng.normal(size=(N, P)), scales * rng.normal(size=(STEPS, N, P))
    return torch.from_numpy(start).to(dtype), torch.from_numpy(grads).to(dtype)


class TestAgainstPyTorch:
    @pytest.mark.parametrize("variant", VARIANTS)
    @pytest.mark.parametrize("kind", KINDS)
    def test_many_runs_at_once_are_what_each_is_alone(self, kind, variant):
        start, grads = inputs()
        runs = configs(variant)

        torch.testing.assert_close(
            ours(kind, runs, start, grads),
            theirs(kind, runs, start, grads),
            rtol=1e-11,
            atol=1e-11,
        )

    @pytest.mark.parametrize("kind", KINDS)
    def test_in_single_precision(self, kind):
        start, grads = inputs(torch.float32)
        runs = configs("everything")

        torch.testing.assert_close(
            ours(kind, runs, start, grads),
            theirs(kind, runs, start, grads),
            rtol=2e-6,
            atol=1e-6,
        )

    @pytest.mark.parametrize("kind", KINDS)
    def test_a_square_that_overflows_has_the_same_consequences(self, kind):
        start, grads = inputs(torch.float32)
        runs = configs("plain")
        grads[3, 0, :3] = 1e30

        torch.testing.assert_close(
            ours(kind, runs, start, grads),
            theirs(kind, runs, start, grads),
            rtol=2e-6,
            atol=1e-6,
        )

    @pytest.mark.parametrize("bad", [torch.inf, -torch.inf, torch.nan])
    @pytest.mark.parametrize("kind", KINDS)
    def test_a_gradient_that_is_not_finite_breaks_the_same_weights(self, kind, bad):
        start, grads = inputs()
        runs = configs("everything")
        grads[-1, 2:, :3] = bad

        left = ours(kind, runs, start, grads)

        expected = theirs(kind, runs, start, grads)
        whole = expected.isfinite()
        assert torch.equal(left.isfinite(), whole)
        torch.testing.assert_close(left[whole], expected[whole], rtol=1e-11, atol=1e-11)


class TestFormula:
    def test_gradient_descent_with_momentum_and_weight_decay(self):
        start, grads = inputs()
        runs = configs("everything")
        w, buffer = start.numpy().copy(), np.zeros((N, P))
        for g in grads.numpy():
            for n, c in enumerate(runs):
                slope = g[n] + c.weight_decay * w[n]
                buffer[n] = c.momentum * buffer[n] + slope
                w[n] -= c.lr * (slope + c.momentum * buffer[n] if c.nesterov else buffer[n])

        np.testing.assert_allclose(ours("sgd", runs, start, grads).numpy(), w, rtol=1e-11)

    @pytest.mark.parametrize("kind", ["adam", "adamw", "adagrad"])
    def test_the_first_step_is_as_long_as_the_rate(self, kind):
        start, grads = inputs()
        runs = configs("plain")

        moved = ours(kind, runs, start, grads[:1]) - start

        expected = -torch.tensor(RATES, dtype=torch.float64)[:, None] * grads[0].sign()
        torch.testing.assert_close(moved, expected, rtol=1e-4, atol=0)


class TestRuns:
    @pytest.mark.parametrize("kind", KINDS)
    def test_a_run_that_broke_does_not_touch_its_neighbours(self, kind):
        start, grads = inputs(torch.float32)
        runs = configs("everything")
        broken = grads.clone()
        broken[10, 2] = torch.nan

        before, after = ours(kind, runs, start, grads), ours(kind, runs, start, broken)

        others = [n for n in range(N) if n != 2]
        assert torch.equal(before[others], after[others])
        assert after[2].isnan().all()

    @pytest.mark.parametrize("kind", KINDS)
    def test_a_rate_of_zero_moves_nothing(self, kind):
        start, grads = inputs()
        grads[:, :, 0] = 0.0
        runs = [c.replace(lr=0.0) for c in configs("everything")]

        assert torch.equal(ours(kind, runs, start, grads), start)

    @pytest.mark.parametrize("kind", KINDS)
    def test_gradients_are_left_as_they_were(self, kind):
        start, grads = inputs()
        before = grads.clone()

        ours(kind, configs("everything"), start, grads)

        assert torch.equal(grads, before)


class TestState:
    @pytest.mark.parametrize(
        ("kind", "names"),
        [
            ("sgd", {"momentum"}),
            ("adagrad", {"squares"}),
            ("rmsprop", {"squares"}),
            ("adam", {"mean", "squares", "steps"}),
            ("adamw", {"mean", "squares", "steps"}),
        ],
    )
    def test_it_holds_what_the_rule_needs_with_a_row_per_run(self, kind, names):
        state = optimizers.state(kind, torch.ones(N, P))

        assert set(state) == names
        assert {name: tuple(slot.shape) for name, slot in state.items()} == {
            name: (N, 1) if name == "steps" else (N, P) for name in names
        }
        assert not any(slot.any() for slot in state.values())

    @pytest.mark.parametrize("kind", KINDS)
    def test_training_goes_on_from_a_copy(self, kind):
        start, grads = inputs()
        runs = configs("everything")
        weights, hyper = start.clone(), optimizers.hyper(runs, start)
        rate = torch.tensor(RATES, dtype=start.dtype)[:, None]
        state = optimizers.state(kind, weights)
        for i, grad in enumerate(grads):
            if i == 20:
                state = {name: slot.clone() for name, slot in state.items()}
            optimizers.update(kind, weights, grad, state, rate, hyper)

        assert torch.equal(weights, ours(kind, runs, start, grads))


class TestHyper:
    def test_each_setting_is_a_column_in_the_order_of_the_runs(self):
        runs = configs("everything")

        hyper = optimizers.hyper(runs, torch.zeros(1, dtype=torch.float64))

        assert all(column.shape == (N, 1) for column in hyper)
        for name in ("momentum", "beta1", "beta2", "eps", "weight_decay", "nesterov"):
            column = getattr(hyper, name)
            assert column[:, 0].tolist() == [float(getattr(c, name)) for c in runs]

    def test_what_beta_leaves_is_exact_in_single_precision(self):
        runs = configs("everything")

        hyper = optimizers.hyper(runs, torch.zeros(1))

        assert hyper.rest2.dtype == torch.float32
        assert hyper.rest2[:, 0].tolist() == pytest.approx([1 - c.beta2 for c in runs], rel=1e-7)
