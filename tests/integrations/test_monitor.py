"""The monitor of a plain loop: judges beside the training, and never harms it."""

import json
import logging
import math
import pickle
import threading

import numpy as np
import pytest

import lossdoc
from lossdoc.errors import UsageError
from lossdoc.integrations.monitor import Monitor, sentence
from lossdoc.model import Severity, Verdict


def falls(step):
    return 0.4 + 2 * math.exp(-step / 60) + 0.02 * math.sin(7.1 * step)


def explodes(step):
    return falls(step) if step < 200 else 50.0 + step


def train(monitor, loss, steps=400):
    """A loop that asks after each step whether to go on; returns the steps it made."""
    for step in range(steps):
        monitor.log(step, train_loss=loss(step), lr=1e-3)
        if monitor.should_stop:
            return step + 1
    return steps


def test_a_healthy_run_goes_on_to_its_end():
    with lossdoc.Monitor(stop_on="error", background=False) as monitor:
        assert train(monitor, falls) == 400
    assert monitor.diagnosis.verdict is Verdict.HEALTHY


def test_a_diverging_run_is_stopped_early():
    with Monitor(stop_on="error", background=False) as monitor:
        assert 200 < train(monitor, explodes, 2000) < 400
    assert {f.code for f in monitor.diagnosis} & {"LD102"}


def test_observing_is_the_default():
    with Monitor(background=False) as monitor:
        assert train(monitor, explodes) == 400
    assert not monitor.should_stop
    assert monitor.diagnosis.verdict is Verdict.FAILING


def test_the_loop_does_not_wait_for_the_judgement():
    asked, go_on = threading.Event(), threading.Event()
    caller = []

    def hear(diagnosis):
        caller.append(threading.current_thread().name)
        asked.set()
        go_on.wait(10)

    with Monitor(on_finding=hear) as monitor:
        train(monitor, explodes)
        assert asked.wait(10)
        monitor.log(400, train_loss=1.0)
        go_on.set()
    assert caller[0] == "lossdoc"


def test_what_it_writes_is_what_analyze_reads(tmp_path):
    path = tmp_path / "runs" / "log.jsonl"
    with Monitor(path, background=False) as monitor:
        train(monitor, lambda step: math.nan if step >= 300 else falls(step))
    read = lossdoc.analyze(path)
    assert [f.code for f in read] == [f.code for f in monitor.diagnosis]
    assert read.findings[0].code == "LD101"
    assert read.findings[0].onset.step == 300


def test_a_resumed_run_knows_what_came_before(tmp_path):
    path = tmp_path / "log.jsonl"
    with Monitor(path, background=False) as monitor:
        train(monitor, falls, 250)
    with Monitor(path, background=False) as monitor:
        for step in range(200, 400):
            monitor.log(step, train_loss=falls(step), lr=1e-3)
    assert len(monitor.diagnosis.run["train_loss"]) == 400
    assert monitor.diagnosis.verdict is Verdict.HEALTHY
    assert lossdoc.analyze(path).verdict is Verdict.HEALTHY


def test_a_new_run_in_an_old_file_starts_anew(tmp_path):
    path = tmp_path / "log.jsonl"
    for _ in range(2):
        with Monitor(path, background=False) as monitor:
            train(monitor, falls, 120)
    assert len(monitor.diagnosis.run["train_loss"]) == 120
    assert len(path.read_text().splitlines()) == 240


def test_a_torn_line_of_a_killed_run_is_passed_over(tmp_path):
    path = tmp_path / "log.jsonl"
    path.write_text('{"step": 0, "train_loss": 2.0}\n[1]\n{"step": 1, "train_lo')
    with Monitor(path, background=False) as monitor:
        monitor.log(1, train_loss=1.9)
    assert len(monitor.diagnosis.run["train_loss"]) == 2


def test_steps_are_counted_where_none_are_given(tmp_path):
    path = tmp_path / "log.jsonl"
    with Monitor(path) as monitor:
        for value in (3.0, 2.0, 1.0):
            monitor.log(loss=value)
    assert [json.loads(line)["step"] for line in path.read_text().splitlines()] == [0, 1, 2]


def test_what_is_no_number_is_left_out(tmp_path):
    path = tmp_path / "log.jsonl"
    with Monitor(path) as monitor:
        monitor.log(
            0,
            {"loss": np.float32(2.0), "note": "x", "flag": True, "none": None, "many": np.ones(3)},
        )
    assert json.loads(path.read_text()) == {"step": 0, "loss": 2.0}


def test_the_planned_length_makes_it_an_unfinished_run():
    with Monitor(total_steps=1e6, background=False) as monitor:
        monitor.plan(400)
        train(monitor, falls)
    waiting = {n.code for n in monitor.diagnosis.not_checked if "not finished" in n.reason}
    assert "LD304" in waiting


def test_findings_are_logged_once(caplog):
    with caplog.at_level(logging.WARNING, "lossdoc"), Monitor(background=False) as monitor:
        train(monitor, explodes)
    told = [r for r in caplog.records if "LD102" in r.getMessage()]
    assert len(told) == 1
    assert told[0].levelno == logging.ERROR
    assert "learning_rate 0.001 -> " in told[0].getMessage()


class TestTroubleStaysInside:
    def test_an_error_of_a_rule(self, monkeypatch, caplog):
        def broken(*args, **kw):
            raise RuntimeError("a bug")

        monkeypatch.setattr("lossdoc.api.analyze", broken)
        with Monitor(stop_on="error", background=False) as monitor:
            assert train(monitor, explodes) == 400
            assert monitor.check() is None
        assert sum("goes silent" in r.getMessage() for r in caplog.records) == 1

    def test_an_error_in_the_background(self, monkeypatch, caplog):
        def broken(*args, **kw):
            raise RuntimeError("a bug")

        monkeypatch.setattr("lossdoc.api.analyze", broken)
        with Monitor(stop_on="error") as monitor:
            assert train(monitor, explodes) == 400
        assert any("goes silent" in r.getMessage() for r in caplog.records)

    def test_an_error_of_the_caller_s_function(self, caplog):
        def hear(diagnosis):
            raise RuntimeError("not ours")

        with Monitor(on_finding=hear, background=False) as monitor:
            assert train(monitor, explodes) == 400
        assert any("not ours" in r.getMessage() for r in caplog.records)

    def test_a_file_that_cannot_be_written(self, tmp_path, caplog):
        (tmp_path / "log.jsonl").mkdir()
        with Monitor(tmp_path / "log.jsonl", background=False) as monitor:
            assert train(monitor, falls) == 400
        assert any("goes silent" in r.getMessage() for r in caplog.records)

    def test_a_loop_that_never_logs(self):
        with Monitor(stop_on="error") as monitor:
            pass
        assert monitor.diagnosis is None
        assert not monitor.should_stop

    def test_an_exception_of_the_training_passes_through(self, tmp_path):
        def loop():
            with Monitor(tmp_path / "log.jsonl") as monitor:
                monitor.log(0, loss=1.0)
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            loop()
        assert (tmp_path / "log.jsonl").read_text() == '{"step": 0, "loss": 1.0}\n'


@pytest.mark.parametrize("wrong", [{"stop_on": "fatal"}, {"select": ["LD000"]}])
def test_wrong_arguments_are_told_at_once(wrong):
    with pytest.raises(UsageError):
        Monitor(**wrong)


def test_it_can_be_copied_by_a_framework(tmp_path):
    monitor = Monitor(tmp_path / "log.jsonl", stop_on=Severity.WARNING)
    train(monitor, falls, 50)
    copy = pickle.loads(pickle.dumps(monitor))
    copy.log(50, train_loss=falls(50))
    copy.close()
    monitor.close()
    assert copy.stop_on is Severity.WARNING
    assert len(copy.diagnosis.run["train_loss"]) == 51


def test_a_sentence_holds_what_to_change():
    run = {"train_loss": [falls(i) for i in range(200)] + [90.0] * 100, "lr": [1e-3] * 300}
    told = sentence(lossdoc.analyze(run).findings[0])
    assert told.startswith("LD102 diverged from step ")
    assert "learning_rate 0.001 -> 0.0001" in told
