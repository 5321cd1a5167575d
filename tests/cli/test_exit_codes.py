"""The promise of the exit codes, row by row, in processes of their own."""

import os
import signal
import subprocess
import sys

import pytest


def run(*arguments, **more):
    command = [sys.executable, "-m", "lossdoc", *arguments]
    return subprocess.run(command, capture_output=True, timeout=60, check=False, **more)


ROWS = [
    (0, "analyze healthy.csv"),
    (0, "analyze nan.csv --exit-zero"),
    (1, "analyze nan.csv"),
    (1, "analyze nan.csv missing.csv"),
    (2, "analyze healthy.csv --select LD999"),
    (2, "analyze healthy.csv --no-such-option"),
    (2, ""),
    (3, "analyze short.csv"),
    (3, "analyze healthy.csv missing.csv"),
    (3, "analyze nan.csv missing.csv --exit-zero"),
    (0, "analyze nan.csv --baseline accepted.toml"),
    (1, "analyze nan.csv --baseline expired.toml"),
    (2, "analyze nan.csv --baseline broken.toml"),
    (1, "analyze healthy.csv --config budgets.steps={max=9}"),
    (3, "analyze healthy.csv --config budgets.wall_time={max=9}"),
    (0, "analyze healthy.csv --config budgets.wall_time={max=9} --allow-inconclusive"),
]
"""Run as a user runs them."""

MORE_ROWS = [
    (0, "analyze nan.csv --fail-on never"),
    (0, "analyze noted.csv"),
    (1, "analyze nan.csv --fail-on warning"),
    (1, "analyze noted.csv --fail-on note"),
    (2, "analyze healthy.csv --map train_loss"),
    (2, "analyze healthy.csv --map no_role=train_loss"),
    (2, "analyze healthy.csv --format nothing"),
    (2, "analyze healthy.csv --ignore nonsense"),
    (2, "analyze healthy.csv --min-confidence certain"),
    (2, "analyze healthy.csv --total-steps many"),
    (2, "analyze healthy.csv --width 3"),
    (2, "analyze healthy.csv -o report.tex"),
    (2, "analyze healthy.csv -o nowhere/report.json"),
    (2, "analyze"),
    (2, "analyse healthy.csv"),
    (2, "healthy.csv"),
    (0, "analyze nan.csv --baseline written.toml --write-baseline --reason known"),
    (0, "analyze healthy.csv --baseline accepted.toml"),
    (1, "analyze nan.csv noted.csv --baseline accepted.toml --fail-on note"),
    (2, "analyze nan.csv --baseline missing.toml"),
    (2, "analyze nan.csv --baseline written.toml --write-baseline"),
    (3, "analyze short.csv --baseline accepted.toml"),
    (3, "analyze nan.csv missing.csv --baseline accepted.toml"),
    (0, "analyze healthy.csv --config budgets.steps={max=999}"),
    (0, "analyze healthy.csv --config budgets.steps={max=9} --exit-zero"),
    (0, "analyze healthy.csv --config budgets.steps={max=9,level='warning'}"),
    (1, "analyze nan.csv --config budgets.steps={max=9} --baseline accepted.toml"),
    (1, "analyze nan.csv --config budgets.wall_time={max=9}"),
    (1, "analyze nan.csv --config budgets.wall_time={max=9} --allow-inconclusive"),
    (2, "analyze healthy.csv --config budgets.step={max=9}"),
    (2, "analyze healthy.csv --config budgets.steps=9"),
    (3, "analyze nan.csv --config budgets.wall_time={max=9} --baseline accepted.toml"),
    (3, "analyze prices.csv"),
    (3, "analyze empty.csv"),
    (3, "analyze missing.csv"),
    (3, "analyze healthy.csv --map train_loss=nothing"),
    (0, "--help"),
    (0, "analyze --help"),
    (0, "--version"),
    (0, "explain LD101"),
    (2, "explain LD999"),
    (0, "rules"),
]
"""Run within this process, which takes a tenth of the time."""


@pytest.fixture(autouse=True)
def baselines(logs):
    """Accept what is wrong with nan.csv: for good, until a day that has passed, and not well."""
    entry = '[[accepted]]\npath = "nan.csv"\ncode = "LD101"\n'
    (logs / "accepted.toml").write_text(f'{entry}reason = "known"\n')
    (logs / "expired.toml").write_text(f'{entry}reason = "known"\nexpires = 2020-01-31\n')
    (logs / "broken.toml").write_text(entry)


@pytest.mark.parametrize(("code", "arguments"), ROWS)
def test_exit_code_of_a_process(logs, code, arguments):
    done = run(*arguments.split())

    assert done.returncode == code, done.stderr.decode()
    assert b"Traceback" not in done.stderr
    assert b"bug in lossdoc" not in done.stderr


@pytest.mark.parametrize(("code", "arguments"), ROWS + MORE_ROWS)
def test_exit_code(lossdoc, code, arguments):
    got, out, err = lossdoc(*arguments.split())

    assert got == code
    assert "Traceback" not in err
    assert "bug in lossdoc" not in err
    if code == 2:
        assert out == ""
        assert err


@pytest.mark.parametrize("output", ["text", "concise", "json"])
def test_the_format_does_not_change_the_exit_code(lossdoc, output):
    assert lossdoc("analyze", "nan.csv", "--output-format", output)[0] == 1


def test_the_log_may_come_from_standard_input(logs):
    healthy, nan = ((logs / f"{name}.csv").read_bytes() for name in ("healthy", "nan"))

    assert run("analyze", "-", input=healthy).returncode == 0
    assert run("analyze", "-", input=nan).returncode == 1


CRASH = """
import sys
import lossdoc.engine
def crash(*_, **__):
    raise ZeroDivisionError("by design")
lossdoc.engine.diagnose = crash
from lossdoc.__main__ import main
sys.exit(main(sys.argv[1:]))
"""


def test_a_crash_is_never_a_verdict(logs):
    command = [sys.executable, "-c", CRASH, "analyze", "nan.csv"]

    done = subprocess.run(command, capture_output=True, timeout=60, check=False, text=True)

    assert done.returncode == 2
    assert done.stdout == ""
    assert "this is a bug in lossdoc" in done.stderr
    assert "ZeroDivisionError: by design" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_crash_is_traced_on_request(logs):
    command = [sys.executable, "-c", CRASH, "analyze", "nan.csv", "--traceback"]

    done = subprocess.run(command, capture_output=True, timeout=60, check=False, text=True)

    assert done.returncode == 2
    assert "Traceback" in done.stderr


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals")
def test_an_interrupt_is_quiet(logs):
    command = [sys.executable, "-m", "lossdoc", "analyze", "-"]
    waiting = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    waiting.stdin.write(b"step,loss\n" * 100_000)  # more than a pipe holds: it is being read
    waiting.send_signal(signal.SIGINT)
    out, err = waiting.communicate(timeout=30)

    assert waiting.returncode == 130
    assert out == b""
    assert err == b"interrupted\n"


@pytest.mark.skipif(os.name == "nt", reason="needs a POSIX shell")
@pytest.mark.parametrize("command", ["analyze nan.csv nan.csv", "rules"])
def test_a_reader_that_leaves_makes_no_noise(logs, command):
    shell = f"{sys.executable} -u -m lossdoc {command} | (exec 0<&-; sleep 0.5)"

    done = subprocess.run(shell, shell=True, capture_output=True, timeout=60, check=False)

    assert done.stderr == b""


@pytest.mark.skipif(os.name == "nt", reason="needs a POSIX shell")
def test_a_verdict_outlives_its_reader(logs):
    shell = f"set -o pipefail; {sys.executable} -m lossdoc analyze nan.csv | head -n 1"

    done = subprocess.run(["bash", "-c", shell], capture_output=True, timeout=60, check=False)

    assert done.returncode == 1
    assert b"FAILING" in done.stdout
