import io
import json

import pytest
from typer.testing import CliRunner

from lossdoc.cli.app import app


def test_a_failing_run_is_told(lossdoc):
    code, out, err = lossdoc("analyze", "nan.csv", "--no-plot")

    assert code == 1
    assert out.startswith(" FAILING  nan.csv")
    assert "LD101 non-finite-terminal" in out
    assert out.rstrip().endswith("Next: lossdoc explain LD101 · lossdoc report nan.csv")
    assert "\x1b" not in out
    assert err == ""


def test_the_curve_is_drawn_unless_not_wanted(lossdoc):
    assert "▲ step 300" in lossdoc("analyze", "nan.csv")[1]
    assert "▲" not in lossdoc("analyze", "nan.csv", "--no-plot")[1]


def test_a_log_that_is_missing_is_told_with_what_was_perhaps_meant(lossdoc):
    code, out, _ = lossdoc("analyze", "healty.csv")

    assert code == 3
    assert "INCONCLUSIVE  healty.csv" in out
    assert "hint: did you mean healthy.csv?" in out


def test_several_runs_are_counted(lossdoc):
    code, out, _ = lossdoc("analyze", "healthy.csv", "nan.csv", "missing.csv")

    assert code == 1
    assert out.endswith(" 3 runs: 1 failing, 1 healthy, 1 inconclusive · exit 1\n")


def test_files_of_a_folder_that_are_no_logs_are_counted(lossdoc, logs):
    code, out, _ = lossdoc("analyze", logs)

    assert code == 1
    assert "files are no logs" in out


def test_concise_is_one_line_per_finding(lossdoc):
    _, out, _ = lossdoc("analyze", "nan.csv", "healthy.csv", "--output-format", "concise")

    first, second, last = out.splitlines()
    assert first.startswith("nan.csv:302: error LD101 non-finite-terminal at step 300: ")
    assert second == "healthy.csv: healthy"
    assert last == "2 runs: 1 failing, 1 healthy"


def test_json_is_a_document_of_its_own(lossdoc):
    code, out, err = lossdoc("analyze", "nan.csv", "short.csv", "--output-format", "json")

    told = json.loads(out)
    assert [run["verdict"] for run in told["runs"]] == ["failing", "inconclusive"]
    assert [run["path"] for run in told["runs"]] == ["nan.csv", "short.csv"]
    assert told["summary"]["exit_code"] == code == 1
    assert err == ""


def test_files_are_written_beside_the_terminal(lossdoc, logs):
    _, out, _ = lossdoc(
        "analyze", "nan.csv", "-o", "a.json", "-o", "b.txt", "-o", "c.log:concise", "--width", 120
    )

    assert out.startswith(" FAILING")
    assert json.loads((logs / "a.json").read_text("utf-8"))["runs"][0]["verdict"] == "failing"
    assert (logs / "b.txt").read_text("utf-8").startswith(" FAILING")
    assert (logs / "c.log").read_text("utf-8").startswith("nan.csv:302: error")


def test_the_same_input_gives_the_same_bytes(lossdoc):
    for output in ("text", "concise", "json"):
        command = ("analyze", "nan.csv", "healthy.csv", "--output-format", output)
        assert lossdoc(*command) == lossdoc(*command)


def test_rules_are_selected_and_ignored(lossdoc):
    def findings(*options):
        out = lossdoc("analyze", "nan.csv", "--output-format", "json", *options)[1]
        return [f["code"] for f in json.loads(out)["runs"][0]["findings"]]

    assert findings("--select", "LD1") == ["LD101"]
    assert findings("--select", "LD2,LD3", "--select", "overfitting") == []
    assert findings("--select", "LD1", "--ignore", "LD101") == []


def test_a_column_can_be_given_a_role(lossdoc, logs):
    rows = "\n".join(f"{i},{3 / (i + 1) + 1}" for i in range(60))
    (logs / "odd.csv").write_text(f"step,objective\n{rows}\n")

    assert lossdoc("analyze", "odd.csv")[0] == 3
    assert lossdoc("analyze", "odd.csv", "--map", "train_loss=objective")[0] == 0


def test_quiet_leaves_verdicts_then_nothing(lossdoc):
    assert lossdoc("analyze", "nan.csv", "-q") == (1, " FAILING  nan.csv  LD101\n", "")
    assert lossdoc("analyze", "nan.csv", "-qq") == (1, "", "")


def test_verbose_tells_how_the_log_was_read(lossdoc):
    _, out, _ = lossdoc("analyze", "healthy.csv", "-v")

    assert " read         read as csv" in out
    assert " channels     train_loss ← train_loss, 400 points, 0–399" in out


@pytest.mark.parametrize("width", [40, 60, 100])
def test_the_width_is_kept(lossdoc, width):
    for log in ("nan.csv", "healthy.csv", "short.csv"):
        out = lossdoc("analyze", log, "--width", width)[1]
        assert max(map(len, out.splitlines())) <= width


def test_colour_on_request(lossdoc):
    assert "\x1b[1;37;41m FAILING" in lossdoc("analyze", "nan.csv", "--color", "always")[1]


def test_names_in_a_log_cannot_steer_the_terminal(lossdoc, logs):
    rows = "\n".join(f"{i},{2 - i / 100}" for i in range(100))
    (logs / "evil\x1b[2J.csv").write_text(f"step,loss\x1b]0;owned\x07\x9b2J\n{rows}\n")

    _, out, err = lossdoc("analyze", "evil\x1b[2J.csv", "-v", "--map", "train_loss=loss")

    assert all(line.isprintable() for line in (out + err).splitlines())


def test_a_wrong_option_says_what_to_do(lossdoc):
    _, out, err = lossdoc("analyze", "healthy.csv", "--select", "overfiting")
    assert out == ""
    assert err.startswith("error: no rule fits 'overfiting'\n  hint: did you mean overfitting")

    assert "expected role=COLUMN" in lossdoc("analyze", "healthy.csv", "--map", "train_loss")[2]
    assert "is a already" in lossdoc("analyze", "x", "--map", "lr=a", "--map", "lr=b")[2]
    assert "extensions: .txt, .json" in lossdoc("analyze", "healthy.csv", "-o", "x.tex")[2]
    assert "cannot write" in lossdoc("analyze", "healthy.csv", "-o", "no/x.json")[2]


def test_a_file_that_cannot_be_written_is_told(lossdoc, logs):
    (logs / "report.json").mkdir()

    code, _, err = lossdoc("analyze", "healthy.csv", "-o", "report.json")

    assert code == 2
    assert err.startswith("error: cannot write report.json")


def test_the_help_is_grouped(lossdoc, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    code, out, _ = lossdoc("analyze", "--help")

    assert code == 0
    headings = [line for line in out.splitlines() if line.endswith(":") and line[0] != " "]
    assert headings == ["Arguments:", "Input:", "Rules:", "Output:", "Gate:", "Other:"]
    assert "Usage: lossdoc analyze [OPTIONS] PATH..." in out


def test_the_application_works_under_typers_own_runner(logs):
    runner = CliRunner()

    assert runner.invoke(app, ["analyze", "healthy.csv"]).exit_code == 0
    assert runner.invoke(app, ["analyze", "nan.csv"]).exit_code == 1
    assert runner.invoke(app, ["analyze", "--nothing"]).exit_code == 2
    assert "HEALTHY" in runner.invoke(app, ["analyze", "healthy.csv"]).stdout


def test_a_terminal_without_unicode_gets_ascii(lossdoc, logs, monkeypatch):
    import sys

    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", stream)
    lossdoc("analyze", "nan.csv")

    shown = stream.buffer.getvalue().decode("ascii")
    assert "^ step 300" in shown
