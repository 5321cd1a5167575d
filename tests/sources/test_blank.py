"""pandas writes NaN as an empty cell; an empty cell is not always NaN."""

import numpy as np
import pytest

from lossdoc.sources import csv
from lossdoc.sources.base import Source


@pytest.fixture
def read(tmp_path):
    """Read a CSV text."""

    def reader(text):
        path = tmp_path / "metrics.csv"
        path.write_text(text)
        (table,) = csv.read(Source(path, "metrics.csv"))
        return table

    return reader


def blanks(table):
    """Column -> (first row, count) of the NaNs that were restored."""
    found = {
        i.message.split(" of ")[1].split()[0]: i for i in table.issues if i.kind == "blank-nan"
    }
    assert not any(issue.lost for issue in found.values())
    for name, issue in found.items():
        column = next(c for c in table.columns if c.name == name)
        assert np.isnan(column.values).sum() == issue.count
        assert column.rows[np.isnan(column.values)][0] == issue.row
        assert (np.diff(column.rows) > 0).all()
    return {name: (issue.row, issue.count) for name, issue in found.items()}


def log(header, *lines):
    return "\n".join((header, *lines)) + "\n"


def epochs(count, line, start=1):
    return [line.format(i=i, x=1 / i, a=i / 100) for i in range(start, start + count)]


# ---- what is a NaN


def test_a_validation_without_its_loss(read):
    table = read(
        log(
            "epoch,train_loss,val_loss,val_acc",
            *epochs(4, "{i},{x},{x},{a}"),
            *epochs(3, "{i},{x},,{a}", 5),
        )
    )

    assert blanks(table) == {"val_loss": (6, 3)}


def test_a_training_loss_that_is_gone_while_accuracy_and_rate_go_on(read):
    table = read(
        log("step,loss,accuracy,lr", *epochs(9, "{i},{x},{a},0.1"), *epochs(5, "{i},,{a},0.1", 10))
    )

    assert blanks(table) == {"loss": (11, 5)}


def test_evaluations_in_rows_of_their_own(read):
    rows = [
        line
        for i in range(1, 9)
        for line in (
            f"{i},{10 * i},{1 / i},,",
            f"{i},{10 * i},,{1 / i if i < 5 else ''},{i / 10}",
        )
    ]

    assert blanks(read(log("epoch,step,train_loss,val_loss,val_acc", *rows))) == {
        "val_loss": (11, 4)
    }


def test_a_single_blank_among_many(read):
    lines = epochs(40, "{i},{x},{a},{x},{a}")
    lines[20] = "21,0.5,0.5,,0.5"

    assert blanks(read(log("epoch,loss,acc,val_loss,val_acc", *lines))) == {"val_loss": (22, 1)}


def test_everything_that_breaks_with_the_loss(read):
    """Loss, its gradient and the validation loss are blank; accuracies are not."""
    table = read(
        log(
            "epoch,loss,grad_norm,acc,val_loss,val_acc",
            *epochs(3, "{i},{x},{x},{a},{x},{a}"),
            *epochs(2, "{i},,,{a},,{a}", 4),
        )
    )

    assert blanks(table) == {"loss": (5, 2), "grad_norm": (5, 2), "val_loss": (5, 2)}


@pytest.mark.parametrize(
    ("header", "whole", "broken", "lost"),
    [
        ("step,loss", "{i},{x}", "{i},", {"loss"}),
        ("epoch,step,train_loss", "1,{i},{x}", "1,{i},", {"train_loss"}),
        ("step,loss,lr", "{i},{x},0.1", "{i},,0.1", {"loss"}),
        ("step,grad_norm,loss,lr", "{i},{x},{x},0.1", "{i},,,0.1", {"loss", "grad_norm"}),
        ("epoch,train_loss,val_loss", "{i},{x},{x}", "{i},,", {"train_loss", "val_loss"}),
    ],
)
def test_rows_in_which_nothing_is_left_to_the_end(read, header, whole, broken, lost):
    table = read(log(header, *epochs(6, whole), *epochs(2, broken, 7)))

    assert blanks(table) == dict.fromkeys(lost, (8, 2))


# ---- what is not


@pytest.mark.parametrize(
    ("header", "whole", "broken", "count"),
    [
        ("step,loss", "{i},{x}", "{i},", 1),
        ("step,loss,lr", "{i},{x},0.1", "{i},,0.1", 1),
        ("epoch,train_loss,val_loss", "{i},{x},{x}", "{i},{x},", 9),
        ("epoch,train_loss,val_loss,val_acc", "{i},{x},{x},{a}", "{i},{x},,", 9),
        ("epoch,lr,val_loss", "{i},0.1,{x}", "{i},0.1,", 9),
    ],
    ids=["one bare row", "one row of the rate", "no validation", "none at all", "rate alone"],
)
def test_rows_that_may_just_not_have_been_measured(read, header, whole, broken, count):
    assert not blanks(read(log(header, *epochs(6, whole), *epochs(count, broken, 7))))


def test_lightning_logs_training_and_validation_apart(read):
    rows = []
    for i in range(1, 200):
        rows += [f"0,{i},0.001,,,,"] * (i % 10 == 0)
        rows += [f"0,{i},,{1 / i},,,"]
        rows += [f"0,{i},,,{1 / i},{1 / i},0.5"] * (i % 50 == 0)
    header = "epoch,step,lr-Adam,train_loss_step,train_loss_epoch,val_loss,val_acc"

    assert not blanks(read(log(header, *rows)))


def test_losses_per_step_and_per_epoch(read):
    rows = [f"{i // 100},{i},{1 / (i + 1)},," for i in range(300)]
    for at in (300, 200, 100):
        rows.insert(at, f"{at // 100},{at},,{1 / at},0.5")

    assert not blanks(read(log("epoch,step,train_loss_step,train_loss_epoch,train_acc", *rows)))


def test_a_validation_every_five_epochs(read):
    lines = [
        f"{i},{1 / i},{i / 100}," + (f"{1 / i},{i / 100}" if i % 5 == 0 else ",")
        for i in range(1, 50)
    ]

    assert not blanks(read(log("epoch,loss,acc,val_loss,val_acc", *lines)))


def test_a_loss_that_is_logged_ever_more_seldom(read):
    lines = [f"{i},{1 / i if i < 10 or i % 50 == 0 else ''},{i / 1000},0.1" for i in range(1, 400)]

    assert not blanks(read(log("step,loss,acc,lr", *lines)))


def test_step_losses_that_end_while_evaluations_go_on(read):
    rows = [f"{i},{1 / i},{1 / i},," for i in range(1, 100)]
    rows += [f"{100 * i},,,{1 / i},0.5" for i in range(1, 20)]

    assert not blanks(read(log("global_step,loss,grad_norm,validation/loss,validation/acc", *rows)))


def test_a_second_phase_with_another_loss(read):
    first, second = epochs(20, "{i},{x},,{a}"), epochs(20, "{i},,{x},{a}", 21)

    assert not blanks(read(log("epoch,recon_loss,cls_loss,acc", *first, *second)))


def test_evaluations_that_never_had_a_loss(read):
    rows = [f"{i},{1 / i},,{i / 10}" for i in range(1, 9)]

    assert not blanks(read(log("epoch,train_loss,val_loss,val_acc", *rows)))


def test_a_loss_that_begins_late(read):
    lines = epochs(4, "{i},,{a}") + epochs(9, "{i},{x},{a}", 5)

    assert not blanks(read(log("epoch,val_loss,val_acc", *lines)))


@pytest.mark.parametrize("tail", ["7,0.5,", "7,,0.5", "7"])
def test_a_last_line_that_may_be_torn(read, tail):
    text = log("epoch,val_acc,val_loss", *epochs(6, "{i},{a},{x}")) + tail

    assert not blanks(read(text))


def test_no_order_at_all(read):
    """Every cell may be there or not: nothing can be said about a blank."""
    rng = np.random.default_rng(1)
    rows = [
        ",".join([str(i), *(repr(float(x)) if x > 0 else "" for x in rng.normal(size=9))])
        for i in range(2000)
    ]
    names = [f"a{i}_acc" for i in range(8)]

    assert not blanks(read(log(",".join(["step", *names, "loss"]), *rows)))
