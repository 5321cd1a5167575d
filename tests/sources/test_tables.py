"""Tables drawn in plain text."""

import pytest

from lossdoc.errors import UnreadableLog
from lossdoc.sources import csv, tables
from lossdoc.sources.base import Source


@pytest.fixture
def source(tmp_path):
    def make(text):
        path = tmp_path / "log.txt"
        path.write_text(text)
        return Source(path, "log.txt")

    return make


@pytest.fixture
def read(source):
    def reader(text):
        made = source(text)
        assert tables.sniff(made) is not None
        assert csv.sniff(made) is None
        (table,) = tables.read(made)
        return table

    return reader


def series(table):
    return {column.name: column.values.tolist() for column in table.columns}


def rows(table, name):
    return next(column.rows.tolist() for column in table.columns if column.name == name)


SB3 = """Using cuda device
---------------------------------
| rollout/           |          |
|    ep_rew_mean     | {reward} |
| time/              |          |
|    total_timesteps | {step}   |
{train}---------------------------------
"""
TRAIN = """| train/             |          |
|    loss            | {loss}   |
|    note            | hello    |
"""


def test_boxes_of_stable_baselines(read):
    table = read(
        SB3.format(reward=20.5, step=2048, train="")
        + SB3.format(reward="2.5e+01", step=4096, train=TRAIN.format(loss=0.75))
        + SB3.format(reward=31, step=6144, train=TRAIN.format(loss="nan"))
    )

    assert list(series(table)) == ["rollout/ep_rew_mean", "time/total_timesteps", "train/loss"]
    assert series(table)["rollout/ep_rew_mean"] == [20.5, 25, 31]
    assert series(table)["time/total_timesteps"] == [2048, 4096, 6144]
    # All of a box is one row.
    assert rows(table, "time/total_timesteps") == [4, 11, 21]
    assert rows(table, "train/loss") == [11, 21]


def test_boxes_of_spinning_up(read):
    box = (
        "-----------------\n|  Epoch | {} |\n|  LossPi | {} |\n|  LossV | {} |\n-----------------\n"
    )

    table = read("".join(box.format(i, -0.5 / i, 2.0 / i) for i in (1, 2, 4)))

    assert series(table) == {
        "Epoch": [1, 2, 4],
        "LossPi": [-0.5, -0.25, -0.125],
        "LossV": [2, 1, 0.5],
    }


def test_boxes_without_a_line_between_them(read):
    table = read("| step | 1 |\n| loss | 0.5 |\n| step | 2 |\n| loss | 0.25 |\n")

    assert series(table) == {"step": [1, 2], "loss": [0.5, 0.25]}
    assert rows(table, "loss") == rows(table, "step") == [1, 3]


def test_a_torn_box_is_left_out_from_its_last_line_on(read):
    table = read("| step | 1 |\n| loss | 0.5 |\n-----\n| step | 2 |\n| lo")

    assert series(table) == {"step": [1, 2], "loss": [0.5]}
    assert [(i.kind, i.row, i.lost) for i in table.issues] == [("torn-tail", 5, False)]


def test_columns_aligned_by_blanks(read):
    table = read(
        "epoch     train_loss  valid_loss  accuracy  time    \n"
        "0         0.810057    0.461940    0.896825  04:39   \n"
        "1         0.620141    0.418320    0.880952  04:36   \n"
    )

    assert series(table) == {
        "epoch": [0, 1],
        "train_loss": [0.810057, 0.620141],
        "valid_loss": [0.46194, 0.41832],
        "accuracy": [0.896825, 0.880952],
    }
    assert rows(table, "train_loss") == [2, 3]


def test_names_of_several_words(read):
    table = read(
        "Epoch  Train Loss  Val Loss\n=====  ==========  ========\n1  0.5  0.75\n2  nan  0.5\n"
    )

    assert list(series(table)) == ["Epoch", "Train Loss", "Val Loss"]
    assert series(table)["Val Loss"] == [0.75, 0.5]


def test_a_printed_data_frame(read):
    table = read("    epoch   loss\n0       1  0.500\n1       2  0.250\n")

    assert series(table) == {"index": [0, 1], "epoch": [1, 2], "loss": [0.5, 0.25]}


def test_a_header_again_and_lines_between_rows(read):
    table = read("step loss\n1 0.5\n2 0.25\nstep loss\n3 0.125\nsaved the model\n4 0.1\n")

    assert series(table)["step"] == [1, 2, 3, 4]
    assert [(i.kind, i.row, i.count, i.lost) for i in table.issues] == [
        ("skipped-lines", 6, 1, True)
    ]


def test_a_row_with_a_blank_cell_cannot_be_told_and_is_counted(read):
    table = read("step  loss  acc\n1  0.5  0.1\n2       0.2\n3  0.25  0.3\n4  0.2  0.4\n")

    assert series(table)["loss"] == [0.5, 0.25, 0.2]
    assert table.issues[0].lost


def test_a_torn_last_row(read):
    table = read("step loss acc\n1 0.5 0.1\n2 0.25 0.2\n3 0.12")

    assert series(table)["loss"] == [0.5, 0.25]
    assert [i.kind for i in table.issues] == ["torn-tail"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "step 1 loss 0.5\nstep 2 loss 0.4\nstep 3 loss 0.3\n",
        "Dear Bob\nthe run broke in 1999\nand again in 2001\n",
        "| name | city |\n| anna | rome |\n| bert | paris |\n",
        "| apples | 3 |\n| pears | 4 |\n| plums | 5 |\n",
        "0.5 0.25\n0.4 0.2\n",
        "x = 1\ny = 2\n",
        '{"step": 1}\n{"step": 2}\n',
        "+-----+\n| GPU Name | Temp | Memory |\n|   0  A100 | 30C | 0MiB / 16160MiB |\n+-----+\n",
    ],
)
def test_what_is_no_such_table(source, text):
    assert tables.sniff(source(text)) is None
    with pytest.raises(UnreadableLog, match="holds no table"):
        tables.read(source(text))
