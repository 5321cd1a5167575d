import io
import time

import pytest

from lossdoc.cli import progress
from lossdoc.cli.progress import Progress, state


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(progress, "_DELAY", 0.01)
    monkeypatch.setattr(progress, "_PERIOD", 0.01)


def test_long_work_shows_a_line_and_takes_it_away(impatient):
    terminal = Terminal()

    with Progress("runs", terminal) as line:
        line.update(3, "runs/a.csv")
        time.sleep(0.1)

    assert "3 judged, 0 s, runs/a.csv" in terminal.getvalue()
    assert terminal.getvalue().endswith("\r\x1b[K")


def test_short_work_says_nothing():
    terminal = Terminal()

    with Progress("runs", terminal) as line:
        line.update(1, "runs/a.csv")
        line.hide()

    assert terminal.getvalue() == ""


def test_a_pipe_sees_nothing(impatient):
    pipe = io.StringIO()

    with Progress("runs", pipe):
        time.sleep(0.05)

    assert pipe.getvalue() == ""


def test_the_line_fits_and_is_clean():
    shown = state(12, "runs/" + "x" * 200 + "\x1b[2J.csv", 3.2, 60)

    assert len(shown) == 59
    assert shown.endswith("x.csv")
    assert shown.isprintable()
