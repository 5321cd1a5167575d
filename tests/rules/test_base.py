"""Options of rules, and how sure a finding is."""

import pytest

from lossdoc.model import Confidence
from lossdoc.rules import builtin
from lossdoc.rules.base import confidence, number
from lossdoc.rules.ld401_overfitting import Overfitting


def test_options_are_attributes_with_a_unit_and_a_meaning():
    options = {o.name: o for o in Overfitting().options()}

    assert options["loss"].value == Overfitting().loss == 0.10
    assert options["loss"].unit == "of the minimum"


def test_a_configured_rule_is_another_one():
    rule = Overfitting()
    strict = rule.configured({"loss": 0.01})

    assert (strict.loss, strict.severe) == (0.01, rule.severe)
    assert rule.loss == 0.10
    assert strict.configured({"severe": 0.2}).loss == 0.01
    assert {o.name: o.value for o in strict.options()}["loss"] == 0.01


def test_an_unknown_option_is_refused():
    with pytest.raises(KeyError, match="LD401 has no option 'los'"):
        Overfitting().configured({"los": 1.0})


def test_rules_are_frozen():
    with pytest.raises(AttributeError, match="frozen"):
        Overfitting().loss = 0.5


def test_no_rule_lends_its_options_to_another():
    assert len({id(r.declared) for r in builtin() if r.declared}) == sum(
        bool(r.declared) for r in builtin()
    )


@pytest.mark.parametrize(
    ("factors", "level"),
    [
        ((True, True, True), Confidence.HIGH),
        ((True, False, True), Confidence.MEDIUM),
        ((False, False, True), Confidence.LOW),
        ((False, False, False), Confidence.LOW),
    ],
)
def test_each_missing_factor_costs_one_level_of_confidence(factors, level):
    assert confidence(*factors) is level


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0.0, "0"),
        (2.3456, "2.35"),
        (12345.6, "12,346"),
        (1.5e-7, "1.50e-07"),
        (4e20, "4.00e+20"),
        (float("nan"), "NaN"),
        (float("inf"), "inf"),
    ],
)
def test_numbers_are_written_as_people_do(value, written):
    assert number(value) == written
