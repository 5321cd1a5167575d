import time

import numpy as np
import pytest
from report_samples import HOSTILE, series

from lossdoc.model import Channel
from lossdoc.report.plot import curve_plot, log_helps, sparkline
from lossdoc.report.spans import plain, width_of

FALL = np.linspace(3.0, 1.0, 100)


def drawn(values, width=60, onset=None, steps=None, **more):
    curve = series(Channel.TRAIN_LOSS, values, "loss", steps)
    return [plain(x) for x in curve_plot(curve, axis="step", width=width, onset=onset, **more)]


def test_a_fall_is_drawn_between_its_highest_and_lowest_value():
    lines = drawn(FALL, width=30, height=3)

    assert lines == [
        "loss",
        "3 ┤⠉⠑⠒⠲⠤⠤⣄⣀⣀",
        "  ┤        ⠈⠉⠉⠒⠒⠢⠤⠤⣀⣀⡀",
        "1 ┤                  ⠉⠉⠙⠒⠒⠦⠤⢄⣀",
        "  └───────────────────────────",
        "   0                        99",
    ]


@pytest.mark.parametrize("width", [20, 40, 77, 200])
@pytest.mark.parametrize("onset", [None, 0.0, 50.0, 99.0])
def test_no_line_is_wider_than_asked(width, onset):
    curve = series(Channel.TRAIN_LOSS, FALL, "loss")

    lines = curve_plot(curve, axis="step", width=width, onset=onset)

    assert lines
    assert max(map(width_of, lines)) <= width


def test_the_onset_stands_below_its_column():
    *rows, axis, caption = drawn(FALL, onset=70.0)

    column = axis.index("┴")
    assert caption.index("▲ step 70") == column
    assert any(row[column:].startswith("╎") for row in rows)


def test_an_onset_at_the_right_edge_is_told_on_the_left():
    assert drawn(FALL, onset=99.0)[-1].endswith("step 99 ▲")


def test_the_curve_is_not_hidden_by_the_onset():
    flat = drawn(np.ones(50), onset=25.0)

    column = flat[-2].index("┴")
    assert sum(row[column : column + 1] == "╎" for row in flat) == 6


@pytest.mark.parametrize(
    ("values", "helps"),
    [
        ([1.0, 40.0], True),
        ([1.0, 20.0], False),
        ([0.0, 1000.0], False),
        ([-1.0, 1000.0], False),
        ([np.nan, np.inf], False),
        ([1.0, np.nan, 1e6], True),
    ],
)
def test_a_log_scale_is_taken_where_it_helps(values, helps):
    assert log_helps(np.array(values)) is helps


def test_a_log_scale_is_told():
    assert drawn(np.geomspace(100, 1, 50))[0] == "loss, log scale"


def test_values_that_are_not_finite_leave_a_gap_and_cross_out_the_axis():
    values = FALL.copy()
    values[50:] = np.nan

    lines = drawn(values)

    assert lines[0] == "loss, × not finite"
    assert lines[-2].count("×") == pytest.approx(28, abs=1)
    assert all(len(row) < 36 for row in lines[1:-2])


def test_an_infinity_does_not_stretch_the_scale():
    values = FALL.copy()
    values[10] = np.inf

    assert drawn(values)[1].startswith("3 ┤")


def test_an_explosion_does_not_hide_the_curve_before_it():
    values = np.concatenate([np.geomspace(3.0, 1.0, 99), [1e60]])

    lines = drawn(values)

    assert lines[1].startswith("≥ ")
    assert float(lines[1].split()[1]) < 1000
    assert sum("⠤" in row or "⠒" in row for row in lines[1:-2]) >= 2


def test_a_collapse_does_not_either():
    values = np.concatenate([np.geomspace(3.0, 1.0, 99), [1e-60]])

    assert any(row.startswith("≤ ") for row in drawn(values))


@pytest.mark.parametrize("values", [[], [1.0], [np.nan, np.nan, 1.0]])
def test_fewer_than_two_points_make_no_curve(values):
    assert drawn(values) == []
    assert sparkline(np.array(values)) == ""


def test_a_terminal_that_is_too_narrow_gets_no_curve():
    assert drawn(FALL, width=14) == []


@pytest.mark.parametrize("values", [[5.0, 5.0], [-1e308, 1e308], [5e-324, 1e308], [0.0, 0.0, 0.0]])
def test_extreme_values_are_drawn(values):
    assert len(drawn(values)) == 10


def test_a_run_that_logged_one_step_only_is_drawn():
    assert drawn([1.0, 2.0], steps=[7, 7])


def test_a_name_cannot_steer_the_terminal():
    curve = series(Channel.TRAIN_LOSS, FALL, HOSTILE)

    assert all(plain(x).isprintable() for x in curve_plot(curve, axis="step", width=60))


def test_a_million_points_are_drawn_quickly():
    values = np.random.default_rng(0).normal(1, 0.1, 1_000_000)
    start = time.process_time()
    drawn(values)

    assert time.process_time() - start < 1.0


@pytest.mark.parametrize(
    ("values", "blocks"),
    [
        ([3.0, 2.0, 1.0], "█▅▁"),
        ([1.0, np.nan, 2.0], "▁ █"),
        ([2.0, 2.0], "▅▅"),
        ([1e-4, 1e-2, 1.0], "▁▅█"),
    ],
)
def test_a_row_of_blocks(values, blocks):
    assert sparkline(np.array(values)) == blocks


def test_a_row_of_blocks_has_the_width_asked():
    assert len(sparkline(FALL, 16)) == 16
