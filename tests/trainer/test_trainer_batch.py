"""Runs train together as they would alone, and hand out what a training script logs."""

import numpy as np
import pytest
import torch

from lossdoc.errors import UsageError
from lossdoc.model import Verdict
from lossdoc.trainer.batch import run_batch, samples
from lossdoc.trainer.config import Curriculum, Fault, Interruption, LossScale, TrainConfig
from lossdoc.trainer.engine import Training
from lossdoc.trainer.log import COLUMNS
from lossdoc.trainer.models import CNN, GPT, MLP, RNN
from lossdoc.trainer.schedules import Cosine, ReduceOnPlateau, Restarts, Stairs
from lossdoc.trainer.shapes import chunks, shape
from lossdoc.trainer.tasks import Adding, Digits, LeastSquares, Mixture, Text

torch.set_num_threads(1)

DIGITS = TrainConfig(task=Digits(n_train=320), steps=40, lr=0.05, eval_every=10)


def columns(log):
    return {name: values for name, values in log.columns.items() if name != "wall_time"}


def same(one, other, rtol=0.0):
    """Whether two logs agree, wall time apart."""
    a, b = columns(one), columns(other)
    return a.keys() == b.keys() and all(
        np.allclose(a[name], b[name], rtol=rtol, atol=0.0, equal_nan=True) for name in a
    )


class TestOneRun:
    @pytest.mark.parametrize("batch_size", [None, 1, 64], ids=["full-batch", "stochastic", "mini"])
    @pytest.mark.parametrize(
        ("optimizer", "settings"),
        [
            ("sgd", {}),
            ("sgd", {"momentum": 0.9}),
            ("sgd", {"momentum": 0.9, "nesterov": True}),
            ("adam", {}),
        ],
    )
    def test_is_what_a_plain_loop_of_pytorch_gives(self, batch_size, optimizer, settings):
        config = TrainConfig(
            task=LeastSquares(n_train=256, noise=0.1),
            model=MLP(depth=0, last_gain=1.0),
            optimizer=optimizer,
            batch_size=batch_size,
            lr=0.01,
            steps=50,
            **settings,
        )
        log = run_batch([config], precision="float64")[0]

        assert log["train_loss"] == pytest.approx(plain_loop(config, **settings), rel=1e-6)

    def test_logs_every_step_and_evaluates_the_first_and_the_last(self):
        log = run_batch([DIGITS])[0]

        assert log["step"].tolist() == list(range(1, 41))
        assert log["step"][log.evaluated].tolist() == [1, 10, 20, 30, 40]
        assert np.isfinite(log["val_loss"][log.evaluated]).all()
        assert np.isnan(log["val_loss"][~log.evaluated]).all()

    def test_logs_some_steps_alone_where_it_is_told_to(self):
        log, whole = run_batch([DIGITS.replace(log_every=4)])[0], run_batch([DIGITS])[0]

        steps = log["step"].astype(int)
        assert steps.tolist() == sorted({1, *range(4, 41, 4), 10, 20, 30, 40})
        assert np.array_equal(log["train_loss"], whole["train_loss"][steps - 1])

    def test_has_the_columns_that_say_something(self):
        plain = run_batch([DIGITS])[0]
        rich = run_batch([DIGITS.replace(clip_grad_norm=1.0, loss_scale=LossScale())])[0]
        regression = run_batch([DIGITS.replace(task=LeastSquares(), model=MLP(depth=0))])[0]

        assert set(COLUMNS) - set(plain.columns) == {"clip_coef", "loss_scale"}
        assert set(COLUMNS) == set(rich.columns)
        assert {"train_acc", "val_acc", "dead_frac"} & set(regression.columns) == set()

    def test_learns(self):
        log = run_batch([DIGITS.replace(steps=300, momentum=0.9)])[0]

        assert log["train_loss"][-20:].mean() < 0.2
        assert log["val_acc"][-1] > 0.85

    def test_can_be_judged(self):
        from lossdoc.engine import diagnose

        log = run_batch([DIGITS.replace(lr=5.0, momentum=0.9, steps=200, warmup_steps=80)])[0]

        assert diagnose(log.run()).verdict is Verdict.FAILING

    def test_first_and_last_layer_make_up_the_gradient_of_a_linear_model(self):
        log = run_batch([DIGITS.replace(model=MLP(depth=0))])[0]

        assert log["grad_norm_first"] == pytest.approx(log["grad_norm_last"])
        assert (log["grad_norm"] >= log["grad_norm_first"]).all()


class TestManyRuns:
    def test_do_not_depend_on_their_neighbours(self):
        configs = [
            DIGITS.replace(seed=3),
            DIGITS.replace(seed=4, lr=0.3, momentum=0.9, schedule=Cosine()),
            DIGITS.replace(seed=5, clip_grad_norm=0.5, warmup_steps=10, weight_decay=0.01),
            DIGITS.replace(seed=6, schedule=Stairs(milestones=(10, 20)), label_smoothing=0.1),
            DIGITS.replace(seed=7, schedule=ReduceOnPlateau(patience=0)),
            DIGITS.replace(seed=8, faults=(Fault(first=5, last=6, inputs=10.0, permute=True),)),
            DIGITS.replace(seed=9, model=MLP(init="xavier", gain=2.0, last_gain=0.1)),
        ]
        together = run_batch(configs)

        assert len(chunks(configs, 100)) == 1
        for config, log in zip(configs, together, strict=True):
            assert same(run_batch([config])[0], log, rtol=1e-3)

    @pytest.mark.parametrize(
        ("task", "model", "lr"),
        [
            (Digits(n_train=320), MLP(dropout=0.3), 1e20),
            (Digits(n_train=320, image=True), CNN(), 1e20),
            (Adding(length=6, n_train=128), RNN(cell="gru"), 1e25),
            (Text(n_train=64, length=16), GPT(dropout=0.1), 1e25),
        ],
        ids=["mlp", "cnn", "gru", "gpt"],
    )
    def test_go_on_bit_for_bit_beside_one_that_goes_to_nan(self, task, model, lr):
        config = TrainConfig(task=task, model=model, steps=8, batch_size=16, lr=0.01)
        calm = [config.replace(seed=seed) for seed in range(3)]
        wild = [calm[0], calm[1].replace(lr=lr), calm[2]]

        expected, got = run_batch(calm), run_batch(wild)

        assert not np.isfinite(got[1]["train_loss"][-1])
        assert same(got[0], expected[0])
        assert same(got[2], expected[2])

    def test_come_back_in_the_order_of_their_configs(self):
        small, large = DIGITS.replace(steps=3), DIGITS.replace(steps=5)
        configs = [large, small, large.replace(seed=1), small.replace(seed=1)]

        logs = run_batch(configs, chunk_size=1)

        assert [log.config for log in logs] == configs
        assert [len(log) for log in logs] == [5, 3, 5, 3]

    def test_chunks_make_no_difference(self):
        configs = [DIGITS.replace(seed=seed, steps=10) for seed in range(5)]

        for a, b in zip(run_batch(configs), run_batch(configs, chunk_size=2), strict=True):
            assert same(a, b, rtol=1e-4)

    def test_of_one_task_and_seed_share_their_data(self):
        first, second, other = samples([DIGITS, DIGITS.replace(lr=1.0), DIGITS.replace(seed=1)])

        assert first is second
        assert first is not other

    def test_a_data_seed_fixes_the_data(self):
        first, second = samples([DIGITS.replace(seed=s, data_seed=9) for s in (1, 2)])

        assert first is second


class TestShape:
    def test_rates_seeds_schedules_and_first_weights_do_not_matter(self):
        other = DIGITS.replace(
            seed=5,
            lr=1.0,
            schedule=Restarts(period=10),
            model=MLP(init="xavier", gain=3.0, bias=-8.0),
            faults=(Fault(first=1, last=1, inputs=3.0),),
        )

        assert shape(other) == shape(DIGITS)

    @pytest.mark.parametrize(
        "settings",
        [
            {"steps": 41},
            {"batch_size": 32},
            {"optimizer": "adam"},
            {"model": MLP(width=32)},
            {"task": Digits(n_train=100)},
            {"early_stopping": 3},
            {"ema_decay": 0.9},
            {"loss_scale": LossScale()},
            {"interruption": Interruption(after=5, checkpoint=2)},
        ],
        ids=lambda settings: next(iter(settings)),
    )
    def test_what_is_computed_matters(self, settings):
        assert shape(DIGITS.replace(**settings)) != shape(DIGITS)


class TestSinks:
    def test_get_every_row_in_order_while_the_run_trains(self):
        heard = {0: [], 1: []}
        configs = [DIGITS, DIGITS.replace(seed=1)]

        logs = run_batch(configs, sink=lambda i, rows: heard[i].extend(rows), flush_every=7)

        assert heard == {i: list(log.rows()) for i, log in enumerate(logs)}

    def test_hear_each_step_at_once_on_a_cpu(self):
        sizes = []
        run_batch([DIGITS], sink=lambda _, rows: sizes.append(len(rows)), device="cpu")

        assert sizes == [1] * DIGITS.steps

    def test_progress_counts_updates_of_all_runs(self):
        seen = []
        run_batch([DIGITS, DIGITS.replace(seed=1, steps=20)], progress=lambda *at: seen.append(at))

        assert seen[-1] == (60, 60)
        assert [done for done, _ in seen] == sorted(done for done, _ in seen)


class TestInterruption:
    def test_the_log_goes_back_to_the_checkpoint(self):
        config = DIGITS.replace(interruption=Interruption(after=30, checkpoint=20))
        log, whole = run_batch([config])[0], run_batch([DIGITS])[0]

        assert log["step"].tolist() == [*range(1, 31), *range(21, 41)]
        assert np.array_equal(log["train_loss"][:30], whole["train_loss"][:30])
        # The weights are those of step 20; the data come in another order.
        assert log["train_loss"][30] != log["train_loss"][20]
        assert log["train_loss"][30:].mean() < log["train_loss"][:20].mean()
        assert log.run().resumes == (21.0,)


class TestPretraining:
    def test_gives_the_weights_of_the_body_a_start(self):
        before = TrainConfig(task=Mixture(n_train=512), steps=200, lr=0.1, momentum=0.9)
        fresh = before.replace(steps=5, lr=1e-6, seed=3)
        tuned = fresh.replace(pretraining=before, model=MLP(last_gain=0.35))

        cold, warm = run_batch([fresh])[0], run_batch([tuned])[0]

        assert warm["train_loss"][0] != cold["train_loss"][0]
        # The head is new: at first nothing is known.
        assert warm["val_acc"][0] < 0.5


class TestErrors:
    @pytest.mark.parametrize(
        ("settings", "told"),
        [
            ({"batch_size": None}, "with all samples in one"),
            ({"task": LeastSquares(), "model": MLP(depth=0)}, "LeastSquares does not tell"),
        ],
    )
    def test_a_curriculum_without_effect_is_refused(self, settings, told):
        with pytest.raises(UsageError, match=told):
            run_batch([DIGITS.replace(curriculum=Curriculum(until=5), **settings)])

    def test_an_unknown_device_is_named(self):
        with pytest.raises(UsageError, match="no device 'tpu9'"):
            run_batch([DIGITS], device="tpu9")

    def test_a_gpu_with_too_little_memory(self, monkeypatch):
        def full(*arguments):
            raise torch.OutOfMemoryError("CUDA out of memory")

        monkeypatch.setattr(Training, "_advance", full)
        with pytest.raises(UsageError, match="does not hold 2 of these runs") as caught:
            run_batch([DIGITS, DIGITS.replace(seed=1)])

        assert "--device cpu" in caught.value.hint

    @pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
    def test_cuda_where_there_is_none_says_what_to_do(self):
        with pytest.raises(UsageError) as caught:
            run_batch([DIGITS], device="cuda")

        assert caught.value.hint == "--device cpu"


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
class TestCuda:
    def test_trains_as_a_cpu_does(self):
        configs = [DIGITS.replace(seed=seed, model=MLP(dropout=0.2)) for seed in range(3)]

        for cpu, gpu in zip(
            run_batch(configs, device="cpu"), run_batch(configs, device="cuda"), strict=True
        ):
            assert gpu["train_loss"] == pytest.approx(cpu["train_loss"], rel=1e-3)


def plain_loop(config, **settings):
    """Losses of the same run as anybody would write it."""
    from lossdoc.trainer.models import build
    from lossdoc.trainer.streams import WEIGHTS, epoch_order, generator

    (data,) = samples([config])
    first = build(config.model, config.task.problem).init(generator(config.seed, WEIGHTS))
    weight = torch.tensor(first["head.weight"], dtype=torch.float64, requires_grad=True)
    bias = torch.tensor(first["head.bias"], dtype=torch.float64, requires_grad=True)
    kind = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}[config.optimizer]
    optimizer = kind([weight, bias], lr=config.lr, **settings)
    x, y = torch.from_numpy(data.x).double(), torch.from_numpy(data.y).double()
    size = config.batch_size or len(x)
    losses = []
    for step in range(config.steps):
        epoch, place = divmod(step, len(x) // size)
        rows = torch.from_numpy(epoch_order(config, data, epoch, step))
        batch = rows[place * size : (place + 1) * size]
        loss = (x[batch] @ weight.T + bias - y[batch]).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses
