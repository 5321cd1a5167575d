"""The self test: fine where all is well, and right about what is not."""

import re
import tomllib
from pathlib import Path

import pytest

from lossdoc import checkup, engine, plugins
from lossdoc.checkup import State, checks
from lossdoc.model import Verdict
from lossdoc.troubles import Trouble

PROJECT = tomllib.loads((Path(__file__).parent.parent / "pyproject.toml").read_text("utf-8"))[
    "project"
]


@pytest.fixture(autouse=True)
def quiet_place(tmp_path, monkeypatch):
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(plugins, "installed", plugins.Installed)
    return tmp_path


def found(name):
    return [check for check in checks() if check.name == name]


def names(requirements):
    return {re.match(r"[\w-]+", text)[0] for text in requirements}


def test_here_all_is_well():
    assert [c for c in checks() if c.state is State.FAILED] == []


def test_it_knows_what_lossdoc_needs():
    extras = PROJECT["optional-dependencies"]

    assert set(checkup.REQUIRED) == names(PROJECT["dependencies"])
    for extra in ("excel", "trainer", "frameworks"):
        told = {name for name, (_, brings, _) in checkup.OPTIONAL.items() if brings == extra}
        assert told == names(extras[extra])


def test_what_is_missing_is_named_with_its_remedy(monkeypatch):
    monkeypatch.setattr(checkup, "_there", lambda module: module not in {"msgspec", "torch"})

    (_, lacking) = found("packages")
    assert (lacking.state, lacking.hint) == (State.FAILED, "pip install msgspec")
    (torch,) = found("torch")
    assert (torch.state, torch.hint) == (State.NOTE, "pip install 'lossdoc[trainer]'")


def test_wrong_settings_are_a_failure(quiet_place):
    (quiet_place / "lossdoc.toml").write_text("fail_onn = 1\n")

    (settings,) = found("settings")
    assert settings.state is State.FAILED
    assert "lossdoc.toml: fail-onn" in settings.text


def test_a_broken_plugin_is_a_failure_unless_they_are_off(quiet_place, monkeypatch):
    trouble = Trouble.of("mylab", "cannot be loaded", ImportError("gone"))
    monkeypatch.setattr(plugins, "installed", lambda: plugins.Installed((), (trouble,), ("mylab",)))

    (plugin,) = found("plug-in mylab")
    assert (plugin.state, plugin.text) == (State.FAILED, "cannot be loaded: ImportError: gone")

    (quiet_place / "lossdoc.toml").write_text("plugins = false\n")
    assert found("plug-in mylab") == []
    assert [c.text for c in found("plug-ins")] == ["switched off"]


def test_a_wrong_judgement_is_a_failure(monkeypatch):
    monkeypatch.setattr(engine, "verdict_on", lambda *_: (Verdict.HEALTHY, "", ""))

    assert [c.state for c in found("healthy run")] == [State.OK]
    assert [c.text for c in found("diverging run")] == ["judged healthy, but it is failing"]


def test_a_check_that_crashes_is_a_failure_and_the_others_go_on(monkeypatch):
    monkeypatch.setattr(engine, "diagnose", lambda *_: 1 / 0)

    (crashed,) = [c for c in checks() if c.state is State.FAILED]
    assert crashed.text == "ZeroDivisionError: division by zero"
    assert found("settings")
