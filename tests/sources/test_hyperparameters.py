"""Settings beside a log, and what only looks like one."""

import pytest

from lossdoc.sources.hyperparameters import collect


@pytest.mark.parametrize(
    ("path", "value", "precision"),
    [
        ("trainer/precision", "16-mixed", "float16"),
        ("precision", "bf16-mixed", "bfloat16"),
        ("precision", 16, "float16"),
        ("mixed_precision", "fp16", "float16"),
        ("mixed_precision", "no", "float32"),
        ("model/torch_dtype", "torch.bfloat16", "bfloat16"),
        ("args/fp16", True, "float16"),
        ("fp16", "True", "float16"),
        ("bf16", True, "bfloat16"),
        ("fp16", False, None),
        ("val/precision", 0.83, None),
        ("val/precision", 16.0, None),
        ("dtype", "int64", None),
        ("fp", 16, None),
    ],
)
def test_number_formats_have_many_names(path, value, precision):
    assert collect([(path, value)]).get("precision") == precision


def test_the_first_of_a_name_wins():
    assert collect([("precision", "bf16"), ("fp16", True)]) == {"precision": "bfloat16"}
