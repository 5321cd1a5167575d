"""Networks of the trainer: settings that need no torch, and what is built from them.

A model's settings say how it looks; `build` makes the network of them for one problem.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lossdoc.errors import UsageError
from lossdoc.trainer.models.specs import CNN, GPT, MLP, RNN, Model

if TYPE_CHECKING:
    from lossdoc.trainer.models.base import Network
    from lossdoc.trainer.tasks.base import Problem

__all__ = ["CNN", "GPT", "MLP", "RNN", "Model", "build"]

_INPUTS = {1: "vectors", 2: "sequences of vectors", 3: "images"}

_TAKES: dict[type[Model], tuple[str, ...]] = {
    MLP: ("vectors", "sequences of vectors", "images"),
    CNN: ("images",),
    RNN: ("sequences of vectors",),
    GPT: ("tokens",),
}
"""Inputs that each model can take; an MLP flattens them."""


def build(model: Model, problem: Problem) -> Network:
    """Make the network of a model for a problem.

    Raises
    ------
    UsageError
        The model cannot take these inputs or give these answers (the message says which models
        can), or one of its settings is out of its range.
    """
    _check_fit(model, problem)
    match model:
        case MLP():
            from lossdoc.trainer.models.mlp import Perceptron

            return Perceptron(model, problem)
        case CNN():
            from lossdoc.trainer.models.cnn import ConvNet

            return ConvNet(model, problem)
        case RNN():
            from lossdoc.trainer.models.rnn import Recurrent

            return Recurrent(model, problem)
        case GPT():
            from lossdoc.trainer.models.gpt import Transformer

            return Transformer(model, problem)
    raise UsageError(f"{type(model).__name__} is no model of the trainer")


def _check_fit(model: Model, problem: Problem) -> None:
    """Refuse a model that cannot take the inputs of a problem or give its answers."""
    inputs = "tokens" if problem.vocabulary else _INPUTS[len(problem.inputs)]
    fitting = [
        kind.__name__
        for kind, takes in _TAKES.items()
        if inputs in takes and (kind is GPT or not problem.per_token)
    ]
    if type(model).__name__ not in fitting:
        answers = ", with an answer per position," if problem.per_token else ""
        raise UsageError(
            f"{type(model).__name__} does not fit {inputs} of shape {problem.inputs}{answers}",
            hint=f"take {' or '.join(fitting)}" if fitting else "",
        )
