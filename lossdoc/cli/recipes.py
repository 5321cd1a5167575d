"""Files that ``lossdoc init`` writes: settings with comments, and the gate for three systems."""

from __future__ import annotations

from typing import NamedTuple

SETTINGS = """\
# Settings of lossdoc: every one is optional, and stands here at its default.
# `lossdoc config` shows what is in force, and who said so.

# select = ["ALL"]              # codes, families (LD2) or names of the rules to apply
# ignore = []                   # ... and of those not to apply
# fail-on = "error"             # error, warning, note or never: from here on the exit code is 1
# min-confidence = "medium"     # low, medium or high: less sure findings are not reported
# require = []                  # channels that a log must have: ["train_loss", "val_loss"]
# allow-inconclusive = false    # exit 0 where a log could not be judged
# plugins = true                # apply the rules of installed plug-ins

{map}
# Options of rules, and another severity: `lossdoc explain LD202` lists them.
# [rules.LD202]
# severity = "error"            # error, warning, note or off
# lasting = 5
"""

NO_MAP = """\
# Columns whose names do not tell: role = "column".
# [map]
# train_loss = "objective/total"
# step = "iteration"
"""

GITHUB = """\
# The gate: fails where a training run went wrong.
name: lossdoc
on:
  push:
  pull_request:
permissions:
  contents: read
jobs:
  lossdoc:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      # Train here, or fetch the logs of a run into {logs}
      - uses: actions/setup-python@v5
        with:
          python-version: "3.12"
      - run: pip install lossdoc
      - run: lossdoc analyze {logs} --output-format github -o lossdoc.md -o lossdoc.json
      - if: always()
        run: cat lossdoc.md >> "$GITHUB_STEP_SUMMARY"
      - if: always()
        uses: actions/upload-artifact@v4
        with:
          name: lossdoc
          path: lossdoc.*
"""

GITLAB = """\
# The gate: fails where a training run went wrong.
lossdoc:
  image: python:3.12
  script:
    # Train here, or fetch the logs of a run into {logs}
    - pip install lossdoc
    - lossdoc analyze {logs} -o gl-code-quality.json:gitlab -o junit.xml
  artifacts:
    when: always
    reports:
      codequality: gl-code-quality.json
      junit: junit.xml
"""

PRE_COMMIT = """\
# Judges the small logs that are kept in the repository.
repos:
  - repo: local
    hooks:
      - id: lossdoc
        name: lossdoc
        entry: lossdoc analyze --quiet
        language: python
        additional_dependencies: [lossdoc]
        files: ^{logs}/.*\\.(csv|jsonl|json|log)$
"""


class Recipe(NamedTuple):
    """The gate for one system.

    Parameters
    ----------
    path
        Below the root of the repository.
    text
        What the file says; ``{logs}`` is the folder of the logs.
    shared
        Whether the file holds other things as well, so that one that exists is left alone.
    next
        What to do with it.
    """

    path: str
    text: str
    shared: bool
    next: str


RECIPES = {
    "github": Recipe(".github/workflows/lossdoc.yml", GITHUB, False, "git add it and push"),
    "gitlab": Recipe(".gitlab-ci.yml", GITLAB, True, "git add it and push"),
    "pre-commit": Recipe(
        ".pre-commit-config.yaml", PRE_COMMIT, True, "pre-commit run lossdoc --all-files"
    ),
}
