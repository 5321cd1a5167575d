"""The formats of ``lossdoc analyze``, on real files: they agree, and none changes the exit code."""

import json
import math
import re
import subprocess
import sys
from pathlib import Path

import pytest
from cli_logs import fall
from junitparser import JUnitXml

from lossdoc import api
from lossdoc.report.terminal import Writer

FORMATS = (
    *("text", "concise", "json", "jsonl", "markdown"),
    *("sarif", "github", "gitlab", "junit"),
)
EVERY_FORMAT = pytest.mark.parametrize("form", FORMATS)

CALLED = re.compile("<sub>lossdoc .*</sub>")
"""How Markdown tells the command that made it."""

FILES = {
    "json": "a.json", "jsonl": "a.jsonl", "markdown": "a.md", "sarif": "a.sarif", "junit": "a.xml",
    "gitlab": "gl.json:gitlab", "github": "a.log:github", "concise": "b.txt:concise", "text": "a.txt",
}  # fmt: skip


@EVERY_FORMAT
@pytest.mark.parametrize(
    ("code", "arguments"),
    [
        (0, "healthy.csv"),
        (1, "nan.csv missing.csv"),
        (3, "healthy.csv empty.csv prices.csv"),
        (0, "noted.csv"),
        (1, "noted.csv --fail-on note"),
        (0, "nan.csv --exit-zero"),
    ],
)
def test_the_format_does_not_change_the_exit_code(lossdoc, form, code, arguments):
    got, out, err = lossdoc("analyze", *arguments.split(), "--output-format", form)

    assert got == code
    assert out or form == "github"  # which has nothing to say of a healthy run
    assert "Traceback" not in err


@EVERY_FORMAT
def test_a_file_holds_what_the_terminal_would_show(lossdoc, logs, form):
    _, out, _ = lossdoc("analyze", "nan.csv", "short.csv", "--output-format", form, "--width", "80")
    lossdoc("analyze", "nan.csv", "short.csv", "-qq", "-o", FILES[form], "--width", "80")

    written = Path(FILES[form].partition(":")[0]).read_text("utf-8")
    assert CALLED.sub("", written) == CALLED.sub("", out)


@EVERY_FORMAT
def test_the_same_logs_give_the_same_bytes(lossdoc, form):
    first, again = (
        lossdoc("analyze", "nan.csv", "healthy.csv", "--output-format", form)[1] for _ in range(2)
    )

    assert first == again
    assert first.endswith("\n")


@EVERY_FORMAT
def test_what_could_not_be_judged_or_read_is_told(lossdoc, form):
    _, out, _ = lossdoc(
        "analyze", "healthy.csv", "short.csv", "missing.csv", "--output-format", form
    )

    assert "short.csv" in out
    assert re.search(r"missing\.csv.{0,200}there is no missing\.csv", out, re.DOTALL)


def test_all_formats_agree(lossdoc):
    lossdoc(
        "analyze", "nan.csv", "noted.csv", "-qq", *(a for f in FILES.values() for a in ("-o", f))
    )
    read = {form: Path(name.partition(":")[0]).read_text("utf-8") for form, name in FILES.items()}
    report = json.loads(read["json"])
    expected = {
        (run["path"], item["code"], item["severity"], item["onset"]["step"], item["onset"]["row"])
        for run in report["runs"]
        for item in run["findings"]
    }
    assert {each[2] for each in expected} >= {"error", "note"}

    runs = [json.loads(line) for line in read["jsonl"].splitlines()]
    assert [run for run in runs if "path" in run] == report["runs"]

    results = json.loads(read["sarif"])["runs"][0]["results"]
    places = [r["locations"][0]["physicalLocation"] for r in results]
    assert expected == {
        (
            place["artifactLocation"]["uri"],
            result["ruleId"],
            result["level"],
            result["properties"]["onset_step"],
            place["region"]["startLine"],
        )
        for result, place in zip(results, places, strict=True)
    }

    entries = json.loads(read["gitlab"])
    severity = {"major": "error", "minor": "warning", "info": "note"}
    assert expected == {
        (
            entry["location"]["path"],
            entry["check_name"].split()[0],
            severity[entry["severity"]],
            int(re.search(r"at step ([\d,]+)", entry["description"])[1].replace(",", "")),
            entry["location"]["lines"]["begin"],
        )
        for entry in entries
    }

    kinds = {"error": "error", "warning": "warning", "notice": "note"}
    annotations = re.findall(
        r"^::(\w+) file=([^,]*),line=(\d+),title=(LD\d+) \S+ at step (\d+)::",
        read["github"],
        re.MULTILINE,
    )
    assert expected == {(f, c, kinds[k], int(s), int(r)) for k, f, r, c, s in annotations}

    concise = re.findall(
        r"^(\S+?):(\d+): (\w+) (LD\d+) \S+ at step (\d+)", read["concise"], re.MULTILINE
    )
    assert expected == {(f, c, s, int(o), int(r)) for f, r, s, c, o in concise}

    told = {
        (suite.name, case.name.split()[0], case.result[0].type if case.result else "told")
        for suite in JUnitXml.fromstring(read["junit"].encode())
        for case in suite
        if case.system_out or (case.result and case.result[0]._tag == "failure")
    }
    assert told == {
        (path, code, "error" if severity == "error" else "told")
        for path, code, severity, _, _ in expected
    }
    assert {c for _, c, severity, _, _ in expected if severity != "note"} <= set(
        re.findall(r"LD\d+", read["text"])
    )
    for code, step in {(code, step) for _, code, _, step, _ in expected}:
        assert re.search(rf"{code} [^|]*\| step {step}\b", read["markdown"])


class TestFiles:
    """They are written whole or not at all."""

    def test_the_extension_tells_the_format(self, lossdoc):
        lossdoc("analyze", "nan.csv", "-o", "A.SARIF", "-o", "b.XML", "-o", "c.md", "-o", "d.jsonl")

        assert json.loads(Path("A.SARIF").read_text())["version"] == "2.1.0"
        assert Path("b.XML").read_text().startswith("<?xml")
        assert Path("c.md").read_text().startswith("# FAILING")
        assert json.loads(Path("d.jsonl").read_text())["path"] == "nan.csv"

    @pytest.mark.parametrize(
        "wrong", ["a.tex", "a", "a.json:sari", "nowhere/a.sarif", "nowhere/a:gitlab"]
    )
    def test_what_cannot_be_written_is_told_before_anything_is_read(self, lossdoc, wrong):
        code, out, err = lossdoc("analyze", "nan.csv", "-o", wrong)

        assert (code, out) == (2, "")
        assert wrong.partition(":")[0] in err

    def test_two_reports_in_one_file_are_refused(self, lossdoc):
        code, _, err = lossdoc("analyze", "nan.csv", "-o", "a.json", "-o", "a.json:gitlab")

        assert code == 2
        assert "twice" in err

    def test_a_file_that_cannot_be_replaced_stays_as_it_was(self, lossdoc, logs):
        folder = logs / "out"
        folder.mkdir()
        (folder / "a.sarif").mkdir()

        code, _, err = lossdoc("analyze", "nan.csv", "-o", "out/a.sarif")

        assert code == 2
        assert "cannot write out/a.sarif" in err
        assert [p.name for p in folder.iterdir()] == ["a.sarif"]

    def test_nothing_is_left_beside_a_file(self, lossdoc, logs):
        before = {p.name for p in logs.iterdir()}
        lossdoc("analyze", "nan.csv", "-o", "a.md", "-o", "a.svg")

        assert {p.name for p in logs.iterdir()} - before == {"a.md", "a.svg"}

    def test_a_pipe_is_written_itself(self, logs):
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "lossdoc",
                "analyze",
                "nan.csv",
                "-qq",
                "-o",
                "/dev/stdout:github",
            ],
            capture_output=True,
            timeout=60,
            check=False,
        )

        assert done.returncode == 1
        assert done.stdout.startswith(b"::error file=nan.csv,")


class TestAnchors:
    """Findings are shown at the configuration that caused them."""

    @pytest.mark.parametrize("form", ["sarif", "github", "gitlab", "junit"])
    def test_the_option(self, lossdoc, form):
        Path("conf.yaml").write_text("a: 1\nlr: 1\n")
        command = ["analyze", "nan.csv", "--output-format", form]
        code, out, _ = lossdoc(*command, "--anchor", "conf.yaml:2")

        assert code == 1
        assert "conf.yaml" in out
        assert "nan.csv" in out

    def test_the_setting(self, lossdoc):
        Path("lossdoc.toml").write_text('anchor = "conf.yaml"\n')
        Path("conf.yaml").write_text("lr: 1\n")
        _, out, _ = lossdoc("analyze", "nan.csv", "--output-format", "github")

        assert out.startswith("::error file=conf.yaml,title=")

    def test_one_that_is_missing_is_an_error(self, lossdoc):
        code, out, err = lossdoc(
            "analyze", "nan.csv", "--anchor", "no.py", "--output-format", "sarif"
        )

        assert (code, out) == (2, "")
        assert "no file no.py" in err


def test_json_lines_come_as_runs_are_judged(lossdoc, monkeypatch):
    """A line is written before the next log is looked at."""
    seen = []
    put, open_ = Writer.write_json, api.analyze_all

    def written(writer, text):
        seen.append("line" if "path" in text else text)
        put(writer, text)

    def judged(*arguments, **more):
        for diagnosis in open_(*arguments, **more):
            seen.append(diagnosis.path)
            yield diagnosis

    monkeypatch.setattr(Writer, "write_json", written)
    monkeypatch.setattr(api, "analyze_all", judged)
    lossdoc("analyze", "nan.csv", "healthy.csv", "--output-format", "jsonl")

    assert seen[:4] == ["nan.csv", "line", "healthy.csv", "line"]


def test_ensembles_and_history_follow_the_runs(lossdoc, logs):
    for seed in range(3):
        (logs / f"run-s{seed}.csv").write_text(Path("nan.csv").read_text())
    seeds = [f"run-s{seed}.csv" for seed in range(3)]
    command = ["analyze", *seeds, "--history", "short.csv", "--output-format"]

    lines = [json.loads(line) for line in lossdoc(*command, "jsonl")[1].splitlines()]
    assert [next(iter(line)) for line in lines] == ["path"] * 3 + ["ensemble", "history"]
    for form in ("markdown", "github", "junit"):
        out = lossdoc(*command, form)[1]
        assert "run-s#.csv" in out
        assert "short.csv was not judged" in out
    sarif = json.loads(lossdoc(*command, "sarif")[1])["runs"][0]
    assert sarif["properties"]["ensembles"][0]["pattern"] == "run-s#.csv"
    assert "short.csv was not judged" in json.dumps(sarif["invocations"])


NAMES = {
    "newline": "a\n::error::pwned\nb",
    "command": "::error file=x::pwned",
    "old command": "##[error]x",
    "tags": "<script>alert(1)<",
    "cdata": "]]>&x;",
    "terminal": "\x1b[2J\x1b]0;t\x07",
    "surrogate": "a\udcffb",
    "table": "a|b`c`",
    "bidi": "a\u202eb\u2066",
    "control": "\x01\x02\x7f",
    "huge": "n" * 240,
    "link": "[a](http:evil)",
}


@EVERY_FORMAT
@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_files_and_columns_of_any_name(lossdoc, logs, form, name):
    losses = [fall(i) if i < 300 else math.nan for i in range(400)]
    rows = [json.dumps({"step": i, f"{name}/train_loss": loss}) for i, loss in enumerate(losses)]
    Path(f"{name}.jsonl").write_text("\n".join(rows))
    code, out, err = lossdoc("analyze", f"./{name}.jsonl", f"no-{name}", "--output-format", form)

    assert code == 1
    assert "bug in lossdoc" not in err
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", out)
    assert "##[" not in out
    commands = [line for line in out.split("\n") if line.lstrip().startswith("::")]
    if form == "github":
        assert [line.split()[0] for line in commands] == ["::error", "::warning", "::notice"]
        assert len(out.splitlines()) == 3
    else:
        assert commands == []


@EVERY_FORMAT
def test_a_budget_over_several_runs_is_told_since_it_fails_the_command(lossdoc, logs, form):
    for seed in range(3):
        (logs / f"run-s{seed}.csv").write_text(Path("healthy.csv").read_text())
    Path("lossdoc.toml").write_text(
        '[budgets]\n"val_loss.best" = { max = 0.01, aggregate = "median" }\n'
    )
    seeds = [f"run-s{seed}.csv" for seed in range(3)]
    code, out, _ = lossdoc("analyze", *seeds, "--output-format", form)

    assert code == 1
    assert "val_loss.best" in out


def test_a_budget_over_several_runs_is_a_json_line_of_its_own(lossdoc, logs):
    for seed in range(3):
        (logs / f"run-s{seed}.csv").write_text(Path("healthy.csv").read_text())
    Path("lossdoc.toml").write_text(
        '[budgets]\n"val_loss.best" = { max = 0.01, aggregate = "median" }\n'
    )
    command = ["analyze", *(f"run-s{seed}.csv" for seed in range(3)), "--output-format"]
    lines = [json.loads(line) for line in lossdoc(*command, "jsonl")[1].splitlines()]
    (told,) = [line["budget"] for line in lines if "budget" in line]

    assert [told] == json.loads(lossdoc(*command, "json")[1])["budgets"]
    assert told["budget"]["ok"] is False
