"""Every rule fires on its sick examples, at the onset, and is silent on its healthy ones."""

import pytest

from lossdoc.engine import diagnose
from lossdoc.model import Severity
from lossdoc.rules import builtin

SEEDS = range(20)
CASES = [
    pytest.param(rule, example, id=f"{rule.code}-{'fires' if example.fires else 'quiet'}-{k}")
    for rule in builtin()
    for k, example in enumerate(rule.examples)
]


def stated(rule, run):
    diagnosis = diagnose(run)
    every = [*diagnosis.findings, *(s.finding for s in diagnosis.superseded)]
    return [f for f in every if f.code == rule.code]


@pytest.mark.parametrize(("rule", "example"), CASES)
def test_example(rule, example):
    for seed in SEEDS:
        found = stated(rule, example.make(seed))
        assert bool(found) == example.fires, f"seed {seed}"
        if example.fires and example.onset is not None:
            low, high = example.onset
            assert low <= found[0].onset.step <= high, f"seed {seed}"


@pytest.mark.parametrize("rule", builtin(), ids=lambda r: r.code)
def test_a_rule_has_evidence_that_it_fires_and_that_it_stays_silent(rule):
    assert {e.fires for e in rule.examples} == {True, False}


FIRING = [
    pytest.param(rule, next(e for e in rule.examples if e.fires), id=rule.code)
    for rule in builtin()
]


@pytest.mark.parametrize(("rule", "example"), FIRING)
def test_a_finding_says_what_where_and_how_sure(rule, example):
    finding = stated(rule, example.make(3))[0]

    assert finding.severity <= rule.severity
    assert finding.message
    assert "None" not in finding.message
    assert finding.onset.step <= finding.last_step
    assert finding.evidence
    assert all(e.unit for e in finding.evidence)


@pytest.mark.parametrize(("rule", "example"), FIRING)
def test_what_is_prescribed_has_numbers_and_a_reason(rule, example):
    finding = stated(rule, example.make(3))[0]
    for prescription in finding.prescriptions:
        assert prescription.changes
        assert prescription.rationale
    if finding.severity is Severity.ERROR:
        assert finding.prescriptions


@pytest.mark.parametrize("rule", builtin(), ids=lambda r: r.code)
def test_the_documentation_has_its_sections(rule):
    sections = rule.sections()

    assert sections[""]
    assert {"How it is measured", "What to change", "When it is wrong"} <= set(sections)
    assert all(option.text and option.unit for option in rule.options())


def test_codes_and_names_are_unique_and_files_are_named_after_them():
    rules = builtin()

    assert len({r.code for r in rules}) == len({r.name for r in rules}) == len(rules)
    for rule in rules:
        assert type(rule).__module__.rsplit(".", 1)[1].startswith(rule.code.lower() + "_")
