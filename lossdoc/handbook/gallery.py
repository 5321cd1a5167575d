"""The gallery: every scenario with its curve, the verdict, the prescription, and how often it cures."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lossdoc.handbook import examples
from lossdoc.scorecard.markdown import fraction, rule_link
from lossdoc.trainer import cure_report
from lossdoc.trainer.scenarios import FAMILIES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lossdoc.handbook.examples import Said
    from lossdoc.trainer.courses import Cure
    from lossdoc.trainer.scenarios import Scenario

_HEAD = """\
# Gallery

Training runs that go wrong, some that only look like it, and sound ones: their curves, what lossdoc says, and
whether its advice works. Nothing here is drawn by hand. Each is a small run of the [reference
trainer](trainer.md), which you can make yourself in seconds (`lossdoc reproduce NAME --analyze`); the
[scenarios](scenarios.md) page has why each comes about, and how often it shows.

The verdict and the settings are those of the run in the picture, seed {seed}. *Cured* counts the runs of seeds
{first} to {last} that are clean and better than before once the first prescription was followed
([how this is measured](cure.md)).
"""


def page() -> str:
    """Text of the page, in Markdown."""
    kept = examples.kept()
    cures = cure_report.kept().scenarios
    seeds = next(((c.first_seed, c.first_seed + c.seeds - 1) for c in cures.values()), (0, 0))
    parts = [_HEAD.format(seed=kept.seed, first=seeds[0], last=seeds[1])]
    # What people look for comes first.
    families = sorted(FAMILIES.items(), key=lambda item: item[0] == "Healthy runs")
    for title, scenarios in families:
        cards = [_card(s, kept.scenarios.get(s.name), cures.get(s.name)) for s in scenarios]
        inside = "\n\n".join(cards)
        parts += [f"## {title}", f'<div class="grid cards" markdown>\n\n{inside}\n\n</div>']
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _card(scenario: Scenario, said: Said | None, cure: Cure | None) -> str:
    name = scenario.name
    blocks = [
        f"[![Curve of {name}](images/scenarios/{name}.png)](scenarios.md#{name})",
        f"**[{name}](scenarios.md#{name})**: {scenario.title}.",
        scenario.seen,
    ]
    if said is not None:
        blocks.append(_verdict(said))
        blocks += [_prescription(said, cure)] if said.action else []
    return "- " + "\n\n    ".join(blocks)


def _verdict(said: Said) -> str:
    story = re.sub(r"\bLD\d{3}\b", lambda match: rule_link(match[0]), _escaped(said.story))
    codes = "" if "](" in story else ", ".join(map(rule_link, said.codes))
    return f"**{said.verdict.capitalize()}.** {story}" + (f" ({codes})" if codes else "")


def _prescription(said: Said, cure: Cure | None) -> str:
    action = said.action[0].upper() + said.action[1:]
    changes = ", ".join(f"`{change}`" for change in said.changes)
    text = f"**Prescribed.** {action}" + (f": {changes}." if changes else ".")
    return text + _cured(cure)


def _cured(cure: Cure | None) -> str:
    if cure is None or cure.kind != "fault":
        return ""
    text = f" **Cured** {fraction(cure.cured, cure.seeds)}"
    return f"{text}; more is not to be had: {cure.incurable}" if cure.incurable else f"{text}."


def _escaped(text: str) -> str:
    """Keep what Markdown would take for emphasis, as in ``train_loss`` twice."""
    return text.replace("_", r"\_").replace("*", r"\*")


def unmeasured() -> Mapping[str, list[str]]:
    """Program -> names of the scenarios that it has to measure again."""
    return {"lossdoc.handbook.examples": examples.unmeasured()}
