"""Baselines as files: what is read, what is refused with its place, what is written."""

from datetime import date

import pytest

from lossdoc.baseline import Baseline, Entry
from lossdoc.baseline.files import read, writable, written
from lossdoc.errors import UsageError
from lossdoc.model import Severity

ENTRY = Entry("runs/a.csv", "LD102", "LD102:train_loss:0.50", "known", severity=Severity.ERROR)

TYPED = """\
# Ours.

# A comment about the first.
[[accepted]]
path = 'runs/*.csv'   # all of them
code = "LD102"
reason = "known"

[[accepted]]
path = "b.csv"
run = "seed-1"
code = "LD202"
fingerprint = "LD202:train_loss:0.25"
severity = "warning"
reason = \"\"\"
the loader
repeats a shard\"\"\"
expires = 2026-12-31
"""


@pytest.fixture
def file(tmp_path):
    return tmp_path / "baseline.toml"


def test_what_people_type_is_read(file):
    file.write_text(TYPED)

    first, second = read(file).entries
    assert first == Entry("runs/*.csv", "LD102", "", "known")
    assert second.reason == "the loader\nrepeats a shard"
    assert (second.severity, second.expires) == (Severity.WARNING, date(2026, 12, 31))


def test_an_empty_file_accepts_nothing(file):
    file.write_text("")
    assert read(file).entries == ()


ACCEPTED = '[[accepted]]\npath = "a"\ncode = "LD102"\n'

WRONG = {
    "x =": "is no valid TOML",
    f"x = {'1' * 5000}": "is no valid TOML",
    f"accepted = {'[' * 5000}": "is no valid TOML",
    "acepted = []": "unknown key 'acepted'; did you mean accepted?",
    "accepted = 3": "must be tables",
    "accepted = [3]": "must be tables",
    "[accepted]\nx = 1": "must be tables",
    ACCEPTED: ':1: reason = "..." is needed',
    f'\n\n{ACCEPTED}reason = " "': ':3: reason = "..." is needed',
    f'{ACCEPTED}reason = "x"\n{ACCEPTED}reason = 3': ":5: reason: text is needed",
    f'{ACCEPTED}reason = "x"\nexpire = 2026-01-01': "did you mean expires?",
    f'{ACCEPTED}reason = "x"\nexpires = "soon"': "a date such as 2026-12-31 is needed",
    f'{ACCEPTED}reason = "x"\nexpires = 3': "a date such as 2026-12-31 is needed",
    f'{ACCEPTED}reason = "x"\nseverity = "eror"': "did you mean error?",
    f'{ACCEPTED}reason = "x"\nseverity = []': "one of error, warning, note is needed",
    f'{ACCEPTED}reason = "x"\nfingerprint = "LD101:train_loss"': "is not one of LD102",
    '[[accepted]]\npath = "a"\ncode = "LD990"\nreason = "x"': "change the limit",
}


@pytest.mark.parametrize("text", WRONG, ids=lambda text: text[:40])
def test_what_is_malformed_is_named_with_its_place(file, text):
    file.write_text(text)

    with pytest.raises(UsageError) as wrong:
        read(file)

    assert wrong.value.message.startswith(str(file))
    assert WRONG[text] in wrong.value.message
    assert wrong.value.hint


def test_a_file_that_cannot_be_read(file, tmp_path):
    with pytest.raises(UsageError, match="no baseline") as wrong:
        read(file)
    assert "--write-baseline" in wrong.value.hint
    with pytest.raises(UsageError, match="cannot read the baseline"):
        read(tmp_path)
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match="is no UTF-8"):
        read(file)


def test_what_is_written_is_read_back(file):
    hostile = Entry(
        'a "b" \\ \x1b[31m\x85\u2028 \udcff\n.csv',
        "LD102",
        "LD102:train_loss:0.50",
        "it's\ta\nreason",
        run="r",
        expires=date(2026, 1, 2),
    )

    assert written(Baseline(file), (), [(ENTRY, "loss rose"), (hostile, "a\n[[accepted]]\x1b")])

    assert read(file).entries == (
        ENTRY,
        hostile._replace(path=hostile.path.replace("\udcff", "\\udcff")),
    )
    assert "\x1b" not in file.read_text()
    assert "# loss rose\n[[accepted]]" in file.read_text()


def test_the_same_findings_make_the_same_file(file, tmp_path):
    other = tmp_path / "other" / "baseline.toml"
    other.parent.mkdir()
    for path in (file, other):
        written(Baseline(path), (), [(ENTRY, "loss rose")])

    assert file.read_bytes() == other.read_bytes()


def test_entries_that_stay_stay_as_they_were_typed(file):
    file.write_text(TYPED)
    found = read(file)

    assert not written(found, (), ())
    assert file.read_text() == TYPED
    assert written(found, (), [(ENTRY, "new")])
    assert file.read_text().startswith(TYPED)
    assert read(file).entries == (*found.entries, ENTRY)


def test_a_stale_entry_goes_with_its_comment(file):
    file.write_text(TYPED)
    found = read(file)

    assert written(found, found.entries[:1], ())

    text = file.read_text()
    assert text.startswith("# Ours.")
    assert "first" not in text
    assert "all of them" not in text
    assert read(file).entries == found.entries[1:]


def test_entries_in_another_notation_are_kept_in_ours(file):
    file.write_text('accepted = [{path = "a", code = "LD102", reason = "x"}]')
    found = read(file)

    assert written(found, (), [(ENTRY, "new")])
    assert read(file).entries == (*found.entries, ENTRY)


def test_a_link_stays_a_link(file, tmp_path):
    real = tmp_path / "real.toml"
    real.write_text("")
    file.symlink_to(real)

    written(read(file), (), [(ENTRY, "new")])

    assert file.is_symlink()
    assert read(real).entries == (ENTRY,)


def test_what_cannot_be_written_leaves_the_old_file(file, monkeypatch):
    file.write_text(TYPED)
    found = read(file)

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.replace", full)
    with pytest.raises(UsageError, match="No space left on device"):
        written(found, (), [(ENTRY, "new")])

    assert file.read_text() == TYPED
    assert [*file.parent.iterdir()] == [file]


def test_a_place_that_cannot_be_written_is_refused_at_once(tmp_path):
    with pytest.raises(UsageError, match="no folder"):
        writable(tmp_path / "nowhere" / "b.toml")
    with pytest.raises(UsageError, match="it is a folder"):
        writable(tmp_path)
