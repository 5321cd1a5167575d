"""Settings on the command line: files, single values, required channels, and what is in force."""

import json

import pytest


@pytest.fixture
def settings(logs):
    """Write the settings file of the working directory."""

    def write(text):
        (logs / ".git").mkdir(exist_ok=True)
        (logs / "lossdoc.toml").write_text(text)

    return write


def test_the_settings_of_the_folder_are_in_force(lossdoc, settings):
    assert lossdoc("analyze", "noted.csv")[0] == 0
    settings('fail-on = "note"')
    assert lossdoc("analyze", "noted.csv")[0] == 1


def test_the_command_line_wins_over_the_file(lossdoc, settings):
    settings('fail-on = "note"')
    assert lossdoc("analyze", "noted.csv", "--fail-on", "error")[0] == 0
    assert lossdoc("analyze", "noted.csv", "--exit-zero")[0] == 0
    assert lossdoc("analyze", "noted.csv", "--config", "fail-on=error")[0] == 0
    assert lossdoc("analyze", "noted.csv", "--isolated")[0] == 0


def test_variables_count(lossdoc, monkeypatch):
    monkeypatch.setenv("LOSSDOC_FAIL_ON", "note")
    assert lossdoc("analyze", "noted.csv")[0] == 1
    assert lossdoc("analyze", "noted.csv", "--isolated")[0] == 0


def test_rules_are_selected_and_given_other_severities(lossdoc, settings):
    settings('ignore = ["LD101"]')
    assert lossdoc("analyze", "nan.csv")[0] == 0
    assert lossdoc("analyze", "nan.csv", "--ignore", "LD402")[0] == 1
    settings('[rules.LD101]\nseverity = "warning"')
    code, out, _ = lossdoc("analyze", "nan.csv", "--output-format", "json")
    assert code == 0
    assert json.loads(out)["runs"][0]["findings"][0]["severity"] == "warning"


def test_a_selection_can_be_extended(lossdoc):
    _, out, _ = lossdoc(
        "analyze", "healthy.csv", "--select", "LD1", "--extend-select", "LD401",
        "--output-format", "json",
    )  # fmt: skip
    assert json.loads(out)["config"]["select"] == ["LD1", "LD401"]


def test_columns_may_be_named_in_the_file(lossdoc, settings, logs):
    (logs / "odd.csv").write_text("i,total\n" + "\n".join(f"{i},{2 / (i + 1)}" for i in range(50)))
    settings('[map]\ntrain_loss = "total"\nstep = "i"')
    code, out, _ = lossdoc("analyze", "odd.csv", "--output-format", "json")
    assert code == 0
    assert json.loads(out)["runs"][0]["channels"]["train_loss"]["last_step"] == 49


def test_a_required_channel_that_is_missing_makes_it_inconclusive(lossdoc):
    assert lossdoc("analyze", "healthy.csv", "--require", "train_loss,val_loss")[0] == 0
    code, out, _ = lossdoc("analyze", "healthy.csv", "--require", "val_accuracy")
    assert code == 3
    assert "no val_accuracy in this log, which is required" in " ".join(out.split())
    assert lossdoc("analyze", "healthy.csv", "--require", "reward", "--allow-inconclusive")[0] == 0


def test_a_failing_run_stays_failing_whatever_it_lacks(lossdoc):
    assert lossdoc("analyze", "nan.csv", "--require", "val_accuracy")[0] == 1


def test_what_cannot_be_judged_may_be_let_pass(lossdoc):
    assert lossdoc("analyze", "short.csv")[0] == 3
    assert lossdoc("analyze", "short.csv", "--allow-inconclusive")[0] == 0
    assert lossdoc("analyze", "short.csv", "nan.csv", "--allow-inconclusive")[0] == 1


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("fail-on = 'eror'", "did you mean error?"),
        ("fial-on = 'error'", "did you mean fail-on?"),
        ("select = ['LD999']", "no rule fits 'LD999'"),
        ("x =", "no valid TOML"),
    ],
)
def test_a_wrong_setting_is_a_usage_error(lossdoc, settings, text, told):
    settings(text)
    code, out, err = lossdoc("analyze", "healthy.csv")
    assert (code, out) == (2, "")
    assert told in " ".join(err.split())


class TestShow:
    def test_every_setting_with_its_origin(self, lossdoc, settings, monkeypatch):
        monkeypatch.setenv("LOSSDOC_MIN_CONFIDENCE", "low")
        settings(
            "require = ['val_loss']\n[rules.LD202]\nlasting = 5\n[budgets]\nsteps = { max = 2 }"
        )
        code, out, _ = lossdoc("config", "--config", "fail-on=warning", "--width", 200)
        assert code == 0
        rows = {line.split()[0]: " ".join(line.split()[1:]) for line in out.splitlines()[1:]}
        assert rows["fail-on"] == '"warning" --config'
        assert rows["min-confidence"] == '"low" LOSSDOC_MIN_CONFIDENCE'
        assert rows["require"] == '["val_loss"] lossdoc.toml'
        assert rows["rules.LD202.lasting"] == "5.0 lossdoc.toml"
        assert rows["budgets.steps"] == '{ max = 2.0, level = "error" } lossdoc.toml'
        assert rows["ignore"] == "[] default"

    def test_as_json(self, lossdoc):
        told = json.loads(lossdoc("config", "--isolated", "--output-format", "json")[1])
        assert told["file"] is None
        assert {row["origin"] for row in told["settings"]} == {"default", "--isolated"}
        assert [r["name"] for r in told["settings"] if r["origin"] != "default"] == ["plugins"]

    def test_a_wrong_setting_is_told_here_too(self, lossdoc, settings):
        settings("select = ['LD999']")
        assert lossdoc("config")[0] == 2
