import os
import subprocess
import sys

import pytest

from lossdoc import __version__
from lossdoc.cli.complete import rule_codes


def test_the_version(lossdoc):
    assert lossdoc("--version") == (0, f"lossdoc {__version__}\n", "")


def test_the_help_is_short(lossdoc, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    code, out, _ = lossdoc("--help")

    assert code == 0
    assert len(out.splitlines()) <= 24
    assert out.index("Commands:") < out.index("Options:")
    assert "analyze" in out
    assert "--install-completion" in out


def test_a_log_in_place_of_a_command_is_understood(lossdoc):
    code, _, err = lossdoc("nan.csv")

    assert code == 2
    assert "Did you mean: lossdoc analyze nan.csv" in err


def test_a_misspelt_command_is_understood(lossdoc):
    assert "Did you mean 'analyze'?" in lossdoc("analyse", "x")[2]


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("LD10", {"LD101", "LD102", "LD103", "LD104", "LD105", "LD106"}),
        ("ld101", {"LD101"}),
        ("overfi", {"overfitting"}),
        ("LD2,overfi", {"LD2,overfitting"}),
        ("nonsense", set()),
    ],
)
def test_rules_are_completed(typed, offered):
    assert {word for word, _ in rule_codes(typed)} == offered


def test_the_shell_asks_for_completion(logs):
    environment = {
        **os.environ,
        "_LOSSDOC_COMPLETE": "complete_bash",
        "COMP_WORDS": "lossdoc explain LD10",
        "COMP_CWORD": "2",
    }
    done = subprocess.run(
        [sys.executable, "-m", "lossdoc"],
        capture_output=True,
        env=environment,
        text=True,
        timeout=60,
        check=False,
    )

    assert set(done.stdout.split()) == {f"LD10{i}" for i in range(1, 7)}


def test_a_script_for_the_shell_is_shown(lossdoc):
    with pytest.raises(SystemExit) as left:
        lossdoc("--show-completion", "bash")

    assert left.value.code == 0
