"""Progress bars, which show the same thing many times."""

import pytest


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
        assert found.numbers("loss") == [1.0, 0.5]
        assert found.numbers("val_loss") == [2.0, 1.0]
        assert found.numbers("epoch") == [1, 2]

    def test_keras_3(self, read):
        text = "".join(
            f"Epoch {e}/2\n"
            f"\x1b[1m1/3\x1b[0m \x1b[32m━━━━\x1b[0m\x1b[37m━━━\x1b[0m \x1b[1m9s\x1b[0m 9ms/step - loss: 9.0\r"
            f"\x1b[1m3/3\x1b[0m \x1b[32m━━━━━━━\x1b[0m \x1b[1m1s\x1b[0m 5ms/step - loss: {1 / e}\n"
            for e in (1, 2)
        )
        assert read(text).numbers("loss") == [1.0, 0.5]

    def test_keras_evaluation_is_no_epoch(self, read):
        bar = "{0}/{0} [==========] - 1s 5ms/step - loss: {1}\n"
        found = read(
            "Epoch 1/2\n"
            + bar.format(60, 0.9)
            + "Epoch 2/2\n"
            + bar.format(60, 0.8)
            + bar.format(10, 5.0)
        )
        assert found.numbers("loss") == [0.9, 0.8]

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
        assert found.numbers("val_loss") == [0.7, 0.4]
        assert found.numbers("loss")[-2:] == [0.6, 0.5]
        assert "v_num" not in found

    def test_a_bar_refreshed_at_the_same_step_counts_once(self, read):
        bar = "Training:  31%|▋   | {}/16 [00:01<00:02,  3.7it/s, epoch=0, step={}, loss={}]\r"
        text = bar.format(4, 4, 1.5) + bar.format(5, 4, 1.5) + bar.format(5, 5, 1.25) + "\n"
        found = read(text)
        assert found["step"] == ([2, 3], [4, 5])
        assert found.numbers("train/loss") == [1.5, 1.25]
