"""Names of columns tell which norm belongs to the first layer, or nothing is said."""

import numpy as np
import pytest

from lossdoc.model import Channel, Run, Series
from lossdoc.robust.layers import first_and_last


def run_of(**norms):
    """Run with norms of layers at the steps 1, 2 ...; names with ``__`` for a dot."""
    series = []
    for name, values in norms.items():
        rows = np.arange(1, len(values) + 1)
        column = name.replace("__", ".")
        steps, numbers = rows.astype(np.float64), np.asarray(values, dtype=np.float64)
        series.append(Series(Channel.LAYER_GRAD_NORM, column, steps, numbers, rows))
    return Run("x", "csv", tuple(series))


def test_words_tell():
    layers = first_and_last(run_of(grad_norm_last=[3, 4], other=[9, 9], grad_norm_first=[1, 2]))

    assert layers.name == "grad_norm_first"
    assert layers.first.tolist() == [1, 2]
    assert layers.last.tolist() == [3, 4]


@pytest.mark.parametrize(
    ("first", "middle", "last"),
    [
        (
            "grad_norm/layers__0__weight",
            "grad_norm/layers__2__weight",
            "grad_norm/layers__10__weight",
        ),
        ("grad_2__0_norm/fc1", "grad_2__0_norm/fc2", "grad_2__0_norm/fc3"),
        ("grad/layers__10", "grad/layers__11", "grad/layers__12"),
    ],
)
def test_numbers_tell_and_those_that_all_names_share_do_not(first, middle, last):
    layers = first_and_last(run_of(**{last: [3.0], first: [1.0], middle: [2.0]}))

    assert layers.first.tolist() == [1.0]
    assert layers.last.tolist() == [3.0]


def test_a_layer_is_as_loud_as_its_loudest_norm():
    norms = {
        "layer__0__weight": [1e-9, 1e-9],
        "layer__0__bias": [0.5, 0.1],
        "layer__1__bias": [1, 1],
    }

    layers = first_and_last(run_of(**norms))

    assert layers.first.tolist() == [0.5, 0.1]
    assert layers.name == "layer.0.bias"


def test_only_steps_that_all_have_count():
    layers = first_and_last(run_of(first=[1, np.nan, 3, 4], last=[5, 6, np.inf]))

    assert layers.x.tolist() == [1]
    assert layers.rows.tolist() == [1]


@pytest.mark.parametrize(
    "norms",
    [
        {"embedding": [1.0], "head": [1.0]},
        {"layer__3__weight": [1.0], "layer__3__bias": [1.0]},
        {"grad_norm_first": [1.0]},
        {"first": [-1.0], "last": [1.0]},  # a mean of gradients, no norm
        {"first": [np.nan], "last": [1.0]},
        {},
    ],
)
def test_otherwise_nothing_is_said(norms):
    assert first_and_last(run_of(**norms)) is None
