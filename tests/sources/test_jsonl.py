"""JSON lines as training scripts write them; see the names of the tests."""

import contextlib
import json
import math
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lossdoc.errors import UnreadableLog
from lossdoc.sources import base, jsonl
from lossdoc.sources.base import Source

NAN, INF = math.nan, math.inf


@pytest.fixture
def log(tmp_path):
    """Makes a source of text or bytes."""

    def make(content, name="log.jsonl"):
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return Source(path, name)

    return make


def lines(*records):
    return "".join(json.dumps(record) + "\n" for record in records)


def columns(source):
    """Column name -> list of (row, value)."""
    (table,) = jsonl.read(source)
    return {
        c.name: list(zip(c.rows.tolist(), c.values.tolist(), strict=True)) for c in table.columns
    }


def issues(source):
    (table,) = jsonl.read(source)
    return [(i.kind, i.row, i.count, i.lost) for i in table.issues]


# ---- rows and values


def test_rows_of_different_kinds_keep_their_line_numbers(log):
    source = log(
        lines({"step": 1, "loss": 2.5}, {"step": 1, "eval_loss": 3}, {"step": 2, "loss": 2})
    )

    assert columns(source) == {
        "step": [(1, 1.0), (2, 1.0), (3, 2.0)],
        "loss": [(1, 2.5), (3, 2.0)],
        "eval_loss": [(2, 3.0)],
    }
    assert issues(source) == []


def test_a_key_may_come_late_and_an_integer_may_turn_float(log):
    """The traps in which table libraries lose a column or round it."""
    rows = [{"step": i, "loss": 2} for i in range(30_000)]
    rows += [{"step": 30_000, "loss": 2.5, "val_loss": 1.5}]

    found = columns(log(lines(*rows)))

    assert found["loss"][-1] == (30_001, 2.5)
    assert found["val_loss"] == [(30_001, 1.5)]


def test_nan_is_a_value_and_null_and_a_missing_key_are_none(log):
    source = log('{"loss": NaN, "x": 1}\n{"loss": null, "x": 2}\n{"x": 3}\n{"loss": 1, "x": 4}\n')

    (first, last) = columns(source)["loss"]

    assert first[0] == 1
    assert math.isnan(first[1])
    assert last == (4, 1.0)


@pytest.mark.parametrize(
    ("literal", "value"),
    [
        ("Infinity", INF),
        ("-Infinity", -INF),
        ("NaN", NAN),
        ("-NaN", NAN),
        ("nan", NAN),
        ("-nan", NAN),
        ("inf", INF),
        ("-inf", -INF),
        ("1e999", INF),
        ("-0", 0.0),
        ("123456789012345678901234567890", 123456789012345678901234567890.0),
        ("1" + "0" * 400, INF),
        ("-1" + "0" * 5000, -INF),
        ('"11.049"', 11.049),
        ('"NaN"', NAN),
        ('"1.5%"', 1.5),
        ("[3]", 3.0),
        ('["2.5"]', 2.5),
    ],
)
def test_numbers_in_every_spelling(log, literal, value):
    source = log(f'{{"loss": {literal}, "step": 1}}\n{{"loss": 7, "step": 2}}\n')

    (_, found), (row, last) = columns(source)["loss"]

    np.testing.assert_equal(found, value)
    assert (row, last) == (2, 7.0)
    assert issues(source) == []


@pytest.mark.parametrize("literal", ["true", "false", "[1, 2]", "[]", '"0:03:29"', '"adam"', "{}"])
def test_what_is_no_number_makes_no_column(log, literal):
    source = log(f'{{"step": 1, "x": {literal}}}\n{{"step": 2, "x": {literal}}}\n')

    assert set(columns(source)) == {"step"}


def test_a_column_of_texts_gives_its_few_numbers(log):
    source = log(lines({"step": 1, "x": "warming up"}, {"step": 2, "x": "0.5"}))

    assert columns(source)["x"] == [(2, 0.5)]


def test_a_column_of_numbers_keeps_them_beside_booleans_texts_and_lists(log):
    source = log(lines(*({"step": i, "x": x} for i, x in enumerate([1.5, True, "n/a", [1, 2], 4]))))

    assert columns(source)["x"] == [(1, 1.5), (5, 4.0)]


def test_text_that_looks_like_a_literal_stays_text(log):
    source = log('{"note": "loss: NaN, step: Infinity}", "loss": NaN, "isNaN": 1}\n')

    (table,) = jsonl.read(source)

    assert [c.name for c in table.columns] == ["loss", "isNaN"]


def test_nested_keys_are_joined_by_slashes(log):
    source = log(lines({"step": 1, "train": {"loss": 0.5, "by": {"head": 2}}, " lr ": 0.1}))

    assert set(columns(source)) == {"step", "train/loss", "train/by/head", "lr"}


def test_nested_objects_may_differ_from_row_to_row(log):
    source = log(lines({"m": {"a": 1}}, {"m": {"b": 2}}, {"m": None}, {"m": 3}, {"m": {"a": 4}}))

    assert columns(source) == {"m/a": [(1, 1), (5, 4)], "m/b": [(2, 2)], "m": [(4, 3)]}


# ---- lines


def test_blank_lines_count_as_lines(log):
    source = log('\n{"loss": 1}\n\n   \n{"loss": 2}\n\n')

    assert columns(source)["loss"] == [(2, 1), (5, 2)]
    assert issues(source) == []


def test_windows_line_ends(log):
    source = log('{"loss": 1}\r\n\r\n{"loss": 2}\r\n')

    assert columns(source)["loss"] == [(1, 1), (3, 2)]


def test_lines_that_are_no_json_are_counted_and_lost(log):
    source = log('{"loss": 1}\nsaved checkpoint\n{"loss": 2\n{"loss": 3}\n[1]\n')

    assert columns(source)["loss"] == [(1, 1), (4, 3)]
    assert issues(source) == [("skipped-lines", 2, 3, True)]


def test_a_torn_last_line_is_left_out_without_a_loss(log):
    source = log('{"step": 1, "loss": 1}\n{"step": 2, "lo')

    assert columns(source) == {"step": [(1, 1)], "loss": [(1, 1)]}
    assert issues(source) == [("torn-tail", 2, 1, False)]


def test_a_last_line_without_newline_counts_when_it_is_whole(log):
    source = log('{"loss": 1}\n{"loss": 2}')

    assert columns(source)["loss"] == [(1, 1), (2, 2)]
    assert issues(source) == []


def test_two_objects_in_one_line_and_one_in_two_lines_do_not_shift_the_numbers(log):
    source = log('{"loss": 1}{"loss": 2}\n{"x":\n5}\n{"loss": 4}\n')

    assert columns(source)["loss"] == [(1, 1), (4, 4)]
    assert issues(source) == [("skipped-lines", 1, 3, True)]


def test_a_line_of_many_open_quotes_takes_no_time(log):
    source = log('{"loss": 1}\n{"a": "' + '\\"' * 300_000 + "\n")

    start = time.process_time()

    assert issues(source) == [("skipped-lines", 2, 1, True)]
    assert time.process_time() - start < 5


def test_zero_bytes_after_a_crash_do_not_hide_the_row_behind_them(log):
    source = log(b'{"loss": 1}\n' + bytes(64) + b'{"loss": 2}\n')

    assert columns(source)["loss"] == [(1, 1), (2, 2)]


def test_bad_bytes_in_a_text_do_not_cost_the_row(log):
    source = log(b'{"note": "\xff\xfe", "loss": 1}\n{"loss": 2}\n')

    assert columns(source)["loss"] == [(1, 1), (2, 2)]


def test_very_deep_nesting_is_skipped_and_counted(log):
    source = log('{"loss": 1}\n' + '{"a":' * 5000 + "1" + "}" * 5000 + '\n{"loss": 2}\n')

    assert columns(source)["loss"] == [(1, 1), (3, 2)]
    assert issues(source) == [("skipped-lines", 2, 1, True)]


@pytest.mark.parametrize(
    "prefix",
    ["json_stats: ", "INFO:root:", "[2026-01-01 10:00:00,123] [rank {0}] ", "\x1b[32m>>> "],
)
def test_a_prefix_before_the_object(log, prefix):
    text = "".join(f'{prefix}{{"epoch": {i}, "loss": {i}.5}}\n' for i in range(1, 5))
    source = log("loading data ...\n" + text + "done\n", "log.txt")

    assert jsonl.sniff(source) is not None
    assert columns(source)["loss"] == [(i + 1, i + 0.5) for i in range(1, 5)]
    assert issues(source) == [("other-text", 1, 2, False)]


def test_a_damaged_object_behind_a_prefix_is_lost_but_other_text_is_not(log):
    source = log('log: {"loss": 1}\nepoch done\nlog: {"loss": 2\nlog: {"loss": 3}\n')

    assert issues(source) == [("skipped-lines", 3, 1, True), ("other-text", 2, 1, False)]


def test_rows_that_end_in_commas(log):
    source = log('{"loss": 1},\n{"loss": 2},\n')

    assert jsonl.sniff(source) is not None
    assert columns(source)["loss"] == [(1, 1), (2, 2)]
    assert issues(source) == []


def test_blocks_do_not_change_what_is_read(log, monkeypatch):
    rows = [
        {"step": i, "loss": 1 / (i + 1)} if i % 7 else {"step": i, "val": i} for i in range(500)
    ]
    text = lines(*rows).replace("0.125", "NaN") + "oops\n" + lines({"step": 500, "loss": 1})
    whole = columns(log(text))

    monkeypatch.setattr(jsonl, "_BLOCK", 100)

    np.testing.assert_equal(columns(log(text)), whole)


# ---- formats of frameworks


def test_mode_becomes_part_of_the_names(log):
    """As mmcv writes it: ``iter`` of a validation row counts validation batches."""
    source = log(
        lines(
            {"env_info": "Python 3.8, CUDA ...", "config": "lr = 0.1", "exp_name": "a.py"},
            {"mode": "train", "epoch": 1, "iter": 50, "lr": 0.02, "loss": 2.5, "memory": 3000},
            {"mode": "train", "epoch": 1, "iter": 100, "lr": 0.02, "loss": 2.0, "memory": 3000},
            {"mode": "val", "epoch": 1, "iter": 3750, "lr": 0.02, "bbox_mAP": 0.1},
        )
    )

    found = columns(source)

    assert found["epoch"] == [(2, 1), (3, 1), (4, 1)]
    assert found["iter"] == [(2, 50), (3, 100)]
    assert found["train/loss"] == [(2, 2.5), (3, 2.0)]
    assert found["val/bbox_mAP"] == [(4, 0.1)]
    assert set(found) == {"epoch", "iter", "train/lr", "train/loss", "train/memory", "val/bbox_mAP"}
    assert issues(source) == []


@pytest.mark.parametrize("key", ["mode", "split", "phase", "stage"])
@pytest.mark.parametrize(
    ("word", "name"), [("train", "train"), ("Validation", "val"), ("eval", "val"), ("test", "test")]
)
def test_every_way_to_name_a_part_of_the_data(log, key, word, name):
    source = log(lines({key: word, "step": 5, "loss": 1, f"{name}_acc": 2}))

    assert set(columns(source)) == {"step", f"{name}/loss", f"{name}_acc"}


def test_parts_of_the_validation_data_do_not_mix(log):
    source = log(lines(*({"split": s, "step": 1, "loss": 1} for s in ("train", "val_a", "val-b"))))

    assert set(columns(source)) == {"step", "train/loss", "val_a/loss", "val-b/loss"}


def test_messages_are_no_parts_of_the_data(log):
    words = ("training has begun", "train_step_100", "train_step_200", "evaluated")
    source = log(lines(*({"event": word, "step": 1, "loss": 1} for word in words)))

    assert set(columns(source)) == {"step", "loss"}


def test_a_mode_that_names_no_part_of_the_data_changes_nothing(log):
    source = log(lines({"mode": "max", "stage": 2, "step": 5, "loss": 1}))

    assert set(columns(source)) == {"stage", "step", "loss"}


def test_the_summary_row_of_hugging_face_adds_no_point(log):
    source = log(
        lines(
            {"loss": 0.5, "learning_rate": 1e-4, "epoch": 1.0, "step": 10},
            {"train_runtime": 9.5, "train_samples_per_second": 7, "train_steps_per_second": 1,
             "total_flos": 1e15, "train_loss": 1.9, "epoch": 1.0, "step": 10},
        )
    )  # fmt: skip

    assert set(columns(source)) == {"loss", "learning_rate", "epoch", "step"}


def test_epoch_rows_with_a_runtime_of_their_own_keep_their_loss(log):
    source = log(lines(*({"epoch": i, "train_loss": 1, "train_runtime": 30} for i in range(3))))

    assert len(columns(source)["train_loss"]) == 3


def test_settings_before_the_rows_are_context_and_no_columns(log):
    source = log(
        lines(
            {"config": {"lr": 0.1, "batch_size": 32, "optim": "SGD", "seed": 3, "amp": True}},
            {"step": 1, "loss": 0.5, "lr": 0.1},
            {"step": 2, "loss": 0.4, "lr": 0.1},
        )
    )

    (table,) = jsonl.read(source)

    assert table.context == {"learning_rate": 0.1, "batch_size": 32, "optimizer": "SGD"}
    assert table.settings == {"config/amp": "true"}
    assert [c.name for c in table.columns] == ["step", "loss", "lr"]


def test_settings_repeated_in_every_row_are_context_and_columns(log):
    source = log(
        lines(*({"epoch": i, "loss": 1 / i, "batchSize": 128, "max_epoch": 9} for i in range(1, 4)))
    )

    (table,) = jsonl.read(source)

    assert table.context == {"batch_size": 128, "epochs": 9}
    assert "batchSize" in [c.name for c in table.columns]


def test_rows_of_learning_rate_and_accuracy_are_no_settings(log):
    source = log(lines({"lr": 0.1, "acc": 0.5}, {"lr": 0.01, "acc": 0.7}))

    assert columns(source) == {"lr": [(1, 0.1), (2, 0.01)], "acc": [(1, 0.5), (2, 0.7)]}


def test_rows_that_only_repeat_settings_are_columns_where_there_is_nothing_else(log):
    source = log(lines({"lr": 0.1, "batch_size": 8}, {"lr": 0.01, "batch_size": 8}))

    assert columns(source)["lr"] == [(1, 0.1), (2, 0.01)]


# ---- recognising


@pytest.mark.parametrize(
    "text",
    [
        "epoch,loss\n1,0.5\n",
        "plain text\n",
        "",
        '{\n  "name": "package",\n  "version": "1.0"\n}\n',
        '{"log_history": [{"step": 1, "loss": 2}, {"step": 2, "loss": 1}], "epoch": 1.0, "x": 3}',
        '[\n{"step": 1, "loss": 2},\n{"step": 2, "loss": 1}\n]\n',
        '{"history": [\n  {"step": 1, "loss": 2},\n  {"step": 2, "loss": 1}\n]}\n',
        '{"loss": [1, 2, 3], "seed": 1, "lr": 0.1, "epochs": 3}',
        'config {"lr": 0.1}\nstep 1 loss 0.5\nstep 2 loss 0.4\nstep 3 loss 0.3\n',
        "{'loss': 0.5, 'epoch': 1.0}\n{'loss': 0.4, 'epoch': 2.0}\n",
    ],
)
def test_other_formats_are_left_to_their_readers(log, text):
    assert jsonl.sniff(log(text)) is None


@pytest.mark.parametrize(
    "text",
    [
        '{"step": 1, "loss": 2}\n',
        '{"step": 1, "loss": 2}',
        'oss": 3}\n{"step": 1, "loss": 2}\n{"step": 2, "loss": 2}\n',
        '{"step" 0, "loss": 3}\n{"step": 1, "loss": 2}\n{"step": 2, "loss": 2}\n',
        '{"epoch": 0, "train_loss": 2, "test_coco_eval_bbox": [0.1, 0.2, 0.3]}\n',
        '{"step": 1, "loss": 2, "loss_by_layer": [1, 2, 3]}\n',
        '{"env_info": "' + "x" * 70_000 + '"}\n{"mode": "train", "epoch": 1, "loss": 1}\n',
        "{\n lua : 1\n}\n" * 30 + 'json: {"epoch": 1, "loss": 2}\njson: {"epoch": 2, "loss": 1}\n',
    ],
)
def test_json_lines_are_known_by_their_structure_whatever_their_name(log, text):
    assert jsonl.sniff(log(text, "history.txt")) is not None


def test_a_file_without_any_object_is_unreadable(log):
    with pytest.raises(UnreadableLog, match=r"no line of log\.jsonl holds a JSON object"):
        jsonl.read(log("step 1\nstep 2\n"))


# ---- against the standard library, and against damage

_NUMBERS = st.one_of(
    st.floats(width=64), st.integers(-(2**70), 2**70), st.floats().map(repr), st.none()
)
_WORDS = st.text('aN1.e- é"\\\n\t:{', min_size=1, max_size=4)
_VALUES = st.one_of(_NUMBERS, st.booleans(), _WORDS, st.lists(_NUMBERS, max_size=2))
_KEYS = st.sampled_from(["loss", "step", "val_loss", "a b", "x"]) | _WORDS
_ROWS = st.lists(st.dictionaries(_KEYS, _VALUES, max_size=5), min_size=1, max_size=12)


def oracle(text):
    """The same rows by the standard library, one value at a time."""
    found = {}
    for number, line in enumerate(text.split("\n"), 1):
        for key, value in (json.loads(line) if line else {}).items():
            if isinstance(value, list) and len(value) == 1:
                (value,) = value  # noqa: PLW2901 - a list of one is its element
            if isinstance(value, str):
                value = base.parse_cell(value)  # noqa: PLW2901
            if isinstance(value, float | int) and not isinstance(value, bool):
                found.setdefault(key.strip(), {})[number] = float(value)
    return {key: list(values.items()) for key, values in found.items()}


@settings(max_examples=200)
@given(rows=_ROWS)
def test_equal_to_the_standard_library(rows):
    text = lines(*rows)
    records = jsonl.flatten.Records()
    reader = jsonl._Lines(records)
    reader.add(text.encode())
    found = {
        c.name: list(zip(c.rows.tolist(), c.values.tolist(), strict=True))
        for c in records.table().columns
    }

    np.testing.assert_equal(found, oracle(text))
    assert reader.issues() == []


GOOD = lines(*({"step": i, "loss": 1 / (i + 1), "lr": 0.1} for i in range(40))).encode()


@settings(max_examples=200)
@given(
    cut=st.integers(0, len(GOOD)),
    flips=st.lists(st.tuples(st.integers(0, len(GOOD) - 1), st.integers(1, 255)), max_size=3),
)
def test_damage_never_crashes_and_every_lost_line_is_counted(tmp_path_factory, cut, flips):
    data = bytearray(GOOD)
    for place, bits in flips:
        data[place] ^= bits
    del data[cut:]
    path = tmp_path_factory.mktemp("damage") / "log.jsonl"
    path.write_bytes(data)
    try:
        (table,) = jsonl.read(Source(path, "log"))
    except UnreadableLog:
        return

    accounted = {row for c in table.columns for row in c.rows.tolist()}
    skipped = sum(i.count for i in table.issues)
    written = [line for line in bytes(data).split(b"\n") if line.strip(b"\0 \t\r\x0b\x0c")]

    assert len(accounted) + skipped >= len(written) - _without_numbers(written)


def _without_numbers(written):
    """Lines that the damage turned into objects without any number."""
    return sum(_numbers(line) == 0 for line in written)


def _numbers(line):
    found = jsonl.jsontext.find_object(line)
    if found is None:
        return -1
    return sum(jsonl.flatten.scalar(v) is not None for _, v in jsonl.flatten.leaves(found.value))


@given(st.binary(max_size=300))
def test_random_bytes_never_crash(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("random") / "log"
    path.write_bytes(data)
    source = Source(path, "log")

    with contextlib.suppress(UnreadableLog):
        jsonl.sniff(source)
        assert all(np.all(np.diff(c.rows) > 0) for c in jsonl.read(source)[0].columns)
