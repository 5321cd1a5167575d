"""What is right about a run, what is wrong, and what is neither."""

import pytest
from scorecard_samples import ERROR, FAULT, NOTE, SOUND, WARNING

from lossdoc.scorecard.truth import FAMILIES, Standing, family, primary, standing
from lossdoc.trainer.scenarios import SCENARIOS


@pytest.mark.parametrize(
    ("code", "severity", "what"),
    [
        ("LD102", ERROR, Standing.RIGHT),
        ("LD101", NOTE, Standing.RIGHT),
        ("LD401", WARNING, Standing.WRONG),
        ("LD401", NOTE, Standing.NEITHER),
        ("LD204", WARNING, Standing.NEITHER),
    ],
)
def test_findings_about_a_fault(code, severity, what):
    assert standing(FAULT, code, severity) is what


@pytest.mark.parametrize(
    ("severity", "what"),
    [(NOTE, Standing.NEITHER), (WARNING, Standing.WRONG), (ERROR, Standing.WRONG)],
)
def test_every_warning_about_a_sound_run_is_wrong(severity, what):
    assert standing(SOUND, "LD102", severity) is what


def test_the_best_answer_comes_first():
    assert (primary(FAULT), primary(SOUND)) == ("LD102", "")


def test_every_fault_belongs_to_a_family():
    faults = [one for one in SCENARIOS.values() if one.kind == "fault"]

    assert {family(primary(one)) for one in faults} == set(FAMILIES)
