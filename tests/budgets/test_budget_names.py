"""Names of measures and tables of limits, as people type them."""

import pytest

from lossdoc.budgets.names import limit, limits_of, measure
from lossdoc.errors import UsageError
from lossdoc.model import Channel, Limit, Severity


def test_a_channel_has_a_best_and_a_final_value():
    assert measure("val_loss.best")[:2] == ("best", Channel.VAL_LOSS)
    assert measure("train_accuracy.final")[:2] == ("final", Channel.TRAIN_ACCURACY)


def test_a_value_is_reached_from_above_or_below():
    below = measure("steps_to(val_loss<2.0)")
    above = measure("time_to( val_accuracy > 0.9 )")

    assert (below.clock, below.falling, below.target) == ("steps", True, 2.0)
    assert (above.clock, above.falling, above.target) == ("time", False, 0.9)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("val_los.best", "did you mean val_loss.best?"),
        ("val_loss.bset", "did you mean val_loss.best?"),
        ("wasted_fractoin", "did you mean wasted_fraction?"),
        ("step_to(val_loss<2.0)", "did you mean steps_to(val_loss<2.0)?"),
        ("steps_to(val_loss=2.0)", "did you mean steps_to(val_loss<2.0)?"),
        ("steps_to(val_loss<low)", "a number is needed, not 'low'"),
        ("steps_to(val_loss<nan)", "a number is needed"),
        ("?", "there are val_loss.best"),
    ],
)
def test_an_unknown_measure_is_answered_with_the_likeliest(name, told):
    with pytest.raises(ValueError, match=r"measure|number") as raised:
        measure(name)

    assert told in str(raised.value)


def test_a_table_states_a_limit():
    told = {"max": 3, "level": "warning", "aggregate": "median"}

    assert limit("wall_time", told) == Limit(
        "wall_time", max=3.0, level=Severity.WARNING, aggregate="median"
    )


@pytest.mark.parametrize(
    ("table", "told"),
    [
        (3, "a table such as"),
        ({}, "max or min is needed"),
        ({"level": "note"}, "max or min is needed"),
        ({"maxx": 3}, "'maxx' is none of max, min, level, aggregate; did you mean max?"),
        ({"max": "high"}, "a number is needed, not 'high'"),
        ({"max": True}, "a number is needed"),
        ({"max": float("nan")}, "a number is needed"),
        ({"max": 1, "min": 2}, "min 2 lies above max 1"),
        ({"max": 1, "level": "eror"}, "did you mean error?"),
        ({"max": 1, "level": 3}, "one of error, warning, note is needed"),
        ({"max": 1, "aggregate": "mean"}, "one of each, median, worst, best is needed"),
        ({"max": 2, "min": 1, "aggregate": "worst"}, "takes max or min, not both"),
    ],
)
def test_a_table_that_states_none_is_refused(table, told):
    with pytest.raises(ValueError, match=r".") as raised:
        limit("steps", table)

    assert told in str(raised.value)


def test_a_program_hears_of_it_as_wrong_usage():
    with pytest.raises(UsageError, match="budgets: x: no measure 'x'"):
        limits_of({"x": {"max": 1}})
