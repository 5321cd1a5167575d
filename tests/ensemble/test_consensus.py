"""One prescription out of those of several runs: where they agree, and only there."""

import pytest

from lossdoc.ensemble.consensus import consensus
from lossdoc.model import (
    Change,
    Channel,
    Confidence,
    Finding,
    Onset,
    Prescription,
    Severity,
)


def prescribing(*changes, kind="learning_rate", action="lower the learning rate", **more):
    return Prescription(kind=kind, action=action, changes=changes, rationale="own", **more)


def finding(*prescriptions):
    return Finding(
        code="LD102",
        name="diverged",
        severity=Severity.ERROR,
        confidence=Confidence.HIGH,
        channel=Channel.TRAIN_LOSS,
        series="loss",
        onset=Onset(1.0),
        last_step=9.0,
        message="",
        prescriptions=prescriptions,
    )


def merged(*values, name="learning_rate", before=0.1):
    """What is made of one change in each run; None where nothing is."""
    found = consensus([finding(prescribing(Change(name, before, v))) for v in values])
    return found[0].changes[0].after if found else None


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ((0.01, 0.01, 0.01), 0.01),
        ((0.01, 0.02, 0.05), 0.02),
        ((0.01, 0.02), 0.02),  # 0.015 on the ladder 1-2-3-5
        ((0.69, 0.74, 0.77), 0.74),  # 1 would be no middle of these
        (("cosine", "cosine"), "cosine"),
        (("cosine", "linear"), None),
        ((0.001, 0.1), None),  # no middle fits both
        ((20, 31, 44), 31),
        ((1234, 2345), 1800),  # steps: two digits, up
    ],
)
def test_the_middle_of_what_the_runs_prescribe(values, expected):
    assert merged(*values) == expected


def test_a_rate_before_that_differs_is_the_middle_one():
    (found,) = consensus(
        [finding(prescribing(Change("learning_rate", b, 0.02))) for b in (0.1, 0.2, 0.4)]
    )

    assert found.changes == (Change("learning_rate", 0.2, 0.02),)


def test_it_says_of_how_many_runs_it_is_the_median():
    rates = [finding(prescribing(Change("learning_rate", 0.1, v))) for v in (0.01, 0.02, 0.05)]
    alike = [finding(prescribing(Change("learning_rate", 0.1, 0.01)))] * 3

    assert (
        consensus(rates)[0].rationale
        == "median of 3 runs, which prescribe learning_rate 0.01 to 0.05"
    )
    assert consensus(alike)[0].rationale == "3 runs prescribe the same learning_rate"


def test_each_run_resumes_from_its_own_checkpoint():
    runs = [
        finding(
            prescribing(
                Change("learning_rate", 0.1, 0.01),
                action="resume and lower the learning rate",
                from_step=float(step),
            )
        )
        for step in (10, 20)
    ]
    (found,) = consensus(runs)

    assert (found.from_step, found.action) == (None, "lower the learning rate")


def test_what_concerns_one_run_alone_is_passed_over_for_the_next_remedy():
    keep = prescribing(Change("checkpoint_step", 100.0, 40.0), kind="checkpoint")
    lower = prescribing(Change("learning_rate", 0.1, 0.04))

    (found,) = consensus([finding(keep, lower), finding(keep, lower)])

    assert [c.name for c in found.changes] == ["learning_rate"]


def test_a_setting_on_which_the_runs_differ_is_left_out():
    runs = [
        finding(prescribing(Change("learning_rate", 0.1, 0.01), Change("schedule", None, s)))
        for s in ("cosine", "linear")
    ]
    (found,) = consensus(runs)

    assert [c.name for c in found.changes] == ["learning_rate"]


def test_half_of_the_runs_are_no_majority():
    lower = finding(prescribing(Change("learning_rate", 0.1, 0.01)))
    raised = finding(prescribing(Change("learning_rate", 0.1, 0.3), Change("warmup_steps", 1, 9)))

    assert consensus([lower, lower, raised]) != ()
    assert consensus([lower, lower, raised, raised]) == ()
    assert consensus([lower]) == ()
    assert consensus([]) == ()
