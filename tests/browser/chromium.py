"""Which Chromium the tests of pages take, and what happens where there is none."""

import os
import shutil
from pathlib import Path

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

ADVICE = (
    "no browser for the tests of pages: `apt-get install chromium` (or any Chrome, or CHROMIUM=/path/to/it, "
    'or `playwright install chromium`) beside `pip install -e ".[test]"`'
)


def absent(reason=""):
    """Skip, or fail where a browser is required: in CI, unless that says that there can be none."""
    told = f"{ADVICE}{reason and f' ({reason})'}"
    required = os.environ.get("TESTS_NEED_BROWSER", os.environ.get("CI", ""))
    if required.lower() in {"", "0", "false"}:
        pytest.skip(told)
    pytest.fail(told, pytrace=False)


def executable(playwright):
    """Path of the browser: the one that is named, one on the path, or Playwright's own; else None."""
    named = os.environ.get("CHROMIUM")
    if named:
        return shutil.which(named)
    found = next(filter(None, map(shutil.which, NAMES)), None)
    own = playwright.chromium.executable_path
    return found or (own if Path(own).is_file() else None)


def options():
    """How it is started; its sandbox needs a user that is not root."""
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    return ["--no-sandbox"] if root else []
