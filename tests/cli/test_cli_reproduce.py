"""``lossdoc reproduce``: lists scenarios, trains them, and leaves logs that can be relied on."""

import csv
import itertools
import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager

import pytest

import lossdoc as package
from lossdoc.cli import reproducing
from lossdoc.cli.complete import scenario_names
from lossdoc.cli.reproducing import state
from lossdoc.model import Channel
from lossdoc.trainer.config import MLP, Interruption, LeastSquares, Mixture, TrainConfig
from lossdoc.trainer.scenarios import SCENARIOS, Scenario
from lossdoc.trainer.writers import CsvWriter

torch = pytest.importorskip("torch")

LINEAR = TrainConfig(
    task=LeastSquares(n_train=64, n_val=16), model=MLP(depth=0), batch_size=None, lr=0.3, steps=160
)


def scenario(name, config, **more):
    told = {"kind": "fault", "title": f"Title of {name}", "seen": "", "why": "", **more}
    return Scenario(name=name, config=config, oracle=lambda log: True, **told)


FEW = {
    one.name: one
    for one in (
        scenario("calm", LINEAR, kind="healthy"),
        scenario("divergence", LINEAR.replace(lr=30.0), expected=("LD101",)),
        scenario(
            "restarted",
            TrainConfig(
                task=Mixture(n_train=256, n_val=32),
                model=MLP(width=4, dropout=0.1),
                steps=150,
                interruption=Interruption(after=120, checkpoint=80),
            ),
        ),
        scenario("sparse", LINEAR.replace(log_every=2, eval_every=5)),
        scenario("edge", LINEAR, edge=0.5),
    )
}


@pytest.fixture(autouse=True)
def few(monkeypatch):
    torch.set_num_threads(1)
    monkeypatch.setattr(reproducing, "SCENARIOS", FEW)


@pytest.fixture
def folder(logs):
    """Where the commands run."""
    for file in logs.iterdir():
        file.unlink()
    return logs


def rows(path):
    """Rows of a table, but for the times."""
    with path.open(newline="") as file:
        return [{k: v for k, v in row.items() if k != "wall_time"} for row in csv.DictReader(file)]


def names(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.*"))


# ---- the list


def test_the_list_tells_names_kinds_and_titles(lossdoc):
    code, out, _ = lossdoc("reproduce", "--list")

    assert code == 0
    assert out.splitlines()[:2] == [
        " calm        healthy     Title of calm",
        " divergence  fault       Title of divergence",
    ]


def test_the_list_as_json(lossdoc):
    listed = json.loads(lossdoc("reproduce", "--list", "--output-format", "json")[1])

    assert [entry["name"] for entry in listed] == list(FEW)
    assert listed[1]["expected"] == ["LD101"]
    assert TrainConfig.from_dict(listed[1]["config"]) == FEW["divergence"].config


def test_a_misspelt_scenario_is_understood(lossdoc):
    code, _, err = lossdoc("reproduce", "divergense")

    assert code == 2
    assert "did you mean divergence?" in err


def test_a_scenario_must_be_named(lossdoc):
    code, _, err = lossdoc("reproduce")

    assert code == 2
    assert "--list" in err


def test_the_shell_completes_the_names_of_the_real_scenarios():
    name, real = next(iter(SCENARIOS.items()))

    assert (name, real.title) in scenario_names(name[:4])


# ---- logs


def test_one_run_is_one_table_in_this_folder(lossdoc, folder):
    code, out, err = lossdoc("reproduce", "calm", "--seed", 3)

    assert (code, out, err) == (0, "wrote calm-s3.csv\n", "")
    assert names(folder) == ["calm-s3.csv", "calm-s3.meta.json"]
    assert len(rows(folder / "calm-s3.csv")) == 160


def test_what_made_a_log_stands_beside_it(lossdoc, folder):
    lossdoc("reproduce", "calm", "--seed", 3, "--set", "steps=50")
    told = json.loads((folder / "calm-s3.meta.json").read_text())

    assert (told["scenario"], told["seed"], told["finished"]) == ("calm", 3, True)
    assert TrainConfig.from_dict(told["config"]) == LINEAR.replace(seed=3, steps=50)
    assert {"chance", "n_train", "steps_per_epoch"} <= told["data"].keys()
    assert "torch" in told["versions"]


def test_several_seeds_are_logs_in_a_folder_and_each_is_what_it_is_alone(lossdoc, folder):
    code, out, _ = lossdoc("reproduce", "calm", "--seed", 5, "--seeds", 2, "-o", "many")
    lossdoc("reproduce", "calm", "--seed", 6)

    assert (code, out) == (0, "wrote 2 logs in many\n")
    assert [name for name in names(folder / "many") if name.endswith("csv")] == [
        "calm-s5.csv",
        "calm-s6.csv",
    ]
    together, alone = rows(folder / "many" / "calm-s6.csv"), rows(folder / "calm-s6.csv")
    assert [row["step"] for row in together] == [row["step"] for row in alone]
    assert [float(row["train_loss"]) for row in together] == pytest.approx(
        [float(row["train_loss"]) for row in alone], rel=1e-3
    )


@pytest.mark.parametrize(
    ("arguments", "path", "form"),
    [
        (["-o", "new/run.jsonl"], "new/run.jsonl", "jsonl"),
        (["-o", "run.txt", "--format", "csv"], "run.txt", "csv"),
        (["--format", "jsonl"], "calm-s0.jsonl", "jsonl"),
        (["--format", "tensorboard"], "calm-s0", "tensorboard"),
        (["-o", "."], "calm-s0.csv", "csv"),
    ],
)
def test_the_format_is_named_or_told_by_the_file(lossdoc, folder, arguments, path, form):
    code, out, _ = lossdoc("reproduce", "calm", *arguments)
    run = package.load(folder / path)

    assert (code, out) == (0, f"wrote {path}\n")
    assert run.format == form
    assert len(run[Channel.TRAIN_LOSS]) == 160


def test_logs_are_overwritten_only_when_asked(lossdoc, folder):
    lossdoc("reproduce", "calm")
    code, _, err = lossdoc("reproduce", "calm", "--set", "steps=20")

    assert code == 2
    assert "calm-s0.csv is there already" in err
    assert "--force" in err
    assert len(rows(folder / "calm-s0.csv")) == 160

    assert lossdoc("reproduce", "calm", "--set", "steps=20", "--force")[0] == 0
    assert len(rows(folder / "calm-s0.csv")) == 20


# ---- settings


def test_settings_are_changed(lossdoc, folder):
    given = ["lr=0.01", "steps=50", "schedule.kind=linear", "schedule.final=0.5"]
    lossdoc("reproduce", "calm", *(word for pair in given for word in ("--set", pair)))
    lr = [float(row["lr"]) for row in rows(folder / "calm-s0.csv")]

    assert len(lr) == 50
    assert lr[0] == 0.01
    assert lr[-1] == pytest.approx(0.0051, rel=1e-3)


@pytest.mark.parametrize(("given", "own"), [([], False), (["--set", "lr=0.125"], True)])
def test_a_given_rate_replaces_a_computed_one(lossdoc, folder, given, own):
    lossdoc("reproduce", "edge", *given)

    rates = {float(row["lr"]) for row in rows(folder / "edge-s0.csv")}
    assert (rates == {0.125}) == own
    assert rates != {LINEAR.lr}


@pytest.mark.parametrize(
    ("pair", "why"),
    [
        ("lr", "expected NAME=VALUE"),
        ("epsilon=0.1", "did you mean eps?"),
        ("seed=3", "--seed 3"),
        ("lr=fast", "lr must be a number"),
        ("model.widht=3", "did you mean width?"),
        ("modle.width=3", "did you mean model?"),
        ("lr.x=3", "has no settings"),
        ("schedule.kind=cosinus", "must be one of constant, stairs"),
        ("model.width=0", "MLP needs width"),
    ],
)
def test_a_setting_that_does_not_exist_or_fit_is_told(lossdoc, folder, pair, why):
    code, _, err = lossdoc("reproduce", "calm", "--set", pair)

    assert code == 2
    assert f"--set {pair}: " in err
    assert why in err
    assert names(folder) == []


@pytest.mark.parametrize(
    "arguments", [["--device", "abacus"], ["--set", "steps=0"], ["-o", "file/run.csv"]]
)
def test_what_fails_leaves_no_log(lossdoc, folder, arguments):
    (folder / "file").write_text("")

    code, _, err = lossdoc("reproduce", "calm", *arguments)

    assert code == 2
    assert err.startswith("error: ")
    assert names(folder) == []


# ---- diagnosis


@pytest.mark.parametrize(("name", "code"), [("calm", 0), ("divergence", 1)])
def test_the_logs_are_judged_as_by_analyze(lossdoc, folder, name, code):
    made = lossdoc("reproduce", name, "--analyze", "--width", 80)
    judged = lossdoc("analyze", f"{name}-s0.csv", "--width", 80)

    assert made[0] == judged[0] == code
    assert made[1] == f"wrote {name}-s0.csv\n" + judged[1]


# ---- interruption


@contextmanager
def interrupted_after(last):
    """Ctrl-C when so many rows are written."""
    write, count = CsvWriter.write, itertools.count()

    def counting(self, row):
        if next(count) == last:
            raise KeyboardInterrupt
        write(self, row)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(CsvWriter, "write", counting)
        yield


@pytest.mark.parametrize(
    ("name", "stop"),
    [("calm", 30), ("calm", 135), ("restarted", 30), ("restarted", 170), ("sparse", 80)],
)
def test_an_interrupted_run_is_resumed_as_if_nothing_had_happened(lossdoc, folder, name, stop):
    lossdoc("reproduce", name, "-o", "whole.csv")
    with interrupted_after(stop):
        code, _, err = lossdoc("reproduce", name)

    assert code == 130
    assert "--resume goes on" in err
    assert len(rows(folder / f"{name}-s0.csv")) == stop
    assert lossdoc("reproduce", name, "--resume")[:2] == (0, f"wrote {name}-s0.csv\n")
    assert rows(folder / f"{name}-s0.csv") == rows(folder / "whole.csv")
    assert not list(folder.glob("*.ckpt"))


KILLED = """
import os, signal, sys
from lossdoc.__main__ import main
from lossdoc.trainer.writers import CsvWriter

write, count = CsvWriter.write, 0

def killing(self, row):
    global count
    count += 1
    if count > 270:
        self._file.write("136,0.1")  # a row that is being written, torn
        self._file.flush()
        os.kill(os.getpid(), signal.SIGKILL)
    write(self, row)

CsvWriter.write = killing
sys.exit(main(sys.argv[1:]))
"""


def test_runs_that_were_killed_are_resumed_as_if_nothing_had_happened(lossdoc, folder, monkeypatch):
    monkeypatch.setattr(reproducing, "SCENARIOS", SCENARIOS)
    command = ["reproduce", next(iter(SCENARIOS)), "--seeds", "2", "--set", "steps=150"]
    lossdoc(*command, "-o", "whole")
    done = subprocess.run(
        [sys.executable, "-c", KILLED, *command, "-o", "killed"],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        check=False,
    )

    assert done.returncode == -signal.SIGKILL
    assert lossdoc(*command, "-o", "killed", "--resume")[0] == 0
    for whole in (folder / "whole").glob("*.csv"):
        assert rows(folder / "killed" / whole.name) == rows(whole)


def test_a_whole_log_is_not_made_again(lossdoc, folder):
    lossdoc("reproduce", "calm")
    before = (folder / "calm-s0.csv").read_bytes()

    assert lossdoc("reproduce", "calm", "--resume") == (
        0,
        "",
        "nothing to do: the logs are whole\n",
    )
    assert (folder / "calm-s0.csv").read_bytes() == before


def test_a_log_of_other_settings_is_not_gone_on_with(lossdoc, folder):
    lossdoc("reproduce", "calm")
    code, _, err = lossdoc("reproduce", "calm", "--resume", "--set", "lr=0.1")

    assert code == 2
    assert "not the log of this run with these settings" in err


def test_a_new_start_forgets_an_old_checkpoint(lossdoc, folder):
    with interrupted_after(135):
        lossdoc("reproduce", "calm")
    assert list(folder.glob("*.ckpt"))
    with interrupted_after(20):
        lossdoc("reproduce", "calm", "--force")

    assert not list(folder.glob("*.ckpt"))
    assert len(rows(folder / "calm-s0.csv")) == 20


def test_the_line_says_how_far_the_training_is():
    told = "training divergence-sgd [########............] 40 %, 12 s"
    assert state(40, "divergence-sgd", 12.3, 80) == told
    assert len(state(40, "divergence-sgd", 12.3, 20)) < 20


# ---- without PyTorch

WITHOUT_TORCH = """
import sys

class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("torch", "sklearn"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Blocker())
from lossdoc.__main__ import main
sys.exit(main(sys.argv[1:]))
"""


def without_torch(folder, *arguments):
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_TORCH, *arguments],
        capture_output=True,
        text=True,
        cwd=folder,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def test_training_says_what_to_install(folder):
    code, _, err = without_torch(folder, "reproduce", next(iter(SCENARIOS)))

    assert code == 2
    assert err.startswith("error: ")
    assert "needs PyTorch and scikit-learn: pip install 'lossdoc[trainer]'" in err
    assert len(err.splitlines()) == 1
    assert names(folder) == []


def test_the_list_needs_nothing_to_be_installed(folder):
    code, out, err = without_torch(folder, "reproduce", "--list")

    assert (code, err) == (0, "")
    assert len(out.splitlines()) >= len(SCENARIOS)
