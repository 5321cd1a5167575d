"""What docstrings show is what happens."""

import doctest
import importlib
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "lossdoc"
SHOWING = sorted(file for file in PACKAGE.rglob("*.py") if ">>>" in file.read_text("utf-8"))


@pytest.mark.parametrize("file", SHOWING, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_examples_in_docstrings_hold(file):
    name = file.relative_to(PACKAGE.parent).with_suffix("").as_posix().replace("/", ".")
    name = name.removesuffix(".__init__")

    outcome = doctest.testmod(importlib.import_module(name))

    assert outcome.attempted > 0
    assert outcome.failed == 0
