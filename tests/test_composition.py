"""One story for each run: causes first, consequences set aside, one change for each setting."""

from dataclasses import replace

import pytest

from lossdoc import curves
from lossdoc.composition import compose, settle, verified
from lossdoc.engine import diagnose
from lossdoc.model import (
    Change,
    Channel,
    Confidence,
    Finding,
    Onset,
    Prescription,
    Severity,
)
from lossdoc.rules import builtin


def finding(code, severity=Severity.ERROR, segment=0, *changes):
    """A finding; each of ``changes`` is one prescription of it."""
    return Finding(
        code=code,
        name=code.lower(),
        severity=severity,
        confidence=Confidence.HIGH,
        channel=Channel.TRAIN_LOSS,
        series="loss",
        onset=Onset(10.0),
        last_step=20.0,
        message="",
        segment=segment,
        prescriptions=tuple(Prescription("kind", "act", (change,)) for change in changes),
    )


def wants(code, *changes, segment=0):
    return finding(code, Severity.ERROR, segment, *changes)


LOWER = Change("learning_rate", 0.1, 0.01)
HALVE = Change("learning_rate", 0.1, 0.05)
RAISE = Change("learning_rate", 0.1, 0.3)


class TestStory:
    def test_a_consequence_is_set_aside_and_named(self):
        kept, superseded = compose([finding("LD305", Severity.NOTE), finding("LD102")], builtin())

        assert [f.code for f in kept] == ["LD102"]
        assert [(s.finding.code, s.by) for s in superseded] == [("LD305", "LD102")]

    def test_a_note_explains_no_warning_away(self):
        kept, _ = compose(
            [finding("LD401", Severity.NOTE), finding("LD303", Severity.WARNING)], builtin()
        )

        assert {f.code for f in kept} == {"LD401", "LD303"}

    def test_what_was_over_before_is_no_consequence(self):
        over = replace(finding("LD202", Severity.WARNING), onset=Onset(2.0), last_step=5.0)
        kept, _ = compose([over, finding("LD102")], builtin())

        assert [f.code for f in kept] == ["LD102", "LD202"]

    def test_another_segment_explains_nothing(self):
        kept, _ = compose([finding("LD102", segment=0), finding("LD401", segment=1)], builtin())

        assert len(kept) == 2

    def test_no_two_rules_explain_each_other(self):
        explains = {r.code: r.supersedes for r in builtin()}
        for code, others in explains.items():
            assert code not in others
            assert all(code not in explains[other] for other in others)


class TestSettle:
    def test_two_rules_never_turn_one_screw_in_opposite_directions(self):
        first, second = settle([wants("LD201", LOWER), wants("LD303", RAISE)])

        assert first.prescriptions[0].changes == (LOWER,)
        assert second.prescriptions == ()
        assert second.caveat == "its remedy contradicts that of LD201, which goes first"

    def test_two_rules_that_agree_prescribe_once(self):
        first, second = settle([wants("LD102", LOWER), wants("LD201", HALVE)])

        assert first.prescriptions[0].changes == (LOWER,)
        assert second.prescriptions == ()
        assert second.caveat == "the remedy of LD102 goes first"

    def test_a_factor_turns_the_same_screw_as_the_rate(self):
        factor = Change("learning_rate_factor", 1.0, 10.0)
        _, second = settle([wants("LD102", LOWER), wants("LD303", factor)])

        assert "contradicts" in second.caveat

    def test_two_schedules_are_a_contradiction_and_one_twice_is_not(self):
        cosine = Change("schedule", "constant", "cosine to 0")
        linear = Change("schedule", "constant", "linear to 0")

        assert "contradicts" in settle([wants("LD502", cosine), wants("LD503", linear)])[1].caveat
        assert (
            "contradicts" not in settle([wants("LD502", cosine), wants("LD503", cosine)])[1].caveat
        )

    def test_other_settings_and_other_segments_are_left_alone(self):
        clip = Change("clip_grad_norm", None, 1.0)
        found = [wants("LD102", LOWER), wants("LD204", clip), wants("LD303", RAISE, segment=1)]

        assert settle(found) == tuple(found)

    def test_alternatives_within_a_finding_stay(self):
        found = wants("LD301", RAISE, LOWER)

        assert settle([found]) == (found,)

    def test_only_what_clashes_is_dropped(self):
        checkpoint = Change("checkpoint_step", 100.0, 40.0)
        second = replace(wants("LD401", LOWER, checkpoint), caveat="small validation set")
        _, settled = settle([wants("LD503", HALVE), second])

        assert [p.changes for p in settled.prescriptions] == [(checkpoint,)]
        assert settled.caveat == "small validation set; the remedy of LD503 goes first"

    @pytest.mark.parametrize("rule", builtin(), ids=lambda rule: rule.code)
    def test_no_example_ends_in_two_directions(self, rule):
        for example in rule.examples:
            diagnosis = diagnose(example.make(3), min_confidence=Confidence.LOW)
            rates = {
                (f.segment, f.code): p.changes[0].after > p.changes[0].before
                for f in diagnosis
                for p in f.prescriptions[:1]
                if p.changes
                and p.changes[0].name == "learning_rate"
                and p.changes[0].before is not None
                and p.changes[0].after != p.changes[0].before
            }
            assert len(set(rates.values())) <= 1


class TestVerified:
    def test_the_next_log_must_be_free_of_it_and_better(self):
        run = curves.table(
            100, lambda rng, t: {"train_loss": 2 - t, "val_loss": 2.5 - 2 * t + 1.5 * t * t}
        )(0)
        [told] = verified(wants("LD401", LOWER), run).prescriptions

        assert told.verify.startswith("lossdoc analyze NEW_LOG: LD401 is gone and val_loss ends")

    def test_without_a_validation_loss_only_the_finding_counts(self):
        run = curves.table(100, lambda rng, t: {"train_loss": 2 - t})(0)
        [told] = verified(wants("LD102", LOWER), run).prescriptions

        assert told.verify == "lossdoc analyze NEW_LOG: LD102 is gone"

    def test_a_finding_without_a_prescription_says_nothing(self):
        found = wants("LD204")

        assert verified(found, curves.healthy()(0)) is found
