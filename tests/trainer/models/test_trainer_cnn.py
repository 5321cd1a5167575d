"""Convolutional networks."""

import pytest
import torch
from torch import nn

from lossdoc.errors import UsageError
from lossdoc.trainer.models import CNN, build
from lossdoc.trainer.tasks.base import Problem

DIGITS = Problem(inputs=(1, 8, 8), outputs=10)
COLOURS = Problem(inputs=(3, 11, 6), outputs=4)
NORMS = {
    "none": lambda _: nn.Identity(),
    "batch": nn.BatchNorm2d,
    "layer": lambda channels: nn.GroupNorm(1, channels),
}


def torch_network(problem, channels, norm):
    """The same network of modules, with a norm per number of channels."""
    colours, rows, columns = problem.inputs
    blocks = []
    for wide, narrow in ((channels, colours), (2 * channels, channels)):
        convolution = nn.Conv2d(narrow, wide, 3, padding=1)
        blocks += [convolution, norm(wide), nn.ReLU(), nn.MaxPool2d(2)]
    features = 2 * channels * (rows // 4) * (columns // 4)
    return nn.Sequential(*blocks, nn.Flatten(), nn.Linear(features, problem.outputs))


@pytest.mark.parametrize("problem", [DIGITS, COLOURS], ids=["digits", "odd sizes"])
@pytest.mark.parametrize("norm", NORMS)
def test_is_the_network_of_torch(random_parameters, inputs, fill, problem, norm):
    network = build(CNN(channels=5, norm=norm), problem)
    params, x = random_parameters(network), inputs(problem)
    theirs = fill(torch_network(problem, 5, NORMS[norm]), params)(x)

    assert torch.allclose(network.forward(params, x, ())[0], theirs, rtol=1e-5, atol=1e-5)


def test_a_bias_far_below_zero_kills_every_channel(initial_parameters, inputs):
    network = build(CNN(bias=-50.0), DIGITS)
    _, dead = network.forward(initial_parameters(network), inputs(DIGITS), ())

    assert dead.item() == 1.0


def test_a_channel_is_dead_where_it_is_zero_at_every_position(initial_parameters, inputs):
    network = build(CNN(channels=4), DIGITS)
    params = initial_parameters(network)
    params["conv1.bias"][:3] = -100.0

    # Twelve channels in both blocks together.
    assert network.forward(params, inputs(DIGITS), ())[1].item() == pytest.approx(3 / 12)


def test_gains_scale_the_convolutions_and_the_head(initial_parameters):
    plain = initial_parameters(build(CNN(), DIGITS))
    scaled = initial_parameters(build(CNN(gain=3.0, last_gain=0.5), DIGITS))

    for name, gain in (("conv1.weight", 3.0), ("conv2.weight", 3.0), ("head.weight", 0.5)):
        assert torch.allclose(scaled[name], gain * plain[name])


def test_images_too_small_to_be_halved_twice_are_refused():
    with pytest.raises(UsageError, match="3x8 pixels are too few"):
        build(CNN(), Problem(inputs=(1, 3, 8), outputs=10))
