"""A rule begun by the program works, and so does the one that the page for beginners makes of it."""

import os
import re
import runpy
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import lossdoc
from lossdoc import new_rule
from lossdoc.engine import diagnose
from lossdoc.plugins.scan import GROUP
from lossdoc.testing import check_rule

PAGE = (Path(__file__).parents[1] / "docs" / "first-rule.md").read_text("utf-8")


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_what_the_page_begins_with_is_a_rule_that_passes(here):
    arguments = next(
        shlex.split(line)
        for line in re.findall(r"^python -m lossdoc\.new_rule (.*)$", PAGE, flags=re.MULTILINE)
    )

    assert new_rule.main(arguments) == 0

    (rule,) = runpy.run_path(str(here / "my-rules" / "growing_gradient.py"))["rules"]()
    assert (rule.code, rule.name) == ("MY101", "growing-gradient")
    check_rule(rule)


def test_the_page_lists_the_files_that_are_written(here, capsys):
    new_rule.main(["growing-gradient", "--code", "MY101", "-o", "my-rules"])

    written = re.findall(r"^wrote (.*)$", capsys.readouterr().out, flags=re.MULTILINE)
    assert [Path(name).as_posix() for name in written] == re.findall(
        r"^(my-rules/\S+)", PAGE, flags=re.MULTILINE
    )


def test_its_package_names_it_to_lossdoc(here):
    new_rule.main(["growing-gradient", "-o", "my-rules"])

    project = tomllib.loads((here / "my-rules" / "pyproject.toml").read_text())
    entry = project["project"]["entry-points"][GROUP]
    assert entry == {"growing_gradient": "growing_gradient:rules"}
    assert project["tool"]["hatch"]["build"]["targets"]["wheel"] == {
        "only-include": ["growing_gradient.py"]
    }


def test_the_rule_that_the_page_makes_of_it_passes():
    (text,) = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)
    names: dict = {"__name__": "growing_gradient"}
    exec(text, names)

    (rule,) = names["rules"]()
    check_rule(rule)
    found = diagnose(rule.examples[0].make(0), rules=[rule()]).findings
    assert [(f.code, f.prescriptions[0].changes[0].name) for f in found] == [
        ("MY101", "clip_grad_norm")
    ]


def test_once_installed_lossdoc_explains_it(here):
    new_rule.main(["growing-gradient", "--code", "MY101", "-o", "my-rules"])
    options = ("--no-deps", "--no-build-isolation", "--no-index", "--quiet", "--target", "site")
    subprocess.run([sys.executable, "-m", "pip", "install", *options, "./my-rules"], check=True)

    path = os.pathsep.join([str(Path(lossdoc.__file__).parents[1]), str(here / "site")])
    told = subprocess.run(
        [sys.executable, "-m", "lossdoc", "explain", "MY101"],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONPATH": path, "PYTHONIOENCODING": "utf-8"},
        timeout=60,
        check=True,
    )
    assert "MY101 growing-gradient" in told.stdout
    assert "Share of the drop that was lost again." in told.stdout


def test_one_of_lossdocs_own_is_written_where_they_are(here, capsys):
    (here / "lossdoc" / "rules").mkdir(parents=True)
    (here / "lossdoc" / "rules" / "__init__.py").touch()

    assert new_rule.main(["growing-gradient", "--code", "LD208"]) == 0

    rule = runpy.run_path("lossdoc/rules/ld208_growing_gradient.py")["GrowingGradient"]
    check_rule(rule, seeds=range(2))
    test = (here / "tests" / "rules" / "test_ld208_growing_gradient.py").read_text()
    assert "from lossdoc.rules.ld208_growing_gradient import GrowingGradient" in test
    assert "lossdoc/rules/__init__.py" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["growing"], "two words or more"),
        (["Growing-Gradient"], "two words or more"),
        (["../../growing-gradient"], "two words or more"),
        (["growing-gradient", "--code", "M1"], "three digits"),
        (["early-plateau"], "there is LD305 early-plateau already"),
        (["growing-gradient", "--code", "LD102"], "there is LD102 diverged already"),
        (["growing-gradient", "--code", "LD208"], "in a checkout of lossdoc"),
    ],
)
def test_names_that_will_not_do(here, capsys, arguments, complaint):
    with pytest.raises(SystemExit) as stopped:
        new_rule.main(arguments)

    assert stopped.value.code == 2
    assert complaint in capsys.readouterr().err
    assert list(here.iterdir()) == []


def test_nothing_is_replaced(here, capsys):
    new_rule.main(["growing-gradient"])
    rule = here / "growing-gradient" / "growing_gradient.py"
    rule.write_text("mine")

    with pytest.raises(SystemExit):
        new_rule.main(["growing-gradient"])

    assert rule.read_text() == "mine"
    assert "already there" in capsys.readouterr().err


def test_a_folder_that_cannot_be_written_is_told(here, capsys):
    (here / "taken").touch()

    with pytest.raises(SystemExit) as stopped:
        new_rule.main(["growing-gradient", "-o", "taken"])

    assert stopped.value.code == 2
    assert "cannot write taken: " in capsys.readouterr().err
