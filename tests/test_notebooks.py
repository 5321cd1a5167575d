"""The notebooks of the documentation: executed afresh, they fail nowhere and print what is kept in them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).parent.parent
SCRIPT = TOP / "docs" / "run_notebooks.py"
NOTEBOOKS = sorted(TOP.glob("docs/notebooks/*.ipynb"))


def run(*arguments, script=SCRIPT):
    # A process of its own: what warns in Jupyter is not ours to mend.
    return subprocess.run(
        [sys.executable, str(script), *arguments],
        capture_output=True,
        text=True,
        timeout=300,
        env=dict(os.environ, PYTHONPATH=os.pathsep.join([str(TOP), *sys.path])),
        check=False,
    )


def test_every_notebook_still_prints_what_is_kept():
    done = run("--check")

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_a_notebook_is_small_and_was_executed_to_its_end(path):
    book = json.loads(path.read_text("utf-8"))
    counts = [cell["execution_count"] for cell in book["cells"] if cell["cell_type"] == "code"]

    assert path.stat().st_size < 300_000
    assert counts == list(range(1, len(counts) + 1))


@pytest.mark.parametrize(
    ("source", "told"),
    [("1 + 1", "not up to date: a.ipynb"), ("1 / 0", "a.ipynb fails:")],
)
def test_the_check_sees_what_changed_and_what_fails(tmp_path, source, told):
    nbformat = pytest.importorskip("nbformat")
    cell = nbformat.v4.new_code_cell(source)
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), tmp_path / "a.ipynb")
    script = tmp_path / "run.py"
    script.write_text(
        SCRIPT.read_text("utf-8").replace(
            'Path(__file__).resolve().parent / "notebooks"', "Path(__file__).parent"
        )
    )

    done = run("--check", script=script)

    assert done.returncode == 1
    assert told in done.stderr
