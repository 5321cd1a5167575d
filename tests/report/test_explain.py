from dataclasses import dataclass
from typing import ClassVar

import pytest

from lossdoc.model import Channel, Severity
from lossdoc.report.explain import entry, explanation, needs, table
from lossdoc.report.spans import plain, width_of
from lossdoc.rules import builtin
from lossdoc.rules.base import Rule, option


@dataclass(frozen=True, kw_only=True)
class Wobble(Rule):
    """Loss wobbles.

    It does so for reasons of its own, and this sentence is long enough to be broken on any line.

    ## How it is measured
    Wobbles are counted:

    - the large ones;
    - the small ones,
      which are many.

    ## When it is wrong
    Never, by 0.5 %.

    ## What to change
    Nothing.
    """

    code: ClassVar[str] = "LD299"
    name: ClassVar[str] = "wobble"
    severity: ClassVar[Severity] = Severity.WARNING
    needs: ClassVar[frozenset[Channel]] = frozenset({Channel.TRAIN_LOSS, Channel.GRAD_NORM})
    references: ClassVar[tuple[str, ...]] = ("Someone 2020",)
    most: float = option(3.0, unit="wobbles", text="More are too many.")
    fine: float = option(0.25, unit="", text="Finer ones do not count.")

    def check(self, case):
        """State nothing."""
        return iter(())


def shown(lines):
    return [plain(line) for line in lines]


def test_an_explanation_tells_everything_in_a_fixed_order():
    assert shown(explanation(Wobble(), 60)) == [
        " LD299 wobble  warning",
        " Loss wobbles.",
        " needs grad_norm, train_loss, 10 points; since 0.1.0",
        "",
        " It does so for reasons of its own, and this sentence is",
        " long enough to be broken on any line.",
        "",
        " How it is measured",
        "   Wobbles are counted:",
        "",
        "   - the large ones;",
        "   - the small ones, which are many.",
        "",
        " Options",
        "   most  3 wobbles  More are too many.",
        "   fine  0.25       Finer ones do not count.",
        "",
        " What to change",
        "   Nothing.",
        "",
        " When it is wrong",
        "   Never, by 0.5 %.",
        "",
        " References",
        "   Someone 2020",
        "",
        " https://github.com/lossdoc/lossdoc/blob/main/docs/rules/LD299-wobble.md",
    ]


def test_a_loss_of_either_kind_is_told():
    @dataclass(frozen=True, kw_only=True)
    class Any(Wobble):
        """Either."""

        any_loss: ClassVar[bool] = True

    assert needs(Any()) == "grad_norm, train_loss or val_loss"


def test_the_table_has_one_entry_per_rule():
    assert shown(table([Wobble()], 80)) == [" LD299  warning wobble  Loss wobbles"]
    assert shown(table([Wobble()], 30)) == [" LD299  warning wobble", "   Loss wobbles"]


def test_a_rule_as_data():
    told = entry(Wobble())

    assert told["code"] == "LD299"
    assert told["needs"] == ["grad_norm", "train_loss"]
    assert told["options"][0] == {
        "name": "most",
        "default": 3.0,
        "unit": "wobbles",
        "help": "More are too many.",
    }


@pytest.mark.parametrize("rule", builtin(), ids=lambda rule: rule.code)
def test_every_rule_can_be_explained(rule):
    lines = explanation(rule, 72)

    assert {" How it is measured", " What to change", " When it is wrong"} <= set(shown(lines))
    assert max(map(width_of, lines[:-1])) <= 72
