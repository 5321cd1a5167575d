"""Lines whose numbers have no names beside them; every test names what could go wrong."""

import numpy as np
import pytest

from lossdoc.sources.naming import meaning


class TestHeaders:
    """YOLO prints a header above each epoch and the numbers below it."""

    HEADER = "      Epoch    GPU_mem   box_loss   cls_loss   dfl_loss  Instances       Size"

    def epoch(self, i, loss, header=HEADER):
        bars = "\r".join(
            f"      {i}/3      2.1G   {loss + 1 - k / 4:.3f}      2.5      0.9      12      640: "
            f"{25 * k}%|{'#' * k}{' ' * (4 - k)}| {k}/4 [00:01<00:00,  7.1it/s]"
            for k in range(1, 5)
        )
        evaluation = (
            "                 Class     Images  Instances      Box(P          R      mAP50\n"
            "                   all          4         17      0.5      0.6      0.7\n"
        )
        return f"\n{header}\n{bars}\n{evaluation}"

    def test_numbers_belong_to_the_names_above_them(self, read):
        found = read("".join(self.epoch(i, loss) for i, loss in ((1, 3.5), (2, 2.5), (3, 1.5))))

        assert found.numbers("box_loss") == [3.5, 2.5, 1.5]  # the mean at the end of each bar
        assert found.numbers("cls_loss") == [2.5] * 3
        assert found.numbers("epoch") == [1, 2, 3]
        assert not {"GPU_mem", "Instances", "Size"} & set(found)

    def test_parts_of_the_loss_without_the_word(self, read):
        header = "     Epoch   gpu_mem       box       obj       cls    labels  img_size"
        found = read("".join(self.epoch(i, 4.0 - i, header) for i in range(3)))

        assert found.numbers("box_loss") == [4.0, 3.0, 2.0]
        assert {"obj_loss", "cls_loss"} <= set(found)

    def test_rows_without_a_bar(self, read):
        rows = "".join(
            f"     Epoch  iou_loss  dfl_loss  cls_loss\n     {i}/9     0.{9 - i}   nan   0.5\n"
            for i in range(4)
        )
        found = read(rows)

        assert found.numbers("iou_loss") == [0.9, 0.8, 0.7, 0.6]
        assert np.isnan(found.numbers("dfl_loss")).all()

    def test_a_row_with_too_few_cells_is_left_out(self, read):
        torn = f"{self.HEADER}\n      3/3      2.1G   0.5\n"
        found = read(self.epoch(1, 3.5) + self.epoch(2, 2.5) + torn)

        assert found.numbers("box_loss") == [3.5, 2.5]

    @pytest.mark.parametrize(
        ("header", "row"),
        [
            ("epoch\ttrain_loss\tvalid_loss\ttime", "{}\t{}\t{}\t00:12"),
            (
                "epoch     train_loss  valid_loss  time    ",
                "{}         {}         {}         00:12",
            ),
            ("Step\tTraining Loss\tValidation Loss", "{}\t{}\t{}"),
            ("| Epoch | Training Loss | Validation Loss |\n|---|---|---|", "| {} | {} | {} |"),
            ("  epoch    train_loss    valid_loss     dur\n-------  --------", "  {}  {}  {}  0.1"),
            ("epoch,train_loss,val_loss", "{},{},{}"),
        ],
    )
    def test_a_table_after_other_lines(self, read, header, row):
        rows = [row.format(i, 2.5 - i / 4, 2.75 - i / 4) for i in range(5)]
        found = read("\n".join(["Loading 5 files", "device 0: cuda", header, *rows]) + "\n")

        (train,) = (name for name in found if "rain" in name)
        (val,) = (name for name in found if "al" in name and name != train)
        assert found.numbers(train) == [2.5, 2.25, 2.0, 1.75, 1.5]
        assert found.numbers(val) == [2.75, 2.5, 2.25, 2.0, 1.75]
        counter = "step" if header.startswith("Step") else "epoch"
        assert found.numbers(counter) == [0, 1, 2, 3, 4]

    @pytest.mark.parametrize("first", [1, 7])
    def test_a_table_below_the_records_sums_them_up(self, read, first):
        records = "".join(f"epoch {i}: loss: {3 - i / 4}\n" for i in range(1, 11))
        best = "".join(f"{i}  {3 - i / 4}\n" for i in range(first, 11))

        assert read(f"{records}Epochs\nEpoch  Loss\n{best}").numbers("epoch") == [*range(1, 11)]

    def test_a_sentence_that_begins_with_epoch_is_no_header(self, read):
        lines = (
            "Epoch one is a warm up\n1/2 0.5 0.6 0.7 0.8 0.9\nepoch 1 loss 0.5\nepoch 2 loss 0.4\n"
        )

        assert read(lines).numbers("loss") == [0.5, 0.4]


@pytest.mark.parametrize("mean", ["avg", "avg loss"])
def test_darknet_says_what_a_number_is_behind_it(read, mean):
    region = "Region 82 Avg IOU: 0.5, Class: 0.5, Obj: 0.5, No Obj: 0.5, .5R: 0.5, count: 3\n"
    found = read(
        "".join(
            f"{region * 2}\n {i}: {loss}, {loss + 1} {mean}, 0.000100 rate, 2.5 seconds, {64 * i} images\n"
            "Loaded: 0.000030 seconds\n"
            for i, loss in ((1, 700.5), (2, 650.25), (3, float("nan")))
        )
    )

    assert found.numbers("step") == [1, 2, 3]
    assert found.numbers("loss")[:2] == [700.5, 650.25]
    assert np.isnan(found.numbers("loss")[2])
    assert found.numbers("avg_loss")[:2] == [701.5, 651.25]
    assert found.numbers("lr") == [1e-4] * 3


def test_lightgbm_tells_whose_loss_it_is(read):
    found = read(
        "".join(
            f"[{i}]\ttraining's binary_logloss: 0.{9 - i}\tvalid_1's binary_logloss: 0.9{i}\n"
            for i in (1, 2, 3)
        )
    )

    assert found.numbers("training's binary_logloss") == [0.8, 0.7, 0.6]
    assert found.numbers("valid_1's binary_logloss") == [0.91, 0.92, 0.93]
    assert found.numbers("step") == [1, 2, 3]


class TestLanguages:
    """Words of a training in other languages; names of columns are English then."""

    @pytest.mark.parametrize(
        "line",
        [
            "第 {}/30 轮，训练集损失：{}，验证集损失：{}，准确率：50.5%",
            "轮次 [{}/30] 训练损失: {} 验证损失: {} 学习率: 0.001",
            "Época {}/30, Perda de treino: {}, Perda de validação: {}",
            "Epoca {}/30 - Perdida entrenamiento: {} - Perdida validacion: {}",
            "Эпоха {}/30, Потери на обучении: {}, Потери на валидации: {}",
            "エポック {}: 訓練損失 {}, 検証損失 {}",
            "에포크 {}/30 - 학습 손실: {} - 검증 손실: {}",
            "Epoch {}/30, Eğitim kaybı: {}, Doğrulama kaybı: {}",
            "[训练] epoch={} loss={} | [验证] loss={}",
        ],
    )
    def test_an_epoch_with_both_losses(self, read, line):
        found = read("".join(line.format(i, 4 - i, 4.5 - i) + "\n" for i in (1, 2, 3)))

        losses = {name: values for name, (_, values) in found.items() if "loss" in name}
        assert sorted(losses.values()) == [[3.0, 2.0, 1.0], [3.5, 2.5, 1.5]]
        assert found.numbers("epoch") == [1, 2, 3]
        (train,) = (name for name, values in losses.items() if values[0] == 3.0)
        (val,) = losses.keys() - {train}
        assert (meaning(train).split, meaning(val).split) == ("train", "val")

    def test_marks_and_blocks_of_bars_are_no_letters(self, read):
        bar = "Epoch {}: 100%|██████████| 8/8 [00:01<00:00, 7.1it/s, loss={}]  ✓ ✅\n"

        assert read("".join(bar.format(i, 3 - i) for i in (0, 1, 2))).numbers("loss") == [3, 2, 1]
