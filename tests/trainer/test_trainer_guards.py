"""What keeps training stable: each guard against PyTorch's own, or against a run without it."""

import numpy as np
import pytest
import torch

from lossdoc.trainer.batch import prepared, run_batch
from lossdoc.trainer.config import Fault, LossScale, Recovery, TrainConfig
from lossdoc.trainer.engine import MEASURES
from lossdoc.trainer.guards import LossScaler, SpikeRecovery, clip, column
from lossdoc.trainer.models import MLP
from lossdoc.trainer.schedules import Cosine
from lossdoc.trainer.tasks import Digits, Mixture

torch.set_num_threads(1)

CPU = torch.device("cpu")

DIGITS = TrainConfig(task=Digits(n_train=320), steps=60, lr=0.05, momentum=0.9, eval_every=5)

ADAM = TrainConfig(
    task=Mixture(n_train=640), optimizer="adam", lr=0.003, steps=60, batch_size=32, eval_every=10
)


def same(one, other):
    """Whether two logs agree to the last bit, wall time apart."""
    names = [name for name in one.names if name != "wall_time"]
    return len(one) == len(other) and all(
        np.array_equal(one[name], other[name], equal_nan=True) for name in names
    )


class TestClipping:
    @pytest.mark.parametrize("size", [0.0, 1e-4, 1.0, 1e4])
    @pytest.mark.parametrize("limit", [0.5, 1.0, float("inf")])
    def test_does_what_torch_does_to_each_run(self, size, limit):
        generator = torch.Generator().manual_seed(0)
        grads = size * torch.randn(3, 40, generator=generator)
        expected = []
        for row in grads:
            weights = torch.zeros(40, requires_grad=True)
            weights.grad = row.clone()
            norm = torch.nn.utils.clip_grad_norm_([weights], limit)
            expected.append((norm, weights.grad))

        norms, _ = clip(grads, torch.full((3, 1), limit))

        torch.testing.assert_close(norms[:, 0], torch.stack([norm for norm, _ in expected]))
        torch.testing.assert_close(grads, torch.stack([grad for _, grad in expected]))

    def test_each_run_has_its_own_limit(self):
        grads = torch.ones(2, 4)

        norms, coefficients = clip(grads, torch.tensor([[1.0], [float("inf")]]))

        assert norms.ravel().tolist() == [2.0, 2.0]
        assert coefficients.ravel().tolist() == pytest.approx([0.5, 1.0])
        assert torch.linalg.vector_norm(grads, dim=1).tolist() == pytest.approx([1.0, 2.0])

    def test_the_log_has_the_norm_before_it(self):
        free, clipped = run_batch([DIGITS, DIGITS.replace(clip_grad_norm=0.1)])

        assert clipped["grad_norm"][0] == free["grad_norm"][0] > 1.0
        assert (clipped["grad_norm"] * clipped["clip_coef"] <= 0.1 + 1e-6).all()
        assert "clip_coef" not in free


class TestLossScaler:
    """Gradients of 1 or 1e4 on a float16 whose largest number is 65504."""

    SIZES = (1.0, 1.0, 1.0, 1.0, 1e4, 1e4, 1.0, 1e4, 1.0, 1.0, 1.0, 1.0, 1.0, 1e4, 1.0, 1.0)
    SETTINGS = LossScale(initial=8.0, growth=2.0, backoff=0.5, growth_interval=3)

    def guard(self, settings):
        state = {}
        config = DIGITS.replace(loss_scale=settings)
        return LossScaler([config], torch.zeros(1, 2), state), state

    def torch_scaler(self):
        """Scale after each update by PyTorch, and whether the step was made."""
        weights = torch.zeros(2, requires_grad=True)
        optimizer = torch.optim.SGD([weights], lr=1.0)
        settings = self.SETTINGS
        scaler = torch.amp.GradScaler(
            "cpu",
            init_scale=settings.initial,
            growth_factor=settings.growth,
            backoff_factor=settings.backoff,
            growth_interval=settings.growth_interval,
        )
        scales, steps = [], []
        for size in self.SIZES:
            loss = scaler.scale((weights * size).sum())
            before = weights.detach().clone()
            optimizer.zero_grad()
            loss.backward()
            weights.grad = weights.grad.half().float()
            scaler.step(optimizer)
            scaler.update()
            scales.append(scaler.get_scale())
            steps.append(not torch.equal(before, weights))
        return scales, steps

    def test_skips_backs_off_and_grows_as_torch_does(self):
        guard, state = self.guard(self.SETTINGS)
        scales, steps = [], []
        for size in self.SIZES:
            _, hold = guard(torch.full((1, 2), size), state)
            scales.append(float(state["scale"]))
            steps.append(not bool(hold))

        expected_scales, expected_steps = self.torch_scaler()
        assert scales == expected_scales
        assert steps == expected_steps
        assert {True, False} == set(steps)

    def test_gradients_lose_what_half_precision_cannot_hold(self):
        guard, state = self.guard(LossScale(initial=1024.0))

        grads, _ = guard(torch.tensor([[1.0 + 2.0**-12, 1e-12]]), state)

        assert grads.tolist() == [[1.0, 0.0]]

    def test_a_skipped_step_changes_nothing_but_the_scale(self):
        config = ADAM.replace(loss_scale=LossScale(initial=2.0**20), steps=16)
        log = run_batch([config])[0]
        skipped = ~np.isfinite(log["grad_norm"])

        assert skipped[0]
        assert not skipped[-1]
        assert (log["update_ratio"][skipped] == 0.0).all()
        assert (log["update_ratio"][~skipped] > 0.0).all()
        assert (np.diff(log["loss_scale"])[skipped[:-1]] < 0.0).all()

    def test_the_optimizer_does_not_count_a_skipped_step(self):
        config = ADAM.replace(loss_scale=LossScale(initial=2.0**20), steps=16)
        training = prepared([config], CPU)
        (record,) = training.train()

        made = int(np.isfinite(record.values[:, MEASURES.index("grad_norm"), 0]).sum())
        assert 0 < made < 16
        assert float(training.state["slot.steps"]) == made

    def test_without_skipping_an_overflow_reaches_the_weights(self):
        careless = LossScale(initial=1024.0, growth_interval=2, skip=False)
        configs = [
            DIGITS.replace(loss_scale=careless),
            DIGITS.replace(loss_scale=careless.replace(skip=True)),
        ]
        lost, kept = run_batch(configs)

        assert not np.isfinite(lost["train_loss"][-1])
        assert np.isfinite(kept["train_loss"]).all()
        assert kept["train_loss"][-5:].mean() < 0.3 * kept["train_loss"][0]
        assert not np.isfinite(kept["grad_norm"]).all()


BAD = (Fault(first=300, last=302, inputs=100.0, permute=True),)

SPIKED = TrainConfig(
    task=Mixture(),
    model=MLP(depth=2),
    optimizer="adamw",
    lr=0.003,
    steps=450,
    warmup_steps=30,
    schedule=Cosine(),
    eval_every=50,
    faults=BAD,
)


class TestSpikeRecovery:
    def weights_after(self, losses, every=10):
        """Weights after each step, of runs whose weight is the number of steps they were made by.

        ``losses`` is [steps, N]; a step that is held makes no weight.
        """
        n = losses.shape[1]
        state = {"weights": torch.zeros(n, 1)}
        config = DIGITS.replace(recovery=Recovery(snapshot_every=every))
        guard = SpikeRecovery([config] * n, state["weights"], state)
        found = []
        for step, row in enumerate(losses):
            guard.keep(step, state)
            hold = guard(column(row.tolist(), state["weights"]), state)
            state["weights"].copy_(torch.where(hold, state["weights"], state["weights"] + 1.0))
            found.append(state["weights"][:, 0].tolist())
        return np.array(found)

    def test_goes_back_to_the_last_snapshot_but_one(self):
        losses = np.ones((60, 2))
        losses[57, 1] = 10.0

        weights = self.weights_after(losses)

        assert weights[56:58, 1].tolist() == [57.0, 40.0]
        assert weights[:, 0].tolist() == list(range(1, 61))

    def test_spikes_in_a_row_go_back_no_further(self):
        losses = np.ones((60, 1))
        losses[53:57] = 10.0

        assert self.weights_after(losses)[53:58, 0].tolist() == [40.0, 40.0, 40.0, 40.0, 41.0]

    def test_a_later_spike_finds_no_weights_of_the_first_one(self):
        losses = np.ones((70, 1))
        losses[[57, 63]] = 10.0

        weights = self.weights_after(losses)

        assert weights[57, 0] == 40.0  # the snapshot of step 50 may have been bad already
        assert weights[63, 0] == 40.0

    @pytest.mark.parametrize("loss", [np.nan, np.inf])
    def test_a_loss_that_is_no_number_is_a_spike(self, loss):
        losses = np.ones((40, 1))
        losses[35] = loss

        assert self.weights_after(losses)[35, 0] == 20.0

    def test_losses_below_the_factor_are_learned(self):
        losses = np.ones((40, 1))
        losses[35] = 2.9

        assert self.weights_after(losses)[35, 0] == 36.0

    def test_a_run_gets_past_bad_batches(self):
        configs = [SPIKED.replace(faults=()), SPIKED, SPIKED.replace(recovery=Recovery())]
        clean, spiked, guarded = (
            float(np.median(log["train_loss"][-50:])) for log in run_batch(configs)
        )

        assert spiked > 1.25 * clean
        assert guarded == pytest.approx(clean, rel=0.08)

    def test_does_nothing_to_a_run_without_spikes(self):
        calm = SPIKED.replace(faults=(), steps=100)

        assert same(*run_batch([calm, calm.replace(recovery=Recovery())]))


OVERFITTED = TrainConfig(
    task=Digits(n_train=100, label_noise=0.3),
    optimizer="adam",
    lr=0.01,
    steps=200,
    batch_size=50,
    eval_every=5,
    early_stopping=1000,
)
"""Few and noisy samples: the validation loss is lowest early."""


class TestEarlyStopping:
    @pytest.fixture(scope="class", name="logs")
    @classmethod
    def both(cls):
        """A run that stops early beside one that never does; and both that never do."""
        other = OVERFITTED.replace(seed=1)
        stopped = run_batch([OVERFITTED.replace(early_stopping=3), other])
        return stopped, run_batch([OVERFITTED, other])

    def test_ends_the_log_after_so_many_evaluations_without_a_better_loss(self, logs):
        (log, _), (whole, _) = logs
        losses = log["val_loss"][log.evaluated]

        assert len(log) < len(whole)
        assert losses.argmin() == len(losses) - 1 - 3
        assert log.evaluated[-1]

    def test_until_then_the_run_is_the_same(self, logs):
        (log, _), (whole, _) = logs
        names = [name for name in log.names if name != "wall_time"]

        assert all(
            np.array_equal(log[name], whole[name][: len(log)], equal_nan=True) for name in names
        )

    def test_neighbours_go_on_to_the_last_bit(self, logs):
        (_, neighbour), (_, expected) = logs

        assert len(neighbour) == 200
        assert same(neighbour, expected)

    def test_a_job_ends_once_all_its_runs_have(self):
        seen = []
        log = run_batch(
            [OVERFITTED.replace(early_stopping=3)],
            sink=lambda _, rows: seen.extend(rows),
        )[0]

        assert len(seen) == len(log) < 200


class TestMovingAverage:
    def test_is_what_the_validation_uses(self):
        config = DIGITS.replace(ema_decay=0.9)
        training = prepared([config], CPU, torch.float64)
        average = training.state["weights"].clone()
        for _ in training.train(block=1):
            average = 0.9 * average + 0.1 * training.state["weights"]
        fast, slow = run_batch([DIGITS, config])

        torch.testing.assert_close(training.state["ema"], average)
        assert np.array_equal(slow["train_loss"], fast["train_loss"])
        assert slow["val_loss"][0] > fast["val_loss"][0]

    def test_of_no_memory_is_the_weights(self):
        plain, forgetful = run_batch([DIGITS, DIGITS.replace(ema_decay=0.0)])

        assert same(plain, forgetful)
