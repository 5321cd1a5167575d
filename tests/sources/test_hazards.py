"""Traps that real logs set, each as a small file of the kind it was seen in."""

import json

import numpy as np
import pytest

from lossdoc.errors import NoUsableMetric
from lossdoc.model import Channel
from lossdoc.sources import open_runs


@pytest.fixture
def read(tmp_path):
    """Write a file and read its runs."""

    def reader(text, name="log.txt"):
        path = tmp_path / name
        path.write_text(text)
        return open_runs(path)

    return reader


def lines(rows):
    return "".join(json.dumps(row) + "\n" for row in rows)


# ---- steps that go backwards


def test_mmcv_counts_iterations_within_each_epoch(read):
    rows = []
    for epoch in (1, 2, 3):
        rows += [
            {"mode": "train", "epoch": epoch, "iter": i, "lr": 0.01, "loss": 3 / epoch}
            for i in (50, 100, 150)
        ]
        rows.append(
            {"mode": "val", "epoch": epoch, "iter": 40, "lr": 0.01, "bbox_mAP": 0.1 * epoch}
        )

    (run,) = read(lines([{"env_info": "Linux"}, *rows]), "20210313.log.json")

    assert run[Channel.TRAIN_LOSS].steps.tolist() == list(range(50, 451, 50))
    assert run[Channel.VAL_METRIC].steps.tolist() == [150, 300, 450]
    assert run.restarts == ()


def test_detectron_appends_every_execution(read):
    once = [
        {"iteration": i, "total_loss": 2 - i / 100, "loss_cls": 1.0} for i in range(19, 100, 20)
    ]

    (run,) = read(lines(once * 3), "metrics.json")

    assert len(run.restarts) == 2
    assert [len(part[Channel.TRAIN_LOSS]) for part in run.segments()] == [5, 5, 5]


def test_keras_appends_without_a_header(read):
    once = "".join(f"{e},{0.5 + e / 20},{1 - e / 20},{1.1 - e / 20}\n" for e in range(8))

    (run,) = read("epoch,acc,loss,val_loss\n" + 2 * once, "training.log")

    assert run.restarts == (10,)


def test_an_epoch_that_is_always_zero_counts_nothing(read):
    (run,) = read("epoch,loss\n" + "".join(f"0,{2 - i / 10}\n" for i in range(8)), "log.csv")

    assert run.axis == "row"
    assert len(run[Channel.TRAIN_LOSS]) == 8


# ---- last rows that sum up


def test_the_mean_loss_in_the_last_row_of_a_trainer_state(read):
    history = [
        {"step": s, "epoch": s / 100, "loss": 2 - s / 100, "learning_rate": 1e-4, "grad_norm": 1.0}
        for s in range(10, 110, 10)
    ]
    history.append({"step": 100, "epoch": 1.0, "eval_loss": 1.2})
    history.append({"step": 100, "epoch": 1.0, "train_loss": 1.45, "train_runtime": 9.0})

    (run,) = read(json.dumps({"log_history": history, "global_step": 100}), "trainer_state.json")

    assert [s.name for s in run.all(Channel.TRAIN_LOSS)] == ["loss"]
    assert run[Channel.TRAIN_LOSS].values[-1] == 1.0


def test_the_test_row_of_lightning(read):
    body = "".join(
        f"{e},{e * 10 + 9},{2 - e / 10},\n{e},{e * 10 + 9},,{2.1 - e / 10}\n" for e in range(5)
    )
    text = "epoch,step,train_loss,val_loss,test_loss\n"
    text += "".join(line + ",\n" for line in body.splitlines()) + "5,50,,,1.7\n"

    (run,) = read(text, "metrics.csv")

    assert [s.name for s in run.all(Channel.VAL_LOSS)] == ["val_loss"]
    assert run[Channel.VAL_LOSS].steps.tolist() == [9, 19, 29, 39, 49]


# ---- names


def test_yolo_pads_its_header_and_has_no_total(read):
    header = "                  epoch,         train/box_loss,         train/cls_loss,   metrics/mAP50(B)"
    rows = "".join(f"{e:>23},{3 - e:>23},{1:>23},{0.1 * e:>23.1f}\n" for e in range(3))

    (run,) = read(header + "\n" + rows, "results.csv")

    assert run[Channel.TRAIN_LOSS].values.tolist() == [4, 3, 2]
    assert run[Channel.VAL_METRIC].higher_is_better


def test_look_alikes_of_a_loss_and_of_an_accuracy(read):
    rows = [
        {"step": i, "num_loss_tokens": 500 + i, "train_loss_scale": 2.0**16, "best_loss": 1.0}
        | {"accumulated_submission_time": 1.5 * i, "train_mean_nll": 2 - i / 10}
        for i in range(6)
    ]

    (run,) = read(lines(rows), "metrics.jsonl")

    assert [s.name for s in run.series if "loss" in s.channel] == [
        "train_mean_nll",
        "train_loss_scale",
    ]
    assert Channel.TRAIN_ACCURACY not in run


def test_the_critic_of_reinforcement_learning_is_no_validation(read):
    text = "time/total_timesteps,train/loss,train/value_loss,rollout/ep_rew_mean\n"
    text += "".join(f"{2048 * i},{2 - i / 10},{1 - i / 20},{10 * i}\n" for i in range(1, 6))

    (run,) = read(text, "progress.csv")

    assert run.objective == "reinforcement"
    assert Channel.VAL_LOSS not in run


def test_infinite_norms_of_half_precision_are_kept_as_logged(read):
    rows = [
        f'{{"train_loss": {1 - e / 50}, "train_grad_norm": {norm}, "epoch": {e}}}'
        for e, norm in enumerate(["0.5", "Infinity", "0.4", "Infinity", "0.3"])
    ]

    (run,) = read("\n".join(rows) + "\n")

    assert np.isinf(run[Channel.GRAD_NORM].values).sum() == 2
    assert np.isfinite(run[Channel.TRAIN_LOSS].values).all()


def test_a_nan_that_was_logged_stays_and_an_empty_cell_is_nothing(read):
    (run,) = read("step,loss,val_loss\n1,2.0,\n2,nan,1.5\n3,1.5,\n4,inf,1.4\n", "log.csv")

    assert np.array_equal(run[Channel.TRAIN_LOSS].values, [2, np.nan, 1.5, np.inf], equal_nan=True)
    assert run[Channel.VAL_LOSS].rows.tolist() == [3, 5]


# ---- nothing to judge


def test_a_prediction_log_of_llama_factory_has_no_loss(read):
    rows = [{"current_steps": i, "total_steps": 50, "percentage": 2.0 * i} for i in range(1, 9)]

    with pytest.raises(NoUsableMetric, match="no usable loss"):
        read(lines(rows), "trainer_log.jsonl")


def test_a_trading_log_is_no_training_log(read):
    text = "time,symbol,price,equity,stop_loss\n"
    text += "".join(f"{1000 + i},BTC,{100 + i},{10_000 - i},{95 + i}\n" for i in range(9))

    with pytest.raises(NoUsableMetric, match="is not a training log"):
        read(text, "history.csv")


def test_one_row_is_a_run_too_short_to_judge(read):
    (run,) = read("val_loss,val_accuracy,loss,accuracy\n7.6,0.5,7.7,0.5\n", "log.csv")

    assert len(run[Channel.TRAIN_LOSS]) == 1
