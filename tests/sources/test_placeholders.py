"""Rows between evaluations: what stands there is no value."""

import math

import pytest

from lossdoc.sources.base import Table, column
from lossdoc.sources.placeholders import without_placeholders

NAN = math.nan


def table(name, values):
    return Table((column(name, list(range(1, len(values) + 1)), values),))


def rows(name, values):
    """Rows that are kept."""
    return without_placeholders(table(name, values)).columns[0].rows.tolist()


@pytest.mark.parametrize("mark", [NAN, 0.0, -1.0, math.inf])
@pytest.mark.parametrize("name", ["val_loss", "test_accuracy", "valid/f1"])
def test_what_stands_between_regular_evaluations_is_left_out(name, mark):
    assert rows(name, [mark, mark, 0.5, mark, mark, 0.25, mark, mark, 0.125]) == [3, 6, 9]


def test_it_is_reported():
    (issue,) = without_placeholders(table("val_loss", [NAN, 0.5, NAN, 0.25, NAN, 0.5])).issues

    assert (issue.kind, issue.row, issue.count) == ("placeholder", 1, 3)
    assert issue.message == "3 values nan of val_loss between its evaluations: left out"


def test_several_executions_in_one_log():
    values = [NAN, 0.5, NAN, 0.25, NAN, NAN, NAN, 0.5, NAN, 0.25, NAN, 0.125]

    assert rows("val_loss", values) == [2, 4, 8, 10, 12]


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("train_loss", [NAN, 0.5, NAN, 0.25, NAN, 0.5]),
        ("val_loss", [0.5, 0.25, 0.125, NAN, NAN, NAN, NAN]),
        ("val_loss", [0.5, NAN, NAN, NAN, 0.25, NAN, 0.125, NAN, NAN]),
        ("val_loss", [NAN, 0.5, NAN, 0.25]),
        ("val_accuracy", [0.0, 0.0, 0.0, 0.0, 0.25, 0.5, 0.5]),
        ("val_accuracy", [0.0, 0.0, 0.0]),
        ("val_loss", []),
    ],
)
def test_other_marks_are_values(name, values):
    assert rows(name, values) == list(range(1, len(values) + 1))


def test_nan_to_the_end_stays():
    assert rows("val_loss", [NAN, 0.5, NAN, 0.25, NAN, 0.5, NAN, NAN, NAN]) == [2, 4, 6, 8, 9]
