"""LD910 says what was withheld, and what to look at instead of the loss."""

from dataclasses import replace

import numpy as np
import pytest

from lossdoc import curves
from lossdoc.engine import diagnose
from lossdoc.model import Channel, Series, Severity, Verdict
from lossdoc.rules import builtin


def policy(seed=0):
    """A loss that swings about zero, with the heavy tails that spike rules look for."""
    return curves.build({"train_loss": 0.02 * np.random.default_rng(seed).standard_t(3, 300)})


def told(run):
    return next((f for f in diagnose(run) if f.code == "LD910"), None)


@pytest.mark.parametrize("seed", range(10))
def test_a_loss_about_zero_raises_no_alarm_and_is_not_called_healthy(seed):
    diagnosis = diagnose(policy(seed))

    assert diagnosis.verdict is Verdict.INCONCLUSIVE
    assert [f.code for f in diagnosis] == ["LD910"]
    assert "swings about zero" in diagnosis.findings[0].message


def test_every_rule_about_falling_losses_is_withheld():
    diagnosis = diagnose(policy())
    note = told(policy())

    assert note.number("withheld") == sum(rule.stationary for rule in builtin())
    assert {"LD102", "LD202", "LD401"} <= {n.code for n in diagnosis.not_checked}


def test_the_reward_is_told_where_there_is_one():
    loss = policy().series[0]
    rising = Series(
        Channel.REWARD, "ep_rew_mean", loss.steps, np.linspace(5, 90, 300), loss.rows, True
    )
    run = replace(policy(), series=(loss, rising), objective="reinforcement")
    note = told(run)

    assert note.severity is Severity.NOTE
    assert "judge it by ep_rew_mean" in note.message
    assert note.number("reward") == pytest.approx(90, abs=5)


@pytest.mark.parametrize(
    ("objective", "words"), [("reinforcement", "reward"), ("adversarial", "samples")]
)
def test_what_the_names_tell_is_told(objective, words):
    assert words in told(replace(policy(), objective=objective)).message


def test_a_nan_is_still_an_error():
    run = policy()
    run.series[0].values[250:] = np.nan

    assert diagnose(run).verdict is Verdict.FAILING


def test_supervised_runs_are_not_bothered():
    assert told(curves.healthy()(0)) is None
    assert diagnose(curves.healthy()(0)).verdict is Verdict.HEALTHY
