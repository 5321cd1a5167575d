"""Runs are judged whole and cut short; of each diagnosis is kept what counts."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest

from lossdoc import curves
from lossdoc.model import Severity
from lossdoc.rules.base import Rule
from lossdoc.scorecard import judging
from lossdoc.scorecard.judging import Judged, Told, detection, judge, last_step, prefix


@dataclass(frozen=True, kw_only=True)
class Long(Rule):
    """Fires on a log that has come as far as step 137."""

    code: ClassVar[str] = "LD102"
    name: ClassVar[str] = "long"
    severity: ClassVar[Severity] = Severity.WARNING

    def check(self, case):
        """Look at the last step alone."""
        if case.last_step >= 137:
            yield self.finding(case, onset=case.onset(100.0), message="long", series="train_loss")


@pytest.fixture
def run():
    """A healthy run of 400 steps."""
    made = curves.healthy()(0)
    assert last_step(made) == 400
    return made


def test_findings_are_kept_with_code_severity_level_and_onset(run):
    assert judge(run, [Long()]) == Judged((Told("LD102", Severity.WARNING, 3, 100.0),))


def test_the_level_does_not_know_what_was_measured(run, monkeypatch):
    monkeypatch.setattr("lossdoc.rules.base.reliable", lambda code: False)

    assert judge(run, [Long()]).told[0].level == 3


def test_a_prefix_holds_the_first_rows(run):
    half = prefix(run, 0.5)

    assert last_step(half) == 200
    assert all(
        np.array_equal(a.values, b.values[: len(a)])
        for a, b in zip(half.series, run.series, strict=True)
    )


def test_a_prefix_forgets_restarts_that_come_later():
    twice = curves.build({"train_loss": np.ones(100)}, restarts=(20, 70))

    assert prefix(twice, 0.5).restarts == (20,)


def test_a_finding_is_dated_to_a_quarter_of_a_tenth(run, monkeypatch):
    monkeypatch.setattr("lossdoc.engine.builtin", lambda: (Long(),))

    assert detection(run, judge(run), ["LD102"], 400) == {"LD102": 140.0}
    assert detection(run, judge(run), ["LD101"], 400) == {}


def test_what_only_the_end_shows_is_dated_to_the_end(run, monkeypatch):
    monkeypatch.setattr("lossdoc.engine.builtin", lambda: (Long(),))
    monkeypatch.setattr(Long, "at_the_end", True)

    assert detection(run, judge(run), ["LD102"], 400) == {"LD102": 400.0}


def test_the_grid_is_left_as_soon_as_everything_is_dated(run, monkeypatch):
    monkeypatch.setattr("lossdoc.engine.builtin", lambda: (Long(),))
    whole, shares = judge(run), []
    monkeypatch.setattr(
        judging, "prefix", lambda run, share: shares.append(share) or prefix(run, share)
    )

    detection(run, whole, ["LD102"], 400)

    assert max(shares) == 0.4
    assert len(shares) == 4 + 3


def test_what_another_expected_finding_explains_is_found_all_the_same():
    judged = Judged((Told("LD302", 2, 3, 1.0),), (("LD301", "LD302"), ("LD403", "LD999")))

    assert judged.finds("LD301", ("LD301", "LD302"))
    assert not judged.finds("LD301", ("LD301",))
    assert not judged.finds("LD403", ("LD403", "LD302"))


def test_alarms_are_warnings_and_errors():
    judged = Judged((Told("LD305", 1, 3, 1.0), Told("LD102", 3, 3, 1.0)))

    assert judged.alarms == {"LD102"}
    assert judged.names(("LD305",))
    assert judged.first(("LD102", "LD305")).code == "LD305"
    assert judged.first(("LD101",)) is None
