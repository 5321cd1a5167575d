"""Which findings a baseline accepts, for how long, and what becomes of its entries."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from lossdoc.baseline import Baseline, Entry, Taking
from lossdoc.baseline.ledger import Ledger
from lossdoc.engine import diagnose
from lossdoc.model import Channel, Run, Series, Severity, Verdict
from lossdoc.runfacts import fingerprint

TODAY = date(2026, 6, 1)
HERE = Path("base/lossdoc-baseline.toml")


def run(path="base/runs/a.csv", *, lost=200, points=300, name=""):
    """The loss is NaN from a step on."""
    x = np.arange(float(points))
    loss = np.where(x >= lost, np.nan, 0.4 + 2 * np.exp(-x / 40) + 0.01 * np.sin(7.1 * x))
    series = (
        Series(Channel.TRAIN_LOSS, "loss", x, loss, np.arange(2, points + 2)),
        Series(Channel.VAL_LOSS, "val", x, 0.5 + 2 * np.exp(-x / 40), np.arange(2, points + 2)),
    )
    return Run(path, "csv", series, name=name)


def entry(**changes):
    told = {
        "path": "runs/a.csv",
        "code": "LD101",
        "fingerprint": "LD101:train_loss:0.67",
        "reason": "known",
    }
    return Entry(**(told | changes))


def judged(of, *entries, **more):
    return diagnose(of, accept=Baseline(HERE, entries, TODAY, **more).accept)


def test_an_accepted_finding_does_not_count_and_is_told():
    found = judged(run(), entry())

    assert diagnose(run()).verdict is Verdict.FAILING
    assert found.verdict is Verdict.HEALTHY
    assert "LD101" not in {f.code for f in found}
    assert [(a.finding.code, a.reason) for a in found.accepted] == [("LD101", "known")]
    assert "nothing else was found" in found.summary


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"fingerprint": "LD101:train_loss:0.66"},
        {"fingerprint": "LD101:train_loss"},
        {"fingerprint": ""},
        {"path": "runs/*.csv"},
        {"path": "*"},
        {"run": "*"},
        {"severity": Severity.ERROR},
        {"expires": TODAY},
    ],
)
def test_what_fits(changes):
    assert judged(run(), entry(**changes)).accepted


@pytest.mark.parametrize(
    "changes",
    [
        {"fingerprint": "LD101:train_loss:0.60"},
        {"fingerprint": "LD101:val_loss:0.67"},
        {"fingerprint": "LD101:train_loss:soon"},
        {"code": "LD102", "fingerprint": ""},
        {"path": "runs/b.csv"},
        {"path": "a.csv"},
        {"run": "seed-1"},
        {"severity": Severity.WARNING},
    ],
)
def test_what_does_not_fit_counts(changes):
    assert judged(run(), entry(**changes)).verdict is Verdict.FAILING


def test_names_of_runs_are_told_apart():
    assert judged(run(name="seed-1"), entry(run="seed-1")).accepted
    assert not judged(run(name="seed-2"), entry(run="seed-1")).accepted


def test_an_expired_entry_counts_again():
    found = judged(run(), entry(expires=date(2026, 5, 31)))

    assert found.verdict is Verdict.FAILING
    assert [e.finding.code for e in found.expired] == ["LD101"]
    assert not found.accepted


def test_of_two_entries_the_one_in_force_decides():
    found = judged(run(), entry(expires=date(2026, 1, 1)), entry(fingerprint="", reason="anyway"))

    assert [a.reason for a in found.accepted] == ["anyway"]


def test_too_few_values_do_not_become_healthy():
    """What is failing for one value alone could not be judged without it."""
    short = run(points=4, lost=3)

    assert diagnose(short).verdict is Verdict.FAILING
    found = judged(short, entry(path="*", fingerprint=""))
    assert found.accepted
    assert found.verdict is Verdict.INCONCLUSIVE


def test_paths_are_those_from_the_folder_of_the_file(tmp_path, monkeypatch):
    baseline = Baseline(tmp_path / "ci" / "baseline.toml")
    monkeypatch.chdir(tmp_path)

    assert baseline.place("runs/a.csv") == "../runs/a.csv"
    assert baseline.place(str(tmp_path / "ci/a.csv")) == "a.csv"
    assert baseline.place("-") == "-"
    assert baseline.place("runs/\udcff.csv") == "../runs/\\udcff.csv"


def test_while_it_is_written_what_is_severe_enough_is_accepted():
    found = judged(run(), taking=Taking(Severity.ERROR, "for now"))

    assert found.verdict is Verdict.HEALTHY
    assert [(a.finding.code, a.reason) for a in found.accepted] == [("LD101", "for now")]


def test_a_new_entry_accepts_its_finding_and_no_other_file():
    odd = run("base/runs/a[1].csv", name="*")
    baseline = Baseline(HERE, taking=Taking(Severity.ERROR, "for now"))
    (found,) = (f for f in diagnose(odd) if f.code == "LD101")
    new = baseline.new(odd, found)

    assert new.fingerprint == fingerprint(found, odd)
    assert judged(odd, new).accepted
    assert not judged(run("base/runs/a1.csv", name="*"), new).accepted
    assert not judged(run("base/runs/a[1].csv", name="x"), new).accepted


class TestLedger:
    def told(self, *diagnoses, entries=(), **more):
        baseline = Baseline(HERE, tuple(entries), TODAY, **more)
        ledger = Ledger(baseline)
        for of in diagnoses:
            ledger.see(diagnose(of, accept=baseline.accept))
        return ledger.told("x")

    def test_what_is_used(self):
        told = self.told(run(), entries=[entry()])

        assert (told.accepted, told.stale, told.expired, told.unseen) == (1, (), (), 0)

    def test_what_is_gone_from_a_judged_log_is_stale(self):
        assert self.told(run(lost=999), entries=[entry()]).stale == (entry(),)

    def test_what_began_elsewhere_is_stale_too(self):
        assert self.told(run(lost=100), entries=[entry()]).stale == (entry(),)

    def test_of_a_log_that_was_not_judged_nothing_is_known(self):
        told = self.told(run("base/other.csv"), entries=[entry()])

        assert (told.stale, told.unseen) == ((), 1)
        # Too short to be judged, or a rule that did not judge.
        assert self.told(run(points=3, lost=999), entries=[entry()]).stale == ()
        odd = entry(code="LD307", fingerprint="")
        assert self.told(run(), entries=[odd]).stale == ()

    def test_a_pattern_is_stale_where_it_fits_no_log_any_more(self):
        of = entry(path="runs/*")

        assert self.told(run("base/runs/b.csv", lost=999), run(), entries=[of]).stale == ()
        assert self.told(run("base/runs/b.csv", lost=999), entries=[of]).stale == (of,)

    def test_what_has_expired(self):
        old = entry(expires=date(2026, 1, 1))

        assert self.told(run(), entries=[old]).expired == (old,)

    def test_what_is_new(self):
        told = self.told(run(), taking=Taking(Severity.ERROR, "for now"))

        assert [(e.path, e.code, e.reason) for e, _ in told.added] == [
            ("runs/a.csv", "LD101", "for now")
        ]
