"""Labelled logs are read, judged, and compared with their labels."""

import csv
import math

import numpy as np
import pytest

from lossdoc import curves
from lossdoc.errors import UsageError
from lossdoc.scorecard import corpus
from lossdoc.scorecard.corpus import CLASSES, LabelledLog, halves, read, score
from lossdoc.scorecard.judging import Judged, Told
from lossdoc.scorecard.knife_edge import draws


def labelled(*codes, healthy=None, guessed=False, repository="a/b", notes=(), **labels):
    """A log about which some codes are told."""
    told = [Told(code, 2, 3, 1.0) for code in codes] + [Told(code, 1, 3, 1.0) for code in notes]
    return LabelledLog("x", repository, labels, healthy, guessed, True, (), (Judged(tuple(told)),))


def test_a_warning_of_a_code_of_the_class_predicts_it():
    scored = score(
        [
            labelled("LD102", divergence=True),
            labelled("LD401", divergence=True, overfitting=False),
            labelled("LD203", divergence=False),
            labelled("LD102", divergence=False),
        ]
    )

    assert scored.classes["divergence"] == {"tp": 1, "fp": 1, "fn": 1, "tn": 1}
    assert scored.classes["overfitting"] == {"tp": 0, "fp": 1, "fn": 0, "tn": 0}


def test_notes_predict_nothing_but_facts():
    scored = score(
        [labelled(notes=["LD305"], plateau=True), labelled(notes=["LD105"], nan_or_inf=True)]
    )

    assert scored.classes["plateau"]["fn"] == 1
    assert scored.classes["nan_or_inf"]["tp"] == 1


def test_healthy_logs_should_have_no_alarm_and_faulty_ones_some():
    scored = score(
        [
            labelled(healthy=True),
            labelled("LD401", healthy=True),
            labelled(notes=["LD105"], healthy=True),
            labelled(healthy=False),
            labelled("LD102", healthy=False),
            labelled("LD102", healthy=True, guessed=True),
        ]
    )

    assert (scored.logs, scored.healthy, scored.alarms) == (6, 3, 1)
    assert (scored.faulty, scored.silent) == (2, 1)


def test_rare_classes_do_not_enter_the_macro_f1():
    often = [labelled("LD102", divergence=True) for _ in range(3)] + [labelled(divergence=True)]

    assert score(often).macro_f1 == pytest.approx(6 / 7)
    assert score([*often, labelled(overfitting=True)]).macro_f1 == pytest.approx(6 / 7)
    assert math.isnan(score([labelled(overfitting=True)]).macro_f1)


def test_warnings_are_right_or_wrong_by_the_labels_of_their_classes():
    counts = corpus.calibration(
        [
            labelled("LD102", divergence=True),
            labelled("LD301", plateau=False, underfitting=True),
            labelled("LD401", overfitting=False),
            labelled("LD301", plateau=False),
            labelled("LD999", healthy=True),
            labelled("LD999", healthy=False),
            labelled("LD102", divergence=False, guessed=True),
        ],
        limited={"LD401"},
    )

    assert counts["high"] == {"right": 2, "neither": 2, "wrong": 1}
    assert counts["medium"] == {"wrong": 1}


def test_halves_share_no_repository():
    logs = [labelled(repository=f"owner/{k % 20}") for k in range(60)]

    first, second = halves(logs)

    assert len(first) + len(second) == 60
    assert {log.repository for log in first}.isdisjoint(log.repository for log in second)
    assert min(len(first), len(second)) >= 15


def csv_of(run, path):
    """Write the losses of a run as a table."""
    path.parent.mkdir(parents=True)
    train = next(s for s in run.series if s.name == "train_loss")
    rows = np.column_stack((train.steps, train.values))
    np.savetxt(path, rows, delimiter=",", header="step,train_loss", comments="")


@pytest.fixture
def folder(tmp_path):
    """Three logs: one that diverges, a healthy one, and one that is no log."""
    csv_of(curves.altered(curves.healthy(), curves.blow_up)(0), tmp_path / "data/bad/log.csv")
    csv_of(curves.healthy()(0), tmp_path / "data/good/log.csv")
    (tmp_path / "data/none").mkdir(parents=True)
    (tmp_path / "data/none/log.csv").write_text("name,age\nAnna,33\n")
    header = ["id", "repo", *CLASSES, "healthy", "confidence"]
    rows = {"bad": ("1", "0", "3"), "good": ("0", "1", "3"), "none": ("?", "?", "1")}
    with (tmp_path / "labels.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, header, restval="?")
        writer.writeheader()
        for name, (divergence, healthy, sure) in rows.items():
            writer.writerow(
                {
                    "id": name,
                    "repo": f"owner/{name}",
                    "divergence": divergence,
                    "healthy": healthy,
                    "confidence": sure,
                }
            )
    return tmp_path


def test_a_corpus_is_read_and_scored(folder):
    scored = score(read(folder))

    assert (scored.logs, scored.judged) == (3, 2)
    assert scored.classes["divergence"] == {"tp": 1, "fp": 0, "fn": 0, "tn": 1}
    assert (scored.healthy, scored.alarms, scored.faulty, scored.silent) == (1, 0, 1, 0)


def test_other_rules_can_be_asked(folder):
    logs = read(folder)

    assert score(logs, ()).silent == 1
    assert score(logs, draws(1)[0]).judged == 2


def test_healthy_logs_are_logged_in_other_ways(folder):
    counts = corpus.relogged(read(folder))

    assert {count.runs for count in counts.values()} == {1}
    assert counts["as it is"].alarms == 0


def test_a_folder_without_labels_is_refused(tmp_path):
    with pytest.raises(UsageError, match=r"holds no labels\.csv"):
        read(tmp_path)
