"""One decay over the run: what changes, by how much, and what stays unsaid."""

import numpy as np
import pytest

from lossdoc import curves
from lossdoc.robust.case import Case
from lossdoc.rules.base import Withheld
from lossdoc.rules.decay import finished, length, over_the_run


def case(rates=None, **kw):
    columns = {"train_loss": np.linspace(2, 1, 400)}
    if rates is not None:
        columns["lr"] = rates
    return Case(curves.build(columns, **kw))


def settings(prescription):
    return {change.name: change.after for change in prescription.changes}


def test_the_peak_stays_and_the_decay_takes_all_steps():
    (remedy,) = over_the_run(case(np.full(400, 0.2)), rationale="it hovers")

    assert settings(remedy) == {
        "schedule": "cosine to 0",
        "decay_steps": 400.0,
        "learning_rate": pytest.approx(0.2),
    }
    assert remedy.changes[0].before == "constant"
    assert "it hovers" in remedy.rationale
    assert "400 steps" in remedy.rationale


def test_the_peak_is_divided_and_rounded():
    (remedy,) = over_the_run(case(np.full(400, 0.1)), divide=3.0, rationale="")

    assert settings(remedy)["learning_rate"] == pytest.approx(0.03)
    assert "0.1 / 3 = 0.03" in remedy.rationale


def test_rows_of_epochs_tell_no_number_of_steps():
    (remedy,) = over_the_run(case(np.full(400, 0.2), axis="epoch"), rationale="")

    assert "decay_steps" not in settings(remedy)


def test_without_a_rate_there_is_nothing_to_prescribe():
    assert over_the_run(case(), rationale="") == ()


def test_a_planned_length_counts_where_it_is_known():
    assert length(case(context={"total_steps": 1000})) == 1000
    assert length(case(context={"total_steps": 100})) == 400
    assert length(case()) == 400


def test_a_run_that_was_cut_short_is_not_judged_by_how_its_schedule_ended():
    with pytest.raises(Withheld, match="step 400 of 1,000"):
        finished(case(context={"total_steps": 1000}))
    finished(case(context={"total_steps": 405}))
    finished(case())
