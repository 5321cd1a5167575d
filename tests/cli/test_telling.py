"""Events as lines: what a terminal sees."""

import io

import pytest

import lossdoc
from lossdoc.cli.telling import Lines
from lossdoc.report.terminal import Writer
from lossdoc.watch import Event


@pytest.fixture
def told():
    return io.StringIO()


def lines(told, **options):
    settings = {"many": False, "total_steps": None, "in_place": True, "now": lambda: "12:00:00"}
    return Lines(Writer(told), **(settings | options))


def status(rows=100):
    run = {"train_loss": [2 / (1 + i) + 0.01 * (i % 3) for i in range(rows)]}
    return Event("status", "run.csv", "", lossdoc.analyze(run))


def test_on_a_terminal_a_status_takes_the_place_of_the_last(told):
    teller = lines(told)
    teller.tell(status(100))
    teller.tell(status(101))
    teller.settle()
    assert told.getvalue().count("\r\x1b[K 12:00:00  row") == 2
    assert told.getvalue().count("\n") == 1


def test_other_events_have_lines_of_their_own(told):
    teller = lines(told)
    teller.tell(status())
    teller.tell(Event("vanished", "run.csv", "the log is gone"))
    teller.leave(0, "over")
    assert told.getvalue().endswith(
        "\n 12:00:00  run.csv: the log is gone\n 12:00:00  over · exit 0\n"
    )


def test_a_verdict_of_the_newest_rows_alone_has_a_question_mark(told):
    teller = lines(told, in_place=False)
    teller.tell(status()._replace(unconfirmed=True))
    assert "?" in told.getvalue()


def test_a_log_cannot_steer_the_terminal(told):
    lines(told).tell(Event("waiting", "evil\x1b[2J\n.csv", "not\x07 there"))
    assert told.getvalue() == " 12:00:00  evil .csv: not there\n"
