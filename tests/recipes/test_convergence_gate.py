"""The gate of docs/compare.md on a small real training: silent for other seeds, not for faults."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import recipe_place
import yaml
from recipe_place import ROOT, recipes

from lossdoc.comparison.statistics import quantile

pytestmark = pytest.mark.skipif(os.name == "nt", reason="needs a POSIX shell")

RECIPES = recipes("compare.md")


def steps():
    """Commands of the workflow; nothing is installed."""
    (job,) = yaml.safe_load(RECIPES["gate"][1])["jobs"].values()
    return [s["run"] for s in job["steps"] if "run" in s and not s["run"].startswith("pip install")]


def without_page(command):
    """The same without the page, which takes longest to draw."""
    assert " -o compare.html" in command
    return command.replace(" -o compare.html", "")


@pytest.fixture(scope="module")
def gate(tmp_path_factory):
    """A repository with three reference runs in it; every test writes its own fresh run."""
    place = recipe_place.make(tmp_path_factory.mktemp("gate"))
    training = Path(__file__).with_name("small_training.py")
    (place.folder / "train.py").write_text(training.read_text())
    assert place.run("git init -q .").returncode == 0
    assert place.run(RECIPES["references"][1]).returncode == 0
    assert place.run("git status --short").stdout.count("convergence/reference/") == 3
    return place


def test_the_workflow_fits_its_schema(tmp_path):
    file = tmp_path / "convergence.yml"
    file.write_text(RECIPES["gate"][1])
    line = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows"]
    done = subprocess.run([*line, file], capture_output=True, text=True, timeout=60, check=False)

    assert done.returncode == 0, done.stdout + done.stderr


def test_the_gate_passes_with_fresh_seeds(gate):
    train, compare, summary = steps()

    for seed in (10, 11, 12):
        assert gate.run(train.replace("--seed 10", f"--seed {seed}")).returncode == 0
        done = gate.run(without_page(compare))
        assert done.returncode == 0
        assert "CANNOT TELL" in done.stdout
        assert "would not be seen with so few runs" in " ".join(done.stdout.split())

    assert gate.run(summary).returncode == 0
    assert gate.text("summary.md").startswith("### CANNOT TELL")


@pytest.mark.parametrize("fault", ["shuffled", "slow", "nan"])
def test_the_gate_fails_for_a_fault_that_no_single_run_shows(gate, fault):
    train, compare, summary = steps()
    assert gate.run(train, FAULT=fault).returncode == 0

    assert gate.run(compare).returncode == 1

    assert gate.run(summary).returncode == 0
    assert gate.text("summary.md").rpartition("### ")[2].startswith("REGRESSED")
    assert "<svg" in gate.text("compare.html")


def test_a_fresh_run_that_was_cut_short_passes_no_gate(gate):
    train, compare, _ = steps()
    assert gate.run(train.replace("--steps 200", "--steps 60")).returncode == 0

    assert gate.run(without_page(compare)).returncode == 3


def test_the_answer_for_one_commit_is_always_the_same(gate):
    train, compare, _ = steps()
    told = []
    for _ in range(2):
        assert gate.run(train).returncode == 0
        assert gate.run(f"{without_page(compare)} -o compare.json").returncode == 0
        told.append(json.loads(gate.text("compare.json")))

    assert told[0] == told[1]


def test_the_table_of_smallest_differences_is_that_of_the_interval():
    page = (ROOT / "docs" / "compare.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d) \| (\d) \| ([\d.]+) \|$", page, re.MULTILINE)

    assert len(rows) == 5
    for old, new, told in rows:
        n, m = int(old), int(new)
        smallest = quantile(n + m - 2) * (1 / n + 1 / m) ** 0.5
        assert f"{smallest:.1f}" == told
