"""The action: it fits its schema, pins what it uses, and its steps run in a clean folder."""

import os
import re
import site
import subprocess
import sys

import pytest
import yaml
from recipe_place import ROOT

pytestmark = pytest.mark.skipif(os.name == "nt", reason="needs a POSIX shell")

ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
STEPS = ACTION["runs"]["steps"]
DEFAULTS = {name: str(given.get("default", "")) for name, given in ACTION["inputs"].items()}


def test_it_fits_the_schema_of_actions():
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema"]
    command += ["vendor.github-actions", str(ROOT / "action.yml")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    assert done.returncode == 0, done.stdout + done.stderr


def test_what_it_uses_is_pinned_to_a_commit():
    used = [step["uses"] for step in STEPS if "uses" in step]

    assert used
    assert all(re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", name) for name in used)


def test_nothing_from_outside_becomes_part_of_a_script():
    assert not any("${{" in step.get("run", "") for step in STEPS)


@pytest.fixture
def runner(place):
    """Runs the steps as GitHub does; packages come from the environment of the tests."""

    def run(**inputs):
        given = {**DEFAULTS, **inputs}
        settings = {
            "GITHUB_ACTION_PATH": str(ROOT),
            "PYTHONPATH": os.pathsep.join(site.getsitepackages()),
            "PIP_NO_INDEX": "1",
            "PIP_NO_DEPS": "1",
            "PIP_NO_BUILD_ISOLATION": "0",  # which means that there is none
        }

        def filled(text):
            text = re.sub(r"\$\{\{ inputs\.([\w-]+) \}\}", lambda m: given[m[1]], text)
            return text.replace(
                "${{ steps.python.outputs.python-path || 'python3' }}", sys.executable
            )

        for step in STEPS:
            if "run" not in step:
                continue
            variables = {name: filled(value) for name, value in step["env"].items()}
            done = place.run(step["run"], **settings, **variables)
            if done.returncode:
                break
        return done

    return run


def outputs(place):
    return dict(line.split("=", 1) for line in place.text("output.txt").splitlines())


def test_a_sick_run_fails_the_step_and_is_in_the_summary(place, runner):
    place.run("python train.py --steps 200 --log 'runs/a b.jsonl'", SICK="0")

    done = runner(paths="runs/a b.jsonl\n")

    assert done.returncode == 1
    assert "::error " in done.stdout
    assert "LD102" in place.text("summary.md")
    told = outputs(place)
    assert told["exit-code"] == "1"
    assert all("LD102" in place.text(told[name]) for name in ("json", "markdown", "sarif"))


def test_inputs_reach_lossdoc_as_they_are(place, runner):
    place.run("python train.py --steps 200 --log runs/a.jsonl", SICK="0")
    hostile = "$(touch owned)\n`touch owned`\n"

    done = runner(
        **{"fail-on": "never", "annotate": "false", "summary": "false"},
        paths=f"runs\n{hostile}",
        arguments="--min-confidence\nlow",
    )

    assert done.returncode == 3  # two logs are missing
    assert "::" not in done.stdout
    assert not (place.folder / "summary.md").exists()
    assert not (place.folder / "owned").exists()
