"""Numbers in a line, and what only looks like one."""

import pytest

from lossdoc.sources.text.tokens import TOKEN, is_code, scale


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("a=1 b=-2.5 c=+3e-05 d=.5 e=5. f=1.244238E+01", ["1", "-2.5", "+3e-05", ".5", "5.", "1.244238E+01"]),
        ("a=nan b=-NaN c=inf d=-Infinity e=1.#QNAN f=-1.#IND00", ["nan", "-NaN", "inf", "-Infinity", "1.#QNAN", "-1.#IND00"]),
        ("acc1 top-5 mAP@0.5 resnet50 v1.2 #0 x3", []),
        ("number of nan iterations: 0, INFO, nanms", ["0"]),
        ("1,048,576 tokens", ["1,048,576"]),
        ("[60,120,160]", ["60", "120,160"]),
        ("2024-01-31 10:00:59,123 3/15/24 1:02:03 [00:02<00:05,", ["2024-01-31 10:00:59,123", "3/15/24", "1:02:03", "00:02", "00:05"]),
        ("[10/50] 9815/10000 (98%)", ["10", "50", "9815", "10000", "98"]),
        ("[Rank 0] (after 10 iterations)", ["10"]),
    ],
)  # fmt: skip
def test_tokens(text, tokens):
    assert TOKEN.split(text)[1::2] == tokens


@pytest.mark.parametrize(
    ("token", "after", "factor"),
    [
        ("5", "", 1.0), ("5", "%", 1.0), ("5", "ms,", 1.0), ("1.2", "k", 1e3), ("3", "M tokens", 1e6),
        ("3", "x3 kernel", None), ("31", "%|###  |", None), ("10:00:39", "", None),
        ("2024-01-31", "", None), ("2", "nd", None), ("-1e-05", "", 1.0),
    ],
)  # fmt: skip
def test_units(token, after, factor):
    assert scale(token, after) == factor


@pytest.mark.parametrize(
    "line",
    [
        "optimizer = torch.optim.Adam(params, lr=0.3, betas=(0.9, 0.95))",
        "Namespace(batch_size=64, lr=0.1)",
        "    loss_cls=dict(type='FocalLoss', loss_weight=1.0),",
        "    assert loss.item() < 5",
        "    if step % 100 == 0:",
        'print(f"step:{step} loss:{loss:.4f}")',
        "    num_iterations : int = 1530",
        "    batch = 4 * shape[0]",
        '  "loss": 0.5,',
        "  --lr 0.1 --epochs 3",
    ],
)
def test_code(line):
    assert is_code(line)


@pytest.mark.parametrize(
    "line",
    [
        "Epoch(val) [1][100] loss: 0.5",
        "loss: tensor(0.5, device='cuda:0')",
        "60/60 [==============================] - 1s - loss: 0.5",
        "===== Epoch 3 =====",
        "{'loss': 1.99, 'epoch': 0.01}",
        "step = 5, loss = 0.5",
        "    Test net output #1: loss = 0.3 (* 1 = 0.3 loss)",
    ],
)
def test_no_code(line):
    assert not is_code(line)
