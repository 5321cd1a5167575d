"""Losses made of parts: with a total and without one."""

from dataclasses import replace

import numpy as np
import pytest

from lossdoc import curves
from lossdoc.components import behind_total, told_once, without_total
from lossdoc.composition import compose
from lossdoc.engine import diagnose
from lossdoc.model import Channel, Confidence, Evidence, Finding, Onset, Run, Series, Severity
from lossdoc.rules import builtin
from lossdoc.sources.frames import run_from_mapping

N = 400
FALLING = curves.learning(N, 2.5, 0.3)


def series(channel, name, values, steps=None):
    steps = np.arange(1.0, len(values) + 1) if steps is None else steps
    return Series(channel, name, steps, np.asarray(values), np.arange(len(values)) + 2)


def noisy(seed, level=FALLING):
    return curves.noisy(np.random.default_rng(seed), level, 0.03)


def ends_in_nan(seed, at=300):
    values = noisy(seed)
    values[at:] = np.nan
    return values


def blows_up(seed, at=240):
    values = noisy(seed)
    values[at:] = 40.0 * np.exp(0.05 * np.random.default_rng(seed).standard_normal(N - at))
    return values


def run_of(total=None, val=None, **parts):
    """A run of parts by name; ``val_`` before a name makes it one of the validation loss."""
    made = [] if total is None else [series(Channel.TRAIN_LOSS, "loss", total)]
    made += [] if val is None else [series(Channel.VAL_LOSS, "val_loss", val)]
    for name, values in parts.items():
        is_val = name.startswith("val_")
        channel = Channel.VAL_COMPONENT if is_val else Channel.TRAIN_COMPONENT
        made.append(series(channel, name, values))
    return Run("parts.csv", "csv", tuple(made))


def stated(run):
    return {f.code: f for f in diagnose(run).findings if f.severity >= Severity.WARNING}


class TestWithoutATotal:
    def test_every_part_is_judged_with_the_validation_of_its_name(self):
        run = run_of(box=noisy(0), cls=noisy(1), val_cls=noisy(2))
        box, cls = without_total(run)

        assert [(s.channel, s.name) for s in box.series] == [(Channel.TRAIN_LOSS, "box")]
        assert [(s.channel, s.name) for s in cls.series] == [
            (Channel.TRAIN_LOSS, "cls"),
            (Channel.VAL_LOSS, "val_cls"),
        ]

    def test_a_validation_loss_of_the_whole_belongs_to_no_part(self):
        *parts, whole = without_total(run_of(val=noisy(2), box=noisy(0), cls=noisy(1)))

        assert all(Channel.VAL_LOSS not in part for part in parts)
        assert [s.name for s in whole.series] == ["val_loss"]

    def test_parts_that_learn_are_healthy(self):
        diagnosis = diagnose(run_of(box=noisy(0), cls=noisy(1), dfl=noisy(2)))

        assert diagnosis.verdict.value == "healthy"
        assert "LD102" in diagnosis.passed

    def test_what_one_part_shows_is_found_on_it(self):
        found = stated(run_of(box=noisy(0), cls=ends_in_nan(1)))

        assert set(found) == {"LD101"}
        assert found["LD101"].series == "cls"
        assert found["LD101"].channel is Channel.TRAIN_COMPONENT

    def test_what_several_parts_show_is_told_once(self):
        found = stated(run_of(box=ends_in_nan(0, 320), cls=ends_in_nan(1, 300), dfl=noisy(2)))

        assert list(found) == ["LD101"]
        assert found["LD101"].series == "cls"
        assert found["LD101"].message.endswith("; likewise box")
        onsets = {e.name: e.value for e in found["LD101"].evidence if "onset" in e.name}
        assert onsets == {"onset:cls": 301.0, "onset:box": 321.0}

    def test_one_part_explains_nothing_about_another(self):
        rising = 0.7 + 1.5 * np.clip(np.arange(N) / N - 0.3, 0, None)
        run = run_of(
            box=ends_in_nan(0),
            cls=noisy(1, curves.learning(N, 2.3, 0.02)),
            val_cls=noisy(2, curves.learning(N, 2.3, 0.02) + rising),
        )

        assert set(stated(run)) == {"LD101", "LD401"}

    def test_every_rule_is_accounted_for_once(self):
        d = diagnose(run_of(box=ends_in_nan(0), cls=noisy(1)), min_confidence=Confidence.LOW)
        fired = {f.code for f in d.findings} | {s.finding.code for s in d.superseded}
        counted = [*fired, *d.passed, *(n.code for n in d.not_checked)]

        assert sorted(counted) == sorted(r.code for r in builtin())

    def test_a_single_part_is_the_loss(self):
        run = run_of(total=noisy(0))

        assert without_total(run) == (run,)


class TestBehindATotal:
    def test_a_part_that_is_not_finite_any_more_is_a_warning(self):
        found = stated(run_of(total=noisy(0), box=noisy(1), cls=ends_in_nan(2)))

        assert set(found) == {"LD101"}
        assert found["LD101"].severity is Severity.WARNING
        assert found["LD101"].message.endswith("; the total goes on without it")
        assert "switched off" in found["LD101"].caveat

    def test_it_explains_the_note_on_its_values_and_nothing_about_the_total(self):
        rising = 0.3 * np.clip(np.arange(N) / N - 0.3, 0, None)
        run = run_of(
            total=noisy(0, curves.learning(N, 2.3, 0.02)),
            val=noisy(3, 0.2 + curves.learning(N, 2.3, 0.02) + rising),
            box=noisy(1),
            cls=ends_in_nan(2),
        )
        diagnosis = diagnose(run)

        assert {"LD101", "LD401"} <= {f.code for f in diagnosis.findings}
        assert [(s.finding.code, s.by) for s in diagnosis.superseded] == [("LD105", "LD101")]

    def test_a_part_that_diverged_is_a_note(self):
        diagnosis = diagnose(run_of(total=noisy(0), box=noisy(1), cls=blows_up(2)))
        (found,) = (f for f in diagnosis.findings if f.code == "LD102")

        assert diagnosis.verdict.value == "healthy"
        assert found.severity is Severity.NOTE
        assert found.series == "cls"
        assert found.message.endswith(", while the total hides it")
        assert "LD102" not in diagnosis.passed

    @pytest.mark.parametrize(
        "part",
        [
            pytest.param(0.1 + 0.2 * (1 - FALLING / 2.5), id="rises as objects are found"),
            pytest.param(np.geomspace(0.01, 20, N), id="a divergence that is annealed in"),
            pytest.param(0.7 - 0.3 * np.sin(np.arange(N) / 130), id="an adversary comes back"),
        ],
    )
    def test_parts_that_rise_in_healthy_runs_are_left_alone(self, part):
        diagnosis = diagnose(run_of(total=noisy(0), box=noisy(1), cls=noisy(2, part)))

        assert not [f for f in diagnosis.findings if f.code in {"LD101", "LD102"}]

    def test_a_total_that_is_lost_names_the_parts_in_the_order_of_their_onsets(self):
        run = run_of(
            total=ends_in_nan(0, 300), box=ends_in_nan(1, 300), cls=blows_up(2, 290), dfl=noisy(3)
        )
        found = stated(run)

        assert list(found) == ["LD101"]
        assert found["LD101"].severity is Severity.ERROR
        assert found["LD101"].message.endswith(
            "parts that broke down, the first one first: cls, box"
        )

    def test_what_a_part_did_long_before_is_no_cause(self):
        risen = np.concatenate((noisy(1)[:20], 40.0 + noisy(2)[20:]))
        found = stated(run_of(total=ends_in_nan(0, 300), box=risen, cls=noisy(3)))

        assert "parts" not in found["LD101"].message

    def test_a_total_with_one_part_is_no_sum(self):
        assert behind_total(run_of(total=noisy(0), ctc=ends_in_nan(1))) == ()

    def test_other_objectives_have_other_parts(self):
        run = run_of(total=noisy(0), value=noisy(1), entropy=ends_in_nan(2))

        assert behind_total(replace(run, objective="reinforcement")) == ()


def test_a_long_list_of_parts_is_cut():
    found = [
        Finding(
            code="LD101",
            name="non-finite-terminal",
            severity=Severity.ERROR,
            confidence=Confidence.HIGH,
            channel=Channel.TRAIN_LOSS,
            series=f"loss_{i}",
            onset=Onset(float(i)),
            last_step=9.0,
            message="lost",
            evidence=(Evidence("count", 1.0, "values"),),
        )
        for i in range(7)
    ]
    (told,) = told_once([found])

    assert told.message == "lost; likewise loss_1, loss_2, loss_3, loss_4 and 2 more"
    assert len(told.evidence) == 5


def test_what_happened_to_a_part_supersedes_nothing_about_the_whole():
    (whole,) = (f for f in diagnose(curves.altered(curves.healthy(), curves.spike)(0)).findings
                if f.code == "LD202")  # fmt: skip
    part = replace(whole, code="LD101", severity=Severity.ERROR, channel=Channel.TRAIN_COMPONENT)

    assert len(compose([whole, part], builtin())[0]) == 2
    assert len(compose([whole, replace(part, channel=Channel.TRAIN_LOSS)], builtin())[0]) == 1


class TestLogs:
    def test_tasks_by_turns_have_no_sum_and_are_judged_one_by_one(self):
        steps = np.arange(1.0, 2 * N + 1)
        run = run_from_mapping(
            {
                "task_a/loss": (steps[::2], noisy(0)),
                "task_b/loss": (steps[1::2], ends_in_nan(1)),
            }
        )
        found = stated(run)

        assert Channel.TRAIN_LOSS not in run
        assert [s.name for s in run.all(Channel.TRAIN_COMPONENT)] == ["task_a/loss", "task_b/loss"]
        assert found["LD101"].series == "task_b/loss"

    def test_a_detector_without_a_total_is_judged_by_the_sum(self):
        columns = {"epoch": np.arange(N), "train/box_loss": noisy(0), "train/cls_loss": blows_up(1)}
        found = stated(run_from_mapping(columns))

        assert list(found) == ["LD102"]
        assert found["LD102"].series == "sum of train/box_loss, train/cls_loss"
        assert found["LD102"].message.endswith("the first one first: train/cls_loss")
