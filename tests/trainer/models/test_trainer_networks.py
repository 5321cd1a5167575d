"""What holds for every network, whatever it is made of."""

import numpy as np
import pytest
import torch
from torch.func import grad_and_value, vmap

from lossdoc.trainer.models import CNN, GPT, MLP, RNN, build
from lossdoc.trainer.tasks.base import Problem

VECTORS = Problem(inputs=(12,), outputs=5)
IMAGES = Problem(inputs=(2, 8, 8), outputs=5)
SEQUENCES = Problem(inputs=(6, 3), outputs=1, loss="squared_error")
TOKENS = Problem(inputs=(7,), outputs=11, per_token=True, vocabulary=11)
TEXTS = Problem(inputs=(7,), outputs=3, vocabulary=11)

NETWORKS = (
    (MLP(depth=0), VECTORS),
    (MLP(width=9, depth=2), IMAGES),
    (MLP(width=9, depth=3, norm="layer", residual=True, dropout=0.5), SEQUENCES),
    (MLP(width=9, depth=2, norm="batch", activation="tanh"), VECTORS),
    (CNN(channels=3), IMAGES),
    (CNN(channels=3, norm="layer", dropout=0.5), IMAGES),
    (CNN(channels=3, norm="batch"), IMAGES),
    (RNN(hidden=8), SEQUENCES),
    (RNN(hidden=8, cell="gru"), SEQUENCES),
    (GPT(width=8), TOKENS),
    (GPT(width=8, norm="post", dropout=0.5), TOKENS),
    (GPT(width=8, layers=1), TEXTS),
)
RUNS = 3


def name(model, problem):
    """What a model has that its defaults have not, and the inputs."""
    usual = type(model)().to_dict()
    special = [f"{key}={value}" for key, value in model.to_dict().items() if value != usual[key]]
    return " ".join([type(model).__name__, *special, str(problem.inputs)])


@pytest.fixture(params=NETWORKS, ids=lambda case: name(*case))
def case(request):
    model, problem = request.param
    return model, problem, build(model, problem)


class TestInit:
    def test_gives_every_parameter_in_its_shape(self, case):
        _, _, network = case
        drawn = network.init(np.random.default_rng(0))

        assert {name: values.shape for name, values in drawn.items()} == dict(network.shapes)
        assert {values.dtype for values in drawn.values()} == {np.dtype(np.float32)}

    def test_a_seed_always_gives_the_same_and_another_seed_another(self, case):
        _, _, network = case
        first, again, other = (
            network.init(np.random.default_rng(s))["head.weight"] for s in (0, 0, 1)
        )

        assert np.array_equal(first, again)
        assert not np.array_equal(first, other)

    def test_the_head_makes_the_answers_and_comes_last(self, case):
        _, problem, network = case
        names = list(network.shapes)

        assert network.last == names[-2] == "head.weight"
        assert network.shapes[network.last][0] == problem.outputs

    def test_the_first_weight_sees_the_input(self, case, random_parameters, inputs):
        _, problem, network = case
        params = random_parameters(network)
        blind = params | {network.first: torch.zeros(network.shapes[network.first])}

        one, other = (network.forward(blind, inputs(problem, seed=s), ())[0] for s in range(2))

        assert torch.equal(one, other)
        assert not torch.equal(one, network.forward(params, inputs(problem), ())[0])


class TestForward:
    def test_answers_every_sample_or_every_position(self, case, random_parameters, inputs):
        _, problem, network = case
        output, _ = network.forward(random_parameters(network), inputs(problem, batch=4), ())

        expected = (4, *problem.inputs) if problem.per_token else (4,)
        assert output.shape == (*expected, problem.outputs)

    def test_the_share_of_dead_units_is_nan_where_there_is_no_relu(
        self, case, random_parameters, inputs
    ):
        model, problem, network = case
        _, dead = network.forward(random_parameters(network), inputs(problem), ())

        assert dead.shape == ()
        assert dead.isnan() == (not model.has_relu)

    def test_keeps_double_precision(self, case, random_parameters, inputs):
        _, problem, network = case
        params = random_parameters(network)
        double = {name: values.double() for name, values in params.items()}
        x = inputs(problem)

        output, dead = network.forward(double, x if problem.vocabulary else x.double(), ())

        assert output.dtype == dead.dtype == torch.float64
        single = network.forward(params, x, ())[0]
        assert torch.allclose(output.float(), single, rtol=1e-3, atol=1e-4)


class TestDropout:
    def test_has_masks_only_where_the_model_drops_units(self, case):
        model, _, network = case

        assert network.dropout == getattr(model, "dropout", 0.0)
        assert bool(network.masks(4)) == (network.dropout > 0)

    def test_masks_of_ones_change_nothing(self, case, random_parameters, inputs):
        _, problem, network = case
        params, x = random_parameters(network), inputs(problem, batch=4)
        ones = [torch.ones(shape) for shape in network.masks(4)]

        assert torch.equal(network.forward(params, x, ones)[0], network.forward(params, x, ())[0])

    def test_every_mask_acts(self, case, random_parameters, inputs):
        _, problem, network = case
        params, x = random_parameters(network), inputs(problem, batch=4)
        full = network.forward(params, x, ())[0]

        for dropped in range(len(network.masks(4))):
            masks = [torch.ones(shape) for shape in network.masks(4)]
            masks[dropped][:, ..., 0] = 0.0
            assert not torch.equal(network.forward(params, x, masks)[0], full)


class TestManyRuns:
    @pytest.fixture
    def stacked(self, case, random_parameters, inputs):
        """Parameters, inputs and dropout masks of several runs, and their gradients together."""
        _, problem, network = case
        drawn = [random_parameters(network, seed) for seed in range(RUNS)]
        params = {name: torch.stack([d[name] for d in drawn]) for name in network.shapes}
        x = torch.stack([inputs(problem, seed=seed) for seed in range(RUNS)])
        masks = [torch.rand(RUNS, *shape).round() for shape in network.masks(x.shape[1])]
        return params, x, masks

    @staticmethod
    def gradients(network, mapped=False):
        """Gradients of some function of all answers, and the answers."""

        def objective(params, x, masks):
            output, dead = network.forward(params, x, masks)
            return (output.square() + output).mean(), (output, dead)

        together = grad_and_value(objective, has_aux=True)
        return vmap(together) if mapped else together

    def test_each_gets_the_answers_and_gradients_that_it_gets_alone(self, case, stacked):
        _, _, network = case
        params, x, masks = stacked
        grads, (losses, (outputs, dead)) = self.gradients(network, mapped=True)(params, x, masks)

        for i in range(RUNS):
            own = {name: values[i] for name, values in params.items()}
            alone, (loss, (output, share)) = self.gradients(network)(
                own, x[i], [m[i] for m in masks]
            )
            assert torch.allclose(losses[i], loss)
            assert torch.allclose(outputs[i], output, atol=1e-5)
            assert torch.equal(dead[i].nan_to_num(-1.0), share.nan_to_num(-1.0))
            for name in network.shapes:
                assert torch.allclose(grads[name][i], alone[name], rtol=1e-4, atol=1e-5), name

    def test_one_that_breaks_leaves_the_others_bit_for_bit(self, case, stacked):
        _, _, network = case
        params, x, masks = stacked
        broken = {name: values.clone() for name, values in params.items()}
        for values in broken.values():
            values[1] = torch.nan

        sound = self.gradients(network, mapped=True)(params, x, masks)
        grads, (losses, (outputs, _)) = self.gradients(network, mapped=True)(broken, x, masks)

        assert losses[1].isnan()
        for i in (0, 2):
            assert torch.equal(losses[i], sound[1][0][i])
            assert torch.equal(outputs[i], sound[1][1][0][i])
            for name in network.shapes:
                assert torch.equal(grads[name][i], sound[0][name][i]), name
