"""LD907 counts evaluations and says at which interval there would be enough."""

import numpy as np
import pytest

from lossdoc import curves
from lossdoc.engine import diagnose
from lossdoc.model import Severity


def told(run):
    return next((f for f in diagnose(run) if f.code == "LD907"), None)


@pytest.mark.parametrize(("every", "fires"), [(400, True), (80, True), (50, False), (20, False)])
def test_fewer_than_eight_evaluations_show_no_minimum(every, fires):
    assert (told(curves.healthy(every=every)(0)) is not None) == fires


def test_it_prescribes_a_fortieth_of_the_run():
    note = told(curves.healthy(n=4000, every=1000)(0))
    (change,) = note.prescriptions[0].changes

    assert note.severity is Severity.NOTE
    assert (change.name, change.after) == ("eval_steps", 100)


def test_a_late_beginning_is_told_with_its_share():
    def late(columns, _):
        columns["val_loss"][:12] = np.nan

    note = told(curves.altered(curves.healthy(every=10), late)(0))

    assert "begins at step 130" in note.message
    assert note.number("first") == pytest.approx(0.32, abs=0.01)


def test_one_evaluation_an_epoch_is_as_often_as_the_training_loss():
    assert told(curves.epochs(n=30)(0)) is None


def test_a_short_log_needs_points_first():
    assert told(curves.healthy(n=90, every=30)(0)) is None


def test_epochs_are_no_steps_to_evaluate_after():
    run = curves.build(
        {"train_loss": curves.learning(200, 2, 0.3), "val_loss": curves.learning(200, 2, 0.3)},
        axis="tokens",
        every=50,
    )

    assert told(run).prescriptions == ()


@pytest.mark.parametrize("code", ["LD901", "LD903", "LD907"])
def test_what_a_log_lacks_is_not_told_while_the_run_goes_on(code):
    runs = {
        "LD901": curves.epochs(12)(0),
        "LD903": curves.without(curves.healthy(), "val_loss")(0),
        "LD907": curves.healthy(every=80)(0),
    }

    def state(total_steps):
        diagnosis = diagnose(runs[code], total_steps=total_steps)
        return code in {f.code for f in diagnosis}, code in {n.code for n in diagnosis.not_checked}

    assert state(None) == (True, False)
    assert state(5000) == (False, True)
