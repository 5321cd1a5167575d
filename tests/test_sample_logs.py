"""The sample logs are what their recipes give, and lossdoc says about each what its table says."""

import math
import re
import sys
from pathlib import Path

import pytest
import torch

from lossdoc import api
from lossdoc.cli.app import run
from lossdoc.model import Severity
from lossdoc.trainer.scenarios import FAMILIES

FOLDER = Path(__file__).parent.parent / "sample_logs"
ROW = re.compile(
    r"\| \[`(?P<log>[^`]+)`\]\([^)]+\)(?: `(?P<run>[^`]+)`)? \|[^|]*\|[^|]*"
    r"\| (?P<verdict>[^|]+) \|(?P<codes>[^|]*)\|"
)
EXPECTED = [match.groupdict() for match in ROW.finditer((FOLDER / "README.md").read_text("utf-8"))]
LOGS = sorted({row["log"] for row in EXPECTED})


sys.path.insert(0, str(FOLDER))
import make  # noqa: E402 - the script beside the logs

MADE_AGAIN = ("healthy.csv", "too_slow.jsonl", "underfitting.csv")
"""Logs of runs that neither blow up nor swing: these come out the same on every machine."""


@pytest.fixture(scope="module")
def made_again():
    torch.set_num_threads(1)
    return {name: make.text(name, log) for name, log in make.trained(MADE_AGAIN).items()}


def judged(log):
    return list(api.analyze_all([str(FOLDER / log)], api.Settings()))


def numbers_and_text(text):
    """Split a text log into its numbers and what stands between them."""
    parts = re.split(r"(?<![\w.])(-?\d+(?:[.,]\d+)?(?:[eE][-+]?\d+)?|nan|NaN|Infinity|inf)\b", text)
    return [float(part.replace(",", ".")) for part in parts[1::2]], parts[::2]


def test_the_table_names_every_log_and_no_other():
    others = {"README.md", "make.py", "shapes.py", "__pycache__", "scenarios"}
    there = [path.name for path in FOLDER.iterdir() if path.name not in others]
    inner = [path for path in (FOLDER / "scenarios").iterdir() if ".meta" not in path.suffixes]

    assert sorted([*there, *(f"scenarios/{path.name}" for path in inner)]) == LOGS


@pytest.mark.parametrize("log", MADE_AGAIN)
def test_a_log_is_what_its_recipe_gives(log, made_again):
    kept, kept_text = numbers_and_text((FOLDER / log).read_text("utf-8"))
    made, made_text = numbers_and_text(made_again[log])

    assert made_text == kept_text
    # Another processor sums in another order.
    assert made == pytest.approx(kept, rel=1e-3, abs=1e-5)
    assert kept


def test_a_log_of_the_command_line_is_what_the_command_gives(tmp_path):
    name = "healthy-digits-wsd.csv"
    kept = (FOLDER / "scenarios" / name).read_text("utf-8").splitlines()

    assert run(["reproduce", name[:-4], "--seed", str(make.SEED), "--set",
                f"log_every={make.EVERY}", "-o", str(tmp_path / name)]) == 0  # fmt: skip

    made = (tmp_path / name).read_text("utf-8").splitlines()
    assert made[0] == kept[0]
    assert kept[0].endswith(",wall_time")
    for again, before in zip(made[1:], kept[1:], strict=True):
        cells = [
            [float(cell or "nan") for cell in line.split(",")[:-1]] for line in (again, before)
        ]
        assert cells[0] == pytest.approx(cells[1], rel=1e-2, abs=1e-4, nan_ok=True)


def test_every_family_of_scenarios_has_a_log():
    of_family = {s.name: title for title, family in FAMILIES.items() for s in family}

    assert {of_family[name] for name in make.REPRODUCED.values()} == set(FAMILIES)


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
