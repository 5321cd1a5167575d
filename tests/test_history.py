"""Earlier runs bound the learning rate that is prescribed."""

from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pytest

from lossdoc import analyze, curves
from lossdoc.api import Settings, read_history
from lossdoc.engine import diagnose, inconclusive
from lossdoc.errors import NoUsableMetric
from lossdoc.history import Bracket, History, Trial, bracket, history, informed, trial
from lossdoc.model import (
    Change,
    Channel,
    Confidence,
    Diagnosis,
    Finding,
    Onset,
    Prescription,
    Severity,
    Verdict,
)

ALIKE = {"optimizer": "SGD", "batch_size": 64.0}


def earlier(path, rate, *, code="", healthy=False):
    setup = ("step", (Channel.TRAIN_LOSS, "train_loss"), "sgd", 64.0)
    return Trial(path, (f"/old/{path}", ""), setup, rate, code, healthy)


FINE = earlier("fine.csv", 1e-3, healthy=True)
BLOWN = earlier("blown.csv", 3e-3, code="LD102")


def now(before, after, *, code="LD102", name="learning_rate", context=ALIKE, **changes):
    """Diagnosis of this run: one finding that prescribes a learning rate."""
    change = Change(name, before, after)
    finding = Finding(
        code=code,
        name="diverged",
        severity=Severity.ERROR if code == "LD102" else Severity.WARNING,
        confidence=Confidence.HIGH,
        channel=Channel.TRAIN_LOSS,
        series="train_loss",
        onset=Onset(400.0),
        last_step=400.0,
        message="",
        prescriptions=(Prescription("learning_rate", "change it", (change,), "own", "Own 2020"),),
    )
    rate = {} if name != "learning_rate" else {"lr": np.full(400, before)}
    run = curves.build({"train_loss": np.linspace(2, 1, 400), **rate}, context=dict(context))
    told = {
        "path": "new.csv",
        "run": run,
        "verdict": Verdict.FAILING if code == "LD102" else Verdict.AT_RISK,
        "summary": "",
        "findings": (finding,),
    }
    return Diagnosis(**(told | changes))


def prescribed(diagnosis, *trials):
    """Learning rate after the history was heard; None where none is left."""
    found = informed(diagnosis, History(trials)).findings[0].prescriptions
    return found[0].changes[0].after if found else None


@pytest.mark.parametrize(
    ("before", "after", "trials", "expected"),
    [
        (3e-3, 3e-4, (FINE,), 2e-3),  # the present run is the upper bound: 1.7e-3, snapped
        (1e-1, 1e-2, (FINE, BLOWN), 2e-3),
        (3e-3, 3e-4, (earlier("x", 1e-4, healthy=True),), 5e-4),
        (1e-1, 1e-2, (BLOWN,), 3e-4),  # a tenth of what diverged, as this log takes a tenth
        (1e-1, 1e-2, (earlier("x", 2e-2, code="LD101"),), 1e-2),  # below what diverged: stays
        (2e-3, 2e-4, (earlier("x", 1.7e-3, healthy=True),), 1.8e-3),  # not snapped to 2e-3
    ],
)
def test_a_lower_rate_lies_between_what_was_fine_and_what_diverged(before, after, trials, expected):
    assert prescribed(now(before, after), *trials) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("after", "trials", "expected"),
    [
        (1e-2, (BLOWN,), 5e-4),  # geometric mean of this run's 1e-4 and 3e-3
        (3e-4, (BLOWN,), 3e-4),  # inside, and below the mean
        (1e-2, (FINE, BLOWN), 2e-3),
        (3e-4, (FINE,), 1e-3),  # an earlier run was fine at more
        (1e-2, (FINE,), 1e-2),
        (1e-2, (earlier("x", 5e-5, code="LD102"),), None),  # no higher rate is safe
    ],
)
def test_a_higher_rate_is_capped(after, trials, expected):
    assert prescribed(now(1e-4, after, code="LD303"), *trials) == (
        None if expected is None else pytest.approx(expected)
    )


def test_a_rate_against_overfitting_is_lowered_as_it_is_unless_one_diverged_there():
    assert prescribed(now(1e-2, 4e-3, code="LD401"), FINE) == 4e-3
    assert prescribed(now(1e-2, 4e-3, code="LD401"), FINE, BLOWN) == 2e-3


def test_no_rate_is_prescribed_at_which_an_earlier_run_diverged():
    for rate in (1e-5, 1e-4, 1e-3, 1e-2):
        for before, after, code in ((0.1, 0.01, "LD102"), (1e-4, 1e-2, "LD303"), (1, 1, "LD502")):
            found = prescribed(now(before, after, code=code), earlier("x", rate, code="LD102"))
            assert found is None or found < rate


def test_the_reason_names_the_runs():
    told = informed(now(3e-2, 3e-3), History((FINE, BLOWN)))
    (fix,) = told.findings[0].prescriptions

    assert fix.rationale == (
        "geometric mean of healthy at 0.001 (fine.csv) and LD102 at 0.003 (blown.csv); "
        "this log alone gives 0.003"
    )
    assert fix.reference.startswith("Own 2020; Bengio 2012")
    assert fix.caveat.startswith("if it diverges, 0.001 is known to be stable; ")
    assert (
        told.history == "2 earlier runs: healthy at 0.001 (fine.csv) and LD102 at 0.003 (blown.csv)"
    )


def test_it_says_by_what_the_runs_were_matched():
    bare = now(3e-2, 3e-3, context={})
    alike = [t._replace(setup=trial(bare).setup) for t in (FINE, BLOWN)]
    (known,) = informed(now(3e-2, 3e-3), History((FINE, BLOWN))).findings[0].prescriptions
    (unknown,) = informed(bare, History(tuple(alike))).findings[0].prescriptions

    assert "matched by loss, optimizer and batch size" in known.caveat
    assert "matched by the name of the loss alone" in unknown.caveat


def test_the_present_run_is_named_where_it_is_a_bound():
    told = informed(now(3e-3, 3e-4), History((FINE,)))

    assert "LD102 at 0.003 (this run)" in told.findings[0].prescriptions[0].rationale
    assert told.history == "1 earlier run: healthy at 0.001 (fine.csv)"


@pytest.mark.parametrize(
    ("trials", "diagnosis", "reason"),
    [
        ((), now(3e-3, 3e-4), "no earlier run could be judged"),
        (
            (FINE._replace(setup=("step", None, "adam", 64.0)),),
            now(3e-3, 3e-4),
            "the earlier run: another loss, optimizer or batch size",
        ),
        (
            (FINE, BLOWN),
            now(3e-3, 3e-4, context={**ALIKE, "batch_size": 8.0}),
            "all 2 earlier runs: another loss, optimizer or batch size",
        ),
        (
            (FINE._replace(rate=None),),
            now(3e-3, 3e-4),
            "the earlier run: no learning rate in the logs that are comparable",
        ),
        (
            (FINE._replace(healthy=False),),
            now(3e-3, 3e-4),
            "the earlier run: neither diverged nor healthy where comparable",
        ),
        (
            (FINE,),
            now(1.0, 0.1, name="learning_rate_factor"),
            "this log tells no learning rate that could be compared",
        ),
    ],
)
def test_a_history_with_nothing_usable_says_so_and_changes_nothing(trials, diagnosis, reason):
    told = informed(diagnosis, History(trials))

    assert told.history == reason
    assert told.findings == diagnosis.findings


def test_a_run_is_not_its_own_history():
    diagnosis = now(3e-3, 3e-4)
    own = trial(diagnosis)

    assert own is not None
    assert informed(diagnosis, History((own,))).history == "no earlier run could be judged"


def test_where_no_rate_is_prescribed_the_history_is_not_asked():
    diagnosis = now(3e-3, "cosine", name="schedule")

    assert informed(diagnosis, History((FINE,))) is diagnosis


class TestBracket:
    def test_the_lowest_that_diverged_and_the_highest_below_that_was_fine(self):
        higher = earlier("y", 1e-2, code="LD101")
        lower = earlier("z", 1e-4, healthy=True)

        assert bracket([higher, lower, FINE, BLOWN]) == Bracket(FINE, BLOWN)

    def test_what_was_fine_above_a_divergence_contradicts_it_and_does_not_count(self):
        assert bracket([BLOWN, earlier("x", 1.0, healthy=True)]) == Bracket(None, BLOWN)

    def test_a_sick_run_that_did_not_diverge_bounds_nothing(self):
        assert bracket([earlier("x", 1e-3)]) == Bracket(None, None)


class TestTrials:
    def test_a_divergence_on_a_ramp_counts_with_the_rate_it_had_reached(self):
        def ramp(columns, rng):
            curves.blow_up(columns, rng)
            columns["lr"][:] = np.linspace(0.0, 1.0, 400)

        found = trial(diagnose(curves.altered(curves.healthy(), ramp)(0)))

        assert found is not None
        assert found.code == "LD102"
        assert found.rate == pytest.approx(0.6, abs=0.02)

    def test_a_healthy_run_counts_with_its_peak(self):
        found = trial(diagnose(curves.healthy()(0)))

        assert found is not None
        assert (found.rate, found.code, found.healthy) == (pytest.approx(1e-3), "", True)

    def test_a_rate_beside_the_log_will_do(self):
        run = curves.without(curves.healthy(), "lr")(0)
        told = replace(run, context=MappingProxyType({"learning_rate": 0.3}))

        assert trial(diagnose(told)).rate == 0.3

    def test_the_optimizer_is_the_same_however_it_is_spelt(self):
        run = curves.healthy()(0)
        one, two = (
            replace(run, context=MappingProxyType({"optimizer": name})) for name in ("SGD", "sgd")
        )

        assert trial(diagnose(one)).setup == trial(diagnose(two)).setup


def test_what_cannot_be_read_or_judged_is_kept_with_its_reason():
    short = diagnose(curves.build({"train_loss": np.array([2.0, 1.0])}))
    found = history([inconclusive("a.csv", NoUsableMetric("no usable loss")), short])

    assert found.trials == ()
    assert [path for path, _ in found.unread] == ["a.csv", "synthetic"]
    assert all(problem for _, problem in found.unread)


def write(path, make, rate, seed=0):
    run = curves.altered(make, lambda columns, _: columns["lr"].__imul__(rate / 1e-3))(seed)
    loss, lr = run[Channel.TRAIN_LOSS], run[Channel.LEARNING_RATE]
    rows = (f"{x:.0f},{y},{r}" for x, y, r in zip(loss.steps, loss.values, lr.values, strict=True))
    path.write_text("\n".join(["step,train_loss,lr", *rows]) + "\n")


def test_files_from_end_to_end(tmp_path):
    steady = curves.healthy(rate="constant")
    write(tmp_path / "fine.csv", steady, 1e-3)
    write(tmp_path / "new.csv", curves.altered(steady, curves.blow_up), 3e-3)
    (tmp_path / "prices.csv").write_text("day,open\n1,2\n2,3\n")

    alone = analyze(tmp_path / "new.csv")
    told = analyze(tmp_path / "new.csv", history=[tmp_path])

    assert alone.findings[0].prescriptions[0].changes[0].after == 3e-4
    assert told.findings[0].prescriptions[0].changes[0].after == 2e-3
    assert read_history([tmp_path / "prices.csv"], Settings()).unread[0][0].endswith("prices.csv")
