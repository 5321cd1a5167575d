"""The merged block: every setting once, with who asks for it; contradictions are told."""

from dataclasses import replace

from report_samples import failing, finding

from lossdoc.composition import settle
from lossdoc.model import Change, Prescription
from lossdoc.report import json
from lossdoc.report.plan import plan

LOWER = Change("learning_rate", 0.1, 0.01)
RAISE = Change("learning_rate", 0.1, 0.3)
CLIP = Change("clip_grad_norm", None, 1.0)


def wants(code, *changes, segment=0, from_step=None):
    fix = Prescription("kind", "do it", changes, from_step=from_step)
    return finding(code=code, name=code.lower(), prescriptions=(fix,), segment=segment)


def planned(*findings):
    return plan(json.run(replace(failing(), findings=settle(findings))))


def test_each_setting_stands_once_with_the_rule_that_asks():
    merged = planned(wants("LD102", LOWER), wants("LD204", CLIP))

    assert merged.changes.splitlines() == [
        "learning_rate: 0.01  # was 0.1 (LD102)",
        "clip_grad_norm: 1  # was not in the log (LD204)",
    ]
    assert merged.actions == ("LD102 ld102: do it", "LD204 ld204: do it")
    assert merged.contested == ()


def test_what_would_be_changed_the_other_way_is_told():
    merged = planned(wants("LD102", LOWER), wants("LD303", RAISE))

    assert merged.changes == "learning_rate: 0.01  # was 0.1 (LD102)"
    assert merged.contested == ("LD303 alone would set learning_rate to 0.3; LD102 goes first",)


def test_what_would_be_changed_the_same_way_is_no_contradiction():
    merged = planned(wants("LD102", LOWER), wants("LD201", LOWER))

    assert merged.contested == ()


def test_of_several_executions_the_last_one_goes_on():
    merged = planned(wants("LD102", LOWER), wants("LD303", RAISE, segment=1))

    assert merged.changes == "learning_rate: 0.3  # was 0.1 (LD303)"
    assert merged.contested == (
        "LD102 would set learning_rate to 0.01 for execution 1 of this log; LD303 tells of a later one",
    )


def test_a_checkpoint_to_resume_from_stands_in_the_action():
    merged = planned(wants("LD102", LOWER, from_step=120.0))

    assert merged.actions == ("LD102 ld102: do it, from the last checkpoint at or before step 120",)
