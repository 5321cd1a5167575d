"""Logs of vision models, imitated; every test names what could go wrong."""

import numpy as np
import pytest


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
        assert np.isnan(found.numbers("loss")[2])
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
        assert found.numbers("loss") == [6.0, 5.0, 4.1] * 2
        assert found.numbers("step") == [0, 10, 19, 19, 19, 20, 30, 39, 39, 39]
        assert found.numbers("val/loss") == [5.25, 5.25]
        assert found.numbers("val/Acc@1") == [21.5, 22.5]
        assert found.numbers("val/acc1") == [20.0, 20.0]  # the mean of the loop's last line

    def test_an_evaluation_without_means_gives_the_mean_of_its_batches(self, read):
        found = read(
            "Epoch 1 | train loss 0.9\n"
            "Test: [0/3] loss: 1.0\nTest: [1/3] loss: 2.0\nTest: [2/3] loss: 3.0\n"
            "Epoch 2 | train loss 0.8\n"
            "Test: [0/3] loss: 0.5\nTest: [1/3] loss: 1.5\nTest: [2/3] loss: 2.5\n"
        )
        assert found["val/loss"] == ([4, 8], [2.0, 1.5])
        assert found.numbers("epoch") == [1, 1, 2, 2]

    def test_averages_after_an_evaluation_are_its_result(self, read):
        loop = "Test:  [{}/2]  eta: 0:00:01  loss: 3.0 (3.0)\n"
        epoch = "Epoch: [{}]  [0/9]  lr: 0.1  loss: 4.0 (4.0)\nAveraged stats: lr: 0.1  loss: 4.0 (4.1)\n"
        text = "".join(
            epoch.format(e) + loop.format(0) + loop.format(1) + "Averaged stats: loss: 3.0 (2.5)\n"
            for e in (0, 1)
        )
        found = read(text)
        assert found.numbers("val/loss") == [2.5, 2.5]
        assert found.numbers("loss") == [4.0, 4.0]

    def test_timm(self, read):
        line = (
            "Train: {} [{:4d}/100 ({:3.0f}%)]  Loss: {} (6.9)  Time: 0.3s, 500.0/s  LR: 1.0e-03\n"
        )
        text = "".join(line.format(e, i, i, 6.9 - e) for e in (0, 1) for i in (0, 50, 100))
        found = read(text)
        assert found.numbers("epoch") == [0, 0, 0, 1, 1, 1]
        assert found.numbers("step") == [0, 50, 100, 100, 150, 200]
        assert found.numbers("train/Loss") == [6.9] * 3 + [5.9] * 3
        assert found.numbers("LR") == [0.001] * 6

    def test_swin_and_dcgan_have_brackets_without_names(self, read):
        swin = "Train: [{}/300][{}/50]\teta 1:23:45 lr 0.001\ttime 5.6 (5.6)\tloss 6.9 (6.8)\n"
        found = read("".join(swin.format(e, i) for e in (0, 1) for i in (0, 25)))
        assert found.numbers("step") == [0, 25, 50, 75]
        dcgan = "[{}/5][{}/50]\tLoss_D: 1.5\tLoss_G: 5.2\tD(x): 0.5\tD(G(z)): 0.4 / 0.01\n"
        found = read("".join(dcgan.format(e, i) for e in (0, 1) for i in (0, 25)))
        assert found.numbers("step") == [0, 25, 50, 75]
        assert found.numbers("Loss_G") == [5.2] * 4

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
        assert found.numbers("step") == [0, 640, 60000, 60640]
        assert found["val/Average loss"] == ([2, 7], [0.05, 0.03])
        assert found.numbers("val/Accuracy") == [0.9815, 0.9915]

    def test_detectron2_in_colours(self, read):
        line = (
            "\x1b[32m[07/01 12:00:{:02d} \x1b[0md2.utils.events\x1b[32m]: \x1b[0m eta: 0:10:00  "
            "iter: {}  total_loss: {}  loss_cls: 0.3  time: 0.3  lr: 0.0001  max_mem: 2000M\n"
        )
        found = read(line.format(1, 19, 1.2) + line.format(9, 39, 1.1))
        assert found["step"] == ([1, 2], [19, 39])
        assert found.numbers("total_loss") == [1.2, 1.1]
        assert found.numbers("lr") == [0.0001, 0.0001]

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
        assert found.numbers("step") == [0, 0, 0, 100, 100, 100]
        assert found["loss"] == ([4, 9], [2.0, 1.0])
        assert found["val/loss"] == ([1, 6], pytest.approx([2.3, 1.3]))
        assert found["val/accuracy"] == ([1, 6], pytest.approx([0.1, 0.2]))
