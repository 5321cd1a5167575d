"""``lossdoc explain``: what a rule measures, what to change, and when it is wrong."""

from __future__ import annotations

from typing import Annotated

import typer

from lossdoc.cli.complete import rule_codes
from lossdoc.cli.options import Colour, Width


def explain(
    rules: Annotated[
        list[str],
        typer.Argument(
            metavar="RULE...",
            show_default=False,
            autocompletion=rule_codes,
            help="Codes (LD102), names (diverged) or families (LD2).",
        ),
    ],
    width: Width = None,
    color: Colour = "auto",
) -> None:
    """Explain rules: what is measured, what to change, when it is wrong."""
    import sys

    from lossdoc.budgets.rule import BudgetExceeded
    from lossdoc.errors import UsageError
    from lossdoc.plugins import Absent
    from lossdoc.report.explain import explanation
    from lossdoc.report.terminal import Writer, terminal_width, wants_colour
    from lossdoc.selection import select

    chosen = [
        rule for rule in select(rules, besides=(BudgetExceeded(),)) if not isinstance(rule, Absent)
    ]
    if not chosen:
        raise UsageError(f"no rule fits {', '.join(rules)}", hint="see: lossdoc rules")
    writer = Writer(colour=wants_colour(color, sys.stdout))
    for i, rule in enumerate(chosen):
        writer.write([[], []] if i else [])
        writer.write(explanation(rule, terminal_width(width)))
