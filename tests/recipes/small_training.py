"""A small real training, as the recipes of docs/compare.md call it: 64 hidden units, five classes that overlap.

``FAULT`` in the environment makes it go wrong: ``shuffled`` labels, a ``slow`` learning rate, or a
gradient that is ``nan`` in the end.
"""

import argparse
import json
import os
from pathlib import Path

import numpy as np

parser = argparse.ArgumentParser()
parser.add_argument("--steps", type=int)
parser.add_argument("--seed", type=int)
parser.add_argument("--log", type=Path)
options = parser.parse_args()
fault = os.environ.get("FAULT", "")

made = np.random.default_rng(0)  # the data are the same for all seeds
centres = made.normal(0, 0.5, (5, 16))
labels = made.integers(0, 5, 1000)
inputs = centres[labels] + made.normal(0, 1, (1000, 16))
random = np.random.default_rng(options.seed)
if fault == "shuffled":
    labels = random.permutation(labels)

first = random.normal(0, 0.25, (16, 64))
second = random.normal(0, 0.1, (64, 5))
options.log.parent.mkdir(parents=True, exist_ok=True)
with options.log.open("w") as log:
    for step in range(1, options.steps + 1):
        rate = 0.3 * (1 - (step - 1) / options.steps) * (0.1 if fault == "slow" else 1)
        batch = random.integers(0, 1000, 128)
        hidden = np.maximum(inputs[batch] @ first, 0)
        scores = hidden @ second
        scores -= scores.max(1, keepdims=True)
        told = np.exp(scores) / np.exp(scores).sum(1, keepdims=True)
        loss = -np.log(told[np.arange(128), labels[batch]]).mean()
        told[np.arange(128), labels[batch]] -= 1
        back = (told @ second.T) * (hidden > 0)
        second -= rate * hidden.T @ told / 128
        first -= rate * inputs[batch].T @ back / 128
        if fault == "nan" and step > 0.8 * options.steps:
            first[:] = np.nan
        log.write(json.dumps({"step": step, "train_loss": float(loss), "lr": rate}) + "\n")
