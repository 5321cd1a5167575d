"""Fully connected networks."""

import math

import pytest
import torch
from torch import nn
from torch.nn import functional

from lossdoc.trainer.models import MLP, build
from lossdoc.trainer.tasks.base import Problem

DIGITS = Problem(inputs=(64,), outputs=10)
IMAGES = Problem(inputs=(1, 8, 8), outputs=10)
FUNCTIONS = {
    "relu": nn.ReLU(),
    "tanh": nn.Tanh(),
    "sigmoid": nn.Sigmoid(),
    "gelu": nn.GELU(),
    "identity": nn.Identity(),
}


def first_loss(network, params, x):
    """Cross-entropy with classes dealt by turns."""
    output, _ = network.forward(params, x, ())
    return functional.cross_entropy(output, torch.arange(len(x)) % 10).item()


class TestAgainstTorch:
    @pytest.fixture
    def agree(self, random_parameters, inputs, fill):
        def check(model, module, problem=DIGITS):
            network = build(model, problem)
            params, x = random_parameters(network), inputs(problem)
            theirs = fill(module, params)(x)
            return torch.allclose(network.forward(params, x, ())[0], theirs, rtol=1e-5, atol=1e-5)

        return check

    def test_no_hidden_layer_is_a_linear_model(self, agree):
        assert agree(MLP(depth=0), nn.Linear(64, 10))

    @pytest.mark.parametrize("activation", FUNCTIONS)
    def test_layers_are_affine_maps_and_activations(self, agree, activation):
        act = FUNCTIONS[activation]
        module = nn.Sequential(nn.Linear(64, 9), act, nn.Linear(9, 9), act, nn.Linear(9, 10))

        assert agree(MLP(width=9, depth=2, activation=activation), module)

    @pytest.mark.parametrize(
        ("norm", "layer"), [("layer", nn.LayerNorm), ("batch", nn.BatchNorm1d)]
    )
    def test_norms_stand_before_the_activation(self, agree, norm, layer):
        module = nn.Sequential(nn.Linear(64, 9), layer(9), nn.ReLU(), nn.Linear(9, 10))

        assert agree(MLP(width=9, norm=norm), module)

    def test_images_are_flattened(self, agree):
        module = nn.Sequential(nn.Flatten(), nn.Linear(64, 9), nn.ReLU(), nn.Linear(9, 10))

        assert agree(MLP(width=9), module, IMAGES)

    def test_residual_layers_add_to_their_input_where_the_widths_agree(self, agree):
        class Residual(nn.Module):
            def __init__(self):
                super().__init__()
                self.widen, self.inner, self.head = (
                    nn.Linear(*widths) for widths in ((64, 9), (9, 9), (9, 10))
                )

            def forward(self, x):
                wide = self.widen(x).relu()
                return self.head(wide + self.inner(wide).relu())

        assert agree(MLP(width=9, depth=2, residual=True), Residual())

    def test_square_activations_are_squares(self, random_parameters, inputs):
        network = build(MLP(width=9, activation="square"), DIGITS)
        params, x = random_parameters(network), inputs(DIGITS)
        hidden = x @ params["hidden1.weight"].T + params["hidden1.bias"]

        expected = hidden**2 @ params["head.weight"].T + params["head.bias"]
        assert torch.allclose(network.forward(params, x, ())[0], expected, rtol=1e-4, atol=1e-4)


class TestFirstWeights:
    def test_cross_entropy_starts_near_that_of_guessing(self, initial_parameters, inputs):
        x = inputs(DIGITS, batch=500)
        network = build(MLP(), DIGITS)
        losses = [first_loss(network, initial_parameters(network, s), x) for s in range(5)]

        assert losses == pytest.approx([math.log(10)] * 5, abs=0.2)

    def test_a_larger_head_starts_above(self, initial_parameters, inputs):
        x = inputs(DIGITS, batch=500)
        network = build(MLP(last_gain=2.0), DIGITS)

        assert first_loss(network, initial_parameters(network), x) > math.log(10) + 1.0

    def test_small_weights_of_deep_networks_answer_nothing(self, initial_parameters, inputs):
        x = inputs(DIGITS, batch=500)
        network = build(MLP(depth=3, init="small"), DIGITS)
        loss = first_loss(network, initial_parameters(network), x)

        assert loss == pytest.approx(math.log(10), abs=1e-6)

    @pytest.mark.parametrize("gain", [0.5, 3.0])
    def test_gains_scale_the_hidden_layers_and_the_head(self, initial_parameters, gain):
        plain = initial_parameters(build(MLP(last_gain=1.0), DIGITS))
        scaled = initial_parameters(build(MLP(gain=gain, last_gain=gain), DIGITS))

        for name in ("hidden1.weight", "head.weight"):
            assert torch.allclose(scaled[name], gain * plain[name])

    def test_the_bias_is_that_of_the_hidden_layers(self, initial_parameters):
        params = initial_parameters(build(MLP(depth=2, bias=-8.0), DIGITS))

        assert {params[f"hidden{i}.bias"].unique().item() for i in (1, 2)} == {-8.0}
        assert not params["head.bias"].any()


class TestDeadUnits:
    @pytest.fixture
    def dead(self, initial_parameters, inputs):
        def share(model, batch=64):
            network = build(model, DIGITS)
            params, x = initial_parameters(network), inputs(DIGITS, batch)
            return network.forward(params, x, ())[1].item()

        return share

    def test_are_all_where_the_bias_is_far_below_zero(self, dead):
        assert dead(MLP(depth=3, bias=-20.0)) == 1.0

    def test_are_few_with_a_usual_init(self, dead):
        assert dead(MLP(depth=3)) < 0.05

    def test_come_alive_by_a_norm(self, dead):
        assert dead(MLP(depth=3, bias=-20.0, norm="layer")) < 0.05

    def test_are_counted_over_all_hidden_layers(self, initial_parameters, inputs):
        network = build(MLP(width=10, depth=2), DIGITS)
        params = initial_parameters(network)
        # The second layer's biases outweigh whatever the first one says.
        params["hidden1.bias"][:3], params["hidden1.bias"][3:] = -1e3, 10.0
        params["hidden2.bias"][:4], params["hidden2.bias"][4:] = -1e3, 1e3

        assert network.forward(params, inputs(DIGITS, 64), ())[1].item() == pytest.approx(7 / 20)

    def test_units_that_see_nan_are_not_dead(self, initial_parameters, inputs):
        network = build(MLP(), DIGITS)
        params = initial_parameters(network)

        assert network.forward(params, inputs(DIGITS) * torch.nan, ())[1].item() == 0.0


class TestDropout:
    def test_a_dropped_unit_says_nothing_to_the_head(self, random_parameters, inputs):
        network = build(MLP(width=9, dropout=0.5), DIGITS)
        params, x = random_parameters(network), inputs(DIGITS, 4)
        mask = torch.ones(network.masks(4)[0])
        mask[:, :3] = 0.0
        deaf = {**params, "head.weight": params["head.weight"].clone()}
        deaf["head.weight"][:, :3] = 0.0

        masked = network.forward(params, x, [mask])[0]
        assert torch.allclose(masked, network.forward(deaf, x, ())[0], atol=1e-6)

    def test_a_residual_layer_that_is_dropped_passes_its_input_on(self, random_parameters, inputs):
        network = build(MLP(width=64, residual=True, dropout=0.5), DIGITS)
        params, x = random_parameters(network), inputs(DIGITS, 4)
        masked, _ = network.forward(params, x, [torch.zeros(4, 64)])

        head = x @ params["head.weight"].T + params["head.bias"]
        assert torch.allclose(masked, head, atol=1e-5)


class TestBatchNorm:
    def test_answers_depend_on_the_samples_beside(self, random_parameters, inputs):
        network = build(MLP(norm="batch"), DIGITS)
        params, x = random_parameters(network), inputs(DIGITS, 16)

        whole, half = (network.forward(params, part, ())[0] for part in (x, x[:8]))
        assert not torch.allclose(whole[:8], half, atol=1e-2)

    def test_one_sample_alone_is_normalised_to_nothing(self, random_parameters, inputs):
        network = build(MLP(norm="batch"), DIGITS)
        params = random_parameters(network)

        one, other = (network.forward(params, inputs(DIGITS, 1, seed), ())[0] for seed in (0, 1))
        # But for rounding errors, divided by the root of the epsilon in the formula.
        assert torch.allclose(one, other, atol=1e-2)
        assert (inputs(DIGITS, 1, 0) - inputs(DIGITS, 1, 1)).abs().mean() > 0.5
