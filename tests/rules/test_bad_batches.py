"""The batches that are left out are those at which loss and gradient jumped together, no others."""

import numpy as np
import pytest

from lossdoc import curves
from lossdoc.engine import diagnose
from lossdoc.robust.case import Case
from lossdoc.rules import bad_batches

SEEDS = range(10)


def run(seed, *, bad=(), aftermath=0, growing=False, **build):
    """400 steps; ``bad``: stretches of steps, from 1, in which loss and norm are 50 times as high."""
    rng = np.random.default_rng(seed)
    level = curves.learning(400, 2.5, 0.3)
    loss, norm = curves.noisy(rng, level, 0.2), curves.noisy(rng, level, 0.2)
    for first, last in bad:
        for column in (loss, norm):
            column[first - 1 : last] *= 50.0
            column[last : last + aftermath] *= np.linspace(20.0, 4.0, aftermath)
            if growing:
                column[first - 9 : first - 1] *= np.geomspace(1.5, 40.0, 8)
    return curves.build({"train_loss": loss, "grad_norm": norm}, **build)


def skipped(made, steps):
    prescription = bad_batches.skip(Case(made), steps)
    return None if prescription is None else prescription.changes[0].after


@pytest.mark.parametrize("seed", SEEDS)
def test_bad_steps_are_named_to_the_point(seed):
    made = run(seed, bad=[(200, 202), (320, 320)])

    assert skipped(made, [200.0, 320.0]) == "200-202,320-320"


@pytest.mark.parametrize("seed", SEEDS)
def test_any_step_of_a_bad_stretch_leads_to_its_first(seed):
    assert skipped(run(seed, bad=[(200, 202)]), [202.0]) == "200-202"


@pytest.mark.parametrize("seed", SEEDS)
def test_of_a_long_aftermath_no_more_than_five_steps_are_left_out(seed):
    made = run(seed, bad=[(200, 200)], aftermath=15)

    assert skipped(made, [200.0, 207.0, 212.0]) == "200-204"


@pytest.mark.parametrize("seed", SEEDS)
def test_what_grows_over_several_steps_is_no_batch(seed):
    assert skipped(run(seed, bad=[(200, 200)], growing=True), [200.0]) is None


def test_four_stretches_are_no_accident():
    bad = [(n, n) for n in (100, 160, 220, 280)]

    assert skipped(run(0, bad=bad), [float(n) for n, _ in bad]) is None


def test_a_jump_of_the_norm_alone_is_not_blamed_on_the_batch():
    made = run(0, bad=[(200, 200)])
    made.series[0].values[199] /= 50.0

    assert skipped(made, [200.0]) is None


@pytest.mark.parametrize(
    "build", [{"steps": np.arange(10, 4010, 10)}, {"axis": "epoch"}], ids=["every 10th", "epochs"]
)
def test_without_a_row_for_every_step_nobody_can_tell(build):
    made = run(0, bad=[(200, 200)], **build)

    assert skipped(made, [float(made.series[0].steps[199])]) is None


def test_both_rules_prescribe_to_leave_them_out_first():
    findings = {f.code: f for f in diagnose(run(0, bad=[(200, 202)]))}

    [first, *_] = findings["LD204"].prescriptions or findings["LD202"].prescriptions
    assert [(c.name, c.after) for c in first.changes] == [("skip_batches", "200-202")]
    assert "it is the batch" in first.rationale
