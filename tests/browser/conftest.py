"""Pages as people see them: written by the command line, shown by Chromium, watched all the time."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import chromium
import pytest
from browser_pages import ROOT, prepare


@pytest.fixture(scope="module")
def browser():
    """Chromium, for the tests of one file; nothing runs in between, so no event loop is left to others."""
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError:
        chromium.absent("Playwright is not installed")
    with sync_playwright() as playwright:
        path = chromium.executable(playwright)
        if path is None:
            chromium.absent()
        try:
            started = playwright.chromium.launch(executable_path=path, args=chromium.options())
        except Error as error:
            chromium.absent(f"{path} does not start: {error.message.splitlines()[0]}")
        yield started
        started.close()


class Written(NamedTuple):
    """A page, and the report for programs of the same command."""

    page: Path
    report: dict[str, Any]


@pytest.fixture(scope="session")
def written(tmp_path_factory):
    """Write the page of that name, once."""
    known = {}

    def write(name):
        if name not in known:
            known[name] = _write(name, tmp_path_factory.mktemp("pages"))
        return known[name]

    return write


def _write(name, folder):
    page, report = folder / f"{name}.html", folder / "report.json"
    home, command = prepare(name, folder / "logs")
    outputs = ["-o", str(page), "-o", str(report)]
    paths = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH", "")]))
    done = subprocess.run(
        [sys.executable, "-m", "lossdoc", *command, *outputs],
        cwd=home,
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.stderr == ""
    assert done.returncode in {0, 3}
    return Written(page, json.loads(report.read_text()))


@pytest.fixture
def visit(browser, written):
    """Open the page of that name; afterwards it must have been silent, whatever was done with it.

    Options are those of a context of Playwright: ``color_scheme="dark"``, ``viewport``.
    """
    contexts, heard, asked = [], [], []

    def open_(name, **options):
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: heard.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: heard.append(f"error: {error}"))
        page.on("dialog", lambda dialog: (heard.append(dialog.message), dialog.dismiss()))
        context.on("request", lambda request: asked.append(request.url))
        context.on("page", lambda other: heard.append(f"another page: {other.url}"))
        address = written(name).page.as_uri()
        page.goto(address)
        asked_first = asked.pop(0)
        assert asked_first == address
        return page

    yield open_
    left = [page.url for context in contexts for page in context.pages]
    for context in contexts:
        context.close()
    assert heard == []
    assert [url for url in asked if not url.startswith("data:")] == []
    assert all(url.startswith("file:") for url in left)


@pytest.fixture
def photograph(tmp_path):
    """Take a picture of the whole page; it stays in $TESTS_SCREENSHOTS, where that is set."""
    folder = Path(os.environ.get("TESTS_SCREENSHOTS") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)

    def take(page, name):
        path = folder / f"{name}.png"
        page.screenshot(path=path, full_page=True)
        return path

    return take
