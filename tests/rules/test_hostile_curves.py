"""No curve, however odd, makes a rule crash or say something that is no number."""

import warnings
from types import MappingProxyType

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lossdoc.engine import diagnose
from lossdoc.model import Channel, Confidence, Run, Series, Verdict
from lossdoc.rules import builtin
from lossdoc.testing import unsound

RULES = {rule.code: rule for rule in builtin()}

VALUES = st.one_of(
    st.floats(-1e3, 1e3),
    st.floats(allow_nan=True, allow_infinity=True),
    st.sampled_from([0.0, 1.0, -1.0, 1e-300, 1e300, 0.6931, 2.3026]),
)
CHANNELS = st.sampled_from(
    [
        Channel.TRAIN_LOSS,
        Channel.VAL_LOSS,
        Channel.LEARNING_RATE,
        Channel.GRAD_NORM,
        Channel.VAL_ACCURACY,
        Channel.TRAIN_ACCURACY,
    ]
)


@st.composite
def series(draw) -> Series:
    n = draw(st.integers(1, 90))
    kind = draw(st.sampled_from(["any", "constant", "line", "two"]))
    if kind == "any":
        values = np.array(draw(st.lists(VALUES, min_size=n, max_size=n)))
    elif kind == "constant":
        values = np.full(n, draw(VALUES))
    elif kind == "line":
        values = np.linspace(draw(st.floats(-10, 10)), draw(st.floats(-10, 10)), n)
    else:
        values = np.where(np.arange(n) % 2, draw(VALUES), draw(VALUES))
    steps = np.sort(np.array(draw(st.lists(st.floats(0, 1e6), min_size=n, max_size=n))))
    channel = draw(CHANNELS)
    rows = np.arange(1, n + 1)
    return Series(channel, channel.value, steps, values.astype(float), rows)


@given(st.lists(series(), min_size=1, max_size=5))
@settings(max_examples=300, deadline=None)
def test_any_curves_are_judged_without_a_crash(parts):
    run = Run("x", "csv", tuple(parts), context=MappingProxyType({"optimizer": "sgd"}))
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore", RuntimeWarning)
        diagnosis = diagnose(run, min_confidence=Confidence.LOW)

    assert diagnosis.verdict in Verdict
    for finding in diagnosis.findings:
        assert list(unsound(finding, RULES[finding.code], run)) == []
        assert all(change.name for p in finding.prescriptions for change in p.changes)


@pytest.mark.parametrize("n", [1, 2, 3, 5, 8, 12, 40, 200])
@pytest.mark.parametrize("level", [0.0, 1.0, -3.0, 1e-12, 1e12])
def test_a_constant_is_no_fault_but_perhaps_no_learning(n, level):
    run = Run(
        "x",
        "csv",
        (
            Series(
                Channel.TRAIN_LOSS,
                "loss",
                np.arange(1.0, n + 1),
                np.full(n, level),
                np.arange(1, n + 1),
            ),
        ),
    )
    warned = {f.code for f in diagnose(run).findings if f.severity > 1}

    assert warned <= {"LD301"}


def test_a_loss_below_zero_is_judged_by_its_drop():
    t = np.arange(400) / 400
    values = 2.0 - 5.0 * (1 - np.exp(-t / 0.1)) + 0.02 * np.random.default_rng(0).normal(size=400)
    rows = np.arange(1, 401)
    healthy = Series(Channel.TRAIN_LOSS, "nll", rows.astype(float), values, rows)
    climbing = Series(
        Channel.TRAIN_LOSS, "nll", rows.astype(float), values + 4 * np.clip(t - 0.5, 0, None), rows
    )

    assert diagnose(Run("x", "csv", (healthy,))).verdict is Verdict.HEALTHY
    assert "LD103" in {f.code for f in diagnose(Run("x", "csv", (climbing,))).findings}


def test_every_rule_survives_a_run_of_one_point():
    for channel in Channel:
        one = Series(channel, channel.value, np.ones(1), np.ones(1), np.ones(1, dtype=np.int64))
        assert (
            len(diagnose(Run("x", "csv", (one,))).not_checked)
            + len(diagnose(Run("x", "csv", (one,))).passed)
            >= len(builtin()) - 3
        )
