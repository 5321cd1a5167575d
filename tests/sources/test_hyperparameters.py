"""Settings beside a log, and what only looks like one."""

import math

import pytest

import lossdoc
from lossdoc.sources.hyperparameters import collect, others


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


@pytest.mark.parametrize(
    ("path", "value", "kept"),
    [
        ("model/depth", "12", {"model/depth": 12.0}),
        ("/dropout", 0.1, {"dropout": 0.1}),
        ("model_name", " gpt2 ", {"model_name": "gpt2"}),
        ("amp", True, {"amp": "true"}),
        ("learning_rate", 0.1, {}),
        ("fp16", True, {}),
        ("data_seed", 3, {}),
        ("runName", "owl-12", {}),
        ("output_dir", "/tmp/x", {}),
        ("betas", [0.9, 0.99], {}),
        ("limit", math.nan, {}),
        ("prompt", "word " * 40, {}),
        ("x" * 100, 1, {}),
    ],
)
def test_other_settings_keep_their_names_but_for_what_trains_nothing(path, value, kept):
    assert others([(path, value)]) == kept


def test_a_log_that_lists_thousands_of_settings_is_no_trouble():
    assert len(others((f"a{i}", i) for i in range(100_000))) == 500


def test_a_printed_namespace_tells_settings(tmp_path):
    log = tmp_path / "train.log"
    rows = [f"step {i} loss {1 / i:.4f}" for i in range(1, 9)]
    log.write_text("\n".join(["Namespace(lr=0.1, dropout=0.2, arch='vit')", *rows]) + "\n")

    run = lossdoc.load(log)

    assert run.context == {"learning_rate": 0.1}
    assert run.settings == {"dropout": 0.2, "arch": "vit"}


@pytest.mark.parametrize(
    "name", ["api_key", "wandb/apiKey", "HF_TOKEN", "db.password", "client-secret", "auth"]
)
def test_texts_that_may_be_secret_are_left_out(name):
    assert others([(name, "hunter2"), ("num_key_value_heads", 8)]) == {"num_key_value_heads": 8.0}
