"""LD301: what no learning is, and what is tried against it."""

import numpy as np
import pytest

from lossdoc import curves
from lossdoc.engine import diagnose


def run(rng, *, slope=0.0, noise=0.03, **more):
    """400 steps at 2.4 whose validation loss falls by ``slope`` in all."""
    t = np.arange(400) / 400
    columns = {
        "train_loss": 2.4 - slope * t + noise * rng.standard_normal(400),
        "val_loss": 2.4 - slope * t + 1e-4 * rng.standard_normal(400),
    }
    return curves.build(columns | more, every=20)


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def found(diagnosis):
    return [f.code for f in diagnosis.findings if f.severity.label != "note"]


def settings(finding):
    return [{c.name: c.after for c in p.changes} for p in finding.prescriptions]


def test_a_flat_loss_wants_other_first_weights(rng):
    finding = diagnose(run(rng)).findings[0]

    assert finding.code == "LD301"
    assert settings(finding) == [
        {"init": "he_normal", "activation": "relu"},
        {"batches_in_the_data_set": 1},
    ]


def test_a_line_that_hardly_falls_wants_a_higher_rate(rng):
    diagnosis = diagnose(run(rng, slope=0.05, lr=np.full(400, 1e-3)))
    finding = diagnosis.findings[0]

    assert found(diagnosis) == ["LD301"]
    assert "will not come to anything" in finding.message
    assert finding.number("covered") == pytest.approx(0.05 / 2.4, rel=0.1)
    assert settings(finding)[0]["learning_rate"] == pytest.approx(0.1)


def test_it_explains_that_the_run_is_too_slow(rng):
    diagnosis = diagnose(run(rng, slope=0.05))

    assert [(s.finding.code, s.by) for s in diagnosis.superseded] == [("LD303", "LD301")]


def test_a_tiny_rate_is_raised_before_anything_else(rng):
    finding = diagnose(run(rng, lr=np.full(400, 1e-6))).findings[0]

    assert settings(finding)[0]["learning_rate"] == pytest.approx(1e-4)


def test_the_validation_loss_is_judged_where_it_is_alone(rng):
    finding = diagnose(curves.build({"val_loss": 2.3 + 1e-3 * rng.standard_normal(60)})).findings[0]

    assert (finding.code, finding.series) == ("LD301", "val_loss")


def test_a_classifier_that_does_its_best_is_not_stuck(rng):
    accuracy = 0.62 + 0.01 * rng.standard_normal(400)
    loss = {name: 0.66 + 0.02 * rng.standard_normal(400) for name in ("train_loss", "val_loss")}

    assert found(diagnose(curves.build({**loss, "val_acc": accuracy}, every=20))) == ["LD403"]


def test_a_fall_within_the_first_twentieth_counts(rng):
    level = 1.95 + 0.4 * np.exp(-np.arange(400) / 4)
    columns = {"train_loss": level + 0.02 * rng.standard_normal(400)}

    assert found(diagnose(curves.build(columns))) == []


def test_an_accuracy_contradicts_a_level_that_is_that_of_chance_by_accident(rng):
    """1.946 is ln 7: what lies before the first row is not known, but the accuracy is."""
    loss = {name: 1.946 + 0.01 * rng.standard_normal(400) for name in ("train_loss", "val_loss")}
    steps = np.arange(100, 500)

    guessing = curves.build(loss, steps=steps, every=20)
    knowing = curves.build({**loss, "train_acc": np.full(400, 0.6)}, steps=steps, every=20)

    assert found(diagnose(guessing)) == ["LD301"]
    assert "LD301" not in found(diagnose(knowing))
