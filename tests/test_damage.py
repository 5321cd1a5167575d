"""Damaged logs of every format: no crash, and never a clean bill for what was not read."""

import csv
import json
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lossdoc.engine import diagnose, inconclusive
from lossdoc.errors import SourceError
from lossdoc.model import Verdict
from lossdoc.sources import open_runs

SAMPLES = Path(__file__).parent.parent / "sample_logs"
FILES = {
    "csv": SAMPLES / "healthy.csv",
    "tsv": SAMPLES / "collapse.tsv",
    "jsonl": SAMPLES / "too_slow.jsonl",
    "json": SAMPLES / "trainer_state.json",
    "text": SAMPLES / "early_decay.log",
    "wandb": SAMPLES / "wandb_panel.csv",
    "tensorboard": next((SAMPLES / "tensorboard").rglob("*tfevents*")),
}
each_format = pytest.mark.parametrize("kind", FILES)
often = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def judge(path: Path):
    try:
        return [diagnose(run) for run in open_runs(path)]
    except SourceError as error:
        return [inconclusive(str(path), error)]


def points(diagnoses) -> int:
    return sum(len(s) for d in diagnoses if d.run for s in d.run.series)


@each_format
@given(data=st.data())
@often
def test_flipped_bits(tmp_path, kind, data):
    content = bytearray(FILES[kind].read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    path = tmp_path / FILES[kind].name
    path.write_bytes(content)

    for diagnosis in judge(path):
        assert diagnosis.verdict in Verdict


@each_format
@given(data=st.data())
@often
def test_random_bytes_are_never_healthy(tmp_path, kind, data):
    path = tmp_path / FILES[kind].name
    path.write_bytes(data.draw(st.binary(max_size=2000)))

    assert {d.verdict for d in judge(path)} == {Verdict.INCONCLUSIVE}


@each_format
@given(share=st.floats(0.05, 0.99))
@often
def test_a_cut_loses_only_what_was_cut(tmp_path, kind, share):
    whole = FILES[kind].read_bytes()
    path = tmp_path / FILES[kind].name
    path.write_bytes(whole[: int(share * len(whole))])
    rest = judge(path)
    kept = points(rest) / max(points(judge(FILES[kind])), 1)

    # The head of a file holds source code or a longer first row in some formats: 15 % of grace.
    assert kept >= share - 0.15 or all(d.verdict is Verdict.INCONCLUSIVE for d in rest)


def healthy_lines(kind: str) -> list[bytes]:
    """Lines of the healthy sample, as CSV, JSON lines or a console log."""
    header, *rows = csv.reader(FILES["csv"].read_text().splitlines())
    pairs = [[(k, v) for k, v in zip(header, row, strict=True) if v] for row in rows]
    lines = {
        "csv": FILES["csv"].read_text().splitlines(),
        "jsonl": [json.dumps({k: float(v) for k, v in row}) for row in pairs],
        "text": [" | ".join(f"{k}: {v}" for k, v in row) for row in pairs],
    }[kind]
    return [f"{line}\n".encode() for line in lines]


@pytest.mark.parametrize("kind", ["csv", "jsonl", "text"])
def test_garbage_in_the_middle_of_a_healthy_log_is_told(tmp_path, kind):
    lines = healthy_lines(kind)
    path = tmp_path / f"run.{'log' if kind == 'text' else kind}"
    path.write_bytes(b"".join(lines))
    (clean,) = judge(path)
    assert (clean.verdict, clean.run.issues) == (Verdict.HEALTHY, ())

    middle = len(lines) // 2
    lines[middle] = lines[middle][: len(lines[middle]) // 3] + b"\xff\xfe\x00garbage\n"
    path.write_bytes(b"".join(lines))
    (broken,) = judge(path)

    assert broken.run is None or any(issue.lost for issue in broken.run.issues)


def test_a_flipped_byte_in_an_event_file_loses_one_record_and_says_so(tmp_path):
    folder = tmp_path / "run"
    folder.mkdir()
    path = folder / FILES["tensorboard"].name
    shutil.copy(FILES["tensorboard"], path)
    before = points(judge(path))
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)
    (after,) = judge(path)

    assert before - points([after]) <= 4  # a record may hold several values
    assert any(issue.lost for issue in after.run.issues)
