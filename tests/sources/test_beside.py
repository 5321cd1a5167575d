"""Settings in a file beside the log are those of the run."""

import json

import pytest

from lossdoc import sources

CSV = "step,train_loss\n" + "".join(f"{i},{2.3 - i / 100}\n" for i in range(20))

HPARAMS = """\
# Lightning
lr: 0.003
weight_decay: 0.1   # decoupled
optimizer: 'adamw'
model:
  depth: 12
  name: "small"
layers: [1, 2]
nothing: null
schedule: &anchor
  warmup_steps: 50
max_epochs: 7
"""


def read(folder, log, **beside):
    """Read a log with files beside it; a dot of a name is written as two underscores."""
    (folder / log).write_text(CSV)
    for name, text in beside.items():
        (folder / name.replace("__", ".")).write_text(text)
    (run,) = sources.open_runs(folder / log)
    return run


def test_what_lightning_keeps_beside_its_metrics(tmp_path):
    run = read(tmp_path, "metrics.csv", hparams__yaml=HPARAMS)

    assert run.context == {
        "learning_rate": 0.003,
        "weight_decay": 0.1,
        "optimizer": "adamw",
        "warmup_steps": 50.0,
        "epochs": 7.0,
    }
    assert run.settings == {"model/depth": 12.0, "model/name": "small"}
    assert "settings of hparams.yaml beside it" in run.why


def test_what_ultralytics_keeps_beside_its_results(tmp_path):
    run = read(
        tmp_path, "results.csv", opt__yaml="epochs: 100\n", hyp__yaml="weight_decay: 0.0005\n"
    )

    assert run.context == {"epochs": 100.0, "weight_decay": 0.0005}


@pytest.mark.parametrize("log", ["run.csv", "run.csv.gz"])
def test_what_reproduce_keeps_beside_its_logs(tmp_path, log):
    told = {"seed": 3, "hyperparameters": {"weight_decay": 1.0}, "config": {"model": {"depth": 2}}}
    (tmp_path / "run.meta.json").write_text(json.dumps(told))
    run = read(tmp_path, log)

    assert run.context == {"weight_decay": 1.0}
    assert run.settings == {"model/depth": 2.0}


def test_what_the_log_says_itself_counts(tmp_path):
    (tmp_path / "metrics.csv").write_text("# weight_decay: 0.5\n" + CSV)
    (tmp_path / "hparams.yaml").write_text("weight_decay: 0.1\nbatch_size: 8\n")
    (run,) = sources.open_runs(tmp_path / "metrics.csv")

    assert run.context == {"weight_decay": 0.5, "batch_size": 8.0}


def test_files_of_other_programs_are_not_asked(tmp_path):
    run = read(tmp_path, "train.csv", hparams__yaml=HPARAMS, other__meta__json=json.dumps({}))

    assert (run.context, run.settings) == ({}, {})


@pytest.mark.parametrize(
    "text", ["", "\0\1\2", "[1, 2]", "a" * 300_000, "- x\n- y\n", "lr: [1\n", "lr:\n", "{" * 9000]
)
@pytest.mark.parametrize("name", ["hparams__yaml", "metrics__meta__json"])
def test_what_is_no_list_of_settings_is_left_out(tmp_path, name, text):
    run = read(tmp_path, "metrics.csv", **{name: text})

    assert (run.context, run.settings) == ({}, {})
    assert not any("beside" in why for why in run.why)


def test_a_folder_in_its_place_is_left_out(tmp_path):
    (tmp_path / "hparams.yaml").mkdir()

    assert read(tmp_path, "metrics.csv").context == {}
