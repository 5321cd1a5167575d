"""What several runs of one configuration have in common."""

from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pytest

from lossdoc import curves
from lossdoc.engine import diagnose, inconclusive
from lossdoc.ensemble import groups, member
from lossdoc.errors import NoUsableMetric
from lossdoc.model import Channel

SETTINGS = {"optimizer": "sgd", "learning_rate": 0.1, "batch_size": 64.0}


def run(make, seed, path="runs/seed-{}.csv", context=SETTINGS, **changes):
    made = make(seed)
    return replace(made, path=path.format(seed), context=MappingProxyType(context), **changes)


def judged(*runs):
    return groups(map(diagnose, runs))


FINE = curves.healthy()
BLOWN = curves.altered(curves.healthy(rate="constant"), curves.blow_up)


@pytest.fixture(scope="module")
def seven_of_eight():
    runs = [run(BLOWN, seed) for seed in range(8)]
    runs[3] = run(FINE, 3)
    (found,) = judged(*runs)
    return found


def test_most_runs_show_it_and_one_does_not(seven_of_eight):
    diverged = seven_of_eight.shared[0]

    assert (diverged.finding.code, diverged.extent) == ("LD102", "common")
    assert diverged.runs == tuple(f"seed-{i}" for i in (0, 1, 2, 4, 5, 6, 7))
    assert diverged.silent == ("seed-3",)
    assert all(236 <= onset <= 246 for onset in diverged.onsets)
    assert diverged.finding.onset.step in diverged.onsets


def test_what_the_runs_prescribe_is_merged(seven_of_eight):
    (fix,) = seven_of_eight.shared[0].finding.prescriptions

    assert {c.name: c.after for c in fix.changes}["learning_rate"] == 1e-4
    assert fix.from_step is None


def test_the_runs_are_named_together(seven_of_eight):
    assert seven_of_eight.pattern == "runs/seed-#.csv"
    assert seven_of_eight.paths[0] == "runs/seed-0.csv"
    assert dict(seven_of_eight.context) == SETTINGS
    assert [v.value for v in seven_of_eight.verdicts].count("failing") == 7


def test_what_one_run_shows_is_its_accident_and_nothing_is_prescribed_to_all():
    (found,) = judged(run(BLOWN, 0), *(run(FINE, seed) for seed in range(1, 5)))
    diverged = found.shared[0]

    assert (diverged.extent, diverged.runs) == ("single", ("seed-0",))
    assert diverged.finding.prescriptions == ()


def test_half_of_the_runs_is_some():
    (found,) = judged(*(run(BLOWN, s) for s in (0, 1)), *(run(FINE, s) for s in (2, 3)))

    assert found.shared[0].extent == "some"


def test_what_another_finding_explains_is_counted_as_there():
    def ends_in_nan(columns, _):
        columns["train_loss"][300:] = np.nan

    both = curves.altered(BLOWN, ends_in_nan)
    (found,) = judged(run(BLOWN, 0), run(both, 1), run(both, 2))
    by_code = {s.finding.code: s for s in found.shared}

    assert by_code["LD101"].runs == ("seed-1", "seed-2")
    assert by_code["LD102"].runs == ("seed-0",)
    assert by_code["LD102"].explained == (("seed-1", "LD101"), ("seed-2", "LD101"))
    assert by_code["LD102"].extent == "common"


class TestWhatIsOneConfiguration:
    def test_a_single_run_is_no_ensemble(self):
        assert judged(run(FINE, 0)) == ()

    def test_the_same_log_twice_is_a_single_run(self):
        assert judged(run(FINE, 0), run(FINE, 0)) == ()

    def test_another_setting_is_another_configuration(self):
        assert judged(run(FINE, 0), run(FINE, 1, context={**SETTINGS, "batch_size": 8.0})) == ()

    def test_a_seed_is_no_setting(self):
        one, two = ({**SETTINGS, "seed": float(i)} for i in (1, 2))

        assert len(judged(run(FINE, 1, context=one), run(FINE, 2, context=two))) == 1

    def test_other_words_in_the_path_are_another_configuration(self):
        assert judged(run(FINE, 0, path="mlp/seed-{}"), run(FINE, 1, path="cnn/seed-{}")) == ()

    def test_another_loss_is_another_configuration(self):
        other = run(FINE, 1)
        series = tuple(
            replace(s, name="nll") if s.channel is Channel.TRAIN_LOSS else s for s in other.series
        )

        assert judged(run(FINE, 0), replace(other, series=series)) == ()

    def test_other_columns_or_steps_are_another_configuration(self):
        fewer = curves.without(FINE, "grad_norm")
        sparse = run(FINE, 1)
        series = tuple(replace(s, steps=10.0 * s.steps) for s in sparse.series)

        assert judged(run(FINE, 0), run(fewer, 1)) == ()
        assert judged(run(FINE, 0), replace(sparse, series=series)) == ()

    def test_without_settings_the_logged_rate_tells_a_sweep(self):
        fast = curves.altered(FINE, lambda columns, _: columns["lr"].__imul__(10.0))

        assert len(judged(run(FINE, 0, context={}), run(FINE, 1, context={}))) == 1
        assert judged(run(FINE, 0, context={}), run(fast, 1, context={})) == ()

    def test_a_run_that_died_before_its_first_validation_belongs_to_the_others(self):
        died = run(curves.without(BLOWN, "val_loss"), 1)

        assert len(judged(run(FINE, 0), died)) == 1

    def test_two_configurations_are_told_one_after_the_other(self):
        found = judged(
            *(run(FINE, s, path="a/{}.csv") for s in (0, 1)),
            *(run(FINE, s, path="b/{}.csv") for s in (0, 1)),
        )

        assert [e.pattern for e in found] == ["a/#.csv", "b/#.csv"]


def test_what_could_not_be_read_is_no_member():
    assert member(inconclusive("x.csv", NoUsableMetric("no loss"))) is None
