"""Every built-in rule does what `lossdoc.testing` asks of every rule."""

import pytest

from lossdoc.rules import builtin
from lossdoc.testing import CHECKS, Bench, problems

# These compare a loss or a norm with an absolute number: the loss of equal guesses, the norm that
# a sound start has, the number of epochs.
ABSOLUTE = {"LD104", "LD301", "LD403"}

AMONG_ALL = {"examples", "statements"}
"""What is checked with every other rule beside; the rest is about the rule alone."""


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("rule", builtin(), ids=lambda rule: rule.code)
def test_a_rule(rule, check):
    beside = builtin() if check in AMONG_ALL else ()
    bench = Bench(rule, beside, scale_free=rule.code not in ABSOLUTE)

    assert problems(CHECKS[check], bench) == []


def test_codes_and_names_are_unique_and_files_are_named_after_them():
    rules = builtin()

    assert len({r.code for r in rules}) == len({r.name for r in rules}) == len(rules)
    for rule in rules:
        assert type(rule).__module__.rsplit(".", 1)[1].startswith(rule.code.lower() + "_")
