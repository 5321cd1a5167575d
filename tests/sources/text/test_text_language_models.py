"""Logs of language models, imitated; every test names what could go wrong."""

import numpy as np
import pytest

from lossdoc.sources import textlog


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
        assert found.numbers("loss") == [11.0, 10.9]
        assert found.numbers("norm") == [15.37, 14.1]

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
        assert found.numbers("lm loss")[0] == 12.44238
        assert np.isnan(found.numbers("lm loss")[1])
        assert found.numbers("grad norm") == [67.593, np.inf]
        assert found.numbers("number of nan iterations") == [0, 0]
        assert found["val/lm loss value"] == ([5], [7.5])
        assert found["step"] == ([1, 3, 5], [1, 2, 2])
        assert not any("memory" in name or "allocated" in name for name in found)

    def test_only_one_of_several_ranks_is_read(self, read):
        text = "".join(
            f"[rank{rank}]: step {step} loss {3 - 0.1 * step + rank}\n"
            for step in range(4)
            for rank in (1, 0, 2)
        )
        assert read(text).numbers("loss") == pytest.approx([3.0, 2.9, 2.8, 2.7])

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
        assert np.isnan(found.numbers("grad_norm")[1])
        assert found["eval_loss"] == ([6], [1.4])
        assert found["epoch"] == ([3, 5, 6], [0.1, 0.2, 0.2])
        assert "train_loss" not in found  # the mean of the whole run

    def test_numbers_in_quotes(self, read):
        found = read("{'loss': '2.1', 'epoch': '0.1'}\n{'loss': '2.0', 'epoch': '0.2'}\n")
        assert found.numbers("loss") == [2.1, 2.0]

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
