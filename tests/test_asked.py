"""Settings of a file, or a mapping of the same shape, for `lossdoc.analyze`."""

import numpy as np
import pytest

import lossdoc
from lossdoc import Severity, UsageError, Verdict

FALL = 0.4 + 2 * np.exp(-np.arange(200) / 40) + 0.02 * np.sin(7.1 * np.arange(200))
SICK = {"train_loss": np.where(np.arange(200) < 150, FALL, np.nan)}


def codes(log=SICK, **asked):
    return [f.code for f in lossdoc.analyze(log, **asked).findings]


class TestFile:
    @pytest.fixture
    def file(self, tmp_path):
        def make(text, name="lossdoc.toml"):
            path = tmp_path / name
            path.write_text(text)
            return path

        return make

    def test_rules_and_their_severities(self, file):
        path = file('ignore = ["LD9"]\n[rules.LD101]\nseverity = "warning"\n')

        found = lossdoc.analyze(SICK, config=path)
        assert [(f.code, f.severity) for f in found.findings] == [("LD101", Severity.WARNING)]

    def test_the_table_of_a_project(self, file):
        path = file('[tool.lossdoc]\nselect = ["LD9"]\n', "pyproject.toml")

        assert "LD101" in codes()
        assert "LD101" not in codes(config=str(path))

    def test_columns_whose_names_do_not_tell(self, file):
        path = file('[map]\ntrain_loss = "objective"\nstep = "round"\n')
        log = {"objective": SICK["train_loss"], "round": np.arange(200) * 10}

        found = lossdoc.analyze(log, config=path)
        assert (found.verdict, found.findings[0].onset.step) == (Verdict.FAILING, 1500)

    def test_columns_say_nothing_to_a_run(self, file):
        run = lossdoc.load(SICK)

        assert lossdoc.analyze(run, config=file('[map]\nstep = "round"\n')).findings
        with pytest.raises(UsageError, match="mapping does not go with"):
            lossdoc.analyze(run, config={}, mapping={"val_loss": "loss"})

    def test_its_baseline_lies_beside_it(self, file, tmp_path):
        file('[[accepted]]\npath = "*"\ncode = "LD101"\nreason = "known"\n', "known.toml")
        path = file('baseline = "known.toml"\n')
        log = tmp_path / "run.csv"
        rows = (f"{i},{y}" for i, y in enumerate(SICK["train_loss"]))
        log.write_text("\n".join(["step,train_loss", *rows]))

        assert "LD101" not in codes(log, config=path)
        assert "LD101" in codes(log)

    def test_one_that_is_not_there(self, tmp_path):
        with pytest.raises(UsageError, match=r"cannot read .*no\.toml"):
            lossdoc.analyze(SICK, config=tmp_path / "no.toml")

    def test_none_is_looked_for_and_no_variable_counts(self, file, monkeypatch):
        monkeypatch.chdir(file('ignore = ["LD101"]\n').parent)
        monkeypatch.setenv("LOSSDOC_IGNORE", "LD101")

        assert "LD101" in codes()
        assert "LD101" in codes(config={})


class TestMapping:
    def test_has_the_shape_of_a_file(self):
        config = {
            "min-confidence": "high",
            "rules": {"LD101": {"severity": "warning"}},
            "budgets": {"train_loss.best": {"max": 0.1}},
        }
        log = {**SICK, "learning_rate": np.full(200, 0.1)}

        found = lossdoc.analyze(log, config=config)
        assert [f.severity for f in found.findings if f.code == "LD101"] == [Severity.WARNING]
        assert "LD990" in [f.code for f in found.findings]
        assert found.min_confidence.label == "high"
        lacking = lossdoc.analyze({"train_loss": FALL}, config={"require": ["learning_rate"]})
        assert lacking.problem == "no learning_rate in this log, which is required"

    def test_underscores_do_as_hyphens(self):
        told = lossdoc.analyze(SICK, config={"min_confidence": "low"})

        assert told.min_confidence.label == "low"

    def test_arguments_win(self):
        config = {"ignore": ["LD101"], "budgets": {"train_loss.best": {"max": 0.1}}}

        assert "LD101" not in codes(config=config)
        assert "LD101" in codes(config=config, ignore="LD903")
        assert "LD990" in codes(config=config)
        assert "LD990" not in codes(config=config, budgets={"train_loss.best": {"max": 5}})
        low = lossdoc.analyze(SICK, config={"min-confidence": "high"}, min_confidence="low")
        assert low.min_confidence.label == "low"

    @pytest.mark.parametrize(
        ("config", "told"),
        [
            ({"ignroe": ["LD101"]}, "config: .*ignroe"),
            ({"ignore": 5}, "config: ignore"),
            ({"rules": {"LD101": {"nothing": 1}}}, r"rules\.LD101\.nothing"),
            ({"rules": 5}, "config: rules: a table is needed"),
            ({"select": ["LD777"]}, "LD777"),
        ],
    )
    def test_what_is_wrong_is_named(self, config, told):
        with pytest.raises(UsageError, match=told):
            lossdoc.analyze(SICK, config=config)
