"""What the gallery quotes is what lossdoc says about the runs in its pictures."""

import pytest

from lossdoc.engine import diagnose
from lossdoc.handbook import examples
from lossdoc.trainer.scenarios import SCENARIOS
from lossdoc.trainer.survey import FIRST_SEED


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    from lossdoc.trainer.batch import use_one_thread

    use_one_thread()


def gist(said):
    """What does not depend on the processor: runs that blow up drift apart in their last digits."""
    settings = [change.split()[0] for change in said.changes]
    return said.recipe, said.verdict, said.codes, said.action, settings


@pytest.mark.parametrize(
    "name", ["divergence-sgd", "plateau-dead-relu", "decay-never", "healthy-mixture-momentum"]
)
def test_it_is_quoted_as_it_is_told_today(name):
    from lossdoc.trainer.batch import run_batch

    scenario = SCENARIOS[name]
    (log,) = run_batch(scenario.configs([FIRST_SEED], device="cpu"), device="cpu")

    now = examples.said(scenario, diagnose(log.run()))
    then = examples.kept().scenarios[name]
    assert gist(now) == gist(then), "run python -m lossdoc.handbook.examples"


def test_every_scenario_is_quoted_as_its_recipe_is_now():
    assert examples.unmeasured() == []


def test_one_that_does_not_exist_is_told(capsys):
    assert examples.main(["no-such-thing"]) == 2
    assert "no such scenario: no-such-thing" in capsys.readouterr().err
