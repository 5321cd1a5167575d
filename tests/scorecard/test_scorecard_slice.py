"""A small fixed slice of the scenarios is trained and judged: no change may make it worse unseen."""

import pytest
import torch

from lossdoc.scorecard.slice import NAMES, SEEDS, slice_score
from lossdoc.scorecard.truth import family, primary
from lossdoc.trainer.scenarios import SCENARIOS

torch.set_num_threads(1)

NAMED = 28
"""Of 28 faulty runs; whoever lowers it says why."""

WRONG, ALARMS = 0, 0


@pytest.fixture(scope="module")
def score():
    return slice_score()


def test_faults_are_named(score):
    assert score.faulty == 28
    assert score.named >= NAMED, score.troubles


def test_nothing_wrong_is_said(score):
    assert score.wrong <= WRONG, score.troubles
    assert score.alarms <= ALARMS, score.troubles


def test_the_slice_has_something_of_every_family_and_sound_runs(score):
    faults = [SCENARIOS[name] for name in NAMES if SCENARIOS[name].kind == "fault"]

    assert {family(primary(fault)) for fault in faults} == {"LD1", "LD2", "LD3", "LD4", "LD5"}
    assert score.sound == SEEDS * (len(NAMES) - len(faults))
