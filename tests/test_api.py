import numpy as np
import pandas as pd
import pytest

import lossdoc
from lossdoc import Confidence, Settings, UsageError, Verdict

FALL = 0.4 + 2 * np.exp(-np.arange(200) / 40) + 0.02 * np.sin(7.1 * np.arange(200))
SICK = np.where(np.arange(200) < 150, FALL, np.nan)


def write(path, values):
    rows = "\n".join(f"{i},{value}" for i, value in enumerate(values))
    path.write_text(f"step,train_loss\n{rows}\n")
    return path


def test_a_path_is_judged(tmp_path):
    diagnosis = lossdoc.analyze(write(tmp_path / "run.csv", SICK))

    assert diagnosis.verdict is Verdict.FAILING
    assert diagnosis.path == str(tmp_path / "run.csv")
    assert diagnosis.findings[0].code == "LD101"
    assert diagnosis.findings[0].onset.step == 150


def test_arrays_and_frames_are_judged_alike():
    by_name = {"step": np.arange(200), "train_loss": SICK}

    for log in (by_name, pd.DataFrame(by_name), lossdoc.load(by_name)):
        assert [f.code for f in lossdoc.analyze(log).findings][:1] == ["LD101"]


def test_what_cannot_be_read_is_inconclusive_and_raises_nothing(tmp_path):
    for log in (tmp_path / "missing.csv", {"step": [1, 2, 3]}):
        diagnosis = lossdoc.analyze(log)
        assert diagnosis.verdict is Verdict.INCONCLUSIVE
        assert diagnosis.problem


def test_loading_raises_what_analyzing_tells(tmp_path):
    with pytest.raises(lossdoc.SourceError, match=r"missing\.csv"):
        lossdoc.load(tmp_path / "missing.csv")


def test_several_runs_are_not_mixed_up(tmp_path):
    write(tmp_path / "a.csv", FALL)
    write(tmp_path / "b.csv", SICK)

    with pytest.raises(UsageError, match="holds 2 runs") as error:
        lossdoc.analyze(tmp_path)
    assert str(tmp_path / "a.csv") in error.value.details
    assert [run.path for run in lossdoc.load_all(tmp_path)] == [
        str(tmp_path / "a.csv"),
        str(tmp_path / "b.csv"),
    ]


def test_many_paths_are_judged_one_by_one(tmp_path):
    paths = [
        write(tmp_path / "a.csv", FALL),
        tmp_path / "missing.csv",
        write(tmp_path / "b.csv", SICK),
    ]
    heard = []

    verdicts = [
        d.verdict for d in lossdoc.analyze_all(paths, progress=lambda n, path: heard.append(n))
    ]

    assert verdicts == [Verdict.HEALTHY, Verdict.INCONCLUSIVE, Verdict.FAILING]
    assert heard == [1, 2, 3]


def test_files_that_are_no_logs_are_heard_of(tmp_path):
    write(tmp_path / "a.csv", FALL)
    (tmp_path / "notes.txt").write_text("nothing to see\n")
    heard = []

    list(lossdoc.analyze_all([tmp_path], passed_over=lambda n, path: heard.append((n, path))))

    assert heard == [(1, str(tmp_path))]


def test_rules_and_confidence_are_chosen():
    log = {"train_loss": SICK}

    assert lossdoc.analyze(log, ignore=["LD101"], select=["LD1"]).findings == ()
    assert lossdoc.analyze(log, min_confidence="low").findings
    assert lossdoc.analyze(log, min_confidence=Confidence.LOW).findings


@pytest.mark.parametrize(
    "wrong",
    [
        {"select": ["LD999"]},
        {"min_confidence": "certain"},
        {"min_confidence": 7},
        {"mapping": {"no_role": "train_loss"}},
        {"total_steps": "many"},
        {"total_steps": -5},
        {"format": "csv"},
    ],
)
def test_wrong_arguments_are_the_callers_error(wrong):
    with pytest.raises(UsageError):
        lossdoc.analyze({"train_loss": FALL}, **wrong)


@pytest.mark.parametrize(
    ("log", "kind"),
    [
        (5, "int"),
        (None, "NoneType"),
        (b"run.csv", "bytes"),
        ([2.0, 1.0], "list"),
        (FALL, "ndarray"),
        (pd.Series(FALL), "Series"),
    ],
)
def test_what_is_no_log_is_the_callers_error(log, kind):
    with pytest.raises(UsageError, match=f"{kind} is no log") as error:
        lossdoc.analyze(log)
    assert "a DataFrame" in error.value.hint


def test_a_run_has_its_roles_already():
    with pytest.raises(UsageError, match="mapping does not go with a Run"):
        lossdoc.analyze(lossdoc.load({"loss": FALL}), mapping={"val_loss": "loss"})


@pytest.mark.parametrize("log", [pd.DataFrame(), pd.DataFrame({"price": FALL})])
def test_a_frame_without_a_loss_is_told_by_its_kind(log):
    diagnosis = lossdoc.analyze(log)

    assert (diagnosis.path, diagnosis.verdict) == ("DataFrame", Verdict.INCONCLUSIVE)


def test_addresses_are_not_fetched():
    diagnosis = lossdoc.analyze("s3://bucket/run.csv")

    assert diagnosis.problem == "s3://bucket/run.csv is an address, and lossdoc reads files"
    assert lossdoc.analyze("file:///tmp/run.csv").hint == "name the file: /tmp/run.csv"


def test_rules_are_named_as_on_the_command_line():
    log = {"train_loss": SICK}

    assert lossdoc.analyze(log, select="LD1, LD3", ignore="LD101").applied[0][:3] == "LD1"
    assert lossdoc.analyze(log, select="LD1", ignore="LD101").findings == ()


def test_one_path_is_several_of_one(tmp_path):
    path = write(tmp_path / "a.csv", SICK)

    assert [d.path for d in lossdoc.analyze_all(path)] == [str(path)]


def test_a_column_can_be_given_a_role():
    log = {"objective": FALL}

    assert lossdoc.analyze(log).verdict is Verdict.INCONCLUSIVE
    assert lossdoc.analyze(log, mapping={"train_loss": "objective"}).verdict is Verdict.HEALTHY


def test_settings_count_for_all(tmp_path):
    path = write(tmp_path / "a.csv", SICK)

    (diagnosis,) = lossdoc.analyze_all([path], Settings(rules=()))

    assert diagnosis.findings == ()


def test_public_names_exist_and_others_do_not():
    assert all(getattr(lossdoc, name) is not None for name in lossdoc.__all__)
    assert dir(lossdoc) == sorted(lossdoc.__all__)
    with pytest.raises(AttributeError, match="no attribute 'anything'"):
        _ = lossdoc.anything


def test_a_required_channel_that_is_missing_leaves_it_open():
    log = {"train_loss": FALL}

    told = lossdoc.analyze(log, require=["val_loss"])
    assert told.problem == "no val_loss in this log, which is required"
    assert lossdoc.analyze(log, require="train_loss").verdict is Verdict.HEALTHY
    with pytest.raises(UsageError, match="did you mean val_loss"):
        lossdoc.analyze(log, require="valloss")


def test_accepted_findings_do_not_count(tmp_path):
    path = write(tmp_path / "run.csv", SICK)
    baseline = tmp_path / "baseline.toml"
    found = lossdoc.analyze(path)
    baseline.write_text(
        "\n".join(
            f'[[accepted]]\npath = "run.csv"\ncode = "{code}"\nreason = "known"\n'
            for code in {f.code for f in found.findings}
        )
    )

    told = lossdoc.analyze(path, baseline=baseline)
    assert told.findings == ()
    assert {a.finding.code for a in told.accepted} == {f.code for f in found.findings}
    with pytest.raises(UsageError, match=r"missing\.toml"):
        lossdoc.analyze(path, baseline=tmp_path / "missing.toml")


def test_earlier_runs_may_be_one_folder(tmp_path):
    write(tmp_path / "old.csv", FALL)
    told = lossdoc.analyze(
        {"train_loss": SICK, "learning_rate": np.full(200, 0.1)}, history=tmp_path
    )

    assert told.verdict is Verdict.FAILING
