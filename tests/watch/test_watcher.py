"""Many logs are watched in one loop; new ones join."""

import pytest
from growing import Clock, append, header, kinds

from lossdoc.api import Settings
from lossdoc.errors import UsageError
from lossdoc.watch import Watcher


@pytest.fixture
def clock():
    return Clock()


def write(path, steps):
    header(path)
    append(path, steps)
    return path


def paths(events, kind):
    return [event.path for event in events if event.kind == kind]


def test_a_folder_and_what_appears_in_it(tmp_path, clock):
    first = write(tmp_path / "a.csv", range(100))
    (tmp_path / "notes.txt").write_text("nothing to see\n" * 30)
    watcher = Watcher([str(tmp_path)], Settings(), clock=clock)
    assert paths(watcher.tick(), "status") == [str(first)]
    second = write(tmp_path / "b.csv", range(100))
    assert paths(watcher.tick(), "status") == [str(second)]
    assert len(watcher.judged) == 2


def test_several_paths_of_which_one_comes_late(tmp_path, clock):
    first, late = write(tmp_path / "a.csv", range(100)), tmp_path / "late.csv"
    watcher = Watcher([str(first), str(late)], Settings(), clock=clock)
    assert kinds(watcher.tick()) == ["status", "waiting"]
    write(late, range(100))
    assert paths(watcher.tick(), "status") == [str(late)]


def test_a_folder_that_comes_late(tmp_path, clock):
    folder = tmp_path / "runs"
    watcher = Watcher([str(folder)], Settings(), clock=clock)
    assert kinds(watcher.tick()) == ["waiting"]
    folder.mkdir()
    write(folder / "a.csv", range(100))
    assert "status" in kinds(watcher.tick())


def test_files_that_are_no_logs_do_not_keep_it_from_ending(tmp_path, clock):
    write(tmp_path / "a.csv", range(100))
    (tmp_path / "notes.txt").write_text("nothing to see\n" * 30)
    watcher = Watcher([str(tmp_path)], Settings(total_steps=100), clock=clock)
    assert "ended" not in kinds(watcher.tick())
    assert kinds(watcher.tick()) == ["ended"]
    assert watcher.over
    assert not watcher.stalled


def test_stalled_before_the_planned_end(tmp_path, clock):
    write(tmp_path / "a.csv", range(100))
    watcher = Watcher([str(tmp_path)], Settings(total_steps=200), stall=60, clock=clock)
    list(watcher.tick())
    clock.now = 60.0
    assert kinds(watcher.tick()) == ["stalled"]
    assert watcher.over
    assert watcher.stalled


def test_standard_input_cannot_be_watched():
    with pytest.raises(UsageError, match="standard input"):
        Watcher(["-"], Settings())


def test_a_dear_look_for_new_logs_is_rare(tmp_path):
    clock = Clock(step=1.0)
    write(tmp_path / "a.csv", range(100))
    watcher = Watcher([str(tmp_path)], Settings(), clock=clock)
    list(watcher.tick())
    write(tmp_path / "b.csv", range(100))
    list(watcher.tick())
    assert len(watcher.judged) == 1
    clock.now += 200
    list(watcher.tick())
    assert len(watcher.judged) == 2
