"""Tiny transformers."""

import math

import pytest
import torch
from torch import nn

from lossdoc.trainer.models import GPT, build
from lossdoc.trainer.tasks.base import Problem

TEXT = Problem(inputs=(9,), outputs=20, per_token=True, vocabulary=20)
REVIEWS = TEXT._replace(outputs=3, per_token=False)

NAMES = {
    "self_attn.in_proj_weight": "attention.weight",
    "self_attn.in_proj_bias": "attention.bias",
    "self_attn.out_proj.weight": "projection.weight",
    "self_attn.out_proj.bias": "projection.bias",
    "linear1.weight": "mlp_in.weight",
    "linear1.bias": "mlp_in.bias",
    "linear2.weight": "mlp_out.weight",
    "linear2.bias": "mlp_out.bias",
    "norm1.weight": "attention_norm.scale",
    "norm1.bias": "attention_norm.shift",
    "norm2.weight": "mlp_norm.scale",
    "norm2.bias": "mlp_norm.shift",
}
"""Parameters of torch.nn.TransformerEncoderLayer and ours."""


def torch_answers(params, x, layers, heads, norm):
    """Answers of the same network made of torch's encoder layers."""
    stream = params["tokens.weight"][x] + params["positions.weight"]
    width = stream.shape[-1]
    causal = nn.Transformer.generate_square_subsequent_mask(x.shape[1])
    for i in range(1, layers + 1):
        block = nn.TransformerEncoderLayer(
            width, heads, 4 * width, 0.0, "gelu", batch_first=True, norm_first=norm == "pre"
        )
        block.load_state_dict(
            {theirs: params[f"block{i}.{ours}"] for theirs, ours in NAMES.items()}
        )
        stream = block(stream, src_mask=causal)
    if norm == "pre":
        scale, shift = params["norm.scale"], params["norm.shift"]
        stream = nn.functional.layer_norm(stream, (width,), scale, shift)
    return stream @ params["head.weight"].T + params["head.bias"]


@pytest.mark.parametrize("norm", ["pre", "post"])
@pytest.mark.parametrize(("layers", "heads"), [(0, 1), (1, 1), (2, 4)])
def test_is_the_network_of_torch(random_parameters, inputs, norm, layers, heads):
    network = build(GPT(layers=layers, width=8, heads=heads, norm=norm), TEXT)
    params, x = random_parameters(network), inputs(TEXT)

    expected = torch_answers(params, x, layers, heads, norm)
    assert torch.allclose(network.forward(params, x, ())[0], expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("norm", ["pre", "post"])
def test_no_position_sees_a_later_token(random_parameters, inputs, norm):
    network = build(GPT(norm=norm), TEXT)
    params, x = random_parameters(network), inputs(TEXT)
    changed = x.clone()
    changed[:, 5] = (x[:, 5] + 1) % 20

    one, other = (network.forward(params, tokens, ())[0] for tokens in (x, changed))

    differs = (one != other).any(dim=-1).any(dim=0)
    assert differs.tolist() == [False] * 5 + [True] * 4


def test_equal_tokens_are_told_apart_by_their_positions(random_parameters):
    network = build(GPT(), TEXT)
    params, x = random_parameters(network), torch.zeros(1, 9, dtype=torch.int64)
    answers = network.forward(params, x, ())[0][0]

    assert len(answers.unique(dim=0)) == 9


def test_one_answer_per_sequence_is_that_of_the_last_position(random_parameters, inputs):
    whole = build(GPT(), REVIEWS._replace(per_token=True))
    network = build(GPT(), REVIEWS)
    params, x = random_parameters(network), inputs(REVIEWS)

    last = whole.forward(params, x, ())[0][:, -1]
    assert torch.allclose(network.forward(params, x, ())[0], last, atol=1e-5)


@pytest.mark.parametrize("norm", ["pre", "post"])
def test_starts_at_the_loss_of_guessing(initial_parameters, inputs, norm):
    network = build(GPT(norm=norm), TEXT)
    output, _ = network.forward(initial_parameters(network), inputs(TEXT), ())
    loss = nn.functional.cross_entropy(output.flatten(0, 1), inputs(TEXT, seed=1).flatten())

    assert loss.item() == pytest.approx(math.log(20), abs=0.1)


def test_the_spread_of_the_weights_is_a_setting(initial_parameters):
    params = initial_parameters(build(GPT(std=0.15), TEXT))
    weights = torch.cat([v.flatten() for name, v in params.items() if name.endswith(".weight")])

    assert weights.std().item() == pytest.approx(0.15, rel=0.02)
