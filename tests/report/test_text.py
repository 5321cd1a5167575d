import numpy as np
import pytest
from report_samples import HOSTILE, ISSUE, failing, finding, healthy, run, series, unjudged

from lossdoc.model import (
    Change,
    Channel,
    Confidence,
    LogIssue,
    NotChecked,
    Onset,
    Prescription,
    Severity,
    Verdict,
)
from lossdoc.report import text
from lossdoc.report.facts import Tally
from lossdoc.report.spans import plain, width_of
from lossdoc.report.text import Look


def shown(diagnosis, look=None, **more):
    return [plain(line) for line in text.report(diagnosis, look or Look(plot=False), **more)]


def test_a_failing_run_is_told_from_verdict_to_next_command():
    assert shown(failing(), exit_code=1) == [
        " FAILING  runs/gpt-small.csv   300 points, step 0–299 · train_loss learning_rate",
        " Loss diverged at step 200 and did not return.",
        "",
        " error   LD102 diverged                                          confidence high",
        "   loss rose from 0.41 to 8, 20 times its best level",
        "   evidence  rise 242 x the noise (limit 8), end 8 loss",
        "   fix       resume and lower the learning rate, from the last checkpoint at or",
        "             before step 190",
        "               learning_rate        0.003 → 0.0003",
        "               clip_grad_norm  not logged → 1.6",
        "   because   a tenth of the rate in force",
        "   but       the data changed",
        "   unless    the loss definition changed near step 200",
        "",
        " superseded   LD305 flat-tail at step 210 (explained by LD102)",
        " not checked  LD401 overfitting, LD402 generalization-gap: no val_loss in this",
        "              log",
        "              LD204 gradient-spike: no grad_norm in this log",
        " 33% of the steps were spent after the onset.",
        " 1 error · 3 rules passed · 3 not checked                                 exit 1",
        " Next: lossdoc explain LD102 · lossdoc report runs/gpt-small.csv",
    ]


def test_a_healthy_run_says_what_it_cannot_see():
    assert shown(healthy(), exit_code=0) == [
        " HEALTHY  runs/resnet.jsonl          90 points, epoch 0–89 · train_loss val_loss",
        " val/loss 0.952 at epoch 89 (best), last 0.952",
        " not checked  LD204 gradient-spike: no grad_norm in this log",
        " A clean report cannot see a wrong objective, leaked labels or a bad split.",
        " 3 rules passed · 1 not checked                                           exit 0",
    ]


def test_a_run_that_was_not_judged_says_what_was_seen_and_what_to_try():
    assert shown(unjudged(), exit_code=3) == [
        " INCONCLUSIVE  runs/x.csv",
        " no usable loss in runs/x.csv",
        "   columns: epoch, acc, top5",
        " hint: --map train_loss=COLUMN",
        " Nothing was judged.                                                      exit 3",
    ]


def test_the_curve_of_the_root_cause_is_drawn_with_its_onset():
    lines = shown(failing(), Look())

    assert "   loss" in lines
    assert any("▲ step 200" in line for line in lines)


def test_a_healthy_run_gets_a_row_of_blocks():
    assert any(line.startswith(" ▇▆▄▃▃▂▂▂▁") for line in shown(healthy(), Look()))


@pytest.mark.parametrize("width", [40, 60, 80, 120])
@pytest.mark.parametrize("verbosity", [0, 1])
def test_lines_fit_the_terminal(width, verbosity):
    look = Look(width, verbosity=verbosity)

    for diagnosis in (failing(), healthy(), unjudged()):
        lines = text.report(diagnosis, look, exit_code=1)
        assert max(map(width_of, lines)) <= width


def test_a_sentence_is_told_once():
    diagnosis = failing(
        summary="Loss rose from 0.41 to 8, 20 times its best level (since step 200)."
    )

    told = " ".join(shown(diagnosis))

    assert told.count("20 times its best level") == 1


def test_a_finding_says_why_its_confidence_is_not_high():
    unsure = finding(confidence=Confidence.MEDIUM, factors={"effect": True, "points": False})

    lines = shown(failing(findings=(unsure,)))

    assert any(line.endswith("confidence medium (few points)") for line in lines)


@pytest.mark.parametrize("many", [False, True])
@pytest.mark.parametrize("verdict", list(Verdict))
def test_reservations_about_the_log_are_always_told(verdict, many):
    seen = run(issues=(ISSUE,), resumes=(120.0,), restarts=(150,))
    findings = () if verdict in {Verdict.HEALTHY, Verdict.INCONCLUSIVE} else (finding(),)

    told = " ".join(shown(failing(run=seen, verdict=verdict, findings=findings), many=many))

    assert "not read: 2 lines are not JSON (first at row 12)" in told
    assert "resumed at step 120" in told
    assert "another execution was appended at row 150" in told


def test_a_restarted_log_shows_the_execution_with_the_onset():
    steps = np.concatenate([np.arange(100.0), np.arange(50.0)])
    loss = series(Channel.TRAIN_LOSS, np.linspace(5, 1, 150), "loss", steps)
    later = finding(onset=Onset(20.0, row=122), segment=1)

    lines = shown(failing(run=run(series=(loss,), restarts=(102,)), findings=(later,)), Look())

    assert any(line.endswith(" 49") and "▲ step 20" in line for line in lines)
    assert "   in segment 2: loss rose from 0.41 to 8, 20 times its best level" in lines


def test_many_reasons_are_cut_and_told_in_full_on_request():
    skipped = tuple(NotChecked(f"LD{i}", f"rule-{i}", f"reason {i}") for i in range(6))

    short = shown(failing(not_checked=skipped))
    full = shown(failing(not_checked=skipped), Look(plot=False, verbosity=1))

    assert any("and 3 more rules (see -v)" in line for line in short)
    assert sum("reason" in line for line in full) == 6


def test_verbose_shows_columns_evidence_references_and_what_passed():
    seen = run(why=("the header names a loss",))

    lines = shown(failing(run=seen), Look(plot=False, verbosity=1))

    assert " read         the header names a loss" in lines
    assert " channels     train_loss ← loss, 300 points, 0–299" in lines
    assert "   evidence  rise  242 x the noise  limit 8" in lines
    assert "             end     8 loss" in lines
    assert "   see       Someone 2020" in lines
    assert " passed       LD101 LD201 LD202" in lines


def test_quiet_leaves_the_verdicts():
    look = Look(verbosity=-1)

    assert shown(failing(), look) == [" FAILING  runs/gpt-small.csv  LD102"]
    assert shown(healthy(), look) == [" HEALTHY  runs/resnet.jsonl"]
    assert shown(unjudged(), look) == [" INCONCLUSIVE  runs/x.csv  no usable loss in runs/x.csv"]


def test_one_of_several_healthy_runs_takes_a_line():
    assert shown(healthy(), many=True) == [" HEALTHY  runs/resnet.jsonl  val/loss 0.952"]


def test_one_of_several_failing_runs_takes_a_short_block():
    lines = shown(failing(), Look(), many=True)

    assert len(lines) == 8
    assert "               learning_rate        0.003 → 0.0003" in lines


def test_notes_do_not_make_a_healthy_run_look_ill():
    note = finding(severity=Severity.NOTE, code="LD903", name="missing-series", prescriptions=())

    lines = shown(healthy(findings=(note,)))

    assert lines[0].startswith(" HEALTHY")
    assert " 1 note · 3 rules passed · 1 not checked" in lines[-1]
    assert not any("Next:" in line for line in lines)


def test_a_note_takes_a_sentence_beside_a_problem():
    note = finding(severity=Severity.NOTE, code="LD903", name="missing-series", message="no rate")
    again = finding(severity=Severity.NOTE, code="LD903", name="missing-series", segment=1)

    lines = shown(failing(findings=(finding(), note, again)))

    assert " note    LD903 missing-series: no rate (and in 1 more segment)" in lines
    assert sum("fix" in line for line in lines) == 1


def test_verbose_tells_notes_in_full():
    note = finding(severity=Severity.NOTE, code="LD903", name="missing-series")

    lines = shown(failing(findings=(finding(), note)), Look(plot=False, verbosity=1))

    assert sum("   fix" in line for line in lines) == 2


def test_notes_do_not_weigh_on_a_verdict_line():
    note = finding(severity=Severity.NOTE, code="LD903", name="missing-series")

    assert shown(healthy(findings=(note,)), Look(verbosity=-1)) == [" HEALTHY  runs/resnet.jsonl"]


def test_an_unjudged_run_shows_the_notes_that_it_has():
    note = finding(severity=Severity.NOTE, code="LD901", name="too-few-points", prescriptions=())

    lines = shown(unjudged(run=run(), findings=(note,)))

    assert any("LD901 too-few-points" in line for line in lines)


def test_a_factor_is_told_as_such():
    by_factor = Prescription(
        "learning_rate", "lower it", (Change("learning_rate_factor", 1.0, 0.1),)
    )

    lines = shown(failing(findings=(finding(prescriptions=(by_factor,)),)))

    assert any(line.split() == ["learning_rate", "times", "0.1"] for line in lines)


def test_the_last_line_counts_all_runs():
    tally = Tally(failing=1, at_risk=2, healthy=3, gated=1)

    assert [plain(line) for line in text.closing(tally)] == [
        "",
        " 6 runs: 1 failing, 2 at risk, 3 healthy · exit 1",
    ]


@pytest.mark.parametrize("many", [False, True])
@pytest.mark.parametrize("verbosity", [-1, 0, 1])
def test_nothing_of_a_log_reaches_the_terminal_uncleaned(many, verbosity):
    loss = series(Channel.TRAIN_LOSS, np.linspace(3, 1, 50), HOSTILE)
    seen = run(
        path=HOSTILE,
        name=HOSTILE,
        series=(loss,),
        issues=(LogIssue("x", HOSTILE),),
        why=(HOSTILE,),
        format=HOSTILE,
    )
    bad = finding(message=HOSTILE, series=HOSTILE, caveat=HOSTILE)
    skipped = (NotChecked("LD1", HOSTILE, HOSTILE),)
    told = {"path": HOSTILE, "run": seen, "summary": HOSTILE, "not_checked": skipped}
    unread = unjudged(path=HOSTILE, problem=HOSTILE, details=(HOSTILE,), hint=HOSTILE)

    for diagnosis in (failing(findings=(bad,), **told), healthy(**told), unread):
        lines = text.report(diagnosis, Look(verbosity=verbosity), many=many)
        assert all(plain(line).isprintable() for line in lines)
