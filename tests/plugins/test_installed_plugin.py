"""The example of a plug-in, installed by pip as a user would, and broken in every way."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import lossdoc

EXAMPLE = Path(__file__).parent / "example"
SOURCE = Path(lossdoc.__file__).parent.parent


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """Folder that pip installed the example into."""
    target = tmp_path_factory.mktemp("site")
    copy = shutil.copytree(EXAMPLE, tmp_path_factory.mktemp("source") / "example")
    options = ("--no-deps", "--no-build-isolation", "--no-index", "--quiet", "--target", target)
    subprocess.run([sys.executable, "-m", "pip", "install", *options, copy], check=True)
    return target


@pytest.fixture
def broken(site, tmp_path):
    """Return a function that replaces the module of the plug-in by another text."""

    def replace(text):
        other = shutil.copytree(site, tmp_path / "broken")
        (other / "mylab_rules.py").write_text(text, encoding="utf-8")
        return other

    return replace


@pytest.fixture
def log(tmp_path):
    """A healthy run, but for a learning rate of 0.05."""
    rows = [f"{i},{2 / (1 + i / 20):.6f},0.05" for i in range(200)]
    path = tmp_path / "run.csv"
    path.write_text("\n".join(["step,train_loss,lr", *rows]) + "\n")
    return path


@pytest.fixture
def run(log):
    """Run lossdoc in a process of its own: exit code, standard output, standard error."""

    def run(place, *arguments, **variables):
        path = os.pathsep.join(map(str, (SOURCE, place)))
        environment = {**os.environ, "PYTHONPATH": path, "PYTHONIOENCODING": "utf-8", **variables}
        command = [sys.executable, "-m", "lossdoc", *map(str, arguments)]
        done = subprocess.run(
            command, capture_output=True, text=True, encoding="utf-8", env=environment,
            cwd=log.parent, timeout=60, check=False,
        )  # fmt: skip
        return done.returncode, done.stdout, done.stderr

    return run


def told(run, place, log, *arguments):
    """Exit code, what JSON says about the run, and standard error."""
    code, out, err = run(place, "analyze", log, "--output-format", "json", *arguments)
    return code, json.loads(out)["runs"][0], err


class TestThatWorks:
    def test_it_finds_and_fails_the_gate(self, run, site, log):
        code, judged, err = told(run, site, log, "--fail-on", "warning")

        found = next(f for f in judged["findings"] if f["code"] == "MY101")
        assert (code, err) == (1, "")
        assert found["confidence"] == "medium"  # nobody measured how often it is right
        assert found["prescriptions"][0]["changes"][0]["after"] == 0.01
        assert found["url"] == ""

    def test_its_option_and_its_severity_are_set(self, run, site, log):
        _, judged, _ = told(run, site, log, "--config", "rules.MY101.limit=0.1")
        assert "MY101" in judged["passed"]

        code, judged, _ = told(run, site, log, "--config", "rules.MY101.severity=error")
        assert (code, judged["verdict"]) == (1, "failing")

    @pytest.mark.parametrize("selector", ["MY101", "my", "rate-above-budget"])
    def test_it_is_selected_and_ignored(self, run, site, log, selector):
        _, judged, _ = told(run, site, log, "--select", selector)
        assert [f["code"] for f in judged["findings"]] == ["MY101"]

        _, judged, _ = told(run, site, log, "--ignore", selector)
        assert "MY101" not in json.dumps(judged)

    def test_it_is_explained_and_listed(self, run, site):
        code, out, _ = run(site, "explain", "MY101")
        assert code == 0
        assert "Lower the peak of the schedule" in out

        listed = json.loads(run(site, "rules", "--output-format", "json")[1])
        assert {r["code"]: r["plugin"] for r in listed}["MY101"] == "mylab"

    @pytest.mark.parametrize(
        ("arguments", "variables"),
        [
            (["--isolated"], {}),
            (["--config", "plugins=false"], {}),
            ([], {"LOSSDOC_PLUGINS": "0"}),
        ],
    )
    def test_it_is_switched_off(self, run, broken, log, arguments, variables):
        place = broken("raise SystemExit(0)  # not even imported")
        settings = [*arguments, "--ignore", "MY101", "-q"]
        code, out, err = run(place, "analyze", log, *settings, **variables)

        assert (code, err) == (0, "")
        assert "HEALTHY" in out

    def test_what_is_off_cannot_be_asked_for(self, run, site, log):
        code, out, err = run(site, "analyze", log, "--isolated", "--select", "MY101")

        assert (code, out) == (2, "")
        assert "switched off" in err


BROKEN = {
    "an import that fails": "import no_such_module",
    "an exit": "import sys; sys.exit(0)",
    "no rules": "def rules(): return [1]",
    "no such function": "",
    "a function that fails": "def rules(): 1 / 0",
    "a syntax error": "def rules(",
    "words on the standard output": "print('hello'); raise ImportError",
    "an exception that cannot be told": """
class Odd(Exception):
    def __str__(self): raise RuntimeError
raise Odd
""",
}


class TestThatIsBroken:
    @pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN)
    def test_it_warns_once_and_the_others_judge(self, run, broken, log, text):
        code, judged, err = told(run, broken(text), log)

        assert (code, judged["verdict"]) == (0, "healthy")
        assert err.count("warning: plug-in mylab: ") == 1
        assert [n["code"] for n in judged["not_checked"] if n["name"] == "plug-in"] == ["mylab"]
        assert len(judged["passed"]) > 20

    def test_a_check_that_fails_is_not_checked(self, run, broken, log):
        text = (EXAMPLE / "mylab_rules.py").read_text()
        exits = text.replace("if not above.any():", "if raise_exit():")
        exits += "\n\ndef raise_exit():\n    raise SystemExit(0)\n"
        code, judged, err = told(run, broken(exits), log)

        assert (code, judged["verdict"]) == (0, "healthy")
        reason = next(n["reason"] for n in judged["not_checked"] if n["code"] == "MY101")
        assert reason == "plug-in mylab: MY101 failed: SystemExit: 0"
        assert err.count("MY101 failed") == 1

    def test_the_traceback_is_told_on_request(self, run, broken, log):
        _, _, err = run(broken("import no_such_module"), "analyze", log, "-q", "--traceback")

        assert "mylab_rules.py" in err
        assert "ModuleNotFoundError" in err

    def test_asking_for_nothing_else_judges_nothing(self, run, broken, log):
        code, out, _ = run(broken("import no_such_module"), "analyze", log, "--select", "MY101")

        assert code == 3
        assert "INCONCLUSIVE" in out

    def test_its_options_are_passed_over(self, run, broken, log):
        setting = ("--config", "rules.MY101.limit=0.1")
        code, _, err = run(broken("import no_such_module"), "analyze", log, "-q", *setting)

        assert code == 0
        assert "cannot be loaded" in err


def test_the_doctor_knows_plugins_that_work_and_that_are_broken(run, site, broken):
    code, out, _ = run(site, "doctor")
    assert code == 0
    assert "brings MY101" in out

    code, out, err = run(broken("import no_such_module"), "doctor")
    assert (code, err) == (2, "")
    assert "no_such_module" in out
