"""The numbers behind a comparison: levels of a curve, rows of both sides, and which codes are new."""

import math

import numpy as np
import pytest

import lossdoc
from lossdoc.comparison.beside import only
from lossdoc.comparison.matching import pair
from lossdoc.comparison.measures import Levels, levels
from lossdoc.comparison.verdict import rows
from lossdoc.errors import SourceError
from lossdoc.robust.curve import Curve


def curve(y):
    return Curve("loss", np.arange(float(len(y))), np.asarray(y, float), np.arange(len(y)))


class TestLevels:
    def test_the_final_level_is_the_median_of_the_last_tenth(self):
        y = np.linspace(2.0, 1.0, 101)
        y[-1] = 50.0

        found = levels(curve(y), 0, 100)

        assert found.final == pytest.approx(np.median(y[90:]))

    def test_the_final_level_is_known_as_well_as_its_points_scatter(self):
        random = np.random.default_rng(0)
        y = 2.0 + 0.1 * random.standard_normal(1000)

        found = levels(curve(y), 0, 999)

        # The last tenth has a hundred points.
        assert found.noise == pytest.approx(0.1, rel=0.1)
        assert found.error == pytest.approx(0.1 / math.sqrt(100) / 2.0, rel=0.15)

    def test_a_level_of_zero_has_no_relative_error(self):
        random = np.random.default_rng(0)
        y = np.concatenate((random.random(90) + 1, np.zeros(11)))

        assert levels(curve(y), 0, 100).error == 0.0

    def test_the_mean_is_the_area_by_the_length(self):
        assert levels(curve(np.linspace(3.0, 1.0, 200)), 0, 199).mean == pytest.approx(2.0, 1e-2)

    def test_the_lowest_of_many_points_is_luck(self):
        y = np.linspace(2.0, 1.0, 1000)
        y[500] = 0.0

        assert levels(curve(y), 0, 999).best == pytest.approx(1.0, abs=0.05)


def level(final, mean=1.0):
    return Levels(final=final, best=final, mean=mean, noise=0.0, error=1e-6)


class TestRows:
    def test_a_positive_measure_is_compared_as_a_ratio_of_geometric_means(self):
        row = rows([level(1.0), level(4.0)], [level(3.0), level(12.0)], "final")[0]

        assert (row.name, row.relative) == ("final", True)
        assert row.contrast.reference == pytest.approx(2.0)
        assert row.contrast.candidate == pytest.approx(6.0)
        assert row.contrast.difference == pytest.approx(math.log(3.0))

    def test_a_measure_of_either_sign_is_compared_as_a_difference_of_means(self):
        row = rows([level(-1.0), level(2.0)], [level(3.0), level(6.0)], "final")[0]

        assert not row.relative
        assert (row.contrast.reference, row.contrast.candidate) == (0.5, 4.5)
        assert row.contrast.difference == 4.0

    def test_the_deciding_measure_comes_first(self):
        assert rows([level(1.0)], [level(1.0)], "mean")[0].name == "mean"
        assert rows([], [level(1.0)], "mean") == ()


class TestCodes:
    """What most runs of one side show and none of the other."""

    def codes(self, *of_runs):
        high = np.r_[np.linspace(2, 1, 50), np.full(50, np.nan)]
        fine = 1 + np.exp(-np.arange(100) / 20)
        return [lossdoc.analyze({"train_loss": high if bad else fine}) for bad in of_runs]

    def test_most_is_more_than_half(self):
        healthy = self.codes(False, False)

        assert only(self.codes(True, True, False), healthy) == ("LD101",)
        assert only(self.codes(True, False), healthy) == ()

    def test_one_of_the_other_side_is_enough_to_be_no_difference(self):
        assert only(self.codes(True, True), self.codes(True, False)) == ()


def logged(n=100, val_every=5, **more):
    x = np.arange(float(n))
    loss = 0.5 + 2 * np.exp(-x / 20)
    at = x[::val_every]
    return {"train_loss": (x, loss), "val_loss": (at, loss[::val_every] + 0.1), **more}


def paired(*logs):
    first, *others = (lossdoc.load(log) for log in logs)
    return pair([first], others)


class TestWhichLoss:
    def test_validation_where_every_run_has_points_enough_of_it(self):
        assert paired(logged(), logged(val_every=20)).loss.value == "val_loss"
        assert paired(logged(), logged(val_every=30)).loss.value == "train_loss"

    def test_few_points_are_enough_of_a_run_that_broke_down(self):
        broken = logged(val_every=30)
        broken["val_loss"][1][-1] = np.nan

        assert paired(logged(), broken).loss.value == "val_loss"

    def test_the_run_that_shares_none_is_named(self):
        train, val = logged(), logged()
        del train["val_loss"], val["train_loss"]

        with pytest.raises(SourceError, match="shares no loss"):
            paired(train, val)


def test_of_a_log_with_several_executions_the_last_one_is_compared(tmp_path):
    x = np.arange(60)
    bad, good = 3 + np.exp(-x / 20), 0.5 + 2 * np.exp(-x / 20)
    log = tmp_path / "again.csv"
    lines = [f"{step},{y:.5f}" for y_of in (bad, good) for step, y in enumerate(y_of)]
    log.write_text("\n".join(["step,train_loss", *lines]))

    found = lossdoc.compare({"train_loss": (x.astype(float), good)}, log)

    assert found.rows[0].contrast.candidate == pytest.approx(found.rows[0].contrast.reference, 1e-3)
