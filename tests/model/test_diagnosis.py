"""Findings and diagnoses."""

import pytest

from lossdoc.model import (
    Channel,
    Confidence,
    Diagnosis,
    Evidence,
    Finding,
    Onset,
    Severity,
    Verdict,
)


def finding(severity: Severity) -> Finding:
    return Finding(
        code="LD102",
        name="diverged",
        severity=severity,
        confidence=Confidence.HIGH,
        channel=Channel.TRAIN_LOSS,
        series="loss",
        onset=Onset(3.0),
        last_step=9.0,
        message="loss rose",
        evidence=(Evidence("rise", 4.5, "x", 2.0),),
    )


def test_numbers_are_found_by_the_name_of_their_evidence():
    assert finding(Severity.ERROR).number("rise") == 4.5
    with pytest.raises(KeyError, match="fall"):
        finding(Severity.ERROR).number("fall")


def test_the_worst_finding_counts():
    both = (finding(Severity.NOTE), finding(Severity.WARNING))
    diagnosis = Diagnosis("x", None, Verdict.AT_RISK, "", findings=both)

    assert diagnosis.worst is Severity.WARNING
    assert list(diagnosis) == list(both)
    assert Diagnosis("x", None, Verdict.HEALTHY, "").worst is None


def test_severities_and_confidences_are_ordered_and_named():
    assert Severity.NOTE < Severity.WARNING < Severity.ERROR
    assert [s.label for s in Severity] == ["note", "warning", "error"]
    assert [c.label for c in Confidence] == ["low", "medium", "high"]
