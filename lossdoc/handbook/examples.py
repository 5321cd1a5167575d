"""What lossdoc says about one run of each scenario: kept for the gallery.

::

    python -m lossdoc.handbook.examples             every scenario
    python -m lossdoc.handbook.examples NAME...     some of them

The run is the one whose curve stands in ``docs/images/scenarios``: the first seed of the survey.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lossdoc.report.phrases import setting
from lossdoc.trainer.log import versions
from lossdoc.trainer.plain import Plain
from lossdoc.trainer.scenarios import SCENARIOS
from lossdoc.trainer.survey import FIRST_SEED, recipe

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lossdoc.model import Diagnosis
    from lossdoc.trainer.scenarios import Scenario

RESULTS = Path(__file__).resolve().parents[2] / "docs" / "gallery.json"


class Said(Plain, frozen=True, kw_only=True):
    """What lossdoc says about one run.

    Parameters
    ----------
    recipe
        Fingerprint of the scenario's settings.
    verdict, story
        Of the diagnosis.
    codes
        Of its findings, root cause first.
    action, changes
        Of the first prescription of the first finding: what to do, and settings as
        ``learning_rate 0.5 → 0.05``. Empty where none is given.
    """

    recipe: str
    verdict: str
    story: str
    codes: tuple[str, ...] = ()
    action: str = ""
    changes: tuple[str, ...] = ()


class Kept(Plain, frozen=True, kw_only=True):
    """One run of each scenario, and the versions that judged them."""

    versions: dict[str, str]
    seed: int
    scenarios: dict[str, Said]


def said(scenario: Scenario, diagnosis: Diagnosis) -> Said:
    """Sum up a diagnosis."""
    first = next((p for f in diagnosis.findings[:1] for p in f.prescriptions), None)
    return Said(
        recipe=recipe(scenario),
        verdict=diagnosis.verdict.value,
        story=diagnosis.summary,
        codes=tuple(f.code for f in diagnosis.findings),
        action=first.action if first else "",
        changes=tuple(f"{c.name} {setting(c.before)} → {setting(c.after)}" for c in first.changes)
        if first
        else (),
    )


def kept() -> Kept:
    """Read what is kept; nothing of any scenario where there is no file."""
    if not RESULTS.exists():
        return Kept(versions={}, seed=FIRST_SEED, scenarios={})
    return Kept.from_dict(json.loads(RESULTS.read_text("utf-8")))


def unmeasured() -> list[str]:
    """Names of scenarios whose present recipe was not judged."""
    found = kept().scenarios
    return [n for n, s in SCENARIOS.items() if n not in found or found[n].recipe != recipe(s)]


def main(names: Sequence[str]) -> int:
    """Train, judge and keep."""
    from lossdoc.engine import diagnose
    from lossdoc.trainer.batch import run_batch, use_one_thread

    unknown = set(names) - set(SCENARIOS)
    if unknown:
        sys.stderr.write(f"no such scenario: {', '.join(sorted(unknown))}\n")
        return 2
    use_one_thread()
    found = dict(kept().scenarios)
    for name in names or SCENARIOS:
        scenario = SCENARIOS[name]
        (log,) = run_batch(scenario.configs([FIRST_SEED]))
        found[name] = said(scenario, diagnose(log.run()))
        sys.stdout.write(f"{name:32} {found[name].verdict} {' '.join(found[name].codes)}\n")
        sys.stdout.flush()
    ordered = {name: found[name] for name in SCENARIOS if name in found}
    data: dict[str, Any] = Kept(versions=versions(), seed=FIRST_SEED, scenarios=ordered).to_dict()
    text = json.dumps(data, indent=1, ensure_ascii=False) + "\n"
    RESULTS.write_text(text, encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
