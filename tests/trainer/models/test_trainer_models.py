"""Which model fits which problem, and what its settings may be."""

import subprocess
import sys

import pytest

from lossdoc.errors import UsageError
from lossdoc.trainer.models import CNN, GPT, MLP, RNN, build
from lossdoc.trainer.tasks.base import Problem

VECTORS = Problem(inputs=(64,), outputs=10)
IMAGES = Problem(inputs=(1, 8, 8), outputs=10)
SEQUENCES = Problem(inputs=(12, 2), outputs=1, loss="squared_error")
TOKENS = Problem(inputs=(32,), outputs=64, per_token=True, vocabulary=64)


@pytest.mark.parametrize(
    ("model", "problem", "message", "hint"),
    [
        (CNN(), VECTORS, "CNN does not fit vectors", "take MLP"),
        (CNN(), SEQUENCES, "CNN does not fit sequences of vectors", "take MLP or RNN"),
        (RNN(), VECTORS, "RNN does not fit vectors", "take MLP"),
        (RNN(), IMAGES, "RNN does not fit images", "take MLP or CNN"),
        (GPT(), VECTORS, "GPT does not fit vectors", "take MLP"),
        (MLP(), TOKENS, "MLP does not fit tokens", "take GPT"),
        (RNN(), SEQUENCES._replace(per_token=True), "with an answer per position", ""),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_a_model_that_does_not_fit_is_refused_with_those_that_do(model, problem, message, hint):
    with pytest.raises(UsageError, match=message) as caught:
        build(model, problem)

    assert caught.value.hint == hint


@pytest.mark.parametrize("problem", [VECTORS, SEQUENCES, IMAGES])
def test_an_mlp_takes_numbers_of_any_shape(problem):
    assert build(MLP(), problem).shapes["head.weight"] == (problem.outputs, 64)


@pytest.mark.parametrize(
    ("model", "settings", "message"),
    [
        (MLP, {"width": 0}, "MLP needs width from 1, not 0"),
        (MLP, {"depth": -1}, "MLP needs depth from 0, not -1"),
        (MLP, {"gain": float("inf")}, "MLP needs gain from 0, not inf"),
        (MLP, {"dropout": 1.0}, "MLP needs dropout under 1, not 1.0"),
        (CNN, {"channels": 0}, "CNN needs channels from 1"),
        (RNN, {"recurrent_gain": -1.0}, "RNN needs recurrent_gain from 0"),
        (GPT, {"std": float("nan")}, "GPT needs std from 0"),
        (GPT, {"width": 32, "heads": 3}, "GPT needs a width that its 3 heads can share, not 32"),
    ],
)
def test_settings_out_of_their_range_are_refused(model, settings, message):
    with pytest.raises(UsageError, match=message):
        model(**settings)
    with pytest.raises(UsageError, match=message):
        model().replace(**settings)


def test_settings_that_change_the_first_weights_alone_are_named():
    for model in (MLP(), CNN(), RNN(), GPT()):
        assert set(model.initial) <= set(model.to_dict())
        assert model.initial


def test_settings_need_no_torch():
    code = "import sys, lossdoc.trainer.models; print('torch' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )

    assert done.stdout.strip() == "False"
