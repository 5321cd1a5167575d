"""The page of the scenarios: what each is, and what the last survey measured of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lossdoc.intervals import wilson
from lossdoc.trainer.scenarios import FAMILIES
from lossdoc.trainer.survey import PICTURES, recipe, saved

if TYPE_CHECKING:
    from lossdoc.trainer.scenarios import Scenario
    from lossdoc.trainer.survey import Measured, Results

_RELIABLE = 0.95

_SECOND_LOOK = (
    "after a first look at the measured ones, the recipes of healthy-teacher-nesterov, "
    "early-plateau and schedule-wrap and the oracles of healthy-digits-adagrad and edge-of-stability were changed."
)

_HEAD = """\
# Scenarios

What can go wrong in training, what only looks like it, and what is fine: each is a small run that the
[reference trainer](trainer.md) makes on demand, in seconds on a CPU.

```sh
pip install -e ".[trainer]"
lossdoc reproduce --list
lossdoc reproduce divergence-sgd --analyze
lossdoc reproduce divergence-sgd --seeds 20 -o out/
```

Every scenario has an *oracle*: a few lines that look at the log with plain means, know the recipe, and
know nothing of lossdoc's rules. *Shows* counts the seeds whose log shows the thing by its oracle, with
the 95 % interval of Wilson. *Named* counts the seeds of which lossdoc names one of the expected codes;
*wrong* those with a warning or an error that would be wrong: of a healthy run or a look-alike, any.
"""


def page() -> str:
    """Text of the page, in Markdown."""
    results = saved()
    parts = [_HEAD, _conditions(results), _summary(results)]
    for title, scenarios in FAMILIES.items():
        parts += [f"## {title}", _table(scenarios, results)]
        parts += [_about(scenario, results.scenarios.get(scenario.name)) for scenario in scenarios]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def unmeasured() -> list[str]:
    """Names of scenarios whose present recipe has no results, or no picture."""
    found = saved().scenarios
    return [
        scenario.name
        for scenarios in FAMILIES.values()
        for scenario in scenarios
        if scenario.name not in found
        or found[scenario.name].recipe != recipe(scenario)
        or not (PICTURES / f"{scenario.name}.png").exists()
    ]


def _conditions(results: Results) -> str:
    first = next(iter(results.scenarios.values()), None)
    if first is None:
        return "Nothing has been measured yet."
    made = ", ".join(f"{name} {version}" for name, version in results.versions.items())
    seeds = f"{first.first_seed} to {first.first_seed + first.seeds - 1}"
    times = (
        "CPU seconds of one core for all seeds, on a shared machine. No number here comes from a GPU"
        if all(m.device == "cpu" for m in results.scenarios.values())
        else "seconds for all seeds"
    )
    return (
        f"Measured on seeds {seeds} with {made}. Recipes and oracles were tuned on seeds 0 to 39; "
        f"{_SECOND_LOOK} lossdoc's rules were mended with these runs in view: *named* and *wrong* are "
        f"in-sample. Times are {times}."
    )


def _summary(results: Results) -> str:
    """Say in numbers how the scenarios do, and which do not do well."""
    listed = [s for scenarios in FAMILIES.values() for s in scenarios]
    pairs = [(s, results.scenarios[s.name]) for s in listed if s.name in results.scenarios]
    weak = [(s, m) for s, m in pairs if m.shown < _RELIABLE * m.seeds]
    lines = [
        f"{len(pairs) - len(weak)} of {len(pairs)} scenarios show on at least 95 % of the seeds."
    ]
    if weak:
        lines.append("The others:\n")
        lines += [
            f"- [{s.name}](#{s.name}): {m.shown} of {m.seeds}. {s.unreliable}" for s, m in weak
        ]
    return "\n".join(lines)


def _table(scenarios: tuple[Scenario, ...], results: Results) -> str:
    rows = [_row(scenario, results.scenarios.get(scenario.name)) for scenario in scenarios]
    head = "| scenario | what happens | shows | named | wrong | s |\n|---|---|---|---|---|---|\n"
    return head + "\n".join(rows)


def _row(scenario: Scenario, measured: Measured | None) -> str:
    start = f"| [{scenario.name}](#{scenario.name}) | {scenario.title} |"
    if measured is None:
        return f"{start} | | | |"
    low, high = wilson(measured.shown, measured.seeds)
    shown = f"{measured.shown}/{measured.seeds} ({100 * low:.0f}–{100 * high:.0f} %)"
    named = "" if measured.named is None else f"{measured.named}/{measured.seeds}"
    return f"{start} {shown} | {named} | {measured.wrong} | {measured.seconds:g} |"


def _about(scenario: Scenario, measured: Measured | None) -> str:
    parts = [f"### {scenario.name}", f"{scenario.title}."]
    parts += [f"![Curve of {scenario.name}](images/scenarios/{scenario.name}.png)"]
    parts += [f"**Seen.** {scenario.seen}", f"**Why.** {scenario.why}"]
    facts = []
    if scenario.expected:
        facts.append(f"Expected: {_codes(scenario.expected)}.")
    if scenario.forbidden:
        facts.append(f"Wrong here: {_codes(scenario.forbidden)}.")
    if measured is not None:
        told = [f"{code} {count}" for code, count in measured.codes.items()]
        told += [f"{code} {count} (note)" for code, count in measured.notes.items()]
        facts.append(f"lossdoc says: {', '.join(told)}." if told else "lossdoc says nothing.")
    parts += [" ".join(facts)]
    return "\n\n".join(part for part in parts if part)


def _codes(codes: tuple[str, ...]) -> str:
    return ", ".join(codes)
