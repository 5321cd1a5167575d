"""Logs as people print them."""

import pytest

from lossdoc.sources import textlog


class TestHandWritten:
    @pytest.mark.parametrize(
        ("first", "second", "names"),
        [
            ("Epoch 3: train loss 0.5, val loss 0.6", "Epoch 4: train loss 0.4, val loss 0.5", "train loss|val loss"),
            ("Epoch [3/9], Step [10/50], Loss: 0.4", "Epoch [3/9], Step [20/50], Loss: 0.3", "Loss"),
            ("Ep: 0, steps: 1, D loss: 0.34, acc:  52%, G loss: 9.77",
             "Ep: 0, steps: 2, D loss: 0.33, acc:  53%, G loss: 9.70", "D loss|acc|G loss"),
            ("step  1670 | loss 4.07 | lm 5.5 | ppl 251.9 | lr 2.8e-04",
             "step  1680 | loss 4.06 | lm 5.4 | ppl 250.1 | lr 2.7e-04", "loss|lm|ppl|lr"),
            (">>> Ep 1: Loss 0.16 | ACC 91.9% | Avg K: 57.3", ">>> Ep 2: Loss 0.15 | ACC 92.9% | Avg K: 57.2", "Loss|ACC|Avg K"),
            ("🚀 epoch 1 → loss=0.5 ✅ acc=0.7", "🚀 epoch 2 → loss=0.4 ✅ acc=0.8", "loss|acc"),
            ("INFO:root:Step: 10, Loss: 0.5", "INFO:root:Step: 20, Loss: 0.4", "Loss"),
            ("loss: tensor(0.5, device='cuda:0') step 1", "loss: tensor(nan, device='cuda:0') step 2", "loss"),
            ("Validation loss after epoch 1: 0.5", "Validation loss after epoch 2: 0.4", "Validation loss"),
            ("The loss is 0.5 at epoch 1", "The loss is 0.4 at epoch 2", "loss"),
            ("[10:00:01] train.py:20: step=1 loss=0.5", "[10:00:02] train.py:20: step=2 loss=0.4", "loss"),
        ],
    )  # fmt: skip
    def test_one_line_per_record(self, read, first, second, names):
        found = read(f"{first}\n{second}\n")
        assert set(found) - {"step", "epoch", "iter"} == set(names.split("|"))
        assert all(rows == [1, 2] for rows, _ in found.values())

    def test_metrics_below_the_line_that_counts(self, read, source):
        text = (
            "lr: 0.0001\nbatch_size: 128\n----\n"
            "Epoch: 1/30\nTime Taken: 12.8s - LR: 9.9e-05\nTrain Loss: 7.3\nValid Loss: 6.5\n----\n"
            "Epoch: 2/30\nTime Taken: 12.9s - LR: 9.8e-05\nTrain Loss: 6.3\nValid Loss: 6.1\n----\n"
        )
        found = read(text)
        assert found["epoch"] == ([4, 9], [1, 2])
        assert found["Train Loss"] == ([4, 9], [7.3, 6.3])
        assert found["Valid Loss"] == ([4, 9], [6.5, 6.1])
        (table,) = textlog.read(source(text))
        assert dict(table.context) == {"epochs": 30, "learning_rate": 0.0001, "batch_size": 128}

    def test_repeated_metrics_below_one_header_are_rows_of_their_own(self, read):
        found = read("Epoch 1/2\nloss: 0.9\nloss: 0.8\nEpoch 2/2\nloss: 0.7\nloss: 0.6\n")
        assert found["loss"] == ([1, 3, 4, 6], [0.9, 0.8, 0.7, 0.6])
        assert found["epoch"] == ([1, 3, 4, 6], [1, 1, 2, 2])

    def test_an_epoch_summed_up_below_its_steps(self, read):
        found = read(
            "step 10 | loss 0.9\nstep 20 | loss 0.8\nEpoch 1 completed | average loss: 0.85\n"
            "step 30 | loss 0.7\nstep 40 | loss 0.6\nEpoch 2 completed | average loss: 0.65\n"
            "step 50 | loss 0.5\n"
        )
        assert found.numbers("epoch") == [1, 1, 1, 2, 2, 2, 3]
        assert found.numbers("step") == [10, 20, 20, 30, 40, 40, 50]

    def test_batches_without_their_number_in_the_epoch(self, read):
        text = "".join(f"Epoch {e}, Batch {b}: loss = {b / e}\n" for e in (1, 2) for b in (1, 2, 3))
        assert read(text).numbers("step") == [1, 2, 3, 4, 5, 6]

    def test_train_and_validation_in_one_line(self, read):
        line = "Epoch {} | Train: loss 0.5 acc 0.9 | Val: loss 0.4 acc 0.8\n"
        found = read(line.format(1) + line.format(2))
        assert set(found) == {"epoch", "train/loss", "train/acc", "val/loss", "val/acc"}

    def test_validation_and_test_stay_apart(self, read):
        found = read("".join(f"Epoch {e}\n[val] loss=0.{e}\n[test] loss=0.{e}5\n" for e in (1, 2)))
        assert found.numbers("val/loss") == [0.1, 0.2]
        assert found.numbers("test/loss") == [0.15, 0.25]

    def test_losses_without_any_counter(self, read):
        found = read(
            "Train Loss=0.5, Val Loss=0.6\nTrain Loss=0.4, Val Loss=0.5\nTrain Loss=0.3, Val Loss=0.4\n"
        )
        assert found["Train Loss"] == ([1, 2, 3], [0.5, 0.4, 0.3])
        assert "step" not in found

    def test_several_runs_in_one_log_stay_in_order(self, read):
        run = "step 1 loss 3.0\nstep 2 loss 2.0\nstep 3 loss 1.0\n"
        assert read(run + run).numbers("step") == [1, 2, 3, 1, 2, 3]

    def test_thousands_and_suffixes(self, read):
        found = read("step 1,000 | loss 0.5 | tokens 1.5k\nstep 2,000 | loss 0.4 | tokens 3.0k\n")
        assert found.numbers("step") == [1000, 2000]
        assert found.numbers("tokens") == [1500, 3000]

    def test_a_counter_that_is_no_number_does_not_count(self, read):
        found = read(
            "step nan loss 9\nTest: [nan/3] loss: 9\nstep 1 loss 2\nstep inf loss 9\nstep 2 loss 1\n"
        )
        assert found == {"step": ([3, 5], [1, 2]), "loss": ([3, 5], [2, 1])}

    def test_counters_beyond_all_bounds_do_no_harm(self, read):
        text = "".join(f"Epoch {e}e300 [{b}e300/3e300] loss 1\n" for e in (1, 2) for b in (1, 2))
        assert "step" not in read(text)

    def test_the_new_best_value_is_not_logged_twice(self, read):
        found = read(
            "Epoch 1 val_loss=0.5\nNew best model at epoch 1, val_loss=0.5\n"
            "Epoch 2 val_loss=0.4\nNew best model at epoch 2, val_loss=0.4\n"
        )
        assert found["val_loss"] == ([1, 3], [0.5, 0.4])
