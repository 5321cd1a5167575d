"""``lossdoc compare``: sides, outputs and exit codes."""

import json

import numpy as np
import pytest

from lossdoc.cli.app import run


def write(path, seed, *, factor=1.0, n=100, last=None, rate=0.05):
    random = np.random.default_rng(seed)
    level = factor * np.exp(0.01 * random.standard_normal())
    values = level * (0.5 + 2 * np.exp(-rate * np.arange(n)))
    lines = [f"{i},{v:.6f}" for i, v in enumerate(values)]
    lines[-1:] = [f"{n - 1},{last}"] if last else lines[-1:]
    path.parent.mkdir(exist_ok=True)
    path.write_text("step,train_loss\n" + "\n".join(lines) + "\n")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Three references, three runs like them, three that are worse."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    for i in range(3):
        write(tmp_path / "ref" / f"s{i}.csv", i)
        write(tmp_path / "new" / f"s{i}.csv", 10 + i)
        write(tmp_path / "bad" / f"s{i}.csv", 10 + i, factor=1.3)
    return tmp_path


def test_folders_of_seeds(folder, capsys):
    assert run(["compare", "ref", "--against", "new"]) == 0
    assert "CANNOT TELL" in capsys.readouterr().out

    assert run(["compare", "ref", "--against", "bad"]) == 1
    told = capsys.readouterr().out
    assert "REGRESSED" in told
    assert "3 reference runs and 3 new runs" in told
    assert all(len(line) <= 80 for line in told.splitlines())


def test_against_takes_every_path_up_to_the_next_option(folder, capsys):
    bad = [f"bad/s{i}.csv" for i in range(3)]

    assert run(["compare", "ref", "--against", *bad, "--output-format", "json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["candidate"] == bad
    assert found["outcome"] == "worse"
    assert found["measures"][0]["interval"]["low"] > 0.1


def test_without_against_the_first_path_is_the_reference(folder, capsys):
    assert run(["compare", "ref/s0.csv", "new/s0.csv"]) == 3
    assert "seed noise is unknown" in capsys.readouterr().out


def test_a_regression_can_be_told_without_failing(folder, capsys):
    assert run(["compare", "ref", "--against", "bad", "--fail-on", "never"]) == 0
    assert "REGRESSED" in capsys.readouterr().out


def test_a_run_that_ends_in_nan_is_a_regression(folder, capsys):
    write(folder / "nan.csv", 5, last="nan")

    assert run(["compare", "ref", "--against", "nan.csv"]) == 1
    assert "NaN" in capsys.readouterr().out


def test_markdown_escapes_what_a_path_may_hold(folder, capsys):
    write(folder / "<b>|x.csv", 5)

    run(["compare", "ref", "--against", "<b>|x.csv", "--output-format", "markdown"])
    told = capsys.readouterr().out
    assert told.startswith("### CANNOT TELL")
    assert "<b>" not in told


def test_the_same_log_named_twice_is_one_run(folder, capsys):
    assert run(["compare", "ref/s0.csv", "ref/s0.csv", "--against", "new/s0.csv"]) == 3
    assert "unknown" in capsys.readouterr().out


def test_a_single_reference_is_named_as_such(folder, capsys):
    assert run(["compare", "ref/s0.csv", "--against", "new"]) == 0
    assert "seed noise of the single reference is unknown" in " ".join(
        capsys.readouterr().out.split()
    )


def test_one_run_each_shows_no_empty_columns(folder, capsys):
    run(["compare", "ref/s0.csv", "new/s0.csv"])

    assert "interval" not in capsys.readouterr().out


def test_a_loss_of_another_name_may_be_another_loss(folder, capsys):
    text = (folder / "new" / "s0.csv").read_text().replace("train_loss", "train_mse")
    (folder / "new" / "s0.csv").write_text(text)

    run(["compare", "ref", "--against", "new/s0.csv"])
    told = " ".join(capsys.readouterr().out.split())
    assert "the references call the loss train_loss, the new runs train_mse" in told

    run(["compare", "ref", "--against", "new/s1.csv"])
    assert "call the loss" not in capsys.readouterr().out


def test_files_beside_what_is_printed(folder, capsys):
    files = ("c.json", "c.md", "c.txt", "summary:markdown", "c.html", "c.svg")
    wanted = [part for file in files for part in ("-o", file)]

    assert run(["compare", "ref", "--against", "bad", *wanted]) == 1

    assert "REGRESSED" in capsys.readouterr().out
    assert json.loads((folder / "c.json").read_text())["outcome"] == "worse"
    assert (folder / "c.md").read_text() == (folder / "summary").read_text()
    assert (folder / "c.md").read_text().startswith("### REGRESSED")
    assert (folder / "c.txt").read_text().startswith(" REGRESSED ")
    assert "REGRESSED" in (folder / "c.html").read_text()
    assert "</svg>" in (folder / "c.svg").read_text()


def test_the_page_can_be_printed(folder, capsys):
    assert run(["compare", "ref", "--against", "bad", "--output-format", "html"]) == 1
    assert capsys.readouterr().out.startswith("<!doctype html>")


def test_slower_learning_is_told_and_fails_where_it_decides(folder, capsys):
    for i in range(3):
        write(folder / "long" / f"s{i}.csv", i, n=400)
        write(folder / "slow" / f"s{i}.csv", 20 + i, n=400, rate=0.03)

    assert run(["compare", "long", "--against", "slow"]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "the mean loss is higher, beyond seed noise (slower learning)" in told
    assert "--measure mean decides by it" in told
    assert run(["compare", "long", "--against", "slow", "--measure", "mean"]) == 1


def exit_code(*arguments):
    """Run in a process, where errors become exit codes."""
    import subprocess
    import sys

    done = subprocess.run(
        [sys.executable, "-m", "lossdoc", "compare", *arguments],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.returncode, done.stderr


def test_what_cannot_be_compared_has_its_code_and_says_why(folder):
    (folder / "junk.csv").write_bytes(b"\xff\xfe\x00broken")

    code, told = exit_code("ref", "--against", "junk.csv")
    assert code == 3
    assert "junk.csv" in told
    code, told = exit_code("ref/s0.csv")
    assert code == 2
    assert "--against" in told
    assert exit_code("ref", "--against", "missing.csv")[0] == 3
    code, told = exit_code("ref", "new", "--by", "tokens")
    assert code == 3
    assert "does not tell the tokens" in told
    assert "--by step" in told
    for output in ("c.sarif", "c:gitlab", "none/c.json", "c"):
        code, told = exit_code("ref", "--against", "new", "-o", output)
        assert code == 2
        assert "c" in told
    assert exit_code("ref", "--against", "new", "-o", "c.md", "-o", "c.md")[0] == 2
    assert not (folder / "c.md").exists()
