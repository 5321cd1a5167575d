"""Better, worse, same, or cannot tell: on runs whose truth is known."""

import math

import numpy as np
import pytest

import lossdoc
from lossdoc.errors import SourceError, UsageError


def seed_run(seed, *, factor=1.0, spread=0.01, n=200, rate=0.03, stride=1):
    """Exponential descent to a floor, times what the seed makes of it."""
    random = np.random.default_rng(seed)
    level = factor * math.exp(spread * random.standard_normal())
    x = np.arange(0, n * stride, stride, dtype=float)
    noise = np.exp(0.002 * random.standard_normal(n))
    return {"train_loss": (x, level * (0.5 + 2 * np.exp(-rate * x)) * noise)}


def seeds(first, count=3, **how):
    return [seed_run(first + i, **how) for i in range(count)]


def test_runs_of_one_configuration_are_not_told_apart():
    found = lossdoc.compare(seeds(0), seeds(10))

    assert found.outcome == "cannot tell"
    assert found.exit_code == 0


def test_a_higher_floor_beyond_seed_noise_is_worse_with_effect_and_interval():
    found = lossdoc.compare(seeds(0), seeds(10, factor=1.2))
    contrast = found.rows[0].contrast

    assert (found.outcome, found.exit_code) == ("worse", 1)
    assert (contrast.n_reference, contrast.n_candidate) == (3, 3)
    assert 0 < contrast.low < contrast.difference < contrast.high
    assert contrast.effect > 5


def test_a_lower_floor_is_better():
    assert lossdoc.compare(seeds(0), seeds(10, factor=0.8)).outcome == "better"


def test_two_per_cent_are_seen_where_seeds_differ_by_less():
    found = lossdoc.compare(seeds(0, spread=0.001), seeds(10, spread=0.001, factor=1.02))

    assert found.outcome == "worse"


def test_what_is_within_the_margin_is_the_same():
    found = lossdoc.compare(
        seeds(0, spread=0.001), seeds(10, spread=0.001, factor=1.02), margin=0.1
    )

    assert (found.outcome, found.exit_code) == ("same", 0)


def test_one_new_run_is_judged_by_the_noise_of_the_references():
    assert lossdoc.compare(seeds(0), seed_run(10, factor=1.5)).outcome == "worse"
    assert lossdoc.compare(seeds(0), seed_run(11)).outcome == "cannot tell"


def test_with_one_run_each_the_seed_noise_is_unknown():
    found = lossdoc.compare(seed_run(0), seed_run(10, factor=1.2))

    assert (found.outcome, found.judged, found.exit_code) == ("cannot tell", False, 3)
    assert "unknown" in found.why


def test_a_floor_several_times_as_high_needs_no_seed_noise():
    stuck = seed_run(10)
    stuck["train_loss"] = (stuck["train_loss"][0], np.full(200, 2.3))

    assert lossdoc.compare(seed_run(0), stuck).outcome == "worse"


def broken(seed):
    run = seed_run(seed)
    run["train_loss"][1][120:] = np.nan
    return run


def test_a_run_that_ends_in_nan_is_worse():
    assert lossdoc.compare(seed_run(0), broken(10)).outcome == "worse"
    assert lossdoc.compare(seeds(0), [*seeds(10, 2), broken(12)]).outcome == "worse"


def test_a_reference_that_ends_in_nan_is_no_reference():
    found = lossdoc.compare([*seeds(0), broken(3)], seeds(10))

    assert (found.outcome, found.exit_code) == ("cannot tell", 3)


def test_slower_learning_decides_where_the_mean_was_chosen():
    slow = seeds(10, rate=0.015)

    assert lossdoc.compare(seeds(0), slow, measure="mean").outcome == "worse"
    half = lossdoc.compare(seeds(0), slow).speed[0]
    assert half.candidate > 1.5 * half.reference


def test_where_the_loss_need_not_fall_a_lower_one_is_no_better():
    """Policies are trained on losses that say nothing of how good they are."""
    reinforced = [
        {**run, "reward": (run["train_loss"][0], np.linspace(0.0, 100.0, 200))} for run in seeds(0)
    ]
    found = lossdoc.compare(reinforced, seeds(10, factor=1.5))

    assert (found.outcome, found.exit_code) == ("cannot tell", 3)
    assert "reinforcement" in found.why


def test_a_run_that_was_stopped_early_passes_no_gate():
    found = lossdoc.compare(seeds(0), seeds(10, n=60))

    assert found.exit_code == 3
    assert found.pairing.covered == pytest.approx(59 / 199)


def test_other_logging_intervals_do_not_matter():
    found = lossdoc.compare(seeds(0), seeds(10, n=40, stride=5, factor=1.2))

    assert found.outcome == "worse"


def test_curves_part_where_they_do():
    late = seeds(10)
    for run in late:
        run["train_loss"][1][100:] *= 1.3

    parted = lossdoc.compare(seeds(0), late).parted

    assert 90 <= parted <= 125
    assert lossdoc.compare(seeds(0), seeds(20)).parted is None


def test_curves_that_come_together_again_lie_apart_for_a_while():
    slow = seeds(10, rate=0.015, n=600)

    apart = lossdoc.compare(seeds(0, n=600), slow).apart

    assert (apart.above, apart.for_good) == (True, False)
    assert apart.first < 10
    assert 100 < apart.last < 450


def test_with_one_reference_only_a_gross_distance_is_a_parting():
    assert lossdoc.compare(seed_run(0), seeds(10, factor=1.2)).apart is None
    stuck = seed_run(10)
    stuck["train_loss"] = (stuck["train_loss"][0], np.full(200, 2.5))
    assert 0 < lossdoc.compare(seed_run(0), stuck).parted < 60


def test_the_area_between_the_curves_and_who_lies_above():
    area = lossdoc.compare(seeds(0, spread=0.001), seeds(10, factor=1.2, spread=0.001)).area

    assert area.relative
    assert area.size == pytest.approx(0.2, abs=0.02)
    assert area.above == 1.0


def test_levels_of_the_references_and_where_each_side_reaches_them():
    found = lossdoc.compare(seeds(0), [*seeds(10, 2, rate=0.015), seed_run(12, factor=3.0)])
    half, most, final = found.speed

    assert (half.name, most.name, final.name) == ("half", "nine tenths", "final")
    assert half.level > most.level > final.level
    assert half.candidate > 1.5 * half.reference
    assert most.reached == (3, 2)


def test_the_best_loss_is_no_lucky_point_at_the_end():
    lucky = seed_run(10)
    lucky["train_loss"][1][:] *= np.exp(0.3 * np.random.default_rng(3).standard_normal(200))
    lucky["train_loss"][1][-1] = 0.01

    best = next(r for r in lossdoc.compare(seeds(0), lucky).rows if r.name == "best")

    assert best.contrast.candidate > 0.3


def test_slower_learning_is_told_where_the_final_loss_decides():
    found = lossdoc.compare(seeds(0, n=600), seeds(10, rate=0.015, n=600))
    mean = next(row for row in found.rows if row.name == "mean")

    assert found.exit_code == 0
    assert mean.beyond(found.margin) == 1


def test_two_per_cent_beyond_seed_noise_are_caught_on_most_seeds_and_no_difference_hardly_ever():
    """20 pairs of sides each; seeds differ by 0.2 %."""
    caught = alarms = 0
    for i in range(20):
        old = seeds(100 * i, spread=0.002, n=60)
        caught += lossdoc.compare(
            old, seeds(100 * i + 10, spread=0.002, n=60, factor=1.02)
        ).exit_code
        alarms += lossdoc.compare(old, seeds(100 * i + 20, spread=0.002, n=60)).exit_code

    assert caught >= 18
    assert alarms == 0


def test_spikes_and_noise_are_told_for_both_sides():
    rough = seeds(10)
    for run in rough:
        run["train_loss"][1][[90, 130]] *= 6.0
        run["train_loss"][1][140:] *= np.exp(0.05 * np.random.default_rng(1).standard_normal(60))

    found = lossdoc.compare(seeds(0), rough)

    assert found.spikes == (0.0, 2.0)
    assert found.noise[1] > 2 * found.noise[0]


def test_copies_of_a_run_tell_nothing_of_the_noise():
    """A log under three names, or one seed trained three times by a deterministic program."""
    found = lossdoc.compare([seed_run(0)] * 3, seed_run(10, factor=1.2))

    assert (found.outcome, found.judged) == ("cannot tell", False)
    assert found.pairing.copies == 2


def test_losses_that_are_not_positive_are_compared_by_differences():
    shifted = [
        [{"train_loss": (r["train_loss"][0], r["train_loss"][1] - 1.0)} for r in side]
        for side in (seeds(0), seeds(10, factor=1.2))
    ]
    found = lossdoc.compare(*shifted)

    assert not found.rows[0].relative
    assert found.outcome == "worse"


def test_a_finding_of_the_new_runs_alone_is_gained():
    found = lossdoc.compare(seed_run(0), broken(10))

    assert "LD101" in found.gained


def test_matched_on_epochs_where_the_runs_count_other_things():
    steps = np.arange(1, 41.0)
    counted = {
        "train_loss": (steps * 10, 1 / steps + 0.5), "epoch": (steps * 10, steps)
    }  # fmt: skip
    found = lossdoc.compare(counted, counted, by="epoch")

    assert (found.pairing.by, found.pairing.last) == ("epoch", 40.0)


def test_what_a_log_does_not_tell_cannot_match_it():
    with pytest.raises(SourceError, match="time"):
        lossdoc.compare(seed_run(0), seed_run(1), by="time")


def test_runs_without_a_common_loss_or_stretch_are_refused():
    x, y = seed_run(0)["train_loss"]
    with pytest.raises(SourceError, match="no loss"):
        lossdoc.compare(seed_run(0), {"val_loss": (x, y)})
    with pytest.raises(SourceError, match="in common"):
        lossdoc.compare(seed_run(0), {"train_loss": (x + 1e6, y)})
    with pytest.raises(SourceError, match="5"):
        lossdoc.compare(seed_run(0), {"train_loss": (x[:3], y[:3])})


def test_an_empty_side_is_wrong_usage():
    with pytest.raises(UsageError, match="empty"):
        lossdoc.compare([], seed_run(0))
