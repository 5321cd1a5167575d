"""What `check_rule` tells the author of a rule."""

import runpy
from pathlib import Path

import pytest

from lossdoc import curves
from lossdoc.model import Onset, Severity
from lossdoc.rules.base import Rule, fires, option, quiet
from lossdoc.testing import check_rule

EXAMPLE = Path(__file__).parent / "plugins" / "example" / "mylab_rules.py"


def test_the_example_of_a_plugin_passes():
    (rule,) = runpy.run_path(str(EXAMPLE))["rules"]()

    check_rule(rule)


class Wrong(Rule):
    """Is wrong in every way.

    ## How it is measured
    By the absolute level of the loss.
    """

    code = "MY102"
    name = "wrong-rule"
    severity = Severity.WARNING
    examples = (
        fires(curves.healthy(), onset=(100, 200)),
        quiet(curves.epochs()),
        quiet(curves.healthy(scale=1000.0)),
    )

    limit: float = option(1.0, unit="", text="Highest loss.")

    def check(self, case):
        if case.train.end < self.limit:
            case.run.series[0].values[0] += 1.0
            told = {"message": "level None", "series": case.train.name}
            yield self.finding(case, onset=Onset(1 / case.train.end), **told)


def test_everything_that_is_wrong_is_listed():
    with pytest.raises(AssertionError) as failure:
        check_rule(Wrong, seeds=range(3))

    text = str(failure.value)
    assert text.startswith("MY102 wrong-rule: ")
    for complaint in (
        "the docstring has no section ## What to change",
        "option limit has no text or no unit",
        "example 0 (fires), seed 0: onset at",
        "example 1 (quiet), seed 0: it fired",
        "evidence without a unit, or none",
        "the message says None",
        "it changes the arrays of the run",
        "with losses times 250",
    ):
        assert complaint in text


def test_a_rule_may_have_a_scale():
    with pytest.raises(AssertionError) as failure:
        check_rule(Wrong, seeds=range(1), scale_free=False)

    assert "losses times" not in str(failure.value)


def test_an_exception_is_one_of_the_problems():
    class Fails(Wrong):
        """Fails."""

        examples = (fires(curves.healthy()), quiet(curves.epochs()))

        def check(self, case):
            raise ZeroDivisionError("no")

    with pytest.raises(AssertionError, match=r"ZeroDivisionError: no \(test_testing.py:\d+\)"):
        check_rule(Fails, seeds=range(1))
