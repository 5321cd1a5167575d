"""What one line says."""

import pytest

from lossdoc.sources.text.keys import Key, counter, message_start, split_word
from lossdoc.sources.text.keyvalue import understand


def fields(line):
    """``name`` of metrics, ``name#`` of counters, ``name/`` of their totals, ``~name`` of batches."""
    shape = understand(line)
    if shape is None:
        return None
    marks = {"metric": "{}", "counter": "{}#", "total": "{}/", "batch": "~{}"}
    return [(f"{f.split}|" if f.split else "") + marks[f.role].format(f.name) for f in shape.fields]


@pytest.mark.parametrize(
    "line",
    ["loss: 2.5", "loss=2.5", "loss = 2.5", "loss 2.5", "'loss': 2.5", "loss is 2.5", "loss -> 2.5",
     "(loss: 2.5)", "loss:\t2.5", "the loss: [2.5]", "loss: tensor(2.5)", "loss: np.float32(2.5)"],
)  # fmt: skip
def test_ways_to_write_a_value(line):
    assert fields(f"step 1, {line}") == ["step#", "loss"]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("iteration 5/ 10 | number of nan iterations: 0 | elapsed time per iteration (ms): 4.5 |",
         ["iter#", "iter/", "number of nan iterations", "elapsed time per iteration (ms)"]),
        ("validation loss at iteration 200 | lm loss value: 7.5", ["iter#", "val|lm loss value"]),
        ("Loss at step 100: 0.5", ["step#", "Loss"]),
        ("Epoch: [0][10/50] Loss 0.5 (0.6) Acc@1 9.9 (9.8)", ["iter#", "epoch#", "iter/", "Loss", "Acc@1"]),
        ("[Epoch 151/500][ 100:391] Loss: 0.06", ["iter#", "epoch#", "epoch/", "iter/", "Loss"]),
        ("Train: [0/300][10/1251] loss 6.9 (6.8)", ["iter#", "epoch#", "epoch/", "iter/", "train|loss"]),
        ("Test: [10/50] loss 6.9 (6.8)", ["~iter", "test|loss"]),
        ("Iter(val) [500/500] mIoU: 40.1", ["~iter", "val|mIoU"]),
        ("[1400] global_step=1400, loss=0.1", ["step#", "loss"]),
        ("Epoch 1/9, Batch 2, Step 3: Loss = 1.0", ["epoch#", "epoch/", "iter#", "step#", "Loss"]),
        ("Train loss: 1, acc: 2 | Val loss: 3, acc: 4", ["Train loss", "acc", "Val loss", "val|acc"]),
        ("[val] loss=0.5 val_acc=0.5 lr=0.1", ["val|loss", "val_acc", "val|lr"]),
        ("Train: loss=0.5 lr=0.1", ["train|loss", "lr"]),
        ("Loss (train): 0.5, Loss (val): 0.4", ["Loss (train)", "Loss (val)"]),
        ("step 5 | FID, IS: 7.9, 16.1 | loss 0.5", ["step#", "loss"]),
        ("step 5 | betas: 0.9 0.99 | loss 0.5", ["step#", "loss"]),
        ("step 5 | lr: 1e-4 1e-4 | loss 0.5", ["step#", "lr", "loss"]),
        ("Epoch 3: val_loss improved from 0.5 to 0.4", ["epoch#"]),
        ("New best at epoch 3: val_loss 0.4", None),
        ("{'train_loss': 1.7, 'train_runtime': 100.0, 'epoch': 3.0}", None),
        ("[(10, {'train/loss': 0.5}), (20, {'train/loss': 0.4})]", None),
        ("no numbers: none", None),
        ("x" * 5000 + " step 1 loss 0.5", None),
    ],
)  # fmt: skip
def test_lines(line, expected):
    assert fields(line) == expected


@pytest.mark.parametrize(
    ("line", "message", "rank"),
    [
        ("2024-01-01 10:00:00,123 - train - INFO - step 5", "step 5", -1),
        ("[2024-01-01T10:00:00.123Z] step 5", "step 5", -1),
        ("I0213 13:02:44.023653 139984811284288 logger.py:76] step 5", "step 5", -1),
        ("[07/01 12:00:00 d2.utils.events]:  eta: 0:10", "eta: 0:10", -1),
        ("2024-01-01 10:00:00 | INFO     | core.trainer:257 - epoch: 1", "epoch: 1", -1),
        ("10-03 15:41:47: main.py[280]: [Epoch 1/5]", "[Epoch 1/5]", -1),
        ("[default7]:[2024-01-01 10:00:00] iteration 5", "iteration 5", 7),
        ("[Rank 0] step 5", "step 5", 0),
        ("[node-3:0]: step 5", "step 5", -1),
        ("step:5/10 loss:3", "step:5/10 loss:3", -1),
    ],
)
def test_prefixes_of_loggers(line, message, rank):
    start, found = message_start(line)
    assert (line[start:], found) == (message, rank)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Epoch", "epoch"), ("Ep", "epoch"), ("train/epoch", "epoch"), ("steps", "step"), ("globalStep", "step"),
        ("num_updates", "step"), ("trainer/global_step", "step"), ("Iter", "iter"), ("batch", "iter"),
        ("time per step", None), ("step_avg", None), ("number of nan iterations", None), ("max_steps", None),
        ("samples/step", None), ("epochs", None), ("warmup_steps", None), ("", None),
    ],
)  # fmt: skip
def test_counters(name, kind):
    found = counter(Key(name, explicit=True))
    assert (found and found[0]) == kind


@pytest.mark.parametrize(
    ("words", "split"),
    [
        ("[Train] ", "train"), ("Validation: ", "val"), ("on the test set ", "test"), ("training.trainer", ""),
        ("retrained", ""), ("train and val", "val"), (" * ", "test"), ("", ""),
    ],
)  # fmt: skip
def test_splits(words, split):
    assert split_word(words, within=True) == split
