"""Recurrent networks."""

import pytest
import torch
from torch import nn

from lossdoc.trainer.models import RNN, build
from lossdoc.trainer.tasks.base import Problem

ADDING = Problem(inputs=(12, 2), outputs=1, loss="squared_error")


@pytest.mark.parametrize(("cell", "module"), [("tanh", nn.RNN), ("gru", nn.GRU)])
def test_is_the_network_of_torch_without_its_second_bias(random_parameters, inputs, cell, module):
    network = build(RNN(hidden=7, cell=cell), ADDING)
    params, x = random_parameters(network), inputs(ADDING)
    theirs = module(2, 7, batch_first=True)
    weights = (params["input.weight"], params["recurrent.weight"], params["input.bias"])
    with torch.no_grad():
        # The second bias, of the recurrent product, is not ours.
        for own, copied in zip(theirs.parameters(), (*weights, torch.zeros(1)), strict=True):
            own.copy_(copied)

    states, _ = theirs(x)
    answer = states[:, -1] @ params["head.weight"].T + params["head.bias"]
    assert torch.allclose(network.forward(params, x, ())[0], answer, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("cell", ["tanh", "gru"])
def test_recurrent_weights_are_orthogonal_per_gate_times_their_gain(initial_parameters, cell):
    params = initial_parameters(build(RNN(hidden=16, cell=cell, recurrent_gain=2.5), ADDING))

    for gate in params["recurrent.weight"].split(16):
        assert torch.allclose(gate @ gate.T, 2.5**2 * torch.eye(16), atol=1e-5)


def first_gradient(gain, initial_parameters, inputs, elements=60):
    """Norm of the gradient of the last state's answer with respect to the first element."""
    problem = ADDING._replace(inputs=(elements, 2))
    network = build(RNN(recurrent_gain=gain), problem)
    x = (0.01 * inputs(problem)).requires_grad_()
    network.forward(initial_parameters(network), x, ())[0].sum().backward()
    return x.grad[:, 0].norm().item()


def test_gradients_vanish_through_time_with_a_small_gain(initial_parameters, inputs):
    assert first_gradient(0.5, initial_parameters, inputs) < 1e-10
    assert first_gradient(1.0, initial_parameters, inputs) > 1e-3


def test_gradients_explode_through_time_with_a_large_gain(initial_parameters, inputs):
    usual, large = (first_gradient(g, initial_parameters, inputs, 12) for g in (1.0, 2.5))

    assert large > 20 * usual


def test_the_head_has_a_gain_of_its_own(initial_parameters):
    plain, scaled = (initial_parameters(build(RNN(last_gain=g), ADDING)) for g in (1.0, 3.0))

    assert torch.allclose(scaled["head.weight"], 3.0 * plain["head.weight"])
    assert torch.equal(scaled["recurrent.weight"], plain["recurrent.weight"])
