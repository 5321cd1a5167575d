"""The loop never waits for a device, and everything it touches lies on one.

No GPU is needed to know that: PyTorch's ``meta`` device computes shapes alone, refuses tensors of
another device, and cannot give a value.
"""

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from lossdoc.trainer.batch import prepared
from lossdoc.trainer.config import (
    Curriculum,
    Fault,
    Interruption,
    LossScale,
    Recovery,
    TrainConfig,
)
from lossdoc.trainer.models import CNN, GPT, MLP, RNN
from lossdoc.trainer.schedules import Cosine, ReduceOnPlateau
from lossdoc.trainer.tasks import Adding, Digits, LeastSquares, Text

torch.set_num_threads(1)

BASE = TrainConfig(
    task=Digits(n_train=128), steps=6, batch_size=32, eval_every=2, schedule=Cosine()
)

CONFIGS = {
    "sgd": BASE,
    "nesterov": BASE.replace(momentum=0.9, nesterov=True),
    "adagrad": BASE.replace(optimizer="adagrad"),
    "rmsprop": BASE.replace(optimizer="rmsprop"),
    "adam": BASE.replace(optimizer="adam"),
    "adamw": BASE.replace(optimizer="adamw"),
    "full batch": BASE.replace(batch_size=None),
    "clipping": BASE.replace(clip_grad_norm=1.0),
    "label smoothing": BASE.replace(label_smoothing=0.1),
    "averaged weights": BASE.replace(ema_decay=0.9),
    "loss scale": BASE.replace(loss_scale=LossScale()),
    "recovery": BASE.replace(recovery=Recovery(snapshot_every=2)),
    "early stopping": BASE.replace(early_stopping=1),
    "reduce on plateau": BASE.replace(schedule=ReduceOnPlateau(patience=0)),
    "faults": BASE.replace(faults=(Fault(first=2, last=3, inputs=5.0, permute=True),)),
    "curriculum": BASE.replace(curriculum=Curriculum(until=3)),
    "interruption": BASE.replace(interruption=Interruption(after=4, checkpoint=2)),
    "dropout": BASE.replace(model=MLP(dropout=0.2, norm="layer", residual=True)),
    "batch norm": BASE.replace(model=MLP(norm="batch")),
    "regression": BASE.replace(task=LeastSquares(n_train=64), model=MLP(depth=0)),
    "cnn": BASE.replace(task=Digits(n_train=64, image=True), model=CNN(dropout=0.1)),
    "rnn": BASE.replace(task=Adding(length=5, n_train=64), model=RNN()),
    "gru": BASE.replace(task=Adding(length=5, n_train=64), model=RNN(cell="gru")),
    "gpt": BASE.replace(task=Text(n_train=64, length=8), model=GPT(dropout=0.1)),
    "post-norm": BASE.replace(task=Text(n_train=64, length=8), model=GPT(norm="post")),
}


class Waits(TorchDispatchMode):
    """Counts what makes the host wait for a device."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        name = func.name()
        if name in {"aten::_local_scalar_dense", "aten::nonzero", "aten::is_nonzero"}:
            self.seen.append(name)
        return func(*args, **(kwargs or {}))


def two_runs(config, device):
    """Two runs with data of their own, set up on a device."""
    return prepared([config, config.replace(seed=1)], torch.device(device))


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)
def test_everything_lies_on_the_device(config):
    training = two_runs(config, "meta")

    measured = [training._advance(i) for i in range(len(training.places))]

    assert {values.device.type for values in measured} == {"meta"}
    assert {values.device.type for values in training.state.values()} == {"meta"}


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)
def test_no_update_asks_for_a_value(config):
    training = two_runs(config, "cpu")
    training._advance(0)

    with Waits() as waits:
        for i in range(1, len(training.places)):
            training._advance(i)

    assert waits.seen == []


def test_asking_for_a_value_would_be_seen():
    with Waits() as waits:
        torch.ones(()).item()

    assert waits.seen
