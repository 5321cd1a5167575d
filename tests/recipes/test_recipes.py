"""The recipes of docs/ci.md: YAML fits its schema, and every command runs for real."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from recipe_place import ROOT, recipes

pytestmark = pytest.mark.skipif(os.name == "nt", reason="needs a POSIX shell")

RECIPES = recipes()
SCHEMAS = {
    "github-action": "vendor.github-workflows",
    "github-by-hand": "vendor.github-workflows",
    "gitlab": "vendor.gitlab-ci",
}
SICK = {"SICK": "0"}
SLOWLY = {"SICK": "0.01"}


def block(name):
    return RECIPES[name][1]


def document(name):
    return yaml.safe_load(block(name))


def fits(schema, path):
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode == 0, done.stdout + done.stderr


def test_every_block_of_code_is_a_recipe():
    assert (ROOT / "docs/ci.md").read_text(encoding="utf-8").count("\n```\n") == len(RECIPES)


@pytest.mark.parametrize(("name", "schema"), SCHEMAS.items())
def test_yaml_fits_the_schema_of_its_system(tmp_path, name, schema):
    file = tmp_path / "recipe.yml"
    file.write_text(block(name))

    holds, told = fits(schema, file)

    assert holds, told


def test_the_schema_would_tell(tmp_path):
    file = tmp_path / "recipe.yml"
    file.write_text(block("github-by-hand").replace("runs-on:", "run-on:"))

    assert not fits("vendor.github-workflows", file)[0]


def test_pre_commit_takes_its_configuration_and_our_manifest(tmp_path):
    file = tmp_path / "config.yaml"
    file.write_text(block("pre-commit"))
    for command, path in (("config", file), ("manifest", ROOT / ".pre-commit-hooks.yaml")):
        line = [sys.executable, "-m", "pre_commit", f"validate-{command}", str(path)]
        done = subprocess.run(line, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stdout + done.stderr

    wanted = document("pre-commit")["repos"][0]["hooks"][0]["id"]
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    assert [hook["id"] for hook in hooks] == [wanted]


@pytest.mark.parametrize(("sick", "code"), [({}, 0), (SICK, 1)], ids=["healthy", "sick"])
def test_the_hook_fails_for_a_sick_log(place, sick, code):
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    place.run("python train.py --steps 200 --log runs/log.jsonl", **sick)

    assert place.run(f"{hook['entry']} runs/log.jsonl").returncode == code


@pytest.mark.parametrize("name", [n for n, (language, _) in RECIPES.items() if language == "sh"])
def test_shell_can_be_read(place, name):
    assert place.run(["bash", "-n", "-c", block(name)]).returncode == 0


def steps(name):
    """Commands of the steps of a workflow; nothing is installed."""
    (job,) = document(name)["jobs"].values()
    return [s["run"] for s in job["steps"] if "run" in s and not s["run"].startswith("pip install")]


@pytest.mark.parametrize(("sick", "code"), [({}, 0), (SICK, 1)], ids=["healthy", "sick"])
def test_github_by_hand(place, sick, code):
    train, analyze, *always = steps("github-by-hand")

    assert place.run(train, **sick).returncode == 0
    done = place.run(analyze)
    assert done.returncode == code
    assert ("::error file=train.py" in done.stdout) is bool(code)
    assert [place.run(command).returncode for command in always] == [0, 0]
    assert ("LD102" in place.text("summary.md")) is bool(code)
    assert "pr comment 12 --edit-last --create-if-none --body-file lossdoc.md" in place.text(
        "gh.txt"
    )


@pytest.mark.parametrize(("sick", "code"), [({}, 0), (SICK, 1)], ids=["healthy", "sick"])
def test_gitlab(place, sick, code):
    job = document("gitlab")["train"]
    script = [line for line in job["script"] if not line.startswith("pip install")]

    assert place.run("\n".join(script), **sick).returncode == code
    reports = job["artifacts"]["reports"]
    assert ("LD102" in place.text(reports["codequality"])) is bool(code)
    assert ("<failure" in place.text(reports["junit"])) is bool(code)


@pytest.mark.parametrize(("sick", "code"), [({}, 0), (SICK, 1)], ids=["healthy", "sick"])
def test_cml_comments_and_fails_all_the_same(place, sick, code):
    assert place.run(block("cml"), **sick).returncode == code
    assert place.text("cml.txt").startswith("comment update lossdoc.md")
    assert ("LD102" in place.text("cml.txt")) is bool(code)


@pytest.mark.skipif(shutil.which("make") is None, reason="needs make")
@pytest.mark.parametrize(("sick", "code"), [({}, 0), (SICK, 2)], ids=["healthy", "sick"])
def test_make_stops_at_a_sick_log(place, sick, code):
    (place.folder / "Makefile").write_text(block("make"))

    assert place.run(["make", "gate"], **sick).returncode == code


def test_slurm_lets_a_healthy_training_finish(place):
    assert place.run(["bash", "-c", block("slurm")]).returncode == 0
    assert (place.folder / "finished").exists()


def test_slurm_stops_a_sick_training(place):
    done = place.run(["bash", "-c", block("slurm")], **SLOWLY)

    assert done.returncode == 1
    assert "LD102" in done.stderr
    assert "of the steps saved" in done.stderr
    assert not (place.folder / "finished").exists()


def test_slurm_with_a_watch_beside_a_healthy_training(place):
    assert place.run(["bash", "-c", block("slurm-watch")]).returncode == 0
    assert (place.folder / "finished").exists()
    assert not (place.folder / "scancel.txt").exists()


def test_slurm_with_a_watch_beside_a_sick_training(place):
    faster = block("slurm-watch").replace("--stall", "--interval 0.5s --stall")

    assert place.run(["bash", "-c", faster], **SLOWLY).returncode == 0
    assert place.text("scancel.txt") == "--signal=USR1 7\n"
    assert '"code":"LD102"' in place.text("runs/7/lossdoc.jsonl").replace(" ", "")


def test_slurm_looks_at_what_is_left(place):
    place.run("python train.py --steps 200 --log runs/7/log.jsonl", **SICK)

    assert place.run(block("slurm-afterwards")).returncode == 0
    submitted = place.text("sbatch.txt").splitlines()
    assert submitted[:2] == ["--parsable", "train.sbatch"]
    assert submitted[2] == "--dependency=afterany:7"
    assert place.run(submitted[-1]).returncode == 1
    assert "LD102" in place.text("runs/7/lossdoc.md")


def pod(name):
    job = document(name)
    assert (job["apiVersion"], job["kind"]) == ("batch/v1", "Job")
    return job["spec"]["template"]["spec"]


def test_kubernetes_with_a_guard(place):
    spec = pod("kubernetes")
    (container,) = spec["containers"]
    line = [*container["command"], *container["args"]]
    grace = line[line.index("--grace") + 1]

    done = place.run([*line, "--log", "runs/log.jsonl"])

    assert done.returncode == 3  # this training prints nothing
    assert "could not be judged" in done.stderr or "inconclusive" in done.stderr.lower()
    assert int(grace.removesuffix("s")) < spec["terminationGracePeriodSeconds"]


def test_kubernetes_with_a_sidecar(place):
    spec = pod("kubernetes-sidecar")
    (sidecar,) = spec["initContainers"]
    mounted = {m["mountPath"] for c in (sidecar, *spec["containers"]) for m in c["volumeMounts"]}
    assert mounted == {"/logs"}
    assert sidecar["restartPolicy"] == "Always"
    place.run("python train.py --steps 400 --log logs/log.jsonl", **SICK)
    line = [*sidecar["command"], *sidecar["args"], "--total-steps", "400"]

    done = place.run([arg.replace("/logs", str(Path(place.folder, "logs"))) for arg in line])

    assert done.returncode == 1
    assert "https://hooks.example/training?code=LD102" in place.text("curl.txt")
