"""Logs of the usual training scripts, imitated; every test names what could go wrong with it."""

import numpy as np
import pytest

from lossdoc.errors import NoUsableMetric
from lossdoc.sources import textlog
from lossdoc.sources.base import Source


@pytest.fixture
def source(tmp_path):
    def make(text, encoding="utf-8"):
        path = tmp_path / "train.log"
        path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
        return Source(path, "train.log")

    return make


@pytest.fixture
def read(source):
    def columns(text, encoding="utf-8"):
        (table,) = textlog.read(source(text, encoding))
        return {c.name: (c.rows.tolist(), c.values.tolist()) for c in table.columns}

    return columns


def values(columns, name):
    return columns[name][1]


class TestLanguageModels:
    def test_nanogpt_calls_the_same_axis_step_and_iter(self, read):
        found = read(
            "step 0: train loss 4.3, val loss 4.4\n"
            "iter 0: loss 4.35, time 225.99ms, mfu -100.00%\n"
            "iter 10: loss 3.1, time 25.10ms, mfu 10.35%\n"
            "step 20: train loss 2.9, val loss 3.0\n"
            "iter 20: loss 2.8, time 26.00ms, mfu 10.40%\n"
        )
        assert found["step"] == ([1, 2, 3, 4, 5], [0, 0, 10, 20, 20])
        assert found["val loss"] == ([1, 4], [4.4, 3.0])
        assert found["loss"] == ([2, 3, 5], [4.35, 3.1, 2.8])
        assert "iter" not in found

    def test_modded_nanogpt_begins_with_its_source_code(self, read, source):
        code = (
            "import os\n"
            "class Hyperparameters:\n"
            "    learning_rate : float = 0.0036\n"
            "    warmup_iters : int = 0\n"
            "    num_iterations : int = 1530\n"
            "optimizer1 = torch.optim.Adam([w], lr=0.3, betas=(0.9, 0.95), fused=True)\n"
            "optimizer2 = torch.optim.Adam([v], lr=0.002, betas=(0.9, 0.95), fused=True)\n"
            "    # wait on step 1, then compute update of 1\n"
            "    # wait on step 2, then compute update of 2\n"
            "    val_loss = 0.0\n"
            "        batch = 4 * shape[0]\n"
            "        batch = 8 * shape[0]\n"
            '    print0(f"step:{step}/{n} val_loss:{val_loss:.4f} step_avg:{t/(s-1):.2f}ms")\n'
            '    print0(f"step:{step+1}/{n} train_loss:{train_loss:.4f}")\n' + "=" * 100 + "\n"
        )
        log = (
            "step:0/1530 val_loss:10.8258 train_time:0ms step_avg:nanms\n"
            "step:1/1530 train_loss:10.8258 train_time:31613ms step_avg:nanms\n"
            "step:2/1530 train_loss:10.0771 train_time:31724ms step_avg:nanms\n"
            "step:125/1530 val_loss:4.3924 train_time:50000ms step_avg:150.10ms\n"
        )
        found = read(code + log)
        assert set(found) == {"step", "val_loss", "train_loss", "train_time", "step_avg"}
        assert found["val_loss"] == ([16, 19], [10.8258, 4.3924])
        assert found["train_loss"] == ([17, 18], [10.8258, 10.0771])
        assert found["step_avg"] == ([19], [150.1])  # "nanms" is no value at all
        (table,) = textlog.read(source(code + log))
        assert dict(table.context) == {"total_steps": 1530}

    def test_llmc_has_one_letter_for_the_step(self, read):
        found = read("s:0 tel:11.0\ns:0 trl:10.9 lr:0.0 norm:15.3\ns:1 trl:10.8 lr:0.1 norm:15.2\n")
        assert found["step"] == ([1, 2, 3], [0, 0, 1])
        assert found["tel"] == ([1], [11.0])
        assert found["norm"] == ([2, 3], [15.3, 15.2])

    def test_llmc_with_z_scores(self, read):
        found = read(
            "val loss 11.009\n"
            "step    1/19560 | loss 11.0 (+nanz)| norm 15.37 (+nanz)| lr 8.57e-07 | 3000.1 ms\n"
            "step    2/19560 | loss 10.9 (+1.20z)| norm 14.1 (-0.31z)| lr 1.71e-06 | 3000.2 ms\n"
        )
        assert values(found, "loss") == [11.0, 10.9]
        assert values(found, "norm") == [15.37, 14.1]

    def test_megatron_counts_nan_iterations(self, read):
        line = (
            "[default7]:[2024-01-01 10:00:00] iteration {:8d}/    1000 | consumed samples: {:12d} | "
            "elapsed time per iteration (ms): 430.0 | learning rate: 1.5E-07 | "
            "lm loss: {} | loss scale: 4096.0 | grad norm: {} | number of skipped iterations:   0 | "
            "number of nan iterations:   0 | TFLOPs: 47.7 |\n"
        )
        found = read(
            line.format(1, 256, "1.244238E+01", "67.593")
            + "[Rank 0] (after 1 iterations) memory (MB) | allocated: 1024.0 | reserved: 2048.0\n"
            + line.format(2, 512, "nan", "inf")
            + "----------------------------\n"
            " validation loss at iteration 2 | lm loss value: 7.5 | lm loss PPL: 1808.0 |\n"
        )
        assert found["lm loss"][0] == [1, 3]
        assert values(found, "lm loss")[0] == 12.44238
        assert np.isnan(values(found, "lm loss")[1])
        assert values(found, "grad norm") == [67.593, np.inf]
        assert values(found, "number of nan iterations") == [0, 0]
        assert found["val/lm loss value"] == ([5], [7.5])
        assert found["step"] == ([1, 3, 5], [1, 2, 2])
        assert not any("memory" in name or "allocated" in name for name in found)

    def test_only_one_of_several_ranks_is_read(self, read):
        text = "".join(
            f"[rank{rank}]: step {step} loss {3 - 0.1 * step + rank}\n"
            for step in range(4)
            for rank in (1, 0, 2)
        )
        assert values(read(text), "loss") == pytest.approx([3.0, 2.9, 2.8, 2.7])

    def test_olmo_records_go_over_several_lines(self, read):
        head = "2025-12-12 16:15:00.000\thost-03:0\tolmo.train:979\tINFO\t[step={}/100,epoch=0]\n"
        body = (
            "    optim/total_grad_norm={}\n"
            "    train/CrossEntropyLoss={}\n"
            "    throughput/total_tokens={}\n"
            "    System/Peak GPU Memory (MB)=114,391\n"
        )
        found = read(
            head.format(1)
            + body.format(5.9, 11.36, "2,097,152")
            + head.format(2)
            + body.format(2.8, 10.23, "4,194,304")
        )
        assert found["step"] == ([1, 6], [1, 2])
        assert found["train/CrossEntropyLoss"] == ([1, 6], [11.36, 10.23])
        assert found["throughput/total_tokens"] == ([1, 6], [2097152, 4194304])

    def test_huggingface_prints_dicts_between_progress_bars(self, read):
        found = read(
            "  0%|          | 0/300 [00:00<?, ?it/s]\r"
            "  3%|▎         | 10/300 [00:12<06:10,  1.13s/it]\n"
            "{'loss': 1.9963, 'grad_norm': 3.155, 'learning_rate': 4.98e-05, 'epoch': 0.1}\n"
            "  7%|▋         | 20/300 [00:24<06:00,  1.13s/it]\n"
            "{'loss': 1.5, 'grad_norm': nan, 'learning_rate': 4.9e-05, 'epoch': 0.2}\n"
            "{'eval_loss': 1.4, 'eval_runtime': 1.2, 'epoch': 0.2}\n"
            "{'train_runtime': 100.0, 'train_loss': 1.75, 'epoch': 0.2}\n"
        )
        assert found["loss"] == ([3, 5], [1.9963, 1.5])
        assert np.isnan(values(found, "grad_norm")[1])
        assert found["eval_loss"] == ([6], [1.4])
        assert found["epoch"] == ([3, 5, 6], [0.1, 0.2, 0.2])
        assert "train_loss" not in found  # the mean of the whole run

    def test_numbers_in_quotes(self, read):
        found = read("{'loss': '2.1', 'epoch': '0.1'}\n{'loss': '2.0', 'epoch': '0.2'}\n")
        assert values(found, "loss") == [2.1, 2.0]

    def test_fairseq(self, read):
        found = read(
            "2024-01-01 10:00:00 | INFO | train_inner | epoch 001:    100 / 1000 loss=11.5, "
            "ppl=2896.3, wps=30000, num_updates=100, lr=1e-05, gnorm=3.1\n"
            "2024-01-01 10:01:00 | INFO | train_inner | epoch 001:    200 / 1000 loss=10.5, "
            "ppl=1448.1, wps=30000, num_updates=200, lr=2e-05, gnorm=2.1\n"
            "2024-01-01 10:02:00 | INFO | valid | epoch 001 | valid on 'valid' subset | "
            "loss 9.4 | ppl 675.6 | num_updates 200\n"
            "2024-01-01 10:02:01 | INFO | train | epoch 001 | loss 11.0 | ppl 2048 | "
            "num_updates 200 | lr 2e-05\n"
        )
        assert found["loss"] == ([1, 2], [11.5, 10.5])
        assert found["val/loss"] == ([3], [9.4])
        assert found["train/loss"] == ([4], [11.0])
        assert found["step"] == ([1, 2, 3, 4], [100, 200, 200, 200])


class TestVision:
    def test_mmcv_counts_iterations_within_the_epoch(self, read, source):
        prefix = "2021-03-11 17:35:33,921 - mmdet - INFO - "
        config = (
            f"{prefix}Config:\n"
            "model = dict(\n"
            "    head=dict(\n"
            "        loss_cls=dict(type='FocalLoss', loss_weight=1.0),\n"
            "        loss_bbox=dict(type='GIoULoss', loss_weight=2.0)))\n"
            "optimizer = dict(type='SGD', lr=0.01, momentum=0.9)\n"
            "lr_config = dict(policy='step', step=[8, 11])\n"
        )
        line = (
            "{}Epoch [{}][{}/100]\tlr: 1.0e-02, eta: 1 day, 10:00:39, time: 0.340, "
            "loss_cls: 1.09, acc: 93.3, loss: {}\n"
        )
        log = (
            line.format(prefix, 1, 50, 2.6)
            + line.format(prefix, 1, 100, 2.5)
            + f"{prefix}Epoch(val) [1][100]\tbbox_mAP: 0.1, bbox_mAP_copypaste: 0.1 0.2 0.3\n"
            + line.format(prefix, 2, 50, "nan")
            + line.format(prefix, 2, 100, 2.3)
            + f"{prefix}Epoch(val) [2][100]\tbbox_mAP: 0.2, bbox_mAP_copypaste: 0.2 0.3 0.4\n"
        )
        found = read(config + log)
        assert found["step"] == ([8, 9, 10, 11, 12, 13], [50, 100, 100, 150, 200, 200])
        assert found["iter"] == ([8, 9, 11, 12], [50, 100, 50, 100])
        assert found["epoch"] == ([8, 9, 10, 11, 12, 13], [1, 1, 1, 2, 2, 2])
        assert found["val/bbox_mAP"] == ([10, 13], [0.1, 0.2])
        assert np.isnan(values(found, "loss")[2])
        assert not {"eta", "momentum", "loss_weight", "val/bbox_mAP_copypaste"} & set(found)

    def test_a_run_that_ends_in_its_first_epoch_needs_no_epochs(self, read):
        found = read("Epoch [1][50/3000]\tloss: 0.6\nEpoch [1][100/3000]\tloss: 0.5\n")
        assert found["step"] == ([1, 2], [50, 100])

    def test_deit_shows_means_in_brackets_and_evaluates_batch_by_batch(self, read):
        train = "Epoch: [{}]  [{:2d}/20]  eta: 0:00:12  lr: 0.01  loss: {} ({})  max mem: 999\n"
        test = "Test:  [{:2d}/5]  eta: 0:00:02  loss: {} ({})  acc1: 30.0 ({})  time: 0.1\n"
        epoch = (
            "".join(train.format("{e}", i, 6.0 - i / 10, 6.5) for i in (0, 10, 19))
            + "Epoch: [{e}] Total time: 0:00:12 (0.6 s / it)\n"
            + "Averaged stats: lr: 0.01  loss: 5.1 (5.5)\n"
            + test.format(0, 9.0, 9.0, 10.0)
            + test.format(4, 1.0, 5.0, 20.0)
            + "Test: Total time: 0:00:02 (0.4 s / it)\n"
        )
        star = "* Acc@1 {}.5 Acc@5 40.0 loss 5.25\n"
        found = read("".join(epoch.replace("{e}", str(e)) + star.format(21 + e) for e in (0, 1)))
        assert values(found, "loss") == [6.0, 5.0, 4.1] * 2
        assert values(found, "step") == [0, 10, 19, 19, 19, 20, 30, 39, 39, 39]
        assert values(found, "val/loss") == [5.25, 5.25]
        assert values(found, "val/Acc@1") == [21.5, 22.5]
        assert values(found, "val/acc1") == [20.0, 20.0]  # the mean of the loop's last line

    def test_an_evaluation_without_means_gives_the_mean_of_its_batches(self, read):
        found = read(
            "Epoch 1 | train loss 0.9\n"
            "Test: [0/3] loss: 1.0\nTest: [1/3] loss: 2.0\nTest: [2/3] loss: 3.0\n"
            "Epoch 2 | train loss 0.8\n"
            "Test: [0/3] loss: 0.5\nTest: [1/3] loss: 1.5\nTest: [2/3] loss: 2.5\n"
        )
        assert found["val/loss"] == ([4, 8], [2.0, 1.5])
        assert values(found, "epoch") == [1, 1, 2, 2]

    def test_averages_after_an_evaluation_are_its_result(self, read):
        loop = "Test:  [{}/2]  eta: 0:00:01  loss: 3.0 (3.0)\n"
        epoch = "Epoch: [{}]  [0/9]  lr: 0.1  loss: 4.0 (4.0)\nAveraged stats: lr: 0.1  loss: 4.0 (4.1)\n"
        text = "".join(
            epoch.format(e) + loop.format(0) + loop.format(1) + "Averaged stats: loss: 3.0 (2.5)\n"
            for e in (0, 1)
        )
        found = read(text)
        assert values(found, "val/loss") == [2.5, 2.5]
        assert values(found, "loss") == [4.0, 4.0]

    def test_timm(self, read):
        line = (
            "Train: {} [{:4d}/100 ({:3.0f}%)]  Loss: {} (6.9)  Time: 0.3s, 500.0/s  LR: 1.0e-03\n"
        )
        text = "".join(line.format(e, i, i, 6.9 - e) for e in (0, 1) for i in (0, 50, 100))
        found = read(text)
        assert values(found, "epoch") == [0, 0, 0, 1, 1, 1]
        assert values(found, "step") == [0, 50, 100, 100, 150, 200]
        assert values(found, "train/Loss") == [6.9] * 3 + [5.9] * 3
        assert values(found, "LR") == [0.001] * 6

    def test_swin_and_dcgan_have_brackets_without_names(self, read):
        swin = "Train: [{}/300][{}/50]\teta 1:23:45 lr 0.001\ttime 5.6 (5.6)\tloss 6.9 (6.8)\n"
        found = read("".join(swin.format(e, i) for e in (0, 1) for i in (0, 25)))
        assert values(found, "step") == [0, 25, 50, 75]
        dcgan = "[{}/5][{}/50]\tLoss_D: 1.5\tLoss_G: 5.2\tD(x): 0.5\tD(G(z)): 0.4 / 0.01\n"
        found = read("".join(dcgan.format(e, i) for e in (0, 1) for i in (0, 25)))
        assert values(found, "step") == [0, 25, 50, 75]
        assert values(found, "Loss_G") == [5.2] * 4

    def test_mnist_example(self, read):
        line = "Train Epoch: {} [{}/60000 ({}%)]\tLoss: {}\n"
        found = read(
            line.format(1, 0, 0, 2.3)
            + line.format(1, 640, 1, 1.8)
            + "\nTest set: Average loss: 0.05, Accuracy: 9815/10000 (98%)\n\n"
            + line.format(2, 0, 0, 0.3)
            + line.format(2, 640, 1, 0.2)
            + "\nTest set: Average loss: 0.03, Accuracy: 9915/10000 (99%)\n\n"
        )
        assert values(found, "step") == [0, 640, 60000, 60640]
        assert found["val/Average loss"] == ([2, 7], [0.05, 0.03])
        assert values(found, "val/Accuracy") == [0.9815, 0.9915]

    def test_detectron2_in_colours(self, read):
        line = (
            "\x1b[32m[07/01 12:00:{:02d} \x1b[0md2.utils.events\x1b[32m]: \x1b[0m eta: 0:10:00  "
            "iter: {}  total_loss: {}  loss_cls: 0.3  time: 0.3  lr: 0.0001  max_mem: 2000M\n"
        )
        found = read(line.format(1, 19, 1.2) + line.format(9, 39, 1.1))
        assert found["step"] == ([1, 2], [19, 39])
        assert values(found, "total_loss") == [1.2, 1.1]
        assert values(found, "lr") == [0.0001, 0.0001]

    def test_caffe_writes_its_test_below_the_iteration(self, read):
        prefix = "I0101 12:00:00.123456  1234 solver.cpp:218] "
        found = read(
            "".join(
                f"{prefix}Iteration {i}, Testing net (#0)\n"
                f"{prefix}    Test net output #0: accuracy = {0.1 + i / 1000}\n"
                f"{prefix}    Test net output #1: loss = {2.3 - i / 100} (* 1 = 2.3 loss)\n"
                f"{prefix}Iteration {i} (5.2 iter/s, 19s/100 iters), loss = {2.0 - i / 100}\n"
                f"{prefix}Iteration {i}, lr = 0.01\n"
                for i in (0, 100)
            )
        )
        assert values(found, "step") == [0, 0, 0, 100, 100, 100]
        assert found["loss"] == ([4, 9], [2.0, 1.0])
        assert found["val/loss"] == ([1, 6], pytest.approx([2.3, 1.3]))
        assert found["val/accuracy"] == ([1, 6], pytest.approx([0.1, 0.2]))


class TestProgressBars:
    @pytest.mark.parametrize("back", ["\r", "\b" * 60 + "\r"])
    def test_keras_shows_an_epoch_many_times(self, read, back):
        bar = "{}/3 [=====>....] - ETA: {}s - loss: {} - accuracy: 0.5"
        done = "3/3 [==========] - 1s 5ms/step - loss: {} - accuracy: 0.8 - val_loss: {}\n"
        text = "".join(
            f"Epoch {e}/2\n"
            + back.join([bar.format(1, 9, 9.0), bar.format(2, 1, 8.0), done.format(1 / e, 2 / e)])
            for e in (1, 2)
        )
        found = read(text)
        assert values(found, "loss") == [1.0, 0.5]
        assert values(found, "val_loss") == [2.0, 1.0]
        assert values(found, "epoch") == [1, 2]

    def test_keras_3(self, read):
        text = "".join(
            f"Epoch {e}/2\n"
            f"\x1b[1m1/3\x1b[0m \x1b[32m━━━━\x1b[0m\x1b[37m━━━\x1b[0m \x1b[1m9s\x1b[0m 9ms/step - loss: 9.0\r"
            f"\x1b[1m3/3\x1b[0m \x1b[32m━━━━━━━\x1b[0m \x1b[1m1s\x1b[0m 5ms/step - loss: {1 / e}\n"
            for e in (1, 2)
        )
        assert values(read(text), "loss") == [1.0, 0.5]

    def test_keras_evaluation_is_no_epoch(self, read):
        bar = "{0}/{0} [==========] - 1s 5ms/step - loss: {1}\n"
        found = read(
            "Epoch 1/2\n"
            + bar.format(60, 0.9)
            + "Epoch 2/2\n"
            + bar.format(60, 0.8)
            + bar.format(10, 5.0)
        )
        assert values(found, "loss") == [0.9, 0.8]

    def test_keras_without_bars(self, read):
        found = read(
            "Epoch 1/2\n - 1s - loss: 0.9 - val_loss: 1.0\n"
            "Epoch 2/2\n - 1s - loss: 0.8 - val_loss: 0.9\n"
        )
        assert found["loss"] == ([1, 3], [0.9, 0.8])
        assert found["epoch"] == ([1, 3], [1, 2])

    def test_lightning_repeats_the_last_validation(self, read):
        bar = "Epoch {}: {:3d}%|##  | {}/2 [00:02<00:02, 70.02it/s, loss={}, v_num=0{}]\r"
        text = (
            bar.format(0, 50, 1, 0.9, "")
            + bar.format(0, 100, 2, 0.8, "")
            + bar.format(0, 100, 2, 0.8, ", val_loss=0.7")
            + bar.format(1, 50, 1, 0.6, ", val_loss=0.7")
            + bar.format(1, 100, 2, 0.5, ", val_loss=0.7")
            + bar.format(1, 100, 2, 0.5, ", val_loss=0.4")
        )
        found = read(text + "\n")
        assert values(found, "val_loss") == [0.7, 0.4]
        assert values(found, "loss")[-2:] == [0.6, 0.5]
        assert "v_num" not in found

    def test_a_bar_refreshed_at_the_same_step_counts_once(self, read):
        bar = "Training:  31%|▋   | {}/16 [00:01<00:02,  3.7it/s, epoch=0, step={}, loss={}]\r"
        text = bar.format(4, 4, 1.5) + bar.format(5, 4, 1.5) + bar.format(5, 5, 1.25) + "\n"
        found = read(text)
        assert found["step"] == ([2, 3], [4, 5])
        assert values(found, "train/loss") == [1.5, 1.25]


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
        assert values(found, "epoch") == [1, 1, 1, 2, 2, 2, 3]
        assert values(found, "step") == [10, 20, 20, 30, 40, 40, 50]

    def test_batches_without_their_number_in_the_epoch(self, read):
        text = "".join(f"Epoch {e}, Batch {b}: loss = {b / e}\n" for e in (1, 2) for b in (1, 2, 3))
        assert values(read(text), "step") == [1, 2, 3, 4, 5, 6]

    def test_train_and_validation_in_one_line(self, read):
        line = "Epoch {} | Train: loss 0.5 acc 0.9 | Val: loss 0.4 acc 0.8\n"
        found = read(line.format(1) + line.format(2))
        assert set(found) == {"epoch", "train/loss", "train/acc", "val/loss", "val/acc"}

    def test_validation_and_test_stay_apart(self, read):
        found = read("".join(f"Epoch {e}\n[val] loss=0.{e}\n[test] loss=0.{e}5\n" for e in (1, 2)))
        assert values(found, "val/loss") == [0.1, 0.2]
        assert values(found, "test/loss") == [0.15, 0.25]

    def test_losses_without_any_counter(self, read):
        found = read(
            "Train Loss=0.5, Val Loss=0.6\nTrain Loss=0.4, Val Loss=0.5\nTrain Loss=0.3, Val Loss=0.4\n"
        )
        assert found["Train Loss"] == ([1, 2, 3], [0.5, 0.4, 0.3])
        assert "step" not in found

    def test_several_runs_in_one_log_stay_in_order(self, read):
        run = "step 1 loss 3.0\nstep 2 loss 2.0\nstep 3 loss 1.0\n"
        assert values(read(run + run), "step") == [1, 2, 3, 1, 2, 3]

    def test_thousands_and_suffixes(self, read):
        found = read("step 1,000 | loss 0.5 | tokens 1.5k\nstep 2,000 | loss 0.4 | tokens 3.0k\n")
        assert values(found, "step") == [1000, 2000]
        assert values(found, "tokens") == [1500, 3000]

    def test_the_new_best_value_is_not_logged_twice(self, read):
        found = read(
            "Epoch 1 val_loss=0.5\nNew best model at epoch 1, val_loss=0.5\n"
            "Epoch 2 val_loss=0.4\nNew best model at epoch 2, val_loss=0.4\n"
        )
        assert found["val_loss"] == ([1, 3], [0.5, 0.4])


class TestWhatIsNoRecord:
    @pytest.mark.parametrize(
        "text",
        [
            "Namespace(batch_size=64, lr=0.1, epochs=10, loss_weight=1.0)\n" * 2,
            "lr: 0.1\nloss_weight: 1.0\nepochs: 30\nstep_size: 7\n",
            (
                'Traceback (most recent call last):\n  File "a.py", line 157, in train\n    step()\n'
                '  File "b.py", line 28, in step\n    loss.backward()\nRuntimeError: epoch\n'
            ),
            "The loss of 5 experiments fell within 3 epochs, see table 4.\n" * 3,
            "def loss(x):\n    step = 0\n    loss = 0.5\n    lr = 0.1\n    step = 1\n    loss = 0.5\n",
            '{\n  "loss": 0.5,\n  "step": 3,\n  "loss": 0.4\n}\n',
        ],
        ids=["namespace", "settings", "traceback", "prose", "code", "json"],
    )
    def test_is_refused_with_a_reason(self, source, text):
        with pytest.raises(NoUsableMetric, match="no training records found in"):
            textlog.read(source(text))

    def test_the_error_shows_the_beginning(self, source):
        with pytest.raises(NoUsableMetric) as caught:
            textlog.read(source("hello\n\nworld\n"))
        assert caught.value.details == ("it begins: hello", "it begins: world")


class TestDamage:
    LOG = "".join(f"step {i} loss {3 - i / 10:.2f} lr 0.10\n" for i in range(10))

    def issues(self, source, data):
        (table,) = textlog.read(source(data))
        return {i.kind: i for i in table.issues}, {c.name: c for c in table.columns}

    @pytest.mark.parametrize(
        "cut", [len("lr 0.10\n"), len(".10\n"), 2], ids=["key", "value", "digit"]
    )
    def test_a_torn_last_line_is_left_out(self, source, cut):
        issues, columns = self.issues(source, self.LOG[:-cut])
        assert issues["torn-tail"].row == 10
        assert not issues["torn-tail"].lost
        assert columns["loss"].rows.tolist() == list(range(1, 10))

    def test_a_log_may_end_without_a_newline(self, source):
        issues, columns = self.issues(source, self.LOG[:-1])
        assert not issues
        assert columns["lr"].rows[-1] == 10

    def test_bad_bytes_beside_the_numbers_lose_nothing(self, source):
        data = self.LOG.replace("loss", "· loss").encode("latin-1")
        issues, columns = self.issues(source, data)
        assert issues["bad-bytes"].count == 10
        assert not issues["bad-bytes"].lost
        assert len(columns["loss"].rows) == 10

    @pytest.mark.parametrize("where", ["step 4 l", "step 4 loss 2."])
    def test_bad_bytes_in_a_record_lose_it(self, source, where):
        data = bytearray(self.LOG.encode())
        data[self.LOG.index(where) + len(where)] = 0xFF
        issues, columns = self.issues(source, bytes(data))
        assert issues["bad-bytes"].lost
        assert issues["bad-bytes"].row == 5
        assert 5 not in columns["loss"].rows

    @pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
    def test_other_encodings(self, read, encoding):
        assert len(read(self.LOG, encoding)["loss"][0]) == 10

    def test_windows_line_ends(self, read):
        assert read(self.LOG.replace("\n", "\r\n")) == read(self.LOG)


class TestSniff:
    def test_says_what_a_record_is(self, source):
        assert textlog.sniff(source("step 1: loss 2.0\nstep 2: loss 1.0\n")) == (
            "text with 2 lines of step, loss"
        )

    def test_accepts_text_whose_records_come_late(self, source):
        assert textlog.sniff(source("import os\n" * 9)) == "text; no records in the first 64 KiB"

    @pytest.mark.parametrize("data", [b"", b"   \n", bytes(range(256)) * 9, b"\x00\x01loss 1"])
    def test_refuses_what_is_no_text(self, source, data):
        assert textlog.sniff(source(data)) is None

    def test_accepts_another_eight_bit_encoding(self, source):
        text = "epoka 1: učení loss 2.0 přesnost 0.5\n" * 5
        assert textlog.sniff(source(text, "cp1250")) is not None
