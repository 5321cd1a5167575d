"""The callbacks in the frameworks themselves, on small models on the CPU."""

import math
import os
import warnings

import numpy as np
import pytest

import lossdoc
from lossdoc.model import Verdict

torch = pytest.importorskip("torch")

STEPS = 300


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    torch.set_num_threads(1)
    torch.manual_seed(0)
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    with warnings.catch_warnings():
        # Whatever the frameworks say about each other's deprecations is not ours.
        warnings.simplefilter("ignore")
        yield


def data(n=512):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(n, 4)).astype(np.float32)
    return x, (x @ np.array([[1.0], [2.0], [-1.0], [0.5]], np.float32)).astype(np.float32)


class TestHuggingFace:
    @pytest.fixture
    def trainer(self, tmp_path):
        transformers = pytest.importorskip("transformers")
        from lossdoc.integrations.huggingface import LossdocCallback

        class Regression(torch.nn.Module):
            def __init__(self):
                super().__init__()
                self.linear = torch.nn.Linear(4, 1)

            def forward(self, x, labels):
                return {"loss": torch.nn.functional.mse_loss(self.linear(x), labels)}

        x, y = data()
        rows = [{"x": a, "labels": b} for a, b in zip(x, y, strict=True)]

        def make(rate, **options):
            settings = {"max_steps": STEPS, "save_strategy": "no", **options}
            arguments = transformers.TrainingArguments(
                output_dir=str(tmp_path / "out"),
                per_device_train_batch_size=32,
                learning_rate=rate,
                optim="sgd",
                lr_scheduler_type="constant",
                max_grad_norm=0.0,
                logging_steps=1,
                logging_nan_inf_filter=False,
                report_to=[],
                use_cpu=True,
                disable_tqdm=True,
                **settings,
            )
            callback = LossdocCallback(tmp_path / "log.jsonl", stop_on="error", background=False)
            trainer = transformers.Trainer(
                Regression(), arguments, train_dataset=rows, callbacks=[callback]
            )
            return trainer, callback

        return make

    def test_a_healthy_run_comes_to_its_end(self, trainer):
        run, callback = trainer(0.05)
        run.train()
        assert run.state.global_step == STEPS
        assert callback.monitor.diagnosis.verdict is Verdict.HEALTHY

    def test_a_diverging_run_is_stopped_early(self, trainer, tmp_path):
        run, callback = trainer(1.5)
        run.train()
        assert run.state.global_step < STEPS / 2
        assert {f.code for f in callback.monitor.diagnosis} & {"LD101", "LD102"}
        read = lossdoc.analyze(tmp_path / "log.jsonl")
        assert read.findings[0].code == callback.monitor.diagnosis.findings[0].code

    def test_a_resumed_run_is_judged_as_a_whole(self, trainer):
        first, _ = trainer(0.05, save_strategy="steps", save_steps=100, max_steps=200)
        first.train()
        second, callback = trainer(0.05)
        second.train(resume_from_checkpoint=True)
        assert second.state.global_step == STEPS
        assert len(callback.monitor.diagnosis.run["train_loss"]) == STEPS
        assert callback.monitor.diagnosis.verdict is Verdict.HEALTHY

    def test_other_processes_stay_silent(self, trainer):
        run, callback = trainer(1.5)
        run.state.is_world_process_zero = False
        callback.on_log(None, run.state, run.control, {"loss": math.nan})
        assert callback.monitor.check() is None


class TestLightning:
    @pytest.fixture
    def fit(self, tmp_path):
        lightning = pytest.importorskip("lightning")
        from lossdoc.integrations.lightning import LossdocCallback

        class Regression(lightning.LightningModule):
            def __init__(self, rate):
                super().__init__()
                self.linear = torch.nn.Linear(4, 1)
                self.rate = rate

            def loss(self, batch):
                x, y = batch
                return torch.nn.functional.mse_loss(self.linear(x), y)

            def training_step(self, batch, index):
                loss = self.loss(batch)
                self.log("train_loss", loss)
                return loss

            def validation_step(self, batch, index):
                self.log("val_loss", self.loss(batch))

            def configure_optimizers(self):
                return torch.optim.SGD(self.parameters(), self.rate)

        tensors = torch.utils.data.TensorDataset(*map(torch.from_numpy, data()))

        def loader(shuffle):
            return torch.utils.data.DataLoader(tensors, batch_size=32, shuffle=shuffle)

        def make(rate, steps=STEPS, **options):
            callback = LossdocCallback(tmp_path / "log.jsonl", stop_on="error", background=False)
            trainer = lightning.Trainer(
                accelerator="cpu",
                max_steps=steps,
                callbacks=[callback],
                default_root_dir=tmp_path,
                logger=False,
                log_every_n_steps=1,
                enable_progress_bar=False,
                enable_model_summary=False,
            )
            trainer.fit(Regression(rate), loader(shuffle=True), loader(shuffle=False), **options)
            return trainer, callback

        return make

    def test_a_healthy_run_comes_to_its_end(self, fit):
        trainer, callback = fit(0.05)
        run = callback.monitor.diagnosis.run
        assert trainer.global_step == STEPS
        assert callback.monitor.diagnosis.verdict is Verdict.HEALTHY
        assert len(run["train_loss"]) == STEPS
        assert len(run["val_loss"]) == STEPS // 16
        assert run["learning_rate"].values[0] == 0.05

    def test_a_diverging_run_is_stopped_early(self, fit):
        trainer, callback = fit(1.5)
        assert trainer.global_step < STEPS / 2
        assert {f.code for f in callback.monitor.diagnosis} & {"LD101", "LD102"}

    def test_a_resumed_run_is_judged_as_a_whole(self, fit, tmp_path):
        trainer, _ = fit(0.05, steps=160)
        trainer.save_checkpoint(tmp_path / "last.ckpt")
        trainer, callback = fit(0.05, ckpt_path=str(tmp_path / "last.ckpt"))
        assert trainer.global_step == STEPS
        assert len(callback.monitor.diagnosis.run["train_loss"]) == STEPS
        assert callback.monitor.diagnosis.verdict is Verdict.HEALTHY


class TestKeras:
    @pytest.fixture
    def fit(self, tmp_path):
        keras = pytest.importorskip("keras")
        from lossdoc.integrations.keras import LossdocCallback

        if keras.backend.backend() != "torch":
            pytest.skip(f"keras was imported before with {keras.backend.backend()}")
        keras.utils.set_random_seed(0)
        x, y = data(256)

        def make(rate, epochs=40, stop_on="error", first=0, model=None):
            if model is None:
                model = keras.Sequential([keras.layers.Input((4,)), keras.layers.Dense(1)])
                model.compile(keras.optimizers.SGD(rate), "mse")
            callback = LossdocCallback(tmp_path / "log.jsonl", stop_on=stop_on)
            history = model.fit(
                x, y, batch_size=32, epochs=epochs, initial_epoch=first, verbose=0,
                validation_split=0.25, callbacks=[callback],
            )  # fmt: skip
            return len(history.epoch), callback

        return make

    def test_a_healthy_run_comes_to_its_end(self, fit):
        epochs, callback = fit(0.02)
        assert epochs == 40
        assert callback.monitor.diagnosis.verdict is Verdict.HEALTHY
        assert callback.monitor.diagnosis.run["learning_rate"].values[0] == pytest.approx(0.02)

    def test_a_diverging_run_is_stopped_early(self, fit):
        epochs, callback = fit(1.5)
        assert epochs < 20
        assert callback.monitor.diagnosis.verdict is Verdict.FAILING

    def test_without_being_told_to_it_only_observes(self, fit):
        epochs, callback = fit(1.5, stop_on=None)
        assert epochs == 40
        assert callback.monitor.diagnosis.verdict is Verdict.FAILING

    def test_a_resumed_run_is_judged_as_a_whole(self, fit):
        _, before = fit(0.02, epochs=15)
        _, callback = fit(0.02, first=15, model=before.model)
        assert len(callback.monitor.diagnosis.run["train_loss"]) == 40


def test_observing_needs_no_framework():
    import subprocess
    import sys

    code = (
        "import sys, lossdoc; m = lossdoc.Monitor(); m.log(0, loss=1.0); m.close();"
        "assert not {'torch', 'keras', 'lightning', 'transformers'} & {*sys.modules}"
    )
    subprocess.run([sys.executable, "-c", code], check=True, env={**os.environ})
