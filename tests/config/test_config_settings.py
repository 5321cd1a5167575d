"""Settings: where they come from, which layer wins, and what is said about a wrong one."""

import pytest

from lossdoc.config import KEYS, Config, Limit, load
from lossdoc.config.files import discover, inline, is_inline, literal
from lossdoc.errors import UsageError
from lossdoc.model import Severity
from lossdoc.rules import builtin


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A repository with a folder in it, which is the working directory."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "runs").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(path, text):
    path.write_text(text, encoding="utf-8")
    return path


def loaded(*given, environment=None, **kw):
    return load(given, environment=environment or {}, **kw)


class TestDiscovery:
    def test_the_nearest_file_upwards_is_found(self, folder):
        file = write(folder / "lossdoc.toml", "")
        assert discover(folder / "runs") == file

    def test_its_own_file_goes_before_the_project(self, folder):
        write(folder / "pyproject.toml", "[tool.lossdoc]\n")
        file = write(folder / "lossdoc.toml", "")
        assert discover(folder) == file

    def test_a_project_without_the_table_is_passed_over(self, folder):
        file = write(folder / "lossdoc.toml", "")
        write(folder / "runs" / "pyproject.toml", "[tool.ruff]\n")
        assert discover(folder / "runs") == file

    def test_nothing_is_looked_for_outside_the_repository(self, folder):
        write(folder / "lossdoc.toml", "")
        inner = folder / "runs" / "project"
        (inner / ".git").mkdir(parents=True)
        assert discover(inner) is None

    def test_files_are_not_merged(self, folder):
        write(folder / "lossdoc.toml", 'fail-on = "warning"')
        write(folder / "runs" / "lossdoc.toml", 'ignore = ["LD402"]')
        config = load(environment={}, start=folder / "runs")
        assert config["ignore"] == ("LD402",)
        assert config["fail-on"] == "error"


class TestLayers:
    def test_without_anything_the_defaults_are_in_force(self, folder):
        config = loaded()
        assert {name: config[name] for name in KEYS} == {n: k.default for n, k in KEYS.items()}
        assert config.origin("fail-on") == "default"
        assert config.rules() == builtin()

    def test_each_layer_wins_over_the_one_below(self, folder):
        write(folder / "lossdoc.toml", 'fail-on = "note"\nmin-confidence = "low"\nignore = ["LD9"]')
        environment = {"LOSSDOC_FAIL_ON": "warning", "LOSSDOC_IGNORE": "LD1,LD2"}
        config = loaded("fail-on=never", environment=environment)
        config = config.replaced({"ignore": ("LD3",)}, "command line")
        told = {name: (config[name], config.origin(name)) for name in KEYS}
        assert told["min-confidence"] == ("low", "lossdoc.toml")
        assert told["fail-on"] == ("never", "--config")
        assert told["ignore"] == (("LD3",), "command line")
        assert told["select"] == ((), "default")

    def test_a_table_of_the_project_is_read(self, folder):
        write(folder / "pyproject.toml", '[tool.lossdoc]\nrequire = ["val_loss"]\n')
        config = loaded()
        assert config["require"] == ("val_loss",)
        assert config.origin("require") == "pyproject.toml"

    def test_a_named_file_replaces_the_one_that_would_be_found(self, folder):
        write(folder / "lossdoc.toml", 'fail-on = "note"')
        other = write(folder / "runs" / "other.toml", 'min-confidence = "high"')
        for config in (loaded(str(other)), loaded(environment={"LOSSDOC_CONFIG": str(other)})):
            assert config["fail-on"] == "error"
            assert config["min-confidence"] == "high"
            assert config.origin("min-confidence") == "runs/other.toml"

    def test_isolated_looks_at_nothing(self, folder):
        write(folder / "lossdoc.toml", 'fail-on = "note"')
        config = loaded(environment={"LOSSDOC_FAIL_ON": "never"}, isolated=True)
        assert config["fail-on"] == "error"
        assert loaded("fail-on=warning", isolated=True)["fail-on"] == "warning"

    def test_underscores_are_as_good_as_hyphens(self, folder):
        write(folder / "lossdoc.toml", 'fail_on = "note"')
        assert loaded()["fail-on"] == "note"


class TestRules:
    def test_options_and_severities_of_a_rule(self, folder):
        text = "[rules.LD202]\nseverity = 'error'\nlasting = 5\n[rules.LD102]\nseverity = 'note'\n"
        write(folder / "lossdoc.toml", text)
        rules = {rule.code: rule for rule in loaded().rules()}
        assert rules["LD202"].lasting == 5.0
        assert rules["LD202"].forced is Severity.ERROR
        assert rules["LD102"].forced is Severity.NOTE
        assert rules["LD401"].forced is None

    def test_a_rule_that_is_off_is_not_applied(self, folder):
        config = loaded("rules.LD202.severity=off")
        assert "LD202" not in {rule.code for rule in config.rules()}

    def test_extending_a_selection_that_is_everything_changes_nothing(self, folder):
        assert loaded("extend-select=LD102").rules() == builtin()
        both = loaded("select=LD2", "extend-select=LD102").rules()
        assert {rule.code[:3] for rule in both} == {"LD2", "LD1"}

    def test_a_severity_of_its_own_changes_what_is_reported(self):
        from lossdoc.engine import diagnose

        rule = next(rule for rule in builtin() if rule.code == "LD102")
        run = next(e.make for e in rule.examples if e.fires)(0)
        [found] = diagnose(run, rules=[rule.configured({}, Severity.WARNING)]).findings
        assert found.severity is Severity.WARNING


class TestTables:
    def test_columns_of_roles(self, folder):
        write(folder / "lossdoc.toml", '[map]\ntrain_loss = "loss/total"\nstep = "iter"\n')
        assert loaded().mapping == {"train_loss": "loss/total", "step": "iter"}

    def test_budgets(self, folder):
        text = (
            '[budgets]\n"val_loss.best" = { max = 1.95 }\n'
            'wasted_fraction = { max = 0.2, level = "note" }'
        )
        write(folder / "lossdoc.toml", text)
        assert loaded().budgets == (
            Limit("val_loss.best", max=1.95),
            Limit("wasted_fraction", max=0.2, level=Severity.NOTE),
        )


WRONG = {
    "fail-on = 'eror'": "fail-on: one of error, warning, note, never is needed; did you mean error?",
    "fail_onn = 'error'": "fail-onn: no such setting; did you mean fail-on?",
    "select = 3": "select: a list of words is needed",
    "select = [1]": "select: a list of words is needed",
    "allow-inconclusive = 'perhaps'": "allow-inconclusive: true or false is needed",
    "require = ['val_los']": "require: no channel 'val_los'; did you mean val_loss?",
    "rules = 3": "rules: a table is needed",
    "rules.LD201 = 3": "rules.LD201: a table is needed",
    "rules.LD021.swings = 3": "rules.LD021.swings: no rule LD021; did you mean LD",
    "rules.LD202.lastng = 3": "LD202 has no option 'lastng'; did you mean lasting?",
    "rules.LD202.lasting = 'x'": "rules.LD202.lasting: a number is needed",
    "rules.LD202.lasting = true": "rules.LD202.lasting: a number is needed",
    "rules.LD202.severity = 'bad'": "one of error, warning, note, off is needed",
    "map.train_los = 'x'": "map.train_los: no channel 'train_los'; did you mean train_loss?",
    "map.train_loss = 3": "map.train_loss: text is needed",
    "budgets.wasted_fraction = 3": "budgets.wasted_fraction: a table such as { max = 1.95 } is needed",
    "budgets.wasted_fraction = { maximum = 3 }": "'maximum' is none of max, min, level, aggregate",
    "budgets.wasted_fractoin = { max = 3 }": "no measure 'wasted_fractoin'; did you mean wasted_fraction?",
    "budgets.wasted_fraction = { level = 'note' }": "max or min is needed",
    "baseline = 3": "baseline: text is needed",
    "tool.lossdoc = 3": "tool: no such setting",
}


@pytest.mark.parametrize("text", WRONG)
def test_a_wrong_setting_is_named_with_its_place(folder, text):
    write(folder / "lossdoc.toml", text)
    with pytest.raises(UsageError) as wrong:
        loaded().rules()
    assert wrong.value.message.startswith("lossdoc.toml: ")
    assert WRONG[text] in wrong.value.message


def test_a_selector_that_fits_no_rule_is_named(folder):
    with pytest.raises(UsageError, match="no rule fits 'divergd'"):
        loaded("select=divergd").rules()


def test_broken_toml_is_told_with_its_line(folder):
    write(folder / "lossdoc.toml", "select = [}\n")
    with pytest.raises(UsageError, match=r"lossdoc\.toml is no valid TOML: .*line"):
        loaded()


def test_bytes_that_are_no_text_are_told(folder):
    (folder / "lossdoc.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match="no valid TOML"):
        loaded()


def test_a_missing_file_is_told(folder):
    with pytest.raises(UsageError, match=r"cannot read nowhere\.toml: No such file"):
        loaded("nowhere.toml")


def test_two_files_are_too_many(folder):
    with pytest.raises(UsageError, match="one settings file is read, not 2"):
        loaded("a.toml", "b.toml")


def test_an_unknown_variable_is_told():
    with pytest.raises(UsageError, match="did you mean LOSSDOC_FAIL_ON"):
        loaded(environment={"LOSSDOC_FAILON": "error"}, isolated=False)


def test_inline_settings_are_told_from_files():
    assert is_inline("fail-on=error")
    assert is_inline('budgets."val_loss.best"={max=1}')
    assert not is_inline("conf/a=b.toml")
    assert not is_inline("lossdoc.toml")
    assert inline("rules.LD202.lasting = 4") == ("rules.LD202.lasting", 4)


@pytest.mark.parametrize(
    ("text", "value"),
    [("3", 3), ("true", True), ('["a", "b"]', ["a", "b"]), ("word", "word"), (".5", ".5")],
)
def test_values_are_toml_or_else_words(text, value):
    assert literal(text) == value


def test_replacing_leaves_the_old_settings_alone():
    config = Config({})
    config.replaced({"fail-on": "note"}, "here")
    assert config["fail-on"] == "error"
