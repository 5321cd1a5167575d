"""The page about plug-ins tells the truth: its package is the one that the tests install."""

import re
import tomllib
from pathlib import Path

from lossdoc.plugins.scan import GROUP

TEXT = (Path(__file__).parents[2] / "docs" / "plugins.md").read_text("utf-8")


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", TEXT, flags=re.DOTALL)


def test_the_package_of_the_page_is_that_of_the_example():
    (project,) = blocks("toml")
    told = tomllib.loads(project)
    example = tomllib.loads((Path(__file__).parent / "example" / "pyproject.toml").read_text())

    assert told["project"]["entry-points"] == {GROUP: {"mylab": "mylab_rules:rules"}}
    assert told["project"]["entry-points"] == example["project"]["entry-points"]
    assert told["tool"] == example["tool"]
