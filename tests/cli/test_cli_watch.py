"""``lossdoc watch``: what it prints, when it ends, and with which exit code."""

import json
import os
import signal

import pytest

from lossdoc.cli import watching
from lossdoc.cli.durations import seconds
from lossdoc.cli.request import Request
from lossdoc.cli.watching import Watch
from lossdoc.errors import UsageError
from lossdoc.report.phrases import duration

HEALTHY = "healthy.csv"


class Time:
    """A clock that goes on only where the watch sleeps; then something may happen."""

    def __init__(self, *happenings):
        self.now = 0.0
        self.happenings = list(happenings)

    def clock(self):
        return self.now

    def sleep(self, duration):
        self.now += duration
        assert self.now < 1e5, "it never ends"
        if self.happenings:
            self.happenings.pop(0)()


@pytest.fixture
def watch(logs, capfd):
    """Watch in this process: exit code, standard output; ``watch.err`` is standard error."""

    def run(*paths, happenings=(), request=None, **options):
        time = Time(*happenings)
        asked = Watch(Request(paths, isolated=True, **(request or {})), **options)
        code = watching.watch(asked, clock=time.clock, sleep=time.sleep)
        out, run.err = capfd.readouterr()
        return code, out

    return run


@pytest.fixture
def growing(logs):
    """A log that is written piece by piece, out of one that is there."""

    def write(name, *ends):
        lines = (logs / name).read_text().splitlines(keepends=True)
        path = logs / "run.csv"

        def up_to(end):
            return lambda: path.write_text("".join(lines[: end + 1]))

        return [up_to(end) for end in ends]

    return write


def interrupt():
    raise KeyboardInterrupt


def terminate():
    os.kill(os.getpid(), signal.SIGTERM)


class TestUntilAFinding:
    def test_it_ends_at_the_first_one(self, watch, growing):
        steps = growing("nan.csv", 100, 200, 320, 400)
        code, out = watch("run.csv", happenings=steps)
        assert code == 1
        assert "error   LD101 non-finite-terminal" in out
        assert "step 319" in out
        assert "step 399" not in out
        assert out.rstrip().endswith("a finding · exit 1")

    def test_it_says_how_much_is_saved(self, watch, growing):
        steps = growing("nan.csv", 320)
        _, out = watch("run.csv", happenings=steps, request={"total_steps": 800.0})
        assert "step 319/800" in out
        assert "(60% of the steps unspent)" in out

    def test_it_ends_where_the_run_does(self, watch, growing):
        steps = growing(HEALTHY, 200, 400)
        code, out = watch("run.csv", happenings=steps, request={"total_steps": 400.0})
        assert code == 0
        assert "HEALTHY" in out
        assert "the run is over · exit 0" in out

    def test_below_the_gate_it_goes_on(self, watch, growing):
        steps = growing("nan.csv", 320, 400)
        settings = {"fail-on": "never"}
        code, _ = watch("run.csv", happenings=steps, stall=60.0, request={"settings": settings})
        assert code == 0


class TestUntilTheEnd:
    def test_a_finding_does_not_end_it(self, watch, growing):
        steps = growing("nan.csv", 320, 400)
        code, out = watch("run.csv", happenings=steps, until="end")
        assert code == 1
        assert "step 399" in out
        assert "the log has stalled · exit 1" in out

    def test_without_a_planned_length_a_quarter_of_an_hour_is_the_end(self, watch):
        code, out = watch(HEALTHY, until="end")
        assert code == 0
        assert "no new row for 15 min" in out

    def test_a_stall_before_the_planned_end_is_no_success(self, watch):
        code, out = watch(HEALTHY, until="end", stall=60.0, request={"total_steps": 800.0})
        assert code == 3
        assert "the log has stalled · exit 3" in out

    def test_a_log_that_never_comes_could_not_be_judged(self, watch):
        code, out = watch("missing.csv", until="end", stall=60.0)
        assert code == 3
        assert "missing.csv: not there yet" in out


class TestInterrupts:
    def test_ctrl_c_reports_what_is_known(self, watch):
        code, out = watch(HEALTHY, happenings=[interrupt])
        assert code == 130
        assert "HEALTHY" in out
        assert "interrupted · exit 130" in out

    @pytest.mark.parametrize(("log", "expected"), [(HEALTHY, 0), ("nan.csv", 1), ("short.csv", 3)])
    def test_sigterm_says_that_the_job_is_over(self, watch, log, expected):
        code, out = watch(log, happenings=[terminate], until="end")
        assert code == expected
        assert f"asked to end · exit {expected}" in out

    def test_the_handler_is_taken_back(self, watch):
        before = signal.getsignal(signal.SIGTERM)
        watch(HEALTHY, happenings=[interrupt])
        assert signal.getsignal(signal.SIGTERM) is before


class TestOutput:
    def test_a_line_for_a_person(self, watch, growing):
        steps = growing(HEALTHY, 150, 300)
        _, out = watch("run.csv", happenings=[*steps, interrupt], request={"total_steps": 400.0})
        line = next(line for line in out.splitlines() if "step 299/400" in line)
        assert "  healthy  ETA 7 s" in line
        assert "train_loss 0.399" in line

    def test_a_status_that_hardly_differs_is_left_out(self, watch, growing):
        steps = growing(HEALTHY, *range(300, 311))
        _, out = watch("run.csv", happenings=[*steps, interrupt])
        assert sum("  healthy" in line for line in out.splitlines()) == 1

    def test_several_logs_are_named(self, watch):
        _, out = watch("nan.csv", HEALTHY, happenings=[interrupt], until="end")
        assert "nan.csv  step 399  error   LD101" in out
        assert "healthy.csv  step 399" in out

    def test_json_lines(self, watch, growing):
        steps = growing("nan.csv", 200, 400)
        code, out = watch("run.csv", happenings=steps, json_lines=True)
        events = [json.loads(line) for line in out.splitlines()]
        assert [e["event"] for e in events] == ["waiting", "status", "finding", "exit"]
        assert events[1]["verdict"] == "healthy"
        assert events[2] | {"time": ""} == events[2] | {
            "time": "",
            "path": "run.csv",
            "code": "LD101",
            "severity": "error",
            "onset_step": 300,
            "step": 399,
            "loss": None,
        }
        assert events[3]["exit_code"] == code == 1


class TestOnFinding:
    def test_it_is_told_everything_but_in_the_line(self, watch, logs):
        evil = logs / "$(touch injected) `touch injected`.csv"
        (logs / "nan.csv").rename(evil)
        command = 'printf "%s|" "$LOSSDOC_CODE" "$LOSSDOC_STEP" "$LOSSDOC_PATH" > told; cat > run'
        watch(evil.name, on_finding=command)
        assert (logs / "told").read_text() == f"LD101|300|{evil.name}|"
        assert json.loads((logs / "run").read_text())["findings"][0]["code"] == "LD101"
        assert not (logs / "injected").exists()

    def test_it_runs_once_for_each_finding(self, watch, logs, growing):
        steps = growing("nan.csv", 320, 350, 400)
        watch("run.csv", happenings=steps, until="end", on_finding="echo $LOSSDOC_CODE >> told")
        assert (logs / "told").read_text().split() == ["LD101"]

    def test_one_that_fails_is_told(self, watch):
        code, _ = watch("nan.csv", on_finding="exit 7")
        assert code == 1
        assert "--on-finding: exit code 7" in watch.err

    def test_a_lossdoc_that_it_starts_takes_no_notice(self, monkeypatch, lossdoc):
        monkeypatch.setenv("LOSSDOC_CODE", "LD101")
        monkeypatch.setenv("LOSSDOC_PATH", "run.csv")
        code, _, _ = lossdoc("analyze", HEALTHY)
        assert code == 0


class TestTheCommandLine:
    def test_options_arrive(self, lossdoc):
        code, out, _ = lossdoc(
            *("watch", "nan.csv", "--interval", "10ms", "--map", "train_loss=val_loss"),
            *("--until", "end", "--stall", "50ms"),
        )
        assert code == 0
        assert "the log has stalled" in out

    def test_a_wrong_duration(self, lossdoc):
        code, _, err = lossdoc("watch", "nan.csv", "--interval", "soon")
        assert code == 2
        assert "--interval soon: no duration" in err

    def test_a_channel_that_does_not_exist(self, lossdoc):
        code, _, err = lossdoc("watch", "late.csv", "--map", "train_los=x")
        assert code == 2
        assert "did you mean train_loss?" in err

    def test_standard_input(self, lossdoc):
        code, _, err = lossdoc("watch", "-")
        assert code == 2
        assert "cannot be watched" in err


def test_durations():
    read = [seconds(text, "--stall") for text in ("10", "10s", "15m", "1.5h", "500ms", "2 d")]
    assert read == [10, 10, 900, 5400, 0.5, 172800]
    for wrong in ("", "0s", "-1s", "5 parsecs", "nan"):
        with pytest.raises(UsageError):
            seconds(wrong, "--stall")
    assert [duration(s) for s in (0.4, 61, 3600, 90061)] == ["0 s", "1 min 1 s", "1 h", "1 d 1 h"]
