"""Logs as files, in the folder where every test of the command line runs."""

import signal

import pytest
from cli_logs import fall, row, table


@pytest.fixture(autouse=True)
def interruptible():
    """Jobs in the background of a shell ignore interrupts, and so would what they start."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


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
