"""Whole lines of a file that is being written."""

import gzip

import pytest

from lossdoc.errors import SourceError
from lossdoc.sources.stretch import Stretch, is_plain, lines_end, read_lines


@pytest.fixture
def path(tmp_path):
    return tmp_path / "log.csv"


def test_the_end_of_the_last_whole_line(path):
    path.write_bytes(b"a\nbc\nde")
    assert lines_end(path, 7) == 5
    assert lines_end(path, 5) == 5
    assert lines_end(path, 4) == 2
    assert lines_end(path, 7, after=5) == 5


def test_it_is_found_behind_a_very_long_rest(path):
    path.write_bytes(b"a\n" + b"x" * 300_000)
    assert lines_end(path, path.stat().st_size) == 2


def test_progress_bars_end_lines_by_a_carriage_return(path):
    path.write_bytes(b"10%\r20%\r30")
    assert lines_end(path, 10) == 8


def test_no_line_yet(path):
    path.write_bytes(b"step,lo")
    assert lines_end(path, 7) == 0


def content(stretch):
    return b"".join(stretch.blocks(16))


def test_a_stretch_from_the_start_is_the_file_up_to_its_stop(path):
    path.write_bytes(b"\xef\xbb\xbfstep,loss\n0,1\n1,2\n2,")
    stretch = Stretch(path, "log", stop=len(b"\xef\xbb\xbfstep,loss\n0,1\n1,2\n"))
    assert content(stretch) == b"step,loss\n0,1\n1,2\n"
    assert stretch.head.endswith(b"1,2\n")


def test_the_newest_lines_stand_below_the_beginning(path):
    lines = [b"step,loss\n", *(b"%d,0.5\n" % i for i in range(5000))]
    path.write_bytes(b"".join(lines))
    size = path.stat().st_size
    start = size - len(lines[-1])
    text = content(Stretch(path, "log", stop=size, start=start))
    assert text.startswith(b"step,loss\n0,0.5\n")
    assert text.endswith(b"\n" + lines[-1])
    assert len(text) < 5000


def test_reading_lines(path):
    rows = "".join(f"{i},{2 - i / 100}\n" for i in range(100))
    path.write_text(f"step,loss\n{rows}100,1.0")
    (run,) = read_lines(path, "log.csv", lines_end(path, path.stat().st_size))
    assert len(run["train_loss"]) == 100
    assert run.issues == ()


def test_a_document_is_no_log_of_lines(path):
    path.write_text('{"loss": [3, 2, 1, 0.9, 0.8],\n "val_loss": [3, 2, 1, 0.9, 0.8]\n}\n')
    with pytest.raises(SourceError):
        read_lines(path, "log.json", path.stat().st_size)


def test_what_is_plain_text(tmp_path):
    samples = {
        "plain": (b"step,loss\n", True),
        "empty": (b"", True),
        "wide": ("step,loss\n0,1\n".encode("utf-16"), False),
        "packed": (gzip.compress(b"step,loss\n"), False),
        "binary": (bytes(16), False),
    }
    for name, (data, _) in samples.items():
        (tmp_path / name).write_bytes(data)
    assert {name: is_plain(tmp_path / name) for name in samples} == {
        name: plain for name, (_, plain) in samples.items()
    }
    assert not is_plain(tmp_path / "missing")
