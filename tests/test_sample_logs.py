"""The sample logs are what their recipes give, and lossdoc says about each what its table says."""

import math
import re
import subprocess
import sys
from pathlib import Path

import pytest

from lossdoc import api
from lossdoc.model import Severity

FOLDER = Path(__file__).parent.parent / "sample_logs"
ROW = re.compile(
    r"\| \[`(?P<log>[^`]+)`\]\([^)]+\)(?: `(?P<run>[^`]+)`)? \|[^|]*\|[^|]*"
    r"\| (?P<verdict>[^|]+) \|(?P<codes>[^|]*)\|"
)
EXPECTED = [match.groupdict() for match in ROW.finditer((FOLDER / "README.md").read_text("utf-8"))]
LOGS = sorted({row["log"] for row in EXPECTED})


@pytest.fixture(scope="module")
def made_again(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made_again")
    subprocess.run([sys.executable, FOLDER / "make.py", folder], check=True, timeout=300)
    return folder


def judged(log):
    return list(api.analyze_all([str(FOLDER / log)], api.Settings()))


def numbers_and_text(text):
    """Split a text log into its numbers and what stands between them."""
    parts = re.split(r"(?<![\w.])(-?\d+(?:[.,]\d+)?(?:[eE][-+]?\d+)?|nan|NaN|Infinity|inf)\b", text)
    return [float(part.replace(",", ".")) for part in parts[1::2]], parts[::2]


def test_the_table_names_every_log_and_no_other():
    others = {"README.md", "make.py", "shapes.py", "__pycache__"}

    assert sorted(path.name for path in FOLDER.iterdir() if path.name not in others) == LOGS


@pytest.mark.parametrize("log", [log for log in LOGS if (FOLDER / log).is_file()])
def test_a_text_log_is_what_its_recipe_gives(log, made_again):
    kept, kept_text = numbers_and_text((FOLDER / log).read_text("utf-8"))
    made, made_text = numbers_and_text((made_again / log).read_text("utf-8"))

    assert made_text == kept_text
    # Six digits are printed: a rounding that tips over changes the sixth.
    assert made == pytest.approx(kept, rel=2e-5, nan_ok=True)
    assert kept


def test_the_event_file_is_what_its_recipe_gives(made_again):
    kept, made = (api.load_all(folder / "tensorboard")[0] for folder in (FOLDER, made_again))

    assert [s.name for s in made.series] == [s.name for s in kept.series]
    for again, before in zip(made.series, kept.series, strict=True):
        assert again.values == pytest.approx(before.values, rel=1e-6)


@pytest.mark.parametrize("log", LOGS)
def test_logs_are_small(log):
    files = [FOLDER / log] if (FOLDER / log).is_file() else list((FOLDER / log).iterdir())

    assert sum(file.stat().st_size for file in files) < 60_000


@pytest.mark.parametrize("row", EXPECTED, ids=lambda row: row["run"] or row["log"])
def test_lossdoc_says_what_the_table_says(row):
    of_run = [
        d for d in judged(row["log"]) if not row["run"] or (d.run and d.run.name == row["run"])
    ]
    assert len(of_run) == 1
    told = {finding.code for finding in of_run[0] if finding.severity > Severity.NOTE}

    assert (of_run[0].verdict, told) == (row["verdict"], set(row["codes"].split()))


def test_no_log_is_read_with_a_loss():
    """Whatever could not be read in these logs would be a fault of a reader."""
    for log in LOGS:
        for diagnosis in judged(log):
            if diagnosis.run is not None:
                assert not any(issue.lost for issue in diagnosis.run.issues), log


def test_the_overflow_is_in_the_log():
    """NaN was logged, not left out: the recipe really ends so."""
    numbers, _ = numbers_and_text((FOLDER / "nan.jsonl").read_text("utf-8"))

    assert math.isnan(numbers[-1])
