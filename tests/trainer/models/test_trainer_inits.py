"""Schemes of first weights."""

import math

import numpy as np
import pytest

from lossdoc.trainer.models import inits

DENSE = (300, 500)
CONVOLUTION = (48, 64, 3, 3)

SPREADS = {
    "he": lambda inputs, outputs: math.sqrt(2 / inputs),
    "xavier": lambda inputs, outputs: math.sqrt(2 / (inputs + outputs)),
    "lecun": lambda inputs, outputs: math.sqrt(1 / inputs),
    "small": lambda inputs, outputs: 1e-3,
    "large": lambda inputs, outputs: 2 * math.sqrt(2 / inputs),
}


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def through(scheme, activation, layers=10, width=128):
    """Root mean square of a signal after some layers, over that before them."""
    rng = np.random.default_rng(0)
    signal = rng.standard_normal((width, 100))
    before = np.linalg.norm(signal)
    for _ in range(layers):
        signal = activation(inits.SCHEMES[scheme](rng, (width, width)) @ signal)
    return np.linalg.norm(signal) / before


def relu(x):
    return np.maximum(x, 0.0)


def linear(x):
    return x


@pytest.mark.parametrize("gain", [1.0, 2.5])
@pytest.mark.parametrize(("shape", "fans"), [(DENSE, (500, 300)), (CONVOLUTION, (64 * 9, 48 * 9))])
@pytest.mark.parametrize("scheme", SPREADS)
def test_weights_spread_as_published(rng, scheme, shape, fans, gain):
    weights = inits.SCHEMES[scheme](rng, shape, gain)

    assert weights.shape == shape
    assert weights.dtype == np.float32
    assert weights.std() == pytest.approx(gain * SPREADS[scheme](*fans), rel=0.02)
    assert abs(weights.mean()) < 0.02 * weights.std()


def test_he_keeps_a_signal_through_relu_layers():
    assert through("he", relu) == pytest.approx(1.0, rel=0.5)
    assert through("lecun", relu) < 0.1


def test_lecun_and_orthogonal_keep_a_signal_through_linear_layers():
    assert through("lecun", linear) == pytest.approx(1.0, rel=0.5)
    assert through("orthogonal", linear) == pytest.approx(1.0, rel=1e-5)


def test_large_doubles_a_signal_in_every_relu_layer():
    assert through("large", relu) == pytest.approx(2**10 * through("he", relu), rel=1e-4)


@pytest.mark.parametrize("shape", [(8, 8), (20, 6), (6, 20), (8, 3, 3, 3)])
@pytest.mark.parametrize("gain", [1.0, 0.5])
def test_all_singular_values_of_orthogonal_weights_are_the_gain(rng, shape, gain):
    weights = inits.orthogonal(rng, shape, gain)
    values = np.linalg.svd(weights.reshape(shape[0], -1), compute_uv=False)

    assert weights.shape == shape
    assert values == pytest.approx(np.full(len(values), gain), rel=1e-5)


def test_orthogonal_matrices_prefer_no_direction(rng):
    """The trace of a uniform one is zero on average, with variance 1."""
    traces = [np.trace(inits.orthogonal(rng, (3, 3))) for _ in range(2000)]

    assert np.mean(traces) == pytest.approx(0.0, abs=4 / math.sqrt(2000))


def test_a_constant_draws_nothing(rng):
    before = rng.bit_generator.state

    assert np.all(inits.constant(rng, (4,), -8.0) == -8.0)
    assert rng.bit_generator.state == before
