"""Parameters and batches for networks of any kind."""

import numpy as np
import pytest
import torch

torch.set_num_threads(1)


@pytest.fixture
def random_parameters():
    """Parameters that are all different from 0 and 1, so that no layer is left out unseen."""

    def draw(network, seed=0):
        generator = torch.Generator().manual_seed(seed)
        return {
            name: 0.4 * torch.randn(shape, generator=generator)
            for name, shape in network.shapes.items()
        }

    return draw


@pytest.fixture
def initial_parameters():
    """Parameters as a run of some seed starts with."""

    def draw(network, seed=0):
        drawn = network.init(np.random.default_rng(seed))
        return {name: torch.from_numpy(values) for name, values in drawn.items()}

    return draw


@pytest.fixture
def inputs():
    """A batch of a problem, the same for the same seed."""

    def draw(problem, batch=16, seed=0):
        generator = torch.Generator().manual_seed(seed)
        shape = (batch, *problem.inputs)
        if problem.vocabulary:
            return torch.randint(problem.vocabulary, shape, generator=generator)
        return torch.randn(shape, generator=generator)

    return draw


@pytest.fixture
def fill():
    """Copy our parameters into a module of torch.nn that declares them in the same order."""

    def copy(module, params):
        with torch.no_grad():
            for theirs, ours in zip(module.parameters(), params.values(), strict=True):
                theirs.copy_(ours)
        return module

    return copy
