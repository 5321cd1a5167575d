"""LD307 weighs the share of dead units against what the loss does."""

import dataclasses

import numpy as np
import pytest

from lossdoc import curves
from lossdoc.engine import diagnose
from lossdoc.model import Severity
from lossdoc.rules.ld307_dead_units import DeadUnits

N = 300


def run_of(share, *, end=2.3, name="dead_frac"):
    """Run whose loss goes from 2.3 to ``end``; ``share`` of its units are dead."""
    rng = np.random.default_rng(0)
    run = curves.build(
        {
            "train_loss": np.linspace(2.3, end, N) + 0.01 * rng.standard_normal(N),
            "lr": np.full(N, 0.1),
            "dead_frac": np.broadcast_to(share, N),
        }
    )
    *others, dead = run.series
    return dataclasses.replace(run, series=(*others, dataclasses.replace(dead, name=name)))


def found(run):
    return next((f for f in diagnose(run) if f.code == "LD307"), None)


@pytest.mark.parametrize(
    ("share", "end", "severity"),
    [
        (1.0, 2.3, Severity.ERROR),
        (0.6, 2.3, Severity.WARNING),  # stuck, with some alive
        (0.95, 1.6, Severity.WARNING),  # learns badly, with next to none alive
        (0.6, 1.6, Severity.NOTE),
        (0.95, 0.4, Severity.NOTE),  # learns all the same
        (0.4, 2.3, None),
    ],
)
def test_severity_follows_share_and_loss(share, end, severity):
    finding = found(run_of(share, end=end))

    assert (finding and finding.severity) == severity


def test_zero_gradients_are_usual_up_to_a_higher_share():
    assert found(run_of(0.6, name="grad_zero_frac")) is None
    assert "gradients are zero" in found(run_of(0.8, name="grad_zero_frac")).message


def test_the_worst_layer_speaks():
    run = run_of(0.1, name="dead_relu/1")
    bad = dataclasses.replace(run.series[-1], name="dead_relu/2", values=np.full(N, 0.97))
    run = dataclasses.replace(run, series=(*run.series, bad))

    assert found(run).series == "dead_relu/2"


def test_counts_of_units_are_not_taken_for_shares():
    diagnosis = diagnose(run_of(12.0))

    assert "counts" in next(n.reason for n in diagnosis.not_checked if n.code == "LD307")


def test_it_explains_that_no_gradient_arrives_and_nothing_is_learned():
    run = run_of(1.0)
    extra = {"grad_norm_first": np.zeros(N), "grad_norm_last": np.full(N, 0.1)}
    norms = curves.build(extra).series

    diagnosis = diagnose(dataclasses.replace(run, series=(*run.series, *norms)))

    assert [f.code for f in diagnosis if f.severity > Severity.NOTE] == ["LD307"]
    assert {"LD301", "LD306"} <= {s.finding.code for s in diagnosis.superseded}


def test_dead_from_the_start_wants_other_weights_and_the_same_rate():
    (remedy,) = found(run_of(1.0)).prescriptions

    assert [(c.name, c.after) for c in remedy.changes] == [("init", "he_normal")]


@pytest.mark.parametrize(("died", "rate"), [(100, 0.03), (5, 0.01)])
def test_dead_since_later_wants_smaller_steps(died, rate):
    finding = found(run_of(np.where(np.arange(N) < died, 0.05, 0.97)))
    (remedy,) = finding.prescriptions

    assert finding.onset.step == died + 1
    assert {c.name: c.after for c in remedy.changes}["learning_rate"] == rate


def test_a_note_prescribes_nothing():
    assert found(run_of(0.6, end=0.4)).prescriptions == ()


def test_it_needs_the_share():
    assert DeadUnits.code in {n.code for n in diagnose(curves.healthy()(0)).not_checked}
