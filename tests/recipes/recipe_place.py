"""A folder in which recipes run for real: a training, and stand-ins for what is elsewhere."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]

TRAINING = """\
import argparse, json, math, os, random, signal, sys, time

parser = argparse.ArgumentParser()
parser.add_argument("--steps", type=int)
parser.add_argument("--log")
options = parser.parse_args()
signal.signal(signal.SIGUSR1, lambda *_: sys.exit(0))
open("train.pid", "w").write(str(os.getpid()))
os.makedirs(os.path.dirname(options.log), exist_ok=True)
noise = random.Random(0)
n = options.steps
with open(options.log, "w") as log:
    for step in range(1, n + 1):
        loss = 0.3 + 2.0 * math.exp(-8 * step / n)
        if "SICK" in os.environ and step > 0.4 * min(n, 1000):
            loss *= min(1.03 ** (step - 0.4 * min(n, 1000)), 1e6)
            time.sleep(float(os.environ["SICK"]))
        row = {"step": step, "train_loss": loss * math.exp(noise.gauss(0, 0.05)), "lr": 1e-3 * (1 - step / n)}
        if step % (n // 20) == 0:
            row["val_loss"] = 1.05 * loss
        log.write(json.dumps(row) + "\\n")
        log.flush()
open("finished", "w").close()
"""

STAND_INS = {
    "python": f'exec {sys.executable} "$@"',
    "lossdoc": f'exec {sys.executable} -m lossdoc "$@"',
    "srun": 'exec "$@"',
    "sbatch": 'printf "%s\\n" "$@" >> sbatch.txt; echo 7',
    "scancel": 'echo "$@" >> scancel.txt; kill -USR1 "$(cat train.pid)"',
    "cml": 'echo "$@" >> cml.txt; cat "${@: -1}" >> cml.txt',
    "gh": 'echo "$@" >> gh.txt; cat "${@: -1}" >> gh.txt',
    "curl": 'echo "$@" >> curl.txt; cat >> curl.txt',
}


class Place(NamedTuple):
    """A folder with a training, and the environment of its commands."""

    folder: Path
    environment: dict[str, str]

    def run(self, command, **more):
        """Run a line of bash, or a list of arguments, as runners of CI do."""
        if isinstance(command, str):
            command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", command]
        done = subprocess.run(
            command,
            cwd=self.folder,
            env={**self.environment, **more},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        sys.stderr.write(done.stdout + done.stderr)  # pytest shows it where a test fails
        return done

    def text(self, name):
        """What a stand-in, or a recipe, has written."""
        return (self.folder / name).read_text()


def make(folder):
    """Lay out the training and the stand-ins."""
    (folder / "train.py").write_text(TRAINING)
    programs = folder / "bin"
    programs.mkdir()
    for name, text in STAND_INS.items():
        program = programs / name
        program.write_text(f"#!/bin/bash\n{text}\n")
        program.chmod(0o755)
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("LOSSDOC", "GITHUB"))
    }
    environment |= {
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "OMP_NUM_THREADS": "1",
        "RUNNER_TEMP": str(folder),
        "GITHUB_STEP_SUMMARY": str(folder / "summary.md"),
        "GITHUB_OUTPUT": str(folder / "output.txt"),
        "SLURM_JOB_ID": "7",
        "PR": "12",
    }
    return Place(folder, environment)


def recipes(page="ci.md"):
    """Every marked block of a page of documentation: name -> language and text."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    found = re.findall(
        r"^<!-- recipe: (\S+) -->\n```(\w+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL
    )
    return {name: (language, block) for name, language, block in found}
