"""``lossdoc guard`` with real processes: what it stops, what it lets be, and what it leaves behind."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

LOSS = """
import math, os, signal, subprocess, sys, time
def falls(step):
    return 0.4 + 2 * math.exp(-step / 40) + 0.02 * math.sin(7.1 * step)
def diverges(step):
    return falls(step) if step < 60 else min(falls(60) * 1.1 ** (step - 60), 1e9)
def train(loss, steps, log=None, pause=0.0):
    out = sys.stdout if log is None else open(log, "a")
    if log is not None:
        out.write("step,train_loss,lr\\n")
    for step in range(steps):
        if log is None:
            print(f"step {step} loss {loss(step):.5f} lr 0.001", flush=True)
        else:
            out.write(f"{step},{loss(step):.5f},0.001\\n")
            out.flush()
        time.sleep(pause)
"""


@pytest.fixture
def script(tmp_path):
    """A training in Python, as a command."""

    def write(body):
        path = tmp_path / "train.py"
        path.write_text(LOSS + body)
        return [sys.executable, str(path)]

    return write


class Done:
    def __init__(self, process, out, err):
        self.code, self.bytes = process.returncode, out
        self.out, self.err = out.decode(errors="replace"), err.decode(errors="replace")


@pytest.fixture
def start(tmp_path):
    """Start a guard in a process of its own; all of them are gone in the end."""
    running = []

    def run(command, *options, environment=None, **popen):
        arguments = ["--isolated", "--interval", "50ms", *map(str, options), "--", *command]
        process = subprocess.Popen(
            [sys.executable, "-m", "lossdoc", "guard", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=popen.pop("stdout", subprocess.PIPE),
            stderr=subprocess.PIPE,
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT), **(environment or {})},
            **popen,
        )
        running.append(process)
        return process

    yield run
    for process in running:
        process.terminate()  # passed on to the command
        try:
            process.communicate(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


@pytest.fixture
def guard(start):
    def run(command, *options, **more):
        process = start(command, *options, **more)
        return Done(process, *process.communicate(timeout=60))

    return run


def wait_for(condition, seconds=20.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.02)


def is_alive(pid):
    """Whether a process runs; one that is dead and not yet collected does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


class TestWhatItPrintsIsTheLog:
    def test_a_healthy_run_goes_on_to_its_end(self, guard, script):
        done = guard(script("train(falls, 300)"))
        assert done.code == 0
        assert done.out.count("\n") == 300
        assert "HEALTHY" in done.err
        assert "output of" in done.err

    def test_a_run_that_diverges_is_stopped(self, guard, script):
        done = guard(script("train(diverges, 2000, pause=0.005)"), "--total-steps", 2000)
        assert done.code == 1
        stopped = re.search(r"stopped at step (\d+) of 2,000: (\d+)% of the steps saved", done.err)
        assert int(stopped[1]) < 1000
        assert int(stopped[2]) > 50
        assert "SIGTERM to the command" in done.err
        assert "error LD10" in done.err
        assert "fix " in done.err

    def test_output_passes_unchanged(self, guard, script):
        body = "data = bytes(range(256)) * 5000\n"
        body += "sys.stdout.buffer.write(data)\nsys.stderr.buffer.write(b'\\xff\\0 end')"
        done = guard(script(body))
        assert done.bytes == bytes(range(256)) * 5000
        assert "\ufffd\0 end" in done.err
        assert done.code == 3

    def test_output_passes_at_once(self, start, script):
        process = start(script("print('begun'); time.sleep(60)"))
        assert process.stdout.readline() == b"begun\n"

    def test_a_reader_that_goes_away_does_not_harm_the_training(self, start, script, tmp_path):
        process = start(script("train(falls, 3000)\nopen('done', 'w').close()"))
        process.stdout.read(10)
        process.stdout.close()
        process.stdout = None
        process.communicate(timeout=60)
        assert process.returncode == 0
        assert (tmp_path / "done").exists()

    def test_a_run_that_never_logs(self, guard, script):
        done = guard(script("time.sleep(0.3)"))
        assert done.code == 3
        assert "INCONCLUSIVE" in done.err
        assert "its output is empty" in done.err

    def test_what_is_let_pass(self, guard, script):
        assert guard(script(""), "--allow-inconclusive").code == 0


class TestALogOfItsOwn:
    def test_it_is_stopped(self, guard, script, tmp_path):
        body = "train(diverges, 2000, 'log.csv', 0.005)"
        done = guard(script(body), "--log", "log.csv", "--total-steps", 2000)
        assert done.code == 1
        assert (tmp_path / "log.csv").read_text().count("\n") < 1000
        assert "of the steps saved" in done.err

    def test_never_means_never(self, guard, script, tmp_path):
        body = "train(diverges, 400, 'log.csv', 0.001)"
        done = guard(script(body), "--log", "log.csv", "--fail-on", "never")
        assert done.code == 0
        assert (tmp_path / "log.csv").read_text().count("\n") == 401

    def test_an_earlier_run_in_the_same_log_stops_nothing(self, guard, script, tmp_path):
        old = "".join(f"{i},{'nan' if i > 150 else 1 / (i + 1)},0.001\n" for i in range(200))
        (tmp_path / "log.csv").write_text("step,train_loss,lr\n" + old)
        done = guard(script("train(falls, 300, 'log.csv', 0.003)"), "--log", "log.csv")
        assert "SIGTERM" not in done.err
        assert (tmp_path / "log.csv").read_text().count("\n") == 502

    def test_a_new_fault_behind_an_earlier_one_does(self, guard, script, tmp_path):
        old = "".join(f"{i},{'nan' if i > 150 else 1 / (i + 1)},0.001\n" for i in range(200))
        (tmp_path / "log.csv").write_text("step,train_loss,lr\n" + old)
        body = "train(lambda i: math.nan if i > 100 else falls(i), 2000, 'log.csv', 0.005)"
        done = guard(script(body), "--log", "log.csv")
        assert done.code == 1
        assert "SIGTERM" in done.err


class TestHowItEnds:
    @pytest.mark.parametrize("code", [1, 42])
    def test_the_code_of_a_command_that_fails_is_its_own(self, guard, script, code):
        assert guard(script(f"train(falls, 100); sys.exit({code})")).code == code

    def test_a_command_that_dies_of_a_signal(self, guard, script):
        assert guard(script("os.kill(os.getpid(), signal.SIGSEGV)")).code == 128 + signal.SIGSEGV

    def test_a_command_that_is_not_there(self, guard):
        done = guard(["no-such-command"])
        assert done.code == 127
        assert "cannot run no-such-command: No such file" in done.err

    def test_a_file_that_is_no_program(self, guard, tmp_path):
        (tmp_path / "data").write_text("x")
        assert guard([str(tmp_path / "data")]).code == 126

    def test_one_that_ignores_the_signal_is_killed(self, guard, script, tmp_path):
        body = "signal.signal(signal.SIGTERM, signal.SIG_IGN)\nopen('pid', 'w').write(str(os.getpid()))\n"
        done = guard(script(body + "train(diverges, 20000, pause=0.005)"), "--grace", "300ms")
        assert done.code == 1
        assert "SIGKILL: it did not end" in done.err
        assert not is_alive(int((tmp_path / "pid").read_text()))

    def test_another_signal(self, guard, script, tmp_path):
        body = "def save(*_):\n    open('saved', 'w').close()\n    sys.exit(0)\n"
        body += "signal.signal(signal.SIGUSR1, save)\ntrain(diverges, 20000, pause=0.005)"
        done = guard(script(body), "--signal", "USR1")
        assert done.code == 1
        assert (tmp_path / "saved").exists()

    def test_what_it_started_ends_with_it(self, guard, script, tmp_path):
        body = """
children = [subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])]
open("pids", "w").write(" ".join(str(c.pid) for c in children))
train(diverges, 20000, pause=0.005)"""
        done = guard(script(body))
        assert done.code == 1
        assert not any(map(is_alive, map(int, (tmp_path / "pids").read_text().split())))

    def test_what_it_leaves_behind_is_ended(self, guard, script, tmp_path):
        body = """
left = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
open("pid", "w").write(str(left.pid))
train(falls, 200)"""
        done = guard(script(body), "--grace", "200ms")
        assert done.code == 0
        assert "not all that it started" in done.err
        assert not is_alive(int((tmp_path / "pid").read_text()))


class TestSignals:
    @pytest.mark.parametrize("name", ["SIGUSR1", "SIGINT"])
    def test_they_are_passed_on(self, start, script, tmp_path, name):
        body = f"""
def hear(number, _):
    print("heard", number, flush=True)
    sys.exit(5)
signal.signal(signal.{name}, hear)
print("ready", flush=True)
time.sleep(60)"""
        process = start(script(body))
        assert process.stdout.readline() == b"ready\n"
        process.send_signal(signal.Signals[name])
        out, _ = process.communicate(timeout=20)
        assert out == b"heard %d\n" % signal.Signals[name]
        assert process.returncode == 5

    def test_a_command_that_ends_by_one(self, start, script):
        process = start(script("print('ready', flush=True)\ntime.sleep(60)"))
        process.stdout.readline()
        process.terminate()
        process.communicate(timeout=20)
        assert process.returncode == 128 + signal.SIGTERM

    def test_a_guard_that_is_killed_leaves_the_training_alone(self, start, script, tmp_path):
        body = "open('begun', 'w').close()\ntrain(falls, 100, 'log.csv', 0.005)\nopen('done', 'w').close()"
        process = start(script(body), "--log", "log.csv")
        wait_for((tmp_path / "begun").exists)
        process.kill()
        wait_for((tmp_path / "done").exists)

    def test_a_guard_that_is_killed_leaves_no_files(self, start, script, tmp_path):
        folder = tmp_path / "temporary"
        folder.mkdir()
        body = "print('ready', flush=True)\ntime.sleep(4)"
        process = start(script(body), environment={"TMPDIR": str(folder)})
        process.stdout.readline()
        assert list(folder.iterdir())
        process.kill()
        wait_for(lambda: not list(folder.iterdir()))


class TestTroubleOfItsOwn:
    def broken(self, tmp_path, code):
        """A module that breaks lossdoc wherever it judges."""
        folder = tmp_path / "site"
        folder.mkdir()
        (folder / "sitecustomize.py").write_text(code)
        return {"PYTHONPATH": f"{folder}{os.pathsep}{ROOT}"}

    def test_it_never_stops_the_training(self, guard, script, tmp_path):
        code = "import lossdoc.engine\ndef broken(*_, **__): raise RuntimeError('a bug')\n"
        code += "lossdoc.engine.diagnose = broken\n"
        body = "train(diverges, 400, pause=0.002); open('done', 'w').close()"
        done = guard(script(body), environment=self.broken(tmp_path, code))
        assert (tmp_path / "done").exists()
        assert done.out.count("\n") == 400
        assert done.err.count("watching failed: RuntimeError: a bug") == 1
        assert done.code == 3

    def test_a_helper_that_is_killed(self, guard, script, tmp_path):
        code = "import os, lossdoc.engine\ndef gone(*_, **__): os._exit(9) if os.getppid() != %d else 1/0\n"
        code = code % os.getpid() + "lossdoc.engine.diagnose = gone\n"
        done = guard(
            script("train(falls, 300, pause=0.002)"), environment=self.broken(tmp_path, code)
        )
        assert done.out.count("\n") == 300
        assert "the log is not watched any more; the command goes on" in done.err

    def test_wrong_settings_are_told_before_anything_starts(self, guard, script, tmp_path):
        body = "open('begun', 'w').close()"
        wrong = ("--select LD999", "--signal NOPE", "--map loss=x", "--format cvs")
        for options in map(str.split, wrong):
            assert guard(script(body), *options).code == 2
        assert not (tmp_path / "begun").exists()

    def test_options_of_the_command_are_its_own(self, guard, script):
        done = guard([*script("print(sys.argv[1:])"), "--traceback", "--grace", "x"])
        assert done.out.strip() == "['--traceback', '--grace', 'x']"
