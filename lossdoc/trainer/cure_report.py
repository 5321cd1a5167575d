"""What treating scenarios came to: totals, Markdown, JSON, and the page of the docs.

::

    python -m lossdoc.trainer.cure_report              every scenario, on seeds 1000-1019
    python -m lossdoc.trainer.cure_report NAME...      some of them

keeps the results in ``docs/cure.json``; `lossdoc.docs` makes the page of them.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lossdoc.intervals import wilson
from lossdoc.trainer.courses import Cure  # noqa: TC001 - read from JSON by its fields
from lossdoc.trainer.cure import ANOTHER_SEED, ROUNDS, TENTH, cure
from lossdoc.trainer.log import versions
from lossdoc.trainer.plain import Plain
from lossdoc.trainer.scenarios import SCENARIOS
from lossdoc.trainer.survey import asked, recipe

if TYPE_CHECKING:
    from collections.abc import Sequence


RESULTS = Path(__file__).resolve().parents[2] / "docs" / "cure.json"

ENOUGH = 0.9
"""Share of its runs that must be cured for a scenario to count as one that is."""

_HEAD = """\
# Does the advice work?

`lossdoc cure` closes the loop. It trains a scenario of the [reference trainer](trainer.md), diagnoses
the log, applies the **first prescription of the first finding**, trains again from the same seed, and
diagnoses again; at most three times. Nobody looks, and nothing but the log is known to the rules.

**Cured** means both: no warning and no error of *any* rule in the new log, and a final validation loss
below the *best* that the faulty run ever had. Two placebos are judged by the same words: a tenth of the
learning rate, whatever the log says, and the same run with another seed.

```sh
pip install -e ".[trainer]"
lossdoc cure divergence-sgd
lossdoc cure --all --output-format markdown
```

*Regret* compares the cured run with four other learning rates, from a tenth of its own to ten times it,
all else equal: its final validation loss over the best of the five, the median over the seeds. It is
trained where that is cheap.
"""


class Total(Plain, frozen=True, kw_only=True):
    """Sums over scenarios.

    Parameters
    ----------
    scenarios, enough
        Faults that a prescription can reach; those of them with enough runs cured.
    runs, cured, placebos
        Runs of these.
    interval
        95 % interval of the rate of cured runs (Wilson).
    innocent, alarms
        Runs of healthy scenarios and look-alikes; those with a warning or an error, to which a
        change is prescribed.
    """

    scenarios: int
    enough: int
    runs: int
    cured: int
    interval: tuple[float, float]
    placebos: dict[str, int]
    innocent: int
    alarms: int


def total(results: Sequence[Cure]) -> Total:
    """Sum up results."""
    faults = [r for r in results if r.kind == "fault" and not r.incurable]
    others = [r for r in results if r.kind != "fault"]
    runs, cured = sum(r.seeds for r in faults), sum(r.cured for r in faults)
    low, high = wilson(cured, runs) if runs else (0.0, 1.0)
    return Total(
        scenarios=len(faults),
        enough=sum(r.rate >= ENOUGH for r in faults),
        runs=runs,
        cured=cured,
        interval=(low, high),
        placebos={name: sum(r.placebos[name] for r in faults) for name in (TENTH, ANOTHER_SEED)},
        innocent=sum(r.seeds for r in others),
        alarms=sum(r.alarms for r in others),
    )


def to_json(results: Sequence[Cure]) -> str:
    """Everything about results, the courses of single runs too."""
    data = {
        "versions": versions(),
        "total": total(results).to_dict(),
        "scenarios": [result.to_dict() for result in results],
    }
    return json.dumps(data, indent=1) + "\n"


def to_markdown(results: Sequence[Cure]) -> str:
    """Totals, then a table of faults and one of the others."""
    faults = [r for r in results if r.kind == "fault" and not r.incurable]
    beyond = [r for r in results if r.incurable]
    innocent = [r for r in results if r.kind != "fault"]
    parts = ["\n".join(f"- {line}" for line in sentences(total(results)))]
    if faults:
        parts.append(_fault_table(faults))
    if beyond:
        parts.append("No prescription from the log can reach these:")
        parts.append("\n".join(_beyond(result) for result in beyond))
    if innocent:
        parts.append(_innocent_table(innocent))
    return "\n\n".join(parts) + "\n"


def sentences(sums: Total) -> list[str]:
    """Say totals in words."""
    said = []
    if sums.runs:
        placebos = " and ".join(
            f"{_percent(count, sums.runs)} ({name})" for name, count in sums.placebos.items()
        )
        rate = f"{_percent(sums.cured, sums.runs)} ({_range(sums.interval)})"
        said = [
            f"{sums.cured} of {sums.runs} faulty runs are cured: {rate}.",
            f"{sums.enough} of {sums.scenarios} scenarios are cured on {ENOUGH:.0%} or more of their runs.",
            f"The placebos cure {placebos}.",
        ]
    if sums.innocent:
        said.append(
            f"{sums.alarms} of {sums.innocent} runs of healthy scenarios and look-alikes have a "
            "warning, and a change prescribed."
        )
    return said


def _fault_table(results: Sequence[Cure]) -> str:
    head = (
        "| scenario | cured | rate | clean | first prescriptions of | lr / 10 | no change | regret "
        "| not cured, because |\n|---|---|---|---|---|---|---|---|---|\n"
    )
    return head + "\n".join(
        f"| {r.scenario} | {r.cured}/{r.seeds} | {_range(r.interval)} | {r.clean} "
        f"| {_codes(r)} | {r.placebos[TENTH]} | {r.placebos[ANOTHER_SEED]} "
        f"| {'' if r.regret is None else f'{r.regret:.2f}'} | {_why(r)} |"
        for r in results
    )


def _innocent_table(results: Sequence[Cure]) -> str:
    head = "| scenario | kind | runs | with a warning |\n|---|---|---|---|\n"
    return head + "\n".join(
        f"| {r.scenario} | {r.kind} | {r.seeds} | {r.alarms} |" for r in results
    )


def _beyond(result: Cure) -> str:
    return f"- {result.scenario} ({result.cured}/{result.seeds} cured all the same): {result.incurable}"


def _codes(result: Cure) -> str:
    """Rules whose prescriptions were applied first, most frequent first."""
    return ", ".join(result.prescribed)


def _why(result: Cure) -> str:
    return "; ".join(f"{count} {why}" for why, count in result.why.items()).replace("|", "/")


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %"


def _range(interval: tuple[float, float]) -> str:
    return f"{100 * interval[0]:.0f}–{100 * interval[1]:.0f} %"


# ---- the page of the docs


class Kept(Plain, frozen=True, kw_only=True):
    """Results without the courses of single runs, by scenario, with their recipes' fingerprints."""

    versions: dict[str, str]
    recipes: dict[str, str]
    scenarios: dict[str, Cure]


def kept() -> Kept:
    """Read the results that are kept; empty ones where there are none."""
    if not RESULTS.exists():
        return Kept(versions={}, recipes={}, scenarios={})
    return Kept.from_dict(json.loads(RESULTS.read_text("utf-8")))


def keep(result: Cure) -> None:
    """Keep a result beside the others, in the order of the registry."""
    before = kept()
    found = {**before.scenarios, result.scenario: result.replace(courses=())}
    recipes = {**before.recipes, result.scenario: recipe(SCENARIOS[result.scenario])}
    names = [name for name in SCENARIOS if name in found]
    data: dict[str, Any] = Kept(
        versions=versions(),
        recipes={name: recipes[name] for name in names},
        scenarios={name: found[name] for name in names},
    ).to_dict()
    RESULTS.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8", newline="\n")


def page() -> str:
    """Text of the page, in Markdown."""
    found = kept()
    results = list(found.scenarios.values())
    if not results:
        return f"{_HEAD}\nNothing has been measured yet.\n"
    made = ", ".join(f"{name} {version}" for name, version in found.versions.items())
    first, last = results[0].first_seed, results[0].first_seed + results[0].seeds - 1
    conditions = (
        f"Measured on seeds {first} to {last} with {made}. Rules, prescriptions and recipes were "
        "tuned on seeds 0 to 39."
    )
    return "\n".join((_HEAD, conditions, "", to_markdown(results)))


def unmeasured() -> list[str]:
    """Names of scenarios whose present recipe was not treated."""
    found = kept().recipes
    return [name for name, one in SCENARIOS.items() if found.get(name) != recipe(one)]


def main(arguments: Sequence[str]) -> int:
    """Treat, keep, and say what came of each."""
    options = asked("python -m lossdoc.trainer.cure_report", arguments)
    for name in options.names or SCENARIOS:
        result = cure(
            SCENARIOS[name],
            first_seed=options.first_seed,
            seeds=options.seeds,
            rounds=ROUNDS,
            device=options.device,
        )
        sys.stdout.write(f"{name:32} {line(result)}\n")
        sys.stdout.flush()
        if not options.dry_run:
            keep(result)
    return 0


def line(result: Cure) -> str:
    """Say what came of treating one scenario, in a line."""
    if result.kind != "fault":
        return f"{result.alarms} of {result.seeds} with a warning"
    placebos = ", ".join(f"{name} {count}" for name, count in result.placebos.items())
    regret = "" if result.regret is None else f"; regret {result.regret:.2f}"
    why = f"; {_why(result)}" if result.why else ""
    return f"cured {result.cured} of {result.seeds} ({placebos}){regret}{why}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
