"""What a command prints becomes a log."""

import pytest

from lossdoc.errors import UsageError
from lossdoc.guard.child import signal_of
from lossdoc.guard.spool import Spool


@pytest.fixture
def spool():
    made = Spool(most=4 << 20)
    yield made
    made.close()


def test_lines_of_two_streams_are_not_mixed(spool):
    spool.add(1, b"step 1 lo")
    spool.add(2, b"warning\nmo")
    spool.add(1, b"ss 2.0\nstep 2")
    spool.finish()
    assert spool.path.read_bytes() == b"warning\nstep 1 loss 2.0\nmo\nstep 2\n"


def test_bars_that_end_in_a_carriage_return(spool):
    spool.add(1, b"10%\r20%\r3")
    assert spool.path.read_bytes() == b"10%\r20%\r"


def test_bytes_without_a_line_end_do_not_pile_up(spool):
    for _ in range(3):
        spool.add(1, b"x" * (1 << 19))
    assert spool.path.stat().st_size > 1 << 20


def test_what_is_too_much_is_an_error(spool):
    for _ in range(7):
        spool.add(1, b"x" * (1 << 19) + b"\n")
    with pytest.raises(OSError, match="more than"):
        spool.add(1, b"x" * (1 << 20) + b"\n")


def test_it_is_removed(spool):
    spool.add(1, b"x\n")
    spool.close()
    assert not spool.path.parent.exists()


def test_names_of_signals():
    assert [signal_of(text) for text in ("TERM", "sigusr1", "2")] == [15, 10, 2]
    for wrong in ("", "NOPE", "999"):
        with pytest.raises(UsageError, match="no signal"):
            signal_of(wrong)
