"""Logs as files, in the folder where every test of the command line runs."""

import math
import signal

import pytest


@pytest.fixture(autouse=True)
def interruptible():
    """Jobs in the background of a shell ignore interrupts, and so would what they start."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def table(rows):
    return "\n".join(["step,train_loss,val_loss,lr,grad_norm", *rows]) + "\n"


def row(step, loss):
    val = 0.45 + 2 * math.exp(-step / 60)
    return f"{step},{loss},{val:.6f},{1e-3 * (1 - step / 400):.3e},{1 + 0.1 * math.sin(step):.4f}"


def fall(step):
    return 0.4 + 2 * math.exp(-step / 60) + 0.02 * math.sin(7.1 * step)


@pytest.fixture
def logs(tmp_path, monkeypatch):
    """Healthy, failing, too short, foreign and broken files; the folder is the working one."""
    healthy = [row(i, f"{fall(i):.6f}") for i in range(400)]
    (tmp_path / "healthy.csv").write_text(table(healthy))
    nan = [row(i, "nan" if i >= 300 else f"{fall(i):.6f}") for i in range(400)]
    (tmp_path / "nan.csv").write_text(table(nan))
    (tmp_path / "short.csv").write_text(table(healthy[:3]))
    (tmp_path / "prices.csv").write_text("day,open,close\n2024-01-02,10.5,11\n2024-01-03,11,12\n")
    (tmp_path / "empty.csv").write_text("")
    noted = [row(i, "nan" if i == 200 else f"{fall(i):.6f}") for i in range(400)]
    (tmp_path / "noted.csv").write_text(table(noted))
    monkeypatch.chdir(tmp_path)
    for name in ("NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def lossdoc(logs, capsys):
    """Run a command line in this process: exit code, standard output, standard error."""
    from lossdoc.__main__ import main

    def run(*arguments):
        code = main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return code, out, err

    return run
