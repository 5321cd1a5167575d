"""Annotations of GitHub Actions: workflow commands on the standard output.

GitHub shows ten of a kind for each step, so the worst come first and a notice counts the others.

References
----------
https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lossdoc.report import ci, phrases

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lossdoc.report.places import Place

MOST = 10
"""Annotations of a kind that GitHub shows."""

_KINDS = ("error", "warning", "notice")


def render(judged: ci.Judged) -> str:
    """Return a line for each of the worst findings and of what could not be judged."""
    told = list(_annotations(judged))
    by_kind = {kind: [line for other, line in told if other == kind] for kind in _KINDS}
    if all(len(lines) <= MOST for lines in by_kind.values()):
        kept = by_kind
    else:  # one of the notices is the one that counts
        kept = {kind: lines[: MOST - (kind == "notice")] for kind, lines in by_kind.items()}
    lines = [line for kind in _KINDS for line in kept[kind]]
    if len(lines) < len(told):
        left = phrases.plural(len(told) - len(lines), "more annotation")
        text = f"{left}: GitHub shows {MOST} of a kind; the whole report has them all"
        lines.append(command("notice", text, title="lossdoc"))
    return "".join(f"{line}\n" for line in lines)


def _annotations(judged: ci.Judged) -> Iterator[tuple[str, str]]:
    """Kind and command of every annotation."""
    runs, places = judged.report.runs, judged.places
    shared = ci.company(judged.report)
    for run, item in ci.findings(runs):
        kind = ci.LEVELS[item.severity].github
        # The place tells the file, but not which of its runs, and an anchor tells neither.
        text = f"{ci.title(run)}: {ci.statement(run, item)}"
        text = " ".join([text, *(f"{each}." for each in shared.get((run.path, item.code), ()))])
        place = places.of(run, item.onset.row)
        yield kind, command(kind, text, title=ci.heading(run, item), place=place)
    for run in filter(ci.unjudged, runs):
        kind = ci.UNJUDGED.github
        text = f"{ci.title(run)}: {ci.reason(run)}"
        yield kind, command(kind, text, title="could not be judged", place=places.of(run))
    for aside in ci.asides(judged):
        kind = ci.LEVELS[aside.level].github
        seen = None if aside.path is None else places.file(aside.path)
        yield kind, command(kind, aside.text, title=aside.name, place=seen)


def command(kind: str, text: str, *, title: str, place: Place | None = None) -> str:
    """Return a workflow command.

    >>> command("error", "50% worse", title="a, b: c")
    '::error title=a%2C b%3A c::50%25 worse'
    """
    properties = {} if place is None else {"file": ci.shown(place.path)}
    if place is not None and place.line is not None:
        properties["line"] = str(place.line)
    properties["title"] = ci.shown(title)
    told = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{kind} {told}::{_data(ci.shown(text))}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
