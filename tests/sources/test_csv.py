"""Delimited logs in every dialect: the right series, and nothing lost in silence."""

import csv as stdlib_csv
import gzip
import io
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import zstandard
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from lossdoc.errors import NoUsableMetric, UnreadableLog
from lossdoc.sources import csv
from lossdoc.sources.base import Source, Table

LOG = "step,loss,acc\n1,0.5,0.25\n2,0.75,0.5\n3,0.125,0.75\n"
SERIES = {"step": [1, 2, 3], "loss": [0.5, 0.75, 0.125], "acc": [0.25, 0.5, 0.75]}


@pytest.fixture
def source(tmp_path):
    """Make a source of bytes or text."""

    def make(content, name="log.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return Source(path, str(path))

    return make


@pytest.fixture
def read(source):
    """Read the one table of a text that is recognised."""

    def reader(content, name="log.csv"):
        made = source(content, name)
        assert csv.sniff(made) is not None
        (table,) = csv.read(made)
        return table

    return reader


def series(table):
    """Values by column."""
    return {column.name: column.values.tolist() for column in table.columns}


def rows(table, name):
    """Line numbers of one column."""
    return next(column.rows.tolist() for column in table.columns if column.name == name)


def issues(table):
    """Kind -> (first row, count, lost)."""
    return {i.kind: (i.row, i.count, i.lost) for i in table.issues}


# ---- dialects


def utf8(text):
    return text.encode()


@pytest.mark.parametrize(
    "content",
    [
        utf8(LOG),
        utf8(LOG.replace(",", "\t")),
        utf8(LOG.replace(",", ";")),
        utf8(LOG.replace(",", ";").replace(".", ",")),
        utf8(LOG.replace(",", "\t").replace(".", ",")),
        utf8(LOG.replace(",", " | ")),
        utf8(LOG.replace(",", "|")),
        utf8(LOG.replace(",", ",        ").replace("\n", "\n      ").rstrip(" ")),
        utf8(LOG.replace("\n", "\r\n")),
        utf8(LOG.replace("\n", "\r\r\n")),
        utf8(LOG.replace("\n", "\r")),
        utf8(LOG.replace(",", "\t").replace("\n", "\t\n")),
        utf8(LOG.replace("\n", ",\n")),
        utf8("".join('"' + line.replace(",", '","') + '"\n' for line in LOG.split())),
        utf8(LOG.rstrip("\n")),
        b"\xef\xbb\xbf" + utf8(LOG),
        LOG.encode("utf-16"),
        LOG.encode("utf-16-be"),
        LOG.replace("\n", "\r\n").encode("utf-16-le"),
        gzip.compress(utf8(LOG)),
        zstandard.compress(utf8(LOG)),
        utf8("sep=;\n" + LOG.replace(",", ";")),
        utf8("| step | loss | acc |\n|---:|---:|---:|\n| 1 | 0.5 | 0.25 |\n| 2 | 0.75 | 0.5 |\n")
        + b"| 3 | 0.125 | 0.75 |\n",
        utf8(
            "+---+---+---+\n| step | loss | acc |\n+===+===+===+\n| 1 | .5 | .25 |\n+---+---+---+\n"
        )
        + b"| 2 | .75 | .5 |\n+---+---+---+\n| 3 | .125 | .75 |\n+---+---+---+\n",
    ],
)
def test_every_dialect_gives_the_same_series(read, content):
    table = read(content)

    assert series(table) == SERIES
    assert table.issues == ()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (LOG, "comma-separated, 3 columns, header step,loss,acc"),
        ("a;b\n1;0,5\n", "semicolon-separated with decimal comma, 2 columns, header a,b"),
        ("\t".join("abcdefgh") + "\n" + "\t".join("12345678"), "tab-separated, 8 columns, header "),
        ("loss\n0.5\n0.4\n0.3\n", "comma-separated, 1 column, header loss"),
        ("epoch,loss\n", "comma-separated, 2 columns, header epoch,loss"),
        ("epoch,loss\n1,0.5", "comma-separated, 2 columns, header epoch,loss"),
    ],
)
def test_why_it_is_accepted(source, content, reason):
    assert csv.sniff(source(content)).startswith(reason)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "\n\n",
        "step: 1, loss: 2.3, lr: 0.1\nstep: 2, loss: 2.2, lr: 0.1\nstep: 3, loss: 2.1, lr: 0.1\n",
        "Epoch 1/3, Batch 1, Step 1: Loss = 10.9\nEpoch 1/3, Batch 2, Step 2: Loss = 9.8\n",
        "Dear Bob, hello\nthe run broke, alas\nin step 10, I think\n",
        "All done, thanks\n",
        "import os, sys\n\ndef f(a, b):\n    return a, 1\n\nx = [1, 2]\n",
        "from .impl import thing, other  # noqa: F401\n",
        '{"step": 1, "loss": 2.3}\n{"step": 2, "loss": 2.2}\n',
        "[\n1.0, 2.0,\n3.0, 4.0\n]\n",
        "int a[] = {1, 2,\n3, 4,\n5, 6};\n",
        "2024-01-01 10:00:00,123 INFO step 1\n2024-01-01 10:00:01,456 INFO step 2\n",
        "x" * 70_000,
        b"\x00\x01\x02,\x03\n" * 100,
        "name,city\nanna,rome\nbert,paris\n",
    ],
)
def test_what_is_no_table_of_numbers_is_not_taken(source, content):
    assert csv.sniff(source(content)) is None


def test_a_table_without_a_header_is_asked_for_one(source):
    made = source("0,1.5\n1,1.25\n2,1.125\n")

    assert csv.sniff(made) == "a table without a header"
    with pytest.raises(NoUsableMetric, match="without a header") as refusal:
        csv.read(made)
    assert "names the columns" in refusal.value.hint
    assert refusal.value.details == ("0,1.5", "1,1.25")


def test_asked_for_though_it_is_none(source):
    with pytest.raises(UnreadableLog, match="no table with a header") as refusal:
        csv.read(source("Dear Bob\nthe run broke\n"))

    assert "must name the columns" in refusal.value.hint
    assert refusal.value.details == ("Dear Bob", "the run broke")


@pytest.mark.parametrize("name", ["losses.csv", "train_loss_history.csv"])
def test_parts_of_the_data_are_losses_where_the_file_is_named_after_losses(read, name):
    table = read("step,train,val\n0,2.5,2.75\n10,2.25,2.5\n", name)

    stem = name.removesuffix(".csv")
    assert series(table) == {
        "step": [0, 10],
        f"{stem}/train": [2.5, 2.25],
        f"{stem}/val": [2.75, 2.5],
    }


@pytest.mark.parametrize(
    ("name", "header"), [("accuracy.csv", "step,train,val"), ("losses.csv", "step,loss,val")]
)
def test_parts_of_the_data_keep_their_names_elsewhere(read, name, header):
    assert list(series(read(header + "\n0,2.5,2.75\n", name))) == header.split(",")


@pytest.mark.parametrize(
    "cell", ["[0.5]", "[[0.5]]", "[ 0.5 ]", "tensor([0.5])", "np.float64(0.5)"]
)
def test_numbers_in_brackets(read, cell):
    table = read("epoch,loss\n" + "".join(f"{e},{cell}\n" for e in range(1, 4)))

    assert series(table)["loss"] == [0.5, 0.5, 0.5]


def test_a_list_of_several_numbers_is_none(read):
    table = read("epoch,loss,weights\n" + "".join(f"{e},0.5,[1. 2.]\n" for e in range(1, 4)))

    assert set(series(table)) == {"epoch", "loss"}


def test_a_header_alone_is_a_table_without_rows(read):
    table = read("epoch,loss\n")

    assert series(table) == {"epoch": [], "loss": []}


def test_a_trading_log_is_read_as_any_other(read):
    table = read("time,symbol,price,note\n2024-01-01,BTC,61000.5,ok\n2024-01-02,BTC,62000.5,\n")

    assert series(table) == {"price": [61000.5, 62000.5]}


# ---- cells


def test_nan_and_nothing_are_kept_apart(read):
    table = read("step,loss,acc\n1,nan,0.5\n2,,0.5\n3, ,0.5\n4,NaN,0.5\n5,None,0.5\n6,null,0.5\n")

    np.testing.assert_array_equal(series(table)["loss"], [np.nan, np.nan])
    assert rows(table, "loss") == [2, 5]


def test_numbers_as_people_write_them(read):
    cells = ["inf", "-inf", "Infinity", "12.5%", '"0.5"', "tensor(1.5)", "1e-3", "+2", "-.5"]
    table = read("step,loss\n" + "".join(f"{i},{cell}\n" for i, cell in enumerate(cells)))

    assert series(table)["loss"] == [np.inf, -np.inf, np.inf, 12.5, 0.5, 1.5, 1e-3, 2, -0.5]


def test_a_tensor_with_its_device(read):
    table = read(
        "step,loss\n1,\"tensor(1.5, device='cuda:0')\"\n2,\"tensor(2.5, device='cuda:0')\"\n"
    )

    assert series(table)["loss"] == [1.5, 2.5]


def test_a_tensor_whose_comma_was_not_quoted(read):
    table = read("step,loss\n1,0.5\n2,tensor(1.5, device='cuda:0')\n3,0.25\n")

    assert series(table)["loss"] == [0.5, 1.5, 0.25]
    assert issues(table)["extra-fields"] == (3, 1, True)


def test_text_among_numbers_is_counted(read):
    table = read("step,loss\n1,0.5\n2,oops\n3,0.25\n4,oops\n5,0.125\n")

    assert series(table)["loss"] == [0.5, 0.25, 0.125]
    assert issues(table) == {"unreadable-cells": (3, 2, True)}


def test_columns_of_text_are_dropped_quietly(read):
    table = read("time,step,loss,note\n04:39,1,0.5,a\n04:36,2,0.25,b\n04:31,3,0.125,7\n")

    assert series(table) == {"step": [1, 2, 3], "loss": [0.5, 0.25, 0.125]}
    assert table.issues == ()


def test_a_quoted_text_with_commas_and_newlines(read):
    table = read('step,note,loss\n1,"a, b",0.5\n2,"c\nd, e\nf",0.25\n3,"say ""hi""",0.125\n')

    assert series(table) == {"step": [1, 2, 3], "loss": [0.5, 0.25, 0.125]}
    assert rows(table, "loss") == [2, 3, 6]


def test_a_stray_quote_does_not_swallow_the_rest(read):
    body = "".join(f"{i},{i / 8}\n" for i in range(500))
    table = read("step,loss\n" + body.replace("7,0.875\n", '7,0.8"75\n', 1))

    assert series(table)["step"] == list(range(500))
    assert series(table)["loss"][8] == 1.0


# ---- headers


def test_rows_are_line_numbers(read):
    table = read("# a comment\n\nstep,loss\n1,0.5\n\n# another\n2,0.25\n")

    assert rows(table, "loss") == [4, 7]
    assert table.issues == ()


def test_a_monitor_of_stable_baselines(read):
    table = read('#{"t_start": 1699.5, "env_id": "CartPole-v1"}\nr,l,t\n10.0,10,0.5\n12.0,12,0.9\n')

    assert series(table) == {"r": [10, 12], "l": [10, 12], "t": [0.5, 0.9]}


def test_settings_in_comments_become_the_context(read):
    table = read("# learning_rate: 0.001, batch size = 32\n# model: big\nstep,loss\n1,0.5\n2,0.4\n")

    assert dict(table.context) == {"learning_rate": 0.001, "batch_size": 32.0}
    assert dict(table.settings) == {"model": "big"}


def test_a_header_that_numpy_wrote_as_a_comment(read):
    assert series(read("# step,loss\n1,0.5\n2,0.25\n")) == {"step": [1, 2], "loss": [0.5, 0.25]}


@pytest.mark.parametrize("first", ["", "Unnamed: 0"])
def test_the_index_of_a_data_frame(read, first):
    table = read(f"{first},loss\n0,0.5\n1,0.25\n2,0.125\n")

    assert series(table) == {"index": [0, 1, 2], "loss": [0.5, 0.25, 0.125]}


def test_a_nameless_column_that_does_not_count_keeps_a_number_for_a_name(read):
    assert series(read(",loss\n7,0.5\n3,0.25\n")) == {"column 1": [7, 3], "loss": [0.5, 0.25]}


def test_an_index_beside_a_column_of_that_name(read):
    assert list(series(read(",index,loss\n0,5,0.5\n1,7,0.25\n"))) == ["column 1", "index", "loss"]


def test_an_index_that_the_header_does_not_mention(read):
    table = read("loss,acc\n0,0.5,0.1\n1,0.25,0.2\n2,0.125,0.3\n")

    assert series(table) == {"index": [0, 1, 2], "loss": [0.5, 0.25, 0.125], "acc": [0.1, 0.2, 0.3]}


def test_names_that_come_twice(read):
    table = read("step,loss,loss,loss.1\n1,0.5,0.6,0.7\n2,0.4,0.5,0.6\n")

    assert list(series(table)) == ["step", "loss", "loss.2", "loss.1"]


def test_a_header_repeated_by_a_restart(read):
    table = read(LOG + LOG)

    assert series(table) == {name: values * 2 for name, values in SERIES.items()}
    assert rows(table, "loss") == [2, 3, 4, 6, 7, 8]
    assert table.issues == ()


def test_another_header_in_the_middle_maps_the_columns_anew(read):
    table = read("epoch,loss,acc\n1,0.5,0.25\nepoch,val_loss,loss\n2,0.75,0.125\n")

    assert series(table) == {
        "epoch": [1, 2],
        "loss": [0.5, 0.125],
        "acc": [0.25],
        "val_loss": [0.75],
    }


def test_a_header_of_quite_other_names_in_the_middle(read):
    table = read("it,nll\n1,0.5\n2,0.4\nstep,cost,gain\n3,0.3,7\n")

    assert series(table) == {
        "it": [1, 2],
        "nll": [0.5, 0.4],
        "step": [3],
        "cost": [0.3],
        "gain": [7],
    }


def test_messages_between_rows_are_counted(read):
    table = read(LOG + "Traceback (most recent call last):\nKeyboardInterrupt\n4,0.5,0.5\n")

    assert series(table)["step"] == [1, 2, 3, 4]
    assert issues(table) == {"skipped-lines": (5, 2, True)}


def test_tables_of_another_width_between_wide_rows(read):
    names = [f"vf_loss_{i}" for i in range(8)]
    wide = "".join(
        ",".join(str(i + j / 8) for j in range(8)) + "\n[0.5 1],[2 3]\n" for i in range(9)
    )
    table = read(",".join(names) + "\n" + wide)

    assert series(table)["vf_loss_1"] == [i + 0.125 for i in range(9)]
    assert issues(table)["skipped-lines"] == (3, 9, True)


# ---- resumed and torn logs


def test_more_fields_than_the_header_after_a_resume(read):
    table = read(LOG + "4,0.5,0.5,0.01,7\n5,0.5,0.5,,\n")

    assert series(table)["acc"] == [0.25, 0.5, 0.75, 0.5, 0.5]
    assert issues(table) == {"extra-fields": (5, 1, True)}


def test_fewer_fields_than_the_header(read):
    table = read(LOG + "4,0.5\n5,0.5,0.5\n")

    assert series(table)["loss"] == [0.5, 0.75, 0.125, 0.5, 0.5]
    assert issues(table) == {"short-rows": (5, 1, False)}


@pytest.mark.parametrize(
    "tail", ["4", "4,", "4,0.2", "4,0.2,7e", "4,0.2,-", "4,0.2,0.5e-0", '4,"0']
)
def test_a_torn_last_line_is_left_out(read, tail):
    table = read(LOG + tail)

    assert series(table) == SERIES
    assert issues(table) == {"torn-tail": (5, 1, False)}


def test_a_last_number_cut_before_its_point_is_left_out(read):
    table = read("step,loss\n1,10.52\n2,10.25\n3,1")

    assert series(table)["loss"] == [10.52, 10.25]
    assert issues(table) == {"torn-tail": (4, 1, False)}


def test_a_whole_last_line_needs_no_newline(read):
    assert series(read(LOG.rstrip("\n"))) == SERIES


# ---- long tables


def test_rows_of_training_and_validation(read):
    table = read(
        "epoch,phase,loss,acc,lr\n1,train,0.5,0.25,0.1\n1,val,0.75,0.125,0.1\n2,train,0.25,0.5,0.1\n"
    )

    assert series(table) == {
        "epoch": [1, 1, 2],
        "train/loss": [0.5, 0.25],
        "train/acc": [0.25, 0.5],
        "lr": [0.1, 0.1, 0.1],
        "val/loss": [0.75],
        "val/acc": [0.125],
    }
    assert rows(table, "val/loss") == [3]


def test_a_mode_column_does_not_rename_what_has_its_split_in_the_name(read):
    table = read("mode,step,train_loss,val_loss\ntrain,1,0.5,\nvalid,1,,0.75\nTest,1,,0.5\n")

    assert series(table) == {"step": [1, 1, 1], "train_loss": [0.5], "val_loss": [0.75, 0.5]}


def test_a_mode_column_of_other_words_is_just_text(read):
    assert list(series(read("mode,step,loss\nfast,1,0.5\nslow,2,0.4\n"))) == ["step", "loss"]


@pytest.mark.parametrize("names", ["step,metric,value", "step,tag,scalar", "epoch,name,val"])
def test_one_row_per_metric(read, names):
    axis = names.partition(",")[0]
    table = read(f"{names}\n1,loss,0.5\n1,acc,0.25\n2,loss,0.4\n2,acc,0.5\n")

    assert series(table) == {axis: [1, 1, 2, 2], "loss": [0.5, 0.4], "acc": [0.25, 0.5]}
    assert rows(table, "acc") == [3, 5]


def test_one_row_per_metric_and_split(read):
    table = read("step,split,metric,value\n1,train,loss,0.5\n1,val,loss,0.75\n")

    assert series(table) == {"step": [1, 1], "train/loss": [0.5], "val/loss": [0.75]}


def test_one_row_per_metric_of_several_runs(source):
    text = "run_id,key,value,step\na1,loss,0.5,1\nb2,loss,0.75,1\na1,loss,0.25,2\n"

    tables = csv.read(source(text))

    assert [t.name for t in tables] == ["a1", "b2"]
    assert [series(t) for t in tables] == [
        {"loss": [0.5, 0.25], "step": [1, 2]},
        {"loss": [0.75], "step": [1]},
    ]


def test_names_of_metrics_that_are_no_names(source):
    text = "step,name,value\n" + "".join(f"{i},n{i},0.5\n" for i in range(6000))

    with pytest.raises(UnreadableLog, match="more than 5000 metrics or runs"):
        csv.read(source(text))


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("run-train-tag-epoch_loss.csv", "train/epoch_loss"),
        ("run-exp1_validation-tag-epoch_loss.csv", "val/epoch_loss"),
        ("run-.-tag-Loss_train.csv", "Loss_train"),
        ("tag-loss.csv", "loss"),
        ("PPO_x_entropy_loss.csv", "PPO_x_entropy_loss"),
        ("loss.csv.gz", "loss"),
    ],
)
def test_a_download_from_tensorboard_is_named_by_its_file(read, name, column):
    table = read("Wall time,Step,Value\n1700000000.5,1,0.5\n1700000001.5,2,0.25\n", name)

    assert series(table)[column] == [0.5, 0.25]


# ---- long files: several blocks, arrays


@pytest.fixture
def long_log():
    """Lightning's way: training and validation in rows of their own; more than one block."""
    steps = range(30_000)
    lines = [
        f"{i // 100},{i},,,{1 / (i + 1)!r},{1e-3 / (i + 1)!r}"
        if i % 100 == 99
        else f"{i // 100},{i},{3 / (i + 1)!r},{1e-5 / (i + 1)!r},,"
        for i in steps
    ]
    return "epoch,step,train_loss,lr-Adam,val_loss,val_mse\n" + "\n".join(lines) + "\n"


def assert_exact(table, text):
    frame = pd.DataFrame(list(stdlib_csv.DictReader(io.StringIO(text)))).replace("", None)
    for column in table.columns:
        wanted = frame[column.name].astype(float)
        filled = np.flatnonzero(wanted.notna())
        np.testing.assert_array_equal(column.rows, filled + 2)
        np.testing.assert_array_equal(column.values, wanted.to_numpy()[filled])


def test_a_long_log(read, long_log):
    assert len(long_log) > 1 << 20

    table = read(long_log)

    assert_exact(table, long_log)
    assert table.issues == ()


def test_a_column_filled_late_turns_to_floats_late(read):
    lines = [f"{i},{7 if i < 25_000 else 7.5},{'' if i < 25_000 else 0.5}" for i in range(30_000)]
    text = "step,loss,val_loss\n" + "\n".join(lines) + "\n"

    table = read(text)

    assert_exact(table, text)
    assert series(table)["loss"][-1] == 7.5


def test_hazards_deep_inside_a_long_log(read, long_log):
    lines = long_log.splitlines()
    lines[20_000] = "nonsense"
    lines[20_010] = lines[0]
    lines[20_020] = "200,20019,nan,tensor(0.5),,"
    lines[20_030] = "200,20029,0.5,0.5,,,9"
    lines[20_040] = "200,20039,0.5"
    table = read("\n".join(lines) + "\n")

    found = dict(zip(rows(table, "train_loss"), series(table)["train_loss"], strict=True))
    assert np.isnan(found[20_021])
    assert found[20_031] == found[20_041] == 0.5
    assert found[20_032] == 3 / 20_031
    assert issues(table) == {
        "skipped-lines": (20_001, 1, True),
        "extra-fields": (20_031, 1, True),
        "short-rows": (20_041, 1, False),
    }


def test_a_long_log_in_quotes(read):
    body = "".join(f'"{i}","{i / 8}"\n' for i in range(1000))

    assert series(read('"step","loss"\n' + body))["loss"] == [i / 8 for i in range(1000)]


def test_a_record_across_two_blocks(read, monkeypatch):
    monkeypatch.setattr(csv, "_BLOCK", 32)
    table = read('step,note,loss\n1,"one, and\nmore, and\neven more, ok",0.5\n2,"b",0.25\n')

    assert series(table) == {"step": [1, 2], "loss": [0.5, 0.25]}
    assert rows(table, "loss") == [2, 5]


def test_texts_of_a_long_log_are_not_looked_at_for_ever(read):
    body = "".join(f"2024-10-20 15:{i % 60:02}:37,{i},{i / 8}\n" for i in range(90_000))

    assert series(read("Timestamp,step,loss\n" + body))["loss"][-1] == 89_999 / 8


def test_a_broken_archive_gives_what_stands_before(source):
    whole = gzip.compress(
        ("step,loss\n" + "".join(f"{i},{i / 7}\n" for i in range(90_000))).encode()
    )

    (table,) = csv.read(source(whole[: len(whole) // 2], "log.csv.gz"))

    steps = series(table)["step"]
    assert steps == list(range(len(steps)))
    assert len(steps) > 1000
    assert issues(table)["damaged-file"][2]


def test_a_usual_log_is_read_without_pandas(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text("step,loss\n" + "".join(f"{i},{i / 7}\n" for i in range(200)))
    code = (
        "import sys, pathlib; from lossdoc.sources import csv; from lossdoc.sources.base import Source;"
        f"source = Source(pathlib.Path({str(path)!r}), 'log'); assert csv.sniff(source);"
        "assert len(csv.read(source)[0].columns) == 2; assert 'pandas' not in sys.modules"
    )

    subprocess.run([sys.executable, "-c", code], check=True)


# ---- against pandas, and against noise

numbers = st.one_of(
    st.just(""), st.floats(allow_nan=False).map(repr), st.integers(-(10**12), 10**12).map(str)
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.lists(st.tuples(numbers, numbers, numbers), min_size=1, max_size=300))
def test_clean_logs_are_read_as_pandas_reads_them(tmp_path, data):
    text = "step,a,b,c\n" + "".join(f"{i},{','.join(r)}\n" for i, r in enumerate(data))
    path = tmp_path / "log.csv"
    path.write_text(text)
    frame = pd.read_csv(path, dtype=float, keep_default_na=False, na_values=[""])

    (table,) = csv.read(Source(path, "log.csv"))

    for column in table.columns:
        filled = np.flatnonzero(frame[column.name].notna())
        np.testing.assert_array_equal(column.rows, filled + 2)
        np.testing.assert_allclose(column.values, frame[column.name].to_numpy()[filled], 1e-15)
        if column.name != "step":
            exact = [float(data[i]["abc".index(column.name)]) for i in filled]
            assert column.values.tolist() == exact


def read_noise(tmp_path, content):
    """Read whatever comes; a refusal is fine, a crash is not."""
    path = tmp_path / "noise.csv"
    path.write_bytes(content)
    source = Source(path, str(path))
    try:
        csv.sniff(source)
        tables = csv.read(source)
    except UnreadableLog:
        return None
    assert all(isinstance(table, Table) for table in tables)
    for table in tables:
        for column in table.columns:
            assert len(column.rows) == len(column.values)
            assert (np.diff(column.rows) > 0).all()
    return tables[0]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(content=st.one_of(st.binary(), st.text(',;\t|"\n\r#ab01.-e').map(str.encode)))
@example(content=b"\xff\xfe\x00")
def test_noise_never_crashes(tmp_path, content):
    read_noise(tmp_path, content)
    read_noise(tmp_path, LOG.encode() + content)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(at=st.integers(14, 3000), byte=st.integers(0, 255))
@example(at=14, byte=ord("#"))
def test_a_flipped_byte_spoils_one_line_at_most_and_is_told(tmp_path, at, byte):
    clean = "step,loss,acc\n" + "".join(f"{i},{i / 7!r},{i / 9!r}\n" for i in range(100, 300))
    content = bytearray(clean.encode())
    at = min(at, len(content) - 2)
    content[at] = byte

    table = read_noise(tmp_path, bytes(content))

    line = clean.encode()[:at].count(b"\n") + 1
    losses = dict(zip(rows(table, "loss"), series(table)["loss"], strict=True))
    # A newline shifts the lines below it; one that is lost joins two.
    shift = bytes(content).count(b"\n") - clean.count("\n")
    for i in range(100, 300):
        row = i - 98
        if row not in (line, line + 1):
            assert losses[row + (shift if row > line else 0)] == i / 7
    comment = clean[at - 1] == "\n" and byte == ord(
        "#"
    )  # which nobody can tell from one that was meant
    if len(losses) < 200 + min(shift, 0):
        assert table.issues or shift or comment


@pytest.mark.parametrize("cut", range(14, len(LOG)))
def test_every_truncation_gives_the_rows_before_it(read, cut):
    table = read(LOG[:cut])

    whole = LOG[:cut].count("\n") - 1
    for name, values in series(table).items():
        assert values[:whole] == SERIES[name][:whole]
        assert len(values) <= whole + 1
