import json

import pytest
from event_records import read_one, values
from tensorboardX import SummaryWriter


def test_hyper_parameters_of_hugging_face(tmp_path):
    arguments = {
        "learning_rate": 5e-5,
        "per_device_train_batch_size": 8,
        "optim": "adamw_torch",
        "weight_decay": 0.01,
        "max_steps": -1,
        "num_train_epochs": 3,
        "warmup_steps": 500,
    }
    with SummaryWriter(str(tmp_path)) as writer:
        writer.add_text("args", json.dumps(arguments, indent=2))
        writer.add_scalar("train/loss", 1.0, 1)

    assert read_one(tmp_path).context == {
        "learning_rate": 5e-5,
        "batch_size": 8,
        "optimizer": "adamw_torch",
        "weight_decay": 0.01,
        "epochs": 3,
        "warmup_steps": 500,
    }


@pytest.mark.parametrize(
    "text",
    [
        "|param|value|\n|-|-|\n|learning_rate|0.003|\n|optimizer|SGD|",
        "Namespace(lr=0.003, optim='SGD', seed=1)",
        "lr: 0.003\noptimizer: SGD\n",
    ],
)
def test_hyper_parameters_in_other_texts(tmp_path, text):
    with SummaryWriter(str(tmp_path)) as writer:
        writer.add_text("hyperparameters", text)
        writer.add_scalar("loss", 1.0, 1)

    assert read_one(tmp_path).context == {"learning_rate": 0.003, "optimizer": "SGD"}


def test_hyper_parameters_that_stand_in_a_folder_of_their_own(tmp_path):
    with SummaryWriter(str(tmp_path)) as writer:
        for step in range(3):
            writer.add_scalar("loss", step, step)
        writer.add_hparams(
            {"lr": 0.25, "bsize": 4, "batch_size": 16}, {"loss": 99.0}, name="1700000000.5"
        )

    table = read_one(tmp_path)

    assert table.context == {"learning_rate": 0.25, "batch_size": 16}
    assert table.settings == {"bsize": 4}
    assert values(table) == {"loss": [0, 1, 2]}


def test_texts_that_are_no_settings_do_not_load_tbparse(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "tbparse", None)
    with SummaryWriter(str(tmp_path)) as writer:
        writer.add_text("samples", "learning_rate: 3")
        writer.add_scalar("loss", 1.0, 1)

    table = read_one(tmp_path)

    assert (dict(table.context), table.issues) == ({}, ())


def test_a_failure_of_tbparse_is_an_issue(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "tbparse", None)
    with SummaryWriter(str(tmp_path)) as writer:
        writer.add_text("args", '{"lr": 1}')
        writer.add_scalar("loss", 1.0, 1)

    table = read_one(tmp_path)

    assert values(table) == {"loss": [1]}
    assert [(issue.kind, issue.lost) for issue in table.issues] == [("unread-hparams", True)]
