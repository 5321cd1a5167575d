"""Pictures: every format, the same bytes twice, no spike lost, odd logs drawn all the same."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lossdoc import curves
from lossdoc.engine import diagnose, inconclusive
from lossdoc.errors import UnreadableLog
from lossdoc.model import Channel, Run, Series
from lossdoc.report import figure
from lossdoc.report.figure_points import thinned
from lossdoc.rules import builtin

SICK = next(e.make for r in builtin() if r.code == "LD102" for e in r.examples if e.fires)
MAGIC = {".png": b"\x89PNG", ".svg": b"<?xml", ".pdf": b"%PDF"}


@pytest.mark.parametrize("suffix", MAGIC)
def test_every_format_is_written_with_the_same_bytes_twice(tmp_path, suffix):
    diagnosis = diagnose(SICK(0))
    one, two = tmp_path / f"one{suffix}", tmp_path / f"two{suffix}"
    figure.save(diagnosis, one)
    figure.save(diagnosis, two)

    assert one.read_bytes().startswith(MAGIC[suffix])
    assert one.read_bytes() == two.read_bytes()


def test_the_onset_and_the_code_are_drawn():
    drawn = figure.draw(diagnose(SICK(0)))
    (code,) = [t for t in drawn.axes[0].texts if t.get_text() == "LD102"]

    assert 236 <= code.xy[0] <= 246
    assert [ax.get_ylabel() for ax in drawn.axes] == ["loss", "lr", "grad_norm"]


def test_without_a_rate_there_is_one_panel():
    run = curves.without(curves.healthy(), "lr", "grad_norm")(0)

    assert len(figure.draw(diagnose(run)).axes) == 1


def test_the_losses_are_drawn_into_axes_of_ones_own():
    from matplotlib.figure import Figure

    left, right = Figure().subplots(1, 2)
    figure.draw_losses(diagnose(SICK(0)), right)

    assert [len(left.lines), right.get_xlabel()] == [0, "step"]
    assert "LD102" in [t.get_text() for t in right.texts]
    assert right.get_title(loc="left").endswith("failing")


def test_parts_of_a_loss_without_a_total_are_drawn():
    values, rows = np.linspace(2, 1, 50), np.arange(1, 51)
    part = Series(Channel.TRAIN_COMPONENT, "box", np.arange(50.0), values, rows)
    drawn = figure.draw(diagnose(Run("x", "csv", (part,))))

    assert len(drawn.axes[0].lines[0].get_xdata()) == 50


def test_a_log_that_was_not_read_has_no_picture():
    with pytest.raises(ValueError, match="nothing was read"):
        figure.draw(inconclusive("x", UnreadableLog("gone")))


@given(st.integers(1, 30_000), st.integers(0, 29_999), st.integers(0, 3))
@settings(max_examples=40, deadline=None)
def test_thinning_loses_no_spike(n, where, seed):
    y = np.random.default_rng(seed).normal(size=n)
    y[where % n] = 99.0
    x, kept = thinned(np.arange(float(n)), y)

    assert kept.max() == 99.0
    assert len(kept) <= 2001
    assert (np.diff(x) > 0).all()


@pytest.mark.parametrize("name", ["$\\alpha$ loss", "loss\x1b[31m\n</svg><script>", "损失 $"])
def test_names_from_a_log_are_drawn_as_they_are(tmp_path, name):
    values = np.array([np.nan, 3.0, 2.0, np.inf, 1.0])
    series = Series(Channel.TRAIN_LOSS, name, np.arange(5.0), values, np.arange(1, 6))
    path = tmp_path / "x.svg"
    figure.save(diagnose(Run(name, "csv", (series,))), path)

    assert "<script>" not in path.read_text()


def test_the_style_is_one_that_matplotlib_finds_by_its_name():
    from matplotlib import rcParams, style

    with style.context("lossdoc.report.lossdoc"):
        assert rcParams["figure.figsize"] == [3.25, 2.0]
        assert rcParams["axes.prop_cycle"].by_key()["color"][0] == "#0072B2"


def test_the_legend_stands_where_no_curve_and_no_code_is():
    from matplotlib.offsetbox import AnchoredOffsetbox

    def place(run):
        codes = {number: name for name, number in AnchoredOffsetbox.codes.items()}
        return codes[figure.draw(diagnose(run)).axes[0].get_legend()._get_loc()]

    assert place(curves.healthy()(0)) == "upper right"
    assert place(SICK(0)).startswith("lower")  # codes stand above on either side


def test_a_note_on_the_whole_log_is_not_marked():
    run = curves.without(curves.healthy(), "val_loss")(0)
    found = diagnose(run)

    assert [f.code for f in found.findings] == ["LD903"]
    assert len(figure.draw(found).axes[0].texts) == 0
    assert figure.zoom(found, found.findings[0]) is None


@pytest.mark.parametrize(
    ("name", "beside"),
    [
        ("train/gradients/grad_norm", "grad_norm"),
        ("a_norm_of_a_long_name", "a_norm_of_a_l…"),
        ("x/", "x/"),
    ],
)
def test_names_beside_an_axis_are_short(name, beside):
    assert figure._beside_axis(name) == beside
