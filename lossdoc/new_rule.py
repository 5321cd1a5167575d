"""Begin a rule: a module that works, its test, and the package around it.

::

    python -m lossdoc.new_rule growing-gradient --code MY101 -o my-rules
    python -m lossdoc.new_rule growing-gradient --code LD208      in a checkout of lossdoc

The first writes a plug-in, the second a rule of lossdoc itself. Nothing that is there is replaced.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

from lossdoc.measured import OWN
from lossdoc.plugins.checks import CODE, NAME
from lossdoc.rules import builtin

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_RULE = Template('''\
"""$code: the training loss ends above its best level."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from lossdoc import curves
from lossdoc.model import Change, Evidence, Prescription, Severity
from lossdoc.rules.base import Example, Rule, fires, number, option, quiet

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lossdoc.model import Finding
    from lossdoc.robust.case import Case


class $class_name(Rule):
    """Training loss ends above its best level.

    ## How it is measured
    The end of the smoothed curve, compared with its best level, as a share of the whole drop.

    ## What to change
    Keep the checkpoint of the best level.

    ## When it is wrong
    A curriculum makes the task harder on purpose.
    """

    code: ClassVar[str] = "$code"
    name: ClassVar[str] = "$name"
    severity: ClassVar[Severity] = Severity.WARNING
    min_points: ClassVar[int] = 20
    examples: ClassVar[tuple[Example, ...]] = (
        fires(curves.altered(curves.healthy(), curves.collapse), onset=(180, 230)),
        quiet(curves.healthy()),
        quiet(curves.altered(curves.healthy(), curves.spike)),
    )

    rise: float = option(0.3, unit="of the drop", text="Share of the drop that was lost again.")

    def check(self, case: Case) -> Iterator[Finding]:
        """Compare the end with the best level."""
        loss = case.train
        if loss is None or loss.n < self.min_points or loss.rise < self.rise:
            return
        yield self.finding(
            case,
            onset=case.onset_at(loss, loss.i_best),
            series=loss.name,
            message=f"{loss.name} rose from {number(loss.best)} to {number(loss.end)}",
            evidence=(Evidence("rise", loss.rise, "of the drop", self.rise),),
            effect=loss.rise >= 2 * self.rise,
        )

    def prescribe(self, finding: Finding, case: Case) -> tuple[Prescription, ...]:
        """Keep what was best."""
        step = finding.onset.step
        change = Change("checkpoint", None, f"the one before {case.run.axis} {step:g}")
        return (
            Prescription(
                kind="checkpoint",
                action="keep the checkpoint of the best level",
                changes=(change,),
                rationale="the loss was lowest there",
                from_step=step,
            ),
        )
''')

_ENTRY = Template('''

def rules() -> list[type[Rule]]:
    """Rules that this package brings: the target of its entry point."""
    return [$class_name]
''')

_TEST = Template('''\
"""The rule does what every rule must do, and what this one says."""

$imports


def test_it_does_what_every_rule_must_do():
    check_rule($class_name)
''')

_PROJECT = Template("""\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "$name"
version = "0.1"
dependencies = ["lossdoc"]

[project.entry-points."lossdoc.rules"]
$snake = "$snake:rules"

[tool.hatch.build.targets.wheel]
only-include = ["$snake.py"]
""")

_PLUGIN_NEXT = Template("""\
- pytest $folder
  It passes: the example in it is a rule that works.
- Edit $rule: what it sees, how, and on which examples. Run the test again.
- pip install -e $folder
  Now lossdoc rules, explain and analyze know it.
""")

_OWN_NEXT = Template("""\
- pytest $test
  It passes: the example in it is a rule that works.
- Edit $rule: what it sees, how, and on which examples. Run the test again.
- Name $class_name in lossdoc/rules/__init__.py, causes first, and in the table of the README.
- python -m lossdoc.docs && python docs/make_images.py
  Its page and its picture.
- python -m lossdoc.scorecard --slice
  What it says about real trainings.
- Add a line to CHANGELOG.md.
""")


def main(arguments: Sequence[str]) -> int:
    """Write the files and say what comes next."""
    parser = argparse.ArgumentParser(prog="python -m lossdoc.new_rule", description="Begin a rule.")
    parser.add_argument("name", help="what is wrong, in words with hyphens: growing-gradient")
    parser.add_argument("--code", default="MY101", help="MY101; LD208 for one of lossdoc's own")
    parser.add_argument(
        "-o", "--output", type=Path, help="folder of the plug-in; its name if left out"
    )
    options = parser.parse_args(arguments)
    problem = _problem(options.name, options.code)
    if problem:
        parser.error(problem)
    own = options.code.startswith(OWN)
    if own and not Path("lossdoc/rules/__init__.py").exists():
        parser.error(
            f"codes that begin with {OWN} are lossdoc's own: run it in a checkout of lossdoc"
        )
    folder = options.output or Path(options.name)
    wanted = (
        _own(options.name, options.code) if own else _plugin(options.name, options.code, folder)
    )
    there = [str(path) for path in wanted if path.exists()]
    if there:
        parser.error(f"already there, and left as it is: {', '.join(there)}")
    try:
        for path, text in wanted.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
            sys.stdout.write(f"wrote {path}\n")
    except OSError as error:
        parser.error(f"cannot write {error.filename}: {error.strerror}")
    rule, test = list(wanted)[:2]
    words = {**_words(options.name, options.code), "folder": folder, "rule": rule, "test": test}
    following = (_OWN_NEXT if own else _PLUGIN_NEXT).substitute(words)
    sys.stdout.write(f"\nWhat comes next:\n{following}")
    return 0


def _problem(name: str, code: str) -> str:
    """Say what keeps a rule from having this name and code; empty if nothing does."""
    if not NAME.fullmatch(name):
        return f"the name {name!r} must be two words or more with hyphens, like growing-gradient"
    if not (CODE.fullmatch(code) or re.fullmatch(rf"{OWN}\d{{3}}", code)):
        return f"the code {code!r} must be two to six capital letters and three digits, like MY101"
    for rule in builtin():
        if name == rule.name or code == rule.code:
            return f"there is {rule.code} {rule.name} already"
    return ""


def _words(name: str, code: str) -> dict[str, str]:
    snake = name.replace("-", "_")
    class_name = "".join(word.capitalize() for word in name.split("-"))
    return {"name": name, "code": code, "snake": snake, "class_name": class_name}


def _plugin(name: str, code: str, folder: Path) -> Mapping[Path, str]:
    words = _words(name, code)
    rule = f"from {words['snake']} import {words['class_name']}"
    words["imports"] = f"from lossdoc.testing import check_rule\n\n{rule}"
    return {
        folder / f"{words['snake']}.py": _RULE.substitute(words) + _ENTRY.substitute(words),
        folder / f"test_{words['snake']}.py": _TEST.substitute(words),
        folder / "pyproject.toml": _PROJECT.substitute(words),
    }


def _own(name: str, code: str) -> Mapping[Path, str]:
    words = _words(name, code)
    stem = f"{code.lower()}_{words['snake']}"
    rule = f"from lossdoc.rules.{stem} import {words['class_name']}"
    words["imports"] = f"{rule}\nfrom lossdoc.testing import check_rule"
    return {
        Path("lossdoc", "rules", f"{stem}.py"): _RULE.substitute(words),
        Path("tests", "rules", f"test_{stem}.py"): _TEST.substitute(words),
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
