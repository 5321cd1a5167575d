"""Logs come compressed, in UTF-16, broken off and forbidden; what can be read is read."""

import gzip
import os
from pathlib import Path

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from lossdoc.errors import UnreadableLog
from lossdoc.sources import opening
from lossdoc.sources.base import Source

PROC = Path("/proc/self/status")
TEXT = "".join(f"line {i}: loss {i / 7}\n" for i in range(5000)).encode()


def write(folder, content, name="log"):
    path = folder / name
    path.write_bytes(content)
    return path


def content(path, size=1 << 22):
    source = Source(path, str(path))
    return b"".join(source.blocks(size))


def salvage(path):
    """What stands before the damage, and the issues."""
    issues = []
    return b"".join(opening.intact_blocks(Source(path, str(path)), issues)), issues


def compress(kind, data=TEXT):
    return gzip.compress(data) if kind == "gzip" else zstandard.compress(data)


@pytest.mark.parametrize("size", [1, 7, 4096, 1 << 22])
def test_blocks_are_whole_lines_and_lose_nothing(tmp_path, size):
    path = write(tmp_path, TEXT[:3000])

    found = list(opening.blocks(path, "utf-8", size))

    assert b"".join(found) == TEXT[:3000]
    assert all(block.endswith(b"\n") for block in found[:-1])


@pytest.mark.parametrize("kind", ["gzip", "zstd"])
@pytest.mark.parametrize("size", [512, 1 << 22])
def test_compressed_content_is_recognised_by_its_bytes_not_its_name(tmp_path, kind, size):
    path = write(tmp_path, compress(kind), "log.csv")

    assert content(path, size) == TEXT
    assert opening.head(path, 100) == TEXT[:100]


@pytest.mark.parametrize("kind", ["gzip", "zstd"])
def test_members_that_were_appended_one_after_another_are_one_log(tmp_path, kind):
    path = write(tmp_path, compress(kind, b"a\n") + compress(kind, b"b\n") + compress(kind, TEXT))

    assert content(path) == b"a\nb\n" + TEXT


def test_zero_padding_after_an_archive_is_no_damage(tmp_path):
    path = write(tmp_path, compress("gzip", b"a\n") + bytes(2000) + compress("gzip", b"b\n"))

    assert salvage(path) == (b"a\nb\n", [])


def test_an_archive_that_breaks_off_gives_what_came_before_the_break(tmp_path):
    whole = compress("gzip")
    path = write(tmp_path, whole[: len(whole) // 2])

    found, issues = salvage(path)

    assert TEXT.startswith(found)
    assert 0.4 * len(TEXT) < len(found) < 0.6 * len(TEXT)
    assert [(i.kind, i.lost) for i in issues] == [("damaged-file", True)]
    assert "break off" in issues[0].message


def test_a_zstandard_archive_gives_its_complete_blocks(tmp_path):
    lines = os.urandom(1 << 19).hex().encode()  # many blocks: it does not compress well
    whole = zstandard.compress(lines)
    path = write(tmp_path, whole[: len(whole) // 2])

    found, issues = salvage(path)

    assert lines.startswith(found)
    assert len(found) > 0.2 * len(lines)
    assert [i.lost for i in issues] == [True]


def test_a_flipped_bit_costs_what_follows_it_and_is_reported(tmp_path):
    whole = bytearray(compress("gzip"))
    whole[len(whole) // 2] ^= 0x10
    path = write(tmp_path, bytes(whole))

    found, issues = salvage(path)

    assert found[: len(TEXT) // 3] == TEXT[: len(TEXT) // 3]
    assert [i.kind for i in issues] == ["damaged-file"]


def test_an_archive_without_a_single_readable_byte_is_unreadable(tmp_path):
    path = write(tmp_path, compress("gzip")[:10])

    with pytest.raises(UnreadableLog, match="damaged"):
        salvage(path)


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("size", [3, 64, 1 << 22])
def test_every_encoding_comes_out_as_plain_utf8(tmp_path, encoding, mark, size):
    text = "épôque,löss\n" + "1,0.5\n" * 50
    path = write(tmp_path, (mark + text).encode(encoding))
    source = Source(path, "log")

    assert source.encoding == encoding
    assert source.head_text == text
    assert content(path, size) == text.encode()


def test_utf16_inside_gzip(tmp_path):
    path = write(tmp_path, gzip.compress("epoch,loss\n1,2\n".encode("utf-16")))

    assert content(path) == b"epoch,loss\n1,2\n"


def test_a_torn_last_character_becomes_a_replacement_and_no_error(tmp_path):
    path = write(tmp_path, "loss\n1\n".encode("utf-16")[:-1])

    assert content(path).startswith(b"loss\n1")


def test_zero_bytes_of_a_crashed_machine_are_not_taken_for_utf16(tmp_path):
    path = write(tmp_path, bytes(3000) + b"loss,epoch\n")

    assert Source(path, "log").encoding == "utf-8"


def test_an_empty_file_has_no_blocks(tmp_path):
    path = write(tmp_path, b"")

    assert Source(path, "log").head == b""
    assert list(opening.blocks(path, "utf-8", 10)) == []


@pytest.mark.skipif(not PROC.exists(), reason="needs /proc")
def test_a_file_that_claims_to_be_empty_is_read_all_the_same():
    """Files of /proc have size 0 and content; some network file systems do it too."""
    assert PROC.stat().st_size == 0

    assert opening.head(PROC, 5) == b"Name:"


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda folder: folder, "folder"),
        (lambda folder: folder / "missing", "No such file"),
        (lambda folder: folder / "bad\0name", "null"),
        (lambda folder: _pipe(folder / "pipe"), "no regular file"),
    ],
)
def test_what_is_no_file_is_said_plainly(tmp_path, make, says):
    with pytest.raises(UnreadableLog, match=says):
        list(opening.chunks(make(tmp_path), 10))


def _pipe(path):
    os.mkfifo(path)
    return path


def test_a_forbidden_file_says_so(tmp_path, monkeypatch):
    path = write(tmp_path, TEXT)

    def refuse(*_args, **_kwargs):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(type(path), "open", refuse)

    with pytest.raises(UnreadableLog, match="Permission denied"):
        opening.head(path, 10)


@given(
    kind=st.sampled_from(["gzip", "zstd", "plain"]),
    cut=st.floats(0, 1),
    flip=st.none() | st.floats(0, 1),
)
def test_no_damage_whatever_crashes(tmp_path_factory, kind, cut, flip):
    data = bytearray(TEXT if kind == "plain" else compress(kind))
    data = data[: 1 + int(len(data) * cut)]
    if flip is not None:
        data[min(int(len(data) * flip), len(data) - 1)] ^= 0x41
    path = write(tmp_path_factory.mktemp("damage"), bytes(data))

    try:
        found, issues = salvage(path)
    except UnreadableLog:
        return

    assert kind == "plain" or issues or found == TEXT or not TEXT.startswith(found)


def test_lines_that_end_with_a_carriage_return_alone_come_in_blocks(tmp_path):
    path = tmp_path / "bars.log"
    path.write_bytes(b"".join(b"step %d loss 1.0\r" % k for k in range(4000)))
    found = list(opening.blocks(path, "utf-8", 1000))

    assert b"".join(found) == path.read_bytes()
    assert max(map(len, found)) < 2100
    assert all(block.endswith(b"\r") for block in found)


def test_a_carriage_return_is_not_parted_from_its_newline(tmp_path):
    path = tmp_path / "dos.csv"
    path.write_bytes(b"a,b\r\n" * 500)

    assert all(block.endswith(b"\r\n") for block in opening.blocks(path, "utf-8", 7))


def test_a_line_without_end_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "blob.csv"
    path.write_bytes(b"x" * 5000)
    monkeypatch.setattr(opening, "LONGEST_LINE", 2000)

    with pytest.raises(UnreadableLog, match="has a line of more than"):
        list(opening.blocks(path, "utf-8", 100))
